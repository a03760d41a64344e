//! What is known of a request while it is answered: its id, where it is from, whose token it showed.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::{Instrument, debug, info_span};

use super::headers;
use super::state::App;
use super::turns::Client;

/// The header that names a request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id that is taken from a client: room for a UUID and a prefix.
const ID_LENGTH_MAX: usize = 64;

/// The other end of the connection, put into each request by the one who accepted it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) SocketAddr);

#[derive(Debug)]
struct Context {
    id: String,
    peer: Option<SocketAddr>,
    caller: OnceLock<Arc<str>>,
}

tokio::task_local! {
    static CONTEXT: Arc<Context>;
}

/// The outermost layer: gives a request its id, logs and measures it once it is answered. Nothing that a user sent is
/// logged but the method, the path and an id of harmless characters.
pub(super) async fn request(State(app): State<App>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let path: String = request.uri().path().chars().take(200).collect();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let context = Arc::new(Context {
        id: id_of(request.headers()).unwrap_or_else(new_id),
        peer: request.extensions().get::<Peer>().map(|peer| peer.0),
        caller: OnceLock::new(),
    });
    let started = Instant::now();
    let span = info_span!("request", id = context.id);
    let work = CONTEXT.scope(Arc::clone(&context), next.run(request));
    let mut response = work.instrument(span.clone()).await;

    let (status, elapsed) = (response.status(), started.elapsed());
    let (code, duration_ms) = (status.as_u16(), elapsed.as_millis());
    span.in_scope(|| {
        debug!(%method, path, status = code, duration_ms, "{method} {path:?} answered {code} in {duration_ms} ms");
    });
    app.metrics.answered(&method, route.as_ref().map(MatchedPath::as_str), status, elapsed);
    headers::secure(response.headers_mut());
    let id = HeaderValue::from_str(&context.id).expect("an id has ASCII characters alone");
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// Remembers whose token the request showed.
pub(super) fn set_caller(name: &Arc<str>) {
    let _ = CONTEXT.try_with(|context| context.caller.set(Arc::clone(name)));
}

/// The id of the request that is being answered here, if one is.
pub(super) fn id() -> Option<String> {
    CONTEXT.try_with(|context| context.id.clone()).ok()
}

/// Whose token the request showed, and where it is from; a dash where there is neither.
pub(super) fn caller() -> (String, String) {
    let known = CONTEXT.try_with(|context| {
        let name = context.caller.get().map(ToString::to_string);
        (name, context.peer.map(|peer| peer.ip().to_string()))
    });
    let (name, peer) = known.unwrap_or_default();
    (name.unwrap_or_else(|| "-".to_owned()), peer.unwrap_or_else(|| "-".to_owned()))
}

/// For whom it is computed: the one whose token was shown, else the other end's address. Of the server's own work it is
/// the server.
pub(super) fn client() -> Client {
    let known = CONTEXT.try_with(|context| {
        let address = || context.peer.map(|peer| Client::from(peer.ip().to_string()));
        context.caller.get().cloned().or_else(address)
    });
    known.ok().flatten().unwrap_or_else(|| Client::from(""))
}

/// The id that a client gave, if it is one that cannot disturb a log.
fn id_of(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    ((1..=ID_LENGTH_MAX).contains(&id.len()) && id.bytes().all(is_plain)).then(|| id.to_owned())
}

/// 16 hexadecimal digits: they go on from a random number, so two runs of a server share none.
fn new_id() -> String {
    static NEXT: LazyLock<AtomicU64> = LazyLock::new(|| {
        AtomicU64::new(getrandom::u64().unwrap_or_else(|_| u64::from(std::process::id()) << 40))
    });
    format!("{:016x}", NEXT.fetch_add(1, Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};

    use super::{REQUEST_ID, id_of, new_id};

    #[test]
    fn an_id_of_a_client_is_kept_where_it_is_harmless() {
        let read =
            |id: &str| id_of(&HeaderMap::from_iter([(REQUEST_ID, HeaderValue::from_str(id).unwrap())]));
        for id in ["a", "550e8400-e29b-41d4-a716-446655440000", "lb.7:x_1"] {
            assert_eq!(read(id).as_deref(), Some(id));
        }
        for id in ["", "a b", "\"x\"", &"a".repeat(65), "a\tb", "{}"] {
            assert_eq!(read(id), None, "{id}");
        }
    }

    #[test]
    fn no_two_new_ids_are_equal() {
        let (one, other) = (new_id(), new_id());
        assert_eq!(one.len(), 16);
        assert_ne!(one, other);
    }
}
