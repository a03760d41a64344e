//! A body that is read in parts of whole rows, so that its size does not matter.
//!
//! In: bytes as they come. Out: parts of text, always cut in the same places, and the lines of each.

use std::borrow::Cow;
use std::io::{self, Read};

use super::request::{Format, Rows, lines_of_text};
use super::text::{Cut, Encoding, cut_long, decode, decode_utf8};

/// Bytes of a part: some 30,000 lines, which outweigh what a part costs by itself, and come soon enough.
const PART_BYTES: usize = 4 << 20;

/// A longer row is no line that anybody wrote. It is divided here, so that a body without line ends fits in memory.
const ROW_BYTES_MAX: usize = 64 << 20;

/// Rows of plain text or NDJSON, a part at a time.
#[derive(Debug)]
pub struct Parts<R> {
    source: R,
    format: Format,
    /// The beginning of a row whose end is not read yet.
    rest: Vec<u8>,
    is_first: bool,
    is_done: bool,
    /// What is to be said of the text: of the first part that has something.
    said: Vec<String>,
    n_replaced: usize,
    odd: Odd,
    cut: Cut,
    n_rows: usize,
    n_lines: usize,
}

/// Rows of NDJSON that are none.
#[derive(Debug, Default)]
struct Odd {
    count: usize,
    /// Number of the first, from 1.
    first: usize,
}

impl<R: Read> Parts<R> {
    /// The rows of `source`, which is plain text or, by `format`, NDJSON.
    #[must_use]
    pub fn new(source: R, format: Format) -> Self {
        Self {
            source,
            format,
            rest: Vec::new(),
            is_first: true,
            is_done: false,
            said: Vec::new(),
            n_replaced: 0,
            odd: Odd::default(),
            cut: Cut::default(),
            n_rows: 0,
            n_lines: 0,
        }
    }

    /// Where the bytes come from.
    pub fn source(&mut self) -> &mut R {
        &mut self.source
    }

