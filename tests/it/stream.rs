//! Analyses answered in rows: the same as whole ones, in parts, over the router.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use bytes::Bytes;
use http_body_util::BodyExt;
use http_body_util::channel::Channel;
use oddlog::analysis::{AnalyzeOptions, Stream, analyze};
use oddlog::http::{App, Config, router};
use oddlog::ml::rng::Random;
use oddlog::models::Models;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

/// Ordinary lines of a shop, every 97th an error with a stack trace of three lines behind it.
fn log(n_lines: usize, seed: u64) -> Vec<String> {
    let mut random = Random::new(seed, 0);
    let mut lines = Vec::new();
    while lines.len() < n_lines {
        let at = lines.len();
        let time = format!(
            "2024-05-{:02} {:02}:{:02}:{:02}",
            1 + at / 86_400,
            at / 3_600 % 24,
            at / 60 % 60,
            at % 60
        );
        if random.below(97) == 0 {
            lines.push(format!("{time} ERROR web-1 order {} failed", random.below(1_000)));
            lines.push("java.lang.IllegalStateException: no stock".to_owned());
            lines.push(format!("\tat shop.Order.pay(Order.java:{})", random.below(90)));
            lines.push("\tat shop.Main.run(Main.java:7)".to_owned());
        } else {
            let what = ["order paid in", "page served in", "cache refreshed after"][random.below(3) as usize];
            lines.push(format!("{time} INFO web-1 {what} {} ms", random.below(100)));
        }
    }
    lines
}

struct Service {
    router: Router,
    models: Arc<Models>,
    _folder: TempDir,
}

impl Service {
    fn with(config: Config) -> Self {
        let folder = TempDir::new().unwrap();
        let models = Arc::new(Models::open(&folder.path().join("models")).unwrap());
        Self { router: router(App::new(Arc::clone(&models), config)), models, _folder: folder }
    }

    fn trained() -> Self {
        let service = Self::with(Config::default());
        service.models.train("default", &log(3_000, 1)).unwrap();
        service
    }

    async fn ask(
        &self,
        path: &str,
        kind: &str,
        accept: &str,
        body: impl Into<Body>,
    ) -> (StatusCode, HeaderMap, Bytes) {
        let request = Request::post(path).header(header::CONTENT_TYPE, kind).header(header::ACCEPT, accept);
        let response = self.router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        (parts.status, parts.headers, body.collect().await.unwrap().to_bytes())
    }

    async fn rows(&self, path: &str, kind: &str, body: impl Into<Body>) -> Vec<Value> {
        let (status, headers, bytes) = self.ask(path, kind, "application/x-ndjson", body).await;
        assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&bytes));
        assert_eq!(headers[header::CONTENT_TYPE], "application/x-ndjson");
        assert_eq!(headers[header::VARY], "accept");
        assert!(bytes.ends_with(b"\n"));
        bytes
            .split(|b| *b == b'\n')
            .filter(|row| !row.is_empty())
            .map(|row| serde_json::from_slice(row).unwrap())
            .collect()
    }
}

fn without(mut value: Value, keys: &[&str]) -> Value {
    for key in keys {
        value.as_object_mut().unwrap().remove(*key);
    }
    value
}

/// Takes `rows` apart as the JSON reply has them: lines, findings, and all the rest.
fn taken_apart(rows: &[Value]) -> (Vec<Value>, Vec<Value>, Value) {
    let of = |kind: &str| -> Vec<Value> {
        rows.iter().filter(|row| row["type"] == kind).map(|row| without(row.clone(), &["type"])).collect()
    };
    let (summary, before) = rows.split_last().unwrap();
    assert_eq!(summary["type"], "summary");
    assert!(before.iter().all(|row| row["type"] == "line" || row["type"] == "finding"));
    (of("line"), of("finding"), without(summary.clone(), &["type"]))
}

#[tokio::test]
async fn rows_say_what_the_whole_reply_says() {
    let service = Service::trained();
    let mut lines = log(4_000, 2);
    lines.insert(2_000, "2024-05-01 00:33:20 FATAL web-1 disk failed, 17 orders lost".to_owned());
    let (text, json) = (lines.join("\n"), json!({"logs": lines}).to_string());
    let (_, _, whole) = service
        .ask("/analyze_logs?include=lines&visualization=false", "text/plain", "*/*", text.clone())
        .await;
    let whole: Value = serde_json::from_slice(&whole).unwrap();
    for (kind, body) in [("text/plain", text), ("application/json", json)] {
        let rows = service.rows("/analyze_logs", kind, body).await;
        let (lines, findings, summary) = taken_apart(&rows);
        assert_eq!(Value::from(lines), whole["lines"], "{kind}");
        assert_eq!(Value::from(findings), whole["findings"]);
        assert_eq!(summary, without(whole.clone(), &["lines", "findings"]));
    }
    assert_eq!(whole["statistics"]["outliers"], 1);
}

