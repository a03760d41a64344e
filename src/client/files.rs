//! The files that are meant by the paths of a command line: folders are searched.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::ClientError;
use super::input::InputError;
use super::screen::printable;
use super::source::Source;
use crate::wire::is_binary;

/// Bytes that tell whether a file is a log.
const SAMPLE_BYTES: usize = 4096;
/// Files that are named of those left out of a folder.
const NAMED: usize = 5;

/// The files themselves, and for a folder all logs in it and in its folders, sorted; what was left out is told on `err`.
///
/// A file that is named itself is read whatever it is. In a folder, hidden files and what is no log are left out, and a
/// file or folder that links lead to twice counts once.
pub(super) fn files_of(paths: &[PathBuf], err: &mut dyn Write) -> Result<Vec<PathBuf>, ClientError> {
    let mut files = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" || !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let mut search = Search::default();
        search.folder(path).map_err(|source| InputError::Read { path: path.clone(), source })?;
        search.tell(path, err)?;
        if search.files.is_empty() {
            return Err(InputError::NoLogs(path.clone()).into());
        }
        files.append(&mut search.files);
    }
    tell_repeated(&files, err)?;
    Ok(files)
}

/// A file that is named twice is read twice, which nobody means.
fn tell_repeated(files: &[PathBuf], err: &mut dyn Write) -> std::io::Result<()> {
    let mut seen = BTreeSet::new();
    for path in files {
        if path.canonicalize().is_ok_and(|real| !seen.insert(real)) {
            let name = printable(&path.to_string_lossy());
            writeln!(err, "Warning: `{name}` is named more than once; its lines count as often")?;
        }
    }
    Ok(())
}

/// What a folder holds.
#[derive(Default)]
struct Search {
    files: Vec<PathBuf>,
    /// With the reason.
    left_out: Vec<(PathBuf, &'static str)>,
    /// Files and folders that were come to, whichever way they are named.
    seen: BTreeSet<PathBuf>,
}

impl Search {
    /// Fails only where the folder itself cannot be read.
    fn folder(&mut self, folder: &Path) -> std::io::Result<()> {
        if !self.seen.insert(folder.canonicalize()?) {
            return Ok(());
        }
        let mut paths: Vec<PathBuf> =
            fs::read_dir(folder)?.filter_map(|item| item.ok().map(|item| item.path())).collect();
        paths.sort_by_cached_key(|path| (age(path), path.clone()));
        for path in paths {
            if path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")) {
                self.left_out.push((path, "hidden"));
            } else if path.is_dir() {
                if self.folder(&path).is_err() {
                    self.left_out.push((path, "cannot be read"));
                }
            } else {
                self.file(path);
            }
        }
        Ok(())
    }

    fn file(&mut self, path: PathBuf) {
        match (path.canonicalize(), fs::metadata(&path)) {
            (Ok(real), Ok(about)) if about.is_file() => {
                if !self.seen.insert(real) {
                    return;
                }
                match sample(&path) {
                    Err(_) => self.left_out.push((path, "cannot be read")),
                    Ok(sample) if sample.is_empty() => self.left_out.push((path, "empty")),
                    Ok(sample) if is_binary(&sample) => self.left_out.push((path, "binary")),
                    Ok(_) => self.files.push(path),
                }
            }
            (Ok(_), Ok(_)) => self.left_out.push((path, "no file")),
            _ => self.left_out.push((path, "cannot be read")),
        }
    }

    /// One line, if anything was left out.
    fn tell(&self, folder: &Path, err: &mut dyn Write) -> std::io::Result<()> {
        if self.left_out.is_empty() {
            return Ok(());
        }
        let name = |path: &Path| printable(&path.strip_prefix(folder).unwrap_or(path).to_string_lossy());
        let named: Vec<String> = self
            .left_out
            .iter()
            .take(NAMED)
            .map(|(path, reason)| format!("`{}` ({reason})", name(path)))
            .collect();
        let more = match self.left_out.len().saturating_sub(NAMED) {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        let folder = printable(&folder.to_string_lossy());
        writeln!(err, "Left out of `{folder}`: {}{more}", named.join(", "))
    }
}

/// The beginning of a file, unpacked.
fn sample(path: &Path) -> Result<Vec<u8>, InputError> {
    let mut sample = Vec::new();
    Source::open(path)?.read_up_to(SAMPLE_BYTES, &mut sample)?;
    Ok(sample)
}

/// A log's name without what rotation adds, and its place among its kind, the oldest first: `app.log.10`, `app.log.2.gz`,
/// `app.log.1`, `app.log`; and `app.log-20240301`, `app.log-20240308`, `app.log`.
fn age(path: &Path) -> (String, i64) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let plain = ["gz", "zst"].iter().find_map(|packed| name.strip_suffix(packed)?.strip_suffix('.'));
    let plain = plain.unwrap_or(&name);
    let rotated = plain.rsplit_once(['.', '-']).and_then(|(stem, end)| {
        let number: i64 = end.bytes().all(|byte| byte.is_ascii_digit()).then(|| end.parse().ok())??;
        Some((stem, if plain[stem.len()..].starts_with('.') { -number } else { number }))
    });
    match rotated {
        Some((stem, place)) => (stem.to_owned(), place),
        None => (plain.to_owned(), i64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::age;

    #[test]
    fn rotated_logs_are_sorted_from_the_oldest_to_the_one_that_is_written() {
        let mut names =
            ["app.log", "app.log.1", "app.log.10.gz", "app.log.2.gz", "app.log-20240308", "app.log-20240301"]
                .map(|name| (age(name.as_ref()), name));
        names.sort();
        assert_eq!(
            names.map(|(_, name)| name),
            ["app.log.10.gz", "app.log.2.gz", "app.log.1", "app.log-20240301", "app.log-20240308", "app.log"]
        );
        assert_eq!(age("app.log.gz".as_ref()), ("app.log".to_owned(), i64::MAX));
    }
}
