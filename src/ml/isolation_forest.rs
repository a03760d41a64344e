//! How odd each row of numbers is: the isolation forest, with cuts from the data's range or from a fixed box.
//!
//! In: rows and how often each occurs. Out: a model, and for each row a score in `(0, 1]`, higher for odder.

use ndarray::{ArrayView2, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

mod data_range;
mod params;
mod tree;
mod unit_box;

use crate::linalg::{DistinctRows, first_not_finite};
use params::check_fit;
pub use params::{Cuts, IsolationForestError, IsolationForestParams};
use tree::{BATCH, Tree};

/// Euler's constant γ, as in the harmonic number `H(i) ≈ ln i + γ`.
const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;

/// Rows scored by one thread at a time: a few batches for each tree that is fetched into the cache.
const ROWS_PER_TASK: usize = 4 * BATCH;

/// A grown forest.
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use oddlog::ml::isolation_forest::{IsolationForest, IsolationForestParams};
///
/// // Nine requests of 18 to 22 ms, then one of 900 ms.
/// let mut latency_ms: Vec<f64> = (0..9).map(|i| 18.0 + 0.5 * f64::from(i)).collect();
/// latency_ms.push(900.0);
/// let x = Array2::from_shape_vec((10, 1), latency_ms)?;
///
/// let params = IsolationForestParams { seed: 7, ..Default::default() };
/// let scores = IsolationForest::fit(x.view(), &[1; 10], &params)?.score(x.view())?;
///
/// assert!(scores[9] > 0.7);
/// assert!(scores[..9].iter().all(|&score| score < 0.6));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct IsolationForest {
    n_features: usize,
    /// ψ, or the number of rows where there are fewer
    subsample_size: usize,
    trees: Vec<Tree>,
}

impl IsolationForest {
    /// Grows the forest on the rows of `x` (`n_rows × n_features`), row `i` counting `weights[i]` times.
    ///
    /// A subsample is the whole of the rows where they are fewer than ψ, and ψ is then their number; with
    /// [`Cuts::UnitBox`] nothing is sampled, and ψ is only the scale: a node with a share `q` of the rows has the mass
    /// `ψ·q`, as it would have in an average subsample.
    ///
    /// # Errors
    /// Every variant of [`IsolationForestError`] but [`FeatureCount`](IsolationForestError::FeatureCount).
    ///
    /// # Cost
    /// `DataRange`: `O(n_trees · ψ · log₂ ψ)` after one look at every cell. `UnitBox`: `O(n_trees · n_rows · depth)`.
    /// Trees grow on several threads; the result does not depend on how many.
    ///
    /// # Source
    /// Liu, Ting, Zhou, "Isolation Forest", ICDM 2008, doi:10.1109/ICDM.2008.17. As in scikit-learn a node draws among
    /// the columns that vary in it, and equal rows are never cut apart.
    pub fn fit(
        x: ArrayView2<'_, f64>,
        weights: &[u64],
        params: &IsolationForestParams,
    ) -> Result<Self, IsolationForestError> {
        let n_rows = check_fit(x, weights, params)?;
        let x = x.as_standard_layout();
        let (trees, subsample_size) = match params.cuts {
            Cuts::DataRange => data_range::grow(x.view(), weights, n_rows, params),
            Cuts::UnitBox { depth } => {
                (unit_box::grow(x.view(), weights, n_rows, depth, params), params.subsample_size)
            }
        };
        Ok(Self { n_features: x.ncols(), subsample_size, trees })
    }

    /// Scores each row of `x` by how few random cuts isolate it; higher is odder.
    ///
    /// A score is `2^(−E[h] / c(ψ))`: `h` is the row's path length in one tree, the mean runs over the trees, ψ is the
    /// subsample size, and `c` is [`average_path_length`]. It has no unit and lies in `(0, 1]`: near 1 is an anomaly,
    /// well below 0.5 is ordinary, and if every row is near 0.5 the data holds no distinct anomaly.
    ///
    /// # Shapes
    /// `x`: `n_rows × n_features`. Result: one score for each row, in row order; no rows, no scores.
    ///
    /// # Errors
    /// * [`FeatureCount`](IsolationForestError::FeatureCount): `x` is not as wide as at fit time.
    /// * [`NotFinite`](IsolationForestError::NotFinite): names the first NaN or infinite cell.
    ///
    /// # Cost
    /// One look at every cell, then `O(n_distinct_rows · n_trees · depth)` on several threads: equal rows are scored
    /// once. Rows do not affect each other: scoring them in parts gives the same bits.
    ///
    /// # Source
    /// Equation 2 of the paper. scikit-learn's `score_samples` has the opposite sign.
    pub fn score(&self, x: ArrayView2<'_, f64>) -> Result<Vec<f64>, IsolationForestError> {
        if x.ncols() != self.n_features {
            return Err(IsolationForestError::FeatureCount { expected: self.n_features, got: x.ncols() });
        }
        let distinct = DistinctRows::of(x);
        let x = x.select(Axis(0), &distinct.first);
        if let Some((row, column, value)) = first_not_finite(x.view()) {
            return Err(IsolationForestError::NotFinite { row: distinct.first[row], column, value });
        }
        let cells = x.as_slice().expect("selected rows are in standard layout");
        let mut scores = vec![0.0; x.nrows()];
        let tasks =
            scores.par_chunks_mut(ROWS_PER_TASK).zip(cells.par_chunks(ROWS_PER_TASK * self.n_features));
        tasks.for_each(|(scores, cells)| self.score_rows(cells, scores));
        Ok(distinct.spread(&scores))
    }

