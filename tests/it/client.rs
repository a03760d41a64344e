//! The client program: what it reads, prints, and exits with.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// A folder with a log of two ordinary kinds of line, 20 of each.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    let lines: Vec<String> = (0..40)
        .map(|i| match i % 2 {
            0 => format!("2024-03-01 08:00:{i:02} INFO request {i} served in {} ms", 20 + i % 7),
            _ => format!("2024-03-01 08:00:{i:02} INFO user u{i} opened page {}", i % 9),
        })
        .collect();
    fs::write(folder.path().join("log_dataset.json"), serde_json::to_string(&lines).unwrap()).unwrap();
    fs::write(folder.path().join("plain.log"), lines.join("\n")).unwrap();
    folder
}

/// The client in a folder, doing the work itself.
fn oddlog(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oddlog"));
    command.current_dir(folder).env_clear().arg("--embedded");
    command
}

fn stdout(command: &mut Command) -> String {
    String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
}

#[test]
fn without_arguments_it_analyses_the_default_file_and_saves_the_picture() {
    let folder = folder();
    let text = stdout(&mut oddlog(folder.path()));
    assert!(text.starts_with("Running in analysis mode...\nCommon Patterns:\nPattern "), "{text}");
    assert!(text.contains(" occurrences\nExample logs:\n  - "), "{text}");
    assert!(text.contains("\nSignificant Outliers:\n"), "{text}");
    assert!(text.ends_with("Visualization saved as log_visualization.png\n"), "{text}");
    let png = fs::read(folder.path().join("log_visualization.png")).unwrap();
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
}

#[test]
fn training_prints_as_the_original_did_and_the_models_are_used_afterwards() {
    let folder = folder();
    let text = stdout(oddlog(folder.path()).args(["-t", "-f", "plain.log", "--batch-size", "7"]));
    assert!(text.starts_with("Running in training mode...\nTraining completed\n"), "{text}");
    let reply = stdout(oddlog(folder.path()).args(["--json", "-f", "plain.log"]));
    let reply: Value = serde_json::from_str(&reply).unwrap();
    assert_eq!(reply["model"]["trained_lines"], 40, "{}", reply["model"]);
    assert!(!folder.path().join("log_visualization.png").exists());
}

#[test]
fn packed_files_and_standard_input_are_read_as_one_log() {
    let folder = folder();
    let plain = fs::read(folder.path().join("plain.log")).unwrap();
    fs::write(folder.path().join("packed"), zstd::encode_all(&plain[..], 1).unwrap()).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, &plain).unwrap();
    fs::write(folder.path().join("packed.gz"), gzip.finish().unwrap()).unwrap();
    let mut command = oddlog(folder.path());
    command
        .args(["--json", "-f", "packed", "-f", "packed.gz", "-f", "-"])
        .write_stdin(&b"one more\ntwo more\xff\n"[..]);
    let reply: Value = serde_json::from_str(&stdout(&mut command)).unwrap();
    assert_eq!(reply["statistics"]["lines"], 82);
}

#[test]
fn rows_of_every_line_go_to_a_file() {
    let folder = folder();
    let text = stdout(oddlog(folder.path()).args(["--lines", "rows.ndjson", "-o", "p.png"]));
    assert!(text.ends_with("Lines saved as rows.ndjson\nVisualization saved as p.png\n"), "{text}");
    let rows = fs::read_to_string(folder.path().join("rows.ndjson")).unwrap();
    let ids: Vec<Value> =
        rows.lines().map(|row| serde_json::from_str::<Value>(row).unwrap()["log_id"].clone()).collect();
    assert_eq!(ids, (0..40).map(Value::from).collect::<Vec<_>>());
}

#[test]
fn outliers_end_it_with_status_3_where_that_was_asked_for() {
    let folder = folder();
    let trained = oddlog(folder.path()).args(["-t", "-f", "plain.log"]).assert();
    trained.success();
    let odd = "2024-03-01 09:30:00 ERROR disk /dev/sdb1 failed: I/O error, remounting read-only\n".repeat(5);
    fs::write(folder.path().join("odd.log"), odd).unwrap();
    oddlog(folder.path()).args(["-f", "odd.log", "--fail-on-outliers"]).assert().code(3);
    oddlog(folder.path()).args(["-f", "odd.log"]).assert().code(0);
}

