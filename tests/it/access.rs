//! Who may come in, and what a stranger gets: tokens and their rights, headers, request ids, the pages of other sites.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use oddlog::http::{App, Config, Tokens, router};
use oddlog::models::Models;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

/// One token for each right, and one for all.
const TOKENS: &str = "\
    trainer train trainer-0123456789\n\
    analyst analyze analyst-0123456789\n\
    administrator admin administrator-0123456789\n\
    monitor metrics monitor-0123456789\n\
    owner all owner-0123456789\n";

struct Service {
    router: Router,
    _folder: TempDir,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    json: Value,
    text: String,
}

impl Service {
    fn new() -> Self {
        Self::with(Config::default(), TOKENS)
    }

    fn with(config: Config, tokens: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let models = Arc::new(Models::open(&folder.path().join("models")).unwrap());
        let tokens: Tokens = tokens.parse().unwrap();
        Self { router: router(App::new(models, config).with_tokens(tokens)), _folder: folder }
    }

    async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request =
            Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response =
            self.router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status: parts.status, headers: parts.headers, json, text }
    }

    async fn as_holder(&self, holder: &str, method: Method, path: &str, body: &str) -> u16 {
        let token = format!("Bearer {holder}-0123456789");
        self.send(method, path, &[("authorization", &token)], body).await.status.as_u16()
    }
}

fn lines() -> String {
    json!({"logs": ["2024-03-01 10:00:00 INFO disk 1 is well", "2024-03-01 10:00:01 INFO disk 2 is well"]})
        .to_string()
}

