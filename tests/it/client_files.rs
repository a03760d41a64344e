//! Folders and several files at the client: found, merged by time, read alike; and what reaches a terminal.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use assert_cmd::Command;
use chrono::{DateTime, Utc};
use serde_json::Value;
use tempfile::TempDir;

/// The client in a folder, doing the work itself.
fn oddlog(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oddlog"));
    command.current_dir(folder).env_clear().arg("--embedded");
    command
}

fn write(folder: &Path, name: &str, lines: &[&str]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let text: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
    if name.ends_with(".gz") {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(text.as_bytes()).unwrap();
        fs::write(path, gzip.finish().unwrap()).unwrap();
    } else {
        fs::write(path, text).unwrap();
    }
}

/// Standard output and standard error.
fn done(command: &mut Command) -> (String, String) {
    let output = command.assert().success().get_output().clone();
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// The rows of `--lines`.
fn rows(folder: &Path, args: &[&str]) -> Vec<Value> {
    done(oddlog(folder).args(["--json", "--lines", "rows.ndjson"]).args(args));
    let rows = fs::read_to_string(folder.join("rows.ndjson")).unwrap();
    rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect()
}

fn texts<'r>(rows: &'r [Value], key: &str) -> Vec<&'r str> {
    rows.iter().map(|row| row[key].as_str().unwrap_or("-")).collect()
}

#[test]
fn rotated_logs_become_one_log_in_the_order_of_time_whichever_order_they_are_named_in() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "app.log", &["2024-03-01 10:00:05 INFO e", "2024-03-01 10:00:06 INFO f"]);
    write(
        folder.path(),
        "app.log.1",
        &["2024-03-01 10:00:03 ERROR c", "  at frame", "2024-03-01 10:00:05 INFO d"],
    );
    write(folder.path(), "app.log.2.gz", &["2024-03-01 10:00:01 INFO a", "2024-03-01 10:00:02 INFO b"]);
    let messages = ["a", "b", "c", "  at frame", "d", "e", "f"];
    let places = [
        "app.log.2.gz:1",
        "app.log.2.gz:2",
        "app.log.1:1",
        "app.log.1:2",
        "app.log.1:3",
        "app.log:1",
        "app.log:2",
    ];
    for names in [["app.log.2.gz", "app.log.1", "app.log"], ["app.log", "app.log.1", "app.log.2.gz"]] {
        let rows = rows(folder.path(), &["-f", names[0], "-f", names[1], "-f", names[2]]);
        assert_eq!(
            texts(&rows, "message").iter().map(|m| m.trim()).collect::<Vec<_>>(),
            messages.map(str::trim)
        );
        assert_eq!(texts(&rows, "place"), places);
        let records: Vec<u64> = rows.iter().map(|row| row["record"].as_u64().unwrap()).collect();
        assert_eq!(records, [0, 1, 2, 2, 4, 5, 6]);
    }
}

#[test]
fn of_several_files_it_is_said_which_line_of_which_file_is_meant_and_of_one_it_is_not() {
    let folder = TempDir::new().unwrap();
    let line = |i: usize| {
        format!("2024-03-01 08:{:02}:{:02} INFO request {i} served in {} ms", i / 60, i % 60, 20 + i % 7)
    };
    let lines: Vec<String> = (0..600).map(line).collect();
    let even: Vec<&str> = lines.iter().step_by(2).map(String::as_str).collect();
    let mut odd: Vec<&str> = lines.iter().skip(1).step_by(2).map(String::as_str).collect();
    odd[10] = "2024-03-01 08:00:21 ERROR disk sdb failed";
    write(folder.path(), "even.log", &even);
    write(folder.path(), "odd.log", &odd);
    let (text, _) = done(oddlog(folder.path()).args(["-f", "even.log", "-f", "odd.log"]));
    assert!(text.contains("\nLog ID 21: disk sdb failed\n"), "{text}");
    assert!(text.contains("\nWhere: odd.log:11\n"), "{text}");
    let (json, _) = done(oddlog(folder.path()).args(["--json", "-f", "even.log", "-f", "odd.log"]));
    let reply: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(reply["places"]["21"], "odd.log:11", "{}", reply["places"]);
    let (text, _) = done(oddlog(folder.path()).args(["-f", "odd.log"]));
    assert!(text.contains("\nLog ID 10: disk sdb failed\n") && !text.contains("Where:"), "{text}");
    let assert = oddlog(folder.path())
        .args(["--baseline", "even.log", "-f", "even.log", "-f", "odd.log"])
        .assert()
        .code(3);
    let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(text.contains("odd.log:11: 2024-03-01 08:00:21 ERROR disk sdb failed\n"), "{text}");
}

