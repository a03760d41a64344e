//! What the owner of a model chose, over the wire.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::number::{whole, whole_or_null};
use super::schema::RuleBody;
use crate::models::Settings;
use crate::tokenize::Rule;

/// The settings of a model: the body of `PUT`, and what `GET` answers. A key that is left out has its default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SettingsBody {
    /// Days of log time that are kept; all where it is left out.
    #[schema(minimum = 1, maximum = 36_525)]
    #[serde(deserialize_with = "retention_days")]
    retention_days: Option<u32>,
    /// Days of log time after which a day counts for half; never where it is left out.
    #[schema(minimum = 1, maximum = 36_525)]
    #[serde(deserialize_with = "half_life_days")]
    half_life_days: Option<u32>,
    #[schema(value_type = Vec<RuleBody>)]
    rules: Vec<Rule>,
    /// Findings a day that a person can stand; 3 where it is left out.
    #[schema(minimum = 1, maximum = 1000)]
    #[serde(deserialize_with = "alarms_per_day")]
    alarms_per_day: u32,
}

fn retention_days<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    whole_or_null(deserializer, "retention_days")
}

fn half_life_days<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    whole_or_null(deserializer, "half_life_days")
}

fn alarms_per_day<'d, D: Deserializer<'d>>(deserializer: D) -> Result<u32, D::Error> {
    whole(deserializer, "alarms_per_day")
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

#[cfg(test)]
mod tests {
    use super::SettingsBody;

    fn said(body: &str) -> String {
        let value: serde_json::Value = serde_json::from_str(body).unwrap();
        match serde_json::from_value::<SettingsBody>(value) {
            Ok(_) => "read".to_owned(),
            Err(e) => e.to_string(),
        }
    }

    #[test]
    fn a_wrong_number_is_told_by_its_key_in_words_that_anybody_knows() {
        let days = "expected `retention_days` to be a whole number, 0 or more, or null";
        for (value, found) in [
            ("\"x\"", "invalid type: string \"x\""),
            ("1.5", "invalid type: floating point `1.5`"),
            ("-1", "invalid value: integer `-1`"),
            ("4294967296", "invalid value: integer `4294967296`"),
            ("[3]", "invalid type: sequence"),
        ] {
            assert_eq!(said(&format!("{{\"retention_days\": {value}}}")), format!("{found}, {days}"));
        }
        assert_eq!(
            said("{\"retention_days\": null, \"half_life_days\": 9, \"alarms_per_day\": 2.0}"),
            "read"
        );
        assert_eq!(
            said("{\"alarms_per_day\": null}"),
            "invalid type: null, expected `alarms_per_day` to be a whole number, 0 or more"
        );
    }
}