#[tokio::test]
async fn without_a_model_or_for_sections_of_all_lines_the_rows_are_those_of_a_whole_analysis() {
    let service = Service::with(Config::default());
    let text = log(2_000, 3).join("\n");
    let (_, _, whole) =
        service.ask("/v1/analyze?include=lines,temporal", "text/plain", "*/*", text.clone()).await;
    let whole: Value = serde_json::from_slice(&whole).unwrap();
    let rows = service.rows("/v1/analyze?include=temporal", "text/plain", text).await;
    let (lines, findings, summary) = taken_apart(&rows);
    assert_eq!(Value::from(lines), whole["lines"]);
    assert_eq!(Value::from(findings), whole["findings"]);
    assert_eq!(summary, without(whole, &["lines", "findings"]));
}

#[test]
fn lines_of_known_events_are_judged_alike_in_parts_of_any_size() {
    let folder = TempDir::new().unwrap();
    let models = Models::open(&folder.path().join("models")).unwrap();
    models.train("default", &log(3_000, 1)).unwrap();
    let trained = models.judge("default", false).unwrap().unwrap();
    let lines = log(2_500, 4);
    let options = AnalyzeOptions::default();
    let whole = analyze(&lines, Some(&trained), &options);
    for size in [17, 64, 1_000, 9_999] {
        let mut stream = Stream::new(Arc::clone(&trained), &options, 10);
        let (mut held, mut n_judged): (Vec<String>, usize) = (Vec::new(), 0);
        let mut judge = |held: &mut Vec<String>, is_last: bool| {
            let report = stream.judge(held, is_last);
            for line in &report.lines {
                let expected = &whole.lines[line.log_id];
                assert_eq!(line.log_id, n_judged);
                assert_eq!(line.entry, expected.entry);
                assert_eq!(report.lines[line.record].log_id, expected.record, "part of {size} lines");
                assert_eq!(report.events[line.event].event_id, whole.events[expected.event].event_id);
                assert_eq!(
                    (line.anomaly_score, line.is_outlier),
                    (expected.anomaly_score, expected.is_outlier)
                );
                n_judged += 1;
            }
            let n = report.lines.len();
            held.drain(..n);
        };
        for part in lines.chunks(size) {
            held.extend_from_slice(part);
            judge(&mut held, false);
        }
        judge(&mut held, true);
        assert_eq!(n_judged, lines.len());
        let last = stream.finish();
        assert_eq!(last.statistics, whole.statistics, "parts of {size} lines");
        assert_eq!(last.findings.len(), whole.findings.len());
        for (found, expected) in last.findings.iter().zip(&whole.findings) {
            assert_eq!((found.count, found.score), (expected.count, expected.score));
            assert_eq!((&found.examples, &found.reasons), (&expected.examples, &expected.reasons));
        }
        let counts = |patterns: &[oddlog::report::PatternReport]| -> Vec<(i32, usize, String)> {
            patterns.iter().map(|p| (p.pattern_id, p.count, p.template.clone())).collect()
        };
        assert_eq!(counts(&last.patterns), counts(&whole.patterns));
        let shown = last.lines.iter().filter(|line| line.is_outlier).count();
        assert_eq!(shown, whole.statistics.outliers.min(10), "the ten highest are kept");
    }
}

#[test]
fn an_unseen_event_keeps_its_id_through_the_parts_of_a_stream() {
    let folder = TempDir::new().unwrap();
    let models = Models::open(&folder.path().join("models")).unwrap();
    models.train("default", &log(3_000, 1)).unwrap();
    let trained = models.judge("default", false).unwrap().unwrap();
    let mut stream = Stream::new(trained, &AnalyzeOptions::default(), 10);
    for part in 0..5 {
        let lines: Vec<String> = (0..100)
            .map(|i| format!("2024-06-01 10:00:00 ERROR web-1 disk {} is worn", 100 * part + i))
            .collect();
        stream.judge(&lines, true);
    }
    let last = stream.finish();
    assert_eq!((last.statistics.unseen_events, last.findings.len(), last.findings[0].count), (1, 1, 500));
    assert_eq!(last.events.iter().filter(|event| event.unseen).count(), 1);
}

