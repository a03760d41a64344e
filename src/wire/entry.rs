//! One entry of `logs`: a JSON string or object to one line of text.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde_json::value::RawValue;

/// The line that a JSON string or object stands for; `None` for anything else.
///
/// A string is its text, borrowed where it holds no escape; a lone surrogate in it, which no text can hold,
/// becomes U+FFFD. An object is its own JSON on one line, which the parser reads like any JSON log line.
#[must_use]
pub fn line_of(raw: &RawValue) -> Option<Cow<'_, str>> {
    let json = raw.get();
    match json.as_bytes().first() {
        Some(b'"') => Some(text_of(json)),
        Some(b'{') => Some(on_one_line(json)),
        _ => None,
    }
}

/// What a JSON value is, for a message about it.
#[must_use]
pub fn kind_of(json: &str) -> &'static str {
    match json.trim_start().as_bytes().first() {
        Some(b'"') => "a string",
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}

fn text_of(json: &str) -> Cow<'_, str> {
    let inside = &json[1..json.len() - 1];
    if memchr::memchr(b'\\', inside.as_bytes()).is_none() {
        return Cow::Borrowed(inside);
    }
    let text = serde_json::from_str::<String>(json);
    Cow::Owned(text.unwrap_or_else(|_| {
        let Wtf8(mut bytes) = serde_json::from_str(json).expect("a raw value is a valid JSON string");
        replace_surrogates(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }))
}

/// Line breaks between the members of an object mean nothing; those inside its strings are escaped.
fn on_one_line(json: &str) -> Cow<'_, str> {
    if memchr::memchr2(b'\n', b'\r', json.as_bytes()).is_none() {
        return Cow::Borrowed(json);
    }
    Cow::Owned(json.replace(['\n', '\r'], " "))
}

/// A surrogate is ED, A0 to BF, and one more byte: as long as U+FFFD, EF BF BD.
fn replace_surrogates(bytes: &mut [u8]) {
    for at in 0..bytes.len().saturating_sub(2) {
        if bytes[at] == 0xed && bytes[at + 1] >= 0xa0 {
            bytes[at..at + 3].copy_from_slice("\u{fffd}".as_bytes());
        }
    }
}

/// A JSON string whose lone surrogates are encoded as if they were characters.
struct Wtf8(Vec<u8>);

impl<'de> Deserialize<'de> for Wtf8 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Wtf8;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Wtf8, E> {
                Ok(Wtf8(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::value::RawValue;

    use super::line_of;

    fn line(json: &str) -> Option<String> {
        line_of(serde_json::from_str::<&RawValue>(json).unwrap()).map(Cow::into_owned)
    }

    #[test]
    fn a_string_without_escapes_is_borrowed() {
        let raw: &RawValue = serde_json::from_str(r#""INFO größer""#).unwrap();
        assert!(matches!(line_of(raw), Some(Cow::Borrowed("INFO größer"))));
    }

    #[test]
    fn escapes_are_resolved() {
        assert_eq!(line(r#""a\tb\u0000\"\\ \ud83d\ude00""#).unwrap(), "a\tb\0\"\\ \u{1f600}");
    }

    #[test]
    fn a_lone_surrogate_becomes_one_replacement_character() {
        assert_eq!(line(r#""\ud800 INFO x \n\udfff""#).unwrap(), "\u{fffd} INFO x \n\u{fffd}");
        // U+D7FF is the last character before the surrogates: ED 9F BF.
        assert_eq!(line(r#""\ud7ff\ud800""#).unwrap(), "\u{d7ff}\u{fffd}");
    }

    #[test]
    fn an_object_is_its_own_json_on_one_line() {
        assert_eq!(line("{\"msg\":\r\n \"a\\nb\"}").unwrap(), "{\"msg\":   \"a\\nb\"}");
    }

    #[test]
    fn other_values_are_no_lines() {
        for json in ["7", "null", "true", "[\"a\"]"] {
            assert_eq!(line(json), None, "{json}");
        }
    }
}
