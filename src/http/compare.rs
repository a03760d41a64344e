//! `POST /v1/compare`.

use axum::extract::{Request, State};
use axum::response::Response;
use chrono::Utc;

use super::body::Incoming;
use super::error::ApiError;
use super::state::App;
use super::whole;
use crate::service;
use crate::wire::read_compare;

/// Says how the lines of the body differ from its baseline; learns nothing.
pub(super) async fn compare(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    let _place = app.admit()?;
    let incoming = Incoming::of(request)?;
    whole::answer(&app, incoming, "application/json", |models, asked| {
        let body = read_compare(asked.format, asked.bytes, asked.query)?;
        let options = body.options()?;
        Ok(service::compare(models, &body.baseline, &body.lines, &options, Utc::now())?)
    })
    .await
}
