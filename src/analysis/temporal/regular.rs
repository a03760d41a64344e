//! Events that come regularly, as of a clock, and once do not: every minute, every hour, every night.

use super::FALSE_ALARMS;
use super::clock::Clock;
use super::silences::{Gap, is_covered};

/// How exactly an event keeps its time.
#[derive(Clone, Copy, Debug)]
struct Rhythm {
    /// How far a gap may be from the usual one, as a share of it: what runs each night takes longer on some.
    tolerance: f64,
    /// Chance that a gap of an event that comes at random is within this of a given length, at most: of an exponential
    /// distribution, with the length at its mean, where that is most likely.
    by_chance: f64,
}

/// The rhythms that are asked for, the exact one first: `e^−0.9 − e^−1.1`, and `e^−0.75 − e^−1.25`.
const RHYTHMS: [Rhythm; 2] =
    [Rhythm { tolerance: 0.1, by_chance: 0.074 }, Rhythm { tolerance: 0.25, by_chance: 0.186 }];

/// Lengths that an event's gaps may have: a job of working days has two.
const LENGTHS_MAX: usize = 2;

/// One of how many gaps has the second length at least: a weekend is one of five, and two runs that were missed are no length.
const SHARE_OF_SECOND: usize = 10;

/// Gaps that are like none of these, at most: what breaks its own rhythm again and again has none.
const STRANGE_MAX: usize = 2;

/// A pause between two runs of an event, as a share of the gap that half of the time is in gaps of at least: lines that
/// follow each other faster are of one run.
const PAUSE: f64 = 0.25;

/// Runs that are overdue at the end of the log are missing from this share of the usual gap on, beyond what they may be late.
const OVERDUE: f64 = 1.15;

/// The shortest usual gap: of a shorter one the seconds that times are rounded to are too large a part.
const MIN_USUAL_SECONDS: i64 = 20;

/// Seconds that a run must be late: times are written in seconds, and a line that waits for another is late by some.
const MIN_LATE_SECONDS: i64 = 30;

/// Lines of other events that should have been written in a gap, at least, for their lack to say that nothing was
/// written at all: `e^−5` is the chance of none.
const OTHERS_EXPECTED: f64 = 5.0;

/// The gaps in which an event that comes regularly did not come. `times` are sorted.
///
/// An event comes regularly where by one of the [`RHYTHMS`] all its other gaps are near one length, or two, and that is no
/// chance: `(k·p)^(n − k)·m^(k + s) ≤ α / (rhythms·events)` for `n` of `m` gaps of `k` lengths and `s` strange ones. A run is missing where a gap is longer than the
/// usual one and like no other, while other lines were written, or hardly ever are.
///
/// A gap without a fellow that is as long as the usual one once or more again is a missing run; at the end of the log
/// one that is overdue.
pub(super) fn missed(times: &[i64], clock: &Clock, events: usize) -> Vec<Gap> {
    let Some(pause) = pause(times) else { return Vec::new() };
    // The first and last line of each run.
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for i in 0..times.len() {
        match runs.last_mut().filter(|run| ((times[i] - times[run.1]) as f64) < pause) {
            Some(run) => run.1 = i,
            None => runs.push((i, i)),
        }
    }
    let gaps: Vec<i64> = runs.windows(2).map(|pair| times[pair[1].0] - times[pair[0].0]).collect();
    let kept = RHYTHMS.iter().find_map(|rhythm| Some((rhythm, rhythm.kept(&gaps, events)?)));
    let Some((rhythm, (lengths, strange))) = kept else { return Vec::new() };
    let usual = lengths[0];
    if lengths.iter().any(|length| *length < MIN_USUAL_SECONDS) {
        return Vec::new();
    }
    let longest = lengths.iter().copied().max().unwrap_or(usual);
    let mut missed: Vec<Gap> = Vec::new();
    let mut tell = |run: usize, gap: i64, least: f64| {
        let after = runs[run].1;
        let seconds = gap - (times[after] - times[runs[run].0]);
        let late = gap - usual;
        // Lines that came between two runs are one run with the one behind them.
        if (gap as f64) < least
            || (seconds as f64) <= (1.0 + rhythm.tolerance) * usual as f64
            || late < MIN_LATE_SECONDS
            || is_all_silent(times, clock, times[after], seconds)
        {
            return;
        }
        let expected = (gap as f64 / usual as f64 - 1.0).max(1.0);
        missed.push(Gap { after, seconds, expected: expected.round() });
    };
    for &i in &strange {
        tell(i, gaps[i], 1.5 * usual as f64);
    }
    let last = runs.len() - 1;
    if is_covered(times, clock) {
        tell(last, clock.span().1 - times[runs[last].0], (OVERDUE + rhythm.tolerance) * longest as f64);
    }
    missed
}

