//! What a request asks for beyond its lines.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use regex::Regex;
use serde_json::Value;

use super::files::{NamedFile, named_files};
use super::reading::{set_reading, value_of_reference};
use super::session::{DEFAULT_FIELD, session_field, session_pattern};
use super::spelling;
use crate::analysis::reading::Reading;
use crate::plot::PictureFormat;

/// Sections of the reply that are there on request only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Include {
    /// One row per line.
    pub lines: bool,
    /// One row per session.
    pub sessions: bool,
    /// Counts over time, bursts and silences.
    pub temporal: bool,
    /// Characteristic and nearest terms.
    pub nlp: bool,
    /// The picture of events over time.
    pub series: bool,
    /// The report for people.
    pub report: bool,
}

/// What a request asks for beyond its lines, checked.
#[derive(Clone, Debug)]
pub struct Options {
    /// Extra sections.
    pub include: Include,
    /// Whether the reply holds the picture.
    pub visualization: bool,
    /// How pictures are written.
    pub picture_format: PictureFormat,
    /// Most patterns listed.
    pub max_patterns: usize,
    /// Most outliers listed; the highest scores stay.
    pub max_outliers: usize,
    /// Finds the session id of a line: its first group, or else the whole match.
    pub session_pattern: Option<Regex>,
    /// How the lines are read where they do not tell it.
    pub reading: Reading,
    /// The files that the lines are from, for the page to name.
    pub files: Vec<NamedFile>,
    /// Name of the model, not yet checked against the rule for names.
    pub model: String,
    /// What was asked for and is not done, and keys that look misspelt, in words.
    pub warnings: Vec<String>,
}

impl Default for Options {
    /// The defaults of the original service: 5 patterns and the picture; at most 1000 outliers, because a
    /// thousand are more than a person reads and a million more than a browser shows.
    fn default() -> Self {
        Self {
            include: Include::default(),
            visualization: true,
            picture_format: PictureFormat::Png,
            max_patterns: 5,
            max_outliers: 1000,
            session_pattern: None,
            reading: Reading::default(),
            files: Vec::new(),
            model: "default".to_owned(),
            warnings: Vec::new(),
        }
    }
}

/// An option has a value that it cannot have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` {problem}")]
pub struct OptionError {
    /// The option.
    pub key: Cow<'static, str>,
    /// What was found and what would be right.
    pub problem: String,
}

impl Options {
    /// Reads keys and values as they stand in a JSON body, in order: of a repeated key the last wins. `null` is
    /// the same as leaving the key out.
    ///
    /// # Errors
    /// [`OptionError`] for the first value that is wrong.
    pub fn from_pairs(pairs: &[(String, Value)]) -> Result<Self, OptionError> {
        let mut options = Self::default();
        for (key, value) in pairs {
            if !value.is_null() {
                options.set(key, value)?;
            }
        }
        let has = |name: &str| pairs.iter().any(|(key, value)| key == name && !value.is_null());
        if has("session_pattern") && has("session_field") {
            let problem =
                "is there beside `session_pattern`, and one of them should find the session of a line";
            return Err(OptionError { key: "session_field".into(), problem: problem.to_owned() });
        }
        if options.session_pattern.is_some() {
            options.include.sessions = true;
        } else if options.include.sessions {
            options.session_pattern = Some(session_field(&Value::from(DEFAULT_FIELD))?);
        }
        Ok(options)
    }

    /// As [`Options::from_pairs`], of a route that has the keys `known` and no others.
    ///
    /// # Errors
    /// [`OptionError`] for the first key that is none, or the first value that is wrong.
    pub fn from_known_pairs(pairs: &[(String, Value)], known: &[&str]) -> Result<Self, OptionError> {
        if let Some((key, _)) = pairs.iter().find(|(key, _)| !known.contains(&key.as_str())) {
            let key: String = key.chars().take(60).collect();
            let problem = format!("is not a key of this route; it has `logs`, `{}`", known.join("`, `"));
            return Err(OptionError { key: key.into(), problem });
        }
        Self::from_pairs(pairs)
    }

    /// As [`Options::from_pairs`], of a route that has all keys of an analysis and no others, and gives the picture where it
    /// is asked for.
    ///
    /// # Errors
    /// [`OptionError`] for the first key that is none, or the first value that is wrong.
    pub fn from_pairs_strictly(pairs: &[(String, Value)]) -> Result<Self, OptionError> {
        let default = ("visualization".to_owned(), Value::Bool(false));
        let pairs: Vec<(String, Value)> = std::iter::once(default).chain(pairs.iter().cloned()).collect();
        Self::from_known_pairs(&pairs, spelling::OPTIONS)
    }

    /// As [`Options::from_pairs`], of query parameters.
    ///
    /// # Errors
    /// [`OptionError`] for the first value that is wrong.
    pub fn of_query(query: Vec<(String, String)>) -> Result<Self, OptionError> {
        once(&query, &spelling::KEYS)?;
        Self::from_pairs(&pairs_of_query(query))
    }

