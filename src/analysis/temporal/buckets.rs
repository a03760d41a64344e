//! Equal pieces of time, as wide as it takes for about 200 of them.

use std::collections::BTreeMap;

use super::at;
use crate::entry::{Level, Timestamp};
use crate::report::{LineReport, TimeBucket};

/// Widths of a bucket, in seconds: 1 s to 30 min, hours, a day.
const WIDTHS: [i64; 15] = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400];

/// Buckets at most, but for logs of more days than that.
const BUCKETS_MAX: i64 = 200;

/// How times become buckets.
pub(super) struct Bucketing {
    /// Width of a bucket.
    pub(super) seconds: i64,
    /// Start of bucket 0, a multiple of the width.
    start: i64,
    /// A time of the log, for its zone.
    like: Timestamp,
    /// By line: the time by which it is placed.
    times: Vec<Option<Timestamp>>,
}

impl Bucketing {
    /// The narrowest width that needs at most [`BUCKETS_MAX`] buckets; `None` where no line has a time.
    ///
    /// A time of day among dates is no time; where none has a date, the lines are placed by it.
    pub(super) fn of(lines: &[LineReport<'_>]) -> Option<Self> {
        let written = || lines.iter().map(|line| line.entry.timestamp);
        let has_dates = written().flatten().any(|time| time.dated().is_some());
        let placed = |time: Option<Timestamp>| if has_dates { time?.dated() } else { time };
        let times: Vec<Option<Timestamp>> = written().map(placed).collect();
        let seconds = || times.iter().flatten().map(Timestamp::epoch_seconds);
        let (like, first, last) = (*times.iter().flatten().next()?, seconds().min()?, seconds().max()?);
        let needed = |width: i64| last.div_euclid(width) - first.div_euclid(width) + 1;
        let seconds = WIDTHS.into_iter().find(|width| needed(*width) <= BUCKETS_MAX).unwrap_or(86_400);
        Some(Self { seconds, start: first.div_euclid(seconds) * seconds, like, times })
    }

    /// The time of a line by which it is placed.
    pub(super) fn time(&self, line: usize) -> Option<Timestamp> {
        self.times[line]
    }

    pub(super) fn bucket(&self, time: i64) -> usize {
        ((time - self.start) / self.seconds) as usize
    }
}

/// The buckets that hold a line, earliest first.
pub(super) fn buckets(lines: &[LineReport<'_>], bucketing: &Bucketing) -> Vec<TimeBucket> {
    let mut buckets: BTreeMap<usize, (usize, usize, BTreeMap<Level, usize>)> = BTreeMap::new();
    for (i, line) in lines.iter().enumerate() {
        // A line that continues another has the time and level of its first line here.
        let first = &lines[line.record];
        let Some(time) = bucketing.time(line.record) else { continue };
        let (count, outliers, levels) = buckets.entry(bucketing.bucket(time.epoch_seconds())).or_default();
        *count += 1;
        *outliers += usize::from(line.is_outlier && line.record == i);
        if let Some(level) = first.entry.level {
            *levels.entry(level).or_default() += 1;
        }
    }
    buckets
        .into_iter()
        .filter_map(|(bucket, (lines, outliers, levels))| {
            let start = at(bucketing.start + bucket as i64 * bucketing.seconds, &bucketing.like)?;
            Some(TimeBucket { bucket, start, lines, outliers, levels })
        })
        .collect()
}
