//! Published fits: which there are, and which of them are kept.

use std::collections::BTreeSet;

use chrono::DateTime;
use serde::{Deserialize, Serialize};

/// Newest generations that are always kept.
pub const GENERATIONS_KEPT: usize = 10;

/// Days on which a fit was published whose newest generation is kept beyond [`GENERATIONS_KEPT`]: a model that is
/// trained every second can still be taken back to last week.
pub const GENERATION_DAYS_KEPT: usize = 7;

/// A published fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generation {
    /// Its number, from 1; never used again within a model.
    pub number: u64,
    /// When it was made, seconds since 1970 UTC.
    pub trained_at: i64,
    /// Lines that it learnt from.
    pub lines: u64,
    /// Its events.
    pub events: u64,
    /// Hash of the state that it was made from.
    pub digest: u64,
    /// The half-life that it was made with.
    pub half_life_days: Option<u32>,
    /// Whether days that it knew were forgotten since, so that its answers are no longer those that it gave.
    pub reduced: bool,
}

impl Generation {
    /// Whether a fit of this state and half-life would be the same.
    pub(super) fn is_of(&self, digest: u64, half_life_days: Option<u32>) -> bool {
        self.digest == digest && self.half_life_days == half_life_days && !self.reduced
    }
}

/// The generations whose state is on disk, by number, and which of them analyses use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Generations {
    kept: Vec<Generation>,
    /// The one in use; 0 before the first.
    current: u64,
    /// The highest number ever given.
    newest: u64,
}

impl Generations {
    /// The one in use; `None` before the first.
    pub(super) fn current(&self) -> Option<&Generation> {
        self.get(self.current)
    }

    pub(super) fn get(&self, number: u64) -> Option<&Generation> {
        self.kept.iter().find(|generation| generation.number == number)
    }

    /// All that are kept, oldest first.
    pub(super) fn all(&self) -> &[Generation] {
        &self.kept
    }

    /// Makes a fit the one in use. It gets the next number, unless it is the one in use already.
    pub(super) fn publish(&mut self, fit: Generation) -> Generation {
        if let Some(current) = self.current().filter(|known| known.is_of(fit.digest, fit.half_life_days)) {
            return *current;
        }
        self.newest += 1;
        self.current = self.newest;
        let published = Generation { number: self.newest, ..fit };
        self.kept.push(published);
        published
    }

    /// Notes that days of one were forgotten, and what it knows now.
    pub(super) fn reduce(&mut self, number: u64, lines: u64, digest: u64) {
        if let Some(generation) = self.kept.iter_mut().find(|generation| generation.number == number) {
            *generation = Generation { lines, digest, reduced: true, ..*generation };
        }
    }

    /// Takes a former one into use again.
    pub(super) fn roll_back(&mut self, to: u64) {
        self.current = to;
    }

    /// Forgets those that are no longer to be kept: all but the newest, the newest of each of the last days on which any
    /// was made, and the one in use.
    pub(super) fn thin(&mut self) {
        let mut days = BTreeSet::new();
        let mut kept = Vec::new();
        for (place, generation) in self.kept.iter().rev().enumerate() {
            let day = DateTime::from_timestamp(generation.trained_at, 0).map(|time| time.date_naive());
            let is_last_of_day = days.len() < GENERATION_DAYS_KEPT && days.insert(day);
            if place < GENERATIONS_KEPT || is_last_of_day || generation.number == self.current {
                kept.push(*generation);
            }
        }
        kept.reverse();
        self.kept = kept;
    }

    /// Keeps those that `is_there` finds on disk, and the one in use.
    pub(super) fn retain(&mut self, is_there: impl Fn(u64) -> bool) {
        let current = self.current;
        self.kept.retain(|generation| generation.number == current || is_there(generation.number));
    }

    /// Those of a model that an older release has written: it kept the newest alone.
    pub(super) fn of_one(generation: Generation) -> Self {
        let number = generation.number;
        Self { kept: vec![generation], current: number, newest: number }
    }
}

#[cfg(test)]
mod tests {
    use super::{Generation, Generations};

    const DAY: i64 = 24 * 60 * 60;

    fn fit(digest: u64, trained_at: i64) -> Generation {
        Generation {
            number: 0,
            trained_at,
            lines: 1,
            events: 1,
            digest,
            half_life_days: None,
            reduced: false,
        }
    }

    fn numbers(generations: &Generations) -> Vec<u64> {
        generations.all().iter().map(|generation| generation.number).collect()
    }

    #[test]
    fn a_fit_of_the_same_state_is_the_same_generation() {
        let mut generations = Generations::default();
        assert_eq!(generations.publish(fit(5, 0)).number, 1);
        assert_eq!(generations.publish(fit(5, 9)).number, 1);
        assert_eq!(generations.publish(Generation { half_life_days: Some(3), ..fit(5, 9) }).number, 2);
        assert_eq!(generations.publish(fit(6, 9)).number, 3);
    }

    #[test]
    fn after_a_rollback_the_next_fit_takes_a_number_that_was_never_used() {
        let mut generations = Generations::default();
        for digest in 1..=3 {
            generations.publish(fit(digest, 0));
        }
        generations.roll_back(1);
        assert_eq!(generations.publish(fit(1, 5)).number, 1);
        assert_eq!(generations.publish(fit(9, 5)).number, 4);
        assert_eq!(numbers(&generations), [1, 2, 3, 4]);
    }

    #[test]
    fn a_generation_that_lost_days_is_not_taken_for_the_fit_of_what_is_left() {
        let mut generations = Generations::default();
        generations.publish(fit(5, 0));
        generations.reduce(1, 0, 6);
        assert_eq!(generations.publish(fit(6, 0)).number, 2);
    }

    #[test]
    fn the_ten_newest_stay_and_the_last_of_each_of_seven_days_and_the_one_in_use() {
        let mut generations = Generations::default();
        for number in 1..=40 {
            // four a day on days 0 to 9
            generations.publish(fit(number, (number as i64 - 1) / 4 * DAY));
        }
        generations.roll_back(2);
        generations.thin();
        // of days 3 to 6 the last, 16, 20, 24 and 28; the ten newest; and 2
        assert_eq!(numbers(&generations), [2, 16, 20, 24, 28, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40]);
    }
}
