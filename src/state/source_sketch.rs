//! How many distinct sources, in bounded space.

use serde::{Deserialize, Serialize};

/// Hashes kept. Fewer are counted exactly; from there on the standard error is `1/√(k−2)`, 6 %.
const K: usize = 256;

/// The `k` smallest distinct hashes of a set: a mergeable count of distinct values.
///
/// Source: Bar-Yossef et al., "Counting distinct elements in a data stream", RANDOM 2002 (its second
/// algorithm, with the unbiased `(k−1)/U₍ₖ₎` of Beyer et al., SIGMOD 2007).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceSketch(Vec<u32>);

impl SourceSketch {
    /// Adds a hash.
    pub fn insert(&mut self, hash: u32) {
        if self.0.len() == K && self.0.last().is_some_and(|&largest| hash >= largest) {
            return;
        }
        if let Err(position) = self.0.binary_search(&hash) {
            self.0.insert(position, hash);
            self.0.truncate(K);
        }
    }

    /// Adds all hashes of `other`.
    pub fn merge(&mut self, other: &Self) {
        for &hash in &other.0 {
            self.insert(hash);
        }
    }

    /// Whether it is sorted, without repeats, and no longer than one becomes.
    pub(super) fn is_sound(&self) -> bool {
        self.0.len() <= K && self.0.is_sorted_by(|a, b| a < b)
    }

    /// The hashes that it keeps, smallest first.
    pub(super) fn hashes(&self) -> &[u32] {
        &self.0
    }

    /// Whether `hash` was added, where that can be known: always below 256 distinct values.
    #[must_use]
    pub fn may_contain(&self, hash: u32) -> bool {
        self.0.binary_search(&hash).is_ok()
            || (self.0.len() == K && self.0.last().is_some_and(|&largest| hash > largest))
    }

    /// Estimated number of distinct hashes.
    #[must_use]
    pub fn distinct(&self) -> f64 {
        match self.0.last() {
            Some(&largest) if self.0.len() == K => {
                (K - 1) as f64 * 2_f64.powi(32) / (f64::from(largest) + 1.0)
            }
            _ => self.0.len() as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sketch(values: impl Iterator<Item = u32>) -> SourceSketch {
        let mut sketch = SourceSketch::default();
        for value in values {
            // multiplication by an odd number is a permutation of the 32-bit numbers
            sketch.insert(value.wrapping_mul(2_654_435_761));
        }
        sketch
    }

    #[test]
    fn fewer_than_256_sources_are_counted_exactly() {
        assert_eq!(sketch((0..255).chain(0..255)).distinct(), 255.0);
    }

    #[test]
    fn ten_thousand_sources_are_counted_within_four_standard_errors() {
        let estimate = sketch(0..10_000).distinct();
        assert!((estimate / 10_000.0 - 1.0).abs() < 4.0 * 0.063, "{estimate}");
    }

    #[test]
    fn merging_two_halves_equals_the_whole() {
        let mut left = sketch(0..500);
        left.merge(&sketch(300..1000));
        assert_eq!(left, sketch(0..1000));
    }
}
