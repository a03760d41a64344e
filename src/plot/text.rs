//! Letters: the font inside the program, measured and drawn with parts of a pixel between letters.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, GlyphId, PxScaleFont, ScaleFont, point};

use crate::hidden::is_hidden;
use crate::wording::said;

use super::canvas::to_byte;
use super::style::{Colour, INK};

static REGULAR: LazyLock<FontRef<'static>> = LazyLock::new(|| load(dejavu::sans::regular()));
static BOLD: LazyLock<FontRef<'static>> = LazyLock::new(|| load(dejavu::sans::bold()));

fn load(bytes: &'static [u8]) -> FontRef<'static> {
    FontRef::try_from_slice(bytes).expect("the font inside the program is whole")
}

/// How letters look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Type {
    /// Size of the em in pixels.
    pub(super) size_px: f32,
    /// Heavy letters.
    pub(super) bold: bool,
    /// Their colour.
    pub(super) colour: Colour,
}

impl Type {
    /// Regular letters in ink.
    pub(super) const fn new(size_px: f32) -> Self {
        Self { size_px, bold: false, colour: INK }
    }

    /// The same, heavy.
    pub(super) const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    /// The same in another colour.
    pub(super) const fn colour(self, colour: Colour) -> Self {
        Self { colour, ..self }
    }

    fn font(self) -> PxScaleFont<&'static FontRef<'static>> {
        let font: &'static FontRef<'static> = if self.bold { &BOLD } else { &REGULAR };
        let units_per_em = font.units_per_em().expect("DejaVu states its em");
        // ab_glyph's scale is the height from ascender to descender
        font.into_scaled(self.size_px * font.height_unscaled() / units_per_em)
    }

    /// Width of `text` in pixels.
    pub(super) fn width(self, text: &str) -> f32 {
        glyphs(&self.font(), text).last().map_or(0.0, |(_, pen, advance)| pen + advance)
    }

    /// `text` cut to `width_px`, with an ellipsis where something was cut.
    pub(super) fn shorten(self, text: &str, width_px: f32) -> String {
        let font = self.font();
        let room = width_px - self.width("…");
        let mut kept_bytes = 0;
        for ((start, c), (_, pen, advance)) in text.char_indices().zip(glyphs(&font, text)) {
            if pen + advance <= room {
                kept_bytes = start + c.len_utf8();
            }
            if pen + advance > width_px {
                return format!("{}…", text[..kept_bytes].trim_end());
            }
        }
        text.to_owned()
    }
}

/// Glyph, its pen position and its advance in pixels, letter by letter.
fn glyphs<'a>(
    font: &'a PxScaleFont<&'static FontRef<'static>>,
    text: &'a str,
) -> impl Iterator<Item = (GlyphId, f32, f32)> + 'a {
    let mut end = 0.0;
    let mut previous = None;
    text.chars().map(move |c| {
        let id = font.glyph_id(c);
        let pen = end + previous.map_or(0.0, |left| font.kern(left, id));
        let advance = font.h_advance(id);
        end = pen + advance;
        previous = Some(id);
        (id, pen, advance)
    })
}

/// Which point of a text stands at the given place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Align {
    /// Its beginning.
    Left,
    /// Its middle.
    Centre,
    /// Its end.
    Right,
}

impl Align {
    /// The part of a text that lies left of the given place.
    pub(super) const fn share(self) -> f32 {
        match self {
            Self::Left => 0.0,
            Self::Centre => 0.5,
            Self::Right => 1.0,
        }
    }
}

/// Calls `ink` with each pixel of `text`, from the baseline at `start`.
pub(super) fn set(text: &str, start: f32, font: Type, mut ink: impl FnMut(i32, i32, u8)) {
    let scaled = font.font();
    for (id, pen, _) in glyphs(&scaled, text) {
        let glyph = id.with_scale_and_position(scaled.scale(), point(start + pen, 0.0));
        let Some(outline) = scaled.outline_glyph(glyph) else { continue };
        let corner = outline.px_bounds().min;
        let (left, top) = (corner.x as i32, corner.y as i32);
        outline.draw(|dx, dy, coverage| {
            let (dx, dy) = (dx.cast_signed(), dy.cast_signed());
            ink(left + dx, top + dy, to_byte(f64::from(coverage)));
        });
    }
}

/// One line of plain words: hidden characters become spaces, runs of space one, `<*>` a star.
/// What lies beyond the first 300 characters would not be drawn anyway and is left out; of nothing it is said that
/// it is blank.
pub(super) fn plain(text: &str) -> String {
    const READ_CHARS: usize = 300;
    let head: String = text.chars().take(READ_CHARS).map(|c| if is_hidden(c) { ' ' } else { c }).collect();
    let words: Vec<&str> = head.split_whitespace().collect();
    said(&words.join(" ").replace("<*>", "*")).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortened_text_fits_and_ends_in_an_ellipsis() {
        let font = Type::new(12.0);
        let text = "Payment <*> of <*> EUR authorised by the gateway";
        let short = font.shorten(text, 120.0);
        assert!(font.width(&short) <= 120.0, "{short}");
        assert!(font.width(&short) > 100.0, "not shorter than need be: {short}");
        assert!(short.ends_with('…') && text.starts_with(short.trim_end_matches('…')));
    }

    #[test]
    fn a_text_that_fits_stays_whole() {
        let font = Type::new(12.0);
        let width = font.width("Cache hit");
        assert_eq!(font.shorten("Cache hit", width), "Cache hit");
    }

    #[test]
    fn plain_words_hold_no_control_characters() {
        assert_eq!(plain("a\tb\r\n  c \u{202e}d <*>\u{0}"), "a b c d *");
        assert_eq!(plain(" \n "), "(blank line)");
    }
}
