//! Counts over time, bursts and silences: planted ones are found, and shuffled logs hold next to none.

use std::fs;
use std::path::Path;

use oddlog::analysis::reading::{Reading, ReferenceTimes};
use oddlog::analysis::{AnalyzeOptions, analyze};
use oddlog::ml::rng::splitmix64;
use oddlog::report::{Finding, FindingKind, Report};

use crate::planted::{lines_of, real_logs};

fn report(lines: &[String]) -> Report<'_> {
    analyze(lines, None, &AnalyzeOptions { temporal: true, ..AnalyzeOptions::default() })
}

/// Template of each finding of a kind.
fn found<'r>(report: &'r Report<'_>, kind: FindingKind) -> Vec<(&'r str, &'r Finding)> {
    let of_kind = report.findings.iter().filter(|finding| finding.kind == kind);
    of_kind.map(|finding| (report.events[finding.event].template.as_str(), finding)).collect()
}

/// A named generator of numbers: the n-th of a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(1);
        splitmix64(self.0) % n
    }
}

const EVENTS: [&str; 6] = [
    "request served",
    "page opened by user",
    "cache missed a key",
    "worker woke up",
    "mail queued",
    "job done",
];

fn line(second: u64, event: usize) -> (u64, String) {
    let time = format!("2024-03-01 {:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
    (second, format!("{time} INFO {}", EVENTS[event]))
}

/// A day of six events at random times, some more frequent than others.
fn day(random: &mut Random) -> Vec<(u64, String)> {
    let frequent = [1500, 1000, 700, 500, 300, 200];
    let each = |event: usize| std::iter::repeat_n(event, frequent[event]);
    (0..EVENTS.len()).flat_map(each).map(|event| line(random.below(86_400), event)).collect()
}

fn in_order(mut lines: Vec<(u64, String)>) -> Vec<String> {
    lines.sort();
    lines.into_iter().map(|(_, line)| line).collect()
}

#[test]
fn of_planted_bursts_and_silences_nearly_all_are_found_and_nothing_else() {
    let (mut bursts, mut silences, mut false_alarms) = (0, 0, 0);
    for seed in 0..20 {
        let mut random = Random(seed * 1_000_000);
        let mut lines = day(&mut random);
        // ×3 to ×10 for an hour, of an event that comes 62 times an hour
        let (times, start) = (3 + seed * 7 / 19, random.below(80_000));
        lines.extend((0..62 * (times - 1)).map(|_| line(start + random.below(3_600), 0)));
        // an hour and a half without an event that comes 42 times an hour
        let from = random.below(75_000);
        lines.retain(|(second, text)| !(text.ends_with(EVENTS[1]) && (from..from + 5_400).contains(second)));
        let lines = in_order(lines);
        let report = report(&lines);
        let burst = found(&report, FindingKind::Burst);
        let silence = found(&report, FindingKind::Silence);
        bursts += usize::from(burst.iter().any(|(template, _)| *template == EVENTS[0]));
        silences += usize::from(silence.iter().any(|(template, _)| *template == EVENTS[1]));
        false_alarms += burst.iter().filter(|(template, _)| *template != EVENTS[0]).count();
        false_alarms += silence.iter().filter(|(template, _)| *template != EVENTS[1]).count();
    }
    println!("of 20 bursts {bursts}, of 20 silences {silences}, false alarms {false_alarms}");
    assert!(bursts >= 19 && silences >= 19 && false_alarms == 0, "{bursts} {silences} {false_alarms}");
}

#[test]
fn the_burst_and_the_silence_of_the_sample_log_are_findings() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("log_dataset.json")).unwrap();
    let lines: Vec<String> = serde_json::from_str(&text).unwrap();
    let report = report(&lines);
    let bursts = found(&report, FindingKind::Burst);
    assert!(
        bursts.iter().any(|(template, _)| template.starts_with("Payment gateway did not answer")),
        "{bursts:#?}"
    );
    let silences = found(&report, FindingKind::Silence);
    let [(template, silence)] = &silences[..] else { panic!("one silence: {silences:#?}") };
    assert!(template.starts_with("Stock feed"), "{template}");
    assert!(silence.first_seen.unwrap().to_rfc3339().starts_with("2024-05-14T17:19"), "{silence:?}");
}

