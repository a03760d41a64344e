//! Who does the work: a service over HTTP, or this process.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::Write;
use std::path::PathBuf;

use chrono::Utc;
use serde_json::{Map, Value, json};

use super::ClientError;
use super::args::Place;
use super::remote::{Remote, segment};
use crate::models::{Models, ModelsError, Partial};
use crate::service::{self, Form, Rows, ServiceError};
use crate::store::CodecError;
use crate::wire::{BaselineBody, CompareOptions, MergeReply, OptionError, Options, dates_of};

/// Where a service listens by default.
const DEFAULT_URL: &str = "http://127.0.0.1:5000";

/// Why the work was not done.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// No connection.
    #[error("cannot reach the service at {url}: {problem}; start oddlog-server, or use --embedded")]
    Unreachable {
        /// Its address.
        url: String,
        /// What the connection said.
        problem: String,
    },
    /// A connection that was there, and broke.
    #[error(
        "the connection to the service at {url} broke: {problem}; the service was stopped, or did not wait longer, and its log says which"
    )]
    Broken {
        /// Its address.
        url: String,
        /// What the connection said.
        problem: String,
    },
    /// The service refused.
    #[error("the service at {url} answered {status}: {message}")]
    Refused {
        /// Its address.
        url: String,
        /// The status.
        status: u16,
        /// What it said.
        message: String,
    },
    /// The file of the token or of the certificate.
    #[error("cannot use `{}`: {problem}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was found.
        problem: String,
    },
    /// The models folder of this process.
    #[error("cannot open the models in `{}`: {source}", .dir.display())]
    Open {
        /// The folder.
        dir: PathBuf,
        /// Why.
        source: ModelsError,
    },
    /// An option.
    #[error(transparent)]
    Option(#[from] OptionError),
    /// The work in this process.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The request or the reply of a training could not be written or read as JSON.
    #[error("JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A state could not be encoded, which is a bug.
    #[error(transparent)]
    Encode(#[from] CodecError),
    /// A remark could not be printed.
    #[error("cannot print: {0}")]
    Print(#[from] std::io::Error),
}

/// Who does the work.
#[derive(Debug)]
pub(super) enum Backend {
    /// A service.
    Remote(Remote),
    /// This process.
    Embedded(Box<Models>),
}

/// A log that is judged as it is read: where its lines come from, and where the rows on them go.
pub(super) trait Exchange {
    /// The next lines; `None` at the end.
    fn lines(&mut self) -> Result<Option<Vec<String>>, ClientError>;

    /// Takes the next bytes of the answer, which may end within a row.
    fn rows(&mut self, bytes: &[u8]) -> Result<(), ClientError>;
}

impl Backend {
    /// The service that was named, or the one at the default address, or this process, saying so on `err`.
    pub(super) fn choose(place: &Place, err: &mut dyn Write) -> Result<Self, BackendError> {
        if let Some(url) = &place.url {
            return Ok(Self::Remote(Remote::new(url, place)?));
        }
        if !place.embedded {
            let local = Remote::new(DEFAULT_URL, place)?;
            if local.is_oddlog() {
                return Ok(Self::Remote(local));
            }
            let dir = place.models_dir.display();
            writeln!(
                err,
                "No oddlog-server at {DEFAULT_URL}: working in this process, with the models in `{dir}`."
            )?;
        }
        let models = Models::open(&place.models_dir)
            .map_err(|source| BackendError::Open { dir: place.models_dir.clone(), source })?;
        Ok(Self::Embedded(Box::new(models)))
    }

    /// Who it is, in words.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Remote(remote) => remote.url().to_owned(),
            Self::Embedded(_) => "this process".to_owned(),
        }
    }

    /// Learns a batch of lines. Returns how many were learnt.
    pub(super) fn train(&self, lines: &[String], model: &str) -> Result<usize, BackendError> {
        match self {
            Self::Remote(remote) => {
                let reply = remote.post("/train", &json!({"logs": lines, "model": model}))?;
                let reply: Value = serde_json::from_slice(&reply)?;
                let processed = reply["logs_processed"].as_u64().and_then(|n| usize::try_from(n).ok());
                Ok(processed.unwrap_or(lines.len()))
            }
            Self::Embedded(models) => {
                let options = Options { model: model.to_owned(), ..Options::default() };
                Ok(service::train(models, lines, options, None)?.logs_processed)
            }
        }
    }

    /// Lets a model learn what was counted elsewhere; once, where there is a key.
    pub(super) fn merge(
        &self,
        model: &str,
        partial: &Partial,
        key: Option<&str>,
    ) -> Result<MergeReply, BackendError> {
        match self {
            Self::Remote(remote) => {
                let path = format!("/v1/models/{}/merge", segment(model));
                let mut request = remote.request(&path, "application/octet-stream");
                if let Some(key) = key {
                    request = request.header("Idempotency-Key", key);
                }
                Ok(serde_json::from_slice(&remote.send(request, partial.to_bytes()?)?)?)
            }
            Self::Embedded(models) => Ok(service::merge(models, model, partial, key, Utc::now())?),
        }
    }

    /// Fits what was learnt. A service does that by itself.
    pub(super) fn finish_training(&self) -> Result<(), BackendError> {
        match self {
            Self::Remote(_) => Ok(()),
            Self::Embedded(models) => Ok(models.publish_all().map_err(ServiceError::from)?),
        }
    }

    /// Judges lines. `options` are the request's members beside `logs`. Returns the reply as JSON.
    pub(super) fn analyze(
        &self,
        lines: &[String],
        options: Map<String, Value>,
    ) -> Result<Vec<u8>, BackendError> {
        match self {
            Self::Remote(remote) => {
                let mut body = options;
                body.insert("logs".to_owned(), lines.into());
                remote.post("/analyze_logs", &Value::Object(body)).map_err(|error| match error {
                    BackendError::Refused { url, status: 413, message } => {
                        let message =
                            format!("{message}; --stream judges a log of any size, by a trained model");
                        BackendError::Refused { url, status: 413, message }
                    }
                    error => error,
                })
            }
            Self::Embedded(models) => {
                let pairs: Vec<_> = options.into_iter().collect();
                let options = Options::from_pairs(&pairs)?;
                Ok(service::analyze(models, lines, &options, Form::Reply, Utc::now())?.bytes)
            }
        }
    }

    /// Judges lines as they come, and gives the rows on them as they are made.
    pub(super) fn stream<E: Exchange>(
        &self,
        options: Map<String, Value>,
        exchange: &RefCell<E>,
    ) -> Result<(), ClientError> {
        match self {
            Self::Remote(remote) => remote.stream(&options, exchange),
            Self::Embedded(models) => {
                let pairs: Vec<_> = options.into_iter().collect();
                let options = Options::from_pairs(&pairs).map_err(BackendError::from)?;
                let mut exchange = exchange.borrow_mut();
                let begun = Rows::begin(models, &options, Utc::now()).map_err(BackendError::from)?;
                let Some(mut rows) = begun else { return Err(ClientError::Untrained(options.model)) };
                while let Some(lines) = exchange.lines()? {
                    let lines = lines.into_iter().map(Cow::Owned).collect();
                    exchange.rows(&rows.rows(lines).map_err(BackendError::from)?)?;
                }
                exchange.rows(&rows.finish(Vec::new()).map_err(BackendError::from)?.bytes)
            }
        }
    }

    /// Says how lines differ from a baseline. Returns the reply as JSON.
    pub(super) fn compare(
        &self,
        baseline: &BaselineBody<String>,
        lines: &[String],
        options: &CompareOptions,
    ) -> Result<Vec<u8>, BackendError> {
        match self {
            Self::Remote(remote) => {
                let mut body: Map<String, Value> = options.pairs().into_iter().collect();
                body.insert("logs".to_owned(), lines.into());
                let baseline = match baseline {
                    BaselineBody::Lines(lines) => lines.as_slice().into(),
                    BaselineBody::Model(name) => {
                        let mut model = json!({"model": name});
                        if let Some(first_and_last) = options.baseline_days.as_ref().and_then(dates_of) {
                            (model["from"], model["to"]) = (first_and_last.0.into(), first_and_last.1.into());
                        }
                        model
                    }
                };
                body.insert("baseline".to_owned(), baseline);
                remote.post("/v1/compare", &Value::Object(body))
            }
            Self::Embedded(models) => Ok(service::compare(models, baseline, lines, options, Utc::now())?),
        }
    }
}
