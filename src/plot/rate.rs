//! How many lines came when, by level: bars above the dots.

use crate::entry::Level;
use crate::report::Report;
use crate::wording::{counted, grouped};

use super::PlotError;
use super::place::{Axis, Placement, Spot};
use super::scale::Scale;
use super::sheet::Sheet;
use super::style::{GRID, LEGEND_LEFT_PX, LEVELS, PALE_INK, Panels, Rect};
use super::text::{Align, Type};
use super::ticks::{round_step, time_pieces};

const LEAST_BAR_PX: i32 = 4;
/// Between two bars.
const GAP_PX: i32 = 2;
/// The most that a bar reaches beyond the middle of a line: the axis ends so far from the last one.
const MOST_HALF_LINE_PX: i32 = 17;
/// Least height of what is no problem, of warnings and of errors in a bar: those to look for are seen however few they are.
const LEAST_PART_PX: [f64; LEVELS.len()] = [1.0, 2.0, 2.0];
const SMALL: Type = Type::new(11.0).colour(PALE_INK);

/// Lines in a piece of time: of no problem, warnings, errors.
type Counts = [usize; LEVELS.len()];

/// Draws the bars and says what they mean.
pub(super) fn draw(
    sheet: &mut dyn Sheet,
    report: &Report<'_>,
    panels: &Panels,
    scale: &Scale,
    placement: &Placement,
) -> Result<(), PlotError> {
    let panel = panels.rate;
    let width = panel.right - panel.left;
    let column = |at: f64| scale.column(Spot::At(at));
    let (begins, bars, title) = match &placement.axis {
        Axis::Lines(0) => return Ok(()),
        Axis::Time(axis) => {
            let (begins, piece) = time_pieces(axis, width, f64::from(LEAST_BAR_PX));
            let lefts = std::iter::once(panel.left + 1).chain(begins.iter().map(|&at| column(at)));
            let rights = begins.iter().map(|&at| column(at) - GAP_PX).chain([panel.right]);
            let bars: Vec<(i32, i32)> = lefts.zip(rights).collect();
            (begins, bars, format!("Lines per {piece}"))
        }
        Axis::Lines(n) => {
            let step = round_step(*n as f64, (width / LEAST_BAR_PX) as usize, 1.0);
            let begins: Vec<f64> = (1..).map(|k| k as f64 * step).take_while(|&at| at < *n as f64).collect();
            // From the first to the last line of each, not to the ends of the axis, which lie farther out.
            let (first, last) = scale.span();
            let half = (f64::from(width) / (last - first) / 2.0).min(f64::from(MOST_HALF_LINE_PX)) as i32;
            let of_bar = |begin: f64| (column(begin) - half, column(begin + step - 1.0) + half - GAP_PX);
            let bars = std::iter::once(0.0).chain(begins.iter().copied()).map(of_bar).collect();
            (begins, bars, format!("Levels, {} a bar", counted(step, "line")))
        }
    };
    let counts = count(report, placement, &begins);
    let most = counts.iter().map(|counts| counts.iter().sum()).max().unwrap_or(0).max(1);
    // Before the bars: errors stand at the bottom of theirs, and a few of them are no higher than the line.
    sheet.line((panel.left, panel.bottom), (panel.right, panel.bottom), GRID)?;
    for (counts, (left, right)) in counts.iter().zip(bars) {
        draw_bar(sheet, Rect { left, right: right.max(left), ..panel }, *counts, most)?;
    }
    sheet.write(&grouped(most), (panel.left - 9, panel.top + 9), Align::Right, SMALL);
    draw_names(sheet, panel, &title, &counts)
}

/// Lines of each piece; the first ends where the second begins.
fn count(report: &Report<'_>, placement: &Placement, begins: &[f64]) -> Vec<Counts> {
    let mut counts = vec![Counts::default(); begins.len() + 1];
    for (line, spot) in report.lines.iter().zip(&placement.spots) {
        if let Spot::At(at) = spot {
            let piece = begins.partition_point(|begin| begin <= at);
            counts[piece][rank(report.lines[line.record].entry.level)] += 1;
        }
    }
    counts
}

fn rank(level: Option<Level>) -> usize {
    match level {
        Some(Level::Warn) => 1,
        Some(level) if level > Level::Warn => 2,
        _ => 0,
    }
}

/// Errors at the bottom, where they begin at the same height everywhere; one among thousands is still seen.
fn draw_bar(sheet: &mut dyn Sheet, room: Rect, counts: Counts, most: usize) -> Result<(), PlotError> {
    let height = f64::from(room.bottom - room.top);
    let mut bottom = room.bottom;
    for ((count, colour), least) in counts.into_iter().zip(LEVELS).zip(LEAST_PART_PX).rev() {
        if count > 0 {
            let tall = (height * count as f64 / most as f64).round().max(least) as i32;
            let top = (bottom - tall).max(room.top - 2);
            sheet.fill(Rect { top: top + 1, bottom, ..room }, colour, 1.0)?;
            bottom = top;
        }
    }
    Ok(())
}

fn draw_names(sheet: &mut dyn Sheet, panel: Rect, title: &str, counts: &[Counts]) -> Result<(), PlotError> {
    let left = LEGEND_LEFT_PX - 5;
    sheet.write(title, (left, panel.top + 10), Align::Left, Type::new(13.0).bold());
    let font = Type::new(12.0);
    let mut x = left;
    for (kind, name) in ["other", "warnings", "errors"].into_iter().enumerate().rev() {
        if counts.iter().any(|counts| counts[kind] > 0) {
            let y = panel.top + 30;
            sheet.fill(Rect { left: x, right: x + 9, top: y - 9, bottom: y }, LEVELS[kind], 1.0)?;
            sheet.write(name, (x + 15, y), Align::Left, font);
            x += 15 + font.width(name).ceil() as i32 + 14;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_rank_by_what_they_mean_for_a_person() {
        assert_eq!([None, Some(Level::Info), Some(Level::Debug), Some(Level::Trace)].map(rank), [0; 4]);
        assert_eq!([Some(Level::Warn), Some(Level::Error), Some(Level::Fatal)].map(rank), [1, 2, 2]);
    }
}
