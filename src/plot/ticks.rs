//! Round marks for an axis: numbers, and times as people write them.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Timelike};

use super::place::{Dates, TimeAxis};

/// A mark on the time axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TimeTick {
    /// Seconds since 1970.
    pub(super) at: f64,
    /// What stands under it: `10:05`, `25 Jul`, `Jul`, `2023`.
    pub(super) label: String,
    /// The rest of the date, under the first mark and wherever it changes: `Tue 25 Jul 2023`, `2023`.
    pub(super) context: Option<String>,
}

/// The distance between two marks.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Seconds(f64),
    Days(i64),
    Months(i32),
}

const MINUTE_S: f64 = 60.0;
const HOUR_S: f64 = 3_600.0;
const DAY_S: f64 = 86_400.0;
const MONTH_S: f64 = 30.4 * DAY_S;
const MOST_TICKS: usize = 100;

impl Step {
    /// All steps that people count in, shortest first.
    fn all() -> impl Iterator<Item = Self> {
        let fractions = (-3..0).flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power)));
        let seconds = [1.0, 2.0, 5.0, 10.0, 30.0];
        let minutes = [1.0, 2.0, 5.0, 10.0, 30.0].map(|n| n * MINUTE_S);
        let hours = [1.0, 2.0, 3.0, 6.0, 12.0].map(|n| n * HOUR_S);
        let years =
            (0..6).flat_map(|power| [1, 2, 5].map(|digit| Self::Months(12 * digit * 10_i32.pow(power))));
        fractions
            .chain(seconds)
            .chain(minutes)
            .chain(hours)
            .map(Self::Seconds)
            .chain([1, 2, 7, 14].map(Self::Days))
            .chain([1, 2, 3, 6].map(Self::Months))
            .chain(years)
    }

    fn seconds(self) -> f64 {
        match self {
            Self::Seconds(step) => step,
            Self::Days(n) => n as f64 * DAY_S,
            Self::Months(n) => f64::from(n) * MONTH_S,
        }
    }

    /// `10 s`, `minute`, `6 h`.
    fn name(self) -> String {
        let named = |n: f64, unit: &str, one: &str| {
            if n == 1.0 { one.to_owned() } else { format!("{n} {unit}") }
        };
        match self {
            Self::Seconds(s) if s < 1.0 => format!("{} ms", (s * 1e3).round()),
            Self::Seconds(s) if s < MINUTE_S => named(s, "s", "second"),
            Self::Seconds(s) if s < HOUR_S => named(s / MINUTE_S, "min", "minute"),
            Self::Seconds(s) => named(s / HOUR_S, "h", "hour"),
            Self::Days(7) => "week".to_owned(),
            Self::Days(n) => named(n as f64, "days", "day"),
            Self::Months(n) if n < 12 => named(f64::from(n), "months", "month"),
            Self::Months(n) => named(f64::from(n / 12), "years", "year"),
        }
    }

    /// Pixels from one label to the next.
    fn label_room_px(self) -> f64 {
        match self {
            Self::Seconds(step) if step < 1.0 => 104.0,
            Self::Seconds(step) if step < MINUTE_S => 84.0,
            Self::Months(_) => 55.0,
            _ => 70.0,
        }
    }

    /// The first `most` marks of this step within `first..=last`.
    fn marks(self, first: f64, last: f64, most: usize) -> Vec<f64> {
        match self {
            Self::Seconds(step) => multiples(step, 0.0, first, last, most),
            Self::Days(n) => {
                const FIRST_MONDAY_S: f64 = 4.0 * DAY_S;
                multiples(self.seconds(), if n >= 7 { FIRST_MONDAY_S } else { 0.0 }, first, last, most)
            }
            Self::Months(n) => month_marks(n, first, last, most),
        }
    }

    fn label(self, time: NaiveDateTime, dates: Dates) -> (String, Option<String>) {
        let date = || match dates {
            Dates::Full => Some(time.format("%a %-d %b %Y").to_string()),
            Dates::NoYear => Some(time.format("%-d %b").to_string()),
            Dates::TimeOfDay => None,
        };
        let year = || (dates == Dates::Full).then(|| time.year().to_string());
        match self {
            Self::Seconds(step) if step < 1.0 => (with_fraction(time, step), date()),
            Self::Seconds(step) if step < MINUTE_S => (time.format("%H:%M:%S").to_string(), date()),
            Self::Seconds(_) => (time.format("%H:%M").to_string(), date()),
            Self::Days(_) => (time.format("%-d %b").to_string(), year()),
            Self::Months(n) if n < 12 => (time.format("%b").to_string(), year()),
            Self::Months(_) => (time.year().to_string(), None),
        }
    }
}

