//! How lines are read where they do not tell it themselves: the year and the zone of their times, the order of day and
//! month, and which of them go on with another.
//!
//! In: entries as they were parsed. Out: the same with what was assumed. An analysis, both sides of a comparison and a
//! merge of files read alike because they read through this.

use std::ops::Range;

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use chrono_tz::Tz;

use super::dates::{self, Ambiguous, Shown};
use super::zone::SetBack;
use super::{days, records, year, zone};
use crate::entry::{LogEntry, Omitted, Timestamp};

/// How to read lines.
#[derive(Clone, Debug)]
pub struct Reading {
    /// When the lines were received, or their files written: a time without a year is the latest that is not after it.
    pub reference_times: ReferenceTimes,
    /// The zone that times without one are read in; without it they stay without one.
    pub timezone: Option<Tz>,
    /// Whether lines that continue another, as a stack trace does, are one event with it.
    pub records: bool,
}

impl Default for Reading {
    /// No year and no zone is assumed, and lines are joined to records.
    fn default() -> Self {
        Self { reference_times: ReferenceTimes::default(), timezone: None, records: true }
    }
}

/// What the lines before show of how others are meant.
#[derive(Clone, Debug, Default)]
pub(super) struct Before {
    dates: Shown,
    /// The last time of day without a date.
    time_of_day: Option<NaiveDateTime>,
    set_back: SetBack,
}

/// What was assumed.
#[derive(Clone, Copy, Debug)]
pub struct Assumed {
    pub(super) dates: Ambiguous,
    pub(super) year: Option<i32>,
}

impl Reading {
    /// As it is, or where it has no reference times with `now` as the one.
    #[must_use]
    pub fn received(mut self, now: DateTime<Utc>) -> Self {
        if self.reference_times.is_empty() {
            self.reference_times = ReferenceTimes::at(now);
        }
        self
    }

