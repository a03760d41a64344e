//! Kernels against reference values of scikit-learn, and laws that hold for any input.
//!
//! The reference values lie beside the repository, not in it: where they are absent these tests say so and pass.

mod dbscan;
mod isolation_forest;
mod tfidf;
mod word2vec;

use serde::de::DeserializeOwned;

/// The reference file `name`, or `None`, saying so, where there is none.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
fn reference<T: DeserializeOwned>(name: &str) -> Option<T> {
    let path = format!("{}/../shared/reference/{name}", env!("CARGO_MANIFEST_DIR"));
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: no reference values at {path}");
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

/// A dense matrix of the rows of a reference case.
fn matrix(rows: &[Vec<f64>]) -> ndarray::Array2<f64> {
    ndarray::Array2::from_shape_fn((rows.len(), rows[0].len()), |(row, column)| rows[row][column])
}
