//! One leading column of a message, as its tokens show it.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::tokenize::{Class, Token, VARIABLE};

/// Tokens of one column at most; a longer one is text.
const MOST_TOKENS: usize = 12;
/// Opens and closes what is quoted.
const QUOTE: &str = "\"";

/// What stands around a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Frame {
    /// Nothing but white space, or a separator.
    Bare,
    /// Brackets or quotation marks, by the one that opens.
    Group(u8),
    /// A key in front of it, by its hash.
    Pair(u64),
    /// Nothing: it is itself what parts others, by the hash of it.
    Separator(u64),
    /// A sign at its end: `cache:`, `cache>`.
    Marked(u8),
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Content {
    /// Something filled in, without a constant part.
    Number,
    /// Something filled in behind a constant part: `worker-<*>`.
    Tagged,
    /// An identifier: no word of a language.
    Name,
    /// A word.
    Word,
    /// A separator.
    Sign,
}

/// A column of one message.
#[derive(Clone, Debug)]
pub(super) struct Field<'s> {
    pub(super) frame: Frame,
    pub(super) content: Content,
    /// Hash of what it holds, masked.
    pub(super) value: u64,
    /// The first token of what it holds.
    pub(super) text: &'s str,
    /// Whether it holds several words.
    pub(super) is_spaced: bool,
    /// The tokens of what it holds.
    pub(super) inside: Range<usize>,
    /// Where the next one begins.
    pub(super) end: usize,
}

impl<'s> Field<'s> {
    /// The column that begins at a token; `None` where that is text for certain.
    pub(super) fn read(tokens: &[Token<'s>], at: usize) -> Option<Self> {
        let first = tokens.get(at)?;
        if first.class == Class::Punctuation {
            return if is_opening(first) { group(tokens, at) } else { separator(tokens, at) };
        }
        let mut end = at + 1;
        while tokens.get(end).is_some_and(|token| !token.space_before && !is_bar(token)) {
            end += 1;
        }
        if end - at > MOST_TOKENS {
            return None;
        }
        pair(tokens, at, end)
            .or_else(|| marked(tokens, at, end))
            .or_else(|| bare(tokens, at..end, Frame::Bare, end))
    }

    /// Whether it is a bar or semicolon, which part columns without white space, and words nowhere.
    pub(super) fn is_bar(&self) -> bool {
        self.content == Content::Sign && matches!(self.text, "|" | "||" | ";")
    }
}

fn is_opening(token: &Token<'_>) -> bool {
    matches!(token.text, "[" | "(" | "<" | "{" | QUOTE)
}

fn is_bar(token: &Token<'_>) -> bool {
    token.class == Class::Punctuation && matches!(token.text, "|" | "||" | ";")
}

/// Whether a column may end in front of this token.
fn begins_next(token: &Token<'_>) -> bool {
    token.space_before || is_bar(token) || is_opening(token)
}

fn group<'s>(tokens: &[Token<'s>], at: usize) -> Option<Field<'s>> {
    let opening = tokens[at].text.as_bytes()[0];
    let closing = match opening {
        b'[' => "]",
        b'(' => ")",
        b'<' => ">",
        b'{' => "}",
        _ => QUOTE,
    };
    let length = tokens[at + 1..].iter().take(MOST_TOKENS).position(|token| token.text == closing)?;
    let (inside, mut end) = (at + 1..at + 1 + length, at + 2 + length);
    if tokens.get(end).is_some_and(|token| token.text == ":" && !token.space_before) {
        end += 1;
    }
    let ends = tokens.get(end).is_none_or(begins_next);
    ends.then(|| held(tokens, inside, Frame::Group(opening), end)).flatten()
}

/// Signs that part columns; others, such as `=`, part a thing from what is said of it.
fn separator<'s>(tokens: &[Token<'s>], at: usize) -> Option<Field<'s>> {
    let sign = &tokens[at];
    let parts = is_bar(sign)
        || (matches!(sign.text, "-" | "--" | "---" | "::" | ":" | "~" | ">" | ">>" | "->" | "=>" | "#")
            && tokens.get(at + 1)?.space_before
            && sign.space_before);
    parts.then(|| Field {
        frame: Frame::Separator(xxh3_64(sign.text.as_bytes())),
        content: Content::Sign,
        value: 0,
        text: sign.text,
        is_spaced: false,
        inside: at..at,
        end: at + 1,
    })
}

