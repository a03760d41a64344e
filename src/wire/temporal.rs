//! The section `temporal`.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::sections::EventId;
use super::time::Time;
use crate::entry::Level;
use crate::report::{Burst, EventSeries, GoneEvent, Report, Silence, TemporalReport, TimeBucket};

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
