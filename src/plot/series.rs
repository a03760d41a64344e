//! The second picture: how often events came over time, a row for each.

use std::collections::HashMap;

use crate::report::{ChangePoint, EventSeries, Finding, FindingKind, NumberShift, Report, TemporalReport};
use crate::wording::{counted, duration, grouped};

use super::PlotError;
use super::frame::{draw_tick_at, draw_titles, time_title};
use super::place::{Axis, Placement, Spot, TimeAxis, place};
use super::points::Groups;
use super::sheet::Sheet;
use super::style::{ALARM, Colour, GRID, INK, MARGIN_PX, PALE_INK, Rect, STRIP};
use super::text::{Align, Type, plain};
use super::ticks::{piece_name, time_ticks};
use super::times::joined;

const MOST_ROWS: usize = 8;
/// Where it is said what the marks mean.
const LEGEND_PX: i32 = 80;
/// The first row's upper edge, and the last one's lower.
const ROWS: (i32, i32) = (94, 534);
/// Where the bars stand.
const COLUMNS: (i32, i32) = (384, 1_176);
const GAP_PX: i32 = 10;
const NAME: Type = Type::new(12.0);
const DETAIL: Type = Type::new(11.0).colour(PALE_INK);

/// Draws the rows: events of findings first, most telling first, then the most frequent.
pub(super) fn draw(sheet: &mut dyn Sheet, report: &Report<'_>) -> Result<(), PlotError> {
    let placement = place(report);
    draw_titles(sheet, report, &placement);
    let base = report.temporal.as_ref().and_then(|temporal| {
        let first = temporal.buckets.first()?;
        let seconds = temporal.bucket_seconds as f64;
        Some((temporal, placement.at(&first.start) - first.bucket as f64 * seconds))
    });
    let (Some((temporal, origin)), Axis::Time(axis)) = (base, &placement.axis) else {
        let said = "No line has a time, so there is nothing over time to show";
        sheet.write(said, (600, 300), Align::Centre, Type::new(18.0).colour(PALE_INK));
        return Ok(());
    };
    let rows = rows(report, temporal);
    draw_legend(sheet, temporal, &rows)?;
    let groups = Groups::new(report);
    let height = (ROWS.1 - ROWS.0) / MOST_ROWS as i32;
    for (at, series) in rows.iter().enumerate() {
        let top = ROWS.0 + at as i32 * height;
        let event = &report.events[series.event];
        let row = Row {
            room: Rect { left: COLUMNS.0, right: COLUMNS.1, top: top + 4, bottom: top + height - GAP_PX },
            colour: groups.colour(event.pattern_id),
            axis,
            origin,
            temporal,
            placement: &placement,
        };
        let of_lines =
            |finding: &&Finding| finding.kind == FindingKind::Event && finding.event == series.event;
        let n_outliers = report.findings.iter().find(of_lines).map_or(0, |finding| finding.count);
        row.draw(sheet, &plain(&event.template), n_outliers, series)?;
    }
    let n_rows = rows.len() as i32;
    draw_axis(sheet, axis, ROWS.0 + n_rows * height)?;
    let n_more = report.events.iter().filter(|event| event.count > 0).count().saturating_sub(rows.len());
    if n_more > 0 {
        let said = format!("{} not shown", counted(n_more, "more event"));
        sheet.write(&said, (MARGIN_PX, ROWS.0 + n_rows * height + 18), Align::Left, DETAIL);
    }
    Ok(())
}

/// What is shown, in the order in which a reader should look.
fn rows<'t>(report: &Report<'_>, temporal: &'t TemporalReport) -> Vec<&'t EventSeries> {
    let mut places: HashMap<usize, usize> = HashMap::new();
    for (place, finding) in report.findings.iter().enumerate() {
        places.entry(finding.event).or_insert(place);
    }
    let mut rows: Vec<&EventSeries> = temporal.events.iter().collect();
    // the sort keeps the order of the report: most frequent first
    rows.sort_by_key(|series| places.get(&series.event).copied().unwrap_or(usize::MAX));
    rows.truncate(MOST_ROWS);
    rows
}