#[test]
fn a_folder_is_read_with_its_folders_and_without_what_is_no_log() {
    let folder = TempDir::new().unwrap();
    let logs = folder.path().join("logs");
    write(&logs, "b.log", &["2024-03-01 10:00:02 INFO b"]);
    write(&logs, "web/a.log.gz", &["2024-03-01 10:00:01 INFO a"]);
    write(&logs, ".hidden.log", &["2024-03-01 10:00:00 INFO hidden"]);
    write(&logs, ".git/config", &["2024-03-01 10:00:00 INFO hidden"]);
    fs::write(logs.join("wtmp"), [7_u8, 0, 0, 0, 1, 0, 0, 0].repeat(64)).unwrap();
    fs::write(logs.join("empty.log"), "").unwrap();
    let utf16: Vec<u8> = "2024-03-01 10:00:03 INFO c\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(logs.join("windows.log"), utf16).unwrap();
    std::os::unix::fs::symlink(&logs, logs.join("web/loop")).unwrap();
    std::os::unix::fs::symlink("b.log", logs.join("current")).unwrap();
    std::os::unix::fs::symlink("nowhere", logs.join("dangling")).unwrap();

    let rows = rows(folder.path(), &["-f", "logs"]);
    assert_eq!(texts(&rows, "message"), ["a", "b", "c"]);
    assert_eq!(texts(&rows, "place"), ["logs/web/a.log.gz:1", "logs/b.log:1", "logs/windows.log:1"]);
    let (_, stderr) = done(oddlog(folder.path()).args(["--json", "-f", "logs"]));
    let told: Vec<&str> = stderr.lines().filter(|line| line.starts_with("Left out of")).collect();
    let said = "Left out of `logs`: `.git` (hidden), `.hidden.log` (hidden), `dangling` (cannot be read), \
                `empty.log` (empty), `wtmp` (binary)";
    assert_eq!(told, [said]);

    let (text, _) = done(oddlog(folder.path()).args(["-t", "-f", "logs"]));
    assert!(text.ends_with("Lines learnt: 3\n"), "{text}");
    fs::create_dir(folder.path().join("none")).unwrap();
    let refused = oddlog(folder.path()).args(["-f", "none"]).assert().code(1);
    let stderr = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(stderr.contains("oddlog: there is no log in the folder `none`"), "{stderr}");
}

fn set_modified(path: &Path, time: &str) {
    let time: DateTime<Utc> = time.parse().unwrap();
    File::options().write(true).open(path).unwrap().set_modified(time.into()).unwrap();
}

#[test]
fn a_year_that_is_not_written_is_that_of_the_file_also_where_files_of_several_years_are_merged() {
    let folder = TempDir::new().unwrap();
    write(
        folder.path(),
        "new.log",
        &["Dec 31 23:59:59 web-1 sshd[1]: c", "Jan  1 00:00:01 web-1 sshd[1]: d"],
    );
    write(
        folder.path(),
        "old.log",
        &["Jun 14 10:00:00 web-1 sshd[1]: a", "Jun 14 10:00:01 web-1 sshd[1]: b"],
    );
    set_modified(&folder.path().join("new.log"), "2024-01-02T00:00:00Z");
    set_modified(&folder.path().join("old.log"), "2021-06-15T00:00:00Z");
    assert_eq!(
        texts(&rows(folder.path(), &["-f", "new.log"]), "timestamp"),
        ["2023-12-31T23:59:59", "2024-01-01T00:00:01"]
    );
    let merged = rows(folder.path(), &["-f", "new.log", "-f", "old.log"]);
    assert_eq!(texts(&merged, "message"), ["a", "b", "c", "d"]);
    assert_eq!(
        texts(&merged, "timestamp"),
        ["2021-06-14T10:00:00", "2021-06-14T10:00:01", "2023-12-31T23:59:59", "2024-01-01T00:00:01"]
    );
    let (text, _) = done(oddlog(folder.path()).args(["-f", "new.log"]));
    assert!(
        text.contains("\nTimes without a year: read as the latest before the file was written, up to 2024\n"),
        "{text}"
    );
}

#[test]
fn times_are_read_in_the_zone_that_is_asked_for_and_files_are_merged_by_it() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "local.log", &["2024-06-15 12:00:00 INFO a"]);
    write(folder.path(), "utc.log", &["2024-06-15T10:30:00Z INFO b"]);
    let files = ["-f", "utc.log", "-f", "local.log"];
    // as UTC, 12:00 would be later
    assert_eq!(texts(&rows(folder.path(), &files), "message"), ["b", "a"]);
    let args = [&files[..], &["--timezone", "europe/berlin"]].concat();
    let rows = rows(folder.path(), &args);
    assert_eq!(texts(&rows, "message"), ["a", "b"]);
    assert_eq!(texts(&rows, "timestamp"), ["2024-06-15T12:00:00+02:00", "2024-06-15T10:30:00Z"]);
}

