//! The HTTP contract, through the router and once over a real socket: every route, each success and each refusal.

use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use bytes::Bytes;
use http_body_util::BodyExt;
use http_body_util::channel::Channel;
use oddlog::http::{App, Config, router, serve_until};
use oddlog::models::Models;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

const POSTS: [&str; 2] = ["/train", "/analyze_logs"];
const SAMPLE: [&str; 3] = [
    "2023-07-25 10:00:01 INFO User authentication: User 'jsmith' logged in successfully",
    "2023-07-25 10:00:02 DEBUG Database connection established: Connection ID 1234",
    "2023-07-25 10:00:03 ERROR Database connection lost: Timeout after 30 seconds",
];

/// A service with models in a folder of its own.
struct Service {
    router: Router,
    models: Arc<Models>,
    _folder: TempDir,
}

struct Answer {
    status: StatusCode,
    headers: axum::http::HeaderMap,
    json: Value,
}

impl Service {
    fn new() -> Self {
        Self::with(Config::default())
    }

    fn with(config: Config) -> Self {
        Self::with_tokens(config, "")
    }

    fn with_tokens(config: Config, tokens: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let models = Arc::new(Models::open(&folder.path().join("models")).unwrap());
        let app = App::new(Arc::clone(&models), config).with_tokens(tokens.parse().unwrap());
        Self { router: router(app), models, _folder: folder }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status: parts.status, headers: parts.headers, json }
    }

    async fn post(
        &self,
        path: &str,
        headers: &[(header::HeaderName, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::post(path);
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    async fn post_json(&self, path: &str, body: &Value) -> Answer {
        self.post(path, &[JSON], body.to_string()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }
}

const JSON: (header::HeaderName, &str) = (header::CONTENT_TYPE, "application/json");
const TEXT: (header::HeaderName, &str) = (header::CONTENT_TYPE, "text/plain");

/// Whether an answer is a refusal of this status and code in the one shape that errors have.
#[track_caller]
fn assert_refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.json);
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json");
    assert_eq!(answer.json["error"], code);
    assert_eq!(answer.json["status"], status);
    assert_eq!(answer.json["type"], "about:blank");
    assert_eq!(answer.json["title"], StatusCode::from_u16(status).unwrap().canonical_reason().unwrap());
    assert_eq!(answer.json["detail"], answer.json["message"]);
    assert!(answer.json["message"].as_str().unwrap().len() > 10);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_training_is_answered_as_by_the_original() {
    let answer = Service::new().post_json("/train", &json!({"logs": SAMPLE, "unknown_key": 1})).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/json");
    assert_eq!(answer.json, json!({"status": "Training completed", "logs_processed": 3}));
}

#[tokio::test]
async fn an_analysis_has_the_three_keys_of_the_original_and_a_picture() {
    let answer = Service::new().post_json("/analyze_logs", &json!({"logs": SAMPLE})).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.json);
    assert!(answer.json["common_patterns"].is_array());
    assert!(answer.json["significant_outliers"].is_array());
    // `iVBORw0KGgo` is how the eight bytes that every PNG begins with look in base64.
    assert!(answer.json["visualization"].as_str().unwrap().starts_with("iVBORw0KGgo"));
    assert_eq!(answer.json["model"]["trained"], false);
    assert_eq!(answer.json["statistics"]["lines"], 3);
}

#[tokio::test]
async fn a_model_is_asked_by_its_name() {
    let service = Service::new();
    service.post_json("/train", &json!({"logs": SAMPLE, "model": "web"})).await;
    for (model, trained) in [("web", true), ("default", false)] {
        let body = json!({"logs": SAMPLE, "visualization": false, "model": model});
        let answer = service.post_json("/analyze_logs", &body).await;
        assert_eq!(answer.json["model"]["trained"], trained, "{model}");
        assert_eq!(answer.json["model"]["name"], model);
    }
}

#[tokio::test]
async fn an_empty_list_is_nothing_to_do() {
    let service = Service::new();
    let answer = service.post_json("/train", &json!({"logs": []})).await;
    assert_eq!((answer.status, &answer.json["logs_processed"]), (StatusCode::OK, &json!(0)));
    let answer = service.post_json("/analyze_logs", &json!({"logs": []})).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json["common_patterns"], json!([]));
    assert_eq!(answer.json["significant_outliers"], json!([]));
    assert!(answer.json["visualization"].is_string());
}

