//! How much of an event is to be expected when: by time, and by how much else is written.

use std::ops::Range;

/// Bins by time, and as many by lines: a change is placed to a two-hundredth of the log.
const BINS: i64 = 200;

/// Two clocks that an event may keep: time, and how busy the log is. An event of every minute keeps the first; one of
/// every request keeps the second, and a busy hour is no burst of it. How busy it is, lines tell of events that do not come
/// by the time themselves: at night the log may hold nothing but what comes every minute.
///
/// The span is cut into bins: none is longer than a two-hundredth of the time, or has more lines than a two-hundredth of
/// them, unless they are of one second.
#[derive(Debug)]
pub(super) struct Clock {
    /// Sorted times of all lines, in seconds.
    times: Vec<i64>,
    /// When each bin begins, and when the last has ended.
    starts: Vec<i64>,
    /// Sorted times of the lines that tell how busy the log is.
    busy: Vec<i64>,
    /// Those before each bin, and all.
    busy_before: Vec<usize>,
}

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    Time,
    Lines,
}

impl Kept {
    pub(super) const BOTH: [Self; 2] = [Self::Time, Self::Lines];
}

impl Clock {
    /// Of the times of all lines, in seconds.
    pub(super) fn new(mut times: Vec<i64>) -> Self {
        times.sort_unstable();
        let (Some(&first), Some(&last)) = (times.first(), times.last()) else {
            return Self { times, starts: vec![0], busy: Vec::new(), busy_before: vec![0] };
        };
        let width = (last - first) / BINS + 1;
        let by_time = (0..BINS).map(|bin| first + bin * width).take_while(|start| *start <= last);
        let by_lines = (1..BINS as usize).map(|bin| times[times.len() * bin / BINS as usize]);
        let mut starts: Vec<i64> = by_time.chain(by_lines).chain([last + 1]).collect();
        starts.sort_unstable();
        starts.dedup();
        let busy_before = starts.iter().map(|start| times.partition_point(|time| time < start)).collect();
        Self { busy: times.clone(), times, starts, busy_before }
    }

    /// The same where the lines at these times alone tell how busy the log is; all do where there are none.
    pub(super) fn busy_at(self, mut times: Vec<i64>) -> Self {
        if times.is_empty() {
            return self;
        }
        times.sort_unstable();
        let busy_before =
            self.starts.iter().map(|start| times.partition_point(|time| time < start)).collect();
        Self { busy: times, busy_before, ..self }
    }

    /// All bins.
    pub(super) fn bins(&self) -> Range<usize> {
        0..self.starts.len() - 1
    }

    /// The bin of a time of the log.
    pub(super) fn bin(&self, time: i64) -> usize {
        self.starts.partition_point(|start| *start <= time).saturating_sub(1)
    }

    /// The first second of some bins, and the first behind them.
    pub(super) fn seconds(&self, bins: &Range<usize>) -> Range<i64> {
        self.starts[bins.start]..self.starts[bins.end]
    }

    /// Sorted times of all lines, in seconds.
    pub(super) fn times(&self) -> &[i64] {
        &self.times
    }

    /// Lines of the log that have a time.
    pub(super) fn total(&self) -> f64 {
        self.times.len() as f64
    }

    /// First and last second.
    pub(super) fn span(&self) -> (i64, i64) {
        (self.times.first().copied().unwrap_or(0), self.times.last().copied().unwrap_or(0))
    }

    /// Lines that tell how busy the log is.
    pub(super) fn total_busy(&self) -> f64 {
        self.busy.len() as f64
    }

    /// How long some bins are by a clock: seconds, or lines.
    pub(super) fn exposure(&self, kept: Kept, bins: &Range<usize>) -> f64 {
        match kept {
            Kept::Time => (self.starts[bins.end] - self.starts[bins.start]) as f64,
            Kept::Lines => (self.busy_before[bins.end] - self.busy_before[bins.start]) as f64,
        }
    }

    /// Lines strictly between two times.
    pub(super) fn lines_between(&self, from: i64, to: i64) -> f64 {
        between(&self.times, from, to)
    }

    /// Lines strictly between two times that tell how busy the log is.
    pub(super) fn busy_between(&self, from: i64, to: i64) -> f64 {
        between(&self.busy, from, to)
    }
}

fn between(times: &[i64], from: i64, to: i64) -> f64 {
    let low = times.partition_point(|time| *time <= from);
    let high = times.partition_point(|time| *time < to);
    high.saturating_sub(low) as f64
}
