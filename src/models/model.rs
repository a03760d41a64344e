//! One model: its state on disk, and the fit that analyses use.
//!
//! The truth is the state: the file of it and the journal of what came since. The four files of the fit carry
//! the digest of the state that they were made from and are made anew where it does not match.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwapOption;
use chrono::Utc;
use tracing::{info, warn};

use super::counted::Counted;
use super::events::{EventInfo, events};
use super::feedback::FeedbackError;
use super::generations::Generation;
use super::info::ModelInfo;
use super::lineage::Former;
use super::pipeline::PIPELINE;
use super::receipts::{Receipt, Receipts};
use super::settings::Settings;
use super::writer::{Snapshot, Writer};
use crate::analysis::Trained;
use crate::analysis::feedback::{Mark, Marks};
use crate::analysis::fit::{AnomalyModel, Fit};
use crate::analysis::maturity::remarks;
use crate::analysis::terms::Embeddings;
use crate::report::ModelReport;
use crate::state::{Days, State};
use crate::store::{Kind, StoreError};
use crate::tokenize::Rules;

/// For every random choice of a fit.
const SEED: u64 = 0;

/// Former generations whose fits are kept in memory, so that questions to one of them fit it once.
const FORMER_FITS: usize = 2;

/// A model that is open.
///
/// Locks are taken in the order of the fields.
#[derive(Debug)]
pub(super) struct Model {
    name: String,
    /// Held while a fit is made, so that it is made once; not while lines are learnt.
    fitting: Mutex<Former>,
    writer: Mutex<Writer>,
    /// Number of the last change that was acknowledged.
    acknowledged: AtomicU64,
    /// The newest fit; it may be older than what was acknowledged since.
    latest: ArcSwapOption<Published>,
    /// Fits of former generations, the last one asked for at the end.
    former: Mutex<Vec<Arc<Trained>>>,
}

/// A fit, and what it knows.
#[derive(Debug)]
struct Published {
    /// Number of the last change that it knows.
    seq: u64,
    trained: Arc<Trained>,
}

impl Model {
    /// Whether a folder holds a model.
    pub(super) fn is_in(dir: &Path) -> bool {
        [Kind::State, Kind::Journal].iter().any(|kind| dir.join(kind.file_name()).exists())
    }

    /// Opens the model of a folder, making the folder where needed, and loads its fit where one matches.
    pub(super) fn create(name: &str, dir: &Path) -> Result<Self, StoreError> {
        if !dir.is_dir() {
            std::fs::create_dir_all(dir).map_err(StoreError::io("create", dir))?;
        }
        let writer = Writer::open(dir)?;
        let mut former = Former::default();
        let loaded = writer.load_fit()?.map(|(fit, embeddings)| {
            Arc::new(trained(name, writer.ledger().generations.current(), fit, embeddings, &writer))
        });
        match &loaded {
            Some(trained) => former.fit = Some(Arc::clone(trained)),
            None => former.loaded = writer.load_events(),
        }
        let seq = writer.ledger().seq;
        Ok(Self {
            name: name.to_owned(),
            fitting: Mutex::new(former),
            writer: Mutex::new(writer),
            acknowledged: AtomicU64::new(seq),
            latest: ArcSwapOption::new(loaded.map(|trained| Arc::new(Published { seq, trained }))),
            former: Mutex::default(),
        })
    }

    /// Whether anything was ever learnt, and not deleted since.
    pub(super) fn is_trained(&self) -> bool {
        self.writer().is_trained()
    }

    /// Whether there is anything to keep: lines, or what the owner chose before the first.
    pub(super) fn is_kept(&self) -> bool {
        self.writer().is_kept()
    }

    /// The trainings that were sent under a key.
    pub(super) fn receipts(&self) -> Receipts {
        self.writer().receipts().clone()
    }

    /// Begins to count lines.
    pub(super) fn counting(&self) -> Counted {
        let writer = self.writer();
        Counted::with(Arc::clone(writer.rules()), writer.pipeline())
    }

    /// Adds what was counted to the state; when it returns, it is on disk.
    pub(super) fn train(&self, learnt: Counted, receipt: Option<Receipt>) -> Result<(), StoreError> {
        self.change(|writer| writer.train(learnt.state, learnt.pipeline, receipt))
    }

    /// Adds what was learnt elsewhere, without an owner's rules; when it returns, it is on disk.
    pub(super) fn merge(&self, learnt: State, receipt: Option<Receipt>) -> Result<(), StoreError> {
        self.change(|writer| writer.train(learnt, *PIPELINE, receipt))
    }

    /// Forgets days; when it returns, that is on disk. Returns how many lines and days were forgotten.
    pub(super) fn forget(&self, days: &Days) -> Result<(u64, u64), StoreError> {
        let forgotten = self.change(|writer| writer.forget(days));
        self.former.lock().unwrap_or_else(PoisonError::into_inner).clear();
        forgotten
    }

    /// Takes a former generation into use again; when it returns, that is on disk, and analyses use it.
    /// `false` where it is not kept.
    pub(super) fn roll_back(&self, to: u64) -> Result<bool, StoreError> {
        self.change(|writer| writer.roll_back(to))
    }

