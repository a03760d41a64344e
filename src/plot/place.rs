//! Where each line stands on the time axis, and which span the axis shows.
//!
//! In: a report. Out: a [`Placement`]. Times that share a zone stay as they were written; a mixture is shown
//! in UTC.

use chrono::{Datelike, FixedOffset};

use crate::entry::{Omitted, Timestamp};
use crate::report::Report;

/// The axis, and the place of every line on it.
pub(super) struct Placement {
    /// What runs to the right.
    pub(super) axis: Axis,
    /// One per line.
    pub(super) spots: Vec<Spot>,
    /// Records that have no place on a time axis.
    pub(super) n_untimed: usize,
    /// Their share of all records, in `[0, 1]`.
    pub(super) untimed_share: f64,
    zone: Zone,
}

impl Placement {
    /// Where a time stands on the axis.
    pub(super) fn at(&self, time: &Timestamp) -> f64 {
        self.zone.seconds(time)
    }
}

/// The place of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Spot {
    /// Seconds since 1970, or the line's number.
    At(f64),
    /// The n-th line without a time.
    Untimed(usize),
}

/// What runs to the right.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Axis {
    /// Time.
    Time(TimeAxis),
    /// Line numbers, as no line has a time; how many lines.
    Lines(usize),
}

/// A span of time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TimeAxis {
    /// Its beginning in seconds since 1970.
    pub(super) first: f64,
    /// Its end in seconds since 1970, later than its beginning.
    pub(super) last: f64,
    /// How much of a date the lines tell.
    pub(super) dates: Dates,
    /// The zone, as a person writes it; empty where no line names one.
    pub(super) zone: String,
    /// Lines so much earlier that they stand at the left edge.
    pub(super) n_before: usize,
    /// Lines so much later that they stand at the right edge.
    pub(super) n_after: usize,
}

/// How much of a date a time tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dates {
    /// Time of day alone.
    TimeOfDay,
    /// Month and day.
    NoYear,
    /// All of it.
    Full,
}

/// Finds the place of every line.
///
/// Times that tell less of a date than most lines do (a time of day among full dates) have no place on the
/// same axis and count as lines without a time.
pub(super) fn place(report: &Report<'_>) -> Placement {
    // A line that continues another stands where that stands.
    let times = || report.lines.iter().map(|line| report.lines[line.record].entry.timestamp.as_ref());
    let Some(calendar) = most_frequent(times().flatten().map(calendar)) else {
        let n_lines = report.lines.len();
        let spots = (0..n_lines).map(|at| Spot::At(at as f64)).collect();
        let axis = Axis::Lines(n_lines);
        return Placement { axis, spots, n_untimed: n_lines, untimed_share: 1.0, zone: Zone::Mixed };
    };
    let on_axis = |time: &&Timestamp| self::calendar(time) == calendar;
    let zone = Zone::of(times().flatten().filter(on_axis));
    let mut n_untimed = 0;
    let spots: Vec<Spot> = times()
        .enumerate()
        .map(|(line, time)| {
            time.filter(on_axis).map_or_else(
                || {
                    n_untimed += usize::from(report.begins_record(line));
                    Spot::Untimed(n_untimed.saturating_sub(1))
                },
                |time| Spot::At(zone.seconds(time)),
            )
        })
        .collect();
    let year_written = times().flatten().any(|time| time.omitted == Omitted::Nothing);
    let mut years = times().flatten().filter(on_axis).map(|time| time.civil.year());
    let year = years.next();
    // A year that nobody wrote is told where there are two of them.
    let one_year = years.all(|other| Some(other) == year);
    let dates = if calendar == Dates::Full && !year_written && one_year { Dates::NoYear } else { calendar };
    let untimed_share = n_untimed as f64 / report.records().count().max(1) as f64;
    Placement { axis: Axis::Time(span(&spots, dates, &zone)), spots, n_untimed, untimed_share, zone }
}

/// The calendar that a time can be placed in. A year that the analysis has set is as good as a written one.
fn calendar(time: &Timestamp) -> Dates {
    match time.omitted {
        Omitted::Nothing => Dates::Full,
        Omitted::Year if time.civil.year() != 1972 => Dates::Full,
        Omitted::Year => Dates::NoYear,
        Omitted::Date => Dates::TimeOfDay,
    }
}

/// The most frequent calendar; of equals the one that tells more.
fn most_frequent(calendars: impl Iterator<Item = Dates>) -> Option<Dates> {
    let mut counts = [(0_usize, Dates::TimeOfDay), (0, Dates::NoYear), (0, Dates::Full)];
    for calendar in calendars {
        counts[calendar as usize].0 += 1;
    }
    counts.into_iter().max().filter(|&(count, _)| count > 0).map(|(_, calendar)| calendar)
}

/// How civil times become seconds that can be compared.
enum Zone {
    /// All as written, in the zone that all share, or in none.
    Shared(Option<FixedOffset>),
    /// Zones differ: all in UTC.
    Mixed,
}

impl Zone {
    fn of<'a>(mut times: impl Iterator<Item = &'a Timestamp>) -> Self {
        let first = times.next().and_then(|time| time.offset);
        if times.all(|time| time.offset == first) { Self::Shared(first) } else { Self::Mixed }
    }

    fn seconds(&self, time: &Timestamp) -> f64 {
        let whole = match self {
            Self::Shared(_) => time.civil.and_utc().timestamp(),
            Self::Mixed => time.epoch_seconds(),
        };
        whole as f64 + f64::from(time.civil.and_utc().timestamp_subsec_nanos()) / 1e9
    }

    fn name(&self) -> String {
        match self {
            Self::Shared(None) => String::new(),
            Self::Shared(Some(offset)) if offset.local_minus_utc() != 0 => format!("UTC{offset}"),
            Self::Shared(Some(_)) | Self::Mixed => "UTC".to_owned(),
        }
    }
}

/// The span to show: all times, with a little room at both ends.
///
/// Where up to one line in 200 at an end lies so far off that the others would shrink to a stroke (a clock
/// that started in 1970), the span is that of the others.
fn span(spots: &[Spot], dates: Dates, zone: &Zone) -> TimeAxis {
    const STRAGGLERS: usize = 200; // one line in so many, at each end
    const FAR: f64 = 20.0; // times the span of the others
    let mut times: Vec<f64> =
        spots.iter().filter_map(|spot| if let Spot::At(x) = spot { Some(*x) } else { None }).collect();
    times.sort_unstable_by(f64::total_cmp);
    let (first, last) = (times[0], times[times.len() - 1]);
    let cut = times.len() / STRAGGLERS;
    let (low, high) = (times[cut], times[times.len() - 1 - cut]);
    let (first, last) = if high > low && last - first > FAR * (high - low) {
        let near = |x: &&f64| (low - (high - low)..=high + (high - low)).contains(*x);
        let mut kept = times.iter().filter(near);
        let first = *kept.next().expect("the middle is near itself");
        (first, kept.next_back().copied().unwrap_or(first))
    } else {
        (first, last)
    };
    let n_before = times.partition_point(|&x| x < first);
    let n_after = times.len() - times.partition_point(|&x| x <= last);
    let room = room(last - first);
    TimeAxis { first: first - room, last: last + room, dates, zone: zone.name(), n_before, n_after }
}

/// Seconds to leave at each end of a span: a little of it, or five seconds around a single moment.
fn room(span_s: f64) -> f64 {
    const SHORTEST_S: f64 = 1e-3;
    if span_s <= 0.0 { 5.0 } else { 0.015 * span_s.max(SHORTEST_S) }
}