/// Marks at round times, as many as fit into `width_px`.
pub(super) fn time_ticks(axis: &TimeAxis, width_px: i32) -> Vec<TimeTick> {
    let px_per_second = f64::from(width_px) / (axis.last - axis.first);
    let fits = |step: &Step| step.seconds() * px_per_second >= step.label_room_px();
    let Some(step) = Step::all().find(fits) else { return Vec::new() };
    let mut ticks = Vec::new();
    let mut written = None;
    for at in step.marks(axis.first, axis.last, MOST_TICKS) {
        let Some(time) = civil(at) else { continue };
        let (label, context) = step.label(time, axis.dates);
        let changed = context.is_some() && context != written;
        written.clone_from(&context);
        ticks.push(TimeTick { at, label, context: context.filter(|_| changed) });
    }
    leave_room_for_the_second_date(&mut ticks, step);
    ticks
}

/// How long a piece of time is: `10 s`, `minute`, `6 h`, `day`.
pub(super) fn piece_name(seconds: f64) -> String {
    let step = if seconds < DAY_S { Step::Seconds(seconds) } else { Step::Days((seconds / DAY_S) as i64) };
    step.name()
}

/// Where pieces of time begin that people count in, each at least `least_px` wide, and how long they are: `10 s`, `day`.
pub(super) fn time_pieces(axis: &TimeAxis, width_px: i32, least_px: f64) -> (Vec<f64>, String) {
    let px_per_second = f64::from(width_px) / (axis.last - axis.first);
    let fits = |step: &Step| step.seconds() * px_per_second >= least_px;
    let Some(step) = Step::all().find(fits) else { return (Vec::new(), "picture".to_owned()) };
    let most = (f64::from(width_px) / least_px) as usize + 2;
    (step.marks(axis.first, axis.last, most), step.name())
}

/// Two dates under neighbouring marks would touch: the later one tells both. A year has room everywhere.
fn leave_room_for_the_second_date(ticks: &mut [TimeTick], step: Step) {
    if matches!(step, Step::Seconds(_))
        && ticks.len() > 2
        && let [first, second, ..] = ticks
        && second.context.is_some()
        && second.label.len() < second.context.as_ref().map_or(0, String::len)
    {
        first.context = None;
    }
}

/// Civil time of seconds since 1970, to the millisecond; `None` outside of the calendar.
pub(super) fn civil(seconds: f64) -> Option<NaiveDateTime> {
    let millis = (seconds * 1e3).round();
    DateTime::from_timestamp_millis(millis as i64).map(|time| time.naive_utc())
}

/// `origin + k · step` within `first..=last`.
fn multiples(step: f64, origin: f64, first: f64, last: f64, most: usize) -> Vec<f64> {
    let start = ((first - origin) / step).ceil();
    (0..most).map(|k| origin + (start + k as f64) * step).take_while(|&at| at <= last).collect()
}

/// First days of every `n`-th month, counted from January of the year 0.
fn month_marks(n: i32, first: f64, last: f64, most: usize) -> Vec<f64> {
    let (Some(from), Some(to)) = (civil(first), civil(last)) else { return Vec::new() };
    let index = |time: NaiveDateTime| time.year() * 12 + time.month0().cast_signed();
    (index(from).div_euclid(n)..=index(to).div_euclid(n))
        .filter_map(|k| {
            let month0 = (k * n).rem_euclid(12).cast_unsigned();
            NaiveDate::from_ymd_opt((k * n).div_euclid(12), month0 + 1, 1)
        })
        .map(|day| day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp() as f64)
        .filter(|at| (first..=last).contains(at))
        .take(most)
        .collect()
}

/// `10:00:01.25`: as many places as the step has.
fn with_fraction(time: NaiveDateTime, step: f64) -> String {
    let millis = time.nanosecond() / 1_000_000;
    let fraction = match step {
        step if step >= 0.1 => format!("{}", millis / 100),
        step if step >= 0.01 => format!("{:02}", millis / 10),
        _ => format!("{millis:03}"),
    };
    format!("{}.{fraction}", time.format("%H:%M:%S"))
}

