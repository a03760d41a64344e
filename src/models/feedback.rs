//! What is kept of what the owner of a model said of events.

use serde::{Deserialize, Serialize};

use super::lineage::Lineage;
use crate::analysis::feedback::{Mark, Marks, Verdict};
use crate::template::EventTemplate;

/// Marks of one model at most.
pub const MAX_MARKS: usize = 10_000;

/// Longest note, in bytes.
pub const MAX_NOTE_BYTES: usize = 1000;

/// Why a mark is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeedbackError {
    /// The note is too long.
    #[error("`note` has {0} bytes, and should have at most {MAX_NOTE_BYTES}")]
    Note(usize),
    /// There is no room for another.
    #[error("{MAX_MARKS} events are marked already, which is the most; take some back")]
    TooMany,
}

/// The marks of a model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Feedback(Marks);

impl Feedback {
    /// Whether a mark can be kept.
    pub(super) fn check(&self, id: u64, mark: &Mark) -> Result<(), FeedbackError> {
        if mark.note.len() > MAX_NOTE_BYTES {
            return Err(FeedbackError::Note(mark.note.len()));
        }
        let has_room = self.0.len() < MAX_MARKS || self.0.contains_key(&id);
        if has_room { Ok(()) } else { Err(FeedbackError::TooMany) }
    }

    /// Marks an event, or takes its mark back.
    pub(super) fn set(&mut self, id: u64, mark: Option<Mark>) {
        match mark {
            Some(mark) => self.0.insert(id, mark),
            None => self.0.remove(&id),
        };
    }

    /// All marks, by the id that was marked.
    pub(super) fn marks(&self) -> &Marks {
        &self.0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The marks as they hold today: what was said of an event under a former id holds for it, unless something was said
    /// of it by its own. Of several former ids that were marked, one that is important counts more.
    pub(super) fn today(&self, events: &[EventTemplate], lineage: &Lineage) -> Marks {
        let mut marks = self.0.clone();
        if marks.is_empty() {
            return marks;
        }
        for event in events.iter().filter(|event| !self.0.contains_key(&event.id)) {
            let former = lineage.former_ids(event.id);
            let inherited = former.iter().filter_map(|id| self.0.get(id));
            if let Some(mark) = inherited.max_by_key(|mark| mark.verdict == Verdict::Important) {
                marks.insert(event.id, mark.clone());
            }
        }
        marks
    }
}
