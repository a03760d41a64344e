//! When things happened: counts over time, and events that come in a burst, fall silent, begin, end, become more or
//! fewer, or whose numbers shift.
//!
//! In: graded lines. Out: a [`TemporalReport`], and what was found as [`Finding`]s. What an event should do is what it does
//! in the rest of the log, and where there is a model, in training; how sure that must be is bounded over all that is
//! tested, [`FALSE_ALARMS`].

mod buckets;
mod changes;
mod clock;
mod counts;
mod incidents;
mod numbers;
mod outages;
mod regular;
mod silences;
mod tell;
mod training;
mod trend;

use std::collections::BTreeSet;

use crate::entry::{Omitted, Timestamp};
use crate::report::{
    Burst, ChangePoint, EventReport, EventSeries, Finding, FindingKind, LineReport, NumberShift, Report,
    Silence, TemporalReport, Trend,
};

use super::judge::Judge;
use super::read::Lines;
use buckets::{Bucketing, buckets};
use changes::{Changes, Window, changes};
use clock::Clock;
use counts::Counts;
use incidents::{Incident, one_per_incident};
use numbers::{Column, columns};
use outages::outages;
use regular::{comes_by_time, missed};
use silences::{Gap, silence};
use tell::Teller;
use trend::{Slope, slope};

/// Chance of any false finding of one kind in a log without any: over all events and places that are tested
/// (Bonferroni). A larger one finds smaller changes, and more that are none.
pub(super) const FALSE_ALARMS: f64 = 0.01;

/// Smallest trend that is told, as `log₂`: a factor of two from the start to the end.
const MIN_TREND: f64 = 1.0;

/// Events whose series are listed: the most frequent. Those of findings come beside them.
const SERIES_MAX: usize = 50;

/// What the section holds and what it finds.
pub(super) struct Temporal {
    pub(super) report: TemporalReport,
    pub(super) findings: Vec<Finding>,
    /// Events of training that findings say are gone; they follow the events of the request.
    pub(super) gone: Vec<EventReport>,
}

/// The times of one event.
struct Event {
    event: usize,
    /// Seconds since 1970, sorted.
    times: Vec<i64>,
    /// The line of each.
    lines: Vec<u32>,
    counts: Counts,
}

/// Looks at the lines over time. Lines without a time are left out; the order of the lines does not matter.
///
/// `read` are the same lines, for their numbers.
///
/// Cost: sorting the times of each event, and its numbers.
pub(super) fn temporal(judge: &Judge<'_>, read: &Lines<'_>, report: &Report<'_>) -> Temporal {
    let lines = &report.lines;
    let found: BTreeSet<usize> = report.findings.iter().map(|finding| finding.event).collect();
    let Some(bucketing) = Bucketing::of(lines) else {
        let report = TemporalReport { lines_without_timestamp: lines.len(), ..TemporalReport::default() };
        return Temporal { report, findings: Vec::new(), gone: Vec::new() };
    };
    let timed = (0..lines.len()).filter_map(|line| Some(bucketing.time(line)?.epoch_seconds()));
    let clock = Clock::new(timed.collect());
    let events = events(judge.events().len(), lines, &bucketing, &clock);
    let busy = events.iter().filter(|event| !comes_by_time(&event.times));
    let clock = clock.busy_at(busy.flat_map(|event| event.times.iter().copied()).collect());
    let columns = columns(read, lines, &bucketing);
    let tell = Teller { judge, lines, bucketing: &bucketing, clock: &clock };
    let mut incidents: Vec<Incident> =
        outages(clock.times()).iter().filter_map(|outage| tell.outage(&events, outage)).collect();
    let mut series: Vec<EventSeries> = Vec::new();
    for event in &events {
        let of_event = of_event(event, &columns, &clock, events.len());
        incidents.extend(tell.incidents(event, &of_event));
        series.push(of_event.series(event, &bucketing, &clock));
    }
    let mut against = training::Against::default();
    if report.model.trained {
        against = training::against(judge, &events, &clock, report.events.len());
        incidents
            .extend(against.new.iter().filter(|new| !found.contains(&new.event)).map(|new| tell.unseen(new)));
        incidents.extend(against.missing.iter().map(|gone| tell.missing(gone)));
    }
    let findings = one_per_incident(incidents);
    let told: BTreeSet<usize> = findings.iter().map(|finding| finding.event).chain(found).collect();
    series.sort_by_key(|row| (std::cmp::Reverse(row.count), row.event));
    let kept = series.into_iter().enumerate();
    let kept = kept.filter(|(place, row)| *place < SERIES_MAX || told.contains(&row.event));
    let report = TemporalReport {
        bucket_seconds: bucketing.seconds as u64,
        buckets: buckets(lines, &bucketing),
        events: kept.map(|(_, row)| row).collect(),
        new: if report.model.trained { training::unseen(judge, lines) } else { Vec::new() },
        gone: against.gone,
        lines_without_timestamp: lines.iter().filter(|line| bucketing.time(line.record).is_none()).count(),
    };
    let gone = against.missing.into_iter().map(|missing| missing.report).collect();
    Temporal { report, findings, gone }
}

/// What was found of one event.
struct OfEvent {
    changes: Changes,
    /// By time.
    gaps: Vec<Gap>,
    trend: Option<Slope>,
    shifts: Vec<NumberShift>,
}

