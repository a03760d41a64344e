//! Sends a server hostile requests of many kinds while honest clients go on, and measures what is left of it.
//!
//! `cargo build --release && cargo run --release --example storm -- target/release/oddlog-server 1000000 1`: the server, how
//! many hostile requests, the seed. Prints what became of each kind, the throughput of the honest clients alone and in
//! the storm, and memory, files and threads before and after. Ends with 1 where a request was answered with a fault of
//! the server or not at all, where honest replies have changed, or where something was not given back. The hostile clients
//! run in a process of their own, under `nice`: those of a real storm do not take the server's processors.

#![allow(clippy::print_stdout, reason = "the table is the purpose")]

mod exchange;
mod honest;
mod hostile;
mod slow;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use oddlog::ml::rng::splitmix64;

use exchange::Outcome;
use honest::Honest;

/// How long honest clients are measured alone, before the storm and after it.
const ALONE: Duration = Duration::from_secs(10);

/// How long the server is left alone before it is looked at: longer than it bears slow clients.
const REST: Duration = Duration::from_secs(12);

/// A run of so many hostile requests is judged by throughput and memory as well.
const LONG: u64 = 100_000;

/// Connections that send hostile requests one after the other.
const SENDERS: u64 = 8;

/// Random numbers of a fixed seed.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(1);
        splitmix64(self.0) % n
    }

    pub(crate) fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }

    pub(crate) fn bytes(&mut self, n: u64) -> Vec<u8> {
        (0..n).map(|_| self.below(256) as u8).collect()
    }
}

/// What became of the requests of each kind.
pub(crate) type Table = BTreeMap<String, BTreeMap<String, u64>>;

pub(crate) fn count(table: &mut Table, kind: &str, outcome: &Outcome) {
    *table.entry(kind.to_owned()).or_default().entry(outcome.name()).or_default() += 1;
}

/// A server that runs. It is killed when nothing needs it any more, also where something fails.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a process has of the system.
#[derive(Debug)]
struct Held {
    memory_bytes: f64,
    files: usize,
    threads: f64,
}

impl Server {
    fn start(program: &str, dir: &Path) -> anyhow::Result<Self> {
        // Slow clients are given up sooner than by default, so that more of them fit into the run.
        let mut child = Command::new(program)
            .args(["--log-format", "text", "--listen", "127.0.0.1:0"])
            .args([
                "--header-timeout-seconds",
                "5",
                "--read-timeout-seconds",
                "5",
                "--log",
                "warn,oddlog=info",
            ])
            .arg("--models-dir")
            .arg(dir)
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {program}"))?;
        let log = child.stderr.take().context("standard error is piped")?;
        let (found, address) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(log).lines().map_while(Result::ok) {
                if let Some((_, url)) = line.split_once("Listening on http://") {
                    let _ = found.send(url.split_whitespace().next().unwrap_or_default().to_owned());
                } else if line.contains("ERROR") || line.contains("panicked") {
                    println!("the server said: {line}");
                }
            }
        });
        let address = address.recv_timeout(Duration::from_secs(60)).context("the server did not come up")?;
        Ok(Self { child, address: address.parse()? })
    }

    fn held(&self) -> anyhow::Result<Held> {
        let folder = format!("/proc/{}", self.child.id());
        let status = std::fs::read_to_string(format!("{folder}/status"))?;
        let number = |key: &str| {
            let row = status.lines().find_map(|row| row.strip_prefix(key)).unwrap_or_default();
            row.split_whitespace().next().and_then(|word| word.parse::<f64>().ok()).unwrap_or_default()
        };
        Ok(Held {
            memory_bytes: 1024.0 * number("VmRSS:"),
            files: std::fs::read_dir(format!("{folder}/fd"))?.count(),
            threads: number("Threads:"),
        })
    }
}

/// The process of the hostile clients: sends, and prints its table as JSON.
fn attack(address: SocketAddr, n_requests: u64, seed: u64) -> anyhow::Result<()> {
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let n = n_requests / SENDERS + u64::from(sender < n_requests % SENDERS);
            let dice = Dice(splitmix64(seed.wrapping_mul(1000).wrapping_add(sender)));
            thread::spawn(move || hostile::send(address, n, dice))
        })
        .collect();
    let (stop, stopped) = mpsc::channel::<()>();
    let slow = thread::spawn(move || slow::hold(address, Dice(splitmix64(seed)), &stopped));
    let mut table = Table::new();
    for sender in senders {
        let sent = sender.join().map_err(|_| anyhow::anyhow!("a sender panicked"))?;
        merge(&mut table, sent);
    }
    drop(stop);
    merge(&mut table, slow.join().map_err(|_| anyhow::anyhow!("the slow sender panicked"))?);
    println!("{}", serde_json::to_string(&table)?);
    Ok(())
}

fn merge(table: &mut Table, other: Table) {
    for (kind, outcomes) in other {
        let known = table.entry(kind).or_default();
        for (outcome, n) in outcomes {
            *known.entry(outcome).or_default() += n;
        }
    }
}

