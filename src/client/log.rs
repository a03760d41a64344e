//! The log that an analysis or a comparison is about: the lines of all files, merged by time, and where each is from.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rayon::prelude::*;
use serde_json::{Map, Value, json};

use super::ClientError;
use super::files::files_of;
use super::input::{FileLines, read};
use super::screen::printable;
use crate::analysis::reading::{Reading, ReferenceTimes};
use crate::entry::{LogEntry, Omitted, Timestamp};
use crate::parse::{merge, parse_line};

/// Lines, and where they are from.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) lines: Vec<String>,
    /// When each file was last written.
    pub(super) reference_times: ReferenceTimes,
    /// The file and the line in it, from 1; none where there is one file, whose lines need no such help.
    places: Vec<(u32, u32)>,
    names: Vec<String>,
}

impl Log {
    /// Reads files, and merges several by the times that `reading` gives them. What was left out, replaced or cut is told
    /// on `err`.
    pub(super) fn read(
        paths: &[PathBuf],
        reading: &Reading,
        err: &mut dyn Write,
    ) -> Result<Self, ClientError> {
        let paths = files_of(paths, err)?;
        let mut files = Vec::with_capacity(paths.len());
        for path in &paths {
            files.push((read(path, err)?, written(path)));
        }
        if let [(file, time)] = &mut files[..] {
            let (lines, reference_times) = (std::mem::take(&mut file.lines), ReferenceTimes::at(*time));
            return Ok(Self { lines, reference_times, ..Self::default() });
        }
        let names = paths.iter().map(|path| name_of(path)).collect();
        Ok(Self { names, ..Self::merged(files, reading) })
    }

    fn merged(mut files: Vec<(FileLines, DateTime<Utc>)>, reading: &Reading) -> Self {
        let times: Vec<Times> =
            files.iter().map(|(file, time)| Times::of(&file.lines, *time, reading)).collect();
        let assumed: Vec<Vec<Option<Timestamp>>> = times.iter().map(|times| times.assumed.clone()).collect();
        let order = merge::by_time(&assumed);
        let references: Vec<(Option<Timestamp>, DateTime<Utc>)> = order
            .iter()
            .map(|place| {
                let log = place.log as usize;
                (times[log].without_year.get(&place.line).copied(), files[log].1)
            })
            .collect();
        let mut log = Self { reference_times: ReferenceTimes::covering(&references), ..Self::default() };
        for place in order {
            let (file, line) = (&mut files[place.log as usize].0, place.line as usize);
            log.places.push((place.log, file.number(line)));
            log.lines.push(std::mem::take(&mut file.lines[line]));
        }
        log
    }

    /// `file:line`, where there are several files.
    pub(super) fn place(&self, log_id: u64) -> Option<String> {
        let (file, line) = self.places.get(usize::try_from(log_id).ok()?)?;
        Some(format!("{}:{line}", self.names[*file as usize]))
    }

    /// `file:line` of the lines that are named, by their ids; `None` where there is one file.
    pub(super) fn places(&self, log_ids: impl IntoIterator<Item = u64>) -> Option<Value> {
        let places: BTreeMap<u64, String> =
            log_ids.into_iter().filter_map(|id| Some((id, self.place(id)?))).collect();
        let named = |(id, place): (u64, String)| (id.to_string(), json!(place));
        (!self.places.is_empty()).then(|| Value::Object(places.into_iter().map(named).collect::<Map<_, _>>()))
    }
}

/// The times of one file.
struct Times {
    assumed: Vec<Option<Timestamp>>,
    /// Those that the lines wrote without a year.
    without_year: BTreeMap<u32, Timestamp>,
}

impl Times {
    fn of(lines: &[String], written: DateTime<Utc>, reading: &Reading) -> Self {
        let mut entries: Vec<LogEntry<'_>> = lines.par_iter().map(|line| parse_line(line)).collect();
        let without_year = (0_u32..)
            .zip(&entries)
            .filter_map(|(line, entry)| {
                Some((line, entry.timestamp.filter(|time| time.omitted == Omitted::Year)?))
            })
            .collect();
        let reading = Reading { reference_times: ReferenceTimes::at(written), ..reading.clone() };
        reading.assume(&mut entries);
        Self { assumed: entries.iter().map(|entry| entry.timestamp).collect(), without_year }
    }
}

/// When a file was last written; of what is no file, now.
fn written(path: &Path) -> DateTime<Utc> {
    let modified = fs::metadata(path).and_then(|about| about.modified());
    modified.map_or_else(|_| Utc::now(), DateTime::from)
}

fn name_of(path: &Path) -> String {
    if path.as_os_str() == "-" { "standard input".to_owned() } else { printable(&path.to_string_lossy()) }
}
