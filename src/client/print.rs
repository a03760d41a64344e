//! A reply as a person reads it: the original client's lines, and what is new after them.

use std::io::{self, Write};

use super::reply::{Finding, Outlier, Reason, Reply, Session};
use super::told::told;

/// Longest list of outliers, in entries. The original printed at most a twentieth of a small log; more than a screen or
/// two is for `--json` and `--lines`.
const OUTLIERS_MAX: usize = 20;
/// Longest list of findings and of sessions, in entries.
const FINDINGS_MAX: usize = 10;
/// Longest line of a log that is printed, in characters.
const MESSAGE_MAX: usize = 400;
/// Reasons per entry; the first raise the score most.
const REASONS_MAX: usize = 3;

/// Prints everything but the remarks on what was saved.
pub(super) fn reply(reply: &Reply<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "Common Patterns:")?;
    for pattern in &reply.common_patterns {
        writeln!(out, "Pattern {}: {} occurrences", pattern.pattern_id, pattern.count)?;
        writeln!(out, "Example logs:")?;
        for example in &pattern.example_logs {
            writeln!(out, "  - {}", printable(example))?;
        }
        writeln!(out)?;
    }
    outliers(reply, out)?;
    findings(&reply.findings, out)?;
    sessions(&reply.sessions, out)?;
    match reply.statistics.as_ref().and_then(told) {
        Some(told) => writeln!(out, "{told}"),
        None => Ok(()),
    }
}

/// The highest scores, in the order of the log.
fn outliers(reply: &Reply<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "Significant Outliers:")?;
    let mut shown: Vec<&Outlier> = reply.significant_outliers.iter().collect();
    shown.sort_by(|a, b| b.anomaly_score.total_cmp(&a.anomaly_score));
    shown.truncate(OUTLIERS_MAX);
    shown.sort_by_key(|outlier| outlier.log_id);
    for outlier in &shown {
        writeln!(out, "Log ID {}: {}", outlier.log_id, printable(&outlier.message))?;
        writeln!(out, "Anomaly Score: {}", outlier.anomaly_score)?;
        reasons(&outlier.reasons, out)?;
        writeln!(out)?;
    }
    more(reply.outliers(), shown.len(), "outliers with lower scores; --json and --lines give all", out)
}

fn findings(findings: &[Finding], out: &mut dyn Write) -> io::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    writeln!(out, "Findings:")?;
    for finding in findings.iter().take(FINDINGS_MAX) {
        let level = finding.level.as_ref().map_or_else(String::new, |level| format!("{level} "));
        let times = match (finding.kind.as_str(), finding.count) {
            ("silence", _) => "silence".to_owned(),
            ("burst", n) => format!("burst of {n}"),
            (_, 1) => "once".to_owned(),
            (_, n) => format!("{n} times"),
        };
        writeln!(
            out,
            "{level}{} ({times}{}, score {:.3})",
            printable(&finding.template),
            when(finding),
            finding.score
        )?;
        reasons(&finding.reasons, out)?;
        writeln!(out)?;
    }
    more(findings.len() as u64, FINDINGS_MAX, "findings; --json gives all", out)
}

fn when(finding: &Finding) -> String {
    match (&finding.first_seen, &finding.last_seen) {
        (Some(first), Some(last)) if first != last => format!(", {first} to {last}"),
        (Some(at), _) => format!(", {at}"),
        _ => String::new(),
    }
}

fn sessions(sessions: &[Session], out: &mut dyn Write) -> io::Result<()> {
    if sessions.is_empty() {
        return Ok(());
    }
    let odd: Vec<&Session> = sessions.iter().filter(|session| session.is_outlier).collect();
    writeln!(out, "Odd Sessions: {} of {}", odd.len(), sessions.len())?;
    for session in odd.iter().take(FINDINGS_MAX) {
        let (id, lines) = (printable(&session.session_id), session.lines);
        writeln!(out, "Session {id}: {lines} lines, score {:.3}", session.anomaly_score)?;
        reasons(&session.reasons, out)?;
    }
    writeln!(out)?;
    more(odd.len() as u64, FINDINGS_MAX, "odd sessions; --json gives all", out)
}

fn reasons(reasons: &[Reason], out: &mut dyn Write) -> io::Result<()> {
    if reasons.is_empty() {
        return Ok(());
    }
    let details: Vec<String> = reasons.iter().take(REASONS_MAX).map(|r| printable(&r.detail)).collect();
    writeln!(out, "Why: {}", details.join("; "))
}

