//! How often an event came over time, in one row of characters.

use std::collections::BTreeMap;

use super::reply::Temporal;

/// Bars of a row; more would not fit beside a pattern's name on a narrow terminal.
const BARS: u64 = 32;

/// From few lines to most.
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The rows of all events that have one.
pub(super) struct Sparklines<'t>(BTreeMap<&'t str, String>);

impl<'t> Sparklines<'t> {
    /// Of counts over time; none without.
    pub(super) fn new(temporal: Option<&'t Temporal>) -> Self {
        let n_buckets = temporal.and_then(|t| t.buckets.last()).map_or(0, |last| last.bucket + 1);
        let events = temporal.map_or(&[][..], |t| t.events.as_slice());
        let row = |series: &[(u64, u64)]| row(series, n_buckets);
        Self(events.iter().map(|event| (event.template.as_str(), row(&event.series))).collect())
    }

    /// The row of the event with this template.
    pub(super) fn of(&self, template: &str) -> Option<String> {
        self.0.get(template).filter(|row| !row.is_empty()).cloned()
    }
}

/// A space where no line came; the highest bar is the most lines of this event, whatever others have.
fn row(series: &[(u64, u64)], n_buckets: u64) -> String {
    let n_bars = n_buckets.min(BARS);
    let mut counts = vec![0; n_bars as usize];
    for &(bucket, lines) in series.iter().filter(|(bucket, _)| *bucket < n_buckets) {
        let bar = u128::from(bucket) * u128::from(n_bars) / u128::from(n_buckets);
        counts[bar as usize] += lines;
    }
    let most: u64 = counts.iter().copied().max().unwrap_or(0).max(1);
    let height = |count: u64| HEIGHTS[((count as f64 / most as f64 * 8.0).ceil() as usize).clamp(1, 8) - 1];
    counts.into_iter().map(|count| if count == 0 { ' ' } else { height(count) }).collect()
}

#[cfg(test)]
mod tests {
    use super::{BARS, row};

    #[test]
    fn bars_are_as_high_as_the_counts_and_a_gap_is_where_there_are_none() {
        assert_eq!(row(&[(0, 1), (1, 4), (3, 8)], 4), "▁▄ █");
        assert_eq!(row(&[], 0), "");
    }

    #[test]
    fn more_buckets_than_bars_share_them() {
        let series: Vec<(u64, u64)> = (0..2 * BARS).map(|bucket| (bucket, 5)).collect();
        assert_eq!(row(&series, 2 * BARS), "█".repeat(BARS as usize));
    }
}