#[tokio::test]
async fn without_a_token_only_the_four_open_questions_and_the_description_are_answered() {
    let service = Service::new();
    for path in ["/health", "/ready", "/version", "/openapi.json", "/docs"] {
        assert_eq!(service.send(Method::GET, path, &[], "").await.status, 200, "{path}");
    }
    for (method, path) in [
        (Method::POST, "/train"),
        (Method::POST, "/v1/train"),
        (Method::POST, "/analyze_logs"),
        (Method::POST, "/v1/compare"),
        (Method::GET, "/v1/models"),
        (Method::HEAD, "/v1/models"),
        (Method::GET, "/v1/models/default"),
        (Method::DELETE, "/v1/models/default"),
        (Method::DELETE, "/v1/models/default/slices"),
        (Method::GET, "/v1/models/default/generations"),
        (Method::POST, "/v1/models/default/rollback"),
        (Method::GET, "/v1/models/default/events"),
        (Method::GET, "/v1/models/default/settings"),
        (Method::PUT, "/v1/models/default/settings"),
        (Method::POST, "/v1/models/default/merge"),
        (Method::GET, "/metrics"),
    ] {
        let answer = service.send(method.clone(), path, &[], &lines()).await;
        assert_eq!(answer.status, 401, "{method} {path}");
        assert_eq!(answer.headers["www-authenticate"], "Bearer realm=\"oddlog\"");
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        if method != Method::HEAD {
            assert_eq!(answer.json["error"], "unauthorized", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_wrong_token_is_refused_in_every_shape() {
    let service = Service::new();
    for sent in [
        "Bearer nobody-0123456789",
        "Bearer ",
        "Bearer",
        "Basic b3duZXI6MDEyMzQ1Njc4OQ==",
        "owner-0123456789",
        "Bearer owner-012345678",
        "Bearer owner-01234567890",
    ] {
        let answer = service.send(Method::GET, "/v1/models", &[("authorization", sent)], "").await;
        assert_eq!(answer.status, 401, "{sent}");
        assert!(!answer.text.contains("0123456789"), "{}", answer.text);
    }
    let answer =
        service.send(Method::GET, "/v1/models", &[("authorization", "bearer owner-0123456789")], "").await;
    assert_eq!(answer.status, 200, "the scheme is known in any case");
}

#[tokio::test]
async fn each_right_opens_its_routes_and_no_others() {
    let service = Service::new();
    let lines = &lines();
    let routes = [
        (Method::POST, "/train", lines.as_str(), &["trainer"][..]),
        (Method::POST, "/analyze_logs", lines, &["analyst"]),
        (Method::GET, "/v1/models", "", &["analyst", "administrator"]),
        (Method::PUT, "/v1/models/default/settings", "{}", &["administrator"]),
        (Method::GET, "/metrics", "", &["monitor", "administrator"]),
        (Method::DELETE, "/v1/models/default", "", &["administrator"]),
    ];
    assert_eq!(service.as_holder("owner", Method::POST, "/train", lines).await, 200);
    for (method, path, body, may) in routes {
        for holder in ["trainer", "analyst", "monitor", "administrator"] {
            let status = service.as_holder(holder, method.clone(), path, body).await;
            let expected = if may.contains(&holder) { status / 100 == 2 } else { status == 403 };
            assert!(expected, "{holder}: {method} {path} answered {status}");
        }
    }
}

#[tokio::test]
async fn a_refusal_for_want_of_a_right_names_it() {
    let headers = [("authorization", "Bearer analyst-0123456789")];
    let answer = Service::new().send(Method::POST, "/train", &headers, &lines()).await;
    assert_eq!((answer.status.as_u16(), &answer.json["error"]), (403, &json!("forbidden")));
    let said = answer.headers["www-authenticate"].to_str().unwrap();
    assert_eq!(said, "Bearer realm=\"oddlog\", error=\"insufficient_scope\", scope=\"train\"");
}

#[tokio::test]
async fn a_server_without_tokens_asks_nobody() {
    let service = Service::with(Config::default(), "");
    assert_eq!(service.send(Method::POST, "/train", &[], &lines()).await.status, 200);
}

#[tokio::test]
async fn a_name_that_a_page_made_point_to_this_machine_is_refused_also_for_reading() {
    let service = Service::with(Config::default(), "");
    for (host, status) in [("127.0.0.1:5000", 200), ("localhost:5000", 200), ("rebound.example:5000", 403)] {
        let answer = service.send(Method::GET, "/v1/models", &[("host", host)], "").await;
        assert_eq!(answer.status, status, "{host}");
    }
    let answer = service.send(Method::GET, "/health", &[("host", "rebound.example")], "").await;
    assert_eq!(answer.json["error"], "unknown_host");
}

#[tokio::test]
async fn no_page_of_another_site_may_read_a_reply_unless_it_was_allowed() {
    let origin = ("origin", "https://logs.example.org");
    let closed = Service::with(Config::default(), "");
    let answer = closed.send(Method::GET, "/v1/models", &[origin], "").await;
    assert!(!answer.headers.contains_key("access-control-allow-origin"));

    let config = Config { allow_origin: vec![origin.1.to_owned()], ..Config::default() };
    let open = Service::with(config, TOKENS);
    let asks = [
        origin,
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization"),
    ];
    let answer = open.send(Method::OPTIONS, "/train", &asks, "").await;
    assert_eq!(answer.status, 200, "the browser asks before it sends the token");
    assert_eq!(answer.headers["access-control-allow-origin"], origin.1);
    let other = [("origin", "https://evil.example"), asks[1], asks[2]];
    let answer = open.send(Method::OPTIONS, "/train", &other, "").await;
    assert!(!answer.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn every_reply_forbids_browsers_to_run_frame_guess_or_keep_it() {
    let service = Service::new();
    for path in ["/health", "/nothing", "/v1/models", "/docs"] {
        let headers = service.send(Method::GET, path, &[], "").await.headers;
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["x-frame-options"], "DENY", "{path}");
        assert_eq!(headers["referrer-policy"], "no-referrer", "{path}");
        assert_eq!(headers["cache-control"], "no-store", "{path}");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert!(!policy.contains("script-src"), "{path}: {policy}");
    }
}

#[tokio::test]
async fn a_request_keeps_a_harmless_id_and_gets_one_otherwise() {
    let service = Service::new();
    let id = |headers: HeaderMap| headers["x-request-id"].to_str().unwrap().to_owned();
    let answer = service.send(Method::GET, "/health", &[("x-request-id", "lb-7:42")], "").await;
    assert_eq!(id(answer.headers), "lb-7:42");
    let one = id(service.send(Method::GET, "/health", &[("x-request-id", "{\"a\":1}")], "").await.headers);
    let other = id(service.send(Method::GET, "/nothing", &[], "").await.headers);
    assert_ne!(one, other);
    assert!([&one, &other].iter().all(|id| id.len() == 16 && id.bytes().all(|b| b.is_ascii_hexdigit())));
}
