//! A set of minutes of one day.

use serde::{Deserialize, Serialize};

const WORDS: usize = 24;

/// Which of a day's 1,440 minutes hold something: one word per hour, one bit per minute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minutes([u64; WORDS]);

impl Minutes {
    /// Adds a minute of the day; one beyond the day's last is taken as the last.
    pub fn insert(&mut self, minute: u16) {
        let minute = usize::from(minute.min(1439));
        self.0[minute / 60] |= 1 << (minute % 60);
    }

    /// Adds all minutes of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (a, b) in self.0.iter_mut().zip(other.0) {
            *a |= b;
        }
    }

    /// Whether every bit is a minute: the last four of each word are none.
    pub(super) fn is_sound(&self) -> bool {
        self.0.iter().all(|hour| hour >> 60 == 0)
    }

    /// Whether all minutes of `other` are in it.
    pub(super) fn contain(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0).all(|(ours, theirs)| theirs & !ours == 0)
    }

    /// How many minutes hold something, in `0..=1440`.
    #[must_use]
    pub fn minutes(&self) -> u64 {
        self.0.iter().map(|hour| u64::from(hour.count_ones())).sum()
    }

    /// How many hours hold something, in `0..=24`.
    #[must_use]
    pub fn hours(&self) -> u64 {
        self.0.iter().filter(|&&hour| hour != 0).count() as u64
    }

    /// From the first hour that holds something to the last, in `0..=24`.
    #[must_use]
    pub fn hours_spanned(&self) -> u64 {
        let first = self.0.iter().position(|&hour| hour != 0);
        let last = self.0.iter().rposition(|&hour| hour != 0);
        first.zip(last).map_or(0, |(first, last)| (last - first + 1) as u64)
    }

    /// Whether nothing was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|&hour| hour == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_of_two_hours_are_counted_once_each() {
        let mut seen = Minutes::default();
        for minute in [0, 0, 59, 60, 1439] {
            seen.insert(minute);
        }
        // 00:00, 00:59, 01:00 and 23:59; in the hours 0, 1 and 23
        assert_eq!((seen.minutes(), seen.hours(), seen.hours_spanned()), (4, 3, 24));
    }
}
