//! What every request can reach.

use std::sync::Arc;

use super::arrival::Room;
use super::compute::Compute;
use super::config::Config;
use super::context;
use super::error::ApiError;
use super::metrics::Metrics;
use super::places::{Place, Places};
use super::publisher::Publisher;
use super::token::Tokens;
use crate::models::Models;

/// The running service: models, limits and the places where work is done. Clones share all of it.
#[derive(Clone, Debug)]
pub struct App {
    pub(super) models: Arc<Models>,
    pub(super) config: Arc<Config>,
    pub(super) compute: Compute,
    pub(super) publisher: Publisher,
    pub(super) tokens: Arc<Tokens>,
    pub(super) metrics: Metrics,
    pub(super) room: Room,
    places: Places,
}

impl App {
    /// A service of these models that asks nobody for a token. Must be called inside a tokio runtime: it starts the task that publishes.
    #[must_use]
    pub fn new(models: Arc<Models>, config: Config) -> Self {
        let compute = Compute::new(config.concurrency(), config.request_timeout());
        Self {
            tokens: Arc::default(),
            metrics: Metrics::new(),
            publisher: Publisher::start(Arc::clone(&models), compute.clone()),
            room: Room::of(config.bodies_limit_bytes),
            places: Places::new(config.max_requests),
            models,
            config: Arc::new(config),
            compute,
        }
    }

    /// The same, for the bearers of these tokens alone; for everybody where there are none.
    #[must_use]
    pub fn with_tokens(self, tokens: Tokens) -> Self {
        Self { tokens: Arc::new(tokens), ..self }
    }

    /// Requests that have a place now.
    pub(super) fn under_way(&self) -> usize {
        self.config.max_requests - self.places.free()
    }

    /// Refuses a request, before its body is read, that would find no place now.
    pub(super) fn expect_place(&self) -> Result<(), ApiError> {
        if self.places.has_one_for(&context::client()) { Ok(()) } else { Err(ApiError::Busy) }
    }

    /// A place among the requests under way, until it is dropped.
    pub(super) fn admit(&self) -> Result<Place, ApiError> {
        self.places.take(context::client()).ok_or(ApiError::Busy)
    }
}
