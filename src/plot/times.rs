//! Bursts, silences, changes and shifts, on the time axis.

use crate::report::{Finding, FindingKind, Report};

use super::PlotError;
use super::place::{Placement, Spot};
use super::scale::Scale;
use super::sheet::Sheet;
use super::style::{ALARM, Colour, INK, PALE_INK, Panels, Rect};

/// Height of a bar below the axis, and of the mark of a change above it.
const BAR_PX: i32 = 4;
const CHANGE_PX: i32 = 14;

/// What a finding looks like on the axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// A bar over its time.
    Bar(Colour),
    /// A line at its time.
    Change,
}

/// The mark of a kind of finding; `None` for one that is not about a time.
pub(super) const fn mark_of(kind: FindingKind) -> Option<Mark> {
    match kind {
        FindingKind::Burst => Some(Mark::Bar(ALARM)),
        FindingKind::Silence => Some(Mark::Bar(PALE_INK)),
        FindingKind::Parameter => Some(Mark::Bar(INK)),
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
    for finding in &report.findings {
        let Some(mark) = mark_of(finding.kind) else { continue };
        let Some((first, last)) = span(report, placement, finding) else { continue };
        let (left, right) = (scale.column(Spot::At(first)), scale.column(Spot::At(last)));
        match mark {
            Mark::Bar(colour) => {
                let bar = Rect { left, right: right.max(left + 2), top: bottom + 1, bottom: bottom + BAR_PX };
                sheet.fill(bar, colour, 1.0)?;
            }
            Mark::Change => {
                let begins = matches!(finding.kind, FindingKind::New | FindingKind::More);
                let x = if begins { left } else { right };
                sheet.fill(Rect { left: x - 1, right: x, top: bottom - CHANGE_PX, bottom }, ALARM, 1.0)?;
            }
        }
    }
    Ok(())
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
