//! The generations of a model as replies show them, and which of them a request means.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::models::moment_of;
use super::number::whole;
use crate::models::Generation;

/// A generation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GenerationView {
    generation: u64,
    trained_at: Option<String>,
    trained_lines: u64,
    events: u64,
    state_digest: String,
    half_life_days: Option<u32>,
    /// Whether days that it knew were forgotten since.
    reduced: bool,
    /// Whether analyses that name no generation use it.
    current: bool,
}

impl GenerationView {
    /// Shows a generation, where number `current` is the one in use.
    #[must_use]
    pub fn new(generation: &Generation, current: u64) -> Self {
        Self {
            generation: generation.number,
            trained_at: moment_of(generation.trained_at),
            trained_lines: generation.lines,
            events: generation.events,
            state_digest: format!("{:016x}", generation.digest),
            half_life_days: generation.half_life_days,
            reduced: generation.reduced,
            current: generation.number == current,
        }
    }

    /// Whether a text can be the place of a generation.
    #[must_use]
    pub fn is_place(text: &str) -> bool {
        text.len() == 20 && text.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// What a list is sorted by: the newest first.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{:020}", u64::MAX - self.generation)
    }
}

/// The body of a rollback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RollBack {
    /// Number of the generation that is to be used again.
    #[serde(deserialize_with = "to")]
    pub to: u64,
}

fn to<'d, D: Deserializer<'d>>(deserializer: D) -> Result<u64, D::Error> {
    whole(deserializer, "to")
}
