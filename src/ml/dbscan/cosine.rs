//! Neighbours of sparse rows by cosine distance.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::euclidean::check_eps;
use super::{DbscanError, Neighbourhood};
use crate::linalg::{SparseRow, SparseRows};

/// How far rounding may push a cosine over the edge of eps; a distance is off by some 10⁻¹⁶ for each shared column.
const ROUNDING: f64 = 1e-12;

/// Sparse rows under `1 − a·b / (|a|·|b|) ≤ eps`, up to a rounding of 10⁻¹².
///
/// A row of zeros has no direction: it is at distance 0 from other such rows, and at 1 from all else.
///
/// # Cost
/// Columns are ranked from rare to common. Only the head of a row is indexed: the columns before the point from which
/// on the rest of the row is shorter than `1 − eps`, and so can no longer reach that cosine alone. Two neighbours
/// share a column of both heads. A query walks the lists of its head's columns and computes the cosine of each
/// candidate once. With an eps of 1 or more every row is a candidate.
///
/// # Source
/// The bound is that of Bayardo, Ma, Srikant, "Scaling up all pairs similarity search", WWW 2007.
#[derive(Debug)]
pub struct CosineRows<'a> {
    rows: &'a SparseRows,
    cosine_min: f64,
    /// length of each row
    norms: Vec<f64>,
    /// head columns of each row, one row after the other
    heads: Vec<u32>,
    head_ends: Vec<usize>,
    /// rows by head column: those of column `c` are `postings[c]..postings[c + 1]` of `posted`
    posted: Vec<u32>,
    postings: Vec<usize>,
    zero_rows: Vec<usize>,
    scratch: Mutex<Scratch>,
}

/// What a query writes on: kept between queries, clean after each.
#[derive(Debug)]
struct Scratch {
    /// values of the queried row by column
    values: Vec<f64>,
    is_candidate: Vec<bool>,
    candidates: Vec<u32>,
}

impl<'a> CosineRows<'a> {
    /// `rows` with the radius `eps`, inclusive; 0 is the same direction, 1 a right angle, 2 the opposite.
    ///
    /// # Errors
    /// [`Eps`](DbscanError::Eps): the radius is negative or not finite. [`SparseRows`] hold finite numbers only.
    pub fn new(rows: &'a SparseRows, eps: f64) -> Result<Self, DbscanError> {
        check_eps(eps)?;
        let cosine_min = 1.0 - eps - ROUNDING;
        let norms: Vec<f64> = rows.rows().map(SparseRow::norm).collect();
        let zero_rows = (0..rows.n_rows()).filter(|&row| norms[row] == 0.0).collect();
        let (heads, head_ends) = heads(rows, &norms, cosine_min);
        let (posted, postings) = postings(&heads, &head_ends, rows.n_columns());
        let scratch = Mutex::new(Scratch {
            values: vec![0.0; rows.n_columns()],
            is_candidate: vec![false; rows.n_rows()],
            candidates: Vec::new(),
        });
        Ok(Self { rows, cosine_min, norms, heads, head_ends, posted, postings, zero_rows, scratch })
    }

    fn collect_candidates(&self, row: usize, scratch: &mut Scratch) {
        for &column in &self.heads[span(&self.head_ends, row)] {
            let column = column as usize;
            for &other in &self.posted[self.postings[column]..self.postings[column + 1]] {
                if !std::mem::replace(&mut scratch.is_candidate[other as usize], true) {
                    scratch.candidates.push(other);
                }
            }
        }
    }

    /// The sum runs over the candidate's columns in ascending order; where the query has none it adds zero.
    fn is_near(&self, row: usize, other: usize, values: &[f64]) -> bool {
        let cells = self.rows.row(other).cells();
        let dot: f64 =
            cells.map(|(column, value)| values[column as usize] * (value / self.norms[other])).sum();
        row == other || dot >= self.cosine_min
    }
}

impl Neighbourhood for CosineRows<'_> {
    fn len(&self) -> usize {
        self.norms.len()
    }

    fn within_eps(&self, point: usize, out: &mut Vec<usize>) {
        let is_right_angle_near = self.cosine_min <= 0.0;
        if self.norms[point] == 0.0 && is_right_angle_near {
            return out.extend(0..self.len());
        }
        if self.norms[point] == 0.0 {
            return out.extend(&self.zero_rows);
        }
        let mut scratch = self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        let scratch = &mut *scratch;
        for (column, value) in self.rows.row(point).cells() {
            scratch.values[column as usize] = value / self.norms[point];
        }
        if is_right_angle_near {
            let near =
                |&other: &usize| self.norms[other] == 0.0 || self.is_near(point, other, &scratch.values);
            out.extend((0..self.len()).filter(near));
        } else {
            self.collect_candidates(point, scratch);
            for other in scratch.candidates.drain(..).map(|other| other as usize) {
                scratch.is_candidate[other] = false;
                if self.is_near(point, other, &scratch.values) {
                    out.push(other);
                }
            }
        }
        for &column in self.rows.row(point).columns() {
            scratch.values[column as usize] = 0.0;
        }
    }
}

