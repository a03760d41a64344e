//! Names of the top findings beside their highest line, placed so that none covers a ring or another name.

use crate::entry::Level;
use crate::report::{Finding, FindingKind, Report};
use crate::wording::grouped;

use super::PlotError;
use super::crowd::Crowd;
use super::points::{Marks, OutlierMark};
use super::sheet::{Place, Sheet};
use super::style::{INK, PALE_INK, PAPER, Panels, Rect};
use super::text::{Align, Type, plain};

/// Findings that are named.
const MOST: usize = 6;
const FONT: Type = Type::new(12.0);
/// How wide a name may be, and where there is no room for that.
const TEXT_WIDTHS_PX: [f32; 3] = [300.0, 210.0, 140.0];
const HEIGHT_PX: i32 = 17;
const PADDING_PX: i32 = 4;

/// A name, and where it stands.
pub(super) struct Callout {
    text: String,
    place: Rect,
    mark: OutlierMark,
}

/// Finds places for the names of the top findings. Where long ones leave no room for all, they are shorter; one for which there
/// is no room even then is left out; the reply has them all.
pub(super) fn place(
    report: &Report<'_>,
    marks: &Marks,
    crowd: &Crowd,
    threshold: Option<[Rect; 2]>,
) -> Vec<Callout> {
    let anchors = anchors(report, marks);
    let of_widths = (0..TEXT_WIDTHS_PX.len()).map(|longest| {
        let (name_of_line, line) = threshold.map(|[name, line]| (name, line)).unzip();
        let mut taken = Taken { line, names: Vec::from_iter(name_of_line), ways: Vec::new() };
        let place_one = |&(finding, mark): &(&Finding, OutlierMark)| {
            let callout = TEXT_WIDTHS_PX[longest..].iter().find_map(|&width_px| {
                let text = name(report, finding, width_px);
                let width = FONT.width(&text).ceil() as i32 + 2 * PADDING_PX;
                Some(Callout { place: best_place(mark, width, &taken, crowd)?, text, mark })
            })?;
            taken.names.push(callout.place);
            taken.ways.push(Way::new(mark, callout.place));
            Some(callout)
        };
        anchors.iter().filter_map(place_one).collect::<Vec<Callout>>()
    });
    let mut best = Vec::new();
    for callouts in of_widths {
        if callouts.len() > best.len() {
            best = callouts;
        }
        if best.len() == anchors.len() {
            break;
        }
    }
    best
}

/// Draws the lines that lead to the names; rings on their way lie above them.
pub(super) fn draw_ways(sheet: &mut dyn Sheet, callouts: &[Callout]) -> Result<(), PlotError> {
    callouts.iter().try_for_each(|callout| {
        let Way { from, to } = Way::new(callout.mark, callout.place);
        sheet.line(from, to, PALE_INK)
    })
}

/// Draws the names.
pub(super) fn draw_names(sheet: &mut dyn Sheet, callouts: &[Callout]) -> Result<(), PlotError> {
    callouts.iter().try_for_each(|Callout { text, place, .. }| {
        sheet.fill(*place, PAPER, 0.88)?;
        sheet.write(text, (place.left + PADDING_PX, place.bottom - 5), Align::Left, FONT.colour(INK));
        Ok(())
    })
}

/// What a name must not cover, beside rings.
struct Taken {
    /// That of the threshold.
    line: Option<Rect>,
    /// Those of findings, and of the threshold.
    names: Vec<Rect>,
    ways: Vec<Way>,
}

impl Taken {
    /// Whether a name has room here, and the way to it is free of other names and of their ways.
    fn leaves_free(&self, place: Rect, mark: OutlierMark) -> bool {
        let way = Way::new(mark, place);
        Panels::whole().holds(place)
            && !self.line.is_some_and(|line| line.meets(place))
            && !self.names.iter().any(|name| name.meets(place) || way.meets(*name))
            && !self.ways.iter().any(|other| other.meets(place) || way.crosses(*other))
    }
}

/// The straight line from a mark to the nearest point of its name.
#[derive(Clone, Copy)]
struct Way {
    from: Place,
    to: Place,
}

