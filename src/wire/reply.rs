//! What is answered to a training and to an analysis.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use utoipa::ToSchema;

use super::options::Options;
use super::sections::{
    FindingRow, LineRow, Lines, ModelRow, Nlp, OutlierRow, PatternRow, SessionRow, StatisticsRow,
};
use super::temporal::TemporalRow;
use crate::report::Report;

/// The answer to a training.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TrainReply {
    /// `Training completed`, as the original said.
    pub status: &'static str,
    /// Lines of the request.
    pub logs_processed: usize,
    /// Keys that look misspelt; left out where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl TrainReply {
    /// The answer for this many lines.
    #[must_use]
    pub fn new(logs_processed: usize, warnings: Vec<String>) -> Self {
        Self { status: "Training completed", logs_processed, warnings }
    }
}

/// What goes along with a reply.
#[derive(Clone, Debug, Default)]
pub struct Attached {
    /// The picture of lines and scores.
    pub visualization: Option<Vec<u8>>,
    /// The picture of events over time.
    pub series: Option<Vec<u8>>,
    /// The report for people, HTML.
    pub report: Option<String>,
}

/// The answer to an analysis: a view of the report, to be serialised.
#[derive(Serialize, ToSchema)]
pub struct Reply<'r> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    row: Option<&'static str>,
    common_patterns: Vec<PatternRow<'r>>,
    significant_outliers: Vec<OutlierRow<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    visualization: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    series: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<String>,
    statistics: StatisticsRow<'r>,
    model: ModelRow<'r>,
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<Vec<FindingRow<'r>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<LineRow>>)]
    lines: Option<Lines<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions: Option<Vec<SessionRow<'r>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temporal: Option<TemporalRow<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nlp: Option<Nlp<'r>>,
    #[schema(value_type = Vec<String>)]
    warnings: Cow<'r, [String]>,
}

/// Most sessions listed, the oddest: more than a person reads, and a million of them are some hundred megabytes.
const SESSIONS_MAX: usize = 100_000;

impl<'r> Reply<'r> {
    /// Lays out what `options` ask for, with what was drawn and written of it.
    #[must_use]
    pub fn new(report: &'r Report<'r>, options: &'r Options, attached: Attached) -> Self {
        let patterns = &report.patterns[..report.patterns.len().min(options.max_patterns)];
        let outliers = highest_outliers(report, options.max_outliers);
        let include = options.include;
        Self {
            row: None,
            statistics: StatisticsRow::new(report, outliers.len(), patterns.len()),
            common_patterns: patterns.iter().map(|pattern| PatternRow::new(report, pattern)).collect(),
            significant_outliers: outliers.iter().map(|&line| OutlierRow::new(report, line)).collect(),
            visualization: attached.visualization.map(|picture| STANDARD.encode(picture)),
            series: attached.series.map(|picture| STANDARD.encode(picture)),
            report: attached.report,
            model: ModelRow::new(&report.model, report.outlier_threshold),
            findings: Some(
                report.findings.iter().map(|finding| FindingRow::new(report, finding, None)).collect(),
            ),
            lines: include.lines.then_some(Lines(report)),
            sessions: include
                .sessions
                .then(|| report.sessions.iter().flatten().take(SESSIONS_MAX).map(SessionRow::new).collect()),
            temporal: report
                .temporal
                .as_ref()
                .filter(|_| include.temporal)
                .map(|temporal| TemporalRow::new(report, temporal)),
            nlp: include.nlp.then(|| Nlp::new(report.terms.as_deref().unwrap_or_default(), patterns)),
            warnings: warnings(report, options),
        }
    }

    /// The same as the last row of a stream, in which lines and findings are rows of their own.
    pub(super) fn summary(report: &'r Report<'r>, options: &'r Options) -> Self {
        Self {
            row: Some("summary"),
            findings: None,
            lines: None,
            ..Self::new(report, options, Attached::default())
        }
    }
}

/// Those of the options, and what the patterns and the section `sessions` have to say.
fn warnings<'r>(report: &Report<'_>, options: &'r Options) -> Cow<'r, [String]> {
    let said: Vec<String> =
        patterns_warning(report).into_iter().chain(sessions_warning(report, options)).collect();
    if said.is_empty() {
        return Cow::Borrowed(&options.warnings);
    }
    Cow::Owned(options.warnings.iter().cloned().chain(said).collect())
}

