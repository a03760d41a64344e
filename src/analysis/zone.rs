//! The zone of times that were written without one.

use chrono::{Days, FixedOffset, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;

use crate::entry::{LogEntry, Timestamp};

/// Reads each time that has a date and no zone as a time in `zone`. A time of day alone has no offset: that depends on
/// the date.
pub(super) fn assume(entries: &mut [LogEntry<'_>], zone: Tz) {
    for entry in entries {
        let Some(time) = entry.timestamp.as_mut().filter(|time| time.offset.is_none()) else { continue };
        if time.dated().is_some() {
            set(time, zone);
        }
    }
}

/// When clocks are set back an hour comes twice: it is read as the first of the two. When they are set forward an hour
/// does not come: a clock that was not set shows it, and what it shows is moved by what it is behind.
fn set(time: &mut Timestamp, zone: Tz) {
    let Some((civil, offset)) = in_zone(time.civil, zone) else { return };
    (time.civil, time.offset) = (civil, Some(offset));
}

/// `None` at the ends of the calendar.
fn in_zone(civil: NaiveDateTime, zone: Tz) -> Option<(NaiveDateTime, FixedOffset)> {
    if let Some(offset) = zone.offset_from_local_datetime(&civil).earliest() {
        return Some((civil, offset.fix()));
    }
    let before = zone.offset_from_local_datetime(&civil.checked_sub_days(Days::new(1))?).earliest()?.fix();
    let instant = civil.checked_sub_offset(before)?;
    let offset = zone.offset_from_utc_datetime(&instant).fix();
    Some((instant.checked_add_offset(offset)?, offset))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Omitted;

    fn read(civil: &str, zone: Tz) -> String {
        let mut time =
            Timestamp { civil: civil.parse().expect("a time"), offset: None, omitted: Omitted::Nothing };
        set(&mut time, zone);
        time.to_rfc3339()
    }

    /// Central European summer time of 2024: from 31 March 01:00 UTC to 27 October 01:00 UTC (directive 2000/84/EC).
    #[test]
    fn the_offset_is_that_of_the_day() {
        assert_eq!(read("2024-01-15T12:00:00", Tz::Europe__Berlin), "2024-01-15T12:00:00+01:00");
        assert_eq!(read("2024-07-15T12:00:00.5", Tz::Europe__Berlin), "2024-07-15T12:00:00.500+02:00");
        assert_eq!(read("2024-07-15T12:00:00", Tz::Asia__Kolkata), "2024-07-15T12:00:00+05:30");
        assert_eq!(read("2024-07-15T12:00:00", Tz::UTC), "2024-07-15T12:00:00Z");
    }

    #[test]
    fn an_hour_that_comes_twice_is_the_first_and_one_that_does_not_come_is_moved() {
        assert_eq!(read("2024-10-27T02:30:00", Tz::Europe__Berlin), "2024-10-27T02:30:00+02:00");
        assert_eq!(read("2024-10-27T03:00:00", Tz::Europe__Berlin), "2024-10-27T03:00:00+01:00");
        assert_eq!(read("2024-03-31T02:30:00", Tz::Europe__Berlin), "2024-03-31T03:30:00+02:00");
        assert_eq!(read("2024-03-31T01:59:59", Tz::Europe__Berlin), "2024-03-31T01:59:59+01:00");
    }
}
