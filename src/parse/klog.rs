//! Headers that begin with one letter or a process: glog and klog, and Redis.
//!
//! In: a line. Out: its header in the draft and the offset of the message, or nothing where it is none of these.

use std::borrow::Cow;

use super::clock::clock;
use super::date;
use super::draft::Draft;
use super::level;
use super::names;
use super::timestamp::{self, Stamp};
use crate::entry::{Format, Front, Level};

/// Reads `I0507 12:02:27.923860       1 node.go:339] `, the year in front of the month in newer glog.
pub(super) fn read<'a>(line: &'a str, draft: &mut Draft<'a>) -> Option<usize> {
    let text = line.as_bytes();
    let level = level::letter(*text.first()?)?;
    let n_digits = text[1..].iter().take(9).take_while(|byte| byte.is_ascii_digit()).count();
    let date = match n_digits {
        4 => {
            let month_day = super::clock::digits(text, 1, 4)?.0;
            date::Date::checked(None, month_day / 100, month_day % 100)?
        }
        8 => date::compact(text, 1, 8)?.0,
        _ => return None,
    };
    let (clock, end) = clock(text, names::skip_spaces(text, 1 + n_digits))?;
    let thread_at = names::skip_spaces(text, end);
    let thread_end = names::word_end(text, thread_at);
    let file_at = names::skip_spaces(text, thread_end);
    let close = file_at + text[file_at..].iter().take(200).position(|&byte| byte == b']')?;
    let file = &line[file_at..close];
    if file.contains(' ') {
        return None;
    }
    let name = file.rsplit_once(':').map_or(file, |(name, _)| name);
    draft.add_stamp(Stamp {
        date: Some(date),
        time: Some(clock.time),
        offset: None,
        fraction_digits: clock.fraction_digits,
        is_epoch: false,
    });
    draft.level = Some(level);
    draft.component = Some(Cow::Borrowed(name));
    draft.front = Front::CLOSED;
    draft.format = Format::Klog;
    Some(close + 1)
}

/// Reads Erlang's `=INFO REPORT==== 14-Jul-2013::17:53:40 ===`: a level or the kind of the report, and its time.
pub(super) fn read_report(line: &str, draft: &mut Draft<'_>) -> Option<usize> {
    let (kind, behind) = line.strip_prefix('=')?.split_once(" REPORT==== ")?;
    if kind.len() > 20 || !kind.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let at = line.len() - behind.len();
    let (stamp, _) = timestamp::read(line.as_bytes(), at).filter(|(stamp, _)| stamp.is_whole())?;
    draft.add_stamp(stamp);
    draft.level = level::word(kind.as_bytes());
    draft.front = Front::CLOSED;
    draft.format = Format::Columns;
    Some(1)
}

/// Reads Redis's `1234:M 01 Jan 2024 10:00:00.123 * `: process, role, time, and one sign for the level.
pub(super) fn read_redis(line: &str, draft: &mut Draft<'_>) -> Option<usize> {
    let text = line.as_bytes();
    let n_digits = text.iter().take(9).take_while(|byte| byte.is_ascii_digit()).count();
    let [b':', b'M' | b'S' | b'C' | b'X' | b'R', b' ', ..] = text.get(n_digits..)? else { return None };
    let (stamp, end) = timestamp::read(text, n_digits + 3)?;
    let level = match text.get(end..end + 3)? {
        b" . " => Level::Debug,
        b" - " | b" * " => Level::Info,
        b" # " => Level::Warn,
        _ => return None,
    };
    draft.add_stamp(stamp);
    draft.level = Some(level);
    draft.front = Front::CLOSED;
    draft.format = Format::Redis;
    Some(end + 3)
}