    /// The next part; `None` at the end. A text in UTF-16 is one part.
    ///
    /// # Errors
    /// Those of the source. After one there are no more parts.
    pub fn next_part(&mut self) -> io::Result<Option<String>> {
        if self.is_done {
            return Ok(None);
        }
        self.is_done = true;
        let mut bytes = std::mem::take(&mut self.rest);
        let mut is_end = self.fill(&mut bytes)?;
        if self.is_first && Encoding::of(&bytes).0 != Encoding::Utf8 && !is_end {
            bytes.append(&mut self.rest);
            self.source.read_to_end(&mut bytes)?;
            is_end = true;
        }
        self.is_done = is_end;
        if bytes.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.text(bytes)))
    }

    fn text(&mut self, bytes: Vec<u8>) -> String {
        if std::mem::take(&mut self.is_first) {
            let read = decode(&bytes);
            self.said = read.warnings;
            return read.text.into_owned();
        }
        let (text, n_replaced) = decode_utf8(bytes);
        self.n_replaced += n_replaced;
        text
    }

    /// Bytes up to the end of a row, in parts that do not depend on how they come; whether there are no more.
    fn fill(&mut self, bytes: &mut Vec<u8>) -> io::Result<bool> {
        loop {
            let wanted = bytes.len() + PART_BYTES;
            (&mut self.source).take(PART_BYTES as u64).read_to_end(bytes)?;
            if bytes.len() < wanted {
                return Ok(true);
            }
            match memchr::memrchr(b'\n', bytes) {
                Some(end) => {
                    self.rest = bytes.split_off(end + 1);
                    return Ok(false);
                }
                None if bytes.len() >= ROW_BYTES_MAX => return Ok(false),
                None => {}
            }
        }
    }

    /// The lines of a part; to be called once for each, in order.
    pub fn lines<'p>(&mut self, part: &'p str) -> Vec<Cow<'p, str>> {
        let Rows { mut lines, n_odd, first_odd, n_rows } = lines_of_text(self.format, part);
        if n_odd > 0 && self.odd.count == 0 {
            self.odd.first = self.n_rows + first_odd;
        }
        self.odd.count += n_odd;
        self.cut.add(cut_long(&mut lines), self.n_lines);
        self.n_rows += n_rows;
        self.n_lines += lines.len();
        lines
    }

    /// What was replaced, cut or assumed so far, to be said in the reply.
    pub fn warnings(&self) -> Vec<String> {
        let mut said = self.said.clone();
        if self.n_replaced > 0 {
            said.push(format!(
                "{} more places of the text are not UTF-8; U+FFFD stands there now",
                self.n_replaced
            ));
        }
        said.extend(Rows::warning(self.odd.count, self.odd.first));
        said.extend(self.cut.warning());
        said
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};

    use super::{PART_BYTES, Parts};
    use crate::wire::Format;

    /// A source that gives its bytes a few at a time, as a network does.
    struct Drops<'b>(&'b [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let size = into.len().min(self.1);
            self.0.read(&mut into[..size])
        }
    }

    fn all(bytes: &[u8], drop: usize, format: Format) -> (Vec<String>, Vec<usize>, Vec<String>) {
        let mut parts = Parts::new(Drops(bytes, drop), format);
        let (mut lines, mut sizes) = (Vec::new(), Vec::new());
        while let Some(part) = parts.next_part().unwrap() {
            lines.extend(parts.lines(&part).into_iter().map(std::borrow::Cow::into_owned));
            sizes.push(part.len());
        }
        (lines, sizes, parts.warnings())
    }

    #[test]
    fn parts_are_cut_at_row_ends_and_always_in_the_same_places() {
        let row = "2024-01-01 10:00:00 INFO größer\r\n";
        let text = row.repeat(3 * PART_BYTES / row.len());
        let (lines, sizes, said) = all(text.as_bytes(), usize::MAX, Format::Text);
        assert_eq!(lines.len(), text.lines().count());
        assert!(lines.iter().all(|line| line == row.trim_end()));
        assert!(sizes.len() >= 3 && sizes.iter().all(|size| *size <= PART_BYTES + row.len()), "{sizes:?}");
        assert!(said.is_empty());
        assert_eq!(all(text.as_bytes(), 1_000, Format::Text), (lines, sizes, said));
    }

    #[test]
    fn odd_rows_and_long_lines_are_counted_over_all_parts() {
        let mut text = format!("{}\nnone\n", "\"x\"\n".repeat(PART_BYTES / 4));
        text += &format!("\"{}\"\n7\n", "y".repeat(300_000));
        let (lines, sizes, said) = all(text.as_bytes(), usize::MAX, Format::Ndjson);
        assert!(sizes.len() > 1);
        // a blank row is no line
        assert_eq!(lines.len(), text.lines().count() - 1);
        assert!(said[0].starts_with("2 rows of NDJSON are neither"), "{said:?}");
        assert!(said[0].ends_with(&format!("row {}", PART_BYTES / 4 + 2)), "{said:?}");
        assert!(said[1].ends_with(&format!("log_id {}", PART_BYTES / 4 + 1)), "{said:?}");
    }

    #[test]
    fn bytes_that_are_no_text_are_told_wherever_they_stand() {
        let mut bytes = b"ordinary line of text\n".repeat(PART_BYTES / 20);
        bytes.extend_from_slice(b"caf\xe9\n");
        let (lines, _, said) = all(&bytes, usize::MAX, Format::Text);
        assert_eq!(lines.last().unwrap(), "caf\u{fffd}");
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(all(b"", 1, Format::Text).0.is_empty());
    }

    #[test]
    fn a_text_in_utf16_is_read_whole() {
        let text = "10:00 INFO größer\n".repeat(PART_BYTES / 20);
        let bytes: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        let (lines, sizes, _) = all(&bytes, usize::MAX, Format::Text);
        assert_eq!((lines.len(), sizes.len()), (text.lines().count(), 1));
    }
}