fn span(ends: &[usize], at: usize) -> Range<usize> {
    at.checked_sub(1).map_or(0, |before| ends[before])..ends[at]
}

/// For each row its columns from rare to common, up to where the rest is shorter than `cosine_min`.
fn heads(rows: &SparseRows, norms: &[f64], cosine_min: f64) -> (Vec<u32>, Vec<usize>) {
    let mut n_rows_with = vec![0_u32; rows.n_columns()];
    rows.rows().flat_map(SparseRow::columns).for_each(|&column| n_rows_with[column as usize] += 1);
    let (mut heads, mut ends, mut cells) = (Vec::new(), Vec::with_capacity(rows.n_rows()), Vec::new());
    for (row, &norm) in rows.rows().zip(norms) {
        cells.clear();
        cells.extend(
            row.cells().filter(|&(_, value)| value != 0.0).map(|(c, value)| (c, (value / norm).powi(2))),
        );
        cells.sort_by_key(|&(column, _)| (n_rows_with[column as usize], column));
        let mut rest = 0.0;
        while let Some(&(_, square)) = cells.last().filter(|(_, square)| within(rest + square, cosine_min)) {
            rest += square;
            cells.pop();
        }
        heads.extend(cells.iter().map(|&(column, _)| column));
        ends.push(heads.len());
    }
    (heads, ends)
}

/// Whether a rest of this squared length stays below the cosine by more than rounding.
fn within(rest_squared: f64, cosine_min: f64) -> bool {
    rest_squared.sqrt() < cosine_min - ROUNDING
}

/// Rows by head column, a counting sort: rows of one column ascend.
fn postings(heads: &[u32], head_ends: &[usize], n_columns: usize) -> (Vec<u32>, Vec<usize>) {
    let mut starts = vec![0; n_columns + 1];
    heads.iter().for_each(|&column| starts[column as usize + 1] += 1);
    for column in 0..n_columns {
        starts[column + 1] += starts[column];
    }
    let (mut posted, mut next) = (vec![0; heads.len()], starts.clone());
    for row in 0..head_ends.len() {
        for &column in &heads[span(head_ends, row)] {
            posted[next[column as usize]] = u32::try_from(row).expect("rows are numbered in 32 bits");
            next[column as usize] += 1;
        }
    }
    (posted, starts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ml::rng::Random;

    fn sparse(n_columns: usize, rows: &[&[(u32, f64)]]) -> SparseRows {
        let mut out = SparseRows::new(n_columns);
        rows.iter().for_each(|row| out.push(row.iter().copied()).unwrap());
        out
    }

    fn neighbours(rows: &SparseRows, eps: f64, point: usize) -> Vec<usize> {
        let mut out = Vec::new();
        CosineRows::new(rows, eps).unwrap().within_eps(point, &mut out);
        out.sort_unstable();
        out
    }

    #[test]
    fn radius_is_inclusive_and_length_does_not_matter() {
        // cosines with row 0: 0.6, 1 (ten times as long), 0
        let rows = sparse(2, &[&[(0, 1.0)], &[(0, 3.0), (1, 4.0)], &[(0, 10.0)], &[(1, 2.0)]]);
        assert_eq!(neighbours(&rows, 0.4, 0), [0, 1, 2]);
        assert_eq!(neighbours(&rows, 0.39, 0), [0, 2]);
        assert_eq!(neighbours(&rows, 1.0, 0), [0, 1, 2, 3]);
    }

    #[test]
    fn zero_rows_are_near_each_other_and_at_a_right_angle_to_the_rest() {
        let rows = sparse(2, &[&[], &[(0, 1.0)], &[(1, 0.0)]]);
        assert_eq!(neighbours(&rows, 0.5, 0), [0, 2]);
        assert_eq!(neighbours(&rows, 0.5, 1), [1]);
        assert_eq!(neighbours(&rows, 1.0, 1), [0, 1, 2]);
        assert_eq!(neighbours(&rows, 1.0, 2), [0, 1, 2]);
    }

    #[test]
    fn index_finds_what_comparing_all_pairs_finds() {
        let mut random = Random::new(1, 0);
        let mut rows = SparseRows::new(12);
        for _ in 0..200 {
            // column c is in a row with probability 1/(c+1), so that some columns are common and some are rare
            let columns: Vec<u32> = (0..12).filter(|&c| random.below(c + 1) == 0).map(|c| c as u32).collect();
            rows.push(columns.into_iter().map(|c| (c, random.unit() - 0.3)).collect::<Vec<_>>()).unwrap();
        }
        for eps in [0.0, 0.05, 0.3, 0.7, 0.99, 1.0, 1.4, 2.0] {
            for point in 0..rows.n_rows() {
                let near = |&other: &usize| 1.0 - rows.row(point).cosine(rows.row(other)) <= eps + ROUNDING;
                let all_pairs: Vec<usize> = (0..rows.n_rows()).filter(near).collect();
                assert_eq!(neighbours(&rows, eps, point), all_pairs, "eps {eps}, point {point}");
            }
        }
    }
}
