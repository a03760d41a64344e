//! A service over HTTP.

use std::cell::RefCell;
use std::convert::Infallible;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::channel::{Channel, Sender};
use reqwest::{Body, Certificate, Client, RequestBuilder, Response};
use serde_json::{Map, Value};
use tokio::runtime::{Builder, Runtime};

use super::ClientError;
use super::args::Place;
use super::backend::{BackendError, Exchange};
use crate::http::{Secret, outgoing};
use crate::wire::Problem;

/// How long the service at the default address may take to say who it is. On one machine that is a millisecond; the
/// rest is for a busy one.
const PROBE_TIMEOUT: Duration = Duration::from_millis(500);
/// How long a connection may take; the work itself may take as long as it likes.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A service.
#[derive(Debug)]
pub(super) struct Remote {
    runtime: Runtime,
    client: Client,
    url: String,
    token: Option<Secret>,
}

impl Remote {
    pub(super) fn new(url: &str, place: &Place) -> Result<Self, BackendError> {
        let unusable = |problem: String| BackendError::Unreachable { url: url.to_owned(), problem };
        let mut client = outgoing().connect_timeout(CONNECT_TIMEOUT);
        if let Some(path) = &place.ca_cert {
            client = client.tls_certs_only(certificates_in(path)?);
        }
        let from_file = || place.token_file.as_deref().map(token_in).transpose();
        Ok(Self {
            runtime: Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|e| unusable(e.to_string()))?,
            client: client.build().map_err(|e| unusable(because(&e)))?,
            url: url.trim_end_matches('/').to_owned(),
            token: place.token.clone().map_or_else(from_file, |token| Ok(Some(token)))?,
        })
    }

    /// Whether an oddlog answers.
    pub(super) fn is_oddlog(&self) -> bool {
        let request = self.client.get(format!("{}/version", self.url)).timeout(PROBE_TIMEOUT);
        let answer = self.runtime.block_on(async { request.send().await?.bytes().await });
        let version = answer.ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        version.is_some_and(|version| version["name"] == "oddlog")
    }

    /// Its address.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> Result<Vec<u8>, BackendError> {
        self.send(self.request(path, "application/json"), serde_json::to_vec(body)?)
    }

    pub(super) fn request(&self, path: &str, content_type: &str) -> RequestBuilder {
        let request = self.client.post(format!("{}{path}", self.url)).header("Content-Type", content_type);
        match &self.token {
            Some(token) => request.bearer_auth(token.reveal()),
            None => request,
        }
    }

    pub(super) fn send(&self, request: RequestBuilder, body: Vec<u8>) -> Result<Vec<u8>, BackendError> {
        self.runtime.block_on(async {
            let reply = self.accepted(request.body(body).send().await).await?;
            Ok(reply.bytes().await.map_err(|e| self.failed(&e))?.into())
        })
    }

    /// Sends lines and takes rows at the same time, because a service that nobody listens to waits.
    pub(super) fn stream<E: Exchange>(
        &self,
        options: &Map<String, Value>,
        exchange: &RefCell<E>,
    ) -> Result<(), ClientError> {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (key, value) in options {
            query.append_pair(key, &value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
        let path = format!("/analyze_logs?{}", query.finish());
        let request = self.request(&path, "application/x-ndjson").header("Accept", "application/x-ndjson");
        let (sender, body) = Channel::<Bytes>::new(1);
        self.runtime.block_on(async {
            let mut feed = pin!(feed(sender, exchange));
            let mut take = pin!(async {
                let mut reply = self.accepted(request.body(Body::wrap(body)).send().await).await?;
                while let Some(bytes) = reply.chunk().await.map_err(|e| self.failed(&e))? {
                    exchange.borrow_mut().rows(&bytes)?;
                }
                Ok::<_, ClientError>(())
            });
            // The answer may end before all is sent, where something is wrong with it; it says what.
            tokio::select! {
                fed = &mut feed => { fed?; take.await }
                taken = &mut take => taken,
            }
        })
    }

    /// A reply of success; of another, what it says.
    async fn accepted(&self, reply: reqwest::Result<Response>) -> Result<Response, BackendError> {
        let reply = reply.map_err(|e| self.failed(&e))?;
        let status = reply.status();
        if status.is_success() {
            return Ok(reply);
        }
        let bytes = reply.bytes().await.map_err(|e| self.failed(&e))?;
        Err(BackendError::Refused { url: self.url.clone(), status: status.as_u16(), message: said(&bytes) })
    }

    /// What is to be told of a request without an answer, or with half of one.
    fn failed(&self, error: &reqwest::Error) -> BackendError {
        let (url, problem) = (self.url.clone(), because(error));
        if error.is_connect() || error.is_builder() {
            BackendError::Unreachable { url, problem }
        } else {
            BackendError::Broken { url, problem }
        }
    }
}

/// Sends all lines as rows of NDJSON. A service that takes no more has said why.
async fn feed<E: Exchange>(
    mut sender: Sender<Bytes, Infallible>,
    exchange: &RefCell<E>,
) -> Result<(), ClientError> {
    loop {
        // Taken out before anything is waited for.
        let lines = exchange.borrow_mut().lines()?;
        let Some(lines) = lines else { return Ok(()) };
        let mut rows = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut rows, &line).map_err(BackendError::from)?;
            rows.push(b'\n');
        }
        if sender.send_data(rows.into()).await.is_err() {
            return Ok(());
        }
    }
}

/// The cause of all, which the text of a request that failed does not name.
fn because(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// The token that a file holds.
fn token_in(path: &Path) -> Result<Secret, BackendError> {
    let failed = |problem: String| BackendError::File { path: path.to_owned(), problem };
    let text = std::fs::read_to_string(path).map_err(|e| failed(e.to_string()))?;
    text.trim().parse().map_err(|said| failed(format!("the token {said}")))
}

/// The certificates that a file holds, as the only ones to trust.
fn certificates_in(path: &Path) -> Result<Vec<Certificate>, BackendError> {
    let failed = |problem: String| BackendError::File { path: path.to_owned(), problem };
    let bytes = std::fs::read(path).map_err(|e| failed(e.to_string()))?;
    let certificates = Certificate::from_pem_bundle(&bytes).map_err(|e| failed(because(&e)))?;
    if certificates.is_empty() {
        return Err(failed("there is no certificate in PEM".to_owned()));
    }
    Ok(certificates)
}

/// A name as one segment of a path. No right name needs that, and of a wrong one the service says what is wrong.
pub(super) fn segment(name: &str) -> String {
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
