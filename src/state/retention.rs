//! Which days are too old to be kept, counted from the days of the log, never from a clock.

use super::{Day, Days, State};

/// Lines that must lie on a day or after it before it counts as the latest: a few lines of a device whose clock is
/// wrong must not make all others look old.
const LINES_TO_BELIEVE: u64 = 10;

impl State {
    /// The day that retention and fading count back from: the latest dated day with at least 10 lines on it or after it,
    /// in days since 1970-01-01; `None` where fewer lines are dated.
    ///
    /// More lines never make it earlier, and dropping older days does not change it; so it does not matter
    /// whether days are dropped early or late.
    #[must_use]
    pub fn latest_day(&self) -> Option<i32> {
        let mut lines = 0;
        self.slices.iter().rev().find_map(|(day, slice)| {
            let Day::SinceEpoch(day) = day else { return None };
            lines += slice.lines;
            (lines >= LINES_TO_BELIEVE).then_some(*day)
        })
    }

    /// The days of log time that lie before the latest `retention_days` days; `None` where there are none. Lines without
    /// a full date have no age: they stay.
    #[must_use]
    pub fn expired(&self, retention_days: u32) -> Option<Days> {
        let last = self.latest_day()?.saturating_sub_unsigned(retention_days);
        let days = Days::between(i32::MIN, last);
        self.slices.keys().any(|day| days.contain(*day)).then_some(days)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::lines;
    use super::{Days, State};

    fn days(counts: &[(i32, usize)]) -> State {
        let mut state = State::default();
        for &(day, count) in counts {
            state.merge(lines(day, &vec![7; count]));
        }
        state
    }

    #[test]
    fn the_latest_day_is_one_that_ten_lines_speak_for() {
        assert_eq!(days(&[(1, 50), (2, 10)]).latest_day(), Some(2));
        // nine lines of the year 9999 (2,932,532 days after 1970) are not believed; the tenth is
        assert_eq!(days(&[(1, 50), (2, 10), (2_932_532, 9)]).latest_day(), Some(2));
        assert_eq!(days(&[(1, 50), (2, 10), (2_932_532, 10)]).latest_day(), Some(2_932_532));
        assert_eq!(days(&[(1, 4), (2, 5)]).latest_day(), None);
    }

    #[test]
    fn retention_counts_the_latest_day_as_the_first() {
        let state = days(&[(1, 10), (2, 10), (3, 10)]);
        assert_eq!(state.expired(1), Some(Days::between(i32::MIN, 2)));
        assert_eq!(state.expired(2), Some(Days::between(i32::MIN, 1)));
        assert_eq!(state.expired(3), None);
        assert_eq!(days(&[(1, 9)]).expired(1), None);
    }
}
