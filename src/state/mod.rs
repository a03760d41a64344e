//! What training keeps: sums of what was seen, by day of log time. No raw line.
//!
//! In: [`Observation`]s, one per physical line. Out: integer counts that merge. [`State::default`] is the
//! identity, [`State::merge`] is associative and commutative, and any way of cutting a stream of lines into
//! batches gives the same state; everything is an integer in sorted order, so the same lines give the same
//! bytes on any machine. What is derived from it (weights, forests, clusters) is computed at fit time.

mod builder;
mod cell;
mod check;
mod days;
mod fade;
mod minutes;
mod number_column;
mod overflow;
mod reread;
mod retention;
mod source_sketch;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::entry::{Front, Level};
use crate::ml::rng::splitmix64;
use crate::tokenize::Sequence;

pub use builder::Builder;
pub use cell::Cell;
pub use check::{Inconsistent, MAX_LINES};
pub use days::Days;
pub use minutes::Minutes;
pub(crate) use number_column::STEPS_PER_DOUBLING;
pub use number_column::{Met, NumberColumn, magnitude, number_at};
pub use overflow::CountMin;
pub use reread::Lineage;
pub use source_sketch::SourceSketch;

/// Distinct masked sequences that are kept with all their counts. Beyond it those with the largest keys
/// fall out, and only their number of lines stays, in [`Slice::overflow`]. 200,000 take about 100 MB in memory.
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

/// A masked sequence and what was read in front of its message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// The masked tokens.
    pub sequence: Sequence,
    /// As in [`crate::entry::LogEntry::front`]. Versions 1 and 2 kept whether it is open: 0 or 1, which are the numbers of
    /// [`Front::CLOSED`] and [`Front::UNKNOWN`].
    pub front: Front,
}

impl Shape {
    /// The key under which a state keeps it.
    #[must_use]
    pub fn key(&self) -> u64 {
        shape_key(self.sequence.key(), self.front)
    }
}

/// The key of a shape, from the key of its sequence. Lines of the same tokens behind different fronts are different
/// shapes.
#[must_use]
pub fn shape_key(sequence_key: u64, front: Front) -> u64 {
    match front {
        Front::CLOSED => sequence_key,
        // What versions 1 and 2 gave a line with an open front.
        Front::UNKNOWN => splitmix64(sequence_key),
        front => splitmix64(sequence_key ^ u64::from(front.number()) << 32),
    }
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
    /// Second of that day, `0..86400`; 0 where the line has no time.
    pub second: u32,
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
    /// Line counts of what [`MAX_SEQUENCES`] left out of it.
    pub overflow: CountMin,
}

