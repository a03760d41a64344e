//! What README.md and ARCHITECTURE.md say: commands are run, outputs and paths compared.
//!
//! Commands of cargo are too slow to run here: `.ci/run` runs them, which a test checks, and the programs that they
//! build are put in their place.

use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use oddlog::analysis::{AnalyzeOptions, analyze};
use oddlog::report::{Finding, FindingKind};

use super::sample_log::shop;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The address in the README, which another server may have taken.
const ADDRESS: &str = "127.0.0.1:5000";

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The fenced blocks of a text: language and content.
fn blocks(text: &str) -> Vec<(&str, &str)> {
    text.split("```")
        .skip(1)
        .step_by(2)
        .map(|block| block.split_once('\n').expect("a fence ends a row"))
        .collect()
}

/// The cargo commands in the shell blocks of the README.
fn cargo_commands(readme: &str) -> Vec<&str> {
    let shell = blocks(readme).into_iter().filter(|(language, _)| *language == "sh");
    shell.flat_map(|(_, block)| block.lines()).filter(|row| row.starts_with("cargo ")).collect()
}

/// Whether a program is there and does as it is told.
fn can(program: &str, args: &[&str]) -> bool {
    let status = Command::new(program).args(args).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").to_string()
}

/// The blocks of the README as one script for a folder that looks like a checkout after the builds.
fn script(readme: &str, address: &str, python: bool) -> String {
    // A server that outlived a failing script would hold its output open, and the test would wait for ever.
    let mut script = String::from("set -eu\ntrap 'test -z \"${!:-}\" || kill $! 2>/dev/null || true' EXIT\n");
    for (language, block) in blocks(readme) {
        match language {
            "sh" => {
                for row in block.lines() {
                    match row.strip_prefix("cargo ") {
                        None => writeln!(script, "{row}").expect("a string takes all"),
                        Some(rest) => {
                            let client = rest.strip_prefix("run --release -- ");
                            client.iter().for_each(|args| {
                                writeln!(script, "target/release/oddlog --embedded {args}")
                                    .expect("as above");
                            });
                        }
                    }
                }
            }
            "python" if python => {
                writeln!(script, "python3 - <<'END_OF_PYTHON'\n{block}END_OF_PYTHON").expect("as above");
            }
            _ => {}
        }
    }
    script.replace(ADDRESS, address)
}

