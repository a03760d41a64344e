//! What training keeps: sums of what was seen, by day of log time. No raw line.
//!
//! In: [`Observation`]s, one per physical line. Out: integer counts that merge. [`State::default`] is the
//! identity, [`State::merge`] is associative and commutative, and any way of cutting a stream of lines into
//! batches gives the same state; everything is an integer in sorted order, so the same lines give the same
//! bytes on any machine. What is derived from it (weights, forests, clusters) is computed at fit time.

mod builder;
mod cell;
mod minutes;
mod number_column;
mod overflow;
mod source_sketch;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::entry::Level;
use crate::tokenize::Sequence;

pub use builder::Builder;
pub use cell::Cell;
pub use minutes::Minutes;
pub use number_column::{NumberColumn, magnitude, number_at};
pub use overflow::CountMin;
pub use source_sketch::SourceSketch;

/// Distinct masked sequences that are kept with all their counts. Beyond it those with the largest keys
/// fall out, and only their number of lines stays, in [`State::overflow`]. 200,000 take about 100 MB in memory.
pub const MAX_SEQUENCES: usize = 200_000;

/// The day of log time that a line belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Day {
    /// The line has no date.
    None,
    /// The line has a date without a year: the day's number in a leap year, from 0.
    OfYear(u16),
    /// Days since 1970-01-01.
    SinceEpoch(i32),
}

/// A masked sequence and whether an unknown format's columns may still stand in front of its message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// The masked tokens.
    pub sequence: Sequence,
    /// As in [`crate::entry::LogEntry::columns_open`].
    pub columns_open: bool,
}

/// What one line adds to a state.
#[derive(Clone, Copy, Debug)]
pub struct Observation<'r> {
    /// Hash of the line's [`Shape`].
    pub key: u64,
    /// Its day.
    pub day: Day,
    /// Minute of that day, `0..1440`, where the line has a time.
    pub minute: Option<u16>,
    /// Its level.
    pub level: Option<Level>,
    /// Hash of its host, where it names one.
    pub source: Option<u32>,
    /// Token position and [`magnitude`] of its numbers.
    pub numbers: &'r [(u16, i16)],
}

/// Counts by level; the last is for lines without one.
pub type LevelCounts = [u64; Level::ALL.len() + 1];

/// The sums of one day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// Lines of the day.
    pub lines: u64,
    /// Its lines by level.
    pub levels: LevelCounts,
    /// Minutes in which there was any line.
    pub minutes: Minutes,
    /// Its sources.
    pub sources: SourceSketch,
    /// By key of the sequence.
    pub cells: BTreeMap<u64, Cell>,
}

/// All that training knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    shapes: BTreeMap<u64, Shape>,
    slices: BTreeMap<Day, Slice>,
    overflow: CountMin,
}

impl State {
    /// Lines learnt.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.slices.values().map(|s| s.lines).sum()
    }

    /// The distinct sequences, by key.
    #[must_use]
    pub fn shapes(&self) -> &BTreeMap<u64, Shape> {
        &self.shapes
    }

    /// The sums by day, earliest first.
    #[must_use]
    pub fn slices(&self) -> &BTreeMap<Day, Slice> {
        &self.slices
    }

    /// Line counts of what [`MAX_SEQUENCES`] left out.
    #[must_use]
    pub fn overflow_counts(&self) -> &CountMin {
        &self.overflow
    }

    /// Adds all that `other` knows: the same as if its lines had been added here.
    pub fn merge(&mut self, other: Self) {
        for (day, theirs) in other.slices {
            let ours = self.slices.entry(day).or_default();
            ours.lines += theirs.lines;
            for (a, b) in ours.levels.iter_mut().zip(theirs.levels) {
                *a += b;
            }
            ours.minutes.merge(&theirs.minutes);
            ours.sources.merge(&theirs.sources);
            for (key, cell) in theirs.cells {
                ours.cells.entry(key).or_default().merge(cell);
            }
        }
        for (key, shape) in other.shapes {
            self.shapes.entry(key).or_insert(shape);
        }
        self.overflow.merge(&other.overflow);
        self.enforce_cap();
    }

    /// Keeps the [`MAX_SEQUENCES`] smallest keys. A key that falls out can never come back, since the
    /// largest kept key only shrinks; so what a kept key counts is exact whatever the order of the lines.
    fn enforce_cap(&mut self) {
        while self.shapes.len() > MAX_SEQUENCES {
            let Some((key, _)) = self.shapes.pop_last() else { break };
            for slice in self.slices.values_mut() {
                if let Some(cell) = slice.cells.remove(&key) {
                    self.overflow.add(key, cell.count);
                }
            }
        }
    }
}

/// Position of a level in [`LevelCounts`].
#[must_use]
pub const fn level_index(level: Option<Level>) -> usize {
    match level {
        Some(level) => level as usize,
        None => Level::ALL.len(),
    }
}
