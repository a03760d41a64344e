//! Who wrote a line: `program[pid]:`, `logger:`, and syslog's host in front of it.
//!
//! In: bytes and the offset of a column. Out: ranges; nothing is copied.

use std::ops::Range;

use super::kinds::{self, Kinds};
use super::level;
use super::names::{group, is_host, is_id, is_logger, skip_spaces, word_and_kinds};
use super::timestamp::Stamp;

/// A program or logger that its colon ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    /// The name without process id, line number and colon.
    pub(super) name: Range<usize>,
    /// Where the text behind the colon begins.
    pub(super) end: usize,
    /// Whether a process id in brackets stood behind the name.
    pub(super) has_process: bool,
    /// Whether the name cannot be a word of prose.
    pub(super) is_identifier: bool,
}

/// Reads `name:`, `name[pid]:`, `name(part)[pid]:`, `file.go:12:` or `name   : `. A plain word counts where `any_word` is set.
pub(super) fn tag(text: &[u8], start: usize, any_word: bool) -> Option<Tag> {
    if !begins_name(*text.get(start)?) {
        return None;
    }
    let (end, kinds) = word_and_kinds(text, start);
    of_word(text, start..end, kinds, any_word)
}

fn begins_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'/' | b'_' | b'-' | b'(' | b'%')
}

/// The same for a word of which end and kinds are known.
pub(super) fn of_word(text: &[u8], word: Range<usize>, kinds: Kinds, any_word: bool) -> Option<Tag> {
    let Range { start, end } = word;
    let word = &text[start..end];
    if word.len() < 2 || !begins_name(word[0]) {
        return None;
    }
    if text.get(end..end + 2) == Some(b"  ")
        && let Some(after) = process_alone(text, skip_spaces(text, end))
        && kinds.only(kinds::NAME)
    {
        return Some(Tag { name: start..end, end: after, has_process: true, is_identifier: true });
    }
    let has_bracket = kinds.has(kinds::OPEN);
    let may_end_here =
        word[word.len() - 1] == b':' || has_bracket || text.get(skip_spaces(text, end)) == Some(&b':');
    if !may_end_here {
        return None;
    }
    if has_bracket && let Some(bracket) = process_bracket(text, start, end, any_word) {
        let after = bracket.end;
        let name_end = without_group(text, start, bracket.start);
        let is_identifier = true;
        return Some(Tag { name: start..name_end, end: after, has_process: true, is_identifier });
    }
    let (name_end, after) = if word.ends_with(b":") {
        (end - 1, end)
    } else {
        let gap = text[end..].iter().take(48).take_while(|&&byte| byte == b' ').count();
        let colon = end + gap;
        if gap == 0 || text.get(colon) != Some(&b':') || text.get(colon + 1).is_some_and(|&byte| byte != b' ')
        {
            return None;
        }
        (end, colon + 1)
    };
    let name_end = without_line_number(text, start, name_end);
    let name = &text[start..name_end];
    // A path that no process id marks as a program is what the line tells of.
    let is_identifier = (is_logger(name) && name[0] != b'/') || level::mnemonic(name).is_some();
    if is_id(name) {
        return None;
    }
    if name.is_empty() || !(is_identifier || (any_word && is_name(name))) {
        return None;
    }
    let name_end = without_group(text, start, name_end);
    Some(Tag { name: start..name_end, end: after, has_process: false, is_identifier })
}

/// Reads `name:` behind the spans of a trace, each `name{key=value …}:` or `name:` without a space behind it.
pub(super) fn behind_spans(text: &[u8], start: usize) -> Option<Tag> {
    let mut at = start;
    loop {
        let n_name =
            text[at..].iter().take_while(|&&byte| byte.is_ascii_alphanumeric() || byte == b'_').count();
        if n_name == 0 {
            return None;
        }
        at += n_name;
        if text.get(at) == Some(&b'{') {
            at = group(text, at)?.end;
        }
        match text.get(at..at + 2)? {
            b": " => return tag(text, at + 2, false),
            [b':', next] if *next != b':' => at += 1,
            _ => return None,
        }
    }
}

/// `[pid]:` or `( pid):` inside of the word, or at its end: where the bracket begins and where its colon ends.
fn process_bracket(text: &[u8], start: usize, end: usize, is_source: bool) -> Option<Range<usize>> {
    let mut of_digits = None;
    let bracket = (start + 1..end)
        .find(|&i| match text[i] {
            b'[' => true,
            b'(' => {
                let next = text.get(i + 1);
                if next.is_some_and(u8::is_ascii_digit) {
                    of_digits = of_digits.or(Some(i));
                }
                next == Some(&b' ')
            }
            _ => false,
        })
        .or(of_digits)?;
    let close = if text[bracket] == b'[' { b']' } else { b')' };
    let stop = text.len().min(bracket + 40);
    let closing = (bracket + 1..stop).find(|&i| text[i] == close)?;
    let inside = text[bracket + 1..closing].trim_ascii();
    let is_process = !inside.is_empty()
        && inside
            .iter()
            .all(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':' | b'_' | b'#'))
        && (inside.iter().any(u8::is_ascii_digit) || (is_source && text[bracket] == b'['));
    let name_is_plain = is_name(&text[start..bracket]);
    // The colon is missing where nothing follows.
    let ends_here = text.get(closing + 1).is_none_or(|&byte| byte == b':');
    (is_process && name_is_plain && ends_here).then_some(bracket..text.len().min(closing + 2))
}

