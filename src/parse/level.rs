//! Words, letters and numbers that name a severity.
//!
//! In: a word of a line. Out: its [`Level`], if it is one. Whether the word stands where a level
//! stands is not decided here.

use super::foreign;
use super::lexicon::Lexicon;
use crate::entry::Level;

/// Syslog, Java, Python, Go, .NET, PostgreSQL and MySQL names, their usual three and four letter forms.
static NAMES: Lexicon<Level> = Lexicon::new(&[
    ("ALERT", Level::Fatal),
    ("CRT", Level::Fatal),
    ("CRIT", Level::Fatal),
    ("CONFIG", Level::Info),
    ("CRITICAL", Level::Fatal),
    ("DBG", Level::Debug),
    ("DEB", Level::Debug),
    ("DEBG", Level::Debug),
    ("DEBUG", Level::Debug),
    ("DEBUG1", Level::Debug),
    ("DEBUG2", Level::Debug),
    ("DEBUG3", Level::Debug),
    ("DEBUG4", Level::Debug),
    ("DEBUG5", Level::Debug),
    ("DPANIC", Level::Fatal),
    ("ERR", Level::Error),
    ("ERRO", Level::Error),
    ("EROR", Level::Error),
    ("ERROR", Level::Error),
    ("ERRER", Level::Error),
    ("EMERG", Level::Fatal),
    ("EMERGENCY", Level::Fatal),
    ("FTL", Level::Fatal),
    ("FATL", Level::Fatal),
    ("FAIL", Level::Error),
    ("FINE", Level::Trace),
    ("FATAL", Level::Fatal),
    ("FINER", Level::Trace),
    ("FINEST", Level::Trace),
    ("FAILURE", Level::Error),
    ("INF", Level::Info),
    ("INFO", Level::Info),
    ("INFORMATION", Level::Info),
    ("INFORMATIONAL", Level::Info),
    ("LOG", Level::Info),
    ("NOTE", Level::Info),
    ("NOTICE", Level::Info),
    ("NOTIFY", Level::Info),
    ("NOTIFICATION", Level::Info),
    ("PANIC", Level::Fatal),
    ("SILLY", Level::Trace),
    ("SEVERE", Level::Error),
    ("SUCCESS", Level::Info),
    ("TRC", Level::Trace),
    ("TRCE", Level::Trace),
    ("TRACE", Level::Trace),
    ("VRB", Level::Trace),
    ("VERBOSE", Level::Trace),
    ("WRN", Level::Warn),
    ("WARN", Level::Warn),
    ("WRNG", Level::Warn),
    ("WARNING", Level::Warn),
]);

/// The level that `text` names in full, in any letter case.
pub(super) fn word(text: &[u8]) -> Option<Level> {
    if text.len() < 2 {
        return None;
    }
    NAMES.get(text).or_else(|| foreign::word(text))
}

/// Whether a level's name also names other things, in any letter case: `LOGIN SUCCESS`, `SERVICE ALERT`, `log truncated`.
pub(super) fn names_other_things(word: &[u8]) -> bool {
    const NAMES: [&[u8]; 10] = [
        b"success",
        b"failure",
        b"fail",
        b"alert",
        b"notification",
        b"note",
        b"log",
        b"config",
        b"panic",
        b"fine",
    ];
    NAMES.iter().any(|name| name.eq_ignore_ascii_case(word))
}

/// Whether a word says what has come of something: `[OK]`, `FAIL`. It names nobody, and without it nobody knows what happened.
pub(super) fn is_outcome(word: &[u8]) -> bool {
    const OUTCOMES: [&[u8]; 10] =
        [b"ok", b"pass", b"passed", b"fail", b"failed", b"failure", b"success", b"done", b"skip", b"skipped"];
    OUTCOMES.iter().any(|outcome| outcome.eq_ignore_ascii_case(word))
}

