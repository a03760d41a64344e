//! The one place where CPU work leaves the threads that serve connections.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::error;

use super::error::ApiError;

/// Runs closures on threads of their own, so many at a time; the others wait in the order of their arrival.
#[derive(Clone, Debug)]
pub(super) struct Compute {
    turns: Arc<Semaphore>,
}

impl Compute {
    pub(super) fn new(concurrency: usize) -> Self {
        Self { turns: Arc::new(Semaphore::new(concurrency)) }
    }

    /// A turn for a piece of work that its caller does on a thread where it may wait; to be dropped when it is done.
    pub(super) async fn turn(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.turns).acquire_owned().await.expect("the semaphore is never closed")
    }

    /// What `work` returns, once it had its turn. It runs to its end even if the client goes away meanwhile, so
    /// a training is never half done.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let turn = self.turn().await;
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        });
        done.await.unwrap_or_else(|e| {
            error!("a request failed by a bug: {e}");
            Err(ApiError::Bug)
        })
    }
}
