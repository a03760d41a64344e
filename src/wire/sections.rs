//! The parts of an analysis's reply, each a view of the report.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};
use utoipa::ToSchema;

use super::schema::LevelName;
use super::time::{Time, rfc3339_of_epoch};
use crate::entry::Level;
use crate::report::{
    EventReport, Finding, LineReport, ModelReport, PatternReport, PatternTerms, Reason, Report, SessionReport,
};

/// A stable id in 16 hexadecimal digits.
#[derive(ToSchema)]
#[schema(value_type = String, pattern = "^[0-9a-f]{16}$")]
pub(super) struct EventId(pub(super) u64);

impl Serialize for EventId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut digits = [0; 16];
        for (digit, shift) in digits.iter_mut().zip((0..64).step_by(4).rev()) {
            *digit = HEX[(self.0 >> shift) as usize & 0xf];
        }
        serializer.serialize_str(std::str::from_utf8(&digits).expect("hexadecimal digits are ASCII"))
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct ReasonRow<'r> {
    kind: &'r str,
    contribution: f64,
    detail: &'r str,
}

pub(super) fn reasons(reasons: &[Reason]) -> Vec<ReasonRow<'_>> {
    reasons
        .iter()
        .map(|r| ReasonRow { kind: r.kind, contribution: r.contribution, detail: &r.detail })
        .collect()
}

#[derive(Serialize, ToSchema)]
pub(super) struct PatternRow<'r> {
    pattern_id: i32,
    count: usize,
    example_logs: Vec<&'r str>,
    template: &'r str,
    #[schema(value_type = BTreeMap<String, u64>)]
    levels: &'r BTreeMap<Level, usize>,
    first_seen: Option<Time>,
    last_seen: Option<Time>,
    share: f64,
}

impl<'r> PatternRow<'r> {
    pub(super) fn new(report: &'r Report<'_>, pattern: &'r PatternReport) -> Self {
        Self {
            pattern_id: pattern.pattern_id,
            count: pattern.count,
            example_logs: pattern.examples.iter().map(|&line| report.message(line)).collect(),
            template: &pattern.template,
            levels: &pattern.levels,
            first_seen: Time::of(pattern.first_seen),
            last_seen: Time::of(pattern.last_seen),
            share: pattern.share,
        }
    }
}

/// The most alike event known from training.
#[derive(Serialize, ToSchema)]
struct Nearest<'r> {
    event_id: EventId,
    template: &'r str,
    similarity: f64,
    count: usize,
    /// What that says to a person, where the two are alike enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl<'r> Nearest<'r> {
    fn of(event: &'r EventReport) -> Option<Self> {
        event.nearest.as_ref().map(|near| Self {
            event_id: EventId(near.event_id),
            template: &near.template,
            similarity: near.similarity,
            count: near.count,
            detail: near.detail(),
        })
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct OutlierRow<'r> {
    log_id: usize,
    message: &'r str,
    anomaly_score: f64,
    timestamp: Option<Time>,
    #[schema(value_type = Option<LevelName>)]
    level: Option<Level>,
    event_id: EventId,
    template: &'r str,
    pattern_id: i32,
    reasons: Vec<ReasonRow<'r>>,
    nearest: Option<Nearest<'r>>,
}

impl<'r> OutlierRow<'r> {
    /// Of the line with this index.
    pub(super) fn new(report: &'r Report<'_>, index: usize) -> Self {
        let line = &report.lines[index];
        let event = &report.events[line.event];
        Self {
            log_id: line.log_id,
            message: report.message(index),
            anomaly_score: line.anomaly_score,
            timestamp: Time::of(line.entry.timestamp),
            level: line.entry.level,
            event_id: EventId(event.event_id),
            template: &event.template,
            pattern_id: line.pattern_id,
            reasons: line.reasons.map_or_else(Vec::new, |shared| reasons(&report.reasons[shared])),
            nearest: Nearest::of(event),
        }
    }
}

/// What a row of a stream is; left out where a row is part of a list.
type RowType = Option<&'static str>;

#[derive(Serialize, ToSchema)]
pub(super) struct FindingRow<'r> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    row: RowType,
    kind: &'static str,
    event_id: EventId,
    template: &'r str,
    #[schema(value_type = Option<LevelName>)]
    level: Option<Level>,
    count: usize,
    score: f64,
    first_seen: Option<Time>,
    last_seen: Option<Time>,
    reasons: Vec<ReasonRow<'r>>,
    examples: &'r [usize],
    /// Of an event that is new to the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    nearest: Option<Nearest<'r>>,
}

