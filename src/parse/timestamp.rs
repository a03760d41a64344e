//! A date, a time of day or both, in the ways that programs write them.
//!
//! In: bytes and the offset where a column begins. Out: the [`Stamp`] that stands there and where it ends.
//! A pure function of those bytes: of `03/04/2024` it says month first, unless a number above 12 shows otherwise.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};

use super::clock::{Clock, alphanumeric_at, clock, compact_clock, digits, zone};
use super::date::{self, Date};
use crate::entry::{Omitted, Timestamp};

/// What one column says about time; at least a date or a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) date: Option<Date>,
    pub(super) time: Option<NaiveTime>,
    pub(super) offset: Option<FixedOffset>,
    /// How many digits the fraction of the second had.
    pub(super) fraction_digits: u8,
    /// Counted seconds rather than a written date.
    pub(super) is_epoch: bool,
}

impl Stamp {
    /// How much it says; of several times at the front of a line the greatest is the record's.
    ///
    /// A time of day counts most, then a date, a year, digits of the fraction, and last being written out.
    fn worth(&self) -> (bool, bool, bool, u8, bool) {
        (
            self.time.is_some(),
            self.date.is_some(),
            self.date.is_some_and(|date| date.year.is_some()),
            self.fraction_digits,
            !self.is_epoch,
        )
    }

    /// The better of two times of one record. A date alone lends its year, or itself, to a time that lacks it;
    /// a count since 1970 lends its year.
    pub(super) fn or_better(self, other: Self) -> Self {
        if let Some(joined) = self.completed_by(&other).or_else(|| other.completed_by(&self)) {
            return joined;
        }
        if other.worth() > self.worth() { other } else { self }
    }

    fn completed_by(mut self, other: &Self) -> Option<Self> {
        let date = other.date?;
        if self.time.is_none() || !(other.time.is_none() || other.is_epoch) {
            return None;
        }
        match self.date {
            None if !other.is_epoch => self.date = Some(date),
            Some(own)
                if own.year.is_none()
                    && (other.is_epoch || (own.month, own.day) == (date.month, date.day)) =>
            {
                self.date = Some(own.in_year_of(date)?);
            }
            _ => return None,
        }
        Some(self)
    }

    /// Whether it names a time of day, without which it is no time of a record.
    pub(super) fn has_time(&self) -> bool {
        self.time.is_some()
    }

    /// Whether nothing is missing of it.
    pub(super) fn is_whole(&self) -> bool {
        self.time.is_some() && self.date.is_some_and(|date| date.year.is_some())
    }

    /// The record's time; `None` for a date alone.
    pub(super) fn timestamp(&self) -> Option<Timestamp> {
        let (date, omitted) = match self.date {
            None => (NaiveDate::from_ymd_opt(1972, 1, 1)?, Omitted::Date),
            Some(date) => (date.civil()?, if date.year.is_some() { Omitted::Nothing } else { Omitted::Year }),
        };
        Some(Timestamp { civil: date.and_time(self.time?), offset: self.offset, omitted })
    }

    fn of_epoch(utc: NaiveDateTime, fraction_digits: u8) -> Self {
        Self {
            date: Some(Date::of(utc.date())),
            time: Some(utc.time()),
            offset: FixedOffset::east_opt(0),
            fraction_digits,
            is_epoch: true,
        }
    }
}

/// Reads the time that begins at `at`, and the zone behind it.
#[inline]
pub(super) fn read(text: &[u8], at: usize) -> Option<(Stamp, usize)> {
    // Nearly every word that is asked begins with a letter that no name of a month or weekday begins with.
    let found = match *text.get(at)? {
        b'0'..=b'9' => numeric(text, at),
        b'@' => tai64n(text, at).or_else(|| numeric(text, at + 1).filter(|(stamp, _)| stamp.is_epoch)),
        first if date::may_begin_name(first) => worded(text, at),
        _ => return None,
    };
    // In place: a stamp that is copied as soon as it is written waits for its parts.
    if found.as_ref().is_some_and(|(_, end)| alphanumeric_at(text, *end)) {
        return None;
    }
    found
}

fn numeric(text: &[u8], at: usize) -> Option<(Stamp, usize)> {
    let end = at + text[at..].iter().take(20).take_while(|byte| byte.is_ascii_digit()).count();
    match (end - at, text.get(end).copied()) {
        (1 | 2, Some(b':')) => clock_alone(text, at),
        (4, Some(b':')) => dated(text, date::separated(text, at)?).filter(|(stamp, _)| stamp.has_time()),
        (9 | 10 | 13 | 16 | 19, _) => epoch_column(text, at, end),
        (4, Some(0x80..)) => dated(text, date::with_units(text, at)?),
        (12, Some(b'.')) => None,
        (14, _) => dated(text, date::compact(text, at, 8)?),
        (6 | 8, Some(b' ' | b'T' | b't' | b'-' | b'_' | b',' | b':')) => {
            dated(text, date::compact(text, at, end - at)?)
        }
        (1 | 2 | 4, Some(b'-' | b'/' | b'.' | b' ')) => dated(text, date::separated(text, at)?),
        _ => None,
    }
}

