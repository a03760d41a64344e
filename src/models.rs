//! Named models: learn lines, judge lines, keep what was learnt.
//!
//! In: lines of text. Out: [`Report`]s. The one place that joins the pipeline to the models folder; HTTP and
//! the client know nothing below it.

mod counted;
mod events;
mod feedback;
mod generations;
mod info;
mod ledger;
mod lineage;
mod model;
mod partial;
mod pipeline;
mod receipts;
mod settings;
mod writer;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::error;

use crate::analysis::{Trained, analyze};
use crate::report::{ModelReport, Report};
use crate::state::{Days, State};
use crate::store::{FolderLock, StoreError};
use crate::tokenize::Rules;

pub use crate::analysis::AnalyzeOptions;
pub use crate::analysis::feedback::{Mark, Marks, Verdict};
pub use crate::tokenize::Rule;
pub use counted::Counted;
pub use events::EventInfo;
pub use feedback::{FeedbackError, MAX_MARKS, MAX_NOTE_BYTES};
pub use generations::{GENERATION_DAYS_KEPT, GENERATIONS_KEPT, Generation};
pub use info::ModelInfo;
pub use partial::{Partial, PartialError};
pub use receipts::{BodyHash, MAX_RECEIPTS, Receipt};
pub use settings::{MAX_DAYS, Settings, SettingsError};
pub use writer::MAX_STATE_BYTES;

use model::Model;
use receipts::ReceiptBook;

/// The model that requests use where they name none; its files are in the models folder itself.
pub const DEFAULT_MODEL: &str = "default";

/// Models of one folder at most. Each is open all the time, so a program that makes up names must not fill the memory.
pub const MAX_MODELS: usize = 1000;

/// Longest model name, in bytes.
const MAX_NAME_LENGTH: usize = 64;

/// The models of one folder.
#[derive(Debug)]
pub struct Models {
    dir: PathBuf,
    open: Mutex<BTreeMap<String, Arc<Model>>>,
    receipts: Mutex<ReceiptBook>,
    /// Held from the first model on: one process at a time uses a folder.
    claim: Mutex<Option<FolderLock>>,
}

