//! The year of times that were written without one.

use chrono::{Datelike, Days, NaiveDateTime, TimeDelta};

use crate::entry::{LogEntry, Omitted, Timestamp};

/// Years to go back at most: from a 29 February to the one before it, over a century that is no leap year.
const MAX_YEARS_BACK: i32 = 8;

/// Puts each time without a year into the year of the dated line in front of it, or else of the first one, where that is of
/// the same day or one beside it: so logs of several formats stay together. Any other goes into the latest year in which it is
/// not after `reference`, with a day of allowance for clocks and zones. Returns the latest year that was assumed; `None`
/// where no time lacks its year.
pub(super) fn assume(entries: &mut [LogEntry<'_>], reference: NaiveDateTime) -> Option<i32> {
    let mut assumed = None;
    let mut near = None;
    if entries.iter().any(|entry| entry.timestamp.is_some_and(|time| time.omitted == Omitted::Year)) {
        near = entries.iter().find_map(|entry| dated(entry.timestamp));
    }
    for entry in entries {
        near = dated(entry.timestamp).or(near);
        let Some(time) = entry.timestamp.as_mut().filter(|t| t.omitted == Omitted::Year) else { continue };
        let beside = near.and_then(|near| within_a_day(time.civil, near));
        if let Some(civil) = beside.or_else(|| latest(time.civil, reference)) {
            time.civil = civil;
            assumed = assumed.max(Some(civil.year()));
        }
    }
    assumed
}

/// A time that was written with its year.
fn dated(time: Option<Timestamp>) -> Option<NaiveDateTime> {
    time.filter(|time| time.omitted == Omitted::Nothing).map(|time| time.civil)
}

/// `time` in the year that brings it within a day of `near`, if there is one.
fn within_a_day(time: NaiveDateTime, near: NaiveDateTime) -> Option<NaiveDateTime> {
    [0, -1, 1]
        .into_iter()
        .filter_map(|years| time.with_year(near.year() + years))
        .find(|civil| (*civil - near).abs() <= TimeDelta::days(1))
}

/// `civil` in the latest year in which it is not more than a day after `reference`.
pub(super) fn latest(civil: NaiveDateTime, reference: NaiveDateTime) -> Option<NaiveDateTime> {
    let latest = reference.checked_add_days(Days::new(1)).unwrap_or(reference);
    let candidates = (0..=MAX_YEARS_BACK).map(|back| civil.with_year(latest.year() - back));
    candidates.flatten().find(|civil| *civil <= latest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{DateOrder, Format, Front};
    use chrono::NaiveDate;

    fn at(year: i32, month: u32, day: u32) -> NaiveDateTime {
        NaiveDate::from_ymd_opt(year, month, day).expect("a date").and_hms_opt(12, 0, 0).expect("a time")
    }

    fn entries(days: &[(u32, u32)]) -> Vec<LogEntry<'static>> {
        let entry = |&(month, day): &(u32, u32)| LogEntry {
            timestamp: Some(Timestamp { civil: at(1972, month, day), offset: None, omitted: Omitted::Year }),
            level: None,
            host: None,
            component: None,
            message: "".into(),
            front: Front::CLOSED,
            format: Format::Columns,
            date_order: DateOrder::Told,
        };
        days.iter().map(entry).collect()
    }

    fn years(reference: NaiveDateTime, days: &[(u32, u32)]) -> Vec<i32> {
        let mut entries = entries(days);
        assume(&mut entries, reference);
        entries.iter().filter_map(|e| e.timestamp).map(|t| t.civil.year()).collect()
    }

    #[test]
    fn a_log_over_new_year_read_in_january_spans_two_years() {
        assert_eq!(years(at(2024, 1, 3), &[(12, 31), (1, 1), (1, 4), (1, 5)]), [2023, 2024, 2024, 2023]);
    }

    #[test]
    fn a_line_with_a_year_lends_it_to_lines_of_the_same_day_around_it() {
        let mut entries = entries(&[(6, 14), (6, 14), (12, 31), (3, 1)]);
        for (line, year, month, day) in [(1, 2021, 6, 14), (3, 2022, 1, 1)] {
            let time = entries[line].timestamp.as_mut().expect("a time");
            (time.civil, time.omitted) = (at(year, month, day), Omitted::Nothing);
        }
        entries.extend(self::entries(&[(12, 31), (3, 1)]));
        assume(&mut entries, at(2024, 7, 1));
        let years = entries.iter().filter_map(|e| e.timestamp).map(|t| t.civil.year()).collect::<Vec<_>>();
        // The 31 December behind June 2021 has no line beside it; that behind the 1 January 2022 has.
        assert_eq!(years, [2021, 2021, 2023, 2022, 2021, 2024]);
    }

    #[test]
    fn the_29_february_is_in_the_last_leap_year() {
        assert_eq!(years(at(2023, 6, 1), &[(2, 29)]), [2020]);
    }

    #[test]
    fn without_such_times_no_year_is_assumed() {
        assert_eq!(assume(&mut [], at(2024, 1, 1)), None);
    }
}
