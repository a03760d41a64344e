//! Access logs of web servers: columns, a time in brackets, a request in quotation marks, a status.
//!
//! In: a line. Out: its time, client and level; the message is the user, where one is named, and all from the request on.

use std::borrow::Cow;

use super::draft::Draft;
use super::level::{self, http_status};
use super::timestamp;
use crate::entry::{Format, Front};

/// Reads Apache's common and combined formats, nginx's default, and those with more columns on either side.
pub(super) fn read<'a>(line: &'a str, draft: &mut Draft<'a>) -> Option<()> {
    let text = line.as_bytes();
    let open = memchr::memchr(b'[', &text[..text.len().min(256)])?;
    let close = open + memchr::memchr(b']', &text[open..text.len().min(open + 64)])?;
    if text.get(close..close + 3) != Some(b"] \"") {
        return None;
    }
    let (stamp, _) =
        timestamp::read(text, open + 1).filter(|&(stamp, end)| stamp.is_whole() && end == close)?;
    let request_at = close + 2;
    let mut columns = line[..open].split_ascii_whitespace().filter(|column| *column != "-");
    let mut client = columns.next();
    if let Some((before, last)) = client.and_then(|client| client.rsplit_once(':'))
        && before.contains(|c: char| !(c.is_ascii_hexdigit() || c == ':'))
        && !last.is_empty()
    {
        // `INFO:werkzeug:127.0.0.1`: columns of the program that passed the line on stand before the client
        let (level, name) = before.split_once(':').unwrap_or((before, ""));
        if level::word(level.as_bytes()).is_some() {
            draft.component = Some(Cow::Borrowed(name)).filter(|name| !name.is_empty());
            client = Some(last);
        }
    }
    let status = status_behind(text, request_at + 1)?;
    let named: Vec<&str> = columns.collect();
    draft.add_stamp(stamp);
    draft.level = Some(http_status(status));
    draft.host = client.map(Cow::Borrowed);
    draft.front = Front::CLOSED;
    draft.format = Format::Access;
    draft.message = match named.as_slice() {
        [] => Cow::Borrowed(&line[request_at..]),
        names => Cow::Owned(format!("{} {}", names.join(" "), &line[request_at..])),
    };
    Some(())
}

/// The three digits behind the closing mark of the request, and whether they stand there.
fn status_behind(text: &[u8], request: usize) -> Option<u16> {
    let mut at = request;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            break;
        }
        at += 2;
    }
    let [b' ', digits @ .., b' '] = text.get(at + 1..at + 6)? else { return None };
    let status: u16 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (100..600).contains(&status).then_some(status)
}