#[test]
fn a_failure_is_status_1_and_names_the_file_or_the_address() {
    let folder = folder();
    fs::write(folder.path().join("broken.json"), "[\"a\", ").unwrap();
    for (args, said) in [
        (&["-f", "missing.log"][..], "oddlog: cannot read `missing.log`: "),
        (&["-f", "broken.json"], "oddlog: `broken.json` begins like a JSON array and is none"),
        (&["-o", "no/such/folder.png"], "oddlog: cannot write `no/such/folder.png`: "),
    ] {
        let assert = oddlog(folder.path()).args(args).assert().code(1);
        let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(stderr.starts_with(said), "{args:?}: {stderr}");
    }
    let mut remote = Command::new(env!("CARGO_BIN_EXE_oddlog"));
    // Port 9 is the discard service, which no test machine runs.
    let assert = remote.current_dir(folder.path()).args(["--url", "http://127.0.0.1:9"]).assert().code(1);
    let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(stderr.starts_with("oddlog: cannot reach the service at http://127.0.0.1:9"), "{stderr}");
}

#[test]
fn a_folder_that_is_missing_is_told_before_the_analysis() {
    let folder = folder();
    for option in ["--output", "--series", "--report", "--lines"] {
        for path in ["no/such/file.png", "plain.log/file.png"] {
            let assert = oddlog(folder.path()).args(["-f", "plain.log", option, path]).assert().code(1);
            let output = assert.get_output();
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(stderr.starts_with(&format!("oddlog: cannot write `{path}`: ")), "{option}: {stderr}");
            assert!(output.stdout.is_empty(), "{option} {path}: nothing was analysed");
        }
    }
    assert!(!folder.path().join("log_visualization.png").exists());
}

#[test]
fn a_log_without_a_line_is_a_failure_that_says_so() {
    let folder = folder();
    fs::write(folder.path().join("empty.log"), "").unwrap();
    fs::write(folder.path().join("empty.json"), "[]").unwrap();
    oddlog(folder.path()).args(["-t", "-f", "plain.log"]).assert().success();
    for args in [&["-f", "empty.log"][..], &["-f", "empty.json"], &["--stream", "-f", "empty.log"]] {
        let assert = oddlog(folder.path()).args(args).assert().code(1);
        let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(
            stderr.ends_with("oddlog: there is no line in the log, so nothing can be said of it\n"),
            "{stderr}"
        );
    }
    assert!(!folder.path().join("log_visualization.png").exists(), "no picture of nothing");
}

#[test]
fn help_fits_the_terminal() {
    for program in [env!("CARGO_BIN_EXE_oddlog"), env!("CARGO_BIN_EXE_oddlog-server")] {
        let works = if program.ends_with("oddlog") {
            &["", "map", "merge", "lock", "check", "backtest"][..]
        } else {
            &[""]
        };
        for work in works {
            for help in ["-h", "--help"] {
                let args = [*work, help].into_iter().filter(|arg| !arg.is_empty());
                let shown = stdout(Command::new(program).env_clear().env("COLUMNS", "80").args(args));
                let wide = shown.lines().find(|line| line.chars().count() > 80);
                assert_eq!(wide, None, "{program} {work} {help}");
            }
        }
    }
}

#[test]
fn files_that_are_no_clean_text_are_read_and_told_in_one_line_each() {
    let folder = folder();
    let utf16: Vec<u8> =
        "INFO started\r\nERROR stopped\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(folder.path().join("windows.log"), utf16).unwrap();
    fs::write(folder.path().join("empty.log"), "").unwrap();
    fs::write(
        folder.path().join("picture.log"),
        (0..9_000_u32).map(|i| (i * 31 % 256) as u8).collect::<Vec<u8>>(),
    )
    .unwrap();
    let files = ["-f", "windows.log", "-f", "empty.log", "-f", "picture.log"];
    let assert = oddlog(folder.path()).arg("--json").args(files).assert().success();
    let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    for said in [
        "Warning: `windows.log`: the text has no byte order mark and was taken for UTF-16 (low byte first)\n",
        "Warning: `empty.log`: the file is empty\n",
        "Warning: `picture.log`: the input looks like binary data",
    ] {
        assert!(stderr.contains(said), "{stderr}");
    }
    let reply: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    assert_eq!(reply["statistics"]["levels"]["ERROR"], 1, "{}", reply["statistics"]);
}

