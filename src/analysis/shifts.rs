//! Numbers whose level shifts: a reply that took 20 ms and takes 200 ms from some time on, or for a while.

use std::ops::Range;

use super::temporal::FALSE_ALARMS;
use crate::state::STEPS_PER_DOUBLING;

/// Numbers at least: with fewer their order says little.
pub(super) const MIN_NUMBERS: usize = 20;

/// Parts of equal size that a column is cut into at most; a shift is placed to one of them.
const PARTS: usize = 50;

/// How far the medians must be apart, as `log₂`: a factor of about one and a half.
const MIN_EFFECT: f64 = 0.5;

/// Magnitudes at least that an amount has on each of two sides: fewer are within a factor of one and a half.
const MIN_SIZES: usize = 3;

/// Share of the ranks' variance that a straight line explains at least of what rises or falls all along, and how sure that must
/// be: `z²`, four standard errors.
const LINE_SHARE: f64 = 0.25;
const LINE_Z_SQUARE: f64 = 16.0;

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
    let n_parts = PARTS.min(n / 4);
    let parts = Parts::of(magnitudes, (0..=n_parts).map(|part| part * n / n_parts).collect())?;
    let runs = (0..n_parts).flat_map(|start| (start + 1..=n_parts).map(move |end| start..end));
    // A run from the start is the rest of one to the end. Of a few numbers nothing is a level.
    let runs = runs.filter(|run| {
        let size = parts.places(run).len();
        run.start > 0 && (MIN_NUMBERS / 2..=n - MIN_NUMBERS / 2).contains(&size)
    });
    let n_runs = n_parts * n_parts / 2;
    let run =
        runs.max_by(|a, b| parts.z_square(a).total_cmp(&parts.z_square(b)).then(b.start.cmp(&a.start)))?;
    let shift = parts.shift(magnitudes, &run);
    let bound = (FALSE_ALARMS / (n_runs * columns) as f64).ln();
    let is_told = shift.ln_p_value <= bound && parts.line_z_square() < parts.z_square(&run);
    (is_told && shift.effect().abs() >= MIN_EFFECT).then_some(shift)
}

/// The same where it is known since when numbers may lie elsewhere: from `before` to `after`, both in their order of time.
/// What rises or falls on both sides, as a counter does, is no level: where a straight line explains a quarter of its ranks, and
/// that is no chance. Nor is what hardly varies on one of them, as a process id: that is of its run.
pub(super) fn shift_at(before: &[i16], after: &[i16], columns: usize) -> Option<Shift> {
    if before.len().min(after.len()) < MIN_NUMBERS {
        return None;
    }
    let cut = |n: usize, from: usize| {
        let n_parts = (PARTS / 2).min(n / 4);
        (0..n_parts).map(move |part| from + part * n / n_parts)
    };
    let slopes = |side: &[i16]| {
        let slope = Parts::of(side, vec![0, side.len()]).map_or(0.0, |side| side.line_z_square());
        slope >= LINE_Z_SQUARE.max(LINE_SHARE * side.len() as f64)
    };
    if [before, after].into_iter().all(slopes) || [before, after].into_iter().any(is_of_run) {
        return None;
    }
    let all = [before, after].concat();
    let n = all.len();
    let starts: Vec<usize> = cut(before.len(), 0).chain(cut(after.len(), before.len())).chain([n]).collect();
    let first = starts.iter().position(|start| *start == before.len())?;
    let run = first..starts.len() - 1;
    let shift = Parts::of(&all, starts)?.shift(&all, &run);
    let bound = (FALSE_ALARMS / columns as f64).ln();
    (shift.ln_p_value <= bound && shift.effect().abs() >= MIN_EFFECT).then_some(shift)
}

/// Whether numbers are of fewer than [`MIN_SIZES`] magnitudes.
fn is_of_run(magnitudes: &[i16]) -> bool {
    let mut sizes: Vec<i16> = Vec::new();
    for magnitude in magnitudes {
        if !sizes.contains(magnitude) {
            sizes.push(*magnitude);
            if sizes.len() == MIN_SIZES {
                return false;
            }
        }
    }
    true
}

