//! What the owner of a model chose, over the wire.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::schema::RuleBody;
use crate::models::Settings;
use crate::tokenize::Rule;

/// The settings of a model: the body of `PUT`, and what `GET` answers. A key that is left out has its default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SettingsBody {
    retention_days: Option<u32>,
    half_life_days: Option<u32>,
    #[schema(value_type = Vec<RuleBody>)]
    rules: Vec<Rule>,
    /// Findings a day that a person can stand; 3 where it is left out.
    #[schema(minimum = 1, maximum = 1000)]
    alarms_per_day: u32,
}

impl Default for SettingsBody {
    fn default() -> Self {
        Settings::default().into()
    }
}

impl From<Settings> for SettingsBody {
    fn from(settings: Settings) -> Self {
        let Settings { retention_days, half_life_days, rules, alarms_per_day } = settings;
        Self { retention_days, half_life_days, rules, alarms_per_day }
    }
}

impl From<SettingsBody> for Settings {
    fn from(body: SettingsBody) -> Self {
        let SettingsBody { retention_days, half_life_days, rules, alarms_per_day } = body;
        Self { retention_days, half_life_days, rules, alarms_per_day }
    }
}
