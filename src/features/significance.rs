//! Whether a count is more than chance: tests of Poisson rates, and what many tests at once need.
//!
//! In: counts and what was expected. Out: probabilities in `[0, 1]`; the smaller, the less it is chance.

/// A rate after against a rate before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateChange {
    /// `log₂` of the rate after over the rate before, each with half a count added: 0 for no change, 1 for twice as
    /// often, −1 for half as often.
    pub effect: f64,
    /// Chance of a change at least as unlikely where there is none.
    pub p_value: f64,
}

impl RateChange {
    /// Compares `before` events in an exposure with `after` events in `ratio` times that exposure.
    ///
    /// The G-test of two Poisson rates: `G = 2·(b·ln(b/E_b) + a·ln(a/E_a))` with the counts that the common rate lets
    /// expect, divided by `dispersion` (how many times more variable than Poisson the counts are, at least 1) and
    /// judged by χ² with one degree of freedom.
    ///
    /// Source: Sokal, Rohlf, "Biometry", 1981, for G; McCullagh, Nelder, "Generalized Linear Models", 1989, section
    /// 4.5, for the dispersion. χ² is an approximation; below five expected events it errs by a factor of about two.
    #[must_use]
    pub fn of(before: u64, after: u64, ratio: f64, dispersion: f64) -> Self {
        let (before, after) = (before as f64, after as f64);
        let effect = ((after + 0.5) / ((before + 0.5) * ratio)).log2();
        let all = before + after;
        let expected_after = all * ratio / (1.0 + ratio);
        let part = |seen: f64, expected: f64| if seen > 0.0 { seen * (seen / expected).ln() } else { 0.0 };
        let g = 2.0 * (part(before, all - expected_after) + part(after, expected_after));
        Self { effect, p_value: chi_square_tail(g.max(0.0) / dispersion.max(1.0)) }
    }
}

/// `P(X ≥ x)` for χ² with one degree of freedom: `erfc(√(x/2))`.
fn chi_square_tail(x: f64) -> f64 {
    erfc((x / 2.0).sqrt())
}

/// The complementary error function for `x ≥ 0`, with a relative error below `1.2e-7`.
///
/// Source: Press et al., "Numerical Recipes in C", 1992, section 6.2.
fn erfc(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 10] = [
        -1.265_512_23,
        1.000_023_68,
        0.374_091_96,
        0.096_784_18,
        -0.186_288_06,
        0.278_868_07,
        -1.135_203_98,
        1.488_515_87,
        -0.822_152_23,
        0.170_872_77,
    ];
    let t = 1.0 / (1.0 + 0.5 * x);
    let polynomial = COEFFICIENTS.iter().rev().fold(0.0, |sum, c| sum * t + c);
    (t * (-x * x + polynomial).exp()).min(1.0)
}

/// `ln P(X ≥ count)` for a Poisson number with mean `mean`; 0 for a count of 0, minus infinity for a mean of 0.
///
/// Cost: some tens of terms beyond the mean; below the mean the answer is near 0 and is not worked out further than
/// [`POISSON_TERMS`].
#[must_use]
pub fn ln_poisson_tail(count: u64, mean: f64) -> f64 {
    if count == 0 || count as f64 <= mean {
        return 0.0;
    }
    if mean <= 0.0 {
        return f64::NEG_INFINITY;
    }
    // p(k) · (1 + m/(k+1) + m²/((k+1)(k+2)) + ...)
    let (mut term, mut sum) = (1.0, 1.0);
    for i in 1..=POISSON_TERMS {
        term *= mean / (count + i) as f64;
        sum += term;
        if term < 1e-12 * sum {
            break;
        }
    }
    (count as f64 * mean.ln() - mean - ln_factorial(count) + sum.ln()).min(0.0)
}

/// Most terms of the series of [`ln_poisson_tail`].
const POISSON_TERMS: u64 = 1000;