#[test]
fn bursts_and_silences_are_findings_only_where_they_were_asked_for() {
    let mut random = Random(7);
    let mut lines = day(&mut random);
    lines.extend((0..600).map(|_| line(40_000 + random.below(1_800), 0)));
    let lines = in_order(lines);
    let plain = analyze(&lines, None, &AnalyzeOptions::default());
    assert!(plain.temporal.is_none());
    assert!(plain.findings.iter().all(|finding| finding.kind == FindingKind::Event));
    assert_eq!(found(&report(&lines), FindingKind::Burst).len(), 1);
}

#[test]
fn what_silences_two_events_at_once_is_one_finding_that_says_so() {
    let mut lines = day(&mut Random(21));
    lines.retain(|(second, text)| {
        let stopped = text.ends_with(EVENTS[0]) || text.ends_with(EVENTS[1]);
        !(stopped && (30_000..39_000).contains(second))
    });
    // both stop and come again within the same buckets
    for event in [0, 1] {
        lines.extend([line(29_990, event), line(39_010, event)]);
    }
    let lines = in_order(lines);
    let report = report(&lines);
    let silences = found(&report, FindingKind::Silence);
    let [(_, silence)] = &silences[..] else { panic!("one: {silences:#?}") };
    assert!(silence.reasons[0].detail.ends_with("; 1 more event likewise"), "{silence:?}");
    let section = report.temporal.as_ref().unwrap();
    assert_eq!(section.events.iter().filter(|series| !series.silences.is_empty()).count(), 2);
}

#[test]
fn an_hour_in_which_the_whole_log_holds_no_line_is_one_finding_of_its_last_line() {
    let lines = day(&mut Random(7)).into_iter().filter(|(second, _)| !(50_000..53_600).contains(second));
    let lines = in_order(lines.collect());
    let report = report(&lines);
    let silences = found(&report, FindingKind::Silence);
    let [(_, silence)] = silences[..] else { panic!("{silences:?}") };
    let detail = &silence.reasons[0].detail;
    assert!(detail.starts_with("the log holds no line at all for 61 minutes, where "), "{detail}");
    let second = |line: usize| report.lines[line].entry.timestamp.map(|time| time.epoch_seconds() % 86_400);
    let around: Vec<Option<i64>> = silence.examples.iter().map(|line| second(*line)).collect();
    assert!(around[0] < Some(50_000) && around[1] >= Some(53_600), "{around:?}");
}

#[test]
fn the_end_of_a_year_that_no_line_writes_is_no_outage() {
    // From October to February, a line an hour, read against November: January and February are before October.
    let days = (0..150_i64).flat_map(|day| (0..24).map(move |hour| (day, hour)));
    let start = chrono::NaiveDate::from_ymd_opt(2025, 10, 1).unwrap();
    let lines: Vec<String> = days
        .map(|(day, hour)| {
            let date = start + chrono::TimeDelta::days(day);
            format!("{} {hour:02}:17:00 web sshd[7]: request served", date.format("%b %d"))
        })
        .collect();
    let reference_times = ReferenceTimes::at("2026-11-27T00:00:00Z".parse().unwrap());
    let reading = Reading { reference_times, ..Reading::default() };
    let report =
        analyze(&lines, None, &AnalyzeOptions { temporal: true, reading, ..AnalyzeOptions::default() });
    let told = found(&report, FindingKind::Silence);
    assert!(
        told.iter().all(|(_, finding)| !finding.reasons[0].detail.contains("no line at all")),
        "{told:?}"
    );
}

#[test]
fn times_without_a_date_go_on_over_midnight() {
    // From 22 to 3 o'clock, two lines a second; the second of them stays away from 23:30 to 0:30.
    let mut lines = Vec::new();
    for second in 22 * 3_600..27 * 3_600_u64 {
        let time = format!("{:02}:{:02}:{:02}", second / 3_600 % 24, second / 60 % 60, second % 60);
        lines.push(format!("{time} INFO request served"));
        if !(23 * 3_600 + 1_800..24 * 3_600 + 1_800).contains(&second) {
            lines.push(format!("{time} INFO cache missed a key"));
        }
    }
    let report = report(&lines);
    let temporal = report.temporal.as_ref().expect("it was asked for");
    assert_eq!(temporal.bucket_seconds, 120);
    assert_eq!(temporal.buckets.len(), 150);
    let silences = found(&report, FindingKind::Silence);
    let [(template, silence)] = silences[..] else { panic!("{silences:?}") };
    assert_eq!(template, "cache missed a key");
    assert!(silence.reasons[0].detail.starts_with("no line for 60 minutes"), "{:?}", silence.reasons);
}

