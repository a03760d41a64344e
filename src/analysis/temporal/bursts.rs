//! Bursts: a Poisson scan over the buckets of each event.

use super::FALSE_ALARMS;
use super::clock::Clock;
use crate::features::significance::ln_poisson_tail;
use crate::report::Burst;

/// Lines of a burst at least.
const MIN_LINES: u64 = 5;

/// Lines, and buckets with any, outside of a burst at least: an event without them has no rate of its own.
const MIN_OUTSIDE: (u64, usize) = (5, 3);

/// How many times as many lines as expected a burst holds at least: a smaller change is nobody's alarm.
const MIN_RATIO: f64 = 3.0;

/// A window of two buckets is looked at where the emptier one holds one in so many of its lines: else the fuller one
/// alone says the same, and closer.
const PART_OF_TWO: u64 = 4;

/// The bursts of one event, earliest first.
///
/// A window of one bucket or two is a burst where the count `c` is more than chance: `P(X ≥ c/φ) ≤ α / tests` for a
/// Poisson `X` with mean `λ/φ`. `λ` is what the event's lines outside of the window let expect, by time or by the lines
/// of the log, whichever is more; `φ` is how unevenly it comes outside of it. Windows that touch are one burst.
///
/// Source: the scan statistic of Naus, "The distribution of the size of the maximum cluster of points on a line", JASA
/// 1965, on fixed windows with Bonferroni's bound.
pub(super) fn bursts(counts: &[(usize, u64)], n: u64, clock: &Clock, events: usize) -> Vec<Burst> {
    let ln_bound = (FALSE_ALARMS / (2.0 * clock.buckets() * events as f64)).ln();
    let mut bursts: Vec<Burst> = Vec::new();
    for i in 0..counts.len() {
        let (bucket, count) = counts[i];
        let next = counts.get(i + 1).filter(|(next, _)| *next == bucket + 1);
        let even = next.filter(|(_, more)| PART_OF_TWO * count.min(*more) >= count + more);
        let windows = [Some((bucket, count)), even.map(|(next, more)| (*next, count + more))];
        for (last, count) in windows.into_iter().flatten() {
            if let Some(burst) = burst(counts, n, (bucket, last), count, clock, ln_bound) {
                join(&mut bursts, burst);
            }
        }
    }
    for burst in &mut bursts {
        let within = |bucket: usize| (burst.first_bucket..=burst.last_bucket).contains(&bucket);
        burst.count = counts.iter().filter(|(bucket, _)| within(*bucket)).map(|(_, count)| count).sum();
        burst.expected =
            expected(n - burst.count, (burst.first_bucket, burst.last_bucket), burst.count, clock);
    }
    bursts
}

fn burst(
    counts: &[(usize, u64)],
    n: u64,
    window: (usize, usize),
    count: u64,
    clock: &Clock,
    ln_bound: f64,
) -> Option<Burst> {
    let outside = n - count;
    let buckets_outside =
        counts.iter().filter(|(bucket, _)| !(window.0..=window.1).contains(bucket)).take(MIN_OUTSIDE.1);
    if count < MIN_LINES || outside < MIN_OUTSIDE.0 || buckets_outside.count() < MIN_OUTSIDE.1 {
        return None;
    }
    let expected = expected(outside, window, count, clock);
    if (count as f64) < MIN_RATIO * expected || ln_poisson_tail(count, expected) > ln_bound {
        return None;
    }
    // The buckets beside the window may hold the rest of the same burst.
    let near = |bucket: usize| bucket + 1 >= window.0 && bucket <= window.1 + 1;
    let left: u64 = counts.iter().filter(|(bucket, _)| !near(*bucket)).map(|(_, count)| count).sum();
    let dispersion = clock.dispersion_without(counts, left, &near);
    let ln_tail = ln_poisson_tail((count as f64 / dispersion).floor() as u64, expected / dispersion);
    (ln_tail <= ln_bound).then_some(Burst {
        first_bucket: window.0,
        last_bucket: window.1,
        count,
        expected,
        ln_p_value: ln_tail,
    })
}

/// Lines to expect in a window of an event with `outside` lines elsewhere, `count` of the window's being its own.
fn expected(outside: u64, window: (usize, usize), count: u64, clock: &Clock) -> f64 {
    let width = (window.1 - window.0 + 1) as f64;
    let by_time = outside as f64 * width / (clock.buckets() - width).max(1.0);
    let lines: f64 = (window.0..=window.1).map(|bucket| clock.lines_in(bucket)).sum();
    // Of the other lines: its own make the bucket fuller themselves.
    let others = clock.total() - lines - outside as f64;
    let by_lines = outside as f64 * (lines - count as f64) / others.max(1.0);
    by_time.max(by_lines)
}

/// Adds a burst, as a part of the last one where they touch.
fn join(bursts: &mut Vec<Burst>, burst: Burst) {
    match bursts.last_mut().filter(|last| burst.first_bucket <= last.last_bucket + 1) {
        Some(last) => {
            last.last_bucket = last.last_bucket.max(burst.last_bucket);
            last.ln_p_value = last.ln_p_value.min(burst.ln_p_value);
        }
        None => bursts.push(burst),
    }
}