fn is_name(word: &[u8]) -> bool {
    Kinds::of_word(word).only(kinds::NAME)
}

/// The end of `[123]:`, which stands in a column of its own behind a padded name.
fn process_alone(text: &[u8], at: usize) -> Option<usize> {
    if text.get(at) != Some(&b'[') {
        return None;
    }
    let n_digits = text[at + 1..].iter().take(10).take_while(|byte| byte.is_ascii_digit()).count();
    let close = at + 1 + n_digits;
    (n_digits > 0 && text.get(close..close + 2) == Some(b"]:")).then_some(close + 2)
}

/// A name without a group behind it: `sshd(pam_unix)` stays, since it is part of the program's name there.
fn without_group(text: &[u8], start: usize, end: usize) -> usize {
    (start + 1..end).find(|&i| text[i] == b'[').unwrap_or(end)
}

/// A name without `:12` behind a file's name.
fn without_line_number(text: &[u8], start: usize, end: usize) -> usize {
    let n_digits = text[start..end].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let colon = end - n_digits;
    if n_digits > 0 && colon > start + 1 && text[colon - 1] == b':' { colon - 1 } else { end }
}

/// What stands behind the time of a syslog line.
pub(super) struct Source {
    pub(super) host: Option<Range<usize>>,
    pub(super) tag: Option<Tag>,
    pub(super) end: usize,
}

/// Reads `host name[pid]:` behind a time, `host name:` and `host` alone behind a time without a year or with a zone.
pub(super) fn host_and_tag(text: &[u8], at: usize, stamp: Option<Stamp>) -> Option<Source> {
    let stamp = stamp?;
    let is_bsd = stamp.date.is_some_and(|date| date.year.is_none()) && stamp.fraction_digits == 0;
    let is_zoned = stamp.offset.is_some() && !stamp.is_epoch;
    if !is_bsd && !is_zoned && !process_follows(text, at) {
        return None;
    }
    let start = skip_spaces(text, at);
    let (end, kinds) = word_and_kinds(text, start);
    let host = &text[start..end];
    if host.len() > 2 && host[1] == b'/' && level::letter(host[0]).is_some() {
        // `W/Name( 12): `
        return None;
    }
    if let Some(tag) = of_word(text, start..end, kinds, is_bsd || is_zoned) {
        let takes_it = tag.has_process || is_bsd;
        return takes_it.then_some(Source { host: None, end: tag.end, tag: Some(tag) });
    }
    if !is_host(host, kinds)
        || (level::word(host).is_some() && end - start > 2)
        || level::facility(host).is_some()
    {
        return None;
    }
    let second = skip_spaces(text, end);
    let tag = tag(text, second, is_bsd || is_zoned).or_else(|| tag_of_words(text, second));
    let is_prose = host[0].is_ascii_uppercase() && host[1..].iter().all(u8::is_ascii_lowercase);
    match tag {
        Some(tag) if tag.has_process || is_bsd || (is_zoned && !is_prose) => {
            Some(Source { host: Some(start..end), end: tag.end, tag: Some(tag) })
        }
        None if is_bsd && !is_prose && second > end => {
            Some(Source { host: Some(start..end), end, tag: None })
        }
        _ => None,
    }
}

/// Whether `[pid]:` or `(pid):` may stand among the next few words.
fn process_follows(text: &[u8], at: usize) -> bool {
    let near = &text[at..text.len().min(at + 100)];
    memchr::memchr2_iter(b']', b')', near).any(|close| near.get(close + 1) == Some(&b':'))
}

/// A program of up to three words that a process id or version ends: `Microsoft Word[14463]:`, `syslogd 1.4.1:`.
fn tag_of_words(text: &[u8], start: usize) -> Option<Tag> {
    let mut at = start;
    for n_words in 1..=3 {
        let (end, kinds) = word_and_kinds(text, at);
        if end == at || !text[start].is_ascii_alphabetic() {
            return None;
        }
        let word = &text[at..end];
        if n_words > 1 {
            if kinds.has(kinds::OPEN)
                && let Some(bracket) = process_bracket(text, at, end, false)
            {
                let name = start..bracket.start;
                return Some(Tag { name, end: bracket.end, has_process: true, is_identifier: true });
            }
            let is_version = word.ends_with(b":") && word[0].is_ascii_digit() && word.contains(&b'.');
            if is_version && n_words == 2 {
                return Some(Tag { name: start..at - 1, end, has_process: false, is_identifier: true });
            }
        }
        if !word.iter().all(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')) {
            return None;
        }
        at = skip_spaces(text, end);
    }
    None
}