/// Why a model could not be read, trained or used.
#[derive(Debug, thiserror::Error)]
pub enum ModelsError {
    /// A name that the contract does not allow.
    #[error(
        "model name `{0}` is not valid: use 1 to 64 of a-z, 0-9, `-`, `_`, beginning with a letter or digit (and `@` and a number for one of its generations)"
    )]
    Name(String),
    /// A generation was named where the model itself is meant.
    #[error("`{0}` names a generation, and this is about the model: leave `@` and the number out")]
    Generation(String),
    /// A generation that is not there, or not any more.
    #[error("model `{name}` has no generation {number}; it has {kept}")]
    NoGeneration {
        /// The model.
        name: String,
        /// What was asked for.
        number: u64,
        /// Those that there are, in words.
        kept: String,
    },
    /// The owner chose what cannot be.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// What was said of an event cannot be kept.
    #[error(transparent)]
    Feedback(#[from] FeedbackError),
    /// Nothing was said of an event.
    #[error("nothing was said of the event {0:016x}; see GET .../feedback for those that are marked")]
    Unmarked(u64),
    /// Nothing was ever learnt under this name.
    #[error("there is no model `{0}`; train it first, or see GET /v1/models for those that there are")]
    Untrained(String),
    /// A word that no event of the model holds.
    #[error(
        "model `{name}` knows {terms} terms, and `{term}` is none of them: terms are the constant words of its events, see GET /v1/models/{name}/events"
    )]
    UnknownTerm {
        /// The model.
        name: String,
        /// What was asked for.
        term: String,
        /// How many there are.
        terms: usize,
    },
    /// There is no room for one more name.
    #[error("there are {MAX_MODELS} models already, which is the most; delete one, or train one of them")]
    TooMany,
    /// A key came again with another body.
    #[error("this Idempotency-Key came with another body within 24 hours; take a new key for a new training")]
    KeyReused,
    /// A key came again while its first training still runs.
    #[error("the first training with this Idempotency-Key is still under way; ask again in some seconds")]
    KeyUnderWay,
    /// The models folder could not be read or written, or a file in it is damaged.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Models {
    /// Opens the models of a folder and loads those that it holds; a folder that is not there is made at the first
    /// training.
    ///
    /// A named model that cannot be read is left out, with an error in the log: requests for it say the same, and the
    /// others are served.
    ///
    /// # Errors
    /// [`ModelsError::Store`]: a damaged, foreign or newer state file of the default model, a folder that cannot be
    /// read, or one that another process has open.
    pub fn open(dir: &Path) -> Result<Self, ModelsError> {
        let models = Self {
            dir: dir.to_owned(),
            open: Mutex::default(),
            receipts: Mutex::default(),
            claim: Mutex::default(),
        };
        let names = names_in(dir)?;
        if !names.is_empty() {
            models.claim()?;
        }
        for name in names {
            let model = match models.model(&name) {
                Ok(model) => model,
                // the others go on serving; whoever asks for this one is told the same
                Err(e) if name != DEFAULT_MODEL => {
                    error!(model = name, "Model `{name}` is not available: {e}");
                    continue;
                }
                Err(e) => return Err(e),
            };
            if !model.is_kept() {
                model.remove_files()?;
                models.close(&name, &model);
            }
        }
        Ok(models)
    }

    /// Keeps other processes away from the folder, also while it holds no model. Done by itself before a model is opened.
    ///
    /// # Errors
    /// [`StoreError::InUse`] where another process has it. A folder that cannot be written is not locked, and no error.
    pub fn claim(&self) -> Result<(), ModelsError> {
        let mut claim = self.claim.lock().unwrap_or_else(PoisonError::into_inner);
        if claim.is_none() {
            *claim = FolderLock::take(&self.dir)?;
        }
        Ok(())
    }

    /// Learns `lines`; when it returns, they are on disk. Returns the number of lines learnt.
    ///
    /// # Errors
    /// A bad name, or a folder that cannot be written; then nothing is learnt.
    pub fn train<S: AsRef<str> + Sync>(&self, name: &str, lines: &[S]) -> Result<usize, ModelsError> {
        self.train_once(name, lines, None)
    }

    /// As [`Models::train`]; lines that came before with the same receipt are not learnt again, also after a restart.
    ///
    /// # Errors
    /// Besides those of [`Models::train`]: [`ModelsError::KeyReused`], [`ModelsError::KeyUnderWay`].
    pub fn train_once<S: AsRef<str> + Sync>(
        &self,
        name: &str,
        lines: &[S],
        receipt: Option<Receipt>,
    ) -> Result<usize, ModelsError> {
        let mut learnt = self.counting(name)?;
        self.once(name, receipt, || {
            learnt.count(lines);
            self.add(name, &learnt, receipt)
        })?;
        Ok(lines.len())
    }

    /// Begins a training whose lines come in parts. Nothing is learnt before [`Models::train_counted`].
    ///
    /// # Errors
    /// [`ModelsError::Name`].
    pub fn counting(&self, name: &str) -> Result<Counted, ModelsError> {
        check_name(name)?;
        Ok(self.locked().get(name).map(|model| model.counting()).unwrap_or_default())
    }

    /// Learns lines that were counted, as [`Models::train_once`] does.
    ///
    /// # Errors
    /// As of [`Models::train_once`]; then nothing is learnt.
    pub fn train_counted(
        &self,
        name: &str,
        learnt: &Counted,
        receipt: Option<Receipt>,
    ) -> Result<(), ModelsError> {
        self.once(name, receipt, || self.add(name, learnt, receipt))
    }

    fn add(&self, name: &str, learnt: &Counted, receipt: Option<Receipt>) -> Result<(), ModelsError> {
        if learnt.lines() == 0 {
            Ok(())
        } else {
            self.learn(name, |model| model.train(learnt.clone(), receipt))
        }
    }

    /// Adds what was counted elsewhere: the model is then what training on those lines would have made of it. When it
    /// returns, that is on disk. It counts as often as it is called, but for calls with the same receipt.
    ///
    /// # Errors
    /// As of [`Models::train_once`]; then nothing is learnt.
    pub fn merge(&self, name: &str, partial: &Partial, receipt: Option<Receipt>) -> Result<(), ModelsError> {
        self.once(name, receipt, || {
            if partial.lines() == 0 {
                return Ok(());
            }
            self.learn(name, |model| model.merge(partial.state().clone(), receipt))
        })
    }

    /// Does what is to be done once for a receipt, unless it was done before.
    fn once(
        &self,
        name: &str,
        receipt: Option<Receipt>,
        work: impl FnOnce() -> Result<(), ModelsError>,
    ) -> Result<(), ModelsError> {
        check_name(name)?;
        let Some(receipt) = receipt else { return work() };
        if !self.book().begin(receipt, name)? {
            return Ok(());
        }
        let done = work();
        self.book().end(receipt, name, done.is_ok());
        done
    }

    fn learn(&self, name: &str, work: impl Fn(&Model) -> Result<(), StoreError>) -> Result<(), ModelsError> {
        loop {
            let model = self.model(name)?;
            match work(&model) {
                // Somebody deleted it between these two lines: the training makes a new one.
                Err(StoreError::Deleted { .. }) => self.close(name, &model),
                done => return Ok(done?),
            }
        }
    }

    /// The trained models in numbers, by name.
    ///
    /// # Errors
    /// A state that cannot be encoded, which is a bug.
    pub fn list(&self) -> Result<Vec<ModelInfo>, ModelsError> {
        let models: Vec<Arc<Model>> = self.locked().values().cloned().collect();
        let infos: Result<Vec<_>, _> = models.iter().map(|model| model.info()).collect();
        Ok(infos?.into_iter().flatten().collect())
    }

    /// One model in numbers.
    ///
    /// # Errors
    /// A bad name, [`ModelsError::Untrained`].
    pub fn info(&self, name: &str) -> Result<ModelInfo, ModelsError> {
        self.trained(name)?.info()?.ok_or_else(|| ModelsError::Untrained(name.to_owned()))
    }

    /// Deletes a model with its files and the keys of its trainings; when it returns, it does not come back.
    ///
    /// # Errors
    /// A bad name, [`ModelsError::Untrained`], or a folder that cannot be written.
    pub fn delete(&self, name: &str) -> Result<(), ModelsError> {
        check_name(name)?;
        let model = self.existing(name)?.filter(|model| model.is_kept());
        let model = model.ok_or_else(|| ModelsError::Untrained(name.to_owned()))?;
        let deleted = model.delete();
        if model.is_kept() {
            // The record could not be written: nothing has happened.
            return Ok(deleted?);
        }
        self.book().forget(name);
        self.close(name, &model);
        if name != DEFAULT_MODEL {
            // Something else may be in it, and then it stays.
            let _ = std::fs::remove_dir(self.dir_of(name));
        }
        Ok(deleted?)
    }

    /// Forgets days of log time: afterwards the model is what the other days alone would have given. Returns how many
    /// lines and days were forgotten; when it returns, that is on disk.
    ///
    /// # Errors
    /// A bad name, [`ModelsError::Untrained`], or a folder that cannot be written; then nothing is forgotten.
    pub fn forget(&self, name: &str, days: &Days) -> Result<(u64, u64), ModelsError> {
        match self.trained(name)?.forget(days) {
            Err(StoreError::Deleted { .. }) => Err(ModelsError::Untrained(name.to_owned())),
            done => Ok(done?),
        }
    }

    /// Judges `lines` by the model called `name`, or by its generation 17 where that is `name@17`; or by themselves where
    /// it was never trained. Learns nothing.
    ///
    /// What training acknowledged before the call is known to it: a fit that is older is made anew first.
    ///
    /// # Errors
    /// A bad name, [`ModelsError::NoGeneration`]. A disk that cannot be written is none: the fit is used and written later.
    pub fn analyze<'a, S: AsRef<str> + Sync>(
        &self,
        name: &str,
        lines: &'a [S],
        options: &AnalyzeOptions,
    ) -> Result<Report<'a>, ModelsError> {
        let trained = self.judge(name, options.terms)?;
        let mut report = analyze(lines, trained.as_deref(), options);
        if trained.is_none() {
            report.model = ModelReport { name: name.to_owned(), ..ModelReport::default() };
        }
        Ok(report)
    }

    /// What the model called `name`, or its generation where that is `name@17`, judges lines by, with embeddings where
    /// `terms` are wanted; `None` where it was never trained.
    ///
    /// # Errors
    /// As of [`Models::analyze`].
    pub fn judge(&self, name: &str, terms: bool) -> Result<Option<Arc<Trained>>, ModelsError> {
        let (base, generation) = parts_of(name)?;
        match (self.existing(base)?, generation) {
            (Some(model), Some(number)) => {
                Ok(Some(model.generation(number)?.ok_or_else(|| no_generation(base, number, &model))?))
            }
            (None, Some(_)) => Err(ModelsError::Untrained(base.to_owned())),
            (Some(model), None) if terms => Ok(model.complete()),
            (Some(model), None) => Ok(model.current()),
            (None, None) => Ok(None),
        }
    }

    /// A copy of what the model called `name` learnt, or of what `name@17` had learnt; `None` where it was never trained.
    ///
    /// # Errors
    /// A bad name, [`ModelsError::NoGeneration`], or files that cannot be read.
    pub fn state(&self, name: &str) -> Result<Option<Arc<State>>, ModelsError> {
        let (base, generation) = parts_of(name)?;
        let Some(model) = self.existing(base)? else { return Ok(None) };
        let state = match generation {
            Some(number) => {
                Arc::new(model.state_of(number)?.ok_or_else(|| no_generation(base, number, &model))?)
            }
            None => model.state(),
        };
        Ok(Some(state).filter(|state| state.lines() > 0))
    }

    /// The generations of a model that are kept, oldest first, and the number of the one in use.
    ///
    /// # Errors
    /// A bad name, [`ModelsError::Untrained`].
    pub fn generations(&self, name: &str) -> Result<(Vec<Generation>, u64), ModelsError> {
        Ok(self.trained(name)?.generations())
    }

    /// Takes a former generation into use again, with all that it knew: what was learnt since is forgotten, and can be had
    /// back by its own number. When it returns, that is on disk.
    ///
    /// # Errors
    /// A bad name, [`ModelsError::Untrained`], [`ModelsError::NoGeneration`], or a folder that cannot be written; then
    /// nothing has changed.
    pub fn roll_back(&self, name: &str, to: u64) -> Result<(), ModelsError> {
        let model = self.trained(name)?;
        if model.roll_back(to)? { Ok(()) } else { Err(no_generation(name, to, &model)) }
    }

    /// The events of a model, by id.
    ///
    /// # Errors
    /// A bad name, [`ModelsError::Untrained`].
    pub fn events(&self, name: &str) -> Result<Vec<EventInfo>, ModelsError> {
        Ok(self.trained(name)?.events())
    }

    /// The terms of a model that are used most like `term`, with the cosine of their embeddings in `[-1, 1]`, best first. A
    /// term that the model does not know is looked for in small letters too.
    ///
    /// # Errors
    /// A bad name, [`ModelsError::Untrained`], [`ModelsError::UnknownTerm`].
    pub fn similar(&self, name: &str, term: &str) -> Result<Vec<(String, f64)>, ModelsError> {
        let trained =
            self.trained(name)?.complete().ok_or_else(|| ModelsError::Untrained(name.to_owned()))?;
        let vectorizer = &trained.fit.vocabulary.vectorizer;
        let column = vectorizer.column(term).or_else(|| vectorizer.column(&term.to_lowercase()));
        let column = column.ok_or_else(|| {
            let term = term.chars().take(100).collect();
            ModelsError::UnknownTerm { name: name.to_owned(), term, terms: vectorizer.terms().len() }
        })?;
        let near = trained
            .embeddings
            .iter()
            .flat_map(|embeddings| embeddings.nearest(vectorizer, column, vectorizer.terms().len()));
        Ok(near.map(|(term, cosine)| (term.to_owned(), cosine)).collect())
    }

    /// What the owner of a model chose.
    ///
    /// # Errors
    /// A bad name; [`ModelsError::Untrained`] where nothing was ever learnt or chosen.
    pub fn settings(&self, name: &str) -> Result<Settings, ModelsError> {
        check_name(name)?;
        let model = self.existing(name)?.filter(|model| model.is_kept());
        Ok(model.ok_or_else(|| ModelsError::Untrained(name.to_owned()))?.settings())
    }

    /// Chooses for a model, also before it learns its first line. When it returns, that is on disk.
    ///
    /// # Errors
    /// A bad name, [`ModelsError::Settings`], or a folder that cannot be written; then nothing has changed.
    pub fn set(&self, name: &str, settings: Settings) -> Result<(), ModelsError> {
        check_name(name)?;
        settings.check()?;
        let model = self.model(name)?;
        let done = model.set(settings);
        if !model.is_kept() {
            // Nothing was chosen that is not so anyway: nothing of it is to be left behind.
            model.remove_files()?;
            self.close(name, &model);
            if name != DEFAULT_MODEL {
                let _ = std::fs::remove_dir(self.dir_of(name));
            }
        }
        Ok(done?)
    }

    /// What the owner of a model said of events, by the ids that were marked, each with the template that the event has
    /// today; `None` where the model does not know it.
    ///
    /// # Errors
    /// A bad name, [`ModelsError::Untrained`].
    pub fn marks(&self, name: &str) -> Result<Vec<(u64, Mark, Option<String>)>, ModelsError> {
        let model = self.trained(name)?;
        let events = model.events();
        let template = |id: u64| {
            let named = events.iter().find(|event| event.id == id);
            let event = named.or_else(|| events.iter().find(|event| event.former_ids.contains(&id)));
            event.map(|event| event.template.clone())
        };
        Ok(model.marks().into_iter().map(|(id, mark)| (id, mark, template(id))).collect())
    }

    /// Keeps what the owner of a model says of an event: from then on it is never an outlier, or always one. When it
    /// returns, that is on disk. It holds when more is learnt, and for the event that a more general template makes of it.
    ///
    /// # Errors
    /// A bad name, [`ModelsError::Untrained`], [`ModelsError::Feedback`], or a folder that cannot be written; then nothing
    /// has changed.
    pub fn mark(&self, name: &str, event: u64, mark: Mark) -> Result<(), ModelsError> {
        Ok(self.trained(name)?.mark(event, Some(mark))??)
    }

    /// Takes back what was said of an event.
    ///
    /// # Errors
    /// A bad name, [`ModelsError::Untrained`], [`ModelsError::Unmarked`], or a folder that cannot be written.
    pub fn unmark(&self, name: &str, event: u64) -> Result<(), ModelsError> {
        let model = self.trained(name)?;
        if !model.marks().contains_key(&event) {
            return Err(ModelsError::Unmarked(event));
        }
        Ok(model.mark(event, None)??)
    }

    /// What the owner of `name`, or of `name@17`, takes for filled in.
    ///
    /// # Errors
    /// A bad name, or files that cannot be read.
    pub fn rules(&self, name: &str) -> Result<Arc<Rules>, ModelsError> {
        let model = self.existing(parts_of(name)?.0)?;
        Ok(model.map(|model| model.rules()).unwrap_or_default())
    }

    /// Makes and writes the whole fit of a model, where training happened since the last one.
    ///
    /// # Errors
    /// A bad name, or a folder that cannot be written; the former fit stays.
    pub fn publish(&self, name: &str) -> Result<(), ModelsError> {
        check_name(name)?;
        if let Some(model) = self.existing(name)? {
            model.publish()?;
        }
        Ok(())
    }

    /// [`Models::publish`] for all models.
    ///
    /// # Errors
    /// The first that fails; the others are published all the same.
    pub fn publish_all(&self) -> Result<(), ModelsError> {
        let models: Vec<Arc<Model>> = self.locked().values().cloned().collect();
        let mut first = Ok(());
        for model in models {
            let published = model.publish();
            first = first.and(published);
        }
        first.map_err(ModelsError::from)
    }

    /// The models that were trained or set, by name.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.locked().keys().cloned().collect()
    }

    /// The model, made where it is new.
    fn model(&self, name: &str) -> Result<Arc<Model>, ModelsError> {
        let mut open = self.locked();
        if let Some(model) = open.get(name) {
            return Ok(Arc::clone(model));
        }
        if open.len() >= MAX_MODELS {
            return Err(ModelsError::TooMany);
        }
        self.claim()?;
        let model = Arc::new(Model::create(name, &self.dir_of(name))?);
        for receipt in model.receipts().iter() {
            self.book().insert(*receipt, name);
        }
        open.insert(name.to_owned(), Arc::clone(&model));
        Ok(model)
    }

    /// The model, where it is open and was trained.
    fn trained(&self, name: &str) -> Result<Arc<Model>, ModelsError> {
        check_name(name)?;
        let model = self.existing(name)?.filter(|model| model.is_trained());
        model.ok_or_else(|| ModelsError::Untrained(name.to_owned()))
    }

    /// Lets go of a model, unless another one has taken its name.
    fn close(&self, name: &str, model: &Arc<Model>) {
        let mut open = self.locked();
        if open.get(name).is_some_and(|known| Arc::ptr_eq(known, model)) {
            open.remove(name);
        }
    }

    fn book(&self) -> std::sync::MutexGuard<'_, ReceiptBook> {
        self.receipts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The model, where it was trained before.
    fn existing(&self, name: &str) -> Result<Option<Arc<Model>>, ModelsError> {
        if let Some(model) = self.locked().get(name) {
            return Ok(Some(Arc::clone(model)));
        }
        if Model::is_in(&self.dir_of(name)) { self.model(name).map(Some) } else { Ok(None) }
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Arc<Model>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn dir_of(&self, name: &str) -> PathBuf {
        if name == DEFAULT_MODEL { self.dir.clone() } else { self.dir.join(name) }
    }
}

