//! The picture of a comparison: what is different, a row for each difference, the baseline beside the new log.

use crate::analysis::compare::{Change, ChangeKind, Comparison, PARTS, SideStatistics};
use crate::entry::Timestamp;
use crate::wording::{counted, grouped};

use super::PlotError;
use super::sheet::Sheet;
use super::style::{ALARM, Colour, GRID, INK, MARGIN_PX, PALE_INK, PATTERNS, Rect};
use super::text::{Align, Type, plain};

const MOST_ROWS: usize = 8;
/// The first row's upper edge, and the last one's lower.
const ROWS: (i32, i32) = (92, 564);
/// Where the bars of the baseline and of the new log stand.
const COLUMNS: [(i32, i32); 2] = [(400, 776), (800, 1_176)];
const GAP_PX: i32 = 14;
const TITLE: Type = Type::new(19.0).bold();
const NAME: Type = Type::new(12.0);
const DETAIL: Type = Type::new(11.0).colour(PALE_INK);
const BEFORE: Colour = (128, 138, 150);

/// Draws the rows, most telling first. In each the lines of the event over time, or over the lines where no line has a time:
/// as a share of the log's lines, so that logs of any length compare. What is new or
/// worse has a red edge; red bars are lines that are new or more.
pub(super) fn draw(sheet: &mut dyn Sheet, comparison: &Comparison) -> Result<(), PlotError> {
    let worse = comparison.findings.iter().filter(|change| change.is_worse).count();
    let title = match comparison.findings.len() {
        0 => "Nothing is different".to_owned(),
        n => format!("{}, {} new or worse", counted(n, "difference"), grouped(worse)),
    };
    sheet.write(&title, (MARGIN_PX, 34), Align::Left, TITLE);
    let sides = [("Baseline", &comparison.before), ("Now", &comparison.after)];
    for (at, (((name, side), by_time), (left, right))) in
        sides.into_iter().zip(comparison.by_time).zip(COLUMNS).enumerate()
    {
        let said = format!("{name}: {}", counted(side.lines, "line"));
        sheet.write(&said, (left, 62), Align::Left, NAME.bold());
        let is_model = comparison.findings.iter().any(|change| change.parts[at].is_empty());
        let seen = if is_model { "what a model has learnt".to_owned() } else { seen(side, by_time) };
        let seen = DETAIL.shorten(&seen, (right - left) as f32);
        sheet.write(&seen, (left, 79), Align::Left, DETAIL);
    }
    let height = (ROWS.1 - ROWS.0) / MOST_ROWS as i32;
    for (at, change) in comparison.findings.iter().take(MOST_ROWS).enumerate() {
        let top = ROWS.0 + at as i32 * height;
        draw_row(sheet, comparison, change, (top + 4, top + height - GAP_PX))?;
    }
    let n_more = comparison.findings.len().saturating_sub(MOST_ROWS);
    if n_more > 0 {
        let said = format!("{} not shown", counted(n_more, "more difference"));
        sheet.write(&said, (MARGIN_PX, ROWS.1 + 20), Align::Left, DETAIL);
    }
    Ok(())
}

fn draw_row(
    sheet: &mut dyn Sheet,
    comparison: &Comparison,
    change: &Change,
    (top, bottom): (i32, i32),
) -> Result<(), PlotError> {
    let room = (COLUMNS[0].0 - MARGIN_PX - 24) as f32;
    sheet.write(&NAME.shorten(&plain(&change.template), room), (MARGIN_PX, top + 10), Align::Left, NAME);
    let level = change.level.map_or_else(String::new, |level| format!("  ·  {level}"));
    let kind = Type { colour: if change.is_worse { ALARM } else { INK }, ..DETAIL.bold() };
    sheet.write(&format!("{}{level}", change.kind.name()), (MARGIN_PX, top + 26), Align::Left, kind);
    sheet.write(&DETAIL.shorten(&plain(&change.detail), room), (MARGIN_PX, top + 41), Align::Left, DETAIL);
    if change.is_worse {
        sheet.fill(Rect { left: MARGIN_PX - 10, right: MARGIN_PX - 7, top, bottom }, ALARM, 1.0)?;
    }
    let lines = [comparison.before.lines, comparison.after.lines];
    let share = |side: usize, count: u32| f64::from(count) / lines[side].max(1) as f64;
    let shares = (0..2).flat_map(|side| change.parts[side].iter().map(move |count| share(side, *count)));
    let most = shares.fold(0.0, f64::max);
    // Of other changes only some lines of the event are worse.
    let is_all_worse = change.is_worse && matches!(change.kind, ChangeKind::New | ChangeKind::More);
    let colours = [BEFORE, if is_all_worse { ALARM } else { PATTERNS[0] }];
    let counts = [change.count_before, change.count_after];
    for (side, (left, right)) in COLUMNS.into_iter().enumerate() {
        for (part, &count) in change.parts[side].iter().enumerate().filter(|(_, count)| **count > 0) {
            let column = |part: usize| left + (part as i32 * (right - left)) / PARTS as i32;
            let high = (f64::from(bottom - top - 12) * share(side, count) / most).round() as i32;
            let bar = Rect {
                left: column(part),
                right: (column(part + 1) - 1).max(column(part)),
                top: bottom - high.max(2),
                bottom,
            };
            sheet.fill(bar, colours[side], 1.0)?;
        }
        sheet.line((left, bottom + 1), (right, bottom + 1), GRID)?;
        let said = match change.parts[side].is_empty() {
            true => format!("{}, when is not kept", counted(counts[side], "line")),
            false => counted(counts[side], "line"),
        };
        sheet.write(&said, (right, top + 6), Align::Right, DETAIL);
    }
    Ok(())
}

/// First and last time, and what the bars stand for where that is no time.
fn seen(side: &SideStatistics, by_time: bool) -> String {
    let time = |time: Timestamp| {
        let format = if time.dated().is_some() { "%Y-%m-%d %H:%M:%S" } else { "%H:%M:%S" };
        time.civil.format(format).to_string()
    };
    match side.time_range {
        Some((first, last)) if by_time => format!("{} to {}", time(first), time(last)),
        _ => "from the first line to the last".to_owned(),
    }
}
