//! `oddlog lock` and `oddlog check`: the file, what changes it, and what accepts a change.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use oddlog::analysis::lock::Observed;
use oddlog::analysis::read::Lines;
use oddlog::state::State;
use tempfile::TempDir;

use crate::planted::{lines_of, real_logs};

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
fn a_line_of_trouble_is_new_although_a_variable_could_stand_for_its_words() {
    let folder = TempDir::new().expect("a folder");
    let of = |what: &str| format!("Downloading {what}");
    let good: Vec<String> =
        (0..60).map(|i| of(&format!("{}-{i}.tar.gz", ["left", "pad", "right"][i % 3]))).collect();
    write(folder.path(), "good.log", &good);
    let (_, text, _) = run(folder.path(), &["lock", "good.log"]);
    assert!(text.contains("Downloading <*>"), "{text}");
    fs::write(folder.path().join("oddlog.lock"), text).expect("the folder can be written");
    for trouble in ["failed after retries with timeout", "was refused"] {
        let mut new = good.clone();
        new.insert(30, of(trouble));
        write(folder.path(), "new.log", &new);
        let (code, text, _) = run(folder.path(), &["check", "new.log"]);
        assert_eq!(code, Some(3), "{text}");
        assert!(text.contains("+ new") && text.contains(trouble), "{text}");
    }
    write(folder.path(), "new.log", &[good.clone(), vec![of("another-package.zip")]].concat());
    assert_eq!(run(folder.path(), &["check", "new.log"]).0, Some(0));
}

#[test]
fn lines_under_a_more_general_template_are_counted_as_the_lines_of_the_file_that_they_are() {
    let folder = TempDir::new().expect("a folder");
    let lock = "# oddlog lock 1: id, level, rate in 10,000 lines, template\n\
                0000000000000001 INFO  1000+ get <*> <*> from <*>\n\
                0000000000000002 INFO  any   get page <*> from <*>\n";
    fs::write(folder.path().join("oddlog.lock"), lock).expect("the folder can be written");
    let time = |i: usize| format!("2024-03-01 10:{:02}:{:02} INFO", i / 60, i % 60);
    let mut new: Vec<String> =
        (0..600).map(|i| format!("{} get /{}/{i} from 10.0.0.{}", time(i), i % 7, i % 50)).collect();
    // A few that are more special than the first line of the file, beside the many that are more general.
    new.extend((600..604).map(|i| format!("{} get /5/{i} again from our own warm cache", time(i))));
    write(folder.path(), "new.log", &new);
    let (_, text, _) = run(folder.path(), &["lock", "new.log"]);
    assert!(text.contains(" get <*> from <*>") && text.contains("our own warm cache"), "{text}");
    let (code, text, _) = run(folder.path(), &["check", "new.log"]);
    assert_eq!(
        (code, text.as_str()),
        (Some(0), "604 lines change nothing in the 2 events of `oddlog.lock`.\n")
    );
    // And where they have become few, that is told of the one that came often.
    new.drain(..599);
    new.extend((604..1_204).map(|i| format!("{} heartbeat {i}", time(i))));
    write(folder.path(), "new.log", &new);
    let (_, text, _) = run(folder.path(), &["check", "new.log"]);
    assert!(text.contains("~ rate   INFO 1000+ -> any  get <*> "), "{text}");
    assert_eq!(text.matches("~ rate").count(), 1, "{text}");
    assert_eq!(run(folder.path(), &["lock", "--update", "new.log"]).0, Some(0));
    assert_eq!(run(folder.path(), &["check", "new.log"]).0, Some(0));
}

#[test]
fn an_event_without_a_level_that_comes_as_an_error_is_a_change_of_level() {
    let folder = TempDir::new().expect("a folder");
    let run_of = |level: &str| -> Vec<String> {
        (0..60).map(|i| format!("2024-03-01 10:00:{i:02} {level}request {i} was served")).collect()
    };
    write(folder.path(), "good.log", &run_of(""));
    let (_, text, _) = run(folder.path(), &["lock", "good.log"]);
    assert!(text.contains(" -     1000+ request <*> was served"), "{text}");
    fs::write(folder.path().join("oddlog.lock"), text).expect("the folder can be written");
    write(folder.path(), "new.log", &run_of("ERROR "));
    let (code, text, _) = run(folder.path(), &["check", "new.log"]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.starts_with("~ level  - -> ERROR "), "{text}");
}

#[cfg(unix)]
#[test]
fn an_update_keeps_the_link_the_mode_and_the_comments_of_the_lockfile() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = locked();
    let (kept, link) = (folder.path().join("kept.lock"), folder.path().join("oddlog.lock"));
    let text = fs::read_to_string(&link).expect("it was written");
    let mut lines: Vec<&str> = text.lines().collect();
    let event = lines[2].to_owned();
    lines.insert(2, "# it is loud, and that is right");
    lines.insert(1, "# of the team that owns the shop");
    lines.push("# the end");
    fs::write(&kept, lines.join("\n") + "\n").expect("the folder can be written");
    fs::set_permissions(&kept, fs::Permissions::from_mode(0o640)).expect("the file is ours");
    fs::remove_file(&link).expect("the folder can be written");
    symlink("kept.lock", &link).expect("the folder can be written");
    let mut new = run_of(4);
    new.push("2024-03-05 11:00:00 ERROR disk sdb failed".to_owned());
    write(folder.path(), "new.log", &new);
    assert_eq!(run(folder.path(), &["lock", "--update", "new.log"]).0, Some(0));
    assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink());
    assert_eq!(fs::metadata(&kept).expect("it is there").permissions().mode() & 0o777, 0o640);
    let text = fs::read_to_string(&kept).expect("it was written");
    let lines: Vec<&str> = text.lines().collect();
    assert!(text.contains("disk sdb failed"), "{text}");
    assert_eq!((lines[1], lines[lines.len() - 1]), ("# of the team that owns the shop", "# the end"));
    let comment =
        lines.iter().position(|line| *line == "# it is loud, and that is right").expect("it is kept");
    assert_eq!(lines[comment + 1], event);
}

