//! Kills a server again and again, and counts what it has lost or counted twice: both must be nothing.
//!
//! `cargo run --example kill_server -- target/release/oddlog-server 300`
//!
//! Each round starts the server, trains it in small batches with an `Idempotency-Key` each, now and then forgets a day
//! or goes back to a former generation, and sends it SIGKILL at a random moment: while it starts, trains, or writes its fit. What was under way at that
//! moment is sent again after the next start. Then the digest of the model's state is compared with that of all
//! acknowledged requests, each counted once, in a state of this process. Prints a table of moments, kills and faults;
//! ends with 1 at the first fault.

#![allow(clippy::print_stdout, reason = "the table is the purpose")]

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use oddlog::analysis::read::Lines;
use oddlog::ml::rng::splitmix64;
use oddlog::models::{DEFAULT_MODEL, Models, Partial};
use oddlog::state::{Days, State};
use serde_json::{Value, json};

/// Days since 1970-01-01 of 2024-03-01.
const FIRST_OF_MARCH: i32 = 19_783;

/// Chosen so that a batch takes about as long as the sync of its record: kills fall into all of it.
const LINES_PER_BATCH: u64 = 20;

/// When a round's kill comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    Start,
    Training,
    Publishing,
}

/// A request that changes the model.
#[derive(Clone, Debug)]
enum Act {
    Train { key: String, lines: Vec<String> },
    Forget { day: i32 },
    RollBack { to: u64, state: State },
}

/// Random numbers of a fixed seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(1);
        splitmix64(self.0) % n
    }
}

/// States that a rollback can go to are found among so many of the last.
const REMEMBERED: usize = 400;

/// A server that runs, and where. It is killed when nothing needs it any more, also where the harness stops at a fault.
struct Server {
    child: Child,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts the server; with `kill_after` it is killed then, whether it has come up or not.
    fn start(program: &str, dir: &Path, kill_after: Option<Duration>) -> anyhow::Result<Option<Self>> {
        let mut child = Command::new(program)
            .args(["--log-format", "text", "--listen", "127.0.0.1:0", "--models-dir"])
            .arg(dir)
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {program}"))?;
        if let Some(delay) = kill_after {
            thread::sleep(delay);
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        let log = child.stderr.take().context("standard error is piped")?;
        let (found, address) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(log).lines().map_while(Result::ok) {
                if let Some((_, url)) = line.split_once("Listening on ") {
                    let _ = found.send(url.split_whitespace().next().unwrap_or_default().to_owned());
                } else if line.contains("ERROR") || line.starts_with("oddlog-server:") {
                    println!("the server said: {line}");
                }
            }
        });
        let url = address.recv_timeout(Duration::from_secs(60)).context("the server did not come up")?;
        Ok(Some(Self { child, url }))
    }

    /// Whether the act was acknowledged; `false` where the connection broke.
    fn send(&self, act: &Act) -> anyhow::Result<bool> {
        let answer = match act {
            Act::Train { key, lines } => ureq::post(format!("{}/v1/train", self.url))
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", key)
                .send(json!({"logs": lines}).to_string()),
            Act::Forget { day } => {
                let date = format!("2024-03-{:02}", day - FIRST_OF_MARCH + 1);
                let path = format!("/v1/models/{DEFAULT_MODEL}/slices?from={date}&to={date}");
                ureq::delete(format!("{}{path}", self.url)).call()
            }
            Act::RollBack { to, .. } => {
                ureq::post(format!("{}/v1/models/{DEFAULT_MODEL}/rollback", self.url))
                    .header("Content-Type", "application/json")
                    .send(json!({"to": to}).to_string())
            }
        };
        match answer {
            Ok(_) => Ok(true),
            // Nothing to forget in a model that is not there yet.
            Err(ureq::Error::StatusCode(404)) if matches!(act, Act::Forget { .. }) => Ok(true),
            Err(ureq::Error::StatusCode(status)) => bail!("{act:?} was answered {status}"),
            Err(_) => Ok(false),
        }
    }

    /// The generations of the model that lost no day: number and digest of the state.
    fn generations(&self) -> anyhow::Result<Vec<(u64, String)>> {
        let answer = ureq::get(format!("{}/v1/models/{DEFAULT_MODEL}/generations", self.url)).call();
        let Ok(mut answer) = answer else { return Ok(Vec::new()) };
        let page: Value = serde_json::from_str(&answer.body_mut().read_to_string()?)?;
        let whole = page["items"].as_array().into_iter().flatten().filter(|item| item["reduced"] == false);
        let parts =
            |item: &Value| Some((item["generation"].as_u64()?, item["state_digest"].as_str()?.to_owned()));
        Ok(whole.filter_map(parts).collect())
    }

    /// The digest of the model's state; `None` where there is no model yet.
    fn digest(&self) -> anyhow::Result<Option<String>> {
        match ureq::get(format!("{}/v1/models/{DEFAULT_MODEL}", self.url)).call() {
            Err(ureq::Error::StatusCode(404)) => Ok(None),
            answer => {
                let text = answer?.body_mut().read_to_string()?;
                let model: Value = serde_json::from_str(&text)?;
                Ok(model["state_digest"].as_str().map(str::to_owned))
            }
        }
    }
}

