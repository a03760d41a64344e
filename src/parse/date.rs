//! Calendar dates: compact, separated by `-`, `/`, `.` or spaces, with month names, in any order of their parts.
//!
//! In: bytes and an offset. Out: a [`Date`] and where it ends; `None` for a day that no calendar has.

use chrono::{Datelike, NaiveDate};

use super::clock::{alphanumeric_at, digits};
use crate::entry::DateOrder;

/// A day, perhaps without its year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: Option<i16>,
    pub(super) month: u8,
    pub(super) day: u8,
    pub(super) order: DateOrder,
}

impl Date {
    pub(super) fn of(date: NaiveDate) -> Self {
        let (year, month, day) = (date.year() as i16, date.month() as u8, date.day() as u8);
        Self { year: Some(year), month, day, order: DateOrder::Told }
    }

    /// The civil date; without a year, in 1972, which has a 29 February.
    pub(super) fn civil(&self) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(self.year.unwrap_or(1972).into(), self.month.into(), self.day.into())
    }

    /// The same day in the year of `other`, if it is at most one day, a matter of zones, away from it.
    pub(super) fn in_year_of(&self, other: Self) -> Option<Self> {
        let near = other.civil()?;
        let year = other.year?;
        [year, year - 1, year + 1]
            .into_iter()
            .filter_map(|year| Self::checked(Some(year), self.month.into(), self.day.into()))
            .find(|date| date.civil().is_some_and(|civil| (civil - near).num_days().abs() <= 1))
    }

    pub(super) fn checked(year: Option<i16>, month: u32, day: u32) -> Option<Self> {
        let (month, day) = (u8::try_from(month).ok()?, u8::try_from(day).ok()?);
        let date = Self { year, month, day, order: DateOrder::Told };
        date.exists().then_some(date)
    }

    /// Whether [`civil`](Self::civil) is a day, without making one.
    pub(super) fn exists(&self) -> bool {
        let is_leap = self.year.is_none_or(|year| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
        let n_days = match self.month {
            2 => 28 + u8::from(is_leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        (1..=n_days).contains(&self.day)
    }
}

/// Reads `YYYYMMDD` or `YYMMDD`, by `width`.
pub(super) fn compact(text: &[u8], at: usize, width: usize) -> Option<(Date, usize)> {
    let (value, end) = digits(text, at, width)?;
    let (year, month_day) = (value / 10_000, value % 10_000);
    let year = if width == 6 { century(year) } else { year as i16 };
    if !(1970..2100).contains(&year) {
        return None;
    }
    Some((Date::checked(Some(year), month_day / 100, month_day % 100)?, end))
}

/// Reads numbers, or a month's name between numbers, joined by one separator.
pub(super) fn separated(text: &[u8], at: usize) -> Option<(Date, usize)> {
    let (first, first_end) = digits(text, at, 4)?;
    let separator = *text.get(first_end)?;
    let joins = matches!(separator, b'-' | b'/' | b'.' | b' ') || (separator == b':' && first_end - at == 4);
    if !joins {
        return None;
    }
    if text.get(first_end + 1)?.is_ascii_alphabetic()
        && let Some((month, month_end)) = month_name(text, first_end + 1)
    {
        return named_month_second(text, first, first_end - at, separator, (month, month_end));
    }
    if separator == b' ' {
        return None;
    }
    let (second, second_end) = digits(text, first_end + 1, 2)?;
    if first_end - at == 4 {
        if text.get(second_end) != Some(&separator) {
            return None;
        }
        let (day, end) = digits(text, second_end + 1, 2)?;
        return Some((Date::checked(Some(plausible(first)?), second, day)?, end));
    }
    if text.get(second_end) == Some(&separator)
        && let Some((third, end)) = digits(text, second_end + 1, 4)
    {
        return Some((three_numbers(separator, [first, second, third], end - second_end - 1)?, end));
    }
    Some((day_and_month(None, separator, first, second)?, second_end))
}

/// Reads year, month and day with the units of Chinese and Japanese, `2024年5月3日`, or Korean, `2024년 5월 3일`, behind them.
pub(super) fn with_units(text: &[u8], at: usize) -> Option<(Date, usize)> {
    let number = |at: usize, width: usize, units: [&str; 2]| {
        let at = at + usize::from(text.get(at) == Some(&b' '));
        let (value, end) = digits(text, at, width)?;
        let unit = units.into_iter().find(|unit| text[end..].starts_with(unit.as_bytes()))?;
        Some((value, end + unit.len()))
    };
    let (year, end) = number(at, 4, ["年", "년"])?;
    let (month, end) = number(end, 2, ["月", "월"])?;
    let (day, end) = number(end, 2, ["日", "일"])?;
    Some((Date::checked(Some(plausible(year)?), month, day)?, end))
}

/// Reads a day, and a year where one follows, behind the name of `month`, which ends at `end`.
pub(super) fn month_first(text: &[u8], month: u32, end: usize) -> Option<(Date, usize)> {
    let mut day_at = end;
    while day_at < end + 2 && matches!(text.get(day_at), Some(b' ' | b'-' | b'/' | b'.')) {
        day_at += 1;
    }
    let (day, day_end) = digits(text, day_at, 2)?;
    if day_at == end || alphanumeric_at(text, day_end) {
        return None;
    }
    let comma_end = day_end + usize::from(text.get(day_end) == Some(&b','));
    if matches!(text.get(comma_end), Some(b' ' | b'-' | b'/'))
        && let Some((year, year_end)) = digits(text, comma_end + 1, 4)
        && year_end - comma_end == 5
        && !alphanumeric_at(text, year_end)
        && let Some(year) = plausible(year)
    {
        return Some((Date::checked(Some(year), month, day)?, year_end));
    }
    // `Apr-07-13`: with hyphens on both sides two digits are a year, not an hour.
    if text[end] == b'-'
        && text.get(day_end) == Some(&b'-')
        && let Some((year, year_end)) = digits(text, day_end + 1, 2)
        && year_end - day_end == 3
        && !alphanumeric_at(text, year_end)
        && text.get(year_end) != Some(&b':')
    {
        return Some((Date::checked(Some(century(year)), month, day)?, year_end));
    }
    Some((Date::checked(None, month, day)?, comma_end))
}

/// What a word of a date names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Weekday,
    /// 1 to 12.
    Month(u32),
}

/// Whether the name of a month or weekday that [`name`] knows begins with this letter.
pub(super) fn may_begin_name(byte: u8) -> bool {
    let letter = byte | 0x20;
    byte.is_ascii_alphabetic() && matches!(letter, b'a' | b'c'..=b'g' | b'j'..=b'o' | b's' | b't' | b'w')
}

/// The month or weekday whose English name, full or of three letters, or the month whose short name in another language,
/// may stand at `at`, and where its letters end.
///
/// Of a weekday only the first three letters are compared.
pub(super) fn name(text: &[u8], at: usize) -> Option<(Name, usize)> {
    const MONTHS: [&[u8]; 12] = [
        b"january",
        b"february",
        b"march",
        b"april",
        b"may",
        b"june",
        b"july",
        b"august",
        b"september",
        b"october",
        b"november",
        b"december",
    ];
    let letters = text.get(at..at + 3)?;
    let month = match &[letters[0] | 0x20, letters[1] | 0x20, letters[2] | 0x20] {
        b"mon" | b"tue" | b"wed" | b"thu" | b"fri" | b"sat" | b"sun" => {
            return Some((Name::Weekday, letters_end(text, at)));
        }
        b"jan" => 1,
        b"feb" => 2,
        b"mar" => 3,
        b"apr" => 4,
        b"may" => 5,
        b"jun" => 6,
        b"jul" => 7,
        b"aug" => 8,
        b"sep" => 9,
        b"oct" => 10,
        b"nov" => 11,
        b"dec" => 12,
        other => {
            let (month, end) = foreign_month(*other, text, at)?;
            return Some((Name::Month(month), behind_dot(text, end)));
        }
    };
    let end = letters_end(text, at);
    let written = &text[at..end];
    let full = MONTHS[month as usize - 1];
    let is_name = written.len() == 3
        || (written.len() <= full.len() && full[..written.len()].eq_ignore_ascii_case(written));
    is_name.then_some((Name::Month(month), behind_dot(text, end)))
}

/// Behind the full stop of a shortened name, where the date goes on: `sept./2015`, `nov. 25`.
fn behind_dot(text: &[u8], end: usize) -> usize {
    let goes_on = text.get(end) == Some(&b'.') && matches!(text.get(end + 1), Some(b' ' | b'-' | b'/'));
    end + usize::from(goes_on)
}

/// The month that a short name of another language names, as the locales of Java and of the C library write it: those that
/// are not English as well. French, German, Spanish, Italian, Portuguese, Dutch, Swedish, Polish.
fn foreign_month(front: [u8; 3], text: &[u8], at: usize) -> Option<(u32, usize)> {
    // Of two bytes beyond ASCII the first is `é`'s, `û`'s or `ä`'s lead, with the bit of small letters.
    let (month, name): (u32, &str) = match &front {
        b"ene" | b"gen" | b"sty" => (1, ""),
        b"fev" | b"lut" => (2, ""),
        [b'f', 0xe3, 0xa9] => (2, "v"),
        b"mrt" => (3, ""),
        [b'm', 0xe3, 0xa4] => (3, "r"),
        b"avr" | b"abr" | b"kwi" => (4, ""),
        b"mai" | b"mei" | b"maj" | b"mag" => (5, ""),
        b"jui" if text.get(at + 3).is_some_and(|byte| byte | 0x20 == b'n') => (6, "n"),
        b"giu" | b"cze" => (6, ""),
        b"jui" => (7, "l"),
        b"lug" | b"lip" => (7, ""),
        b"ago" | b"sie" => (8, ""),
        [b'a', b'o', 0xe3] => (8, "\u{fb}t"),
        b"set" | b"wrz" => (9, ""),
        b"okt" | b"ott" | b"out" => (10, ""),
        b"lis" => (11, ""),
        b"dez" | b"dic" | b"gru" => (12, ""),
        [b'd', 0xe3, 0xa9] => (12, "c"),
        _ => return None,
    };
    let rest_at = if front[1..] == [b'o', 0xe3] { at + 2 } else { at + 3 };
    let rest = name.as_bytes();
    let end = rest_at + rest.len();
    let is_rest = text.get(rest_at..end)?.eq_ignore_ascii_case(rest);
    // `févr.` and `fév`
    let end = if front[..2] == [b'f', 0xe3] && text.get(end).is_some_and(|b| b | 0x20 == b'r') {
        end + 1
    } else {
        end
    };
    (is_rest && !text.get(end).is_some_and(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80))
        .then_some((month, end))
}

/// The number of the month that is named at `at`, and the end of its name.
pub(super) fn month_name(text: &[u8], at: usize) -> Option<(u32, usize)> {
    match name(text, at)? {
        (Name::Month(month), end) => Some((month, end)),
        (Name::Weekday, _) => None,
    }
}

/// The offset behind the weekday between `at` and `end`, its comma and its space.
pub(super) fn behind_weekday(text: &[u8], at: usize, end: usize) -> Option<usize> {
    if end - at > 9 {
        return None;
    }
    let end = end + usize::from(matches!(text.get(end), Some(b',' | b'.')));
    (text.get(end) == Some(&b' ')).then_some(end + 1)
}

fn letters_end(text: &[u8], at: usize) -> usize {
    at + text[at..].iter().take(10).take_while(|byte| byte.is_ascii_alphabetic()).count()
}

/// `09-Sep-2024`, `10/Oct/00`, `01 Jan 2024`, `2024-Sep-09`, or `26 Dec` without a year.
fn named_month_second(
    text: &[u8],
    first: u32,
    first_width: usize,
    separator: u8,
    (month, month_end): (u32, usize),
) -> Option<(Date, usize)> {
    let third = (text.get(month_end) == Some(&separator)).then(|| digits(text, month_end + 1, 4)).flatten();
    if first_width == 4 {
        let (day, end) = third?;
        return Some((Date::checked(Some(plausible(first)?), month, day)?, end));
    }
    match third {
        Some((year, end)) if end - month_end == 5 => {
            Some((Date::checked(Some(plausible(year)?), month, first)?, end))
        }
        // Two digits behind a space are an hour, not a year.
        Some((year, end)) if end - month_end == 3 && separator != b' ' => {
            Some((Date::checked(Some(century(year)), month, first)?, end))
        }
        _ => Some((Date::checked(None, month, first)?, month_end)),
    }
}

/// Three numbers of which none has four digits in front: the year is last, or first where two digits show it.
fn three_numbers(separator: u8, [first, second, third]: [u32; 3], third_width: usize) -> Option<Date> {
    if third_width == 4 {
        return day_and_month(Some(plausible(third)?), separator, first, second);
    }
    if third_width != 2 {
        return None;
    }
    let year_first = || Date::checked(Some(century(first)), second, third);
    let year_last = || day_and_month(Some(century(third)), separator, first, second);
    // Above 12 it is no month; between `yy/mm/dd` and `dd/mm/yy` the former is what programs write.
    if first > 12 && separator != b'.' {
        year_first().or_else(year_last)
    } else {
        year_last().or_else(year_first)
    }
}

/// Day and month from two numbers: by the one above 12, else by the separator's custom.
fn day_and_month(year: Option<i16>, separator: u8, first: u32, second: u32) -> Option<Date> {
    let day_first = if separator == b'.' { second <= 12 } else { first > 12 };
    let date =
        if day_first { Date::checked(year, second, first) } else { Date::checked(year, first, second) }?;
    let order = match (first.max(second) > 12, day_first) {
        _ if first == second => DateOrder::Told,
        (true, true) => DateOrder::DayFirst,
        (true, false) => DateOrder::MonthFirst,
        (false, true) => DateOrder::AssumedDayFirst,
        (false, false) => DateOrder::AssumedMonthFirst,
    };
    Some(Date { order, ..date })
}

fn plausible(year: u32) -> Option<i16> {
    (1900..2200).contains(&year).then_some(year as i16)
}

/// POSIX's pivot for two-digit years: 69 to 99 are the twentieth century.
fn century(two_digits: u32) -> i16 {
    let two_digits = two_digits as i16;
    if two_digits >= 69 { 1900 + two_digits } else { 2000 + two_digits }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &[u8]) -> Option<Date> {
        let (month, end) = month_name(text, 0)?;
        month_first(text, month, end).map(|(date, _)| date)
    }

    #[test]
    fn two_digit_years_turn_at_69_as_posix_says() {
        assert_eq!(compact(b"690101", 0, 6).map(|(date, _)| date.year), None);
        assert_eq!(compact(b"700101", 0, 6).map(|(date, _)| date.year), Some(Some(1970)));
        assert_eq!(compact(b"680101", 0, 6).map(|(date, _)| date.year), Some(Some(2068)));
    }

    #[test]
    fn words_that_begin_like_a_month_are_no_month() {
        assert_eq!(named(b"Marking 12 10:00:00"), None);
        assert_eq!(named(b"Decoder 1"), None);
        assert!(named(b"Sept 9 10:00:00").is_some());
        assert!(named(b"January 2, 2024 10:00:00").is_some_and(|date| date.year == Some(2024)));
    }

    #[test]
    fn short_names_of_other_languages_and_their_full_stops_are_read() {
        for (text, month) in [
            ("02/sept./2015", 9),
            ("02/oct./2015", 10),
            ("02/févr./2015", 2),
            ("02/août/2015", 8),
            ("02/déc./2015", 12),
            ("02-Mär-2015", 3),
            ("02-juin-2015", 6),
            ("02-juil.-2015", 7),
            ("02-Okt-2015", 10),
            ("02 Dez 2015", 12),
            ("02 ago. 2015", 8),
        ] {
            let read = separated(text.as_bytes(), 0);
            assert_eq!(read.map(|(date, end)| (date.month, end)), Some((month, text.len())), "{text}");
        }
        assert_eq!(named("nov. 25, 2026 6:47".as_bytes()).map(|date| date.month), Some(11));
        for other in ["setup 12 10:00:00", "out. of 5", "Maison 3", "dépôt 3", "lip"] {
            assert_eq!(named(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn units_of_chinese_japanese_and_korean_name_the_parts_of_a_date() {
        for text in ["2024年5月3日", "2024年05月03日", "2024년 5월 3일"] {
            let read =
                with_units(text.as_bytes(), 0).map(|(date, end)| ((date.year, date.month, date.day), end));
            assert_eq!(read, Some(((Some(2024), 5, 3), text.len())), "{text}");
        }
        for other in ["2024年5月", "2024年13月3日", "2024年5月3号", "2024月5年3日", "24年5月3日"]
        {
            assert_eq!(with_units(other.as_bytes(), 0), None, "{other}");
        }
    }

    #[test]
    fn two_digits_behind_hyphens_are_a_year_unless_a_clock_follows() {
        let year = |text: &[u8]| named(text).map(|date| date.year);
        assert_eq!(year(b"Apr-07-13 07:08:36"), Some(Some(2013)));
        assert_eq!(year(b"Apr-07-13:08:36"), Some(None));
    }

    #[test]
    fn a_date_exists_where_the_calendar_has_its_day() {
        for year in [None, Some(1900), Some(1999), Some(2000), Some(2023), Some(2024), Some(2100)] {
            for (month, day) in (0..=13).flat_map(|month| (0..=32).map(move |day| (month, day))) {
                let date = Date { year, month, day, order: DateOrder::Told };
                assert_eq!(date.exists(), date.civil().is_some(), "{date:?}");
            }
        }
    }

    #[test]
    fn the_29th_of_february_needs_a_leap_year_where_one_is_written() {
        assert!(separated(b"2024-02-29", 0).is_some());
        assert!(separated(b"2023-02-29", 0).is_none());
        assert!(named(b"Feb 29 10:00").is_some());
    }
}
