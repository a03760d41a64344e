//! One model: its state on disk, and the fit that analyses use.
//!
//! The truth is the state: the file of it and the journal of what came since. The four files of the fit carry
//! the digest of the state that they were made from and are made anew where it does not match.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwapOption;
use tracing::warn;

use super::info::ModelInfo;
use super::receipts::{Receipt, Receipts};
use super::writer::{SEED, Writer};
use crate::analysis::Trained;
use crate::analysis::fit::AnomalyModel;
use crate::analysis::read::Lines;
use crate::analysis::terms::Embeddings;
use crate::state::{Days, State};
use crate::store::{Kind, StoreError};

/// A model that is open.
#[derive(Debug)]
pub(super) struct Model {
    name: String,
    writer: Mutex<Writer>,
    /// The newest fit; `None` while there is none that knows all of the state.
    current: ArcSwapOption<Trained>,
}

impl Model {
    /// Whether a folder holds a model.
    pub(super) fn is_in(dir: &Path) -> bool {
        [Kind::State, Kind::Journal].iter().any(|kind| dir.join(kind.file_name()).exists())
    }

    /// Opens the model of a folder, making the folder where needed, and loads its fit where one matches.
    pub(super) fn create(name: &str, dir: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(dir).map_err(StoreError::io("create", dir))?;
        let writer = Writer::open(dir)?;
        let model =
            Self { name: name.to_owned(), current: ArcSwapOption::empty(), writer: Mutex::new(writer) };
        let writer = model.locked();
        if let Some((fit, embeddings)) = writer.load_fit()? {
            let report = writer.report(&model.name, &fit);
            model.current.store(Some(Arc::new(Trained { fit, embeddings, model: report })));
        }
        drop(writer);
        Ok(model)
    }

    /// Whether anything was ever learnt, and not deleted since.
    pub(super) fn is_trained(&self) -> bool {
        self.locked().is_trained
    }

    /// The trainings that were sent under a key.
    pub(super) fn receipts(&self) -> Receipts {
        self.locked().receipts().clone()
    }

    /// Adds lines to the state; when it returns, they are on disk.
    pub(super) fn train<S: AsRef<str> + Sync>(
        &self,
        lines: &[S],
        receipt: Option<Receipt>,
    ) -> Result<(), StoreError> {
        self.merge(Lines::read(lines).state(), receipt)
    }

    /// Adds what was learnt elsewhere; when it returns, it is on disk.
    pub(super) fn merge(&self, learnt: State, receipt: Option<Receipt>) -> Result<(), StoreError> {
        let mut writer = self.locked();
        writer.train(learnt, receipt)?;
        self.current.store(None);
        Ok(())
    }

    /// Forgets days; when it returns, that is on disk. Returns how many lines and days were forgotten.
    pub(super) fn forget(&self, days: &Days) -> Result<(u64, u64), StoreError> {
        let mut writer = self.locked();
        let forgotten = writer.forget(days)?;
        if forgotten.1 > 0 {
            self.current.store(None);
        }
        Ok(forgotten)
    }

    /// Deletes the model and its files; every later training of it fails.
    pub(super) fn delete(&self) -> Result<(), StoreError> {
        let mut writer = self.locked();
        self.current.store(None);
        writer.delete()
    }

    /// Removes the files of a model that was never trained, or whose deletion a crash has interrupted.
    pub(super) fn remove_files(&self) -> Result<(), StoreError> {
        self.locked().remove_files()
    }

    /// The model in numbers; `None` where it was never trained.
    pub(super) fn info(&self) -> Result<Option<ModelInfo>, StoreError> {
        let writer = self.locked();
        if !writer.is_trained {
            return Ok(None);
        }
        let fit = self.current.load_full();
        let anomaly = fit.as_ref().map(|trained| &trained.fit.anomaly);
        Ok(Some(ModelInfo {
            events: fit.as_ref().map(|trained| trained.fit.events().len() as u64),
            unseen_event_share: anomaly.map(AnomalyModel::unseen_event_share),
            ..writer.info(&self.name)?
        }))
    }

    /// The fit that knows all that was trained; `None` where that is nothing.
    pub(super) fn current(&self) -> Option<Arc<Trained>> {
        if let Some(trained) = self.current.load_full() {
            return Some(trained);
        }
        let mut writer = self.locked();
        if let Some(trained) = self.current.load_full() {
            return Some(trained);
        }
        if writer.state.lines() == 0 {
            return None;
        }
        let trained = Arc::new(writer.publish(&self.name));
        self.current.store(Some(Arc::clone(&trained)));
        Some(trained)
    }

    /// As [`Model::current`], with embeddings. They cost more than all the rest of a fit, so they are made apart:
    /// when a request needs them, or when training pauses.
    pub(super) fn complete(&self) -> Option<Arc<Trained>> {
        let trained = self.current()?;
        if trained.embeddings.is_some() {
            return Some(trained);
        }
        let Some(embeddings) = Embeddings::fit(&trained.fit, SEED) else { return Some(trained) };
        let complete = Arc::new(Trained { embeddings: Some(embeddings), ..Trained::clone(&trained) });
        let writer = self.locked();
        if self.current.load().as_ref().is_some_and(|current| Arc::ptr_eq(current, &trained)) {
            if let Err(e) = writer.save_embeddings(complete.embeddings.as_ref()) {
                warn!("the term vectors of model `{}` are used and not written: {e}", self.name);
            }
            self.current.store(Some(Arc::clone(&complete)));
        }
        Some(complete)
    }

    /// Makes the whole fit, and writes it and the state unless that is done.
    pub(super) fn publish(&self) -> Result<(), StoreError> {
        self.complete();
        let mut writer = self.locked();
        match self.current.load_full() {
            Some(trained) if writer.is_unsaved => {
                writer.save(&trained.fit)?;
                writer.save_embeddings(trained.embeddings.as_ref())
            }
            // All days were forgotten: what they left in the files goes too.
            None if writer.is_trained && writer.state.lines() == 0 => writer.save_state(),
            _ => Ok(()),
        }
    }

    /// A copy of all that was learnt.
    pub(super) fn state(&self) -> State {
        self.locked().state.clone()
    }

    fn locked(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
