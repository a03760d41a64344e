//! Several logs to one, by the times of their lines.
//!
//! In: for each log the time of each of its lines. Out: the order of all lines. A pure function of the times.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use chrono::NaiveDateTime;

use crate::entry::Timestamp;

/// Where a line of the merged log stands: which log, and which of its lines, both from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The log.
    pub log: u32,
    /// The line in it.
    pub line: u32,
}

/// The lines of all `logs` in the order of their times; the lines of each log stay in their order.
///
/// A line without a time stays behind the line before it in its log, and so does a line whose time is out of order with
/// most of its log: those on a longest run of times that never fall decide. At one time the log whose first time is
/// earlier comes first, and then the one that was named first: a rotated log comes before the log that goes on with it.
/// Logs without any time come last, in their order. A time of day alone counts only where no line has a date; a time
/// without a zone counts as UTC.
///
/// # Cost
/// `O(n log n)` in the lines; linear in those of logs whose times are in order, but for the choice among the logs.
#[must_use]
pub fn by_time(logs: &[Vec<Option<Timestamp>>]) -> Vec<Place> {
    let is_dated = logs.iter().flatten().flatten().any(|time| time.dated().is_some());
    let runs: Vec<Runs> = logs.iter().map(|times| Runs::of(times, is_dated)).collect();
    let mut order: Vec<usize> = (0..logs.len()).collect();
    order.sort_by_key(|&log| runs[log].starts.first().map_or((true, None), |(_, time)| (false, Some(*time))));

    let mut merged = Vec::with_capacity(logs.iter().map(Vec::len).sum());
    let mut heads: BinaryHeap<Reverse<(NaiveDateTime, usize, usize)>> = BinaryHeap::new();
    let head = |rank: usize, run: usize| Some(Reverse((runs[order[rank]].starts.get(run)?.1, rank, run)));
    heads.extend((0..order.len()).filter_map(|rank| head(rank, 0)));
    while let Some(Reverse((_, rank, run))) = heads.pop() {
        push(&mut merged, order[rank], runs[order[rank]].lines(run));
        heads.extend(head(rank, run + 1));
    }
    for log in (0..logs.len()).filter(|&log| runs[log].starts.is_empty()) {
        push(&mut merged, log, 0..logs[log].len());
    }
    merged
}

fn push(merged: &mut Vec<Place>, log: usize, lines: Range<usize>) {
    merged.extend(lines.map(|line| Place { log: log as u32, line: line as u32 }));
}

/// A log cut into runs of lines that stay together.
struct Runs {
    /// The line with the time of each run, and that time; they never fall.
    starts: Vec<(usize, NaiveDateTime)>,
    n_lines: usize,
}

impl Runs {
    fn of(times: &[Option<Timestamp>], is_dated: bool) -> Self {
        let timed: Vec<(usize, NaiveDateTime)> = times
            .iter()
            .enumerate()
            .filter_map(|(line, time)| {
                time.filter(|time| !is_dated || time.dated().is_some()).map(|time| (line, time.instant()))
            })
            .collect();
        Self { starts: longest_rising(timed), n_lines: times.len() }
    }

    /// The lines of a run. What stands in front of the first time belongs to the first.
    fn lines(&self, run: usize) -> Range<usize> {
        let from = if run == 0 { 0 } else { self.starts[run].0 };
        from..self.starts.get(run + 1).map_or(self.n_lines, |(line, _)| *line)
    }
}

/// A longest subsequence of times that never fall.
///
/// Source: Fredman, "On computing the length of longest increasing subsequences", Discrete Mathematics 1975.
fn longest_rising(timed: Vec<(usize, NaiveDateTime)>) -> Vec<(usize, NaiveDateTime)> {
    if timed.is_sorted_by_key(|(_, time)| *time) {
        return timed;
    }
    // By length: the place of the smallest time that ends a rising subsequence so long.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(timed.len());
    for (place, (_, time)) in timed.iter().enumerate() {
        let length = ends.partition_point(|&end| timed[end].1 <= *time);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        if length == ends.len() {
            ends.push(place);
        } else {
            ends[length] = place;
        }
    }
    let mut rising = Vec::with_capacity(ends.len());
    let mut place = ends.last().copied();
    while let Some(at) = place {
        rising.push(timed[at]);
        place = before[at];
    }
    rising.reverse();
    rising
}

