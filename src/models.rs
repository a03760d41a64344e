//! Named models: learn lines, judge lines, keep what was learnt.
//!
//! In: lines of text. Out: [`Report`]s. The one place that joins the pipeline to the models folder; HTTP and
//! the client know nothing below it.

use std::path::Path;

use crate::report::Report;

/// The models of one folder.
#[derive(Debug)]
pub struct Models {}

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
}

impl Models {
    /// Opens the models of a folder, creating it where needed.
    ///
    /// # Errors
    /// A damaged, foreign or newer file, or a folder that cannot be read.
    pub fn open(_dir: &Path) -> Result<Self, ModelsError> {
        Ok(Self {})
    }

    /// Learns `lines`; when it returns, they are on disk. Returns the number of lines learnt.
    ///
    /// # Errors
    /// A bad name, or a folder that cannot be written; then nothing is learnt.
    pub fn train<S: AsRef<str> + Sync>(&self, _name: &str, lines: &[S]) -> Result<usize, ModelsError> {
        Ok(lines.len())
    }

    /// Judges `lines` by the model called `name`, or by themselves where it was never trained. Learns nothing.
    ///
    /// # Errors
    /// A bad name.
    pub fn analyze<'a, S: AsRef<str> + Sync>(
        &self,
        _name: &str,
        _lines: &'a [S],
        _options: &AnalyzeOptions,
    ) -> Result<Report<'a>, ModelsError> {
        Err(ModelsError::Name("skeleton".to_owned()))
    }
}
