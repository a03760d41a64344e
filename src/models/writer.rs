//! The files of one model, and what only one thread at a time may touch.

use std::path::{Path, PathBuf};

use chrono::Utc;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tracing::{info, warn};
use xxhash_rust::xxh3::xxh3_64;

use super::info::ModelInfo;
use super::pipeline::PIPELINE;
use super::receipts::{Receipt, Receipts};
use crate::analysis::Trained;
use crate::analysis::fit::Fit;
use crate::analysis::terms::Embeddings;
use crate::report::ModelReport;
use crate::state::{Day, Days, State};
use crate::store::{Journal, Kind, StoreError, decode, encode, load, remove, save, sweep, sync_folder};

/// For every random choice of a fit.
pub(super) const SEED: u64 = 0;

/// What only one thread at a time may touch.
#[derive(Debug)]
pub(super) struct Writer {
    dir: PathBuf,
    journal: Journal,
    seq: u64,
    published: Published,
    receipts: Receipts,
    pub(super) state: State,
    /// Whether it was ever trained, and not deleted since.
    pub(super) is_trained: bool,
    /// Its files are gone: nothing may be written any more.
    is_deleted: bool,
    /// The newest fit could not be written.
    pub(super) is_unsaved: bool,
}

/// What is known of the newest fit.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Published {
    generation: u64,
    trained_at: i64,
}

/// The file of the state.
#[derive(Debug, Default, Serialize, Deserialize)]
struct SavedState {
    /// Number of the last journal record that is in it.
    seq: u64,
    published: Published,
    receipts: Receipts,
    state: State,
}

/// As [`SavedState`], borrowed.
#[derive(Serialize)]
struct SavedStateRef<'s> {
    seq: u64,
    published: Published,
    receipts: &'s Receipts,
    state: &'s State,
}

/// A file of the fit.
#[derive(Debug, Serialize, Deserialize)]
struct SavedFit<T> {
    /// Digest of the state that it was made from.
    digest: u64,
    content: T,
}

/// A record of the journal: what was acknowledged.
#[derive(Debug, Serialize, Deserialize)]
enum Change {
    /// Lines were learnt.
    Train { learnt: State, receipt: Option<Receipt> },
    /// Days were forgotten.
    Forget(Days),
    /// The model was deleted.
    Delete,
}

impl Writer {
    pub(super) fn open(dir: &Path) -> Result<Self, StoreError> {
        sweep(dir)?;
        let (journal, records) = Journal::open(&dir.join(Kind::Journal.file_name()), *PIPELINE)?;
        let (saved, is_trained) = match load(&dir.join(Kind::State.file_name()), Kind::State, *PIPELINE) {
            Ok(saved) => (saved, true),
            Err(StoreError::Missing { .. }) => (SavedState::default(), false),
            Err(e) => return Err(e),
        };
        let mut writer = Self {
            dir: dir.to_owned(),
            journal,
            seq: saved.seq,
            published: saved.published,
            receipts: saved.receipts,
            state: saved.state,
            is_trained,
            is_deleted: false,
            is_unsaved: false,
        };
        for (seq, record) in records.into_iter().filter(|(seq, _)| *seq > saved.seq) {
            let change = decode(&record)
                .map_err(|source| StoreError::Content { path: writer.path(Kind::Journal), source })?;
            writer.apply(change);
            writer.seq = seq;
        }
        Ok(writer)
    }

    /// Adds what was learnt; when it returns, it is on disk.
    pub(super) fn train(&mut self, learnt: State, receipt: Option<Receipt>) -> Result<(), StoreError> {
        self.write(Change::Train { learnt, receipt }).map(|_| ())
    }

    /// Forgets days; when it returns, that is on disk. Returns how many lines and days were forgotten.
    pub(super) fn forget(&mut self, days: &Days) -> Result<(u64, u64), StoreError> {
        let slices = self.state.slices();
        let meant = slices.keys().filter(|day| days.contain(**day)).count() as u64;
        let lines = self.state.lines();
        if meant > 0 {
            self.write(Change::Forget(*days))?;
        }
        Ok((lines - self.state.lines(), meant))
    }

    /// Deletes the model. The record of it in the journal is what counts: the files that are still there after a
    /// crash mean nothing, and go at the next start.
    pub(super) fn delete(&mut self) -> Result<(), StoreError> {
        self.write(Change::Delete)?;
        self.is_deleted = true;
        self.remove_files()
    }

    /// Removes all files, the journal last, because it says that the others mean nothing.
    pub(super) fn remove_files(&mut self) -> Result<(), StoreError> {
        self.is_deleted = true;
        for kind in Kind::OF_A_MODEL.into_iter().filter(|kind| *kind != Kind::Journal) {
            remove(&self.path(kind))?;
        }
        sync_folder(&self.dir)?;
        remove(&self.path(Kind::Journal))?;
        sync_folder(&self.dir)
    }

