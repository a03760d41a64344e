//! From a checked configuration to a running service, and to its orderly end.

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_rustls::TlsAcceptor;
use tracing::{info, warn};

use super::access::{self, AccessError};
use super::config::Config;
use super::connections::{self, Terms};
use super::router;
use super::state::App;
use super::tls::{self, TlsError};
use super::token::Tokens;
use crate::models::{Models, ModelsError};

/// Why the service did not start, or did not end in order.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The models could not be opened.
    #[error("cannot open the models in `{}`", .dir.display())]
    Open {
        /// Their folder.
        dir: PathBuf,
        /// Why.
        source: ModelsError,
    },
    /// The address could not be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The models could not be written at the end. What training has acknowledged is in the journal all the same.
    #[error("cannot write the models at the end")]
    Publish(#[source] ModelsError),
    /// Who may come in is not clear.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The certificate or its key.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Signals could not be listened to, or the listening socket failed.
    #[error("the operating system refused")]
    Io(#[from] std::io::Error),
}

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// [`ServeError`].
pub async fn serve(config: Config) -> Result<(), ServeError> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    serve_until(config, stop, |_| {}).await
}

/// Serves until `stop`; tells `started` the address once connections are accepted. After `stop`, open requests have
/// [`Config::stop_timeout`] to end; then all that was trained is fitted and written.
///
/// # Errors
/// [`ServeError`].
pub async fn serve_until(
    config: Config,
    stop: impl Future<Output = ()> + Send + 'static,
    started: impl FnOnce(SocketAddr),
) -> Result<(), ServeError> {
    let (tokens, tls) = check(&config)?;
    let models = open(&config)?;
    let address = config.listen;
    let listen_error = |source| ServeError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(listen_error)?;
    let address = listener.local_addr().map_err(listen_error)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    info!(%address, "Listening on {scheme}://{address}");
    if tokens.is_empty() && !address.ip().is_loopback() {
        warn!("everybody who reaches {address} may do everything: there is no API token");
    }
    started(address);

    let terms = Terms {
        tls,
        connections_max: config.max_connections,
        header_timeout: config.header_timeout(),
        write_timeout: config.read_timeout(),
        stop_timeout: config.stop_timeout(),
    };
    let app = App::new(Arc::clone(&models), config).with_tokens(tokens);
    let publisher = app.publisher.clone();
    let stop = async move {
        stop.await;
        info!("Stopping");
    };
    connections::serve(listener, router(app), terms, stop).await;

    publisher.stop().await;
    let published = tokio::task::spawn_blocking(move || models.publish_all()).await;
    published.map_err(std::io::Error::other)?.map_err(ServeError::Publish)?;
    info!("Stopped");
    Ok(())
}

/// Checks what a configuration names: who may come in, and the certificate.
///
/// # Errors
/// [`ServeError::Access`], [`ServeError::Tls`].
pub fn check(config: &Config) -> Result<(Tokens, Option<TlsAcceptor>), ServeError> {
    Ok((access::tokens(config)?, tls::acceptor(config)?))
}

fn open(config: &Config) -> Result<Arc<Models>, ServeError> {
    let dir = &config.models_dir;
    let started = Instant::now();
    let models = Models::open(dir).map_err(|source| ServeError::Open { dir: dir.clone(), source })?;
    models.claim().map_err(|source| ServeError::Open { dir: dir.clone(), source })?;
    let (count, duration_ms) = (models.names().len(), started.elapsed().as_millis());
    info!(count, duration_ms, "Opened {count} models in `{}` in {duration_ms} ms", dir.display());
    Ok(Arc::new(models))
}
