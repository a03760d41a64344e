//! The sheet of pixels: what plotters draws shapes on, and stamps for dots by the hundred thousand.

use plotters::backend::BitMapBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{PathElement, Rectangle};
use plotters::style::{Color, RGBColor};

use super::sheet::{Dot, Place, Ring, Sheet, ring_parts};
use super::style::{Colour, PAPER, Rect};
use super::text::{Align, Type, set};
use super::{HEIGHT_PX, PlotError, WIDTH_PX};

/// The sheet, row by row, three bytes a pixel.
pub(super) struct Canvas {
    pixels: Vec<u8>,
}

impl Canvas {
    /// An empty page.
    pub(super) fn new() -> Self {
        let n_pixels = (WIDTH_PX * HEIGHT_PX) as usize;
        Self { pixels: [PAPER.0, PAPER.1, PAPER.2].repeat(n_pixels) }
    }

    fn shapes<E>(&mut self, draw: impl FnOnce(&Area<'_>) -> Result<(), E>) -> Result<(), PlotError>
    where
        PlotError: From<E>,
    {
        let area = BitMapBackend::with_buffer(&mut self.pixels, (WIDTH_PX, HEIGHT_PX)).into_drawing_area();
        draw(&area)?;
        area.present()?;
        Ok(())
    }

    /// Mixes `colour` into one pixel; `coverage` of 255 replaces it. Pixels off the page are ignored.
    fn blend(&mut self, x: i32, y: i32, colour: Colour, coverage: u8) {
        let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else { return };
        if x >= WIDTH_PX || y >= HEIGHT_PX {
            return;
        }
        let at = 3 * (y * WIDTH_PX + x) as usize;
        for (channel, ink) in self.pixels[at..at + 3].iter_mut().zip([colour.0, colour.1, colour.2]) {
            *channel = mix(*channel, ink, coverage);
        }
    }

    fn press(&mut self, stamp: &Stamp, (x, y): Place, colour: Colour) {
        for &(dx, dy, coverage) in &stamp.cells {
            self.blend(x + dx, y + dy, colour, coverage);
        }
    }

    /// Mixes `colour` in wherever `layer` has something.
    fn blend_layer(&mut self, layer: &Layer, colour: Colour) {
        for (pixel, &coverage) in self.pixels.chunks_exact_mut(3).zip(&layer.coverage) {
            if coverage > 0 {
                for (channel, ink) in pixel.iter_mut().zip([colour.0, colour.1, colour.2]) {
                    *channel = mix(*channel, ink, coverage);
                }
            }
        }
    }

    /// The page as the bytes of a PNG.
    pub(super) fn into_png(self) -> Result<Vec<u8>, PlotError> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, WIDTH_PX, HEIGHT_PX);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        // flat colours: unfiltered rows pack a third smaller than filtered ones, and faster
        encoder.set_filter(png::FilterType::NoFilter);
        encoder.set_compression(png::Compression::Default);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.pixels)?;
        writer.finish()?;
        Ok(bytes)
    }
}

impl Sheet for Canvas {
    fn fill(&mut self, rect: Rect, colour: Colour, opacity: f64) -> Result<(), PlotError> {
        // The backend leaves out the last column and the last row.
        let corners = [(rect.left, rect.top), (rect.right + 1, rect.bottom + 1)];
        self.shapes(|area| area.draw(&Rectangle::new(corners, pen(colour).mix(opacity).filled())))
    }

    fn line(&mut self, from: Place, to: Place, colour: Colour) -> Result<(), PlotError> {
        self.shapes(|area| area.draw(&PathElement::new([from, to], pen(colour))))
    }

    fn dashes(&mut self, left: i32, right: i32, y: i32, colour: Colour) -> Result<(), PlotError> {
        const DASH_PX: i32 = 8;
        const PERIOD_PX: usize = 13;
        (left..=right).step_by(PERIOD_PX).try_for_each(|x| {
            let dash = Rect { left: x, right: (x + DASH_PX - 1).min(right), top: y, bottom: y + 1 };
            self.fill(dash, colour, 1.0)
        })
    }

    fn write(&mut self, text: &str, (x, y): Place, align: Align, font: Type) {
        let start = -align.share() * font.width(text);
        set(text, start, font, |dx, dy, coverage| self.blend(x + dx, y + dy, font.colour, coverage));
    }

    fn write_upwards(&mut self, text: &str, (x, y): Place, font: Type) {
        let start = -font.width(text) / 2.0;
        set(text, start, font, |dx, dy, coverage| self.blend(x + dy, y - dx, font.colour, coverage));
    }

