//! Lines and options to the bytes of a reply: what the HTTP service and the client without one share.
//!
//! In: lines, checked options, the time. Out: JSON, a picture, HTML. Knows no status codes and no sockets.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::analysis::Stream;
use crate::analysis::compare::{Baseline, compare as compare_logs};
use crate::html::{PageError, Provenance, page};
use crate::models::{AnalyzeOptions, Counted, Models, ModelsError, Partial, Receipt};
use crate::plot::{Picture, PictureFormat, PlotError, render, render_comparison};
use crate::report::Report;
use crate::store::CodecError;
use crate::wire::{
    Attached, BaselineBody, CompareOptions, CompareReply, MergeReply, Options, Reply, TrainReply, last_rows,
    line_rows,
};
use crate::wording::hexadecimal;

/// Why lines could not be learnt or judged.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The model: its name, or its files.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// Of the days that a comparison asks for, a model knows none.
    #[error("the model `{0}` has learnt no line of these days; /v1/models/{0} says which days it knows")]
    NoSuchDays(String),
    /// The picture.
    #[error(transparent)]
    Plot(#[from] PlotError),
    /// The report for people.
    #[error(transparent)]
    Page(#[from] PageError),
    /// A state.
    #[error("the state could not be encoded")]
    State(#[source] CodecError),
    /// The reply.
    #[error("the reply could not be written as JSON")]
    Encode(#[from] serde_json::Error),
}

/// Learns `lines`; when it returns, they are on disk. Those of a receipt that came before are answered and not learnt
/// again.
///
/// # Errors
/// [`ServiceError::Models`]; then nothing is learnt.
pub fn train<S: AsRef<str> + Sync>(
    models: &Models,
    lines: &[S],
    options: Options,
    receipt: Option<Receipt>,
) -> Result<TrainReply, ServiceError> {
    let learnt = models.train_once(&options.model, lines, receipt)?;
    Ok(TrainReply::new(learnt, options.warnings))
}

/// Learns lines that were counted as they came; when it returns, they are on disk.
///
/// # Errors
/// As of [`train`].
pub fn train_counted(
    models: &Models,
    learnt: &Counted,
    options: Options,
    receipt: Option<Receipt>,
) -> Result<TrainReply, ServiceError> {
    let n_lines = learnt.lines() as usize;
    models.train_counted(&options.model, learnt, receipt)?;
    Ok(TrainReply::new(n_lines, options.warnings))
}

/// Adds what was counted elsewhere to a model; when it returns, it is on disk. Under a key, it counts once within a day of
/// `now`, however often it comes.
///
/// # Errors
/// [`ServiceError::Models`]; then nothing is learnt.
pub fn merge(
    models: &Models,
    model: &str,
    partial: &Partial,
    key: Option<&str>,
    now: DateTime<Utc>,
) -> Result<MergeReply, ServiceError> {
    let receipt = key.map(|key| partial.receipt(key, model, now.timestamp())).transpose();
    models.merge(model, partial, receipt.map_err(ServiceError::State)?)?;
    Ok(MergeReply::new(model.to_owned(), partial.lines(), partial.days()))
}

/// An analysis, written.
#[derive(Clone, Debug)]
pub struct Analyzed {
    /// The reply: JSON, rows, a picture, or the report.
    pub bytes: Vec<u8>,
    /// What it tells, in numbers.
    pub counts: Counts,
}

/// What an analysis tells, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines judged.
    pub lines: usize,
    /// Outliers among them.
    pub outliers: usize,
    /// Findings.
    pub findings: usize,
    /// Events that the model had not seen.
    pub unseen_events: usize,
    /// Whether a trained model judged.
    pub is_trained: bool,
}

impl Counts {
    /// Those of a report.
    #[must_use]
    pub fn of(report: &Report<'_>) -> Self {
        Self {
            lines: report.statistics.lines,
            outliers: report.statistics.outliers,
            findings: report.findings.len(),
            unseen_events: report.statistics.unseen_events,
            is_trained: report.model.trained,
        }
    }
}

/// What an analysis is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The reply: JSON.
    Reply,
    /// The picture of lines and scores alone.
    Picture(PictureFormat),
    /// The report for people alone: HTML.
    Page,
}

/// Judges `lines` and returns what was found, in this form. `now` is the reference time for times without a year, unless
/// the options have one.
///
/// # Errors
/// [`ServiceError`]; nothing has changed then, nor after success.
pub fn analyze<S: AsRef<str> + Sync>(
    models: &Models,
    lines: &[S],
    options: &Options,
    form: Form,
    now: DateTime<Utc>,
) -> Result<Analyzed, ServiceError> {
    let asked = asked(options, now);
    let asked = AnalyzeOptions { temporal: asked.temporal || form == Form::Page, ..asked };
    let report = models.analyze(&options.model, lines, &asked)?;
    let bytes = match form {
        Form::Reply => {
            let attached = attached(&report, lines, options, now)?;
            serde_json::to_vec(&Reply::new(&report, options, attached))?
        }
        Form::Picture(format) => render(&report, Picture::Scores, format)?,
        Form::Page => page(&report, &provenance(&report, lines, options, now))?.into_bytes(),
    };
    Ok(Analyzed { bytes, counts: Counts::of(&report) })
}

fn attached<S: AsRef<str>>(
    report: &Report<'_>,
    lines: &[S],
    options: &Options,
    now: DateTime<Utc>,
) -> Result<Attached, ServiceError> {
    let picture = |picture, is_asked: bool| {
        is_asked.then(|| render(report, picture, options.picture_format)).transpose()
    };
    let include = options.include;
    Ok(Attached {
        visualization: picture(Picture::Scores, options.visualization)?,
        series: picture(Picture::Series, include.series)?,
        report: include.report.then(|| page(report, &provenance(report, lines, options, now))).transpose()?,
    })
}

fn provenance<S: AsRef<str>>(
    report: &Report<'_>,
    lines: &[S],
    options: &Options,
    now: DateTime<Utc>,
) -> Provenance {
    let mut hash = Sha256::new();
    for line in lines {
        hash.update(line.as_ref());
        hash.update(b"\n");
    }
    let sha256 = hexadecimal(&hash.finalize());
    let files = options.files.iter().map(|file| (file.name.clone(), file.sha256.clone())).collect();
    let options = options.told(report.statistics.assumed_year.is_some(), now);
    Provenance { version: env!("CARGO_PKG_VERSION"), sha256, files, options }
}

fn asked(options: &Options, now: DateTime<Utc>) -> AnalyzeOptions {
    AnalyzeOptions {
        session_pattern: options.session_pattern.clone(),
        terms: options.include.nlp,
        temporal: options.needs_temporal(),
        reading: options.reading.clone().received(now),
        ..AnalyzeOptions::default()
    }
}

/// Lines of which one piece of rows is written at a time, so that a long answer is never in memory as a whole.
const ROWS_AT_ONCE: usize = 10_000;

/// Judges `lines` and gives the answer in rows of NDJSON to `write`, piece by piece; it stops when `write` says `false`.
///
/// # Errors
/// As of [`analyze`].
pub fn analyze_as_rows<S: AsRef<str> + Sync>(
    models: &Models,
    lines: &[S],
    options: &Options,
    now: DateTime<Utc>,
    mut write: impl FnMut(Vec<u8>) -> bool,
) -> Result<Counts, ServiceError> {
    let report = models.analyze(&options.model, lines, &asked(options, now))?;
    for first in (0..lines.len()).step_by(ROWS_AT_ONCE) {
        if !write(line_rows(&report, first..(first + ROWS_AT_ONCE).min(lines.len()))?) {
            return Ok(Counts::of(&report));
        }
    }
    write(last_rows(&report, options)?);
    Ok(Counts::of(&report))
}

/// An analysis whose lines come in parts and are answered in rows of NDJSON as they are judged, in memory that does not
/// grow with them.
#[derive(Debug)]
pub struct Rows {
    stream: Stream,
    options: Options,
    /// The last lines, whose record may go on.
    held: Vec<String>,
}

impl Rows {
    /// Begins; `None` where all lines are needed before one can be judged: by a model that was never trained, or for
    /// sessions, counts over time and terms.
    ///
    /// # Errors
    /// [`ServiceError::Models`].
    pub fn begin(
        models: &Models,
        options: &Options,
        now: DateTime<Utc>,
    ) -> Result<Option<Self>, ServiceError> {
        let include = options.include;
        if include.sessions || include.nlp || options.needs_temporal() {
            return Ok(None);
        }
        let trained = models.judge(&options.model, false)?;
        Ok(trained.map(|trained| Self {
            stream: Stream::new(trained, &asked(options, now), options.max_outliers),
            options: options.clone(),
            held: Vec::new(),
        }))
    }

    /// The rows of the next lines, but for the last of them, which wait for what follows.
    ///
    /// # Errors
    /// [`ServiceError::Encode`], which is a bug.
    pub fn rows(&mut self, lines: Vec<Cow<'_, str>>) -> Result<Vec<u8>, ServiceError> {
        let lines: Vec<Cow<'_, str>> =
            std::mem::take(&mut self.held).into_iter().map(Cow::Owned).chain(lines).collect();
        let report = self.stream.judge(&lines, false);
        let n_judged = report.lines.len();
        let rows = line_rows(&report, 0..n_judged)?;
        drop(report);
        self.held = lines.into_iter().skip(n_judged).map(Cow::into_owned).collect();
        Ok(rows)
    }

    /// The rows of the lines that waited, the findings, and the summary with these `warnings`.
    ///
    /// # Errors
    /// [`ServiceError::Encode`], which is a bug.
    pub fn finish(mut self, warnings: Vec<String>) -> Result<Analyzed, ServiceError> {
        let report = self.stream.judge(&self.held, true);
        let mut rows = line_rows(&report, 0..report.lines.len())?;
        drop(report);
        self.options.warnings.extend(warnings);
        let summary = self.stream.finish();
        rows.extend(last_rows(&summary, &self.options)?);
        Ok(Analyzed { bytes: rows, counts: Counts::of(&summary) })
    }
}

/// Says how `lines` differ from a baseline, as JSON. `now` is the reference time for times without a year, unless the
/// options have one.
///
/// # Errors
/// [`ServiceError`]; nothing has changed then, nor after success.
pub fn compare<S: AsRef<str> + Sync, B: AsRef<str> + Sync>(
    models: &Models,
    baseline: &BaselineBody<B>,
    lines: &[S],
    options: &CompareOptions,
    now: DateTime<Utc>,
) -> Result<Vec<u8>, ServiceError> {
    let reading = options.reading.clone().received(now);
    let baseline = match baseline {
        BaselineBody::Lines(texts) => {
            let own = Some(&options.baseline_reference_times).filter(|times| !times.is_empty());
            Baseline::Lines { texts, reference_times: own.unwrap_or(&reading.reference_times).clone() }
        }
        BaselineBody::Model(name) => {
            let state = models.state(name)?.ok_or_else(|| ModelsError::Untrained(name.clone()))?;
            let state = match &options.baseline_days {
                Some(days) => Some(state.only(days)).filter(|state| state.lines() > 0),
                None => Some(Arc::unwrap_or_clone(state)),
            };
            let state = state.ok_or_else(|| ServiceError::NoSuchDays(name.clone()))?;
            Baseline::Model { state, rules: models.rules(name)? }
        }
    };
    let comparison = compare_logs(baseline, lines, &reading);
    let picture = options.picture.map(|format| render_comparison(&comparison, format)).transpose()?;
    Ok(serde_json::to_vec(&CompareReply::new(&comparison, picture.as_deref(), &options.warnings))?)
}