#[tokio::test]
async fn a_fault_before_the_first_row_has_a_status_and_a_later_one_is_a_row() {
    let service = Service::trained();
    let rows = "application/x-ndjson";
    for (path, kind, body, status) in [
        ("/analyze_logs", "text/plain", "", 400),
        ("/analyze_logs?session_pattern=(", "text/plain", "x", 422),
        ("/v1/analyze?colour=red", "text/plain", "x", 422),
        ("/analyze_logs?model=default@99", "text/plain", "x", 404),
        ("/analyze_logs", "image/png", "x", 415),
        ("/analyze_logs", "application/json", "{", 400),
    ] {
        let (found, headers, bytes) = service.ask(path, kind, rows, body).await;
        assert_eq!(found, status, "{path} {}", String::from_utf8_lossy(&bytes));
        assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
    }
    // A gzip that ends early, behind more than one part of good rows.
    let text = log(120_000, 5).join("\n");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
    let mut packed = packed.finish().unwrap();
    packed.truncate(packed.len() - 9);
    let request = Request::post("/analyze_logs")
        .header(header::CONTENT_TYPE, "text/plain")
        .header(header::CONTENT_ENCODING, "gzip")
        .header(header::ACCEPT, rows);
    let response = service.router.clone().oneshot(request.body(Body::from(packed)).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let last: Value =
        serde_json::from_slice(bytes.trim_ascii_end().rsplit(|b| *b == b'\n').next().unwrap()).unwrap();
    assert_eq!((&last["type"], &last["error"]), (&json!("error"), &json!("damaged_compression")));
}

#[tokio::test]
async fn rows_come_while_the_body_is_still_being_sent() {
    let service = Service::trained();
    let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(4);
    let request = Request::post("/analyze_logs")
        .header(header::CONTENT_TYPE, "text/plain")
        .header(header::ACCEPT, "application/x-ndjson")
        .body(Body::new(body))
        .unwrap();
    let mut text = String::new();
    for line in log(50_000, 6) {
        writeln!(text, "{line}").unwrap();
    }
    let text = text.repeat(2);
    let sending = tokio::spawn(async move {
        sender.send_data(Bytes::from(text)).await.unwrap();
        // It goes on only when the test has seen a row.
        sender
    });
    let response = service.router.clone().oneshot(request).await.unwrap();
    let mut answer = response.into_body();
    let first = answer.frame().await.unwrap().unwrap().into_data().unwrap();
    let row: Value = serde_json::from_slice(first.split(|b| *b == b'\n').next().unwrap()).unwrap();
    assert_eq!((&row["type"], &row["log_id"]), (&json!("line"), &json!(0)));
    let mut sender = sending.await.unwrap();
    sender
        .send_data(Bytes::from_static(b"2024-06-01 10:00:00 INFO web-1 order paid in 5 ms\n"))
        .await
        .unwrap();
    drop(sender);
    let rest = answer.collect().await.unwrap().to_bytes();
    let last: Value =
        serde_json::from_slice(rest.trim_ascii_end().rsplit(|b| *b == b'\n').next().unwrap()).unwrap();
    assert_eq!(last["type"], "summary");
    assert!(last["statistics"]["lines"].as_u64().unwrap() > 100_000);
}

#[tokio::test]
async fn a_client_that_reads_nothing_stops_the_work_and_frees_its_place() {
    let config = Config { max_requests: 1, read_timeout_seconds: 1, ..Config::default() };
    let service = Service::with(config);
    service.models.train("default", &log(3_000, 1)).unwrap();
    let request = || {
        Request::post("/analyze_logs")
            .header(header::CONTENT_TYPE, "text/plain")
            .header(header::ACCEPT, "application/x-ndjson")
            .body(Body::from(log(100_000, 7).join("\n").repeat(4)))
            .unwrap()
    };
    let unread = service.router.clone().oneshot(request()).await.unwrap();
    assert_eq!(unread.status(), StatusCode::OK);
    let refused = service.router.clone().oneshot(request()).await.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    let mut freed = StatusCode::SERVICE_UNAVAILABLE;
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        freed = service.ask("/analyze_logs", "text/plain", "*/*", "x").await.0;
        if freed == StatusCode::OK {
            break;
        }
    }
    assert_eq!(freed, StatusCode::OK);
    let rest = unread.into_body().collect().await.unwrap().to_bytes();
    assert!(!rest.windows(16).any(|part| part == b"\"type\":\"summary\""), "it was cut off");
}

