//! From times and scores to pixels.

use crate::report::Report;

use super::place::{Axis, Placement, Spot};
use super::style::{Panels, Rect};

/// The largest score there is.
const SCORE_MAX: f64 = 2.0;

/// Both axes of the picture.
pub(super) struct Scale {
    panels: Panels,
    first: f64,
    last: f64,
    n_untimed: usize,
    score_top: f64,
}

impl Scale {
    /// The axes that hold every line and the threshold. Scores begin at 0, so that pictures can be compared.
    pub(super) fn new(report: &Report<'_>, placement: &Placement, panels: &Panels) -> Self {
        const LEAST_TOP: f64 = 0.5;
        const HEADROOM: f64 = 1.12; // for the rings and names of the highest
        let (first, last) = match &placement.axis {
            Axis::Time(axis) => (axis.first, axis.last),
            Axis::Lines(n) => (-0.015 * *n as f64, (*n as f64 - 1.0).max(1.0) + 0.015 * *n as f64),
        };
        let highest = report
            .lines
            .iter()
            .map(|line| drawable(line.anomaly_score))
            .chain(shown_threshold(report))
            .fold(LEAST_TOP, f64::max);
        Self { panels: *panels, first, last, n_untimed: placement.n_untimed, score_top: highest * HEADROOM }
    }

    /// The highest score that the axis holds.
    pub(super) const fn score_top(&self) -> f64 {
        self.score_top
    }

    /// Beginning and end of the axis.
    pub(super) const fn span(&self) -> (f64, f64) {
        (self.first, self.last)
    }

    /// The column of a line.
    pub(super) fn column(&self, spot: Spot) -> i32 {
        match (spot, self.panels.strip) {
            (Spot::At(x), _) => along(self.panels.main, (x - self.first) / (self.last - self.first)),
            (Spot::Untimed(rank), strip) => {
                let share = if self.n_untimed > 1 { rank as f64 / (self.n_untimed - 1) as f64 } else { 0.5 };
                along(strip.unwrap_or(self.panels.main), share)
            }
        }
    }

    /// The row of a score.
    pub(super) fn row(&self, score: f64) -> i32 {
        let panel = self.panels.main;
        let share = drawable(score) / self.score_top;
        panel.bottom - (share * f64::from(panel.bottom - panel.top)).round() as i32
    }
}

/// The score as it is drawn: in `[0, 2]`, NaN as 0.
pub(super) const fn drawable(score: f64) -> f64 {
    if score.is_nan() { 0.0 } else { score.clamp(0.0, SCORE_MAX) }
}

/// The threshold, if a score can be above it.
pub(super) fn shown_threshold(report: &Report<'_>) -> Option<f64> {
    Some(report.outlier_threshold).filter(|threshold| (0.0..=SCORE_MAX).contains(threshold))
}

/// The column at `share` of a panel's width, a ring's radius inside.
fn along(panel: Rect, share: f64) -> i32 {
    const EDGE_PX: f64 = 7.0;
    let (left, right) = (f64::from(panel.left) + EDGE_PX, f64::from(panel.right) - EDGE_PX);
    (left + share.clamp(0.0, 1.0) * (right - left)).round() as i32
}
