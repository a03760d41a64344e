//! A request with lines that is read whole and answered in one piece.

use std::sync::Arc;

use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::body::Incoming;
use super::error::ApiError;
use super::state::App;
use crate::models::Models;
use crate::wire::Format;

/// What was asked: how the body is written, its bytes, and the query.
pub(super) struct Asked<'b> {
    pub(super) format: Format,
    pub(super) bytes: &'b [u8],
    pub(super) query: Vec<(String, String)>,
}

/// Answers with what `work` makes of the request, which waits for its turn.
pub(super) async fn answer(
    app: &App,
    incoming: Incoming,
    content_type: &'static str,
    work: impl FnOnce(&Models, Asked<'_>) -> Result<Vec<u8>, ApiError> + Send + 'static,
) -> Result<Response, ApiError> {
    let payload = incoming.collect(&app.config).await?;
    let models = Arc::clone(&app.models);
    let reply = app.compute.run(move || {
        let bytes = payload.unpack()?;
        work(&models, Asked { format: payload.format, bytes: &bytes, query: payload.query })
    });
    Ok(([(header::CONTENT_TYPE, content_type)], reply.await?).into_response())
}
