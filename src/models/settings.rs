//! What an owner may choose for a model.

use serde::{Deserialize, Serialize};

use crate::analysis::threshold::{FINDINGS_A_DAY, MAX_FINDINGS_A_DAY};
use crate::tokenize::{Rule, Rules};

/// Longest retention and half-life, in days: a hundred years.
pub const MAX_DAYS: u32 = 36_525;

/// The choices for one model; by default nothing is dropped, faded or hidden beyond what always is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Days of log time that are kept, counted back from the latest day of the log; `None` for all.
    pub retention_days: Option<u32>,
    /// Days of log time after which a day counts for half in a fit; `None` for never.
    pub half_life_days: Option<u32>,
    /// What is filled in, or a secret, beyond what is always taken for that.
    pub rules: Vec<Rule>,
    /// Findings a day that a person can stand: the threshold is set for it.
    pub alarms_per_day: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { retention_days: None, half_life_days: None, rules: Vec::new(), alarms_per_day: FINDINGS_A_DAY }
    }
}

/// As versions 1 to 3 of the state and the journal had them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Settings3 {
    retention_days: Option<u32>,
    half_life_days: Option<u32>,
    rules: Vec<Rule>,
}

impl From<Settings3> for Settings {
    fn from(old: Settings3) -> Self {
        let Settings3 { retention_days, half_life_days, rules } = old;
        Self { retention_days, half_life_days, rules, ..Self::default() }
    }
}

/// Why settings are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` {problem}")]
pub struct SettingsError {
    /// The key.
    pub key: &'static str,
    /// What was found, and what would be right.
    pub problem: String,
}

impl Settings {
    /// Whether every choice is one that can be kept.
    ///
    /// # Errors
    /// [`SettingsError`] for the first that is not.
    pub fn check(&self) -> Result<(), SettingsError> {
        for (key, days) in [("retention_days", self.retention_days), ("half_life_days", self.half_life_days)]
        {
            if let Some(days) = days.filter(|days| !(1..=MAX_DAYS).contains(days)) {
                let problem = format!("is {days}, and should be null or a whole number from 1 to {MAX_DAYS}");
                return Err(SettingsError { key, problem });
            }
        }
        if !(1..=MAX_FINDINGS_A_DAY).contains(&self.alarms_per_day) {
            let problem = format!(
                "is {}, and should be a whole number from 1 to {MAX_FINDINGS_A_DAY}",
                self.alarms_per_day
            );
            return Err(SettingsError { key: "alarms_per_day", problem });
        }
        self.compiled().map(|_| ())
    }

    /// The rules, ready to be used.
    ///
    /// # Errors
    /// [`SettingsError`] that names the rule.
    pub fn compiled(&self) -> Result<Rules, SettingsError> {
        Rules::new(&self.rules)
            .map_err(|e| SettingsError { key: "rules", problem: format!("cannot be used: {e}") })
    }
}