#[test]
fn the_hour_that_comes_twice_when_clocks_are_set_back_is_no_silence() {
    let civil = |minute: usize| match minute {
        // 02:00 to 02:59 summer time, then 02:00 to 02:59 standard time
        0..180 => minute,
        _ => minute - 60,
    };
    let texts: Vec<String> = (0..600)
        .flat_map(|minute| {
            let (hour, minute) = (civil(minute) / 60, civil(minute) % 60);
            [0, 20, 40]
                .map(|second| format!("2024-10-27 {hour:02}:{minute:02}:{second:02} INFO request served"))
        })
        .collect();
    let reading = Reading { timezone: Some(chrono_tz::Tz::Europe__Berlin), ..Reading::default() };
    let report =
        analyze(&texts, None, &AnalyzeOptions { temporal: true, reading, ..AnalyzeOptions::default() });
    let kinds: Vec<FindingKind> = report.findings.iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, []);
    let epochs: Vec<i64> = report
        .lines
        .iter()
        .filter_map(|line| line.entry.timestamp)
        .map(|time| time.epoch_seconds())
        .collect();
    assert!(
        epochs.windows(2).all(|pair| pair[1] == pair[0] + 20),
        "each is 20 seconds behind the one before"
    );
}

#[test]
fn a_day_is_buckets_of_ten_minutes_and_each_line_is_in_one() {
    let lines = in_order(day(&mut Random(3)));
    let temporal = report(&lines).temporal.unwrap();
    // 86,400 s in at most 200 buckets: 432 s is between five and ten minutes
    assert_eq!(temporal.bucket_seconds, 600);
    assert_eq!(temporal.buckets.iter().map(|bucket| bucket.lines).sum::<usize>(), lines.len());
    for series in &temporal.events {
        assert_eq!(series.series.iter().map(|(_, count)| count).sum::<u64>(), series.count as u64);
    }
    assert_eq!(temporal.events.iter().map(|series| series.count).max(), Some(1500));
}

#[test]
fn the_order_of_the_lines_does_not_matter() {
    let mut random = Random(11);
    let mut lines = day(&mut random);
    lines.extend((0..600).map(|_| line(40_000 + random.below(1_800), 0)));
    let sorted = in_order(lines);
    let mut backwards = sorted.clone();
    backwards.reverse();
    let seen = |lines: &[String]| {
        let report = report(lines);
        found(&report, FindingKind::Burst)
            .iter()
            .map(|(t, f)| ((*t).to_owned(), f.count, f.score))
            .collect::<Vec<_>>()
    };
    assert_eq!(seen(&sorted), seen(&backwards));
}

#[test]
fn lines_without_times_have_no_buckets_and_one_wrong_year_costs_no_memory() {
    let timeless = vec!["nothing to see".to_owned(); 50];
    let temporal = report(&timeless).temporal.unwrap();
    assert_eq!(
        (temporal.bucket_seconds, temporal.buckets.len(), temporal.lines_without_timestamp),
        (0, 0, 50)
    );
    let mut lines = in_order(day(&mut Random(5)));
    lines.push("2099-01-01 00:00:00 INFO request served".to_owned());
    lines.push("1995-01-01 00:00:00 INFO request served".to_owned());
    let temporal = report(&lines).temporal.unwrap();
    assert_eq!(temporal.bucket_seconds, 86_400);
    assert_eq!(temporal.buckets.len(), 3);
}

