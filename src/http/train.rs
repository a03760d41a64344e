//! `POST /train` and `POST /v1/train`.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use chrono::Utc;
use tracing::info;

use super::audit;
use super::body::Payload;
use super::error::ApiError;
use super::state::App;
use crate::models::Receipt;
use crate::service;
use crate::wire::{Body, OptionError, Options, TrainReply, read_body};

/// Longest key, in bytes: room for several UUIDs.
const KEY_LENGTH_MAX: usize = 255;

/// Learns the lines of the body; answers once they are on disk.
pub(super) async fn train(state: State<App>, request: Request) -> Result<Json<TrainReply>, ApiError> {
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method is not general enough in its lifetime"
    )]
    learn(state, request, |body| body.options()).await
}

/// As [`train`]; a key that is none is refused.
pub(super) async fn train_strictly(
    state: State<App>,
    request: Request,
) -> Result<Json<TrainReply>, ApiError> {
    learn(state, request, |body| body.options_among(&["model"])).await
}

async fn learn(
    State(app): State<App>,
    request: Request,
    options: impl FnOnce(&Body<'_>) -> Result<Options, OptionError> + Send + 'static,
) -> Result<Json<TrainReply>, ApiError> {
    let _place = app.admit()?;
    let key = idempotency_key(request.headers());
    let payload = Payload::read(request, &app.config).await?;
    let models = Arc::clone(&app.models);
    let started = Instant::now();
    let (model, reply) = app
        .compute
        .run(move || {
            let bytes = payload.unpack()?;
            let body = read_body(payload.format, &bytes, payload.query.clone())?;
            let options = options(&body)?;
            let receipt = key?.map(|key| receipt(&key, &payload, &bytes));
            let model = options.model.clone();
            Ok((model, service::train(&models, &body.lines, options, receipt)?))
        })
        .await?;
    let (lines, duration_ms) = (reply.logs_processed, started.elapsed().as_millis());
    info!(model, lines, duration_ms, "Trained model `{model}` on {lines} lines in {duration_ms} ms");
    audit::done("train", &model, &format!("{lines} lines"));
    app.metrics.lines("train", lines as u64);
    app.publisher.trained(model);
    Ok(Json(reply))
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
fn receipt(key: &str, payload: &Payload, bytes: &[u8]) -> Receipt {
    let format = format!("{:?}", payload.format);
    let mut parts = vec![bytes, format.as_bytes()];
    parts.extend(payload.query.iter().flat_map(|(key, value)| [key.as_bytes(), value.as_bytes()]));
    Receipt::new(key, &parts, Utc::now().timestamp())
}