/// `ln n!`, exact to 1e-9: by Stirling's series from 10 on.
fn ln_factorial(n: u64) -> f64 {
    if n < 10 {
        return (2..=n).map(|i| (i as f64).ln()).sum();
    }
    let n = n as f64;
    n * n.ln() - n + 0.5 * (std::f64::consts::TAU * n).ln() + 1.0 / (12.0 * n) - 1.0 / (360.0 * n.powi(3))
        + 1.0 / (1260.0 * n.powi(5))
}

/// The probabilities of many tests, corrected for their number: reporting those up to `q` lets expect at most a share
/// `q` of false ones among the reported.
///
/// Source: Benjamini, Hochberg, "Controlling the False Discovery Rate", J. R. Statist. Soc. B 1995. As R's
/// `p.adjust(method = "BH")`.
#[must_use]
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[b].total_cmp(&p_values[a]).then(b.cmp(&a)));
    let mut corrected = vec![1.0; p_values.len()];
    let mut lowest = 1.0_f64;
    for (place, &test) in order.iter().enumerate() {
        let rank = p_values.len() - place;
        lowest = lowest.min(p_values[test] * p_values.len() as f64 / rank as f64);
        corrected[test] = lowest;
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_point_eight_four_is_the_five_percent_point_of_chi_square() {
        // from the usual table: 3.841 for 0.05, 6.635 for 0.01, 10.828 for 0.001
        for (x, p) in [(3.841, 0.05), (6.635, 0.01), (10.828, 0.001)] {
            assert!((chi_square_tail(x) / p - 1.0).abs() < 2e-3, "{x}");
        }
        assert!((chi_square_tail(0.0) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn ten_against_thirty_in_equal_exposures_is_no_chance_but_in_bursts_of_ten_may_be() {
        // G = 2·(10·ln ½ + 30·ln 1.5) = 10.465; χ² tail 0.00122
        let change = RateChange::of(10, 30, 1.0, 1.0);
        assert!((change.p_value - 0.001_22).abs() < 2e-5, "{change:?}");
        assert!((change.effect - (30.5_f64 / 10.5).log2()).abs() < 1e-12);
        // G/10 = 1.0465; tail 0.306
        assert!((RateChange::of(10, 30, 1.0, 10.0).p_value - 0.306).abs() < 1e-3);
    }

    #[test]
    fn three_times_as_many_in_three_times_the_exposure_is_no_change() {
        let change = RateChange::of(100, 300, 3.0, 1.0);
        assert!(change.p_value > 0.999 && change.effect.abs() < 0.01, "{change:?}");
    }

    #[test]
    fn the_poisson_tail_is_that_of_the_tables() {
        // P(X ≥ 5 | 1) = 0.00365985, P(X ≥ 20 | 10) = 0.00345434, P(X ≥ 1 | 0.5) = 1 − e^−0.5
        for (count, mean, p) in
            [(5, 1.0, 0.003_659_85), (20, 10.0, 0.003_454_34), (1, 0.5, 1.0 - (-0.5_f64).exp())]
        {
            assert!((ln_poisson_tail(count, mean).exp() / p - 1.0).abs() < 1e-5, "{count} {mean}");
        }
        assert_eq!(ln_poisson_tail(3, 0.0), f64::NEG_INFINITY);
        assert_eq!(ln_poisson_tail(0, 2.0), 0.0);
    }

    #[test]
    fn corrected_probabilities_are_those_of_r() {
        // p.adjust(c(0.01, 0.04, 0.03, 0.005), "BH") is 0.02 0.04 0.04 0.02
        let corrected = benjamini_hochberg(&[0.01, 0.04, 0.03, 0.005]);
        for (ours, theirs) in corrected.iter().zip([0.02, 0.04, 0.04, 0.02]) {
            assert!((ours - theirs).abs() < 1e-12, "{corrected:?}");
        }
        assert!(benjamini_hochberg(&[]).is_empty());
    }
}
