use oddlog::analysis::AnalyzeOptions;
use oddlog::models::Models;
use oddlog::report::{NOISE, Report};

fn ordinary(n: usize) -> Vec<String> {
    (0..n)
        .map(|i| {
            let time = format!("2024-03-01 {:02}:{:02}:{:02}", 8 + i / 3600, i / 60 % 60, i % 60);
            match i % 3 {
                0 => format!("{time} INFO request {} served in {} ms", 1000 + i, 20 + i % 7),
                1 => format!("{time} INFO user u{} opened page {}", i % 40, i % 9),
                _ => format!("{time} INFO cache hit for key session:{}", i * 7919 % 99991),
            }
        })
        .collect()
}

const DISK: &str = "2024-03-01 09:30:00 ERROR disk /dev/sdb1 failed: I/O error, remounting read-only";

/// Trains a model in a folder of its own, and analyses.
fn trained(training: &[String], logs: &[String], check: impl FnOnce(&Report<'_>)) {
    let dir = tempfile::tempdir().expect("a folder");
    let models = Models::open(dir.path()).expect("opens");
    models.train("default", training).expect("trains");
    check(&models.analyze("default", logs, &AnalyzeOptions::default()).expect("analyses"));
}

fn untrained<'a>(logs: &'a [String], options: &AnalyzeOptions) -> Report<'a> {
    oddlog::analysis::analyze(logs, None, options)
}

#[test]
fn an_event_in_other_words_looks_like_the_former_one_and_of_one_that_still_comes_that_is_said() {
    let reworded = |line: &String| line.replace("opened page", "is opening the page");
    let upgraded: Vec<String> = ordinary(600).iter().map(reworded).collect();
    let looks_like = |report: &Report<'_>| {
        let unseen: Vec<_> = report.events.iter().filter(|event| event.unseen).collect();
        assert_eq!(unseen.len(), 1, "{unseen:?}");
        unseen[0].nearest.as_ref().expect("it shares words").detail().expect("it is alike")
    };
    trained(&ordinary(3000), &upgraded, |report| {
        assert_eq!(
            looks_like(report),
            "this looks like the former event `user <*> opened page <*>`, which does not come here"
        );
    });
    let both: Vec<String> = ordinary(600).into_iter().chain(upgraded).collect();
    trained(&ordinary(3000), &both, |report| {
        assert_eq!(
            looks_like(report),
            "this looks like the event `user <*> opened page <*>`, which still comes: 200 lines"
        );
    });
    let mut others = ordinary(600);
    others.push(DISK.to_owned());
    trained(&ordinary(3000), &others, |report| {
        let disk = report.events.iter().find(|event| event.unseen).expect("it is new");
        assert!(disk.nearest.as_ref().is_none_or(|near| near.detail().is_none()), "{disk:?}");
    });
}

#[test]
fn an_event_that_training_never_saw_is_the_first_finding_and_says_so() {
    let mut logs = ordinary(600);
    logs.insert(300, DISK.to_owned());
    trained(&ordinary(3000), &logs, |report| {
        let finding = &report.findings[0];
        assert_eq!(finding.examples, [300]);
        assert_eq!(report.statistics.unseen_events, 1);
        let kinds: Vec<&str> = finding.reasons.iter().map(|r| r.kind).collect();
        assert!(kinds.contains(&"rare_event") && kinds.contains(&"severity"), "{kinds:?}");
        assert!(
            finding.reasons.iter().any(|r| r.detail.contains("never seen in training")),
            "{:?}",
            finding.reasons
        );
    });
}

#[test]
fn reasons_are_sorted_and_each_is_what_the_score_would_lose_without_it() {
    trained(&ordinary(3000), &[DISK.to_owned()], |report| {
        let reasons = &report.findings[0].reasons;
        assert!(reasons.is_sorted_by(|a, b| a.contribution >= b.contribution));
        let severity = reasons.iter().find(|r| r.kind == "severity").expect("an ERROR has severity");
        // the words "failed" and "error" weigh 2: 2 + 1.5*2 = 5, as ERROR: a factor of 1 + 3/4, so 3/7 of the score
        assert!((severity.contribution - report.findings[0].score * 3.0 / 7.0).abs() < 1e-9, "{severity:?}");
    });
}

