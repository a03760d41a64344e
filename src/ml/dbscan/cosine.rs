//! Neighbours of sparse rows by cosine distance.

use std::sync::{Mutex, PoisonError};

use super::candidates::Candidates;
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
/// A query compares the row with those that share the columns without which no cosine reaches `1 − eps`, as `Candidates` has
/// it, each once. With an eps of 1 or more every row is one of them. Where many rows share many columns the queries
/// for all rows cost the square of their number, unless [`CosineRows::comparing_at_most`] ends them.
#[derive(Debug)]
pub struct CosineRows<'a> {
    rows: &'a SparseRows,
    cosine_min: f64,
    /// length of each row
    norms: Vec<f64>,
    /// `None` where rows at a right angle are near, and so all are to be compared
    candidates: Option<Candidates>,
    /// candidates that a query looks at
    max_candidates: usize,
    zero_rows: Vec<usize>,
    scratch: Mutex<Scratch>,
}

/// What a query writes on: kept between queries, clean after each but for the count.
#[derive(Debug)]
struct Scratch {
    /// values of the queried row by column
    values: Vec<f64>,
    is_candidate: Vec<bool>,
    candidates: Vec<usize>,
    /// queries that were ended before they had looked at all candidates
    n_ended: usize,
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
        let candidates = (cosine_min > 0.0).then(|| Candidates::new(rows, &norms, cosine_min));
        let scratch = Mutex::new(Scratch {
            values: vec![0.0; rows.n_columns()],
            is_candidate: vec![false; rows.n_rows()],
            candidates: Vec::new(),
            n_ended: 0,
        });
        Ok(Self { rows, cosine_min, norms, candidates, max_candidates: usize::MAX, zero_rows, scratch })
    }

    /// The same, where the queries for all rows look at `max` candidates in all: each at its share of them, those by rare
    /// columns first, so that it finds the same neighbours whatever was asked before. Exact for up to `sqrt(max)` rows.
    /// Radii of 1 and more know no candidates and are not bounded.
    #[must_use]
    pub fn comparing_at_most(self, max: usize) -> Self {
        Self { max_candidates: max / self.norms.len().max(1), ..self }
    }

    /// Queries so far that were ended before they had looked at all candidates, and may lack neighbours.
    pub fn n_ended(&self) -> usize {
        self.scratch.lock().unwrap_or_else(PoisonError::into_inner).n_ended
    }

    /// Which row within eps of another row with the same columns is nearest to it, the first of several.
    ///
    /// # Panics
    /// Where the row has a column that these rows do not have.
    pub fn nearest(&self, row: SparseRow<'_>) -> Option<usize> {
        let norm = row.norm();
        let mut scratch = self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        let scratch = &mut *scratch;
        match &self.candidates {
            _ if norm == 0.0 => {}
            None => scratch.candidates.extend(0..self.len()),
            Some(candidates) => scratch.collect(candidates, row, norm, self.max_candidates),
        }
        row.cells().for_each(|(column, value)| scratch.values[column as usize] = value / norm);
        let mut nearest: Option<(f64, usize)> = None;
        for other in scratch.candidates.drain(..) {
            scratch.is_candidate[other] = false;
            let cosine = self.cosine(other, &scratch.values);
            let is_nearer =
                nearest.is_none_or(|(most, first)| cosine > most || cosine == most && other < first);
            if cosine >= self.cosine_min && is_nearer {
                nearest = Some((cosine, other));
            }
        }
        row.columns().iter().for_each(|&column| scratch.values[column as usize] = 0.0);
        nearest.map(|(_, other)| other)
    }

    fn is_near(&self, row: usize, other: usize, values: &[f64]) -> bool {
        row == other || self.cosine(other, values) >= self.cosine_min
    }

    /// With the row whose values, over its length, are `values`. The sum runs over the candidate's columns in ascending order;
    /// where the query has none it adds zero.
    fn cosine(&self, other: usize, values: &[f64]) -> f64 {
        let cells = self.rows.row(other).cells();
        cells.map(|(column, value)| values[column as usize] * (value / self.norms[other])).sum()
    }
}

impl Scratch {
    /// Appends the candidates of a row, each once.
    fn collect(&mut self, candidates: &Candidates, row: SparseRow<'_>, norm: f64, max: usize) {
        let Self { is_candidate, candidates: found, n_ended, .. } = self;
        let take = |other: usize| {
            let is_new = !std::mem::replace(&mut is_candidate[other], true);
            if is_new {
                found.push(other);
            }
            is_new
        };
        *n_ended += usize::from(!candidates.of_row(row, norm, max, take));
    }
}