    /// Journals a change, and makes it.
    fn write(&mut self, change: Change) -> Result<(), StoreError> {
        if self.is_deleted {
            return Err(StoreError::Deleted { path: self.path(Kind::Journal) });
        }
        let record = encode(&change)
            .map_err(|source| StoreError::Content { path: self.path(Kind::Journal), source })?;
        let seq = self.seq + 1;
        self.journal.append(seq, &record)?;
        self.seq = seq;
        self.apply(change);
        Ok(())
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::Train { learnt, receipt } => {
                self.state.merge(learnt);
                if let Some(receipt) = receipt {
                    self.receipts.push(receipt);
                }
                self.is_trained = true;
            }
            Change::Forget(days) => {
                self.state.forget(&days);
            }
            Change::Delete => {
                self.state = State::default();
                self.receipts = Receipts::default();
                self.published = Published::default();
                self.is_trained = false;
            }
        }
    }

    /// Makes the fit and writes it and the state; the journal is empty afterwards.
    ///
    /// A disk that refuses is no reason not to answer: the fit is used, and [`Writer::save`] is due.
    pub(super) fn publish(&mut self, name: &str) -> Trained {
        let fit = Fit::new(&self.state, SEED);
        let generation = self.published.generation + 1;
        self.published = Published { generation, trained_at: Utc::now().timestamp() };
        if let Err(e) = self.save(&fit) {
            warn!(model = name, "the fit of model `{name}` is used and not written: {e}");
        }
        let model = self.report(name, &fit);
        let (lines, events) = (model.trained_lines, fit.events().len());
        info!(model = name, lines, events, "Fitted model `{name}` on {lines} lines, {events} events");
        Trained { fit, embeddings: None, model }
    }

    /// Writes the state and its fit.
    pub(super) fn save(&mut self, fit: &Fit) -> Result<(), StoreError> {
        if self.is_deleted {
            return Ok(());
        }
        self.is_unsaved = true;
        self.save_state()?;
        let digest = self.digest()?;
        self.save_part(Kind::Vectorizer, digest, &fit.vocabulary)?;
        self.save_part(Kind::AnomalyModel, digest, &fit.anomaly)?;
        self.save_part(Kind::PatternModel, digest, &fit.pattern)?;
        self.is_unsaved = false;
        Ok(())
    }

    /// Writes the state; the journal is empty afterwards.
    pub(super) fn save_state(&mut self) -> Result<(), StoreError> {
        let saved = SavedStateRef {
            seq: self.seq,
            published: self.published,
            receipts: &self.receipts,
            state: &self.state,
        };
        save(&self.path(Kind::State), Kind::State, *PIPELINE, &saved)?;
        self.journal.reset()
    }

    /// Writes the embeddings of the newest fit.
    pub(super) fn save_embeddings(&self, embeddings: Option<&Embeddings>) -> Result<(), StoreError> {
        if self.is_deleted {
            return Ok(());
        }
        self.save_part(Kind::Word2Vec, self.digest()?, &embeddings)
    }

    fn save_part<T: Serialize>(&self, kind: Kind, digest: u64, content: &T) -> Result<(), StoreError> {
        save(&self.path(kind), kind, *PIPELINE, &SavedFit { digest, content })
    }

    /// The fit on disk, where all its parts were made from this state; embeddings may be missing.
    pub(super) fn load_fit(&self) -> Result<Option<(Fit, Option<Embeddings>)>, StoreError> {
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
        match load::<SavedFit<T>>(&self.path(kind), kind, *PIPELINE) {
            Ok(saved) => (saved.digest == digest).then_some(saved.content),
            Err(StoreError::Missing { .. }) => None,
            Err(e) => {
                warn!("{e}; it is made anew from the state");
                None
            }
        }
    }

    /// Hash of all that was learnt.
    pub(super) fn digest(&self) -> Result<u64, StoreError> {
        let bytes = encode(&self.state)
            .map_err(|source| StoreError::Content { path: self.path(Kind::State), source })?;
        Ok(xxh3_64(&bytes))
    }

    /// The trainings that were sent under a key.
    pub(super) fn receipts(&self) -> &Receipts {
        &self.receipts
    }

    fn path(&self, kind: Kind) -> PathBuf {
        self.dir.join(kind.file_name())
    }

    pub(super) fn report(&self, name: &str, fit: &Fit) -> ModelReport {
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

    /// The model in numbers, but for what only a fit knows.
    pub(super) fn info(&self, name: &str) -> Result<ModelInfo, StoreError> {
        let slices = self.state.slices();
        let lines_of = |wanted: fn(&Day) -> bool| {
            slices.iter().filter(|(day, _)| wanted(day)).map(|(_, slice)| slice.lines).sum()
        };
        let mut dated = slices.keys().filter_map(|day| match day {
            Day::SinceEpoch(day) => Some(*day),
            Day::None | Day::OfYear(_) => None,
        });
        let first = dated.next();
        Ok(ModelInfo {
            name: name.to_owned(),
            generation: self.published.generation,
            trained_at: (self.published.generation > 0).then_some(self.published.trained_at),
            trained_lines: self.state.lines(),
            days: first.map(|first| (first, dated.next_back().unwrap_or(first))),
            days_covered: slices.keys().filter(|day| **day != Day::None).count() as u64,
            lines_undated: lines_of(|day| matches!(day, Day::None)),
            lines_yearless: lines_of(|day| matches!(day, Day::OfYear(_))),
            sequences: self.state.shapes().len() as u64,
            sequences_cut: self.state.is_cut(),
            bytes_on_disk: Kind::OF_A_MODEL
                .iter()
                .filter_map(|kind| self.path(*kind).metadata().ok())
                .map(|file| file.len())
                .sum(),
            state_digest: self.digest()?,
            ..ModelInfo::default()
        })
    }
}
