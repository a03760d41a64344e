//! `key=value` lines: logfmt, CEF, LEEF, audit records and what firewalls write.
//!
//! In: a text that begins with pairs, or holds them behind a fixed front. Out: time, level, host and component in
//! the draft, and the message.

use std::borrow::Cow;
use std::ops::Range;

use super::draft::Draft;
use super::fields::Best;
use super::level::{cef_severity, cef_word};
use crate::entry::{Format, Front};

/// Pairs looked at; header fields stand in front.
const MOST_PAIRS: usize = 96;

#[derive(Clone)]
struct Pair {
    key: Range<usize>,
    value: Range<usize>,
    /// Behind the value and its closing mark.
    end: usize,
}

/// Whether `text` begins with a pair.
pub(super) fn begins(text: &str) -> bool {
    first_key_end(text.as_bytes()).is_some()
}

fn first_key_end(text: &[u8]) -> Option<usize> {
    let length = text.iter().take(64).take_while(|&&byte| is_key_byte(byte)).count();
    let is_key = length > 0 && (text[0].is_ascii_alphabetic() || matches!(text[0], b'@' | b'_'));
    (is_key && text.get(length) == Some(&b'=')).then_some(length)
}

/// Whether `text` begins with the bars of CEF or LEEF, with or without their name.
pub(super) fn is_event_format(text: &str) -> bool {
    let front = text.as_bytes();
    text.starts_with("CEF:")
        || text.starts_with("LEEF:")
        || (front.len() > 2 && front[0].is_ascii_digit() && front[1] == b'|')
}

/// Reads the pairs of `text` into `draft`; what is known already stays.
pub(super) fn read<'a>(text: &'a str, draft: &mut Draft<'a>) {
    let pairs = collect(text);
    let mut best = Best::default();
    for (index, pair) in pairs.iter().enumerate() {
        // A time may hold spaces: it is read on from where the value begins.
        let longer = text[pair.value.start..].chars().take(48).map(char::len_utf8).sum::<usize>();
        let value = &text[pair.value.clone()];
        best.weigh(index, &text[pair.key.clone()], value, true);
        if best.stamp.is_none() || !best.stamp.is_some_and(|stamp| stamp.is_whole()) {
            best.weigh_time_of(
                index,
                &text[pair.key.clone()],
                &text[pair.value.start..pair.value.start + longer],
            );
        }
    }
    best.forget_known(draft);
    // A time in front of the pairs is the record's; those in pairs may be of what it tells of.
    if !draft.has_time()
        && let Some(stamp) = best.whole_stamp()
    {
        draft.add_stamp(stamp);
    }
    let value =
        |at: Option<(u8, usize)>| at.map(|(_, index)| Cow::Borrowed(&text[pairs[index].value.clone()]));
    draft.level = draft.level.or(best.level).or_else(|| cef_level(text));
    if draft.host.is_none() {
        draft.host = value(best.host);
    }
    if draft.component.is_none() {
        draft.component = value(best.component).or_else(|| product(text));
    }
    draft.front = Front::CLOSED;
    if draft.format == Format::Plain {
        draft.format = if is_event_format(text) { Format::Cef } else { Format::Logfmt };
    }
    draft.message =
        if begins(text) && draft.is_headed() { message(text, &pairs, &best) } else { Cow::Borrowed(text) };
}

/// The severity of a CEF header: its seventh part.
fn cef_level(text: &str) -> Option<crate::entry::Level> {
    if !is_event_format(text) || text.starts_with("LEEF:") {
        return None;
    }
    let severity = text.split('|').nth(6)?.trim();
    severity.parse().ok().and_then(cef_severity).or_else(|| cef_word(severity))
}

/// The product that a CEF or LEEF header names: its third part.
fn product(text: &str) -> Option<Cow<'_, str>> {
    if !is_event_format(text) {
        return None;
    }
    text.split('|').nth(2).filter(|name| !name.is_empty() && name.len() < 80).map(Cow::Borrowed)
}

/// The text without the pairs that are header and without the key of the message; borrowed where only the front goes.
fn message<'a>(text: &'a str, pairs: &[Pair], best: &Best) -> Cow<'a, str> {
    let mut kept: Vec<Range<usize>> = Vec::new();
    let mut from = 0;
    for (index, pair) in pairs.iter().enumerate() {
        if best.is_header(index) {
            kept.push(from..pair.key.start);
            from = pair.end;
        } else if best.message.is_some_and(|(_, taken)| taken == index)
            && !text[pair.value.clone()].starts_with("audit(")
        {
            kept.push(from..pair.key.start);
            kept.push(pair.value.clone());
            from = pair.end;
        }
    }
    kept.push(from..text.len());
    let parts: Vec<&str> = kept
        .into_iter()
        .map(|range| text[range].trim_matches([' ', '\t', ',', ';', '|']).trim())
        .filter(|part| !part.is_empty())
        .collect();
    match parts.as_slice() {
        [] => Cow::Borrowed(""),
        [whole] => Cow::Borrowed(whole),
        many => Cow::Owned(many.join(" ")),
    }
}

fn collect(text: &str) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let mut at = 0;
    while pairs.len() < MOST_PAIRS {
        let Some(pair) = next(text.as_bytes(), at) else { break };
        at = pair.1;
        pairs.extend(pair.0);
    }
    pairs
}

/// The pair at the next `=`, if there is one, and where to look on.
fn next(text: &[u8], from: usize) -> Option<(Option<Pair>, usize)> {
    let equals = from + memchr::memchr(b'=', &text[from..])?;
    let length = text[from..equals].iter().rev().take(64).take_while(|&&byte| is_key_byte(byte)).count();
    let key = equals - length..equals;
    let begins_word =
        key.start == 0 || !text[key.start - 1].is_ascii_alphanumeric() && text[key.start - 1] < 0x80;
    if key.is_empty() || !begins_word {
        return Some((None, equals + 1));
    }
    let (value, end) = match text.get(equals + 1) {
        Some(&mark @ (b'"' | b'\'')) => {
            let close = closing_mark(text, equals + 2, mark);
            (equals + 2..close, text.len().min(close + 1))
        }
        _ => {
            let end = equals
                + 1
                + text[equals + 1..]
                    .iter()
                    .take_while(|byte| !matches!(byte, b' ' | b'\t' | b'|' | b',' | b';'))
                    .count();
            (equals + 1..end, end)
        }
    };
    Some((Some(Pair { key, value, end }), end))
}

fn closing_mark(text: &[u8], from: usize, mark: u8) -> usize {
    let mut at = from;
    while let Some(found) = memchr::memchr2(mark, b'\\', &text[at.min(text.len())..]) {
        at += found;
        if text[at] == mark {
            return at;
        }
        at += 2;
    }
    text.len()
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'@')
}
