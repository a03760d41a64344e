//! Numbers whose level shifts: a reply that took 20 ms and takes 200 ms from some time on, or for a while.

use std::ops::Range;

use super::FALSE_ALARMS;

/// Numbers at least: with fewer their order says little.
pub(super) const MIN_NUMBERS: usize = 20;

/// Parts of equal size that a column is cut into at most; a shift is placed to one of them.
const PARTS: usize = 50;

/// How far the medians must be apart, in steps of magnitude: a factor of about one and a half.
const MIN_STEPS: i16 = 2;

/// A run of a column's numbers that lies at another level than the rest.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shift {
    /// Places of its numbers in the column.
    pub(super) places: Range<usize>,
    /// Median magnitude outside of it, and in it.
    pub(super) medians: (i16, i16),
    /// Natural logarithm of the chance of such a difference.
    pub(super) ln_p_value: f64,
}

/// The shift of a column of magnitudes in the order of time, where there is one; `columns` are tested in all.
///
/// The rank-sum of each run of parts is compared with that of the rest: `z² = (R − m·r̄)²/V`, `V` of a sample of `m` of `n`
/// ranks without replacement, shared out where numbers are equal. Numbers that resemble the one before say less: `z²` is
/// divided by the variance of the parts' means about their two levels over that of independent ranks. What rises or falls
/// all along, as a counter does, is no shift: the run must explain more than a straight line.
///
/// Source: Wilcoxon, "Individual comparisons by ranking methods", Biometrics 1945; Pettitt, "A non-parametric approach to
/// the change-point problem", Appl. Statist. 1979; the variance by batch means of Conway, "Some tactical problems in
/// digital simulation", Manag. Sci. 1963. The chance is bounded by `exp(−z²/2)`, times the runs and columns.
pub(super) fn shift(magnitudes: &[i16], columns: usize) -> Option<Shift> {
    let n = magnitudes.len();
    if n < MIN_NUMBERS {
        return None;
    }
    let ranks = ranks(magnitudes);
    let mean = (n + 1) as f64 / 2.0;
    let variance = ranks.iter().map(|rank| (rank - mean).powi(2)).sum::<f64>() / (n - 1) as f64;
    if variance <= 0.0 {
        return None;
    }
    let n_parts = PARTS.min(n / 4);
    let at = |part: usize| part * n / n_parts;
    let mut sums = vec![0.0; n_parts + 1];
    for part in 0..n_parts {
        sums[part + 1] =
            sums[part] + ranks[at(part)..at(part + 1)].iter().map(|rank| rank - mean).sum::<f64>();
    }
    let z_square = |run: &Range<usize>| {
        let m = (at(run.end) - at(run.start)) as f64;
        (sums[run.end] - sums[run.start]).powi(2) / (variance * m * (n as f64 - m) / n as f64)
    };
    let runs = (0..n_parts).flat_map(|start| (start + 1..=n_parts).map(move |end| start..end));
    // A run from the start is the rest of one to the end. Of a few numbers nothing is a level.
    let runs = runs.filter(|run| {
        let size = at(run.end) - at(run.start);
        run.start > 0 && (MIN_NUMBERS / 2..=n - MIN_NUMBERS / 2).contains(&size)
    });
    let n_runs = n_parts * n_parts / 2;
    let run = runs.max_by(|a, b| z_square(a).total_cmp(&z_square(b)).then(b.start.cmp(&a.start)))?;
    let inflation = inflation(&sums, &at, &run, variance);
    let ln_p_value = -z_square(&run) / 2.0 / inflation;
    let bound = (FALSE_ALARMS / (n_runs * columns) as f64).ln();
    if ln_p_value > bound || line_z_square(&ranks, mean, variance) >= z_square(&run) {
        return None;
    }
    let places = at(run.start)..at(run.end);
    let inside = median(magnitudes[places.clone()].to_vec());
    let outside = median([&magnitudes[..places.start], &magnitudes[places.end..]].concat());
    let shift = Shift { places, medians: (outside, inside), ln_p_value };
    ((inside - outside).abs() >= MIN_STEPS).then_some(shift)
}

/// Ranks from 1, equal numbers sharing theirs.
fn ranks(magnitudes: &[i16]) -> Vec<f64> {
    let least = magnitudes.iter().copied().min().unwrap_or(0);
    let place = |magnitude: i16| usize::from(magnitude.abs_diff(least));
    let most = magnitudes.iter().copied().map(place).max().unwrap_or(0);
    let mut counts = vec![0_usize; most + 1];
    magnitudes.iter().for_each(|magnitude| counts[place(*magnitude)] += 1);
    let shared = counts.iter().scan(0, |below, count| {
        *below += count;
        Some((*below - count) as f64 + (count + 1) as f64 / 2.0)
    });
    let shared: Vec<f64> = shared.collect();
    magnitudes.iter().map(|magnitude| shared[place(*magnitude)]).collect()
}

/// How many times more the parts vary about the levels of the run and of the rest than independent ranks would; at least 1.
fn inflation(sums: &[f64], at: &impl Fn(usize) -> usize, run: &Range<usize>, variance: f64) -> f64 {
    let n_parts = sums.len() - 1;
    let size = |part: usize| (at(part + 1) - at(part)) as f64;
    let is_in = |part: &usize| run.contains(part);
    let (mut squares, mut freedom) = (0.0, 0.0);
    let mut residual = 0.0;
    for inside in [true, false] {
        let parts: Vec<usize> = (0..n_parts).filter(|part| is_in(part) == inside).collect();
        let numbers: f64 = parts.iter().map(|&part| size(part)).sum();
        let level = parts.iter().map(|&part| sums[part + 1] - sums[part]).sum::<f64>() / numbers;
        for &part in &parts {
            let sum = sums[part + 1] - sums[part];
            squares += (sum - level * size(part)).powi(2) / size(part);
        }
        residual += numbers * level * level;
        freedom += parts.len() as f64 - 1.0;
    }
    // The variance about the two levels, not about their mean.
    let n = at(n_parts) as f64;
    let within = (variance - residual / n).max(variance * 0.01);
    (squares / freedom.max(1.0) / within).max(1.0)
}

/// What a straight line through the ranks explains, in the same unit: `n·ρ²`, Spearman's `ρ` with time.
fn line_z_square(ranks: &[f64], mean: f64, variance: f64) -> f64 {
    let n = ranks.len() as f64;
    let middle = (n - 1.0) / 2.0;
    let product: f64 = ranks.iter().enumerate().map(|(i, rank)| (i as f64 - middle) * (rank - mean)).sum();
    product * product / (variance * n * (n * n - 1.0) / 12.0)
}

fn median(mut magnitudes: Vec<i16>) -> i16 {
    let middle = magnitudes.len() / 2;
    *magnitudes.select_nth_unstable(middle).1
}
