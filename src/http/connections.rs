//! Connections: so many at once, with a time for their headers and their silence, in TLS or not, ended in order.

use std::future::Future;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::Service;
use tracing::{debug, error, warn};

use super::context::Peer;
use super::patience::Patient;

/// Largest part of a connection that is kept in memory before it is handled, and so the most that all headers of a
/// request may have together, in bytes. A larger one is memory for each of the connections.
const BUFFER_BYTES_MAX: usize = 64 << 10;

/// Pause after the system could not give one more connection, for example for want of file handles.
const PAUSE: Duration = Duration::from_millis(200);

/// How connections are taken.
pub(super) struct Terms {
    /// What speaks TLS; `None` for plain HTTP.
    pub(super) tls: Option<TlsAcceptor>,
    /// Most connections at once; the others wait in the queue of the system.
    pub(super) connections_max: usize,
    /// For a handshake, for the headers of a request, and between two requests.
    pub(super) header_timeout: Duration,
    /// For a client to take something of what is written to it.
    pub(super) write_timeout: Duration,
    /// For the requests that are under way when the end comes.
    pub(super) stop_timeout: Duration,
}

/// Serves until `stop`, and then what was accepted before, as long as the terms allow.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    terms: Terms,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(terms.connections_max));
    let open = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place.expect("the semaphore is never closed"),
            () = &mut stop => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(e) if is_of_the_connection(e.kind()) => continue,
            Err(e) => {
                error!("no connection can be accepted: {e}");
                sleep(PAUSE).await;
                continue;
            }
        };
        let (router, watcher) = (router.clone(), open.watcher());
        let (tls, header_timeout) = (terms.tls.clone(), terms.header_timeout);
        let write_timeout = terms.write_timeout;
        tokio::spawn(async move {
            // A reply is written as a whole, and is to leave as one.
            let _ = stream.set_nodelay(true);
            let stream = Patient::new(stream, write_timeout);
            connection(stream, peer, tls, header_timeout, router, watcher).await;
            drop(place);
        });
    }
    // Whoever connects from now on is told at once that nobody is there.
    drop(listener);
    if timeout(terms.stop_timeout, open.shutdown()).await.is_err() {
        warn!("requests were still open after {} s and are cut off", terms.stop_timeout.as_secs());
    }
}

/// Errors of one connection that went away before it was accepted.
fn is_of_the_connection(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}

async fn connection(
    stream: Patient<TcpStream>,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    header_timeout: Duration,
    router: Router,
    watcher: Watcher,
) {
    let Some(tls) = tls else {
        return requests(stream, peer, header_timeout, router, watcher).await;
    };
    match timeout(header_timeout, tls.accept(stream)).await {
        Ok(Ok(stream)) => requests(stream, peer, header_timeout, router, watcher).await,
        Ok(Err(e)) => debug!(%peer, "{peer} does not speak TLS: {e}"),
        Err(_) => debug!(%peer, "{peer} did not finish its TLS handshake"),
    }
}

async fn requests(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    header_timeout: Duration,
    router: Router,
    watcher: Watcher,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        router.clone().call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_buf_size(BUFFER_BYTES_MAX)
        // A client that has sent all and says so still waits for the answer.
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(e) = watcher.watch(connection).await {
        debug!(%peer, "the connection of {peer} broke: {e}");
    }
}