/// `key:value` or `key=value`.
fn pair<'s>(tokens: &[Token<'s>], at: usize, end: usize) -> Option<Field<'s>> {
    let [key, sign, _, ..] = tokens[at..end] else { return None };
    let joins = sign.class == Class::Punctuation && matches!(sign.text, ":" | "=");
    let is_key = matches!(key.class, Class::Word | Class::Compound | Class::Key);
    if !joins || !is_key {
        return None;
    }
    let frame = Frame::Pair(xxh3_64(key.text.as_bytes()));
    if tokens[at + 2].text == QUOTE {
        let length = tokens[at + 3..].iter().take(MOST_TOKENS).position(|token| token.text == QUOTE)?;
        let (inside, end) = (at + 3..at + 3 + length, at + 4 + length);
        return tokens.get(end).is_none_or(begins_next).then(|| held(tokens, inside, frame, end)).flatten();
    }
    held(tokens, at + 2..end, frame, end)
}

/// `name:` or `name>`.
fn marked<'s>(tokens: &[Token<'s>], at: usize, end: usize) -> Option<Field<'s>> {
    let sign = &tokens[end - 1];
    let marks = sign.class == Class::Punctuation && matches!(sign.text, ":" | ">") && end - at > 1;
    marks.then(|| bare(tokens, at..end - 1, Frame::Marked(sign.text.as_bytes()[0]), end)).flatten()
}

/// What is enclosed, or has a key: it may hold several words, or nothing, as `-` tells.
fn held<'s>(tokens: &[Token<'s>], inside: Range<usize>, frame: Frame, end: usize) -> Option<Field<'s>> {
    let words = &tokens[inside.clone()];
    if words.iter().all(|token| token.text == "-") {
        let content = Content::Number;
        return Some(Field { frame, content, value: 0, text: "-", is_spaced: false, inside, end });
    }
    if words.iter().skip(1).all(|token| !token.space_before) {
        return bare(tokens, inside, frame, end);
    }
    let is_text =
        |token: &Token<'_>| matches!(token.text, "=" | "[" | "{" | "<" | QUOTE) || token.class == Class::Key;
    let all_filled_in = words.iter().all(|token| matches!(token.text, VARIABLE | "-"));
    let content = if all_filled_in { Content::Number } else { Content::Name };
    let (text, value) = (words[0].text, hash(words));
    let field = Field { frame, content, value, text, is_spaced: true, inside, end };
    (!words.iter().any(is_text)).then_some(field)
}

fn hash(tokens: &[Token<'_>]) -> u64 {
    let mut hasher = Xxh3::new();
    tokens.iter().for_each(|token| hasher.update(token.text.as_bytes()));
    hasher.digest()
}

fn bare<'s>(tokens: &[Token<'s>], inside: Range<usize>, frame: Frame, end: usize) -> Option<Field<'s>> {
    let held = &tokens[inside.clone()];
    let (content, value, text) = (content(held)?, hash(held), held[0].text);
    Some(Field { frame, content, value, text, is_spaced: false, inside, end })
}

fn content(held: &[Token<'_>]) -> Option<Content> {
    if let [one] = held {
        return Some(match one.class {
            Class::Variable if one.text == VARIABLE => Content::Number,
            Class::Variable => Content::Tagged,
            Class::Word | Class::Name if one.text.chars().all(char::is_alphabetic) => Content::Word,
            Class::Punctuation | Class::Unit | Class::Key => return None,
            Class::Assigned | Class::Value if one.text.chars().all(char::is_alphabetic) => Content::Word,
            _ => Content::Name,
        });
    }
    let (first, last) = (held.first()?, held.last()?);
    let is_joint =
        |token: &Token<'_>| matches!(token.text, "/" | "." | "-" | "_" | ":" | "@" | "#" | "$" | "::" | "*");
    let joined = held.iter().all(|token| token.class != Class::Punctuation || is_joint(token))
        && first.class != Class::Punctuation;
    if !joined || last.class == Class::Punctuation {
        return None;
    }
    let all_filled_in = held.iter().all(|token| token.class == Class::Punctuation || token.text == VARIABLE);
    Some(if all_filled_in { Content::Number } else { Content::Name })
}