#[test]
fn every_line_is_taken_by_itself_where_records_are_not_wanted() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "a.log", &["2024-03-01 10:00:00 ERROR x", "  at frame", "  at frame"]);
    let records = |args: &[&str]| -> Vec<u64> {
        rows(folder.path(), args).iter().map(|row| row["record"].as_u64().unwrap()).collect()
    };
    assert_eq!(records(&["-f", "a.log"]), [0, 0, 0]);
    assert_eq!(records(&["-f", "a.log", "--no-records"]), [0, 1, 2]);
}

#[test]
fn a_client_and_a_service_read_several_files_alike() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "new.log", &["Jan  1 00:00:01 web-1 sshd[1]: b"]);
    write(folder.path(), "old.log", &["Jun 14 10:00:00 web-1 sshd[1]: a"]);
    set_modified(&folder.path().join("new.log"), "2024-01-02T00:00:00Z");
    set_modified(&folder.path().join("old.log"), "2021-06-15T00:00:00Z");
    let files = ["-f", "new.log", "-f", "old.log", "--timezone", "UTC", "--no-records"];
    let embedded = rows(folder.path(), &files);

    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("127.0.0.1:{port}");
    let mut server = std::process::Command::new(env!("CARGO_BIN_EXE_oddlog-server"))
        .current_dir(folder.path())
        .args(["--listen", &address, "--models-dir", "served"])
        .stderr(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let answers = (0..200).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        std::net::TcpStream::connect(&address).is_ok()
    });
    let url = format!("http://{address}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_oddlog"));
    command.current_dir(folder.path()).env_clear();
    let remote = command.args(["--url", &url, "--json", "--lines", "remote.ndjson"]).args(files).output();
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(answers && remote.unwrap().status.success());
    let remote = fs::read_to_string(folder.path().join("remote.ndjson")).unwrap();
    let remote: Vec<Value> = remote.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    assert_eq!(remote, embedded);
    assert_eq!(texts(&remote, "timestamp"), ["2021-06-14T10:00:00Z", "2024-01-01T00:00:01Z"]);
}

#[test]
fn no_escape_sequence_of_a_log_or_a_file_name_reaches_the_output() {
    let folder = TempDir::new().unwrap();
    let name = "evil\u{1b}]0;owned\u{7}.log";
    let mut lines = vec!["2024-03-01 10:00:00 INFO \u{1b}]0;title\u{7}ordinary \u{9b}2J"; 600];
    lines.push("2024-03-01 10:10:41 ERROR \u{1b}]52;c;ZWNobyBoaQ==\u{7}disk failed \u{202e}txt.exe");
    lines.push("plain \u{1b}P0;1|x\u{1b}\\ \rhidden");
    write(folder.path(), name, &lines);
    write(folder.path(), "other.log", &["2024-03-01 10:00:02 INFO b", ""]);
    fs::write(folder.path().join("bad\u{1b}[2J.log"), b"\xff\xfe\xff").unwrap();
    let files = ["-f", name, "-f", "other.log", "-f", "bad\u{1b}[2J.log"];
    let (stdout, stderr) = done(oddlog(folder.path()).args(files));
    assert!(stdout.contains("disk failed"), "{stdout}");
    let missing = oddlog(folder.path()).args(["-f", "none\u{1b}[2J.log"]).assert().code(1);
    let refused = String::from_utf8_lossy(&missing.get_output().stderr).into_owned();
    let compared = oddlog(folder.path()).args(["--baseline", "other.log", "-f", name]).assert().code(3);
    let compared = String::from_utf8_lossy(&compared.get_output().stdout).into_owned();
    for text in [stdout, stderr, refused, compared] {
        let raw = text.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
        assert_eq!(raw, None, "{text:?}");
    }
}

