//! Paper, grid, axes, the threshold and the titles.

use crate::report::Report;

use super::PlotError;
use super::canvas::Canvas;
use super::place::{Axis, Dates, Placement, Spot, TimeAxis};
use super::scale::{Scale, shown_threshold};
use super::style::{ALARM, GRID, MARGIN_PX, PALE_INK, PAPER, Panels, Rect, STRIP};
use super::text::{Align, Type, counted, grouped, plain};
use super::ticks::{TimeTick, civil, round_step, time_ticks};

const MAX_LINE_TICKS: usize = 8;
const MAX_SCORE_TICKS: usize = 6;
const TICK_LABEL: Type = Type::new(12.0);
const AXIS_TITLE: Type = Type::new(13.0);

/// Draws what lies behind the dots: the strip of lines without a time, and the grid.
pub(super) fn draw_grid(canvas: &mut Canvas, panels: &Panels, scale: &Scale) -> Result<(), PlotError> {
    if let Some(strip) = panels.strip {
        canvas.fill(strip, STRIP, 1.0)?;
    }
    let whole = Panels::whole();
    for (score, _) in score_ticks(scale) {
        let y = scale.row(score);
        canvas.line((whole.left, y), (whole.right, y), GRID)?;
    }
    Ok(())
}

/// Draws the edges of the panels and what stands beside them.
pub(super) fn draw_axes(
    canvas: &mut Canvas,
    panels: &Panels,
    scale: &Scale,
    placement: &Placement,
) -> Result<(), PlotError> {
    let whole = Panels::whole();
    for (score, label) in score_ticks(scale) {
        canvas.write(&label, (whole.left - 9, scale.row(score) + 4), Align::Right, TICK_LABEL);
    }
    canvas.write_upwards(
        "Anomaly score (higher is odder)",
        (MARGIN_PX + 6, (whole.top + whole.bottom) / 2),
        AXIS_TITLE,
    );
    for panel in panels.strip.into_iter().chain([panels.main]) {
        canvas.line((panel.left, panel.bottom), (panel.right, panel.bottom), PALE_INK)?;
    }
    canvas.line((whole.left, whole.top), (whole.left, whole.bottom), PALE_INK)?;
    if let Some(strip) = panels.strip {
        draw_strip_label(canvas, strip, placement);
    }
    let title = match &placement.axis {
        Axis::Time(axis) => {
            draw_time_ticks(canvas, panels.main, scale, axis)?;
            if axis.zone.is_empty() {
                "Time (as written, without a zone)".to_owned()
            } else {
                format!("Time ({})", axis.zone)
            }
        }
        Axis::Lines(0) => "Time".to_owned(),
        Axis::Lines(_) => {
            draw_line_ticks(canvas, panels.main, scale)?;
            "Line number (log_id), as no line has a time".to_owned()
        }
    };
    let middle = (panels.main.left + panels.main.right) / 2;
    canvas.write(&title, (middle, panels.main.bottom + 62), Align::Centre, AXIS_TITLE);
    if matches!(placement.axis, Axis::Lines(0)) {
        let y = (whole.top + whole.bottom) / 2;
        canvas.write("No lines to show", (middle, y), Align::Centre, Type::new(18.0).colour(PALE_INK));
    }
    Ok(())
}

fn draw_strip_label(canvas: &mut Canvas, strip: Rect, placement: &Placement) {
    let middle = (strip.left + strip.right) / 2;
    let small = TICK_LABEL.colour(PALE_INK);
    canvas.write("no time", (middle, strip.bottom + 20), Align::Centre, TICK_LABEL);
    canvas.write(&counted(placement.n_untimed, "line"), (middle, strip.bottom + 37), Align::Centre, small);
}

fn draw_time_ticks(
    canvas: &mut Canvas,
    panel: Rect,
    scale: &Scale,
    axis: &TimeAxis,
) -> Result<(), PlotError> {
    for TimeTick { at, label, context } in time_ticks(axis, panel.right - panel.left) {
        let x = scale.column(Spot::At(at));
        draw_tick(canvas, panel, x, &label)?;
        if let Some(context) = context {
            write_below(canvas, panel, (x, panel.bottom + 37), &context, TICK_LABEL.colour(PALE_INK));
        }
    }
    Ok(())
}

fn draw_line_ticks(canvas: &mut Canvas, panel: Rect, scale: &Scale) -> Result<(), PlotError> {
    let (first, last) = scale.span();
    let step = round_step(last - first, MAX_LINE_TICKS, 1.0);
    let ticks = (0..=MAX_LINE_TICKS).map(|k| k as f64 * step).take_while(|&at| at <= last);
    for at in ticks {
        draw_tick(canvas, panel, scale.column(Spot::At(at)), &grouped(at as usize))?;
    }
    Ok(())
}

fn draw_tick(canvas: &mut Canvas, panel: Rect, x: i32, label: &str) -> Result<(), PlotError> {
    canvas.line((x, panel.bottom), (x, panel.bottom + 5), PALE_INK)?;
    write_below(canvas, panel, (x, panel.bottom + 20), label, TICK_LABEL);
    Ok(())
}

/// Writes around a column, but not into what stands under the strip at the left.
fn write_below(canvas: &mut Canvas, panel: Rect, (x, y): (i32, i32), text: &str, font: Type) {
    let edge = if panel == Panels::whole() { MARGIN_PX } else { panel.left - 4 };
    let leftmost = edge + (font.width(text) / 2.0).ceil() as i32;
    canvas.write(text, (x.max(leftmost), y), Align::Centre, font);
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

/// Draws the dashed line above which lines are outliers, and its name; the places of both.
pub(super) fn draw_threshold(
    canvas: &mut Canvas,
    panels: &Panels,
    scale: &Scale,
    report: &Report<'_>,
) -> Result<Vec<Rect>, PlotError> {
    let Some(threshold) = shown_threshold(report) else { return Ok(Vec::new()) };
    let whole = Panels::whole();
    let y = scale.row(threshold);
    canvas.dashes(whole.left + 1, whole.right, y, ALARM)?;
    let font = TICK_LABEL.colour(ALARM);
    let label = format!("outliers above {threshold:.2}");
    let width = font.width(&label).ceil() as i32;
    let paper =
        Rect { left: panels.main.right - width - 6, right: panels.main.right, top: y - 18, bottom: y - 3 };
    canvas.fill(paper, PAPER, 0.85)?;
    canvas.write(&label, (paper.right - 3, y - 6), Align::Right, font);
    Ok(vec![paper, Rect { top: y - 2, bottom: y + 3, ..whole }])
}

/// Writes how much was seen, when, and by which model.
pub(super) fn draw_titles(canvas: &mut Canvas, report: &Report<'_>, placement: &Placement) {
    let n_outliers = report.records().filter(|(_, line)| line.is_outlier).count();
    let lines = counted(report.lines.len(), "log line");
    let title = match n_outliers {
        _ if report.lines.is_empty() => "No log lines".to_owned(),
        0 => format!("{lines}, no outliers"),
        n => format!("{lines}, {}, {}", counted(n, "outlier"), counted(report.findings.len(), "finding")),
    };
    canvas.write(&title, (MARGIN_PX, 34), Align::Left, Type::new(19.0).bold());
    let mut parts: Vec<String> = Vec::new();
    if let Axis::Time(axis) = &placement.axis {
        parts.extend(seen(placement, axis));
        parts.extend(stragglers(axis));
    }
    parts.push(model(report));
    canvas.write(&parts.join("  ·  "), (MARGIN_PX, 56), Align::Left, Type::new(12.5).colour(PALE_INK));
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
