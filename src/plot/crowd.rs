//! How many dots a rectangle covers, answered at once for any rectangle.

use super::points::Marks;
use super::style::Rect;
use super::{HEIGHT_PX, WIDTH_PX};

const CELL_PX: i32 = 6;
const N_COLUMNS: usize = (WIDTH_PX as usize).div_ceil(CELL_PX as usize);
const N_ROWS: usize = (HEIGHT_PX as usize).div_ceil(CELL_PX as usize);

/// Dots by cells of six pixels, summed from the upper left corner (a summed-area table: Crow 1984,
/// doi:10.1145/800031.808600).
pub(super) struct Crowd {
    /// `sums[row][column]`: dots in the cells above and to the left.
    sums: Vec<[u32; N_COLUMNS + 1]>,
}

impl Crowd {
    /// Counts all dots; an outlier counts three times.
    pub(super) fn new(marks: &Marks) -> Self {
        const OUTLIER_WEIGHT: u32 = 3;
        let mut sums = vec![[0; N_COLUMNS + 1]; N_ROWS + 1];
        let outliers = marks.outliers.iter().map(|mark| ((mark.x, mark.y), OUTLIER_WEIGHT));
        for ((x, y), weight) in marks.ordinary_places().map(|place| (place, 1)).chain(outliers) {
            sums[cell(y, N_ROWS) + 1][cell(x, N_COLUMNS) + 1] += weight;
        }
        for row in 1..=N_ROWS {
            let above = sums[row - 1];
            let mut of_row = 0;
            for (sum, above) in sums[row].iter_mut().zip(above) {
                of_row += *sum;
                *sum = above + of_row;
            }
        }
        Self { sums }
    }

    /// Dots in all cells that `rect` touches.
    pub(super) fn count(&self, rect: Rect) -> u32 {
        let (top, bottom) = (cell(rect.top, N_ROWS), cell(rect.bottom, N_ROWS) + 1);
        let (left, right) = (cell(rect.left, N_COLUMNS), cell(rect.right, N_COLUMNS) + 1);
        self.sums[bottom][right] + self.sums[top][left] - self.sums[top][right] - self.sums[bottom][left]
    }
}

/// The cell of a pixel, the nearest one if the pixel is off the page.
fn cell(pixel: i32, n_cells: usize) -> usize {
    usize::try_from(pixel / CELL_PX).unwrap_or(0).min(n_cells - 1)
}