impl Shift {
    /// `log₂` of the median in the run over that of the rest.
    pub(super) fn effect(&self) -> f64 {
        f64::from(self.medians.1 - self.medians.0) / f64::from(STEPS_PER_DOUBLING)
    }
}

/// Ranks in the order of time, cut into parts.
struct Parts {
    ranks: Vec<f64>,
    mean: f64,
    variance: f64,
    /// The place at which each part begins, and the number of ranks.
    starts: Vec<usize>,
    /// Of what the ranks before each part are above their mean, and all.
    sums: Vec<f64>,
}

impl Parts {
    /// `None` where all numbers are equal.
    fn of(magnitudes: &[i16], starts: Vec<usize>) -> Option<Self> {
        let n = magnitudes.len();
        let ranks = ranks(magnitudes);
        let mean = (n + 1) as f64 / 2.0;
        let variance = ranks.iter().map(|rank| (rank - mean).powi(2)).sum::<f64>() / (n - 1) as f64;
        if variance <= 0.0 {
            return None;
        }
        let mut sums = vec![0.0; starts.len()];
        for part in 1..starts.len() {
            let of_part = ranks[starts[part - 1]..starts[part]].iter().map(|rank| rank - mean);
            sums[part] = sums[part - 1] + of_part.sum::<f64>();
        }
        Some(Self { ranks, mean, variance, starts, sums })
    }

    fn places(&self, run: &Range<usize>) -> Range<usize> {
        self.starts[run.start]..self.starts[run.end]
    }

    fn z_square(&self, run: &Range<usize>) -> f64 {
        let (n, m) = (self.ranks.len() as f64, self.places(run).len() as f64);
        (self.sums[run.end] - self.sums[run.start]).powi(2) / (self.variance * m * (n - m) / n)
    }

    /// How a run of parts lies to the rest, where nothing else was looked at.
    fn shift(&self, magnitudes: &[i16], run: &Range<usize>) -> Shift {
        let places = self.places(run);
        let inside = median(magnitudes[places.clone()].to_vec());
        let outside = median([&magnitudes[..places.start], &magnitudes[places.end..]].concat());
        let ln_p_value = -self.z_square(run) / 2.0 / self.inflation(run);
        Shift { places, medians: (outside, inside), ln_p_value }
    }

    /// How many times more the parts vary about the levels of the run and of the rest than independent ranks would; at least
    /// 1.
    fn inflation(&self, run: &Range<usize>) -> f64 {
        let n_parts = self.starts.len() - 1;
        let size = |part: usize| (self.starts[part + 1] - self.starts[part]) as f64;
        let of_part = |part: usize| self.sums[part + 1] - self.sums[part];
        let (mut squares, mut freedom) = (0.0, 0.0);
        let mut residual = 0.0;
        for inside in [true, false] {
            let parts: Vec<usize> = (0..n_parts).filter(|part| run.contains(part) == inside).collect();
            let numbers: f64 = parts.iter().map(|&part| size(part)).sum();
            let level = parts.iter().map(|&part| of_part(part)).sum::<f64>() / numbers;
            for &part in &parts {
                squares += (of_part(part) - level * size(part)).powi(2) / size(part);
            }
            residual += numbers * level * level;
            freedom += parts.len() as f64 - 1.0;
        }
        // The variance about the two levels, not about their mean.
        let n = self.ranks.len() as f64;
        let within = (self.variance - residual / n).max(self.variance * 0.01);
        (squares / freedom.max(1.0) / within).max(1.0)
    }

    /// What a straight line through the ranks explains, in the same unit: `n·ρ²`, Spearman's `ρ` with time.
    fn line_z_square(&self) -> f64 {
        let n = self.ranks.len() as f64;
        let middle = (n - 1.0) / 2.0;
        let ranks = self.ranks.iter().enumerate();
        let product: f64 = ranks.map(|(i, rank)| (i as f64 - middle) * (rank - self.mean)).sum();
        product * product / (self.variance * n * (n * n - 1.0) / 12.0)
    }
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

fn median(mut magnitudes: Vec<i16>) -> i16 {
    let middle = magnitudes.len() / 2;
    *magnitudes.select_nth_unstable(middle).1
}
