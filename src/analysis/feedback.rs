//! What the owner of a model has said of events.
//!
//! In: a score and a mark. Out: the score that counts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::report::Reason;

/// The highest score there is; what is always important has it.
const HIGHEST: f64 = 2.0;

/// What an event is to its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Never an outlier.
    Normal,
    /// Always an outlier.
    Important,
}

impl Verdict {
    /// As requests and replies name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Important => "important",
        }
    }
}

/// A verdict, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// What the event is.
    pub verdict: Verdict,
    /// In the owner's words; may be empty.
    pub note: String,
    /// When it was said, seconds since 1970 UTC.
    pub marked_at: i64,
}

/// Marks by id of the event.
pub type Marks = BTreeMap<u64, Mark>;

impl Mark {
    /// The score that counts of one that was worked out: at most the threshold for what is normal, the highest
    /// for what is important.
    #[must_use]
    pub fn apply(&self, score: f64, threshold: f64) -> f64 {
        match self.verdict {
            Verdict::Normal => score.min(threshold),
            Verdict::Important => HIGHEST,
        }
    }

    /// What it adds to a score; `None` where it adds nothing.
    #[must_use]
    pub fn reason(&self, score: f64) -> Option<Reason> {
        let contribution = HIGHEST - score;
        (self.verdict == Verdict::Important && contribution > 0.0).then(|| Reason {
            kind: "marked_important",
            contribution,
            detail: match self.note.as_str() {
                "" => "it was marked as always important".to_owned(),
                note => format!("it was marked as always important: {note}"),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Mark, Verdict};

    #[test]
    fn what_is_normal_stays_below_the_threshold_and_what_is_important_is_on_top() {
        let mark = |verdict| Mark { verdict, note: String::new(), marked_at: 0 };
        assert_eq!(mark(Verdict::Normal).apply(1.5, 0.75), 0.75);
        assert_eq!(mark(Verdict::Normal).apply(0.3, 0.75), 0.3);
        assert_eq!(mark(Verdict::Important).apply(0.3, 0.75), 2.0);
        assert_eq!(mark(Verdict::Important).reason(0.5).map(|reason| reason.contribution), Some(1.5));
        assert_eq!(mark(Verdict::Normal).reason(0.5), None);
    }
}
