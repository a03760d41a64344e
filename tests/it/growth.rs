//! Numbers that grow: training has seen the largest of them, and tomorrow's are larger.

use oddlog::analysis::AnalyzeOptions;
use oddlog::models::Models;

/// The n-th of a sequence of numbers without order.
fn hashed(n: u64) -> u64 {
    let mut x = n.wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Line `i` of a system with five kinds of numbers that grow, and one that does not: latencies of 20 to 899 ms.
fn line(i: u64, latency_factor: u64) -> String {
    let second = i / 8;
    let (day, hour, minute) = (1 + second / 86_400, second / 3600 % 24, second / 60 % 60);
    let time = format!("2024-03-{day:02} {hour:02}:{minute:02}:{:02} INFO", second % 60);
    match i % 6 {
        0 => format!("{time} packet {} acknowledged by the peer", i + 1),
        1 => format!("{time} interface eth0 has received {} octets", 700 * i + hashed(i) % 1400),
        2 => format!("{time} still alive, uptime {} seconds", 12 + second),
        3 => format!("{time} connection accepted from local port {}", 1024 + i / 6),
        4 => {
            format!("{time} clock offset measured at {} since boot", 1_000 + second * 1000 + hashed(i) % 1000)
        }
        _ => format!("{time} request served in {} ms", (20 + hashed(i) % 880) * latency_factor),
    }
}

/// Trains on the first lines, judges all that follow, of which each 500th latency is multiplied; returns how many lines
/// are outliers and should not be, and how many should be and are not.
fn judged(n_trained: u64, n_lines: u64, latency_factor: u64) -> (usize, usize, usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let models = Models::open(folder.path()).expect("opens");
    let training: Vec<String> = (0..n_trained).map(|i| line(i, 1)).collect();
    models.train("default", &training).expect("trains");
    let is_planted = |i: u64| i % 6 == 5 && (i / 6).is_multiple_of(500);
    let logs: Vec<String> =
        (n_trained..n_lines).map(|i| line(i, if is_planted(i) { latency_factor } else { 1 })).collect();
    let report = models.analyze("default", &logs, &AnalyzeOptions::default()).expect("analyses");
    let odd = |line: &usize| report.lines[*line].is_outlier;
    let planted = |line: &usize| is_planted(n_trained + *line as u64);
    let all = || 0..report.lines.len();
    let marked = all().filter(|line| odd(line) && !planted(line)).count();
    let missed = all().filter(|line| planted(line) && !odd(line)).count();
    (marked, missed, all().filter(planted).count())
}

#[test]
fn counters_that_go_on_are_ordinary_and_slow_requests_are_found() {
    // half of them seen, and the first of thirty: sizes grow thirtyfold beyond training
    for (n_trained, n_lines) in [(15_000, 30_000), (3_000, 90_000)] {
        let (marked, missed, planted) = judged(n_trained, n_lines, 100);
        println!("trained on {n_trained} of {n_lines}: {marked} marked, {missed} of {planted} missed");
        assert!(marked as u64 * 1000 <= n_lines - n_trained, "{marked} marked");
        assert_eq!(missed, 0, "of {planted}");
    }
}
