//! Whether the numbers of a column grow, or fall, with time: counters, sequence numbers, uptimes, byte totals.
//!
//! In: how large numbers were and when they came. Out: the correlation of both, in `[−1, 1]`. Where it is strong, what came
//! last is no sample of what comes next: that a number is larger than all before it then says nothing.

use std::collections::BTreeMap;

use crate::state::NumberColumn;

/// Seconds of a day.
const DAY_SECONDS: i128 = 86_400;

/// Correlation from which a column grows: half of the way from none to perfect, and more than a quarter of the spread
/// explained. Latencies that double from night to noon stay below it, counters of ten hosts at ten speeds above.
const MIN_CORRELATION: f64 = 0.5;

/// Standard errors, `1/√n` each, that a correlation must reach, so that few numbers do not grow by chance.
const MIN_ERRORS: f64 = 4.0;

/// The numbers of a column over days, by magnitude. Sums of integers: the order in which days are added does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Growth {
    /// By magnitude: how many, and the sum of their seconds since the origin of days.
    bins: BTreeMap<i16, (u64, i128)>,
    /// The sum of the squares of those.
    squares: i128,
}

impl Growth {
    /// Adds the numbers of one day, which is `day` days after any day that is the same for all.
    pub fn add(&mut self, column: &NumberColumn, day: i32) {
        let origin = i128::from(day) * DAY_SECONDS;
        let (mut count, mut seconds) = (0, 0);
        for (magnitude, n, of_day) in column.times() {
            let bin = self.bins.entry(magnitude).or_default();
            bin.0 += n;
            bin.1 += origin * i128::from(n) + i128::from(of_day);
            count += i128::from(n);
            seconds += i128::from(of_day);
        }
        self.squares += origin * origin * count + 2 * origin * seconds + i128::from(column.squares());
    }

    /// Adds the numbers of `other`, whose days are counted from the same one.
    pub fn merge(&mut self, other: &Self) {
        for (&magnitude, &(count, seconds)) in &other.bins {
            let bin = self.bins.entry(magnitude).or_default();
            bin.0 += count;
            bin.1 += seconds;
        }
        self.squares += other.squares;
    }

    /// The correlation of rank with time, −1 where numbers fall all the time, 1 where they grow, 0 where size and time
    /// have nothing to do with each other; 0 where all came at once, or all have one magnitude.
    ///
    /// Spearman's, but that times are themselves and not their ranks: `Σ c·(u − ½)·(t̄ − t̂) / (n·σᵤ·σₜ)` over the
    /// magnitudes, where `u` is the share of numbers below it and half of its own, `t̄` its mean time and `t̂` that of all.
    #[must_use]
    pub fn correlation(&self) -> f64 {
        let n = self.bins.values().map(|bin| i128::from(bin.0)).sum::<i128>().max(1);
        let all = self.bins.values().map(|bin| bin.1).sum::<i128>();
        // Seconds since long ago have squares that no float holds: they are taken from the mean on, in integers.
        let origin = all / n;
        let squares = self.squares - 2 * origin * all + n * origin * origin;
        let (mean, n) = ((all - n * origin) as f64 / n as f64, n as f64);
        let time_variance = squares as f64 / n - mean * mean;
        let (mut below, mut covariance, mut rank_variance) = (0.0, 0.0, 0.0);
        for &(count, seconds) in self.bins.values() {
            let seconds = (seconds - i128::from(count) * origin) as f64;
            let count = count as f64;
            let rank = (below + count / 2.0) / n - 0.5;
            covariance += rank * (seconds - count * mean) / n;
            rank_variance += count * rank * rank / n;
            below += count;
        }
        let spread = (time_variance * rank_variance).sqrt();
        if spread > 0.0 { (covariance / spread).clamp(-1.0, 1.0) } else { 0.0 }
    }

    /// Whether numbers grow or fall with time, so that the range of those seen bounds none to come.
    #[must_use]
    pub fn is_trend(&self) -> bool {
        self.correlation().abs() >= MIN_CORRELATION.max(MIN_ERRORS / self.count().sqrt())
    }