    fn disc(&mut self, place: Place, radius_px: f64, colour: Colour) {
        self.press(&Stamp::disc(radius_px), place, colour);
    }

    fn dots(&mut self, dots: &[Dot], radius_px: f64, colour: Colour) {
        let stamp = Stamp::disc(radius_px);
        let mut layer = Layer::new();
        for dot in dots {
            layer.press(&stamp, dot.place, dot.strength);
        }
        self.blend_layer(&layer, colour);
    }

    fn rings(&mut self, rings: &[Ring], radius_px: f64, _: &dyn Fn(usize) -> String) {
        for (share, plain) in ring_parts(rings.len()) {
            let stamp = Stamp::disc(share * radius_px);
            for ring in rings {
                self.press(&stamp, ring.place, plain.unwrap_or(ring.colour));
            }
        }
    }
}

type Area<'a> = DrawingArea<BitMapBackend<'a>, Shift>;

const fn pen(colour: Colour) -> RGBColor {
    RGBColor(colour.0, colour.1, colour.2)
}

/// `below + (ink − below) · coverage / 255`, rounded.
fn mix(below: u8, ink: u8, coverage: u8) -> u8 {
    let (below, ink, coverage) = (u32::from(below), u32::from(ink), u32::from(coverage));
    u8::try_from((below * (255 - coverage) + ink * coverage + 127) / 255).expect("a mean of two bytes")
}

/// A small shape: offset from its centre, and how much of the pixel it covers, 255 being all.
struct Stamp {
    cells: Vec<(i32, i32, u8)>,
}

impl Stamp {
    /// A disc with a soft edge.
    fn disc(radius_px: f64) -> Self {
        let reach = radius_px.ceil() as i32 + 1;
        let cells = (-reach..=reach)
            .flat_map(|dy| (-reach..=reach).map(move |dx| (dx, dy)))
            .map(|(dx, dy)| (dx, dy, to_byte(radius_px + 0.5 - f64::from(dx).hypot(f64::from(dy)))))
            .filter(|&(_, _, coverage)| coverage > 0)
            .collect();
        Self { cells }
    }
}

/// A share in `[0, 1]` as a byte; what lies outside is cut off.
pub(super) fn to_byte(share: f64) -> u8 {
    (share.clamp(0.0, 1.0) * 255.0).round() as u8
}

/// The dots of one colour before they meet the page: where two overlap the stronger counts, so a crowd
/// of faint dots stays faint.
struct Layer {
    coverage: Vec<u8>,
}

impl Layer {
    /// Nothing yet.
    fn new() -> Self {
        Self { coverage: vec![0; (WIDTH_PX * HEIGHT_PX) as usize] }
    }

    /// Presses a stamp centred on a pixel; `strength` of 255 is the whole stamp.
    fn press(&mut self, stamp: &Stamp, (x, y): Place, strength: u8) {
        for &(dx, dy, coverage) in &stamp.cells {
            let (Ok(x), Ok(y)) = (u32::try_from(x + dx), u32::try_from(y + dy)) else { continue };
            if x < WIDTH_PX && y < HEIGHT_PX {
                let cell = &mut self.coverage[(y * WIDTH_PX + x) as usize];
                *cell = (*cell).max(mix(0, coverage, strength));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::style::ALARM;
    use super::*;

    /// Columns and rows of the pixels that are not paper.
    fn inked(canvas: &Canvas) -> Vec<(usize, usize)> {
        let pixels = canvas.pixels.chunks_exact(3).enumerate();
        let inked = pixels.filter(|(_, pixel)| **pixel != [PAPER.0, PAPER.1, PAPER.2]);
        inked.map(|(at, _)| (at % WIDTH_PX as usize, at / WIDTH_PX as usize)).collect()
    }

    #[test]
    fn a_filled_rectangle_has_both_its_corners() {
        let mut canvas = Canvas::new();
        canvas.fill(Rect { left: 4, top: 7, right: 5, bottom: 7 }, ALARM, 1.0).unwrap();
        assert_eq!(inked(&canvas), [(4, 7), (5, 7)], "a bar one pixel high is drawn");
    }

    #[test]
    fn dashes_are_two_pixels_thick_as_in_shapes() {
        let mut canvas = Canvas::new();
        canvas.dashes(10, 24, 3, ALARM).unwrap();
        let row: Vec<usize> = (10..18).chain(23..25).collect();
        let places = |y: usize| row.iter().map(move |&x| (x, y));
        assert_eq!(inked(&canvas), places(3).chain(places(4)).collect::<Vec<_>>());
    }
}
