//! `POST /v1/models/{name}/merge`.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::{Path, Request, State};
use chrono::Utc;
use tracing::info;

use super::audit;
use super::body::Payload;
use super::error::ApiError;
use super::state::App;
use super::train::idempotency_key;
use crate::models::Partial;
use crate::service;
use crate::wire::{MergeReply, RequestError, no_query};

/// Learns the partial state in the body; answers once it is on disk.
pub(super) async fn merge(
    State(app): State<App>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Json<MergeReply>, ApiError> {
    app.expect_place()?;
    let key = idempotency_key(request.headers());
    let payload = Payload::read_octets(request, &app).await?;
    let place = app.admit()?;
    let models = Arc::clone(&app.models);
    let started = Instant::now();
    let reply = app
        .compute
        .run(move || {
            let _place = place;
            let bytes = payload.unpack()?;
            if bytes.is_empty() {
                return Err(RequestError::NoState.into());
            }
            let partial = Partial::from_bytes(&bytes)?;
            no_query(&payload.query)?;
            let key = key?;
            Ok(service::merge(&models, &name, &partial, key.as_deref(), Utc::now())?)
        })
        .await?;
    let (model, lines, duration_ms) = (&reply.model, reply.lines_merged, started.elapsed().as_millis());
    info!(model, lines, duration_ms, "Merged {lines} lines into model `{model}` in {duration_ms} ms");
    audit::done("merge", model, &format!("{lines} lines"));
    app.metrics.lines("merge", lines);
    app.publisher.trained(reply.model.clone());
    Ok(Json(reply))
}
