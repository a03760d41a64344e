//! States made apart, without a server, and merged: by files, over HTTP, in any order; and what is refused.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use assert_cmd::Command;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use oddlog::http::{App, Config, router};
use oddlog::models::{AnalyzeOptions, DEFAULT_MODEL, Models, Partial};
use oddlog::state::{Day, NumberColumn, Shape, Slice};
use oddlog::store::{self, encode, to_frame};
use oddlog::tokenize::Kind;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

use super::routes::with_server;

/// Lines of five days and of none, of several events, with numbers and hosts.
fn lines(n: usize) -> Vec<String> {
    (0..n)
        .map(|i| match i % 5 {
            0 => {
                format!("2024-03-0{} 08:{:02}:07 INFO request {i} served in {} ms", 1 + i % 4, i % 60, i % 40)
            }
            1 => format!("2024-03-0{} 09:00:07 WARN cache miss for key k{i}", 1 + i % 3),
            2 => format!("Jul 25 10:00:{:02} host{} sshd[{i}]: session opened for user u{i}", i % 60, i % 7),
            3 => format!(
                "{{\"time\":\"2024-03-05T10:00:01Z\",\"level\":\"error\",\"msg\":\"disk sd{} failed\"}}",
                i % 3
            ),
            _ => "no date here".to_owned(),
        })
        .collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A folder with the same number of lines in a file of each kind; and all the lines.
fn logs() -> (TempDir, Vec<String>) {
    let folder = TempDir::new().unwrap();
    let all = lines(500);
    let text = |lines: &[String]| lines.join("\n") + "\n";
    let rows = |lines: &[String]| lines.iter().map(|line| json!(line).to_string() + "\n").collect::<String>();
    for (name, bytes) in [
        ("a.log", text(&all[..100]).into_bytes()),
        ("b.log.gz", gzip(text(&all[100..200]).as_bytes())),
        ("c.log.zst", zstd::encode_all(text(&all[200..300]).as_bytes(), 1).unwrap()),
        ("d.ndjson", rows(&all[300..400]).into_bytes()),
        ("e.json", serde_json::to_vec(&all[400..]).unwrap()),
    ] {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    (folder, all)
}

const LOGS: [&str; 5] = ["a.log", "b.log.gz", "c.log.zst", "d.ndjson", "e.json"];

fn oddlog(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oddlog"));
    command.current_dir(folder).env_clear().args(args);
    command
}

/// What a command that succeeds prints.
fn printed(folder: &Path, args: &[&str]) -> String {
    let assert = oddlog(folder, args).assert().success();
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

/// What a command that fails says.
fn complaint(folder: &Path, args: &[&str]) -> String {
    let assert = oddlog(folder, args).assert().code(1);
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

/// The state files of the logs, in the order of [`LOGS`].
fn mapped(folder: &Path) -> Vec<String> {
    let said = printed(folder, &[&["map", "--out", "states"][..], &LOGS].concat());
    said.lines().map(|row| row.split('\t').next().unwrap().to_owned()).collect()
}

fn state_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder.join("states")).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    files
}

/// The digest of a model that was trained on these lines, all at once.
fn digest_of(lines: &[String]) -> u64 {
    let folder = TempDir::new().unwrap();
    let models = Models::open(folder.path()).unwrap();
    models.train(DEFAULT_MODEL, lines).unwrap();
    models.info(DEFAULT_MODEL).unwrap().state_digest
}

#[test]
fn files_mapped_apart_and_merged_in_any_order_are_the_state_of_all_lines() {
    let (folder, all) = logs();
    let dir = folder.path();
    let said = printed(dir, &[&["map", "--out", "states"][..], &LOGS].concat());
    let rows: Vec<&str> = said.lines().collect();
    assert_eq!(rows.len(), LOGS.len(), "{said}");
    for (row, stem) in rows.iter().zip(["a", "b.log", "c.log", "d", "e"]) {
        let (file, lines) = row.split_once('\t').unwrap();
        assert_eq!(lines, "100 lines");
        let hex = file.strip_prefix(&format!("states/{stem}-")).unwrap().strip_suffix(".oddstate").unwrap();
        assert!(hex.len() == 16 && hex.bytes().all(|b| b.is_ascii_hexdigit()), "{file}");
    }
    let states: Vec<&str> = rows.iter().map(|row| row.split('\t').next().unwrap()).collect();
    let expected = Partial::of(&all).to_bytes().unwrap();

    let backwards: Vec<&str> = states.iter().rev().copied().collect();
    printed(dir, &[&["merge"][..], &backwards, &["--out", "backwards"]].concat());
    printed(dir, &[&["merge"][..], &states[3..], &["--out", "right"]].concat());
    printed(dir, &[&["merge", "right"][..], &states[..3], &["--out", "grouped"]].concat());
    let said = printed(dir, &["merge", "states", states[0], "--out", "all"]);
    // a file that is named twice counts once; the days are 2024-03-01 to 05, 25 July of no year, and no date
    assert_eq!(said, "Merged 5 state files, 500 lines of 7 days, into `all`\n");
    for file in ["backwards", "grouped", "all"] {
        assert!(fs::read(dir.join(file)).unwrap() == expected, "{file}");
    }
}

#[test]
fn a_model_that_merged_states_is_the_one_that_was_trained_in_this_process_and_over_http() {
    let (folder, all) = logs();
    let dir = folder.path();
    mapped(dir);
    let expected = digest_of(&all);

    let said = printed(dir, &["merge", "states", "--model", "default", "--embedded", "--models-dir", "m"]);
    assert_eq!(said, "Merged 5 state files, 500 lines of 7 days, into model `default` of this process\n");
    let info = Models::open(&dir.join("m")).unwrap().info(DEFAULT_MODEL).unwrap();
    assert_eq!((info.state_digest, info.trained_lines, info.generation), (expected, 500, 1));

    let config = Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        models_dir: dir.join("served"),
        ..Config::default()
    };
    with_server(config, |address| {
        let url = format!("http://{address}");
        let said = printed(dir, &["merge", "states", "--model", "default", "--url", &url]);
        assert_eq!(
            said,
            format!("Merged 5 state files, 500 lines of 7 days, into model `default` of {url}\n")
        );
        let refused = oddlog(dir, &["merge", "states", "--model", "No/Name", "--url", &url]).assert().code(2);
        let said = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
        assert!(said.contains("answered 422: `model` is wrong: model name `No/Name` is not valid"), "{said}");
    });
    let info = Models::open(&dir.join("served")).unwrap().info(DEFAULT_MODEL).unwrap();
    assert_eq!((info.state_digest, info.trained_lines), (expected, 500));
}

#[test]
fn a_log_of_many_parts_is_counted_whole() {
    let folder = TempDir::new().unwrap();
    let all = lines(240_000);
    let text = all.join("\n");
    assert!(text.len() > 9_000_000, "more than one part of 8 MiB");
    fs::write(folder.path().join("long.log.gz"), gzip(text.as_bytes())).unwrap();
    let said = printed(folder.path(), &["map", "--out", "states", "long.log.gz"]);
    let (file, lines) = said.trim_end().split_once('\t').unwrap();
    assert_eq!(lines, "240000 lines");
    assert!(fs::read(folder.path().join(file)).unwrap() == Partial::of(&all).to_bytes().unwrap());
}

/// Real logs in parts, half of them packed, mapped by two processes at a time.
#[test]
fn real_logs_mapped_by_several_processes_are_the_state_of_all_lines() {
    let formats = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/formats");
    let (apache, linux) =
        (formats.join("loghub_apache_full/raw.log.gz"), formats.join("loghub_linux_full/raw.log"));
    if !apache.exists() || !linux.exists() {
        println!("skipped: ../shared/data/formats is not there");
        return;
    }
    let mut text = Vec::new();
    flate2::read::MultiGzDecoder::new(fs::File::open(apache).unwrap()).read_to_end(&mut text).unwrap();
    text.extend(fs::read(linux).unwrap());
    let text = String::from_utf8_lossy(&text).into_owned();
    let all: Vec<String> = text.lines().map(str::to_owned).collect();
    let folder = TempDir::new().unwrap();
    let dir = folder.path();
    fs::create_dir(dir.join("parts")).unwrap();
    for (i, part) in all.chunks(all.len() / 7).enumerate() {
        let (name, text) = (dir.join(format!("parts/{i}.log")), part.join("\n"));
        match i % 2 {
            0 => fs::write(name, text).unwrap(),
            _ => fs::write(name.with_extension("gz"), gzip(text.as_bytes())).unwrap(),
        }
    }
    let script = "ls parts/* | xargs -P2 -n1 \"$ODDLOG\" map --out states";
    let mut shell = Command::new("sh");
    shell
        .current_dir(dir)
        .args(["-c", script])
        .env("ODDLOG", env!("CARGO_BIN_EXE_oddlog"))
        .assert()
        .success();
    let states = state_files(dir);
    assert_eq!(states.len(), 8);
    let backwards: Vec<&str> = states.iter().rev().map(|path| path.to_str().unwrap()).collect();
    printed(dir, &["merge", "states", "--out", "forwards"]);
    printed(dir, &[&["merge"][..], &backwards, &["--out", "backwards"]].concat());
    let expected = Partial::of(&all).to_bytes().unwrap();
    assert!(fs::read(dir.join("forwards")).unwrap() == expected);
    assert!(fs::read(dir.join("backwards")).unwrap() == expected);
}

#[test]
fn a_command_that_is_repeated_writes_the_same_files_and_equal_logs_have_two() {
    let (folder, all) = logs();
    let dir = folder.path();
    let first = mapped(dir);
    let bytes: Vec<_> = first.iter().map(|file| fs::read(dir.join(file)).unwrap()).collect();
    assert_eq!(mapped(dir), first);
    assert_eq!(state_files(dir).len(), 5, "no other file is left");
    assert_eq!(first.iter().map(|file| fs::read(dir.join(file)).unwrap()).collect::<Vec<_>>(), bytes);

    fs::create_dir(dir.join("other")).unwrap();
    fs::copy(dir.join("a.log"), dir.join("other/a.log")).unwrap();
    printed(dir, &["map", "--out", "states", "other/a.log"]);
    assert_eq!(state_files(dir).len(), 6);
    printed(dir, &["merge", "states", "--out", "all"]);
    let twice = [&all[..], &all[..100]].concat();
    assert!(fs::read(dir.join("all")).unwrap() == Partial::of(&twice).to_bytes().unwrap());
}

#[test]
fn standard_input_and_a_log_without_lines_have_states_too() {
    let folder = TempDir::new().unwrap();
    let mut command = oddlog(folder.path(), &["map", "--out", "states/of/host7", "-"]);
    let assert = command.write_stdin(&b"INFO one\nINFO caf\xe9\n"[..]).assert().success();
    let said = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    assert!(said.starts_with("states/of/host7/stdin-") && said.ends_with(".oddstate\t2 lines\n"), "{said}");
    fs::write(folder.path().join("empty.log"), "").unwrap();
    assert!(printed(folder.path(), &["map", "--out", "states", "empty.log"]).ends_with("\t0 lines\n"));
    let said = printed(folder.path(), &["merge", "states", "--out", "all"]);
    assert_eq!(said, "Merged 1 state file, 0 lines of 0 days, into `all`\n");
}

#[test]
fn an_environment_that_names_a_service_changes_nothing_for_files() {
    let (folder, _) = logs();
    for args in [&["map", "--out", "states", "a.log"][..], &["merge", "states", "--out", "all"]] {
        let mut command = oddlog(folder.path(), args);
        command
            .env("ODDLOG_URL", "http://127.0.0.1:9")
            .env("ODDLOG_MODELS_DIR", "nowhere")
            .assert()
            .success();
    }
}

#[test]
fn a_failure_names_the_file_and_what_to_do() {
    let (folder, _) = logs();
    let dir = folder.path();
    let states = mapped(dir);
    let good = fs::read(dir.join(&states[0])).unwrap();
    fs::write(dir.join("cut.oddstate"), &good[..good.len() - 1]).unwrap();
    fs::create_dir(dir.join("none")).unwrap();
    let model = ["--model", "web", "--embedded", "--models-dir", "m"];
    for (args, said) in [
        (&["map", "--out", "x", "a.log", "missing.log"][..], "cannot read `missing.log`: "),
        (&["map", "--out", "a.log", "b.log.gz"], "cannot create `a.log`: "),
        (&["merge", "missing.oddstate", "--out", "all"], "cannot open `missing.oddstate`: "),
        (
            &["merge", "none", "--out", "all"],
            "there is no `*.oddstate` in `none`; make them with `oddlog map",
        ),
        (&["merge", "a.log", "--out", "all"], "cannot use `a.log`: it is not an oddlog file"),
        (&["merge", "states", "--out", "no/such"], "cannot write to `no`: "),
        (
            &[&["merge", "states", "cut.oddstate"][..], &model].concat(),
            "cannot use `cut.oddstate`: it is cut off",
        ),
        (
            &["merge", "states", "--out", "states/all.oddstate"],
            "`states/all.oddstate` is, or would be, one of",
        ),
        (
            &["merge", &states[0], &states[1], "--out", &states[1]],
            &format!("`{}` is, or would be", states[1]),
        ),
    ] {
        let complaint = complaint(dir, args);
        assert!(complaint.starts_with(&format!("oddlog: {said}")), "{args:?}: {complaint}");
    }
    assert!(!dir.join("all").exists() && !dir.join("m").exists(), "nothing is half done");
    assert_eq!(fs::read(dir.join(&states[0])).unwrap(), good);
}

#[test]
fn wrong_usage_of_map_and_merge_is_status_2() {
    let (folder, _) = logs();
    for args in [
        &["map", "a.log"][..],
        &["map", "--out", "x"],
        &["merge", "--out", "x"],
        &["merge", "x"],
        &["merge", "x", "--out", "y", "--model", "z"],
        &["merge", "x", "--model", "z", "--key", "two words"],
        &["-t", "map", "--out", "x", "a.log"],
    ] {
        oddlog(folder.path(), args).assert().code(2);
    }
}

#[test]
fn a_key_lets_the_client_repeat_a_merge() {
    let (folder, all) = logs();
    let dir = folder.path();
    mapped(dir);
    let merge = ["merge", "states", "--model", "default", "--embedded", "--models-dir", "m"];
    for _ in 0..2 {
        printed(dir, &[&merge[..], &["--key", "split-17"]].concat());
    }
    assert_eq!(
        Models::open(&dir.join("m")).unwrap().info(DEFAULT_MODEL).unwrap().state_digest,
        digest_of(&all)
    );
    // without one it counts as often as it is sent
    printed(dir, &merge);
    assert_eq!(Models::open(&dir.join("m")).unwrap().info(DEFAULT_MODEL).unwrap().trained_lines, 1000);
}

/// A service over a folder.
fn service(folder: &Path, config: Config) -> Router {
    router(App::new(Arc::new(Models::open(folder).unwrap()), config))
}

async fn ask(service: &Router, request: Request<Body>) -> (u16, Value) {
    let response = service.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

const OCTETS: (&str, &str) = ("Content-Type", "application/octet-stream");
const MERGE: &str = "/v1/models/default/merge";

async fn post(service: &Router, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> (u16, Value) {
    let mut request = Request::post(path);
    for &(name, value) in headers {
        request = request.header(name, value);
    }
    ask(service, request.body(Body::from(body)).unwrap()).await
}

/// What `GET /v1/models/default` says of what was learnt.
async fn learnt(service: &Router) -> (Value, Value) {
    let (_, model) = ask(service, Request::get("/v1/models/default").body(Body::empty()).unwrap()).await;
    (model["state_digest"].clone(), model["trained_lines"].clone())
}

#[tokio::test]
async fn merges_and_trainings_in_any_mix_are_one_training() {
    let all = lines(400);
    let (trained, mixed) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let one = service(trained.path(), Config::default());
    let body = json!({"logs": all}).to_string();
    assert_eq!(post(&one, "/train", &[("Content-Type", "application/json")], body.into()).await.0, 200);

    let two = service(mixed.path(), Config::default());
    let state = |lines: &[String]| Partial::of(lines).to_bytes().unwrap();
    let (status, reply) = post(&two, MERGE, &[OCTETS], state(&all[300..])).await;
    let expected = json!({"status": "Merged", "model": "default", "lines_merged": 100, "days_merged": 7});
    assert_eq!((status, reply), (200, expected));
    let body = all[..100].join("\n");
    assert_eq!(post(&two, "/train", &[("Content-Type", "text/plain")], body.into()).await.0, 200);
    let packed = [OCTETS, ("Content-Encoding", "gzip")];
    assert_eq!(post(&two, MERGE, &packed, gzip(&state(&all[100..300]))).await.0, 200);
    assert_eq!(learnt(&two).await, learnt(&one).await);
    assert_eq!(learnt(&two).await.1, 400);

    // what a machine that stops here has on disk is the journal
    let stopped = TempDir::new().unwrap();
    fs::copy(mixed.path().join("state.journal"), stopped.path().join("state.journal")).unwrap();
    let again = service(stopped.path(), Config::default());
    assert_eq!(learnt(&again).await, learnt(&one).await);
}

#[tokio::test]
async fn a_merge_counts_as_often_as_it_is_sent_but_once_under_a_key() {
    let folder = TempDir::new().unwrap();
    let service = service(folder.path(), Config::default());
    let state = Partial::of(&lines(50)).to_bytes().unwrap();
    for expected in [50, 100] {
        assert_eq!(post(&service, MERGE, &[OCTETS], state.clone()).await.0, 200);
        assert_eq!(learnt(&service).await.1, expected);
    }
    let keyed = [OCTETS, ("Idempotency-Key", "k1")];
    let first = post(&service, MERGE, &keyed, state.clone()).await;
    assert_eq!((first.0, &first.1["lines_merged"]), (200, &json!(50)));
    assert_eq!(post(&service, MERGE, &keyed, state.clone()).await, first);
    assert_eq!(learnt(&service).await.1, 150);
    let other = Partial::of(&lines(51)).to_bytes().unwrap();
    let (status, problem) = post(&service, MERGE, &keyed, other).await;
    assert_eq!((status, &problem["error"]), (422, &json!("idempotency_key_reused")));
    let (status, _) = post(&service, "/v1/models/web/merge", &keyed, state).await;
    assert_eq!(status, 422, "another model is another merge");
}

#[tokio::test]
async fn a_merge_is_fitted_in_the_background() {
    let folder = TempDir::new().unwrap();
    let service = service(folder.path(), Config::default());
    let state = Partial::of(&lines(50)).to_bytes().unwrap();
    assert_eq!(post(&service, MERGE, &[OCTETS], state).await.0, 200);
    for _ in 0..200 {
        let shown = Request::get("/v1/models/default").body(Body::empty()).unwrap();
        if ask(&service, shown).await.1["generation"] == 1 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no fit within ten seconds");
}

/// A good file with its header changed at `at`, and a checksum that fits.
fn with_header(bytes: &[u8], at: usize, byte: u8) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] = byte;
    sealed(bytes)
}

pub(super) fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let checksum = crc32fast::hash(&[&bytes[..28], &bytes[32..]].concat());
    bytes[28..32].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

/// The content of a state, to be changed where the library does not allow it.
#[derive(Serialize, Deserialize)]
pub(super) struct Content {
    pub(super) shapes: BTreeMap<u64, Shape>,
    pub(super) slices: BTreeMap<Day, Slice>,
    cut: Option<u64>,
}

/// A state file whose content was changed.
fn forged(lines: &[String], change: impl FnOnce(&mut Content)) -> Vec<u8> {
    let bytes = Partial::of(lines).to_bytes().unwrap();
    let mut content: Content = oddlog::store::decode(&bytes[32..]).unwrap();
    assert_eq!(encode(&content).unwrap(), bytes[32..]);
    change(&mut content);
    let pipeline = u64::from_le_bytes(bytes[20..28].try_into().unwrap());
    to_frame(store::Kind::Partial, pipeline, &content).unwrap()
}

#[tokio::test]
async fn what_is_no_state_of_this_release_is_refused_and_the_model_stays_as_it_is() {
    let folder = TempDir::new().unwrap();
    let service = service(folder.path(), Config { body_limit_bytes: 100_000, ..Config::default() });
    let good = Partial::of(&lines(50)).to_bytes().unwrap();
    assert_eq!(post(&service, MERGE, &[OCTETS], good.clone()).await.0, 200);
    let before = learnt(&service).await;
    let flipped = [&good[..60], &[good[60] ^ 1], &good[61..]].concat();
    let (kind, version, pipeline) =
        (with_header(&good, 6, 5), with_header(&good, 8, 4), with_header(&good, 20, good[20] ^ 1));
    let poisonous = forged(&lines(50), |content| content.cut = Some(0));
    for (headers, body, status, code, said) in [
        (&[][..], good.clone(), 415, "unsupported_content_type", "send application/octet-stream"),
        (&[("Content-Type", "text/plain")], good.clone(), 415, "unsupported_content_type", "`text/plain`"),
        (&[OCTETS, ("Content-Encoding", "br")], good.clone(), 415, "unsupported_content_encoding", "br"),
        (&[OCTETS], vec![0; 100_001], 413, "body_too_large", "100000 bytes"),
        (&[OCTETS], vec![], 400, "empty_body", "a file that `oddlog map` or"),
        (&[OCTETS], b"INFO a line\n".to_vec(), 400, "not_a_partial_state", "does not begin with `ODDLOG`"),
        (&[OCTETS], kind, 400, "not_a_partial_state", "a training state where a partial state belongs"),
        (&[OCTETS], good[..40].to_vec(), 400, "damaged_partial_state", "it is cut off"),
        (&[OCTETS], flipped, 400, "damaged_partial_state", "its checksum is"),
        (&[OCTETS], [&good[..], b"x"].concat(), 400, "damaged_partial_state", "1 bytes follow its end"),
        (&[OCTETS], with_header(&good, 32, 0xff), 400, "damaged_partial_state", "make it again with"),
        (&[OCTETS], poisonous, 400, "inconsistent_partial_state", "no lines can have given"),
        (&[OCTETS], version, 409, "version_mismatch", "it has format version 4"),
        (&[OCTETS], pipeline, 409, "pipeline_mismatch", "reads lines in another way"),
    ] {
        let (found, problem) = post(&service, MERGE, headers, body).await;
        assert_eq!((found, problem["error"].as_str().unwrap()), (status, code), "{problem}");
        assert!(problem["message"].as_str().unwrap().contains(said), "{problem}");
    }
    for path in ["/v1/models/No-Name/merge", "/v1/models/default/merge?model=web"] {
        let (status, problem) = post(&service, path, &[OCTETS], good.clone()).await;
        assert_eq!((status, &problem["error"]), (422, &json!("invalid_option")), "{path}");
    }
    let other_site = [OCTETS, ("Origin", "https://evil.example"), ("Host", "localhost:5000")];
    assert_eq!(post(&service, MERGE, &other_site, good).await.0, 403);
    assert_eq!(learnt(&service).await, before);
}

#[test]
fn a_state_whose_days_are_in_another_order_or_there_twice_is_refused() {
    /// The days of a state, in any order.
    struct Days<'d>(&'d [(&'d Day, &'d Slice)]);
    impl Serialize for Days<'_> {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(self.0.iter().copied())
        }
    }
    let bytes = Partial::of(&lines(200)).to_bytes().unwrap();
    let content: Content = oddlog::store::decode(&bytes[32..]).unwrap();
    let pipeline = u64::from_le_bytes(bytes[20..28].try_into().unwrap());
    let with = |days: &[(&Day, &Slice)]| {
        to_frame(store::Kind::Partial, pipeline, &(&content.shapes, Days(days), content.cut)).unwrap()
    };
    let mut days: Vec<(&Day, &Slice)> = content.slices.iter().collect();
    assert_eq!(with(&days), bytes);
    let twice = [&days[..], &days[..1]].concat();
    days.swap(0, 1);
    for odd in [with(&days), with(&twice)] {
        let said = Partial::from_bytes(&odd).unwrap_err().to_string();
        assert!(said.contains("in another order than they are written in, or are there twice"), "{said}");
    }
}

