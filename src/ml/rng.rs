//! Random numbers that are the same in every release, on every machine: a stable hash and a named generator.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// One step of SplitMix64: a stable hash of 64 bits to 64 bits, one to one.
///
/// # Example
/// ```
/// // The generator's first output for the seed 1234567.
/// assert_eq!(oddlog::ml::rng::splitmix64(1_234_567), 6_457_827_717_110_365_317);
/// ```
///
/// # Source
/// Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014,
/// doi:10.1145/2660193.2660195; the constants are those of Vigna's `splitmix64.c`.
pub const fn splitmix64(x: u64) -> u64 {
    let x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// Random numbers of one seed and one stream: xoshiro256++; streams of one seed are unrelated.
///
/// A stream for each tree, or for each pass over the data, makes the numbers independent of which thread draws them.
#[derive(Debug, Clone)]
pub struct Random(Xoshiro256PlusPlus);

impl Random {
    /// The generator of stream `stream` under `seed`.
    pub fn new(seed: u64, stream: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(splitmix64(seed) ^ splitmix64(!stream)))
    }

    /// Uniform over all 64-bit numbers.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in `[0, 1)`, a multiple of 2⁻⁵³.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in `0..bound`, by multiplication: off by at most `bound / 2⁶⁴`. `bound` is at least 1.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u64
    }

    /// Puts the items in random order, each order as likely as any other (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitmix64_gives_the_published_sequence() {
        // splitmix64.c with the state 1234567: every call adds the golden ratio to the state.
        let published = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        let step = |n: u64| splitmix64(1_234_567_u64.wrapping_add(n.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        assert_eq!([step(0), step(1), step(2)], published);
    }

    #[test]
    fn streams_of_one_seed_differ_and_repeat() {
        let draw = |seed, stream| Random::new(seed, stream).bits();
        assert_eq!(draw(1, 0), draw(1, 0));
        assert_ne!(draw(1, 0), draw(1, 1));
        assert_ne!(draw(1, 0), draw(0, 1));
        assert_ne!(draw(7, 7), draw(8, 8));
    }

    #[test]
    fn unit_numbers_have_the_mean_and_variance_of_the_uniform_law() {
        let mut random = Random::new(3, 0);
        let sample: Vec<f64> = (0..100_000).map(|_| random.unit()).collect();
        assert!(sample.iter().all(|u| (0.0..1.0).contains(u)));
        let mean = sample.iter().sum::<f64>() / 1e5;
        let variance = sample.iter().map(|u| (u - mean).powi(2)).sum::<f64>() / 1e5;
        // 1/2 and 1/12; four standard errors are 0.0037 and 0.00095
        assert!((mean - 0.5).abs() < 0.0037 && (variance - 1.0 / 12.0).abs() < 0.001);
    }

    #[test]
    fn below_reaches_every_number_and_no_other() {
        let mut random = Random::new(5, 0);
        let mut seen = [0_u32; 7];
        for _ in 0..7_000 {
            seen[random.below(7) as usize] += 1;
        }
        // 1000 each, standard deviation 29
        assert!(seen.iter().all(|count| (850..1150).contains(count)), "{seen:?}");
        assert_eq!(random.below(1), 0);
    }

    #[test]
    fn shuffle_keeps_the_items_and_changes_their_order() {
        let mut items: Vec<u32> = (0..50).collect();
        Random::new(9, 0).shuffle(&mut items);
        assert_ne!(items, (0..50).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
    }
}