#[test]
fn the_lockfile_in_a_folder_of_logs_is_no_log() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "good.log", &run_of(0));
    let (_, lock, _) = run(folder.path(), &["lock", "."]);
    fs::write(folder.path().join("oddlog.lock"), &lock).unwrap();
    assert_eq!(run(folder.path(), &["lock", "."]).1, lock);
    let (status, said, _) = run(folder.path(), &["check", "."]);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.starts_with("600 lines change nothing"), "{said}");
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

/// The lines of each day that has at least 50, in the order of the file.
fn days_of(lines: &[String]) -> Vec<Vec<String>> {
    let read = Lines::read(lines);
    let mut days: Vec<(oddlog::state::Day, Vec<String>)> = Vec::new();
    for (line, record) in lines.iter().zip(&read.records) {
        match days.iter_mut().find(|(day, _)| *day == record.day) {
            Some((_, lines)) => lines.push(line.clone()),
            None => days.push((record.day, vec![line.clone()])),
        }
    }
    days.into_iter().map(|(_, lines)| lines).filter(|lines| lines.len() >= 50).collect()
}

#[test]
fn an_ordinary_day_changes_less_than_a_twentieth_of_the_file_of_the_days_before() {
    for log in ["loghub_apache_full", "loghub_linux_full", "loghub_healthapp_20k"] {
        let found =
            real_logs().into_iter().find(|path| path.parent().is_some_and(|folder| folder.ends_with(log)));
        let Some(path) = found else {
            println!("skipped: {log} is not here");
            continue;
        };
        let days = days_of(&lines_of(&path));
        let states: Vec<State> = days.iter().map(|lines| Lines::read(lines).state()).collect();
        for n in [1, 3, 7] {
            let (mut shares, mut changed, mut of) = (Vec::new(), 0, 0);
            for rows in states.windows(n + 1).take(20) {
                let lock = Observed::of(&rows[..n]).lock();
                let changes = lock.changes(&Observed::of(&rows[n..])).len();
                shares.push(100.0 * changes as f64 / lock.events().len() as f64);
                (changed, of) = (changed + changes, of + lock.events().len());
            }
            // The health log has two days, of which the first begins at a quarter past ten in the evening.
            if shares.len() < 10 {
                println!("{log}, {n} days: {} rows of days are too few", shares.len());
                continue;
            }
            shares.sort_by(f64::total_cmp);
            let quiet = shares.iter().filter(|share| **share < 5.0).count();
            println!(
                "{log}, {n} days: {changed} changes of {of} lines, {quiet} of {} days below 5 %, median {:.1} %, all {shares:.0?}",
                shares.len(),
                shares[shares.len() / 2]
            );
            // A day on which the system starts or is attacked is none of the ordinary ones.
            assert!(shares[shares.len() / 2] < 5.0, "{log} {n}: {shares:?}");
        }
    }
}

#[test]
fn a_few_new_lines_of_a_log_that_always_brings_some_are_no_change_and_many_are() {
    let folder = TempDir::new().expect("a folder");
    // two days of requests, and each hour a line that came never before and never again
    let names = [
        "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heath", "inlet", "jetty", "knoll",
        "lagoon",
    ];
    let day = |day: usize, odd: &dyn Fn(usize) -> usize| -> Vec<String> {
        let mut lines = Vec::new();
        for minute in 0..1_440 {
            let time = format!("2024-03-0{day} {:02}:{:02}:07", minute / 60, minute % 60);
            lines.push(format!("{time} INFO request {minute} served in {} ms", 10 + minute % 9));
            if minute % 60 == 30 {
                for i in 0..odd(minute / 60) {
                    let words: Vec<String> = (0..3 + minute / 60 % 4)
                        .map(|k| {
                            let n = ((day * 24 + minute / 60) * 8 + i) * 8 + k;
                            [n * 7 + 3, n * 5 / 12 + 1, n * 11 / 7].map(|at| &names[at % 12][..3]).concat()
                        })
                        .collect();
                    lines.push(format!("{time} INFO {}", words.join(" ")));
                }
            }
        }
        lines
    };
    write(folder.path(), "good.log", &day(1, &|_| 1));
    let (_, text, _) = run(folder.path(), &["lock", "good.log"]);
    assert!(text.contains("# hours: 24") && text.contains("INFO  once "), "{text}");
    fs::write(folder.path().join("oddlog.lock"), text).expect("the folder can be written");
    let checked = |lines: &[String]| {
        write(folder.path(), "new.log", lines);
        run(folder.path(), &["check", "new.log"])
    };
    let (code, text, _) = checked(&day(2, &|hour| usize::from(hour % 2 == 0)));
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("no more than such a log brings anyway"), "{text}");
    // one that comes all the time, and trouble, of which the file has none
    let mut news = day(2, &|_| 0);
    news.extend((0..1_440).map(|m| format!("2024-03-02 {:02}:{:02}:40 INFO lantern lit", m / 60, m % 60)));
    news.push("2024-03-02 20:00:00 ERROR disk sdb failed".to_owned());
    let (code, text, _) = checked(&news);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("+ new    ERROR once") && text.contains("+ new    INFO 1000+"), "{text}");
}