#[test]
fn a_state_that_no_lines_can_have_given_is_refused_whatever_does_not_fit() {
    let lines = lines(200);
    let refused = |change: &dyn Fn(&mut Content)| {
        Partial::from_bytes(&forged(&lines, |content| change(content))).map(|_| ()).unwrap_err().to_string()
    };
    let first = |content: &Content| *content.shapes.first_key_value().unwrap().0;
    fn slice(content: &mut Content) -> &mut Slice {
        content.slices.get_mut(&Day::SinceEpoch(19_783)).unwrap()
    }
    for (what, change, said) in [
        (
            "a key that another sequence has",
            &(|c: &mut Content| {
                let keys: Vec<u64> = c.shapes.keys().copied().collect();
                let (a, b) = (c.shapes[&keys[0]].clone(), c.shapes[&keys[1]].clone());
                c.shapes.extend([(keys[0], b), (keys[1], a)]);
            }) as &dyn Fn(&mut Content),
            "has another key",
        ),
        (
            "another front",
            &|c| {
                let key = first(c);
                let shape = c.shapes.get_mut(&key).unwrap();
                let closed = shape.front == oddlog::entry::Front::CLOSED;
                shape.front = if closed { oddlog::entry::Front::PLAIN } else { oddlog::entry::Front::CLOSED };
            },
            "has another key",
        ),
        (
            "a sequence without lines",
            &|c| c.slices.values_mut().for_each(|s| s.cells.clear()),
            "do not add up",
        ),
        (
            "a sequence that no day has",
            &|c| {
                // as if the days of it had been forgotten, and not the sequence
                c.slices.retain(|day, _| *day == Day::None);
            },
            "has no lines",
        ),
        (
            "lines of no sequence",
            &|c| {
                let key = first(c);
                c.shapes.remove(&key);
            },
            "no sequence for it",
        ),
        (
            "a day of a million years",
            &|c| rename(c, Day::SinceEpoch(i32::MAX)),
            "is no day that a line can have",
        ),
        ("a 400th day", &|c| rename(c, Day::OfYear(400)), "is no day that a line can have"),
        ("a line too many", &|c| slice(c).lines += 1, "do not add up"),
        ("a level too many", &|c| slice(c).levels[0] += 1, "do not add up"),
        (
            "counts that overflow",
            &|c| {
                let slice = slice(c);
                slice.lines = u64::MAX;
                slice.cells.values_mut().for_each(|cell| cell.count = u64::MAX);
            },
            "do not add up",
        ),
        ("a minute that only a cell has", &|c| cell(c).minutes.insert(1439), "do not add up"),
        ("a source that only a cell has", &|c| cell(c).sources.insert(7), "do not add up"),
        ("a number behind the end", &|c| number(c, 300, 5), "do not add up"),
        ("a number that is too large", &|c| number(c, 1, 1000), "do not add up"),
        ("a kind behind the end", &|c| kind(c, 300, Kind::Ip, 1), "do not add up"),
        ("a kind of more values than lines", &|c| kind(c, 1, Kind::Ip, 1_000), "do not add up"),
        ("a kind of no value", &|c| kind(c, 1, Kind::Ip, 0), "do not add up"),
        ("a kind of an owner's rule", &|c| kind(c, 1, Kind::Rule(7), 1), "do not add up"),
        ("overflow without a cut", &|c| slice(c).overflow.add(1, 1), "do not add up"),
        ("a cut of a state that is not full", &|c| c.cut = Some(u64::MAX), "it left out does not fit"),
        ("too many lines", &|c| multiply(c, 1 << 40), "more than 1099511627776 lines"),
    ] {
        let error = refused(change);
        assert!(error.contains(said), "{what}: {error}");
    }
    assert!(Partial::from_bytes(&forged(&lines, |_| {})).is_ok());
}

