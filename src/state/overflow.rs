//! Line counts of sequences that the cap left out.

use serde::{Deserialize, Serialize};

use crate::ml::rng::splitmix64;

const DEPTH: usize = 4;
const WIDTH: usize = 1 << 14;

/// A count-min sketch: an estimate is never below the true count and, with probability `1 − e⁻⁴`, above it by
/// at most `e/16384` of all that was added. Takes no space until something is added.
///
/// Source: Cormode, Muthukrishnan, "An improved data stream summary: the count-min sketch", J. Algorithms 2005.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountMin(Vec<u64>);

impl CountMin {
    /// Adds `count` to `key`.
    pub fn add(&mut self, key: u64, count: u64) {
        if self.0.is_empty() {
            self.0 = vec![0; DEPTH * WIDTH];
        }
        for place in places(key) {
            self.0[place] += count;
        }
    }

    /// Adds all that `other` counted.
    pub fn merge(&mut self, other: &Self) {
        if self.0.is_empty() {
            self.0.clone_from(&other.0);
        } else {
            for (a, b) in self.0.iter_mut().zip(&other.0) {
                *a += b;
            }
        }
    }

    /// At least what was added to `key`.
    #[must_use]
    pub fn estimate(&self, key: u64) -> u64 {
        if self.0.is_empty() {
            return 0;
        }
        places(key).map(|place| self.0[place]).min().unwrap_or(0)
    }
}

fn places(key: u64) -> impl Iterator<Item = usize> {
    (0..DEPTH).map(move |row| row * WIDTH + splitmix64(key ^ (row as u64) << 56) as usize % WIDTH)
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
