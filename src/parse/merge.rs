//! Several logs to one, by the times of their lines.
//!
//! In: for each log the time of each of its lines. Out: the order of all lines. A pure function of the times.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
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
    let mut merged = Vec::with_capacity(logs.iter().map(Vec::len).sum());
    let mut merge = Merge::new(logs);
    while let Some(step) = merge.step() {
        match step {
            Step::Lines { log, lines } => {
                merged.extend(lines.map(|line| Place { log: log as u32, line: line as u32 }));
            }
            Step::More { log } => merge.add(log, &[]),
        }
    }
    merged
}

/// What comes next in a merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// These lines, counted from the start of their log.
    Lines {
        /// The log.
        log: usize,
        /// Its lines.
        lines: Range<usize>,
    },
    /// All known lines of this log are merged: [`Merge::add`] more, or none at its end.
    More {
        /// The log.
        log: usize,
    },
}

/// A merge of logs whose lines come in parts, as [`by_time`] of all their lines but for what only later parts could tell:
/// whether a line has a date is asked of the first parts, a log that has no time in its first part comes last, and a
/// longest run of times is one of a part that goes on from those before.
#[derive(Debug)]
pub struct Merge {
    logs: Vec<Head>,
    /// The time of the next run of each log, the log's rank, the log.
    heads: BinaryHeap<Reverse<(NaiveDateTime, usize, usize)>>,
    /// Logs without any time.
    untimed: VecDeque<usize>,
    is_dated: bool,
    /// The log whose known lines are all merged.
    wanting: Option<usize>,
    /// Lines that go on with the last ones.
    ready: Option<Step>,
}

/// How far a log is merged.
#[derive(Debug, Default)]
struct Head {
    /// The line and time of each run of lines that stay together, from the next one on; the times never fall.
    runs: VecDeque<(usize, NaiveDateTime)>,
    /// The first line that is not merged.
    next: usize,
    /// Lines that are known.
    n_lines: usize,
    /// The time of the last run.
    latest: Option<NaiveDateTime>,
    /// Logs whose first time is earlier, or the same and were named first.
    rank: usize,
    /// Whether its times do not count.
    is_untimed: bool,
}

impl Merge {
    /// Begins with the first part of each log.
    #[must_use]
    pub fn new(first_parts: &[Vec<Option<Timestamp>>]) -> Self {
        let is_dated = first_parts.iter().flatten().flatten().any(|time| time.dated().is_some());
        let mut logs: Vec<Head> = Vec::with_capacity(first_parts.len());
        for times in first_parts {
            let mut head = Head::default();
            head.add(times, is_dated);
            head.is_untimed = head.runs.is_empty();
            logs.push(head);
        }
        let first = |log: usize| logs[log].runs.front().map(|&(_, time)| time);
        let mut order: Vec<(NaiveDateTime, usize)> =
            (0..logs.len()).filter_map(|log| Some((first(log)?, log))).collect();
        order.sort_unstable();
        let untimed = (0..logs.len()).filter(|&log| logs[log].is_untimed).collect();
        let mut heads = BinaryHeap::with_capacity(order.len());
        for (rank, (time, log)) in order.into_iter().enumerate() {
            logs[log].rank = rank;
            heads.push(Reverse((time, rank, log)));
        }
        Self { logs, heads, untimed, is_dated, wanting: None, ready: None }
    }

    /// What comes next; `None` at the end of all logs.
    pub fn step(&mut self) -> Option<Step> {
        if let Some(ready) = self.ready.take() {
            return Some(ready);
        }
        if let Some(log) = self.wanting {
            return Some(Step::More { log });
        }
        let log = match self.heads.pop() {
            Some(Reverse((_, _, log))) => log,
            None => self.untimed.pop_front()?,
        };
        self.logs[log].runs.pop_front();
        Some(self.merge(log))
    }

    /// The next lines of a log that ran out of them; none if that was its end.
    pub fn add(&mut self, log: usize, times: &[Option<Timestamp>]) {
        debug_assert_eq!(self.wanting, Some(log), "only a log that ran out of lines takes more");
        self.wanting = None;
        if times.is_empty() {
            return;
        }
        let head = &mut self.logs[log];
        head.add(times, self.is_dated);
        if head.runs.front().is_none_or(|&(line, _)| line > head.next) {
            self.ready = Some(self.merge(log));
        } else {
            self.push(log);
        }
    }