#[test]
fn a_request_time_far_beyond_training_is_an_outlier_and_the_number_is_named() {
    let mut logs = ordinary(300);
    logs[150] = "2024-03-01 08:02:30 INFO request 1150 served in 93000 ms".to_owned();
    trained(&ordinary(3000), &logs, |report| {
        assert!(
            report.lines[150].is_outlier,
            "{} <= {}",
            report.lines[150].anomaly_score, report.outlier_threshold
        );
        let reason = &report.reasons[report.lines[150].reasons.expect("an outlier has reasons")][0];
        assert_eq!(reason.kind, "number_out_of_range");
        assert!(reason.detail.contains("93000"), "{}", reason.detail);
    });
}

#[test]
fn one_error_of_an_event_that_is_else_information_stands_out_and_the_level_is_the_reason() {
    let mut logs = ordinary(1500);
    logs[750] = "2024-03-01 08:12:30 ERROR request 1750 served in 22 ms".to_owned();
    let report = untrained(&logs, &AnalyzeOptions::default());
    let odd: Vec<usize> = (0..logs.len()).filter(|&i| report.lines[i].is_outlier).collect();
    assert_eq!(odd, [750]);
    let reasons = &report.reasons[report.lines[750].reasons.expect("an outlier has reasons")];
    let level = reasons.iter().find(|r| r.kind == "unusual_level").expect("the level is named");
    assert_eq!(level.detail, "1 of 500 lines of this event have ERROR");
}

#[test]
fn the_training_lines_themselves_hold_no_outlier() {
    trained(&ordinary(3000), &ordinary(3000), |report| assert_eq!(report.statistics.outliers, 0));
}

#[test]
fn without_a_model_a_log_of_nothing_odd_holds_no_outlier() {
    let logs = ordinary(3000);
    let report = untrained(&logs, &AnalyzeOptions::default());
    assert_eq!(report.statistics.outliers, 0);
    assert!(!report.model.trained);
}

#[test]
fn without_a_model_one_failure_among_ordinary_lines_stands_out() {
    let mut logs = ordinary(3000);
    logs.insert(1000, DISK.to_owned());
    let report = untrained(&logs, &AnalyzeOptions::default());
    let odd: Vec<usize> = (0..logs.len()).filter(|&i| report.lines[i].is_outlier).collect();
    assert_eq!(odd, [1000]);
}

#[test]
fn without_a_model_one_failure_stands_out_of_twenty_lines_as_it_does_of_three_hundred() {
    for n_lines in [20, 50, 100, 300] {
        let mut logs = ordinary(n_lines);
        logs.insert(n_lines / 2, DISK.to_owned());
        let report = untrained(&logs, &AnalyzeOptions::default());
        let odd: Vec<usize> = (0..logs.len()).filter(|&i| report.lines[i].is_outlier).collect();
        assert_eq!(odd, [n_lines / 2], "{n_lines} lines");
    }
}

#[test]
fn without_a_model_three_errors_of_a_hundred_lines_stand_out_and_twenty_do_not() {
    for (n_errors, are_odd) in [(1, true), (3, true), (20, false)] {
        let mut logs = ordinary(100);
        let places: Vec<usize> = (0..n_errors).map(|i| 4 * i + 5).collect();
        for &place in &places {
            logs[place] = format!("2024-03-01 08:00:{:02} ERROR no answer from the store", place % 60);
        }
        let report = untrained(&logs, &AnalyzeOptions::default());
        let odd: Vec<usize> = (0..logs.len()).filter(|&i| report.lines[i].is_outlier).collect();
        assert_eq!(odd, if are_odd { places } else { Vec::new() }, "{n_errors} errors");
    }
}

