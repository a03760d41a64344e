//! How many dots a rectangle covers, and whether it touches a ring, answered at once for any rectangle.

use super::points::{Marks, outlier_radius};
use super::style::Rect;
use super::{HEIGHT_PX, WIDTH_PX};

const CELL_PX: i32 = 2;
const N_COLUMNS: usize = (WIDTH_PX as usize).div_ceil(CELL_PX as usize);
const N_ROWS: usize = (HEIGHT_PX as usize).div_ceil(CELL_PX as usize);

/// Where the lines of a report stand.
pub(super) struct Crowd {
    ordinary: Sums,
    outliers: Sums,
    /// Pixels from the middle of a ring to its edge.
    reach: i32,
}

impl Crowd {
    /// Counts all dots.
    pub(super) fn new(marks: &Marks) -> Self {
        Self {
            ordinary: Sums::new(marks.ordinary_places()),
            outliers: Sums::new(marks.outliers.iter().map(|mark| (mark.x, mark.y))),
            reach: outlier_radius(marks.outliers.len()).ceil() as i32,
        }
    }

    /// Ordinary dots whose middle lies in `rect`.
    pub(super) fn dots(&self, rect: Rect) -> u32 {
        self.ordinary.count(rect)
    }

    /// Rings that reach into `rect`.
    pub(super) fn rings(&self, rect: Rect) -> u32 {
        let Self { reach, .. } = *self;
        self.outliers.count(Rect {
            left: rect.left - reach,
            right: rect.right + reach,
            top: rect.top - reach,
            bottom: rect.bottom + reach,
        })
    }

    /// Pixels from the middle of a ring to its edge.
    pub(super) const fn reach(&self) -> i32 {
        self.reach
    }
}

/// Places by cells of two pixels, summed from the upper left corner (a summed-area table: Crow 1984,
/// doi:10.1145/800031.808600).
struct Sums {
    /// `sums[row][column]`: places in the cells above and to the left.
    sums: Vec<[u32; N_COLUMNS + 1]>,
}

impl Sums {
    fn new(places: impl Iterator<Item = (i32, i32)>) -> Self {
        let mut sums = vec![[0; N_COLUMNS + 1]; N_ROWS + 1];
        for (x, y) in places {
            sums[cell(y, N_ROWS) + 1][cell(x, N_COLUMNS) + 1] += 1;
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

    /// Places in all cells that `rect` touches.
    fn count(&self, rect: Rect) -> u32 {
        let (top, bottom) = (cell(rect.top, N_ROWS), cell(rect.bottom, N_ROWS) + 1);
        let (left, right) = (cell(rect.left, N_COLUMNS), cell(rect.right, N_COLUMNS) + 1);
        self.sums[bottom][right] + self.sums[top][left] - self.sums[top][right] - self.sums[bottom][left]
    }
}

/// The cell of a pixel, the nearest one if the pixel is off the page.
fn cell(pixel: i32, n_cells: usize) -> usize {
    usize::try_from(pixel / CELL_PX).unwrap_or(0).min(n_cells - 1)
}
