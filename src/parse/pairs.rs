//! `key=value` lines: logfmt, CEF, LEEF, audit records and what firewalls write.
//!
//! In: a text that begins with pairs, or holds them behind a fixed front. Out: time, level, host and component in
//! the draft, and the message.

use std::borrow::Cow;
use std::ops::Range;

use super::draft::Draft;
use super::fields::{Best, Role, role};
use super::kinds;
use super::level::{cef_severity, cef_word};
use crate::entry::{Format, Front};

/// Pairs looked at; header fields stand in front.
const MOST_PAIRS: usize = 96;
/// Pairs that room is made for at once.
const USUAL_PAIRS: usize = 12;
/// The kind of column that pairs in front of a text are.
const PAIRS: u8 = 32;
/// The longest time looked for at a key of times, in characters.
const LONGEST_TIME: usize = 48;

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
    let first = *text.first()?;
    if !(first.is_ascii_alphabetic() || matches!(first, b'@' | b'_')) {
        return None;
    }
    let length = text.iter().take(64).take_while(|&&byte| kinds::is(byte, kinds::KEY)).count();
    (text.get(length) == Some(&b'=')).then_some(length)
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
    let is_whole = is_event_format(text) || !has_words_outside(text, &pairs);
    if !is_whole && draft.is_headed() {
        // A sentence that begins with a pair: whom it tells of is not who wrote it.
        draft.message = Cow::Borrowed(text);
        draft.level = draft.level.or_else(|| level_word_among(text, &pairs));
        return;
    }
    let mut best = Best::default();
    for (index, pair) in pairs.iter().enumerate() {
        let role = role(&text[pair.key.clone()]);
        best.weigh(index, role, &text[pair.value.clone()], true);
        // A time may hold spaces: it is read on from where the value begins.
        if let Role::Time(rank) = role
            && !best.stamp.is_some_and(|stamp| stamp.is_whole())
        {
            let longer = &text[pair.value.start..];
            let length = longer.chars().take(LONGEST_TIME).map(char::len_utf8).sum::<usize>();
            best.weigh_time(index, rank, &longer[..length]);
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
    // Behind pairs that a text follows, some may be columns that only many lines tell.
    draft.front = if is_whole || !draft.is_headed() { Front::CLOSED } else { Front::PLAIN.then(PAIRS) };
    if draft.format == Format::Plain {
        draft.format = if is_event_format(text) { Format::Cef } else { Format::Logfmt };
    }
    draft.message =
        if begins(text) && draft.is_headed() { message(text, &pairs, &best) } else { Cow::Borrowed(text) };
}

/// Whether words stand between the pairs or behind them.
fn has_words_outside(text: &str, pairs: &[Pair]) -> bool {
    let starts = pairs.iter().map(|pair| pair.key.start).chain([text.len()]);
    let ends = std::iter::once(0).chain(pairs.iter().map(|pair| pair.end));
    ends.zip(starts).any(|(end, start)| {
        let between = text.as_bytes().get(end..start).unwrap_or_default();
        between.iter().any(|&byte| kinds::is(byte, kinds::ALPHANUMERIC | kinds::WIDE))
    })
}

/// The level that a pair names by a word.
fn level_word_among(text: &str, pairs: &[Pair]) -> Option<crate::entry::Level> {
    pairs.iter().find_map(|pair| match role(&text[pair.key.clone()]) {
        Role::Level(0) => super::level::word(text[pair.value.clone()].as_bytes()),
        _ => None,
    })
}

/// The time that pairs tell.
pub(super) fn time_among(text: &str) -> Option<super::timestamp::Stamp> {
    let mut best = Best::default();
    for (index, pair) in collect(text).iter().enumerate() {
        best.weigh(index, role(&text[pair.key.clone()]), &text[pair.value.clone()], true);
    }
    best.whole_stamp().filter(super::timestamp::Stamp::is_whole)
}

/// The length of the front of a tag, `<co `, whose attributes are pairs: a record in XML.
pub(super) fn tag_front(text: &str) -> Option<usize> {
    let name = text.strip_prefix('<')?;
    let in_name =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'@' | b':');
    let length = name.bytes().take_while(in_name).count();
    let front = 1 + length + 1;
    let is_front = (1..40).contains(&length) && name.as_bytes().get(length) == Some(&b' ');
    (is_front && begins(text.get(front..)?) && text.ends_with('>')).then_some(front)
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
    let header = best.header();
    let mut kept = Kept { first: "", joined: String::new(), room: text.len() };
    let mut from = 0;
    for (index, pair) in pairs.iter().enumerate() {
        if header.has(index) {
            kept.push(&text[from..pair.key.start]);
            from = pair.end;
        } else if best.message.is_some_and(|(_, taken)| taken == index)
            && !text[pair.value.clone()].starts_with("audit(")
        {
            kept.push(&text[from..pair.key.start]);
            kept.push(&text[pair.value.clone()]);
            from = pair.end;
        }
    }
    kept.push(&text[from..]);
    if kept.joined.is_empty() { Cow::Borrowed(kept.first) } else { Cow::Owned(kept.joined) }
}

/// Parts of a text, joined by spaces as soon as there are two.
struct Kept<'a> {
    first: &'a str,
    joined: String,
    /// Bytes that all parts have together, at most.
    room: usize,
}

impl<'a> Kept<'a> {
    fn push(&mut self, part: &'a str) {
        let part = part.trim_matches([' ', '\t', ',', ';', '|']).trim();
        if part.is_empty() {
            return;
        }
        if self.first.is_empty() {
            self.first = part;
            return;
        }
        if self.joined.is_empty() {
            self.joined.reserve(self.room);
            self.joined.push_str(self.first);
        }
        self.joined.push(' ');
        self.joined.push_str(part);
    }
}

fn collect(text: &str) -> Vec<Pair> {
    let mut pairs = Vec::with_capacity(USUAL_PAIRS);
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
    let length =
        text[from..equals].iter().rev().take(64).take_while(|&&byte| kinds::is(byte, kinds::KEY)).count();
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
            let (end, _) = kinds::until(text, equals + 1, text.len(), kinds::GAP | kinds::BAR | kinds::JOINT);
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
