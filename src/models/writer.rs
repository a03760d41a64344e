//! The files of one model, and what only one thread at a time may touch.

mod fit_files;
mod kept;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tracing::{info, warn};
use xxhash_rust::xxh3::xxh3_64;

use fit_files::made_from;

use super::generations::Generation;
use super::info::ModelInfo;
use super::ledger::{Change, Ledger, Saved, SavedRef};
use super::lineage::{Former, Moved};
use super::pipeline::pipeline_with;
use super::receipts::{Receipt, Receipts};
use super::settings::Settings;
use crate::analysis::feedback::Mark;
use crate::analysis::fit::Fit;
use crate::state::{Day, Days, State};
use crate::store::{
    Journal, Kind, Record, StoreError, Stored, decode, encode, keep_as, remove, save, sweep, sync_folder,
};
use crate::tokenize::Rules;

/// Beyond this the journal is emptied into the state file, also while training does not pause: it bounds what a start
/// has to read, in bytes.
const MAX_JOURNAL_BYTES: u64 = 64 << 20;

/// Size of a model's state on disk, in bytes, from which on it learns nothing more until days are forgotten.
pub const MAX_STATE_BYTES: u64 = 256 << 20;

/// What only one thread at a time may touch.
#[derive(Debug)]
pub(super) struct Writer {
    dir: PathBuf,
    journal: Journal,
    ledger: Ledger,
    state: Arc<State>,
    /// The owner's rules, compiled.
    rules: Arc<Rules>,
    /// How sequences are read since the last fit.
    moved: Moved,
    /// Bytes of the state file.
    state_bytes: u64,
    /// Number of the last change that the state file has.
    saved_seq: u64,
    /// Raised by every change that is not only more lines: a fit of what there was before it is not to be published.
    revision: u64,
    /// Whether it was ever trained, and not deleted since.
    is_trained: bool,
    /// Its files are gone: nothing may be written any more.
    is_deleted: bool,
    /// The newest fit could not be written.
    is_unsaved: bool,
}

/// A state to be fitted, and what is to be known of it.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    /// Number of the last change that it has.
    pub(super) seq: u64,
    pub(super) state: Arc<State>,
    pub(super) half_life_days: Option<u32>,
    pub(super) digest: u64,
    revision: u64,
}

impl Writer {
    pub(super) fn open(dir: &Path) -> Result<Self, StoreError> {
        tolerate(sweep(dir))?;
        let (journal, records) = Journal::open(&dir.join(Kind::Journal.file_name()))?;
        let path = dir.join(Kind::State.file_name());
        let stored = match Stored::read(&path, Kind::State) {
            Ok(stored) => Some(stored),
            Err(StoreError::Missing { .. }) => None,
            Err(e) => return Err(e),
        };
        let saved = stored.as_ref().map(Saved::decode).transpose()?.unwrap_or_default();
        let mut writer = Self {
            dir: dir.to_owned(),
            journal,
            saved_seq: saved.ledger.seq,
            is_trained: stored.is_some(),
            rules: Arc::new(compiled(&saved.ledger.settings)),
            moved: Moved::new(),
            ledger: saved.ledger,
            state: Arc::new(saved.state),
            state_bytes: size_of_file(&path),
            revision: 0,
            is_deleted: false,
            is_unsaved: false,
        };
        writer.find_generations()?;
        let saved_seq = writer.saved_seq;
        let mut is_foreign = stored.is_some_and(|stored| stored.origin.pipeline != writer.pipeline());
        if is_foreign {
            writer.reread();
        }
        writer.state.check_kept().map_err(StoreError::unsound(&path))?;
        for record in records.into_iter().filter(|record| record.seq > saved_seq) {
            let change = writer.read_change(&record)?;
            is_foreign |= record.origin.pipeline != writer.pipeline();
            let forgotten = if let Change::Forget(days) = change { Some(days) } else { None };
            let before = writer.ledger.settings.rules.clone();
            writer.apply(change);
            writer.ledger.seq = record.seq;
            if let Some(days) = forgotten {
                tolerate(writer.reduce_generations(&days))?;
            }
            if before != writer.ledger.settings.rules {
                tolerate(writer.reread_generations())?;
            }
        }
        if is_foreign {
            writer.take_over()?;
        }
        Ok(writer)
    }

