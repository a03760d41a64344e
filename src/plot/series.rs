//! The second picture: how often events came over time, a row for each.

use crate::report::{EventSeries, FindingKind, Report, TemporalReport};
use crate::wording::{counted, grouped};

use super::PlotError;
use super::frame::{draw_tick_at, draw_titles, time_title};
use super::place::{Axis, Placement, Spot, TimeAxis, place};
use super::points::Groups;
use super::sheet::Sheet;
use super::style::{ALARM, Colour, GRID, INK, MARGIN_PX, PALE_INK, Rect, STRIP};
use super::text::{Align, Type, plain};
use super::ticks::time_ticks;

const MOST_ROWS: usize = 8;
/// The first row's upper edge, and the last one's lower.
const ROWS: (i32, i32) = (78, 534);
/// Where the bars stand.
const COLUMNS: (i32, i32) = (384, 1_176);
const GAP_PX: i32 = 10;
const NAME: Type = Type::new(12.0);
const DETAIL: Type = Type::new(11.0).colour(PALE_INK);

/// Draws the rows: events with a finding over time first, then the most frequent.
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
    let mut rows: Vec<&EventSeries> = temporal.events.iter().collect();
    // the sort keeps the order of the report: most frequent first
    rows.sort_by_key(|series| !is_noticed(series));
    rows.truncate(MOST_ROWS);
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
        row.draw(sheet, &plain(&event.template), series)?;
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

/// `more often ×12`; what has no number has none.
fn times(what: &str, factor: f64) -> String {
    match factor {
        _ if !factor.is_finite() => what.to_owned(),
        10.0.. => format!("{what} ×{factor:.0}"),
        _ => format!("{what} ×{factor:.1}"),
    }
}