/// Gives 2024-03-01 another date.
fn rename(content: &mut Content, day: Day) {
    let slice = content.slices.remove(&Day::SinceEpoch(19_783)).unwrap();
    content.slices.insert(day, slice);
}

/// The first cell of 2024-03-01.
fn cell(content: &mut Content) -> &mut oddlog::state::Cell {
    content.slices.get_mut(&Day::SinceEpoch(19_783)).unwrap().cells.values_mut().next().unwrap()
}

fn number(content: &mut Content, position: u16, magnitude: i16) {
    cell(content).numbers.entry(position).or_default().insert(magnitude, 1);
}

fn kind(content: &mut Content, position: u16, kind: Kind, count: u64) {
    cell(content).numbers.entry(position).or_default().add_kind(kind, count);
}

/// As if every line had come so often.
fn multiply(content: &mut Content, times: u64) {
    for slice in content.slices.values_mut() {
        slice.lines *= times;
        slice.levels.iter_mut().for_each(|n| *n *= times);
        for cell in slice.cells.values_mut() {
            cell.count *= times;
            cell.levels.iter_mut().for_each(|n| *n *= times);
        }
    }
}

/// A line of a small system.
fn line() -> impl Strategy<Value = String> {
    let number = 0..10_000_u32;
    prop_oneof![
        (1..4_u32, number.clone())
            .prop_map(|(d, n)| format!("2024-03-0{d} 10:00:07 INFO request {n} took {} ms", n % 40)),
        number.clone().prop_map(|n| format!("Jul 25 10:00:01 host{} sshd[{n}]: session opened", n % 300)),
        number.prop_map(|n| format!("ERROR disk sd{} failed", n % 3)),
        "[a-z]{1,6}( [a-z]{1,6}){0,4}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::cases(200)))]

    #[test]
    fn states_of_any_cut_travel_and_merge_in_any_order_and_grouping(
        parts in prop::collection::vec(prop::collection::vec(line(), 0..40), 0..8).prop_shuffle(),
        grouped in 0..8_usize,
    ) {
        let whole = Partial::of(&parts.concat()).to_bytes().unwrap();
        let states: Vec<Partial> = parts
            .iter()
            .map(|lines| Partial::from_bytes(&Partial::of(lines).to_bytes().unwrap()).unwrap())
            .collect();
        let sum = |states: &[Partial]| states.iter().cloned().fold(Partial::default(), |mut sum, one| {
            sum.merge(one);
            sum
        });
        let (left, right) = states.split_at(grouped.min(states.len()));
        prop_assert_eq!(sum(&[sum(right), sum(left)]).to_bytes().unwrap(), whole);
    }

    #[test]
    fn a_state_whose_bytes_were_tampered_with_is_refused_or_can_be_used(
        lines in prop::collection::vec(line(), 1..20),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = Partial::of(&lines).to_bytes().unwrap();
        for (at, byte) in changes {
            let at = 32 + at.index(bytes.len() - 32);
            bytes[at] = byte;
        }
        // believed to be whole: only the content can give it away
        refuse_or_use(&lines, &sealed(bytes))?;
    }

    #[test]
    fn a_state_whose_numbers_were_forged_is_refused_or_can_be_used(
        lines in prop::collection::vec(line(), 1..20),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..8_u8, any_number()), 1..4),
    ) {
        let bytes = forged(&lines, |content| {
            for (at, what, value) in changes {
                forge(content, at, what, value);
            }
        });
        refuse_or_use(&lines, &bytes)?;
    }
}

