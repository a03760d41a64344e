//! What the owner of a model chose, over the wire.

use serde::{Deserialize, Serialize};

use crate::models::Settings;

/// The settings of a model: the body of `PUT`, and what `GET` answers. A key that is left out has its default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SettingsBody {
    retention_days: Option<u32>,
    half_life_days: Option<u32>,
}

impl From<Settings> for SettingsBody {
    fn from(settings: Settings) -> Self {
        Self { retention_days: settings.retention_days, half_life_days: settings.half_life_days }
    }
}

impl From<SettingsBody> for Settings {
    fn from(body: SettingsBody) -> Self {
        Self { retention_days: body.retention_days, half_life_days: body.half_life_days }
    }
}
