//! `oddlog map`: log files to state files, one each, without a model.

use std::fs;
use std::io::Write;
use std::path::Path;

use xxhash_rust::xxh3::Xxh3;

use super::args::MapArgs;
use super::input::{Chunks, InputError};
use super::parts::PART_BYTES;
use super::progress;
use super::{ClientError, Outcome, STATE_ENDING};
use crate::models::Partial;
use crate::store::{StoreError, write_file};
use crate::wire::cut_each;

/// Of a file's name, characters that go into that of its state: the rest of a name must fit in 255 bytes too.
const STEM_MAX: usize = 50;

/// Counts the lines of each file into a state file; prints the name of each and its lines.
pub(super) fn map(args: &MapArgs, out: &mut dyn Write) -> Result<Outcome, ClientError> {
    fs::create_dir_all(&args.out).map_err(StoreError::io("create", &args.out))?;
    for path in &args.files {
        let partial = count(path)?;
        let bytes = partial.to_bytes()?;
        let file = args.out.join(name_of(path, &bytes));
        write_file(&file, &bytes)?;
        writeln!(out, "{}\t{} lines", file.display(), partial.lines())?;
        out.flush()?;
    }
    Ok(Outcome::Done)
}

/// What training keeps of the lines of a file.
pub(super) fn count(path: &Path) -> Result<Partial, InputError> {
    let mut sum = Partial::default();
    for chunk in Chunks::open(path, PART_BYTES, &progress::of_files(&[path.to_owned()]))? {
        let chunk = chunk?;
        let mut lines = chunk.lines();
        // As the server does: what training learns must not depend on the way that a line took.
        cut_each(&mut lines, |line, end| line.to_mut().truncate(end));
        sum.merge(Partial::of(&lines));
    }
    Ok(sum)
}

/// The name of the state file: that of the log, and a hash of its path as given and of what the state holds. So a command
/// that is repeated writes the same file, and two logs that happen to be equal have two.
fn name_of(path: &Path, bytes: &[u8]) -> String {
    let mut hasher = Xxh3::new();
    let name = path.as_os_str().as_encoded_bytes();
    hasher.update(&(name.len() as u64).to_le_bytes());
    hasher.update(name);
    hasher.update(bytes);
    let stem = match path.file_stem() {
        Some(stem) if path.as_os_str() != "-" => stem.to_string_lossy(),
        _ => "stdin".into(),
    };
    // A name that is printed must not change the terminal.
    let stem: String = stem.chars().filter(|c| !c.is_control()).take(STEM_MAX).collect();
    format!("{stem}-{:016x}.{STATE_ENDING}", hasher.digest())
}
