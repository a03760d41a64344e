//! One model: its state on disk, and the fit that analyses use.
//!
//! The truth is the state: the file of it and the journal of what came since. The four files of the fit carry
//! the digest of the state that they were made from and are made anew where it does not match.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwapOption;
use chrono::Utc;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tracing::{info, warn};
use xxhash_rust::xxh3::xxh3_64;

use crate::analysis::Trained;
use crate::analysis::fit::Fit;
use crate::analysis::read::Lines;
use crate::analysis::terms::Embeddings;
use crate::report::ModelReport;
use crate::state::State;
use crate::store::{Journal, Kind, StoreError, decode, encode, load, save, sweep};

/// For every random choice of a fit.
const SEED: u64 = 0;

/// A model that is open.
#[derive(Debug)]
pub(super) struct Model {
    name: String,
    writer: Mutex<Writer>,
    /// The newest fit; `None` while there is none that knows all of the state.
    current: ArcSwapOption<Trained>,
}

/// What only one thread at a time may touch.
#[derive(Debug)]
struct Writer {
    dir: PathBuf,
    journal: Journal,
    seq: u64,
    published: Published,
    state: State,
}

/// What is known of the newest fit.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Published {
    generation: u64,
    trained_at: i64,
}

/// The file of the state.
#[derive(Debug, Serialize, Deserialize)]
struct SavedState {
    /// Number of the last journal record that is in it.
    seq: u64,
    published: Published,
    state: State,
}

/// A file of the fit.
#[derive(Debug, Serialize, Deserialize)]
struct SavedFit<T> {
    /// Digest of the state that it was made from.
    digest: u64,
    content: T,
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

    /// Adds lines to the state; when it returns, they are on disk.
    pub(super) fn train<S: AsRef<str> + Sync>(&self, lines: &[S]) -> Result<(), StoreError> {
        let learnt = Lines::read(lines).state();
        let mut writer = self.locked();
        let record = encode(&learnt)
            .map_err(|source| StoreError::Content { path: writer.path(Kind::Journal), source })?;
        let seq = writer.seq + 1;
        writer.journal.append(seq, &record)?;
        writer.seq = seq;
        writer.state.merge(learnt);
        self.current.store(None);
        Ok(())
    }

    /// The fit that knows all that was trained; `None` where that is nothing.
    pub(super) fn current(&self) -> Result<Option<Arc<Trained>>, StoreError> {
        if let Some(trained) = self.current.load_full() {
            return Ok(Some(trained));
        }
        let mut writer = self.locked();
        if let Some(trained) = self.current.load_full() {
            return Ok(Some(trained));
        }
        if writer.state.lines() == 0 {
            return Ok(None);
        }
        let trained = Arc::new(writer.publish(&self.name)?);
        self.current.store(Some(Arc::clone(&trained)));
        Ok(Some(trained))
    }

    /// As [`Model::current`], with embeddings. They cost more than all the rest of a fit, so they are made apart:
    /// when a request needs them, or when training pauses.
    pub(super) fn complete(&self) -> Result<Option<Arc<Trained>>, StoreError> {
        let Some(trained) = self.current()? else { return Ok(None) };
        if trained.embeddings.is_some() {
            return Ok(Some(trained));
        }
        let Some(embeddings) = Embeddings::fit(&trained.fit, SEED) else { return Ok(Some(trained)) };
        let complete = Arc::new(Trained { embeddings: Some(embeddings), ..Trained::clone(&trained) });
        let writer = self.locked();
        if self.current.load().as_ref().is_some_and(|current| Arc::ptr_eq(current, &trained)) {
            writer.save_part(Kind::Word2Vec, writer.digest()?, &complete.embeddings)?;
            self.current.store(Some(Arc::clone(&complete)));
        }
        Ok(Some(complete))
    }

    /// A copy of all that was learnt.
    pub(super) fn state(&self) -> State {
        self.locked().state.clone()
    }