#[tokio::test]
async fn text_and_ndjson_are_lines_too_and_options_stand_in_the_query() {
    let service = Service::new();
    let path = "/analyze_logs?include=lines&visualization=false";
    let ndjson = (header::CONTENT_TYPE, "application/x-ndjson");
    let text = service.post(path, &[TEXT], "INFO a\r\nINFO b\n").await;
    let rows = service.post(path, &[ndjson], "\"INFO a\"\n{\"level\":\"INFO\",\"msg\":\"b\"}\n").await;
    for answer in [text, rows] {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.json);
        assert_eq!(answer.json["lines"].as_array().unwrap().len(), 2);
        assert!(answer.json.get("visualization").is_none());
    }
}

#[tokio::test]
async fn packed_bodies_are_unpacked() {
    let service = Service::new();
    let body = json!({"logs": SAMPLE}).to_string();
    let zstd = zstd::encode_all(body.as_bytes(), 1).unwrap();
    for (encoding, bytes) in [("gzip", gzip(body.as_bytes())), ("zstd", zstd)] {
        let answer = service.post("/train", &[JSON, (header::CONTENT_ENCODING, encoding)], bytes).await;
        assert_eq!(answer.json["logs_processed"], 3, "{encoding}: {}", answer.json);
    }
}

#[tokio::test]
async fn a_body_that_is_no_list_of_lines_is_refused_with_400() {
    let service = Service::new();
    for (body, code) in [
        (&b"{}"[..], "no_logs"),
        (b"{\"logs\": null}", "logs_not_a_list"),
        (b"{\"logs\": \"a\"}", "logs_not_a_list"),
        (b"[1]", "not_an_object"),
        (b"{\"logs\": [", "malformed_json"),
        (b"", "empty_body"),
        (b"{\"logs\": [\"\xff\xfe\"]}", "invalid_utf8"),
        (b"{\"logs\": [\"a\", 7]}", "bad_entry"),
    ] {
        for path in POSTS {
            assert_refused(&service.post(path, &[JSON], body).await, 400, code);
        }
    }
    let answer = service.post("/train", &[JSON, (header::CONTENT_ENCODING, "gzip")], "no gzip").await;
    assert_refused(&answer, 400, "damaged_compression");
}

#[tokio::test]
async fn no_content_type_and_a_wrong_one_are_refused_with_415() {
    let service = Service::new();
    for path in POSTS {
        assert_refused(&service.post(path, &[], "{}").await, 415, "unsupported_content_type");
        let html = (header::CONTENT_TYPE, "text/html");
        assert_refused(&service.post(path, &[html], "{}").await, 415, "unsupported_content_type");
        let brotli = (header::CONTENT_ENCODING, "br");
        assert_refused(&service.post(path, &[JSON, brotli], "{}").await, 415, "unsupported_content_encoding");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_with_413_packed_or_not() {
    let service = Service::with(Config { body_limit_bytes: 100, ..Config::default() });
    let fits = json!({"logs": ["x".repeat(80)]}).to_string();
    let large = json!({"logs": ["x".repeat(5000)]}).to_string();
    assert!(fits.len() <= 100 && gzip(large.as_bytes()).len() <= 100);
    for path in POSTS {
        assert_eq!(service.post(path, &[JSON], fits.clone()).await.status, StatusCode::OK);
        assert_refused(&service.post(path, &[JSON], large.clone()).await, 413, "body_too_large");
        let packed = [JSON, (header::CONTENT_ENCODING, "gzip")];
        assert_refused(&service.post(path, &packed, gzip(large.as_bytes())).await, 413, "body_too_large");
    }
}

#[tokio::test]
async fn a_wrong_option_is_refused_with_422_and_named() {
    let service = Service::new();
    for (key, value) in [
        ("session_pattern", json!("(")),
        ("include", json!(["everything"])),
        ("max_outliers", json!(-1)),
        ("visualization", json!("yes")),
    ] {
        let answer = service.post_json("/analyze_logs", &json!({"logs": SAMPLE, key: value})).await;
        assert_refused(&answer, 422, "invalid_option");
        assert!(answer.json["message"].as_str().unwrap().starts_with(&format!("`{key}`")), "{}", answer.json);
    }
    let answer = service.post_json("/train", &json!({"logs": SAMPLE, "model": "Not A Name"})).await;
    assert_refused(&answer, 422, "invalid_option");
}

#[tokio::test]
async fn of_several_faults_415_is_told_before_413_before_400_before_422() {
    let service = Service::with(Config { body_limit_bytes: 40, ..Config::default() });
    let path = "/analyze_logs?max_outliers=x";
    let large = "[".repeat(50);
    assert_refused(&service.post(path, &[], large.clone()).await, 415, "unsupported_content_type");
    assert_refused(&service.post(path, &[JSON], large).await, 413, "body_too_large");
    assert_refused(&service.post(path, &[JSON], "{\"logs\": 7}").await, 400, "logs_not_a_list");
    assert_refused(&service.post(path, &[JSON], "{\"logs\": []}").await, 422, "invalid_option");
}

#[tokio::test]
async fn a_misspelt_key_is_named_in_the_warnings() {
    let service = Service::new();
    let body = json!({"logs": SAMPLE, "visualisation": false, "max_paterns": 1});
    let answer = service.post_json("/analyze_logs", &body).await;
    let warnings = answer.json["warnings"].as_array().unwrap().clone();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings.iter().any(|w| w.as_str().unwrap().contains("`visualization`")));
    let answer = service.post_json("/train", &json!({"logs": SAMPLE, "modle": "x"})).await;
    assert!(answer.json["warnings"][0].as_str().unwrap().contains("`model`"), "{}", answer.json);
}

#[tokio::test]
async fn a_refused_training_stores_nothing() {
    let service = Service::new();
    service.post_json("/train", &json!({"logs": SAMPLE})).await;
    let mut logs: Vec<Value> = SAMPLE.iter().map(|line| json!(line)).collect();
    logs.push(json!(7));
    assert_refused(&service.post_json("/train", &json!({"logs": logs})).await, 400, "bad_entry");
    let body = json!({"logs": SAMPLE, "visualization": false});
    let answer = service.post_json("/analyze_logs", &body).await;
    assert_eq!(answer.json["model"]["trained_lines"], 3);
}

#[tokio::test]
async fn another_method_is_refused_with_405_and_allow() {
    let service = Service::new();
    for path in POSTS {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            let answer = service.send(request).await;
            assert_refused(&answer, 405, "method_not_allowed");
            assert_eq!(answer.headers[header::ALLOW], "POST");
        }
    }
    for path in ["/health", "/ready", "/version"] {
        let answer = service.post(path, &[], "").await;
        assert_refused(&answer, 405, "method_not_allowed");
        assert!(answer.headers[header::ALLOW].to_str().unwrap().contains("GET"));
    }
}

