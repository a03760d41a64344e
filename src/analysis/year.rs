//! The year of times that were written without one.

use chrono::{Datelike, Days, NaiveDateTime};

use crate::entry::{LogEntry, Omitted};

/// Years to go back at most: from a 29 February to the one before it, over a century that is no leap year.
const MAX_YEARS_BACK: i32 = 8;

/// Puts each time without a year into the latest year in which it is not after `reference`, with a day of
/// allowance for clocks and zones. Returns the latest year that was assumed; `None` where no time lacks its year.
pub(super) fn assume(entries: &mut [LogEntry<'_>], reference: NaiveDateTime) -> Option<i32> {
    let latest = reference.checked_add_days(Days::new(1)).unwrap_or(reference);
    let mut assumed = None;
    for entry in entries {
        let Some(time) = entry.timestamp.as_mut().filter(|t| t.omitted == Omitted::Year) else { continue };
        let candidates = (0..=MAX_YEARS_BACK).map(|back| time.civil.with_year(latest.year() - back));
        if let Some(civil) = candidates.flatten().find(|civil| *civil <= latest) {
            time.civil = civil;
            assumed = assumed.max(Some(civil.year()));
        }
    }
    assumed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{DateOrder, Format, Front, Timestamp};
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
    fn the_29_february_is_in_the_last_leap_year() {
        assert_eq!(years(at(2023, 6, 1), &[(2, 29)]), [2020]);
    }

    #[test]
    fn without_such_times_no_year_is_assumed() {
        assert_eq!(assume(&mut [], at(2024, 1, 1)), None);
    }
}
