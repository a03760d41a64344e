//! A reply as a person reads it: the original client's lines, and what is new after them. On a terminal a table of the
//! findings comes first; what each is about comes last, because the end is what a terminal shows.

use std::io::{self, Write};

use super::log::Log;
use super::reply::{Finding, Outlier, Reason, Reply, Session};
use super::screen::{Screen, Style, columns, excerpt, printable};
use super::sparkline::Sparklines;
use super::told::told;
use crate::models::DEFAULT_MODEL;
use crate::wording::{counted, said};

/// Longest list of outliers, in entries. The original printed at most a twentieth of a small log; more than a screen or
/// two is for `--json` and `--lines`.
const OUTLIERS_MAX: usize = 20;
/// Longest list of findings and of sessions, in entries.
const FINDINGS_MAX: usize = 10;
/// Reasons per entry; the first raise the score most.
const REASONS_MAX: usize = 3;

/// Prints everything but the remarks on what was saved.
pub(super) fn reply(reply: &Reply<'_>, log: &Log, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { log, screen, out };
    page.table(&reply.findings)?;
    page.patterns(reply)?;
    page.outliers(reply)?;
    page.findings(&reply.findings)?;
    page.sessions(&reply.sessions)?;
    if let Some(statistics) = &reply.statistics {
        told(statistics, log, screen, page.out)?;
    }
    page.next(reply)
}

/// Where a reply is printed.
struct Page<'p> {
    log: &'p Log,
    screen: Screen,
    out: &'p mut dyn Write,
}

