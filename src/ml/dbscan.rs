//! Which points lie densely together, and which lie alone: DBSCAN over any notion of distance.
//!
//! In: points that can name their neighbours, and how often each point occurs. Out: a cluster number or noise for
//! each point. The algorithm is linfa-clustering's; [`Neighbourhood`] says what is near.

use ndarray::{ArrayView2, Axis};
use thiserror::Error;

use crate::linalg::DistinctRows;

mod candidates;
mod cosine;
mod euclidean;
mod index;

pub use cosine::CosineRows;
pub use euclidean::EuclideanRows;

/// Points that can name their neighbours within the distance eps.
pub trait Neighbourhood: Sync {
    /// How many points there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends every point at a distance of at most eps to `point`, `point` itself included, each once, in any order.
    fn within_eps(&self, point: usize, out: &mut Vec<usize>);
}

/// Why points cannot be compared.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum DbscanError {
    /// The radius is negative, infinite or NaN.
    #[error("eps must be a finite number of at least 0, got {eps}")]
    Eps {
        /// the radius given
        eps: f64,
    },
    /// A NaN or an infinity among the coordinates.
    #[error("row {row}, column {column} is {value}: DBSCAN needs finite numbers")]
    NotFinite {
        /// the first such row
        row: usize,
        /// its first such column
        column: usize,
        /// what the cell holds
        value: f64,
    },
}

/// Clusters of points: a number for each point, or `None` for noise.
///
/// A point is core if the points within eps, itself included, occur at least `min_points` times in all. Core points
/// within eps of each other share a cluster; a border point (not core, near a core point) joins the first cluster
/// that reaches it, clusters being grown from the first core point on. Numbers ascend in order of each cluster's
/// first point.
///
/// `weights` holds how often each point occurs (once each if `None`). Counting one point beyond `min_points` changes
/// nothing, so it is counted up to there; a weight of 0 makes a point that is placed but not counted. `min_points` is
/// at least 1, and 0 is taken as 1.
///
/// Panics if `weights` is not as long as `points`.
///
/// # Cost
/// One neighbourhood query for each point. Memory is `O(n)` however dense the points lie.
///
/// # Example
/// ```
/// use ndarray::array;
/// use oddlog::ml::dbscan::{EuclideanRows, dbscan};
///
/// // two points 1 apart, one point far away, and one far away that occurs twice
/// let x = array![[0.0], [1.0], [50.0], [90.0]];
/// let points = EuclideanRows::new(x.view(), 1.0)?;
/// assert_eq!(dbscan(&points, Some(&[1, 1, 1, 2]), 2), [Some(0), Some(0), None, Some(1)]);
/// # Ok::<(), oddlog::ml::dbscan::DbscanError>(())
/// ```
///
/// # Source
/// Ester, Kriegel, Sander, Xu, "A density-based algorithm for discovering clusters", KDD 1996. As in scikit-learn
/// the radius is inclusive, a point is its own neighbour, and border points go to the first cluster; there, clusters
/// are numbered by their first core point.
pub fn dbscan(points: &impl Neighbourhood, weights: Option<&[u64]>, min_points: usize) -> Vec<Option<usize>> {
    if let Some(weights) = weights {
        assert_eq!(weights.len(), points.len(), "one weight for each point");
    }
    number_by_first_point(index::clusters(points, weights, min_points.max(1) as u64))
}

/// Clusters of the rows of `x` by Euclidean distance, each distinct row looked at once and counted as often as it
/// occurs: the labels that [`dbscan`] gives for all rows.
///
/// # Errors
/// As [`EuclideanRows::new`].
///
/// # Example
/// ```
/// use ndarray::array;
/// use oddlog::ml::dbscan::dbscan_rows;
///
/// let x = array![[7.0], [0.0], [7.0], [0.5]];
/// assert_eq!(dbscan_rows(x.view(), 0.4, 2)?, [Some(0), None, Some(0), None]);
/// # Ok::<(), oddlog::ml::dbscan::DbscanError>(())
/// ```
pub fn dbscan_rows(
    x: ArrayView2<'_, f64>,
    eps: f64,
    min_points: usize,
) -> Result<Vec<Option<usize>>, DbscanError> {
    let distinct = DistinctRows::of(x);
    let points =
        EuclideanRows::new(x.select(Axis(0), &distinct.first).view(), eps).map_err(|error| match error {
            DbscanError::NotFinite { row, column, value } => {
                DbscanError::NotFinite { row: distinct.first[row], column, value }
            }
            DbscanError::Eps { .. } => error,
        })?;
    Ok(distinct.spread(&dbscan(&points, Some(&distinct.counts), min_points)))
}

