//! Silences: gaps of an event that its own gaps make improbable.

use super::FALSE_ALARMS;
use super::clock::Clock;
use crate::report::Silence;

/// Gaps of an event at least: with fewer nothing is known of how long they are.
const MIN_GAPS: usize = 20;

/// How many times as long as any other gap of the event a silence is at least.
const LONGER_THAN_OTHERS: f64 = 2.0;

/// Standard deviation over mean of the gaps up to which an event is one that comes regularly.
const REGULAR: f64 = 0.1;

/// Seconds that a gap must last to be a silence for one missing line: times are written in seconds, and a line that waits
/// for another is late by some.
const MIN_SECONDS_OF_ONE: i64 = 30;

/// Share of the log, in time, that an event must cover before its end can be a silence: what is written at the start
/// only has not fallen silent.
const COVERED: f64 = 0.5;

/// The silence of one event, where there is one: its longest gap, or the time since its last line.
///
/// It is one where all of these hold. It is [`LONGER_THAN_OTHERS`] times as long as any other gap. The lines to expect
/// in it, `Λ`, by the event's rate outside of it (by time and by the other lines of the log, whichever is less), leave
/// none with a chance of `exp(−Λ/φ) ≤ α / tests` at most, `φ` being how unevenly the event comes. For an event that comes
/// regularly, [`REGULAR`], one that is missing is enough, if other lines were written meanwhile.
///
/// Source: the exponential distribution of the gaps of a Poisson process, with the dispersion of quasi-likelihood
/// (McCullagh, Nelder, "Generalized Linear Models", 1989) and Bonferroni's bound.
pub(super) fn silences(times: &[(i64, u32)], clock: &Clock, dispersion: f64, events: usize) -> Vec<Silence> {
    if times.len() <= MIN_GAPS {
        return Vec::new();
    }
    let (start, end) = clock.span();
    let first = times[0].0;
    let last = times[times.len() - 1].0;
    let covers = (last - first) as f64 >= COVERED * (end - start) as f64;
    let mut gaps: Vec<(i64, usize)> =
        times.windows(2).enumerate().map(|(i, pair)| (pair[1].0 - pair[0].0, i)).collect();
    if covers {
        gaps.push((end - last, times.len() - 1));
    }
    let longest = gaps.iter().copied().max_by_key(|(seconds, i)| (*seconds, std::cmp::Reverse(*i)));
    let Some((seconds, place)) = longest else { return Vec::new() };
    let others = || gaps.iter().filter(|(_, i)| *i != place).map(|(seconds, _)| *seconds as f64);
    let longest_other = others().fold(0.0, f64::max);
    if seconds < 2 || (seconds as f64) < LONGER_THAN_OTHERS * longest_other {
        return Vec::new();
    }
    let from = times[place].0;
    let n = times.len() as f64;
    let lines = clock.lines_between(from, from + seconds);
    let by_time = n * seconds as f64 / ((end - start - seconds) as f64).max(1.0);
    let by_lines = n * lines / (clock.total() - n - lines).max(1.0);
    let expected = by_time.min(by_lines);
    let tests = n * events as f64;
    let improbable = expected / dispersion >= (tests / FALSE_ALARMS).ln();
    let one_is_missing = seconds >= MIN_SECONDS_OF_ONE && by_lines >= 1.0 && is_regular(others());
    if !improbable && !one_is_missing {
        return Vec::new();
    }
    vec![Silence {
        last_before: times[place].1 as usize,
        first_after: times.get(place + 1).map(|(_, line)| *line as usize),
        seconds,
        // the line that ends the gap was expected too, and came
        expected: if improbable { expected } else { (by_time - 1.0).max(1.0) },
    }]
}

fn is_regular(gaps: impl Iterator<Item = f64> + Clone) -> bool {
    let n = gaps.clone().count() as f64;
    let mean = gaps.clone().sum::<f64>() / n;
    let variance = gaps.map(|gap| (gap - mean).powi(2)).sum::<f64>() / n;
    mean > 0.0 && variance.sqrt() <= REGULAR * mean
}
