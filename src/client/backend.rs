//! Who does the work: a service over HTTP, or this process.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::Utc;
use serde_json::{Map, Value, json};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig};
use ureq::typestate::WithBody;
use ureq::{Agent, RequestBuilder};

use super::args::Place;
use crate::http::Secret;
use crate::models::{Models, ModelsError, Partial};
use crate::service::{self, ServiceError};
use crate::store::CodecError;
use crate::wire::{BaselineBody, CompareOptions, MergeReply, OptionError, Options, Problem};

/// Where a service listens by default.
const DEFAULT_URL: &str = "http://127.0.0.1:5000";
/// How long the service at the default address may take to say who it is. On one machine that is a millisecond; the
/// rest is for a busy one.
const PROBE_TIMEOUT: Duration = Duration::from_millis(500);
/// How long a connection may take; the work itself may take as long as it likes.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Why the work was not done.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// No connection, or it broke.
    #[error("cannot reach the service at {url}: {source}; start oddlog-server, or use --embedded")]
    Unreachable {
        /// Its address.
        url: String,
        /// What the connection said.
        source: Box<ureq::Error>,
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

/// A service.
#[derive(Debug)]
pub(super) struct Remote {
    agent: Agent,
    url: String,
    token: Option<Secret>,
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
            Self::Remote(remote) => remote.url.clone(),
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
                let mut request = remote
                    .request(&format!("/v1/models/{}/merge", segment(model)), "application/octet-stream");
                if let Some(key) = key {
                    request = request.header("Idempotency-Key", key);
                }
                Ok(serde_json::from_slice(&remote.send(request, &partial.to_bytes()?)?)?)
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
                remote.post("/analyze_logs", &Value::Object(body))
            }
            Self::Embedded(models) => {
                let pairs: Vec<_> = options.into_iter().collect();
                let options = Options::from_pairs(&pairs)?;
                Ok(service::analyze(models, lines, &options, Utc::now())?.bytes)
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
                    BaselineBody::Model(name) => json!({"model": name}),
                };
                body.insert("baseline".to_owned(), baseline);
                remote.post("/v1/compare", &Value::Object(body))
            }
            Self::Embedded(models) => Ok(service::compare(models, baseline, lines, options, Utc::now())?),
        }
    }
}

impl Remote {
    fn new(url: &str, place: &Place) -> Result<Self, BackendError> {
        let roots = place.ca_cert.as_deref().map(roots_in).transpose()?.unwrap_or(RootCerts::WebPki);
        let agent = Agent::config_builder()
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .user_agent(concat!("oddlog/", env!("CARGO_PKG_VERSION")))
            // A service on this machine is not behind the proxy that the environment may name.
            .proxy(None)
            .build()
            .new_agent();
        let from_file = || place.token_file.as_deref().map(token_in).transpose();
        let token = place.token.clone().map_or_else(from_file, |token| Ok(Some(token)))?;
        Ok(Self { agent, url: url.trim_end_matches('/').to_owned(), token })
    }

    /// Whether an oddlog answers.
    fn is_oddlog(&self) -> bool {
        let request = self.agent.get(format!("{}/version", self.url));
        let answer = request.config().timeout_global(Some(PROBE_TIMEOUT)).build().call();
        let version = answer.ok().and_then(|mut reply| reply.body_mut().read_json::<Value>().ok());
        version.is_some_and(|version| version["name"] == "oddlog")
    }

    fn post(&self, path: &str, body: &Value) -> Result<Vec<u8>, BackendError> {
        self.send(self.request(path, "application/json"), &serde_json::to_vec(body)?)
    }

    fn request(&self, path: &str, content_type: &str) -> RequestBuilder<WithBody> {
        let request = self.agent.post(format!("{}{path}", self.url)).content_type(content_type);
        match &self.token {
            Some(token) => request.header("Authorization", format!("Bearer {}", token.reveal())),
            None => request,
        }
    }

    fn send(&self, request: RequestBuilder<WithBody>, body: &[u8]) -> Result<Vec<u8>, BackendError> {
        let unreachable =
            |source| BackendError::Unreachable { url: self.url.clone(), source: Box::new(source) };
        let mut reply = request.send(body).map_err(unreachable)?;
        let status = reply.status();
        let bytes = reply.body_mut().with_config().limit(u64::MAX).read_to_vec().map_err(unreachable)?;
        if status.is_success() {
            return Ok(bytes);
        }
        Err(BackendError::Refused { url: self.url.clone(), status: status.as_u16(), message: said(&bytes) })
    }
}

/// The token that a file holds.
fn token_in(path: &Path) -> Result<Secret, BackendError> {
    let failed = |problem: String| BackendError::File { path: path.to_owned(), problem };
    let text = std::fs::read_to_string(path).map_err(|e| failed(e.to_string()))?;
    text.trim().parse().map_err(|said| failed(format!("the token {said}")))
}

/// The certificates that a file holds, as the only ones to trust.
fn roots_in(path: &Path) -> Result<RootCerts, BackendError> {
    let failed = |problem: String| BackendError::File { path: path.to_owned(), problem };
    let bytes = std::fs::read(path).map_err(|e| failed(e.to_string()))?;
    let items: Result<Vec<_>, _> = ureq::tls::parse_pem(&bytes).collect();
    let certificates: Vec<Certificate<'static>> = items
        .map_err(|e| failed(e.to_string()))?
        .into_iter()
        .filter_map(|item| match item {
            PemItem::Certificate(certificate) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err(failed("there is no certificate in PEM".to_owned()));
    }
    Ok(RootCerts::from(certificates))
}

/// A name as one segment of a path. No right name needs that, and of a wrong one the service says what is wrong.
fn segment(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let encoded = |byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    name.bytes().map(encoded).collect()
}

/// What an error reply says: its message, or else the beginning of whatever it is.
fn said(bytes: &[u8]) -> String {
    match serde_json::from_slice::<Problem>(bytes) {
        Ok(problem) => problem.message,
        Err(_) => String::from_utf8_lossy(bytes).chars().take(300).collect(),
    }
}
