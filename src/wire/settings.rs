//! What the owner of a model chose, over the wire.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::schema::RuleBody;
use crate::models::Settings;
use crate::tokenize::Rule;

/// The settings of a model: the body of `PUT`, and what `GET` answers. A key that is left out has its default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SettingsBody {
    retention_days: Option<u32>,
    half_life_days: Option<u32>,
    #[schema(value_type = Vec<RuleBody>)]
    rules: Vec<Rule>,
}

impl From<Settings> for SettingsBody {
    fn from(settings: Settings) -> Self {
        let Settings { retention_days, half_life_days, rules } = settings;
        Self { retention_days, half_life_days, rules }
    }
}

impl From<SettingsBody> for Settings {
    fn from(body: SettingsBody) -> Self {
        let SettingsBody { retention_days, half_life_days, rules } = body;
        Self { retention_days, half_life_days, rules }
    }
}