/// What was acknowledged, added up in this process.
#[derive(Default)]
struct Expected {
    state: State,
    acts: Vec<Act>,
    /// The last states with their digests, the newest at the end.
    former: VecDeque<(String, State)>,
}

impl Expected {
    fn add(&mut self, act: Act) {
        match &act {
            Act::Train { lines, .. } => self.state.merge(Lines::read(lines).state()),
            Act::Forget { day } => {
                self.state.forget(&Days::between(*day, *day));
            }
            Act::RollBack { state, .. } => self.state = state.clone(),
        }
        self.acts.push(act);
        self.former.push_back((self.digest(), self.state.clone()));
        if self.former.len() > REMEMBERED {
            self.former.pop_front();
        }
    }

    fn digest(&self) -> String {
        let bytes = oddlog::store::encode(&self.state).expect("a state can be encoded");
        format!("{:016x}", xxhash_rust::xxh3::xxh3_64(&bytes))
    }

    /// A rollback to one of the generations whose state is remembered.
    fn roll_back(&self, server: &Server, dice: &mut Dice) -> anyhow::Result<Option<Act>> {
        let generations = server.generations()?;
        let known: Vec<Act> = generations
            .into_iter()
            .filter_map(|(to, digest)| {
                let state = self.former.iter().find(|former| former.0 == digest)?.1.clone();
                Some(Act::RollBack { to, state })
            })
            .collect();
        let chosen = if known.is_empty() { 0 } else { dice.below(known.len() as u64) as usize };
        Ok(known.into_iter().nth(chosen))
    }
}

