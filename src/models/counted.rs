//! Lines that are counted part by part before a model learns them all at once.

use std::sync::Arc;

use super::pipeline::PIPELINE;
use crate::analysis::read::Lines;
use crate::state::State;
use crate::tokenize::Rules;

/// What training keeps of lines that a model is yet to learn, in memory that grows with their kinds, not with their number.
#[derive(Clone, Debug)]
pub struct Counted {
    /// Those of the model when it began. Should its owner choose others meanwhile, they are read again with those.
    rules: Arc<Rules>,
    /// What reads lines so.
    pub(super) pipeline: u64,
    pub(super) state: State,
}

impl Default for Counted {
    fn default() -> Self {
        Self::with(Arc::default(), *PIPELINE)
    }
}

impl Counted {
    pub(super) fn with(rules: Arc<Rules>, pipeline: u64) -> Self {
        Self { rules, pipeline, state: State::default() }
    }

    /// Counts lines.
    pub fn count<S: AsRef<str> + Sync>(&mut self, lines: &[S]) {
        self.state.merge(Lines::read_with(lines, &self.rules).state());
    }

    /// How many are counted.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.state.lines()
    }
}
