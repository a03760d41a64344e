//! The description of the API is that of the router and of its replies, and the metrics are named as Prometheus asks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt;
use oddlog::http::{App, Config, router};
use oddlog::models::Models;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

fn service() -> (Router, TempDir) {
    let folder = TempDir::new().unwrap();
    let models = Arc::new(Models::open(&folder.path().join("models")).unwrap());
    (router(App::new(models, Config::default())), folder)
}

async fn ask(router: &Router, method: &str, path: &str, body: &Value) -> (u16, String) {
    let request =
        Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, "application/json");
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let response = router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

async fn document(router: &Router) -> Value {
    let (status, text) = ask(router, "GET", "/openapi.json", &Value::Null).await;
    assert_eq!(status, 200);
    serde_json::from_str(&text).unwrap()
}

/// Method and path of each operation.
fn described(document: &Value) -> BTreeSet<(String, String)> {
    let paths = document["paths"].as_object().unwrap();
    let methods = |(path, item): (&String, &Value)| {
        let path = path.clone();
        item.as_object().unwrap().keys().map(|method| (method.clone(), path.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(methods).collect()
}

/// Method and path of each route in the text of the router, which is the only place that lists them.
fn routed() -> BTreeSet<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http/mod.rs");
    let text = std::fs::read_to_string(path).unwrap();
    let mut found = BTreeSet::new();
    for route in text.split(".route(").skip(1) {
        let (path, methods) = route.trim_start().trim_start_matches('"').split_once('"').unwrap();
        let methods = methods.split("\n        .").next().unwrap();
        for method in ["get", "post", "put", "delete", "patch", "any"] {
            if methods.contains(&format!("{method}(")) {
                found.insert((method.to_owned(), path.to_owned()));
            }
        }
    }
    found
}

#[tokio::test]
async fn every_route_is_described_and_every_description_is_of_a_route() {
    let (router, _folder) = service();
    let document = document(&router).await;
    assert_eq!(document["openapi"], "3.1.0");
    assert!(routed().len() >= 20, "{:?}", routed());
    assert_eq!(described(&document), routed());
    for (method, path) in described(&document) {
        let (status, text) =
            ask(&router, &method.to_uppercase(), &path.replace("{name}", "web"), &Value::Null).await;
        assert!(
            status != 405 && !text.contains("\"error\":\"not_found\""),
            "{method} {path}: {status} {text}"
        );
    }
}

#[tokio::test]
async fn every_reference_of_the_description_leads_somewhere_and_every_operation_has_an_id_of_its_own() {
    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => members.iter().for_each(|(key, value)| match value {
                Value::String(path) if key == "$ref" => drop(found.insert(path.clone())),
                _ => references(value, found),
            }),
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let (router, _folder) = service();
    let document = document(&router).await;
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 20, "{found:?}");
    for path in &found {
        assert!(document.pointer(path.trim_start_matches('#')).is_some(), "{path}");
    }
    let ids: BTreeSet<&str> = described(&document)
        .iter()
        .map(|(method, path)| document["paths"][path][method]["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), routed().len());
}

/// What of `value` the schema does not say: keys that it has not, and keys that it wants and that are not there.
fn differences(document: &Value, schema: &Value, value: &Value, place: &str, told: &mut Vec<String>) {
    let schema = match schema["$ref"].as_str() {
        Some(path) => document.pointer(path.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    if let Some(choices) = schema["oneOf"].as_array() {
        let of_any = choices.iter().map(|choice| {
            let mut told = Vec::new();
            differences(document, choice, value, place, &mut told);
            told
        });
        told.extend(of_any.min_by_key(Vec::len).unwrap());
        return;
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().map(|kind| kind.as_str().unwrap()).collect(),
        _ => Vec::new(),
    };
    if !(kinds.is_empty() || kinds.contains(&kind) || kind == "integer" && kinds.contains(&"number")) {
        told.push(format!("{place} is {kind}, described as {kinds:?}"));
    }
    match value {
        Value::Object(members) => {
            for name in schema["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap())
            {
                if !members.contains_key(name) {
                    told.push(format!("{place}.{name} is missing"));
                }
            }
            for (name, member) in members {
                match (&schema["properties"][name], &schema["additionalProperties"]) {
                    (Value::Null, Value::Null) => told.push(format!("{place}.{name} is not described")),
                    (Value::Null, any) => {
                        differences(document, any, member, &format!("{place}.{name}"), told);
                    }
                    (known, _) => differences(document, known, member, &format!("{place}.{name}"), told),
                }
            }
        }
        Value::Array(items) if !schema["items"].is_null() && schema["items"] != false => {
            for item in items {
                differences(document, &schema["items"], item, &format!("{place}[]"), told);
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn replies_are_what_the_description_says_down_to_their_last_key() {
    let (router, _folder) = service();
    let document = document(&router).await;
    let line = |i: usize, what: &str| format!("2024-03-0{} 10:{:02}:00 {what}", 1 + i / 60, i % 60);
    let good: Vec<String> =
        (0..120).map(|i| line(i, &format!("INFO request {i} of user u{} served", i % 7))).collect();
    let mut bad = good.clone();
    bad.push(line(100, "FATAL kernel panic: the disk is on fire"));
    bad.push("no time here".to_owned());
    let everything = json!({"logs": bad, "include": ["lines", "temporal", "nlp", "series", "report"], "session_pattern": "user (\\w+)"});
    for (method, path, body) in [
        ("post", "/train", json!({"logs": good})),
        ("post", "/v1/train", json!({"logs": good})),
        ("post", "/analyze_logs", everything),
        ("post", "/analyze_logs", json!({"logs": []})),
        ("post", "/v1/compare", json!({"baseline": {"model": "default"}, "logs": bad})),
        ("post", "/v1/compare", json!({"baseline": good, "logs": bad})),
        ("get", "/v1/models", Value::Null),
        ("get", "/v1/models/{name}", Value::Null),
        ("get", "/v1/models/{name}/generations", Value::Null),
        ("get", "/v1/models/{name}/events", Value::Null),
        ("get", "/v1/models/{name}/similar", Value::Null),
        (
            "put",
            "/v1/models/{name}/settings",
            json!({"rules": [{"name": "a", "pattern": "b"}], "retention_days": 9}),
        ),
        ("get", "/v1/models/{name}/settings", Value::Null),
        (
            "post",
            "/v1/models/{name}/feedback",
            json!({"event_id": "00000000000000ab", "verdict": "normal", "note": "a test"}),
        ),
        ("get", "/v1/models/{name}/feedback", Value::Null),
        ("post", "/v1/models/{name}/rollback", json!({"to": 1})),
        ("delete", "/v1/models/{name}/slices", Value::Null),
        ("get", "/health", Value::Null),
        ("get", "/ready", Value::Null),
        ("get", "/version", Value::Null),
        ("post", "/train", json!({"logs": 7})),
    ] {
        let query = match path {
            _ if path.ends_with("slices") => "?from=2024-03-01&to=2024-03-01",
            _ if path.ends_with("similar") => "?term=request",
            _ => "",
        };
        let asked = path.replace("{name}", "default") + query;
        let (status, text) = ask(&router, &method.to_uppercase(), &asked, &body).await;
        let contents = &document["paths"][path][method]["responses"][status.to_string()]["content"];
        let kind = if status == 200 { "application/json" } else { "application/problem+json" };
        let schema = &contents[kind]["schema"];
        assert!(schema.is_object(), "{method} {path}: {status} is not described: {text}");
        let mut told = Vec::new();
        differences(&document, schema, &serde_json::from_str(&text).unwrap(), "reply", &mut told);
        told.dedup();
        assert!(told.is_empty(), "{method} {path}: {told:#?}");
    }
}

#[tokio::test]
async fn the_page_for_people_names_every_route_and_loads_nothing() {
    let (router, _folder) = service();
    let (status, page) = ask(&router, "GET", "/docs", &Value::Null).await;
    assert_eq!(status, 200);
    for (method, path) in routed() {
        assert!(page.contains(&format!("<code>{} {path}</code>", method.to_uppercase())), "{method} {path}");
    }
    for loading in ["<script", " src=", "<link", "@import", "url(", "https://"] {
        assert!(!page.contains(loading), "{loading}");
    }
}

/// The rules of Prometheus for a text of metrics, as its own tool checks them: HELP and TYPE before the samples, names
/// of small letters in base units, `_total` on counters and on nothing else, buckets that end in +Inf.
fn faults(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let (mut helps, mut kinds) = (BTreeSet::new(), BTreeMap::new());
    let mut seen = BTreeSet::new();
    for row in text.lines() {
        if let Some(help) = row.strip_prefix("# HELP ") {
            let (name, help) = help.split_once(' ').unwrap_or((help, ""));
            if help.is_empty() || !helps.insert(name) {
                faults.push(format!("{name}: one HELP with a text"));
            }
            continue;
        }
        if let Some(kind) = row.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            if kinds.insert(name, kind).is_some() {
                faults.push(format!("{name}: one TYPE"));
            }
            continue;
        }
        let name = row.split(['{', ' ']).next().unwrap();
        let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
        let family = base.filter(|base| kinds.get(base) == Some(&"histogram")).unwrap_or(name);
        if !helps.contains(family) || !kinds.contains_key(family) {
            faults.push(format!("{name}: a sample before its HELP and TYPE"));
        }
        if !seen.insert(row.rsplit_once(' ').unwrap().0) {
            faults.push(format!("{row}: a sample twice"));
        }
        if row.rsplit_once(' ').unwrap().1.parse::<f64>().is_err() {
            faults.push(format!("{row}: no number"));
        }
    }
    for (name, kind) in &kinds {
        let is_plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        let is_counter = *kind == "counter";
        if !is_plain || !(name.starts_with("oddlog_") || name.starts_with("process_")) {
            faults.push(format!("{name}: small letters behind the name of the program"));
        }
        if is_counter != name.ends_with("_total") {
            faults.push(format!("{name}: `_total` on counters alone"));
        }
        let odd_units =
            ["_ms", "_milliseconds", "_minutes", "_hours", "_days", "_kb", "_kib", "_megabytes", "_percent"];
        if odd_units.iter().any(|unit| name.ends_with(unit) || name.contains(&format!("{unit}_"))) {
            faults.push(format!("{name}: base units"));
        }
        let words = [*kind, "count", "sum", "bucket"];
        if words.iter().any(|word| name.ends_with(&format!("_{word}"))) {
            faults.push(format!("{name}: ends in a word that has a meaning"));
        }
        if *kind == "histogram" && !(name.ends_with("_seconds") || name.ends_with("_bytes")) {
            faults.push(format!("{name}: a unit"));
        }
        if *kind == "histogram" && !text.contains(&format!("{name}_bucket{{")) | !text.contains("le=\"+Inf\"")
        {
            faults.push(format!("{name}: buckets to +Inf"));
        }
    }
    faults
}

/// The value of a sample.
fn sample(text: &str, name: &str) -> f64 {
    let row = text.lines().find_map(|row| row.strip_prefix(name)?.strip_prefix(' '));
    row.unwrap_or_else(|| panic!("no {name} in\n{text}")).parse().unwrap()
}

#[tokio::test]
async fn metrics_count_what_happened_and_are_named_by_the_rules() {
    let (router, _folder) = service();
    let good: Vec<String> =
        (0..50).map(|i| format!("2024-03-01 10:00:{i:02} INFO request {i} served")).collect();
    let mut bad = good.clone();
    bad.push("2024-03-01 10:01:00 FATAL kernel panic: the disk is on fire".to_owned());
    ask(&router, "POST", "/train", &json!({"logs": good})).await;
    ask(&router, "POST", "/analyze_logs", &json!({"logs": bad, "visualization": false})).await;
    ask(&router, "POST", "/v1/compare", &json!({"logs": bad, "baseline": good})).await;
    // a model that was never trained promises nothing, and makes no label
    ask(&router, "POST", "/analyze_logs", &json!({"logs": good, "model": "none", "visualization": false}))
        .await;
    ask(&router, "GET", "/v1/models/web", &Value::Null).await;
    ask(&router, "GET", "/v1/models/other", &Value::Null).await;
    ask(&router, "BREW", "/no/such/path", &Value::Null).await;
    let (status, text) = ask(&router, "GET", "/metrics", &Value::Null).await;
    assert_eq!(status, 200);
    assert_eq!(faults(&text), [""; 0]);
    for (name, value) in [
        (r#"oddlog_http_requests_total{method="POST",route="/train",status="200"}"#, 1.0),
        (r#"oddlog_http_requests_total{method="GET",route="/v1/models/{name}",status="404"}"#, 2.0),
        (r#"oddlog_http_requests_total{method="other",route="none",status="404"}"#, 1.0),
        (r#"oddlog_http_request_duration_seconds_count{method="POST",route="/analyze_logs"}"#, 2.0),
        (r#"oddlog_lines_total{work="train"}"#, 50.0),
        (r#"oddlog_lines_total{work="analyze"}"#, 101.0),
        (r#"oddlog_lines_total{work="compare"}"#, 51.0),
        ("oddlog_outlier_lines_total", 1.0),
        ("oddlog_findings_total", 1.0),
        ("oddlog_unseen_events_total", 1.0),
        ("oddlog_models", 1.0),
        (r#"oddlog_model_alarms_per_day{model="default"}"#, 3.0),
        (r#"oddlog_model_findings_total{model="default"}"#, 1.0),
        (r#"oddlog_model_lines{model="default"}"#, 50.0),
        ("oddlog_requests_under_way", 0.0),
        ("oddlog_requests_under_way_max", 128.0),
    ] {
        assert_eq!(sample(&text, name), value, "{name}");
    }
    assert!(!text.contains(r#"model="none""#), "{text}");
    ask(&router, "DELETE", "/v1/models/default", &Value::Null).await;
    let (_, without) = ask(&router, "GET", "/metrics", &Value::Null).await;
    assert!(!without.contains(r#"model="default""#), "{without}");
    assert!(sample(&text, "process_resident_memory_bytes") > 1e6);
    assert!(sample(&text, "process_open_fds") > 3.0);
    // 2024-01-01 in seconds since 1970: the fit was made by the clock, not by the log
    assert!(sample(&text, r#"oddlog_model_fitted_timestamp_seconds{model="default"}"#) > 1_704_067_200.0);
}

#[test]
fn the_check_of_names_finds_each_fault() {
    for (text, fault) in [
        ("# HELP oddlog_a A.\n# TYPE oddlog_a counter\noddlog_a 1", "`_total`"),
        ("# HELP oddlog_a_total A.\n# TYPE oddlog_a_total gauge\noddlog_a_total 1", "`_total`"),
        ("# TYPE oddlog_a gauge\noddlog_a 1", "before its HELP"),
        ("# HELP oddlog_a_ms A.\n# TYPE oddlog_a_ms gauge\noddlog_a_ms 1", "base units"),
        ("# HELP a A.\n# TYPE a gauge\na 1", "name of the program"),
        ("# HELP oddlog_a A.\n# TYPE oddlog_a gauge\noddlog_a 1\noddlog_a 2", "twice"),
    ] {
        let found = faults(text);
        assert!(found.len() == 1 && found[0].contains(fault), "{text}: {found:?}");
    }
}
