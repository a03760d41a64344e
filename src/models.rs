//! Named models: learn lines, judge lines, keep what was learnt.
//!
//! In: lines of text. Out: [`Report`]s. The one place that joins the pipeline to the models folder; HTTP and
//! the client know nothing below it.

mod info;
mod model;
mod partial;
mod pipeline;
mod receipts;
mod writer;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::error;

use crate::analysis::analyze;
use crate::report::{ModelReport, Report};
use crate::state::{Days, State};
use crate::store::StoreError;

pub use crate::analysis::AnalyzeOptions;
pub use info::ModelInfo;
pub use partial::{Partial, PartialError};
pub use receipts::{MAX_RECEIPTS, Receipt};

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
}

/// Why a model could not be read, trained or used.
#[derive(Debug, thiserror::Error)]
pub enum ModelsError {
    /// A name that the contract does not allow.
    #[error(
        "model name `{0}` is not valid: use 1 to 64 of a-z, 0-9, `-`, `_`, beginning with a letter or digit"
    )]
    Name(String),
    /// A generation was asked for.
    #[error(
        "`{0}` asks for a generation, and this version keeps only the newest: leave `@` and the number out"
    )]
    Generation(String),
    /// Nothing was ever learnt under this name.
    #[error("there is no model `{0}`; train it first, or see GET /v1/models for those that there are")]
    Untrained(String),
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
        let models = Self { dir: dir.to_owned(), open: Mutex::default(), receipts: Mutex::default() };
        for name in names_in(dir)? {
            let model = match models.model(&name) {
                Ok(model) => model,
                // the others go on serving; whoever asks for this one is told the same
                Err(e) if name != DEFAULT_MODEL => {
                    error!(model = name, "Model `{name}` is not available: {e}");
                    continue;
                }
                Err(e) => return Err(e),
            };
            if model.is_trained() {
                for receipt in model.receipts().iter() {
                    models.book().insert(*receipt, &name);
                }
            } else {
                model.remove_files()?;
                models.close(&name, &model);
            }
        }
        Ok(models)
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
        self.once(name, receipt, || {
            if lines.is_empty() { Ok(()) } else { self.learn(name, |model| model.train(lines, receipt)) }
        })?;
        Ok(lines.len())
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
        let model = self.trained(name)?;
        let deleted = model.delete();
        if model.is_trained() {
            // The record could not be written: nothing has happened.
            return Ok(deleted?);
        }
        self.close(name, &model);
        self.book().forget(name);
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

    /// Judges `lines` by the model called `name`, or by themselves where it was never trained. Learns nothing.
    ///
    /// What training acknowledged before the call is known to it: a fit that is older is made anew first.
    ///
    /// # Errors
    /// A bad name. A disk that cannot be written is none: the fit is used and written later.
    pub fn analyze<'a, S: AsRef<str> + Sync>(
        &self,
        name: &str,
        lines: &'a [S],
        options: &AnalyzeOptions,
    ) -> Result<Report<'a>, ModelsError> {
        check_name(name)?;
        let trained = match self.existing(name)? {
            Some(model) if options.terms => model.complete(),
            Some(model) => model.current(),
            None => None,
        };
        let mut report = analyze(lines, trained.as_deref(), options);
        if trained.is_none() {
            report.model = ModelReport { name: name.to_owned(), ..ModelReport::default() };
        }
        Ok(report)
    }

    /// A copy of what the model called `name` learnt; `None` where it was never trained.
    ///
    /// # Errors
    /// A bad name, or files that cannot be read.
    pub fn state(&self, name: &str) -> Result<Option<State>, ModelsError> {
        check_name(name)?;
        Ok(self.existing(name)?.map(|model| model.state()).filter(|state| state.lines() > 0))
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

    /// The models that were trained, by name.
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
        let model = Arc::new(Model::create(name, &self.dir_of(name))?);
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

fn check_name(name: &str) -> Result<(), ModelsError> {
    if name.split_once('@').is_some_and(|(name, generation)| {
        is_name(name) && !generation.is_empty() && generation.bytes().all(|b| b.is_ascii_digit())
    }) {
        return Err(ModelsError::Generation(name.to_owned()));
    }
    if is_name(name) { Ok(()) } else { Err(ModelsError::Name(name.to_owned())) }
}

fn is_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    name.len() <= MAX_NAME_LENGTH
        && name.bytes().next().is_some_and(plain)
        && name.bytes().all(|b| plain(b) || b == b'-' || b == b'_')
}
