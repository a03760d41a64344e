//! What is said of the difference of two logs.

use std::sync::Arc;

use std::fs;
use std::path::Path;

use oddlog::analysis::compare::{Baseline, Change, ChangeKind, PARTS, compare};
use oddlog::analysis::read::Lines;
use oddlog::analysis::reading::{Reading, ReferenceTimes};
use oddlog::entry::Level;
use oddlog::plot::{PictureFormat, render_comparison};

fn changes(before: &[String], after: &[String]) -> Vec<Change> {
    let baseline = Baseline::Lines { texts: before, reference_times: ReferenceTimes::default() };
    compare(baseline, after, &Reading::default()).findings
}

/// Three events in turn, a line a second.
fn ordinary(n: usize, seed: usize) -> Vec<String> {
    (0..n)
        .map(|i| {
            let time = format!("2024-03-01 {:02}:{:02}:{:02}", 8 + i / 3600, i / 60 % 60, i % 60);
            match i % 3 {
                0 => format!("{time} INFO request {} served in {} ms", seed + i, 20 + (i + seed) % 7),
                1 => format!("{time} INFO user u{} opened page {}", (i + seed) % 40, i % 9),
                _ => format!("{time} INFO cache hit for key session:{}", (i + seed) * 7919 % 99991),
            }
        })
        .collect()
}

fn kinds(changes: &[Change]) -> Vec<ChangeKind> {
    changes.iter().map(|change| change.kind).collect()
}

#[test]
fn logs_of_the_same_events_at_the_same_rates_do_not_differ_whatever_their_length() {
    for n in [300, 3000, 9000] {
        assert_eq!(kinds(&changes(&ordinary(3000, 1000), &ordinary(n, 5000))), [], "{n} lines");
    }
}

#[test]
fn a_new_error_comes_first_then_what_is_more_frequent_and_last_what_is_gone() {
    let mut before = ordinary(3000, 1000);
    let mut after = ordinary(3000, 5000);
    for i in (0..3000).step_by(60) {
        before[i] = format!("2024-03-01 08:00:00 INFO backup {i} finished");
    }
    for i in (0..3000).step_by(300) {
        before[i + 1] = "2024-03-01 08:00:00 WARN queue is long".to_owned();
    }
    for i in (0..3000).step_by(30) {
        after[i + 1] = "2024-03-01 08:00:00 WARN queue is long".to_owned();
    }
    after[1500] = "2024-03-01 08:25:00 ERROR disk /dev/sdb1 failed: I/O error".to_owned();
    let changes = changes(&before, &after);
    assert_eq!(kinds(&changes), [ChangeKind::New, ChangeKind::More, ChangeKind::Gone], "{changes:#?}");
    let [new, more, gone] = &changes[..] else { panic!("three") };
    assert_eq!((new.examples.as_slice(), new.level), (&[1500][..], Some(Level::Error)));
    assert_eq!((more.count_before, more.count_after), (10, 100));
    // log2(100.5 / 10.5) = 3.26; the shared events are as frequent on both sides but for what was replaced
    assert!((more.effect - 3.26).abs() < 0.1 && more.p_value < 1e-6, "{more:?}");
    assert_eq!((gone.count_before, gone.count_after, gone.count), (50, 0, 0));
    assert!(new.is_worse && more.is_worse && !gone.is_worse);
}

#[test]
fn one_burst_does_not_make_an_event_more_frequent() {
    let mut before = ordinary(3000, 1000);
    let mut after = ordinary(3000, 5000);
    before[10] = "2024-03-01 08:00:10 INFO queue is long".to_owned();
    before[2500] = before[10].clone();
    for line in &mut after[700..725] {
        *line = "2024-03-01 08:12:00 INFO queue is long".to_owned();
    }
    assert_eq!(kinds(&changes(&before, &after)), []);
}

#[test]
fn a_burst_of_errors_that_the_baseline_did_not_have_is_worse() {
    let declined = |i: usize| format!("2024-03-01 08:12:00 ERROR payment {i} was declined");
    let (mut before, mut after) = (ordinary(3000, 1000), ordinary(3000, 5000));
    for i in (0..3000).step_by(100) {
        (before[i], after[i]) = (declined(i), declined(i));
    }
    for (i, line) in after[700..900].iter_mut().enumerate() {
        *line = declined(i);
    }
    let found = changes(&before, &after);
    assert_eq!(kinds(&found), [ChangeKind::More], "{found:#?}");
    assert!(found[0].is_worse && found[0].count_after > 200, "{found:#?}");
}

