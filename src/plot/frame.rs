//! Paper, grid, axes, the threshold and the titles.

use crate::report::Report;
use crate::wording::{counted, grouped};

use super::crowd::Crowd;
use super::place::{Axis, Dates, Placement, Spot, TimeAxis};
use super::scale::{Scale, shown_threshold};
use super::sheet::Sheet;
use super::style::{ALARM, GRID, MARGIN_PX, PALE_INK, PAPER, Panels, Rect, STRIP};
use super::text::{Align, Type, plain};
use super::ticks::{TimeTick, civil, round_step, time_ticks};
use super::{PlotError, WIDTH_PX};

const MAX_LINE_TICKS: usize = 8;
const MAX_SCORE_TICKS: usize = 6;
const TICK_LABEL: Type = Type::new(12.0);
const AXIS_TITLE: Type = Type::new(13.0);
/// Rows below the axis: labels (under the bars of `times`), the rest of the date, the title.
const LABEL_PX: i32 = 25;
const CONTEXT_PX: i32 = 41;
const TITLE_PX: i32 = 64;

/// Draws what lies behind the dots: the strip of lines without a time, and the grid.
pub(super) fn draw_grid(sheet: &mut dyn Sheet, panels: &Panels, scale: &Scale) -> Result<(), PlotError> {
    if let Some(strip) = panels.strip {
        sheet.fill(strip, STRIP, 1.0)?;
    }
    let whole = Panels::whole();
    for (score, _) in score_ticks(scale) {
        let y = scale.row(score);
        sheet.line((whole.left, y), (whole.right, y), GRID)?;
    }
    Ok(())
}

/// Draws the edges of the panels and what stands beside them.
pub(super) fn draw_axes(
    sheet: &mut dyn Sheet,
    panels: &Panels,
    scale: &Scale,
    placement: &Placement,
) -> Result<(), PlotError> {
    let whole = Panels::whole();
    for (score, label) in score_ticks(scale) {
        sheet.write(&label, (whole.left - 9, scale.row(score) + 4), Align::Right, TICK_LABEL);
    }
    sheet.write_upwards(
        "Anomaly score (higher is odder)",
        (MARGIN_PX + 6, (whole.top + whole.bottom) / 2),
        AXIS_TITLE,
    );
    for panel in panels.strip.into_iter().chain([panels.main]) {
        sheet.line((panel.left, panel.bottom), (panel.right, panel.bottom), PALE_INK)?;
    }
    sheet.line((whole.left, whole.top), (whole.left, whole.bottom), PALE_INK)?;
    if let Some(strip) = panels.strip {
        draw_strip_label(sheet, strip, placement);
    }
    let title = match &placement.axis {
        Axis::Time(axis) => {
            draw_time_ticks(sheet, panels.main, scale, axis)?;
            time_title(axis)
        }
        Axis::Lines(0) => "Time".to_owned(),
        Axis::Lines(_) => {
            draw_line_ticks(sheet, panels.main, scale)?;
            "Line number (log_id), as no line has a time".to_owned()
        }
    };
    let middle = (panels.main.left + panels.main.right) / 2;
    sheet.write(&title, (middle, panels.main.bottom + TITLE_PX), Align::Centre, AXIS_TITLE);
    if matches!(placement.axis, Axis::Lines(0)) {
        let y = (whole.top + whole.bottom) / 2;
        sheet.write("No lines to show", (middle, y), Align::Centre, Type::new(18.0).colour(PALE_INK));
    }
    Ok(())
}

fn draw_strip_label(sheet: &mut dyn Sheet, strip: Rect, placement: &Placement) {
    let middle = (strip.left + strip.right) / 2;
    let small = TICK_LABEL.colour(PALE_INK);
    sheet.write("no time", (middle, strip.bottom + LABEL_PX), Align::Centre, TICK_LABEL);
    sheet.write(
        &counted(placement.n_untimed, "line"),
        (middle, strip.bottom + CONTEXT_PX),
        Align::Centre,
        small,
    );
}