/// `more often ×12`. A rate that went the other way, or has no number, is none of it: by how busy the log is, an event that
/// comes less often may be more of the log.
fn changed(change: &ChangePoint) -> String {
    let (often, of_log, factor) = match change.kind {
        FindingKind::New => return "begins".to_owned(),
        FindingKind::Gone => return "ends".to_owned(),
        FindingKind::Less => ("less often", "less of the log", change.hourly_before / change.hourly_after),
        _ => ("more often", "more of the log", change.hourly_after / change.hourly_before),
    };
    match factor {
        f if f.is_infinite() || f.is_nan() => often.to_owned(),
        10.0.. => format!("{often} ×{}", grouped(factor.round())),
        1.05.. => format!("{often} ×{factor:.1}"),
        _ => of_log.to_owned(),
    }
}

struct Row<'p> {
    room: Rect,
    colour: Colour,
    axis: &'p TimeAxis,
    /// When bucket 0 begins, on the axis.
    origin: f64,
    temporal: &'p TemporalReport,
    placement: &'p Placement,
}

impl Row<'_> {
    fn draw(
        &self,
        sheet: &mut dyn Sheet,
        name: &str,
        n_outliers: usize,
        series: &EventSeries,
    ) -> Result<(), PlotError> {
        let room = (COLUMNS.0 - MARGIN_PX - 56) as f32;
        let most = series.series.iter().map(|&(_, count)| count).max().unwrap_or(0).max(1);
        let y = self.room.top + 16;
        sheet.write(&NAME.shorten(name, room), (MARGIN_PX, y), Align::Left, NAME);
        let said = DETAIL.shorten(&said(series, n_outliers), room);
        sheet.write(&said, (MARGIN_PX, y + 16), Align::Left, DETAIL);
        let most_said = grouped(usize::try_from(most).unwrap_or(usize::MAX));
        sheet.write(&most_said, (self.room.left - 9, self.room.top + 9), Align::Right, DETAIL);
        self.draw_behind(sheet, series)?;
        let (left, right, bottom) = (self.room.left, self.room.right, self.room.bottom);
        sheet.line((left, bottom), (right, bottom), GRID)?;
        for &(bucket, count) in &series.series {
            let height = f64::from(self.room.bottom - self.room.top) * count as f64 / most as f64;
            let top = bottom - (height.round() as i32).max(1);
            let (left, right) = self.columns(bucket, bucket);
            sheet.fill(Rect { left, right, top, bottom }, self.colour, 1.0)?;
        }
        self.draw_upon(sheet, series)
    }

    /// Bursts and silences, behind the bars.
    fn draw_behind(&self, sheet: &mut dyn Sheet, series: &EventSeries) -> Result<(), PlotError> {
        let height = Rect { top: self.room.top - 2, ..self.room };
        for burst in &series.bursts {
            let (left, right) = self.columns(burst.first_bucket, burst.last_bucket);
            draw_burst(sheet, Rect { left: left - 3, right: right + 3, ..height })?;
        }
        for silence in &series.silences {
            let Some(from) = self.at(silence.last_before) else { continue };
            let to = silence.first_after.and_then(|line| self.at(line));
            let to = to.unwrap_or(from + silence.seconds as f64);
            draw_silence(sheet, Rect { left: self.column(from) + 1, right: self.column(to) - 1, ..height })?;
        }
        Ok(())
    }

    /// Changes of rate, before the bars, and below them where numbers are at another level.
    fn draw_upon(&self, sheet: &mut dyn Sheet, series: &EventSeries) -> Result<(), PlotError> {
        for x in series.changes.iter().filter_map(|change| Some(self.column(self.at(change.line)?))) {
            draw_change(sheet, Rect { left: x - 1, right: x, top: self.room.top - 2, ..self.room })?;
        }
        let span = |shift: &NumberShift| {
            Some((self.column(self.at(shift.first)?), self.column(self.at(shift.last)?)))
        };
        let spans = joined(series.shifts.iter().filter_map(span).collect());
        spans.into_iter().try_for_each(|(left, right)| sheet.dashes(left, right, self.room.bottom + 2, INK))
    }

    fn at(&self, line: usize) -> Option<f64> {
        match self.placement.spots[line] {
            Spot::At(at) => Some(at),
            Spot::Untimed(_) => None,
        }
    }

    /// The columns of the buckets from `first` to `last`.
    fn columns(&self, first: usize, last: usize) -> (i32, i32) {
        let seconds = self.temporal.bucket_seconds as f64;
        let left = self.column(self.origin + first as f64 * seconds);
        let next = self.column(self.origin + (last + 1) as f64 * seconds);
        (left, (next - 1 - self.gap()).max(left))
    }

    /// Pixels between bars: the same for all, though some are a pixel wider than others.
    fn gap(&self) -> i32 {
        let width = self.temporal.bucket_seconds as f64 / (self.axis.last - self.axis.first)
            * f64::from(COLUMNS.1 - COLUMNS.0);
        match width {
            6.0.. => 2,
            3.0.. => 1,
            _ => 0,
        }
    }

    fn column(&self, at: f64) -> i32 {
        column(self.axis, at)
    }
}