/// The log with the times of its lines shuffled: each line keeps its event.
#[test]
fn shuffled_real_logs_hold_at_most_one_finding_over_time_in_ten_thousand_lines() {
    let logs = real_logs();
    let mut by_kind: std::collections::BTreeMap<&str, (usize, usize)> = std::collections::BTreeMap::new();
    if logs.is_empty() {
        println!("skipped: the real logs are not here");
    }
    let (mut lines_in_all, mut alarms) = (0, 0);
    for path in logs {
        let lines = lines_of(&path);
        let real = report(&lines);
        let mut times: Vec<String> =
            real.lines.iter().filter_map(|line| Some(line.entry.timestamp?.to_rfc3339())).collect();
        let mut random = Random(times.len() as u64);
        for i in (1..times.len()).rev() {
            times.swap(i, random.below(i as u64 + 1) as usize);
        }
        let timed = real.lines.iter().filter(|line| line.entry.timestamp.is_some());
        let shuffled: Vec<String> =
            timed.zip(&times).map(|(line, time)| format!("{time} INFO {}", line.entry.message)).collect();
        let report = report(&shuffled);
        let count =
            |report: &Report<'_>| report.findings.iter().filter(|f| f.kind != FindingKind::Event).count();
        println!(
            "{}: {} lines, {} as it is, {} shuffled",
            path.parent().unwrap().file_name().unwrap().display(),
            lines.len(),
            count(&real),
            count(&report)
        );
        for (of_report, real) in [(&real, true), (&report, false)] {
            for finding in of_report.findings.iter().filter(|f| f.kind != FindingKind::Event) {
                let counts = by_kind.entry(finding.kind.name()).or_default();
                *(if real { &mut counts.0 } else { &mut counts.1 }) += 1;
            }
        }
        lines_in_all += shuffled.len();
        alarms += count(&report);
    }
    println!("as it is and shuffled, by kind: {by_kind:?}; {alarms} alarms in {lines_in_all} shuffled lines");
    assert!(alarms * 10_000 <= lines_in_all, "{alarms} in {lines_in_all} lines");
}

/// A line `seconds` after the start of the first of March.
fn at(seconds: u64, what: &str) -> (u64, String) {
    let (day, second) = (1 + seconds / 86_400, seconds % 86_400);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    (seconds, format!("2024-03-{day:02} {hour:02}:{minute:02}:{second:02} INFO {what}"))
}

/// Ordinary lines over so many days.
fn days_of(days: u64, each: u64) -> Vec<(u64, String)> {
    let mut random = Random(days);
    (0..days * each).map(|i| at(random.below(days * 86_400), &format!("request {i} served"))).collect()
}

/// Seconds from the last line before each silence to the first after it.
fn silences_of(lines: Vec<(u64, String)>, template: &str) -> Vec<(String, String)> {
    let lines = in_order(lines);
    let report = report(&lines);
    let told = |at: Option<oddlog::entry::Timestamp>| at.map_or_else(String::new, |at| at.to_rfc3339());
    let silences = found(&report, FindingKind::Silence).into_iter();
    let of_event = silences.filter(|(of, _)| of.starts_with(template));
    of_event.map(|(_, silence)| (told(silence.first_seen), told(silence.last_seen))).collect()
}

const HOUR: u64 = 3_600;
const DAY: u64 = 86_400;

#[test]
fn an_hourly_event_that_does_not_come_once_is_a_finding_also_where_it_is_all_there_is() {
    let hourly = |missing: &[u64]| -> Vec<(u64, String)> {
        (0..48)
            .filter(|hour| !missing.contains(hour))
            .map(|hour| at(hour * HOUR + 17, "rotated the logs"))
            .collect()
    };
    let gap = ("2024-03-02T05:00:17".to_owned(), "2024-03-02T07:00:17".to_owned());
    assert_eq!(silences_of(hourly(&[30]), "rotated"), std::slice::from_ref(&gap));
    assert_eq!(silences_of(hourly(&[]), "rotated"), []);
    let among = |missing: &[u64]| [hourly(missing), days_of(2, 400)].concat();
    assert_eq!(silences_of(among(&[30]), "rotated"), [gap]);
    assert_eq!(silences_of(among(&[]), "rotated"), []);
}

#[test]
fn two_missed_runs_are_both_told_and_runs_in_between_make_none() {
    let hourly = |missing: &[u64]| -> Vec<(u64, String)> {
        let hours = (0..168).filter(|hour| !missing.contains(hour));
        hours.map(|hour| at(hour * HOUR + 17, "snapshot is done")).chain(days_of(7, 400)).collect()
    };
    let missed = silences_of(hourly(&[20, 90]), "snapshot");
    let mut hours: Vec<&str> = missed.iter().map(|(from, _)| &from[..13]).collect();
    hours.sort_unstable();
    assert_eq!(hours, ["2024-03-01T19", "2024-03-04T17"]);
    let extra = (0..5).map(|i| at(9 * HOUR + 1_200 + i * 480, "snapshot is done"));
    assert_eq!(silences_of(hourly(&[]).into_iter().chain(extra).collect(), "snapshot"), []);
}

