//! The server as a process: what makes it refuse to start, its first token, TLS, its log, its end.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The server with a models folder, nothing of the environment, and a free port of this machine.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oddlog-server"));
    command.env_clear().current_dir(folder).args(["--models-dir", "models"]);
    command
}

fn said(command: &mut Command) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = command.output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    /// What it logs, row by row.
    log: mpsc::Receiver<String>,
}

impl Server {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let rows = BufReader::new(child.stderr.take().unwrap()).lines();
        let (sender, log) = mpsc::channel();
        std::thread::spawn(move || rows.map_while(Result::ok).try_for_each(|row| sender.send(row)));
        let url = loop {
            let row = log.recv_timeout(Duration::from_secs(20)).expect("the server says where it listens");
            let row: Value = serde_json::from_str(&row).expect("the log is JSON where it is no terminal");
            if let Some((_, url)) = row["message"].as_str().and_then(|said| said.split_once("Listening on "))
            {
                break url.to_owned();
            }
        };
        Self { child, url, log }
    }

    fn address(&self) -> &str {
        self.url.split_once("://").unwrap().1
    }

    fn agent() -> ureq::Agent {
        ureq::Agent::config_builder().http_status_as_error(false).build().into()
    }

    fn post(&self, path: &str, token: Option<&str>, body: &str) -> (u16, String) {
        let mut request = Self::agent().post(format!("{}{path}", self.url)).content_type("application/json");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut reply = request.send(body).unwrap();
        (reply.status().as_u16(), reply.body_mut().read_to_string().unwrap())
    }

    /// Asks it to end, and says how it did, after how long, and what it logged in all.
    fn stop(mut self) -> (Option<i32>, Duration, Vec<String>) {
        let began = Instant::now();
        let killed = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let status = self.child.wait().unwrap();
        (status.code(), began.elapsed(), self.log.iter().collect())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn where_other_machines_reach_it_a_server_without_a_token_refuses_to_start_and_says_what_to_do() {
    let folder = TempDir::new().unwrap();
    let (code, told) = said(program(folder.path()).args(["--listen", "0.0.0.0:0"]));
    assert_eq!(code, Some(1));
    for way in
        ["--tokens-file", "ODDLOG_TOKEN", "--first-run-token", "127.0.0.1:5000", "--insecure-without-token"]
    {
        assert!(told.contains(way), "{way}: {told}");
    }
    assert!(!folder.path().join("models").exists(), "nothing was made");
}

#[test]
fn a_check_says_whether_the_server_would_start_and_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let check = |args: &[&str]| said(program(folder.path()).arg("--check").args(args));
    assert_eq!(check(&[]).0, Some(0));
    assert_eq!(check(&["--listen", "0.0.0.0:0", "--first-run-token"]).0, Some(0));
    assert!(!folder.path().join("models").exists(), "nothing was made");
    fs::write(folder.path().join("tokens"), "ci fly 0123456789abcdef").unwrap();
    for (args, fault) in [
        (&["--listen", "0.0.0.0:0"][..], "refusing to listen"),
        (&["--tokens-file", "tokens"], "`fly` is no right"),
        (&["--tokens-file", "nowhere"], "`nowhere`"),
        (&["--tls-cert", "tokens"], "--tls-key"),
        (&["--tls-cert", "tokens", "--tls-key", "tokens"], "there is no certificate in `tokens`"),
        (&["--max-requests", "0", "--max-connections", "0"], "--max-connections is 0"),
        (&["--log", "a=b=c"], "--log `a=b=c` is no filter"),
    ] {
        let (code, told) = check(args);
        assert!(code == Some(1) && told.contains(fault), "{args:?}: {told}");
        assert!(!told.contains("0123456789abcdef"), "{told}");
    }
}

