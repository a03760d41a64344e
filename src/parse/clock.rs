//! A time of day and the zone behind it.
//!
//! In: bytes and an offset. Out: what stands there and where it ends.

use chrono::{FixedOffset, NaiveTime};

/// A time of day as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    /// To the nanosecond; a leap second is second 59 and one billion nanoseconds more.
    pub(super) time: NaiveTime,
    /// How many digits the fraction of the second had.
    pub(super) fraction_digits: u8,
    /// Whether seconds, or AM or PM, were written: `10:00` alone may be many things.
    pub(super) is_certain: bool,
}

/// The number in the one to `most` digits at `at`, and the offset behind them.
pub(super) fn digits(text: &[u8], at: usize, most: usize) -> Option<(u32, usize)> {
    let mut value = 0u32;
    let mut end = at;
    while end < text.len() && end - at < most && text[end].is_ascii_digit() {
        value = value * 10 + u32::from(text[end] - b'0');
        end += 1;
    }
    (end > at).then_some((value, end))
}

/// Reads `H:M[:S[fraction]]`, with AM or PM where it stands, or the same with dots.
pub(super) fn clock(text: &[u8], at: usize) -> Option<(Clock, usize)> {
    let (hour, end) = digits(text, at, 2)?;
    let separator = *text.get(end)?;
    if separator != b':' && separator != b'.' {
        return None;
    }
    let (minute, mut end) = digits(text, end + 1, 2)?;
    let mut second = 0;
    let mut has_seconds = false;
    if text.get(end) == Some(&separator)
        && let Some((value, after)) = digits(text, end + 1, 2)
    {
        (second, end, has_seconds) = (value, after, true);
    }
    if separator == b'.' && !has_seconds {
        return None;
    }
    let (mut nanos, mut fraction_digits) = (0, 0);
    if has_seconds {
        (nanos, fraction_digits, end) = fraction(text, end);
    }
    let mut is_certain = has_seconds;
    let (hour, end) = match half_of_day(text, end, hour) {
        None => (hour, end),
        Some((hour, after)) if fraction_digits == 0 => {
            is_certain = true;
            (nanos, fraction_digits, end) = fraction(text, after);
            (hour?, end)
        }
        Some((hour, after)) => (hour?, after),
    };
    let time = time_of(hour, minute, second, nanos)?;
    Some((Clock { time, fraction_digits, is_certain }, end))
}

/// Reads `HHMMSS[fraction]`.
pub(super) fn compact_clock(text: &[u8], at: usize) -> Option<(Clock, usize)> {
    let (value, end) = digits(text, at, 6)?;
    if end - at != 6 || text.get(end).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let (nanos, fraction_digits, end) = fraction(text, end);
    let time = time_of(value / 10_000, value / 100 % 100, value % 100, nanos)?;
    Some((Clock { time, fraction_digits, is_certain: true }, end))
}

/// A time of day, with second 60 as a leap second.
fn time_of(hour: u32, minute: u32, second: u32, nanos: u32) -> Option<NaiveTime> {
    if second == 60 {
        return NaiveTime::from_hms_nano_opt(hour, minute, 59, 1_000_000_000 + nanos);
    }
    NaiveTime::from_hms_nano_opt(hour, minute, second, nanos)
}

/// The fraction of a second at `at`: nanoseconds, digits, end. A colon needs three digits, to differ from `10:00:00:1`.
pub(super) fn fraction(text: &[u8], at: usize) -> (u32, u8, usize) {
    let none = (0, 0, at);
    let Some(separator @ (b'.' | b',' | b':')) = text.get(at).copied() else { return none };
    let mut nanos = 0u32;
    let mut end = at + 1;
    while end < text.len() && text[end].is_ascii_digit() {
        if end - at <= 9 {
            nanos = nanos * 10 + u32::from(text[end] - b'0');
        }
        end += 1;
    }
    let count = end - at - 1;
    // `13:32:06,2,…`, `13:32:06,001801000000,…`, `13:32:06,10.0.0.1`: the next cell, not a fraction.
    let is_cell = separator == b','
        && match text.get(end) {
            Some(b',') => !matches!(count, 3 | 6 | 9),
            Some(b'.') => text.get(end + 1).is_some_and(u8::is_ascii_digit),
            _ => count > 9,
        };
    if count == 0 || count > 12 || is_cell || (separator == b':' && !(3..=9).contains(&count)) {
        return none;
    }
    let kept = count.min(9) as u8;
    (nanos * 10u32.pow(9 - u32::from(kept)), kept, end)
}

/// AM or PM at `at`, behind at most one space: the hour of the day (`None` inside if it has no such hour) and the end.
fn half_of_day(text: &[u8], at: usize, hour: u32) -> Option<(Option<u32>, usize)> {
    let start = at + usize::from(text.get(at) == Some(&b' '));
    let half = text.get(start)?.to_ascii_lowercase();
    if (half != b'a' && half != b'p')
        || !text.get(start + 1)?.eq_ignore_ascii_case(&b'm')
        || text.get(start + 2).is_some_and(u8::is_ascii_alphanumeric)
    {
        return None;
    }
    let in_day = (1..=12).contains(&hour).then(|| hour % 12 + if half == b'p' { 12 } else { 0 });
    Some((in_day, start + 2))
}

