//! What every request can reach.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::arrival::Room;
use super::compute::Compute;
use super::config::Config;
use super::error::ApiError;
use super::metrics::Metrics;
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
    admission: Arc<Semaphore>,
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
            admission: Arc::new(Semaphore::new(config.max_requests)),
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
        self.config.max_requests - self.admission.available_permits()
    }

    /// Refuses a request, before its body is read, that would find no place now.
    pub(super) fn expect_place(&self) -> Result<(), ApiError> {
        if self.admission.available_permits() == 0 { Err(ApiError::Busy) } else { Ok(()) }
    }

    /// A place among the requests under way, until the permit is dropped.
    pub(super) fn admit(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        Arc::clone(&self.admission).try_acquire_owned().map_err(|_| ApiError::Busy)
    }
}