impl Way {
    fn new(mark: OutlierMark, place: Rect) -> Self {
        let to = (mark.x.clamp(place.left, place.right), mark.y.clamp(place.top, place.bottom));
        Self { from: (mark.x, mark.y), to }
    }

    /// Pixels to the right and downwards.
    const fn span(self) -> (i32, i32) {
        (self.to.0 - self.from.0, self.to.1 - self.from.1)
    }

    /// Points of it that are `step_px` apart, from `start_px` on.
    fn points(self, start_px: i32, step_px: usize) -> impl Iterator<Item = Rect> {
        let (dx, dy) = self.span();
        let length = f64::from(dx).hypot(f64::from(dy));
        (start_px..length as i32).step_by(step_px).map(move |at| {
            let share = f64::from(at) / length;
            let x = self.from.0 + (share * f64::from(dx)).round() as i32;
            let y = self.from.1 + (share * f64::from(dy)).round() as i32;
            Rect { left: x, right: x, top: y, bottom: y }
        })
    }

    fn meets(self, rect: Rect) -> bool {
        self.points(0, 2).any(|point| point.meets(rect))
    }

    /// Whether the ends of each lie on both sides of the other.
    fn crosses(self, other: Self) -> bool {
        let side = |way: Self, (x, y): Place| {
            let (dx, dy) = way.span();
            (dx * (y - way.from.1) - dy * (x - way.from.0)).signum()
        };
        side(self, other.from) * side(self, other.to) < 0 && side(other, self.from) * side(other, self.to) < 0
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
fn name(report: &Report<'_>, finding: &Finding, width_px: f32) -> String {
    let template = report.events.get(finding.event).map_or_else(String::new, |event| plain(&event.template));
    let level = finding
        .level
        .filter(|&level| level >= Level::Warn)
        .map_or_else(String::new, |level| format!("{level} "));
    let times = if finding.count > 1 { format!(" ×{}", grouped(finding.count)) } else { String::new() };
    let room = width_px - FONT.width(&times);
    FONT.shorten(&format!("{level}{template}"), room) + &times
}

/// The place nearest to the mark that covers no ring and the fewest dots, and whose way leads past the fewest rings.
fn best_place(mark: OutlierMark, width: i32, taken: &Taken, crowd: &Crowd) -> Option<Rect> {
    const DOT_PX: i64 = 15; // covering a dot is as bad as being so much farther away
    const RING_PX: i64 = 40; // and so is a ring on the way
    const STEP_PX: usize = 6;
    let mut best: Option<(i64, Rect)> = None;
    for place in candidates(mark, width) {
        let way = Way::new(mark, place);
        let near = i64::from(distance(way)) + DOT_PX * i64::from(crowd.dots(place));
        let is_better = |cost: i64| best.is_none_or(|(least, _)| cost < least);
        if is_better(near) && crowd.rings(place) == 0 && taken.leaves_free(place, mark) {
            let others = way.points(2 * crowd.reach(), STEP_PX).filter(|point| crowd.rings(*point) > 0);
            let cost = near + RING_PX * others.count() as i64;
            if is_better(cost) {
                best = Some((cost, place));
            }
        }
    }
    best.map(|(_, place)| place)
}

/// Places around the mark, near ones first.
fn candidates(mark: OutlierMark, width: i32) -> impl Iterator<Item = Rect> {
    const BESIDE_PX: i32 = 12;
    const STEP_PX: usize = 6;
    const MOST_PX: i32 = 180;
    let outward = || (0..=MOST_PX).step_by(STEP_PX);
    outward().flat_map(|rise| [-rise, rise]).flat_map(move |rise| {
        let right = outward().map(move |far| mark.x + BESIDE_PX + far);
        let left = outward().map(move |far| mark.x - BESIDE_PX - far - width);
        let across = (0..=width).step_by(STEP_PX).map(move |back| mark.x - back);
        right.chain(left).chain(across).map(move |left| {
            let top = mark.y + rise - HEIGHT_PX / 2;
            Rect { left, top, right: left + width, bottom: top + HEIGHT_PX }
        })
    })
}

/// Pixels from a mark to its name; those upwards or downwards count more, for a name beside it is read first.
const fn distance(way: Way) -> i32 {
    let (dx, dy) = way.span();
    dx.abs() + dy.abs() * 3 / 2
}
