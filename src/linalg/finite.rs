//! The look at the door: kernels take finite numbers only.

use ndarray::ArrayView2;

/// Row, column and value of the first NaN or infinity in row order, if there is one.
///
/// # Example
/// ```
/// use ndarray::array;
/// use oddlog::linalg::first_not_finite;
///
/// assert_eq!(first_not_finite(array![[0.0, 1.0], [2.0, f64::INFINITY]].view()), Some((1, 1, f64::INFINITY)));
/// assert_eq!(first_not_finite(array![[0.0]].view()), None);
/// ```
pub fn first_not_finite(x: ArrayView2<'_, f64>) -> Option<(usize, usize, f64)> {
    // the sum of zeros stays zero, a NaN or an infinity times zero does not: a loop without branches
    let is_finite = |row: &[f64]| row.iter().map(|value| value * 0.0).sum::<f64>() == 0.0;
    for (at, row) in x.rows().into_iter().enumerate() {
        if row.as_slice().is_some_and(is_finite) {
            continue;
        }
        if let Some((column, &value)) = row.iter().enumerate().find(|(_, value)| !value.is_finite()) {
            return Some((at, column, value));
        }
    }
    None
}
