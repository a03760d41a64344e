//! The lines of files, read a part at a time, so that their size does not matter: of one, and of several as one log.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use indicatif::ProgressBar;

use super::input::{Chunks, FileLines, InputError};
use super::log::{Times, written};
use super::places::Places;
use super::progress;
use super::screen::printable;
use crate::analysis::reading::{Reading, ReferenceTimes};
use crate::entry::Timestamp;
use crate::parse::merge::{Merge, Step};
use crate::wire::{LONGEST_LINE_BYTES, cut_each};

/// Bytes of a part: some 60,000 lines, which outweigh what a part costs by itself, in little memory.
pub(super) const PART_BYTES: usize = 8 << 20;
/// A smaller part is not worth its cost.
const PART_BYTES_MIN: usize = 64 << 10;
/// Of several files that are merged, a part of each is in memory; they share this.
const PARTS_BYTES: usize = 128 << 20;
/// Lines of several files that are given at a time, at least, but for the last.
const LINES_AT_ONCE: usize = 20_000;

/// A file that is read in parts.
pub(super) struct FileParts {
    path: PathBuf,
    chunks: Chunks,
    /// The part that was read last.
    pub(super) part: FileLines,
    /// Lines in front of the part, and the rows that held them.
    lines_before: usize,
    rows_before: u64,
    n_cut: u64,
}

impl FileParts {
    /// Opens a file. How far it is read is shown by `bar`.
    pub(super) fn open(path: &Path, bar: &ProgressBar) -> Result<Self, InputError> {
        Self::of_size(path, PART_BYTES, bar)
    }

    fn of_size(path: &Path, part_bytes: usize, bar: &ProgressBar) -> Result<Self, InputError> {
        let chunks = Chunks::open(path, part_bytes, bar)?;
        let part = FileLines::default();
        Ok(Self { path: path.to_owned(), chunks, part, lines_before: 0, rows_before: 0, n_cut: 0 })
    }

    /// Reads the next part, which holds at least one line; `false` at the end of the file.
    pub(super) fn go_on(&mut self) -> Result<bool, InputError> {
        loop {
            self.lines_before += self.part.lines.len();
            self.rows_before += self.part.n_rows();
            self.part = FileLines::default();
            let Some(chunk) = self.chunks.next() else { return Ok(false) };
            self.part = chunk?.into();
            self.n_cut += cut_each(&mut self.part.lines, String::truncate).count() as u64;
            if !self.part.lines.is_empty() {
                return Ok(true);
            }
        }
    }

    /// All lines that are left.
    pub(super) fn read_to_end(&mut self) -> Result<FileLines, InputError> {
        let mut all = FileLines::default();
        while self.go_on()? {
            all.append(std::mem::take(&mut self.part));
        }
        Ok(all)
    }

    /// Says what was replaced, cut or assumed.
    pub(super) fn tell(&self, err: &mut dyn Write) -> io::Result<()> {
        let cut = (self.n_cut > 0)
            .then(|| format!("{} of its lines are read only up to {LONGEST_LINE_BYTES} bytes", self.n_cut));
        for warning in self.chunks.warnings().iter().chain(&cut) {
            writeln!(err, "Warning: `{}`: {warning}", printable(&self.path.to_string_lossy()))?;
        }
        Ok(())
    }
}

/// The lines of all files in the order of their times.
pub(super) struct Parts {
    files: Vec<FileParts>,
    /// When each was last written.
    written: Vec<DateTime<Utc>>,
    newest: DateTime<Utc>,
    /// `None` for one file, which needs no merge.
    merge: Option<Merge>,
    reading: Reading,
    /// Where the lines are from that were given.
    pub(super) places: Places,
    /// Lines without a year that are of another one than what `newest` gives them.
    n_older: u64,
}

impl Parts {
    /// Opens the files and reads the first part of each, if there are several.
    pub(super) fn open(paths: &[PathBuf], reading: &Reading) -> Result<Self, InputError> {
        let size = (PARTS_BYTES / paths.len().max(1)).clamp(PART_BYTES_MIN, PART_BYTES);
        let bar = progress::of_files(paths);
        let files: Result<Vec<_>, _> =
            paths.iter().map(|path| FileParts::of_size(path, size, &bar)).collect();
        let written: Vec<DateTime<Utc>> = paths.iter().map(|path| written(path)).collect();
        let newest = written.iter().max().copied().unwrap_or_default();
        let mut parts = Self {
            files: files?,
            written,
            newest,
            merge: None,
            reading: reading.clone(),
            places: Places::default(),
            n_older: 0,
        };
        if paths.len() > 1 {
            parts.places = Places::of(paths);
            let first_parts: Result<Vec<_>, _> = (0..paths.len()).map(|file| parts.go_on(file)).collect();
            parts.merge = Some(Merge::new(&first_parts?));
        }
        Ok(parts)
    }

    /// What times without a year are to be read against: one time for all lines, because how many are of which file is not
    /// known before they are read.
    pub(super) fn reference_times(&self) -> ReferenceTimes {
        ReferenceTimes::at(self.newest)
    }

    /// The next lines; `None` at the end.
    pub(super) fn lines(&mut self) -> Result<Option<Vec<String>>, InputError> {
        let Some(mut merge) = self.merge.take() else {
            let file = &mut self.files[0];
            return Ok(if file.go_on()? { Some(std::mem::take(&mut file.part.lines)) } else { None });
        };
        let mut lines = Vec::new();
        while lines.len() < LINES_AT_ONCE {
            match merge.step() {
                Some(Step::Lines { log, lines: range }) => {
                    let file = &mut self.files[log];
                    for line in range.start - file.lines_before..range.end - file.lines_before {
                        self.places.note(log, file.rows_before + file.part.number(line));
                        lines.push(std::mem::take(&mut file.part.lines[line]));
                    }
                }
                Some(Step::More { log }) => {
                    let times = self.go_on(log)?;
                    merge.add(log, &times);
                }
                None => break,
            }
        }
        self.merge = Some(merge);
        Ok(Some(lines).filter(|lines| !lines.is_empty()))
    }

    /// Says what was replaced, cut or assumed.
    pub(super) fn tell(&self, err: &mut dyn Write) -> io::Result<()> {
        self.files.iter().try_for_each(|file| file.tell(err))?;
        if self.n_older > 0 {
            writeln!(
                err,
                "Warning: {} lines without a year are of files that were written earlier, and read as if they were of the newest",
                self.n_older
            )?;
        }
        Ok(())
    }

    /// The times of the next part of a file; none at its end.
    fn go_on(&mut self, file: usize) -> Result<Vec<Option<Timestamp>>, InputError> {
        self.files[file].go_on()?;
        let own = self.written[file];
        let times = Times::of(&self.files[file].part.lines, own, &self.reading);
        self.n_older += times.of_another_year(self.newest);
        Ok(times.assumed)
    }
}
