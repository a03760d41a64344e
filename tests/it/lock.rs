//! `oddlog lock` and `oddlog check`: the file, what changes it, and what accepts a change.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

fn run(folder: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_oddlog"))
        .current_dir(folder)
        .env_clear()
        .args(args)
        .output()
        .expect("the client runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// A run of 600 requests, each with one of two lines; of every tenth a third, a warning.
fn run_of(seed: usize) -> Vec<String> {
    let line = |i: usize| {
        let time = format!("2024-03-0{} 10:{:02}:{:02}", 1 + seed, i / 60, i % 60);
        match i {
            _ if i % 10 == 3 => format!("{time} WARN cache miss for key {}", i * 7 + seed),
            _ if i.is_multiple_of(2) => {
                format!("{time} INFO request {} served in {} ms", i + seed, 10 + i % 9)
            }
            _ => format!("{time} INFO user u{} password={}x{} logged in", i % 40, i, seed),
        }
    };
    (0..600).map(line).collect()
}

fn write(folder: &Path, name: &str, lines: &[String]) {
    fs::write(folder.join(name), lines.join("\n")).expect("the folder can be written");
}

/// A folder with a lockfile of one good run.
fn locked() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    write(folder.path(), "good.log", &run_of(0));
    let (code, text, _) = run(folder.path(), &["lock", "good.log"]);
    assert_eq!(code, Some(0));
    fs::write(folder.path().join("oddlog.lock"), text).expect("the folder can be written");
    folder
}

#[test]
fn the_file_has_a_line_for_each_event_and_nothing_that_was_filled_in() {
    let folder = locked();
    let text = fs::read_to_string(folder.path().join("oddlog.lock")).expect("it was written");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "# oddlog lock 1: id, level, rate in 10,000 lines, template");
    assert_eq!(lines.len(), 4, "{text}");
    let is_there = |end: &str| lines[1..].iter().any(|line| line.len() > 17 && line[17..] == *end);
    assert!(is_there("WARN  1000+ cache miss for key <*>"), "{text}");
    assert!(is_there("INFO  1000+ request <*> served in <*> ms"), "{text}");
    assert!(!text.contains("x0") && !text.contains("2024"), "{text}");
}

#[test]
fn another_good_run_changes_nothing_and_a_second_lock_of_the_same_run_is_the_same_text() {
    let folder = locked();
    write(folder.path(), "new.log", &run_of(4));
    let (code, text, _) = run(folder.path(), &["check", "new.log"]);
    assert_eq!(
        (code, text.as_str()),
        (Some(0), "600 lines change nothing in the 3 events of `oddlog.lock`.\n")
    );
    let (_, again, _) = run(folder.path(), &["lock", "good.log"]);
    assert_eq!(again, fs::read_to_string(folder.path().join("oddlog.lock")).expect("it was written"));
}

#[test]
fn what_is_new_gone_worse_or_at_another_rate_fails_a_build_until_it_is_accepted() {
    let folder = locked();
    let changed: Vec<String> = run_of(4)
        .into_iter()
        .enumerate()
        .filter(|(i, line)| !line.contains("cache miss") || i % 10 == 3 && *i < 4)
        .map(|(i, line)| match i {
            100 => "2024-03-05 10:01:40 ERROR disk sdb failed".to_owned(),
            _ => line.replace("INFO request", "ERROR request"),
        })
        .filter(|line| !line.contains("logged in"))
        .collect();
    write(folder.path(), "new.log", &changed);
    let (code, text, _) = run(folder.path(), &["check", "new.log"]);
    assert_eq!(code, Some(3), "{text}");
    let rows: Vec<&str> = text.lines().collect();
    assert_eq!(
        rows[..4],
        [
            "+ new    ERROR any          disk sdb failed (1 line)",
            "~ level  INFO -> ERROR      request <*> served in <*> ms (299 lines)",
            "~ rate   WARN 1000+ -> any  cache miss for key <*> (1 line)",
            "- gone   INFO 1000+         user <*> password=<*> logged in (0 lines)",
        ],
        "{text}"
    );
    assert!(rows[4].starts_with("4 changes in the 3 events of `oddlog.lock`."), "{text}");
    let (code, text, _) = run(folder.path(), &["lock", "--update", "new.log"]);
    assert_eq!((code, text.as_str()), (Some(0), "`oddlog.lock` accepts 4 changes\n"));
    let (code, text, _) = run(folder.path(), &["check", "new.log"]);
    assert_eq!(code, Some(0), "{text}");
}

#[test]
fn a_lockfile_that_is_missing_or_none_is_refused_with_its_name() {
    let folder = TempDir::new().expect("a folder");
    write(folder.path(), "good.log", &run_of(0));
    let (code, _, said) = run(folder.path(), &["check", "good.log"]);
    assert!(
        code == Some(1) && said.starts_with("oddlog: cannot read the lockfile `oddlog.lock`: "),
        "{said}"
    );
    write(folder.path(), "oddlog.lock", &["something else".to_owned()]);
    let (code, _, said) = run(folder.path(), &["check", "good.log"]);
    assert!(
        code == Some(1) && said.starts_with("oddlog: `oddlog.lock` is no lockfile: its first line is not"),
        "{said}"
    );
}
