//! The zone of times that were written without one.

use chrono::{Days, FixedOffset, MappedLocalTime, NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;

use crate::entry::{LogEntry, Timestamp};

/// How far a time may go back within an hour that comes twice without being of its second time: lines of several threads
/// are not in order.
const OUT_OF_ORDER: TimeDelta = TimeDelta::minutes(10);

/// The hour that came twice last, as far as the lines have shown it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SetBack {
    /// The latest time in it, and whether it comes for the second time.
    latest: Option<(NaiveDateTime, bool)>,
}

impl SetBack {
    /// Whether a time of an hour that comes twice is of the second time: the lines have gone back in it.
    fn is_second(&mut self, civil: NaiveDateTime) -> bool {
        let of_this_hour = self.latest.filter(|(latest, _)| (*latest - civil).abs() < TimeDelta::hours(12));
        self.latest = Some(match of_this_hour {
            Some((latest, false)) if civil < latest - OUT_OF_ORDER => (civil, true),
            Some((latest, is_second)) => (latest.max(civil), is_second),
            None => (civil, false),
        });
        self.latest.is_some_and(|(_, is_second)| is_second)
    }
}

/// Reads each time that has a date and no zone as a time in `zone`. A time of day alone has no offset: that depends on
/// the date. `set_back` is what the lines before have shown.
pub(super) fn assume(entries: &mut [LogEntry<'_>], zone: Tz, set_back: &mut SetBack) {
    for entry in entries {
        let Some(time) = entry.timestamp.as_mut().filter(|time| time.offset.is_none()) else { continue };
        if time.dated().is_some() {
            set(time, zone, set_back);
        }
    }
}

/// When clocks are set back an hour comes twice: it is read as the first of the two, and as the second once the lines go
/// back in it. When they are set forward an hour does not come: a clock that was not set shows it, and what it shows is
/// moved by what it is behind.
fn set(time: &mut Timestamp, zone: Tz, set_back: &mut SetBack) {
    let Some((civil, offset)) = in_zone(time.civil, zone, set_back) else { return };
    (time.civil, time.offset) = (civil, Some(offset));
}

/// `None` at the ends of the calendar.
fn in_zone(civil: NaiveDateTime, zone: Tz, set_back: &mut SetBack) -> Option<(NaiveDateTime, FixedOffset)> {
    match zone.offset_from_local_datetime(&civil) {
        MappedLocalTime::Single(offset) => return Some((civil, offset.fix())),
        MappedLocalTime::Ambiguous(first, second) => {
            let offset = if set_back.is_second(civil) { second } else { first };
            return Some((civil, offset.fix()));
        }
        MappedLocalTime::None => {}
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
        set(&mut time, zone, &mut SetBack::default());
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

    #[test]
    fn an_hour_that_comes_twice_is_the_second_where_the_lines_go_back_in_it() {
        let mut set_back = SetBack::default();
        let mut offset = |civil: &str| {
            let civil = civil.parse().expect("a time");
            let mut time = Timestamp { civil, offset: None, omitted: Omitted::Nothing };
            set(&mut time, Tz::Europe__Berlin, &mut set_back);
            time.offset.map(|offset| offset.local_minus_utc() / 3600)
        };
        let clock = ["02:10:00", "02:50:00", "02:49:55", "02:00:05", "02:00:02", "02:30:00", "03:00:00"];
        let offsets: Vec<Option<i32>> =
            clock.iter().map(|time| offset(&format!("2024-10-27T{time}"))).collect();
        assert_eq!(offsets.into_iter().flatten().collect::<Vec<_>>(), [2, 2, 2, 1, 1, 1, 1]);
        assert_eq!(offset("2025-10-26T02:10:00"), Some(2));
    }
}