impl Page<'_> {
    fn heading(&mut self, heading: &str) -> io::Result<()> {
        writeln!(self.out, "{}", self.screen.paint(Style::Heading, heading))
    }

    /// A row for each finding, where that is a terminal: what came how often, and how odd it is.
    fn table(&mut self, findings: &[Finding]) -> io::Result<()> {
        if self.screen.width.is_none() || findings.is_empty() {
            return Ok(());
        }
        self.heading(&format!("What stands out: {}", counted(findings.len(), "finding")))?;
        let rows: Vec<(&str, String, &Finding)> = findings
            .iter()
            .take(FINDINGS_MAX)
            .map(|finding| (finding.level.as_deref().unwrap_or("-"), told_times(finding), finding))
            .collect();
        let widest = |cells: &mut dyn Iterator<Item = usize>| cells.max().unwrap_or(0);
        let levels = widest(&mut rows.iter().map(|(level, _, _)| columns(level)));
        let times = widest(&mut rows.iter().map(|(_, times, _)| columns(times)));
        for (level, told, finding) in rows {
            let gap = |text: &str, width: usize| " ".repeat(width - columns(text) + 2);
            let head = format!("{:.2}  ", finding.score);
            let used = head.len() + levels + times + 4;
            let template = self.screen.cut(&excerpt(&finding.template), used);
            let (after_level, after_times) = (gap(level, levels), gap(&told, times));
            let level = self.screen.level(level);
            writeln!(self.out, "{head}{level}{after_level}{told}{after_times}{template}")?;
        }
        writeln!(self.out)?;
        self.more(findings.len() as u64, FINDINGS_MAX, "findings; --json gives all")
    }

    fn patterns(&mut self, reply: &Reply<'_>) -> io::Result<()> {
        self.heading("Common Patterns:")?;
        let lines = Sparklines::new(reply.temporal.as_ref().filter(|_| self.screen.width.is_some()));
        for pattern in &reply.common_patterns {
            let head = format!("Pattern {}: {} occurrences", pattern.pattern_id, pattern.count);
            match lines.of(&pattern.template) {
                Some(line) => writeln!(self.out, "{head}  {}", self.screen.cut(&line, head.len() + 2))?,
                None => writeln!(self.out, "{head}")?,
            }
            writeln!(self.out, "Example logs:")?;
            for example in &pattern.example_logs {
                writeln!(self.out, "  - {}", self.screen.cut(&excerpt(said(example)), 4))?;
            }
            writeln!(self.out)?;
        }
        Ok(())
    }

    /// The highest scores, in the order of the log.
    fn outliers(&mut self, reply: &Reply<'_>) -> io::Result<()> {
        self.heading("Significant Outliers:")?;
        let mut shown: Vec<&Outlier> = reply.significant_outliers.iter().collect();
        shown.sort_by(|a, b| b.anomaly_score.total_cmp(&a.anomaly_score));
        shown.truncate(OUTLIERS_MAX);
        shown.sort_by_key(|outlier| outlier.log_id);
        if shown.is_empty() {
            writeln!(self.out, "none\n")?;
        }
        for outlier in &shown {
            let id = format!("Log ID {}: ", outlier.log_id);
            let message = self.screen.wrap(&excerpt(&outlier.message), id.len(), INDENT);
            writeln!(self.out, "{id}{message}")?;
            writeln!(self.out, "Anomaly Score: {}", outlier.anomaly_score)?;
            self.places([outlier.log_id])?;
            self.reasons(&outlier.reasons)?;
            writeln!(self.out)?;
        }
        self.more(reply.outliers(), shown.len(), "outliers with lower scores; --json and --lines give all")
    }

    fn findings(&mut self, findings: &[Finding]) -> io::Result<()> {
        if findings.is_empty() {
            return Ok(());
        }
        self.heading("Findings:")?;
        for finding in findings.iter().take(FINDINGS_MAX) {
            let (level, gap) = finding.level.as_ref().map_or(("", ""), |level| (level, " "));
            let times = told_times(finding);
            let template = excerpt(&finding.template);
            let text = format!("{template} ({times}{}, score {:.3})", when(finding), finding.score);
            let text = self.screen.wrap(&printable(&text), level.len() + gap.len(), INDENT);
            writeln!(self.out, "{}{gap}{text}", self.screen.level(level))?;
            self.places(finding.examples.iter().copied())?;
            self.reasons(&finding.reasons)?;
            if let Some(detail) = finding.nearest.as_ref().and_then(|near| near.detail.as_ref()) {
                self.aside("Known: ", &excerpt(detail))?;
            }
            writeln!(self.out)?;
        }
        self.more(findings.len() as u64, FINDINGS_MAX, "findings; --json gives all")
    }

    fn sessions(&mut self, sessions: &[Session]) -> io::Result<()> {
        if sessions.is_empty() {
            return Ok(());
        }
        let odd: Vec<&Session> = sessions.iter().filter(|session| session.is_outlier).collect();
        self.heading(&format!("Odd Sessions: {} of {}", odd.len(), sessions.len()))?;
        for session in odd.iter().take(FINDINGS_MAX) {
            let (id, lines) = (excerpt(&session.session_id), session.lines);
            let text = format!("Session {id}: {lines} lines, score {:.3}", session.anomaly_score);
            writeln!(self.out, "{}", self.screen.wrap(&text, 0, INDENT))?;
            self.reasons(&session.reasons)?;
        }
        writeln!(self.out)?;
        self.more(odd.len() as u64, FINDINGS_MAX, "odd sessions; --json gives all")
    }

    /// The files and lines, where there are several files.
    fn places(&mut self, log_ids: impl IntoIterator<Item = u64>) -> io::Result<()> {
        let places: Vec<String> = log_ids.into_iter().filter_map(|id| self.log.places.place(id)).collect();
        if places.is_empty() { Ok(()) } else { self.aside("Where: ", &places.join(", ")) }
    }

    fn reasons(&mut self, reasons: &[Reason]) -> io::Result<()> {
        if reasons.is_empty() {
            return Ok(());
        }
        let details: Vec<String> = reasons.iter().take(REASONS_MAX).map(|r| excerpt(&r.detail)).collect();
        self.aside("Why: ", &details.join("; "))
    }

    fn aside(&mut self, name: &str, text: &str) -> io::Result<()> {
        let text = self.screen.wrap(text, name.len(), INDENT);
        writeln!(self.out, "{}", self.screen.paint(Style::Aside, &format!("{name}{text}")))
    }

    fn more(&mut self, all: u64, shown: usize, what: &str) -> io::Result<()> {
        match all.saturating_sub(shown as u64) {
            0 => Ok(()),
            n => writeln!(self.out, "... and {n} more {what}.\n"),
        }
    }

    /// How many events the model never saw: of a log of another kind all, though none of its lines may be odd.
    fn unseen(&mut self, reply: &Reply<'_>) -> io::Result<()> {
        let Some(counts) = reply.statistics.as_ref().filter(|counts| counts.unseen_events > 0) else {
            return Ok(());
        };
        let text = match (counts.unseen_events, counts.events) {
            (1, 1) => "The one event is new to the model.".to_owned(),
            (unseen, events) if unseen == events => {
                format!("All {events} events are new to the model: was it trained on logs of this kind?")
            }
            (1, events) => format!("Of {events} events, 1 is new to the model."),
            (unseen, events) => format!("Of {events} events, {unseen} are new to the model."),
        };
        writeln!(self.out, "{}", self.screen.wrap(&text, 0, INDENT))?;
        self.reworded(reply.findings.get(FINDINGS_MAX..).unwrap_or_default())
    }

    /// Of the findings that are not printed those that say which former event they look like: after an upgrade these are
    /// what a reader looks for.
    fn reworded(&mut self, findings: &[Finding]) -> io::Result<()> {
        let like_former =
            findings.iter().filter_map(|finding| Some((finding, finding.nearest.as_ref()?.detail.as_ref()?)));
        let like_former: Vec<_> = like_former.collect();
        if like_former.is_empty() {
            return Ok(());
        }
        writeln!(
            self.out,
            "Among the findings that are not printed, {} known by another wording:",
            match like_former.len() {
                1 => "1 event may be".to_owned(),
                n => format!("{n} events may be"),
            }
        )?;
        for (finding, detail) in like_former.iter().take(REWORDED_MAX) {
            let text = format!("  {}: {}", excerpt(&finding.template), excerpt(detail));
            writeln!(self.out, "{}", self.screen.wrap(&text, 0, INDENT))?;
        }
        self.more(like_former.len() as u64, REWORDED_MAX, "of them; --json gives all")
    }

    /// What to do next, where the reply is not all that can be had.
    fn next(&mut self, reply: &Reply<'_>) -> io::Result<()> {
        let Some(model) = reply.model.as_ref() else { return Ok(()) };
        if model.trained {
            return self.unseen(reply);
        }
        let name = if model.name == DEFAULT_MODEL || model.name.is_empty() {
            String::new()
        } else {
            format!(" --model {}", excerpt(&model.name))
        };
        let text = format!(
            "Next: these lines were judged by themselves. `oddlog -t{name} -f FILE` learns a log of good days, and what is new against it is told too."
        );
        writeln!(self.out, "{}", self.screen.wrap(&text, 0, INDENT))
    }
}

