//! What training keeps of some lines, made without a model and merged into one: the file `.oddstate`.

use super::pipeline::PIPELINE;
use super::receipts::Receipt;
use crate::analysis::read::Lines;
use crate::state::{Inconsistent, State};
use crate::store::{CodecError, FrameError, FramedError, Kind, from_frame, to_frame};

/// What training keeps of some lines. Merged in any order and grouping, partial states are the one of all their lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partial(State);

/// Why bytes are no partial state that this release can add to a model; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum PartialError {
    /// They are damaged, foreign, or of another release.
    #[error("{found}; {}", advice(.found))]
    Framed {
        /// What was found.
        #[from]
        found: FramedError,
    },
    /// They are whole, and no lines can have given what they hold.
    #[error("no lines can have given what it holds: {0}; make it again with `oddlog map`")]
    Inconsistent(#[from] Inconsistent),
}

fn advice(found: &FramedError) -> &'static str {
    match found {
        FramedError::Frame(FrameError::Version { .. } | FrameError::Pipeline { .. }) => {
            "make it again with `oddlog map` of the release that merges it"
        }
        FramedError::Frame(FrameError::Foreign | FrameError::Kind { .. }) => {
            "take a file that `oddlog map` or `oddlog merge` made"
        }
        _ => "make it again with `oddlog map`",
    }
}

impl From<State> for Partial {
    fn from(state: State) -> Self {
        Self(state)
    }
}

impl Partial {
    /// What training keeps of `lines`.
    #[must_use]
    pub fn of<S: AsRef<str> + Sync>(lines: &[S]) -> Self {
        Self(Lines::read(lines).state())
    }

    /// Adds all that `other` knows: the same as if its lines had been added here.
    pub fn merge(&mut self, other: Self) {
        self.0.merge(other.0);
    }

    /// Lines that it is of.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.0.lines()
    }

    /// Days of log time that hold lines; the lines without a date count as one.
    #[must_use]
    pub fn days(&self) -> u64 {
        self.0.slices().len() as u64
    }

    /// The bytes of its file: equal for equal lines, however they were cut and merged.
    ///
    /// # Errors
    /// [`CodecError::Encode`], which is a bug.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CodecError> {
        to_frame(Kind::Partial, *PIPELINE, &self.0)
    }

    /// Reads what [`Partial::to_bytes`] gave, believing nothing of it: [`State::check`] says what is looked at.
    ///
    /// # Errors
    /// [`PartialError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PartialError> {
        let state: State = from_frame(Kind::Partial, *PIPELINE, bytes)?;
        state.check()?;
        let partial = Self(state);
        // One state, one file: another order of its days, or a day that is there twice, is no work of this program.
        if partial.to_bytes().map_or(true, |written| written != bytes) {
            return Err(Inconsistent::Order.into());
        }
        Ok(partial)
    }

    /// The receipt of merging it into a model under a key, at a time in seconds since 1970 UTC.
    ///
    /// # Errors
    /// As of [`Partial::to_bytes`].
    pub fn receipt(&self, key: &str, model: &str, at: i64) -> Result<Receipt, CodecError> {
        Ok(Receipt::new(key, &[b"merge", model.as_bytes(), &self.to_bytes()?], at))
    }

    /// What it holds.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.0
    }
}