#[test]
fn the_first_token_is_printed_once_is_kept_as_a_hash_and_opens_the_server_again_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let start = || {
        let mut command = program(folder.path());
        command.args(["--listen", "0.0.0.0:0"]).env("ODDLOG_FIRST_RUN_TOKEN", "true");
        let mut server = Server::start(&mut command);
        server.url = server.url.replace("0.0.0.0", "127.0.0.1");
        server
    };
    let mut server = start();
    let mut row = String::new();
    BufReader::new(server.child.stdout.take().unwrap()).read_line(&mut row).unwrap();
    let token = row.trim().rsplit_once(' ').unwrap().1.to_owned();
    assert_eq!(server.post("/train", None, r#"{"logs": ["a"]}"#).0, 401);
    assert_eq!(server.post("/train", Some(&token), r#"{"logs": ["a"]}"#).0, 200);
    let (_, _, log) = server.stop();
    assert!(!log.iter().any(|row| row.contains(&token)), "a token is never logged: {log:#?}");

    let file = folder.path().join("models/api-tokens.txt");
    assert!(!fs::read_to_string(&file).unwrap().contains(&token));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    let mut server = start();
    assert_eq!(server.post("/train", Some(&token), r#"{"logs": ["a"]}"#).0, 200);
    let mut printed = server.child.stdout.take().unwrap();
    server.stop();
    let mut again = String::new();
    printed.read_to_string(&mut again).unwrap();
    assert_eq!(again, "", "the second start prints nothing");
}

#[test]
fn the_client_shows_its_token_over_tls() {
    let folder = TempDir::new().unwrap();
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let rcgen::CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(names).unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    file("cert.pem", &cert.pem());
    file("key.pem", &signing_key.serialize_pem());
    file("tokens.txt", "ci train,analyze 0123456789abcdef");
    file("token.txt", "0123456789abcdef\n");
    file("app.log", "2024-03-01 10:00:00 INFO all is well\n");
    let server = Server::start(program(folder.path()).args([
        "--listen",
        "127.0.0.1:0",
        "--tokens-file",
        "tokens.txt",
        "--tls-cert",
        "cert.pem",
        "--tls-key",
        "key.pem",
    ]));
    assert!(server.url.starts_with("https://"), "{}", server.url);
    let client = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_oddlog"));
        command.env_clear().current_dir(folder.path()).args(["-t", "-f", "app.log", "--url", &server.url]);
        said(command.args(args))
    };
    let (code, told) = client(&["--token-file", "token.txt", "--ca-cert", "cert.pem"]);
    assert_eq!(code, Some(0), "{told}");
    let (code, told) = client(&["--ca-cert", "cert.pem"]);
    assert!(code == Some(1) && told.contains("answered 401") && told.contains("API token"), "{told}");
    let (code, told) = client(&["--token-file", "token.txt"]);
    assert!(code == Some(1) && told.contains("certificate"), "an unknown certificate is not trusted: {told}");
    let (code, told) = said(program(folder.path()).args([
        "--health-check",
        "--listen",
        server.address(),
        "--tls-cert",
        "cert.pem",
        "--tls-key",
        "key.pem",
    ]));
    assert_eq!(code, Some(0), "{told}");
}

#[test]
fn a_health_check_fails_where_nobody_listens() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(program(folder.path()).args(["--listen", "127.0.0.1:0"]));
    let address = server.address().to_owned();
    assert_eq!(said(program(folder.path()).args(["--health-check", "--listen", &address])).0, Some(0));
    server.stop();
    assert_eq!(said(program(folder.path()).args(["--health-check", "--listen", &address])).0, Some(1));
}

#[test]
fn nothing_of_a_line_is_logged_and_every_change_is_audited() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("tokens.txt"), "ci all 0123456789abcdef\nlooker analyze fedcba9876543210")
        .unwrap();
    let server = Server::start(program(folder.path()).args([
        "--listen",
        "127.0.0.1:0",
        "--tokens-file",
        "tokens.txt",
    ]));
    let token = Some("0123456789abcdef");
    let line = "2024-03-01 10:00:00 ERROR Xyzzy42 of customer Plugh43 failed";
    let post = |path: &str, body: Value| server.post(path, token, &body.to_string());
    assert_eq!(post("/train", json!({"logs": [line, line]})).0, 200);
    assert_eq!(post("/analyze_logs", json!({"logs": [line], "include": ["lines"]})).0, 200);
    assert_eq!(post("/v1/compare", json!({"logs": [line], "baseline": [line]})).0, 200);
    assert_eq!(post("/train", json!({"logs": [line, 7]})).0, 400);
    assert_eq!(post("/train", json!({"logs": [line], "model": line})).0, 422);
    assert_eq!(
        post("/analyze_logs", json!({"logs": [line], "session_pattern": line.to_owned() + "("})).0,
        422
    );
    assert_eq!(server.post("/train", token, line).0, 400);
    assert_eq!(server.post("/train", Some("fedcba9876543210"), "{}").0, 403);
    let delete = Server::agent().delete(format!("{}/v1/models/default", server.url));
    let deleted =
        delete.header("authorization", "Bearer 0123456789abcdef").header("x-request-id", "my-id").call();
    assert_eq!(deleted.unwrap().status(), 204);
    let (_, _, log) = server.stop();

    for secret in ["Xyzzy42", "Plugh43", "xyzzy42", "0123456789abcdef", "fedcba9876543210"] {
        assert!(!log.iter().any(|row| row.contains(secret)), "{secret}: {log:#?}");
    }
    let rows: Vec<Value> = log.iter().map(|row| serde_json::from_str(row).unwrap()).collect();
    let audited: Vec<_> = rows.iter().filter(|row| row["target"] == "audit").collect();
    let told = |row: &Value| {
        [&row["caller"], &row["action"], &row["model"]].map(|value| value.as_str().unwrap_or("").to_owned())
    };
    let told: Vec<_> = audited.iter().map(|row| told(row).join(" ")).collect();
    assert_eq!(told, ["ci train default", "looker refused ", "ci delete default"]);
    assert_eq!(audited[2]["request"], "my-id");
    assert_eq!(audited[2]["peer"], "127.0.0.1");
}

#[test]
fn what_was_accepted_is_finished_when_the_server_is_told_to_stop() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(program(folder.path()).args(["--listen", "127.0.0.1:0"]));
    let lines: Vec<String> =
        (0..2000).map(|i| format!("2024-03-01 10:00:00 INFO request {i} of {} served", i * 7)).collect();
    let body = json!({ "logs": lines }).to_string();
    let mut slow = TcpStream::connect(server.address()).unwrap();
    let head = format!(
        "POST /train HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    slow.write_all(head.as_bytes()).unwrap();
    slow.write_all(&body.as_bytes()[..1000]).unwrap();
    // an idle connection must not hold up the end
    let idle = TcpStream::connect(server.address()).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    let address = server.address().to_owned();
    let rest = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(700));
        let refused = TcpStream::connect(&address).is_err();
        slow.write_all(&body.as_bytes()[1000..]).unwrap();
        let mut reply = String::new();
        slow.read_to_string(&mut reply).unwrap();
        (refused, reply)
    });
    let (code, took, _) = server.stop();
    drop(idle);
    let (refused, reply) = rest.join().unwrap();
    assert!(refused, "nobody new is let in");
    assert!(reply.starts_with("HTTP/1.1 200") && reply.contains(r#""logs_processed":2000"#), "{reply}");
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(10), "{took:?}");
    let models = oddlog::models::Models::open(&folder.path().join("models")).unwrap();
    assert_eq!(models.info("default").unwrap().trained_lines, 2000);
    assert_eq!(models.info("default").unwrap().generation, 1, "the fit was published, too");
}

