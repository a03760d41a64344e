//! Sparse rows in one allocation per part (CSR): TF-IDF vectors and whatever else is mostly zero.

use thiserror::Error;

/// Why a row is not taken into [`SparseRows`].
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SparseRowsError {
    /// A row's columns do not ascend strictly.
    #[error("columns of a sparse row must ascend, got {column} after {before}")]
    ColumnOrder {
        /// the column that was read before
        before: u32,
        /// the column that does not follow it
        column: u32,
    },
    /// A column is beyond the matrix.
    #[error("sparse rows here have {n_columns} columns, got column {column}")]
    ColumnRange {
        /// the column given
        column: u32,
        /// how many there are
        n_columns: usize,
    },
    /// A NaN or an infinity.
    #[error("row {row}, column {column} is {value}: sparse rows hold finite numbers")]
    NotFinite {
        /// the row's position
        row: usize,
        /// the cell's column
        column: u32,
        /// what it holds
        value: f64,
    },
}

/// Sparse matrix by rows: `n_rows × n_columns`, every value finite, columns of a row strictly ascending.
///
/// # Example
/// ```
/// use oddlog::linalg::SparseRows;
///
/// let mut rows = SparseRows::new(3);
/// rows.push([(0, 3.0), (2, 4.0)])?;
/// rows.push([(0, 1.0)])?;
/// assert_eq!(rows.row(0).dot(rows.row(1)), 3.0);
/// assert_eq!(rows.row(0).cosine(rows.row(1)), 0.6);
/// # Ok::<(), oddlog::linalg::SparseRowsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SparseRows {
    n_columns: usize,
    ends: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f64>,
}

impl SparseRows {
    /// No rows yet, `n_columns` wide.
    pub fn new(n_columns: usize) -> Self {
        Self { n_columns, ends: Vec::new(), columns: Vec::new(), values: Vec::new() }
    }

    /// Appends a row of `(column, value)` in ascending order of column; what is left out is zero.
    ///
    /// # Errors
    /// Every variant of [`SparseRowsError`]; the rows are then as before.
    pub fn push(&mut self, row: impl IntoIterator<Item = (u32, f64)>) -> Result<(), SparseRowsError> {
        let start = self.columns.len();
        for (column, value) in row {
            if let Err(error) = self.check(start, column, value) {
                self.columns.truncate(start);
                self.values.truncate(start);
                return Err(error);
            }
            self.columns.push(column);
            self.values.push(value);
        }
        self.ends.push(self.columns.len());
        Ok(())
    }

    fn check(&self, start: usize, column: u32, value: f64) -> Result<(), SparseRowsError> {
        if let Some(&before) = self.columns[start..].last().filter(|&&before| before >= column) {
            return Err(SparseRowsError::ColumnOrder { before, column });
        }
        if column as usize >= self.n_columns {
            return Err(SparseRowsError::ColumnRange { column, n_columns: self.n_columns });
        }
        if !value.is_finite() {
            return Err(SparseRowsError::NotFinite { row: self.n_rows(), column, value });
        }
        Ok(())
    }

    /// How many rows there are.
    pub fn n_rows(&self) -> usize {
        self.ends.len()
    }

    /// How many columns there are.
    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// Row `row`, counted from 0; panics beyond the last, as indexing does.
    pub fn row(&self, row: usize) -> SparseRow<'_> {
        let cells = row.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[row];
        SparseRow { columns: &self.columns[cells.clone()], values: &self.values[cells] }
    }

    /// The rows in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = SparseRow<'_>> {
        (0..self.n_rows()).map(|row| self.row(row))
    }
}

/// One row of [`SparseRows`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SparseRow<'a> {
    columns: &'a [u32],
    values: &'a [f64],
}