#[test]
fn wrong_usage_is_status_2() {
    let folder = folder();
    for (args, said) in [
        (&["--no-such-option"][..], "--no-such-option"),
        (&["--batch-size", "0"], "--batch-size"),
        (&["--train", "--json"], "cannot be used with"),
        (&["--url", "http://x"], "cannot be used with"),
        (&["--train", "--timezone", "UTC"], "cannot be used with"),
        (&["--train", "--no-records"], "cannot be used with"),
        (&["--timezone", "Berlin"], "`Europe/Berlin` looks like it"),
        (&["--timezone", "+02:00"], "should be an IANA name such as \"Europe/Berlin\""),
        (&["--baseline", "a", "--baseline-model", "b"], "cannot be used with"),
        (&["--baseline", "a", "--baseline-days", "2024-03-01"], "cannot be used with"),
        (&["--baseline", "a", "--model", "b"], "cannot be used with"),
        (&["--session-pattern", "("], "oddlog: `session_pattern` is not a regular expression"),
        (&["--model", "No Name"], "oddlog: model name `No Name` is not valid"),
        (&["--train", "--session-pattern", "id (.)"], "cannot be used with"),
        (&["--train", "--output", "a.png"], "cannot be used with"),
        (&["--fail-on-outliers", "--baseline", "a"], "cannot be used with"),
        (&["--batch-size", "9"], "--train"),
        (&["--baseline-days", "2024-03-01"], "--baseline-model"),
        (&["--baseline-model", "b", "--baseline-days", "2024-03-02..2024-03-01"], "is after `to`"),
    ] {
        let assert = oddlog(folder.path()).args(args).assert().code(2);
        let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(stderr.contains(said), "{args:?}: {stderr}");
    }
}

#[test]
fn a_file_that_is_named_twice_is_told() {
    let folder = folder();
    let twice =
        oddlog(folder.path()).args(["--json", "-f", "plain.log", "-f", "./plain.log"]).assert().success();
    let stderr = String::from_utf8_lossy(&twice.get_output().stderr).into_owned();
    assert!(
        stderr.contains("Warning: `./plain.log` is named more than once; its lines count as often\n"),
        "{stderr}"
    );
    let once = oddlog(folder.path()).args(["--json", "-f", "plain.log"]).assert().success();
    assert!(!String::from_utf8_lossy(&once.get_output().stderr).contains("more than once"));
}

#[test]
fn a_missing_default_file_says_how_to_name_another() {
    let empty = TempDir::new().unwrap();
    let assert = oddlog(empty.path()).assert().code(1);
    let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(stderr.contains("name a log file with -f FILE"), "{stderr}");
}

#[test]
fn a_comparison_ends_with_status_3_only_where_something_is_new_or_worse() {
    let folder = folder();
    let same = stdout(oddlog(folder.path()).args(["--baseline", "plain.log", "-f", "plain.log"]));
    assert!(same.ends_with("Nothing is different.\n"), "{same}");
    let mut log = fs::read_to_string(folder.path().join("plain.log")).unwrap();
    log.push_str("\n2024-03-01 08:01:00 ERROR disk \u{1b}[31msdb failed\n");
    fs::write(folder.path().join("bad.log"), log).unwrap();
    let assert = oddlog(folder.path()).args(["--baseline", "plain.log", "-f", "bad.log"]).assert().code(3);
    let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(
        text.starts_with("Compared 41 lines (3 events) with 40 lines (2 events) of the baseline.\n"),
        "{text}"
    );
    assert!(text.contains("\n1 difference, 1 of them new or worse:\n"), "{text}");
    assert!(text.contains("\nnew       ERROR       0       1  disk "), "{text}");
    assert!(text.contains("line 41: 2024-03-01 08:01:00 ERROR disk \u{fffd}[31msdb failed\n"), "{text}");
    oddlog(folder.path()).args(["--baseline", "bad.log", "-f", "plain.log"]).assert().code(0);
    let drawn = ["--baseline", "plain.log", "-f", "bad.log", "-o", "different.png"];
    oddlog(folder.path()).args(drawn).assert().code(3);
    let picture = fs::read(folder.path().join("different.png")).expect("it was saved");
    assert!(picture.starts_with(b"\x89PNG"));
    oddlog(folder.path()).args(["--baseline", "plain.log", "--train"]).assert().code(2);
}

