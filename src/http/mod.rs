//! The HTTP service: requests to [`crate::service`], its answers and refusals to replies.
//!
//! All routes are on this screen, and in [`routes`] what each needs and answers. No CPU work happens on the threads that serve connections: [`compute`] is the
//! one place where it leaves them.

mod access;
mod accept;
mod analyze;
mod arrival;
mod audit;
mod body;
mod compare;
mod compute;
mod config;
mod connections;
mod context;
mod docs;
mod error;
mod feedback;
mod frames;
mod guard;
mod headers;
mod health;
mod merge;
mod metrics;
mod models;
mod openapi;
mod outgoing;
mod patience;
mod places;
mod publisher;
mod routes;
mod rows;
mod serve;
mod state;
mod status;
mod tls;
mod token;
mod train;
mod turns;
mod whole;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post};
use tower_http::catch_panic::CatchPanicLayer;

pub use access::{AccessError, make_first_token, tokens};
pub use config::{Config, ConfigError, LogFormat};
pub use health::health_check;
pub use outgoing::outgoing;
pub use serve::{ServeError, check, serve, serve_until};
pub use state::App;
pub use tls::TlsError;
pub use token::{Holder, Right, Secret, TokenError, Tokens};

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
        .route("/v1/models/{name}/similar", get(models::similar))
        .route("/v1/models/{name}/settings", get(models::settings).put(models::set))
        .route(
            "/v1/models/{name}/feedback",
            get(feedback::list).post(feedback::mark).delete(feedback::unmark),
        )
        .route("/v1/models/{name}/merge", post(merge::merge))
        .route("/metrics", get(metrics::metrics))
        .route("/openapi.json", get(openapi::openapi))
        .route("/docs", get(docs::docs))
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(from_fn_with_state(app.clone(), access::check))
        .layer(guard::allowed_origins(&app.config))
        .layer(from_fn_with_state(app.clone(), guard::refuse_other_sites))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(from_fn_with_state(app.clone(), context::request))
        .with_state(app)
}
