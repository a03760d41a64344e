//! The one place where CPU work leaves the threads that serve connections.

use std::time::Duration;

use tokio::time::timeout;
use tracing::{Span, error};

use super::context;
use super::error::ApiError;
use super::turns::{Client, Turn, Turns};

/// Runs closures on threads of their own, so many at a time; the others wait as [`Turns`] says.
#[derive(Clone, Debug)]
pub(super) struct Compute {
    turns: Turns,
    concurrency: usize,
    /// How long a request waits for its turn.
    patience: Duration,
}

impl Compute {
    pub(super) fn new(concurrency: usize, patience: Duration) -> Self {
        Self { turns: Turns::new(concurrency), concurrency, patience }
    }

    /// A turn for a piece of work that its caller does on a thread where it may wait; to be dropped when it is done.
    pub(super) async fn turn(&self, client: &Client) -> Turn {
        self.turns.take(Client::clone(client)).await
    }

    /// What `work` returns, once it had its turn. It runs to its end even if the client goes away meanwhile, so
    /// a training is never half done.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let turn = timeout(self.patience, self.turn(&context::client())).await.map_err(|_| ApiError::Busy)?;
        self.aside(move || {
            let result = work();
            drop(turn);
            result
        })
        .await
    }

    /// How much is computed now.
    pub(super) fn computing(&self) -> usize {
        self.concurrency - self.turns.free()
    }

    /// What `work` returns, at once: for what takes little time and is asked for when all turns are taken.
    pub(super) async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        // What the work logs is of the request, too.
        let span = Span::current();
        let done = tokio::task::spawn_blocking(move || span.in_scope(work));
        done.await.unwrap_or_else(|e| {
            error!("a request failed by a bug: {e}");
            Err(ApiError::Bug)
        })
    }
}