/// Whether a level's word is written as column of its own: without lower-case letters, in any script.
pub(super) fn is_upper(word: &[u8]) -> bool {
    if word.is_ascii() {
        return !word.iter().any(u8::is_ascii_lowercase);
    }
    std::str::from_utf8(word).is_ok_and(|text| !text.chars().any(char::is_lowercase))
}

/// Whether a word is of a script that has no capitals.
pub(super) fn is_caseless(word: &[u8]) -> bool {
    !word.is_ascii() && std::str::from_utf8(word).is_ok_and(|text| !text.chars().any(char::is_uppercase))
}

/// The level that one upper-case letter names in Android, glog, MongoDB, Ruby and CUPS.
pub(super) const fn letter(byte: u8) -> Option<Level> {
    Some(match byte {
        b'T' | b'V' => Level::Trace,
        b'D' => Level::Debug,
        b'I' | b'N' => Level::Info,
        b'W' => Level::Warn,
        b'E' => Level::Error,
        b'F' | b'C' => Level::Fatal,
        _ => return None,
    })
}

/// The level of a syslog severity, 0 (emergency) to 7 (debug); RFC 5424, table 2.
pub(super) const fn syslog_severity(severity: u8) -> Option<Level> {
    Some(match severity {
        0..=2 => Level::Fatal,
        3 => Level::Error,
        4 => Level::Warn,
        5 | 6 => Level::Info,
        7 => Level::Debug,
        _ => return None,
    })
}

/// The level of `daemon.err`: a syslog facility, a dot, a severity.
pub(super) fn facility(text: &[u8]) -> Option<Level> {
    const FACILITIES: [&[u8]; 12] = [
        b"kern",
        b"user",
        b"mail",
        b"daemon",
        b"auth",
        b"syslog",
        b"lpr",
        b"news",
        b"uucp",
        b"cron",
        b"authpriv",
        b"ftp",
    ];
    let dot = text.iter().take(9).position(|&byte| byte == b'.')?;
    let name = &text[..dot];
    let is_facility = FACILITIES.contains(&name) || (name.len() == 6 && name.starts_with(b"local"));
    if is_facility { word(&text[dot + 1..]) } else { None }
}

