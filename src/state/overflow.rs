//! Line counts of sequences that the cap left out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::check::total;
use crate::ml::rng::splitmix64;

const DEPTH: usize = 4;
const WIDTH: usize = 1 << 14;

/// A count-min sketch: an estimate is never below the true count and, with probability `1 − e⁻⁴`, above it by
/// at most `e/16384` of all that was added. Only places that are not zero take space: four for a key at most.
///
/// Source: Cormode, Muthukrishnan, "An improved data stream summary: the count-min sketch", J. Algorithms 2005.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountMin(BTreeMap<u16, u64>);

impl CountMin {
    /// Adds `count` to `key`.
    pub fn add(&mut self, key: u64, count: u64) {
        for place in places(key) {
            *self.0.entry(place).or_default() += count;
        }
    }

    /// Adds all that `other` counted.
    pub fn merge(&mut self, other: &Self) {
        for (&place, count) in &other.0 {
            *self.0.entry(place).or_default() += count;
        }
    }

    /// Makes another count of each.
    pub(super) fn map_counts(&mut self, count: impl Fn(u64) -> u64) {
        self.0.values_mut().for_each(|value| *value = count(*value));
    }

    /// Whether `count` lines in all were added: each row of the sketch has all of them.
    pub(super) fn holds(&self, count: u64) -> bool {
        let row = |row: usize| (row * WIDTH) as u16..=((row + 1) * WIDTH - 1) as u16;
        (0..DEPTH).all(|i| total(self.0.range(row(i)).map(|(_, &n)| n)) == Some(count))
            && self.0.values().all(|&n| n > 0)
    }

    /// At least what was added to `key`.
    #[must_use]
    pub fn estimate(&self, key: u64) -> u64 {
        places(key).map(|place| self.0.get(&place).copied().unwrap_or(0)).min().unwrap_or(0)
    }
}

/// One place in each row. All four rows have 65,536 places together, so a place is 16 bits.
fn places(key: u64) -> impl Iterator<Item = u16> {
    (0..DEPTH).map(move |row| (row * WIDTH + splitmix64(key ^ (row as u64) << 56) as usize % WIDTH) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_is_never_below_the_count() {
        let mut sketch = CountMin::default();
        for key in 0..20_000_u64 {
            sketch.add(splitmix64(key), key % 7);
        }
        assert!((0..20_000_u64).all(|key| sketch.estimate(splitmix64(key)) >= key % 7));
        assert_eq!(CountMin::default().estimate(1), 0);
    }
}