/// What stands under the name: how many, and what is noticed.
fn said(series: &EventSeries, n_outliers: usize) -> String {
    let mut parts = vec![counted(series.count, "line")];
    if n_outliers > 0 {
        parts.push(counted(n_outliers, "outlier"));
    }
    if let Some(trend) = series.trend {
        let word = if trend.effect > 0.0 { "rising" } else { "falling" };
        parts.push(format!("{word} ×{:.1}", trend.effect.abs().exp2()));
    }
    if let Some(burst) = series.bursts.first() {
        let more = match series.bursts.len() {
            1 => String::new(),
            n => format!(" and {} more", n - 1),
        };
        // as the reason of the finding has it: fewer than half a line is no number to divide by
        let times = burst.count as f64 / burst.expected.max(0.5);
        parts.push(format!("burst ×{times:.0}{more}"));
    }
    parts.extend(series.changes.first().map(changed));
    if let Some(shift) = series.shifts.first() {
        parts.push(format!("a number from {} to {}", shift.before, shift.after));
    }
    if let Some(silence) = series.silences.first() {
        parts.push(format!("silent for {}", duration(silence.seconds)));
    }
    parts.join("  ·  ")
}

/// Pale red below a full edge. Each of the marks has a shape of its own, as on the axis of the other picture.
fn draw_burst(sheet: &mut dyn Sheet, around: Rect) -> Result<(), PlotError> {
    const PALE: f64 = 0.14;
    sheet.fill(around, ALARM, PALE)?;
    sheet.fill(Rect { bottom: around.top + 2, ..around }, ALARM, 1.0)
}

/// An empty box.
fn draw_silence(sheet: &mut dyn Sheet, around: Rect) -> Result<(), PlotError> {
    let Rect { left, top, right, bottom } = around;
    if left + 1 >= right {
        return Ok(());
    }
    sheet.fill(around, INK, 1.0)?;
    let inside = Rect { left: left + 1, top: top + 1, right: right - 1, bottom: bottom - 1 };
    sheet.fill(inside, STRIP, 1.0)
}

/// A red line.
fn draw_change(sheet: &mut dyn Sheet, line: Rect) -> Result<(), PlotError> {
    sheet.fill(line, ALARM, 1.0)
}

type DrawMark = fn(&mut dyn Sheet, Rect) -> Result<(), PlotError>;

