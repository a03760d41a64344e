//! Entries that writers spread over several lines of full form: what PostgreSQL adds to a message, what a container's
//! runtime cut, the message below the place of java.util.logging.
//!
//! In: a line and the one before it, read. Out: whether it is more of the same entry.

use crate::entry::{Format, LogEntry};

/// How far in a message the words stand that PostgreSQL puts in front of what it adds: behind a user and a database.
const LONGEST_PREFIX_BYTES: usize = 120;

/// What PostgreSQL adds to a message, each with two blanks behind its colon.
const ADDED: [&str; 6] = ["DETAIL", "HINT", "STATEMENT", "CONTEXT", "QUERY", "LOCATION"];

/// Whether a line is the rest of the entry that the line before it begins or goes on with; `text` and `before` are the two
/// lines.
pub(super) fn is_rest(before: (&str, &LogEntry<'_>), line: (&str, &LogEntry<'_>)) -> bool {
    let ((before_text, before), (text, entry)) = (before, line);
    if entry.format == Format::Cri {
        return is_cut(before_text) && stream_of(before_text) == stream_of(text);
    }
    match (before.timestamp, entry.timestamp) {
        (Some(_), None) => {
            entry.level.is_some()
                && before.level.is_none()
                && before.component.is_some()
                && before.message.is_empty()
        }
        (Some(time), Some(own)) => entry.level.is_none() && time == own && is_added(&entry.message),
        _ => false,
    }
}

/// `DETAIL:  Key (id)=(17) already exists.`, perhaps behind a user and a database.
fn is_added(message: &str) -> bool {
    let near = message.as_bytes().get(..LONGEST_PREFIX_BYTES).unwrap_or(message.as_bytes());
    let Some(colon) = memchr::memmem::find(near, b":  ") else { return false };
    let word = message[..colon].rsplit(' ').next().unwrap_or_default();
    ADDED.contains(&word)
}

/// Whether a runtime of Kubernetes says that the line goes on: `<time> stdout P <text>`.
fn is_cut(text: &str) -> bool {
    text.split(' ').nth(2).is_some_and(|tag| tag.starts_with('P') && tag.len() <= 3)
        && matches!(stream_of(text), Some("stdout" | "stderr"))
}

fn stream_of(text: &str) -> Option<&str> {
    text.split(' ').nth(1)
}