fn draw_time_ticks(
    sheet: &mut dyn Sheet,
    panel: Rect,
    scale: &Scale,
    axis: &TimeAxis,
) -> Result<(), PlotError> {
    time_ticks(axis, panel.right - panel.left)
        .iter()
        .try_for_each(|tick| draw_tick_at(sheet, panel, scale.column(Spot::At(tick.at)), tick))
}

/// Draws a mark of time and what stands under it.
pub(super) fn draw_tick_at(
    sheet: &mut dyn Sheet,
    panel: Rect,
    x: i32,
    tick: &TimeTick,
) -> Result<(), PlotError> {
    draw_tick(sheet, panel, x, &tick.label)?;
    if let Some(context) = &tick.context {
        write_below(sheet, panel, (x, panel.bottom + CONTEXT_PX), context, TICK_LABEL.colour(PALE_INK));
    }
    Ok(())
}

/// What the axis of time is called.
pub(super) fn time_title(axis: &TimeAxis) -> String {
    if axis.zone.is_empty() {
        "Time (as written, without a zone)".to_owned()
    } else {
        format!("Time ({})", axis.zone)
    }
}

fn draw_line_ticks(sheet: &mut dyn Sheet, panel: Rect, scale: &Scale) -> Result<(), PlotError> {
    let (first, last) = scale.span();
    let step = round_step(last - first, MAX_LINE_TICKS, 1.0);
    let ticks = (0..=MAX_LINE_TICKS).map(|k| k as f64 * step).take_while(|&at| at <= last);
    for at in ticks {
        draw_tick(sheet, panel, scale.column(Spot::At(at)), &grouped(at as usize))?;
    }
    Ok(())
}

fn draw_tick(sheet: &mut dyn Sheet, panel: Rect, x: i32, label: &str) -> Result<(), PlotError> {
    sheet.line((x, panel.bottom), (x, panel.bottom + 5), PALE_INK)?;
    write_below(sheet, panel, (x, panel.bottom + LABEL_PX), label, TICK_LABEL);
    Ok(())
}

/// Writes around a column, but not into what stands under the strip at the left, nor off the page.
fn write_below(sheet: &mut dyn Sheet, panel: Rect, (x, y): (i32, i32), text: &str, font: Type) {
    let edge = if panel == Panels::whole() { MARGIN_PX } else { panel.left - 4 };
    let half = (font.width(text) / 2.0).ceil() as i32;
    let rightmost = WIDTH_PX.cast_signed() - 4 - half;
    sheet.write(text, (x.max(edge + half).min(rightmost), y), Align::Centre, font);
}

/// Round scores and how they are written.
fn score_ticks(scale: &Scale) -> impl Iterator<Item = (f64, String)> {
    let top = scale.score_top();
    let step = round_step(top, MAX_SCORE_TICKS, 0.1);
    (0..=MAX_SCORE_TICKS)
        .map(move |k| k as f64 * step)
        .filter(move |&at| at <= top)
        .map(|at| (at, format!("{at:.1}")))
}

/// Draws the dashed line above which lines are outliers, and its name; the places of the name and of the line.
pub(super) fn draw_threshold(
    sheet: &mut dyn Sheet,
    panels: &Panels,
    scale: &Scale,
    report: &Report<'_>,
    crowd: &Crowd,
) -> Result<Option<[Rect; 2]>, PlotError> {
    let Some(threshold) = shown_threshold(report) else { return Ok(None) };
    let whole = Panels::whole();
    let y = scale.row(threshold);
    sheet.dashes(whole.left + 1, whole.right, y, ALARM)?;
    let font = TICK_LABEL.colour(ALARM);
    let label = format!("outliers above {:.2}", rounded_down(threshold));
    let width = font.width(&label).ceil() as i32;
    let paper = beside_threshold(panels.main, y, width + 6, crowd);
    sheet.fill(paper, PAPER, 0.85)?;
    sheet.write(&label, (paper.right - 3, paper.bottom - 3), Align::Right, font);
    Ok(Some([paper, Rect { top: y - 2, bottom: y + 3, ..whole }]))
}

/// To two digits, and not above a score that lies above it.
fn rounded_down(threshold: f64) -> f64 {
    let nearest = (threshold * 100.0).round() / 100.0;
    if nearest > threshold { nearest - 0.01 } else { nearest }
}

