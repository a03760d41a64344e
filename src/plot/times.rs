//! Bursts, silences, changes and shifts, on the time axis.
//!
//! Each kind has a row and a shape of its own, so that one does not cover another, and they differ also without any colour.

use crate::report::{Finding, FindingKind, Report};

use super::PlotError;
use super::place::{Placement, Spot};
use super::scale::Scale;
use super::sheet::Sheet;
use super::style::{ALARM, INK, PAPER, Panels, Rect};

/// Height of a bar below the axis, from one row of bars to the next, and height of the mark of a change above the axis.
const BAR_PX: i32 = 4;
const ROW_PX: i32 = 5;
const CHANGE_PX: i32 = 14;
/// Least width of a bar, less one: a hollow one shows that it is.
const LEAST_PX: i32 = 3;

/// What a finding looks like on the axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// A bar over its time.
    Bar(Bar),
    /// A line at its time.
    Change,
}

/// What a bar looks like; the rows below the axis in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bar {
    /// Full: many lines.
    Full,
    /// Hollow: no lines.
    Hollow,
    /// Dashed: other numbers.
    Dashed,
}

impl Bar {
    /// Draws it from `left` to `right`, its upper edge at `top`.
    pub(super) fn draw(
        self,
        sheet: &mut dyn Sheet,
        left: i32,
        right: i32,
        top: i32,
    ) -> Result<(), PlotError> {
        let bar = Rect { left, right, top, bottom: top + BAR_PX - 1 };
        match self {
            Self::Full => sheet.fill(bar, ALARM, 1.0),
            Self::Hollow => {
                sheet.fill(bar, INK, 1.0)?;
                let inside = Rect { left: left + 1, right: right - 1, top: top + 1, bottom: bar.bottom - 1 };
                if inside.left <= inside.right { sheet.fill(inside, PAPER, 1.0) } else { Ok(()) }
            }
            Self::Dashed => sheet.dashes(left, right, top + 1, INK),
        }
    }
}

/// The mark of a kind of finding; `None` for one that is not about a time.
pub(super) const fn mark_of(kind: FindingKind) -> Option<Mark> {
    match kind {
        FindingKind::Burst => Some(Mark::Bar(Bar::Full)),
        FindingKind::Silence => Some(Mark::Bar(Bar::Hollow)),
        FindingKind::Parameter => Some(Mark::Bar(Bar::Dashed)),
        FindingKind::New | FindingKind::Gone | FindingKind::More | FindingKind::Less => Some(Mark::Change),
        FindingKind::Event | FindingKind::Trend | FindingKind::Session => None,
    }
}

/// Draws a bar below the axis where a burst, a silence or a shifted number lasts, and a line upon it where an event begins,
/// ends or changes its rate.
pub(super) fn draw(
    sheet: &mut dyn Sheet,
    report: &Report<'_>,
    placement: &Placement,
    panels: &Panels,
    scale: &Scale,
) -> Result<(), PlotError> {
    let bottom = panels.main.bottom;
    let top = |bar: Bar| bottom + 1 + ROW_PX * bar as i32;
    let mut dashed = Vec::new();
    let timed =
        placement.spots.iter().filter_map(|spot| if let Spot::At(at) = spot { Some(*at) } else { None });
    let end = timed.fold(f64::NEG_INFINITY, f64::max);
    for finding in &report.findings {
        let Some(mark) = mark_of(finding.kind) else { continue };
        let Some((first, mut last)) = span(report, placement, finding) else { continue };
        // A silence that lasts has a line in front of it and none behind.
        if finding.kind == FindingKind::Silence && last <= first {
            last = end;
        }
        let (left, right) = (scale.column(Spot::At(first)), scale.column(Spot::At(last)));
        match mark {
            Mark::Bar(Bar::Dashed) => dashed.push((left, right.max(left + LEAST_PX))),
            Mark::Bar(bar) => bar.draw(sheet, left, right.max(left + LEAST_PX), top(bar))?,
            Mark::Change => {
                let begins = matches!(finding.kind, FindingKind::New | FindingKind::More);
                let x = if begins { left } else { right };
                sheet.fill(Rect { left: x - 1, right: x, top: bottom - CHANGE_PX, bottom }, ALARM, 1.0)?;
            }
        }
    }
    joined(dashed)
        .into_iter()
        .try_for_each(|(left, right)| Bar::Dashed.draw(sheet, left, right, top(Bar::Dashed)))
}

/// Spans that touch as one, for dashes that meet would be none.
pub(super) fn joined(mut spans: Vec<(i32, i32)>) -> Vec<(i32, i32)> {
    spans.sort_unstable();
    let mut joined: Vec<(i32, i32)> = Vec::new();
    for (left, right) in spans {
        match joined.last_mut().filter(|(_, end)| left <= *end) {
            Some((_, end)) => *end = right.max(*end),
            None => joined.push((left, right.max(left))),
        }
    }
    joined
}

/// The places of the first and the last line that a finding is about.
fn span(report: &Report<'_>, placement: &Placement, finding: &Finding) -> Option<(f64, f64)> {
    let (from, to) = (finding.first_seen?.instant(), finding.last_seen?.instant());
    let of_finding = report.records().filter(|(_, line)| {
        let at = line.entry.timestamp.map(|time| time.instant());
        line.event == finding.event && at.is_some_and(|at| (from..=to).contains(&at))
    });
    let spots = of_finding.filter_map(|(line, _)| match placement.spots[line] {
        Spot::At(at) => Some(at),
        Spot::Untimed(_) => None,
    });
    spots.fold(None, |span, at| match span {
        None => Some((at, at)),
        Some((first, last)) => Some((at.min(first), at.max(last))),
    })
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn spans_that_meet_have_their_dashes_once() {
        assert_eq!(joined(vec![(40, 60), (10, 30), (20, 25), (30, 35)]), [(10, 35), (40, 60)]);
        assert_eq!(joined(vec![(9, 4)]), [(9, 9)]);
    }
}
