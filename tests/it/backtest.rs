//! What a model would have sent on each day of a log.

use clap::Parser;
use oddlog::analysis::AnalyzeOptions;
use oddlog::analysis::backtest::backtest;
use oddlog::client::{Args, Outcome, Screen, run};
use oddlog::state::Day;

/// Twelve days of ordinary lines, the last in the files first; on the tenth a disk fails, twice.
fn days() -> Vec<Vec<String>> {
    let day = |day: usize| {
        let time = |i: usize| format!("2024-03-{day:02} {:02}:{:02}:00", 8 + i / 6, i % 6 * 10);
        let ordinary = (0..60).map(move |i| match i % 3 {
            0 => format!("{} INFO request {} served in {} ms", time(i), 1000 + i, 20 + i % 7),
            1 => "   a line without a time".to_owned(),
            _ => format!("{} INFO cache hit for key {}", time(i), i * 7919 % 991),
        });
        let failed =
            (0..2).map(move |i| format!("{} ERROR disk sdb{i} failed and is read only now", time(60 + i)));
        ordinary.chain(failed.filter(|_| day == 10)).collect()
    };
    (1..=12).map(day).collect()
}

#[test]
fn each_day_is_judged_by_the_days_before_it_and_the_first_week_is_learnt() {
    let found = backtest(&days().concat(), 3, &AnalyzeOptions::default());
    assert_eq!(found.len(), 12);
    // 2024-03-01 is 19,783 days after 1970-01-01
    assert_eq!((found[0].day, found[9].day), (Day::SinceEpoch(19_783), Day::SinceEpoch(19_792)));
    // lines without a time are of the day of the line before
    assert_eq!((found[0].lines, found[9].lines), (60, 62));
    let judged: Vec<bool> = found.iter().map(|day| day.promise.is_some()).collect();
    assert_eq!(judged, [[false; 7].as_slice(), &[true; 5]].concat());
    let sent: Vec<usize> = found.iter().map(|day| day.findings.len()).collect();
    assert_eq!(sent, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
    let (finding, template) = &found[9].findings[0];
    assert!(finding.count == 2 && template.starts_with("disk"), "{template} {finding:?}");
}

#[test]
fn a_log_without_days_has_none() {
    assert!(backtest(&["no time at all"], 3, &AnalyzeOptions::default()).is_empty());
    assert!(backtest::<&str>(&[], 3, &AnalyzeOptions::default()).is_empty());
}

#[test]
fn the_client_says_what_was_promised_and_what_would_have_been_sent() {
    let folder = tempfile::tempdir().unwrap();
    let printed = |days: &[Vec<String>]| {
        let path = folder.path().join("app.log");
        std::fs::write(&path, days.concat().join("\n")).unwrap();
        let args = Args::parse_from(["oddlog", "backtest", "--alarms-per-day", "2", path.to_str().unwrap()]);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let outcome = run(&args, Screen::default(), &mut out, &mut err).unwrap();
        assert_eq!(outcome, Outcome::Done);
        String::from_utf8(out).unwrap()
    };
    let text = printed(&days());
    let summary = text.lines().next().unwrap();
    // one finding on five days: 0.2 a day, and four of five without any
    for said in [
        "At most 2 findings a day",
        "7 days were learnt, 5 judged",
        "would have sent 0.2",
        "on 80 % of days none",
    ] {
        assert!(summary.contains(said), "{summary}");
    }
    assert!(text.contains("2024-03-10 (62 lines)") && text.contains("disk"), "{text}");
    assert!(printed(&days()[..7]).contains("The log tells 7 days with a date, in 420 lines; it takes eight"));
}

/// The n-th of a sequence of numbers without order.
fn hashed(n: u64) -> u64 {
    let mut x = n.wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// An ordinary day of April 2024 of a system that is never the same for long: 1,500 lines of twelve events, counters that go
/// on, rare warnings, and on every third day a harmless event that was never there before.
fn system_day(day: u64) -> Vec<String> {
    let time = |second: u64| {
        format!("2024-04-{day:02} {:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
    };
    let mut lines: Vec<String> = (0..1500)
        .map(|i| {
            let (at, h) = (time(i * 57), hashed(day * 10_000 + i));
            let total = day * 1500 + i;
            match h % 24 {
                0..=5 => {
                    format!("{at} INFO request /api/orders/{} served in {} ms", h % 9973, 20 + h / 64 % 400)
                }
                6..=9 => format!("{at} INFO user u{} logged in from 10.0.{}.{}", h % 800, h % 7, h % 250),
                10..=13 => format!("{at} DEBUG cache hit for session {}", h % 99_991),
                14..=16 => format!("{at} INFO queue worker {} took job {total}", h % 8),
                17..=18 => format!("{at} INFO wrote {} bytes, {} in all", 100 + h % 900, total * 512),
                19 => format!("{at} INFO heartbeat, uptime {} seconds", day * 86_400 + i * 57),
                20 => format!("{at} INFO mail to customer {} queued", h % 5000),
                21 => format!("{at} INFO payment {} accepted by bank {}", h % 99_991, h % 5),
                22 if h % 4 == 0 => {
                    format!("{at} WARN retrying request to stock service, attempt {}", 1 + h % 3)
                }
                _ => format!("{at} DEBUG garbage collected {} objects in {} ms", h % 90_000, 1 + h / 64 % 30),
            }
        })
        .collect();
    let harmless =
        ["report", "catalogue", "newsletter", "voucher", "invoice", "tariff", "banner", "survey", "refund"];
    if day.is_multiple_of(3) {
        let name = harmless[(day / 3) as usize % harmless.len()];
        lines.push(format!("{} INFO the {name} module has been set up for tenant {}", time(86_000), day));
    }
    lines
}

/// Lines of one kind of incident.
fn incident(kind: usize, day: u64) -> Vec<String> {
    let time = |n: u64| format!("2024-04-{day:02} 23:{:02}:{:02}", 30 + n / 60, n % 60);
    let many = |n: u64, line: &dyn Fn(u64) -> String| (0..n).map(line).collect::<Vec<_>>();
    match kind {
        0 => many(40, &|n| {
            format!("{} ERROR cannot write to volume data{}: no space left on device", time(n), n % 3)
        }),
        1 => many(1, &|n| format!("{} FATAL database has gone away, giving up", time(n))),
        2 => {
            many(25, &|n| format!("{} INFO request /api/orders/{n} served in {} ms", time(n), 93_000 + 7 * n))
        }
        3 => many(12, &|n| format!("{} ERROR payment {} accepted by bank 3", time(n), 500 + n)),
        4 => {
            many(3, &|n| format!("{} INFO out of memory: killed process {} of worker pool", time(n), 900 + n))
        }
        5 => vec![
            format!("{} ERROR unhandled exception in order service", time(0)),
            "java.lang.IllegalStateException: basket is closed".to_owned(),
            "    at com.shop.Basket.add(Basket.java:42)".to_owned(),
            "    at com.shop.Orders.place(Orders.java:7)".to_owned(),
        ],
        6 => many(300, &|n| {
            format!("{} WARN connection to stock service refused by 10.1.0.{}", time(n), n % 4)
        }),
        7 => {
            many(5, &|n| format!("{} INFO checksum mismatch in segment {}, file is corrupt", time(n), 70 + n))
        }
        8 => many(80, &|n| format!("{} WARN invalid signature of token from 203.0.113.{}", time(n), n % 50)),
        _ => {
            many(2, &|n| format!("{} ERROR certificate of gateway has expired {} hours ago", time(n), 1 + n))
        }
    }
}

#[test]
fn of_ten_kinds_of_incidents_all_are_found_first_and_other_days_keep_the_budget() {
    let is_hit = |day: u64| day >= 10 && day.is_multiple_of(2) && (day - 10) / 2 < 10;
    let days = (1..=30).map(|day| {
        let mut lines = system_day(day);
        if is_hit(day) {
            lines.extend(incident(((day - 10) / 2) as usize, day));
        }
        lines
    });
    let found = backtest(&days.collect::<Vec<_>>().concat(), 3, &AnalyzeOptions::default());
    let (mut hits, mut firsts, mut others) = (0, 0, Vec::new());
    for (day, result) in (1..).zip(&found) {
        let is_of_incident = |finding: &oddlog::report::Finding| {
            finding.first_seen.is_some_and(|time| time.civil.to_string() >= format!("2024-04-{day:02} 23:30"))
        };
        let place = result.findings.iter().position(|(finding, _)| is_of_incident(finding));
        println!(
            "{day}: {:?}",
            result.findings.iter().map(|(f, t)| (t, f.count, f.score)).collect::<Vec<_>>()
        );
        if is_hit(day) {
            hits += usize::from(place.is_some());
            firsts += usize::from(place == Some(0));
        } else if result.promise.is_some() {
            others.push(result.findings.len());
        }
    }
    println!("{hits} of 10 found, {firsts} first; on other days {others:?}");
    assert!(hits >= 9 && firsts >= 7, "{hits} found, {firsts} first");
    assert!(others.iter().sum::<usize>() <= 3 * others.len(), "{others:?}");
}
