//! What the colours and marks mean.

use crate::report::{FindingKind, PatternReport, Report};
use crate::wording::{counted, percent};

use super::points::Groups;
use super::sheet::{Ring, Sheet};
use super::style::{ALARM, Colour, LEGEND_LEFT_PX, NOISE, OTHER, PALE_INK, PATTERNS, Rect};
use super::text::{Align, Type, plain};
use super::times::{Mark, mark_of};
use super::{HEIGHT_PX, PlotError, WIDTH_PX, style};

const NAME: Type = Type::new(12.0);
const DETAIL: Type = Type::new(11.0).colour(PALE_INK);
const ROW_PX: i32 = 36;
/// Rows of one line, and the lowest.
const SMALL_ROW_PX: i32 = 17;
const LOWEST: i32 = HEIGHT_PX.cast_signed() - 4;
const TEXT_LEFT_PX: i32 = LEGEND_LEFT_PX + 20;

/// Writes the legend from top to bottom: the largest patterns, the others, noise, outliers.
pub(super) fn draw(sheet: &mut dyn Sheet, report: &Report<'_>, groups: &Groups) -> Result<(), PlotError> {
    if report.lines.is_empty() {
        return Ok(());
    }
    let mut y = style::Panels::whole().top + 8;
    sheet.write("Patterns, largest first", (LEGEND_LEFT_PX - 5, y), Align::Left, Type::new(13.0).bold());
    y += 25;
    let n_lines = report.records().count();
    for (pattern, colour) in report.patterns.iter().zip(PATTERNS) {
        row(sheet, y, Some(colour), &plain(&pattern.template), &pattern_detail(pattern));
        y += ROW_PX;
    }
    if groups.n_other_lines > 0 {
        let name = counted(groups.n_other_patterns, "smaller pattern");
        row(sheet, y, Some(OTHER), &name, &detail(groups.n_other_lines, n_lines));
        y += ROW_PX;
    }
    if groups.n_noise_lines > 0 {
        row(sheet, y, Some(NOISE), "in no pattern", &detail(groups.n_noise_lines, n_lines));
        y += ROW_PX;
    }
    let n_outliers = report.records().filter(|(_, line)| line.is_outlier).count();
    if n_outliers > 0 {
        let ring = Ring { place: (LEGEND_LEFT_PX, y - 4), colour: OTHER, line: None };
        sheet.rings(&[ring], 6.5, &|_| String::new());
        row(sheet, y, None, "outlier, in its pattern's colour", &detail(n_outliers, n_lines));
        y += ROW_PX;
    }
    draw_times(sheet, report, y)
}

/// What the marks on the time axis mean, as far as there are any.
fn draw_times(sheet: &mut dyn Sheet, report: &Report<'_>, mut y: i32) -> Result<(), PlotError> {
    let kinds = [
        (FindingKind::Burst, "burst"),
        (FindingKind::Silence, "silence"),
        (FindingKind::Parameter, "number at another level"),
        (FindingKind::New, "begins, ends or changes its rate"),
    ];
    for (kind, name) in kinds {
        let mark = mark_of(kind);
        let n = report
            .findings
            .iter()
            .filter(|f| f.kind != FindingKind::Event && mark_of(f.kind) == mark)
            .count();
        let left = LEGEND_LEFT_PX - 5;
        if n > 0 && y < LOWEST {
            match mark {
                Some(Mark::Bar(bar)) => bar.draw(sheet, left, left + 21, y - 6)?,
                _ => {
                    let line = Rect { left: left + 5, right: left + 6, top: y - 12, bottom: y + 2 };
                    sheet.fill(line, ALARM, 1.0)?;
                }
            }
            sheet.write(&format!("{name} ({n})"), (TEXT_LEFT_PX, y), Align::Left, NAME);
            y += SMALL_ROW_PX;
        }
    }
    Ok(())
}

fn row(sheet: &mut dyn Sheet, y: i32, dot: Option<Colour>, name: &str, detail: &str) {
    if let Some(colour) = dot {
        sheet.disc((LEGEND_LEFT_PX, y - 4), 5.5, colour);
    }
    let room = (WIDTH_PX.cast_signed() - TEXT_LEFT_PX - 14) as f32;
    sheet.write(&NAME.shorten(name, room), (TEXT_LEFT_PX, y), Align::Left, NAME);
    sheet.write(detail, (TEXT_LEFT_PX, y + 15), Align::Left, DETAIL);
}

fn pattern_detail(pattern: &PatternReport) -> String {
    format!("{}, {}", counted(pattern.count, "line"), percent(pattern.share))
}

fn detail(n: usize, of: usize) -> String {
    format!("{}, {}", counted(n, "line"), percent(n as f64 / of.max(1) as f64))
}
