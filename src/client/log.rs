//! The log that an analysis or a comparison is about: the lines of all files, merged by time, and where each is from.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Datelike, Utc};
use rayon::prelude::*;

use super::ClientError;
use super::files::files_of;
use super::input::FileLines;
use super::parts::FileParts;
use super::places::Places;
use super::progress;
use crate::analysis::reading::{Reading, ReferenceTimes, latest_year};
use crate::entry::{LogEntry, Omitted, Timestamp};
use crate::parse::{merge, parse_line};

/// Lines, and where they are from.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) lines: Vec<String>,
    /// When each file was last written.
    pub(super) reference_times: ReferenceTimes,
    pub(super) places: Places,
    /// What it was read from.
    pub(super) files: Vec<PathBuf>,
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
            let mut file = FileParts::open(path, &progress::of_files(std::slice::from_ref(path)))?;
            files.push((file.read_to_end()?, written(path)));
            file.tell(err)?;
        }
        if let [(file, time)] = &mut files[..] {
            let (lines, reference_times) = (std::mem::take(&mut file.lines), ReferenceTimes::at(*time));
            return Ok(Self { lines, reference_times, files: paths, ..Self::default() });
        }
        Ok(Self { files: paths.clone(), ..Self::merged(files, Places::of(&paths), reading) })
    }

    fn merged(mut files: Vec<(FileLines, DateTime<Utc>)>, places: Places, reading: &Reading) -> Self {
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
        let reference_times = ReferenceTimes::covering(&references);
        let mut log = Self { reference_times, places, ..Self::default() };
        for place in order {
            let (file, line) = (&mut files[place.log as usize].0, place.line as usize);
            log.places.note(place.log as usize, file.number(line));
            log.lines.push(std::mem::take(&mut file.lines[line]));
        }
        log
    }
}

/// The times of one file.
pub(super) struct Times {
    pub(super) assumed: Vec<Option<Timestamp>>,
    /// Those that the lines wrote without a year.
    without_year: BTreeMap<u32, Timestamp>,
}

impl Times {
    pub(super) fn of(lines: &[String], written: DateTime<Utc>, reading: &Reading) -> Self {
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

    /// How many lines without a year are of another one than that which a later `reference` gives them.
    pub(super) fn of_another_year(&self, reference: DateTime<Utc>) -> u64 {
        let year = |time: &Timestamp| time.civil.year();
        let is_other = |(line, time): (&u32, &Timestamp)| {
            self.assumed[*line as usize].as_ref().map(year) != latest_year(time.civil, reference)
        };
        self.without_year.iter().filter(|&pair| is_other(pair)).count() as u64
    }
}

/// When a file was last written; of what is no file, now.
pub(super) fn written(path: &Path) -> DateTime<Utc> {
    let modified = fs::metadata(path).and_then(|about| about.modified());
    modified.map_or_else(|_| Utc::now(), DateTime::from)
}
