//! The HTTP service: requests to [`crate::service`], its answers and refusals to replies.
//!
//! All routes are on this screen. No CPU work happens on the threads that serve connections: [`compute`] is the
//! one place where it leaves them.

mod accept;
mod analyze;
mod body;
mod compare;
mod compute;
mod config;
mod error;
mod frames;
mod guard;
mod log;
mod merge;
mod models;
mod publisher;
mod rows;
mod serve;
mod state;
mod status;
mod train;
mod whole;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{delete, get, post};
use tower_http::catch_panic::CatchPanicLayer;

pub use config::{Config, ConfigError};
pub use serve::{ServeError, serve, serve_until};
pub use state::App;

/// Every route of the service.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/train", post(train::train))
        .route("/analyze_logs", post(analyze::analyze))
        .route("/v1/compare", post(compare::compare))
        .route("/health", get(status::health))
        .route("/ready", get(status::ready))
        .route("/version", get(status::version))
        .route("/v1/train", post(train::train_strictly))
        .route("/v1/analyze", post(analyze::analyze_strictly))
        .route("/v1/models", get(models::list))
        .route("/v1/models/{name}", get(models::show).delete(models::remove))
        .route("/v1/models/{name}/slices", delete(models::forget))
        .route("/v1/models/{name}/generations", get(models::generations))
        .route("/v1/models/{name}/rollback", post(models::roll_back))
        .route("/v1/models/{name}/events", get(models::events))
        .route("/v1/models/{name}/settings", get(models::settings).put(models::set))
        .route("/v1/models/{name}/merge", post(merge::merge))
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(from_fn_with_state(app.clone(), guard::refuse_other_sites))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(from_fn(log::request))
        .with_state(app)
}