/// Prints what became of each kind; how many requests there were, and how many of them ended as none may.
fn tell(table: &Table) -> (u64, u64) {
    let (mut sent, mut faults) = (0, 0);
    for (kind, outcomes) in table {
        let told: Vec<String> = outcomes.iter().map(|(outcome, n)| format!("{outcome} {n}")).collect();
        println!("| {kind} | {} | {} |", outcomes.values().sum::<u64>(), told.join(", "));
        sent += outcomes.values().sum::<u64>();
        let is_fault = |outcome: &str| matches!(outcome, "500" | "502" | "504" | "hang" | "unanswered");
        faults += outcomes.iter().filter(|(outcome, _)| is_fault(outcome)).map(|(_, n)| n).sum::<u64>();
    }
    (sent, faults)
}

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, usually: u64| args.get(at).map_or(Ok(usually), |text| text.parse::<u64>());
    if args.first().is_some_and(|first| first == "--attack") {
        return attack(args.get(1).context("an address")?.parse()?, number(2, 1000)?, number(3, 1)?);
    }
    let program = args.first().map_or("target/release/oddlog-server", String::as_str);
    let (n_requests, seed) = (number(1, 1_000_000)?, number(2, 1)?);

    let folder = tempfile::tempdir()?;
    let server = Server::start(program, folder.path())?;
    let honest = Honest::new(server.address);
    honest.train()?;
    let fresh = server.held()?;
    // A server that has worked for a while has its threads and the memory that it goes on with.
    storm(&server, &honest, (n_requests / 20).max(5_000), seed.wrapping_add(1))?;
    honest.tidy()?;
    thread::sleep(REST);
    let (before, alone) = (honest.replies()?, honest.throughput(|since| since.elapsed() < ALONE)?);
    let had = server.held()?;

    let started = Instant::now();
    let (table, in_storm) = storm(&server, &honest, n_requests, seed)?;
    let took = started.elapsed();
    let names = honest.tidy()?;
    // What the last slow clients hold is given back when their time is over.
    thread::sleep(REST);
    let after = honest.replies()?;
    let alone_again = honest.throughput(|since| since.elapsed() < ALONE)?;
    let has = server.held()?;

    println!("| kind | requests | became |\n|---|---|---|");
    let (sent, faults) = tell(&table);
    let usual = f64::midpoint(alone, alone_again);
    println!("{sent} hostile requests in {took:.0?}, seed {seed}: {faults} faults");
    println!(
        "honest analyses a second: {alone:.1} before, {in_storm:.1} in the storm, {alone_again:.1} after: {:.2}",
        in_storm / usual
    );
    println!(
        "fresh:  {fresh:?}\nbefore: {had:?}\nafter:  {has:?}, {:.2} of the memory",
        has.memory_bytes / had.memory_bytes
    );
    ensure!(sent >= n_requests, "{sent} requests were sent");
    ensure!(faults == 0, "{faults} requests ended as none may");
    for (path, reply) in &before {
        let now = after.get(path).map_or(&[][..], Vec::as_slice);
        let same = reply.iter().zip(now).take_while(|(was, is)| was == is).count();
        let around = |bytes: &[u8]| {
            let part = &bytes[same.saturating_sub(60).min(bytes.len())..(same + 60).min(bytes.len())];
            String::from_utf8_lossy(part).into_owned()
        };
        ensure!(now == reply, "{path} is answered in another way: `{}` was `{}`", around(now), around(reply));
    }
    ensure!(!names.iter().any(|name| name == "smuggled"), "a request within a body was answered: {names:?}");
    // A short run is over before the server has what it goes on with, and its honest clients are too few to be counted.
    if n_requests >= LONG {
        ensure!(in_storm >= usual / 2.0, "honest clients had less than half");
        ensure!(has.memory_bytes <= 1.2 * had.memory_bytes, "memory was not given back");
    }
    ensure!(has.files <= had.files + 4, "files were not given back");
    ensure!(has.threads <= 1.2 * had.threads + 4.0, "threads were not given back");
    Ok(())
}

/// Hostile clients beside honest ones: what became of their requests, and how much the honest ones had done.
fn storm(server: &Server, honest: &Honest, n_requests: u64, seed: u64) -> anyhow::Result<(Table, f64)> {
    let mut attackers = Command::new("nice")
        .args(["-n", "10"])
        .arg(std::env::current_exe()?)
        .args(["--attack", &server.address.to_string(), &n_requests.to_string(), &seed.to_string()])
        .stdout(Stdio::piped())
        .spawn()?;
    let output = attackers.stdout.take().context("standard output is piped")?;
    let (throughput, rows) = thread::scope(|scope| {
        let reading = scope.spawn(move || BufReader::new(output).lines().collect::<Result<Vec<String>, _>>());
        let throughput = honest.throughput(|_| !reading.is_finished());
        (throughput, reading.join())
    });
    ensure!(attackers.wait()?.success(), "the hostile clients failed");
    let rows = rows.map_err(|_| anyhow::anyhow!("reading panicked"))??;
    let told = rows.last().context("the hostile clients tell what they did")?;
    Ok((serde_json::from_str(told)?, throughput?))
}
