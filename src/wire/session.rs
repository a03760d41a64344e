//! What finds the session of a line: a request, a block, a trace.
//!
//! In: an option of a request. Out: a regular expression; its first group, or else the whole match, is the session's id.

use regex::{Regex, RegexBuilder};
use serde_json::Value;

use super::options::{OptionError, text, wrong};

/// How large a compiled session pattern may be. Ordinary patterns take some kilobytes; a larger limit would let
/// one request hold more memory and compile longer.
pub const SESSION_PATTERN_LIMIT_BYTES: usize = 1 << 20;

/// The field that has the session where nothing else is said: the name that OpenTelemetry gives it.
pub(super) const DEFAULT_FIELD: &str = "trace_id";

/// A longer name is none.
const MAX_FIELD_CHARS: usize = 100;

pub(super) fn session_pattern(value: &Value) -> Result<Regex, OptionError> {
    let pattern = text("session_pattern", value, "a regular expression in a string")?;
    RegexBuilder::new(pattern)
        .size_limit(SESSION_PATTERN_LIMIT_BYTES)
        .dfa_size_limit(SESSION_PATTERN_LIMIT_BYTES)
        .build()
        .map_err(|e| OptionError { key: "session_pattern".into(), problem: pattern_problem(&e) })
}

/// Finds the value of a field of JSON, also of JSON within a string, of `key=value` and of `key: value`. Small and large
/// letters are the same, and `_`, `-`, `.` and nothing between the name's words.
pub(super) fn session_field(value: &Value) -> Result<Regex, OptionError> {
    const RIGHT: &str = "the name of a field, as \"trace_id\"";
    let name = text("session_field", value, RIGHT)?;
    let words: Vec<String> =
        name.split(['_', '-', '.']).filter(|word| !word.is_empty()).map(regex::escape).collect();
    if words.is_empty() || name.chars().count() > MAX_FIELD_CHARS {
        return Err(wrong("session_field", value, RIGHT));
    }
    let name = words.join("[_.-]?");
    let pattern = format!(r#"(?i)(?:^|\W){name}\\?["']?\s*[:=]\s*\\?["']?([^\s"',;&}}\])\\]+)"#);
    session_pattern(&Value::from(pattern))
}

fn pattern_problem(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(limit) => {
            format!(
                "is too large: compiled it takes more than {limit} bytes; use fewer or smaller repetitions"
            )
        }
        // The first lines of the library's message draw the pattern; the last says what is wrong with it.
        other => {
            let said = other.to_string();
            let last = said.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            format!("is not a regular expression: {last}")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::session_field;

    fn found(field: &str, line: &str) -> Option<String> {
        let pattern = session_field(&json!(field)).expect("a name");
        Some(pattern.captures(line)?[1].to_owned())
    }

    #[test]
    fn the_field_is_found_in_json_in_json_within_a_string_and_in_pairs() {
        for line in [
            r#"{"level":"info","trace_id":"7f3a","msg":"x"}"#,
            r#"{"msg": "x", "traceId" : "7f3a"}"#,
            r#"{"log":"{\"trace_id\":\"7f3a\",\"msg\":\"x\"}\n"}"#,
            "level=info trace_id=7f3a msg=x",
            "GET / [trace.id: 7f3a] 200",
            "X-Trace-Id: 7f3a",
            "INFO [trace_id='7f3a'] x",
        ] {
            assert_eq!(found("trace_id", line).as_deref(), Some("7f3a"), "{line}");
        }
        assert_eq!(found("request", r#"{"request":17}"#).as_deref(), Some("17"));
    }

    #[test]
    fn a_longer_name_that_ends_alike_is_another_field() {
        assert_eq!(found("trace_id", "parent_trace_id=7f3a"), None);
        assert_eq!(found("id", "trace_id=7f3a"), None);
        assert_eq!(found("trace_id", r#"{"trace_id":""}"#), None);
    }

    #[test]
    fn a_name_of_nothing_is_refused_with_what_would_be_right() {
        for name in [json!(""), json!("__"), json!(7), json!("x".repeat(101))] {
            let error = session_field(&name).expect_err("no name").to_string();
            assert!(error.contains("should be the name of a field"), "{error}");
        }
    }
}
