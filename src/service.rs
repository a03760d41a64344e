//! Lines and options to the bytes of a reply: what the HTTP service and the client without one share.
//!
//! In: lines, checked options, the time. Out: JSON. Knows no status codes and no sockets.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::analysis::compare::{Baseline, compare as compare_logs};
use crate::models::{AnalyzeOptions, Models, ModelsError, Partial, Receipt};
use crate::plot::{PlotError, render_png};
use crate::store::CodecError;
use crate::wire::{BaselineBody, CompareOptions, CompareReply, MergeReply, Options, Reply, TrainReply};

/// Why lines could not be learnt or judged.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The model: its name, or its files.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// The picture.
    #[error(transparent)]
    Plot(#[from] PlotError),
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

/// Judges `lines` and returns the reply as JSON. `now` is the reference time for times without a year, unless the options
/// have one.
///
/// # Errors
/// [`ServiceError`]; nothing has changed then, nor after success.
pub fn analyze<S: AsRef<str> + Sync>(
    models: &Models,
    lines: &[S],
    options: &Options,
    now: DateTime<Utc>,
) -> Result<Vec<u8>, ServiceError> {
    let asked = AnalyzeOptions {
        session_pattern: options.session_pattern.clone(),
        terms: options.include.nlp,
        temporal: options.include.temporal,
        reading: options.reading.clone().received(now),
        ..AnalyzeOptions::default()
    };
    let report = models.analyze(&options.model, lines, &asked)?;
    let png = if options.visualization { Some(render_png(&report)?) } else { None };
    Ok(serde_json::to_vec(&Reply::new(&report, options, png.as_deref()))?)
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
            Baseline::Model { state: Arc::unwrap_or_clone(state), rules: models.rules(name)? }
        }
    };
    let comparison = compare_logs(baseline, lines, &reading);
    Ok(serde_json::to_vec(&CompareReply::new(&comparison, &options.warnings))?)
}