fn more(all: u64, shown: usize, what: &str, out: &mut dyn Write) -> io::Result<()> {
    match all.saturating_sub(shown as u64) {
        0 => Ok(()),
        n => writeln!(out, "... and {n} more {what}.\n"),
    }
}

/// A text from a log, safe to print: control characters could else move the cursor or change the terminal.
pub(super) fn printable(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(MESSAGE_MAX)
        .map(|c| match c {
            '\t' => ' ',
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect();
    if text.chars().nth(MESSAGE_MAX).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{Reply, reply};

    fn printed(json: &str) -> String {
        let mut out = Vec::new();
        let parsed: Reply = serde_json::from_str(json).unwrap();
        reply(&parsed, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_original_replies_are_printed_as_by_the_original_client() {
        let json = r#"{"common_patterns": [{"pattern_id": 7, "count": 4, "example_logs": ["DEBUG a", "DEBUG b"]}],
            "significant_outliers": [{"log_id": 26, "message": "INFO c", "anomaly_score": 0.01713841737458216}],
            "visualization": ""}"#;
        assert_eq!(
            printed(json),
            "Common Patterns:\nPattern 7: 4 occurrences\nExample logs:\n  - DEBUG a\n  - DEBUG b\n\n\
             Significant Outliers:\nLog ID 26: INFO c\nAnomaly Score: 0.01713841737458216\n\n"
        );
    }

    #[test]
    fn a_long_list_keeps_the_highest_scores_and_says_how_many_more() {
        let rows: Vec<String> = (0..30)
            .map(|i| format!(r#"{{"log_id": {i}, "message": "m", "anomaly_score": {}}}"#, f64::from(i % 10)))
            .collect();
        let text = printed(&format!(
            r#"{{"common_patterns": [], "significant_outliers": [{}], "statistics": {{"outliers": 700}}}}"#,
            rows.join(",")
        ));
        assert_eq!(text.matches("Log ID").count(), 20);
        assert!(!text.contains("Log ID 0:"), "the lowest score is cut: {text}");
        assert!(text.find("Log ID 4:").unwrap() < text.find("Log ID 29:").unwrap());
        assert!(text.contains("... and 680 more outliers"), "{text}");
    }

    #[test]
    fn control_characters_of_a_log_do_not_reach_the_terminal() {
        let text = printed(
            r#"{"common_patterns": [], "significant_outliers":
                [{"log_id": 0, "message": "a\u001b[31mred\nb\u009b", "anomaly_score": 1.0}]}"#,
        );
        assert!(text.contains("Log ID 0: a\u{fffd}[31mred\u{fffd}b\u{fffd}\n"), "{text}");
    }

    #[test]
    fn a_burst_and_a_silence_say_that_they_are_one() {
        let finding = |kind: &str, count: u64| {
            format!(
                r#"{{"kind": "{kind}", "template": "feed", "level": "INFO", "count": {count}, "score": 0.5}}"#
            )
        };
        let text = printed(&format!(
            r#"{{"common_patterns": [], "significant_outliers": [], "findings": [{}, {}]}}"#,
            finding("burst", 20),
            finding("silence", 0)
        ));
        assert!(text.contains("INFO feed (burst of 20, score 0.500)\n"), "{text}");
        assert!(text.contains("INFO feed (silence, score 0.500)\n"), "{text}");
    }

    #[test]
    fn reasons_and_findings_follow_what_they_explain() {
        let text = printed(
            r#"{"common_patterns": [], "significant_outliers":
                [{"log_id": 3, "message": "disk a failed", "anomaly_score": 0.9, "reasons": [{"detail": "new"}, {"detail": "an error"}]}],
                "findings": [{"template": "disk <*> failed", "level": "ERROR", "count": 2, "score": 0.9,
                "first_seen": "2023-07-25T10:00:01", "last_seen": "2023-07-25T10:00:09", "reasons": [{"detail": "new"}]}]}"#,
        );
        assert!(
            text.contains("Log ID 3: disk a failed\nAnomaly Score: 0.9\nWhy: new; an error\n\n"),
            "{text}"
        );
        assert!(
            text.contains(
                "Findings:\nERROR disk <*> failed (2 times, 2023-07-25T10:00:01 to 2023-07-25T10:00:09, score 0.900)\nWhy: new\n"
            ),
            "{text}"
        );
    }
}
