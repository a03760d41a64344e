//! What the owner of a model says of events, over the wire.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::models::moment_of;
use super::options::OptionError;
use crate::analysis::feedback::{Mark, Verdict};

/// What an event is to the owner of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum VerdictName {
    /// Never an outlier.
    Normal,
    /// Always an outlier.
    Important,
}

/// The body of a mark.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedbackBody {
    /// The event, as replies name it.
    #[schema(pattern = "^[0-9a-f]{16}$")]
    event_id: String,
    verdict: VerdictName,
    /// For those who read the list.
    #[serde(default)]
    note: String,
}

impl FeedbackBody {
    /// The event and its mark, made at a time in seconds since 1970 UTC.
    ///
    /// # Errors
    /// [`OptionError`] for an id that is none.
    pub fn mark(self, marked_at: i64) -> Result<(u64, Mark), OptionError> {
        let verdict = match self.verdict {
            VerdictName::Normal => Verdict::Normal,
            VerdictName::Important => Verdict::Important,
        };
        Ok((event_of(&self.event_id)?, Mark { verdict, note: self.note, marked_at }))
    }
}

/// A mark.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FeedbackView {
    event_id: String,
    verdict: VerdictName,
    note: String,
    marked_at: Option<String>,
    /// The event's template, where the model knows it under this id or has it under a later one.
    template: Option<String>,
}

impl FeedbackView {
    /// Shows the mark of an event.
    #[must_use]
    pub fn new(id: u64, mark: Mark, template: Option<String>) -> Self {
        let verdict = match mark.verdict {
            Verdict::Normal => VerdictName::Normal,
            Verdict::Important => VerdictName::Important,
        };
        let marked_at = moment_of(mark.marked_at);
        Self { event_id: format!("{id:016x}"), verdict, note: mark.note, marked_at, template }
    }

    /// Whether a text can be the place of an event: an id.
    #[must_use]
    pub fn is_place(text: &str) -> bool {
        text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    }

    /// What a list is sorted by: the id.
    #[must_use]
    pub fn place(&self) -> String {
        self.event_id.clone()
    }
}

/// Reads `event_id`.
///
/// # Errors
/// [`OptionError`] for the first parameter that is unknown or wrong, and where it is missing.
pub fn event_of_query(query: &[(String, String)]) -> Result<u64, OptionError> {
    match query {
        [(key, value)] if key == "event_id" => event_of(value),
        _ => Err(OptionError {
            key: "event_id".into(),
            problem: "is the one parameter of this route, and it needs it once".to_owned(),
        }),
    }
}

fn event_of(text: &str) -> Result<u64, OptionError> {
    let is_id = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let id = u64::from_str_radix(text, 16).ok().filter(|_| is_id);
    id.ok_or_else(|| OptionError {
        key: "event_id".into(),
        problem: "should be 16 hexadecimal digits, as replies give it".to_owned(),
    })
}
