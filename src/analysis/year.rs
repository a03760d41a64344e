//! The year of times that were written without one.

use chrono::{Datelike, Days, NaiveDateTime, TimeDelta};

use crate::entry::{LogEntry, Omitted, Timestamp};

/// Years to go back at most: from a 29 February to the one before it, over a century that is no leap year.
const MAX_YEARS_BACK: i32 = 8;

/// Puts each time without a year into the year of the dated line in front of it, or else of the first one, where that is of
/// the same day or one beside it: so logs of several formats stay together. Any other goes into the latest year in which it is
/// not after `reference`, with a day of allowance for clocks and zones; or in the one before or behind, where the order
/// of the lines says so ([`goes_on`]). Returns the latest year that was assumed; `None` where no time lacks its year.
pub(super) fn assume(entries: &mut [LogEntry<'_>], reference: NaiveDateTime) -> Option<i32> {
    // Line, and its time read against the reference.
    let mut by_reference: Vec<(usize, NaiveDateTime)> = Vec::new();
    let mut assumed = None;
    let mut near = None;
    if entries.iter().any(|entry| entry.timestamp.is_some_and(|time| time.omitted == Omitted::Year)) {
        near = entries.iter().find_map(|entry| dated(entry.timestamp));
    }
    for (line, entry) in entries.iter_mut().enumerate() {
        near = dated(entry.timestamp).or(near);
        let Some(time) = entry.timestamp.as_mut().filter(|t| t.omitted == Omitted::Year) else { continue };
        let beside = near.and_then(|near| within_a_day(time.civil, near));
        if let Some(civil) = beside {
            time.civil = civil;
            assumed = assumed.max(Some(civil.year()));
        } else if let Some(civil) = latest(time.civil, reference) {
            by_reference.push((line, civil));
        }
    }
    let goes_on = goes_on(&by_reference, reference);
    for (line, civil) in by_reference {
        let years = match goes_on {
            Some(GoesOn::ReadLater(from)) if civil >= from => -1,
            Some(GoesOn::ClocksAhead(from)) if civil < from => 1,
            _ => 0,
        };
        let civil = civil.with_year(civil.year() + years).unwrap_or(civil);
        if let Some(time) = entries[line].timestamp.as_mut() {
            time.civil = civil;
        }
        assumed = assumed.max(Some(civil.year()));
    }
    assumed
}

/// How many of the pairs of a line before the widest gap and one behind it stand in the log the other way round, at least,
/// for the log to begin behind the gap: half of them do where hosts with other clocks write into one log, and more than
/// that where up to five such logs follow each other.
const MIN_REVERSED: f64 = 0.6;

/// How far behind the time of reading a log may end without being of the year before: that clocks are ahead by so much, or the
/// time of reading is wrong, is more likely.
const CLOCKS_AHEAD: TimeDelta = TimeDelta::days(7);

/// How a log goes on over the day and month at which it is read, so that its beginning would follow its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum GoesOn {
    /// It was read a year later or more: what is of this time or behind it is of the year before.
    ReadLater(NaiveDateTime),
    /// It ends within [`CLOCKS_AHEAD`]: what is before this time is of the year after.
    ClocksAhead(NaiveDateTime),
}

/// Whether a log goes on over the day at which it is read: it leaves a part of the year free, which is wider than what it
/// leaves free at that day, and what comes behind that part stands before the rest. Cost: sorting the times.
fn goes_on(times: &[(usize, NaiveDateTime)], reference: NaiveDateTime) -> Option<GoesOn> {
    let mut sorted: Vec<NaiveDateTime> = times.iter().map(|(_, time)| *time).collect();
    sorted.sort_unstable();
    let (first, last) = (*sorted.first()?, *sorted.last()?);
    let gaps = sorted.windows(2).map(|pair| (pair[1] - pair[0], pair[0], pair[1]));
    let (gap, end, from) = gaps.max_by_key(|(gap, ..)| *gap)?;
    let a_year = TimeDelta::days(365);
    if gap <= a_year - (last - first) {
        return None;
    }
    let half_a_year = TimeDelta::days(182);
    let steps = times.windows(2).map(|pair| pair[1].1 - pair[0].1).filter(|step| step.abs() < half_a_year);
    let is_ascending = steps.map(|step| step.num_milliseconds().signum()).sum::<i64>() >= 0;
    // Pairs of a time behind the gap and one before it, in the order of the lines.
    let (mut behind, mut reversed) = (0_u64, 0_u64);
    for (_, time) in times {
        if *time >= from {
            behind += 1;
        } else {
            reversed += behind;
        }
    }
    let pairs = behind * (times.len() as u64 - behind);
    let share = reversed as f64 / pairs as f64;
    let goes_on = if is_ascending { share } else { 1.0 - share } >= MIN_REVERSED;
    let is_ahead = end + a_year <= reference + CLOCKS_AHEAD;
    goes_on.then_some(if is_ahead { GoesOn::ClocksAhead(from) } else { GoesOn::ReadLater(from) })
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
        assert_eq!(years(at(2024, 1, 3), &[(12, 31), (1, 1), (1, 4), (1, 5)]), [2023, 2024, 2024, 2024]);
    }

    #[test]
    fn a_log_over_new_year_read_in_its_own_season_a_year_later_stays_in_order() {
        let days: Vec<(u32, u32)> = [(10, 20), (11, 10), (11, 30), (12, 24), (1, 1), (1, 31), (2, 10)].into();
        let read = |days: &[(u32, u32)]| years(at(2026, 11, 27), days);
        assert_eq!(read(&days), [2025, 2025, 2025, 2025, 2026, 2026, 2026]);
        let newest_first: Vec<(u32, u32)> = days.iter().rev().copied().collect();
        assert_eq!(read(&newest_first), [2026, 2026, 2026, 2025, 2025, 2025, 2025]);
        // The logs of two hosts, one after the other.
        assert_eq!(read(&[&days[..], &days].concat())[5..9], [2026, 2026, 2025, 2025]);
        // And without the new year, as an autumn that goes on for longer than that of today; of a few days that is a clock.
        assert_eq!(read(&[(9, 1), (10, 1), (11, 26), (12, 10)]), [2025; 4]);
        assert_eq!(read(&[(9, 1), (10, 1), (11, 26), (12, 4)]), [2026; 4]);
    }

    #[test]
    fn a_host_whose_clock_is_ahead_takes_nobody_else_into_the_year_before() {
        let days: Vec<(u32, u32)> = (0..40).flat_map(|i| [(11, 1 + i * 26 / 40), (12, 20)]).collect();
        let years = years(at(2026, 11, 27), &days);
        assert!(years.chunks(2).all(|pair| pair == [2026, 2025]), "{years:?}");
    }

    #[test]
    fn a_log_of_a_whole_year_up_to_today_is_read_as_that() {
        let days: Vec<(u32, u32)> =
            [12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].into_iter().map(|month| (month, 20)).collect();
        assert_eq!(years(at(2026, 11, 27), &days)[..3], [2025, 2026, 2026]);
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