impl<'r> FindingRow<'r> {
    pub(super) fn new(report: &'r Report<'_>, finding: &'r Finding, row: RowType) -> Self {
        let event = &report.events[finding.event];
        Self {
            row,
            kind: finding.kind.name(),
            event_id: EventId(event.event_id),
            template: &event.template,
            level: finding.level,
            count: finding.count,
            score: finding.score,
            first_seen: Time::of(finding.first_seen),
            last_seen: Time::of(finding.last_seen),
            reasons: reasons(&finding.reasons),
            examples: &finding.examples,
            nearest: Nearest::of(event),
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct StatisticsRow<'r> {
    lines: usize,
    records: usize,
    lines_without_timestamp: usize,
    lines_with_time_only: usize,
    lines_without_level: usize,
    noise_lines: usize,
    outliers: usize,
    outliers_returned: usize,
    findings: usize,
    patterns: usize,
    patterns_returned: usize,
    events: usize,
    unseen_events: usize,
    #[schema(value_type = BTreeMap<String, u64>)]
    levels: &'r BTreeMap<Level, usize>,
    time_range: Option<(Time, Time)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assumed_year: Option<i32>,
    formats: Vec<FormatRow>,
    examples_without_timestamp: &'r [usize],
    examples_without_level: &'r [usize],
    ambiguous_dates: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    assumed_date_order: Option<&'static str>,
    #[serde(skip_serializing_if = "is_zero")]
    untold_lines: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's own signature")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

#[derive(Serialize, ToSchema)]
struct FormatRow {
    format: &'static str,
    lines: usize,
}

impl<'r> StatisticsRow<'r> {
    pub(super) fn new(report: &'r Report<'_>, outliers_returned: usize, patterns_returned: usize) -> Self {
        let counts = &report.statistics;
        Self {
            lines: counts.lines,
            records: counts.records,
            lines_without_timestamp: counts.lines_without_timestamp,
            lines_with_time_only: counts.lines_with_time_only,
            lines_without_level: counts.lines_without_level,
            noise_lines: counts.noise_lines,
            outliers: counts.outliers,
            outliers_returned,
            findings: report.findings.len(),
            patterns: counts.patterns,
            patterns_returned,
            events: counts.events,
            unseen_events: counts.unseen_events,
            levels: &counts.levels,
            time_range: counts
                .time_range
                .and_then(|(first, last)| Time::of(Some(first)).zip(Time::of(Some(last)))),
            assumed_year: counts.assumed_year,
            formats: counts
                .formats
                .iter()
                .map(|count| FormatRow { format: count.format, lines: count.lines })
                .collect(),
            examples_without_timestamp: &counts.examples_without_timestamp,
            examples_without_level: &counts.examples_without_level,
            ambiguous_dates: counts.ambiguous_dates,
            assumed_date_order: counts.assumed_date_order,
            untold_lines: counts.untold_lines,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct Maturity {
    days: u64,
    lines: u64,
    unseen_event_share: f64,
    /// What is to be known of how well it was trained; empty where all is well.
    remarks: Vec<String>,
}

/// How many findings the model lets expect, if days to come are like those it knows.
#[derive(Serialize, ToSchema)]
struct Alarms {
    /// Findings a day that its owner can stand.
    budget_per_day: u32,
    /// Findings a day to be expected.
    expected_per_day: f64,
    /// Share of days on which none is to be expected; null where it is estimated without a replay.
    silent_days: Option<f64>,
    /// Days of training that were judged by what was known before each; 0 where there are too few.
    days_replayed: u64,
}

#[derive(Serialize, ToSchema)]
pub(super) struct ModelRow<'r> {
    name: &'r str,
    trained: bool,
    generation: u64,
    trained_lines: u64,
    trained_at: Option<String>,
    outlier_threshold: f64,
    maturity: Maturity,
    alarms: Option<Alarms>,
}

impl<'r> ModelRow<'r> {
    pub(super) fn new(model: &'r ModelReport, outlier_threshold: f64) -> Self {
        Self {
            name: &model.name,
            trained: model.trained,
            generation: model.generation,
            trained_lines: model.trained_lines,
            trained_at: model.trained_at.and_then(rfc3339_of_epoch),
            outlier_threshold,
            maturity: Maturity {
                days: model.days,
                lines: model.trained_lines,
                unseen_event_share: model.unseen_event_share,
                remarks: model.remarks.clone(),
            },
            alarms: model.promise.map(|promise| Alarms {
                budget_per_day: promise.budget,
                expected_per_day: promise.expected,
                silent_days: promise.silent_days,
                days_replayed: promise.days_replayed,
            }),
        }
    }
}

/// One row per line, written one after the other: of a large request this is nearly all of the reply.
pub(super) struct Lines<'r>(pub(super) &'r Report<'r>);

impl Serialize for Lines<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let lines = &self.0.lines;
        let mut rows = serializer.serialize_seq(Some(lines.len()))?;
        for line in lines {
            rows.serialize_element(&LineRow::new(self.0, line, None))?;
        }
        rows.end()
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct LineRow<'r> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    row: RowType,
    log_id: usize,
    record: usize,
    timestamp: Option<Time>,
    #[schema(value_type = Option<LevelName>)]
    level: Option<Level>,
    source: Option<&'r str>,
    message: &'r str,
    event_id: EventId,
    template: &'r str,
    pattern_id: i32,
    anomaly_score: f64,
    is_outlier: bool,
}

impl<'r> LineRow<'r> {
    pub(super) fn new(report: &'r Report<'_>, line: &'r LineReport<'_>, row: RowType) -> Self {
        let event = &report.events[line.event];
        Self {
            row,
            log_id: line.log_id,
            record: report.lines[line.record].log_id,
            timestamp: Time::of(line.entry.timestamp),
            level: line.entry.level,
            source: line.entry.source(),
            message: &line.entry.message,
            event_id: EventId(event.event_id),
            template: &event.template,
            pattern_id: line.pattern_id,
            anomaly_score: line.anomaly_score,
            is_outlier: line.is_outlier,
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct SessionRow<'r> {
    session_id: &'r str,
    lines: usize,
    first_seen: Option<Time>,
    last_seen: Option<Time>,
    anomaly_score: f64,
    is_outlier: bool,
    reasons: Vec<ReasonRow<'r>>,
}

impl<'r> SessionRow<'r> {
    pub(super) fn new(session: &'r SessionReport) -> Self {
        Self {
            session_id: &session.session_id,
            lines: session.lines,
            first_seen: Time::of(session.first_seen),
            last_seen: Time::of(session.last_seen),
            anomaly_score: session.anomaly_score,
            is_outlier: session.is_outlier,
            reasons: reasons(&session.reasons),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct Term<'r> {
    term: &'r str,
    weight: f64,
}

#[derive(Serialize, ToSchema)]
struct SimilarTerm<'r> {
    term: &'r str,
    similarity: f64,
}

#[derive(Serialize, ToSchema)]
struct NearestTerms<'r> {
    term: &'r str,
    nearest: Vec<SimilarTerm<'r>>,
}

#[derive(Serialize, ToSchema)]
struct TermsRow<'r> {
    pattern_id: i32,
    characteristic_terms: Vec<Term<'r>>,
    nearest_terms: Vec<NearestTerms<'r>>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Nlp<'r> {
    patterns: Vec<TermsRow<'r>>,
}

impl<'r> Nlp<'r> {
    /// The terms of the patterns that the reply lists.
    pub(super) fn new(terms: &'r [PatternTerms], listed: &[PatternReport]) -> Self {
        let is_listed = |id| listed.iter().any(|pattern| pattern.pattern_id == id);
        Self { patterns: terms.iter().filter(|t| is_listed(t.pattern_id)).map(TermsRow::new).collect() }
    }
}

impl<'r> TermsRow<'r> {
    fn new(terms: &'r PatternTerms) -> Self {
        let similar = |near: &'r Vec<(String, f64)>| {
            near.iter().map(|(term, similarity)| SimilarTerm { term, similarity: *similarity }).collect()
        };
        Self {
            pattern_id: terms.pattern_id,
            characteristic_terms: terms
                .characteristic
                .iter()
                .map(|(term, weight)| Term { term, weight: *weight })
                .collect(),
            nearest_terms: terms
                .nearest
                .iter()
                .map(|(term, near)| NearestTerms { term, nearest: similar(near) })
                .collect(),
        }
    }
}