    /// Scores one row, as [`score`](Self::score) does and to the same bits, without looking for NaN or infinity
    /// (a NaN goes left at every cut).
    ///
    /// Panics if the row is not as wide as those of the fit.
    pub fn score_row(&self, row: &[f64]) -> f64 {
        assert_eq!(row.len(), self.n_features, "a row is as wide as those of the fit");
        let mut score = [0.0];
        self.score_rows(row, &mut score);
        score[0]
    }

    /// How many columns a row has.
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// Sums path lengths tree by tree, in the order of the trees for every row, so that a tree stays in the cache.
    fn score_rows(&self, cells: &[f64], scores: &mut [f64]) {
        scores.fill(0.0);
        for tree in &self.trees {
            tree.add_path_lengths(cells, self.n_features, scores);
        }
        let longest = self.trees.len() as f64 * average_path_length(self.subsample_size as f64);
        scores.iter_mut().for_each(|score| *score = (-*score / longest).exp2());
    }
}

/// `c(n)`, the mean path length of an unsuccessful search among `n` rows: `2·(ln(n−1) + γ) − 2·(n−1)/n` above 2, `n − 1`
/// from 1 to 2, and 0 below.
///
/// Whole numbers are the paper's equation 1 with `c(2) = 1`, as in scikit-learn; a mass between 1 and 2, which only
/// [`Cuts::UnitBox`] has, is a straight line from `c(1) = 0` to `c(2) = 1`.
///
/// # Example
/// ```
/// use oddlog::ml::isolation_forest::average_path_length;
///
/// assert_eq!(average_path_length(2.0), 1.0);
/// assert!((average_path_length(256.0) - 10.244_770_920_119_917).abs() < 1e-12);
/// ```
pub fn average_path_length(n: f64) -> f64 {
    if n > 2.0 { 2.0 * ((n - 1.0).ln() + EULER_GAMMA) - 2.0 * (n - 1.0) / n } else { (n - 1.0).max(0.0) }
}

/// Moves the items that satisfy `is_left` to the front and gives their number.
fn partition<T: Copy>(items: &mut [T], is_left: impl Fn(T) -> bool) -> usize {
    let mut n_left = 0;
    for at in 0..items.len() {
        if is_left(items[at]) {
            items.swap(n_left, at);
            n_left += 1;
        }
    }
    n_left
}

/// What is read from a file: a forest of which nothing is known yet.
#[derive(Deserialize)]
struct Stored {
    n_features: usize,
    subsample_size: usize,
    trees: Vec<Tree>,
}

impl TryFrom<Stored> for IsolationForest {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        let Stored { n_features, subsample_size, trees } = stored;
        if subsample_size < 2 || trees.is_empty() || !trees.iter().all(|tree| tree.is_sound(n_features)) {
            return Err("isolation forest: stored trees are not trees over the stored columns");
        }
        Ok(Self { n_features, subsample_size, trees })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    fn fit(x: &Array2<f64>, weights: &[u64], cuts: Cuts) -> Result<IsolationForest, IsolationForestError> {
        let params = IsolationForestParams { seed: 1, cuts, ..Default::default() };
        IsolationForest::fit(x.view(), weights, &params)
    }

    const UNIT_BOX: Cuts = Cuts::UnitBox { depth: 8 };

    #[test]
    fn average_path_length_is_a_line_from_one_to_two_and_zero_below() {
        assert_eq!([0.0, 0.3, 1.0, 1.25, 2.0].map(average_path_length), [0.0, 0.0, 0.0, 0.25, 1.0]);
        // 2·(ln 2 + γ) − 2·2/3
        assert!((average_path_length(3.0) - 1.207_392_357_589_623).abs() < 1e-14);
    }

