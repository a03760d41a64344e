//! The events of a model as replies show them.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::models::date_of;
use crate::entry::Level;
use crate::models::EventInfo;

/// An event that a model knows.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EventView {
    event_id: String,
    template: String,
    former_ids: Vec<String>,
    pattern_id: i32,
    count: u64,
    #[schema(value_type = std::collections::BTreeMap<String, u64>)]
    levels: Map<String, Value>,
    first_day: Option<String>,
    last_day: Option<String>,
}

impl EventView {
    /// Shows an event.
    #[must_use]
    pub fn new(info: EventInfo) -> Self {
        let levels = Level::ALL.into_iter().map(|level| (level.name(), info.levels[level as usize]));
        Self {
            event_id: id_of(info.id),
            template: info.template,
            former_ids: info.former_ids.into_iter().map(id_of).collect(),
            pattern_id: info.pattern_id,
            count: info.lines,
            levels: levels
                .filter(|(_, lines)| *lines > 0)
                .map(|(name, lines)| (name.to_owned(), lines.into()))
                .collect(),
            first_day: info.days.and_then(|(first, _)| date_of(first)),
            last_day: info.days.and_then(|(_, last)| date_of(last)),
        }
    }

    /// What a list is sorted by: the id.
    #[must_use]
    pub fn place(&self) -> String {
        self.event_id.clone()
    }
}

fn id_of(id: u64) -> String {
    format!("{id:016x}")
}
