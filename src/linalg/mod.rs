//! Rows of numbers: sparse rows with dot product and cosine, and the distinct rows of a matrix with their counts.

mod distinct;
mod finite;
mod sparse;

pub use distinct::DistinctRows;
pub use finite::first_not_finite;
pub use sparse::{SparseRow, SparseRows, SparseRowsError};
