//! When things happened: counts over time, and events that come in a burst, fall silent, or become more or fewer.
//!
//! In: graded lines. Out: a [`TemporalReport`], and the bursts and silences as [`Finding`]s. What an event should do is
//! what it does in the rest of the log; how sure that must be is bounded over all that is tested, [`FALSE_ALARMS`].

mod bursts;
mod buckets;
mod clock;
mod silences;

use std::collections::{BTreeMap, BTreeSet};

use crate::entry::{Level, Omitted, Timestamp};
use crate::features::severity::severity_factor;
use crate::features::significance::RateChange;
use crate::report::{
    EventSeries, Finding, FindingKind, GoneEvent, LineReport, Reason, TemporalReport, Trend,
};

use super::judge::Judge;
use super::summary::Tally;
use buckets::{Bucketing, buckets};
use clock::Clock;

/// Chance of any false burst, and of any false silence, in a log without either: over all events and places that are
/// tested (Bonferroni). A larger one finds smaller ones, and more that are none.
const FALSE_ALARMS: f64 = 0.001;

/// Events whose series are listed: the most frequent. Those of findings come beside them.
const SERIES_MAX: usize = 50;

/// What the section holds and what it finds.
pub(super) struct Temporal {
    pub(super) report: TemporalReport,
    pub(super) findings: Vec<Finding>,
}

/// The times of one event.
struct Event {
    event: usize,
    /// Seconds since 1970, sorted, with the index of the line.
    times: Vec<(i64, u32)>,
    /// Lines by bucket.
    counts: Vec<(usize, u64)>,
}