    /// What a record of the journal says, as this release reads it.
    fn read_change(&mut self, record: &Record) -> Result<Change, StoreError> {
        let path = self.path(Kind::Journal);
        let mut change: Change =
            decode(&record.content).map_err(|source| StoreError::Content { path: path.clone(), source })?;
        let is_foreign = record.origin.pipeline != self.pipeline();
        if let Some(state) = change.state_mut() {
            if is_foreign {
                let (now, moved) = std::mem::take(state).reread(&self.rules);
                *state = now;
                for (old, new) in moved {
                    self.moved.entry(old).or_insert(new);
                }
            }
            state.check_kept().map_err(StoreError::unsound(&path))?;
        }
        Ok(change)
    }

    /// Writes what another release has kept, and was read again, as this one keeps it.
    fn take_over(&mut self) -> Result<(), StoreError> {
        let sequences = self.moved.len();
        let changed = self.moved.iter().filter(|(old, new)| old != new).count();
        info!(
            sequences,
            changed,
            "`{}` is of a release that reads lines in another way: {sequences} sequences were read again, {changed} of \
             them are now others",
            self.dir.display()
        );
        tolerate(self.reread_generations())?;
        tolerate(self.save_state(&self.snapshot()))
    }

    /// Reads the sequences again as this release and the owner's rules would have them.
    fn reread(&mut self) {
        let (state, moved) = State::clone(&self.state).reread(&self.rules);
        self.state = Arc::new(state);
        for new in self.moved.values_mut() {
            *new = *moved.get(new).unwrap_or(new);
        }
        for (old, new) in moved {
            self.moved.entry(old).or_insert(new);
        }
    }

    /// Adds what was learnt; when it returns, it is on disk.
    ///
    /// `pipeline` has read it: what the owner's rules were until just now is read again.
    pub(super) fn train(
        &mut self,
        learnt: State,
        pipeline: u64,
        receipt: Option<Receipt>,
    ) -> Result<(), StoreError> {
        let learnt = if pipeline == self.pipeline() { learnt } else { learnt.reread(&self.rules).0 };
        let bytes = self.state_bytes + self.journal.length_bytes();
        if bytes > MAX_STATE_BYTES {
            return Err(StoreError::Full { path: self.path(Kind::State), bytes, max_bytes: MAX_STATE_BYTES });
        }
        self.write(Change::Train { learnt, receipt })?;
        if self.journal.length_bytes() > MAX_JOURNAL_BYTES {
            // What it holds is acknowledged as it stands: a disk that refuses now is no fault of this training.
            let _ = self.save_state(&self.snapshot()).inspect_err(|e| warn!("the journal stays long: {e}"));
        }
        Ok(())
    }

    /// Forgets days; when it returns, that is on disk. Returns how many lines and days were forgotten.
    pub(super) fn forget(&mut self, days: &Days) -> Result<(u64, u64), StoreError> {
        let meant = self.state.slices().keys().filter(|day| days.contain(**day)).count() as u64;
        let lines = self.state.lines();
        // Former generations may have days that the state lacks.
        self.write(Change::Forget(*days))?;
        self.reduce_generations(days)?;
        Ok((lines - self.state.lines(), meant))
    }

    /// Forgets the days that are older than the owner wants them; returns how many.
    pub(super) fn expire(&mut self) -> Result<u64, StoreError> {
        let Some(days) = self.ledger.settings.retention_days.and_then(|keep| self.state.expired(keep)) else {
            return Ok(0);
        };
        let lines = self.state.lines();
        let old = self.state.slices().keys().filter(|day| days.contain(**day)).count() as u64;
        self.write(Change::Expire(days))?;
        let (lines, days) = (lines - self.state.lines(), old);
        info!(lines, days, "Forgot {lines} lines of {days} days that are older than they are to be kept");
        Ok(days)
    }

    /// Takes a former generation into use again; when it returns, that is on disk.
    /// `false` where it is not kept.
    pub(super) fn roll_back(&mut self, to: u64) -> Result<bool, StoreError> {
        if self.ledger.generations.get(to).is_none() {
            return Ok(false);
        }
        let state = self.load_generation(to)?;
        self.write(Change::RollBack { to, state })?;
        Ok(true)
    }

    /// Keeps what the owner chose.
    pub(super) fn set(&mut self, settings: Settings) -> Result<(), StoreError> {
        if settings == self.ledger.settings {
            return Ok(());
        }
        let is_read_again = settings.rules != self.ledger.settings.rules;
        self.write(Change::Choose(settings))?;
        if is_read_again {
            self.reread_generations()?;
        }
        Ok(())
    }