fn worded(text: &[u8], at: usize) -> Option<(Stamp, usize)> {
    let (name, after) = date::name(text, at)?;
    match name {
        date::Name::Month(month) => dated(text, date::month_first(text, month, after)?),
        date::Name::Weekday => {
            let after = date::behind_weekday(text, at, after)?;
            if text.get(after)?.is_ascii_digit() {
                return dated(text, date::separated(text, after)?);
            }
            let (month, after) = date::month_name(text, after)?;
            dated(text, date::month_first(text, month, after)?)
        }
    }
}

/// A time of day behind `date`, or else the date alone.
fn dated(text: &[u8], (date, end): (Date, usize)) -> Option<(Stamp, usize)> {
    let alone = Stamp { date: Some(date), time: None, offset: None, fraction_digits: 0, is_epoch: false };
    let Some((clock, after)) = clock_behind(text, end) else {
        // Month and day alone are too little to be told from a fraction or a version.
        return (date.year.is_some()).then_some((alone, end));
    };
    let (offset, mut after) = with_zone(text, after);
    let mut date = date;
    if date.year.is_none()
        && let Some((year, behind)) = year_behind(text, after)
    {
        date.year = Some(year);
        after = behind;
        if !date.exists() {
            return None;
        }
    }
    Some((
        Stamp {
            date: Some(date),
            time: Some(clock.time),
            offset,
            fraction_digits: clock.fraction_digits,
            ..alone
        },
        after,
    ))
}

/// What may stand between a date and its time: one of `T _ - : , ; |` or white space, then up to two spaces.
fn clock_behind(text: &[u8], at: usize) -> Option<(Clock, usize)> {
    let mut start = at;
    if matches!(text.get(start), Some(b'T' | b't' | b'_' | b'-' | b':' | b',' | b';' | b'|' | b'\t')) {
        // Erlang writes two colons.
        start += 1 + usize::from(text[start..].starts_with(b"::"));
    }
    for _ in 0..2 {
        start += usize::from(text.get(start) == Some(&b' '));
    }
    if let Some((clock, end)) = clock(text, start) {
        // Behind a space, four numbers between dots are an address.
        let dotted = text.get(start + 2) == Some(&b'.') || text.get(start + 1) == Some(&b'.');
        // Nor does a date with dots join one: `10.13` and `0.7.16` are an address.
        let is_address = dotted && (start == at || text[at] == b' ' && clock.fraction_digits > 0);
        return (!is_address && !text.get(end).is_some_and(u8::is_ascii_digit)).then_some((clock, end));
    }
    compact_clock(text, start)
}

fn with_zone(text: &[u8], at: usize) -> (Option<FixedOffset>, usize) {
    match zone(text, at) {
        Some((offset, end)) => (Some(offset), end),
        None => (None, at),
    }
}