/// Says how long a bar is and what its number, and what the marks mean, as far as there are any.
fn draw_legend(
    sheet: &mut dyn Sheet,
    temporal: &TemporalReport,
    rows: &[&EventSeries],
) -> Result<(), PlotError> {
    const SAMPLE_PX: i32 = 20;
    let piece = piece_name(temporal.bucket_seconds as f64);
    let bars = format!("Bars: lines per {piece}; beside them the most");
    sheet.write(&bars, (MARGIN_PX, LEGEND_PX), Align::Left, DETAIL);
    let any = |is_there: fn(&EventSeries) -> bool| rows.iter().any(|series| is_there(series));
    let marks: [(bool, &str, DrawMark); 4] = [
        (any(|series| !series.bursts.is_empty()), "burst", draw_burst),
        (any(|series| !series.silences.is_empty()), "silence", draw_silence),
        (
            any(|series| !series.changes.is_empty()),
            "begins, ends or changes its rate",
            |sheet, Rect { left, right, top, bottom }| {
                let middle = (left + right) / 2;
                draw_change(sheet, Rect { left: middle, right: middle + 1, top, bottom })
            },
        ),
        (
            any(|series| !series.shifts.is_empty()),
            "a number at another level",
            |sheet, Rect { left, right, top, bottom }| sheet.dashes(left, right, (top + bottom) / 2, INK),
        ),
    ];
    let mut left = COLUMNS.0;
    for (_, name, draw_sample) in marks.into_iter().filter(|(is_there, ..)| *is_there) {
        let right = left + SAMPLE_PX;
        draw_sample(sheet, Rect { left, right, top: LEGEND_PX - 9, bottom: LEGEND_PX })?;
        sheet.write(name, (right + 6, LEGEND_PX), Align::Left, DETAIL);
        left = right + 6 + DETAIL.width(name).ceil() as i32 + 18;
    }
    Ok(())
}

fn column(axis: &TimeAxis, at: f64) -> i32 {
    let share = ((at - axis.first) / (axis.last - axis.first)).clamp(0.0, 1.0);
    COLUMNS.0 + (share * f64::from(COLUMNS.1 - COLUMNS.0)).round() as i32
}

fn draw_axis(sheet: &mut dyn Sheet, axis: &TimeAxis, y: i32) -> Result<(), PlotError> {
    let panel = Rect { left: COLUMNS.0, right: COLUMNS.1, top: ROWS.0, bottom: y };
    sheet.line((panel.left, y), (panel.right, y), PALE_INK)?;
    for tick in time_ticks(axis, panel.right - panel.left) {
        draw_tick_at(sheet, panel, column(axis, tick.at), &tick)?;
    }
    let middle = (panel.left + panel.right) / 2;
    sheet.write(&time_title(axis), (middle, y + 58), Align::Centre, NAME);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::changed;
    use crate::report::{ChangePoint, FindingKind};

    #[test]
    fn a_factor_is_told_only_where_the_rate_went_the_way_that_is_told() {
        let told = |kind, hourly_before, hourly_after| {
            changed(&ChangePoint { kind, line: 0, hourly_before, hourly_after, ln_p_value: -9.0 })
        };
        assert_eq!(told(FindingKind::More, 4.0, 5.0), "more often ×1.2");
        assert_eq!(told(FindingKind::Less, 62_000.0, 5.0), "less often ×12,400");
        assert_eq!(told(FindingKind::More, 0.0, 5.0), "more often");
        assert_eq!(told(FindingKind::Less, 0.0, 0.0), "less often");
        // in a log that is less busy meanwhile, and one that is busier
        assert_eq!(told(FindingKind::More, 10.0, 1.0), "more of the log");
        assert_eq!(told(FindingKind::Less, 8.0, 10.0), "less of the log");
        assert_eq!(told(FindingKind::More, 1.0, 1.0), "more of the log");
    }
}
