//! The lines of one event by bin, and how likely a part of them is.

use std::ops::Range;

use super::clock::{Clock, Kept};

/// Lines of one event by bin, those without any left out.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    /// Bin and lines, earliest first.
    of: Vec<(usize, u64)>,
    /// Lines before each of them, and of all.
    before: Vec<u64>,
}

impl Counts {
    /// Of sorted times.
    pub(super) fn new(times: &[i64], clock: &Clock) -> Self {
        let mut of: Vec<(usize, u64)> = Vec::new();
        for bin in times.iter().map(|time| clock.bin(*time)) {
            match of.last_mut().filter(|(last, _)| *last == bin) {
                Some((_, count)) => *count += 1,
                None => of.push((bin, 1)),
            }
        }
        let mut before = vec![0];
        before.extend(of.iter().scan(0, |sum, (_, count)| {
            *sum += count;
            Some(*sum)
        }));
        Self { of, before }
    }

    /// Bin and lines, earliest first.
    pub(super) fn of(&self) -> &[(usize, u64)] {
        &self.of
    }

    fn places(&self, bins: &Range<usize>) -> Range<usize> {
        let place = |bin: usize| self.of.partition_point(|(known, _)| *known < bin);
        place(bins.start)..place(bins.end)
    }

    /// The bins of a range that hold a line, with their lines.
    pub(super) fn within(&self, bins: &Range<usize>) -> &[(usize, u64)] {
        &self.of[self.places(bins)]
    }

    /// Lines of some bins.
    pub(super) fn lines(&self, bins: &Range<usize>) -> u64 {
        let places = self.places(bins);
        self.before[places.end] - self.before[places.start]
    }

    /// Lines to be expected in a `window` from those of `range` outside of it, by a clock.
    pub(super) fn expected(
        &self,
        clock: &Clock,
        kept: Kept,
        range: &Range<usize>,
        window: &Range<usize>,
    ) -> f64 {
        let (inside, all) = (self.lines(window), self.lines(range));
        let own = |lines: u64| if kept == Kept::Lines { lines as f64 } else { 0.0 };
        // By the other lines: its own make the bin fuller themselves.
        let exposure = (clock.exposure(kept, window) - own(inside)).max(0.0);
        let outside = clock.exposure(kept, range) - own(all) - exposure;
        (all - inside) as f64 * exposure / outside.max(1.0)
    }

    /// Natural logarithm of a bound on the chance that the `window` holds as many lines as it does, where all lines of
    /// `range` are as likely anywhere by the clock; 0 where it holds no more than its share.
    ///
    /// `ln P(X ≥ c) ≤ −n·KL(c/n ‖ s)` for a binomial or hypergeometric `X`. Lines are drawn from the event's, or by the
    /// clock of lines just as well from the window's; the smaller bound is taken.
    ///
    /// Source: Hoeffding, "Probability inequalities for sums of bounded random variables", JASA 1963, theorem 1 and
    /// section 6. The logarithm of the likelihood ratio of Kulldorff, "A spatial scan statistic", Comm. Statist. 1997.
    pub(super) fn ln_chance(
        &self,
        clock: &Clock,
        kept: Kept,
        range: &Range<usize>,
        window: &Range<usize>,
    ) -> f64 {
        let (inside, all) = (self.lines(window) as f64, self.lines(range) as f64);
        let (exposure, whole) = (clock.exposure(kept, window), clock.exposure(kept, range));
        let of_event = divergence(all, inside, exposure / whole);
        match kept {
            Kept::Time => -of_event,
            Kept::Lines => -of_event.max(divergence(exposure.max(inside), inside, all / whole)),
        }
    }

    /// How many times more variable than Poisson the counts of `range` are by a clock, where they come at one rate in
    /// the `window` and at another outside of it; at least 1. Pearson's χ² over its degrees of freedom.
    ///
    /// Source: McCullagh, Nelder, "Generalized Linear Models", 1989, section 4.5.
    pub(super) fn dispersion(
        &self,
        clock: &Clock,
        kept: Kept,
        range: &Range<usize>,
        window: &Range<usize>,
    ) -> f64 {
        let (mut chi_square, mut freedom) = (0.0, 0.0);
        // Beside a window may be the rest of what it is a part of.
        let beside = window.len().min(range.len() / BESIDE);
        let before = range.start..window.start.saturating_sub(beside).max(range.start);
        let parts = [before, (window.end + beside).min(range.end)..range.end];
        for parts in [&parts[..], std::slice::from_ref(window)] {
            let lines: u64 = parts.iter().map(|part| self.lines(part)).sum();
            if lines == 0 {
                continue;
            }
            let exposure: f64 = parts.iter().map(|part| clock.exposure(kept, part)).sum();
            // Σ (c − λ)²/λ = Σ c²/λ − 2·Σ c + Σ λ, where both sums are the lines
            let rate = lines as f64 / exposure.max(1.0);
            let squares: f64 = parts
                .iter()
                .flat_map(|part| self.within(part))
                .map(|&(bin, count)| {
                    let expected = rate * clock.exposure(kept, &(bin..bin + 1)).max(1.0);
                    (count * count) as f64 / expected
                })
                .sum();
            chi_square += squares - lines as f64;
            freedom += parts.iter().map(|part| part.len() as f64).sum::<f64>() - 1.0;
        }
        (chi_square / f64::max(freedom, 1.0)).max(1.0)
    }
}

/// Of how many parts of the range one, at most, is left out on each side of a window when its surroundings are judged.
const BESIDE: usize = 20;

/// How much smaller the dispersion by one clock must be for an event to keep that one alone.
const BETTER_CLOCK: f64 = 1.5;

/// The clock that an event keeps better, or both where it keeps both, and how unevenly it comes by each.
pub(super) fn better_clocks(
    counts: &Counts,
    clock: &Clock,
    range: &Range<usize>,
    window: &Range<usize>,
) -> Vec<(Kept, f64)> {
    let by = |kept| (kept, counts.dispersion(clock, kept, range, window));
    let (time, lines) = (by(Kept::Time), by(Kept::Lines));
    match () {
        () if time.1 * BETTER_CLOCK < lines.1 => vec![time],
        () if lines.1 * BETTER_CLOCK < time.1 => vec![lines],
        () => vec![time, lines],
    }
}

/// `n·KL(c/n ‖ share)`, 0 where `c` is no more than its share of `n`.
fn divergence(n: f64, c: f64, share: f64) -> f64 {
    if share <= 0.0 || share >= 1.0 || c <= n * share {
        return 0.0;
    }
    let rest = n - c;
    let part = if rest > 0.0 { rest * (rest / (n * (1.0 - share))).ln() } else { 0.0 };
    c * (c / (n * share)).ln() + part
}