impl<'a> SparseRow<'a> {
    /// Columns of the stored cells, ascending.
    pub fn columns(self) -> &'a [u32] {
        self.columns
    }

    /// Values of the stored cells, in the order of [`columns`](Self::columns).
    pub fn values(self) -> &'a [f64] {
        self.values
    }

    /// The stored cells as `(column, value)`.
    pub fn cells(self) -> impl ExactSizeIterator<Item = (u32, f64)> + 'a {
        self.columns.iter().copied().zip(self.values.iter().copied())
    }

    /// `Σ aᵢ·bᵢ`, summed in ascending order of column: `a.dot(b)` and `b.dot(a)` are the same bits.
    pub fn dot(self, other: SparseRow<'_>) -> f64 {
        let (mut sum, mut theirs) = (0.0, other.cells().peekable());
        for (column, value) in self.cells() {
            while theirs.next_if(|&(their_column, _)| their_column < column).is_some() {}
            if let Some((_, their_value)) = theirs.next_if(|&(their_column, _)| their_column == column) {
                sum += value * their_value;
            }
        }
        sum
    }

    /// Euclidean length `sqrt(Σ aᵢ²)`; neither overflows nor vanishes where the result does not.
    pub fn norm(self) -> f64 {
        let largest = self.values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        if largest == 0.0 {
            return 0.0;
        }
        largest * self.values.iter().map(|value| (value / largest).powi(2)).sum::<f64>().sqrt()
    }

    /// `a·b / (|a|·|b|)`, in `[-1, 1]`: 1 for the same direction; 0 if one row is all zeros, 1 if both are.
    pub fn cosine(self, other: SparseRow<'_>) -> f64 {
        let (a, b) = (self.norm(), other.norm());
        if a == 0.0 || b == 0.0 {
            return f64::from(u8::from(a == b));
        }
        (self.dot(other) / a / b).clamp(-1.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dot_product_counts_shared_columns_only() {
        let mut rows = SparseRows::new(6);
        rows.push([(0, 1.0), (2, 2.0), (5, 3.0)]).unwrap();
        rows.push([(1, 7.0), (2, 10.0), (5, 100.0)]).unwrap();
        rows.push([]).unwrap();
        assert_eq!(rows.row(0).dot(rows.row(1)), 2.0 * 10.0 + 3.0 * 100.0);
        assert_eq!(rows.row(1).dot(rows.row(0)), 320.0);
        assert_eq!(rows.row(0).dot(rows.row(2)), 0.0);
    }

    #[test]
    fn cosine_of_zero_rows_is_one_among_themselves_and_zero_else() {
        let mut rows = SparseRows::new(2);
        rows.push([]).unwrap();
        rows.push([(1, 0.0)]).unwrap();
        rows.push([(1, 5.0)]).unwrap();
        assert_eq!(rows.row(0).cosine(rows.row(1)), 1.0);
        assert_eq!(rows.row(0).cosine(rows.row(2)), 0.0);
    }

    #[test]
    fn norm_of_huge_and_tiny_values_is_finite_and_not_zero() {
        let mut rows = SparseRows::new(2);
        rows.push([(0, 3e200), (1, 4e200)]).unwrap();
        rows.push([(0, 3e-200), (1, 4e-200)]).unwrap();
        assert!((rows.row(0).norm() / 5e200 - 1.0).abs() < 1e-15);
        assert!((rows.row(1).norm() / 5e-200 - 1.0).abs() < 1e-15);
    }

    #[test]
    fn refused_row_leaves_the_rows_as_they_were() {
        let mut rows = SparseRows::new(3);
        rows.push([(1, 1.0)]).unwrap();
        let before = rows.clone();
        let order = rows.push([(1, 1.0), (1, 2.0)]).unwrap_err();
        assert_eq!(order, SparseRowsError::ColumnOrder { before: 1, column: 1 });
        let range = rows.push([(0, 1.0), (3, 2.0)]).unwrap_err();
        assert_eq!(range, SparseRowsError::ColumnRange { column: 3, n_columns: 3 });
        let message = rows.push([(0, 1.0), (2, f64::NAN)]).unwrap_err().to_string();
        assert_eq!(message, "row 1, column 2 is NaN: sparse rows hold finite numbers");
        assert_eq!(rows, before);
    }
}
