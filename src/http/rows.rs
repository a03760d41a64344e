//! An analysis that is answered in rows as its lines are judged.

use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use chrono::Utc;
use http_body::Frame;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tracing::Span;

use super::analyze::Keys;
use super::body::{Incoming, Payload, Unpacked};
use super::compute::Compute;
use super::context;
use super::error::ApiError;
use super::metrics::Metrics;
use super::state::App;
use super::turns::{Client, Turn};
use crate::models::Models;
use crate::service::{self, Rows};
use crate::wire::{Format, Options, Parts, RequestError, error_row, read_body};

/// The content type of rows.
pub(super) const NDJSON: &str = "application/x-ndjson";

/// Pieces of the answer that wait to be taken.
const WAITING: usize = 2;

/// Answers in rows. A fault that is found before the first row has its own status; one that is found later is the last row.
pub(super) async fn answer(app: &App, incoming: Incoming, keys: Keys) -> Result<Response, ApiError> {
    let (pieces, mut taken) = mpsc::channel(WAITING);
    let work = Work {
        models: Arc::clone(&app.models),
        compute: app.compute.clone(),
        client: context::client(),
        metrics: app.metrics.clone(),
        handle: Handle::current(),
        pieces,
        pause: app.config.read_timeout(),
        limit_bytes: app.config.body_limit_bytes,
        max_lines: app.config.max_lines,
        keys,
    };
    let run: Box<dyn FnOnce() + Send> = if incoming.format == Format::Json {
        let payload = incoming.collect(app).await?;
        Box::new(move || work.end(|work| work.whole(&payload)))
    } else {
        let (format, query) = (incoming.format, incoming.query.clone());
        let bytes = incoming.reader(app).await?;
        Box::new(move || work.end(|work| work.parts(format, query, bytes)))
    };
    let place = app.admit()?;
    // It does not wait for a turn here but for each of its parts, so that a slow sender holds nobody up.
    let span = Span::current();
    tokio::task::spawn_blocking(move || {
        span.in_scope(run);
        drop(place);
    });
    let first = taken.recv().await.unwrap_or(Err(ApiError::Bug))?;
    let body = Body::new(Pieces { first: Some(first), taken, is_over: false });
    Ok(([(header::CONTENT_TYPE, NDJSON)], body).into_response())
}

/// The client takes no more.
struct Gone;

/// Why work ends before its end.
enum End {
    Fault(ApiError),
    Gone,
}

impl<E: Into<ApiError>> From<E> for End {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

impl From<Gone> for End {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

struct Work {
    models: Arc<Models>,
    compute: Compute,
    client: Client,
    metrics: Metrics,
    handle: Handle,
    pieces: mpsc::Sender<Result<Bytes, ApiError>>,
    /// How long the client may take nothing.
    pause: Duration,
    /// Of a body that must be read whole.
    limit_bytes: usize,
    max_lines: usize,
    keys: Keys,
}

impl Work {
    fn end(self, work: impl FnOnce(&Self) -> Result<(), End>) {
        if let Err(End::Fault(error)) = work(&self) {
            // A client that is gone learns nothing more.
            let _ = self.send(Err(error));
        }
    }

    fn send(&self, piece: Result<Bytes, ApiError>) -> Result<(), Gone> {
        let sent = self.handle.block_on(timeout(self.pause, self.pieces.send(piece)));
        sent.map_err(|_| Gone)?.map_err(|_| Gone)
    }

    fn write(&self, rows: Vec<u8>) -> Result<(), Gone> {
        if rows.is_empty() { Ok(()) } else { self.send(Ok(rows.into())) }
    }

    fn turn(&self) -> Turn {
        self.handle.block_on(self.compute.turn(&self.client))
    }

    /// A body of JSON, which is read whole.
    fn whole(&self, payload: &Payload) -> Result<(), End> {
        let turn = self.turn();
        let bytes = payload.unpack()?;
        let body = read_body(payload.format, &bytes, payload.query.clone(), self.max_lines)?;
        let options = self.keys.options(&body)?;
        self.all(&body.lines, &options, turn)
    }

    /// All lines at once.
    fn all<S: AsRef<str> + Sync>(&self, lines: &[S], options: &Options, turn: Turn) -> Result<(), End> {
        let mut is_gone = false;
        let counts = service::analyze_as_rows(&self.models, lines, options, Utc::now(), |rows| {
            is_gone = self.write(rows).is_err();
            !is_gone
        })?;
        drop(turn);
        self.metrics.analyzed(&options.model, counts);
        if is_gone { Err(End::Gone) } else { Ok(()) }
    }

    /// Rows of text, a part at a time.
    fn parts(&self, format: Format, query: Vec<(String, String)>, bytes: Unpacked) -> Result<(), End> {
        let mut parts = Parts::new(bytes, format);
        let Some(mut part) = self.next(&mut parts)? else { return Err(RequestError::EmptyBody.into()) };
        let options = self.keys.options_of_query(query)?;
        let Some(mut rows) = Rows::begin(&self.models, &options, Utc::now())? else {
            return self.gathered(parts, part, options);
        };
        loop {
            let turn = self.turn();
            let piece = rows.rows(parts.lines(&part))?;
            drop(turn);
            self.write(piece)?;
            match self.next(&mut parts)? {
                Some(next) => part = next,
                None => break,
            }
        }
        let turn = self.turn();
        let last = rows.finish(parts.warnings())?;
        drop(turn);
        self.metrics.analyzed(&options.model, last.counts);
        Ok(self.write(last.bytes)?)
    }

    /// Rows of text that are needed all before the first can be judged.
    fn gathered(&self, mut parts: Parts<Unpacked>, first: String, mut options: Options) -> Result<(), End> {
        let mut lines: Vec<String> = Vec::new();
        let (mut size, mut part) = (0, first);
        loop {
            size += part.len();
            if size > self.limit_bytes {
                return Err(ApiError::WholeTooLarge(self.limit_bytes).into());
            }
            lines.extend(parts.lines(&part).into_iter().map(Cow::into_owned));
            if lines.len() > self.max_lines {
                return Err(RequestError::TooManyLines(self.max_lines).into());
            }
            match self.next(&mut parts)? {
                Some(next) => part = next,
                None => break,
            }
        }
        options.warnings.extend(parts.warnings());
        self.all(&lines, &options, self.turn())
    }

    fn next(&self, parts: &mut Parts<Unpacked>) -> Result<Option<String>, End> {
        parts.next_part().map_err(|said| End::Fault(parts.source().fault(said)))
    }
}

/// The answer, piece by piece.
struct Pieces {
    first: Option<Bytes>,
    taken: mpsc::Receiver<Result<Bytes, ApiError>>,
    is_over: bool,
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        if self.is_over {
            return Poll::Ready(None);
        }
        self.taken.poll_recv(context).map(|piece| {
            let bytes = match piece? {
                Ok(bytes) => bytes,
                Err(error) => {
                    self.is_over = true;
                    error_row(error.code(), &error.to_string()).into()
                }
            };
            Some(Ok(Frame::data(bytes)))
        })
    }
}