    /// Keeps what the owner said of an event, or forgets it.
    pub(super) fn mark(&mut self, event: u64, mark: Option<Mark>) -> Result<(), StoreError> {
        self.write(Change::Mark { event, mark })
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
        for number in self.generations_on_disk()? {
            remove(&self.path_of(number))?;
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
        let seq = self.ledger.seq + 1;
        self.journal.append(seq, self.pipeline(), &record)?;
        self.ledger.seq = seq;
        self.apply(change);
        Ok(())
    }

    fn apply(&mut self, change: Change) {
        if !matches!(change, Change::Train { .. }) {
            self.revision += 1;
        }
        match change {
            Change::Train { learnt, receipt } => {
                Arc::make_mut(&mut self.state).merge(learnt);
                if let Some(receipt) = receipt {
                    self.ledger.receipts.push(receipt);
                }
                self.is_trained = true;
            }
            Change::Forget(days) | Change::Expire(days) => {
                Arc::make_mut(&mut self.state).forget(&days);
            }
            Change::Delete => {
                self.state = Arc::default();
                self.rules = Arc::default();
                self.ledger = Ledger { seq: self.ledger.seq, ..Ledger::default() };
                self.is_trained = false;
            }
            Change::RollBack { to, state } => {
                self.state = Arc::new(state);
                self.ledger.generations.roll_back(to);
                if let Some(generation) = self.ledger.generations.current() {
                    self.ledger.settings.half_life_days = generation.half_life_days;
                }
            }
            Change::Set(settings) => self.apply(Change::Choose(settings.into())),
            Change::Mark { event, mark } => self.ledger.feedback.set(event, mark),
            Change::Choose(settings) => {
                let is_read_again = settings.rules != self.ledger.settings.rules;
                self.rules = Arc::new(compiled(&settings));
                self.ledger.settings = settings;
                if is_read_again {
                    self.reread();
                }
            }
        }
    }

    /// What there is now, to be fitted while others train.
    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot {
            seq: self.ledger.seq,
            half_life_days: self.ledger.settings.half_life_days,
            digest: self.digest(),
            revision: self.revision,
            state: Arc::clone(&self.state),
        }
    }

    /// Publishes a fit and writes it with the state that it was made from; then the journal is empty, unless training has
    /// gone on meanwhile. Returns which generation it is; `None` where days were forgotten, rules chosen or another generation
    /// taken into use meanwhile, and this is the fit of what is no longer wanted.
    ///
    /// A disk that refuses is no reason not to answer: the fit is used, and [`Writer::save`] is due.
    pub(super) fn publish(
        &mut self,
        of: &Snapshot,
        fit: &Fit,
        trained_at: i64,
        before: &Former,
    ) -> Option<Generation> {
        if self.revision != of.revision {
            return None;
        }
        if let Some(events) = before.events() {
            self.ledger.lineage.follow(events, &fit.pattern.templates, &before.moved);
        }
        let published = self.ledger.generations.publish(Generation {
            number: 0,
            trained_at,
            lines: of.state.lines(),
            events: fit.events().len() as u64,
            digest: of.digest,
            half_life_days: of.half_life_days,
            reduced: false,
        });
        self.ledger.generations.thin();
        if let Err(e) = self.save(of, fit) {
            warn!("the fit of `{}` is used and not written: {e}", self.dir.display());
        }
        Some(published)
    }

    /// Writes a state and its fit.
    pub(super) fn save(&mut self, of: &Snapshot, fit: &Fit) -> Result<(), StoreError> {
        if self.is_deleted {
            return Ok(());
        }
        self.is_unsaved = true;
        self.save_state(of)?;
        let made_from = made_from(of.digest, of.half_life_days);
        self.save_part(Kind::Vectorizer, made_from, &fit.vocabulary)?;
        self.save_part(Kind::AnomalyModel, made_from, &fit.anomaly)?;
        self.save_part(Kind::PatternModel, made_from, &fit.pattern)?;
        // That of the fit before: it is made apart.
        remove(&self.path(Kind::Word2Vec))?;
        self.find_generations()?;
        self.is_unsaved = false;
        Ok(())
    }

    /// Writes a state without lines, and removes the fit of those that it had.
    pub(super) fn save_nothing(&mut self) -> Result<(), StoreError> {
        for kind in [Kind::Vectorizer, Kind::AnomalyModel, Kind::PatternModel, Kind::Word2Vec] {
            remove(&self.path(kind))?;
        }
        self.save_state(&self.snapshot())
    }

