//! A line that is a JSON object: its fields, flattened, become time, level, host, component and message.
//!
//! In: the text of one object. Out: a draft, or nothing where the text is no object. The message is the message
//! field, then every field that is no header as ` key=value` in the order of the line; arrays stay JSON.

use std::borrow::Cow;

use super::draft::Draft;
use super::fields::{Best, role};
use crate::entry::{Format, Front};

/// Objects nested deeper than this stay JSON text.
const DEEPEST: usize = 6;
/// A path longer than this stays JSON text, so that long keys do not multiply.
const LONGEST_PATH: usize = 256;

/// Blocks of eight bytes in which the end of a string is looked for at first.
const MOST_BLOCKS: usize = 4;
/// The marks that end or escape, eight times each.
const QUOTES: u64 = u64::from_le_bytes([b'"'; 8]);
const BACKSLASHES: u64 = u64::from_le_bytes([b'\\'; 8]);
/// Fields that room is made for at once.
const USUAL_FIELDS: usize = 12;

/// One scalar, or an array, of an object.
struct Field<'a> {
    path: Cow<'a, str>,
    value: Cow<'a, str>,
    is_text: bool,
}

/// Reads `line` as one JSON object; the second value is the text of a container's own line inside, if it is a wrapper.
pub(super) fn read(line: &str) -> Option<(Draft<'_>, Option<Cow<'_, str>>)> {
    if !line.starts_with('{') {
        return None;
    }
    let mut reader = Reader { text: line, at: 0, fields: Vec::with_capacity(USUAL_FIELDS) };
    let is_whole = reader.object("", 0).is_some() && line[reader.at..].trim().is_empty();
    if !is_whole && reader.fields.is_empty() {
        return None;
    }
    let fields = reader.fields;
    let mut best = Best::default();
    for (index, field) in fields.iter().enumerate() {
        best.weigh(index, role(&field.path), &field.value, field.is_text);
    }
    let mut draft = Draft::of(line);
    draft.front = Front::CLOSED;
    draft.format = Format::Json;
    draft.stamp = best.whole_stamp();
    draft.level = best.level;
    let text_of = |at: Option<(u8, usize)>| at.map(|(_, index)| fields[index].value.clone());
    draft.host = text_of(best.host);
    draft.component = text_of(best.component);
    if !is_whole {
        return Some((draft, None));
    }
    if let Some(inner) = container_line(&fields) {
        draft.format = Format::Docker;
        return Some((draft, Some(inner)));
    }
    draft.message = message(&fields, &best);
    Some((draft, None))
}

/// What Docker's json-file driver wraps: `log` beside `stream`.
fn container_line<'a>(fields: &[Field<'a>]) -> Option<Cow<'a, str>> {
    let is = |name: &str| fields.iter().find(|field| field.path == name && field.is_text);
    is("stream").filter(|field| field.value.starts_with("std"))?;
    is("log").map(|field| field.value.clone())
}

fn message<'a>(fields: &[Field<'a>], best: &Best) -> Cow<'a, str> {
    let own = best.message.map(|(_, index)| index);
    let front = own.map_or(Cow::Borrowed(""), |index| fields[index].value.clone());
    let header = best.header();
    let others = || {
        let is_other = |index: usize| own != Some(index) && !header.has(index);
        fields.iter().enumerate().filter(move |&(index, _)| is_other(index)).map(|(_, field)| field)
    };
    // Space, `=`, and two quotation marks.
    let n_bytes: usize = others().map(|field| field.path.len() + field.value.len() + 4).sum();
    if n_bytes == 0 {
        return front;
    }
    let mut text = String::with_capacity(front.len() + n_bytes);
    text.push_str(&front);
    for field in others() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&field.path);
        text.push('=');
        push_value(&mut text, field);
    }
    Cow::Owned(text)
}

/// A value as it is, in quotation marks where a reader could not see its end.
fn push_value(text: &mut String, field: &Field<'_>) {
    let value = &*field.value;
    let needs_marks = field.is_text && (value.is_empty() || has_no_clear_end(value));
    if needs_marks {
        text.push('"');
        text.push_str(value);
        text.push('"');
    } else {
        text.push_str(value);
    }
}

/// Whether white space, a quotation mark or `=` is in a value.
fn has_no_clear_end(value: &str) -> bool {
    let of_ascii = value.bytes().any(|byte| matches!(byte, b'\t'..=b'\r' | b' ' | b'"' | b'='));
    of_ascii || (!value.is_ascii() && value.contains(char::is_whitespace))
}