    /// What the owner chose.
    pub(super) fn settings(&self) -> Settings {
        self.writer().ledger().settings.clone()
    }

    /// Keeps what the owner chose; when it returns, that is on disk.
    pub(super) fn set(&self, settings: Settings) -> Result<(), StoreError> {
        let done = self.change(|writer| writer.set(settings));
        self.former.lock().unwrap_or_else(PoisonError::into_inner).clear();
        done
    }

    /// Keeps what its owner said of an event; when it returns, that is on disk. With `None` it is taken back.
    pub(super) fn mark(
        &self,
        event: u64,
        mark: Option<Mark>,
    ) -> Result<Result<(), FeedbackError>, StoreError> {
        let done = self.change(|writer| {
            let fits = mark.as_ref().map_or(Ok(()), |mark| writer.ledger().feedback.check(event, mark));
            if fits.is_ok() {
                writer.mark(event, mark)?;
            }
            Ok(fits)
        });
        self.former.lock().unwrap_or_else(PoisonError::into_inner).clear();
        done
    }

    /// What its owner said of events, by the ids that were marked.
    pub(super) fn marks(&self) -> Marks {
        self.writer().ledger().feedback.marks().clone()
    }

    /// Deletes the model and its files; every later training of it fails.
    pub(super) fn delete(&self) -> Result<(), StoreError> {
        self.change(Writer::delete)
    }

    /// Removes the files of a model that was never trained, or whose deletion a crash has interrupted.
    pub(super) fn remove_files(&self) -> Result<(), StoreError> {
        self.writer().remove_files()
    }

    fn change<T>(&self, change: impl FnOnce(&mut Writer) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut writer = self.writer();
        let changed = change(&mut writer);
        self.acknowledged.store(writer.ledger().seq, Ordering::Release);
        changed
    }

    /// The model in numbers; `None` where it was never trained.
    pub(super) fn info(&self) -> Result<Option<ModelInfo>, StoreError> {
        let writer = self.writer();
        if !writer.is_trained() {
            return Ok(None);
        }
        let fit = self.up_to_date();
        let anomaly = fit.as_ref().map(|trained| &trained.fit.anomaly);
        Ok(Some(ModelInfo {
            events: fit.as_ref().map(|trained| trained.fit.events().len() as u64),
            unseen_event_share: anomaly.map(AnomalyModel::unseen_event_share),
            ..writer.info(&self.name)?
        }))
    }

    /// The generations that are kept, oldest first, and the number of the one in use.
    pub(super) fn generations(&self) -> (Vec<Generation>, u64) {
        let writer = self.writer();
        let generations = &writer.ledger().generations;
        (generations.all().to_vec(), generations.current().map_or(0, |current| current.number))
    }

    /// The events of the fit in use, in the order of their ids, with the ids that they had before.
    pub(super) fn events(&self) -> Vec<EventInfo> {
        let Some(trained) = self.current() else { return Vec::new() };
        let writer = self.writer();
        let (state, lineage) = (Arc::clone(writer.state()), writer.ledger().lineage.clone());
        let rules = writer.ledger().settings.rules.clone().into();
        drop(writer);
        events(&trained.fit, &state, &lineage, &rules)
    }

    /// The newest fit, where it knows all that was acknowledged.
    fn up_to_date(&self) -> Option<Arc<Trained>> {
        let acknowledged = self.acknowledged.load(Ordering::Acquire);
        let latest = self.latest.load_full()?;
        (latest.seq >= acknowledged).then(|| Arc::clone(&latest.trained))
    }

    /// The fit that knows all that was acknowledged before this call; `None` where that is nothing.
    pub(super) fn current(&self) -> Option<Arc<Trained>> {
        self.up_to_date().or_else(|| self.fit())
    }

    /// Makes the fit of what there is now. Lines can be learnt meanwhile; they are for the next one.
    fn fit(&self) -> Option<Arc<Trained>> {
        let mut former = self.fitting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(trained) = self.up_to_date() {
            return Some(trained);
        }
        let (snapshot, trained) = loop {
            let snapshot = self.snapshot();
            former.moved_on(self.writer().take_moved());
            if snapshot.state.lines() == 0 {
                self.latest.store(None);
                return None;
            }
            let fit = fit_of(&snapshot.state, snapshot.half_life_days);
            let mut writer = self.writer();
            if let Some(generation) = writer.publish(&snapshot, &fit, Utc::now().timestamp(), &former) {
                break (snapshot, trained(&self.name, Some(&generation), fit, None, &writer));
            }
        };
        let (lines, events) = (trained.model.trained_lines, trained.fit.events().len());
        info!(
            model = self.name,
            generation = trained.model.generation,
            lines,
            events,
            "Fitted model `{}` on {lines} lines, {events} events",
            self.name
        );
        let trained = Arc::new(trained);
        *former = Former { fit: Some(Arc::clone(&trained)), ..Former::default() };
        self.latest.store(Some(Arc::new(Published { seq: snapshot.seq, trained: Arc::clone(&trained) })));
        Some(trained)
    }

