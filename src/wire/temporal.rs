//! The section `temporal`.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::sections::EventId;
use super::time::Time;
use crate::entry::Level;
use crate::report::{
    Burst, ChangePoint, EventSeries, GoneEvent, NumberShift, Report, Silence, TemporalReport, TimeBucket,
};

#[derive(Serialize, ToSchema)]
pub(super) struct TemporalRow<'r> {
    bucket_seconds: u64,
    lines_without_timestamp: usize,
    buckets: Vec<BucketRow<'r>>,
    events: Vec<SeriesRow<'r>>,
    new: Vec<EventRow<'r>>,
    gone: Vec<GoneRow<'r>>,
}

/// A bucket that holds a line; those between are empty.
#[derive(Serialize, ToSchema)]
struct BucketRow<'r> {
    bucket: usize,
    /// Null where the log has times of day alone.
    start: Option<Time>,
    lines: usize,
    outliers: usize,
    #[schema(value_type = BTreeMap<String, u64>)]
    levels: &'r BTreeMap<Level, usize>,
}

#[derive(Serialize, ToSchema)]
struct SeriesRow<'r> {
    event_id: EventId,
    template: &'r str,
    count: usize,
    /// Pairs of bucket and lines.
    series: &'r [(usize, u64)],
    trend: Option<TrendRow>,
    bursts: Vec<BurstRow>,
    silences: Vec<SilenceRow>,
    changes: Vec<ChangeRow>,
    shifts: Vec<ShiftRow<'r>>,
}

#[derive(Serialize, ToSchema)]
struct TrendRow {
    direction: &'static str,
    effect: f64,
    p_value: f64,
}

#[derive(Serialize, ToSchema)]
struct BurstRow {
    first_bucket: usize,
    last_bucket: usize,
    count: u64,
    expected: f64,
    p_value: f64,
}

#[derive(Serialize, ToSchema)]
struct SilenceRow {
    from: Option<Time>,
    /// Null where the event does not come again.
    to: Option<Time>,
    seconds: i64,
    expected: f64,
}

/// From when on an event comes at another rate, in lines an hour.
#[derive(Serialize, ToSchema)]
struct ChangeRow {
    /// `new`, `gone`, `more` or `less`.
    kind: &'static str,
    at: Option<Time>,
    hourly_before: f64,
    hourly_after: f64,
    p_value: f64,
}

/// Where a number is at another level.
#[derive(Serialize, ToSchema)]
struct ShiftRow<'r> {
    position: u16,
    from: Option<Time>,
    to: Option<Time>,
    count: usize,
    /// The median outside, to two digits.
    before: &'r str,
    /// The median within, to two digits.
    after: &'r str,
    effect: f64,
    p_value: f64,
}

#[derive(Serialize, ToSchema)]
struct EventRow<'r> {
    event_id: EventId,
    template: &'r str,
    count: usize,
}

#[derive(Serialize, ToSchema)]
struct GoneRow<'r> {
    event_id: EventId,
    template: &'r str,
    trained_lines: u64,
}

impl<'r> TemporalRow<'r> {
    pub(super) fn new(report: &'r Report<'_>, temporal: &'r TemporalReport) -> Self {
        Self {
            bucket_seconds: temporal.bucket_seconds,
            lines_without_timestamp: temporal.lines_without_timestamp,
            buckets: temporal.buckets.iter().map(BucketRow::new).collect(),
            events: temporal.events.iter().map(|series| SeriesRow::new(report, series)).collect(),
            new: temporal.new.iter().map(|&event| EventRow::new(report, event)).collect(),
            gone: temporal.gone.iter().map(GoneRow::new).collect(),
        }
    }
}

impl<'r> BucketRow<'r> {
    fn new(bucket: &'r TimeBucket) -> Self {
        Self {
            bucket: bucket.bucket,
            start: Time::of(Some(bucket.start)),
            lines: bucket.lines,
            outliers: bucket.outliers,
            levels: &bucket.levels,
        }
    }
}

impl<'r> SeriesRow<'r> {
    fn new(report: &'r Report<'_>, series: &'r EventSeries) -> Self {
        let event = &report.events[series.event];
        Self {
            event_id: EventId(event.event_id),
            template: &event.template,
            count: series.count,
            series: &series.series,
            trend: series.trend.map(|trend| TrendRow {
                direction: if trend.effect > 0.0 { "rising" } else { "falling" },
                effect: trend.effect,
                p_value: trend.p_value,
            }),
            bursts: series.bursts.iter().map(BurstRow::new).collect(),
            silences: series.silences.iter().map(|silence| SilenceRow::new(report, silence)).collect(),
            changes: series.changes.iter().map(|change| ChangeRow::new(report, change)).collect(),
            shifts: series.shifts.iter().map(|shift| ShiftRow::new(report, shift)).collect(),
        }
    }
}

impl BurstRow {
    fn new(burst: &Burst) -> Self {
        Self {
            first_bucket: burst.first_bucket,
            last_bucket: burst.last_bucket,
            count: burst.count,
            expected: burst.expected,
            p_value: burst.ln_p_value.exp(),
        }
    }
}

impl SilenceRow {
    fn new(report: &Report<'_>, silence: &Silence) -> Self {
        let time = |line: usize| Time::of(report.lines[line].entry.timestamp);
        Self {
            from: time(silence.last_before),
            to: silence.first_after.and_then(time),
            seconds: silence.seconds,
            expected: silence.expected,
        }
    }
}

impl ChangeRow {
    fn new(report: &Report<'_>, change: &ChangePoint) -> Self {
        Self {
            kind: change.kind.name(),
            at: Time::of(report.lines[change.line].entry.timestamp),
            hourly_before: change.hourly_before,
            hourly_after: change.hourly_after,
            p_value: change.ln_p_value.exp(),
        }
    }
}

impl<'r> ShiftRow<'r> {
    fn new(report: &Report<'_>, shift: &'r NumberShift) -> Self {
        let time = |line: usize| Time::of(report.lines[line].entry.timestamp);
        Self {
            position: shift.position,
            from: time(shift.first),
            to: time(shift.last),
            count: shift.count,
            before: &shift.before,
            after: &shift.after,
            effect: shift.effect,
            p_value: shift.ln_p_value.exp(),
        }
    }
}

impl<'r> EventRow<'r> {
    fn new(report: &'r Report<'_>, event: usize) -> Self {
        let event = &report.events[event];
        Self { event_id: EventId(event.event_id), template: &event.template, count: event.count }
    }
}

impl<'r> GoneRow<'r> {
    fn new(gone: &'r GoneEvent) -> Self {
        Self { event_id: EventId(gone.event_id), template: &gone.template, trained_lines: gone.trained_lines }
    }
}
