//! What the pictures are drawn on: pixels or shapes, by the same calls.

use std::collections::HashSet;

use super::PlotError;
use super::style::{ALARM, Colour, PAPER, Rect};
use super::text::{Align, Type};

/// A column and a row of the page, in pixels from its upper left corner.
pub(super) type Place = (i32, i32);

/// A faint dot: ordinary lines that meet in a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dot {
    /// Its centre.
    pub(super) place: Place,
    /// How dark; 255 is its colour.
    pub(super) strength: u8,
}

/// A disc in a ring: an outlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ring {
    /// Its centre.
    pub(super) place: Place,
    /// Colour of the disc.
    pub(super) colour: Colour,
    /// The line that it stands for; `None` for one that explains the others.
    pub(super) line: Option<usize>,
}

/// What a ring is made of, from the back to the front: the radius of a disc as a share of the ring's, and its colour, `None` for
/// that of the dot. The widest is paper, so that the line of the threshold does not run into a ring that lies upon it; in a
/// crowd it would cover what is behind and separate nothing.
pub(super) fn ring_parts(n_rings: usize) -> impl Iterator<Item = (f64, Option<Colour>)> {
    const CROWD: usize = 2_000;
    let halo = (n_rings <= CROWD).then_some((1.3, Some(PAPER)));
    halo.into_iter().chain([(1.0, Some(ALARM)), (0.69, Some(PAPER)), (0.57, None)])
}

/// A page.
pub(super) trait Sheet {
    /// Fills `rect`; `opacity` in `[0, 1]`.
    fn fill(&mut self, rect: Rect, colour: Colour, opacity: f64) -> Result<(), PlotError>;
    /// A line one pixel wide.
    fn line(&mut self, from: Place, to: Place, colour: Colour) -> Result<(), PlotError>;
    /// A level dashed line two pixels wide.
    fn dashes(&mut self, left: i32, right: i32, y: i32, colour: Colour) -> Result<(), PlotError>;
    /// Writes `text` with its baseline at the row of `place`.
    fn write(&mut self, text: &str, place: Place, align: Align, font: Type);
    /// Writes `text` upwards, its middle at the row and its baseline at the column of `place`.
    fn write_upwards(&mut self, text: &str, place: Place, font: Type);
    /// A full disc.
    fn disc(&mut self, place: Place, radius_px: f64, colour: Colour);
    /// Dots of one colour, no two at one place. Where two overlap the stronger counts, so that a crowd of faint dots stays
    /// faint.
    fn dots(&mut self, dots: &[Dot], radius_px: f64, colour: Colour);
    /// Rings that reach to `radius_px`, the last on top; those that touch share one ring, or red would be all one sees.
    /// `about` says of a line what a reader may ask about it.
    fn rings(&mut self, rings: &[Ring], radius_px: f64, about: &dyn Fn(usize) -> String);
}

/// The side of the smallest square cells of which `places` touch at most `most`.
pub(super) fn cell_px(places: &[Place], most: usize) -> i32 {
    let n_cells = |side: i32| {
        let cells = places.iter().map(|&(x, y)| (x.div_euclid(side), y.div_euclid(side)));
        cells.collect::<HashSet<Place>>().len()
    };
    (1..).find(|&side| n_cells(side) <= most.max(1)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::{Place, cell_px};

    #[test]
    fn cells_are_as_small_as_the_most_allows() {
        let line: Vec<Place> = (0..100).map(|x| (x, 0)).collect();
        assert_eq!(cell_px(&line, 100), 1);
        assert_eq!(cell_px(&line, 99), 2);
        assert_eq!(cell_px(&line, 20), 5);
        assert_eq!(cell_px(&[], 0), 1);
    }
}
