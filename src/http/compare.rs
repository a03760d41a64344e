//! `POST /v1/compare`.

use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::Utc;

use super::body::Incoming;
use super::error::ApiError;
use super::state::App;
use super::whole;
use crate::service;
use crate::wire::read_compare;

/// Says how the lines of the body differ from its baseline; learns nothing.
pub(super) async fn compare(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    app.expect_place()?;
    let incoming = Incoming::of(request)?;
    let max_lines = app.config.max_lines;
    let (lines, reply) = whole::answer(&app, incoming, move |models, asked| {
        let body = read_compare(asked.format, asked.bytes, asked.query, max_lines)?;
        let options = body.options()?;
        let lines = body.lines.len() as u64;
        Ok((lines, service::compare(models, &body.baseline, &body.lines, &options, Utc::now())?))
    })
    .await?;
    app.metrics.lines("compare", lines);
    Ok(([(header::CONTENT_TYPE, "application/json")], reply).into_response())
}