/// All that training knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    shapes: BTreeMap<u64, Shape>,
    slices: BTreeMap<Day, Slice>,
    /// The smallest key that fell out. It and all larger ones stay out, also when forgetting makes room again: what
    /// is kept of a key is all of it, or nothing.
    cut: Option<u64>,
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
    pub fn overflow_counts(&self) -> CountMin {
        let mut sum = CountMin::default();
        for slice in self.slices.values() {
            sum.merge(&slice.overflow);
        }
        sum
    }

    /// Whether [`MAX_SEQUENCES`] has left anything out.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.cut.is_some()
    }

    /// Forgets the lines of `days` and the shapes that only they had. Returns how many lines were forgotten.
    ///
    /// What is left is, to the byte, what the other lines alone would have given. Where [`State::is_cut`], sequences
    /// that the cap had left out do not come back; of those that are kept every count is exact all the same.
    pub fn forget(&mut self, days: &Days) -> u64 {
        let before = self.lines();
        self.slices.retain(|day, _| !days.contain(*day));
        if self.slices.is_empty() {
            *self = Self::default();
            return before;
        }
        let slices = &self.slices;
        self.shapes.retain(|key, _| slices.values().any(|slice| slice.cells.contains_key(key)));
        before - self.lines()
    }

    /// What the lines of `days` alone would have given; where [`State::is_cut`], as [`State::forget`] says.
    #[must_use]
    pub fn only(&self, days: &Days) -> Self {
        let slices: BTreeMap<Day, Slice> =
            self.slices.iter().filter(|(day, _)| days.contain(**day)).map(|(d, s)| (*d, s.clone())).collect();
        if slices.is_empty() {
            return Self::default();
        }
        let is_there = |key: &u64| slices.values().any(|slice| slice.cells.contains_key(key));
        let shapes = self.shapes.iter().filter(|(key, _)| is_there(key));
        Self { shapes: shapes.map(|(key, shape)| (*key, shape.clone())).collect(), cut: self.cut, slices }
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
            ours.overflow.merge(&theirs.overflow);
        }
        for (key, shape) in other.shapes {
            self.shapes.entry(key).or_insert(shape);
        }
        self.cut = [self.cut, other.cut].into_iter().flatten().min();
        self.enforce_cap(MAX_SEQUENCES);
    }

    /// Keeps the `max` smallest keys of those below the cut. A key that falls out can never come back; so what a
    /// kept key counts is exact whatever the order of the lines.
    fn enforce_cap(&mut self, max: usize) {
        while let Some((&key, _)) = self.shapes.last_key_value() {
            if self.shapes.len() <= max && self.cut.is_none_or(|cut| key < cut) {
                break;
            }
            self.shapes.pop_last();
            self.cut = Some(self.cut.map_or(key, |cut| cut.min(key)));
            for slice in self.slices.values_mut() {
                if let Some(cell) = slice.cells.remove(&key) {
                    slice.overflow.add(key, cell.count);
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

#[cfg(test)]
mod tests {
    use super::{Builder, Day, Days, Observation, Shape, State};
    use crate::entry::Front;
    use crate::tokenize::Sequence;

    /// One line for each key, on this day of log time.
    pub(super) fn lines(day: i32, keys: &[u64]) -> State {
        let mut builder = Builder::default();
        for &key in keys {
            let day = Day::SinceEpoch(day);
            let seen =
                Observation { key, day, minute: None, second: 0, level: None, source: None, numbers: &[] };
            builder.add(&seen, || Shape { sequence: Sequence::default(), front: Front::CLOSED });
        }
        builder.finish()
    }

    fn merged(parts: &[&State], max: usize) -> State {
        let mut sum = State::default();
        for &part in parts {
            sum.merge(part.clone());
            sum.enforce_cap(max);
        }
        sum
    }

    #[test]
    fn what_the_cap_leaves_out_does_not_depend_on_the_order() {
        let (a, b, c) = (lines(0, &[1, 4, 9]), lines(1, &[2, 4, 5]), lines(1, &[3, 9]));
        let sum = merged(&[&a, &b, &c], 3);
        // of 1, 2, 3, 4, 5, 9 the three smallest stay; 4 is the smallest that fell out
        assert_eq!(sum.shapes().keys().copied().collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(sum.cut, Some(4));
        assert_eq!(sum.overflow_counts().estimate(4), 2);
        for parts in [[&c, &b, &a], [&b, &a, &c], [&a, &c, &b]] {
            assert_eq!(merged(&parts, 3), sum);
        }
    }

    #[test]
    fn a_key_that_fell_out_does_not_come_back_half_when_a_day_is_forgotten() {
        let mut sum = merged(&[&lines(0, &[1, 2, 3]), &lines(1, &[2, 5])], 3);
        assert_eq!(sum.forget(&Days::between(0, 0)), 3);
        sum.merge(lines(2, &[4, 5]));
        // there is room for 5 again, and its line of day 1 is gone from the exact counts: it stays in the sketch
        assert_eq!(sum.shapes().keys().copied().collect::<Vec<_>>(), [2, 4]);
        assert_eq!(sum.overflow_counts().estimate(5), 2);
        assert_eq!(sum.lines(), 4);
    }

    #[test]
    fn forgetting_everything_leaves_nothing() {
        let mut sum = merged(&[&lines(0, &[1, 2, 3])], 2);
        assert_eq!(sum.forget(&Days::between(-1, 1)), 3);
        assert_eq!(sum, State::default());
    }
}
