//! Trends: an event that comes more and more often, or less and less.

use super::clock::{Clock, Kept};
use super::counts::{Counts, better_clocks};

/// Lines at least.
const MIN_LINES: usize = 10;

/// The steepest line: from a fortieth of the mean rate to nearly twice it.
const STEEPEST: f64 = 0.95;

/// A steady rise or fall of a rate over the whole log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Slope {
    /// `log₂` of the rate at the end over that at the start, of the straight line with the mean of the times; in
    /// `[-5.3, 5.3]`.
    pub(super) effect: f64,
    /// Natural logarithm of a bound on the chance of such a mean.
    pub(super) ln_p_value: f64,
}

/// The mean of an event's times against that of equal chances: `z = (x̄ − ½)·√(12·n/φ)` for times `x` in `[0, 1]`, where
/// `P(|Z| ≥ z) ≤ 2·exp(−z²/2)`. By the clock that it keeps better, or the one that wonders less. A line with the density
/// `1 + 2s(x − ½)` has the mean `½ + s/6`.
///
/// Source: Laplace's test; Cox, Lewis, "The Statistical Analysis of Series of Events", 1966, section 3.3.
pub(super) fn slope(times: &[i64], counts: &Counts, clock: &Clock) -> Option<Slope> {
    if times.len() < MIN_LINES {
        return None;
    }
    let half = clock.bins().end / 2;
    let by = |(kept, dispersion): (Kept, f64)| {
        let whole = clock.exposure(kept, &clock.bins());
        let sum: f64 = counts
            .of()
            .iter()
            .map(|&(bin, count)| {
                let middle = clock.exposure(kept, &(0..bin)) + clock.exposure(kept, &(bin..bin + 1)) / 2.0;
                count as f64 * middle / whole
            })
            .sum();
        let mean = sum / times.len() as f64 - 0.5;
        (mean, 12.0 * times.len() as f64 / dispersion * mean * mean)
    };
    let by_clock = better_clocks(counts, clock, &clock.bins(), &(0..half)).into_iter().map(by);
    let (mean, z_square) = by_clock.min_by(|a, b| a.1.total_cmp(&b.1))?;
    let s = 6.0 * mean;
    // Beyond it no line has such a mean: the event came at one end alone.
    if s.abs() > STEEPEST {
        return None;
    }
    Some(Slope {
        effect: ((1.0 + s) / (1.0 - s)).log2(),
        ln_p_value: (2.0_f64.ln() - z_square / 2.0).min(0.0),
    })
}
