//! The audit log: who changed what. Target `audit`, so that it can be sent elsewhere or kept when the rest is silent.

use axum::http::Method;
use tracing::{info, warn};

use super::context;
use super::error::ApiError;

/// Says that the caller of the request that is being answered has done something to a model. Called where the change
/// has been made, and not before.
pub(super) fn done(action: &'static str, model: &str, detail: &str) {
    let (caller, peer) = context::caller();
    let request = context::id().unwrap_or_default();
    info!(
        target: "audit",
        caller, peer, action, model, request,
        "`{caller}` from {peer}: {action} model `{model}`, {detail}"
    );
}

/// Says that somebody was not let in.
pub(super) fn refused(method: &Method, path: &str, why: &ApiError) {
    let (caller, peer) = context::caller();
    let request = context::id().unwrap_or_default();
    let path: String = path.chars().take(200).collect();
    warn!(
        target: "audit",
        caller, peer, action = "refused", request,
        "`{caller}` from {peer}: refused {method} {path:?}: {why}"
    );
}