#[test]
fn a_model_or_one_of_its_generations_can_be_the_baseline() {
    let folder = folder();
    let odd = "2024-03-01 08:02:00 ERROR disk sdb failed\n";
    fs::write(folder.path().join("odd.log"), odd).unwrap();
    let both = fs::read_to_string(folder.path().join("plain.log")).unwrap() + "\n" + odd;
    fs::write(folder.path().join("bad.log"), both).unwrap();
    for file in ["plain.log", "odd.log"] {
        oddlog(folder.path()).args(["-t", "--model", "web", "-f", file]).assert().success();
    }
    let against = |name: &str| {
        let mut command = oddlog(folder.path());
        command.args(["--baseline-model", name, "-f", "bad.log"]).assert()
    };
    // the second training has seen the line, the first has not
    against("web").code(0);
    against("web@2").code(0);
    let first = against("web@1").code(3);
    let text = String::from_utf8_lossy(&first.get_output().stdout).into_owned();
    assert!(text.contains("\nnew       ERROR       0       1  disk sdb failed\n"), "{text}");
    for (name, said, status) in
        [("web@9", "generation 9", 1), ("unknown", "unknown", 1), ("No Name", "is not valid", 2)]
    {
        let refused = against(name).code(status);
        let stderr = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
        assert!(stderr.contains(said), "{stderr}");
    }
}

#[test]
fn some_days_of_a_model_can_be_the_baseline() {
    let folder = folder();
    let line = |day: u32, what: &str| format!("2024-03-0{day} 08:02:00 INFO {what}\n");
    let learnt = line(1, "job done") + &line(2, "job done") + &line(2, "lantern lit");
    fs::write(folder.path().join("learnt.log"), learnt).unwrap();
    fs::write(folder.path().join("now.log"), line(9, "job done") + &line(9, "lantern lit")).unwrap();
    oddlog(folder.path()).args(["-t", "--model", "web", "-f", "learnt.log"]).assert().success();
    for (days, status) in
        [("2024-03-01..2024-03-02", 0), ("2024-03-02", 0), ("2024-03-01", 3), ("2024-04-01", 1)]
    {
        let args = ["--baseline-model", "web", "--baseline-days", days, "-f", "now.log"];
        oddlog(folder.path()).args(args).assert().code(status);
    }
}

#[test]
fn the_burst_and_the_silence_of_the_sample_log_are_named_among_the_findings() {
    let folder = TempDir::new().unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("log_dataset.json");
    let text = stdout(oddlog(folder.path()).arg("-f").arg(sample));
    let findings = &text[text.find("\nFindings:").unwrap()..];
    let burst = "WARN Payment gateway did not answer: payment <*>, retry <*> of <*> in <*> ms (burst of ";
    assert!(findings.contains(burst), "{findings}");
    assert!(findings.contains("INFO Stock feed: <*> updates applied in <*> ms (silence, "), "{findings}");
}

#[test]
fn a_service_that_breaks_off_is_not_one_that_is_not_there() {
    let folder = folder();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // whoever connects is let in, and left without an answer
    let service = std::thread::spawn(move || listener.accept().map(drop));
    let output = Command::new(env!("CARGO_BIN_EXE_oddlog"))
        .current_dir(folder.path())
        .env_clear()
        .args(["-f", "plain.log", "--url", &url])
        .assert()
        .code(1);
    service.join().unwrap().unwrap();
    let stderr = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(
        stderr.starts_with(&format!("oddlog: the connection to the service at {url} broke: ")),
        "{stderr}"
    );
    assert!(!stderr.contains("start oddlog-server"), "{stderr}");
}