    /// What there is now, without the days that are older than the owner wants them.
    fn snapshot(&self) -> Snapshot {
        let expired = self.change(Writer::expire);
        if let Err(e) = expired {
            warn!("old days of model `{}` are not forgotten yet: {e}", self.name);
        }
        self.writer().snapshot()
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
        let mut former = self.fitting.lock().unwrap_or_else(PoisonError::into_inner);
        let latest = self.latest.load_full().filter(|latest| Arc::ptr_eq(&latest.trained, &trained));
        if let Some(latest) = latest {
            if let Err(e) = self.writer().save_embeddings(complete.embeddings.as_ref()) {
                warn!("the term vectors of model `{}` are used and not written: {e}", self.name);
            }
            former.fit = Some(Arc::clone(&complete));
            let trained = Arc::clone(&complete);
            self.latest.store(Some(Arc::new(Published { seq: latest.seq, trained })));
        }
        Some(complete)
    }

    /// Makes the whole fit, and writes it and the state unless that is done.
    pub(super) fn publish(&self) -> Result<(), StoreError> {
        self.complete();
        let latest = self.latest.load_full();
        let mut writer = self.writer();
        match latest {
            Some(latest) if writer.is_unsaved() && latest.seq == writer.ledger().seq => {
                let snapshot = writer.snapshot();
                writer.save(&snapshot, &latest.trained.fit)?;
                writer.save_embeddings(latest.trained.embeddings.as_ref())
            }
            // All days were forgotten: what they left in the files goes too.
            None if writer.is_trained() && writer.is_behind() => writer.save_nothing(),
            _ => Ok(()),
        }
    }

    /// The owner's rules.
    pub(super) fn rules(&self) -> Arc<Rules> {
        Arc::clone(self.writer().rules())
    }

    /// A copy of all that was learnt.
    pub(super) fn state(&self) -> Arc<State> {
        Arc::clone(self.writer().state())
    }

    /// The state of a generation that is kept; `None` where it is not.
    pub(super) fn state_of(&self, number: u64) -> Result<Option<State>, StoreError> {
        let writer = self.writer();
        if writer.ledger().generations.get(number).is_none() {
            return Ok(None);
        }
        writer.load_generation(number).map(Some)
    }

    /// The fit of a generation that is kept, made again from its state; `None` where it is not kept.
    pub(super) fn generation(&self, number: u64) -> Result<Option<Arc<Trained>>, StoreError> {
        let is_whole = self.writer().ledger().generations.get(number).is_some_and(|found| !found.reduced);
        if let Some(latest) = self.latest.load_full()
            && latest.trained.model.generation == number
            && is_whole
        {
            return Ok(Some(Arc::clone(&latest.trained)));
        }
        let mut former = self.former.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = former.iter().position(|trained| trained.model.generation == number) {
            former[place..].rotate_left(1);
            return Ok(former.last().map(Arc::clone));
        }
        let generation = self.writer().ledger().generations.get(number).copied();
        let (Some(generation), Some(state)) = (generation, self.state_of(number)?) else { return Ok(None) };
        let fit = fit_of(&state, generation.half_life_days);
        let embeddings = Embeddings::fit(&fit, SEED);
        let trained = Arc::new(trained(&self.name, Some(&generation), fit, embeddings, &self.writer()));
        if former.len() == FORMER_FITS {
            former.remove(0);
        }
        former.push(Arc::clone(&trained));
        Ok(Some(trained))
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fit_of(state: &State, half_life_days: Option<u32>) -> Fit {
    match half_life_days {
        Some(days) => Fit::new(&state.faded(days), SEED),
        None => Fit::new(state, SEED),
    }
}

/// A fit, as its owner wants it used.
fn trained(
    name: &str,
    generation: Option<&Generation>,
    fit: Fit,
    embeddings: Option<Embeddings>,
    writer: &Writer,
) -> Trained {
    let ledger = writer.ledger();
    let budget = ledger.settings.alarms_per_day;
    let mut model = report(name, generation, &fit, budget);
    let marks = ledger.feedback.today(fit.events(), &ledger.lineage);
    model.marks = marks.iter().map(|(event, mark)| format!("{} {event:016x}", mark.verdict.name())).collect();
    let threshold = fit.anomaly.expected.threshold(budget);
    Trained { fit, embeddings, model, rules: Arc::clone(writer.rules()), threshold, marks }
}

/// What a reply says of the model that it was made with.
fn report(name: &str, generation: Option<&Generation>, fit: &Fit, budget: u32) -> ModelReport {
    ModelReport {
        name: name.to_owned(),
        trained: true,
        generation: generation.map_or(0, |generation| generation.number),
        trained_lines: generation.map_or(0, |generation| generation.lines),
        trained_at: generation.map(|generation| generation.trained_at),
        unseen_event_share: fit.anomaly.unseen_event_share(),
        days: fit.anomaly.days,
        remarks: remarks(fit),
        marks: Vec::new(),
        promise: Some(fit.anomaly.expected.promise(budget)),
    }
}
