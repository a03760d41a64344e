//! Whether a state holds together, from outside or from a model's own files: what counting lines cannot have given is
//! refused.

use rustc_hash::FxHashSet;

use super::{Cell, Day, MAX_SEQUENCES, Minutes, NumberColumn, Shape, Slice, SourceSketch, State};
use crate::tokenize::{Kind, MAX_TOKENS};

/// Lines of one state that is taken from outside, at most: 2⁴⁰, some 100 TB of log. Sums of millions of such states
/// still fit in 64 bits.
pub const MAX_LINES: u64 = 1 << 40;

/// Lines of a model's own state at most: so many that no sum of what it learns overflows, and more than there are.
const MAX_KEPT_LINES: u64 = 1 << 62;

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
    #[error("it counts more than {0} lines")]
    Lines(u64),
    /// What the cap on sequences left out does not fit what is there.
    #[error("what it left out does not fit the {0} sequences that it has")]
    Cut(usize),
}

impl State {
    /// Checks that lines could have given this state, where it is from outside and has forgotten nothing: besides what
    /// [`State::check_kept`] asks for, that a cut has as many sequences as may be kept, because another one would make
    /// a model drop its own.
    ///
    /// # Errors
    /// [`Inconsistent`]: the first thing that does not fit.
    ///
    /// # Cost
    /// As of [`State::check_kept`].
    pub fn check(&self) -> Result<(), Inconsistent> {
        self.check_kept()?;
        if self.cut.is_some() && self.shapes.len() != MAX_SEQUENCES {
            return Err(Inconsistent::Cut(self.shapes.len()));
        }
        for (&day, slice) in &self.slices {
            if !slice.cells.values().all(is_read_once) {
                return Err(Inconsistent::Counts(day));
            }
        }
        if self.lines() > MAX_LINES { Err(Inconsistent::Lines(MAX_LINES)) } else { Ok(()) }
    }

    /// Checks that training can have led to this state, which may have forgotten days and been read again: every sequence
    /// stands under its own key, every line belongs to a sequence or to what the cap left out, all sums add up.
    ///
    /// What cannot be checked is whether there were such lines: as in training, whoever sends them is believed.
    ///
    /// # Errors
    /// [`Inconsistent`]: the first thing that does not fit.
    ///
    /// # Cost
    /// Linear in the state: 5,000 sequences on each of 14 days took 11 ms, beside 56 ms for the rest of a start.
    pub fn check_kept(&self) -> Result<(), Inconsistent> {
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
        if lines.is_none_or(|lines| lines > MAX_KEPT_LINES) {
            Err(Inconsistent::Lines(MAX_KEPT_LINES))
        } else {
            Ok(())
        }
    }

    /// Sequences are below the cut, and not more than may be kept; fewer where days were forgotten.
    fn check_cut(&self) -> Result<(), Inconsistent> {
        let n_shapes = self.shapes.len();
        let last = self.shapes.last_key_value().map(|(&key, _)| key);
        let fits = n_shapes <= MAX_SEQUENCES && self.cut.is_none_or(|cut| last < Some(cut));
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
                // tokens that are one since they were read again have the numbers and kinds of all of them
                && holds_at_most(column, cell.count.saturating_mul(MAX_TOKENS as u64))
        })
}

/// Whether a column holds anything, and at most so many numbers and so many kinds.
fn holds_at_most(column: &NumberColumn, n: u64) -> bool {
    let numbers = total(column.iter().map(|(_, n)| n));
    let kinds = total(column.kinds().map(|(_, n)| n));
    (column.range().is_some() || column.kinds().next().is_some())
        && column.kinds().all(|(_, n)| n > 0)
        && numbers.is_some_and(|numbers| numbers <= n)
        && kinds.is_some_and(|kinds| kinds <= n)
}

/// Whether each line has one number and one kind at most at each place, as where it was read once, and no kind that lines
/// without an owner's rules cannot have.
fn is_read_once(cell: &Cell) -> bool {
    let has_rule = |column: &NumberColumn| column.kinds().any(|(kind, _)| matches!(kind, Kind::Rule(_)));
    cell.numbers.values().all(|column| holds_at_most(column, cell.count) && !has_rule(column))
}

/// The sum; `None` where it does not fit in 64 bits.
pub(super) fn total(mut counts: impl Iterator<Item = u64>) -> Option<u64> {
    counts.try_fold(0_u64, u64::checked_add)
}

#[cfg(test)]
mod tests {
    use super::super::{Builder, Day, Days, Observation, Shape, State};
    use super::Inconsistent;
    use crate::entry::Front;
    use crate::tokenize::{Tokens, tokenize};

    /// A line of each message on a day of log time.
    fn lines(day: i32, messages: &[&str]) -> State {
        let mut builder = Builder::default();
        for message in messages {
            let mut tokens = Tokens::default();
            tokenize(message, &mut tokens);
            let shape = Shape { sequence: tokens.to_sequence(), front: Front::CLOSED };
            let seen = Observation {
                key: shape.key(),
                day: Day::SinceEpoch(day),
                minute: Some(1),
                second: 60,
                level: None,
                source: None,
                numbers: &[(1, 40)],
            };
            builder.add(&seen, || shape);
        }
        builder.finish()
    }

    #[test]
    fn a_model_that_was_cut_and_then_forgot_days_is_sound_and_no_state_from_outside() {
        let mut state = lines(0, &["door opened", "gate opened", "lid opened"]);
        state.merge(lines(1, &["door opened", "door closed", "gate closed", "lid closed"]));
        state.enforce_cap(4);
        assert!(state.is_cut());
        assert_eq!(state.check_kept(), Ok(()));
        assert!(state.forget(&Days::between(0, 0)) > 0);
        let left = state.shapes().len();
        assert!(left < 4, "{left} sequences are left");
        assert_eq!(state.check_kept(), Ok(()));
        assert_eq!(state.check(), Err(Inconsistent::Cut(left)));
    }

    #[test]
    fn tokens_that_became_one_may_have_two_numbers_a_line_in_a_model_and_not_from_outside() {
        let mut state = lines(0, &["5 of 7"]);
        assert_eq!(state.check(), Ok(()));
        let column = |state: &mut State, count| {
            let cell = state.slices.values_mut().next().and_then(|slice| slice.cells.values_mut().next());
            cell.expect("a line").numbers.entry(1).or_default().insert(40, count);
        };
        column(&mut state, 1);
        assert_eq!(state.check_kept(), Ok(()));
        assert_eq!(state.check(), Err(Inconsistent::Counts(Day::SinceEpoch(0))));
        column(&mut state, 255);
        assert_eq!(state.check_kept(), Err(Inconsistent::Counts(Day::SinceEpoch(0))));
    }
}
