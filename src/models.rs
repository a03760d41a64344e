//! Named models: learn lines, judge lines, keep what was learnt.
//!
//! In: lines of text. Out: [`Report`]s. The one place that joins the pipeline to the models folder; HTTP and
//! the client know nothing below it.

mod model;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::analysis::analyze;
use crate::report::{ModelReport, Report};
use crate::state::State;
use crate::store::StoreError;

pub use crate::analysis::AnalyzeOptions;

use model::Model;

/// The model that requests use where they name none; its files are in the models folder itself.
pub const DEFAULT_MODEL: &str = "default";

/// Longest model name, in bytes.
const MAX_NAME_LENGTH: usize = 64;

/// The models of one folder.
#[derive(Debug)]
pub struct Models {
    dir: PathBuf,
    open: Mutex<BTreeMap<String, Arc<Model>>>,
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
    /// The models folder could not be read or written, or a file in it is damaged.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Models {
    /// Opens the models of a folder and loads those that it holds; a folder that is not there is made at the first
    /// training.
    ///
    /// # Errors
    /// [`ModelsError::Store`]: a damaged, foreign or newer state file, a folder that cannot be read, or one that
    /// another process has open.
    pub fn open(dir: &Path) -> Result<Self, ModelsError> {
        let models = Self { dir: dir.to_owned(), open: Mutex::default() };
        for name in names_in(dir)? {
            models.existing(&name)?;
        }
        Ok(models)
    }

    /// Learns `lines`; when it returns, they are on disk. Returns the number of lines learnt.
    ///
    /// # Errors
    /// A bad name, or a folder that cannot be written; then nothing is learnt.
    pub fn train<S: AsRef<str> + Sync>(&self, name: &str, lines: &[S]) -> Result<usize, ModelsError> {
        check_name(name)?;
        if !lines.is_empty() {
            self.model(name)?.train(lines)?;
        }
        Ok(lines.len())
    }

    /// Judges `lines` by the model called `name`, or by themselves where it was never trained. Learns nothing.
    ///
    /// What training acknowledged before the call is known to it: a fit that is older is made anew first.
    ///
    /// # Errors
    /// A bad name, or a fit that cannot be written.
    pub fn analyze<'a, S: AsRef<str> + Sync>(
        &self,
        name: &str,
        lines: &'a [S],
        options: &AnalyzeOptions,
    ) -> Result<Report<'a>, ModelsError> {
        check_name(name)?;
        let trained = match self.existing(name)? {
            Some(model) if options.terms => model.complete()?,
            Some(model) => model.current()?,
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
            model.complete()?;
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
            let published = model.complete().map(|_| ());
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
        let model = Arc::new(Model::create(name, &self.dir_of(name))?);
        open.insert(name.to_owned(), Arc::clone(&model));
        Ok(model)
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
