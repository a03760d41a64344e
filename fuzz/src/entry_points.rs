//! Every place where bytes of strangers come in, and what holds of it whatever they are.
//!
//! The fuzzer calls these with inputs that it grows by coverage, the tests with damaged logs of a fixed seed. Each panics if its promise is broken.

use std::io::Write;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, StatusCode, header};
use http_body_util::BodyExt;
use oddlog::analysis::fit::Fit;
use oddlog::analysis::{AnalyzeOptions, analyze};
use oddlog::http::{App, Config, router};
use oddlog::models::{Models, Partial};
use oddlog::parse::parse_line;
use oddlog::state::State;
use oddlog::store::{Journal, Kind};
use oddlog::tokenize::{Rule, Rules, Tokens, tokenize, tokenize_with};
use oddlog::wire::{Format, LONGEST_LINE_BYTES, Options, decode, read_body};
use serde_json::Value;
use tower::ServiceExt;

/// Panics if bytes break its promise.
pub type EntryPoint = fn(&[u8]);

/// All of them, by name.
pub const ALL: [(&str, EntryPoint); 12] = [
    ("line", line),
    ("analysis", analysis),
    ("body", body),
    ("packed", packed),
    ("request", request),
    ("query", query),
    ("state", state),
    ("journal", journal),
    ("partial", partial),
    ("options", options),
    ("sessions", sessions),
    ("rules", rules),
];

/// A line has an entry, and the tokens of its message are its text in order.
pub fn line(bytes: &[u8]) {
    let text = decode(bytes).text;
    for line in text.split('\n') {
        let entry = parse_line(line);
        // Pairs and fields are written again as ` key=value`; nothing grows without bound.
        assert!(entry.message.len() <= 300 * line.len() + 300, "{} of {}", entry.message.len(), line.len());
        let mut tokens = Tokens::default();
        tokenize(&entry.message, &mut tokens);
        assert!(tokens.len() <= entry.message.len() + 1);
    }
}

/// An analysis has a row for every line, and scores in their range.
pub fn analysis(bytes: &[u8]) {
    let text = decode(bytes).text;
    let lines: Vec<&str> = text.split('\n').collect();
    let options = AnalyzeOptions { terms: true, temporal: true, ..Default::default() };
    let report = analyze(&lines, None, &options);
    assert_eq!(report.lines.len(), lines.len());
    for (at, line) in report.lines.iter().enumerate() {
        assert!((0.0..=2.0).contains(&line.anomaly_score), "{}", line.anomaly_score);
        assert!(line.record <= at, "line {at} continues line {}", line.record);
    }
}

/// A body is lines or a refusal; of text, as many lines as it has line ends.
pub fn body(bytes: &[u8]) {
    for format in [Format::Text, Format::Ndjson, Format::Json] {
        let Ok(body) = read_body(format, bytes, Vec::new(), usize::MAX) else { continue };
        assert!(body.lines.iter().all(|line| line.len() <= LONGEST_LINE_BYTES));
        if format == Format::Text {
            let text = decode(bytes).text;
            let n_lines = text.strip_suffix('\n').unwrap_or(&text).split('\n').count();
            assert_eq!(body.lines.len(), n_lines);
        }
        let _ = body.options();
    }
}

/// A packed body, read whole or as it comes, has an answer that is no 5xx: way and packing by the first byte.
pub fn packed(bytes: &[u8]) {
    let Some((choice, content)) = bytes.split_first() else { return };
    let kind = if choice & 1 == 0 { "text/plain" } else { "application/json" };
    let packing = if choice & 2 == 0 { "gzip" } else { "zstd" };
    let rows = if choice & 4 == 0 { "application/json" } else { "application/x-ndjson" };
    let request = Request::post("/analyze_logs?visualization=false")
        .header(header::CONTENT_TYPE, kind)
        .header(header::CONTENT_ENCODING, packing)
        .header(header::ACCEPT, rows)
        .body(Body::from(content.to_vec()))
        .expect("a request of known parts");
    let status = answer(request);
    assert!(!status.is_server_error(), "{status}");
}

/// Routes that change nothing, and how a fuzzer's byte chooses among them.
const ROUTES: [&str; 8] = [
    "/analyze_logs",
    "/v1/analyze",
    "/v1/compare",
    "/v1/models/a/merge",
    "/v1/models",
    "/v1/models/a/settings",
    "/v1/models/a/rollback",
    "/v1/models/a/events",
];
const TYPES: [&str; 5] = [
    "application/json",
    "text/plain",
    "application/x-ndjson",
    "application/octet-stream",
    "application/a+json",
];

/// A request has an answer that is no 5xx: route, type and packing by the first three bytes, the query up to a zero byte.
pub fn request(bytes: &[u8]) {
    let Some((choice, rest)) = bytes.split_first_chunk::<3>() else { return };
    let (query, content) = match rest.iter().position(|&byte| byte == 0) {
        Some(end) => (&rest[..end], &rest[end + 1..]),
        None => (&[][..], rest),
    };
    let query: String = query
        .iter()
        .filter(|byte| byte.is_ascii_graphic() && **byte != b'#')
        .map(|&b| char::from(b))
        .collect();
    let (packing, content) = pack(choice[2], content);
    let path = format!("{}?{query}", ROUTES[usize::from(choice[0]) % ROUTES.len()]);
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, TYPES[usize::from(choice[1]) % TYPES.len()])
        .header(header::CONTENT_ENCODING, HeaderValue::from_static(packing));
    let Ok(request) = request.body(Body::from(content)) else { return };
    let status = answer(request);
    assert!(!status.is_server_error(), "{status}");
}

