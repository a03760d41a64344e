//! `oddlog merge`: state files to one, or into a model.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::MergeArgs;
use super::backend::Backend;
use super::{ClientError, Outcome, STATE_ENDING};
use crate::models::Partial;
use crate::store::{StoreError, write_file};
use crate::wording::counted;

/// Adds up the state files and writes the sum, or lets a model learn it.
pub(super) fn merge(
    args: &MergeArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, ClientError> {
    let files = files_of(&args.states)?;
    if let Some(path) = &args.out {
        refuse_out_among_in(path, args, &files)?;
    }
    let mut sum = Partial::default();
    for path in &files {
        sum.merge(read(path)?);
    }
    let target = match (&args.out, &args.model) {
        (Some(path), _) => {
            write_file(path, &sum.to_bytes()?)?;
            format!("`{}`", path.display())
        }
        (None, model) => {
            let model = model.as_deref().unwrap_or(crate::models::DEFAULT_MODEL);
            let backend = Backend::choose(&args.place, err)?;
            backend.merge(model, &sum, args.key.as_deref())?;
            backend.finish_training()?;
            format!("model `{model}` of {}", backend.name())
        }
    };
    let files = counted(files.len(), "state file");
    let (lines, days) = (counted(sum.lines(), "line"), counted(sum.days(), "day"));
    writeln!(out, "Merged {files}, {lines} of {days}, into {target}")?;
    Ok(Outcome::Done)
}

/// The state files that are meant, each once, whichever way it is named.
fn files_of(paths: &[PathBuf]) -> Result<Vec<PathBuf>, ClientError> {
    let mut files = BTreeMap::new();
    for path in paths {
        let found = if path.is_dir() { states_in(path)? } else { vec![path.clone()] };
        for file in found {
            let real = file.canonicalize().map_err(StoreError::io("open", &file))?;
            files.entry(real).or_insert(file);
        }
    }
    Ok(files.into_values().collect())
}

fn states_in(dir: &Path) -> Result<Vec<PathBuf>, ClientError> {
    let read = |e| StoreError::io("read the folder", dir)(e);
    let mut states = Vec::new();
    for item in fs::read_dir(dir).map_err(read)? {
        let path = item.map_err(read)?.path();
        if path.extension().is_some_and(|ending| ending == STATE_ENDING) {
            states.push(path);
        }
    }
    if states.is_empty() { Err(ClientError::NoStates(dir.to_owned())) } else { Ok(states) }
}

/// A sum that the same command, repeated, would add to itself is refused.
fn refuse_out_among_in(out: &Path, args: &MergeArgs, files: &[PathBuf]) -> Result<(), ClientError> {
    let real = |path: &Path| path.canonicalize().ok();
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder_is_read = args.states.iter().any(|path| path.is_dir() && real(path) == real(folder));
    let is_read = files.iter().any(|file| real(out).is_some_and(|out| real(file) == Some(out)));
    let would_be = folder_is_read && out.extension().is_some_and(|ending| ending == STATE_ENDING);
    if is_read || would_be { Err(ClientError::OutIsRead(out.to_owned())) } else { Ok(()) }
}

fn read(path: &Path) -> Result<Partial, ClientError> {
    let bytes = fs::read(path).map_err(StoreError::io("read", path))?;
    Partial::from_bytes(&bytes).map_err(|source| ClientError::State { path: path.to_owned(), source })
}
