//! One physical line to one [`LogEntry`]: when, how serious, from whom, what.
//!
//! In: a line of text. Out: its entry. A pure function of the line; it never fails.
//!
//! A few formats are known by their first bytes (syslog priority, glog, JSON, access logs); all others are read by
//! one grammar of leading columns, [`header`]. What is not surely header stays in the message.

mod clock;
mod date;
mod draft;
mod header;
mod klog;
mod level;
mod names;
mod syslog;
mod timestamp;

use std::borrow::Cow;

use draft::Draft;

use crate::entry::LogEntry;

/// Reads one line.
#[must_use]
pub fn parse_line(line: &str) -> LogEntry<'_> {
    let line = trimmed(line);
    read(line).finish()
}

/// A line without byte order mark, NUL bytes and white space around it.
fn trimmed(line: &str) -> &str {
    line.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\0' | '\u{feff}'))
}

fn read(line: &str) -> Draft<'_> {
    let mut draft = Draft::of(line);
    let at = known_front(line, &mut draft).unwrap_or_else(|| front(line, &mut draft));
    if draft.is_headed() {
        draft.message = Cow::Borrowed(line[at..].trim_start());
    } else {
        draft.host = None;
        draft.component = None;
    }
    draft
}

fn known_front<'a>(line: &'a str, draft: &mut Draft<'a>) -> Option<usize> {
    match line.as_bytes().first()? {
        b'A'..=b'Z' => klog::read(line, draft),
        b'0'..=b'9' => klog::read_redis(line, draft),
        _ => None,
    }
}

/// Any other front: a syslog priority perhaps, then columns.
fn front<'a>(line: &'a str, draft: &mut Draft<'a>) -> usize {
    let Some((level, at)) = syslog::priority(line.as_bytes()) else { return header::read(line, 0, draft) };
    let at = syslog::read_5424(line, at, draft).unwrap_or(at);
    let at = header::read(line, at, draft);
    draft.level = draft.level.or(Some(level));
    at
}