/// Events that may be known by another wording, of findings that are not printed, at most.
const REWORDED_MAX: usize = 5;

/// Spaces in front of what does not fit on the first line of an entry.
const INDENT: usize = 4;

/// How often a finding came, or what it is.
fn told_times(finding: &Finding) -> String {
    match (finding.kind.as_str(), finding.count) {
        ("silence", _) => "silence".to_owned(),
        ("gone", _) => "gone".to_owned(),
        ("new", n) => format!("new, {}", times(n)),
        ("more", n) => format!("more often, {}", times(n)),
        ("less", n) => format!("less often, {} before", times(n)),
        ("trend", _) => "a trend".to_owned(),
        ("parameter", n) => format!("a number shifts in {}", counted(n, "line")),
        ("session", 1) => "1 odd session".to_owned(),
        ("session", n) => format!("{n} odd sessions"),
        ("burst", n) => format!("burst of {n}"),
        (_, n) => times(n),
    }
}

fn times(n: u64) -> String {
    if n == 1 { "once".to_owned() } else { format!("{n} times") }
}

fn when(finding: &Finding) -> String {
    match (&finding.first_seen, &finding.last_seen) {
        (Some(first), Some(last)) if first != last => format!(", {first} to {last}"),
        (Some(at), _) => format!(", {at}"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{FINDINGS_MAX, Log, Reply, Screen, reply};
    use crate::client::screen::columns;

    fn printed(json: &str) -> String {
        printed_on(Screen::default(), json)
    }

    fn printed_on(screen: Screen, json: &str) -> String {
        let mut out = Vec::new();
        let parsed: Reply = serde_json::from_str(json).unwrap();
        reply(&parsed, &Log::default(), screen, &mut out).unwrap();
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
    fn events_that_training_never_saw_are_told_though_no_line_is_odd() {
        let told = |unseen: u64, events: u64| {
            printed(&format!(
                r#"{{"common_patterns": [], "significant_outliers": [], "model": {{"name": "web", "trained": true}},
                    "statistics": {{"outliers": 0, "lines": 9, "events": {events}, "unseen_events": {unseen}}}}}"#
            ))
        };
        assert!(!told(0, 7).contains("new to the model"));
        assert!(told(2, 7).contains("Of 7 events, 2 are new to the model.\n"));
        assert!(
            told(7, 7).contains("All 7 events are new to the model: was it trained on logs of this kind?\n")
        );
    }

    #[test]
    fn where_no_line_is_an_outlier_it_says_none() {
        let text = printed(r#"{"common_patterns": [], "significant_outliers": []}"#);
        assert_eq!(text, "Common Patterns:\nSignificant Outliers:\nnone\n\n");
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
    fn one_line_is_told_as_once() {
        let told = |kind: &str, count: u64| {
            printed(&format!(
                r#"{{"common_patterns": [], "significant_outliers": [], "findings":
                    [{{"kind": "{kind}", "template": "feed", "count": {count}, "score": 0.5}}]}}"#
            ))
        };
        assert!(told("new", 1).contains("feed (new, once,"), "{}", told("new", 1));
        assert!(told("new", 2).contains("feed (new, 2 times,"));
        assert!(told("parameter", 1).contains("a number shifts in 1 line,"));
    }

    #[test]
    fn on_a_terminal_no_line_is_wider_than_it_and_levels_are_coloured() {
        let json = r#"{"common_patterns": [{"pattern_id": 7, "count": 4, "example_logs":
                ["a message that is a good deal wider than forty columns 磁盘已满无法写入日志文件"]}],
            "significant_outliers": [{"log_id": 3, "message": "disk a failed and many more words follow it here",
                "anomaly_score": 0.9, "reasons": [{"detail": "the word `disk` is rare: 1 of 3000 lines of the log"}]}],
            "findings": [{"template": "disk <*> failed and many more words follow it here", "level": "ERROR",
                "count": 2, "score": 0.9}],
            "model": {"name": "web", "trained": false}}"#;
        let narrow = Screen { width: Some(40), has_colours: false };
        let text = printed_on(narrow, json);
        assert!(text.lines().all(|line| columns(line) <= 40), "{text}");
        assert!(text.contains("`oddlog -t --model web"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
        let coloured = printed_on(Screen { has_colours: true, ..narrow }, json);
        assert!(coloured.contains("\u{1b}[31mERROR\u{1b}[0m disk"), "{coloured}");
    }

    #[test]
    fn a_pattern_of_blank_lines_is_called_so() {
        let text = printed(
            r#"{"common_patterns": [{"pattern_id": 0, "count": 4, "example_logs": [" "]}], "significant_outliers": []}"#,
        );
        assert!(text.contains("Example logs:\n  - (blank line)\n"), "{text}");
    }

    #[test]
    fn what_a_new_event_looks_like_is_told_of_it() {
        let text = printed(
            r#"{"common_patterns": [], "significant_outliers": [], "findings": [{"template": "a", "count": 1, "score": 0.9,
                "nearest": {"template": "b", "similarity": 0.7, "detail": "this looks like the former event `b`"}}]}"#,
        );
        assert!(text.contains("Known: this looks like the former event `b`\n"), "{text}");
    }

    #[test]
    fn what_looks_like_a_former_event_is_told_although_its_finding_is_too_far_down() {
        let odd = |n: usize| format!(r#"{{"template": "odd {n}", "count": 1, "score": 0.9}}"#);
        let mut findings: Vec<String> = (0..FINDINGS_MAX).map(odd).collect();
        findings.push(
            r#"{"template": "signed in", "count": 1, "score": 0.8,
                "nearest": {"template": "logged in", "similarity": 0.7, "detail": "this looks like the former event `logged in`"}}"#
                .to_owned(),
        );
        let text = printed(&format!(
            r#"{{"common_patterns": [], "significant_outliers": [], "model": {{"name": "web", "trained": true}},
                "statistics": {{"outliers": 0, "lines": 9, "events": 7, "unseen_events": 2}}, "findings": [{}]}}"#,
            findings.join(",")
        ));
        assert!(text.contains("1 event may be known by another wording:\n  signed in: this looks like the former event `logged in`\n"), "{text}");
    }

    #[test]
    fn on_a_terminal_a_table_of_the_findings_comes_first_and_patterns_have_their_course() {
        let json = r#"{"common_patterns": [{"pattern_id": 7, "count": 4, "template": "feed", "example_logs": ["feed"]}],
            "significant_outliers": [], "temporal": {"buckets": [{"bucket": 0}, {"bucket": 3}],
                "events": [{"template": "feed", "series": [[0, 1], [3, 8]]}]},
            "findings": [{"template": "disk <*> failed with many words", "level": "ERROR", "count": 2, "score": 0.9},
                {"template": "boot", "count": 1, "score": 0.8}]}"#;
        let text = printed_on(Screen { width: Some(40), has_colours: false }, json);
        assert!(
            text.starts_with(
                "What stands out: 2 findings\n0.90  ERROR  2 times  disk <*> failed w…\n0.80  -      once     boot\n\nCommon Patterns:\n"
            ),
            "{text}"
        );
        assert!(text.contains("Pattern 7: 4 occurrences  ▁  █\n"), "{text}");
        let piped = printed(json);
        assert!(piped.starts_with("Common Patterns:\nPattern 7: 4 occurrences\nExample"), "{piped}");
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
