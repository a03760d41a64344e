//! Lines that continue others are one event with them.
//!
//! The logs are written with two columns in front: `*` marks the first line of a record, all others continue the one
//! above, or the number of the line that they continue. The first traces of Java 17, Python 3, Node 20 and Rust are those
//! that small programs printed, shortened, paths changed. The others, and all of Go, .NET and Ruby, which were not there to
//! be run, are written by hand in the way of those runtimes.

use std::time::{Duration, Instant};

use oddlog::analysis::reading::Reading;
use oddlog::analysis::{AnalyzeOptions, analyze};
use oddlog::report::Report;
use proptest::prelude::*;

const JAVA: &str = "
* 2024-03-01 10:00:00,123 ERROR [main] shop.Pay - cannot pay
  java.lang.IllegalStateException: cannot pay
  second line
  \tat A.pay(A.java:2)
  \tat A.main(A.java:3)
  \tSuppressed: java.io.IOException: closed
  \t\t... 2 more
  Caused by: java.lang.NumberFormatException: For input string: \"x\"
  \tat java.base/java.lang.NumberFormatException.forInputString(NumberFormatException.java:67)
  \tat java.base/java.lang.Integer.parseInt(Integer.java:668)
  \t... 2 more
* 2024-03-01 10:00:01,000 INFO [main] shop.Pay - go on
* Exception in thread \"main\" java.lang.IllegalStateException: cannot pay
  second line
  \tat A.pay(A.java:2)
  Caused by: java.lang.NumberFormatException: For input string: \"x\"
  \t... 2 more
";