#[test]
fn a_flood_of_errors_is_a_burst_although_all_else_comes_by_the_clock() {
    let mut random = Random(11);
    let health = (0..1_440).map(|minute| at(minute * 60 + 5, "health check passed"));
    let few = (0..12).map(|_| at(random.below(DAY), "payment refused")).collect::<Vec<_>>();
    let many = (0..300).map(|i| at(14 * HOUR + i * 2, "payment refused"));
    let told = details(health.chain(few).chain(many).collect(), "payment");
    assert!(told.len() == 1 && told[0].starts_with("30") && told[0].ends_with(" times as many"), "{told:?}");
}

#[test]
fn a_nightly_event_that_does_not_come_one_night_is_a_finding_and_so_is_the_last_night() {
    let nightly = |nights: &[u64]| -> Vec<(u64, String)> {
        // it takes some minutes more or less, and writes two lines
        let lines = |night: &u64| {
            let start = night * DAY + 2 * HOUR + night * 977 % 600;
            [at(start, "backup begins"), at(start + 240, "backup of 40 files is done")]
        };
        nights.iter().flat_map(lines).collect()
    };
    let log = |nights: &[u64]| [nightly(nights), days_of(10, 100)].concat();
    assert_eq!(silences_of(log(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), "backup"), []);
    let missed = silences_of(log(&[0, 1, 2, 3, 4, 6, 7, 8, 9]), "backup");
    assert!(missed.len() == 1 && missed[0].0.starts_with("2024-03-05T02"), "{missed:?}");
    let last = silences_of(log(&[0, 1, 2, 3, 4, 5, 6, 7, 8]), "backup");
    assert!(last.len() == 1 && last[0].0.starts_with("2024-03-09T02"), "{last:?}");
}

#[test]
fn a_poll_whose_pauses_differ_by_a_fifth_is_missed_when_it_skips_one_and_not_else() {
    let polls = |skipped: usize| -> Vec<(u64, String)> {
        let mut random = Random(7);
        let mut time = 40;
        let mut lines = Vec::new();
        for i in 0..120 {
            if i != skipped {
                lines.push(at(time, "polled the mail server"));
            }
            time += 240 + random.below(121);
        }
        [lines, days_of(1, 600).into_iter().filter(|(second, _)| *second < time).collect()].concat()
    };
    assert_eq!(silences_of(polls(500), "polled"), []);
    let missed = silences_of(polls(70), "polled");
    assert_eq!(
        missed.len(),
        1,
        "{missed:?} {:?}",
        report(&in_order(polls(70))).findings.iter().map(|f| f.reasons.clone()).collect::<Vec<_>>()
    );
}

#[test]
fn a_job_of_working_days_is_not_missed_at_weekends_but_on_a_wednesday() {
    // 2024-03-01 is a Friday: days 1 and 2 of the log are a weekend
    let working = |day: &u64| !matches!(day % 7, 1 | 2);
    let job = |missing: u64| -> Vec<(u64, String)> {
        let days = (0..28).filter(|day| working(day) && *day != missing);
        days.map(|day| at(day * DAY + 18 * HOUR, "closed the books")).collect()
    };
    assert_eq!(silences_of([job(99), days_of(28, 50)].concat(), "closed"), []);
    let missed = silences_of([job(19), days_of(28, 50)].concat(), "closed");
    assert_eq!(missed, [("2024-03-19T18:00:00".to_owned(), "2024-03-21T18:00:00".to_owned())]);
}

