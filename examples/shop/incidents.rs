//! The five incidents of the day, each of another kind.

use super::draw::Draw;
use super::{Incident, Log, Mark, background};

const DISK: usize = 0;
const SLOW_REQUEST: usize = 1;
const BURST: usize = 2;
const SILENCE: usize = 3;
const BREAK_IN: usize = 4;

/// Time and words of each; the lines are filled in when the day is in order.
pub(super) fn table() -> Vec<Incident> {
    let incident = |time, what, silent| Incident { time, what, log_ids: Vec::new(), silent };
    vec![
        incident("03:12-03:13", "a new error: the disk of the image store fails", false),
        incident("10:26", "an odd parameter: one request takes 93000 ms", false),
        incident(
            "14:05-14:11",
            "a burst: the payment gateway does not answer, 30 times as often as usual",
            false,
        ),
        incident("17:20-17:50", "a silence: the stock feed, due every minute, stops for half an hour", true),
        incident(
            "22:31-22:33",
            "a break-in: 14 wrong passwords for user 2718 from one address, then a login",
            false,
        ),
    ]
}

/// Writes the lines of all incidents but the silence, which is a lack of them.
pub(super) fn write(log: &mut Log, draw: &mut Draw) {
    disk(log);
    log.marked(at(10, 26, 14), "INFO", "GET /products/318 200 in 93000 ms", Some(SLOW_REQUEST));
    burst(log, draw);
    break_in(log, draw);
}

const fn at(hour: u64, minute: u64, second: u64) -> u64 {
    hour * 3_600 + minute * 60 + second
}

fn disk(log: &mut Log) {
    let records = [
        (41, "ERROR", "Image store: write to /srv/images/0a/4411.webp failed: Input/output error"),
        (44, "ERROR", "Image store: write to /srv/images/0a/4412.webp failed: Input/output error"),
        (47, "ERROR", "Image store: volume /dev/sdb1 remounted read-only after 2 errors"),
        (63, "FATAL", "Image store: no writable volume left, shutting down"),
    ];
    for (second, level, message) in records {
        log.marked(at(3, 12, second), level, message, Some(DISK));
    }
}

/// 20 lines in six minutes; an ordinary hour of the afternoon has six or seven.
fn burst(log: &mut Log, draw: &mut Draw) {
    for k in 0..20 {
        let second = at(14, 5, 0) + 18 * k + draw.between(0, 17);
        let message = background::gateway_retry(second, draw);
        log.marked(second, "WARN", &message, Some(BURST));
    }
}

fn break_in(log: &mut Log, draw: &mut Draw) {
    let (user, address) = (2_718, "203.0.113.77");
    let mut second = at(22, 31, 5);
    for attempt in 1..=14 {
        second += draw.between(3, 8);
        let message = format!("Wrong password for user {user} from {address}, attempt {attempt}");
        log.marked(second, "WARN", &message, Some(BREAK_IN));
    }
    log.marked(second + 6, "INFO", &format!("User {user} logged in from {address}"), Some(BREAK_IN));
}

/// Whether the stock feed is down at a second of the day.
pub(super) fn is_silent(second: u64) -> bool {
    (at(17, 20, 0)..at(17, 50, 0)).contains(&second)
}

/// Marks the last line before the silence and the first after it.
pub(super) fn edge_of_silence(second: u64) -> Mark {
    let edge = |minute: u64| (at(17, minute, 0)..at(17, minute + 1, 0)).contains(&second);
    (edge(19) || edge(50)).then_some(SILENCE)
}