    fn locked(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writer {
    fn open(dir: &Path) -> Result<Self, StoreError> {
        sweep(dir)?;
        let (journal, records) = Journal::open(&dir.join(Kind::Journal.file_name()))?;
        let saved = match load::<SavedState>(&dir.join(Kind::State.file_name()), Kind::State) {
            Ok(saved) => saved,
            Err(StoreError::Missing { .. }) => {
                SavedState { seq: 0, published: Published::default(), state: State::default() }
            }
            Err(e) => return Err(e),
        };
        let mut writer = Self {
            dir: dir.to_owned(),
            journal,
            seq: saved.seq,
            published: saved.published,
            state: saved.state,
        };
        for (seq, record) in records.into_iter().filter(|(seq, _)| *seq > saved.seq) {
            let learnt: State = decode(&record)
                .map_err(|source| StoreError::Content { path: writer.path(Kind::Journal), source })?;
            writer.state.merge(learnt);
            writer.seq = seq;
        }
        Ok(writer)
    }

    /// Makes the fit and writes it and the state; the journal is empty afterwards.
    fn publish(&mut self, name: &str) -> Result<Trained, StoreError> {
        let fit = Fit::new(&self.state, SEED);
        let published =
            Published { generation: self.published.generation + 1, trained_at: Utc::now().timestamp() };
        let saved = SavedStateRef { seq: self.seq, published, state: &self.state };
        save(&self.path(Kind::State), Kind::State, &saved)?;
        self.published = published;
        self.journal.reset()?;
        let digest = self.digest()?;
        self.save_part(Kind::Vectorizer, digest, &fit.vocabulary)?;
        self.save_part(Kind::AnomalyModel, digest, &fit.anomaly)?;
        self.save_part(Kind::PatternModel, digest, &fit.pattern)?;
        let model = self.report(name, &fit);
        let (lines, events) = (model.trained_lines, fit.events().len());
        info!(model = name, lines, events, "Fitted model `{name}` on {lines} lines, {events} events");
        Ok(Trained { fit, embeddings: None, model })
    }

    fn save_part<T: Serialize>(&self, kind: Kind, digest: u64, content: &T) -> Result<(), StoreError> {
        save(&self.path(kind), kind, &SavedFit { digest, content })
    }

    /// The fit on disk, where all its parts were made from this state; embeddings may be missing.
    fn load_fit(&self) -> Result<Option<(Fit, Option<Embeddings>)>, StoreError> {
        let digest = self.digest()?;
        let fit = || {
            Some(Fit {
                vocabulary: self.load_part(Kind::Vectorizer, digest)?,
                anomaly: self.load_part(Kind::AnomalyModel, digest)?,
                pattern: self.load_part(Kind::PatternModel, digest)?,
            })
        };
        Ok(fit().map(|fit| (fit, self.load_part::<Option<Embeddings>>(Kind::Word2Vec, digest).flatten())))
    }

    /// A part of the fit; `None` where it is of another state or cannot be read, which a new fit mends.
    fn load_part<T: DeserializeOwned>(&self, kind: Kind, digest: u64) -> Option<T> {
        match load::<SavedFit<T>>(&self.path(kind), kind) {
            Ok(saved) => (saved.digest == digest).then_some(saved.content),
            Err(StoreError::Missing { .. }) => None,
            Err(e) => {
                warn!("{e}; it is made anew from the state");
                None
            }
        }
    }

    fn digest(&self) -> Result<u64, StoreError> {
        let bytes = encode(&self.state)
            .map_err(|source| StoreError::Content { path: self.path(Kind::State), source })?;
        Ok(xxh3_64(&bytes))
    }

    fn path(&self, kind: Kind) -> PathBuf {
        self.dir.join(kind.file_name())
    }

    fn report(&self, name: &str, fit: &Fit) -> ModelReport {
        ModelReport {
            name: name.to_owned(),
            trained: true,
            generation: self.published.generation,
            trained_lines: self.state.lines(),
            trained_at: Some(self.published.trained_at),
            unseen_event_share: fit.anomaly.unseen_event_share(),
            days: fit.anomaly.days,
        }
    }
}

/// As [`SavedState`], borrowed.
#[derive(Serialize)]
struct SavedStateRef<'s> {
    seq: u64,
    published: Published,
    state: &'s State,
}
