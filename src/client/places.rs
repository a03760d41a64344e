//! Where the lines of a log that was merged of several files are from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::screen::printable;

/// For each line, in order, the file and the line in it; nothing where there is one file, whose lines need no such help.
#[derive(Debug, Default)]
pub(super) struct Places {
    names: Vec<String>,
    runs: Vec<Run>,
    n_lines: u64,
}

/// Lines that stand one behind the other in one file.
#[derive(Debug)]
struct Run {
    /// The first.
    log_id: u64,
    /// Index of its file.
    file: u32,
    /// Its number in the file, from 1.
    number: u64,
}

impl Places {
    /// Of lines from these files, none of which is known yet.
    pub(super) fn of(paths: &[PathBuf]) -> Self {
        Self { names: paths.iter().map(|path| name_of(path)).collect(), ..Self::default() }
    }

    /// Notes where the next line is from.
    pub(super) fn note(&mut self, file: usize, number: u64) {
        let file = file as u32;
        let goes_on = |last: &Run| last.file == file && last.number + (self.n_lines - last.log_id) == number;
        if !self.runs.last().is_some_and(goes_on) {
            self.runs.push(Run { log_id: self.n_lines, file, number });
        }
        self.n_lines += 1;
    }

    /// `file:line` of a line.
    pub(super) fn place(&self, log_id: u64) -> Option<String> {
        if log_id >= self.n_lines {
            return None;
        }
        let run = &self.runs[self.runs.partition_point(|run| run.log_id <= log_id) - 1];
        Some(format!("{}:{}", self.names[run.file as usize], run.number + (log_id - run.log_id)))
    }

    /// `file:line` of the lines that are named, by their ids; `None` where there is one file.
    pub(super) fn places(&self, log_ids: impl IntoIterator<Item = u64>) -> Option<Value> {
        let places: BTreeMap<u64, String> =
            log_ids.into_iter().filter_map(|id| Some((id, self.place(id)?))).collect();
        let named = |(id, place): (u64, String)| (id.to_string(), json!(place));
        (!self.runs.is_empty()).then(|| Value::Object(places.into_iter().map(named).collect::<Map<_, _>>()))
    }
}

fn name_of(path: &Path) -> String {
    if path.as_os_str() == "-" { "standard input".to_owned() } else { printable(&path.to_string_lossy()) }
}

#[cfg(test)]
mod tests {
    use super::Places;

    #[test]
    fn a_line_is_found_in_its_file_whatever_stands_between() {
        let mut places = Places::of(&["a".into(), "b".into()]);
        for (file, number) in [(0, 1), (0, 2), (1, 7), (0, 3), (0, 5), (0, 6), (1, 8)] {
            places.note(file, number);
        }
        let found: Vec<String> = (0..7).filter_map(|id| places.place(id)).collect();
        assert_eq!(found, ["a:1", "a:2", "b:7", "a:3", "a:5", "a:6", "b:8"]);
        assert_eq!((places.place(7), places.runs.len()), (None, 5));
        assert_eq!(Places::default().place(0), None);
    }
}
