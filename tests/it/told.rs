//! What a reply tells of what was read: formats with their lines, lines without a time, dates that can be either, zones.

use chrono::TimeZone;
use oddlog::analysis::{AnalyzeOptions, analyze};
use oddlog::models::Models;
use oddlog::report::{Report, Statistics};
use oddlog::service::{self, Form};
use oddlog::wire::Options;
use serde_json::{Value, json};

fn report<'a>(lines: &'a [&'a str]) -> Report<'a> {
    analyze(lines, None, &AnalyzeOptions::default())
}

fn statistics(lines: &[&str]) -> Statistics {
    report(lines).statistics
}

/// The reply of the service, which received the lines on 1 July 2024.
fn reply(lines: &[&str], options: Value) -> Value {
    let dir = tempfile::tempdir().unwrap();
    let Value::Object(members) = options else { panic!("an object") };
    let pairs: Vec<_> = members.into_iter().collect();
    let now = chrono::Utc.with_ymd_and_hms(2024, 7, 1, 0, 0, 0).unwrap();
    let models = Models::open(dir.path()).unwrap();
    let bytes = service::analyze(&models, lines, &Options::from_pairs(&pairs).unwrap(), Form::Reply, now)
        .unwrap()
        .bytes;
    serde_json::from_slice(&bytes).unwrap()
}

fn timestamps(reply: &Value) -> Vec<Option<&str>> {
    reply["lines"].as_array().unwrap().iter().map(|row| row["timestamp"].as_str()).collect()
}

#[test]
fn formats_are_told_with_their_lines_most_first() {
    // One line per format, written by hand after well-known examples of it.
    let lines = [
        "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
        "<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 - An application event log entry",
        "Feb  5 17:32:18 web-1 sshd[4711]: Accepted password for root",
        "127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] \"GET /apache_pb.gif HTTP/1.0\" 200 2326",
        "I0507 12:02:27.923860       1 node.go:339] started",
        "{\"level\":\"info\",\"time\":1516134303,\"message\":\"hello world\"}",
        "{\"log\":\"GET / 200\\n\",\"stream\":\"stdout\",\"time\":\"2024-03-01T10:00:00Z\"}",
        "2016-10-06T00:17:09.669794202Z stdout F log content 1",
        "time=2022-11-08T15:28:26.000-05:00 level=INFO msg=hello count=3",
        "CEF:0|Security|threatmanager|1.0|100|worm successfully stopped|10|src=10.0.0.1 dst=2.1.2.2 spt=1232",
        "1:M 09 Sep 2024 18:18:23.841 * Ready to accept connections",
        "2024-03-01 10:00:00 ERROR cannot pay",
        "java.lang.IllegalStateException: boom",
        "\tat com.example.Shop.pay(Shop.java:42)",
        "nothing in particular",
        "2024-03-01 10:00:01 INFO go on",
        "2024-03-01 10:00:02 INFO go on",
        "2024-03-01 10:00:03 INFO go on",
    ];
    let formats = statistics(&lines).formats;
    let told: Vec<(&str, usize)> = formats.iter().map(|count| (count.format, count.lines)).collect();
    assert_eq!(
        told,
        [
            ("columns", 4),
            ("syslog", 3),
            ("continuation", 2),
            ("access", 1),
            ("cef", 1),
            ("cri", 1),
            ("docker", 1),
            ("json", 1),
            ("klog", 1),
            ("logfmt", 1),
            ("plain", 1),
            ("redis", 1),
        ]
    );
    assert_eq!(told.iter().map(|(_, lines)| lines).sum::<usize>(), lines.len());
}

#[test]
fn examples_of_lines_without_a_time_or_level_are_at_most_three_and_no_continuations() {
    let lines =
        ["2024-03-01 10:00:00 ERROR x", "  more of it", "a", "b", "WARN: c", "2024-03-01 10:00:00 d", "e"];
    let statistics = statistics(&lines);
    assert_eq!(statistics.examples_without_timestamp, [2, 3, 4]);
    assert_eq!(statistics.examples_without_level, [2, 3, 5]);
    assert_eq!((statistics.lines_without_timestamp, statistics.lines_without_level), (5, 5));
}

#[test]
fn of_a_time_of_day_no_date_is_invented() {
    let lines = ["10:00:01 INFO started", "10:00:02 INFO stopped", "INFO x"];
    let reply = reply(&lines, json!({"include": ["lines", "temporal"], "timezone": "Europe/Berlin"}));
    assert_eq!(timestamps(&reply), [None, None, None]);
    assert_eq!(reply["statistics"]["time_range"], Value::Null);
    assert_eq!(reply["statistics"]["lines_without_timestamp"], 3);
    assert_eq!(reply["statistics"]["lines_with_time_only"], 2);
    assert!(!reply.to_string().contains("1972"), "{reply}");
    // in their order they are placed by it all the same
    assert_eq!(reply["temporal"]["buckets"].as_array().unwrap().len(), 2);
    assert_eq!(reply["temporal"]["buckets"][0]["start"], Value::Null);
}

#[test]
fn a_time_of_day_among_dates_is_none_of_them() {
    let lines = ["2024-03-01 10:00:00 INFO a", "10:00:01 INFO b", "2024-03-01 10:00:02 INFO c"];
    let reply = reply(&lines, json!({"include": ["temporal"]}));
    assert_eq!(reply["statistics"]["time_range"], json!(["2024-03-01T10:00:00", "2024-03-01T10:00:02"]));
    assert_eq!(reply["temporal"]["bucket_seconds"], 1);
    assert_eq!(reply["temporal"]["lines_without_timestamp"], 1);
}

#[test]
fn times_without_a_zone_are_read_in_the_zone_that_is_asked_for_and_others_keep_theirs() {
    let lines = [
        "2024-01-15 12:00:00 INFO a",
        "2024-06-15 12:00:00 INFO a",
        "2024-06-15T12:00:00Z INFO a",
        "2024-06-15T12:00:00-03:30 INFO a",
        "Jun 15 12:00:00 web-1 sshd[1]: a",
        "1718452800 INFO a",
        "no time",
    ];
    let asked = reply(&lines, json!({"include": ["lines"], "timezone": "Europe/Berlin"}));
    assert_eq!(
        timestamps(&asked),
        [
            Some("2024-01-15T12:00:00+01:00"),
            Some("2024-06-15T12:00:00+02:00"),
            Some("2024-06-15T12:00:00Z"),
            Some("2024-06-15T12:00:00-03:30"),
            Some("2024-06-15T12:00:00+02:00"),
            Some("2024-06-15T12:00:00Z"),
            None,
        ]
    );
    assert_eq!(asked["warnings"], json!([]));
    let not_asked = reply(&lines, json!({"include": ["lines"]}));
    assert_eq!(timestamps(&not_asked)[..2], [Some("2024-01-15T12:00:00"), Some("2024-06-15T12:00:00")]);
}

fn day_and_month(lines: &[&str]) -> Vec<String> {
    let report = report(lines);
    let times = report.lines.iter().map(|line| line.entry.timestamp.expect("a time").civil);
    times.map(|civil| civil.format("%m-%d").to_string()).collect()
}

#[test]
fn day_and_month_are_told_apart_by_the_lines_of_the_format_that_show_it() {
    let day_first =
        ["03/04/2023 10:00:00 INFO a", "25/04/2023 10:00:00 INFO a", "05/05/2023 10:00:00 INFO a"];
    assert_eq!(day_and_month(&day_first), ["04-03", "04-25", "05-05"]);
    assert_eq!(statistics(&day_first).ambiguous_dates, 0);
    let month_first = ["03.04.2023 10:00:00 INFO a", "04.25.2023 10:00:00 INFO a"];
    assert_eq!(day_and_month(&month_first), ["03-04", "04-25"]);
    assert_eq!(statistics(&month_first).ambiguous_dates, 0);
}

#[test]
fn dates_that_nothing_tells_apart_are_counted_and_the_assumption_is_named() {
    let slashes = statistics(&["03/04/2023 10:00:00 INFO a", "05/05/2023 10:00:00 INFO a"]);
    assert_eq!((slashes.ambiguous_dates, slashes.assumed_date_order), (1, Some("month_first")));
    let dots = statistics(&["03.04.2023 10:00:00 INFO a"]);
    assert_eq!((dots.ambiguous_dates, dots.assumed_date_order), (1, Some("day_first")));
    let contradiction = statistics(&[
        "03/04/2023 10:00:00 INFO a",
        "25/04/2023 10:00:00 INFO a",
        "04/25/2023 10:00:00 INFO a",
    ]);
    assert_eq!((contradiction.ambiguous_dates, contradiction.assumed_date_order), (1, Some("month_first")));
    let named = statistics(&["10/Apr/2023 10:00:00 INFO a", "2023-03-04 10:00:00 INFO a"]);
    assert_eq!((named.ambiguous_dates, named.assumed_date_order), (0, None));
}

#[test]
fn every_line_tells_its_record_and_switched_off_it_is_its_own() {
    let lines = ["2024-03-01 10:00:00 ERROR x", "  more of it", "2024-03-01 10:00:01 INFO y"];
    let of = |options: Value| {
        let reply = reply(&lines, options);
        let records: Vec<u64> =
            reply["lines"].as_array().unwrap().iter().map(|row| row["record"].as_u64().unwrap()).collect();
        (records, reply["statistics"]["lines"].clone(), reply["statistics"]["records"].clone())
    };
    assert_eq!(of(json!({"include": ["lines"]})), (vec![0, 0, 2], json!(3), json!(2)));
    assert_eq!(of(json!({"include": ["lines"], "records": false})), (vec![0, 1, 2], json!(3), json!(3)));
}