/// Runs the script in a folder of its own and hands over what it printed, and the folder.
fn run(script: &str) -> (String, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let release = folder.path().join("target/release");
    fs::create_dir_all(&release).expect("a folder");
    for (name, program) in
        [("oddlog", env!("CARGO_BIN_EXE_oddlog")), ("oddlog-server", env!("CARGO_BIN_EXE_oddlog-server"))]
    {
        std::os::unix::fs::symlink(program, release.join(name)).expect("a link");
    }
    fs::copy(Path::new(ROOT).join("log_dataset.json"), folder.path().join("log_dataset.json"))
        .expect("a copy");
    let environment = std::env::vars_os().filter(|(name, _)| !name.to_string_lossy().starts_with("ODDLOG_"));
    let output = Command::new("sh")
        .args(["-c", script])
        .current_dir(folder.path())
        .env_clear()
        .envs(environment)
        .output()
        .expect("a shell");
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{said}\n{complaints}", output.status);
    (said, folder)
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn every_command_of_the_readme_works_and_prints_what_it_shows() {
    if !can("curl", &["--version"]) {
        eprintln!("skipped: curl is not there");
        return;
    }
    let python = can("python3", &["-c", "import requests"]);
    if !python {
        eprintln!("skipped the Python block: python3 with the module requests is not there");
    }
    let readme = read("README.md");
    let (said, folder) = run(&script(&readme, &free_address(), python));

    let mut rest = said.as_str();
    for (_, shown) in blocks(&readme).into_iter().filter(|(language, _)| *language == "text") {
        for row in shown.lines().filter(|row| *row != "...") {
            let at = rest
                .find(row)
                .unwrap_or_else(|| panic!("`{row}` is not printed, or not in this order:\n{said}"));
            rest = &rest[at + row.len()..];
        }
    }
    assert!(said.contains(r#""status":"ready""#), "{said}");
    assert!(said.contains(r#"{"status":"Training completed","logs_processed":2}"#), "{said}");
    assert!(said.contains(r#""outliers":1,"#), "{said}");
    for (reply, lines) in [("reply.json", 4_448), ("plain.json", 2)] {
        let reply = fs::read_to_string(folder.path().join(reply)).expect("curl saved it");
        let reply: serde_json::Value = serde_json::from_str(&reply).expect("JSON");
        assert_eq!(reply["statistics"]["lines"], lines, "{reply}");
    }
    let pictures: &[&str] =
        if python { &["log_visualization.png", "picture.png"] } else { &["log_visualization.png"] };
    for picture in pictures {
        let bytes = fs::read(folder.path().join(picture)).expect("the picture was saved");
        assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n"), "{picture}");
    }
}

#[test]
fn the_cargo_commands_of_the_readme_are_run_by_ci() {
    let (readme, ci) = (read("README.md"), read(".ci/run"));
    let commands = cargo_commands(&readme);
    assert!(commands.len() >= 4, "{commands:?}");
    for command in commands {
        assert!(ci.lines().any(|row| row.trim() == command), ".ci/run does not run `{command}`");
    }
}

#[test]
fn the_readme_says_rightly_which_incidents_are_found() {
    let (readme, day) = (read("README.md"), shop::day());
    let report = analyze(&day.lines, None, &AnalyzeOptions { temporal: true, ..AnalyzeOptions::default() });
    let within_finding_by_time = |line: usize| {
        let time = report.lines[line].entry.timestamp.map(|t| t.civil);
        let holds =
            |f: &Finding| f.first_seen.map(|t| t.civil) <= time && time <= f.last_seen.map(|t| t.civil);
        report.findings.iter().any(|f| f.kind != FindingKind::Event && holds(f))
    };
    for incident in &day.incidents {
        let found = incident
            .log_ids
            .iter()
            .any(|&line| report.lines[line].is_outlier || within_finding_by_time(line));
        let row = format!("| {} | {} |", incident.where_found(), if found { "yes" } else { "no" });
        let told = readme
            .lines()
            .any(|line| line.starts_with(&format!("| {} |", incident.time)) && line.ends_with(&row));
        assert!(told, "README.md has no row of {} that ends with {row}", incident.what);
    }
    let total = format!("Eight findings in all, {} outlier lines", report.statistics.outliers);
    assert_eq!(report.findings.len(), 8);
    assert!(readme.contains(&total), "README.md does not say: {total}");
}

#[test]
fn links_of_the_documents_lead_somewhere() {
    for (folder, name) in [("", "README.md"), ("docs", "docs/accuracy.md"), ("docs", "docs/performance.md")] {
        let text = read(name);
        let targets: Vec<&str> = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
            .filter(|t| !t.contains("://"))
            .collect();
        assert!(!targets.is_empty(), "{name} links to nothing");
        for target in targets {
            assert!(Path::new(ROOT).join(folder).join(target).exists(), "{name} links to {target}");
        }
    }
}

#[test]
fn every_path_and_test_that_the_architecture_names_is_there() {
    let text = read("ARCHITECTURE.md");
    let code: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
    let is_path = |name: &&&str| name.contains('/') && !name.contains([' ', '<']);
    let paths: Vec<&&str> = code.iter().filter(is_path).collect();
    assert!(paths.len() > 30, "{paths:?}");
    for path in paths {
        let (path, test) = path.split_once("::").unwrap_or((path, ""));
        assert!(Path::new(ROOT).join(path).exists(), "ARCHITECTURE.md names {path}");
        assert!(test.is_empty() || read(path).contains(&format!("fn {test}(")), "{path} has no test {test}");
    }
}

#[test]
fn the_architecture_lists_the_modules_in_the_order_of_the_library() {
    let (text, library) = (read("ARCHITECTURE.md"), read("src/lib.rs"));
    let rows = text.lines().filter_map(|row| row.strip_prefix("| `src/")?.split(['/', '.', '`']).next());
    let told: Vec<&str> = rows.filter(|name| *name != "bin").collect();
    let modules: Vec<&str> =
        library.lines().filter_map(|row| row.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert_eq!(told, modules);
}
