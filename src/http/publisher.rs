//! Fits a model in the background, once training pauses.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tracing::error;

use super::compute::Compute;
use crate::models::Models;
use crate::service::ServiceError;

/// How long training must pause. Batches of one client come faster than that, so a training in many requests is
/// followed by one fit, and the first analysis after it finds the fit made.
const PAUSE: Duration = Duration::from_millis(300);

/// How long to wait before what could not be written is tried again: a full disk is not emptied within a second.
const RETRY: Duration = Duration::from_secs(5);

/// The handle of the task that publishes. Clones speak to the same task.
#[derive(Clone, Debug)]
pub(super) struct Publisher {
    messages: mpsc::UnboundedSender<Message>,
}

#[derive(Debug)]
enum Message {
    Trained(String),
    Stop(oneshot::Sender<()>),
}

impl Publisher {
    /// Starts the task.
    pub(super) fn start(models: Arc<Models>, compute: Compute) -> Self {
        let (messages, received) = mpsc::unbounded_channel();
        tokio::spawn(run(received, models, compute));
        Self { messages }
    }

    /// Tells that a model was trained.
    pub(super) fn trained(&self, model: String) {
        // The task is gone only when the service stops, and stopping publishes everything.
        let _ = self.messages.send(Message::Trained(model));
    }

    /// Ends the task, after a fit that it may be making. What is still due is left to the caller.
    pub(super) async fn stop(&self) {
        let (done, is_done) = oneshot::channel();
        if self.messages.send(Message::Stop(done)).is_ok() {
            let _ = is_done.await;
        }
    }
}

async fn run(mut messages: mpsc::UnboundedReceiver<Message>, models: Arc<Models>, compute: Compute) {
    let mut due = BTreeSet::new();
    let mut pause = PAUSE;
    loop {
        let message = if due.is_empty() {
            messages.recv().await
        } else {
            match timeout(pause, messages.recv()).await {
                Ok(message) => message,
                Err(_) => {
                    due = publish(due, &models, &compute).await;
                    pause = RETRY;
                    continue;
                }
            }
        };
        match message {
            Some(Message::Trained(model)) => {
                due.insert(model);
                pause = PAUSE;
            }
            Some(Message::Stop(done)) => {
                let _ = done.send(());
                return;
            }
            None => return,
        }
    }
}

/// Returns the models that could not be written.
async fn publish(due: BTreeSet<String>, models: &Arc<Models>, compute: &Compute) -> BTreeSet<String> {
    let mut failed = BTreeSet::new();
    for model in due {
        let models = Arc::clone(models);
        let name = model.clone();
        let published = compute.run(move || Ok(models.publish(&name).map_err(ServiceError::from)?)).await;
        if let Err(e) = published {
            error!(model, "Model `{model}` could not be written, and will be tried again: {e}");
            failed.insert(model);
        }
    }
    failed
}