    /// Puts what the lines left out of their times: the order of day and month, the day, the year, the zone. The entries are
    /// those of one log, because one line of a format may show how another is meant.
    ///
    /// # Cost
    /// Linear in the entries.
    pub fn assume(&self, entries: &mut [LogEntry<'_>]) -> Assumed {
        self.assume_from(0, entries, &mut Before::default())
    }

    /// As [`Reading::assume`], of the lines from the `first` on of a log, with what the lines `before` have shown.
    pub(super) fn assume_from(
        &self,
        first: usize,
        entries: &mut [LogEntry<'_>],
        before: &mut Before,
    ) -> Assumed {
        let dates = dates::decide(entries, &mut before.dates);
        days::assume(entries, &mut before.time_of_day);
        let mut year = None;
        for (range, reference) in self.reference_times.over(first..first + entries.len()) {
            year = year.max(year::assume(&mut entries[range.start - first..range.end - first], reference));
        }
        if let Some(zone) = self.timezone {
            zone::assume(entries, zone, &mut before.set_back);
        }
        Assumed { dates, year }
    }

    /// The index of the first line of each line's record: its own, where lines are not joined.
    pub(super) fn first_lines<S: AsRef<str> + Sync>(
        &self,
        texts: &[S],
        entries: &[LogEntry<'_>],
    ) -> Vec<u32> {
        if self.records { records::first_lines(texts, entries) } else { (0..texts.len() as u32).collect() }
    }
}

/// The year that a time without one has when it was received, or its file written, at `reference`.
#[must_use]
pub fn latest_year(civil: NaiveDateTime, reference: DateTime<Utc>) -> Option<i32> {
    year::latest(civil, reference.naive_utc()).map(|time| time.year())
}

/// What times without a year are read against: a time for all lines, or one for each of some runs of them, where they are
/// from several files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReferenceTimes {
    /// Lines of the run, and its time. Lines behind the last run belong to that.
    runs: Vec<(usize, NaiveDateTime)>,
}

impl ReferenceTimes {
    /// One time for all lines.
    #[must_use]
    pub fn at(time: DateTime<Utc>) -> Self {
        Self { runs: vec![(0, time.naive_utc())] }
    }

    /// A time for each run of so many lines; lines behind the last run belong to that.
    #[must_use]
    pub fn of_runs(runs: impl IntoIterator<Item = (usize, DateTime<Utc>)>) -> Self {
        Self { runs: runs.into_iter().map(|(lines, time)| (lines, time.naive_utc())).collect() }
    }

    /// The fewest runs that read each line as its own time would: mostly one, because a file that was written a little
    /// later than another gives the same years. `lines`: the time as the line wrote it, and what it is read against.
    #[must_use]
    pub fn covering(lines: &[(Option<Timestamp>, DateTime<Utc>)]) -> Self {
        let Some(latest) = lines.iter().map(|(_, own)| *own).max() else { return Self::default() };
        let mut runs = vec![(0, latest.naive_utc())];
        for (stamp, own) in lines {
            let own = own.naive_utc();
            let (length, current) = runs.last_mut().expect("there is a first run");
            let is_read_alike = stamp.filter(|time| time.omitted == Omitted::Year).is_none_or(|time| {
                own == *current || year::latest(time.civil, own) == year::latest(time.civil, *current)
            });
            if is_read_alike {
                *length += 1;
            } else {
                runs.push((1, own));
            }
        }
        Self { runs }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// The runs, in order: how many lines, and the time.
    pub fn runs(&self) -> impl ExactSizeIterator<Item = (usize, DateTime<Utc>)> + '_ {
        self.runs.iter().map(|(lines, time)| (*lines, time.and_utc()))
    }

    /// The runs as far as they are among these lines.
    fn over(&self, lines: Range<usize>) -> impl Iterator<Item = (Range<usize>, NaiveDateTime)> + '_ {
        let mut from = 0_usize;
        let last = self.runs.len().saturating_sub(1);
        self.runs.iter().enumerate().map(move |(i, (length, time))| {
            let until = if i == last { usize::MAX } else { from.saturating_add(*length) };
            let run = from.clamp(lines.start, lines.end)..until.clamp(lines.start, lines.end);
            from = until;
            (run, *time)
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;
    use crate::parse::parse_line;

    fn at(year: i32, month: u32, day: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(year, month, day, 12, 0, 0).single().expect("a time")
    }

    fn years(lines: &[&str], reference_times: ReferenceTimes) -> Vec<String> {
        let mut entries: Vec<_> = lines.iter().map(|line| parse_line(line)).collect();
        Reading { reference_times, ..Reading::default() }.assume(&mut entries);
        entries.iter().filter_map(|entry| entry.timestamp).map(|t| t.civil.format("%Y").to_string()).collect()
    }

    const LINE: &str = "Jun 14 10:00:00 web-1 sshd[1]: a";

    #[test]
    fn each_run_of_lines_has_its_own_year_and_what_is_behind_the_last_belongs_to_it() {
        let runs = ReferenceTimes::of_runs([(1, at(2020, 7, 1)), (2, at(2022, 7, 1))]);
        assert_eq!(years(&[LINE; 4], runs), ["2020", "2022", "2022", "2022"]);
        let longer_than_the_log = ReferenceTimes::of_runs([(9, at(2020, 7, 1)), (2, at(2022, 7, 1))]);
        assert_eq!(years(&[LINE; 2], longer_than_the_log), ["2020", "2020"]);
        assert_eq!(years(&[LINE], ReferenceTimes::default()), ["1972"]);
    }

    #[test]
    fn the_later_part_of_a_stream_belongs_to_the_runs_at_its_place() {
        let runs = ReferenceTimes::of_runs([(3, at(2020, 7, 1)), (2, at(2022, 7, 1))]);
        let mut entries = [parse_line(LINE), parse_line(LINE)];
        let reading = Reading { reference_times: runs, ..Reading::default() };
        reading.assume_from(2, &mut entries, &mut Before::default());
        let years = entries.map(|entry| entry.timestamp.map(|t| t.civil.format("%Y").to_string()));
        assert_eq!(years, [Some("2020".to_owned()), Some("2022".to_owned())]);
    }

    #[test]
    fn files_written_one_after_the_other_need_one_run_and_years_apart_a_run_each() {
        let stamp = parse_line(LINE).timestamp;
        let close = [(stamp, at(2024, 6, 20)), (stamp, at(2024, 7, 1)), (None, at(2019, 1, 1))];
        assert_eq!(ReferenceTimes::covering(&close), ReferenceTimes::of_runs([(3, at(2024, 7, 1))]));
        let apart = [(stamp, at(2024, 7, 1)), (stamp, at(2021, 7, 1)), (stamp, at(2024, 7, 1))];
        let runs = ReferenceTimes::covering(&apart);
        assert_eq!(years(&[LINE; 3], runs), ["2024", "2021", "2024"]);
        assert!(ReferenceTimes::covering(&[]).is_empty());
    }
}
