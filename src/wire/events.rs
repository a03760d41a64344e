//! The events of a model as replies show them.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::models::date_of;
use crate::analysis::parameters::Parameter;
use crate::entry::Level;
use crate::models::EventInfo;
use crate::state::number_at;
use crate::tokenize::Rule;

/// The kind of what has none.
const MASKED: &str = "masked";

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
    /// One for each `<*>` of the template, in order.
    parameters: Vec<ParameterView>,
}

/// What stands at one `<*>` of a template.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct ParameterView {
    /// `number`, `duration`, `size`, `ip`, `mac`, `host`, `mail`, `url`, `path`, `time` (or a date), `uuid`, `hex`, `version`,
    /// `bool`, `id`, `name`, `text`, `secret`, or the name of the owner's rule that masks it; `masked` where lines differ, or
    /// where an older release kept no kind.
    kind: String,
    /// Lines in which it could be told from the rest of the message.
    count: u64,
    /// The commonest texts, at most five.
    values: Vec<ValueView>,
    /// How many different texts there are.
    distinct_values: usize,
    /// Of its numbers, where it has some.
    range: Option<RangeView>,
}

/// A text that was filled in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct ValueView {
    value: String,
    count: u64,
}

/// Numbers, each within a fifth: they are kept by magnitude.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct RangeView {
    min: f64,
    median: f64,
    max: f64,
}

impl ParameterView {
    fn new(parameter: Parameter, rules: &[Rule]) -> Self {
        let number = |magnitude: i16| number_at(magnitude).parse().unwrap_or_default();
        Self {
            kind: parameter.kind.and_then(|kind| kind.name_among(rules)).unwrap_or(MASKED).to_owned(),
            count: parameter.lines,
            values: parameter.values.into_iter().map(|(value, count)| ValueView { value, count }).collect(),
            distinct_values: parameter.n_values,
            range: parameter.range.map(|[min, median, max]| RangeView {
                min: number(min),
                median: number(median),
                max: number(max),
            }),
        }
    }
}

impl EventView {
    /// Shows an event.
    #[must_use]
    pub fn new(info: EventInfo) -> Self {
        let shown = |parameter| ParameterView::new(parameter, &info.rules);
        let parameters = info.parameters.into_iter().map(shown).collect();
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
            parameters,
        }
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

fn id_of(id: u64) -> String {
    format!("{id:016x}")
}