    fn count(&self) -> f64 {
        self.bins.values().map(|bin| bin.0).sum::<u64>() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::Growth;
    use crate::state::{Met, NumberColumn, magnitude};

    /// Numbers with their seconds of one day.
    fn growth(day: i32, numbers: impl IntoIterator<Item = (u32, u32)>) -> Growth {
        let mut growth = Growth::default();
        growth.add(&column(numbers), day);
        growth
    }

    fn column(numbers: impl IntoIterator<Item = (u32, u32)>) -> NumberColumn {
        let mut column = NumberColumn::default();
        for (number, second) in numbers {
            column.add(magnitude(&number.to_string()).expect("a number"), Met::once(second));
        }
        column
    }

    #[test]
    fn the_correlation_is_that_worked_by_hand() {
        // sizes 1, 2, 4, 8 at seconds 1, 3, 2, 4: ranks ⅛, ⅜, ⅝, ⅞. Covariance of (−3, −1, 1, 3) and (−3, 1, −1, 3)
        // over 4, both halves: 9 − 1 − 1 + 9 = 16 of 9 + 1 + 1 + 9 = 20: 0.8, as Spearman's
        let numbers = [(1, 1), (2, 3), (4, 2), (8, 4)];
        assert!((growth(0, numbers).correlation() - 0.8).abs() < 1e-12);
        // the origin of days does not matter
        assert!((growth(19_000, numbers).correlation() - 0.8).abs() < 1e-6);
        // two magnitudes, one after the other, at seconds 0..8: ranks ±¼, times ±2, σₜ² = 21/4: ½ / (¼·√5.25)
        let halves = (0..8).map(|second| (if second < 4 { 1 } else { 2 }, second));
        assert!((growth(0, halves).correlation() - 2.0 / 5.25_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn nothing_that_varies_has_no_correlation() {
        assert_eq!(Growth::default().correlation(), 0.0);
        assert_eq!(growth(0, (0..50).map(|second| (20, second))).correlation(), 0.0);
        assert_eq!(growth(0, (1..50).map(|number| (number, 7))).correlation(), 0.0);
    }

    #[test]
    fn a_counter_is_a_trend_and_so_is_one_that_falls_and_latencies_are_none() {
        assert!(growth(0, (0..1000).map(|i| (i, 60 * i))).is_trend());
        assert!(growth(0, (0..1000).map(|i| (1000 - i, 60 * i))).is_trend());
        // 387 is prime to 880: every latency of 20 to 899 once, in no order
        assert!(!growth(0, (0..880).map(|i| (20 + i * 387 % 880, 60 * i))).is_trend());
        // and where each hour's are twice as large at noon as at midnight, and spread over a factor of ten
        let noon = |i: u32| 100 + i / 10;
        assert!(!growth(0, (0..1000).map(|i| ((10 + i * 37 % 90) * noon(i), 43 * i))).is_trend());
    }

    #[test]
    fn a_counter_that_starts_anew_each_day_is_a_trend_of_one_day_and_none_of_five() {
        let day = || column((1..500).map(|i| (i, 100 * i)));
        let mut growth = Growth::default();
        growth.add(&day(), 0);
        assert!(growth.is_trend());
        (1..5).for_each(|n| growth.add(&day(), n));
        assert!(!growth.is_trend(), "{}", growth.correlation());
    }

    #[test]
    fn numbers_that_grow_from_day_to_day_are_a_trend() {
        // all at midnight, as releases knew it that kept no times
        let mut growth = Growth::default();
        (0..5).for_each(|day| growth.add(&column((0..20).map(|_| (100 << day, 0))), day));
        assert!(growth.is_trend());
    }

    #[test]
    fn few_numbers_do_not_grow_by_chance() {
        // 1, 2, 4, ... 512 in order, but for the swapped halves of each pair: strong, and 10 numbers; 4/√10 is 1.26
        let numbers = (0..10_u32).map(|i| (1 << (i ^ 1), i));
        let growth = growth(0, numbers);
        assert!(growth.correlation() > 0.9 && !growth.is_trend());
    }
}
