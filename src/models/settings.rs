//! What an owner may choose for a model.

use serde::{Deserialize, Serialize};

use crate::tokenize::{Rule, Rules};

/// Longest retention and half-life, in days: a hundred years.
pub const MAX_DAYS: u32 = 36_525;

/// The choices for one model; by default nothing is dropped, faded or hidden beyond what always is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Days of log time that are kept, counted back from the latest day of the log; `None` for all.
    pub retention_days: Option<u32>,
    /// Days of log time after which a day counts for half in a fit; `None` for never.
    pub half_life_days: Option<u32>,
    /// What is filled in, or a secret, beyond what is always taken for that.
    pub rules: Vec<Rule>,
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
