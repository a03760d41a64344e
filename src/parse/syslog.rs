//! Syslog's own parts: the priority in front, and the fixed columns of RFC 5424.
//!
//! In: a line. Out: its severity, and for RFC 5424 time, host, program and message. The columns of RFC 3164 behind
//! the priority are read by [`super::header`].

use std::borrow::Cow;

use super::draft::Draft;
use super::level::syslog_severity;
use super::timestamp;
use crate::entry::{Format, Front, Level};

/// Reads `<PRI>`, 0 to 191: the severity and the offset behind it.
pub(super) fn priority(text: &[u8]) -> Option<(Level, usize)> {
    if text.first() != Some(&b'<') {
        return None;
    }
    let close = text.iter().take(5).position(|&byte| byte == b'>')?;
    let number = std::str::from_utf8(&text[1..close]).ok()?;
    let priority: u8 = number.parse().ok().filter(|&value| value <= 191)?;
    Some((syslog_severity(priority % 8)?, close + 1))
}

/// Reads `kern  :warn  : `, facility and severity in words as the kernel's ring buffer is printed.
pub(super) fn facility_columns(text: &[u8]) -> Option<(Level, usize)> {
    let word = |at: usize| text[at..].iter().take(10).take_while(|byte| byte.is_ascii_lowercase()).count();
    let facility_end = word(0);
    let colon = super::names::skip_spaces(text, facility_end);
    if text.get(colon) != Some(&b':') || colon > 12 || facility_end == 0 {
        return None;
    }
    let level_end = colon + 1 + word(colon + 1);
    let close = super::names::skip_spaces(text, level_end);
    let dotted = [&text[..facility_end], b".", &text[colon + 1..level_end]].concat();
    (text.get(close..close + 2) == Some(b": ")).then_some(())?;
    Some((super::level::facility(&dotted)?, close + 2))
}

/// Reads `[    4.120456] host name[pid]: `, the journal's time since boot, which is no time of day.
pub(super) fn read_monotonic<'a>(line: &'a str, draft: &mut Draft<'a>) -> Option<usize> {
    let text = line.as_bytes();
    let seconds_at = super::names::skip_spaces(text, 1);
    let (_, dot) = super::clock::digits(text, seconds_at, 8)?;
    let fraction_end = dot + 7;
    if text.get(dot) != Some(&b'.') || text.get(fraction_end..fraction_end + 2) != Some(b"] ") {
        return None;
    }
    let host_at = fraction_end + 2;
    let host_end = super::names::word_end(text, host_at);
    let tag = super::tag::tag(text, host_end + 1, true).filter(|tag| tag.has_process)?;
    let host = &text[host_at..host_end];
    if !super::names::is_host(host, super::kinds::Kinds::of_word(host)) {
        return None;
    }
    draft.host = Some(Cow::Borrowed(&line[host_at..host_end]));
    draft.component = Some(Cow::Borrowed(&line[tag.name]));
    draft.front = Front::CLOSED;
    draft.format = Format::Syslog;
    Some(tag.end)
}

/// Reads the columns of RFC 5424 from `at`, behind the priority; the offset where structured data or message begins.
///
/// Structured data stays in the message, except the elements that the RFC itself defines about time, origin and
/// transport (section 7).
pub(super) fn read_5424<'a>(line: &'a str, at: usize, draft: &mut Draft<'a>) -> Option<usize> {
    let text = line.as_bytes();
    if !text.get(at)?.is_ascii_digit() || text.get(at + 1) != Some(&b' ') {
        return None;
    }
    let mut at = at + 2;
    if text.get(at..at + 2) == Some(b"- ") {
        at += 1;
    } else {
        let (stamp, end) = timestamp::read(text, at).filter(|(stamp, _)| stamp.is_whole())?;
        draft.add_stamp(stamp);
        at = end;
    }
    let mut columns = [None; 4];
    for column in &mut columns {
        let start = at + usize::from(text.get(at) == Some(&b' '));
        let end = super::names::word_end(text, start);
        if end == start {
            break;
        }
        *column = Some(&line[start..end]).filter(|word| *word != "-");
        at = end;
    }
    if draft.stamp.is_none() && text.get(at..at + 2) == Some(b" [") {
        // The sender knows no time: where it was known, structured data may tell it.
        let end = text[at..].windows(2).position(|pair| pair == b"] ").unwrap_or(text.len() - at);
        draft.stamp = super::pairs::time_among(&line[at..at + end]);
    }
    draft.host = columns[0].map(Cow::Borrowed);
    draft.component = columns[1].map(Cow::Borrowed);
    draft.front = Front::CLOSED;
    draft.format = Format::Syslog;
    Some(behind_known_elements(text, at))
}

/// Skips the colon that some routers write behind the priority.
pub(super) fn behind_colon(text: &[u8], at: usize) -> usize {
    at + usize::from(text.get(at) == Some(&b':'))
}

/// Skips a nil or well-known structured data.
fn behind_known_elements(text: &[u8], at: usize) -> usize {
    const KNOWN: [&[u8]; 3] = [b"[timeQuality", b"[origin", b"[meta"];
    let mut at = at + usize::from(text.get(at) == Some(&b' '));
    if text.get(at) == Some(&b'-') && text.get(at + 1).is_none_or(|&byte| byte == b' ') {
        return at + 1;
    }
    while KNOWN.iter().any(|name| text[at.min(text.len())..].starts_with(name)) {
        match text[at..].iter().position(|&byte| byte == b']') {
            Some(close) => at += close + 1,
            None => break,
        }
    }
    at
}