/// The models that a folder holds, sorted.
fn names_in(dir: &Path) -> Result<Vec<String>, StoreError> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(StoreError::io("read", dir)(e)),
    };
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name != DEFAULT_MODEL && check_name(name).is_ok() && Model::is_in(&dir.join(name)))
        .collect();
    if Model::is_in(dir) {
        names.push(DEFAULT_MODEL.to_owned());
    }
    names.sort();
    Ok(names)
}

/// The name of a model, and the number behind `@`.
fn parts_of(name: &str) -> Result<(&str, Option<u64>), ModelsError> {
    let wrong = || ModelsError::Name(name.to_owned());
    let (base, number) = match name.split_once('@') {
        None => (name, None),
        Some((base, number)) => {
            let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
            (base, Some(number.parse().ok().filter(|_| is_number).ok_or_else(wrong)?))
        }
    };
    if is_name(base) { Ok((base, number)) } else { Err(wrong()) }
}

fn check_name(name: &str) -> Result<(), ModelsError> {
    match parts_of(name)? {
        (_, None) => Ok(()),
        (_, Some(_)) => Err(ModelsError::Generation(name.to_owned())),
    }
}

fn no_generation(name: &str, number: u64, model: &Model) -> ModelsError {
    let numbers: Vec<String> =
        model.generations().0.iter().map(|generation| generation.number.to_string()).collect();
    let kept = if numbers.is_empty() { "none yet".to_owned() } else { numbers.join(", ") };
    ModelsError::NoGeneration { name: name.to_owned(), number, kept }
}

/// Whether a text is the name of a model, by the rule for them.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    name.len() <= MAX_NAME_LENGTH
        && name.bytes().next().is_some_and(plain)
        && name.bytes().all(|b| plain(b) || b == b'-' || b == b'_')
}
