//! Names of the top findings beside their highest line, placed so that none covers another.

use crate::entry::Level;
use crate::report::{Finding, FindingKind, Report};
use crate::wording::grouped;

use super::PlotError;
use super::crowd::Crowd;
use super::points::{Marks, OutlierMark, outlier_radius};
use super::sheet::Sheet;
use super::style::{INK, PALE_INK, PAPER, Panels, Rect};
use super::text::{Align, Type, plain};

const MOST: usize = 6;
const FONT: Type = Type::new(12.0);
const TEXT_WIDTH_PX: f32 = 300.0;
const HEIGHT_PX: i32 = 17;
const PADDING_PX: i32 = 4;

/// Names the top findings. One for which there is no room is left out; the reply has them all.
pub(super) fn draw(
    sheet: &mut dyn Sheet,
    report: &Report<'_>,
    marks: &Marks,
    crowd: &Crowd,
    threshold: Vec<Rect>,
) -> Result<(), PlotError> {
    let radius = outlier_radius(marks.outliers.len()).ceil() as i32;
    let anchors = anchors(report, marks);
    let marked = anchors.iter().map(|&(_, mark)| around(mark, radius));
    let mut taken = Taken { shapes: threshold.into_iter().chain(marked).collect(), names: Vec::new() };
    for (finding, mark) in anchors {
        let text = name(report, finding);
        let width = FONT.width(&text).ceil() as i32 + 2 * PADDING_PX;
        let Some(place) = best_place(mark, width, &taken, crowd) else { continue };
        draw_one(sheet, &text, place, mark, radius)?;
        taken.names.extend([place, leader(mark, place)]);
    }
    Ok(())
}

/// What a name must not cover.
struct Taken {
    /// The threshold and the named marks.
    shapes: Vec<Rect>,
    /// Names, and the lines that lead to them.
    names: Vec<Rect>,
}

impl Taken {
    /// Whether a name has room here, and the way to it is free of other names.
    fn leaves_free(&self, place: Rect, mark: OutlierMark) -> bool {
        let way = leader(mark, place);
        Panels::whole().holds(place)
            && !self.shapes.iter().any(|shape| shape.meets(place))
            && !self.names.iter().any(|name| name.meets(place) || name.meets(way))
    }
}

/// The first findings that are about outliers, each with its highest; bursts and their like stand on the axis.
fn anchors<'a>(report: &'a Report<'_>, marks: &Marks) -> Vec<(&'a Finding, OutlierMark)> {
    let highest = |finding: &Finding| {
        let of_event = |mark: &&OutlierMark| report.lines[mark.line].event == finding.event;
        marks.outliers.iter().rev().find(of_event).copied()
    };
    let of_lines = report.findings.iter().filter(|finding| finding.kind == FindingKind::Event);
    of_lines.filter_map(|finding| Some((finding, highest(finding)?))).take(MOST).collect()
}

/// `ERROR Disk * failed ×12`, short enough.
fn name(report: &Report<'_>, finding: &Finding) -> String {
    let template = report.events.get(finding.event).map_or_else(String::new, |event| plain(&event.template));
    let level = finding
        .level
        .filter(|&level| level >= Level::Warn)
        .map_or_else(String::new, |level| format!("{level} "));
    let times = if finding.count > 1 { format!(" ×{}", grouped(finding.count)) } else { String::new() };
    let room = TEXT_WIDTH_PX - FONT.width(&times);
    FONT.shorten(&format!("{level}{template}"), room) + &times
}

const fn around(mark: OutlierMark, radius: i32) -> Rect {
    Rect { left: mark.x - radius, top: mark.y - radius, right: mark.x + radius, bottom: mark.y + radius }
}

/// The free place nearest to the mark that covers the fewest dots.
fn best_place(mark: OutlierMark, width: i32, taken: &Taken, crowd: &Crowd) -> Option<Rect> {
    const DOT_PX: i64 = 15; // covering a dot is as bad as being so much farther away
    let cost = |place: &Rect| DOT_PX * i64::from(crowd.count(*place)) + i64::from(distance(mark, *place));
    candidates(mark, width).filter(|&place| taken.leaves_free(place, mark)).min_by_key(cost)
}

/// Places to the right, left, above and below, near ones first.
fn candidates(mark: OutlierMark, width: i32) -> impl Iterator<Item = Rect> {
    const RISES_PX: [i32; 13] = [0, -20, 20, -36, 36, -54, 54, -76, 76, -100, 100, -130, 130];
    const SHIFTS_PX: [i32; 4] = [12, 26, 48, 80];
    RISES_PX.into_iter().flat_map(move |rise| {
        let right = SHIFTS_PX.map(|shift| mark.x + shift);
        let left = SHIFTS_PX.map(|shift| mark.x - shift - width);
        let middle = [mark.x - width / 2];
        right.into_iter().chain(left).chain(middle).map(move |left| {
            let top = mark.y + rise - HEIGHT_PX / 2;
            Rect { left, top, right: left + width, bottom: top + HEIGHT_PX }
        })
    })
}

/// Pixels from a mark to the nearest point of a place.
fn distance(mark: OutlierMark, place: Rect) -> i32 {
    let (x, y) = nearest(mark, place);
    (mark.x - x).abs() + (mark.y - y).abs()
}

/// The rectangle around the line from a mark to its name.
fn leader(mark: OutlierMark, place: Rect) -> Rect {
    let (x, y) = nearest(mark, place);
    Rect { left: mark.x.min(x), top: mark.y.min(y), right: mark.x.max(x), bottom: mark.y.max(y) }
}

fn nearest(mark: OutlierMark, place: Rect) -> (i32, i32) {
    (mark.x.clamp(place.left, place.right), mark.y.clamp(place.top, place.bottom))
}

fn draw_one(
    sheet: &mut dyn Sheet,
    text: &str,
    place: Rect,
    mark: OutlierMark,
    radius: i32,
) -> Result<(), PlotError> {
    let (x, y) = nearest(mark, place);
    let (dx, dy) = (f64::from(x - mark.x), f64::from(y - mark.y));
    let length = dx.hypot(dy);
    if length > f64::from(radius) {
        let share = f64::from(radius) / length;
        let start = (mark.x + (dx * share).round() as i32, mark.y + (dy * share).round() as i32);
        sheet.line(start, (x, y), PALE_INK)?;
    }
    sheet.fill(place, PAPER, 0.88)?;
    sheet.write(text, (place.left + PADDING_PX, place.bottom - 5), Align::Left, FONT.colour(INK));
    Ok(())
}
