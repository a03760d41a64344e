//! A real server on a disk of half a megabyte, full or read-only. Needs Linux name spaces; where they are not allowed, it says so and skips.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use oddlog::models::Models;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A server whose models folder is a file system of its own, in memory.
struct Server {
    child: Child,
    url: String,
    agent: ureq::Agent,
}

impl Server {
    fn start(disk: &Path) -> Option<Self> {
        Self::start_after("true", disk)
    }

    /// As [`Server::start`]; `before` runs where the server sees its disk, first.
    fn start_after(before: &str, disk: &Path) -> Option<Self> {
        let script = format!(
            r#"mount -t tmpfs -o size=512k tmpfs "$1" && {before} && exec "$2" --log-format text --listen 127.0.0.1:0 --models-dir "$1""#
        );
        let spawned = Command::new("unshare")
            .args(["--map-root-user", "--mount", "sh", "-c", &script, "sh"])
            .arg(disk)
            .arg(env!("CARGO_BIN_EXE_oddlog-server"))
            .stderr(Stdio::piped())
            .spawn();
        let mut child = spawned.ok()?;
        let mut log = BufReader::new(child.stderr.take()?).lines();
        let url = log.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, url) = line.split_once("Listening on ")?;
            Some(url.split_whitespace().next()?.to_owned())
        });
        // what it says later must not block it
        std::thread::spawn(move || log.count());
        let Some(url) = url else {
            let _ = child.wait();
            return None;
        };
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        Some(Self { child, url, agent })
    }

    /// Runs a command where the server sees its disk.
    fn beside(&self, script: &str, disk: &Path) {
        let pid = self.child.id().to_string();
        let run = Command::new("nsenter")
            .args(["--target", &pid, "--user", "--mount", "--preserve-credentials", "sh", "-c", script, "sh"])
            .arg(disk)
            .stderr(Stdio::null())
            .status();
        assert!(run.unwrap().success(), "{script}");
    }

    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.agent.post(format!("{}{path}", self.url));
        let mut answer = request.header("Content-Type", "application/json").send(body.to_string()).unwrap();
        (
            answer.status().as_u16(),
            serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap(),
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_full_disk_refuses_training_while_the_old_model_answers_and_mends_by_itself() {
    let folder = TempDir::new().unwrap();
    let Some(server) = Server::start(folder.path()) else {
        println!("skipped: no mount name space here");
        return;
    };
    let lines: Vec<String> = (0..50).map(|n| format!("INFO request {n} served")).collect();
    let train = json!({"logs": lines});
    let analysis = json!({"logs": ["INFO request 7 served"], "visualization": false});
    assert_eq!(server.post("/train", &train).0, 200);
    assert_eq!(server.post("/analyze_logs", &analysis).1["model"]["trained_lines"], 50);

    server.beside(r#"dd if=/dev/zero of="$1/filler" bs=1k; true"#, folder.path());
    for _ in 0..2 {
        let (status, problem) = server.post("/train", &train);
        assert_eq!((status, &problem["error"]), (507, &json!("storage_full")), "{problem}");
        let (status, reply) = server.post("/analyze_logs", &analysis);
        assert_eq!((status, &reply["model"]["trained_lines"]), (200, &json!(50)));
    }

    server.beside(r#"rm "$1/filler""#, folder.path());
    assert_eq!(server.post("/train", &train).0, 200);
    assert_eq!(server.post("/analyze_logs", &analysis).1["model"]["trained_lines"], 100);
}

#[test]
fn a_server_starts_on_a_read_only_folder_answers_and_learns_again_once_it_can_write() {
    let folder = TempDir::new().unwrap();
    // a model of another server, put there before the disk becomes read-only
    let made = TempDir::new().unwrap();
    let models = Models::open(made.path()).unwrap();
    models
        .train("default", &(0..50).map(|n| format!("INFO request {n} served")).collect::<Vec<_>>())
        .unwrap();
    models.publish("default").unwrap();
    models.train("default", &["INFO one more that is in the journal alone"]).unwrap();
    drop(models);
    let copy = format!(r#"cp {}/* "$1" && mount -o remount,ro "$1""#, made.path().display());
    let Some(server) = Server::start_after(&copy, folder.path()) else {
        println!("skipped: no mount name space here");
        return;
    };
    let train = json!({"logs": ["INFO another line"]});
    let analysis = json!({"logs": ["INFO request 7 served"], "visualization": false});
    for _ in 0..2 {
        let (status, problem) = server.post("/train", &train);
        assert_eq!((status, &problem["error"]), (503, &json!("storage_read_only")), "{problem}");
        let (status, reply) = server.post("/analyze_logs", &analysis);
        assert_eq!((status, &reply["model"]["trained_lines"]), (200, &json!(51)));
    }
    server.beside(r#"mount -o remount,rw "$1""#, folder.path());
    assert_eq!(server.post("/train", &train).0, 200);
    assert_eq!(server.post("/analyze_logs", &analysis).1["model"]["trained_lines"], 52);
}