#[test]
fn the_number_of_an_order_is_no_difference_however_small_it_is() {
    let mut random = 7_u64;
    let mut next = || {
        random = oddlog::ml::rng::splitmix64(random);
        random % 1_000_000
    };
    for _ in 0..20 {
        let mut log = || -> Vec<String> {
            (0..40).map(|_| format!("2024-03-01 08:00:00 INFO order {} was sent", next())).collect()
        };
        assert_eq!(kinds(&changes(&log(), &log())), []);
    }
}

#[test]
fn a_status_that_the_baseline_never_had_is_worse_and_the_id_of_a_run_is_no_difference() {
    let line = |i: usize, status: usize, pid: usize| {
        format!(
            "2024-03-01 08:00:00 INFO request {} of worker {pid} done with status={status}",
            i * 7919 % 99_991
        )
    };
    let before: Vec<String> = (0..400).map(|i| line(i, [200, 304][i / 9 % 2], 4_711)).collect();
    let of = |failing: usize| -> Vec<String> {
        let status = |i: usize| if i % 10 < failing { 500 } else { 200 };
        (0..400).map(|i| line(i + 500, status(i), 5_822)).collect()
    };
    assert_eq!(kinds(&changes(&before, &of(0))), []);
    let found = changes(&before, &of(3));
    assert_eq!(kinds(&found), [ChangeKind::Parameter], "{found:#?}");
    let detail = "a number that was always one of 200, 304 is another in 120 lines, most often 500";
    assert_eq!((found[0].detail.as_str(), found[0].count, found[0].is_worse), (detail, 120, true));
}

#[test]
fn a_burst_of_one_event_makes_no_other_event_less_frequent() {
    let names = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"];
    let line = |i: usize| format!("2024-03-01 08:00:00 INFO worker {} is done", names[i % 6]);
    let before: Vec<String> = (0..3000).map(|i| format!("{} {}", line(i), "fine")).collect();
    let mut after = before.clone();
    after.extend((0..6000).map(|_| "2024-03-01 09:00:00 INFO a new thing happened".to_owned()));
    assert_eq!(kinds(&changes(&before, &after)), [ChangeKind::New]);
}

#[test]
fn a_number_far_out_and_a_word_never_seen_are_parameters() {
    let before = ordinary(3000, 1000);
    let mut after = ordinary(3000, 5000);
    after[300] = "2024-03-01 08:05:00 INFO request 5300 served in 93000 ms".to_owned();
    let found = changes(&before, &after);
    assert_eq!(kinds(&found), [ChangeKind::Parameter], "{found:#?}");
    assert!(found[0].detail.contains("out of its usual range"), "{}", found[0].detail);
    assert_eq!((found[0].count, found[0].examples.as_slice()), (1, &[300][..]));

    let wrote = |i: usize, folder: &str| format!("job {i} wrote /srv/{folder}/orders/{}.csv at last", i % 5);
    let before: Vec<String> = (0..200).map(|i| wrote(i, "spool")).collect();
    let mut after = before.clone();
    after[77] = wrote(77, "crashed");
    let found = changes(&before, &after);
    assert_eq!(kinds(&found), [ChangeKind::Parameter], "{found:#?}");
    assert!(found[0].detail.ends_with("crashed"), "{}", found[0].detail);
    assert_eq!((found[0].count, found[0].examples.as_slice()), (1, &[77][..]));
    // the word of failure weighs as ERROR
    assert!(found[0].reasons.iter().any(|reason| reason.kind == "severity"));
    // what is usual in one place and not in this one
    let mut after = before.clone();
    after[78] = wrote(78, "orders");
    let found = changes(&before, &after);
    assert_eq!(kinds(&found), [ChangeKind::Parameter], "{found:#?}");
    assert!(found[0].detail.ends_with("are missing: spool"), "{}", found[0].detail);
}

/// Requests that are served, every `nth` as an ERROR; 0 for none.
fn served(n: usize, nth: usize) -> Vec<String> {
    let level = |i: usize| if nth > 0 && i.is_multiple_of(nth) { "ERROR" } else { "INFO" };
    (0..n)
        .map(|i| format!("2024-03-01 08:{:02}:{:02} {} request {i} was served", i / 60, i % 60, level(i)))
        .collect()
}

