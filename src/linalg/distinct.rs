//! Equal rows counted once: most log lines repeat, and a kernel that takes weights need see each only once.

use ndarray::ArrayView2;
use rustc_hash::FxHashMap;

use super::SparseRows;

/// The distinct rows of a matrix in order of first appearance, and where each row went.
///
/// Rows are equal if their cells are equal as numbers (`0.0` and `-0.0` are); a NaN equals itself here.
///
/// # Example
/// ```
/// use ndarray::array;
/// use oddlog::linalg::DistinctRows;
///
/// let distinct = DistinctRows::of(array![[1.0, 2.0], [3.0, 4.0], [1.0, 2.0]].view());
/// assert_eq!(distinct.first, [0, 1]);
/// assert_eq!(distinct.counts, [2, 1]);
/// assert_eq!(distinct.of_row, [0, 1, 0]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistinctRows {
    /// for each distinct row, the position at which it first appears
    pub first: Vec<usize>,
    /// for each distinct row, how often it appears
    pub counts: Vec<u64>,
    /// for each row of the matrix, the number of its distinct row
    pub of_row: Vec<usize>,
}

impl DistinctRows {
    /// Distinct rows of a dense matrix, `O(cells)`.
    pub fn of(x: ArrayView2<'_, f64>) -> Self {
        Self::of_keys(x.rows().into_iter().map(|row| row.iter().map(|&value| bits(value)).collect()))
    }

    /// Distinct rows of a sparse matrix, `O(stored cells)`; a stored zero is no cell.
    pub fn of_sparse(rows: &SparseRows) -> Self {
        Self::of_keys(rows.rows().map(|row| {
            let stored = row.cells().filter(|&(_, value)| value != 0.0);
            stored.flat_map(|(column, value)| [u64::from(column), bits(value)]).collect()
        }))
    }

    fn of_keys(keys: impl Iterator<Item = Vec<u64>>) -> Self {
        let mut numbers: FxHashMap<Vec<u64>, usize> = FxHashMap::default();
        let mut distinct = Self { first: Vec::new(), counts: Vec::new(), of_row: Vec::new() };
        for (row, key) in keys.enumerate() {
            let number = *numbers.entry(key).or_insert(distinct.first.len());
            if number == distinct.first.len() {
                distinct.first.push(row);
                distinct.counts.push(0);
            }
            distinct.counts[number] += 1;
            distinct.of_row.push(number);
        }
        distinct
    }
}

/// Equal numbers have equal bits: adding `0.0` turns `-0.0` into `0.0` and changes nothing else.
fn bits(value: f64) -> u64 {
    (value + 0.0).to_bits()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn negative_zero_equals_zero() {
        let distinct = DistinctRows::of(array![[0.0], [-0.0], [1.0]].view());
        assert_eq!(distinct.counts, [2, 1]);
    }

    #[test]
    fn sparse_rows_differ_by_column_and_by_value() {
        let mut rows = SparseRows::new(3);
        for row in [vec![(0, 1.0)], vec![(1, 1.0)], vec![(0, 2.0)], vec![(0, 1.0), (2, 0.0)]] {
            rows.push(row).unwrap();
        }
        assert_eq!(DistinctRows::of_sparse(&rows).of_row, [0, 1, 2, 0]);
    }
}