/// The step of 1, 2 or 5 times a power of ten that cuts `span` into at most `max` parts; at least `least`.
pub(super) fn round_step(span: f64, max: usize, least: f64) -> f64 {
    (-6..12)
        .flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power)))
        .find(|&step| step >= least && span / step <= max as f64)
        .unwrap_or(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Labels of a span that begins at a time of 2023, and the dates under them.
    fn labels(first: &str, span_s: f64) -> (Vec<String>, Vec<String>) {
        let first = NaiveDateTime::parse_from_str(first, "%Y-%m-%d %H:%M:%S").expect("a time");
        let first = first.and_utc().timestamp() as f64;
        let axis = TimeAxis {
            first,
            last: first + span_s,
            dates: Dates::Full,
            zone: String::new(),
            n_before: 0,
            n_after: 0,
        };
        let ticks = time_ticks(&axis, 820);
        let contexts = ticks.iter().filter_map(|tick| tick.context.clone()).collect();
        (ticks.into_iter().map(|tick| tick.label).collect(), contexts)
    }

    #[test]
    fn a_second_is_marked_in_fifths() {
        let (labels, dates) = labels("2023-07-25 10:00:01", 1.0);
        assert_eq!(labels[..3], ["10:00:01.0", "10:00:01.2", "10:00:01.4"]);
        assert_eq!(dates, ["Tue 25 Jul 2023"]);
    }

    #[test]
    fn a_minute_is_marked_every_ten_seconds() {
        let (labels, _) = labels("2023-07-25 10:00:55", 60.0);
        assert_eq!(labels, ["10:01:00", "10:01:10", "10:01:20", "10:01:30", "10:01:40", "10:01:50"]);
    }

    #[test]
    fn the_date_stands_at_the_first_mark_and_at_midnight() {
        let (labels, dates) = labels("2023-07-25 13:00:00", 86_400.0);
        assert_eq!(labels, ["15:00", "18:00", "21:00", "00:00", "03:00", "06:00", "09:00", "12:00"]);
        assert_eq!(dates, ["Tue 25 Jul 2023", "Wed 26 Jul 2023"]);
    }

    #[test]
    fn weeks_begin_on_mondays() {
        // 2023-07-24 and the marks after it are Mondays
        let (labels, years) = labels("2023-07-20 00:00:00", 60.0 * DAY_S);
        assert_eq!(labels[..3], ["24 Jul", "31 Jul", "7 Aug"]);
        assert_eq!(years, ["2023"]);
    }

    #[test]
    fn months_are_marked_on_their_first_day_and_years_where_they_change() {
        let (labels, years) = labels("2023-07-25 00:00:00", 365.0 * DAY_S);
        assert_eq!(
            labels,
            ["Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul"]
        );
        assert_eq!(years, ["2023", "2024"]);
    }

    #[test]
    fn the_first_of_several_years_is_told_though_the_second_mark_is_in_the_next() {
        // six months from mark to mark: July of 2021, January of 2022
        let (labels, years) = labels("2021-06-15 00:00:00", 4.8 * 365.25 * DAY_S);
        assert_eq!(labels[..3], ["Jul", "Jan", "Jul"]);
        assert_eq!(years, ["2021", "2022", "2023", "2024", "2025", "2026"]);
    }

    #[test]
    fn decades_are_marked_in_whole_years() {
        let (labels, _) = labels("1999-07-25 00:00:00", 30.0 * 365.25 * DAY_S);
        assert_eq!(labels, ["2000", "2005", "2010", "2015", "2020", "2025"]);
    }

    #[test]
    fn a_span_beyond_the_calendar_has_few_marks_or_none() {
        let axis = TimeAxis {
            first: -1e13,
            last: 1e13,
            dates: Dates::Full,
            zone: String::new(),
            n_before: 0,
            n_after: 0,
        };
        assert!(time_ticks(&axis, 820).len() < 20);
    }

    #[test]
    fn number_steps_are_one_two_or_five() {
        assert!((round_step(21.0, 8, 1.0) - 5.0).abs() < 1e-12); // 2 would give ten parts
        assert!((round_step(3.0, 8, 1.0) - 1.0).abs() < 1e-12); // no line has a fraction for a number
        assert!((round_step(0.7, 6, 0.1) - 0.2).abs() < 1e-12); // 0.1 would give seven parts
    }
}
