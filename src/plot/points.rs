//! The dots: ordinary lines by pattern, outliers in rings above them.

use crate::report::{NOISE, Report};

use super::canvas::{Canvas, Layer, Stamp, to_byte};
use super::place::Placement;
use super::scale::{Scale, drawable};
use super::style::{self, ALARM, Colour, PAPER};

/// Which colour a pattern has, and how many lines.
pub(super) struct Groups {
    largest: Vec<i32>,
    /// Lines of patterns beyond the largest.
    pub(super) n_other_lines: usize,
    /// Patterns beyond the largest.
    pub(super) n_other_patterns: usize,
    /// Lines of no pattern.
    pub(super) n_noise_lines: usize,
}

/// A colour's place in the order of the palette: noise, the others, then the largest.
pub(super) type Slot = u8;
const NOISE_SLOT: Slot = 0;
const OTHER_SLOT: Slot = 1;

impl Groups {
    /// Gives the largest patterns their colours.
    pub(super) fn new(report: &Report<'_>) -> Self {
        let n_largest = report.patterns.len().min(style::PATTERNS.len());
        let largest: Vec<i32> =
            report.patterns[..n_largest].iter().map(|pattern| pattern.pattern_id).collect();
        let mut groups = Self {
            n_other_patterns: report.patterns.len() - n_largest,
            largest,
            n_other_lines: 0,
            n_noise_lines: 0,
        };
        for (_, line) in report.records() {
            match groups.slot(line.pattern_id) {
                NOISE_SLOT => groups.n_noise_lines += 1,
                OTHER_SLOT => groups.n_other_lines += 1,
                _ => {}
            }
        }
        groups
    }

    fn slot(&self, pattern_id: i32) -> Slot {
        if pattern_id == NOISE {
            return NOISE_SLOT;
        }
        let rank = self.largest.iter().position(|&id| id == pattern_id);
        rank.map_or(OTHER_SLOT, |rank| OTHER_SLOT + 1 + Slot::try_from(rank).expect("as few as the palette"))
    }
}

fn colour(slot: Slot) -> Colour {
    match slot {
        NOISE_SLOT => style::NOISE,
        OTHER_SLOT => style::OTHER,
        ranked => style::PATTERNS[usize::from(ranked - OTHER_SLOT - 1)],
    }
}

/// Every record as a dot.
pub(super) struct Marks {
    /// Slot, row, column; sorted; one per line.
    ordinary: Vec<(Slot, i32, i32)>,
    /// Lowest score first.
    pub(super) outliers: Vec<OutlierMark>,
}

/// An outlier line on the page.
#[derive(Clone, Copy, Debug)]
pub(super) struct OutlierMark {
    /// Column.
    pub(super) x: i32,
    /// Row.
    pub(super) y: i32,
    /// The line.
    pub(super) line: usize,
    slot: Slot,
    score: f64,
}

/// Finds the pixel of every record.
pub(super) fn marks(report: &Report<'_>, placement: &Placement, scale: &Scale, groups: &Groups) -> Marks {
    let mut marks = Marks { ordinary: Vec::with_capacity(report.lines.len()), outliers: Vec::new() };
    for (line, judged) in report.records() {
        let spot = &placement.spots[line];
        let (x, y) = (scale.column(*spot), scale.row(judged.anomaly_score));
        let slot = groups.slot(judged.pattern_id);
        if judged.is_outlier {
            marks.outliers.push(OutlierMark { x, y, line, slot, score: drawable(judged.anomaly_score) });
        } else {
            marks.ordinary.push((slot, y, x));
        }
    }
    marks.ordinary.sort_unstable();
    marks.outliers.sort_by(|a, b| a.score.total_cmp(&b.score));
    marks
}

impl Marks {
    /// Columns and rows of the ordinary lines.
    pub(super) fn ordinary_places(&self) -> impl Iterator<Item = (i32, i32)> {
        self.ordinary.iter().map(|&(_, y, x)| (x, y))
    }
}

/// Draws the lines that are no outliers: a dot per pixel and colour, darker where more lines meet.
///
/// The fewer lines a colour has, the later it is drawn and the larger its dots, so a rare pattern is seen in
/// the midst of a crowd.
pub(super) fn draw_ordinary(canvas: &mut Canvas, marks: &Marks) {
    let mut groups: Vec<&[(Slot, i32, i32)]> = marks.ordinary.chunk_by(|a, b| a.0 == b.0).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    let mut layer = Layer::new();
    for group in groups {
        layer.clear();
        press_group(&mut layer, group);
        canvas.blend_layer(&layer, colour(group[0].0));
    }
}

fn press_group(layer: &mut Layer, group: &[(Slot, i32, i32)]) {
    let (radius_px, alone) = size(group.len());
    let stamp = Stamp::disc(radius_px);
    let most = group.chunk_by(|a, b| a == b).map(<[_]>::len).max().unwrap_or(1);
    for here in group.chunk_by(|a, b| a == b) {
        let (_, y, x) = here[0];
        layer.press(&stamp, x, y, strength(here.len(), most, alone));
    }
}

/// Radius of a dot, and how dark a single line is: as much as the crowd of its colour allows.
const fn size(n_lines: usize) -> (f64, f64) {
    match n_lines {
        0..=30 => (4.5, 0.85),
        31..=300 => (3.0, 0.8),
        301..=3_000 => (2.5, 0.75),
        3_001..=15_000 => (1.7, 0.65),
        _ => (1.2, 0.55),
    }
}

/// How dark a dot of `count` lines is, if the darkest has `most` and a single line is `alone`: a
/// logarithm, so that a single line is seen beside thousands.
fn strength(count: usize, most: usize, alone: f64) -> u8 {
    let share = if most > 1 { (count as f64).ln() / (most as f64).ln() } else { 0.0 };
    to_byte(alone + (1.0 - alone) * share)
}

/// Draws the outliers, the highest on top. Those that touch share one ring, or red would be all one sees.
pub(super) fn draw_outliers(canvas: &mut Canvas, marks: &Marks) {
    let places: Vec<((i32, i32), Colour)> =
        marks.outliers.iter().map(|mark| ((mark.x, mark.y), colour(mark.slot))).collect();
    press_ringed(canvas, &places, outlier_radius(places.len()));
}

/// Discs of the given colours on paper, in a red ring that reaches to `radius_px`.
pub(super) fn press_ringed(canvas: &mut Canvas, places: &[((i32, i32), Colour)], radius_px: f64) {
    const INSIDE: f64 = 0.69; // shares of the radius
    const CORE: f64 = 0.57;
    for (share, plain) in [(1.0, Some(ALARM)), (INSIDE, Some(PAPER)), (CORE, None)] {
        let stamp = Stamp::disc(share * radius_px);
        for &((x, y), colour) in places {
            canvas.press(&stamp, x, y, plain.unwrap_or(colour));
        }
    }
}

/// Radius of an outlier: larger than most ordinary dots of the same picture.
pub(super) const fn outlier_radius(n_outliers: usize) -> f64 {
    match n_outliers {
        0..=200 => 6.5,
        201..=2_000 => 5.5,
        _ => 4.5,
    }
}