/// What the client writes to a terminal of so many columns; `None` where no program makes one.
fn on_terminal(folder: &Path, columns: usize, environment: &str) -> Option<String> {
    let client = env!("CARGO_BIN_EXE_oddlog");
    let inside =
        format!("stty rows 24 cols {columns} && {environment} TERM=xterm '{client}' --embedded -f a.log");
    let output = std::process::Command::new("script")
        .current_dir(folder)
        .args(["-qec", &inside, "/dev/null"])
        .stdin(std::process::Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.contains("Common Patterns:").then_some(text)
}

#[test]
fn a_terminal_has_lines_of_its_width_and_colours_unless_they_are_not_wanted() {
    let folder = TempDir::new().unwrap();
    let long = "磁盘已满 and many more words that do not fit on the lines of a narrow terminal at all";
    let ordinary: Vec<String> = (0..60).map(|i| format!("2024-03-01 10:00:{i:02} INFO {long} {i}")).collect();
    let mut lines: Vec<&str> = ordinary.iter().map(String::as_str).collect();
    lines.push("2024-03-01 10:01:00 ERROR the disk sdb of the store failed with an error that nobody had ever seen before");
    write(folder.path(), "a.log", &lines);
    let Some(coloured) = on_terminal(folder.path(), 60, "") else {
        println!("skipped: there is no `script` here that makes a terminal");
        return;
    };
    assert!(coloured.contains("\u{1b}[31mERROR\u{1b}[0m"), "{coloured}");
    let plain = on_terminal(folder.path(), 60, "NO_COLOR=1").unwrap();
    let page = &plain[plain.find("Common Patterns:").unwrap()..];
    assert!(!page.contains('\u{1b}'), "{page:?}");
    for line in page.lines() {
        let columns: usize = line.trim_end().chars().map(|c| if c >= '\u{2e80}' { 2 } else { 1 }).sum();
        assert!(columns <= 60, "{columns} columns: {line}");
    }
}

#[test]
fn a_log_is_never_written_over_by_what_is_found_in_it() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "app.log", &["2024-03-01 10:00:01 INFO a", "2024-03-01 10:00:02 INFO b"]);
    fs::create_dir(folder.path().join("sub")).unwrap();
    let before = fs::read(folder.path().join("app.log")).unwrap();
    for (option, output) in
        [("--lines", "app.log"), ("-o", "./app.log"), ("--series", "sub/../app.log"), ("--report", "app.log")]
    {
        let failed = oddlog(folder.path()).args(["-f", "app.log", option, output]).output().unwrap();
        assert_eq!(failed.status.code(), Some(1), "{option}");
        let said = String::from_utf8(failed.stderr).unwrap();
        assert!(said.contains("is one of the logs that are read, and would be overwritten"), "{said}");
        assert_eq!(fs::read(folder.path().join("app.log")).unwrap(), before, "{option}");
    }
}

#[test]
fn a_packing_that_is_not_read_and_a_url_without_a_scheme_are_named() {
    let folder = TempDir::new().unwrap();
    // the first bytes as their formats define them
    for (name, bytes, packing) in [
        ("a.xz", &b"\xfd7zXZ\0\0\x04"[..], "xz"),
        ("a.bz2", b"BZh91AY&SY", "bzip2"),
        ("a.zip", b"PK\x03\x04\x14\0", "zip"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    ] {
        fs::write(folder.path().join(name), bytes).unwrap();
        let failed = oddlog(folder.path()).args(["-f", name]).output().unwrap();
        let said = String::from_utf8(failed.stderr).unwrap();
        assert_eq!(failed.status.code(), Some(1), "{said}");
        assert!(said.contains(&format!("`{name}` is packed by {packing}, which is not read")), "{said}");
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_oddlog"));
    let failed = command.env_clear().args(["--url", "localhost:5000"]).output().unwrap();
    assert_eq!(failed.status.code(), Some(2));
    let said = String::from_utf8(failed.stderr).unwrap();
    assert!(said.contains("begin with http:// or https://, such as http://localhost:5000"), "{said}");
}

#[test]
fn a_log_without_a_line_is_no_log_that_all_is_well_in() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "good.log", &["2024-03-01 10:00:01 INFO a", "2024-03-01 10:00:02 INFO b"]);
    write(folder.path(), "lost.log", &[]);
    let lock = Command::new(env!("CARGO_BIN_EXE_oddlog"))
        .current_dir(folder.path())
        .args(["lock", "good.log"])
        .output();
    fs::write(folder.path().join("oddlog.lock"), lock.unwrap().stdout).unwrap();
    let said = |args: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_oddlog"))
            .current_dir(folder.path())
            .args(args)
            .output()
            .unwrap();
        (done.status.code(), String::from_utf8(done.stderr).unwrap())
    };
    for args in [
        &["check", "lost.log"][..],
        &["lock", "lost.log"],
        &["--embedded", "--baseline", "good.log", "-f", "lost.log"],
        &["--embedded", "--baseline", "lost.log", "-f", "good.log"],
    ] {
        let (code, said) = said(args);
        assert_eq!(code, Some(1), "{args:?}");
        assert!(said.contains("there is no line in"), "{said}");
    }
    let (code, said) = said(&["good.log"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("files are named with -f: `oddlog -f FILE`"), "{said}");
}