fn number_by_first_point(labels: Vec<Option<usize>>) -> Vec<Option<usize>> {
    let mut numbers = vec![None; labels.len()];
    let mut next = 0;
    let mut number = |label: usize| {
        *numbers[label].get_or_insert_with(|| {
            next += 1;
            next - 1
        })
    };
    labels.into_iter().map(|label| label.map(&mut number)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn on_a_line(x: &[f64], eps: f64, weights: Option<&[u64]>, min_points: usize) -> Vec<Option<usize>> {
        let x = ndarray::Array2::from_shape_vec((x.len(), 1), x.to_vec()).unwrap();
        dbscan(&EuclideanRows::new(x.view(), eps).unwrap(), weights, min_points)
    }

    #[test]
    fn border_point_joins_the_first_cluster_that_reaches_it() {
        // 1.5 is 0.75 from 0.75 and from 2.25, and has three points within reach: not core at min_points 4
        let x = [0.0, 0.25, 0.5, 0.75, 1.5, 2.25, 2.5, 2.75, 3.0];
        let labels = on_a_line(&x, 0.75, None, 4);
        let expected = [0, 0, 0, 0, 0, 1, 1, 1, 1].map(Some);
        assert_eq!(labels, expected);
    }

    #[test]
    fn clusters_are_numbered_by_their_first_point_even_if_it_is_a_border_point() {
        // A: -1, 0, 1 around the core point 0. B: 19 to 22, of which 20 and 21 are core and 22, the first row, is not:
        // the first core row is A's, the first row is B's.
        let labels = on_a_line(&[22.0, 0.0, -1.0, 1.0, 20.0, 19.0, 21.0], 1.0, None, 3);
        assert_eq!(labels, [0, 1, 1, 1, 0, 0, 0].map(Some));
    }

    #[test]
    fn weight_zero_is_placed_but_not_counted() {
        // 0 has a neighbour that does not count; 6 does not count itself, yet 5, which occurs twice, takes it in
        let labels = on_a_line(&[0.0, 1.0, 5.0, 6.0], 1.0, Some(&[1, 0, 2, 0]), 2);
        assert_eq!(labels, [None, None, Some(0), Some(0)]);
    }

    #[test]
    fn weights_beyond_all_bounds_count_as_min_points() {
        let weights = [u64::MAX, u64::MAX, 1];
        assert_eq!(on_a_line(&[0.0, 1.0, 9.0], 1.0, Some(&weights), usize::MAX), [Some(0), Some(0), None]);
    }

    #[test]
    fn no_points_give_no_labels_and_min_points_zero_is_one() {
        assert_eq!(on_a_line(&[], 1.0, None, 2), []);
        assert_eq!(on_a_line(&[0.0, 9.0], 1.0, None, 0), [Some(0), Some(1)]);
    }

    #[test]
    fn bad_cell_among_repeated_rows_is_named_by_its_own_place() {
        let x = array![[1.0], [1.0], [f64::NAN]];
        let expected = "row 2, column 0 is NaN: DBSCAN needs finite numbers";
        assert_eq!(dbscan_rows(x.view(), 1.0, 2).unwrap_err().to_string(), expected);
    }

    #[test]
    fn points_without_coordinates_lie_together() {
        let x = ndarray::Array2::zeros((3, 0));
        assert_eq!(dbscan(&EuclideanRows::new(x.view(), 0.5).unwrap(), None, 3), [Some(0); 3]);
    }

    #[test]
    #[should_panic(expected = "one weight for each point")]
    fn weights_of_another_length_panic() {
        let x = array![[0.0]];
        dbscan(&EuclideanRows::new(x.view(), 1.0).unwrap(), Some(&[]), 2);
    }
}
