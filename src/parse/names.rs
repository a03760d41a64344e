//! Hosts, programs, loggers, threads and bracket groups: what the words of a header can be.
//!
//! In: bytes and offsets. Out: ranges; nothing is copied.

use std::ops::Range;

use super::level;
use super::timestamp::Stamp;
use crate::entry::Level;

/// The longest bracket group that can be a column, in bytes.
const LONGEST_GROUP: usize = 200;

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
    /// A level within the tag.
    pub(super) level: Option<Level>,
}

/// Reads `name:`, `name[pid]:`, `name(part)[pid]:`, `file.go:12:` or `name   : `. A plain word counts where `any_word` is set.
pub(super) fn tag(text: &[u8], start: usize, any_word: bool) -> Option<Tag> {
    let end = word_end(text, start);
    let word = &text[start..end];
    if word.len() < 2 || !(word[0].is_ascii_alphabetic() || matches!(word[0], b'/' | b'_' | b'-' | b'(' | b'%')) {
        return None;
    }
    let may_end_here = word[word.len() - 1] == b':'
        || word.iter().any(|byte| matches!(byte, b'[' | b'('))
        || text.get(skip_spaces(text, end)) == Some(&b':');
    if !may_end_here {
        return None;
    }
    if let Some(bracket) = process_bracket(text, start, end) {
        let after = bracket.end;
        let name_end = without_group(text, start, bracket.start);
        let is_identifier = true;
        return Some(Tag { name: start..name_end, end: after, has_process: true, is_identifier, level: None });
    }
    let (name_end, after) = if word.ends_with(b":") {
        (end - 1, end)
    } else {
        let gap = text[end..].iter().take(48).take_while(|&&byte| byte == b' ').count();
        let colon = end + gap;
        if gap == 0 || text.get(colon) != Some(&b':') || text.get(colon + 1).is_some_and(|&byte| byte != b' ') {
            return None;
        }
        (end, colon + 1)
    };
    let name_end = without_line_number(text, start, name_end);
    let name = &text[start..name_end];
    let is_identifier = is_logger(name);
    if name.is_empty() || !(is_identifier || (any_word && name.iter().all(|&byte| is_name_byte(byte)))) {
        return None;
    }
    let name_end = without_group(text, start, name_end);
    Some(Tag { name: start..name_end, end: after, has_process: false, is_identifier, level: None })
}

/// `[pid]:` or `( pid):` inside of the word, or at its end: where the bracket begins and where its colon ends.
fn process_bracket(text: &[u8], start: usize, end: usize) -> Option<Range<usize>> {
    let bracket = (start + 1..end).find(|&i| text[i] == b'[' || (text[i] == b'(' && text.get(i + 1) == Some(&b' ')))
        .or_else(|| (start + 1..end).find(|&i| text[i] == b'(' && text.get(i + 1).is_some_and(u8::is_ascii_digit)))?;
    let close = if text[bracket] == b'[' { b']' } else { b')' };
    let stop = text.len().min(bracket + 40);
    let closing = (bracket + 1..stop).find(|&i| text[i] == close)?;
    let inside = text[bracket + 1..closing].trim_ascii();
    let is_process = !inside.is_empty()
        && inside.iter().all(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':' | b'_' | b'#'))
        && inside.iter().any(u8::is_ascii_digit);
    let name_is_plain = text[start..bracket].iter().all(|&byte| is_name_byte(byte) || matches!(byte, b'(' | b')'));
    (is_process && name_is_plain && text.get(closing + 1) == Some(&b':')).then_some(bracket..closing + 2)
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
    let end = word_end(text, start);
    let host = &text[start..end];
    if let Some(tag) = tag(text, start, is_bsd) {
        let takes_it = tag.has_process || is_bsd;
        return takes_it.then(|| Source { host: None, end: tag.end, tag: Some(tag) });
    }
    if !is_host(host) || (level::word(host).is_some() && end - start > 2) || level::facility(host).is_some() {
        return None;
    }
    let second = skip_spaces(text, end);
    let tag = tag(text, second, is_bsd || is_zoned).or_else(|| tag_of_words(text, second));
    let is_prose = host[0].is_ascii_uppercase() && host[1..].iter().all(u8::is_ascii_lowercase);
    match tag {
        Some(tag) if tag.has_process || is_bsd || (is_zoned && !is_prose) => {
            Some(Source { host: Some(start..end), end: tag.end, tag: Some(tag) })
        }
        None if is_bsd && !is_prose && second > end => Some(Source { host: Some(start..end), end, tag: None }),
        _ => None,
    }
}

/// Whether `[pid]:` or `(pid):` may stand among the next few words.
fn process_follows(text: &[u8], at: usize) -> bool {
    let near = &text[at..text.len().min(at + 100)];
    memchr::memchr_iter(b':', near).any(|colon| colon > 0 && matches!(near[colon - 1], b']' | b')'))
}

/// A program of up to three words that a process id or version ends: `Microsoft Word[14463]:`, `syslogd 1.4.1:`.
fn tag_of_words(text: &[u8], start: usize) -> Option<Tag> {
    let mut at = start;
    for n_words in 1..=3 {
        let end = word_end(text, at);
        if end == at || !text[start].is_ascii_alphabetic() {
            return None;
        }
        let word = &text[at..end];
        if n_words > 1 {
            if let Some(bracket) = process_bracket(text, at, end) {
                let name = start..bracket.start;
                return Some(Tag { name, end: bracket.end, has_process: true, is_identifier: true, level: None });
            }
            let is_version = word.ends_with(b":") && word[0].is_ascii_digit() && word.contains(&b'.');
            if is_version && n_words == 2 {
                return Some(Tag { name: start..at - 1, end, has_process: false, is_identifier: true, level: None });
            }
        }
        if !word.iter().all(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')) {
            return None;
        }
        at = skip_spaces(text, end);
    }
    None
}