/// Looks at the lines over time; `found` are the events of findings. Lines without a time are left out; the order of
/// the lines does not matter.
///
/// Cost: sorting the times of each event.
pub(super) fn temporal(
    judge: &Judge<'_>,
    lines: &[LineReport<'_>],
    found: &BTreeSet<usize>,
    trained: bool,
) -> Temporal {
    let Some(bucketing) = Bucketing::of(lines) else {
        let report = TemporalReport { lines_without_timestamp: lines.len(), ..TemporalReport::default() };
        return Temporal { report, findings: Vec::new() };
    };
    let clock = Clock::new(lines, &bucketing);
    let events = events(judge.events().len(), lines, &bucketing);
    let tested = events.len();
    let mut findings = Vec::new();
    let mut series: Vec<(usize, EventSeries)> = Vec::new();
    for event in events {
        let dispersion = clock.dispersion(&event.counts, event.times.len() as u64);
        let bursts = bursts::bursts(&event.counts, event.times.len() as u64, &clock, tested);
        let silences = silences::silences(&event.times, &clock, dispersion, tested);
        // One that bursts again and again is one finding; the section lists all its bursts.
        if let Some(burst) = bursts.iter().min_by(|a, b| a.ln_p_value.total_cmp(&b.ln_p_value)) {
            let key = (true, burst.first_bucket, burst.last_bucket);
            findings.push((key, burst_finding(judge, lines, &event, burst, &bucketing)));
        }
        for silence in &silences {
            let from = lines[silence.last_before].entry.timestamp.map_or(0, |time| time.epoch_seconds());
            let key = (false, bucketing.bucket(from), bucketing.bucket(from + silence.seconds));
            findings.push((key, silence_finding(judge, lines, &event, silence)));
        }
        let trend = trend(&event.counts, &clock, dispersion);
        let row = EventSeries {
            event: event.event,
            count: event.times.len(),
            series: event.counts,
            trend,
            bursts,
            silences,
        };
        series.push((row.event, row));
    }
    let findings = one_per_incident(findings);
    let told: BTreeSet<usize> =
        findings.iter().map(|finding| finding.event).chain(found.iter().copied()).collect();
    series.sort_by_key(|(event, row)| (std::cmp::Reverse(row.count), *event));
    let kept = series.into_iter().enumerate();
    let events = kept
        .filter(|(place, (event, _))| *place < SERIES_MAX || told.contains(event))
        .map(|(_, (_, row))| row);
    let report = TemporalReport {
        bucket_seconds: bucketing.seconds as u64,
        buckets: buckets(lines, &bucketing),
        events: events.collect(),
        new: if trained { new_events(judge, lines) } else { Vec::new() },
        gone: if trained { gone_events(judge) } else { Vec::new() },
        lines_without_timestamp: lines
            .iter()
            .filter(|line| bucketing.time(&lines[line.record]).is_none())
            .count(),
    };
    Temporal { report, findings }
}

/// Of the bursts, or the silences, over the same buckets the most telling, which says how many more there are: one thing
/// that happens shows in many events.
fn one_per_incident(findings: Vec<((bool, usize, usize), Finding)>) -> Vec<Finding> {
    let mut incidents: BTreeMap<(bool, usize, usize), (Finding, usize)> = BTreeMap::new();
    for (key, finding) in findings {
        match incidents.get_mut(&key) {
            Some((most_telling, more)) => {
                *more += 1;
                if finding.score > most_telling.score {
                    *most_telling = finding;
                }
            }
            None => {
                incidents.insert(key, (finding, 0));
            }
        }
    }
    let told = |(mut finding, more): (Finding, usize)| {
        let kind = finding.kind.name();
        if let Some(reason) = finding.reasons.iter_mut().find(|reason| reason.kind == kind && more > 0) {
            let events = if more == 1 { "1 more event".to_owned() } else { format!("{more} more events") };
            reason.detail = format!("{}; {events} likewise", reason.detail);
        }
        finding
    };
    incidents.into_values().map(told).collect()
}

/// By event that has a time: its times and counts.
fn events(n_events: usize, lines: &[LineReport<'_>], bucketing: &Bucketing) -> Vec<Event> {
    let mut times: Vec<Vec<(i64, u32)>> = vec![Vec::new(); n_events];
    // A record happens once, whatever its lines.
    for (i, line) in lines.iter().enumerate().filter(|(i, line)| line.record == *i) {
        if let Some(time) = bucketing.time(line) {
            times[line.event].push((time.epoch_seconds(), i as u32));
        }
    }
    let with_times = times.into_iter().enumerate().filter(|(_, times)| !times.is_empty());
    with_times
        .map(|(event, mut times)| {
            times.sort_unstable();
            let mut counts: Vec<(usize, u64)> = Vec::new();
            for (time, _) in &times {
                let bucket = bucketing.bucket(*time);
                match counts.last_mut().filter(|(last, _)| *last == bucket) {
                    Some((_, count)) => *count += 1,
                    None => counts.push((bucket, 1)),
                }
            }
            Event { event, times, counts }
        })
        .collect()
}

/// The second half of the log against the first; `None` where the difference may be chance.
fn trend(counts: &[(usize, u64)], clock: &Clock, dispersion: f64) -> Option<Trend> {
    let (first, second) = clock.halves(counts);
    let change = RateChange::of(first, second, 1.0, dispersion);
    (change.p_value < 0.01 && change.effect.abs() >= 1.0)
        .then_some(Trend { effect: change.effect, p_value: change.p_value })
}

fn new_events(judge: &Judge<'_>, lines: &[LineReport<'_>]) -> Vec<usize> {
    let here: BTreeSet<usize> = lines.iter().map(|line| line.event).collect();
    here.into_iter().filter(|&event| judge.events()[event].known.is_none()).collect()
}

/// The events of training that this request does not hold, most frequent first.
fn gone_events(judge: &Judge<'_>) -> Vec<GoneEvent> {
    let here: BTreeSet<usize> = judge.events().iter().filter_map(|event| event.known).collect();
    let fit = judge.fit();
    let mut gone: Vec<GoneEvent> = (fit.events().iter().zip(&fit.anomaly.evidence).enumerate())
        .filter(|(known, _)| !here.contains(known))
        .map(|(_, (event, evidence))| GoneEvent {
            event_id: event.id,
            template: event.text.clone(),
            trained_lines: evidence.lines,
        })
        .collect();
    gone.sort_by(|a, b| b.trained_lines.cmp(&a.trained_lines).then_with(|| a.template.cmp(&b.template)));
    gone
}

fn burst_finding(
    judge: &Judge<'_>,
    lines: &[LineReport<'_>],
    event: &Event,
    burst: &crate::report::Burst,
    bucketing: &Bucketing,
) -> Finding {
    let within = |time: i64| (burst.first_bucket..=burst.last_bucket).contains(&bucketing.bucket(time));
    let mut tally = Tally::default();
    for &(_, line) in event.times.iter().filter(|(time, _)| within(*time)) {
        tally.add(line as usize, &lines[line as usize].entry);
    }
    let expected = burst.expected.max(0.5);
    let ratio = burst.count as f64 / expected;
    let minutes = (burst.last_bucket - burst.first_bucket + 1) as i64 * bucketing.seconds;
    let detail = format!(
        "{} lines within {}, where {} were to be expected: {ratio:.0} times as many",
        burst.count,
        duration(minutes),
        rounded(expected)
    );
    finding(judge, event.event, FindingKind::Burst, tally, ratio, detail)
}

fn silence_finding(
    judge: &Judge<'_>,
    lines: &[LineReport<'_>],
    event: &Event,
    silence: &crate::report::Silence,
) -> Finding {
    // The lines on either side of it.
    let mut tally = Tally::default();
    tally.add(silence.last_before, &lines[silence.last_before].entry);
    if let Some(after) = silence.first_after {
        tally.add(after, &lines[after].entry);
    }
    let missing = rounded(silence.expected);
    let long = duration(silence.seconds);
    let detail = match silence.first_after {
        Some(_) => format!("no line for {long}, where {missing} were to be expected"),
        None => format!("no line any more in the last {long}, where {missing} were to be expected"),
    };
    let mut finding =
        finding(judge, event.event, FindingKind::Silence, tally, silence.expected.max(1.0), detail);
    finding.count = 0;
    finding
}

/// The more times as many, or the more lines that are missing, the nearer the surprise is to 0.8: it is `1 − 1/√ratio`
/// of that, times severity as in every score.
fn finding(
    judge: &Judge<'_>,
    event: usize,
    kind: FindingKind,
    tally: Tally,
    ratio: f64,
    detail: String,
) -> Finding {
    let level: Option<Level> = tally.worst_level();
    let surprise = 0.8 * (1.0 - 1.0 / ratio.max(1.0).sqrt());
    // That something bad stops is no worse than that anything stops.
    let severity = match kind {
        FindingKind::Silence => 1.0,
        _ => severity_factor(level, judge.events()[event].word_weight, 0.0),
    };
    let mut reasons = vec![Reason { kind: kind.name(), contribution: surprise, detail }];
    if severity > 1.0 {
        let detail = match level {
            Some(level) if severity_factor(Some(level), 0.0, 0.0) >= severity => format!("level {level}"),
            _ => "its words speak of trouble".to_owned(),
        };
        reasons.push(Reason { kind: "severity", contribution: surprise * (severity - 1.0), detail });
        reasons.sort_by(|a, b| b.contribution.total_cmp(&a.contribution));
    }
    Finding {
        kind,
        event,
        level,
        count: tally.count,
        score: surprise * severity,
        first_seen: tally.first_seen,
        last_seen: tally.last_seen,
        reasons,
        examples: tally.examples,
    }
}

/// `90 s`, `10 minutes`, `3 hours`, for people.
fn duration(seconds: i64) -> String {
    match seconds {
        s if s < 120 => format!("{s} s"),
        s if s < 7_200 => format!("{:.0} minutes", s as f64 / 60.0),
        s if s < 172_800 => format!("{:.0} hours", s as f64 / 3_600.0),
        s => format!("{:.0} days", s as f64 / 86_400.0),
    }
}

fn rounded(number: f64) -> String {
    if number < 10.0 { format!("{number:.1}") } else { format!("{number:.0}") }
}

/// An instant in the zone that `like` wrote.
fn at(epoch_seconds: i64, like: &Timestamp) -> Option<Timestamp> {
    let shift = like.offset.map_or(0, |offset| i64::from(offset.local_minus_utc()));
    let civil = chrono::DateTime::from_timestamp(epoch_seconds.checked_add(shift)?, 0)?.naive_utc();
    let omitted = if like.omitted == Omitted::Date { Omitted::Date } else { Omitted::Nothing };
    Some(Timestamp { civil, offset: like.offset, omitted })
}