#[test]
fn a_client_that_never_sends_its_headers_loses_its_place() {
    let folder = TempDir::new().unwrap();
    let args = ["--listen", "127.0.0.1:0", "--header-timeout-seconds", "1", "--max-connections", "2"];
    let server = Server::start(program(folder.path()).args(args));
    let mut held: Vec<_> = (0..2).map(|_| TcpStream::connect(server.address()).unwrap()).collect();
    held[0].write_all(b"POST /train HTTP/1.1\r\nHost: localhost\r\nX-A: ").unwrap();
    let began = Instant::now();
    let honest = Server::agent().get(format!("{}/health", server.url)).call().unwrap();
    assert_eq!(honest.status(), 200);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let mut end = Vec::new();
    held[0].read_to_end(&mut end).unwrap();
}

#[test]
fn a_client_that_closes_its_half_of_the_connection_still_gets_its_answer() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(program(folder.path()).args(["--listen", "127.0.0.1:0"]));
    let body = json!({"logs": ["2024-03-01 10:00:00 INFO a", "b"]}).to_string();
    let mut half = TcpStream::connect(server.address()).unwrap();
    let head = "POST /analyze_logs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json";
    write!(half, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    half.shutdown(std::net::Shutdown::Write).unwrap();
    let mut reply = String::new();
    half.read_to_string(&mut reply).unwrap();
    assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
}
