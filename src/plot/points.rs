//! The dots: ordinary lines by pattern, outliers in rings above them.

use crate::report::{NOISE, Report};

use super::canvas::to_byte;
use super::place::Placement;
use super::scale::{Scale, drawable};
use super::sheet::{Dot, Ring, Sheet};
use super::style::{self, Colour};
use super::text::plain;

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

    /// The colour of a pattern.
    pub(super) fn colour(&self, pattern_id: i32) -> Colour {
        colour(self.slot(pattern_id))
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
pub(super) fn draw_ordinary(sheet: &mut dyn Sheet, marks: &Marks) {
    let mut groups: Vec<&[(Slot, i32, i32)]> = marks.ordinary.chunk_by(|a, b| a.0 == b.0).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    for group in groups {
        let (radius_px, alone) = size(group.len());
        let here = group.chunk_by(|a, b| a == b);
        let most = here.clone().map(<[_]>::len).max().unwrap_or(1);
        let dots: Vec<Dot> = here
            .map(|here| Dot { place: (here[0].2, here[0].1), strength: strength(here.len(), most, alone) })
            .collect();
        sheet.dots(&dots, radius_px, colour(group[0].0));
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

/// Draws the outliers, the highest on top.
pub(super) fn draw_outliers(sheet: &mut dyn Sheet, report: &Report<'_>, marks: &Marks) {
    let ring = |mark: &OutlierMark| Ring {
        place: (mark.x, mark.y),
        colour: colour(mark.slot),
        line: Some(mark.line),
    };
    let rings: Vec<Ring> = marks.outliers.iter().map(ring).collect();
    sheet.rings(&rings, outlier_radius(rings.len()), &|line| about(report, line));
}

/// `line 17, score 0.93: ERROR disk full`.
fn about(report: &Report<'_>, line: usize) -> String {
    let judged = &report.lines[line];
    let level = judged.entry.level.map_or_else(String::new, |level| format!("{level} "));
    let said = plain(report.message(line));
    format!("line {}, score {:.2}: {level}{said}", judged.log_id, drawable(judged.anomaly_score))
}

/// Radius of an outlier: larger than most ordinary dots of the same picture.
pub(super) const fn outlier_radius(n_outliers: usize) -> f64 {
    match n_outliers {
        0..=200 => 6.5,
        201..=2_000 => 5.5,
        _ => 4.5,
    }
}
