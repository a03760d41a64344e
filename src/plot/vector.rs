//! The sheet of shapes: SVG, sharp at any size, with what a line says shown where the pointer rests on an outlier.

use std::collections::{BTreeMap, HashMap};

use svg::Document;
use svg::node::element::{Circle, Group, Line, Rectangle, Text, Title};

use super::PlotError;
use super::sheet::{Dot, Place, Ring, Sheet, cell_px, ring_parts};
use super::style::{Colour, PAPER, Rect};
use super::text::{Align, Type};
use super::{HEIGHT_PX, WIDTH_PX};

/// Dots of one colour, and rings: a crowd of more is drawn in squares that each stand for several, or a log of a million lines
/// would become a file that no browser opens.
const MOST_SHAPES: usize = 3_000;
/// Outliers that tell their lines, and how many of those at one place.
const MOST_TITLES: usize = 500;
const MOST_LINES: usize = 5;

/// The sheet.
pub(super) struct Shapes {
    document: Document,
}

impl Shapes {
    /// An empty page.
    pub(super) fn new(title: &str) -> Self {
        let document = Document::new()
            .set("viewBox", (0, 0, WIDTH_PX, HEIGHT_PX))
            .set("width", WIDTH_PX)
            .set("height", HEIGHT_PX)
            .set("role", "img")
            .set("font-family", "DejaVu Sans, Verdana, sans-serif")
            .add(Title::new(title))
            .add(Rectangle::new().set("width", "100%").set("height", "100%").set("fill", css(PAPER)));
        Self { document }
    }

    /// The page as SVG.
    pub(super) fn into_svg(self) -> String {
        self.document.to_string()
    }

    fn add(&mut self, node: impl Into<Box<dyn svg::Node>>) {
        svg::Node::append(&mut self.document, node);
    }

    fn text(&mut self, text: &str, (x, y): Place, anchor: &'static str, font: Type, upwards: bool) {
        let mut element = Text::new(text)
            .set("x", x)
            .set("y", y)
            .set("font-size", font.size_px)
            .set("text-anchor", anchor)
            .set("fill", css(font.colour));
        if font.bold {
            element = element.set("font-weight", "bold");
        }
        if upwards {
            element = element.set("transform", format!("rotate(-90 {x} {y})"));
        }
        self.add(element);
    }
}

fn css((red, green, blue): Colour) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn circle((x, y): Place, radius_px: f64) -> Circle {
    Circle::new().set("cx", x).set("cy", y).set("r", (radius_px * 100.0).round() / 100.0)
}

fn opacity(strength: u8) -> f64 {
    (f64::from(strength) / 2.55).round() / 100.0
}

impl Sheet for Shapes {
    fn fill(&mut self, rect: Rect, colour: Colour, opacity: f64) -> Result<(), PlotError> {
        let filled = Rectangle::new()
            .set("x", rect.left)
            .set("y", rect.top)
            .set("width", rect.right - rect.left + 1)
            .set("height", rect.bottom - rect.top + 1)
            .set("fill", css(colour));
        self.add(if opacity < 1.0 { filled.set("fill-opacity", opacity) } else { filled });
        Ok(())
    }

    fn line(&mut self, from: Place, to: Place, colour: Colour) -> Result<(), PlotError> {
        // the middle of a pixel, as a line of pixels lies
        let (x1, y1) = (f64::from(from.0) + 0.5, f64::from(from.1) + 0.5);
        let (x2, y2) = (f64::from(to.0) + 0.5, f64::from(to.1) + 0.5);
        self.add(
            Line::new().set("x1", x1).set("y1", y1).set("x2", x2).set("y2", y2).set("stroke", css(colour)),
        );
        Ok(())
    }

    fn dashes(&mut self, left: i32, right: i32, y: i32, colour: Colour) -> Result<(), PlotError> {
        let line = Line::new().set("x1", left).set("y1", y + 1).set("x2", right).set("y2", y + 1);
        self.add(line.set("stroke", css(colour)).set("stroke-width", 2).set("stroke-dasharray", "8 5"));
        Ok(())
    }

    fn write(&mut self, text: &str, place: Place, align: Align, font: Type) {
        let anchor = match align {
            Align::Left => "start",
            Align::Centre => "middle",
            Align::Right => "end",
        };
        self.text(text, place, anchor, font, false);
    }

