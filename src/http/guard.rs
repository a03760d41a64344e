//! Web pages of other sites must not train a model, or read a log, on the machine of the person who opens them.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::cors::CorsLayer;

use super::config::Config;
use super::error::ApiError;
use super::state::App;

/// Refuses what a page of another site sends: anything under a name that is not this machine's, where the server listens
/// to this machine alone; and a request that changes something, where its `Origin` is another site. Browsers say there
/// where a page is from; programs send none.
pub(super) async fn refuse_other_sites(State(app): State<App>, request: Request, next: Next) -> Response {
    let host = request.uri().authority().map(|authority| authority.as_str().to_owned());
    if let Some(name) = unknown_host(request.headers(), host.as_deref(), &app.config) {
        return ApiError::UnknownHost(name).into_response();
    }
    if !request.method().is_safe()
        && let Some(origin) = foreign_origin(request.headers(), host.as_deref(), &app.config)
    {
        return ApiError::OtherSite(origin).into_response();
    }
    next.run(request).await
}

/// Lets browsers show replies to pages of the allowed origins, and to no others.
pub(super) fn allowed_origins(config: &Config) -> CorsLayer {
    let origins = config.allow_origin.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
    if config.allow_origin.is_empty() {
        return CorsLayer::new();
    }
    CorsLayer::new()
        .allow_origin(origins.collect::<Vec<_>>())
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::CONTENT_ENCODING])
}

/// The name that the request was sent to, if a page can have made it point to this machine: a browser lets that page
/// read the replies, too.
fn unknown_host(headers: &HeaderMap, target: Option<&str>, config: &Config) -> Option<String> {
    if !config.listen.ip().is_loopback() {
        return None;
    }
    let named = headers.get(header::HOST).map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned());
    let names = named.into_iter().chain(target.map(str::to_owned));
    let is_known = |authority: &str| {
        is_loopback(authority)
            || config.allow_host.iter().any(|host| host.eq_ignore_ascii_case(host_of(authority)))
    };
    names.filter(|authority| !is_known(authority)).map(|name| name.chars().take(200).collect()).next()
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
    let is_allowed =
        |authority: &str| config.allow_host.iter().any(|host| host.eq_ignore_ascii_case(host_of(authority)));
    let is_own = |authority: &str| is_loopback(authority) || is_allowed(authority);
    let rebound = config.listen.ip().is_loopback() && !authority.is_some_and(is_own);
    (!same || rebound).then(|| origin.chars().take(200).collect())
}

/// A name or address without its port.
fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

fn is_loopback(authority: &str) -> bool {
    let host = host_of(authority).trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::{Config, foreign_origin, unknown_host};

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
    fn on_loopback_only_the_names_of_this_machine_are_answered() {
        let config = Config { allow_host: vec!["logs.intern".to_owned()], ..Config::default() };
        let asked = |config: &Config, host: &str| {
            let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_str(host).unwrap())]);
            unknown_host(&headers, None, config)
        };
        for host in
            ["127.0.0.1:5000", "localhost", "LOCALHOST:80", "[::1]:5000", "logs.intern", "Logs.Intern:443"]
        {
            assert_eq!(asked(&config, host), None, "{host}");
        }
        for host in
            ["evil.example:5000", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1:5000", ""]
        {
            assert_eq!(asked(&config, host).as_deref(), Some(host));
        }
        assert_eq!(
            unknown_host(&HeaderMap::new(), Some("evil.example"), &config).as_deref(),
            Some("evil.example")
        );
        assert_eq!(unknown_host(&HeaderMap::new(), None, &config), None);
        let reached = Config { listen: "0.0.0.0:5000".parse().unwrap(), ..config };
        assert_eq!(asked(&reached, "evil.example"), None);
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