#[test]
fn a_single_unlike_line_is_noise_and_three_frequent_unlike_events_are_three_patterns() {
    let mut logs = ordinary(300);
    logs.push(DISK.to_owned());
    let report = untrained(&logs, &AnalyzeOptions::default());
    assert_eq!(report.lines[300].pattern_id, NOISE);
    assert_eq!(report.patterns.iter().map(|p| p.count).collect::<Vec<_>>(), [100, 100, 100]);
}

#[test]
fn nothing_to_analyse_is_an_empty_report() {
    let report = untrained(&[], &AnalyzeOptions::default());
    assert_eq!(report.statistics.lines, 0);
    assert!(report.lines.is_empty() && report.findings.is_empty() && report.patterns.is_empty());
}

#[test]
fn of_alike_sessions_the_one_that_ends_early_and_holds_an_error_is_odd() {
    let mut logs = Vec::new();
    for session in 0..200 {
        logs.push(format!("INFO session s{session} opened"));
        if session == 77 {
            logs.push(format!("ERROR session s{session} lost its database"));
        } else {
            logs.push(format!("INFO session s{session} wrote {} rows", session % 7));
            logs.push(format!("INFO session s{session} closed"));
        }
    }
    let pattern = regex::Regex::new(r"session (s\d+)").expect("a pattern");
    let options = AnalyzeOptions { session_pattern: Some(pattern), ..AnalyzeOptions::default() };
    let report = untrained(&logs, &options);
    let sessions = report.sessions.expect("a session pattern was given");
    assert_eq!(sessions.len(), 200);
    let odd: Vec<&str> = sessions.iter().filter(|s| s.is_outlier).map(|s| s.session_id.as_str()).collect();
    assert_eq!(odd, ["s77"]);
}

#[test]
fn sessions_that_are_odd_alike_are_one_finding_that_names_the_oddest_and_its_line() {
    let mut logs = Vec::new();
    for session in 0..300 {
        logs.push(format!("INFO request r{session} accepted"));
        // two of three hundred go another way, and one is no session at all
        if session == 40 || session == 41 {
            logs.push(format!("INFO request r{session} sent to the old store"));
        }
        logs.push(format!("INFO request r{session} answered in {} ms", session % 9));
    }
    logs.push("INFO request null accepted".to_owned());
    let pattern = regex::Regex::new(r"request (\w+)").expect("a pattern");
    let options = AnalyzeOptions { session_pattern: Some(pattern), ..AnalyzeOptions::default() };
    let report = untrained(&logs, &options);
    assert_eq!(report.sessions.as_ref().map(Vec::len), Some(300));
    let of_sessions: Vec<_> = report.findings.iter().filter(|f| f.kind.name() == "session").collect();
    let [finding] = of_sessions[..] else { panic!("{of_sessions:?}") };
    assert_eq!((finding.count, &finding.examples[..]), (2, &[81, 84][..]));
    assert_eq!(report.events[finding.event].template, "request <*> sent to the old store");
    assert!(finding.score > report.outlier_threshold, "{finding:?}");
    assert!(finding.reasons[0].detail.starts_with("session r40: "), "{finding:?}");
}

#[test]
fn characteristic_terms_tell_a_pattern_from_the_others() {
    let logs = ordinary(300);
    let report = untrained(&logs, &AnalyzeOptions { terms: true, ..AnalyzeOptions::default() });
    let terms = report.terms.expect("terms were asked for");
    let cache =
        report.patterns.iter().find(|p| p.template.starts_with("cache")).expect("a pattern of the cache");
    let of_cache = terms.iter().find(|t| t.pattern_id == cache.pattern_id).expect("its terms");
    assert!(of_cache.characteristic.iter().any(|(term, _)| term == "cache"), "{of_cache:?}");
}
