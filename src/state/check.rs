//! Whether a state that came from outside holds together: what counting lines cannot have given is refused.

use rustc_hash::FxHashSet;

use super::{Cell, Day, MAX_SEQUENCES, Minutes, NumberColumn, Shape, Slice, SourceSketch, State};
use crate::tokenize::{Kind, MAX_TOKENS};

/// Lines of one state that is taken from outside, at most: 2⁴⁰, some 100 TB of log. Sums of millions of such states
/// still fit in 64 bits.
pub const MAX_LINES: u64 = 1 << 40;

/// The largest [`magnitude`](super::magnitude): that of 2⁶⁴ thousandths.
const MAX_MAGNITUDE: i16 = 296;

/// First and last day of the years 0 to 9999, which are what a line can be dated, in days since 1970-01-01.
const DAYS: std::ops::RangeInclusive<i32> = -719_528..=2_932_896;

/// What in a state does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Inconsistent {
    /// A sequence stands under a key that is not its own.
    #[error("the sequence under key {0:016x} has another key, or is longer than any that is read")]
    Key(u64),
    /// A sequence that no day has.
    #[error("the sequence of key {0:016x} has no lines")]
    Unused(u64),
    /// A day counts lines of a sequence that is not there.
    #[error("there are lines of key {0:016x} and no sequence for it")]
    Foreign(u64),
    /// A day that no line can have.
    #[error("{0:?} is no day that a line can have")]
    Day(Day),
    /// Sums of a day that are none.
    #[error("the counts of {0:?} do not add up")]
    Counts(Day),
    /// Its bytes are not those that such a state is written as.
    #[error("its parts are in another order than they are written in, or are there twice")]
    Order,
    /// Lines are too many.
    #[error("it counts more than {MAX_LINES} lines")]
    Lines,
    /// What the cap on sequences left out does not fit what is there.
    #[error("what it left out does not fit the {0} sequences that it has")]
    Cut(usize),
}

impl State {
    /// Checks that lines could have given this state, where it has forgotten nothing: every sequence stands under its own
    /// key, every line belongs to a sequence or to what the cap left out, all sums add up.
    ///
    /// What cannot be checked is whether there were such lines: as in training, whoever sends them is believed.
    ///
    /// # Errors
    /// [`Inconsistent`]: the first thing that does not fit.
    ///
    /// # Cost
    /// Linear in the state; 10,000 sequences take about a millisecond.
    pub fn check(&self) -> Result<(), Inconsistent> {
        for (&key, shape) in &self.shapes {
            if shape.key() != key || shape.sequence.len() > MAX_TOKENS {
                return Err(Inconsistent::Key(key));
            }
        }
        self.check_cut()?;
        let mut used = FxHashSet::default();
        for (&day, slice) in &self.slices {
            self.check_slice(day, slice)?;
            used.extend(slice.cells.keys().copied());
        }
        if let Some(key) = self.shapes.keys().find(|key| !used.contains(key)) {
            return Err(Inconsistent::Unused(*key));
        }
        let lines = total(self.slices.values().map(|slice| slice.lines));
        if lines.is_none_or(|lines| lines > MAX_LINES) { Err(Inconsistent::Lines) } else { Ok(()) }
    }

    /// A cut without as many sequences as may be kept would make a model drop its own.
    fn check_cut(&self) -> Result<(), Inconsistent> {
        let n_shapes = self.shapes.len();
        let last = self.shapes.last_key_value().map(|(&key, _)| key);
        let fits = match self.cut {
            Some(cut) => n_shapes == MAX_SEQUENCES && last < Some(cut),
            None => n_shapes <= MAX_SEQUENCES,
        };
        if fits { Ok(()) } else { Err(Inconsistent::Cut(n_shapes)) }
    }

    fn check_slice(&self, day: Day, slice: &Slice) -> Result<(), Inconsistent> {
        let is_day = match day {
            Day::None => true,
            Day::OfYear(day) => day < 366,
            Day::SinceEpoch(day) => DAYS.contains(&day),
        };
        if !is_day {
            return Err(Inconsistent::Day(day));
        }
        for (key, cell) in &slice.cells {
            let shape = self.shapes.get(key).ok_or(Inconsistent::Foreign(*key))?;
            if !is_sound(cell, shape, slice) {
                return Err(Inconsistent::Counts(day));
            }
        }
        adds_up(slice, self.cut.is_some()).then_some(()).ok_or(Inconsistent::Counts(day))
    }
}

/// Whether a day's lines are those of its cells, and what the cap left out.
fn adds_up(slice: &Slice, may_overflow: bool) -> bool {
    let counted = total(slice.cells.values().map(|cell| cell.count));
    let left_out = counted.and_then(|counted| slice.lines.checked_sub(counted));
    let by_level = |level: usize| total(slice.cells.values().map(|cell| cell.levels[level]));
    slice.lines > 0
        && total(slice.levels.iter().copied()) == Some(slice.lines)
        && (0..slice.levels.len()).all(|level| by_level(level).is_some_and(|n| n <= slice.levels[level]))
        && left_out.is_some_and(|n| (may_overflow || n == 0) && slice.overflow.holds(n))
        && slice.minutes.is_sound()
        && slice.sources.is_sound()
}

/// Whether a cell is what lines of this shape, all of them lines of this day, can have given.
fn is_sound(cell: &Cell, shape: &Shape, slice: &Slice) -> bool {
    let knows = |minutes: &Minutes, sources: &SourceSketch| {
        slice.minutes.contain(minutes) && sources.hashes().iter().all(|&hash| slice.sources.may_contain(hash))
    };
    cell.count > 0
        && total(cell.levels.iter().copied()) == Some(cell.count)
        && cell.sources.is_sound()
        && cell.sources.hashes().len() as u64 <= cell.count
        && cell.minutes.minutes() <= cell.count
        && knows(&cell.minutes, &cell.sources)
        && cell.numbers.iter().all(|(&position, column)| {
            usize::from(position) < shape.sequence.len()
                && column
                    .iter()
                    .all(|(magnitude, n)| (-MAX_MAGNITUDE..=MAX_MAGNITUDE).contains(&magnitude) && n > 0)
                && column.has_sound_times()
                && total(column.iter().map(|(_, n)| n)).is_some_and(|n| n <= cell.count)
                && has_sound_kinds(column, cell.count)
        })
}

/// Whether a column holds anything, and no kind that lines without an owner's rules cannot have, and at most one for each line.
fn has_sound_kinds(column: &NumberColumn, lines: u64) -> bool {
    (column.range().is_some() || column.kinds().next().is_some())
        && column.kinds().all(|(kind, n)| n > 0 && !matches!(kind, Kind::Rule(_)))
        && total(column.kinds().map(|(_, n)| n)).is_some_and(|n| n <= lines)
}

/// The sum; `None` where it does not fit in 64 bits.
pub(super) fn total(mut counts: impl Iterator<Item = u64>) -> Option<u64> {
    counts.try_fold(0_u64, u64::checked_add)
}
