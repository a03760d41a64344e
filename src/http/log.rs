//! One line per request in the log. Nothing that a user sent is in it but the method and the path.

use std::time::Instant;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use tracing::debug;

/// Logs a request once it is answered.
pub(super) async fn request(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let path: String = request.uri().path().chars().take(200).collect();
    let started = Instant::now();
    let response = next.run(request).await;
    let (status, duration_ms) = (response.status().as_u16(), started.elapsed().as_millis());
    debug!(%method, path, status, duration_ms, "{method} {path:?} answered {status} in {duration_ms} ms");
    response
}
