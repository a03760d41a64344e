//! One leading column of a message, as its tokens show it.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::tokenize::{Class, Token, VARIABLE};

/// Tokens of one column at most; a longer one is text.
const MOST_TOKENS: usize = 12;

/// What stands around a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Frame {
    /// Nothing but white space, or a separator.
    Bare,
    /// Brackets, by the one that opens.
    Group(u8),
    /// A key in front of it, by its hash.
    Pair(u64),
    /// Nothing: it is itself what parts others, by the hash of it.
    Separator(u64),
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
        pair(tokens, at, end).or_else(|| bare(tokens, at..end, Frame::Bare, end))
    }

    /// Whether it is a bar or semicolon, which part columns without white space, and words nowhere.
    pub(super) fn is_bar(&self) -> bool {
        self.content == Content::Sign && matches!(self.text, "|" | "||" | ";")
    }
}

fn is_opening(token: &Token<'_>) -> bool {
    matches!(token.text, "[" | "(" | "<" | "{")
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
        _ => "}",
    };
    let length = tokens[at + 1..].iter().take(MOST_TOKENS).position(|token| token.text == closing)?;
    let (inside, mut end) = (at + 1..at + 1 + length, at + 2 + length);
    if tokens.get(end).is_some_and(|token| token.text == ":" && !token.space_before) {
        end += 1;
    }
    let is_one_word = tokens[inside.clone()].iter().skip(1).all(|token| !token.space_before);
    let ends = tokens.get(end).is_none_or(begins_next);
    (is_one_word && ends).then(|| bare(tokens, inside, Frame::Group(opening), end)).flatten()
}

/// Signs that part columns; others, such as `=`, part a thing from what is said of it.
fn separator<'s>(tokens: &[Token<'s>], at: usize) -> Option<Field<'s>> {
    let sign = &tokens[at];
    let parts = is_bar(sign)
        || (matches!(sign.text, "-" | "--" | "---" | "::")
            && tokens.get(at + 1)?.space_before
            && sign.space_before);
    parts.then(|| Field {
        frame: Frame::Separator(xxh3_64(sign.text.as_bytes())),
        content: Content::Sign,
        value: 0,
        text: sign.text,
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
    bare(tokens, at + 2..end, Frame::Pair(xxh3_64(key.text.as_bytes())), end)
}

fn bare<'s>(tokens: &[Token<'s>], inside: Range<usize>, frame: Frame, end: usize) -> Option<Field<'s>> {
    let held = &tokens[inside.clone()];
    let content = content(held)?;
    let mut hasher = Xxh3::new();
    held.iter().for_each(|token| hasher.update(token.text.as_bytes()));
    Some(Field { frame, content, value: hasher.digest(), text: held[0].text, inside, end })
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