/// Routes whose one input is their query, and the method of each.
const ASKED: [(&str, &str); 9] = [
    ("GET", "/v1/models"),
    ("GET", "/v1/models/a"),
    ("GET", "/v1/models/a/events"),
    ("GET", "/v1/models/a/generations"),
    ("GET", "/v1/models/a/similar"),
    ("GET", "/v1/models/a/feedback"),
    ("DELETE", "/v1/models/a/feedback"),
    ("DELETE", "/v1/models/a/slices"),
    ("POST", "/v1/compare"),
];

/// A query has an answer that is no 5xx: route by the first byte, then the query as it stands in the request line.
pub fn query(bytes: &[u8]) {
    let Some((choice, query)) = bytes.split_first() else { return };
    let (method, path) = ASKED[usize::from(*choice) % ASKED.len()];
    let query: String = query.iter().filter(|b| b.is_ascii_graphic()).map(|&b| char::from(b)).collect();
    let request = Request::builder()
        .method(method)
        .uri(format!("{path}?{query}"))
        .header(header::CONTENT_TYPE, "text/plain");
    let Ok(request) = request.body(Body::from("2024-03-01 10:00:00 INFO a line\n")) else { return };
    let status = answer(request);
    assert!(!status.is_server_error(), "{status}");
}

/// The content as it stands or packed, under the name of a packing.
fn pack(choice: u8, content: &[u8]) -> (&'static str, Vec<u8>) {
    match choice % 5 {
        0 => ("identity", content.to_vec()),
        1 => ("gzip", content.to_vec()),
        2 => ("zstd", content.to_vec()),
        3 => {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packed.write_all(content).expect("memory takes all");
            ("gzip", packed.finish().expect("memory takes all"))
        }
        _ => ("zstd", zstd::encode_all(content, 1).expect("memory takes all")),
    }
}

/// What a service without models answers; its limits are small, so that the fuzzer meets them.
fn answer(request: Request<Body>) -> StatusCode {
    thread_local! {
        static SERVICE: (tokio::runtime::Runtime, Router, tempfile::TempDir) = {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let folder = tempfile::tempdir().expect("a folder");
            let models = Models::open(&folder.path().join("models")).expect("an empty folder opens");
            let config = Config { body_limit_bytes: 1 << 16, ..Config::default() };
            let router = runtime.block_on(async { router(App::new(Arc::new(models), config)) });
            (runtime, router, folder)
        };
    }
    SERVICE.with(|(runtime, router, _)| {
        runtime.block_on(async {
            let response = router.clone().oneshot(request).await.expect("the router answers");
            let status = response.status();
            let body = response.into_body().collect().await.expect("the answer is whole").to_bytes();
            assert!(!body.is_empty() || status == StatusCode::NO_CONTENT);
            status
        })
    })
}

/// A state is refused, or it can be merged, written and fitted.
pub fn state(bytes: &[u8]) {
    let Ok(state) = oddlog::store::decode::<State>(bytes) else { return };
    if state.check().is_err() {
        return;
    }
    let mut twice = state.clone();
    twice.merge(state.clone());
    assert_eq!(twice.lines(), 2 * state.lines());
    let written = oddlog::store::encode(&state).expect("a state can be written");
    let read: State = oddlog::store::decode(&written).expect("what was written is read");
    assert_eq!(read, state);
    let fit = Fit::new(&state, 0);
    assert!(fit.events().len() <= state.shapes().len());
}

/// A record of a model's journal, with its frame right, is refused with the model, or the model answers.
pub fn journal(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("web");
    std::fs::create_dir(&dir).expect("a folder");
    let (mut journal, _) = Journal::open(&dir.join(Kind::Journal.file_name())).expect("a new journal");
    journal.append(1, 0, bytes).expect("room for a record");
    drop(journal);
    let Ok(models) = Models::open(folder.path()) else { return };
    let Ok(info) = models.info("web") else { return };
    let report = models.analyze("web", &["2024-03-01 10:00:00 INFO a line"], &AnalyzeOptions::default());
    assert!(report.is_ok(), "a model of {} lines does not answer", info.trained_lines);
}

/// A partial state from another machine is refused, or it is whole.
pub fn partial(bytes: &[u8]) {
    if let Ok(partial) = Partial::from_bytes(bytes) {
        assert_eq!(partial.to_bytes().expect("it can be written"), bytes);
    }
}

/// Options are read or refused with a text.
pub fn options(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let pairs: Vec<(String, Value)> = text
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| {
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
            (key.to_owned(), value)
        })
        .collect();
    match Options::from_pairs(&pairs) {
        Ok(options) => assert!(options.max_patterns < usize::MAX),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A session pattern is refused, or it finds no more sessions than there are lines: pattern, zero byte, lines.
pub fn sessions(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (pattern, lines) =
        text.split_once('\0').unwrap_or((&text, "block 1 made\nblock 2 made\nblock 1 read"));
    let asked = [("session_pattern".to_owned(), Value::from(pattern))];
    let Ok(options) = Options::from_pairs(&asked) else { return };
    let lines: Vec<&str> = lines.split('\n').collect();
    let options = AnalyzeOptions { session_pattern: options.session_pattern, ..Default::default() };
    let report = analyze(&lines, None, &options);
    assert!(report.sessions.map_or(0, |sessions| sessions.len()) <= lines.len());
}

/// An owner's rule is refused, or it masks without losing what it does not match: pattern, zero byte, message.
pub fn rules(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (pattern, message) = text.split_once('\0').unwrap_or((&text, "order of customer acme is late"));
    let rule = Rule { name: "rule".to_owned(), pattern: pattern.to_owned() };
    let Ok(rules) = Rules::new(&[rule]) else { return };
    let mut tokens = Tokens::default();
    tokenize_with(message, &rules, &mut tokens);
    assert!(tokens.len() <= message.len() + 1);
}
