//! Web pages of other sites must not train a model, or read a log, on the machine of the person who opens them.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::config::Config;
use super::error::ApiError;
use super::state::App;

/// Refuses a POST or DELETE that a page of another site sends. Browsers say where a page is from in `Origin`; programs send none.
pub(super) async fn refuse_other_sites(State(app): State<App>, request: Request, next: Next) -> Response {
    if !request.method().is_safe() {
        let host = request.uri().authority().map(|authority| authority.as_str().to_owned());
        if let Some(origin) = foreign_origin(request.headers(), host.as_deref(), &app.config) {
            return ApiError::OtherSite(origin).into_response();
        }
    }
    next.run(request).await
}

/// The origin of the request, if it is another site than the one the request was sent to.
fn foreign_origin(headers: &HeaderMap, target: Option<&str>, config: &Config) -> Option<String> {
    let origin = String::from_utf8_lossy(headers.get(header::ORIGIN)?.as_bytes()).into_owned();
    if config.allow_origin.iter().any(|allowed| allowed.eq_ignore_ascii_case(&origin)) {
        return None;
    }
    let target = headers.get(header::HOST).and_then(|host| host.to_str().ok()).or(target);
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    let same = match (authority, target) {
        (Some(authority), Some(target)) => authority.eq_ignore_ascii_case(target),
        _ => false,
    };
    // A page can make its own name point to this machine, and then both headers agree. A server that listens to this
    // machine alone is called by one of the machine's own names.
    let rebound = config.listen.ip().is_loopback() && !authority.is_some_and(is_loopback);
    (!same || rebound).then(|| origin.chars().take(200).collect())
}

fn is_loopback(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::{Config, foreign_origin};

    fn refused(listen: &str, origin: &str, host: &str) -> bool {
        let config = Config {
            listen: listen.parse().unwrap(),
            allow_origin: vec!["https://logs.example.org".to_owned()],
            ..Config::default()
        };
        let mut headers = HeaderMap::new();
        headers.insert(header::ORIGIN, HeaderValue::from_str(origin).unwrap());
        headers.insert(header::HOST, HeaderValue::from_str(host).unwrap());
        foreign_origin(&headers, None, &config).is_some()
    }

    #[test]
    fn a_request_without_an_origin_is_a_program() {
        assert_eq!(foreign_origin(&HeaderMap::new(), None, &Config::default()), None);
    }

    #[test]
    fn only_pages_of_the_server_itself_and_allowed_ones_may_post() {
        let loopback = "127.0.0.1:5000";
        assert!(!refused(loopback, "http://localhost:5000", "localhost:5000"));
        assert!(!refused(loopback, "http://[::1]:5000", "[::1]:5000"));
        assert!(!refused(loopback, "https://logs.example.org", "127.0.0.1:5000"));
        assert!(refused(loopback, "https://evil.example", "127.0.0.1:5000"));
        assert!(refused(loopback, "http://localhost:3000", "localhost:5000"));
        assert!(refused(loopback, "null", "127.0.0.1:5000"));
    }

    #[test]
    fn a_name_that_was_made_to_point_here_is_refused_on_loopback_only() {
        assert!(refused("127.0.0.1:5000", "http://evil.example:5000", "evil.example:5000"));
        assert!(!refused("0.0.0.0:5000", "http://logs.intern:5000", "logs.intern:5000"));
    }
}