    #[test]
    fn equal_rows_are_never_cut_apart_and_score_one_half() {
        // no column varies: every row ends at the root, at the mean path length of all
        let forest = fit(&array![[1.0, 2.0], [1.0, 2.0]], &[3, 17], Cuts::DataRange).unwrap();
        assert!((forest.score_row(&[1.0, 2.0]) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn two_rows_are_isolated_by_one_cut() {
        // h = 1 = c(2): both score 2^-1
        let x = array![[0.0], [1.0]];
        assert_eq!(fit(&x, &[1, 1], Cuts::DataRange).unwrap().score(x.view()).unwrap(), [0.5, 0.5]);
    }

    #[test]
    fn range_beyond_the_largest_number_is_cut_all_the_same() {
        // The first cut has 0 on either side with probability 1/2: path lengths 1 or 2 for the ends, 2 for the middle,
        // and 2^(-1.5/c(3)) = 0.423, 2^(-2/c(3)) = 0.317; the mean over 100 trees has a standard error of 0.05 cuts.
        let x = array![[f64::MIN], [f64::MAX], [0.0]];
        let scores = fit(&x, &[1, 1, 1], Cuts::DataRange).unwrap().score(x.view()).unwrap();
        assert!((scores[2] - 0.317).abs() < 0.001, "{scores:?}");
        assert!(scores[..2].iter().all(|score| (score - 0.423).abs() < 0.05), "{scores:?}");
    }

    #[test]
    fn neighbouring_numbers_are_cut_apart() {
        let x = array![[1.0], [1.0_f64.next_up()]];
        assert_eq!(fit(&x, &[1, 1], Cuts::DataRange).unwrap().score(x.view()).unwrap(), [0.5, 0.5]);
    }

    #[test]
    fn infinite_cells_of_a_single_row_end_at_the_nearest_face() {
        let forest = fit(&array![[0.5, 0.5], [0.25, 0.75]], &[9, 9], UNIT_BOX).unwrap();
        assert_eq!(forest.score_row(&[f64::INFINITY, 0.5]), forest.score_row(&[1.0, 0.5]));
        assert_eq!(forest.score_row(&[f64::NEG_INFINITY, 0.5]), forest.score_row(&[0.0, 0.5]));
    }

    #[test]
    fn what_was_stored_comes_back_and_damage_is_refused() {
        let forest = fit(&array![[0.1, 0.2], [0.9, 0.3]], &[9, 1], UNIT_BOX).unwrap();
        let text = serde_json::to_string(&forest).unwrap();
        assert_eq!(serde_json::from_str::<IsolationForest>(&text).unwrap(), forest);
        let narrower = text.replace("\"n_features\":2", "\"n_features\":1");
        assert!(serde_json::from_str::<IsolationForest>(&narrower).is_err());
    }

    #[test]
    fn refusals_say_what_was_found_and_what_would_be_right() {
        let message = |x: Array2<f64>, weights: &[u64], cuts| fit(&x, weights, cuts).unwrap_err().to_string();
        assert_eq!(
            message(array![[1.0]], &[1], Cuts::DataRange),
            "isolation forest needs a total weight of at least 2, got 1"
        );
        assert_eq!(
            message(array![[1.0]], &[0], UNIT_BOX),
            "isolation forest needs a total weight of at least 1, got 0"
        );
        assert_eq!(
            message(array![[1.0], [f64::NAN]], &[1, 1], UNIT_BOX),
            "row 1, column 0 is NaN: the isolation forest needs finite numbers"
        );
        assert_eq!(
            message(array![[1.0]], &[u64::MAX, 1], UNIT_BOX),
            "isolation forest needs one weight for each row with a sum below 2^64, got 2 for 1 rows"
        );
        assert_eq!(
            message(array![[1.0]], &[1], Cuts::UnitBox { depth: 61 }),
            "isolation forest needs a depth of 1 to 60, got 61"
        );
        assert_eq!(
            message(Array2::zeros((2, 0)), &[1, 1], UNIT_BOX),
            "isolation forest needs at least 1 column, got 0"
        );
        let forest = fit(&array![[1.0]], &[2], UNIT_BOX).unwrap();
        let message = forest.score(array![[1.0, 2.0]].view()).unwrap_err().to_string();
        assert_eq!(message, "isolation forest was grown on 1 columns, got rows of 2");
        assert!(forest.score(array![[f64::INFINITY]].view()).is_err());
    }
}
