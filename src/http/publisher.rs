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
    loop {
        let message = if due.is_empty() {
            messages.recv().await
        } else {
            match timeout(PAUSE, messages.recv()).await {
                Ok(message) => message,
                Err(_) => {
                    publish(std::mem::take(&mut due), &models, &compute).await;
                    continue;
                }
            }
        };
        match message {
            Some(Message::Trained(model)) => {
                due.insert(model);
            }
            Some(Message::Stop(done)) => {
                let _ = done.send(());
                return;
            }
            None => return,
        }
    }
}

async fn publish(due: BTreeSet<String>, models: &Arc<Models>, compute: &Compute) {
    for model in due {
        let models = Arc::clone(models);
        let name = model.clone();
        let published = compute.run(move || Ok(models.publish(&name).map_err(ServiceError::from)?)).await;
        if let Err(e) = published {
            error!(model, "Model `{model}` could not be fitted: {e}");
        }
    }
}
