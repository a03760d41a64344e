//! `log_dataset.json`: a day of a web shop with five incidents.

use chrono::NaiveDateTime;

#[path = "../../examples/shop/mod.rs"]
pub(crate) mod shop;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Second of the day, level and message of a line.
fn split(line: &str) -> (i64, &str, &str) {
    let time = NaiveDateTime::parse_from_str(&line[..19], "%Y-%m-%d %H:%M:%S").expect("a time");
    let (level, message) = line[20..].split_once(' ').expect("a level and a message");
    (time.and_utc().timestamp() % 86_400, level, message)
}

const fn clock(hour: i64, minute: i64) -> i64 {
    hour * 3_600 + minute * 60
}

#[test]
fn the_committed_file_is_what_the_generator_writes() {
    let committed = std::fs::read_to_string(format!("{ROOT}/log_dataset.json")).expect("the sample log");
    let made = shop::to_json(&shop::day().lines);
    assert!(committed == made, "write it again: cargo run --example make_dataset");
    let lines: Vec<String> = serde_json::from_str(&committed).expect("a JSON array of strings");
    assert_eq!(lines, shop::day().lines);
}

#[test]
fn every_line_has_a_time_in_order_and_a_level() {
    let lines = shop::day().lines;
    assert!((4_000..5_000).contains(&lines.len()), "{} lines", lines.len());
    let levels = ["DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
    assert!(lines.iter().all(|line| levels.contains(&split(line).1)));
    assert!(lines.iter().map(|line| split(line).0).is_sorted());
}

#[test]
fn only_one_request_takes_longer_than_a_second() {
    let lines = shop::day().lines;
    let slow: Vec<&String> = lines
        .iter()
        .filter(|line| line.contains(" GET /"))
        .filter(|line| {
            let ms = line.trim_end_matches(" ms").rsplit(' ').next().map(str::parse::<u32>);
            ms.is_none_or(|ms| ms.is_ok_and(|ms| ms >= 1_000))
        })
        .collect();
    assert_eq!(slow, ["2024-05-14 10:26:14 INFO GET /products/318 200 in 93000 ms"]);
}

#[test]
fn the_burst_is_thirty_times_the_ordinary_rate() {
    let lines = shop::day().lines;
    let seconds: Vec<i64> = lines
        .iter()
        .map(|line| split(line))
        .filter(|(_, _, message)| message.starts_with("Payment gateway did not answer"))
        .map(|(second, _, _)| second)
        .collect();
    let within =
        |from: i64, to: i64| seconds.iter().filter(|second| (from..to).contains(second)).count() as f64;
    let burst_per_hour = within(clock(14, 5), clock(14, 11)) * 10.0;
    let afternoon_per_hour = (within(clock(12, 0), clock(14, 5)) + within(clock(14, 11), clock(18, 0))) / 5.9;
    let times = burst_per_hour / afternoon_per_hour;
    assert!((25.0..35.0).contains(&times), "{times} times the rate of the afternoon");
}

#[test]
fn the_feed_that_comes_every_minute_is_silent_for_half_an_hour() {
    let lines = shop::day().lines;
    let seconds: Vec<i64> = lines
        .iter()
        .map(|line| split(line))
        .filter(|(_, _, message)| message.starts_with("Stock feed"))
        .map(|(second, _, _)| second)
        .collect();
    let long: Vec<(i64, i64)> =
        seconds.windows(2).map(|pair| (pair[0], pair[1])).filter(|(from, to)| to - from > 62).collect();
    let [(from, to)] = long[..] else { panic!("one silence, not {long:?}") };
    assert!((clock(17, 19)..clock(17, 20)).contains(&from) && (clock(17, 50)..clock(17, 51)).contains(&to));
}

#[test]
fn the_readme_tells_when_and_where_each_incident_is() {
    let readme = std::fs::read_to_string(format!("{ROOT}/README.md")).expect("README.md");
    let day = shop::day();
    assert_eq!(day.incidents.len(), 5);
    for incident in day.incidents {
        let row = format!("| {} | {} | {} |", incident.time, incident.what, incident.where_found());
        assert!(readme.contains(&row), "README.md has no row {row}");
    }
}
