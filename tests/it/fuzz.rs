//! Damaged input for every entry point that takes bytes of strangers: nothing panics, hangs or loses a line.
//!
//! The gate runs a few thousand inputs of a fixed seed; `fuzz/README.md` says how the same entry points are run by a fuzzer
//! that follows coverage. For a longer run, which tells how many it made:
//! `ODDLOG_FUZZ_SECONDS=600 cargo test --release --test it fuzz:: -- --ignored --nocapture`

#[path = "../../fuzz/src/entry_points.rs"]
#[expect(unreachable_pub, reason = "the fuzzer's crate exports them")]
mod entry_points;

use std::time::{Duration, Instant};

use oddlog::ml::rng::Random;

/// What hostile and merely broken inputs are made of.
const PARTS: [&str; 40] = [
    "{\"logs\":[",
    "\"",
    "\\u",
    "\\ud800",
    "]}",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "<",
    ">",
    "<34>1 ",
    "|",
    ":",
    ": ",
    ",",
    "=",
    "=\"",
    " - ",
    "\n",
    "\r\n",
    "\0",
    "\u{feff}",
    "\u{1b}[31m",
    "\u{1b}",
    "2024-01-01T10:00:00.5Z",
    "Feb 29 ",
    "10:00:00",
    "1489519230",
    " ERROR ",
    "W/",
    "%A-4-B: ",
    "CEF:0|",
    "level=",
    "\"time\":",
    "9999999999999999999",
    "ж",
    "磁盘",
];

/// Says which input it was, if the test panics while it is being read.
struct Input<'i>(&'i [u8]);

impl Drop for Input<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("the input was {:?}", self.0.escape_ascii().to_string());
        }
    }
}

/// Some lines of known formats, damaged in a few places.
fn damaged(random: &mut Random) -> Vec<u8> {
    let known: Vec<&str> =
        include_str!("parse/formats.txt").lines().filter_map(|row| row.strip_prefix("> ")).collect();
    let mut bytes = Vec::new();
    for _ in 0..random.below(4) {
        bytes.extend_from_slice(known[random.below(known.len() as u64) as usize].as_bytes());
        bytes.push(b'\n');
    }
    for _ in 0..1 + random.below(8) {
        let at = random.below(bytes.len() as u64 + 1) as usize;
        let end = (at + random.below(6) as usize).min(bytes.len());
        match random.below(4) {
            0 => bytes[at..end].iter_mut().for_each(|byte| *byte = random.below(256) as u8),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let part = PARTS[random.below(PARTS.len() as u64) as usize].as_bytes();
                let repeats = if random.below(50) == 0 { 2_000 } else { 1 };
                bytes.splice(at..end, part.repeat(repeats));
            }
            _ => {
                let copy = bytes[at..(at + 40).min(bytes.len())].to_vec();
                bytes.splice(end..end, copy);
            }
        }
    }
    bytes
}

/// Gives `bytes` to every entry point, and a choice of route, type and packing before them to that of requests; how many
/// were run. An analysis is a hundred times the work of the rest, and seldom made.
fn run_all(bytes: &[u8], random: &mut Random) -> u64 {
    let _input = Input(bytes);
    let choice = [random.below(256) as u8, random.below(256) as u8, random.below(256) as u8];
    let chosen = [&choice, &b"include=lines\0"[..], bytes].concat();
    let mut n_run = 0;
    for (name, entry_point) in entry_points::ALL {
        let is_dear = matches!(name, "analysis" | "request" | "packed" | "query" | "journal" | "sessions");
        if is_dear && random.below(20) > 0 {
            continue;
        }
        entry_point(if name == "request" { &chosen } else { bytes });
        n_run += 1;
    }
    n_run
}

fn run_until(random: &mut Random, mut goes_on: impl FnMut(u64) -> bool) -> (u64, u64) {
    let (mut n_inputs, mut n_run) = (0, 0);
    while goes_on(n_inputs) {
        let bytes = damaged(random);
        n_run += run_all(&bytes, random);
        n_inputs += 1;
    }
    (n_inputs, n_run)
}

/// Inputs on which something once panicked, found by the fuzzer.
const FINDS: [&[u8]; 2] = [
    b"x \" auth'''H\0\0\0''&''''''''''/'''241.\" auth'''H\0\0\0''&''''''''''/'''241",
    include_bytes!("../fixtures/finds/journal_1"),
];

#[test]
fn what_once_panicked_is_read_or_refused() {
    for bytes in FINDS {
        let _input = Input(bytes);
        entry_points::ALL.iter().for_each(|(_, entry_point)| entry_point(bytes));
    }
}

#[test]
fn damaged_input_is_read_or_refused() {
    let (n_inputs, n_run) = run_until(&mut Random::new(4, 0), |n| n < 2_000);
    assert!(n_run > n_inputs);
}

#[test]
#[ignore = "runs for ODDLOG_FUZZ_SECONDS, 60 by default"]
fn damaged_input_is_read_or_refused_for_minutes() {
    let seconds = std::env::var("ODDLOG_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let seed = std::env::var("ODDLOG_FUZZ_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(5);
    let end = Instant::now() + Duration::from_secs(seconds);
    let (n_inputs, n_run) = run_until(&mut Random::new(seed, 1), |_| Instant::now() < end);
    println!("seed {seed}: {n_inputs} inputs, {n_run} executions in {seconds} s, none panicked");
    assert!(n_inputs > 0);
}
