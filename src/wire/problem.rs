//! The one shape of an error.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An error as RFC 9457 (`application/problem+json`) has it, and two members more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `about:blank`: the title is that of the status.
    pub r#type: String,
    /// The status in words.
    pub title: String,
    /// The status.
    pub status: u16,
    /// What was found and what would be right.
    pub detail: String,
    /// A short stable name, for programs.
    pub error: String,
    /// The same as `detail`.
    pub message: String,
    /// Where the fault is the server's own: the request's id, under which its log says more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Problem {
    /// A problem of this status.
    #[must_use]
    pub fn new(status: u16, title: &str, error: &str, message: &str) -> Self {
        Self {
            r#type: "about:blank".to_owned(),
            title: title.to_owned(),
            status,
            detail: message.to_owned(),
            error: error.to_owned(),
            message: message.to_owned(),
            request_id: None,
        }
    }
}