fn next_act(dice: &mut Dice, number: usize) -> Act {
    if dice.below(40) == 0 {
        return Act::Forget { day: FIRST_OF_MARCH + dice.below(9) as i32 };
    }
    let lines = (0..LINES_PER_BATCH).map(|_| {
        let (day, hour, n) = (1 + dice.below(9), dice.below(24), dice.below(100_000));
        match dice.below(4) {
            0 => format!("2024-03-0{day} {hour:02}:10:00 ERROR disk sd{} failed after {n} ms", n % 7),
            1 => format!("2024-03-0{day} {hour:02}:20:00 WARN cache miss for key k{n}"),
            2 => format!("worker {n} of pool {} restarted", n % 50),
            _ => format!("2024-03-0{day} {hour:02}:30:00 INFO request {n} of user u{} served", n % 900),
        }
    });
    Act::Train { key: format!("act-{number}"), lines: lines.collect() }
}

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let program = args.next().unwrap_or_else(|| "target/release/oddlog-server".to_owned());
    let kills: usize = args.next().map_or(Ok(300), |n| n.parse())?;
    let seed: u64 = args.next().map_or(Ok(1), |n| n.parse())?;

    let folder = tempfile::tempdir()?;
    let mut dice = Dice(splitmix64(seed));
    let mut expected = Expected::default();
    let mut under_way: Option<Act> = None;
    let mut number = 0;
    let mut table = [(Moment::Start, 0), (Moment::Training, 0), (Moment::Publishing, 0)];
    // Acts that the kill interrupted: on disk already, or not.
    let (mut kept, mut not_kept) = (0, 0);
    let started = Instant::now();

    let mut rollbacks = 0;
    for kill in 1..=kills + 1 {
        let moment =
            [Moment::Start, Moment::Training, Moment::Training, Moment::Publishing, Moment::Publishing]
                [dice.below(5) as usize];
        if moment == Moment::Start && kill <= kills {
            let delay = Duration::from_micros(dice.below(40_000));
            Server::start(&program, folder.path(), Some(delay))?;
            table[0].1 += 1;
            continue;
        }
        let Some(mut server) = Server::start(&program, folder.path(), None)? else { bail!("not started") };
        // First: what is there is all that was acknowledged, with or without what was under way.
        let found = server.digest()?.unwrap_or_else(|| "none".to_owned());
        let before = if expected.acts.is_empty() { "none".to_owned() } else { expected.digest() };
        let was_under_way = under_way.take();
        if let Some(act) = was_under_way {
            let without = found == before;
            ensure!(server.send(&act)?, "round {kill}: {act:?} broke off without a kill");
            expected.add(act);
            let with = found == expected.digest();
            ensure!(with || without, "round {kill}: {found} after the start, {before} was acknowledged");
            if with { kept += 1 } else { not_kept += 1 }
        } else {
            ensure!(found == before, "round {kill}: {found} after the start, {before} was acknowledged");
        }
        if !expected.acts.is_empty() {
            let (found, wanted) = (server.digest()?, expected.digest());
            ensure!(
                found.as_ref() == Some(&wanted),
                "round {kill}: {found:?} is there, {wanted} was acknowledged"
            );
        }
        if kill > kills {
            server.child.kill()?;
            server.child.wait()?;
            break;
        }

        // The fit comes 300 ms after the last training and takes some ten ms.
        let (training, pause) = match moment {
            Moment::Publishing => (dice.below(60), 290 + dice.below(60)),
            _ => (dice.below(150), 0),
        };
        let until = Instant::now() + Duration::from_millis(training);
        if moment == Moment::Publishing {
            loop {
                number += 1;
                let mut act = next_act(&mut dice, number);
                if dice.below(60) == 0
                    && let Some(back) = expected.roll_back(&server, &mut dice)?
                {
                    act = back;
                    rollbacks += 1;
                }
                ensure!(server.send(&act)?, "round {kill}: {act:?} broke off without a kill");
                expected.add(act);
                if Instant::now() >= until {
                    break;
                }
            }
            thread::sleep(Duration::from_millis(pause) + Duration::from_micros(dice.below(1000)));
            server.child.kill()?;
        } else {
            let mut first = if dice.below(4) == 0 { expected.roll_back(&server, &mut dice)? } else { None };
            rollbacks += usize::from(first.is_some());
            let mut child = std::mem::replace(&mut server.child, Command::new("true").spawn()?);
            let delay = Duration::from_millis(training) + Duration::from_micros(dice.below(1000));
            let killer = thread::spawn(move || {
                thread::sleep(delay);
                let killed = child.kill();
                (child, killed)
            });
            loop {
                number += 1;
                let act = first.take().unwrap_or_else(|| next_act(&mut dice, number));
                if !server.send(&act)? {
                    under_way = Some(act);
                    break;
                }
                expected.add(act);
            }
            let Ok((mut child, killed)) = killer.join() else { bail!("the killer panicked") };
            killed?;
            child.wait()?;
        }
        server.child.wait()?;
        table[if moment == Moment::Training { 1 } else { 2 }].1 += 1;
    }

    // Last: a model that learns the same acts from the beginning has the same digest.
    let fresh_folder = tempfile::tempdir()?;
    let fresh = Models::open(fresh_folder.path())?;
    for act in &expected.acts {
        match act {
            Act::Train { lines, .. } => {
                fresh.train(DEFAULT_MODEL, lines)?;
            }
            Act::Forget { day } => {
                if !fresh.names().is_empty() {
                    fresh.forget(DEFAULT_MODEL, &Days::between(*day, *day))?;
                }
            }
            Act::RollBack { state, .. } => {
                fresh.delete(DEFAULT_MODEL)?;
                fresh.merge(DEFAULT_MODEL, &Partial::from(state.clone()), None)?;
            }
        }
    }
    let (fresh, wanted) = (format!("{:016x}", fresh.info(DEFAULT_MODEL)?.state_digest), expected.digest());
    ensure!(fresh == wanted, "a fresh model has {fresh}, and {wanted} was acknowledged");

    for (moment, kills) in table {
        println!("{moment:?}: {kills} kills");
    }
    let (acts, lines) = (expected.acts.len(), expected.state.lines());
    println!("{acts} acknowledged acts, {lines} lines in the end: 0 lost, 0 doubled");
    println!("{rollbacks} rollbacks, some of them interrupted");
    println!("interrupted: {kept} were on disk already, {not_kept} were not; {:?}", started.elapsed());
    Ok(())
}
