//! Bytes that are no clean UTF-8 text: other encodings, damage, lines without end, packings that lie.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use oddlog::http::{App, Config, router};
use oddlog::models::Models;
use oddlog::wire::LONGEST_LINE_BYTES;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

const ANALYZE: &str = "/analyze_logs?include=lines&visualization=false";

struct Service {
    router: Router,
    _folder: TempDir,
}

impl Service {
    fn with(config: Config) -> Self {
        let folder = TempDir::new().unwrap();
        let models = Arc::new(Models::open(&folder.path().join("models")).unwrap());
        Self { router: router(App::new(models, config)), _folder: folder }
    }

    async fn post(&self, path: &str, kind: &str, packing: &str, body: Vec<u8>) -> (StatusCode, Value) {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, kind)
            .header(header::CONTENT_ENCODING, packing)
            .body(Body::from(body))
            .unwrap();
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (parts.status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }
}

/// The rows and warnings of an analysis that must succeed.
async fn analyzed(kind: &str, body: impl Into<Vec<u8>>) -> (Vec<Value>, Vec<String>) {
    let service = Service::with(Config::default());
    let (status, mut reply) = service.post(ANALYZE, kind, "identity", body.into()).await;
    assert_eq!(status, StatusCode::OK, "{reply}");
    let rows = serde_json::from_value(reply["lines"].take()).unwrap();
    (rows, serde_json::from_value(reply["warnings"].take()).unwrap())
}

fn levels(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["level"].as_str().unwrap_or("-")).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn utf16_is_read_with_and_without_a_mark() {
    let text = "2024-01-01 10:00:00 ОШИБКА диск\r\n2024-01-01 10:00:01 WARN x\r\n";
    let orders: [fn(u16) -> [u8; 2]; 2] = [u16::to_le_bytes, u16::to_be_bytes];
    for order in orders {
        for (mark, n_warnings) in [("\u{feff}", 0), ("", 1)] {
            let body: Vec<u8> = format!("{mark}{text}").encode_utf16().flat_map(order).collect();
            let (rows, warnings) = analyzed("text/plain", body).await;
            assert_eq!(levels(&rows), ["ERROR", "WARN"]);
            assert_eq!(warnings.len(), n_warnings, "{warnings:?}");
        }
    }
}

#[tokio::test]
async fn a_byte_that_is_no_utf8_costs_no_line_and_is_counted() {
    let (rows, warnings) = analyzed("text/plain", &b"INFO a\nERROR caf\xe9\nWARN b\n"[..]).await;
    assert_eq!(levels(&rows), ["INFO", "ERROR", "WARN"]);
    assert!(warnings[0].starts_with("1 place of the text is not UTF-8"), "{warnings:?}");
}

#[tokio::test]
async fn nul_bytes_line_ends_and_colours_hide_no_header() {
    let body = "\0\0\0INFO a\r\n\u{1b}[32m2024-01-01 10:00:00\u{1b}[0m \u{1b}[31mERROR\u{1b}[0m disk \u{1b}[1mfull\u{1b}[0m\r\n";
    let (rows, _) = analyzed("text/plain", body).await;
    assert_eq!(levels(&rows), ["INFO", "ERROR"]);
    assert_eq!(rows[1]["timestamp"], "2024-01-01T10:00:00");
    assert_eq!(rows[1]["template"], "disk full");
}

