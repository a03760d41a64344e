//! Draws from a discrete law in constant time, whatever its size.

use crate::ml::rng::Random;

/// A law over `0..n`, in n columns of equal height: each column holds its own outcome up to a share, another above.
///
/// # Source
/// Vose, "A linear algorithm for generating random numbers with a given distribution", IEEE TSE 17 (1991).
#[derive(Debug)]
pub(super) struct AliasTable {
    columns: Vec<Column>,
}

#[derive(Debug, Clone, Copy)]
struct Column {
    /// the column's own outcome is drawn with this probability, in units of 2⁻³²
    share: u32,
    alias: u32,
}

impl AliasTable {
    /// Probabilities in proportion to `weights`, which are finite and not negative; an outcome of weight 0 is not drawn
    /// unless all are 0.
    pub(super) fn new(weights: &[f64]) -> Self {
        let total: f64 = weights.iter().sum();
        let heaviest =
            (0..weights.len()).max_by(|&a, &b| weights[a].total_cmp(&weights[b])).unwrap_or(0) as u32;
        let mut heights: Vec<f64> =
            weights.iter().map(|w| w * weights.len() as f64 / total.max(f64::MIN_POSITIVE)).collect();
        let (mut low, mut high): (Vec<usize>, Vec<usize>) =
            (0..weights.len()).partition(|&at| heights[at] < 1.0);
        let mut columns = vec![Column { share: u32::MAX, alias: heaviest }; weights.len()];
        while let (Some(&at), Some(&from)) = (low.last(), high.last()) {
            low.pop();
            columns[at] = Column { share: (heights[at] * 2_f64.powi(32)) as u32, alias: from as u32 };
            heights[from] -= 1.0 - heights[at];
            if heights[from] < 1.0 {
                high.pop();
                low.push(from);
            }
        }
        // what rounding leaves over is full, or empty if its weight is 0
        low.into_iter().filter(|&at| weights[at] == 0.0).for_each(|at| columns[at].share = 0);
        Self { columns }
    }

    /// One outcome; there must be at least one.
    pub(super) fn draw(&self, random: &mut Random) -> u32 {
        let bits = random.bits();
        let at = ((bits >> 32) * self.columns.len() as u64) >> 32;
        let column = self.columns[at as usize];
        if (bits as u32) < column.share { at as u32 } else { column.alias }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frequencies(weights: &[f64]) -> Vec<f64> {
        let (table, mut random) = (AliasTable::new(weights), Random::new(2, 0));
        let mut counts = vec![0.0; weights.len()];
        (0..100_000).for_each(|_| counts[table.draw(&mut random) as usize] += 1e-5);
        counts
    }

    #[test]
    fn outcomes_come_in_proportion_to_their_weights() {
        let frequencies = frequencies(&[1.0, 0.0, 6.0, 3.0]);
        assert_eq!(frequencies[1], 0.0);
        // four standard deviations are at most 0.0063
        for (frequency, expected) in frequencies.iter().zip([0.1, 0.0, 0.6, 0.3]) {
            assert!((frequency - expected).abs() < 0.0063, "{frequencies:?}");
        }
    }

    #[test]
    fn single_outcome_is_always_drawn() {
        assert!((frequencies(&[5.0])[0] - 1.0).abs() < 1e-9);
        assert!((frequencies(&[0.0, 5.0, 0.0])[1] - 1.0).abs() < 1e-9);
    }
}