/// The level of `%FACILITY-4-MNEMONIC`, as switches and firewalls tag their messages: the digit is syslog's severity.
pub(super) fn mnemonic(tag: &[u8]) -> Option<Level> {
    let rest = tag.strip_prefix(b"%")?;
    let at =
        rest.windows(3).position(|part| part[0] == b'-' && part[1].is_ascii_digit() && part[2] == b'-')?;
    let is_name = |part: &[u8]| {
        !part.is_empty()
            && part.iter().all(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    (is_name(&rest[..at]) && is_name(&rest[at + 3..])).then(|| syslog_severity(rest[at + 1] - b'0')).flatten()
}

/// The level among topics that commas join, the most serious part last: `system,error,critical`.
pub(super) fn topics(text: &[u8]) -> Option<Level> {
    let is_topic = |byte: &u8| byte.is_ascii_lowercase() || matches!(byte, b',' | b'-');
    if text.len() > 48 || !text.contains(&b',') || !text.iter().all(is_topic) {
        return None;
    }
    text.rsplit(|&byte| byte == b',').find_map(word)
}

/// The level of a number in a field called `level`.
///
/// 0 to 7 are syslog's (GELF, journald); from 10 on the scale of bunyan, pino and Python, where 10 is a step.
/// Pino's 10 (trace) and Python's (debug) collide: it is read as pino's, since Python writes names.
pub(super) fn number(value: u64) -> Option<Level> {
    Some(match value {
        0..=7 => return syslog_severity(u8::try_from(value).ok()?),
        10..20 => Level::Trace,
        20..30 => Level::Debug,
        30..40 => Level::Info,
        40..50 => Level::Warn,
        50..60 => Level::Error,
        60..=100 => Level::Fatal,
        _ => return None,
    })
}

/// The level of an OpenTelemetry `SeverityNumber`, 1 to 24 in steps of four.
pub(super) const fn otel_number(value: u64) -> Option<Level> {
    Some(match value {
        1..=4 => Level::Trace,
        5..=8 => Level::Debug,
        9..=12 => Level::Info,
        13..=16 => Level::Warn,
        17..=20 => Level::Error,
        21..=24 => Level::Fatal,
        _ => return None,
    })
}

/// The level of an HTTP status: the server's fault is an error, the client's a warning.
pub(super) const fn http_status(status: u16) -> Level {
    match status {
        500.. => Level::Error,
        400.. => Level::Warn,
        _ => Level::Info,
    }
}

/// The level of a CEF severity, 0 to 10: low, medium (4), high (7), very high (9).
pub(super) const fn cef_severity(severity: u8) -> Option<Level> {
    Some(match severity {
        0..=3 => Level::Info,
        4..=6 => Level::Warn,
        7..=8 => Level::Error,
        9..=10 => Level::Fatal,
        _ => return None,
    })
}

/// The level of a CEF severity that is a word.
pub(super) fn cef_word(word: &str) -> Option<Level> {
    Some(match word.to_ascii_lowercase().as_str() {
        "low" => Level::Info,
        "medium" => Level::Warn,
        "high" => Level::Error,
        "very-high" | "very high" => Level::Fatal,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_case_and_prose_is_not() {
        assert_eq!(word(b"Warning"), Some(Level::Warn));
        assert_eq!(word(b"emerg"), Some(Level::Fatal));
        assert_eq!(word(b"SEVERE"), Some(Level::Error));
        assert_eq!(word(b"NOTICE"), Some(Level::Info));
        assert_eq!(word(b"errors"), None);
        assert_eq!(word(b""), None);
    }

    /// pino: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal; GELF uses syslog's 0 to 7.
    #[test]
    fn numeric_levels_follow_pino_from_ten_on_and_syslog_below() {
        assert_eq!(number(10), Some(Level::Trace));
        assert_eq!(number(30), Some(Level::Info));
        assert_eq!(number(60), Some(Level::Fatal));
        assert_eq!(number(3), Some(Level::Error));
        assert_eq!(number(7), Some(Level::Debug));
    }

    /// OpenTelemetry log data model: 9 INFO, 13 WARN, 17 ERROR, 21 FATAL.
    #[test]
    fn otel_severity_numbers_go_in_steps_of_four() {
        assert_eq!(otel_number(9), Some(Level::Info));
        assert_eq!(otel_number(18), Some(Level::Error));
        assert_eq!(otel_number(24), Some(Level::Fatal));
        assert_eq!(otel_number(0), None);
    }

    /// The severity digit of `%FACILITY-SEVERITY-MNEMONIC` is syslog's: 3 error, 4 warning, 6 informational.
    #[test]
    fn the_digit_of_a_mnemonic_is_a_syslog_severity() {
        assert_eq!(mnemonic(b"%LINK-3-UPDOWN"), Some(Level::Error));
        assert_eq!(mnemonic(b"%ASA-6-302013"), Some(Level::Info));
        assert_eq!(mnemonic(b"%LINK-9-UPDOWN"), None);
        assert_eq!(mnemonic(b"%-3-"), None);
        assert_eq!(mnemonic(b"LINK-3-UPDOWN"), None);
    }

    #[test]
    fn of_topics_the_last_that_is_a_level_counts() {
        assert_eq!(topics(b"system,error,critical"), Some(Level::Fatal));
        assert_eq!(topics(b"firewall,warning"), Some(Level::Warn));
        assert_eq!(topics(b"dhcp,lease"), None);
        assert_eq!(topics(b"error"), None);
    }

    #[test]
    fn what_has_no_small_letter_is_upper_in_any_script() {
        assert!(
            is_upper("ОШИБКА".as_bytes()) && is_upper("错误".as_bytes()) && !is_upper("ошибка".as_bytes())
        );
    }
}
