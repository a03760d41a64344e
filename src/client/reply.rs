//! What the client reads of a reply. Everything that the original service does not send may be missing.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::ClientError;
use super::backend::Backend;
use super::screen::printable;

/// Reads the reply of `backend`.
pub(super) fn read<'r, R: Deserialize<'r>>(bytes: &'r [u8], backend: &Backend) -> Result<R, ClientError> {
    serde_json::from_slice(bytes).map_err(|source| ClientError::Reply { from: backend.name(), source })
}

/// Writes a reply as it came, or with a member more: `places`, where the lines that it names stand in their files.
pub(super) fn write_json(bytes: &[u8], places: Option<Value>, out: &mut dyn Write) -> io::Result<()> {
    match (bytes.trim_ascii_end().strip_suffix(b"}"), places) {
        (Some(object), Some(places)) => {
            out.write_all(object)?;
            writeln!(out, ",\"places\":{places}}}")
        }
        _ => {
            out.write_all(bytes)?;
            writeln!(out)
        }
    }
}

/// Writes a row as it came, or with a member more: `place`, where its line stands in its file.
pub(super) fn write_row(row: &[u8], place: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    match (row.strip_suffix(b"}"), place) {
        (Some(members), Some(place)) => {
            out.write_all(members)?;
            writeln!(out, ",\"place\":{}}}", Value::from(place))
        }
        _ => {
            out.write_all(row)?;
            out.write_all(b"\n")
        }
    }
}

/// Passes on what the reply warns of.
pub(super) fn warn(warnings: &[String], err: &mut dyn Write) -> io::Result<()> {
    warnings.iter().try_for_each(|warning| writeln!(err, "Warning: {}", printable(warning)))
}

#[derive(Debug, Deserialize)]
pub(super) struct Reply<'r> {
    pub(super) common_patterns: Vec<Pattern>,
    pub(super) significant_outliers: Vec<Outlier>,
    pub(super) visualization: Option<String>,
    pub(super) series: Option<String>,
    pub(super) report: Option<String>,
    pub(super) statistics: Option<Statistics>,
    pub(super) model: Option<Model>,
    #[serde(default)]
    pub(super) findings: Vec<Finding>,
    #[serde(default)]
    pub(super) sessions: Vec<Session>,
    pub(super) temporal: Option<Temporal>,
    #[serde(default)]
    pub(super) warnings: Vec<String>,
    #[serde(borrow, default)]
    pub(super) lines: Vec<&'r RawValue>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Model {
    pub(super) name: String,
    pub(super) trained: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Pattern {
    pub(super) pattern_id: i64,
    pub(super) count: u64,
    pub(super) example_logs: Vec<String>,
    #[serde(default)]
    pub(super) template: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Outlier {
    pub(super) log_id: u64,
    pub(super) message: String,
    pub(super) anomaly_score: f64,
    #[serde(default)]
    pub(super) reasons: Vec<Reason>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Reason {
    pub(super) detail: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Statistics {
    pub(super) outliers: u64,
    #[serde(default)]
    pub(super) lines: u64,
    #[serde(default)]
    pub(super) events: u64,
    #[serde(default)]
    pub(super) unseen_events: u64,
    #[serde(default)]
    pub(super) levels: BTreeMap<String, u64>,
    #[serde(default)]
    pub(super) formats: Vec<FormatCount>,
    #[serde(default)]
    pub(super) lines_without_timestamp: u64,
    #[serde(default)]
    pub(super) lines_with_time_only: u64,
    #[serde(default)]
    pub(super) examples_without_timestamp: Vec<u64>,
    #[serde(default)]
    pub(super) lines_without_level: u64,
    #[serde(default)]
    pub(super) examples_without_level: Vec<u64>,
    #[serde(default)]
    pub(super) ambiguous_dates: u64,
    pub(super) assumed_date_order: Option<String>,
    pub(super) assumed_year: Option<i32>,
}

#[derive(Debug, Deserialize)]
pub(super) struct FormatCount {
    pub(super) format: String,
    pub(super) lines: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Finding {
    #[serde(default)]
    pub(super) kind: String,
    pub(super) template: String,
    pub(super) level: Option<String>,
    pub(super) count: u64,
    pub(super) score: f64,
    pub(super) first_seen: Option<String>,
    pub(super) last_seen: Option<String>,
    #[serde(default)]
    pub(super) reasons: Vec<Reason>,
    #[serde(default)]
    pub(super) examples: Vec<u64>,
    pub(super) nearest: Option<Nearest>,
}

/// The event known from training that a new one is most alike to.
#[derive(Debug, Deserialize)]
pub(super) struct Nearest {
    pub(super) detail: Option<String>,
}

/// Counts over time.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Temporal {
    #[serde(default)]
    pub(super) buckets: Vec<Bucket>,
    #[serde(default)]
    pub(super) events: Vec<Series>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Bucket {
    pub(super) bucket: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Series {
    pub(super) template: String,
    /// Pairs of bucket and lines.
    pub(super) series: Vec<(u64, u64)>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Session {
    pub(super) session_id: String,
    pub(super) lines: u64,
    pub(super) anomaly_score: f64,
    pub(super) is_outlier: bool,
    #[serde(default)]
    pub(super) reasons: Vec<Reason>,
}

impl Reply<'_> {
    /// The lines that the outliers and findings name.
    pub(super) fn named_lines(&self) -> impl Iterator<Item = u64> + '_ {
        let of_findings = self.findings.iter().flat_map(|finding| finding.examples.iter().copied());
        self.significant_outliers.iter().map(|outlier| outlier.log_id).chain(of_findings)
    }

    /// Outlier lines, also those that the reply does not list.
    pub(super) fn outliers(&self) -> u64 {
        self.statistics.as_ref().map_or(self.significant_outliers.len() as u64, |counts| counts.outliers)
    }
}
