//! Requests to an oddlog service.

use reqwest::ClientBuilder;
use reqwest::redirect::Policy;
use tokio_rustls::rustls::crypto::ring;

/// A client that goes straight to the address it is given: a service on this machine is not behind the proxy that the
/// environment may name, and a token is for nobody that it may be sent on to.
pub fn outgoing() -> ClientBuilder {
    // Fails only where there is one already.
    let _ = ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .user_agent(concat!("oddlog/", env!("CARGO_PKG_VERSION")))
}