#[test]
fn a_number_that_is_four_times_as_large_is_a_difference_and_a_counter_and_a_little_more_are_none() {
    // Latencies of 20 to 59 ms times a factor; a counter that starts anywhere; a size that is always between the same two.
    let run = |factor: usize, first: usize| -> Vec<String> {
        let line = |i: usize| {
            let time = format!("2024-03-01 10:{:02}:{:02}", i / 60, i % 60);
            let took = factor * (20 + i * 37 % 40) / 2;
            format!("{time} INFO request {} took {took} ms and sent {} bytes", first + i, 500 + i * 613 % 997)
        };
        (0..600).map(line).collect()
    };
    let usual = run(2, 1_000);
    assert_eq!(kinds(&changes(&usual, &run(2, 50_000))), []);
    assert_eq!(kinds(&changes(&usual, &run(3, 50_000))), []);
    let found = changes(&usual, &run(8, 50_000));
    let [slow] = &found[..] else { panic!("{found:?}") };
    assert_eq!((slow.kind, slow.count, slow.is_worse), (ChangeKind::Parameter, 600, true));
    assert_eq!(slow.detail, "a number of about 40 before is about 150 now");
    // A process id is of its run, however far it is from the last one.
    let of_process = |pid: usize| {
        usual.iter().map(|line| line.replace(" took ", &format!(" of pid {pid} took "))).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&changes(&of_process(4_312), &of_process(19_877))), []);
    let found = changes(&run(8, 1_000), &usual);
    let [fast] = &found[..] else { panic!("{found:?}") };
    assert_eq!((fast.kind, fast.is_worse), (ChangeKind::Parameter, false));
}

#[test]
fn an_event_that_was_info_and_is_an_error_now_is_worse_and_the_other_way_round_is_not() {
    for (nth, count) in [(4, 150), (1, 600)] {
        let found = changes(&served(600, 0), &served(600, nth));
        assert_eq!(kinds(&found), [ChangeKind::Parameter], "{found:#?}");
        assert_eq!((found[0].level, found[0].count), (Some(Level::Error), count));
        assert_eq!(found[0].detail, format!("level ERROR in {count} of 600 lines, before in none"));
        assert!(found[0].is_worse);
    }
    // one in twenty before, one in four now
    let found = changes(&served(600, 20), &served(600, 4));
    assert_eq!(kinds(&found), [ChangeKind::Parameter], "{found:#?}");
    assert_eq!(found[0].detail, "level ERROR in 150 of 600 lines, before in 30 of 600 lines");
    assert!(found[0].is_worse);
    let found = changes(&served(600, 4), &served(600, 0));
    assert_eq!(kinds(&found), [ChangeKind::Parameter], "{found:#?}");
    assert_eq!(
        (found[0].detail.as_str(), found[0].is_worse),
        ("level ERROR in none, before in 150 of 600 lines", false)
    );
    assert_eq!(kinds(&changes(&served(600, 20), &served(900, 20))), []);
    // against a model as well
    let baseline: Baseline<'_, String> =
        Baseline::Model { state: Lines::read(&served(600, 0)).state(), rules: Arc::default() };
    let found = compare(baseline, &served(600, 4), &Reading::default()).findings;
    assert_eq!(kinds(&found), [ChangeKind::Parameter], "{found:#?}");
}

#[test]
fn what_may_be_good_or_bad_is_told_and_fails_no_build() {
    let took = |ms: usize| format!("2024-03-01 08:00:00 INFO build of the shop took {ms} ms");
    let before: Vec<String> = (0..200).map(|i| took(90_000 + i % 900)).collect();
    let changed = |ms: usize| {
        let mut after = before.clone();
        after[50] = took(ms);
        changes(&before, &after)
    };
    let (slow, fast) = (changed(9_000_000), changed(3));
    assert_eq!((kinds(&slow), kinds(&fast)), (vec![ChangeKind::Parameter], vec![ChangeKind::Parameter]));
    assert_eq!((slow[0].is_worse, fast[0].is_worse), (true, false));
    assert_eq!(
        slow[0].detail,
        "a number of about 10000000 is far out of its usual range, about 90000 to 90000"
    );
    let by = |user: &str| format!("2024-03-01 08:00:00 INFO page was opened by {user} at last");
    let before: Vec<String> = (0..200).map(|i| by(["alice", "bob", "carol"][i % 3])).collect();
    let mut after = before.clone();
    after[50] = by("mallory");
    let found = changes(&before, &after);
    assert!(found.iter().any(|change| change.detail.contains("mallory")), "{found:#?}");
    assert!(found.iter().all(|change| change.kind == ChangeKind::New || !change.is_worse), "{found:#?}");
}

