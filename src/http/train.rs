//! `POST /train` and `POST /v1/train`.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use chrono::Utc;
use tokio::runtime::Handle;
use tracing::info;

use super::audit;
use super::body::{Incoming, Payload, Unpacked};
use super::context;
use super::error::ApiError;
use super::state::App;
use super::turns::Turn;
use crate::models::{BodyHash, Models, Receipt};
use crate::service;
use crate::wire::{Format, OptionError, Options, Parts, RequestError, TrainReply, read_body};

/// Longest key, in bytes: room for several UUIDs.
const KEY_LENGTH_MAX: usize = 255;

/// Keys of a training besides `logs`, where others are refused.
const KEYS: [&str; 1] = ["model"];

/// Learns the lines of the body; answers once they are on disk.
pub(super) async fn train(state: State<App>, request: Request) -> Result<Json<TrainReply>, ApiError> {
    learn(state, request, None).await
}

/// As [`train`]; a key that is none is refused.
pub(super) async fn train_strictly(
    state: State<App>,
    request: Request,
) -> Result<Json<TrainReply>, ApiError> {
    learn(state, request, Some(&KEYS)).await
}

async fn learn(
    State(app): State<App>,
    request: Request,
    known: Option<&'static [&'static str]>,
) -> Result<Json<TrainReply>, ApiError> {
    app.expect_place()?;
    let key = idempotency_key(request.headers());
    let incoming = Incoming::of(request)?;
    let started = Instant::now();
    let models = Arc::clone(&app.models);
    let (model, reply) = if incoming.format == Format::Json {
        let payload = incoming.collect(&app).await?;
        let (place, max_lines) = (app.admit()?, app.config.max_lines);
        let work = move || {
            let _place = place;
            learn_whole(&models, &payload, max_lines, known, key)
        };
        app.compute.run(work).await?
    } else {
        let (format, query) = (incoming.format, incoming.query.clone());
        let bytes = Hashed { bytes: incoming.reader(&app).await?, hash: BodyHash::default() };
        let (parts, place) = (Parts::new(bytes, format), app.admit()?);
        // It does not wait for a turn here but for each of its parts, so that a slow sender holds nobody up.
        let (compute, handle, client) = (app.compute.clone(), Handle::current(), context::client());
        let turn = move || handle.block_on(compute.turn(&client));
        let work = move || {
            let _place = place;
            learn_parts(&models, parts, turn, format, &query, known, key)
        };
        app.compute.aside(work).await?
    };
    let (lines, duration_ms) = (reply.logs_processed, started.elapsed().as_millis());
    info!(model, lines, duration_ms, "Trained model `{model}` on {lines} lines in {duration_ms} ms");
    audit::done("train", &model, &format!("{lines} lines"));
    app.metrics.lines("train", lines as u64);
    app.publisher.trained(model);
    Ok(Json(reply))
}

/// The model, and what is answered.
type Learnt = Result<(String, TrainReply), ApiError>;

fn learn_whole(
    models: &Models,
    payload: &Payload,
    max_lines: usize,
    known: Option<&[&str]>,
    key: Result<Option<String>, OptionError>,
) -> Learnt {
    let bytes = payload.unpack()?;
    let body = read_body(payload.format, &bytes, payload.query.clone(), max_lines)?;
    let options = match known {
        Some(known) => body.options_among(known),
        None => body.options(),
    }?;
    let mut hash = BodyHash::default();
    hash.add(&bytes);
    let receipt = key?.map(|key| receipt(&key, hash, payload.format, &payload.query));
    let model = options.model.clone();
    Ok((model, service::train(models, &body.lines, options, receipt)?))
}

/// Counts rows while they come, and learns them all at once, so that a training is never half done.
fn learn_parts(
    models: &Models,
    mut parts: Parts<Hashed>,
    turn: impl Fn() -> Turn,
    format: Format,
    query: &[(String, String)],
    known: Option<&[&str]>,
    key: Result<Option<String>, OptionError>,
) -> Learnt {
    let next = |parts: &mut Parts<Hashed>| -> Result<Option<String>, ApiError> {
        parts.next_part().map_err(|said| parts.source().bytes.fault(said))
    };
    let mut part = next(&mut parts)?.ok_or(RequestError::EmptyBody)?;
    let options = match known {
        Some(known) => Options::of_query_among(query.to_vec(), known),
        None => Options::of_query(query.to_vec()),
    };
    let (mut options, key) = (options?, key?);
    let mut learnt = models.counting(&options.model).map_err(service::ServiceError::from)?;
    loop {
        let turn = turn();
        learnt.count(&parts.lines(&part));
        drop(turn);
        match next(&mut parts)? {
            Some(next) => part = next,
            None => break,
        }
    }
    options.warnings.extend(parts.warnings());
    let hash = std::mem::take(&mut parts.source().hash);
    let receipt = key.map(|key| receipt(&key, hash, format, query));
    let model = options.model.clone();
    let _turn = turn();
    Ok((model, service::train_counted(models, &learnt, options, receipt)?))
}

/// The bytes of a body, and the hash of those that were read.
struct Hashed {
    bytes: Unpacked,
    hash: BodyHash,
}

impl Read for Hashed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n_read = self.bytes.read(into)?;
        self.hash.add(&into[..n_read]);
        Ok(n_read)
    }
}

/// The header's value, under which a training counts once.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, OptionError> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().unwrap_or_default();
    if key.is_empty() || key.len() > KEY_LENGTH_MAX {
        let problem = format!("should be 1 to {KEY_LENGTH_MAX} visible ASCII characters");
        return Err(OptionError { key: "Idempotency-Key".into(), problem });
    }
    Ok(Some(key.to_owned()))
}

/// What makes two trainings the same: their bytes unpacked, how these are to be read, and the query.
fn receipt(key: &str, mut bytes: BodyHash, format: Format, query: &[(String, String)]) -> Receipt {
    bytes.end_part();
    bytes.add(format!("{format:?}").as_bytes());
    bytes.end_part();
    for part in query.iter().flat_map(|(key, value)| [key, value]) {
        bytes.add(part.as_bytes());
        bytes.end_part();
    }
    bytes.receipt(key, Utc::now().timestamp())
}