/// Numbers as they are, and as they break sums.
fn any_number() -> impl Strategy<Value = u64> {
    prop_oneof![0..40_u64, any::<u64>(), (0..9_u64).prop_map(|n| u64::MAX - n)]
}

fn forge(content: &mut Content, at: prop::sample::Index, what: u8, value: u64) {
    let day = *at.get(&content.slices.keys().copied().collect::<Vec<_>>());
    if what == 0 {
        let slice = content.slices.remove(&day).unwrap();
        content.slices.insert(Day::SinceEpoch(value as i32), slice);
        return;
    }
    let slice = content.slices.get_mut(&day).unwrap();
    let keys: Vec<u64> = slice.cells.keys().copied().collect();
    let cell = slice.cells.get_mut(at.get(&keys)).unwrap();
    match what {
        1 => slice.lines = value,
        2 => cell.count = value,
        3 => cell.levels[2] = value,
        4 => cell.numbers.entry(at.index(9) as u16).or_default().insert(value as i16, value),
        5 => content.cut = Some(value),
        6 => {
            let mut column = NumberColumn::default();
            column.add_kind(Kind::Hex, value);
            cell.numbers.insert(at.index(9) as u16, column);
        }
        _ => (slice.lines, slice.levels[6], cell.count, cell.levels[6]) = (value, value, value, value),
    }
}

/// Whatever is not refused adds up, and lines can be judged by it.
fn refuse_or_use(lines: &[String], bytes: &[u8]) -> Result<(), TestCaseError> {
    let Ok(partial) = Partial::from_bytes(bytes) else { return Ok(()) };
    let folder = TempDir::new().unwrap();
    let models = Models::open(folder.path()).unwrap();
    models.train("m", lines).unwrap();
    models.merge("m", &partial, None).unwrap();
    let options = AnalyzeOptions { terms: true, temporal: true, ..AnalyzeOptions::default() };
    let report = models.analyze("m", lines, &options).unwrap();
    prop_assert_eq!(report.model.trained_lines, lines.len() as u64 + partial.lines());
    prop_assert!(report.lines.iter().all(|line| line.anomaly_score.is_finite()));
    Ok(())
}