fn of_event(event: &Event, columns: &[Column], clock: &Clock, events: usize) -> OfEvent {
    let changes = changes(&event.counts, clock, events);
    let mut gaps: Vec<Gap> = silence(&event.times, &event.counts, clock, events).into_iter().collect();
    let longest = gaps.first().map(|gap| gap.after);
    gaps.extend(missed(&event.times, clock, events).into_iter().filter(|gap| Some(gap.after) != longest));
    gaps.sort_by_key(|gap| gap.after);
    // A straight line explains less where a part of the time explains more.
    let steepest = changes.steps.first().map_or(0.0, |step| step.ln_p_value);
    let bound = steepest.min((FALSE_ALARMS / events as f64).ln());
    let trend = slope(&event.times, &event.counts, clock).filter(|slope| {
        changes.bursts.is_empty() && slope.ln_p_value <= bound && slope.effect.abs() >= MIN_TREND
    });
    let of_event = columns.binary_search_by_key(&event.event, |column| column.event);
    let shifts = of_event.map_or_else(|_| Vec::new(), |at| columns[at].shifts.clone());
    OfEvent { changes, gaps, trend, shifts }
}

impl OfEvent {
    fn series(&self, event: &Event, bucketing: &Bucketing, clock: &Clock) -> EventSeries {
        let bucket = |second: i64| bucketing.bucket(second);
        let mut series: Vec<(usize, u64)> = Vec::new();
        for time in &event.times {
            match series.last_mut().filter(|(last, _)| *last == bucket(*time)) {
                Some((_, count)) => *count += 1,
                None => series.push((bucket(*time), 1)),
            }
        }
        let burst = |window: &Window| {
            let seconds = event.seconds(window, clock);
            Burst {
                first_bucket: bucket(seconds.0),
                last_bucket: bucket(seconds.1),
                count: window.count,
                expected: window.expected,
                ln_p_value: window.ln_p_value,
            }
        };
        EventSeries {
            event: event.event,
            count: event.times.len(),
            series,
            trend: self.trend.map(|slope| Trend { effect: slope.effect, p_value: slope.ln_p_value.exp() }),
            bursts: self.changes.bursts.iter().map(burst).collect(),
            silences: self.gaps.iter().map(|gap| event.silence(gap)).collect(),
            changes: self.changes.steps.iter().map(|step| event.change(step, clock)).collect(),
            shifts: self.shifts.clone(),
        }
    }
}

impl Event {
    /// Places of its lines in a window.
    fn within(&self, window: &Window, clock: &Clock) -> std::ops::Range<usize> {
        let seconds = clock.seconds(&window.bins);
        let place = |second: i64| self.times.partition_point(|time| *time < second);
        place(seconds.start)..place(seconds.end)
    }

    /// Its first and last second in a window.
    fn seconds(&self, window: &Window, clock: &Clock) -> (i64, i64) {
        let places = self.within(window, clock);
        (self.times[places.start], self.times[places.end.max(1) - 1])
    }

    fn silence(&self, gap: &Gap) -> Silence {
        Silence {
            last_before: self.lines[gap.after] as usize,
            first_after: self.lines.get(gap.after + 1).map(|line| *line as usize),
            seconds: gap.seconds,
            expected: gap.expected,
        }
    }

    fn change(&self, step: &Window, clock: &Clock) -> ChangePoint {
        let is_from_then_on = step.bins.start > step.range.start;
        let places = self.within(step, clock);
        let place = if is_from_then_on { places.start } else { places.end - 1 };
        let range = clock.seconds(&step.range);
        let at = if is_from_then_on { self.times[place] } else { self.times[place] + 1 };
        let hourly = |seconds: std::ops::Range<i64>| {
            let count = self.times.partition_point(|time| *time < seconds.end)
                - self.times.partition_point(|time| *time < seconds.start);
            3600.0 * count as f64 / (seconds.end - seconds.start).max(1) as f64
        };
        let kind = match is_from_then_on {
            true if place == 0 => FindingKind::New,
            true => FindingKind::More,
            false if place + 1 == self.times.len() => FindingKind::Gone,
            false => FindingKind::Less,
        };
        ChangePoint {
            kind,
            line: self.lines[place] as usize,
            hourly_before: hourly(range.start..at),
            hourly_after: hourly(at..range.end),
            ln_p_value: step.ln_p_value,
        }
    }
}

/// By event that has a time: its times and counts.
fn events(n_events: usize, lines: &[LineReport<'_>], bucketing: &Bucketing, clock: &Clock) -> Vec<Event> {
    let mut times: Vec<Vec<(i64, u32)>> = vec![Vec::new(); n_events];
    // A record happens once, whatever its lines.
    for (i, line) in lines.iter().enumerate().filter(|(i, line)| line.record == *i) {
        if let Some(time) = bucketing.time(i) {
            times[line.event].push((time.epoch_seconds(), i as u32));
        }
    }
    let with_times = times.into_iter().enumerate().filter(|(_, times)| !times.is_empty());
    with_times
        .map(|(event, mut of_event)| {
            of_event.sort_unstable();
            let (times, lines): (Vec<i64>, Vec<u32>) = of_event.into_iter().unzip();
            let counts = Counts::new(&times, clock);
            Event { event, times, lines, counts }
        })
        .collect()
}

/// An instant in the zone that `like` wrote.
fn at(epoch_seconds: i64, like: &Timestamp) -> Option<Timestamp> {
    let shift = like.offset.map_or(0, |offset| i64::from(offset.local_minus_utc()));
    let civil = chrono::DateTime::from_timestamp(epoch_seconds.checked_add(shift)?, 0)?.naive_utc();
    let omitted = if like.omitted == Omitted::Date { Omitted::Date } else { Omitted::Nothing };
    Some(Timestamp { civil, offset: like.offset, omitted })
}