#[tokio::test]
async fn an_unknown_path_is_404_in_the_shape_of_errors() {
    let service = Service::new();
    assert_refused(&service.get("/nothing").await, 404, "not_found");
    assert_refused(&service.post_json("/nothing", &json!({})).await, 404, "not_found");
}

#[tokio::test]
async fn health_readiness_and_version_answer() {
    let service = Service::new();
    let answer = service.get("/health").await;
    assert_eq!((answer.status, answer.json), (StatusCode::OK, json!({"status": "ok"})));
    let answer = service.get("/ready").await;
    assert_eq!((answer.status, &answer.json["status"]), (StatusCode::OK, &json!("ready")));
    let answer = service.get("/version").await;
    assert_eq!(answer.json, json!({"name": "oddlog", "version": env!("CARGO_PKG_VERSION")}));
}

#[tokio::test]
async fn a_page_of_another_site_is_refused_with_403() {
    let service = Service::new();
    let headers = [TEXT, (header::HOST, "localhost:5000"), (header::ORIGIN, "https://evil.example")];
    for path in POSTS {
        assert_refused(&service.post(path, &headers, "a line").await, 403, "cross_site");
    }
    let headers = [TEXT, (header::HOST, "localhost:5000"), (header::ORIGIN, "http://localhost:5000")];
    assert_eq!(service.post("/train", &headers, "a line").await.status, StatusCode::OK);
}

