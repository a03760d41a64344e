//! The client with `--stream`: a log is judged as it is read, by itself and by a service, as it would be whole.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

use crate::process::{Server, program};

fn oddlog(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oddlog"));
    command.current_dir(folder).env_clear();
    command
}

fn line(i: usize) -> String {
    let level = if i % 997 == 996 { "ERROR" } else { "INFO" };
    format!(
        "2024-03-{:02} {:02}:{:02}:{:02} {level} [worker-{}] request {i} of user u{} served in {} ms",
        1 + i / 86400,
        i / 3600 % 24,
        i / 60 % 60,
        i % 60,
        i % 8,
        i % 50,
        20 + i % 7
    )
}

/// A trained model, and two logs whose lines alternate; 12 MB, so that they come in several parts and the rows on them fill
/// every buffer between two programs.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    let write =
        |name: &str, lines: Vec<String>| fs::write(folder.path().join(name), lines.join("\n")).unwrap();
    write("good.log", (0..3000).map(line).collect());
    write("even.log", (0..150_000).step_by(2).map(line).collect());
    let mut odd: Vec<String> = (1..150_000).step_by(2).map(line).collect();
    odd[60_000] = "2024-03-02 09:20:01 FATAL disk sdb failed".to_owned();
    odd.insert(60_001, "  at controller 7".to_owned());
    write("odd.log", odd);
    oddlog(folder.path()).args(["--embedded", "-t", "-f", "good.log"]).assert().success();
    folder
}

fn rows(folder: &Path, name: &str) -> Vec<Value> {
    let rows = fs::read_to_string(folder.join(name)).unwrap();
    let mut rows: Vec<Value> = rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    for row in &mut rows {
        row.as_object_mut().unwrap().remove("type");
    }
    rows
}

#[test]
fn files_that_are_judged_as_they_are_read_have_the_rows_of_files_that_are_read_whole() {
    let folder = folder();
    let path = folder.path();
    let whole = ["--embedded", "--lines", "whole.ndjson", "-f", "even.log", "-f", "odd.log"];
    oddlog(path).args(whole).assert().success();
    let whole = rows(path, "whole.ndjson");
    assert_eq!(whole.len(), 150_001);
    let mut server = None;
    for is_embedded in [true, false] {
        let place = if is_embedded {
            vec!["--embedded"]
        } else {
            let server = server.insert(Server::start(program(path).args(["--listen", "127.0.0.1:0"])));
            vec!["--url", server.url.as_str()]
        };
        let args = ["--stream", "--lines", "rows.ndjson", "-f", "even.log", "-f", "odd.log"];
        let assert = oddlog(path).args(&place).args(args).assert().success();
        let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
        let streamed = rows(path, "rows.ndjson");
        assert!(streamed == whole, "{place:?}: {:?}", streamed.iter().zip(&whole).find(|(a, b)| a != b));
        assert!(
            text.contains("disk sdb failed") && text.contains("Where: odd.log:60001\n"),
            "{place:?}: {text}"
        );
        assert!(text.contains("Read 150,001 lines: "), "{place:?}: {text}");
        assert!(text.ends_with("Lines saved as rows.ndjson\n"), "{place:?}: {text}");
    }
    let server = server.expect("it was started");
    let args = ["--stream", "--json", "--fail-on-outliers", "-f", "odd.log", "--url", &server.url];
    let assert = oddlog(path).args(args).assert().code(3);
    let rows: Vec<Value> = assert
        .get_output()
        .stdout
        .split(|&b| b == b'\n')
        .filter_map(|row| serde_json::from_slice(row).ok())
        .collect();
    assert_eq!(rows.iter().filter(|row| row["type"] == "line").count(), 75_001);
    assert_eq!(rows.last().unwrap()["type"], "summary");
    assert_eq!(rows.last().unwrap()["statistics"]["lines"], 75_001);
}

#[test]
fn without_a_trained_model_a_stream_is_refused_and_what_a_service_refuses_is_said() {
    let folder = folder();
    let path = folder.path();
    let ended = |args: &[&str], status: i32| {
        let assert = oddlog(path).args(["--stream", "-f"]).args(args).assert().code(status);
        String::from_utf8_lossy(&assert.get_output().stderr).into_owned()
    };
    let said = |args: &[&str]| ended(args, 1);
    let text = said(&["good.log", "--embedded", "--model", "other"]);
    assert!(text.starts_with("oddlog: the model `other` was never trained: "), "{text}");
    let server =
        Server::start(program(path).args(["--listen", "127.0.0.1:0", "--stream-limit-bytes", "1000000"]));
    let text = ended(&["good.log", "--url", &server.url, "--model", "No Name"], 2);
    assert!(text.contains("answered 422: `model` is wrong: model name `No Name` is not valid"), "{text}");
    let text = said(&["odd.log", "--url", &server.url]);
    assert!(text.contains("larger than 1000000 bytes") && text.contains("--stream-limit-bytes"), "{text}");
    let text = said(&["good.log", "--url", "http://127.0.0.1:9"]);
    assert!(text.starts_with("oddlog: cannot reach the service at http://127.0.0.1:9"), "{text}");
}

#[test]
fn a_training_that_fails_within_a_file_says_how_much_was_learnt_and_a_wrong_name_learns_nothing() {
    let folder = TempDir::new().unwrap();
    let text = (0..2000).map(line).collect::<Vec<_>>().join("\n");
    fs::write(folder.path().join("good.log"), &text).unwrap();
    let train = |name: &str| {
        let assert =
            oddlog(folder.path()).args(["--embedded", "-t", "-f", "good.log", "-f", name]).assert().code(1);
        String::from_utf8_lossy(&assert.get_output().stderr).into_owned()
    };
    assert!(train("missing.log").starts_with("oddlog: cannot read `missing.log`"));
    assert!(!folder.path().join("models").join("default").exists());
    let packed = zstd::encode_all(text.as_bytes(), 1).unwrap();
    fs::write(folder.path().join("cut.zst"), &packed[..packed.len() / 2]).unwrap();
    let said = train("cut.zst");
    assert!(
        said.contains("2000 lines were learnt before this\n") && said.contains("does not unpack"),
        "{said}"
    );
}
