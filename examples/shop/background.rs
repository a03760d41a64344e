//! What the machines write by themselves: feeds, checks, jobs, and their small everyday troubles.

use super::draw::{Draw, euros};
use super::visits::{FIRST_ORDER, FIRST_PAYMENT, N_VISITS};
use super::{Log, incidents};

/// Writes everything that comes by the clock, then what comes now and then.
pub(super) fn write(log: &mut Log, draw: &mut Draw) {
    stock_feed(log, draw);
    checks(log, draw);
    jobs(log, draw);
    now_and_then(log, draw);
}

/// Every `period` seconds from `phase` on, a little late each time.
fn every(period: u64, phase: u64, draw: &mut Draw) -> Vec<u64> {
    (phase..86_400).step_by(usize::try_from(period).unwrap_or(1)).map(|at| at + draw.between(0, 2)).collect()
}

fn stock_feed(log: &mut Log, draw: &mut Draw) {
    for at in every(60, 7, draw) {
        let (updates, ms) = (draw.between(4, 60), draw.between(18, 70));
        let message = format!("Stock feed: {updates} updates applied in {ms} ms");
        let edge = incidents::edge_of_silence(at);
        if !incidents::is_silent(at) {
            log.marked(at, "INFO", &message, edge);
        }
    }
}

fn checks(log: &mut Log, draw: &mut Draw) {
    for at in every(300, 31, draw) {
        let ms = draw.between(12, 60);
        log.line(at, "INFO", &format!("Health check passed: 6 of 6 services answered within {ms} ms"));
    }
    for at in every(600, 44, draw) {
        let used = draw.mostly_low(3, 24);
        log.line(at, "DEBUG", &format!("Connection pool: {used} of 40 connections in use, 0 waiting"));
    }
    for at in every(600, 350, draw) {
        let (replica, lag) = (draw.between(1, 2), draw.between(2, 40));
        log.line(at, "DEBUG", &format!("Replica db-{replica} is {lag} ms behind the primary"));
    }
    for at in every(900, 12, draw) {
        let (hits, mb) = (draw.between(86, 96), draw.between(380, 560));
        log.line(at, "INFO", &format!("Cache statistics: {hits} % hits, {mb} MB of 1024 MB used"));
    }
}

fn jobs(log: &mut Log, draw: &mut Draw) {
    for at in every(1_800, 90, draw) {
        let (n, ms) = (draw.between(3, 40), draw.between(60, 190));
        log.line(at, "INFO", &format!("Job session-cleanup finished: {n} sessions removed in {ms} ms"));
    }
    for at in every(3_600, 600, draw) {
        let (n, s) = (draw.between(18_100, 18_400), draw.between(30, 55));
        log.line(at, "INFO", "Job search-index started");
        log.line(at + s, "INFO", &format!("Job search-index finished: {n} documents in {s} s"));
    }
    for at in every(3_600, 1_205, draw) {
        let ms = draw.between(300, 900);
        log.line(at, "INFO", &format!("Job exchange-rates finished: 32 rates loaded in {ms} ms"));
    }
    for at in every(7_200, 2_400, draw) {
        let (n, total) = (draw.between(20, 90), draw.between(180_000, 690_000));
        log.line(
            at,
            "INFO",
            &format!("Job bookings finished: {n} bookings of {} EUR exported", euros(total)),
        );
    }
    for at in every(21_600, 5_000, draw) {
        let (gb, s) = (draw.between(41, 46), draw.between(280, 340));
        log.line(
            at,
            "INFO",
            &format!("Backup of database shop finished: {}.{} GB in {s} s", gb / 10, gb % 10),
        );
    }
}

fn now_and_then(log: &mut Log, draw: &mut Draw) {
    for _ in 0..70 {
        let (at, mb, ms) = (draw.busy_second(), draw.between(180, 420), draw.between(6, 38));
        log.line(at, "DEBUG", &format!("Garbage collection freed {mb} MB in {ms} ms"));
    }
    for _ in 0..22 {
        let (at, ms) = (draw.busy_second(), draw.between(1_000, 1_900));
        let query = draw.pick(&["order_history", "top_sellers", "monthly_sales"]);
        log.line(at, "WARN", &format!("Slow query {query} took {ms} ms"));
    }
    for _ in 0..9 {
        let (at, used) = (draw.busy_second(), draw.between(32, 36));
        log.line(at, "WARN", &format!("Connection pool nearly full: {used} of 40 connections in use"));
    }
    for _ in 0..8 {
        let at = draw.busy_second();
        let order = FIRST_ORDER + N_VISITS * at / 86_400;
        log.line(
            at,
            "ERROR",
            &format!("Label of order {order} not printed: carrier timed out, queued again"),
        );
    }
    for _ in 0..120 {
        let at = draw.busy_second();
        log.line(at, "WARN", &gateway_retry(at, draw));
    }
}

/// An everyday nuisance, six or seven an hour by day; incident 3 is thirty times as many.
pub(super) fn gateway_retry(second: u64, draw: &mut Draw) -> String {
    let payment = FIRST_PAYMENT + N_VISITS * second / 86_400;
    let ms = draw.between(200, 290);
    format!("Payment gateway did not answer: payment {payment}, retry 1 of 3 in {ms} ms")
}