#[test]
fn a_model_can_be_the_baseline() {
    let before = ordinary(3000, 1000);
    let mut after = ordinary(3000, 5000);
    after[1500] = "2024-03-01 08:25:00 ERROR disk /dev/sdb1 failed: I/O error".to_owned();
    let baseline: Baseline<'_, String> =
        Baseline::Model { state: Lines::read(&before).state(), rules: Arc::default() };
    let comparison = compare(baseline, &after, &Reading::default());
    assert_eq!(kinds(&comparison.findings), [ChangeKind::New]);
    assert_eq!((comparison.before.lines, comparison.after.lines), (3000, 3000));
    assert_eq!((comparison.before.events, comparison.after.events), (3, 4));
}

#[test]
fn the_picture_shows_the_lines_of_a_difference_where_they_are_on_either_side() {
    let before = ordinary(3000, 1000);
    let mut after = ordinary(3000, 5000);
    for line in &mut after[1500..1520] {
        *line = "2024-03-01 08:25:00 ERROR disk sdb failed: I/O error".to_owned();
    }
    let baseline = Baseline::Lines { texts: &before, reference_times: ReferenceTimes::default() };
    let comparison = compare(baseline, &after, &Reading::default());
    assert_eq!((kinds(&comparison.findings), comparison.by_time), (vec![ChangeKind::New], [true, true]));
    let [before, after] = &comparison.findings[0].parts;
    assert_eq!((before.iter().sum::<u32>(), after[PARTS / 2], after.iter().sum::<u32>()), (0, 20, 20));
    let svg = String::from_utf8(render_comparison(&comparison, PictureFormat::Svg).unwrap()).unwrap();
    assert!(svg.contains("disk * failed: I/O error") || svg.contains("disk sdb failed: I/O error"), "{svg}");
    assert!(svg.contains("1 difference, 1 new or worse") && svg.contains("\n20 lines\n"), "{svg}");
    let png = render_comparison(&comparison, PictureFormat::Png).unwrap();
    let size = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert_eq!((size(16), size(20)), (1200, 600));
}

/// Three ordinary lines a minute; where `is_failing`, now and then a stack trace of four lines.
fn with_traces(n: usize, is_failing: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for (i, line) in ordinary(n, 0).into_iter().enumerate() {
        lines.push(line);
        if is_failing && i % 100 == 50 {
            lines.push(format!("2024-03-01 08:00:00 ERROR request {i} failed"));
            lines.push("java.io.IOException: broken pipe".to_owned());
            lines.push("\tat shop.Pay.go(Pay.java:7)".to_owned());
            lines.push("\tat shop.Main.run(Main.java:9)".to_owned());
        }
    }
    lines
}

#[test]
fn a_new_stack_trace_is_one_difference_and_with_records_off_one_for_each_line() {
    let (before, after) = (with_traces(900, false), with_traces(900, true));
    let found = changes(&before, &after);
    assert_eq!(kinds(&found), [ChangeKind::New], "{found:#?}");
    assert_eq!((found[0].template.as_str(), found[0].count_after), ("request <*> failed", 9));
    assert_eq!(found[0].level, Some(Level::Error));
    let baseline = Baseline::Lines { texts: &before, reference_times: ReferenceTimes::default() };
    let by_line = compare(baseline, &after, &Reading { records: false, ..Reading::default() });
    assert_eq!(kinds(&by_line.findings), [ChangeKind::New; 4], "{:#?}", by_line.findings);
    // what is gone is told as one as well
    let gone = changes(&after, &before);
    assert_eq!(kinds(&gone), [ChangeKind::Gone], "{gone:#?}");
}

#[test]
fn a_new_line_within_a_known_record_says_where_it_stands() {
    let before = with_traces(900, true);
    let after: Vec<String> =
        before.iter().map(|line| line.replace("broken pipe", "no space left on device")).collect();
    let found = changes(&before, &after);
    let new: Vec<&Change> = found.iter().filter(|change| change.kind == ChangeKind::New).collect();
    assert_eq!(new.len(), 1, "{found:#?}");
    assert!(new[0].template.contains("no space left on device"), "{}", new[0].template);
    assert!(new[0].detail.ends_with(", as line 2 of its record"), "{}", new[0].detail);
    assert_eq!(after[new[0].examples[0]], "java.io.IOException: no space left on device");
}

#[test]
fn nothing_on_either_side_is_no_failure() {
    assert_eq!(kinds(&changes(&[], &[])), []);
    assert!(changes(&[], &ordinary(30, 0)).iter().all(|change| change.kind == ChangeKind::New));
    assert!(changes(&ordinary(30, 0), &[]).iter().all(|change| change.kind == ChangeKind::Gone));
}

fn read(path: &Path) -> Option<Vec<String>> {
    let bytes = fs::read(path).ok()?;
    Some(String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect())
}