impl Rhythm {
    /// The lengths of the gaps that keep it, the most frequent first, and the gaps that do not; `None` where all may be chance.
    fn kept(&self, gaps: &[i64], events: usize) -> Option<(Vec<i64>, Vec<usize>)> {
        let lengths = self.lengths(gaps)?;
        let is_strange = |&i: &usize| !lengths.iter().any(|length| self.is_like(gaps[i], *length));
        let strange: Vec<usize> = (0..gaps.len()).filter(is_strange).collect();
        // Each length is told by one of the gaps, and which these are, and which are strange, was chosen.
        let n_regular = gaps.len() - strange.len();
        let n_chosen = (lengths.len() + strange.len()) as f64;
        let chance = n_regular.saturating_sub(lengths.len()) as f64
            * (self.by_chance * lengths.len() as f64).ln()
            + n_chosen * (gaps.len() as f64).ln();
        let is_chance = chance > (FALSE_ALARMS / (RHYTHMS.len() * events) as f64).ln();
        (!is_chance && strange.len() <= STRANGE_MAX).then_some((lengths, strange))
    }

    /// The length that most gaps have, and one more where other gaps share it; `None` without gaps.
    fn lengths(&self, gaps: &[i64]) -> Option<Vec<i64>> {
        let mut left = gaps.to_vec();
        left.sort_unstable();
        let mut lengths = Vec::new();
        let widest = (1.0 + self.tolerance) / (1.0 - self.tolerance);
        while lengths.len() < LENGTHS_MAX {
            let mut best = (0, 0);
            let mut end = 0;
            for start in 0..left.len() {
                while end < left.len() && left[end] as f64 <= left[start] as f64 * widest {
                    end += 1;
                }
                if end - start > best.1 - best.0 {
                    best = (start, end);
                }
            }
            // One that nothing is like is no length of its own.
            let least = if lengths.is_empty() { 2 } else { 2.max(gaps.len() / SHARE_OF_SECOND) };
            if best.1 - best.0 < least {
                break;
            }
            let usual = left[(best.0 + best.1) / 2];
            left.retain(|gap| !self.is_like(*gap, usual));
            lengths.push(usual);
        }
        (!lengths.is_empty()).then_some(lengths)
    }

    fn is_like(&self, gap: i64, usual: i64) -> bool {
        (gap - usual).abs() as f64 <= self.tolerance * usual as f64
    }
}

/// Gaps at least to say that an event comes by the time.
const MIN_GAPS: usize = 10;

/// Whether most gaps of an event are of one length, within a quarter, as of what comes every minute: of an event that comes
/// at random one in six is so near the median. `times` are sorted.
pub(super) fn comes_by_time(times: &[i64]) -> bool {
    let mut gaps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    if gaps.len() < MIN_GAPS {
        return false;
    }
    let middle = gaps.len() / 2;
    let median = *gaps.select_nth_unstable(middle).1;
    let near = gaps.iter().filter(|gap| 4 * (**gap - median).abs() <= median).count();
    median > 1 && 2 * near > gaps.len()
}

/// The gap that lines of two runs have between them at least; `None` where there are too few.
fn pause(times: &[i64]) -> Option<f64> {
    let mut gaps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    gaps.sort_unstable();
    let mut below = 0;
    let span = times.last()? - times.first()?;
    let half = gaps.into_iter().find(|gap| {
        below += gap;
        2 * below >= span
    })?;
    Some(PAUSE * half as f64)
}

/// Whether no line at all was written in a gap, where some should have been: then the log itself was silent.
fn is_all_silent(times: &[i64], clock: &Clock, from: i64, seconds: i64) -> bool {
    let (start, end) = clock.span();
    let others = clock.total() - times.len() as f64;
    let expected = others * seconds as f64 / ((end - start - seconds) as f64).max(1.0);
    expected >= OTHERS_EXPECTED && clock.lines_between(from, from + seconds) < 1.0
}