#[tokio::test]
async fn more_requests_than_there_is_room_for_are_refused_with_503_and_retry_after() {
    let service = Service::with(Config { max_requests: 1, ..Config::default() });
    // A request whose body has begun in earnest and does not end holds the only place.
    let (mut sender, body) = Channel::<Bytes>::new(1);
    sender.send_data(vec![b'x'; 65_536].into()).await.unwrap();
    let slow =
        Request::post("/train").header(header::CONTENT_TYPE, "text/plain").body(Body::new(body)).unwrap();
    let mut running = Box::pin(service.send(slow));
    let refused = tokio::select! {
        biased;
        _ = &mut running => panic!("a body without an end was answered"),
        answer = service.post("/train", &[TEXT], "a line") => answer,
    };
    assert_refused(&refused, 503, "busy");
    assert!(refused.headers[header::RETRY_AFTER].to_str().unwrap().parse::<u32>().unwrap() > 0);
    drop(sender);
    assert_eq!(running.await.status, StatusCode::OK);
    assert_eq!(service.post("/train", &[TEXT], "a line").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_client_that_asks_for_all_places_leaves_some_for_others() {
    let tokens = "greedy train greedy-0123456789\nmodest train modest-0123456789\n";
    let service = Service::with_tokens(Config { max_requests: 4, ..Config::default() }, tokens);
    let request = |name: &str, body: Body| {
        let token = format!("Bearer {name}-0123456789");
        let request = Request::post("/train").header(header::AUTHORIZATION, token);
        request.header(header::CONTENT_TYPE, "text/plain").body(body).unwrap()
    };
    // Bodies that have begun in earnest and do not end, as many as there are places.
    let (mut senders, mut running) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        let (mut sender, body) = Channel::<Bytes>::new(1);
        sender.send_data(vec![b'x'; 65_536].into()).await.unwrap();
        senders.push(sender);
        running.push(tokio::spawn(service.router.clone().oneshot(request("greedy", Body::new(body)))));
    }
    let refused = |running: &[tokio::task::JoinHandle<_>]| running.iter().filter(|r| r.is_finished()).count();
    for _ in 0..500 {
        if refused(&running) == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(refused(&running), 2, "half of the places are for others");
    assert_eq!(service.send(request("modest", Body::from("a line"))).await.status, StatusCode::OK);
    assert_refused(&service.send(request("greedy", Body::from("a line"))).await, 503, "busy");
    drop(senders);
    let mut statuses = Vec::new();
    for answer in running {
        statuses.push(answer.await.unwrap().unwrap().status().as_u16());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 503, 503]);
}

#[tokio::test]
async fn a_body_that_stops_coming_is_given_up_with_408_whole_or_in_parts() {
    let service = Service::with(Config { read_timeout_seconds: 1, ..Config::default() });
    for kind in ["text/plain", "application/json"] {
        let (_sender, body) = Channel::<Bytes>::new(1);
        let request = Request::post("/train").header(header::CONTENT_TYPE, kind).body(Body::new(body));
        assert_refused(&service.send(request.unwrap()).await, 408, "body_timeout");
    }
}

#[tokio::test]
async fn slow_senders_hold_no_place_and_are_given_up_while_others_are_served() {
    let service = Service::with(Config { max_requests: 1, read_timeout_seconds: 1, ..Config::default() });
    for kind in ["text/plain", "application/json"] {
        let (mut sender, body) = Channel::<Bytes>::new(1);
        let request = Request::post("/train").header(header::CONTENT_TYPE, kind).body(Body::new(body));
        // a byte at a time, ten times a second: less than 256 in a second, and never a pause of one
        let slow = tokio::spawn(async move {
            while sender.send_data(Bytes::from_static(b"x")).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        let mut running = Box::pin(service.send(request.unwrap()));
        let honest = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            service.post("/train", &[TEXT], "a line").await.status
        };
        let status = tokio::select! {
            biased;
            _ = &mut running => panic!("the slow one was answered first"),
            status = honest => status,
        };
        assert_eq!(status, StatusCode::OK, "{kind}");
        assert_refused(&running.await, 408, "body_timeout");
        slow.await.unwrap();
    }
}

#[tokio::test]
async fn a_body_that_comes_for_too_long_is_given_up_with_408() {
    let service = Service::with(Config { request_timeout_seconds: 1, ..Config::default() });
    let (mut sender, body) = Channel::<Bytes>::new(1);
    let request =
        Request::post("/train").header(header::CONTENT_TYPE, "application/json").body(Body::new(body));
    let endless = tokio::spawn(async move {
        while sender.send_data(vec![b' '; 300].into()).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    assert_refused(&service.send(request.unwrap()).await, 408, "body_timeout");
    endless.await.unwrap();
}

#[tokio::test]
async fn bodies_that_together_need_more_memory_than_there_is_for_them_are_refused_but_for_small_ones() {
    let service = Service::with(Config { bodies_limit_bytes: 3 << 20, ..Config::default() });
    let (mut sender, body) = Channel::<Bytes>::new(1);
    sender.send_data(vec![b' '; 3 << 20].into()).await.unwrap();
    let request = Request::post("/train").header(header::CONTENT_TYPE, "application/json");
    let mut large = Box::pin(service.send(request.body(Body::new(body)).unwrap()));
    let another = || service.post("/train", &[JSON], vec![b' '; 3 << 20]);
    let refused = tokio::select! {
        biased;
        _ = &mut large => panic!("a body without an end was answered"),
        answer = another() => answer,
    };
    assert_refused(&refused, 503, "busy");
    assert_eq!(service.post("/train", &[JSON], r#"{"logs": ["a"]}"#).await.status, StatusCode::OK);
    drop(sender);
    assert_refused(&large.await, 400, "malformed_json");
    assert_refused(&another().await, 400, "malformed_json");
}

#[tokio::test]
async fn more_lines_than_may_be_read_whole_are_refused_with_413_and_may_be_trained_in_parts() {
    let service = Service::with(Config { max_lines: 3, ..Config::default() });
    let four = r#"{"logs": ["a", "b", "c", "d"], "baseline": ["a"]}"#;
    for path in POSTS {
        assert_refused(&service.post(path, &[JSON], four).await, 413, "too_many_lines");
    }
    let baseline = r#"{"logs": ["a"], "baseline": ["a", "b", "c", "d"]}"#;
    assert_refused(&service.post("/v1/compare", &[JSON], baseline).await, 413, "too_many_lines");
    let rows = (header::ACCEPT, "application/x-ndjson");
    let analysis = service.post("/analyze_logs", &[TEXT, rows], "a\nb\nc\nd").await;
    assert_refused(&analysis, 413, "too_many_lines");
    assert_eq!(service.post("/train", &[TEXT], "a\nb\nc\nd").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_query_that_says_a_thing_twice_or_names_no_place_of_a_list_is_refused() {
    let service = Service::new();
    service.post("/train", &[TEXT], "a line").await;
    for path in [
        "/analyze_logs?model=a&model=b",
        "/v1/analyze?include=lines&include=nlp",
        "/train?model=a&model=a",
        "/v1/compare?baseline=a&baseline=b",
        "/v1/compare?baseline=default&timezone=UTC&timezone=UTC",
    ] {
        let answer = service.post(path, &[TEXT], "a line").await;
        assert_refused(&answer, 422, "invalid_option");
        assert!(answer.json["message"].as_str().unwrap().ends_with("is there twice"), "{}", answer.json);
    }
    for path in [
        "/v1/models?cursor=Zzz",
        "/v1/models?limit=1&limit=2",
        "/v1/models/default/events?cursor=zzz",
        "/v1/models/default/generations?cursor=zzz",
        "/v1/models/default/feedback?cursor=zzz",
        "/v1/models/default/similar?term=line&cursor=zzz",
    ] {
        assert_refused(&service.get(path).await, 422, "invalid_option");
    }
}

#[tokio::test]
async fn json_in_another_encoding_is_refused_with_415() {
    let service = Service::new();
    let latin1 = (header::CONTENT_TYPE, "application/json; charset=latin1");
    for path in POSTS {
        assert_refused(
            &service.post(path, std::slice::from_ref(&latin1), r#"{"logs": ["a"]}"#).await,
            415,
            "unsupported_charset",
        );
    }
}

#[tokio::test]
async fn choices_larger_than_any_are_not_read() {
    let service = Service::new();
    let request = Request::put("/v1/models/a/settings").header(header::CONTENT_TYPE, "application/json");
    let body = format!("{{{}}}", " ".repeat(1 << 20));
    assert_refused(&service.send(request.body(Body::from(body)).unwrap()).await, 413, "body_too_large");
}

#[test]
fn over_a_real_socket_it_serves_stops_in_order_and_knows_what_it_learnt() {
    let folder = TempDir::new().unwrap();
    let config = || Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        models_dir: folder.path().join("models"),
        ..Config::default()
    };
    let trained = with_server(config(), |address| {
        let body = json!({"logs": SAMPLE}).to_string();
        let reply = exchange(address, "POST /train", &body);
        assert!(reply.starts_with("HTTP/1.1 200 OK"), "{reply}");
        reply
    });
    assert!(trained.ends_with(r#"{"status":"Training completed","logs_processed":3}"#), "{trained}");
    let analysed = with_server(config(), |address| {
        exchange(address, "POST /analyze_logs", &json!({"logs": SAMPLE, "visualization": false}).to_string())
    });
    assert!(analysed.contains(r#""trained_lines":3"#), "{analysed}");
}

/// Runs `work` against a server at a free port and stops it in order.
pub(super) fn with_server<T>(config: Config, work: impl FnOnce(std::net::SocketAddr) -> T) -> T {
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (address, started) = std::sync::mpsc::channel();
    let server = std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let stop = async { stopped.await.unwrap() };
        runtime.block_on(serve_until(config, stop, |at| address.send(at).unwrap()))
    });
    let result = work(started.recv_timeout(Duration::from_secs(30)).unwrap());
    stop.send(()).unwrap();
    server.join().unwrap().unwrap();
    result
}

/// One request, and all that comes back until the server closes the connection.
fn exchange(address: std::net::SocketAddr, request: &str, body: &str) -> String {
    let mut socket = std::net::TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        socket,
        "{request} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut reply = String::new();
    socket.read_to_string(&mut reply).unwrap();
    reply
}

#[tokio::test]
async fn a_comparison_tells_what_is_new_with_the_keys_of_the_contract() {
    let service = Service::new();
    let baseline: Vec<String> =
        (0..90).map(|i| format!("2024-03-01 10:00:{:02} INFO job {i} done", i % 60)).collect();
    let mut logs = baseline.clone();
    logs[40] = "2024-03-01 10:00:40 ERROR disk sdb failed".to_owned();
    let body = json!({"baseline": baseline, "logs": logs});
    let answer = service.post_json("/v1/compare", &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.json);
    let finding = &answer.json["findings"][0];
    assert_eq!((&finding["kind"], &finding["level"]), (&json!("new"), &json!("ERROR")));
    assert_eq!((&finding["count_before"], &finding["count_after"]), (&json!(0), &json!(1)));
    assert_eq!((&finding["count"], &finding["examples"]), (&json!(1), &json!([40])));
    assert_eq!((&finding["template"], &finding["is_worse"]), (&json!("disk sdb failed"), &json!(true)));
    assert_eq!(finding["first_seen"], "2024-03-01T10:00:40");
    assert!(finding["effect"].as_f64().unwrap() > 1.0 && finding["p_value"].is_number());
    assert!(finding["detail"].is_string() && finding["score"].is_number() && finding["reasons"].is_array());
    assert_eq!(finding["event_id"].as_str().unwrap().len(), 16);
    let statistics = &answer.json["statistics"];
    assert_eq!((&statistics["baseline"]["lines"], &statistics["logs"]["lines"]), (&json!(90), &json!(90)));
    assert_eq!((&statistics["baseline"]["events"], &statistics["logs"]["events"]), (&json!(1), &json!(2)));

    service.post_json("/train", &json!({"logs": baseline, "model": "good"})).await;
    let by_model = json!({"baseline": {"model": "good"}, "logs": logs});
    let answer = service.post_json("/v1/compare", &by_model).await;
    assert_eq!(answer.json["findings"][0]["kind"], "new", "{}", answer.json);
    let as_text = service.post("/v1/compare?baseline=good", &[TEXT], logs.join("\n")).await;
    assert_eq!(as_text.json, answer.json);
}

#[tokio::test]
async fn a_comparison_reads_both_sides_by_the_options_of_an_analysis() {
    let service = Service::new();
    let at = |hour: u32| format!("2024-06-15 {hour:02}:00:00 ERROR cannot pay");
    let frames = [
        "java.lang.IllegalStateException: boom",
        "\tat shop.Pay.go(Pay.java:7)",
        "\tat shop.Main.run(Main.java:9)",
    ];
    let mut logs = vec![at(12)];
    logs.extend(frames.map(str::to_owned));
    let body = |options: Value| {
        let mut body = json!({"baseline": [at(10), at(11)], "logs": logs});
        body.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        body
    };
    let kinds = |answer: &Answer| answer.json["findings"].as_array().unwrap().len();

    let plain = service.post_json("/v1/compare", &body(json!({}))).await;
    assert_eq!(plain.status, StatusCode::OK, "{}", plain.json);
    assert_eq!(plain.json["statistics"]["baseline"]["time_range"][0], "2024-06-15T10:00:00");
    assert_eq!(kinds(&plain), 1, "one trace, one finding: {}", plain.json);

    let asked =
        service.post_json("/v1/compare", &body(json!({"timezone": "Europe/Berlin", "records": false}))).await;
    let statistics = &asked.json["statistics"];
    assert_eq!(statistics["baseline"]["time_range"][0], "2024-06-15T10:00:00+02:00");
    assert_eq!(statistics["logs"]["time_range"][0], "2024-06-15T12:00:00+02:00");
    assert_eq!(kinds(&asked), 3, "every line by itself: {}", asked.json);

    service.post_json("/train", &json!({"logs": [at(10)], "model": "good"})).await;
    let query = "/v1/compare?baseline=good&timezone=Europe/Berlin&records=false";
    let as_text = service.post(query, &[TEXT], logs.join("\n")).await;
    assert_eq!(as_text.json["statistics"]["logs"]["time_range"][0], "2024-06-15T12:00:00+02:00");
    assert_eq!(kinds(&as_text), 3, "{}", as_text.json);

    for (options, said) in [
        (json!({"timezone": "Berlin"}), "`Europe/Berlin` looks like it"),
        (json!({"records": "no"}), "`records` is \"no\""),
        (json!({"time_zone": "UTC"}), "`time_zone` is not a key of this route"),
        (json!({"time_zone": "UTC"}), "`timezone` looks like it"),
        (json!({"reference_time": 7}), "`reference_time` is 7"),
        (json!({"baseline_reference_time": 7}), "`baseline_reference_time` is 7"),
    ] {
        let refused = service.post_json("/v1/compare", &body(options)).await;
        assert_refused(&refused, 422, "invalid_option");
        assert!(refused.json["message"].as_str().unwrap().contains(said), "{}", refused.json);
    }
}

#[tokio::test]
async fn each_side_of_a_comparison_has_its_own_reference_for_times_without_a_year() {
    let service = Service::new();
    let line = "Jun 14 10:00:00 web-1 sshd[1]: opened";
    let body = json!({"baseline": [line], "logs": [line], "reference_time": "2024-07-01T00:00:00Z",
        "baseline_reference_time": "2022-07-01T00:00:00Z"});
    let statistics = &service.post_json("/v1/compare", &body).await.json["statistics"];
    assert_eq!(statistics["baseline"]["time_range"][0], "2022-06-14T10:00:00");
    assert_eq!(statistics["logs"]["time_range"][0], "2024-06-14T10:00:00");
    let body = json!({"logs": [line], "reference_time": "2019-07-01T00:00:00Z", "visualization": false});
    let answer = service.post_json("/analyze_logs", &body).await;
    assert_eq!(answer.json["statistics"]["time_range"][0], "2019-06-14T10:00:00");
    assert_eq!(answer.json["statistics"]["assumed_year"], 2019);
}

#[tokio::test]
async fn a_comparison_with_an_empty_list_is_refused_and_one_that_asks_for_a_picture_has_it() {
    let service = Service::new();
    for (body, named) in [
        (r#"{"logs": [], "baseline": ["a"]}"#, "`logs` is an empty list"),
        (r#"{"logs": ["a"], "baseline": []}"#, "`baseline` is an empty list"),
    ] {
        let answer = service.post("/v1/compare", &[JSON], body).await;
        assert_refused(&answer, 400, "no_lines");
        assert!(answer.json["message"].as_str().unwrap().starts_with(named), "{}", answer.json);
    }
    let body = json!({"baseline": ["all is well"], "logs": ["all is well", "disk sdb failed"]});
    assert_eq!(service.post_json("/v1/compare", &body).await.json.get("visualization"), None);
    for (format, begins) in [("png", "iVBORw0KGgo"), ("svg", "PHN2Zy")] {
        let mut body = body.clone();
        (body["visualization"], body["picture_format"]) = (json!(true), json!(format));
        let answer = service.post_json("/v1/compare", &body).await;
        let picture = answer.json["visualization"].as_str().unwrap_or_default();
        assert!(picture.starts_with(begins), "{}", answer.json);
    }
}

#[tokio::test]
async fn a_comparison_takes_one_generation_of_a_model_as_baseline() {
    let service = Service::new();
    let logs = ["2024-03-01 10:00:00 INFO job 1 done", "2024-03-01 10:00:40 ERROR disk sdb failed"];
    service.post_json("/train", &json!({"logs": [logs[0]], "model": "good"})).await;
    service.models.publish("good").unwrap();
    service.post_json("/train", &json!({"logs": [logs[1]], "model": "good"})).await;
    service.models.publish("good").unwrap();
    for (name, findings) in [("good", 0), ("good@2", 0), ("good@1", 1)] {
        let body = json!({"baseline": {"model": name}, "logs": logs});
        let answer = service.post_json("/v1/compare", &body).await;
        assert_eq!(answer.json["findings"].as_array().unwrap().len(), findings, "{name}: {}", answer.json);
        let query = format!("/v1/compare?baseline={name}");
        assert_eq!(service.post(&query, &[TEXT], logs.join("\n")).await.json, answer.json);
    }
    let body = json!({"baseline": {"model": "good@9"}, "logs": logs});
    assert_eq!(service.post_json("/v1/compare", &body).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_comparison_takes_some_days_of_a_model_as_baseline() {
    let service = Service::new();
    let learnt = ["2024-03-01 10:00:00 INFO job 1 done", "2024-03-02 10:00:40 ERROR disk sdb failed"];
    service.post_json("/train", &json!({"logs": learnt, "model": "good"})).await;
    let logs = ["2024-03-09 10:00:00 INFO job 1 done", "2024-03-09 10:00:40 ERROR disk sdb failed"];
    for (from, to, findings) in [("2024-03-01", "2024-03-02", 0), ("2024-03-01", "2024-03-01", 1)] {
        let baseline = json!({"model": "good", "from": from, "to": to});
        let answer = service.post_json("/v1/compare", &json!({"baseline": baseline, "logs": logs})).await;
        assert_eq!(answer.json["findings"].as_array().unwrap().len(), findings, "{}", answer.json);
        let query = format!("/v1/compare?baseline=good&baseline_from={from}&baseline_to={to}");
        assert_eq!(service.post(&query, &[TEXT], logs.join("\n")).await.json, answer.json);
    }
    for (baseline, status, code) in [
        (json!({"model": "good", "from": "2024-04-01", "to": "2024-04-02"}), 404, "days_not_found"),
        (json!({"model": "good", "from": "2024-03-02"}), 422, "invalid_option"),
        (json!({"model": "good", "from": "yesterday", "to": "today"}), 422, "invalid_option"),
        (json!({"model": "good", "since": "2024-03-02"}), 400, "bad_baseline"),
    ] {
        let body = json!({"baseline": baseline, "logs": logs});
        assert_refused(&service.post_json("/v1/compare", &body).await, status, code);
    }
}

#[tokio::test]
async fn a_comparison_without_a_right_baseline_says_what_would_be_right() {
    let service = Service::new();
    for (body, status, code) in [
        (json!({"logs": ["a"]}), 400, "no_baseline"),
        (json!({"baseline": 7, "logs": ["a"]}), 400, "bad_baseline"),
        (json!({"baseline": {"name": "x"}, "logs": ["a"]}), 400, "bad_baseline"),
        (json!({"baseline": ["a", 7], "logs": ["a"]}), 400, "bad_entry"),
        (json!({"baseline": ["a"]}), 400, "no_logs"),
        (json!({"baseline": ["a"], "logs": "a"}), 400, "logs_not_a_list"),
        (json!({"baseline": ["a"], "logs": [null]}), 400, "bad_entry"),
        (json!(["a"]), 400, "not_an_object"),
        (json!({"baseline": ["a"], "logs": ["a"], "colour": 1}), 422, "invalid_option"),
        (json!({"baseline": {"model": "No Name"}, "logs": ["a"]}), 422, "invalid_option"),
        (json!({"baseline": {"model": "unknown"}, "logs": ["a"]}), 404, "model_not_found"),
    ] {
        assert_refused(&service.post_json("/v1/compare", &body).await, status, code);
    }
    assert_refused(&service.post("/v1/compare", &[JSON], "").await, 400, "empty_body");
    assert_refused(&service.post("/v1/compare", &[TEXT], "a").await, 400, "no_baseline");
}

#[tokio::test]
async fn the_section_temporal_is_there_where_it_was_asked_for() {
    let service = Service::new();
    let logs: Vec<String> = (0..60).map(|i| format!("2024-03-01 10:{i:02}:00 INFO job {i} done")).collect();
    let plain = service.post_json("/analyze_logs", &json!({"logs": logs})).await;
    assert!(plain.json.get("temporal").is_none());
    service.post_json("/train", &json!({"logs": ["2024-03-01 09:00:00 INFO backup is whole"]})).await;
    let answer = service.post_json("/analyze_logs", &json!({"logs": logs, "include": ["temporal"]})).await;
    assert_eq!(answer.json["warnings"], json!([]));
    let temporal = &answer.json["temporal"];
    // 59 minutes are 119 buckets of half a minute
    assert_eq!(temporal["bucket_seconds"], 30);
    assert_eq!(temporal["buckets"].as_array().unwrap().len(), 60);
    assert_eq!(temporal["buckets"][1]["start"], "2024-03-01T10:01:00", "{temporal}");
    assert_eq!(temporal["buckets"][1]["bucket"], 2);
    assert_eq!(temporal["events"][0]["series"][1], json!([2, 1]));
    assert_eq!(temporal["new"][0]["count"], 60);
    assert_eq!(temporal["gone"][0]["template"], "backup is whole");
}