#[test]
fn an_event_that_doubles_begins_or_ends_is_told_with_its_time_and_its_rates() {
    let mut lines = days_of(1, 3_000);
    // 20 an hour until noon and 60 from then on; one begins at six, one ends at six in the evening, both 30 an hour
    lines.extend((0..12 * 20).map(|i| at(i * 180, "queue was flushed")));
    lines.extend((0..12 * 60).map(|i| at(12 * HOUR + i * 60, "queue was flushed")));
    lines.extend((0..18 * 30).map(|i| at(6 * HOUR + i * 120 + i * 37 % 60, "lamp turned on")));
    lines.extend((0..18 * 30).map(|i| at(i * 120 + i * 37 % 60, "door closed")));
    let lines = in_order(lines);
    let report = report(&lines);
    let of_kind = |kind| found(&report, kind).into_iter().map(|(template, _)| template).collect::<Vec<_>>();
    assert_eq!(of_kind(FindingKind::More), ["queue was flushed"]);
    assert_eq!(of_kind(FindingKind::New), ["lamp turned on"]);
    assert_eq!(of_kind(FindingKind::Gone), ["door closed"]);
    let section = report.temporal.as_ref().unwrap();
    let series = |template: &str| {
        section.events.iter().find(|series| report.events[series.event].template == template).unwrap()
    };
    let [change] = series("queue was flushed").changes[..] else { panic!("one change") };
    let told = report.lines[change.line].entry.timestamp.unwrap().to_rfc3339();
    assert!(told.starts_with("2024-03-01T12:0") || told.starts_with("2024-03-01T11:5"), "{told}");
    assert!(
        (change.hourly_before - 20.0).abs() < 1.0 && (change.hourly_after - 60.0).abs() < 1.0,
        "{change:?}"
    );
    let begins = series("lamp turned on").changes[0];
    assert!(report.lines[begins.line].entry.timestamp.unwrap().to_rfc3339().starts_with("2024-03-01T06:00"));
    let ends = series("door closed").changes[0];
    assert!(report.lines[ends.line].entry.timestamp.unwrap().to_rfc3339().starts_with("2024-03-01T17:58"));
}

#[test]
fn an_event_that_comes_more_and_more_often_is_a_trend_and_no_change_at_a_time() {
    // of 600 lines the n-th is at the square root of n/600 of the day: the rate rises from nought along a straight line
    let mut lines = days_of(1, 2_000);
    let mut random = Random(77);
    lines.extend((0..600).map(|_| {
        let (a, b) = (random.below(DAY), random.below(DAY));
        at(if random.below(8) == 0 { a } else { a.max(b) }, "retry was queued")
    }));
    let lines = in_order(lines);
    let report = report(&lines);
    let trends = found(&report, FindingKind::Trend);
    let [(template, _)] = &trends[..] else { panic!("one trend: {trends:#?}") };
    assert_eq!(*template, "retry was queued");
    for kind in [FindingKind::More, FindingKind::Burst, FindingKind::New] {
        assert_eq!(found(&report, kind).len(), 0, "{kind:?}");
    }
}

/// What is told of the event whose template begins so.
fn details(lines: Vec<(u64, String)>, template: &str) -> Vec<String> {
    let lines = in_order(lines);
    let report = report(&lines);
    let of_event = report.findings.iter();
    let of_event = of_event.filter(|finding| report.events[finding.event].template.starts_with(template));
    of_event.map(|finding| finding.reasons[0].detail.clone()).collect()
}

#[test]
fn a_rate_that_ends_again_is_told_with_how_long_it_lasted() {
    let mut random = Random(3);
    // From the middle of the fourth day to the end of the 24th of 28.
    let errors = (0..300).map(|_| at(3 * DAY + 17 * HOUR + random.below(487 * HOUR), "data TLB error"));
    let told = details(days_of(28, 200).into_iter().chain(errors).collect(), "data TLB");
    assert!(told[0].starts_with("it begins to come here: 0.6 lines an hour in the 2"), "{told:?}");
    assert!(told[0].ends_with(" days from then on"), "{told:?}");
}

#[test]
fn findings_of_a_log_with_times_of_day_alone_tell_when() {
    let hourly = (0..48).filter(|hour| *hour != 30).map(|hour| at(hour * HOUR + 17, "rotated the logs"));
    let lines: Vec<String> = in_order(hourly.chain(days_of(2, 400)).collect())
        .iter()
        .map(|line| line["2024-03-01 ".len()..].to_owned())
        .collect();
    let report = report(&lines);
    let silences = found(&report, FindingKind::Silence);
    let [(_, silence)] = silences.iter().filter(|(of, _)| of.starts_with("rotated")).collect::<Vec<_>>()[..]
    else {
        panic!("{silences:?}")
    };
    assert!(silence.reasons[0].detail.ends_with("(at 05:00:17)"), "{:?}", silence.reasons);
    // The second day stands behind the first.
    let (first, last) = (silence.first_seen.unwrap(), silence.last_seen.unwrap());
    assert_eq!((last.instant() - first.instant()).num_hours(), 2);
    assert_eq!(
        first.epoch_seconds().div_euclid(86_400),
        report.lines[0].entry.timestamp.unwrap().epoch_seconds().div_euclid(86_400) + 1
    );
}