/// The zone at `at`, behind at most one space: `Z`, `+hh`, `+hh:mm`, `+hhmm` or a well-known abbreviation.
pub(super) fn zone(text: &[u8], at: usize) -> Option<(FixedOffset, usize)> {
    let start = at + usize::from(text.get(at) == Some(&b' '));
    match text.get(start)? {
        b'Z' | b'z' if start == at && !alphanumeric_at(text, at + 1) => Some((east(0)?, at + 1)),
        b'+' | b'-' => numeric_zone(text, start, start > at),
        byte if byte.is_ascii_uppercase() => named_zone(text, start),
        _ => None,
    }
}

fn numeric_zone(text: &[u8], at: usize, behind_space: bool) -> Option<(FixedOffset, usize)> {
    let sign = if text[at] == b'-' { -1 } else { 1 };
    let (hours, mut end) = digits(text, at + 1, 2)?;
    if end - at != 3 {
        return None;
    }
    let mut minutes = 0;
    let minutes_at = end + usize::from(text.get(end) == Some(&b':'));
    match digits(text, minutes_at, 2) {
        Some((value, after)) if after - minutes_at == 2 => (minutes, end) = (value, after),
        _ if behind_space => return None,
        _ => {}
    }
    if hours > 15 || minutes > 59 || alphanumeric_at(text, end) {
        return None;
    }
    Some((east(sign * (hours as i32 * 3600 + minutes as i32 * 60))?, end))
}

/// Abbreviations with one meaning in practice: those of RFC 5322 and Europe's, Japan's and Korea's.
fn named_zone(text: &[u8], at: usize) -> Option<(FixedOffset, usize)> {
    let mut end = at;
    while end < text.len() && end - at < 6 && text[end].is_ascii_uppercase() {
        end += 1;
    }
    if alphanumeric_at(text, end) {
        return None;
    }
    let half_hours = match &text[at..end] {
        b"UTC" | b"GMT" | b"WET" | b"UCT" => 0,
        b"CET" | b"WEST" | b"BST" => 2,
        b"CEST" | b"EET" => 4,
        b"EEST" | b"MSK" => 6,
        b"JST" | b"KST" => 18,
        b"EST" | b"CDT" => -10,
        b"EDT" => -8,
        b"CST" | b"MDT" => -12,
        b"MST" | b"PDT" => -14,
        b"PST" => -16,
        b"AEST" => 20,
        b"AEDT" => 22,
        _ => return None,
    };
    Some((east(half_hours * 1800)?, end))
}

fn east(seconds: i32) -> Option<FixedOffset> {
    FixedOffset::east_opt(seconds)
}

pub(super) fn alphanumeric_at(text: &[u8], at: usize) -> bool {
    text.get(at).is_some_and(u8::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, usize)> {
        clock(text.as_bytes(), 0).map(|(clock, end)| (clock.time.to_string(), end))
    }

    #[test]
    fn fractions_follow_a_dot_a_comma_or_a_colon() {
        assert_eq!(read("10:00:01.5 x"), Some(("10:00:01.500".into(), 10)));
        assert_eq!(read("10:00:01,123"), Some(("10:00:01.123".into(), 12)));
        assert_eq!(read("22:51:3:266|"), Some(("22:51:03.266".into(), 11)));
        assert_eq!(read("10:00:01: x"), Some(("10:00:01".into(), 8)));
        assert_eq!(read("15.42.50.675872 R"), Some(("15:42:50.675872".into(), 15)));
    }

    #[test]
    fn twelve_hour_clocks_turn_at_twelve() {
        assert_eq!(read("12:00:00 AM"), Some(("00:00:00".into(), 11)));
        assert_eq!(read("12:30:00 pm"), Some(("12:30:00".into(), 11)));
        assert_eq!(read("02:26:58 PM.123 UTC"), Some(("14:26:58.123".into(), 15)));
        assert_eq!(read("13:00:00 PM"), None);
        assert_eq!(read("02:26:58 amber"), Some(("02:26:58".into(), 8)));
    }

    #[test]
    fn hours_minutes_and_seconds_beyond_their_range_are_no_time() {
        assert_eq!(read("24:00:00"), None);
        assert_eq!(read("10:60:00"), None);
        assert_eq!(read("10:00:61"), None);
    }

    #[test]
    fn zones_are_numbers_or_known_abbreviations() {
        let seconds =
            |text: &str| zone(text.as_bytes(), 0).map(|(offset, end)| (offset.local_minus_utc(), end));
        assert_eq!(seconds("Z"), Some((0, 1)));
        assert_eq!(seconds("+05:30 x"), Some((19_800, 6)));
        assert_eq!(seconds(" -0700]"), Some((-25_200, 6)));
        assert_eq!(seconds("+08"), Some((28_800, 3)));
        assert_eq!(seconds(" -12 msg"), None);
        assert_eq!(seconds(" CEST x"), Some((7200, 5)));
        assert_eq!(seconds(" INFO x"), None);
        assert_eq!(seconds("Zebra"), None);
    }
}