    /// Writes a state, unless a later one is there; the journal is emptied where it has nothing later.
    pub(super) fn save_state(&mut self, of: &Snapshot) -> Result<(), StoreError> {
        if of.seq < self.saved_seq {
            return Ok(());
        }
        let path = self.path(Kind::State);
        let seq = std::mem::replace(&mut self.ledger.seq, of.seq);
        let saved =
            save(&path, Kind::State, self.pipeline(), &SavedRef { ledger: &self.ledger, state: &of.state });
        self.ledger.seq = seq;
        saved?;
        self.saved_seq = of.seq;
        self.state_bytes = size_of_file(&path);
        if self.ledger.generations.current().is_some_and(|g| g.is_of(of.digest, of.half_life_days)) {
            let number = self.ledger.generations.current().map_or(0, |generation| generation.number);
            keep_as(&path, &self.path_of(number))?;
        }
        if of.seq == self.ledger.seq { self.journal.reset() } else { Ok(()) }
    }

    /// The fingerprint of how lines are read for this model.
    pub(super) fn pipeline(&self) -> u64 {
        pipeline_with(&self.ledger.settings.rules)
    }

    /// The owner's rules.
    pub(super) fn rules(&self) -> &Arc<Rules> {
        &self.rules
    }

    /// How sequences are read since the last fit; for the one that is made now.
    pub(super) fn take_moved(&mut self) -> Moved {
        std::mem::take(&mut self.moved)
    }

    /// Hash of all that was learnt.
    fn digest(&self) -> u64 {
        digest_of(&self.state)
    }

    pub(super) fn state(&self) -> &Arc<State> {
        &self.state
    }

    pub(super) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The trainings that were sent under a key.
    pub(super) fn receipts(&self) -> &Receipts {
        &self.ledger.receipts
    }

    /// Whether it was ever trained, and not deleted since.
    pub(super) fn is_trained(&self) -> bool {
        self.is_trained
    }

    /// Whether there is anything to keep: lines, or what the owner chose before the first.
    pub(super) fn is_kept(&self) -> bool {
        self.is_trained || self.ledger.settings != Settings::default() || !self.ledger.feedback.is_empty()
    }

    /// Whether the newest fit could not be written.
    pub(super) fn is_unsaved(&self) -> bool {
        self.is_unsaved
    }

    /// Whether the state file lacks a change.
    pub(super) fn is_behind(&self) -> bool {
        self.saved_seq < self.ledger.seq
    }

    fn path(&self, kind: Kind) -> PathBuf {
        self.dir.join(kind.file_name())
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
        let current = self.ledger.generations.current();
        let generations = self.ledger.generations.all().iter().map(|kept| self.path_of(kept.number));
        Ok(ModelInfo {
            name: name.to_owned(),
            generation: current.map_or(0, |current| current.number),
            trained_at: current.map(|current| current.trained_at),
            trained_lines: self.state.lines(),
            days: first.map(|first| (first, dated.next_back().unwrap_or(first))),
            days_covered: slices.keys().filter(|day| **day != Day::None).count() as u64,
            lines_undated: lines_of(|day| matches!(day, Day::None)),
            lines_yearless: lines_of(|day| matches!(day, Day::OfYear(_))),
            sequences: self.state.shapes().len() as u64,
            sequences_cut: self.state.is_cut(),
            alarms_per_day: self.ledger.settings.alarms_per_day,
            state_bytes: self.state_bytes + self.journal.length_bytes(),
            bytes_on_disk: Kind::OF_A_MODEL
                .iter()
                .map(|kind| self.path(*kind))
                .chain(generations)
                .map(|path| size_of_file(&path))
                .sum(),
            state_digest: self.digest(),
            ..ModelInfo::default()
        })
    }
}

/// The rules of settings that were checked when they were chosen.
fn compiled(settings: &Settings) -> Rules {
    settings.compiled().unwrap_or_else(|e| {
        warn!("the rules of a model are not used: {e}");
        Rules::none()
    })
}

/// Hash of a state's bytes.
pub(super) fn digest_of(state: &State) -> u64 {
    xxh3_64(&encode(state).expect("a state is made of integers, texts and maps of known length"))
}

fn size_of_file(path: &Path) -> u64 {
    path.metadata().map_or(0, |file| file.len())
}

/// A folder that cannot be written is no reason not to read it.
fn tolerate(done: Result<(), StoreError>) -> Result<(), StoreError> {
    match done {
        Err(e) if e.shortage().is_some() => Ok(()),
        done => done,
    }
}