    /// The lines of a log up to its next run.
    fn merge(&mut self, log: usize) -> Step {
        let head = &mut self.logs[log];
        let end = head.runs.front().map_or(head.n_lines, |&(line, _)| line);
        let lines = std::mem::replace(&mut head.next, end)..end;
        self.push(log);
        Step::Lines { log, lines }
    }

    fn push(&mut self, log: usize) {
        let head = &self.logs[log];
        match head.runs.front() {
            Some(&(_, time)) => self.heads.push(Reverse((time, head.rank, log))),
            None => self.wanting = Some(log),
        }
    }
}

impl Head {
    fn add(&mut self, times: &[Option<Timestamp>], is_dated: bool) {
        let first = self.n_lines;
        self.n_lines += times.len();
        if self.is_untimed {
            return;
        }
        let timed: Vec<(usize, NaiveDateTime)> = (first..)
            .zip(times)
            .filter_map(|(line, time)| {
                time.filter(|time| !is_dated || time.dated().is_some()).map(|time| (line, time.instant()))
            })
            .collect();
        let going_on: Vec<(usize, NaiveDateTime)> = timed
            .iter()
            .copied()
            .filter(|&(_, time)| self.latest.is_none_or(|latest| time >= latest))
            .collect();
        // One time far off at the end of a part must not hold up all that follow.
        let runs = if 2 * going_on.len() < timed.len() { timed } else { going_on };
        self.runs = longest_rising(runs).into();
        self.latest = self.runs.back().map(|&(_, time)| time).or(self.latest);
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
    use super::{Merge, Step, by_time};
    use crate::entry::Timestamp;
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

    /// The lines as they come when each log gives so many at a time.
    fn in_parts(logs: &[&[&str]], size: usize) -> Vec<String> {
        let times = |lines: &[&str]| -> Vec<Option<Timestamp>> {
            lines.iter().map(|line| parse_line(line).timestamp).collect()
        };
        let mut merge =
            Merge::new(&logs.iter().map(|log| times(&log[..size.min(log.len())])).collect::<Vec<_>>());
        let mut given = vec![size; logs.len()];
        let mut merged = Vec::new();
        while let Some(step) = merge.step() {
            match step {
                Step::Lines { log, lines } => {
                    merged.extend(logs[log][lines].iter().map(|line| format!("{log} {line}")));
                }
                Step::More { log } => {
                    let from = given[log].min(logs[log].len());
                    given[log] = from + size;
                    merge.add(log, &times(&logs[log][from..(from + size).min(logs[log].len())]));
                }
            }
        }
        merged
    }

    #[test]
    fn logs_that_come_in_parts_are_merged_as_if_they_were_known_whole() {
        let trace: &[&str] = &[
            "2024-03-01 08:00:02 ERROR x",
            "  at a",
            "  at b",
            "  at c",
            "2024-03-01 08:00:04 INFO y",
            "2024-03-01 08:00:04 INFO z",
        ];
        let logs: &[&[&str]] =
            &[day!["01 INFO a", "03 INFO c", "05 INFO e"], trace, &["no time", "nor here"], &[]];
        for size in 1..8 {
            assert_eq!(in_parts(logs, size), merged(logs), "{size}");
        }
    }

    #[test]
    fn a_time_far_off_at_the_end_of_a_part_does_not_hold_up_the_parts_behind_it() {
        let stray: &[&str] = &[
            "2024-03-01 08:00:01 INFO a",
            "2038-01-19 03:14:07 INFO b",
            "2024-03-01 08:00:03 INFO d",
            "2024-03-01 08:00:05 INFO f",
        ];
        let merged = in_parts(&[stray, day!["02 INFO c", "04 INFO e"]], 2);
        let ends: Vec<&str> = merged.iter().map(|line| &line[line.len() - 1..]).collect();
        assert_eq!(
            ends,
            ["a", "c", "e", "b", "d", "f"],
            "b waits for its time, what is behind it for b, and no longer"
        );
    }
}
