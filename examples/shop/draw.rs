//! Random numbers that are the same in every release: whole numbers of a named generator, no floats.

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// A source of numbers.
pub(super) struct Draw(Xoshiro256PlusPlus);

impl Draw {
    /// Begins at `seed`.
    pub(super) fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// One of `low..=high`, all as likely.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.0.next_u64() % (high - low + 1)
    }

    /// One of `low..=high`, low ones far more often: the least of three.
    pub(super) fn mostly_low(&mut self, low: u64, high: u64) -> u64 {
        (0..3).map(|_| self.between(low, high)).min().unwrap_or(low)
    }

    /// True in `percent` of a hundred.
    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.between(1, 100) <= percent
    }

    /// One of `words`.
    pub(super) fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        let last = u64::try_from(words.len() - 1).unwrap_or(0);
        words[usize::try_from(self.between(0, last)).unwrap_or(0)]
    }

    /// A second of the day, few at night, many at noon and most in the evening.
    pub(super) fn busy_second(&mut self) -> u64 {
        const BY_HOUR: [u64; 24] =
            [3, 2, 1, 1, 1, 2, 4, 7, 9, 10, 11, 13, 14, 12, 11, 11, 12, 13, 15, 17, 18, 15, 10, 6];
        const MOST: u64 = 18;
        loop {
            let hour = self.between(0, 23);
            if self.between(1, MOST) <= BY_HOUR[usize::try_from(hour).unwrap_or(0)] {
                return hour * 3_600 + self.between(0, 3_599);
            }
        }
    }
}

/// Cents as `12.30`.
pub(super) fn euros(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
