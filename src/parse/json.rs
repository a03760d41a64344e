//! A line that is a JSON object: its fields, flattened, become time, level, host, component and message.
//!
//! In: the text of one object. Out: a draft, or nothing where the text is no object. The message is the message
//! field, then every field that is no header as ` key=value` in the order of the line; arrays stay JSON.

use std::borrow::Cow;

use super::draft::Draft;
use super::fields::Best;
use crate::entry::{Format, Front};

/// Objects nested deeper than this stay JSON text.
const DEEPEST: usize = 6;
/// A path longer than this stays JSON text, so that long keys do not multiply.
const LONGEST_PATH: usize = 256;

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
    let mut reader = Reader { text: line, at: 0, fields: Vec::new() };
    let is_whole = reader.object("", 0).is_some() && line[reader.at..].trim().is_empty();
    if !is_whole && reader.fields.is_empty() {
        return None;
    }
    let fields = reader.fields;
    let mut best = Best::default();
    for (index, field) in fields.iter().enumerate() {
        best.weigh(index, &field.path, &field.value, field.is_text);
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
    let mut message = best.message.map_or(Cow::Borrowed(""), |(_, index)| fields[index].value.clone());
    for (index, field) in fields.iter().enumerate() {
        if best.is_header(index) || best.message.is_some_and(|(_, taken)| taken == index) {
            continue;
        }
        let text = message.to_mut();
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&field.path);
        text.push('=');
        push_value(text, field);
    }
    message
}

/// A value as it is, in quotation marks where a reader could not see its end.
fn push_value(text: &mut String, field: &Field<'_>) {
    let value = &*field.value;
    let needs_marks = field.is_text
        && (value.is_empty() || value.contains(|c: char| c.is_whitespace() || c == '"' || c == '='));
    if needs_marks {
        text.push('"');
        text.push_str(value);
        text.push('"');
    } else {
        text.push_str(value);
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    fields: Vec<Field<'a>>,
}

impl<'a> Reader<'a> {
    fn peek(&mut self) -> Option<u8> {
        let text = self.text.as_bytes();
        while text.get(self.at)?.is_ascii_whitespace() {
            self.at += 1;
        }
        Some(text[self.at])
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
            let path = if prefix.is_empty() { key } else { Cow::Owned(format!("{prefix}.{key}")) };
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
        let start = self.at + self.text[self.at..].bytes().take_while(u8::is_ascii_whitespace).count();
        let (value, is_text) = match self.peek()? {
            b'"' => (self.string()?, true),
            b'{' if depth < DEEPEST && path.len() < LONGEST_PATH => return self.object(&path, depth + 1),
            b'{' | b'[' => {
                self.skip_nested()?;
                (Cow::Borrowed(&self.text[start..self.at]), false)
            }
            _ => {
                let rest = &self.text[start..];
                let length =
                    rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.')))?;
                if length == 0 {
                    return None;
                }
                self.at = start + length;
                (Cow::Borrowed(&rest[..length]), false)
            }
        };
        self.fields.push(Field { path, value, is_text });
        Some(())
    }

    /// Reads a string, borrowed unless something in it is escaped.
    fn string(&mut self) -> Option<Cow<'a, str>> {
        let start = self.at;
        self.skip_string()?;
        let inside = &self.text[start + 1..self.at - 1];
        if memchr::memchr(b'\\', inside.as_bytes()).is_none() {
            return Some(Cow::Borrowed(inside));
        }
        // What the standard forbids, such as a control character, is kept as it stands.
        let unescaped = serde_json::from_str::<String>(&self.text[start..self.at]).ok();
        Some(unescaped.map_or(Cow::Borrowed(inside), Cow::Owned))
    }

    fn skip_string(&mut self) -> Option<()> {
        let text = self.text.as_bytes();
        if text.get(self.at) != Some(&b'"') {
            return None;
        }
        self.at += 1;
        loop {
            self.at += memchr::memchr2(b'"', b'\\', &text[self.at..])?;
            if text[self.at] == b'"' {
                self.at += 1;
                return Some(());
            }
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