/// Lines to read with `grep -iE 'error|fail|exception'` until the last required one; the whole log where it shows not
/// all of them.
fn lines_of_grep(lines: &[String], required: &[usize]) -> usize {
    let pattern = regex::Regex::new("(?i)error|fail|exception").expect("a pattern");
    let shown: Vec<usize> = (0..lines.len()).filter(|&i| pattern.is_match(&lines[i])).collect();
    let rank = |line: &usize| shown.iter().position(|i| i == line).map(|rank| rank + 1);
    required.iter().map(rank).max_by_key(|rank| rank.unwrap_or(usize::MAX)).flatten().unwrap_or(lines.len())
}

/// A line without what is filled in, as one masks with `sed`: digits and hexadecimal words are one sign.
fn masked(line: &str) -> String {
    let words = regex::Regex::new("[0-9a-f]*[0-9][0-9a-f]*").expect("a pattern");
    words.replace_all(line, "#").into_owned()
}

/// Lines to read of `sort | uniq -c | sort -n` over the masked lines, rarest first, until the last required one is
/// among them.
fn lines_of_uniq(lines: &[String], required: &[usize]) -> usize {
    let masked: Vec<String> = lines.iter().map(|line| masked(line)).collect();
    let mut counts: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    masked.iter().for_each(|line| *counts.entry(line).or_default() += 1);
    let mut rows: Vec<(usize, &str)> = counts.into_iter().map(|(line, count)| (count, line)).collect();
    rows.sort_unstable();
    let rank = |line: &usize| rows.iter().position(|(_, row)| *row == masked[*line]).map(|rank| rank + 1);
    required.iter().filter_map(rank).max().unwrap_or(lines.len())
}

#[test]
fn what_failed_a_build_is_within_twenty_findings_and_fewer_lines_than_grep_or_uniq_show() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/anomalies");
    println!("{:<24} {:>8} {:>5} {:>5} {:>8}", "log", "findings", "grep", "uniq", "lines");
    let (mut ours_in_all, mut grep_in_all, mut uniq_in_all) = (0, 0, 0);
    for name in ["ci_ansible-01", "ci_dib-01", "ci_zuul-console-01", "ci_zuul-console-pep8"] {
        let file = |file: &str| read(&root.join(name).join(file));
        let (Some(before), Some(after), Some(labels)) =
            (file("baseline.log"), file("raw.log"), file("label_kind.txt"))
        else {
            println!("skipped: {name} is not here");
            continue;
        };
        let found = changes(&before, &after);
        let required: Vec<usize> = (0..labels.len()).filter(|&i| labels[i] == "required").collect();
        let rank = |line: &usize| found.iter().position(|f| f.examples.contains(line)).map(|rank| rank + 1);
        let ranks: Vec<Option<usize>> = required.iter().map(rank).collect();
        assert!(ranks.iter().all(|rank| rank.is_some_and(|rank| rank <= 20)), "{name}: {ranks:?}");
        let ours = ranks.iter().flatten().copied().max().unwrap_or(0);
        let (grep, uniq) = (lines_of_grep(&after, &required), lines_of_uniq(&after, &required));
        println!("{name:<24} {ours:>8} {grep:>5} {uniq:>5} {:>8}   ranks {ranks:?}", after.len());
        assert!(ours < grep && ours < uniq, "{name}: {ours}, grep {grep}, uniq {uniq}");
        (ours_in_all, grep_in_all, uniq_in_all) =
            (ours_in_all + ours, grep_in_all + grep, uniq_in_all + uniq);
    }
    println!("{:<24} {ours_in_all:>8} {grep_in_all:>5} {uniq_in_all:>5}", "all");
}

#[test]
fn the_days_of_a_model_that_hold_an_event_do_not_call_it_new() {
    let on = |day: usize, what: &str| format!("2024-03-0{day} 10:00:00 INFO {what}");
    let mut learnt: Vec<String> = (1..=3).flat_map(|day| vec![on(day, "all is well"); 30]).collect();
    learnt.extend(vec![on(2, "the door was opened"); 5]);
    let state = Lines::read(&learnt).state();
    let lines = [on(9, "all is well"), on(9, "the door was opened")];
    let new_against = |first: i32, last: i32| {
        // 2024-03-01 is day 19,783 since 1970
        let state = state.only(&oddlog::state::Days::between(19_782 + first, 19_782 + last));
        let baseline: Baseline<'_, String> = Baseline::Model { state, rules: Arc::default() };
        kinds(&compare(baseline, &lines, &Reading::default()).findings)
    };
    assert_eq!(new_against(1, 3), []);
    assert_eq!(new_against(2, 2), []);
    assert_eq!(new_against(3, 3), [ChangeKind::New]);
}
