//! Colours, sizes and the rectangles of the page.

use super::place::{Axis, Placement};

/// Red, green, blue.
pub(super) type Colour = (u8, u8, u8);

/// Colours of the largest patterns, largest first: those of Okabe and Ito that stand out from white and
/// from the ring's red, then indigo and olive of Paul Tol's muted set. Told apart with any of the three
/// colour blindnesses.
pub(super) const PATTERNS: [Colour; 7] = [
    (0, 114, 178),
    (230, 159, 0),
    (0, 158, 115),
    (86, 180, 233),
    (204, 121, 167),
    (51, 34, 136),
    (153, 153, 51),
];
/// Patterns beyond the largest.
pub(super) const OTHER: Colour = (78, 88, 102);
/// Lines of no pattern.
pub(super) const NOISE: Colour = (160, 160, 160);
/// The one strong colour: outliers and the line they lie above.
pub(super) const ALARM: Colour = (200, 16, 46);
/// Lines by level, least serious first: none of a problem, warnings, errors. Vermillion of Okabe and Ito beside a pale yellow
/// differs in lightness as well.
pub(super) const LEVELS: [Colour; 3] = [(186, 194, 204), (240, 195, 90), (213, 94, 0)];
/// Letters.
pub(super) const INK: Colour = (33, 37, 41);
/// Letters of the second rank, axes.
pub(super) const PALE_INK: Colour = (96, 103, 112);
/// Grid.
pub(super) const GRID: Colour = (232, 234, 237);
/// Behind the lines without a time.
pub(super) const STRIP: Colour = (246, 247, 249);
/// The page.
pub(super) const PAPER: Colour = (255, 255, 255);

/// A rectangle of pixels, both corners inside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    /// Left edge.
    pub(super) left: i32,
    /// Upper edge.
    pub(super) top: i32,
    /// Right edge.
    pub(super) right: i32,
    /// Lower edge.
    pub(super) bottom: i32,
}

impl Rect {
    /// Whether the two share a pixel.
    pub(super) const fn meets(self, other: Self) -> bool {
        self.left <= other.right
            && other.left <= self.right
            && self.top <= other.bottom
            && other.top <= self.bottom
    }

    /// Whether `inner` lies inside, edges included.
    pub(super) const fn holds(self, inner: Self) -> bool {
        self.left <= inner.left
            && inner.right <= self.right
            && self.top <= inner.top
            && inner.bottom <= self.bottom
    }
}

/// Left edge of the titles.
pub(super) const MARGIN_PX: i32 = 24;
/// Left edge of the legend, right of the plot.
pub(super) const LEGEND_LEFT_PX: i32 = 922;

const PLOT: Rect = Rect { left: 78, top: 136, right: 896, bottom: 520 };
/// Rows of the strip that shows how many lines came when.
const RATE_ROWS: (i32, i32) = (76, 122);
const STRIP_WIDTH_PX: i32 = 84;
const GAP_PX: i32 = 12;

/// Where lines are drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Panels {
    /// Lines with a time, or all by number.
    pub(super) main: Rect,
    /// Lines without a time, where others have one.
    pub(super) strip: Option<Rect>,
    /// How many lines came when, above the main panel.
    pub(super) rate: Rect,
}

impl Panels {
    /// Gives the strip its room only where it is needed.
    pub(super) fn new(placement: &Placement) -> Self {
        if placement.n_untimed == 0 || !matches!(placement.axis, Axis::Time(_)) {
            return Self { main: PLOT, strip: None, rate: above(PLOT) };
        }
        let strip = Rect { right: PLOT.left + STRIP_WIDTH_PX, ..PLOT };
        let main = Rect { left: strip.right + GAP_PX, ..PLOT };
        Self { main, strip: Some(strip), rate: above(main) }
    }

    /// Strip and main panel together.
    pub(super) const fn whole() -> Rect {
        PLOT
    }
}

const fn above(panel: Rect) -> Rect {
    Rect { top: RATE_ROWS.0, bottom: RATE_ROWS.1, ..panel }
}
