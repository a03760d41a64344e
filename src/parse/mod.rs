//! One physical line to one [`LogEntry`]: when, how serious, from whom, what.
//!
//! In: a line of text. Out: its entry. A pure function of the line; it never fails.
//!
//! A few formats are known by their first bytes (syslog priority, glog, JSON, access logs); all others are read by
//! one grammar of leading columns, [`header`]. What is not surely header stays in the message.

mod access;
mod clock;
mod date;
mod draft;
mod fields;
mod foreign;
mod header;
mod json;
mod kinds;
mod klog;
mod level;
mod lexicon;
pub mod merge;
mod names;
mod pairs;
mod syslog;
mod tag;
mod timestamp;

use std::borrow::Cow;

use draft::Draft;

use crate::entry::{Format, LogEntry};

/// Wrappers and payloads read inside of one another; a line of more layers is not unpacked further.
const MOST_LAYERS: u8 = 4;

/// Reads one physical line, or the text of one JSON object; it never fails and never panics.
///
/// A line without time and level is all message. JSON fields and pairs that are no header follow the message as
/// ` key=value`; colour codes, a byte order mark and white space around the line are left out.
///
/// # Cost
/// Linear in the line; columns are looked for in the first 512 bytes. Text lines allocate nothing, unless they hold
/// colour codes, a user name in an access log, or pairs on both sides of the message.
///
/// # Example
/// ```
/// use oddlog::entry::Level;
/// use oddlog::parse::parse_line;
///
/// let entry = parse_line("Feb  5 17:32:18 web-1 sshd[4711]: Accepted password for root");
/// assert_eq!((entry.host.as_deref(), entry.component.as_deref()), (Some("web-1"), Some("sshd")));
/// assert_eq!(entry.message, "Accepted password for root");
///
/// let entry = parse_line(r#"{"ts":1489519230,"level":"warn","msg":"slow","ms":900}"#);
/// assert_eq!((entry.level, &*entry.message), (Some(Level::Warn), "slow ms=900"));
/// ```
#[must_use]
pub fn parse_line(line: &str) -> LogEntry<'_> {
    if memchr::memchr(0x1b, line.as_bytes()).is_some() {
        let plain = without_colours(line);
        return read(trimmed(&plain), MOST_LAYERS).into_owned().finish();
    }
    read(trimmed(line), MOST_LAYERS).finish()
}

/// The level that a column of nothing but levels shows in a line: a word, or one letter.
pub(crate) fn level_of(column: &str) -> Option<crate::entry::Level> {
    match column.as_bytes() {
        [letter] => level::letter(*letter),
        word => level::word(word),
    }
}

/// A line without byte order mark, NUL bytes and white space around it.
fn trimmed(line: &str) -> &str {
    if let [first, .., last] = line.as_bytes()
        && first.is_ascii_graphic()
        && last.is_ascii_graphic()
    {
        return line;
    }
    line.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\0' | '\u{feff}'))
}

/// A line without ANSI control sequences (ECMA-48: `ESC [`, parameters, one final byte).
fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut parts = line.split('\u{1b}');
    plain.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let Some(sequence) = part.strip_prefix('[') else {
            plain.push_str(part);
            continue;
        };
        let n_parameters = sequence.bytes().take_while(|byte| (0x20..=0x3f).contains(byte)).count();
        match sequence.as_bytes().get(n_parameters) {
            Some(0x40..=0x7e) => plain.push_str(&sequence[n_parameters + 1..]),
            _ => plain.push_str(part),
        }
    }
    plain
}

fn read(line: &str, layers: u8) -> Draft<'_> {
    let mut draft = Draft::of(line);
    if line.starts_with('{') {
        return object(line, layers).unwrap_or(draft);
    }
    if access::read(line, &mut draft).is_some() {
        return draft;
    }
    if let Some(front) = pairs::tag_front(line) {
        pairs::read(&line[front..], &mut draft);
        if draft.is_headed() {
            return draft;
        }
        draft = Draft::of(line);
    }
    if let Some(inner) = container(line, &mut draft).filter(|_| layers > 0) {
        let mut inner = read(inner, layers - 1);
        inner.fill_from(draft);
        return inner;
    }
    let (at, priority) = match known_front(line, &mut draft) {
        Some(at) => (at, None),
        None => front(line, &mut draft),
    };
    payload(line, at, &mut draft, layers);
    if draft.front.is_open() && draft.component.is_none() {
        logger_at_end(&mut draft);
    }
    draft.level = draft.level.or(priority);
    if !draft.is_headed() && draft.format != Format::Syslog {
        let mut whole = Draft::of(line);
        whole.stamp = time_at_end(line);
        return whole;
    }
    draft
}