#[tokio::test]
async fn a_picture_is_given_where_it_is_wanted_and_what_cannot_be_given_is_refused() {
    let service = Service::with(Config::default());
    let (status, headers, bytes) = service.ask("/analyze_logs", "text/plain", "image/png", "a\nb").await;
    assert_eq!((status, &headers[header::CONTENT_TYPE]), (StatusCode::OK, &"image/png".parse().unwrap()));
    assert!(bytes.starts_with(b"\x89PNG"));
    let (status, _, bytes) = service.ask("/analyze_logs", "text/plain", "image/gif", "a\nb").await;
    assert_eq!(status, StatusCode::NOT_ACCEPTABLE);
    assert!(String::from_utf8_lossy(&bytes).contains("application/x-ndjson"));
}

#[tokio::test]
async fn the_strict_route_gives_no_picture_unasked_and_refuses_unknown_keys() {
    let service = Service::with(Config::default());
    let json = "application/json";
    let ask = async |body: Value| {
        let (status, _, bytes) = service.ask("/v1/analyze", json, "*/*", body.to_string()).await;
        (status, serde_json::from_slice::<Value>(&bytes).unwrap())
    };
    let (status, reply) = ask(json!({"logs": ["a"]})).await;
    assert_eq!((status, reply.get("visualization")), (StatusCode::OK, None));
    let (_, reply) = ask(json!({"logs": ["a"], "visualization": true})).await;
    assert!(reply["visualization"].is_string());
    let (status, reply) = ask(json!({"logs": ["a"], "colour": "red"})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reply["message"].as_str().unwrap().contains("colour"), "{reply}");
}

#[tokio::test]
async fn a_training_that_comes_in_parts_is_the_training_of_all_its_lines_however_large_it_is() {
    let service = Service::with(Config { body_limit_bytes: 1 << 20, ..Config::default() });
    let lines = log(90_000, 4);
    let text = lines.join("\n");
    assert!(text.len() > 4 << 20, "several parts: {}", text.len());
    let (status, _, reply) = service.ask("/v1/train?model=parts", "text/plain", "*/*", text).await;
    assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&reply));
    let reply: Value = serde_json::from_slice(&reply).unwrap();
    assert_eq!(reply["logs_processed"], lines.len());
    service.models.train("whole", &lines).unwrap();
    let state = |name: &str| service.models.state(name).unwrap().unwrap();
    assert_eq!(state("parts"), state("whole"));
}

#[tokio::test]
async fn a_training_whose_body_breaks_off_or_is_a_bomb_learns_nothing() {
    let service = Service::with(Config { body_limit_bytes: 1 << 20, ..Config::default() });
    let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(2);
    let text = log(60_000, 5).join("\n");
    let send = async {
        sender.send_data(text.into()).await.unwrap();
        sender.abort(std::io::Error::other("gone"));
    };
    let ask = service.ask("/train", "text/plain", "*/*", Body::new(body));
    let ((status, _, reply), ()) = tokio::join!(ask, send);
    let reply = String::from_utf8_lossy(&reply).into_owned();
    assert!(status == StatusCode::BAD_REQUEST && reply.contains("incomplete_body"), "{status} {reply}");

    let zeros = vec![b'0'; 64 << 20];
    let bomb = zstd::encode_all(&zeros[..], 1).unwrap();
    for path in ["/train", "/v1/train"] {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "text/plain")
            .header(header::CONTENT_ENCODING, "zstd")
            .body(Body::from(bomb.clone()));
        let response = service.router.clone().oneshot(request.unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
        let reply = response.into_body().collect().await.unwrap().to_bytes();
        assert!(String::from_utf8_lossy(&reply).contains("250 times its size"), "{reply:?}");
    }
    assert!(service.models.state("default").unwrap().is_none());
}

#[tokio::test]
async fn a_training_in_parts_counts_once_under_its_key_packed_or_not() {
    let service = Service::with(Config::default());
    let text = log(500, 6).join("\n");
    let packed = zstd::encode_all(text.as_bytes(), 1).unwrap();
    let ask = async |encoding: &str, path: &str, body: Vec<u8>| {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "text/plain")
            .header(header::CONTENT_ENCODING, encoding)
            .header("Idempotency-Key", "k1")
            .body(Body::from(body));
        service.router.clone().oneshot(request.unwrap()).await.unwrap().status().as_u16()
    };
    assert_eq!(ask("identity", "/train", text.clone().into_bytes()).await, 200);
    assert_eq!(ask("zstd", "/train", packed).await, 200);
    assert_eq!(service.models.state("default").unwrap().unwrap().lines(), 500);
    assert_eq!(ask("identity", "/train", format!("{text}\nmore").into_bytes()).await, 422);
    assert_eq!(ask("identity", "/train?model=other", text.into_bytes()).await, 422);
    assert_eq!(service.models.state("default").unwrap().unwrap().lines(), 500);
}
