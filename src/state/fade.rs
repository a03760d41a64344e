//! Older days count for less: a state to be fitted, made of another one.

use super::{Day, Days, LevelCounts, Slice, State};

/// Half-lives after which a day has faded altogether: a line of it would weigh less than a thousandth.
const HALF_LIVES: u32 = 10;

/// The weight of a day, as a fraction in whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Weight {
    numerator: u128,
    denominator: u128,
}

impl Weight {
    /// Halved each `half_life_days`, and on a straight line from one half to the next: no power of two with a fraction,
    /// which machines may round in different ways.
    fn of_age(age_days: u32, half_life_days: u32) -> Self {
        let (halvings, rest) = (age_days / half_life_days, age_days % half_life_days);
        let twice = 2 * u128::from(half_life_days);
        Self { numerator: twice - u128::from(rest), denominator: twice << halvings }
    }

    /// To the nearest whole number; what was seen stays seen.
    fn of(self, count: u64) -> u64 {
        let weighed = (2 * u128::from(count) * self.numerator + self.denominator) / (2 * self.denominator);
        (weighed as u64).max(count.min(1))
    }

    fn all(self, counts: &mut LevelCounts) {
        counts.iter_mut().for_each(|count| *count = self.of(*count));
    }
}

impl State {
    /// What a fit is to know where behaviour fades: a day's counts are halved with each `half_life_days` (at least 1)
    /// between it and [`State::latest_day`], and after ten half-lives the day is left out. Lines without a full
    /// date have no age and weigh in full.
    #[must_use]
    pub fn faded(&self, half_life_days: u32) -> Self {
        let mut faded = self.clone();
        let Some(latest) = self.latest_day() else { return faded };
        let span = half_life_days.saturating_mul(HALF_LIVES);
        faded.forget(&Days::between(i32::MIN, latest.saturating_sub_unsigned(span)));
        for (day, slice) in &mut faded.slices {
            if let Day::SinceEpoch(day) = *day
                && day < latest
            {
                slice.fade(Weight::of_age(latest.abs_diff(day), half_life_days.max(1)));
            }
        }
        faded
    }
}

impl Slice {
    fn fade(&mut self, weight: Weight) {
        // Lines of sequences that the cap left out are in the sums of the day alone.
        let mut sums = self.levels;
        for cell in self.cells.values() {
            for (sum, count) in sums.iter_mut().zip(cell.levels) {
                *sum -= count;
            }
        }
        weight.all(&mut sums);
        for cell in self.cells.values_mut() {
            weight.all(&mut cell.levels);
            cell.count = cell.levels.iter().sum();
            for column in cell.numbers.values_mut() {
                column.map_counts(|count| weight.of(count));
            }
            for (sum, count) in sums.iter_mut().zip(cell.levels) {
                *sum += count;
            }
        }
        self.overflow.map_counts(|count| weight.of(count));
        self.levels = sums;
        self.lines = sums.iter().sum();
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::lines;
    use super::{Day, State, Weight};

    #[test]
    fn a_weight_halves_with_each_half_life_and_is_straight_between() {
        // half-life 10: at 0, 5, 10, 15 and 20 days 1, 3/4, 1/2, 3/8 and 1/4 of 800 lines
        let lines = [0, 5, 10, 15, 20].map(|age| Weight::of_age(age, 10).of(800));
        assert_eq!(lines, [800, 600, 400, 300, 200]);
        assert_eq!(Weight::of_age(90, 10).of(800), 2); // 800 / 512 = 1.56
        assert_eq!(Weight::of_age(90, 10).of(1), 1);
        assert_eq!(Weight::of_age(90, 10).of(0), 0);
    }

    #[test]
    fn old_days_count_for_less_and_at_last_for_nothing() {
        let mut state = State::default();
        for day in [0, 90, 100] {
            state.merge(lines(day, &[&[1; 40][..], &[2 + day as u64]].concat()));
        }
        let faded = state.faded(10);
        let counts: Vec<(Day, u64)> = faded.slices().iter().map(|(day, slice)| (*day, slice.lines)).collect();
        // 40 / 2 and the one that stays seen; day 0 is ten half-lives old
        assert_eq!(counts, [(Day::SinceEpoch(90), 21), (Day::SinceEpoch(100), 41)]);
        assert_eq!(faded.shapes().keys().copied().collect::<Vec<_>>(), [1, 92, 102]);
        let slice = &faded.slices()[&Day::SinceEpoch(90)];
        assert_eq!(slice.cells[&1].count, 20);
        assert_eq!(slice.levels.iter().sum::<u64>(), slice.lines);
    }
}
