//! Lists and records written out within a line: `['a', 'b']`, `{'mode': 3}`, `[]`. Each was printed from one variable, so
//! it is one column, however many elements it has.

use std::ops::Range;

use crate::tokenize::{Class, Token};

/// The literals of a line, in order, each with its brackets; nested ones are part of the outermost.
///
/// One that begins the line is none: there it is the message itself.
pub(super) fn literals(tokens: &[Token<'_>]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = 1;
    while at < tokens.len() {
        let end = if is_open(&tokens[at]) { literal(tokens, at, 0) } else { None };
        if let Some(end) = end {
            found.push(at..end);
        }
        at = end.unwrap_or(at + 1);
    }
    found
}

/// Brackets within brackets that are followed.
const DEPTH_MAX: usize = 8;

fn is_open(token: &Token<'_>) -> bool {
    is_mark(token, "[") || is_mark(token, "{")
}

fn is_mark(token: &Token<'_>, mark: &str) -> bool {
    token.class == Class::Punctuation && token.text == mark
}

/// The end of the literal whose bracket stands at `open`: it is empty, holds several elements, or one that is quoted or
/// belongs to a key. A single word in brackets is something else: a name, an optional part.
fn literal(tokens: &[Token<'_>], open: usize, depth: usize) -> Option<usize> {
    let is_record = tokens[open].text == "{";
    let close = if is_record { "}" } else { "]" };
    let mut at = open + 1;
    let (mut n_elements, mut is_value) = (0, false);
    loop {
        if is_mark(tokens.get(at)?, close) {
            return (n_elements != 1 || is_value).then_some(at + 1);
        }
        let first = at;
        at = value(tokens, at, depth)?;
        is_value |= at > first + 1;
        let links = is_mark(tokens.get(at)?, ":") || is_record && is_mark(&tokens[at], "=");
        if links {
            at = value(tokens, at + 1, depth)?;
            is_value = true;
        }
        n_elements += 1;
        if is_mark(tokens.get(at)?, ",") {
            at += 1;
        } else if !is_mark(&tokens[at], close) {
            return None;
        }
    }
}

/// The end of a word, a quoted text or a literal that begins at `at`.
fn value(tokens: &[Token<'_>], at: usize, depth: usize) -> Option<usize> {
    let token = tokens.get(at)?;
    if token.class != Class::Punctuation {
        return Some(at + 1);
    }
    if is_open(token) && depth < DEPTH_MAX {
        return literal(tokens, at, depth + 1);
    }
    if token.text != "'" && token.text != "\"" {
        return None;
    }
    let quote = token.text;
    let inside = tokens.get(at + 1)?;
    let end = if is_mark(inside, quote) { at + 1 } else { at + 2 };
    is_mark(tokens.get(end)?, quote).then_some(end + 1)
}
