//! The question of a container engine: is the server in this container well?

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use super::config::Config;
use super::outgoing::outgoing;

/// How long the server may take to answer: a second on a busy machine, and less than the engine's own patience.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks the server that listens as configured for `/health`.
///
/// # Errors
/// It does not answer in time, or not with success.
pub async fn health_check(config: &Config) -> reqwest::Result<()> {
    let scheme = if config.tls_cert.is_some() { "https" } else { "http" };
    let client = outgoing()
        .timeout(PATIENCE)
        // The certificate is for the server's name; this is its own machine, and nothing secret is sent.
        .tls_danger_accept_invalid_certs(true)
        .build()?;
    let reply = client.get(format!("{scheme}://{}/health", reachable(config.listen))).send().await?;
    reply.error_for_status().map(|_| ())
}

/// The address under which a server that listens to all addresses is reached from its own machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    SocketAddr::new(ip, listen.port())
}

#[cfg(test)]
mod tests {
    use super::reachable;

    #[test]
    fn a_server_that_listens_everywhere_is_asked_on_its_own_machine() {
        for (listen, asked) in
            [("0.0.0.0:5000", "127.0.0.1:5000"), ("[::]:80", "[::1]:80"), ("10.1.2.3:5", "10.1.2.3:5")]
        {
            assert_eq!(reachable(listen.parse().unwrap()).to_string(), asked);
        }
    }
}
