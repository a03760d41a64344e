//! Bytes to text: the encoding of a body or a file, what could not be read of it, and lines of unreasonable length.
//!
//! In: bytes. Out: [`Text`], which never fails: what no text holds is replaced and told.

use std::borrow::Cow;

/// The longest line that is read, in bytes: 256 KiB, the largest event that the log services of the big clouds took
/// for years. What stands behind it in a line is not looked at; a larger limit would only let one line cost more.
pub const LONGEST_LINE_BYTES: usize = 256 << 10;

/// Bytes that tell the encoding and whether it is text at all.
const SAMPLE_BYTES: usize = 4096;

/// How the bytes of a text stand for characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, of which ASCII is a part.
    Utf8,
    /// UTF-16, the low byte first, as Windows writes it.
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
}

impl Encoding {
    /// The encoding of a text that begins with `bytes`, and how many of them are its byte order mark.
    ///
    /// Without a mark it is UTF-16 where, of the first 4096 bytes, at least three in ten pairs hold a zero on the same
    /// side and hardly any on the other: times, levels and spaces are ASCII in a log of any language.
    #[must_use]
    pub fn of(bytes: &[u8]) -> (Self, usize) {
        match bytes {
            [0xef, 0xbb, 0xbf, ..] => return (Self::Utf8, 3),
            [0xff, 0xfe, ..] => return (Self::Utf16Le, 2),
            [0xfe, 0xff, ..] => return (Self::Utf16Be, 2),
            _ => {}
        }
        let pairs = bytes[..bytes.len().min(SAMPLE_BYTES)].chunks_exact(2);
        let n_pairs = pairs.len();
        let (mut first, mut second) = (0, 0);
        for pair in pairs {
            first += usize::from(pair[0] == 0 && pair[1] != 0);
            second += usize::from(pair[1] == 0 && pair[0] != 0);
        }
        let is_most = |many: usize, few: usize| n_pairs >= 4 && many * 10 >= n_pairs * 3 && few * 20 <= many;
        if is_most(second, first) {
            (Self::Utf16Le, 0)
        } else if is_most(first, second) {
            (Self::Utf16Be, 0)
        } else {
            (Self::Utf8, 0)
        }
    }
}

/// A text, and what is to be said of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Text<'b> {
    /// The text, borrowed where it is valid UTF-8, without byte order mark.
    pub text: Cow<'b, str>,
    /// What was assumed or replaced, one sentence each.
    pub warnings: Vec<String>,
}

/// Reads bytes as text: UTF-8, or UTF-16 by [`Encoding::of`]. What is neither becomes U+FFFD and is counted.
///
/// # Cost
/// Linear; valid UTF-8 is not copied.
#[must_use]
pub fn decode(bytes: &[u8]) -> Text<'_> {
    let (encoding, mark) = Encoding::of(bytes);
    let inside = &bytes[mark..];
    let (text, n_replaced, name) = match encoding {
        Encoding::Utf8 => {
            let (text, n_replaced) = from_utf8(inside);
            (text, n_replaced, "UTF-8")
        }
        Encoding::Utf16Le => from_utf16(inside, u16::from_le_bytes, "UTF-16 (low byte first)"),
        Encoding::Utf16Be => from_utf16(inside, u16::from_be_bytes, "UTF-16 (high byte first)"),
    };
    let mut warnings = Vec::new();
    if encoding != Encoding::Utf8 && mark == 0 {
        warnings.push(format!("the text has no byte order mark and was taken for {name}"));
    }
    if n_replaced > 0 {
        let (places, are) = if n_replaced == 1 { ("place", "is") } else { ("places", "are") };
        warnings.push(format!("{n_replaced} {places} of the text {are} not {name}; U+FFFD stands there now"));
    }
    if let Some(percent) = unreadable_percent(&text) {
        warnings.push(format!(
            "the input looks like binary data, not like a log: {percent} % of its beginning is no text; it was read all the same"
        ));
    }
    Text { text, warnings }
}

fn from_utf8(bytes: &[u8]) -> (Cow<'_, str>, usize) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (Cow::Borrowed(text), 0);
    }
    let n_replaced = bytes.utf8_chunks().filter(|chunk| !chunk.invalid().is_empty()).count();
    (String::from_utf8_lossy(bytes), n_replaced)
}