fn is_host(word: &[u8]) -> bool {
    word.len() > 1
        && word.len() <= 255
        && word.iter().all(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'/' | b'@' | b'%'))
        && word[0].is_ascii_alphanumeric()
        && word[word.len() - 1] != b':'
}

/// A bracket group.
pub(super) struct Group {
    pub(super) inside: Range<usize>,
    pub(super) end: usize,
}

/// The group that begins at `at`, up to the bracket that closes it.
pub(super) fn group(text: &[u8], at: usize) -> Option<Group> {
    let open = text[at];
    let close = match open {
        b'[' => b']',
        b'(' => b')',
        b'<' => b'>',
        b'{' => b'}',
        _ => return None,
    };
    let mut depth = 0u32;
    for end in at..text.len().min(at + LONGEST_GROUP) {
        if text[end] == open {
            depth += 1;
        } else if text[end] == close {
            depth -= 1;
            if depth == 0 {
                return Some(Group { inside: at + 1..end, end: end + 1 });
            }
        }
    }
    None
}

/// The id of a process or thread: `123`, `#123`, `0x7f…`, `pid 123:tid 4`, or nothing at all.
pub(super) fn is_process(inside: &[u8]) -> bool {
    let inside = inside.trim_ascii();
    let rest = inside.strip_prefix(b"pid").or_else(|| inside.strip_prefix(b"tid")).unwrap_or(inside);
    if rest.len() < inside.len() {
        return rest.iter().any(u8::is_ascii_digit) && rest.len() < 48;
    }
    let rest = inside.strip_prefix(b"#").unwrap_or(inside);
    let rest = rest.strip_prefix(b"0x").unwrap_or(rest);
    rest.iter().all(|&byte| byte.is_ascii_digit() || matches!(byte, b':' | b'/' | b'-'))
        || (rest.len() >= 6 && rest.iter().all(u8::is_ascii_hexdigit))
}

/// Whether a group holds one word, no text: no space, no quote, no `=` outside of inner brackets.
pub(super) fn is_one_word(inside: &[u8]) -> bool {
    let inside = inside.trim_ascii();
    let mut depth = 0i32;
    for &byte in inside {
        match byte {
            b'[' | b'(' => depth += 1,
            b']' | b')' => depth -= 1,
            b' ' | b'"' | b'\'' => return false,
            b'=' if depth == 0 => return false,
            _ => {}
        }
    }
    true
}

/// Whether `name` is written as programs write the names of their parts: dotted, `::`, `_`, `-`, `$`, `/`, or with inner capitals.
pub(super) fn is_logger(name: &[u8]) -> bool {
    let name = name.trim_ascii();
    if name.len() < 2 || !(name[0].is_ascii_alphabetic() || matches!(name[0], b'_' | b'/' | b'.')) {
        return false;
    }
    let mut marked = false;
    let mut humps = false;
    for pair in name.windows(2) {
        humps |= pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase();
        marked |= matches!(pair[0], b'.' | b'$' | b'_' | b'/' | b'-') || pair == b"::" || pair[1].is_ascii_digit();
    }
    (marked || humps) && name.iter().all(|&byte| is_name_byte(byte)) && !name.windows(3).any(|three| three == b"://")
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'.' | b'_' | b'-' | b'$' | b':' | b'/' | b'@' | b'#' | b'<' | b'>' | b'(' | b')' | b'+' | b'~' | b'%' | b'\\')
        || byte >= 0x80
}

/// `-`, `--`, `|`, `:`, `>`: nothing but signs.
pub(super) fn is_separator(word: &[u8]) -> bool {
    word.len() <= 3 && word.iter().all(|byte| matches!(byte, b'-' | b'|' | b':' | b'>' | b'~'))
}

/// Whether a group names a class or module rather than a thread: dotted, `::`, `$`, `/`, or with inner capitals.
pub(super) fn is_class(inside: &[u8]) -> bool {
    let is_part = |pair: &[u8]| {
        matches!(pair[0], b'.' | b'$' | b'/') || pair == b"::" || (pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
    };
    is_logger(inside) && inside.iter().any(u8::is_ascii_lowercase) && inside.windows(2).any(is_part)
}

/// A number column: digits, with `#` in front or between, a comma or colon behind.
pub(super) fn is_number(word: &[u8]) -> bool {
    let word = word.strip_prefix(b"#").unwrap_or(word);
    let digits = word.strip_suffix(b":").or_else(|| word.strip_suffix(b",")).unwrap_or(word);
    digits.first().is_some_and(u8::is_ascii_digit) && digits.iter().all(|&byte| byte.is_ascii_digit() || byte == b'#')
}

/// A word without brackets and signs around it.
pub(super) fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| matches!(c, '[' | ']' | '(' | ')' | '<' | '>' | ':' | ',' | ';' | '|' | '"' | ' '))
}

/// Whether a word looks like the name or address of a machine: it holds a digit or a hyphen.
pub(super) fn looks_like_host(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit() || byte == b'-') && is_host(word.as_bytes()) && !word.contains("::")
}

pub(super) fn skip_spaces(text: &[u8], at: usize) -> usize {
    at + text[at.min(text.len())..].iter().take_while(|&&byte| byte == b' ').count()
}

pub(super) fn word_end(text: &[u8], at: usize) -> usize {
    let mut end = at;
    while end < text.len() && end - at < 256 && !matches!(text[end], b' ' | b'\t') {
        end += 1;
    }
    end
}