/// The time of a line that has no header and ends by telling when it happened: `… started at 2024-01-01 10:00:00`.
///
/// Behind a word in the present tense, as in `expires at`, it is no time of the record.
fn time_at_end(line: &str) -> Option<timestamp::Stamp> {
    const LONGEST_TIME: usize = 64;
    let end = line.trim_end_matches(|c: char| c.is_ascii_punctuation() || c == ' ').len();
    let near = (0..=end.saturating_sub(LONGEST_TIME)).rev().find(|&at| line.is_char_boundary(at))?;
    let at = near + line[near..end].rfind(" at ")?;
    let happened = !line[..at].trim_end().ends_with('s');
    let (stamp, stamp_end) =
        timestamp::read(line.as_bytes(), at + 4).filter(|(stamp, _)| stamp.is_whole())?;
    (happened && stamp_end >= end).then_some(stamp)
}

/// A logger in round brackets behind the message, as log4j's `%m (%c)` writes it; exceptions stand there as well.
fn logger_at_end(draft: &mut Draft<'_>) {
    let Cow::Borrowed(message) = draft.message else { return };
    let Some((front, name)) = message.strip_suffix(')').and_then(|text| text.rsplit_once(" (")) else {
        return;
    };
    let is_logger =
        names::is_method(name.as_bytes()) && !name.ends_with("Exception") && !name.ends_with("Error");
    if is_logger && draft.level.is_some() && draft.has_time() {
        draft.component = Some(Cow::Borrowed(name));
        draft.message = Cow::Borrowed(front.trim_end());
    }
}

/// A line of known first bytes.
fn known_front<'a>(line: &'a str, draft: &mut Draft<'a>) -> Option<usize> {
    match line.as_bytes().first()? {
        b'A'..=b'Z' => klog::read(line, draft),
        b'0'..=b'9' => klog::read_redis(line, draft),
        b'[' => syslog::read_monotonic(line, draft),
        b'=' => klog::read_report(line, draft),
        _ => None,
    }
}

/// Any other front: a syslog priority perhaps, then columns. Where the message begins, and the priority's level.
fn front<'a>(line: &'a str, draft: &mut Draft<'a>) -> (usize, Option<crate::entry::Level>) {
    if pairs::is_event_format(line) {
        return (0, None);
    }
    if let Some((level, at)) = syslog::facility_columns(line.as_bytes()) {
        draft.level = Some(level);
        draft.component = line.split([' ', ':']).next().map(Cow::Borrowed);
        return (header::read(line, at, draft), None);
    }
    let Some((level, at)) = syslog::priority(line.as_bytes()) else {
        return (header::read(line, 0, draft), None);
    };
    draft.format = Format::Syslog;
    let at = syslog::read_5424(line, at, draft).unwrap_or_else(|| syslog::behind_colon(line.as_bytes(), at));
    let end = header::read(line, at, draft);
    let found = if end == at {
        tag::tag(line.as_bytes(), names::skip_spaces(line.as_bytes(), at), false)
    } else {
        None
    };
    let Some(tag) = found.filter(|tag| tag.has_process) else {
        return (class_in_front(line, at, end, draft), Some(level));
    };
    draft.component = Some(Cow::Borrowed(&line[tag.name]));
    (tag.end, Some(level))
}

/// Behind a priority without a time: .NET's `Shop.Cart[7] `, the class and the number of the event.
fn class_in_front<'a>(line: &'a str, at: usize, end: usize, draft: &mut Draft<'a>) -> usize {
    let text = line.as_bytes();
    let word_end = names::word_end(text, at);
    match line[at..word_end].split_once('[') {
        Some((name, number))
            if end == at
                && names::is_class(name.as_bytes())
                && number
                    .strip_suffix(']')
                    .is_some_and(|id| id.bytes().all(|byte| byte.is_ascii_digit())) =>
        {
            draft.component = Some(Cow::Borrowed(name));
            word_end
        }
        _ => end,
    }
}

