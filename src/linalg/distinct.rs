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
        let x = x.as_standard_layout();
        let row = |row: usize| x.row(row).to_slice().expect("rows are in standard layout");
        let hash = |at: usize| hash(row(at).iter().map(|&value| bits(value)));
        let are_equal = |a: usize, b: usize| row(a).iter().zip(row(b)).all(|(&a, &b)| bits(a) == bits(b));
        Self::by(x.nrows(), hash, are_equal)
    }

    /// Distinct rows of a sparse matrix, `O(stored cells)`; a stored zero is no cell.
    pub fn of_sparse(rows: &SparseRows) -> Self {
        let cells = |row: usize| {
            let stored = rows.row(row).cells().filter(|&(_, value)| value != 0.0);
            stored.flat_map(|(column, value)| [u64::from(column), bits(value)])
        };
        Self::by(rows.n_rows(), |row| hash(cells(row)), |a, b| cells(a).eq(cells(b)))
    }

    fn by(n_rows: usize, hash: impl Fn(usize) -> u64, are_equal: impl Fn(usize, usize) -> bool) -> Self {
        let mut numbers: FxHashMap<u64, usize> = FxHashMap::default();
        let mut distinct = Self { first: Vec::new(), counts: Vec::new(), of_row: Vec::with_capacity(n_rows) };
        for row in 0..n_rows {
            let mut key = hash(row);
            let number = loop {
                let number = *numbers.entry(key).or_insert(distinct.first.len());
                if number == distinct.first.len() {
                    distinct.first.push(row);
                    distinct.counts.push(0);
                }
                if are_equal(distinct.first[number], row) {
                    break number;
                }
                // another row has this hash: look at the next place
                key = key.wrapping_add(1);
            };
            distinct.counts[number] += 1;
            distinct.of_row.push(number);
        }
        distinct
    }

    /// What holds for the distinct rows, for every row of the matrix.
    pub fn spread<T: Clone>(&self, of_distinct: &[T]) -> Vec<T> {
        self.of_row.iter().map(|&number| of_distinct[number].clone()).collect()
    }
}

/// Equal numbers have equal bits: adding `0.0` turns `-0.0` into `0.0` and changes nothing else.
fn bits(value: f64) -> u64 {
    (value + 0.0).to_bits()
}

/// The multiplier of MurmurHash's finaliser: odd, with its bits well spread.
const MULTIPLIER: u64 = 0xFF51_AFD7_ED55_8CCD;

/// A hash of the words in order; two lanes, so that one multiplication need not wait for the other.
fn hash(words: impl Iterator<Item = u64>) -> u64 {
    let mut lanes = [1, 2];
    for (at, word) in words.enumerate() {
        let lane = &mut lanes[at % 2];
        *lane = (*lane ^ word).wrapping_mul(MULTIPLIER).rotate_left(29);
    }
    (lanes[0] ^ lanes[1].rotate_left(32)).wrapping_mul(MULTIPLIER)
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
    fn rows_of_equal_hash_are_told_apart() {
        let rows = ["seven", "eight", "seven", "nine", "eight"];
        let distinct = DistinctRows::by(5, |_| 0, |a, b| rows[a] == rows[b]);
        assert_eq!(distinct.of_row, [0, 1, 0, 2, 1]);
        assert_eq!(distinct.counts, [2, 2, 1]);
        assert_eq!(distinct.spread(&["seven", "eight", "nine"]), rows);
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
