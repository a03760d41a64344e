//! The days of times that were written as a time of day alone.

use chrono::{NaiveDateTime, TimeDelta};

use crate::entry::{LogEntry, Omitted};

/// How far a time of day may go back without being of the next day: lines of several threads are not in order.
const OUT_OF_ORDER: TimeDelta = TimeDelta::hours(6);

/// Puts each time of day, in the order of the lines, within a day of the one before it and at most [`OUT_OF_ORDER`] earlier,
/// so that a log over midnight is in order. The first is of the day that the parser gave it, which nobody is shown.
/// `before`: the last one of the lines in front.
pub(super) fn assume(entries: &mut [LogEntry<'_>], before: &mut Option<NaiveDateTime>) {
    let times = entries.iter_mut().filter_map(|entry| entry.timestamp.as_mut());
    for time in times.filter(|time| time.omitted == Omitted::Date) {
        if let Some(earliest) = before.and_then(|before| before.checked_sub_signed(OUT_OF_ORDER)) {
            let behind = (earliest - time.civil).num_milliseconds();
            let days = (behind - 1).div_euclid(86_400_000) + 1;
            let moved = time.civil.checked_add_signed(TimeDelta::days(days.max(0)));
            time.civil = moved.unwrap_or(time.civil);
        }
        *before = Some(time.civil);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::parse_line;

    #[test]
    fn a_time_of_day_that_goes_back_over_midnight_is_of_the_next_day() {
        let clock =
            ["23:58:00", "23:59:59", "00:00:01", "23:59:58", "00:05:00", "08:00:00", "21:00:00", "03:00:00"];
        let texts: Vec<String> = clock.iter().map(|time| format!("{time} INFO all is well")).collect();
        let mut entries: Vec<LogEntry<'_>> = texts.iter().map(|text| parse_line(text)).collect();
        let mut before = None;
        let (front, behind) = entries.split_at_mut(4);
        assume(front, &mut before);
        assume(behind, &mut before);
        let days: Vec<i64> = entries
            .iter()
            .filter_map(|entry| entry.timestamp)
            .map(|time| time.epoch_seconds().div_euclid(86_400))
            .collect();
        let first = days[0];
        assert_eq!(days.iter().map(|day| day - first).collect::<Vec<_>>(), [0, 0, 1, 0, 1, 1, 1, 2]);
    }
}