fn from_utf16<'b>(
    bytes: &[u8],
    unit: fn([u8; 2]) -> u16,
    name: &'static str,
) -> (Cow<'b, str>, usize, &'static str) {
    let pairs = bytes.chunks_exact(2);
    // A last byte without its other half is half a character.
    let mut n_replaced = pairs.remainder().len();
    let units = pairs.map(|pair| unit([pair[0], pair[1]]));
    let mut text = String::with_capacity(bytes.len() / 2);
    for read in char::decode_utf16(units) {
        n_replaced += usize::from(read.is_err());
        text.push(read.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    (Cow::Owned(text), n_replaced, name)
}

/// Whether a file that begins with `sample` is no log: its characters, be they UTF-8 or UTF-16, hold a NUL, or much of it
/// is no text.
#[must_use]
pub(crate) fn is_binary(sample: &[u8]) -> bool {
    let text = decode(sample).text;
    memchr::memchr(0, text.as_bytes()).is_some() || unreadable_percent(&text).is_some()
}

/// How much of the beginning is control characters and replacements, in percent; `None` where a log may well have it.
fn unreadable_percent(text: &str) -> Option<usize> {
    let is_unreadable = |c: &char| {
        let is_usual = matches!(c, '\t' | '\n' | '\r' | '\u{8}' | '\u{c}' | '\u{1b}');
        (c.is_control() && !is_usual) || *c == char::REPLACEMENT_CHARACTER
    };
    let n_chars = text.chars().take(SAMPLE_BYTES).count();
    let n_unreadable = text.chars().take(SAMPLE_BYTES).filter(is_unreadable).count();
    (n_unreadable > 4 && n_unreadable * 5 > n_chars).then(|| n_unreadable * 100 / n_chars)
}

/// Bytes of UTF-8 as text; what is none becomes U+FFFD and is counted.
pub(super) fn decode_utf8(bytes: Vec<u8>) -> (String, usize) {
    match String::from_utf8(bytes) {
        Ok(text) => (text, 0),
        Err(e) => {
            let (text, n_replaced) = from_utf8(e.as_bytes());
            (text.into_owned(), n_replaced)
        }
    }
}

/// Lines that were cut at [`LONGEST_LINE_BYTES`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cut {
    count: usize,
    /// Index of the first.
    first: usize,
}

impl Cut {
    /// Adds those of lines that have `before` others in front of them.
    pub(super) fn add(&mut self, next: Self, before: usize) {
        if self.count == 0 {
            self.first = before + next.first;
        }
        self.count += next.count;
    }

    /// How many.
    pub(crate) fn count(self) -> usize {
        self.count
    }

    /// What is to be said of them, if there are any.
    pub(super) fn warning(self) -> Option<String> {
        let Self { count, first } = self;
        let (lines, are) = if count == 1 { ("line", "is") } else { ("lines", "are") };
        (count > 0).then(|| {
            format!("{count} {lines} {are} longer than {LONGEST_LINE_BYTES} bytes and read only up to there; the first has log_id {first}")
        })
    }
}

/// Cuts lines at [`LONGEST_LINE_BYTES`].
pub(crate) fn cut_long(lines: &mut [Cow<'_, str>]) -> Cut {
    cut_each(lines, |line, end| match line {
        Cow::Borrowed(text) => *text = &text[..end],
        Cow::Owned(text) => text.truncate(end),
    })
}

/// As [`cut_long`], with lines that cut themselves.
pub(crate) fn cut_each<L: AsRef<str>>(lines: &mut [L], cut: impl Fn(&mut L, usize)) -> Cut {
    let mut done = Cut::default();
    for (index, line) in lines.iter_mut().enumerate() {
        let text = line.as_ref();
        if text.len() <= LONGEST_LINE_BYTES {
            continue;
        }
        let end = (0..=LONGEST_LINE_BYTES).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        cut(line, end);
        done.add(Cut { count: 1, first: index }, 0);
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn valid_utf8_is_borrowed_and_nothing_is_said_of_it() {
        let read = decode("\u{feff}größer 磁盘\r\n".as_bytes());
        assert!(matches!(read.text, Cow::Borrowed("größer 磁盘\r\n")));
        assert!(read.warnings.is_empty());
    }

    #[test]
    fn utf16_is_known_by_its_mark_and_without_it_by_its_zeros() {
        let text = "2024-01-01 10:00:00 ERROR диск заполнен\r\n";
        let order: [fn(u16) -> [u8; 2]; 2] = [u16::to_le_bytes, u16::to_be_bytes];
        for bytes in order {
            let marked = utf16(&format!("\u{feff}{text}"), bytes);
            assert_eq!(decode(&marked), Text { text: text.into(), warnings: vec![] });
            let bare = utf16(text, bytes);
            let read = decode(&bare);
            assert_eq!(read.text, text);
            assert!(read.warnings[0].starts_with("the text has no byte order mark"), "{read:?}");
        }
    }

    #[test]
    fn what_is_no_text_is_replaced_and_counted() {
        let read = decode(b"caf\xe9 open\nna\xefve");
        assert_eq!(read.text, "caf\u{fffd} open\nna\u{fffd}ve");
        assert!(read.warnings[0].starts_with("2 places of the text are not UTF-8"), "{read:?}");
        // a lone high surrogate and half a character
        let read = decode(b"\xff\xfea\x00\x00\xd8b\x00c");
        assert_eq!(read.text, "a\u{fffd}b");
        assert!(read.warnings[0].starts_with("2 places"), "{read:?}");
    }

    #[test]
    fn binary_data_is_told_and_a_log_with_colours_is_not() {
        let binary: Vec<u8> = (0..4000_u32).map(|i| (i * 7919 % 251) as u8).collect();
        assert!(decode(&binary).warnings.iter().any(|said| said.contains("binary")));
        assert!(decode("\u{1b}[31mERROR\u{1b}[0m\tx\r\n".repeat(99).as_bytes()).warnings.is_empty());
        assert_eq!(decode(b""), Text { text: "".into(), warnings: vec![] });
    }

    #[test]
    fn a_line_is_cut_between_characters() {
        let mut lines = vec![Cow::Borrowed("a"), Cow::Owned("ж".repeat(LONGEST_LINE_BYTES))];
        let said = cut_long(&mut lines).warning();
        assert_eq!((lines[0].len(), lines[1].len()), (1, LONGEST_LINE_BYTES));
        assert!(said.is_some_and(|said| said.ends_with("log_id 1")));
        assert_eq!(cut_long(&mut lines), Cut::default());
    }
}
