//! Reading takes time in proportion to the line, whatever is in it.

use std::hint::black_box;
use std::time::{Duration, Instant};

use oddlog::parse::parse_line;

/// Characters that open what may never close, and counts and keys without an end.
const UNITS: [&str; 16] =
    ["7", "[", "(", "<", "\"", "'", "=", "a=", "a=\"", "{\"a\":", "[[\"", " ", "\t", ":", "\\\"", "a.b,"];
/// Fronts that lead to each of the readers.
const FRONTS: [&str; 7] = [
    "",
    "{\"a\":\"",
    "{\"a\":",
    "level=info ",
    "CEF:0|",
    "2024-01-01 10:00:00 ",
    "[10/Oct/2000:13:55:36 -0700] \"",
];

fn least_time(line: &str) -> Duration {
    let time = || {
        let start = Instant::now();
        black_box(parse_line(black_box(line)));
        start.elapsed()
    };
    (0..5).map(|_| time()).min().expect("five times")
}

/// Sixteen times the bytes take sixteen times as long, and would take 256 times if reading were quadratic: between the
/// two there is room for whatever else the machine does, and for what small caches cost.
#[test]
fn sixteen_times_the_bytes_take_far_less_than_the_square() {
    const BYTES: usize = 64 * 1024;
    for front in FRONTS {
        for unit in UNITS {
            let line = |bytes: usize| format!("{front}{}", unit.repeat(bytes / unit.len()));
            let (short, long) = (least_time(&line(BYTES)), least_time(&line(16 * BYTES)));
            let most = 64 * short + Duration::from_millis(2);
            assert!(long < most, "{front}{unit}…: {short:?} and {long:?}");
        }
    }
}