/// What follows the columns: text, a JSON object or pairs.
fn payload<'a>(line: &'a str, at: usize, draft: &mut Draft<'a>, layers: u8) {
    let rest = line[at..].trim_start().trim_start_matches('\u{feff}');
    // The cookie of Common Event Expression, in front of JSON in a syslog line.
    let rest = rest.strip_prefix("@cee:").map_or(rest, str::trim_start);
    if rest.starts_with('{')
        && rest.ends_with('}')
        && layers > 0
        && let Some(mut inner) = object(rest, layers - 1)
    {
        let outer = std::mem::replace(draft, Draft::of(line));
        inner.prefer(outer);
        *draft = inner;
        return;
    }
    if pairs::begins(rest) || pairs::is_event_format(rest) {
        pairs::read(rest, draft);
    } else if draft.level.is_none() && line[..at].trim_end().ends_with(['M', 'm']) && is_caller(rest) {
        // The first of the two lines of java.util.logging: the second has the message.
        draft.component = Some(Cow::Borrowed(rest.trim_end()));
        draft.message = Cow::Borrowed("");
    } else {
        draft.message = Cow::Borrowed(rest);
    }
}

/// Whether a text is the class with its packages, and the method, that java.util.logging writes behind a time of twelve
/// hours: `com.example.Cart$Item <init>`.
fn is_caller(text: &str) -> bool {
    let is_identifier = |name: &str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$'))
    };
    let Some((class, method)) = text.trim_end().split_once(' ') else { return false };
    let Some((packages, class)) = class.rsplit_once('.') else { return false };
    let method = method.strip_prefix('<').and_then(|name| name.strip_suffix('>')).unwrap_or(method);
    packages.split('.').all(|name| is_identifier(name) && name.starts_with(|c: char| c.is_ascii_lowercase()))
        && class.starts_with(|c: char| c.is_ascii_uppercase())
        && is_identifier(class)
        && is_identifier(method)
        && method.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
}

/// A JSON object, and the line inside of it where it is a container's wrapper or its message has a header.
fn object(line: &str, layers: u8) -> Option<Draft<'_>> {
    let (mut draft, inner) = json::read(line)?;
    match inner {
        Some(text) if layers > 0 => {
            let mut inner = match text {
                Cow::Borrowed(text) => read(trimmed(text), layers - 1),
                Cow::Owned(text) => read(trimmed(&text), layers - 1).into_owned(),
            };
            draft.component = None;
            inner.fill_from(draft);
            return Some(inner);
        }
        _ => {}
    }
    if draft.level.is_none() && layers > 0 && !draft.message.starts_with('{') {
        let inner = match &draft.message {
            Cow::Borrowed(text) => read(trimmed(text), layers - 1),
            Cow::Owned(text) => read(trimmed(text), layers - 1).into_owned(),
        };
        if inner.level.is_some() {
            draft.level = inner.level;
            draft.component = draft.component.or(inner.component);
            draft.stamp = draft.stamp.or(inner.stamp);
            draft.message = inner.message;
        }
    }
    Some(draft)
}

/// The line that Kubernetes' runtimes wrap: `<time> stdout F <line>`; its time goes to `draft`.
fn container<'a>(line: &'a str, draft: &mut Draft<'a>) -> Option<&'a str> {
    let text = line.as_bytes();
    if text.get(10) != Some(&b'T') || !text[0].is_ascii_digit() {
        return None;
    }
    let (stamp, end) = timestamp::read(text, 0).filter(|(stamp, _)| stamp.is_whole())?;
    if text.get(end..end + 4) != Some(b" std") {
        return None;
    }
    let behind = line[end..].strip_prefix(" stdout ").or_else(|| line[end..].strip_prefix(" stderr "))?;
    // Of an empty line the space behind the tag may be trimmed.
    let (tag, text) = behind.split_once(' ').unwrap_or((behind, ""));
    if !(tag.starts_with(['F', 'P']) && tag.len() <= 3) {
        return None;
    }
    draft.add_stamp(stamp);
    draft.format = Format::Cri;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::parse_line;

    #[test]
    fn a_time_at_the_very_end_is_the_records_where_the_line_tells_of_the_past() {
        let time = |line: &str| parse_line(line).timestamp.map(|time| time.to_rfc3339());
        assert_eq!(time("== dump made at 2024-01-01 10:00:00 ==").as_deref(), Some("2024-01-01T10:00:00"));
        assert_eq!(time("the certificate expires at 2024-01-01 10:00:00"), None);
        assert_eq!(time("made at 2024-01-01 10:00:00 by root"), None);
        assert_eq!(time("INFO the certificate was made at 2024-01-01 10:00:00"), None);
    }
}
