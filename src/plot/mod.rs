//! The picture of a report: when the lines were written, how odd each is, and which to look at first.
//!
//! In: a [`Report`]. Out: the bytes of a PNG, the same bytes for the same report. No font, file or screen of
//! the machine is used. Drawn from back to front, each layer in a module of its own:
//!
//! | layer | module |
//! |---|---|
//! | where a line stands in time, and the span shown | `place` |
//! | from times and scores to pixels | `scale` |
//! | round marks of time and number | `ticks` |
//! | paper, grid, axes, titles | `frame` |
//! | bursts, silences and changes, on the time axis | `times` |
//! | ordinary lines by pattern, then outliers in rings | `points` |
//! | names of the top findings, where few dots are | `callouts`, `crowd` |
//! | what the colours mean | `legend` |

mod callouts;
mod canvas;
mod crowd;
mod frame;
mod legend;
mod place;
mod points;
mod scale;
mod style;
mod text;
mod ticks;
mod times;

use plotters::backend::{BitMapBackend, DrawingBackend};
use plotters::drawing::DrawingAreaErrorKind;

use crate::report::Report;

/// Width of the picture in pixels, as the contract has it.
pub const WIDTH_PX: u32 = 1200;
/// Height of the picture in pixels, as the contract has it.
pub const HEIGHT_PX: u32 = 600;

/// Why a picture could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// A shape could not be drawn into memory.
    #[error("the picture could not be drawn")]
    Draw(#[from] DrawingAreaErrorKind<<BitMapBackend<'static> as DrawingBackend>::ErrorType>),
    /// The pixels could not be packed.
    #[error("the picture could not be written as PNG")]
    Encode(#[from] png::EncodingError),
}

/// Draws `report` as a PNG of 1200x600 pixels.
///
/// Time runs to the right, the anomaly score upwards. A dot is a line, its colour the pattern; the seven
/// largest patterns have a colour of their own, the others share one, noise is grey. Outliers are larger, in a
/// red ring and on top of everything; above the dashed line is what the model calls an outlier. Lines
/// without a time stand in a strip at the left, in their order; if no line has a time, x is the line's
/// number. Where many lines meet in a pixel the dot is darker, not larger, so nothing odd is covered.
/// Where changes over time were asked for, a bar below the time axis is a burst, a silence or a number at another level, and
/// a line upon it where an event begins, ends or changes its rate.
/// Scores outside of `[0, 2]` are drawn at the nearer edge, NaN at 0.
///
/// # Errors
/// [`PlotError`], which only a bug can bring about: all is drawn in memory.
///
/// # Cost
/// `O(n log n)` in the lines; 30 ms for 100,000, 70 ms if all are outliers.
pub fn render_png(report: &Report<'_>) -> Result<Vec<u8>, PlotError> {
    let placement = place::place(report);
    let panels = style::Panels::new(&placement);
    let scale = scale::Scale::new(report, &placement, &panels);
    let groups = points::Groups::new(report);
    let marks = points::marks(report, &placement, &scale, &groups);

    let mut canvas = canvas::Canvas::new();
    frame::draw_grid(&mut canvas, &panels, &scale)?;
    points::draw_ordinary(&mut canvas, &marks);
    frame::draw_axes(&mut canvas, &panels, &scale, &placement)?;
    times::draw(&mut canvas, report, &placement, &panels, &scale)?;
    let threshold = frame::draw_threshold(&mut canvas, &panels, &scale, report)?;
    points::draw_outliers(&mut canvas, &marks);
    callouts::draw(&mut canvas, report, &marks, threshold)?;
    frame::draw_titles(&mut canvas, report, &placement);
    legend::draw(&mut canvas, report, &groups)?;
    canvas.into_png()
}