/// Whether anything over time is found in it.
const fn is_noticed(series: &EventSeries) -> bool {
    !(series.bursts.is_empty()
        && series.silences.is_empty()
        && series.changes.is_empty()
        && series.shifts.is_empty())
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
    fn draw(&self, sheet: &mut dyn Sheet, name: &str, series: &EventSeries) -> Result<(), PlotError> {
        let room = (COLUMNS.0 - MARGIN_PX - 56) as f32;
        let most = series.series.iter().map(|&(_, count)| count).max().unwrap_or(0).max(1);
        let y = self.room.top + 16;
        sheet.write(&NAME.shorten(name, room), (MARGIN_PX, y), Align::Left, NAME);
        let said = DETAIL.shorten(&self.said(series), room);
        sheet.write(&said, (MARGIN_PX, y + 16), Align::Left, DETAIL);
        let most_said = grouped(usize::try_from(most).unwrap_or(usize::MAX));
        sheet.write(&most_said, (self.room.left - 9, self.room.top + 9), Align::Right, DETAIL);
        self.draw_marks(sheet, series)?;
        let (left, right, bottom) = (self.room.left, self.room.right, self.room.bottom);
        sheet.line((left, bottom), (right, bottom), GRID)?;
        for &(bucket, count) in &series.series {
            let height = f64::from(self.room.bottom - self.room.top) * count as f64 / most as f64;
            let top = bottom - (height.round() as i32).max(1);
            let (left, right) = self.columns(bucket, bucket);
            sheet.fill(Rect { left, right, top, bottom }, self.colour, 1.0)?;
        }
        Ok(())
    }

    /// What stands under the name: how many, and what is noticed.
    fn said(&self, series: &EventSeries) -> String {
        let mut parts = vec![counted(series.count, "line")];
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
        if let Some(change) = series.changes.first() {
            parts.push(match change.kind {
                FindingKind::New => "begins".to_owned(),
                FindingKind::Gone => "ends".to_owned(),
                FindingKind::Less => times("less often", change.hourly_before / change.hourly_after),
                _ => times("more often", change.hourly_after / change.hourly_before),
            });
        }
        if let Some(shift) = series.shifts.first() {
            parts.push(format!("a number from {} to {}", shift.before, shift.after));
        }
        if let Some(silence) = series.silences.first() {
            parts.push(format!("silent for {}", duration(silence.seconds)));
        }
        parts.join("  ·  ")
    }

    /// Bursts on red below a full edge, silences in an empty box, a red line at a change of rate, a dashed bar below where a number
    /// is at another level: shapes as on the axis of the other picture, told apart without colours.
    fn draw_marks(&self, sheet: &mut dyn Sheet, series: &EventSeries) -> Result<(), PlotError> {
        const PALE: f64 = 0.14;
        let height = Rect { top: self.room.top - 2, ..self.room };
        for burst in &series.bursts {
            let (left, right) = self.columns(burst.first_bucket, burst.last_bucket);
            let around = Rect { left: left - 3, right: right + 3, ..height };
            sheet.fill(around, ALARM, PALE)?;
            sheet.fill(Rect { bottom: around.top + 2, ..around }, ALARM, 1.0)?;
        }
        let at = |line: usize| match self.placement.spots[line] {
            Spot::At(at) => Some(at),
            Spot::Untimed(_) => None,
        };
        for line in series.changes.iter().map(|change| change.line) {
            if let Some(x) = at(line).map(|at| self.column(at)) {
                sheet.fill(Rect { left: x - 1, right: x, ..height }, ALARM, 1.0)?;
            }
        }
        for shift in &series.shifts {
            if let (Some(from), Some(to)) = (at(shift.first), at(shift.last)) {
                let (left, right) = (self.column(from), self.column(to));
                let top = self.room.bottom + 2;
                sheet.dashes(left, right.max(left), top, INK)?;
            }
        }
        for silence in &series.silences {
            let Some(from) = at(silence.last_before) else { continue };
            let to = silence.first_after.and_then(at).unwrap_or(from + silence.seconds as f64);
            let around = Rect { left: self.column(from) + 1, right: self.column(to) - 1, ..height };
            let Rect { left, top, right, bottom } = around;
            if left + 1 < right {
                sheet.fill(around, INK, 1.0)?;
                let inside = Rect { left: left + 1, top: top + 1, right: right - 1, bottom: bottom - 1 };
                sheet.fill(inside, STRIP, 1.0)?;
            }
        }
        Ok(())
    }

    /// The columns of the buckets from `first` to `last`.
    fn columns(&self, first: usize, last: usize) -> (i32, i32) {
        let seconds = self.temporal.bucket_seconds as f64;
        let left = self.column(self.origin + first as f64 * seconds);
        let next = self.column(self.origin + (last + 1) as f64 * seconds);
        // a gap between bars that are wide enough for one
        let right = if next - left >= 4 { next - 2 } else { next - 1 };
        (left, right.max(left))
    }

    fn column(&self, at: f64) -> i32 {
        column(self.axis, at)
    }
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

/// `45 s`, `12 min`, `3 h`, `2 days`.
fn duration(seconds: i64) -> String {
    let units = [(86_400, "days"), (3_600, "h"), (60, "min")];
    let unit = units.into_iter().find(|&(length, _)| seconds >= 2 * length);
    unit.map_or_else(|| format!("{seconds} s"), |(length, name)| format!("{} {name}", seconds / length))
}

#[cfg(test)]
mod tests {
    use super::{duration, times};

    #[test]
    fn a_factor_that_is_none_is_left_out() {
        let said = [1.25, 12.4, f64::INFINITY, f64::NAN].map(|factor| times("more often", factor));
        assert_eq!(said, ["more often ×1.2", "more often ×12", "more often", "more often"]);
    }

    #[test]
    fn a_duration_is_told_in_the_unit_that_fits() {
        let cases = [(45, "45 s"), (119, "119 s"), (120, "2 min"), (7_200, "2 h"), (172_800, "2 days")];
        for (seconds, said) in cases {
            assert_eq!(duration(seconds), said);
        }
    }
}
