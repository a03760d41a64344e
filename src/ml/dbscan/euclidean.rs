//! Neighbours of dense rows by Euclidean distance.

use ndarray::{ArrayView2, Axis};

use super::{DbscanError, Neighbourhood};
use crate::linalg::first_not_finite;

/// How many coordinates are summed between two looks at whether the sum is already too far.
const BLOCK: usize = 8;

/// Dense rows under `sqrt(Σ (aᵢ − bᵢ)²) ≤ eps`.
///
/// Columns are put in order of how much they vary, and rows in order of the first of these. A query looks at the rows
/// within eps in that column alone, and stops summing a row's squares once they pass eps². No tree: equal rows by the
/// thousand are as harmless as any.
#[derive(Debug)]
pub struct EuclideanRows {
    /// columns, padded with zeros to whole blocks
    width: usize,
    /// the rows' cells, rows and columns in the new order
    cells: Vec<f64>,
    eps_squared: f64,
    /// the row at each place of the new order
    order: Vec<usize>,
    /// its cell in the column that varies most
    keys: Vec<f64>,
    /// the place of each row
    places: Vec<usize>,
}

impl EuclideanRows {
    /// Rows of `x` (`n_points × n_features`) with the radius `eps`, inclusive. The rows are copied.
    ///
    /// # Errors
    /// * [`Eps`](DbscanError::Eps): the radius is negative or not finite.
    /// * [`NotFinite`](DbscanError::NotFinite): names the first NaN or infinite cell.
    pub fn new(x: ArrayView2<'_, f64>, eps: f64) -> Result<Self, DbscanError> {
        check_eps(eps)?;
        if let Some((row, column, value)) = first_not_finite(x) {
            return Err(DbscanError::NotFinite { row, column, value });
        }
        let columns = most_varied_first(x);
        let key = |row: usize| columns.first().map_or(0.0, |&column| x[[row, column]]);
        let mut order: Vec<usize> = (0..x.nrows()).collect();
        order.sort_by(|&a, &b| key(a).total_cmp(&key(b)));
        let width = x.ncols().next_multiple_of(BLOCK);
        let mut cells = vec![0.0; order.len() * width];
        for (cells, &row) in cells.chunks_exact_mut(width.max(1)).zip(&order) {
            cells.iter_mut().zip(&columns).for_each(|(cell, &column)| *cell = x[[row, column]]);
        }
        let keys = order.iter().map(|&row| key(row)).collect();
        let mut places = vec![0; order.len()];
        order.iter().enumerate().for_each(|(place, &row)| places[row] = place);
        Ok(Self { width, cells, eps_squared: eps * eps, order, keys, places })
    }

    fn row_at(&self, place: usize) -> &[f64] {
        &self.cells[place * self.width..][..self.width]
    }

    /// The same expression as in the whole distance, which it cannot exceed: no neighbour is lost to rounding.
    fn key_is_near(&self, a: f64, b: f64) -> bool {
        (a - b) * (a - b) <= self.eps_squared
    }

    fn is_near(&self, a: &[f64], b: &[f64]) -> bool {
        let mut sum = 0.0;
        for (a, b) in a.as_chunks::<BLOCK>().0.iter().zip(b.as_chunks::<BLOCK>().0) {
            let [a, b, c, d, e, f, g, h] = std::array::from_fn(|i| (a[i] - b[i]) * (a[i] - b[i]));
            sum += ((a + e) + (c + g)) + ((b + f) + (d + h));
            if sum > self.eps_squared {
                return false;
            }
        }
        true
    }
}

impl Neighbourhood for EuclideanRows {
    fn len(&self) -> usize {
        self.order.len()
    }

    fn within_eps(&self, point: usize, out: &mut Vec<usize>) {
        let place = self.places[point];
        let (key, row) = (self.keys[place], self.row_at(place));
        let first = self.keys[..place].partition_point(|&other| !self.key_is_near(key, other));
        let end = place + self.keys[place..].partition_point(|&other| self.key_is_near(key, other));
        let near = (first..end).filter(|&other| self.is_near(row, self.row_at(other)));
        out.extend(near.map(|other| self.order[other]));
    }
}

pub(super) fn check_eps(eps: f64) -> Result<(), DbscanError> {
    if eps.is_finite() && eps >= 0.0 { Ok(()) } else { Err(DbscanError::Eps { eps }) }
}

fn most_varied_first(x: ArrayView2<'_, f64>) -> Vec<usize> {
    let mut columns: Vec<usize> = (0..x.ncols()).collect();
    if x.nrows() > 0 {
        let spread = x.var_axis(Axis(0), 0.0);
        columns.sort_by(|&a, &b| spread[b].total_cmp(&spread[a]));
    }
    columns
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