#[cfg(test)]
mod tests {
    use super::by_time;
    use crate::parse::parse_line;

    /// The merged lines, with the number of their log in front.
    fn merged(logs: &[&[&str]]) -> Vec<String> {
        let times: Vec<Vec<_>> =
            logs.iter().map(|log| log.iter().map(|line| parse_line(line).timestamp).collect()).collect();
        by_time(&times)
            .iter()
            .map(|place| format!("{} {}", place.log, logs[place.log as usize][place.line as usize]))
            .collect()
    }

    /// `08:00:05 b` as a line of a day.
    macro_rules! day {
        ($($line:expr),*) => { &[$(concat!("2024-03-01 08:00:", $line)),*] };
    }

    fn ends(logs: &[&[&str]]) -> Vec<String> {
        merged(logs).iter().map(|line| line.rsplit(' ').next().unwrap_or_default().to_owned()).collect()
    }

    #[test]
    fn lines_come_by_time_and_those_without_one_stay_behind_the_line_before_them() {
        let trace: &[&str] = &["started", "2024-03-01 08:00:02 ERROR x", "  at frame", "  at last"];
        let lines = merged(&[day!["01 INFO a", "03 INFO c"], trace]);
        assert_eq!(
            lines,
            [
                "0 2024-03-01 08:00:01 INFO a",
                "1 started",
                "1 2024-03-01 08:00:02 ERROR x",
                "1   at frame",
                "1   at last",
                "0 2024-03-01 08:00:03 INFO c",
            ]
        );
    }

    #[test]
    fn a_rotated_log_comes_first_also_where_it_ends_in_the_second_in_which_the_next_begins() {
        let current = day!["05 INFO c", "09 INFO d"];
        let rotated = day!["01 INFO a", "05 INFO b"];
        assert_eq!(ends(&[current, rotated]), ["a", "b", "c", "d"]);
    }

    #[test]
    fn logs_that_begin_at_one_time_come_in_the_order_in_which_they_were_named() {
        assert_eq!(ends(&[day!["01 INFO a", "01 INFO b"], day!["01 INFO c"]]), ["a", "b", "c"]);
    }

    #[test]
    fn one_time_far_off_does_not_hold_up_its_log() {
        let stray: &[&str] = &[
            "2024-03-01 08:00:01 INFO a",
            "2038-01-19 03:14:07 INFO b",
            "2024-03-01 08:00:03 INFO d",
            "1970-01-01 00:00:00 INFO e",
            "2024-03-01 08:00:05 INFO g",
        ];
        let other = day!["02 INFO c", "04 INFO f", "06 INFO h"];
        assert_eq!(ends(&[stray, other]), ["a", "b", "c", "d", "e", "f", "g", "h"]);
    }

    #[test]
    fn logs_without_a_time_come_last_in_their_order_and_no_line_is_lost() {
        assert_eq!(ends(&[&["x", "y"], day!["01 INFO a"], &[], &["z"]]), ["a", "x", "y", "z"]);
        assert!(by_time(&[]).is_empty());
    }

    #[test]
    fn times_of_day_count_where_no_line_has_a_date() {
        let clocks: &[&[&str]] = &[&["10:00:01 INFO a", "10:00:03 INFO c"], &["10:00:02 INFO b"]];
        assert_eq!(ends(clocks), ["a", "b", "c"]);
        let mixed: &[&[&str]] = &[&["10:00:01 INFO z"], day!["01 INFO a"]];
        assert_eq!(ends(mixed), ["a", "z"]);
    }

    #[test]
    fn zones_are_converted_before_they_are_compared() {
        let berlin: &[&str] = &["2024-03-01T09:00:02+01:00 INFO b"];
        assert_eq!(
            ends(&[berlin, &["2024-03-01T08:00:01Z INFO a", "2024-03-01T08:00:03Z INFO c"]]),
            ["a", "b", "c"]
        );
    }
}
