//! Neighbours of dense rows by Euclidean distance.

use ndarray::{ArrayView2, Axis, CowArray, Ix2};

use super::{DbscanError, Neighbourhood};

/// How many coordinates are summed between two looks at whether the sum is already too far.
const BLOCK: usize = 8;

/// Dense rows under `sqrt(Σ (aᵢ − bᵢ)²) ≤ eps`.
///
/// Rows are sorted by the column that varies most; a query looks at those within eps in that column alone, and stops
/// summing a row's squares once they pass eps². No tree: equal rows by the thousand are as harmless as any.
#[derive(Debug)]
pub struct EuclideanRows<'a> {
    x: CowArray<'a, f64, Ix2>,
    eps_squared: f64,
    /// rows in ascending order of their key
    order: Vec<usize>,
    /// the keys in that order
    keys: Vec<f64>,
    /// where in that order each row stands
    rank: Vec<usize>,
}

impl<'a> EuclideanRows<'a> {
    /// Rows of `x` (`n_points × n_features`) with the radius `eps`, inclusive.
    ///
    /// # Errors
    /// * [`Eps`](DbscanError::Eps): the radius is negative or not finite.
    /// * [`NotFinite`](DbscanError::NotFinite): names the first NaN or infinite cell.
    pub fn new(x: ArrayView2<'a, f64>, eps: f64) -> Result<Self, DbscanError> {
        check_eps(eps)?;
        if let Some(((row, column), &value)) = x.indexed_iter().find(|(_, value)| !value.is_finite()) {
            return Err(DbscanError::NotFinite { row, column, value });
        }
        let key = most_varied_column(x);
        let key = |row: usize| key.map_or(0.0, |column| x[[row, column]]);
        let mut order: Vec<usize> = (0..x.nrows()).collect();
        order.sort_by(|&a, &b| key(a).total_cmp(&key(b)));
        let keys = order.iter().map(|&row| key(row)).collect();
        let mut rank = vec![0; order.len()];
        order.iter().enumerate().for_each(|(at, &row)| rank[row] = at);
        Ok(Self { x: standard_layout(x), eps_squared: eps * eps, order, keys, rank })
    }

    fn row(&self, row: usize) -> &[f64] {
        let width = self.x.ncols();
        let cells = self.x.as_slice().expect("rows are in standard layout");
        &cells[row * width..(row + 1) * width]
    }

    /// The same expression as in the whole distance, which it cannot exceed: no neighbour is lost to rounding.
    fn key_is_near(&self, a: f64, b: f64) -> bool {
        (a - b) * (a - b) <= self.eps_squared
    }

    fn is_near(&self, a: &[f64], b: &[f64]) -> bool {
        let mut sum = 0.0;
        for (a, b) in a.chunks(BLOCK).zip(b.chunks(BLOCK)) {
            sum += a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
            if sum > self.eps_squared {
                return false;
            }
        }
        true
    }
}

impl Neighbourhood for EuclideanRows<'_> {
    fn len(&self) -> usize {
        self.order.len()
    }

    fn within_eps(&self, point: usize, out: &mut Vec<usize>) {
        let (at, row) = (self.rank[point], self.row(point));
        let key = self.keys[at];
        let first = self.keys[..at].partition_point(|&other| !self.key_is_near(key, other));
        let end = at + self.keys[at..].partition_point(|&other| self.key_is_near(key, other));
        out.extend(self.order[first..end].iter().filter(|&&other| self.is_near(row, self.row(other))));
    }
}

pub(super) fn check_eps(eps: f64) -> Result<(), DbscanError> {
    if eps.is_finite() && eps >= 0.0 { Ok(()) } else { Err(DbscanError::Eps { eps }) }
}

fn standard_layout(x: ArrayView2<'_, f64>) -> CowArray<'_, f64, Ix2> {
    if x.is_standard_layout() { x.into() } else { x.as_standard_layout().into_owned().into() }
}

fn most_varied_column(x: ArrayView2<'_, f64>) -> Option<usize> {
    let spread = x.var_axis(Axis(0), 0.0);
    (0..x.ncols()).max_by(|&a, &b| spread[a].total_cmp(&spread[b]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ml::dbscan::dbscan;
    use ndarray::{Array2, array};

    fn neighbours(x: &Array2<f64>, eps: f64, point: usize) -> Vec<usize> {
        let mut out = Vec::new();
        EuclideanRows::new(x.view(), eps).unwrap().within_eps(point, &mut out);
        out.sort_unstable();
        out
    }

    #[test]
    fn radius_is_inclusive_and_a_point_is_its_own_neighbour() {
        // 3-4-5: exactly 5 apart
        let x = array![[0.0, 0.0], [3.0, 4.0], [3.0, 4.0001]];
        assert_eq!(neighbours(&x, 5.0, 0), [0, 1]);
        assert_eq!(neighbours(&x, 0.0, 2), [2]);
    }

    #[test]
    fn rows_in_column_major_order_are_the_same_rows() {
        let x = array![[0.0, 3.0, 9.0], [0.0, 4.0, 9.0]];
        let mut out = Vec::new();
        EuclideanRows::new(x.t(), 5.0).unwrap().within_eps(0, &mut out);
        assert_eq!(out, [0, 1]);
    }

    #[test]
    fn ten_thousand_identical_rows_are_one_cluster() {
        let x = Array2::from_elem((10_000, 3), 0.5);
        let labels = dbscan(&EuclideanRows::new(x.view(), 0.1).unwrap(), None, 2);
        assert!(labels.iter().all(|&label| label == Some(0)));
    }

    #[test]
    fn first_bad_cell_is_named() {
        let x = array![[0.0, 1.0], [2.0, f64::NAN], [f64::INFINITY, 0.0]];
        let message = EuclideanRows::new(x.view(), 1.0).unwrap_err().to_string();
        assert_eq!(message, "row 1, column 1 is NaN: DBSCAN needs finite numbers");
        let message = EuclideanRows::new(array![[0.0]].view(), f64::NAN).unwrap_err().to_string();
        assert_eq!(message, "eps must be a finite number of at least 0, got NaN");
    }
}