/// A year behind a time, as `ctime` writes it: `04:47:44 2005`.
fn year_behind(text: &[u8], at: usize) -> Option<(i16, usize)> {
    if text.get(at) != Some(&b' ') {
        return None;
    }
    let (year, end) = digits(text, at + 1, 4)?;
    let stands_alone =
        !text.get(end).is_some_and(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    ((1970..2100).contains(&year) && stands_alone).then_some((year as i16, end))
}

fn clock_alone(text: &[u8], at: usize) -> Option<(Stamp, usize)> {
    let (clock, end) = clock(text, at).filter(|(clock, _)| clock.is_certain)?;
    let (offset, end) = with_zone(text, end);
    let fraction_digits = clock.fraction_digits;
    Some((Stamp { date: None, time: Some(clock.time), offset, fraction_digits, is_epoch: false }, end))
}

/// `@400000004c91b044077a9e94`, a label of TAI64N: seconds and billionths in base 16.
///
/// Programs write them 10 seconds ahead of UTC, whatever leap seconds there were since: <https://cr.yp.to/libtai/tai64.html>.
fn tai64n(text: &[u8], at: usize) -> Option<(Stamp, usize)> {
    let end = at + 25;
    let hex = |range| u64::from_str_radix(std::str::from_utf8(text.get(range)?).ok()?, 16).ok();
    let seconds = hex(at + 1..at + 17)?.checked_sub((1 << 62) + 10)?;
    let nanos = hex(at + 17..end)?;
    if !(1_000_000_000..2_540_000_000).contains(&seconds) || nanos >= 1_000_000_000 {
        return None;
    }
    let utc = DateTime::from_timestamp(seconds as i64, nanos as u32)?.naive_utc();
    Some((Stamp::of_epoch(utc, 9), end))
}

/// Seconds, or thousandths to billionths, since 1970, standing alone as a column.
fn epoch_column(text: &[u8], at: usize, end: usize) -> Option<(Stamp, usize)> {
    if end - at == 9 {
        return None;
    }
    let mut after = end;
    if end - at == 10 && text.get(end) == Some(&b'.') {
        (_, after) = digits(text, end + 1, 9)?;
    }
    if text
        .get(after)
        .is_some_and(|byte| !matches!(byte, b' ' | b'\t' | b':' | b']' | b')' | b',' | b';' | b'|' | b'"'))
    {
        return None;
    }
    Some((epoch(&text[at..after])?, after))
}

/// The time of a count since 1970: the unit follows from the size, `1683000000[.5]`, `…000`, `…000000`, `…000000000`.
///
/// Only counts from 2001 to 2050 are taken as times: others are more likely something else.
pub(super) fn epoch(count: &[u8]) -> Option<Stamp> {
    let n_whole = count.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !matches!(n_whole, 10 | 13 | 16 | 19) {
        return None;
    }
    let (seconds, smaller) = count[..n_whole].split_at(10);
    let fraction = match &count[n_whole..] {
        [] => &[][..],
        [b'.', digits @ ..] if digits.iter().all(u8::is_ascii_digit) => digits,
        _ => return None,
    };
    let seconds = seconds.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    if !(1_000_000_000..2_540_000_000).contains(&seconds) {
        return None;
    }
    let (mut nanos, mut unit) = (0, 1_000_000_000);
    for digit in smaller.iter().chain(fraction) {
        unit /= 10;
        nanos += u32::from(digit - b'0') * unit;
    }
    let fraction_digits = (smaller.len() + fraction.len()).min(9) as u8;
    Some(Stamp::of_epoch(DateTime::from_timestamp(seconds, nanos)?.naive_utc(), fraction_digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Option<String> {
        let (stamp, _) = read(text.as_bytes(), 0)?;
        Some(stamp.timestamp()?.to_rfc3339())
    }

    fn rest(text: &str) -> Option<&str> {
        read(text.as_bytes(), 0).map(|(_, end)| &text[end..])
    }

    #[test]
    fn iso_dates_take_a_space_or_t_and_any_fraction_or_zone() {
        assert_eq!(said("2023-07-25 10:00:03 x").as_deref(), Some("2023-07-25T10:00:03"));
        assert_eq!(said("2023-07-25T10:00:03,5Z x").as_deref(), Some("2023-07-25T10:00:03.500Z"));
        assert_eq!(said("2024/07/15 12:51:08.381 +00:00] x").as_deref(), Some("2024-07-15T12:51:08.381Z"));
        assert_eq!(said("2018-03-03T19:37:06.157+0500: x").as_deref(), Some("2018-03-03T19:37:06.157+05:00"));
        assert_eq!(said("2005-06-03-15.42.50.675872 x").as_deref(), Some("2005-06-03T15:42:50.675872"));
        assert_eq!(said("20231011T101112Z").as_deref(), Some("2023-10-11T10:11:12Z"));
        assert_eq!(said("20171223-22:15:29:606|x").as_deref(), Some("2017-12-23T22:15:29.606"));
    }

    #[test]
    fn dates_with_month_names_come_in_any_order() {
        assert_eq!(said("Sun Dec 04 04:47:44 2005] x").as_deref(), Some("2005-12-04T04:47:44"));
        assert_eq!(said("Mon Jan  2 15:04:05 MST 2006").as_deref(), Some("2006-01-02T15:04:05-07:00"));
        assert_eq!(said("Mon, 02 Jan 2006 15:04:05 GMT").as_deref(), Some("2006-01-02T15:04:05Z"));
        assert_eq!(said("10/Oct/2000:13:55:36 -0700] x").as_deref(), Some("2000-10-10T13:55:36-07:00"));
        assert_eq!(said("09-Sep-2024 18:18:23.841 x").as_deref(), Some("2024-09-09T18:18:23.841"));
        assert_eq!(said("Dec 16 2019 15:09:49.652-0500 x").as_deref(), Some("2019-12-16T15:09:49.652-05:00"));
        assert_eq!(said("Jun 14 15:16:01 combo").as_deref(), Some("1972-06-14T15:16:01"));
        assert_eq!(said("Feb 29 14:58:39 ix").as_deref(), Some("1972-02-29T14:58:39"));
    }

    #[test]
    fn a_number_above_twelve_tells_day_from_month() {
        assert_eq!(said("10/06/2023:02:02:46 GMT").as_deref(), Some("2023-10-06T02:02:46Z"));
        assert_eq!(said("19/12/2023:16:28:44 GMT").as_deref(), Some("2023-12-19T16:28:44Z"));
        assert_eq!(said("03.04.2024 10:00:00").as_deref(), Some("2024-04-03T10:00:00"));
        assert_eq!(said("17/06/09 20:10:40 INFO").as_deref(), Some("2017-06-09T20:10:40"));
        assert_eq!(said("10.30 16:49:06] x").as_deref(), Some("1972-10-30T16:49:06"));
    }

    #[test]
    fn compact_and_clock_only_times_are_read() {
        assert_eq!(said("081109 203615 148").as_deref(), Some("2008-11-09T20:36:15"));
        assert_eq!(said("150916  9:48:03 x").as_deref(), Some("2015-09-16T09:48:03"));
        assert_eq!(said("10:00:01.25 x").as_deref(), Some("1972-01-01T10:00:01.250"));
        assert_eq!(said("7/25/2023 1:05:09 PM x").as_deref(), Some("2023-07-25T13:05:09"));
    }

    /// 1489519230 s is 2017-03-14T19:20:30Z (`date -u -d @1489519230`).
    #[test]
    fn epochs_are_utc_in_four_units() {
        assert_eq!(said("1489519230.178:19600327").as_deref(), Some("2017-03-14T19:20:30.178Z"));
        assert_eq!(said("1489519230178 x").as_deref(), Some("2017-03-14T19:20:30.178Z"));
        assert_eq!(said("1489519230000001 x").as_deref(), Some("2017-03-14T19:20:30.000001Z"));
        assert_eq!(said("1489519230000000001").as_deref(), Some("2017-03-14T19:20:30.000000001Z"));
        assert_eq!(said("4200000000 x"), None);
    }

    /// The example of the definition: `@400000002a2b2c2d` is 1992-06-02T08:07:09 TAI, so here 15 years on.
    #[test]
    fn labels_of_tai64n_are_ten_seconds_ahead_of_utc() {
        // 0x4c91b044 s − 10 s = 1284616250 s: `date -u -d @1284616250`.
        assert_eq!(said("@400000004c91b0440000f4240 x"), None);
        assert_eq!(said("@400000004c91b044000f4240 x").as_deref(), Some("2010-09-16T05:50:50.001Z"));
        assert_eq!(said("@400000004c91b044ffffffff x"), None);
        assert_eq!(said("@4000"), None);
    }

    #[test]
    fn what_no_calendar_has_is_no_time() {
        assert_eq!(said("2023-02-30 10:00:00 x"), None);
        assert_eq!(said("2023-13-01 10:00:00 x"), None);
        assert_eq!(said("Feb 30 10:00:00 x"), None);
        assert_eq!(said("2023-07-25 25:00:00 x"), None);
        assert_eq!(said("10.2.3.4 x"), None);
        assert_eq!(said("1.2.3 x"), None);
    }

    #[test]
    fn a_time_ends_before_what_follows_it() {
        assert_eq!(rest("2023-07-25 10:00:03 ERROR x"), Some(" ERROR x"));
        assert_eq!(rest("10/Oct/2000:13:55:36 -0700] x"), Some("] x"));
        assert_eq!(rest("Jun 14 15:16:01 2005"), Some(""));
        assert_eq!(rest("Jun 14 15:16:01 10.1.1.1 x"), Some(" 10.1.1.1 x"));
    }

    #[test]
    fn the_record_takes_the_most_complete_of_its_times() {
        let stamp = |text: &str| read(text.as_bytes(), 0).expect("a time").0;
        let best = |a: &str, b: &str| stamp(a).or_better(stamp(b)).timestamp().expect("whole").to_rfc3339();
        assert_eq!(best("1117838570 ", "2005-06-03-15.42.50.675872"), "2005-06-03T15:42:50.675872");
        // 1131566461 s is 2005-11-09T20:01:01Z, noon at the machine.
        assert_eq!(best("1131566461 ", "Nov 9 12:01:01"), "2005-11-09T12:01:01");
        assert_eq!(best("2005.11.09 ", "Nov 9 12:01:01"), "2005-11-09T12:01:01");
        assert_eq!(best("2005.11.10 ", "Nov 9 12:01:01"), "1972-11-09T12:01:01");
        assert_eq!(best("Jul 18 10:51:43", "2014-07-18 10:51:43"), "2014-07-18T10:51:43");
    }
}