/// How far the next quotation mark or backslash is.
fn mark(text: &[u8]) -> Option<usize> {
    // Most strings end so soon that the call costs more than the search.
    let (blocks, _) = text.as_chunks::<8>();
    for (index, block) in blocks.iter().take(MOST_BLOCKS).enumerate() {
        let block = u64::from_le_bytes(*block);
        let found = zero_bytes(block ^ QUOTES) | zero_bytes(block ^ BACKSLASHES);
        if found != 0 {
            return Some(index * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let near = blocks.len().min(MOST_BLOCKS) * 8;
    memchr::memchr2(b'"', b'\\', &text[near..]).map(|at| near + at)
}

/// The highest bit of every byte that is zero, up to the first one for certain; those behind it may be wrong.
fn zero_bytes(block: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    block.wrapping_sub(ONES) & !block & (ONES << 7)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    fields: Vec<Field<'a>>,
}

impl<'a> Reader<'a> {
    fn peek(&mut self) -> Option<u8> {
        let text = self.text.as_bytes();
        loop {
            let byte = *text.get(self.at)?;
            if byte > b' ' || !byte.is_ascii_whitespace() {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// Reads an object; `None` as soon as the text is not JSON, with the fields before it kept.
    fn object(&mut self, prefix: &str, depth: usize) -> Option<()> {
        self.expect(b'{')?;
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(());
        }
        loop {
            self.peek()?;
            let key = self.string()?;
            self.expect(b':')?;
            let path = if prefix.is_empty() { key } else { Cow::Owned([prefix, ".", &key].concat()) };
            self.value(path, depth)?;
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Some(());
                }
                _ => return None,
            }
        }
    }

    fn value(&mut self, path: Cow<'a, str>, depth: usize) -> Option<()> {
        let first = self.peek()?;
        let start = self.at;
        let (value, is_text) = match first {
            b'"' => (self.string()?, true),
            b'{' if depth < DEEPEST && path.len() < LONGEST_PATH => return self.object(&path, depth + 1),
            b'{' | b'[' => {
                self.skip_nested()?;
                (Cow::Borrowed(&self.text[start..self.at]), false)
            }
            _ => {
                let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
                let rest = &self.text.as_bytes()[start..];
                let length = rest.iter().position(|byte| !is_part(byte)).filter(|&length| length > 0)?;
                self.at = start + length;
                (Cow::Borrowed(&self.text[start..self.at]), false)
            }
        };
        self.fields.push(Field { path, value, is_text });
        Some(())
    }

    /// Reads a string, borrowed unless something in it is escaped.
    fn string(&mut self) -> Option<Cow<'a, str>> {
        let start = self.at;
        let has_escapes = self.skip_string()?;
        let inside = &self.text[start + 1..self.at - 1];
        if !has_escapes {
            return Some(Cow::Borrowed(inside));
        }
        // What the standard forbids, such as a control character, is kept as it stands.
        let unescaped = serde_json::from_str::<String>(&self.text[start..self.at]).ok();
        Some(unescaped.map_or(Cow::Borrowed(inside), Cow::Owned))
    }

    /// Skips a string; whether something in it is escaped.
    fn skip_string(&mut self) -> Option<bool> {
        let text = self.text.as_bytes();
        if text.get(self.at) != Some(&b'"') {
            return None;
        }
        self.at += 1;
        let mut has_escapes = false;
        loop {
            self.at += mark(&text[self.at..])?;
            if text[self.at] == b'"' {
                self.at += 1;
                return Some(has_escapes);
            }
            has_escapes = true;
            self.at += 2;
            if self.at >= text.len() {
                return None;
            }
        }
    }

    /// Skips an array or object with all that is in it.
    fn skip_nested(&mut self) -> Option<()> {
        let text = self.text.as_bytes();
        let mut depth = 0usize;
        loop {
            match text.get(self.at)? {
                b'"' => {
                    self.skip_string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_mark_is_found_wherever_it_stands_in_a_block_or_behind_them() {
        for end in [b'"', b'\\'] {
            for at in 0..80 {
                // beside the mark what differs from one by a bit
                let mut text = vec![end ^ 1; 80];
                text[at] = end;
                assert_eq!(mark(&text), Some(at));
                text[79] = b'"' + b'\\' - end;
                assert_eq!(mark(&text), Some(at.min(79)));
            }
        }
        assert_eq!(mark(&[b'a'; 80]), None);
        assert_eq!(mark(b""), None);
    }
}
