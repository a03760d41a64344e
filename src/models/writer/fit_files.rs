//! The files of the fit in use, each with a hash of what it was made from.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tracing::warn;
use xxhash_rust::xxh3::xxh3_64;

use super::Writer;
use crate::analysis::fit::{Fit, PatternModel};
use crate::analysis::terms::Embeddings;
use crate::columns::Columns;
use crate::store::{Kind, StoreError, Stored, load, save};
use crate::template::Templates;

/// A file of the fit.
#[derive(Debug, Serialize, Deserialize)]
struct SavedFit<T> {
    /// Hash of what it was made from: the state, and how its days are weighed.
    digest: u64,
    content: T,
}

/// The events of a fit, version 1: no columns were learnt.
#[derive(Debug, Deserialize)]
struct PatternModel1 {
    templates: Templates,
    #[expect(dead_code, reason = "it stands in the file")]
    patterns: Vec<i32>,
}

/// The same of version 2: all events were compared.
#[derive(Debug, Deserialize)]
struct PatternModel2 {
    templates: Templates,
    #[expect(dead_code, reason = "it stands in the file")]
    patterns: Vec<i32>,
    #[expect(dead_code, reason = "it stands in the file")]
    columns: Columns,
}

impl Writer {
    /// Writes the embeddings of the fit in use.
    pub(in crate::models) fn save_embeddings(
        &self,
        embeddings: Option<&Embeddings>,
    ) -> Result<(), StoreError> {
        let Some(current) = self.ledger.generations.current().filter(|_| !self.is_deleted) else {
            return Ok(());
        };
        self.save_part(Kind::Word2Vec, made_from(current.digest, current.half_life_days), &embeddings)
    }

    pub(super) fn save_part<T: Serialize>(
        &self,
        kind: Kind,
        digest: u64,
        content: &T,
    ) -> Result<(), StoreError> {
        save(&self.path(kind), kind, self.pipeline(), &SavedFit { digest, content })
    }

    /// The fit on disk, where all its parts were made from this state; embeddings may be missing.
    pub(in crate::models) fn load_fit(&self) -> Result<Option<(Fit, Option<Embeddings>)>, StoreError> {
        let Some(current) = self.ledger.generations.current().copied() else { return Ok(None) };
        let half_life = self.ledger.settings.half_life_days;
        if !current.is_of(self.digest(), half_life) {
            return Ok(None);
        }
        let made_from = made_from(current.digest, half_life);
        let fit = || {
            Some(Fit {
                vocabulary: self.load_part(Kind::Vectorizer, made_from)?,
                anomaly: self.load_part(Kind::AnomalyModel, made_from)?,
                pattern: self.load_part(Kind::PatternModel, made_from)?,
                wordings: OnceLock::new(),
            })
        };
        Ok(fit().map(|fit| (fit, self.load_part::<Option<Embeddings>>(Kind::Word2Vec, made_from).flatten())))
    }

    /// The events of the last published fit, whatever has made it: their ids live on in those of the next.
    pub(in crate::models) fn load_events(&self) -> Option<Templates> {
        let stored = Stored::read(&self.path(Kind::PatternModel), Kind::PatternModel).ok()?;
        match stored.origin.version {
            1 => stored.decode::<SavedFit<PatternModel1>>().ok().map(|saved| saved.content.templates),
            2 => stored.decode::<SavedFit<PatternModel2>>().ok().map(|saved| saved.content.templates),
            _ => stored.decode::<SavedFit<PatternModel>>().ok().map(|saved| saved.content.templates),
        }
    }

    /// A part of the fit; `None` where it is of another state or cannot be read, which a new fit mends.
    fn load_part<T: DeserializeOwned>(&self, kind: Kind, digest: u64) -> Option<T> {
        match load::<SavedFit<T>>(&self.path(kind), kind, self.pipeline()) {
            Ok(saved) => (saved.digest == digest).then_some(saved.content),
            Err(StoreError::Missing { .. }) => None,
            Err(e) => {
                warn!("{e}; it is made anew from the state");
                None
            }
        }
    }
}

/// Hash of all that a fit depends on.
pub(super) fn made_from(digest: u64, half_life_days: Option<u32>) -> u64 {
    half_life_days.map_or(digest, |days| xxh3_64(&[digest, u64::from(days)].map(u64::to_le_bytes).concat()))
}