impl Neighbourhood for CosineRows<'_> {
    fn len(&self) -> usize {
        self.norms.len()
    }

    fn within_eps(&self, point: usize, out: &mut Vec<usize>) {
        if self.norms[point] == 0.0 {
            return match self.candidates {
                None => out.extend(0..self.len()),
                Some(_) => out.extend(&self.zero_rows),
            };
        }
        let mut scratch = self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        let scratch = &mut *scratch;
        for (column, value) in self.rows.row(point).cells() {
            scratch.values[column as usize] = value / self.norms[point];
        }
        match &self.candidates {
            None => {
                let near =
                    |&other: &usize| self.norms[other] == 0.0 || self.is_near(point, other, &scratch.values);
                out.extend((0..self.len()).filter(near));
            }
            Some(candidates) => {
                // It is its own neighbour, however few are looked at.
                scratch.is_candidate[point] = true;
                scratch.candidates.push(point);
                scratch.collect(candidates, self.rows.row(point), self.norms[point], self.max_candidates);
                for other in scratch.candidates.drain(..) {
                    scratch.is_candidate[other] = false;
                    if self.is_near(point, other, &scratch.values) {
                        out.push(other);
                    }
                }
            }
        }
        for &column in self.rows.row(point).columns() {
            scratch.values[column as usize] = 0.0;
        }
    }
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

    fn all_pairs(rows: &SparseRows, eps: f64, point: usize) -> Vec<usize> {
        let near = |&other: &usize| 1.0 - rows.row(point).cosine(rows.row(other)) <= eps + ROUNDING;
        (0..rows.n_rows()).filter(near).collect()
    }

    /// 8 of 20 columns of about the same weight: every column is in hundreds of rows, and lists are split three times.
    fn alike_rows(n_rows: usize) -> SparseRows {
        let mut random = Random::new(3, 0);
        let mut rows = SparseRows::new(20);
        for _ in 0..n_rows {
            let mut columns = std::collections::BTreeSet::new();
            while columns.len() < 8 {
                columns.insert(random.below(20) as u32);
            }
            rows.push(columns.into_iter().map(|c| (c, 1.0 + f64::from(c) / 40.0)).collect::<Vec<_>>())
                .unwrap();
        }
        rows
    }

    #[test]
    fn long_lists_are_split_without_losing_a_neighbour() {
        let rows = alike_rows(1500);
        let mut n_near = 0;
        for eps in [0.05, 0.1, 0.3, 0.5] {
            let points = CosineRows::new(&rows, eps).unwrap();
            assert!(points.candidates.as_ref().unwrap().n_split() > 10);
            for point in (0..rows.n_rows()).step_by(7) {
                let mut near = Vec::new();
                points.within_eps(point, &mut near);
                near.sort_unstable();
                n_near += near.len();
                assert_eq!(near, all_pairs(&rows, eps, point), "eps {eps}, point {point}");
            }
        }
        assert!(n_near > 4000, "{n_near}: the rows have neighbours");
    }

    #[test]
    fn the_nearest_row_is_that_of_all_pairs_and_none_where_none_is_within_eps() {
        let (rows, others) = (alike_rows(1500), alike_rows(1600));
        let points = CosineRows::new(&rows, 0.2).unwrap();
        let mut n_near = 0;
        for row in others.rows().skip(1500) {
            let cosines: Vec<f64> = rows.rows().map(|other| row.cosine(other)).collect();
            let most = cosines.iter().copied().fold(0.0, f64::max);
            let nearest = points.nearest(row);
            n_near += usize::from(nearest.is_some());
            match nearest {
                Some(other) => assert!((cosines[other] - most).abs() < 1e-9),
                None => assert!(1.0 - most > 0.2 - 1e-9, "{most}"),
            }
        }
        assert!((1..100).contains(&n_near), "{n_near}");
    }

    #[test]
    fn a_query_that_is_ended_finds_only_what_is_near_and_is_told() {
        let rows = alike_rows(1500);
        let (all, few) = (
            CosineRows::new(&rows, 0.3).unwrap().comparing_at_most(1500 * 1500),
            CosineRows::new(&rows, 0.3).unwrap().comparing_at_most(1500 * 4),
        );
        for point in 0..rows.n_rows() {
            let (mut of_all, mut of_few) = (Vec::new(), Vec::new());
            all.within_eps(point, &mut of_all);
            few.within_eps(point, &mut of_few);
            assert!(of_few.contains(&point) && of_few.len() <= 5);
            assert!(of_few.iter().all(|near| of_all.contains(near)));
        }
        assert_eq!(all.n_ended(), 0);
        assert!(few.n_ended() > 1000, "{}", few.n_ended());
    }
}
