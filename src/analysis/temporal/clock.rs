//! What rate is to be expected when: by the time of day, and by how much else is written.

use super::buckets::Bucketing;
use crate::report::LineReport;

/// Two clocks that an event may keep: time, and the lines of the log. An event of every minute keeps the first; one of
/// every request keeps the second, and a busy hour is no burst of it.
pub(super) struct Clock {
    /// Sorted times of all lines.
    times: Vec<i64>,
    /// Lines by bucket.
    lines: Vec<f64>,
    total: f64,
    span: (i64, i64),
}

impl Clock {
    pub(super) fn new(lines: &[LineReport<'_>], bucketing: &Bucketing) -> Self {
        let mut times: Vec<i64> =
            lines.iter().filter_map(|line| Some(bucketing.time(line)?.epoch_seconds())).collect();
        times.sort_unstable();
        let mut by_bucket: Vec<f64> = Vec::new();
        // Of a log of more days than there can be buckets, only as many as it has lines can matter.
        by_bucket.resize(bucketing.bucket(bucketing.span.1).min(MAX_BUCKETS) + 1, 0.0);
        for time in &times {
            if let Some(count) = by_bucket.get_mut(bucketing.bucket(*time)) {
                *count += 1.0;
            }
        }
        Self { total: times.len() as f64, times, lines: by_bucket, span: bucketing.span }
    }

    /// Lines of a bucket.
    pub(super) fn lines_in(&self, bucket: usize) -> f64 {
        self.lines.get(bucket).copied().unwrap_or(0.0)
    }

    /// Number of buckets.
    pub(super) fn buckets(&self) -> f64 {
        self.lines.len() as f64
    }

    /// Lines of the log that have a time.
    pub(super) fn total(&self) -> f64 {
        self.total
    }

    /// First and last second.
    pub(super) fn span(&self) -> (i64, i64) {
        self.span
    }

    /// Lines strictly between two times.
    pub(super) fn lines_between(&self, from: i64, to: i64) -> f64 {
        let low = self.times.partition_point(|time| *time <= from);
        let high = self.times.partition_point(|time| *time < to);
        high.saturating_sub(low) as f64
    }

    /// How many times more variable than Poisson the counts of an event are, by the clock that it keeps better; at
    /// least 1.
    pub(super) fn dispersion(&self, counts: &[(usize, u64)], n: u64) -> f64 {
        self.dispersion_without(counts, n, &|_| false)
    }

    /// The same, some buckets left out. Pearson's χ² over its degrees of freedom.
    pub(super) fn dispersion_without(
        &self,
        counts: &[(usize, u64)],
        n: u64,
        left_out: &dyn Fn(usize) -> bool,
    ) -> f64 {
        let out: Vec<usize> = (0..self.lines.len()).filter(|bucket| left_out(*bucket)).collect();
        let lines: f64 = self.total - out.iter().map(|bucket| self.lines[*bucket]).sum::<f64>();
        let buckets = self.buckets() - out.len() as f64;
        if buckets < 2.0 || lines <= 0.0 || n == 0 {
            return 1.0;
        }
        let n = n as f64;
        // Σ (c − λ)²/λ = Σ c²/λ − 2·Σ c + Σ λ, where both sums are n
        let (mut by_time, mut by_lines) = (-n, -n);
        for &(bucket, count) in counts.iter().filter(|(bucket, _)| !left_out(*bucket)) {
            let squared = (count * count) as f64;
            by_time += squared * buckets / n;
            by_lines += squared * lines / (n * self.lines_in(bucket).max(1.0));
        }
        (by_time.min(by_lines) / (buckets - 1.0)).max(1.0)
    }

    /// Lines of an event in the first and the second half of the time.
    pub(super) fn halves(&self, counts: &[(usize, u64)]) -> (u64, u64) {
        let half = self.lines.len() / 2;
        // Of an odd number of buckets the middle one belongs to neither half.
        let second = self.lines.len() - half;
        let sum =
            |keep: &dyn Fn(usize) -> bool| counts.iter().filter(|(b, _)| keep(*b)).map(|(_, c)| c).sum();
        (sum(&|bucket| bucket < half), sum(&|bucket| bucket >= second))
    }
}

/// Days, at most, that buckets are kept for: a thousand years, so that one wrong date costs no memory.
const MAX_BUCKETS: usize = 366_000;
