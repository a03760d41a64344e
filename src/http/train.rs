//! `POST /train`.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::{Request, State};
use tracing::info;

use super::body::Payload;
use super::error::ApiError;
use super::state::App;
use crate::service;
use crate::wire::{TrainReply, read_body};

/// Learns the lines of the body; answers once they are on disk.
pub(super) async fn train(State(app): State<App>, request: Request) -> Result<Json<TrainReply>, ApiError> {
    let _place = app.admit()?;
    let payload = Payload::read(request, &app.config).await?;
    let models = Arc::clone(&app.models);
    let started = Instant::now();
    let (model, reply) = app
        .compute
        .run(move || {
            let bytes = payload.unpack()?;
            let body = read_body(payload.format, &bytes, payload.query)?;
            let options = body.options()?;
            let model = options.model.clone();
            Ok((model, service::train(&models, &body.lines, options)?))
        })
        .await?;
    let (lines, duration_ms) = (reply.logs_processed, started.elapsed().as_millis());
    info!(model, lines, duration_ms, "Trained model `{model}` on {lines} lines in {duration_ms} ms");
    app.publisher.trained(model);
    Ok(Json(reply))
}
