//! The pictures of a report: when the lines were written, how odd each is, and which to look at first ([`Picture::Scores`]);
//! and how often its events came over time ([`Picture::Series`]).
//!
//! In: a [`Report`]. Out: the bytes of a PNG or an SVG, the same bytes for the same report. No font, file or screen of
//! the machine is used for a PNG; an SVG names fonts and brings none. Drawn from back to front, each layer in a module of
//! its own:
//!
//! | layer | module |
//! |---|---|
//! | pixels or shapes | `sheet`, `canvas`, `vector` |
//! | where a line stands in time, and the span shown | `place` |
//! | from times and scores to pixels | `scale` |
//! | round marks of time and number | `ticks` |
//! | paper, grid, axes, titles | `frame` |
//! | how many lines came when, by level | `rate` |
//! | bursts, silences and changes, on the time axis | `times` |
//! | ordinary lines by pattern, then outliers in rings | `points` |
//! | names of the top findings, where no ring and few dots are | `callouts`, `crowd` |
//! | what the colours mean | `legend` |
//! | the second picture | `series` |
//! | the picture of a comparison | `comparison` |

mod callouts;
mod canvas;
mod comparison;
mod crowd;
mod frame;
mod legend;
mod place;
mod points;
mod rate;
mod scale;
mod series;
mod sheet;
mod style;
mod text;
mod ticks;
mod vector;
mod times;

use plotters::backend::{BitMapBackend, DrawingBackend};
use plotters::drawing::DrawingAreaErrorKind;

use sheet::Sheet;

use crate::analysis::compare::Comparison;
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

/// Which picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    /// Every line: time to the right, anomaly score upwards.
    ///
    /// A dot is a line, its colour the pattern; the seven largest patterns have a colour of their own, the others share
    /// one, noise is grey. Outliers are larger, in a red ring and on top of everything; above the dashed line is what the
    /// model calls an outlier. Lines without a time stand in a strip at the left, in their order; if no line has a time,
    /// x is the line's number. Where many lines meet in a pixel the dot is darker, not larger, so nothing odd is covered.
    /// Scores outside of `[0, 2]` are drawn at the nearer edge, NaN at 0. Above stands how many lines came when.
    Scores,
    /// Events over time, a row for each: those with a burst, a silence or a change first, then the most frequent. Needs the report's
    /// `temporal`; without it, or where no line has a time, the picture says so.
    Series,
}

/// How a picture is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PictureFormat {
    /// 1200x600 pixels.
    #[default]
    Png,
    /// Shapes, 1200x600 where nothing else is asked for; outliers tell their line to a pointer that rests on them.
    Svg,
}

impl PictureFormat {
    /// The format's name, as requests give it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Svg => "svg",
        }
    }
}

/// Draws a picture of `report`.
///
/// # Errors
/// [`PlotError`], which only a bug can bring about: all is drawn in memory.
///
/// # Cost
/// `O(n log n)` in the lines; 30 ms for 100,000, 70 ms if all are outliers. An SVG has at most some 30,000 shapes.
pub fn render(report: &Report<'_>, picture: Picture, format: PictureFormat) -> Result<Vec<u8>, PlotError> {
    let draw = match picture {
        Picture::Scores => draw_scores,
        Picture::Series => series::draw,
    };
    match format {
        PictureFormat::Png => {
            let mut canvas = canvas::Canvas::new();
            draw(&mut canvas, report)?;
            canvas.into_png()
        }
        PictureFormat::Svg => {
            let mut shapes = vector::Shapes::new(match picture {
                Picture::Scores => "Log lines by time and anomaly score",
                Picture::Series => "Events over time",
            });
            draw(&mut shapes, report)?;
            Ok(shapes.into_svg().into_bytes())
        }
    }
}

/// Draws what is different between two logs: a row for each of the first differences, the baseline beside the new log.
///
/// # Errors
/// As [`render`].
pub fn render_comparison(comparison: &Comparison, format: PictureFormat) -> Result<Vec<u8>, PlotError> {
    match format {
        PictureFormat::Png => {
            let mut canvas = canvas::Canvas::new();
            comparison::draw(&mut canvas, comparison)?;
            canvas.into_png()
        }
        PictureFormat::Svg => {
            let mut shapes = vector::Shapes::new("What is different between two logs");
            comparison::draw(&mut shapes, comparison)?;
            Ok(shapes.into_svg().into_bytes())
        }
    }
}

fn draw_scores(sheet: &mut dyn Sheet, report: &Report<'_>) -> Result<(), PlotError> {
    let placement = place::place(report);
    let panels = style::Panels::new(&placement);
    let scale = scale::Scale::new(report, &placement, &panels);
    let groups = points::Groups::new(report);
    let marks = points::marks(report, &placement, &scale, &groups);

    frame::draw_grid(sheet, &panels, &scale)?;
    rate::draw(sheet, report, &panels, &scale, &placement)?;
    points::draw_ordinary(sheet, &marks);
    frame::draw_axes(sheet, &panels, &scale, &placement)?;
    times::draw(sheet, report, &placement, &panels, &scale)?;
    let crowd = crowd::Crowd::new(&marks);
    let threshold = frame::draw_threshold(sheet, &panels, &scale, report, &crowd)?;
    let callouts = callouts::place(report, &marks, &crowd, threshold);
    callouts::draw_ways(sheet, &callouts)?;
    points::draw_outliers(sheet, report, &marks);
    callouts::draw_names(sheet, &callouts)?;
    frame::draw_titles(sheet, report, &placement);
    legend::draw(sheet, report, &groups)
}