fn patterns_warning(report: &Report<'_>) -> Option<String> {
    let n = report.statistics.events_partly_compared;
    (n > 0).then(|| {
        format!(
            "{n} events were compared with some of the others only, those that share their rarest words, because there are \
             too many alike: what belongs together may stand in several `patterns`, or in none"
        )
    })
}

fn sessions_warning(report: &Report<'_>, options: &Options) -> Option<String> {
    let n_sessions = report.sessions.as_ref().filter(|_| options.include.sessions).map(Vec::len)?;
    match n_sessions {
        0 if !report.lines.is_empty() => Some(
            "`sessions` are empty: no line has one; `session_field` or `session_pattern` says where it stands"
                .to_owned(),
        ),
        n if n > SESSIONS_MAX => Some(format!("there are {n} sessions; the {SESSIONS_MAX} oddest are listed")),
        _ => None,
    }
}

/// The outlier records, by their first lines, of the highest scores, ties by first appearance, in the order of the request.
fn highest_outliers(report: &Report<'_>, max: usize) -> Vec<usize> {
    let mut outliers: Vec<usize> =
        report.records().filter(|(_, line)| line.is_outlier).map(|(i, _)| i).collect();
    if max < outliers.len() {
        outliers.sort_by(|&a, &b| report.lines[b].anomaly_score.total_cmp(&report.lines[a].anomaly_score));
        outliers.truncate(max);
        outliers.sort_unstable();
    }
    outliers
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::collections::BTreeMap;

    use chrono::NaiveDate;
    use serde_json::{Value, json};

    use super::{Attached, Options, Reply, TrainReply};
    use crate::entry::{DateOrder, Format, Front, Level, LogEntry, Omitted, Timestamp};
    use crate::report::{
        EventReport, Finding, FindingKind, FormatCount, LineReport, ModelReport, NearestEvent, PatternReport,
        PatternTerms, Reason, Report, SessionReport, Statistics,
    };

    fn time(second: u32) -> Timestamp {
        let civil = NaiveDate::from_ymd_opt(2023, 7, 25).unwrap().and_hms_opt(10, 0, second).unwrap();
        Timestamp { civil, offset: None, omitted: Omitted::Nothing }
    }

    fn line(message: &'static str, anomaly_score: f64, is_outlier: bool) -> LineReport<'static> {
        LineReport {
            log_id: 0,
            entry: LogEntry {
                timestamp: Some(time(1)),
                level: Some(Level::Error),
                host: Some(Cow::Borrowed("node7")),
                component: None,
                message: Cow::Borrowed(message),
                front: Front::CLOSED,
                format: Format::Columns,
                date_order: DateOrder::Told,
            },
            event: 0,
            pattern_id: 3,
            anomaly_score,
            is_outlier,
            record: 0,
            reasons: is_outlier.then_some(0),
        }
    }

    fn reason() -> Reason {
        Reason { kind: "rarity", contribution: 0.25, detail: "seen once in 3000 lines".to_owned() }
    }

    fn event() -> EventReport {
        EventReport {
            event_id: 0xab,
            template: "disk <*> failed".to_owned(),
            count: 4,
            pattern_id: 3,
            unseen: true,
            nearest: Some(NearestEvent {
                event_id: 0xcd,
                template: "disk <*> is slow".to_owned(),
                similarity: 0.75,
                count: 0,
            }),
        }
    }

    fn nearest() -> Value {
        json!({
            "event_id": "00000000000000cd", "template": "disk <*> is slow", "similarity": 0.75, "count": 0,
            "detail": "this looks like the former event `disk <*> is slow`, which does not come here",
        })
    }

    fn pattern(pattern_id: i32) -> PatternReport {
        PatternReport {
            pattern_id,
            count: 4,
            template: "disk <*> failed".to_owned(),
            share: 1.0,
            levels: BTreeMap::from([(Level::Error, 4)]),
            first_seen: Some(time(1)),
            last_seen: None,
            examples: vec![0, 2],
        }
    }

    fn finding() -> Finding {
        Finding {
            kind: FindingKind::Event,
            event: 0,
            level: Some(Level::Error),
            count: 3,
            score: 0.9,
            first_seen: Some(time(1)),
            last_seen: Some(time(2)),
            reasons: vec![reason()],
            examples: vec![1, 2, 3],
        }
    }

    /// Four lines of one event: the first is ordinary, the others are outliers of score 0.7, 0.9 and 0.7.
    fn report() -> Report<'static> {
        Report {
            lines: [
                line("disk a failed", 0.1, false),
                line("disk b failed", 0.7, true),
                line("disk c failed", 0.9, true),
                line("disk \"d\" failed", 0.7, true),
            ]
            .into_iter()
            .enumerate()
            .map(|(record, line)| LineReport { log_id: record, record, ..line })
            .collect(),
            events: vec![event()],
            patterns: vec![pattern(3), pattern(1)],
            findings: vec![finding()],
            reasons: vec![vec![reason()]],
            outlier_threshold: 0.6,
            model: ModelReport {
                name: "default".to_owned(),
                trained: true,
                generation: 2,
                trained_lines: 3000,
                trained_at: Some(1_700_000_000),
                unseen_event_share: 0.125,
                days: 3,
                ..ModelReport::default()
            },
            statistics: Statistics {
                lines: 4,
                records: 4,
                outliers: 3,
                patterns: 2,
                events: 1,
                unseen_events: 1,
                levels: BTreeMap::from([(Level::Info, 1), (Level::Error, 3)]),
                time_range: Some((time(1), time(2))),
                formats: vec![FormatCount { format: "columns", lines: 4 }],
                examples_without_level: vec![0],
                ..Statistics::default()
            },
            sessions: Some(vec![SessionReport {
                session_id: "blk_1".to_owned(),
                lines: 4,
                first_seen: None,
                last_seen: None,
                anomaly_score: 0.4,
                is_outlier: false,
                reasons: vec![],
                event: 0,
                line: 0,
            }]),
            temporal: None,
            terms: Some(vec![PatternTerms {
                pattern_id: 3,
                characteristic: vec![("disk".to_owned(), 0.75)],
                nearest: vec![("disk".to_owned(), vec![("volume".to_owned(), 0.5)])],
            }]),
        }
    }

    fn reply(options: &Options) -> Value {
        let report = report();
        serde_json::from_str(
            &serde_json::to_string(&Reply::new(&report, options, Attached::default())).unwrap(),
        )
        .unwrap()
    }

    #[test]
    fn a_training_is_answered_as_by_the_original() {
        let reply = serde_json::to_value(TrainReply::new(30, vec![])).unwrap();
        assert_eq!(reply, json!({"status": "Training completed", "logs_processed": 30}));
    }

    #[test]
    fn the_reply_has_every_key_of_the_contract() {
        let reply = reply(&Options { max_patterns: 1, ..Options::default() });
        assert_eq!(
            reply,
            json!({
                "common_patterns": [{
                    "pattern_id": 3, "count": 4, "example_logs": ["disk a failed", "disk c failed"],
                    "template": "disk <*> failed", "levels": {"ERROR": 4},
                    "first_seen": "2023-07-25T10:00:01", "last_seen": null, "share": 1.0,
                }],
                "significant_outliers": reply["significant_outliers"],
                "statistics": {
                    "lines": 4, "records": 4, "lines_without_timestamp": 0, "lines_with_time_only": 0, "lines_without_level": 0, "noise_lines": 0,
                    "outliers": 3, "outliers_returned": 3, "findings": 1, "patterns": 2, "patterns_returned": 1,
                    "events": 1, "unseen_events": 1, "levels": {"INFO": 1, "ERROR": 3},
                    "time_range": ["2023-07-25T10:00:01", "2023-07-25T10:00:02"],
                    "formats": [{"format": "columns", "lines": 4}], "examples_without_timestamp": [],
                    "examples_without_level": [0], "ambiguous_dates": 0,
                },
                "model": {
                    "name": "default", "trained": true, "generation": 2, "trained_lines": 3000,
                    "trained_at": "2023-11-14T22:13:20Z", "outlier_threshold": 0.6,
                    "maturity": {"days": 3, "lines": 3000, "unseen_event_share": 0.125, "remarks": []},
                    "alarms": null,
                },
                "findings": [{
                    "kind": "event", "event_id": "00000000000000ab", "template": "disk <*> failed",
                    "level": "ERROR", "count": 3, "score": 0.9,
                    "first_seen": "2023-07-25T10:00:01", "last_seen": "2023-07-25T10:00:02",
                    "reasons": [{"kind": "rarity", "contribution": 0.25, "detail": "seen once in 3000 lines"}],
                    "examples": [1, 2, 3], "nearest": nearest(),
                }],
                "warnings": [],
            })
        );
        assert_eq!(
            reply["significant_outliers"][0],
            json!({
                "log_id": 1, "message": "disk b failed", "anomaly_score": 0.7,
                "timestamp": "2023-07-25T10:00:01", "level": "ERROR", "event_id": "00000000000000ab",
                "template": "disk <*> failed", "pattern_id": 3,
                "reasons": [{"kind": "rarity", "contribution": 0.25, "detail": "seen once in 3000 lines"}],
                "nearest": nearest(),
            })
        );
    }

    #[test]
    fn of_too_many_outliers_the_highest_stay_in_the_order_of_the_lines() {
        let kept = |max_outliers| {
            let reply = reply(&Options { max_outliers, ..Options::default() });
            assert_eq!(reply["statistics"]["outliers"], 3);
            assert_eq!(reply["statistics"]["outliers_returned"], max_outliers.min(3));
            let rows = reply["significant_outliers"].as_array().unwrap().clone();
            rows.iter().map(|row| row["log_id"].as_u64().unwrap()).collect::<Vec<_>>()
        };
        // Scores: line 1 has 0.7, line 2 has 0.9, line 3 has 0.7; the tie goes to the first.
        assert!(kept(0).is_empty());
        assert_eq!(kept(1), [2]);
        assert_eq!(kept(2), [1, 2]);
        assert_eq!(kept(9), [1, 2, 3]);
    }

    #[test]
    fn sections_are_there_on_request_only() {
        let plain = reply(&Options::default());
        for section in ["lines", "sessions", "nlp", "visualization"] {
            assert!(plain.get(section).is_none(), "{section}");
        }
        let mut options = Options { max_patterns: 1, ..Options::default() };
        options.include =
            crate::wire::Include { lines: true, sessions: true, nlp: true, ..Default::default() };
        let full = reply(&options);
        assert_eq!(
            full["lines"][3],
            json!({
                "log_id": 3, "record": 3, "timestamp": "2023-07-25T10:00:01", "level": "ERROR", "source": "node7",
                "message": "disk \"d\" failed", "event_id": "00000000000000ab", "template": "disk <*> failed",
                "pattern_id": 3, "anomaly_score": 0.7, "is_outlier": true,
            })
        );
        assert_eq!(
            full["sessions"],
            json!([{
                "session_id": "blk_1", "lines": 4, "first_seen": null, "last_seen": null,
                "anomaly_score": 0.4, "is_outlier": false, "reasons": [],
            }])
        );
        assert_eq!(
            full["nlp"],
            json!({"patterns": [{
                "pattern_id": 3,
                "characteristic_terms": [{"term": "disk", "weight": 0.75}],
                "nearest_terms": [{"term": "disk", "nearest": [{"term": "volume", "similarity": 0.5}]}],
            }]})
        );
    }

    #[test]
    fn the_picture_is_base64_without_a_prefix() {
        let report = report();
        let options = Options::default();
        let attached = Attached { visualization: Some(b"\x89PNG".to_vec()), ..Attached::default() };
        let reply = serde_json::to_value(Reply::new(&report, &options, attached)).unwrap();
        assert_eq!(reply["visualization"], "iVBORw==");
    }

    #[test]
    fn of_more_sessions_than_anybody_reads_the_oddest_are_listed_and_the_rest_is_told() {
        let mut report = report();
        let one = report.sessions.as_ref().unwrap()[0].clone();
        report.sessions = Some(vec![one; super::SESSIONS_MAX + 2]);
        let mut options = Options::default();
        options.include.sessions = true;
        let reply = Reply::new(&report, &options, Attached::default());
        assert_eq!(reply.sessions.as_ref().map(Vec::len), Some(100_000));
        assert_eq!(reply.warnings[..], ["there are 100002 sessions; the 100000 oddest are listed"]);
        options.include.sessions = false;
        assert!(Reply::new(&report, &options, Attached::default()).warnings.is_empty());
    }

    #[test]
    fn patterns_of_events_that_were_partly_compared_are_warned_of() {
        let mut report = report();
        report.statistics.events_partly_compared = 7;
        let reply =
            serde_json::to_value(Reply::new(&report, &Options::default(), Attached::default())).unwrap();
        let said = reply["warnings"][0].as_str().unwrap();
        assert!(said.starts_with("7 events were compared with some of the others only"), "{said}");
    }
}