#[test]
fn a_number_that_is_three_times_as_large_from_noon_on_is_told_and_a_counter_is_not() {
    let mut random = Random(5);
    let lines: Vec<(u64, String)> = (0..400)
        .map(|i| {
            let times = if i < 200 { 1 } else { 3 };
            at(i * 216, &format!("query {} took {} ms", 1_000 + i, times * (20 + random.below(10))))
        })
        .collect();
    let lines = in_order(lines);
    let report = report(&lines);
    let shifts = found(&report, FindingKind::Parameter);
    let [(_, shift)] = &shifts[..] else { panic!("one shift: {shifts:#?}") };
    assert!(shift.first_seen.unwrap().to_rfc3339().starts_with("2024-03-01T12:0"), "{shift:?}");
    // 25 is of the magnitude from 24.6 to 28.7, 75 of that from 65.5 to 81.9
    let detail = &shift.reasons[0].detail;
    assert_eq!(detail, "a number of about 25 before is about 70 from then on");
    let section = report.temporal.as_ref().unwrap();
    assert_eq!(section.events[0].shifts.len(), 1, "{:?}", section.events[0].shifts);
}

#[test]
fn what_follows_the_users_is_not_missed_at_night_while_every_minute_is_told() {
    let mut random = Random(9);
    let mut lines: Vec<(u64, String)> = (0..1_440).map(|minute| at(minute * 60, "feed was read")).collect();
    let day = |random: &mut Random| 8 * HOUR + random.below(12 * HOUR);
    lines.extend((0..1_500).map(|i| at(day(&mut random), &format!("user {i} logged in"))));
    lines.extend((0..400).map(|i| at(day(&mut random), &format!("cart {i} was filled"))));
    let lines = in_order(lines);
    let report = report(&lines);
    let over_time: Vec<_> = report.findings.iter().filter(|f| f.kind != FindingKind::Event).collect();
    assert!(over_time.is_empty(), "{over_time:#?}");
}

#[test]
fn what_training_held_often_and_is_not_here_is_gone_and_what_it_never_held_is_new() {
    use oddlog::analysis::fit::Fit;
    use oddlog::analysis::read::Lines;
    let mut learnt = days_of(4, 1_000);
    learnt.extend((0..4 * 48).map(|i| at(i * 1_800 + 7, "index was merged")));
    learnt.push(at(900, "seldom seen"));
    let learnt = in_order(learnt);
    let trained = oddlog::analysis::Trained {
        fit: Fit::new(&Lines::read(&learnt).state(), 0),
        embeddings: None,
        model: oddlog::report::ModelReport { trained: true, ..oddlog::report::ModelReport::default() },
        rules: std::sync::Arc::default(),
        threshold: 1.0,
        marks: oddlog::analysis::feedback::Marks::default(),
    };
    let mut lines = days_of(2, 1_000);
    lines.extend((0..60).map(|i| at(i * 2_880, "lantern was lit")));
    let lines = in_order(lines);
    let options = AnalyzeOptions { temporal: true, ..AnalyzeOptions::default() };
    let report = analyze(&lines, Some(&trained), &options);
    let gone = found(&report, FindingKind::Gone);
    let [(template, finding)] = &gone[..] else { panic!("one: {gone:#?}") };
    assert_eq!((*template, finding.count), ("index was merged", 0));
    assert!(
        finding.reasons[0].detail.starts_with("192 lines of it in training and none here"),
        "{finding:?}"
    );
    let section = report.temporal.as_ref().unwrap();
    assert_eq!(section.gone.len(), 2);
    assert_eq!(section.new.len(), 1);
    // it is told as new by one finding: as an outlier, or as what is new
    let of_new = report.findings.iter().filter(|f| report.events[f.event].template == "lantern was lit");
    assert_eq!(of_new.filter(|f| matches!(f.kind, FindingKind::New | FindingKind::Event)).count(), 1);
}
