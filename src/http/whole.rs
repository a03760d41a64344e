//! A request with lines that is read whole and answered in one piece.

use std::sync::Arc;

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

/// What `work` makes of the request, which waits for its turn.
pub(super) async fn answer<A: Send + 'static>(
    app: &App,
    incoming: Incoming,
    work: impl FnOnce(&Models, Asked<'_>) -> Result<A, ApiError> + Send + 'static,
) -> Result<A, ApiError> {
    let payload = incoming.collect(app).await?;
    let place = app.admit()?;
    let models = Arc::clone(&app.models);
    let answer = app.compute.run(move || {
        // Also when the client is gone by now, and nobody waits for this any more.
        let _place = place;
        let bytes = payload.unpack()?;
        work(&models, Asked { format: payload.format, bytes: &bytes, query: payload.query })
    });
    answer.await
}