    fn write_upwards(&mut self, text: &str, place: Place, font: Type) {
        self.text(text, place, "middle", font, true);
    }

    fn disc(&mut self, place: Place, radius_px: f64, colour: Colour) {
        self.add(circle(place, radius_px).set("fill", css(colour)));
    }

    fn dots(&mut self, dots: &[Dot], radius_px: f64, colour: Colour) {
        let places: Vec<Place> = dots.iter().map(|dot| dot.place).collect();
        let side = cell_px(&places, MOST_SHAPES);
        let mut group = Group::new().set("fill", css(colour));
        if side == 1 {
            for dot in dots {
                group = group.add(circle(dot.place, radius_px).set("fill-opacity", opacity(dot.strength)));
            }
        } else {
            let mut cells: BTreeMap<Place, u8> = BTreeMap::new();
            for Dot { place: (x, y), strength } in dots {
                let cell = cells.entry((x.div_euclid(side), y.div_euclid(side))).or_default();
                *cell = (*cell).max(*strength);
            }
            for ((column, row), strength) in cells {
                let square = Rectangle::new().set("x", column * side).set("y", row * side);
                let square = square.set("width", side).set("height", side);
                group = group.add(square.set("fill-opacity", opacity(strength)));
            }
        }
        self.add(group);
    }

    fn rings(&mut self, rings: &[Ring], radius_px: f64, about: &dyn Fn(usize) -> String) {
        // the last stays on top, so of several in a cell it is the one that is drawn; it tells the lines of all
        let places: Vec<Place> = rings.iter().map(|ring| ring.place).collect();
        let side = cell_px(&places, MOST_SHAPES);
        let mut cells: HashMap<Place, usize> = HashMap::new();
        let mut seen: Vec<(&Ring, Vec<usize>)> = Vec::new();
        for ring in rings.iter().rev() {
            let cell = (ring.place.0.div_euclid(side), ring.place.1.div_euclid(side));
            let at = *cells.entry(cell).or_insert(seen.len());
            if at == seen.len() {
                seen.push((ring, Vec::new()));
            }
            seen[at].1.extend(ring.line);
        }
        seen.reverse();
        for (share, plain) in ring_parts(seen.len()) {
            let mut group = Group::new();
            for (ring, _) in &seen {
                let fill = css(plain.unwrap_or(ring.colour));
                group = group.add(circle(ring.place, share * radius_px).set("fill", fill));
            }
            self.add(group);
        }
        let mut group = Group::new().set("fill", "none").set("pointer-events", "all");
        for (ring, lines) in &seen[seen.len().saturating_sub(MOST_TITLES)..] {
            if !lines.is_empty() {
                let mut said: Vec<String> = lines.iter().take(MOST_LINES).map(|&line| about(line)).collect();
                if lines.len() > MOST_LINES {
                    said.push(format!("and {} more", lines.len() - MOST_LINES));
                }
                group = group.add(circle(ring.place, radius_px).add(Title::new(said.join("\n"))));
            }
        }
        self.add(group);
    }
}

#[cfg(test)]
mod tests {
    use super::super::style::ALARM;
    use super::*;

    #[test]
    fn what_a_log_says_is_no_markup() {
        let mut page = Shapes::new("<title>");
        page.write("</text><script>alert(1)</script> & \"x\"", (1, 2), Align::Left, Type::new(12.0));
        let ring = Ring { place: (5, 5), colour: PAPER, line: Some(0) };
        page.rings(&[ring], 5.0, &|_| "<b onload=x>".to_owned());
        let svg = page.into_svg();
        assert!(!svg.contains("<script") && !svg.contains("<b "), "{svg}");
        assert!(svg.contains("&lt;/text&gt;&lt;script&gt;") && svg.contains("&lt;b onload=x&gt;"), "{svg}");
    }

    #[test]
    fn a_crowd_is_drawn_in_as_many_shapes_as_a_browser_bears_and_none_is_left_out() {
        let dots: Vec<Dot> = (0..90_000).map(|at| Dot { place: (at % 300, at / 300), strength: 9 }).collect();
        let mut page = Shapes::new("");
        page.dots(&dots, 1.2, ALARM);
        let svg = page.into_svg();
        let n_squares = svg.matches("fill-opacity").count();
        assert!(n_squares <= MOST_SHAPES, "{n_squares}");
        // cells of 6 pixels: 50 x 50 of them are all the plane
        assert_eq!(n_squares, 2_500);
    }
}
