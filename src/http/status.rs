//! `GET /health`, `/ready` and `/version`.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::state::App;

/// Alive: the process answers.
pub(super) async fn health() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// Ready: the models are loaded. They are before the first connection is accepted, so this says how many.
pub(super) async fn ready(State(app): State<App>) -> Json<Value> {
    Json(json!({"status": "ready", "models": app.models.names().len()}))
}

/// Which program this is, so that a client can tell it from another at the same port.
pub(super) async fn version() -> Json<Value> {
    Json(json!({"name": "oddlog", "version": env!("CARGO_PKG_VERSION")}))
}
