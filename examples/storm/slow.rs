//! Clients that hold connections: a byte a second, nothing at all, or replies that they do not read.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

use crate::exchange::{Outcome, open, request};
use crate::{Dice, Table, count};

/// How many there are at any time.
const AT_ONCE: usize = 300;

/// The server gives them up after five seconds; one that is there after so long hangs.
const PATIENCE: Duration = Duration::from_secs(60);

struct Slow {
    kind: &'static str,
    stream: TcpStream,
    /// What is sent, a byte a second.
    rest: Vec<u8>,
    since: Instant,
    /// Whether the answer is read.
    reads: bool,
}

/// Holds them until `stop`, and then until the last one is given up.
pub(crate) fn hold(address: SocketAddr, mut dice: Dice, stop: &Receiver<()>) -> Table {
    let mut table = Table::new();
    let mut held: Vec<Slow> = Vec::new();
    loop {
        let is_over = matches!(stop.try_recv(), Err(TryRecvError::Disconnected));
        while !is_over && held.len() < AT_ONCE {
            match begin(address, &mut dice) {
                Ok(slow) => held.push(slow),
                Err(_) => break,
            }
        }
        held.retain_mut(|slow| match outcome(slow) {
            Some(outcome) => {
                count(&mut table, slow.kind, &outcome);
                false
            }
            None => true,
        });
        if is_over && held.is_empty() {
            return table;
        }
        thread::sleep(Duration::from_secs(1));
    }
}

fn begin(address: SocketAddr, dice: &mut Dice) -> std::io::Result<Slow> {
    let text = &["Content-Type: text/plain"][..];
    let json = &["Content-Type: application/json"][..];
    let body = "2024-03-01 10:00:00 INFO a line\n".repeat(40);
    let long =
        serde_json::json!({"logs": vec!["2024-03-01 10:00:00 INFO a line"; 3_000], "include": ["lines"]});
    let (kind, bytes, at_once) = match dice.below(6) {
        0 => ("slow headers", request("POST", "/train", text, b""), 20),
        1 => ("slow body of text", request("POST", "/train?model=slow", text, body.as_bytes()), 90),
        2 => ("slow body of JSON", request("POST", "/analyze_logs", json, body.as_bytes()), 100),
        3 => ("slow body for rows", request("POST", "/analyze_logs", text, body.as_bytes()), 95),
        4 => ("silent connection", Vec::new(), 0),
        _ => (
            "reply that nobody reads",
            request("POST", "/v1/analyze", json, long.to_string().as_bytes()),
            usize::MAX,
        ),
    };
    let mut stream = open(address)?;
    let at_once = at_once.min(bytes.len());
    stream.write_all(&bytes[..at_once])?;
    stream.set_nonblocking(true)?;
    let reads = kind != "reply that nobody reads";
    Ok(Slow { kind, stream, rest: bytes[at_once..].to_vec(), since: Instant::now(), reads })
}

/// Sends the next byte; how it ended, if it did.
fn outcome(slow: &mut Slow) -> Option<Outcome> {
    if !slow.rest.is_empty() {
        let byte = slow.rest.remove(0);
        // A connection that is closed is seen when it is read.
        let _ = slow.stream.write_all(&[byte]);
    }
    if !slow.reads {
        // It leaves by itself: whether it was cut off before, only a read would tell.
        return (slow.since.elapsed() > Duration::from_secs(8)).then_some(Outcome::Left);
    }
    let mut bytes = [0; 4096];
    match slow.stream.read(&mut bytes) {
        Ok(0) => Some(Outcome::Closed),
        Ok(n) => {
            let text = String::from_utf8_lossy(&bytes[..n]).into_owned();
            Some(Outcome::Status(text.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0)))
        }
        Err(e) if e.kind() == ErrorKind::WouldBlock => {
            (slow.since.elapsed() > PATIENCE).then_some(Outcome::Hang)
        }
        Err(_) => Some(Outcome::Closed),
    }
}
