//! `POST /v1/compare`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header;
use axum::response::IntoResponse;
use chrono::Utc;

use super::body::Payload;
use super::error::ApiError;
use super::state::App;
use crate::service;
use crate::wire::read_compare;

/// Says how the lines of the body differ from its baseline; learns nothing.
pub(super) async fn compare(State(app): State<App>, request: Request) -> Result<impl IntoResponse, ApiError> {
    let _place = app.admit()?;
    let payload = Payload::read(request, &app.config).await?;
    let models = Arc::clone(&app.models);
    let reply = app
        .compute
        .run(move || {
            let bytes = payload.unpack()?;
            let body = read_compare(payload.format, &bytes, payload.query)?;
            let options = body.options()?;
            Ok(service::compare(&models, &body.baseline, &body.lines, &options, Utc::now())?)
        })
        .await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], reply))
}