const PYTHON: &str = "
* 2026-11-25 18:56:54,001 INFO shop: started
* 2026-11-25 18:56:54,001 ERROR shop: cannot pay
  Traceback (most recent call last):
    File \"/srv/b.py\", line 3, in f
      1 / 0
      ~~^~~
  ZeroDivisionError: division by zero
  
  During handling of the above exception, another exception occurred:
  
  Traceback (most recent call last):
    File \"/srv/b.py\", line 11, in <module>
      f()
    File \"/srv/b.py\", line 5, in f
      {}[\"x\"]
      ~~^^^^^
  KeyError: 'x'
* 2026-11-25 18:56:54,003 INFO shop: go on
* Traceback (most recent call last):
    File \"/srv/a.py\", line 5, in main
      pay({\"total\": 1})
  KeyboardInterrupt
* Traceback (most recent call last):
    File \"/srv/a.py\", line 5, in main
  shop.errors.Declined: no
* an unindented line
";

const NODE: &str = "
* /srv/c.js:1
  function pay(order) { return order.total.amount; }
                                           ^
  
  TypeError: Cannot read properties of undefined (reading 'amount')
      at pay (/srv/c.js:1:42)
      at Object.<anonymous> (/srv/c.js:3:1)
      at node:internal/main/run_main_module:28:49
  
  Node.js v20.20.2
* 2024-03-01T10:00:00Z ERROR cannot pay Error: connect refused
      at Object.<anonymous> (/srv/d.js:1:11)
      ... 4 lines matching cause stack trace ...
      at node:internal/main/run_main_module:28:49 {
    code: 'ECONNREFUSED',
    [cause]: TypeError: no address
        at Object.<anonymous> (/srv/d.js:1:49)
  }
* 2024-03-01T10:00:01Z INFO go on
* a line of its own
";

const RUST: &str = "
* thread 'main' (3622) panicked at r.rs:2:70:
  assertion `left == right` failed: left and right
    left: 1
   right: 2
  stack backtrace:
     0: __rustc::rust_begin_unwind
               at /rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/std/src/panicking.rs:689:5
     6: __rust_try
     9: r::main
               at ./r.rs:2:42
  note: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.
  
* thread 'main' (3622) panicked at r.rs:1:38:
  index out of bounds: the len is 3 but the index is 5
  note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
* 2024-03-01T10:00:01Z INFO go on
";

const GO: &str = "
* 2024-03-01 10:00:00 INFO started
* panic: runtime error: invalid memory address or nil pointer dereference
  [signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x45c7e4]
  
  goroutine 1 [running]:
  main.pay(...)
  \t/srv/shop/main.go:5
  main.main()
  \t/srv/shop/main.go:9 +0x1d
  
  goroutine 18 [chan receive, 2 minutes]:
  net/http.(*Server).Serve(0xc00011e000, {0x7a3c20, 0xc000010240})
  \t/usr/local/go/src/net/http/server.go:3056 +0x364
  created by main.main in goroutine 1
  \t/srv/shop/main.go:7 +0x65
  exit status 2
* 2024-03-01 10:00:01 INFO started
* 2024/03/01 10:00:00 http: panic serving 127.0.0.1:53422: boom
  goroutine 6 [running]:
  net/http.(*conn).serve.func1()
  \t/usr/local/go/src/net/http/server.go:1868 +0xb9
  panic({0x64d5c0?, 0x6f8a30?})
  \t/usr/local/go/src/runtime/panic.go:920 +0x270
* 2024/03/01 10:00:02 GET /
";

const DOTNET_AND_RUBY: &str = "
* 2024-03-01 10:00:00 ERROR Shop.Pay cannot pay
  System.InvalidOperationException: cannot pay
   ---> System.FormatException: Input string was not in a correct format.
     at System.Number.ThrowOverflowOrFormatException(ParsingStatus status, TypeCode type)
     at Shop.Program.Pay(Order order) in /src/Program.cs:line 9
     --- End of inner exception stack trace ---
     at Shop.Program.Main(String[] args) in /src/Program.cs:line 14
  --- End of stack trace from previous location ---
     at Shop.Program.<Main>(String[] args)
* 2024-03-01 10:00:01 INFO go on
* Unhandled exception. System.IndexOutOfRangeException: Index was outside the bounds of the array.
     at Shop.Program.Main(String[] args) in /src/Program.cs:line 3
* app.rb:2:in `/': divided by 0 (ZeroDivisionError)
  \tfrom app.rb:2:in `pay'
  \tfrom app.rb:5:in `<main>'
* 2024-03-01 10:00:02 INFO go on
";

const STATEMENTS: &str = "
* 2024-03-01 10:00:00.000 UTC [123] LOG:  statement: SELECT o.id,
  \t       o.total
  \tFROM orders o
  \tWHERE o.total > 5;
* 2024-03-01 10:00:01 DEBUG executing SELECT id,
  total
  FROM orders
  WHERE total > 5;
* another line
* 2024-03-01 10:00:02 INFO reply: {
    \"id\": 5,
    \"time\": \"2024-03-01T10:00:02Z\",
    \"level\": \"error\",
    \"items\": [
      1
    ]
  }
* 2024-03-01 10:00:03 INFO done
* {
    \"time\": \"2024-03-01T10:00:02Z\",
    \"level\": \"error\"
  }
* {
    \"time\": \"2024-03-01T10:00:03Z\"
  }
* { \"a\": 1,
    \"b\": 2, \"c\": 3 }
* { to be, or not,
* \"done\": yes
";

const ALONE: &str = "
* 2024-03-01 10:00:00 INFO done
* and something without a time
* from here on nothing
* ERROR: no time
  \ta detail of it
*   INFO a level is as much of a line
* 
* 2024-03-01 10:00:00 INFO the java.lang.String: is one
* at the end of the day (or so)
";

const MIXED: &str = "
* 2024-03-01 10:00:00 ERROR [a] cannot pay
  java.lang.IllegalStateException: boom
* 2024-03-01 10:00:00 INFO [b] paid
0 \tat com.example.Shop.pay(Shop.java:42)
0 \tat com.example.Shop.main(Shop.java:4)
* 2024-03-01 10:00:01 INFO [b] paid
0 Caused by: java.io.IOException: closed
";

const CONTAINER: &str = "
* 2024-03-01T10:00:00.5Z stderr F java.lang.IllegalStateException: boom
  2024-03-01T10:00:00.5Z stderr F \tat com.example.Shop.pay(Shop.java:42)
* 2024-03-01T10:00:00.5Z stdout F GET / 200
0 2024-03-01T10:00:00.5Z stderr F \tat com.example.Shop.main(Shop.java:4)
0 2024-03-01T10:00:00.5Z stderr F Caused by: java.io.IOException: closed
0 2024-03-01T10:00:00.5Z stderr F \t... 2 more
* 2024-03-01T10:00:00.5Z stdout F GET / 200
* 2024-03-01T10:00:00.5Z stderr F Traceback (most recent call last):
  2024-03-01T10:00:00.5Z stderr F   File \"/srv/app.py\", line 3, in <module>
  2024-03-01T10:00:00.5Z stderr F     pay()
  2024-03-01T10:00:00.5Z stderr F     ^^^^^
  2024-03-01T10:00:00.5Z stderr F   File \"/srv/app.py\", line 2, in pay
  2024-03-01T10:00:00.5Z stderr F     1 / 0
  2024-03-01T10:00:00.5Z stderr F ZeroDivisionError: division by zero
* 2024-03-01T10:00:00.5Z stdout F GET / 200
* Mar  1 10:00:00 web-1 shop[7]: Traceback (most recent call last):
  Mar  1 10:00:00 web-1 shop[7]:   File \"/srv/app.py\", line 2, in pay
  Mar  1 10:00:00 web-1 shop[7]:     1 / 0
  Mar  1 10:00:00 web-1 shop[7]: ZeroDivisionError: division by zero
* Mar  1 10:00:00 web-1 shop[7]: go on
* {\"ts\":\"2024-03-01T10:00:00Z\",\"level\":\"info\",\"msg\":\"a\"}
* {\"ts\":\"2024-03-01T10:00:00Z\",\"level\":\"info\",\"msg\":\" a space in front\"}
* {\"log\":\"SELECT a\\n\",\"stream\":\"stdout\",\"time\":\"2024-03-01T10:00:00Z\"}
  {\"log\":\"  FROM b\\n\",\"stream\":\"stdout\",\"time\":\"2024-03-01T10:00:00Z\"}
* {\"log\":\"starting\\n\",\"stream\":\"stderr\",\"time\":\"2024-03-01T10:00:00Z\"}
* {\"log\":\"panic: boom\\n\",\"stream\":\"stderr\",\"time\":\"2024-03-01T10:00:00Z\"}
  {\"log\":\"\\n\",\"stream\":\"stderr\",\"time\":\"2024-03-01T10:00:00Z\"}
  {\"log\":\"goroutine 1 [running]:\\n\",\"stream\":\"stderr\",\"time\":\"2024-03-01T10:00:00Z\"}
  {\"log\":\"main.pay(...)\\n\",\"stream\":\"stderr\",\"time\":\"2024-03-01T10:00:00Z\"}
  {\"log\":\"\\t/app/main.go:9\\n\",\"stream\":\"stderr\",\"time\":\"2024-03-01T10:00:00Z\"}
  {\"log\":\"main.main()\\n\",\"stream\":\"stderr\",\"time\":\"2024-03-01T10:00:00Z\"}
  {\"log\":\"\\t/app/main.go:5 +0x1d\\n\",\"stream\":\"stderr\",\"time\":\"2024-03-01T10:00:00Z\"}
  {\"log\":\"exit status 2\\n\",\"stream\":\"stderr\",\"time\":\"2024-03-01T10:00:00Z\"}
* {\"log\":\"started again\\n\",\"stream\":\"stderr\",\"time\":\"2024-03-01T10:00:00Z\"}
* {\"log\":\"\\n\",\"stream\":\"stderr\",\"time\":\"2024-03-01T10:00:00Z\"}
* {\"log\":\"pages are free\\n\",\"stream\":\"stderr\",\"time\":\"2024-03-01T10:00:00Z\"}
* 2024-03-01T10:00:00.5Z stderr F starting
* 2024-03-01T10:00:00.5Z stderr F panic: boom
  2024-03-01T10:00:00.5Z stderr F 
  2024-03-01T10:00:00.5Z stderr F goroutine 1 [running]:
  2024-03-01T10:00:00.5Z stderr F main.pay(...)
  2024-03-01T10:00:00.5Z stderr F \t/app/main.go:9
  2024-03-01T10:00:00.5Z stderr F main.main()
  2024-03-01T10:00:00.5Z stderr F \t/app/main.go:5 +0x1d
  2024-03-01T10:00:00.5Z stderr F exit status 2
* 2024-03-01T10:00:00.5Z stderr F started again
* 2024-03-01T10:00:00.5Z stderr F 
* 2024-03-01T10:00:00.5Z stderr F pages are free
";

/// The lines of a log with its two columns, and the first line of each line's record.
fn marked(log: &'static str) -> (Vec<&'static str>, Vec<usize>) {
    let mut firsts = Vec::new();
    let rows = log.trim_start_matches('\n').lines();
    let lines = rows.enumerate().map(|(i, row)| {
        firsts.push(match &row[..1] {
            "*" => i,
            " " => firsts[i - 1],
            number => number.parse().expect("the number of a line"),
        });
        &row[2..]
    });
    (lines.collect(), firsts.clone())
}

fn options() -> AnalyzeOptions {
    AnalyzeOptions { temporal: true, ..AnalyzeOptions::default() }
}

fn first_lines(report: &Report<'_>) -> Vec<usize> {
    report.lines.iter().map(|line| line.record).collect()
}

#[track_caller]
fn belong_as_marked(log: &'static str) {
    let (lines, expected) = marked(log);
    let report = analyze(&lines, None, &options());
    let got = first_lines(&report);
    for (i, line) in lines.iter().enumerate() {
        assert_eq!(got[i], expected[i], "line {i}: {line}");
    }
}

#[test]
fn a_java_trace_with_its_causes_belongs_to_the_entry_that_it_follows() {
    belong_as_marked(JAVA);
}

#[test]
fn chained_python_traces_are_one_record_and_two_separate_ones_are_two() {
    belong_as_marked(PYTHON);
}

#[test]
fn what_node_prints_around_an_error_belongs_to_it() {
    belong_as_marked(NODE);
}

#[test]
fn a_rust_panic_has_its_message_and_its_backtrace() {
    belong_as_marked(RUST);
}

#[test]
fn a_go_panic_has_all_its_goroutines_and_is_no_part_of_an_ordinary_entry() {
    belong_as_marked(GO);
}

#[test]
fn dotnet_and_ruby_traces_belong_together() {
    belong_as_marked(DOTNET_AND_RUBY);
}

#[test]
fn sql_and_json_over_several_lines_belong_to_the_entry_that_begins_them() {
    belong_as_marked(STATEMENTS);
}

#[test]
fn an_unindented_line_without_a_time_is_no_continuation_by_itself() {
    belong_as_marked(ALONE);
}

#[test]
fn frames_that_other_writers_interrupt_join_the_nearest_trace() {
    belong_as_marked(MIXED);
}

#[test]
fn traces_whose_every_line_has_a_time_are_records_as_well() {
    belong_as_marked(CONTAINER);
}

/// The sections of `records/traces.txt`: what it says of them, and their lines with two columns in front.
fn sections() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut sections: Vec<(&str, Vec<&str>)> = Vec::new();
    for row in include_str!("records/traces.txt").lines() {
        match (row.strip_prefix("# "), sections.last_mut()) {
            (Some(fact), _) => sections.push((fact, Vec::new())),
            (None, Some((_, rows))) if !row.is_empty() => rows.push(row),
            _ => {}
        }
    }
    sections
}

#[test]
fn what_runtimes_and_servers_print_over_several_lines_belongs_together() {
    let mut wrong = Vec::new();
    for (fact, rows) in sections() {
        let text = rows.join("\n").replace('␉', "\t");
        let (lines, expected) = marked(text.leak());
        let got = first_lines(&analyze(&lines, None, &options()));
        for (i, line) in lines.iter().enumerate().filter(|(i, _)| got[*i] != expected[*i]) {
            wrong.push(format!("{fact}\n    line {i} is of {}, not {}: {line}", got[i], expected[i]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn switched_off_every_line_is_a_record_of_its_own() {
    let (lines, _) = marked(JAVA);
    let report = analyze(
        &lines,
        None,
        &AnalyzeOptions { reading: Reading { records: false, ..Reading::default() }, ..options() },
    );
    assert_eq!(first_lines(&report), (0..lines.len()).collect::<Vec<_>>());
    assert_eq!(report.statistics.records, lines.len());
}

fn stream_with(trace: &[&str]) -> Vec<String> {
    let ordinary = |i: usize| format!("2024-03-01 10:{:02}:{:02} INFO page {i} served", i / 60 % 60, i % 60);
    let mut lines: Vec<String> = (0..2_000).map(ordinary).collect();
    lines.splice(1_000..1_000, trace.iter().map(|line| (*line).to_owned()));
    lines
}

#[test]
fn a_trace_in_a_stream_of_ordinary_lines_is_one_odd_thing_whatever_its_length() {
    let (java, _) = marked(JAVA);
    for trace in
        [&java[..11], &java[12..], &marked(PYTHON).0[1..17], &marked(GO).0[1..16], &marked(RUST).0[..12]]
    {
        let lines = stream_with(trace);
        let report = analyze(&lines, None, &options());
        assert_eq!(report.findings.len(), 1, "{}: {:?}", trace[0], report.findings);
        assert_eq!((report.findings[0].count, &report.findings[0].examples[..]), (1, &[1_000][..]));
        assert_eq!(report.statistics.outliers, 1);
        assert_eq!((report.statistics.lines, report.statistics.records), (lines.len(), 2_001));
        let first = &report.lines[1_000];
        for line in &report.lines[1_000..1_000 + trace.len()] {
            assert_eq!((line.record, line.event, line.is_outlier), (1_000, first.event, true));
        }
        assert_eq!(report.events.iter().filter(|event| event.count > 0).count(), 2);
    }
}

#[test]
fn a_record_scores_as_its_oddest_line_and_says_which_that_is() {
    let lines = stream_with(&[
        "2024-03-01 10:17:00 INFO page 9 served",
        "  fatal failure: disk corrupted, data lost",
    ]);
    let (whole, alone) = (
        analyze(&lines, None, &options()),
        analyze(
            &lines,
            None,
            &AnalyzeOptions { reading: Reading { records: false, ..Reading::default() }, ..options() },
        ),
    );
    assert!(alone.lines[1_001].anomaly_score > alone.lines[1_000].anomaly_score);
    assert_eq!(whole.lines[1_000].anomaly_score, alone.lines[1_001].anomaly_score);
    let reason = &whole.reasons[whole.lines[1_000].reasons.expect("an outlier")][0];
    assert!(
        reason.detail.starts_with("its line 2, `fatal failure: disk corrupted, data lost`: "),
        "{reason:?}"
    );
}

#[test]
fn a_record_whose_first_line_is_a_time_alone_is_the_event_of_its_first_words() {
    let mut lines = Vec::new();
    for i in 0..40 {
        lines.push(format!("# Time: 2024-03-01T10:{i:02}:00.123456Z"));
        lines.push(format!("# User@Host: app[app] @ web-1 [10.0.0.5]  Id:   {i}"));
        lines.push(format!(
            "# Query_time: {i}.210000  Lock_time: 0.000100 Rows_sent: 1  Rows_examined: 100000"
        ));
        lines.push("SET timestamp=1709287200;".to_owned());
        lines.push(format!("SELECT * FROM orders WHERE id = {i};"));
    }
    let report = analyze(&lines, None, &options());
    assert_eq!(first_lines(&report)[..6], [0, 0, 0, 0, 0, 5]);
    let event = |line: usize| &report.events[report.lines[line].event];
    assert!(event(0).template.starts_with("# User@Host: "), "{}", event(0).template);
    assert_eq!((event(0).count, report.lines[0].event), (40, report.lines[4].event));
    assert_eq!(report.lines[0].entry.message, "", "a row says what its line says");
    assert_eq!(report.message(0), &*report.lines[1].entry.message);
}

#[test]
fn in_counts_over_time_a_continuation_has_the_time_and_level_of_its_first_line_and_its_row_keeps_none() {
    let (lines, _) = marked(JAVA);
    let report = analyze(&lines, None, &options());
    let buckets = &report.temporal.as_ref().expect("asked for").buckets;
    assert_eq!((buckets[0].lines, buckets[0].levels.values().sum::<usize>()), (11, 11));
    assert!(report.lines[3].entry.level.is_none() && report.lines[3].entry.timestamp.is_none());
}

#[test]
fn a_session_holds_the_lines_that_continue_its_own() {
    let (lines, _) = marked(JAVA);
    let pattern = regex::Regex::new("shop[.]([A-Z][a-z]+)").unwrap();
    let report = analyze(&lines, None, &AnalyzeOptions { session_pattern: Some(pattern), ..options() });
    let sessions = report.sessions.expect("asked for");
    assert_eq!((sessions.len(), sessions[0].lines), (1, 12));
}

#[test]
fn time_is_linear_also_in_what_looks_like_records_that_never_end() {
    for line in [
        "{",
        "\tat a.b(C.java:1)",
        "",
        "java.lang.Error: x",
        "goroutine 1 [running]:",
        "2024-03-01 10:00:00 ERROR x {",
        "SELECT a",
        "# Time: 2024-01-01T10:00:00Z",
        "# User@Host: a[a] @ b []",
        "\"main\" #1 prio=5 os_prio=0 tid=0x1 nid=0x1 runnable",
        "Thread 2 (Thread 0x1 (LWP 2)):",
        "2024-03-01 10:00:00 ERROR x",
    ] {
        let lines = vec![line; 200_000];
        let start = Instant::now();
        let report = analyze(&lines, None, &AnalyzeOptions::default());
        assert_eq!(report.lines.len(), lines.len());
        assert!(start.elapsed() < Duration::from_secs(5), "{line}: {:?}", start.elapsed());
    }
}

proptest! {
    #[test]
    fn every_line_belongs_to_one_record_whose_first_line_comes_before_it(
        picked in proptest::collection::vec((0usize..8, 0usize..30), 0..80)
    ) {
        let logs = [JAVA, PYTHON, NODE, RUST, GO, DOTNET_AND_RUBY, STATEMENTS, MIXED].map(|log| marked(log).0);
        let lines: Vec<&str> = picked.iter().map(|&(log, line)| logs[log][line % logs[log].len()]).collect();
        let report = analyze(&lines, None, &options());
        for (i, line) in report.lines.iter().enumerate() {
            let first = &report.lines[line.record];
            prop_assert!(line.record <= i && first.record == line.record);
            prop_assert_eq!((line.event, line.pattern_id), (first.event, first.pattern_id));
            prop_assert_eq!(line.anomaly_score, first.anomaly_score);
        }
        let counted: usize = report.events.iter().map(|event| event.count).sum();
        prop_assert_eq!(counted, report.statistics.records);
    }
}