/// The place for the threshold's name that covers the fewest rings, and of those the fewest dots: above the line before
/// below, right before left.
fn beside_threshold(panel: Rect, y: i32, width: i32, crowd: &Crowd) -> Rect {
    const STEPS: i32 = 16;
    const BELOW_PX: i32 = 12; // so far that rings upon the line are not counted for the place below it
    let rows = [(y - 18, y - 3), (y + BELOW_PX, y + BELOW_PX + 15)]
        .into_iter()
        .filter(|(_, bottom)| *bottom < panel.bottom);
    let places = rows.flat_map(|(top, bottom)| {
        (0..=STEPS).map(move |step| {
            let right = panel.right - step * (panel.right - panel.left - width) / STEPS;
            Rect { left: right - width, right, top, bottom }
        })
    });
    let covered = |place: &Rect| (crowd.rings(*place), crowd.dots(*place));
    let above = Rect { left: panel.right - width, right: panel.right, top: y - 18, bottom: y - 3 };
    places.min_by_key(covered).unwrap_or(above)
}

/// Writes how much was seen, when, and by which model.
pub(super) fn draw_titles(sheet: &mut dyn Sheet, report: &Report<'_>, placement: &Placement) {
    let n_outliers = report.records().filter(|(_, line)| line.is_outlier).count();
    let lines = counted(report.lines.len(), "log line");
    let title = match (n_outliers, report.findings.len()) {
        _ if report.lines.is_empty() => "No log lines".to_owned(),
        (0, 0) => format!("{lines}, no outliers"),
        (0, findings) => format!("{lines}, no outliers, {}", counted(findings, "finding")),
        (n, findings) => format!("{lines}, {}, {}", counted(n, "outlier"), counted(findings, "finding")),
    };
    sheet.write(&title, (MARGIN_PX, 34), Align::Left, Type::new(19.0).bold());
    let mut parts: Vec<String> = Vec::new();
    if let Axis::Time(axis) = &placement.axis {
        parts.extend(seen(placement, axis));
        parts.extend(stragglers(axis));
    }
    parts.push(model(report));
    sheet.write(&parts.join("  ·  "), (MARGIN_PX, 56), Align::Left, Type::new(12.5).colour(PALE_INK));
}

/// First and last time, the date once where it is the same.
fn seen(placement: &Placement, axis: &TimeAxis) -> Option<String> {
    let times = placement.spots.iter().filter_map(|spot| match spot {
        Spot::At(at) => Some(*at),
        Spot::Untimed(_) => None,
    });
    let shown = times.filter(|at| (axis.first..=axis.last).contains(at));
    let (first, last) =
        shown.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| (low.min(at), high.max(at)));
    let (first, last) = (civil(first)?, civil(last)?);
    let date = match axis.dates {
        Dates::Full => "%-d %b %Y ",
        Dates::NoYear => "%-d %b ",
        Dates::TimeOfDay => "",
    };
    const BRIEF_S: i64 = 10;
    let time = if (last - first).num_seconds() < BRIEF_S { "%H:%M:%S%.3f" } else { "%H:%M:%S" };
    if first == last {
        return Some(first.format(&format!("{date}{time}")).to_string());
    }
    let second_date = if first.date() == last.date() { "" } else { date };
    let (first_format, last_format) = (format!("{date}{time}"), format!("{second_date}{time}"));
    Some(format!("{} to {}", first.format(&first_format), last.format(&last_format)))
}

fn stragglers(axis: &TimeAxis) -> Option<String> {
    let parts: Vec<String> =
        [(axis.n_before, "much earlier at the left edge"), (axis.n_after, "much later at the right edge")]
            .into_iter()
            .filter(|&(n, _)| n > 0)
            .map(|(n, place)| format!("{} {place}", counted(n, "line")))
            .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn model(report: &Report<'_>) -> String {
    let model = &report.model;
    if !model.trained {
        return "no trained model: judged by these lines alone".to_owned();
    }
    format!(
        "model {}, generation {}, trained on {} lines",
        plain(&model.name),
        model.generation,
        grouped(usize::try_from(model.trained_lines).unwrap_or(usize::MAX))
    )
}
