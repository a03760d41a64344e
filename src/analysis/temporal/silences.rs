//! Silences: gaps of an event that its own gaps make improbable.

use super::FALSE_ALARMS;
use super::clock::{Clock, Kept};
use super::counts::{Counts, better_clocks};

/// Gaps of an event at least: with fewer nothing is known of how long they are.
const MIN_GAPS: usize = 20;

/// How many times as long as any other gap of the event a silence is at least.
const LONGER_THAN_OTHERS: f64 = 2.0;

/// Share of the log, in time, that an event must cover before its end can be a silence: what is written at the start
/// only has not fallen silent.
const COVERED: f64 = 0.5;

/// A gap in which an event should have come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Gap {
    /// Which of the event's lines is the last before it.
    pub(super) after: usize,
    /// How long it lasts.
    pub(super) seconds: i64,
    /// Lines to be expected in it.
    pub(super) expected: f64,
}

/// The silence of one event, where there is one: its longest gap, or the time since its last line. `times` are sorted.
///
/// It is one where, by the clock that the event keeps better or by both where it keeps both, it is
/// [`LONGER_THAN_OTHERS`] times as long as any other gap, and so large a share `s` of the log stays free of all `n` lines
/// with a chance of `(1 − s)^(n/φ) ≤ α / tests` at most, `φ` being how unevenly the event comes.
///
/// Source: David, Nagaraja, "Order Statistics", 2003, section 6.4, for the largest of uniform spacings, bounded by
/// Bonferroni; the dispersion of quasi-likelihood (McCullagh, Nelder, "Generalized Linear Models", 1989).
pub(super) fn silence(times: &[i64], counts: &Counts, clock: &Clock, events: usize) -> Option<Gap> {
    if times.len() <= MIN_GAPS {
        return None;
    }
    let end = clock.span().1;
    let end = is_covered(times, clock).then_some(end);
    let ends: Vec<i64> = times[1..].iter().copied().chain(end).collect();
    let nowhere = clock.bin(times[0])..clock.bin(times[0]);
    let bound = (FALSE_ALARMS / (times.len() * events) as f64).ln();
    let mut found: Option<Gap> = None;
    for (kept, dispersion) in better_clocks(counts, clock, &clock.bins(), &nowhere) {
        let long = |(from, to): (&i64, &i64)| match kept {
            Kept::Time => (to - from) as f64,
            Kept::Lines => clock.busy_between(*from, *to),
        };
        let gaps: Vec<f64> = times.iter().zip(&ends).map(long).collect();
        let (after, longest) = longest(&gaps)?;
        let others =
            gaps.iter().enumerate().filter(|(i, _)| *i != after).map(|(_, gap)| *gap).fold(0.0, f64::max);
        let n = times.len() as f64;
        let (start, end) = clock.span();
        let whole = match kept {
            Kept::Time => (end - start) as f64,
            Kept::Lines => clock.total_busy(),
        };
        let share = (longest / whole.max(1.0)).min(1.0);
        let is_long = longest >= 2.0 && longest >= LONGER_THAN_OTHERS * others;
        let expected = n * share / (1.0 - share).max(1e-3);
        let ln_chance = n * (1.0 - share).max(1e-9).ln() / dispersion;
        if !is_long || ln_chance > bound || found.is_some_and(|gap| gap.after != after) {
            return None;
        }
        let seconds = ends[after] - times[after];
        let expected = found.map_or(expected, |gap| gap.expected.min(expected));
        found = Some(Gap { after, seconds, expected });
    }
    found.filter(|gap| gap.seconds > 1)
}

/// The longest gap, the first of several.
fn longest(gaps: &[f64]) -> Option<(usize, f64)> {
    let gaps = gaps.iter().copied().enumerate();
    gaps.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
}

/// Whether an event covers so much of the log that its end is a silence.
pub(super) fn is_covered(times: &[i64], clock: &Clock) -> bool {
    let (start, end) = clock.span();
    let covered = times.last().zip(times.first()).map_or(0, |(last, first)| last - first);
    covered as f64 >= COVERED * (end - start) as f64
}
