//! The keys of a request that say how lines are to be read: the same on every route.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::options::{OptionError, text, wrong};
use crate::analysis::reading::{Reading, ReferenceTimes};

/// The keys.
pub(super) const READING_KEYS: [&str; 3] = ["timezone", "records", "reference_time"];

/// Sets what `key` is about; `false` for a key of something else.
pub(super) fn set_reading(reading: &mut Reading, key: &str, value: &Value) -> Result<bool, OptionError> {
    match key {
        "timezone" => {
            let name = text("timezone", value, TIMEZONE)?;
            reading.timezone = Some(timezone(name)?);
        }
        "records" => {
            reading.records = value.as_bool().ok_or_else(|| wrong("records", value, "true or false"))?;
        }
        "reference_time" => reading.reference_times = reference_times("reference_time", value)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// A time in RFC 3339, or a list of runs of lines with a time each.
pub(super) fn reference_times(key: &'static str, value: &Value) -> Result<ReferenceTimes, OptionError> {
    const RIGHT: &str =
        "a time such as \"2024-03-01T10:00:00Z\", or a list of {\"lines\": number, \"time\": time}";
    let time = |value: &Value| -> Option<DateTime<Utc>> {
        DateTime::parse_from_rfc3339(value.as_str()?).ok().map(|time| time.to_utc())
    };
    let run = |run: &Value| -> Option<(usize, DateTime<Utc>)> {
        Some((usize::try_from(run.get("lines")?.as_u64()?).ok()?, time(run.get("time")?)?))
    };
    match value {
        Value::Array(runs) => runs
            .iter()
            .map(|value| run(value).ok_or_else(|| wrong(key, value, RIGHT)))
            .collect::<Result<Vec<_>, _>>()
            .map(ReferenceTimes::of_runs),
        _ => time(value).map(ReferenceTimes::at).ok_or_else(|| wrong(key, value, RIGHT)),
    }
}

/// The pairs of a body that ask for this reading; what is the default is left out.
#[must_use]
pub fn pairs_of_reading(reading: &Reading) -> Vec<(String, Value)> {
    let mut pairs = Vec::new();
    if let Some(zone) = reading.timezone {
        pairs.push(("timezone".to_owned(), json!(zone.name())));
    }
    if !reading.records {
        pairs.push(("records".to_owned(), json!(false)));
    }
    if !reading.reference_times.is_empty() {
        pairs.push(("reference_time".to_owned(), value_of_reference(&reading.reference_times)));
    }
    pairs
}

/// What [`reference_times`] reads as these.
pub(super) fn value_of_reference(times: &ReferenceTimes) -> Value {
    let mut runs = times.runs();
    match (runs.len(), runs.next()) {
        (1, Some((_, time))) => json!(time.to_rfc3339()),
        _ => times.runs().map(|(lines, time)| json!({"lines": lines, "time": time.to_rfc3339()})).collect(),
    }
}

const TIMEZONE: &str = "an IANA name such as \"Europe/Berlin\"";

/// The zone of an IANA name, in any letter case.
///
/// # Errors
/// [`OptionError`] with the name that looks like it, where one does.
pub fn timezone(name: &str) -> Result<Tz, OptionError> {
    if let Some(zone) = chrono_tz::TZ_VARIANTS.into_iter().find(|zone| zone.name().eq_ignore_ascii_case(name))
    {
        return Ok(zone);
    }
    let mut error = wrong("timezone", &json!(name), TIMEZONE);
    if let Some(near) = nearest_zone(name) {
        error.problem = format!("{}; `{near}` looks like it", error.problem);
    }
    Err(error)
}

/// The zone whose name, or whose city, is at most two letters from `name`.
fn nearest_zone(name: &str) -> Option<&'static str> {
    if name.len() > 40 {
        return None;
    }
    let plain = |name: &str| name.to_lowercase().replace([' ', '-'], "_");
    let given = plain(name);
    let city = |name: &str| plain(name.rsplit('/').next().unwrap_or(name));
    chrono_tz::TZ_VARIANTS
        .into_iter()
        .map(|zone| {
            let whole = strsim::osa_distance(&given, &plain(zone.name()));
            (whole.min(strsim::osa_distance(&given, &city(zone.name()))), zone.name())
        })
        .min_by_key(|&(distance, _)| distance)
        .filter(|&(distance, _)| distance <= if given.len() > 5 { 2 } else { 0 })
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(pairs: &[(&str, Value)]) -> Result<Reading, String> {
        let mut reading = Reading::default();
        for (key, value) in pairs {
            assert!(set_reading(&mut reading, key, value).map_err(|e| e.to_string())?, "{key}");
        }
        Ok(reading)
    }

    #[test]
    fn a_wrong_value_is_named_with_what_would_be_right() {
        for (key, value, said) in [
            ("records", json!("no"), "`records` is \"no\", and should be true or false"),
            ("timezone", json!(1), "`timezone` is 1, and should be an IANA name"),
            (
                "timezone",
                json!("Berlin"),
                "`timezone` is \"Berlin\", and should be an IANA name such as \"Europe/Berlin\"; `Europe/Berlin` looks",
            ),
            ("timezone", json!("+02:00"), "`timezone` is \"+02:00\", and should be an IANA name"),
            ("reference_time", json!("yesterday"), "`reference_time` is \"yesterday\", and should be a time"),
            (
                "reference_time",
                json!(["2024-03-01T10:00:00Z"]),
                "`reference_time` is \"2024-03-01T10:00:00Z\", and",
            ),
        ] {
            let error = reading(&[(key, value)]).unwrap_err();
            assert!(error.starts_with(said), "{error}");
        }
    }

    #[test]
    fn a_timezone_is_named_as_iana_does_in_any_letter_case() {
        let zone = |name: &str| reading(&[("timezone", json!(name))]).unwrap().timezone.map(Tz::name);
        assert_eq!(zone("America/New_York"), Some("America/New_York"));
        assert_eq!(zone("europe/berlin"), Some("Europe/Berlin"));
        assert_eq!(zone("UTC"), Some("UTC"));
    }

    #[test]
    fn what_a_client_writes_of_a_reading_is_read_as_the_same() {
        let time: DateTime<Utc> = "2024-03-01T10:00:00.5Z".parse().unwrap();
        let later: DateTime<Utc> = "2025-03-01T10:00:00Z".parse().unwrap();
        for reference_times in [
            ReferenceTimes::default(),
            ReferenceTimes::at(time),
            ReferenceTimes::of_runs([(3, time), (1, later)]),
        ] {
            let asked = Reading { reference_times, timezone: Some(Tz::Asia__Kolkata), records: false };
            let pairs = pairs_of_reading(&asked);
            let pairs: Vec<_> = pairs.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
            let read = reading(&pairs).unwrap();
            assert_eq!(read.reference_times, asked.reference_times);
            assert_eq!((read.timezone, read.records), (asked.timezone, asked.records));
        }
        assert!(pairs_of_reading(&Reading::default()).is_empty());
    }
}