#[tokio::test]
async fn a_row_of_ndjson_that_is_none_is_kept_and_counted() {
    let body = "{\"level\":\"warn\",\"msg\":\"a\"}\nERROR not json\n{\"level\":\"in\n";
    let (rows, warnings) = analyzed("application/x-ndjson", body).await;
    assert_eq!(levels(&rows), ["WARN", "ERROR", "-"]);
    assert!(warnings[0].starts_with("2 rows of NDJSON are neither"), "{warnings:?}");
    let service = Service::with(Config::default());
    let (status, reply) = service.post("/train", "application/x-ndjson", "identity", body.into()).await;
    assert_eq!((status, &reply["logs_processed"]), (StatusCode::OK, &Value::from(3)));
    assert_eq!(reply["warnings"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_line_of_many_megabytes_is_a_row_and_read_up_to_the_limit() {
    let body = format!("INFO a\n2024-01-01 10:00:00 ERROR {}\nWARN b\n", "word ".repeat(1_600_000));
    assert!(body.len() > 20 * LONGEST_LINE_BYTES);
    let started = Instant::now();
    let (rows, warnings) = analyzed("text/plain", body).await;
    assert_eq!(levels(&rows), ["INFO", "ERROR", "WARN"]);
    assert!(warnings[0].starts_with("1 line is longer than 262144 bytes"), "{warnings:?}");
    assert!(warnings[0].ends_with("log_id 1"), "{warnings:?}");
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[tokio::test]
async fn binary_data_is_said_to_be_none_of_a_log() {
    let body: Vec<u8> = (0..100_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let (_, warnings) = analyzed("text/plain", body).await;
    assert!(warnings.iter().any(|said| said.contains("looks like binary data")), "{warnings:?}");
}

#[tokio::test]
async fn a_packing_that_ends_early_is_refused() {
    let service = Service::with(Config::default());
    let text = "INFO a line of a log\n".repeat(5_000);
    let zstd = zstd::encode_all(text.as_bytes(), 1).unwrap();
    for (packing, whole) in [("gzip", gzip(text.as_bytes())), ("zstd", zstd)] {
        for length in [whole.len() / 2, whole.len() - 1, 3] {
            let (status, reply) =
                service.post(ANALYZE, "text/plain", packing, whole[..length].to_vec()).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{packing} {length}: {reply}");
            assert_eq!(reply["error"], "damaged_compression", "{packing} {length}: {reply}");
        }
    }
}

#[tokio::test]
async fn a_body_that_unpacks_to_more_than_the_limit_is_refused() {
    let service = Service::with(Config { body_limit_bytes: 1 << 20, ..Config::default() });
    let zeros = vec![b'0'; 64 << 20];
    let zstd = zstd::encode_all(&zeros[..], 1).unwrap();
    for (packing, bomb) in [("gzip", gzip(&zeros)), ("zstd", zstd)] {
        assert!(bomb.len() < 1 << 20);
        let (status, _) = service.post(ANALYZE, "text/plain", packing, bomb).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{packing}");
    }
}

#[tokio::test]
async fn objects_nested_a_hundred_thousand_deep_are_lines() {
    let deep = format!("{{\"level\":\"error\",\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let objects = format!("{}\"level\":1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    for line in [&deep, &objects] {
        let (rows, _) = analyzed("application/x-ndjson", line.as_bytes()).await;
        assert_eq!(rows.len(), 1);
        let (rows, _) = analyzed("text/plain", line.as_bytes()).await;
        assert_eq!(rows.len(), 1);
    }
    let (rows, _) = analyzed("application/json", format!("{{\"logs\":[{deep}]}}")).await;
    assert_eq!(levels(&rows), ["ERROR"]);
}

#[tokio::test]
async fn messages_of_any_script_have_events() {
    let scripts: [fn(usize) -> String; 4] = [
        |i| format!("пользователь {i} вошёл с адреса 10.0.0.{i}"),
        |i| format!("用户{i}登录失败"),
        |i| format!("המשתמש {i} התחבר מהכתובת 10.0.0.{i}"),
        |i| format!("ユーザー{i}がログインしました"),
    ];
    for script in scripts {
        let body: String = (10..60).map(|i| format!("2024-01-01 10:00:{i} INFO {}\n", script(i))).collect();
        let (rows, warnings) = analyzed("text/plain", body).await;
        let events: std::collections::BTreeSet<String> =
            rows.iter().map(|row| row["event_id"].to_string()).collect();
        assert_eq!(
            events.len(),
            1,
            "{} {:?}",
            script(7),
            rows.iter().map(|r| &r["template"]).take(3).collect::<Vec<_>>()
        );
        assert!(warnings.is_empty());
    }
}
