//! Outages: times in which the log holds no line at all, and should.

use std::ops::Range;

/// Lines on either side of a gap that tell how many it should have held.
const AROUND: usize = 64;

/// Lines on either side of an outage at least: a single line with a wrong date is not the rest of a log.
const MIN_BESIDE: usize = 16;

/// Gaps between lines of different seconds at least: with fewer nothing is known of how long they are.
const MIN_GAPS: usize = 100;

/// Lines that an outage should have held at least.
const MIN_EXPECTED: f64 = 25.0;

/// How many times as many lines an outage should have held as any gap that is none: where gaps have the tail of Pareto's law
/// with exponent 3, the largest is so many times the next with a chance of one in 1,700; with exponent 1, as of lines in wild
/// bursts, of one in 12.
const MORE_THAN_OTHERS: f64 = 12.0;

/// Outages at most: with more the log is one that stops and goes on.
const MAX_OUTAGES: usize = 3;

/// How many times as long as all the rest of the log an outage is at most; more is between two logs, or two clocks.
const LONGER_THAN_REST: i64 = 10;

/// A time without any line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Outage {
    /// The last second with a line before it, and the first behind it.
    pub(super) seconds: (i64, i64),
    /// Lines to be expected in it.
    pub(super) expected: f64,
}

/// The outages of a log, the first first. `times` are the sorted seconds of all lines.
///
/// A gap should have held as many lines as come in so long a time on either side of it, so that a quiet night is none, and
/// no more than come in so long a time of the log, so that a pause between two bursts is none.
/// What other gaps should have held is what is usual: an outage is [`MORE_THAN_OTHERS`] times that. Cost: linear.
pub(super) fn outages(times: &[i64]) -> Vec<Outage> {
    let mut gaps: Vec<Outage> = (MIN_BESIDE..(times.len() + 1).saturating_sub(MIN_BESIDE))
        .filter(|&next| times[next] > times[next - 1])
        .map(|next| Outage { seconds: (times[next - 1], times[next]), expected: expected(times, next) })
        .collect();
    if gaps.len() < MIN_GAPS {
        return Vec::new();
    }
    gaps.sort_by(|a, b| b.expected.total_cmp(&a.expected).then(a.seconds.cmp(&b.seconds)));
    let is_beyond = |n: &usize| gaps[n - 1].expected >= MORE_THAN_OTHERS * gaps[*n].expected.max(1.0);
    let n = (1..=MAX_OUTAGES).rev().find(is_beyond).unwrap_or(0);
    let span = times[times.len() - 1] - times[0];
    let is_within_log = |outage: &Outage| {
        let seconds = outage.seconds.1 - outage.seconds.0;
        seconds <= LONGER_THAN_REST * (span - seconds)
    };
    let mut outages: Vec<Outage> = gaps.into_iter().take(n).collect();
    outages.retain(|outage| outage.expected >= MIN_EXPECTED && is_within_log(outage));
    outages.sort_by_key(|outage| outage.seconds);
    outages
}

/// Lines to be expected in the gap in front of the line `next`, at the lower of the rates of the log and of the lines on
/// either side.
fn expected(times: &[i64], next: usize) -> f64 {
    let (before, after) = (next.saturating_sub(AROUND)..next, next..(next + AROUND).min(times.len()));
    // Lines of one second took that second.
    let seconds = |lines: &Range<usize>| (times[lines.end - 1] - times[lines.start] + 1) as f64;
    let beside = (before.len() + after.len()) as f64 / (seconds(&before) + seconds(&after));
    // A few lines with wrong dates make the log no longer.
    let most = times.len() / 100..times.len() - times.len() / 100;
    let rate = beside.min(most.len() as f64 / seconds(&most));
    // Between lines of two seconds in a row there is no second without a line.
    rate * (times[next] - times[next - 1] - 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ml::rng::splitmix64;

    /// About one line in each two seconds, by chance, of so many seconds.
    fn by_chance(seconds: i64) -> Vec<i64> {
        (0..seconds).filter(|second| splitmix64(*second as u64).is_multiple_of(2)).collect()
    }

    fn without(times: Vec<i64>, away: Range<i64>) -> Vec<i64> {
        times.into_iter().filter(|time| !away.contains(time)).collect()
    }

    #[test]
    fn an_hour_without_any_line_is_one_and_what_chance_leaves_free_is_none() {
        let times = by_chance(40_000);
        assert_eq!(outages(&times), []);
        let found = outages(&without(times, 20_000..23_600));
        let [outage] = found[..] else { panic!("{found:?}") };
        assert!((19_980..20_000).contains(&outage.seconds.0) && (23_600..23_620).contains(&outage.seconds.1));
        // one line in two seconds
        assert!((outage.expected / 1_800.0 - 1.0).abs() < 0.2, "{outage:?}");
    }

    #[test]
    fn three_outages_are_found_and_pauses_that_the_log_always_makes_are_none() {
        let mut times = by_chance(40_000);
        for from in [5_000, 15_000, 30_000] {
            times = without(times, from..from + 2_000);
        }
        assert_eq!(outages(&times).len(), 3);
        // a minute of work every ten minutes
        let works = |time: &i64| time % 600 < 60;
        assert_eq!(outages(&by_chance(400_000).into_iter().filter(works).collect::<Vec<_>>()), []);
    }

    #[test]
    fn a_line_with_a_wrong_date_makes_no_outage_and_hides_none() {
        let mut times = without(by_chance(40_000), 20_000..23_600);
        times.push(86_400 * 999);
        assert_eq!(outages(&times).len(), 1);
        assert_eq!(outages(&times)[0].seconds.1 / 100, 236);
    }

    #[test]
    fn what_is_between_two_logs_is_none() {
        let log = by_chance(40_000);
        let two =
            |apart: i64| log.iter().copied().chain(log.iter().map(|time| time + apart)).collect::<Vec<_>>();
        assert_eq!(outages(&two(400_000)).len(), 1);
        assert_eq!(outages(&two(40_000_000)), []);
    }

    #[test]
    fn a_quiet_night_is_none_and_an_hour_of_silence_by_day_is_one() {
        // a line a second from 8 to 20 o'clock, and one in ten minutes at night
        let day = |second: &i64| (8 * 3_600..20 * 3_600).contains(&(second % 86_400)) || second % 600 == 0;
        let times: Vec<i64> = (0..3 * 86_400).filter(day).collect();
        assert_eq!(outages(&times), []);
        let noon = 86_400 + 12 * 3_600;
        assert_eq!(outages(&without(times, noon..noon + 3_600)).len(), 1);
    }
}