    /// As [`Options::from_pairs_strictly`], of query parameters.
    ///
    /// # Errors
    /// [`OptionError`] for the first key that is none, or the first value that is wrong.
    pub fn of_query_strictly(query: Vec<(String, String)>) -> Result<Self, OptionError> {
        once(&query, spelling::OPTIONS)?;
        Self::from_pairs_strictly(&pairs_of_query(query))
    }

    /// As [`Options::from_known_pairs`], of query parameters.
    ///
    /// # Errors
    /// [`OptionError`] for the first key that is none, or the first value that is wrong.
    pub fn of_query_among(query: Vec<(String, String)>, known: &[&str]) -> Result<Self, OptionError> {
        once(&query, known)?;
        Self::from_known_pairs(&pairs_of_query(query), known)
    }

    /// Whether counts over time are needed.
    #[must_use]
    pub const fn needs_temporal(&self) -> bool {
        self.include.temporal || self.include.series || self.include.report
    }

    /// Name and value of what decides, beside the lines and the model, what is found. `year`: whether the time that lines without
    /// one are read against did, which is `now` where the request has none.
    #[must_use]
    pub fn told(&self, year: bool, now: DateTime<Utc>) -> Vec<(String, String)> {
        let reference = year.then(|| {
            let times = self.reading.clone().received(now).reference_times;
            let value = value_of_reference(&times);
            ("reference_time", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        });
        let pattern = self.session_pattern.as_ref().map(|pattern| ("session_pattern", pattern.to_string()));
        let zone = self.reading.timezone.map(|zone| ("timezone", zone.name().to_owned()));
        let records = (!self.reading.records).then(|| ("records", "false".to_owned()));
        let told = pattern.into_iter().chain(zone).chain(records).chain(reference);
        told.map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn set(&mut self, key: &str, value: &Value) -> Result<(), OptionError> {
        match key {
            "include" => self.set_include(value)?,
            "visualization" => self.visualization = flag("visualization", value)?,
            "picture_format" => self.picture_format = picture_format(value)?,
            "max_patterns" => self.max_patterns = count("max_patterns", value)?,
            "max_outliers" => self.max_outliers = count("max_outliers", value)?,
            "session_pattern" => self.session_pattern = Some(session_pattern(value)?),
            "session_field" => self.session_pattern = Some(session_field(value)?),
            "files" => self.files = named_files(value)?,
            "model" => self.model = text("model", value, "a name such as \"default\"")?.to_owned(),
            _ if set_reading(&mut self.reading, key, value)? => {}
            _ => self.warn_if_misspelt(key),
        }
        Ok(())
    }

    fn set_include(&mut self, value: &Value) -> Result<(), OptionError> {
        const RIGHT: &str =
            "a list of \"lines\", \"sessions\", \"temporal\", \"nlp\", \"series\", \"report\"";
        let names = value.as_array().ok_or_else(|| wrong("include", value, RIGHT))?;
        self.include = Include::default();
        for name in names {
            match name.as_str() {
                Some("lines") => self.include.lines = true,
                Some("sessions") => self.include.sessions = true,
                Some("nlp") => self.include.nlp = true,
                Some("temporal") => self.include.temporal = true,
                Some("series") => self.include.series = true,
                Some("report") => self.include.report = true,
                // Always in the reply: to ask for them is no mistake.
                Some("statistics" | "model" | "findings") => {}
                _ => return Err(wrong("include", name, RIGHT)),
            }
        }
        Ok(())
    }

    fn warn_if_misspelt(&mut self, key: &str) {
        if let Some(known) = spelling::meant(key, &spelling::KEYS) {
            self.warnings.push(format!("`{key}` is not a key and was ignored; `{known}` is"));
        }
    }
}

pub(super) fn wrong(key: &'static str, value: &Value, right: &str) -> OptionError {
    let found: String = value.to_string().chars().take(60).collect();
    OptionError { key: key.into(), problem: format!("is {found}, and should be {right}") }
}

/// A whole number, however it is written: `20.0` is one in JSON, too.
fn whole_of(value: &Value) -> Option<u64> {
    let exact = |number: &f64| number.fract() == 0.0 && (0.0..9e15).contains(number);
    value.as_u64().or_else(|| value.as_f64().filter(exact).map(|number| number as u64))
}

fn count(key: &'static str, value: &Value) -> Result<usize, OptionError> {
    let number = whole_of(value).ok_or_else(|| wrong(key, value, "a whole number, 0 or more"))?;
    Ok(usize::try_from(number).unwrap_or(usize::MAX))
}

pub(super) fn text<'v>(key: &'static str, value: &'v Value, right: &str) -> Result<&'v str, OptionError> {
    value.as_str().ok_or_else(|| wrong(key, value, right))
}

pub(super) fn flag(key: &'static str, value: &Value) -> Result<bool, OptionError> {
    value.as_bool().ok_or_else(|| wrong(key, value, "true or false"))
}

pub(super) fn picture_format(value: &Value) -> Result<PictureFormat, OptionError> {
    match value.as_str() {
        Some("png") => Ok(PictureFormat::Png),
        Some("svg") => Ok(PictureFormat::Svg),
        _ => Err(wrong("picture_format", value, "\"png\" or \"svg\"")),
    }
}

/// Refuses a query that has one of the `known` keys twice: which of the two is meant, nobody can tell.
pub(super) fn once(query: &[(String, String)], known: &[&str]) -> Result<(), OptionError> {
    for known in known {
        if query.iter().filter(|(key, _)| key == known).count() > 1 {
            return Err(OptionError {
                key: (*known).to_owned().into(),
                problem: "is there twice".to_owned(),
            });
        }
    }
    Ok(())
}

/// Query parameters as the pairs of a JSON body: `include=lines,nlp&visualization=false&max_outliers=20`.
pub(super) fn pairs_of_query(query: Vec<(String, String)>) -> Vec<(String, Value)> {
    query
        .into_iter()
        .map(|(key, text)| {
            let value = match key.as_str() {
                "include" => text.split(',').filter(|name| !name.is_empty()).map(Value::from).collect(),
                // `model=17` is the name "17", so only these keys are read as JSON.
                "visualization" | "records" | "max_patterns" | "max_outliers" => {
                    serde_json::from_str(&text).unwrap_or(Value::String(text))
                }
                // A time, or a list of runs.
                "reference_time" | "baseline_reference_time" if text.trim_start().starts_with('[') => {
                    serde_json::from_str(&text).unwrap_or(Value::String(text))
                }
                _ => Value::String(text),
            };
            (key, value)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Include, Options, pairs_of_query};

    fn options(body: Value) -> Result<Options, String> {
        let Value::Object(members) = body else { panic!("an object") };
        let pairs: Vec<_> = members.into_iter().collect();
        Options::from_pairs(&pairs).map_err(|e| e.to_string())
    }

    #[test]
    fn nothing_asked_for_means_the_defaults_of_the_contract() {
        let options = options(json!({})).unwrap();
        assert_eq!(options.include, Include::default());
        assert!(options.visualization);
        assert_eq!((options.max_patterns, options.max_outliers), (5, 1000));
        assert_eq!(options.model, "default");
        assert!(options.warnings.is_empty());
    }

    #[test]
    fn a_session_pattern_implies_the_section() {
        let options = options(json!({"session_pattern": "blk_(-?[0-9]+)"})).unwrap();
        assert!(options.include.sessions);
        assert!(options.warnings.is_empty());
    }

    #[test]
    fn sessions_without_a_pattern_are_found_by_the_trace_id() {
        let asked = options(json!({"include": ["sessions"]})).unwrap();
        assert!(asked.session_pattern.unwrap().is_match(r#"{"traceId": "7f"}"#));
        assert!(options(json!({"include": ["lines"]})).unwrap().session_pattern.is_none());
        let both = json!({"session_field": "request_id", "session_pattern": "r=(.)"});
        assert!(options(both).unwrap_err().starts_with("`session_field` is there beside `session_pattern`"));
    }

    #[test]
    fn a_wrong_value_is_named_with_what_would_be_right() {
        for (body, said) in [
            (json!({"include": "lines"}), "`include` is \"lines\", and should be a list of"),
            (json!({"include": ["rows"]}), "`include` is \"rows\", and should be a list of"),
            (json!({"visualization": 1}), "`visualization` is 1, and should be true or false"),
            (json!({"max_patterns": -1}), "`max_patterns` is -1, and should be a whole number, 0 or more"),
            (json!({"max_outliers": 2.5}), "`max_outliers` is 2.5, and should be a whole number, 0 or more"),
            (
                json!({"session_pattern": "("}),
                "`session_pattern` is not a regular expression: unclosed group",
            ),
            (json!({"session_pattern": "(\\w{500}){50}"}), "`session_pattern` is too large"),
            (json!({"model": 7}), "`model` is 7, and should be a name"),
            (
                json!({"picture_format": "gif"}),
                "`picture_format` is \"gif\", and should be \"png\" or \"svg\"",
            ),
        ] {
            let error = options(body).unwrap_err();
            assert!(error.starts_with(said), "{error}");
        }
    }

    #[test]
    fn what_is_not_done_and_what_looks_misspelt_is_warned_of() {
        let options = options(json!({"modle": "x", "colour": "red"})).unwrap();
        assert_eq!(options.warnings, ["`modle` is not a key and was ignored; `model` is",]);
    }

    #[test]
    fn of_a_repeated_key_the_last_wins_and_null_is_left_out() {
        let pairs = [("max_patterns", json!(1)), ("max_patterns", json!(2)), ("max_patterns", Value::Null)];
        let pairs = pairs.map(|(key, value)| (key.to_owned(), value));
        assert_eq!(Options::from_pairs(&pairs).unwrap().max_patterns, 2);
    }

    #[test]
    fn query_parameters_say_the_same_as_a_body() {
        let query =
            [("include", "lines,nlp"), ("visualization", "false"), ("max_outliers", "20"), ("model", "17")];
        let query = query.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
        let options = Options::from_pairs(&pairs_of_query(query)).unwrap();
        assert_eq!(options.include, Include { lines: true, nlp: true, ..Include::default() });
        assert!(!options.visualization);
        assert_eq!(options.max_outliers, 20);
        assert_eq!(options.model, "17");
    }
}
