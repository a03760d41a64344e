//! What the server can be told, each with unit, default and reason.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use super::token::Secret;

/// Log analyser over HTTP: learns what is normal in a log and says what is odd, what repeats, and why.
#[derive(Clone, Debug, Parser)]
#[command(name = "oddlog-server", version)]
pub struct Config {
    /// Address and port to listen on. The default is reached from this machine only; another one, such as
    /// 0.0.0.0:5000, needs an API token. Port 0 takes a free port.
    #[arg(long, env = "ODDLOG_LISTEN", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:5000")]
    pub listen: SocketAddr,

    /// Folder of the trained models; made where it is missing. One server at a time may use it.
    #[arg(long, env = "ODDLOG_MODELS_DIR", value_name = "FOLDER", default_value = "models")]
    pub models_dir: PathBuf,

    /// File of API tokens: in each row a name, what its bearer may do (train, analyze, admin, metrics, with commas
    /// between them, or all) and the token or its hash, as `sha256:` and what `printf %s TOKEN | sha256sum` prints. Read
    /// at the start. Where there are tokens, every request but those for /health, /ready, /version and /docs needs one.
    #[arg(long, env = "ODDLOG_TOKENS_FILE", value_name = "FILE")]
    pub tokens_file: Option<PathBuf>,

    /// One API token that may do everything. Better set as ODDLOG_TOKEN: every user of a machine sees its command lines.
    #[arg(long, env = "ODDLOG_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub token: Option<Secret>,

    /// Make an API token at the first start and print it once on standard output; the models folder keeps its hash. For
    /// containers, which nobody is there to configure.
    #[arg(long, env = "ODDLOG_FIRST_RUN_TOKEN")]
    pub first_run_token: bool,

    /// Listen where other machines reach the server, and let everybody do everything. Only behind something that keeps
    /// strangers away.
    #[arg(long, env = "ODDLOG_INSECURE_WITHOUT_TOKEN")]
    pub insecure_without_token: bool,

    /// Certificate chain of the server, PEM; with --tls-key it speaks HTTPS and nothing else. Read at the start.
    #[arg(long, env = "ODDLOG_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,

    /// Private key of --tls-cert, PEM.
    #[arg(long, env = "ODDLOG_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,

    /// Connections that may be open; others wait until one is closed. The default takes some tens of megabytes.
    #[arg(long, env = "ODDLOG_MAX_CONNECTIONS", value_name = "CONNECTIONS", default_value_t = 1024)]
    pub max_connections: usize,

    /// Longest time for the headers of a request, the TLS handshake, and silence between two requests of a connection,
    /// in seconds; then it is closed. The default frees the places of clients that hold connections and say nothing.
    #[arg(long, env = "ODDLOG_HEADER_TIMEOUT_SECONDS", value_name = "SECONDS", default_value_t = 30)]
    pub header_timeout_seconds: u64,

    /// Largest body of a request, in bytes, after unpacking gzip or zstd. The default, 256 MiB, is some two million
    /// lines; a request takes up to about ten times its body in memory.
    #[arg(long, env = "ODDLOG_BODY_LIMIT_BYTES", value_name = "BYTES", default_value_t = 256 << 20)]
    pub body_limit_bytes: usize,

    /// Memory that the bodies of all requests may have together while they come, wait and are worked on, in bytes as they were sent; the next
    /// large one is answered 503 with Retry-After. Bodies below a megabyte are taken always. The default, 1 GiB, is four of
    /// the largest.
    #[arg(long, env = "ODDLOG_BODIES_LIMIT_BYTES", value_name = "BYTES", default_value_t = 1 << 30)]
    pub bodies_limit_bytes: usize,

    /// Most lines of a body that is read whole: JSON, and all that is analysed or compared in one piece. The default
    /// keeps empty lines, of which a body has more than memory has room for; a log of 256 MiB has some two million.
    #[arg(long, env = "ODDLOG_MAX_LINES", value_name = "LINES", default_value_t = 5_000_000)]
    pub max_lines: usize,

    /// Largest body of text or NDJSON that is answered in rows as it comes (Accept: application/x-ndjson) by a trained
    /// model, in bytes, after unpacking. It is never in memory as a whole; the default, 1 TiB, ends what would never end.
    #[arg(long, env = "ODDLOG_STREAM_LIMIT_BYTES", value_name = "BYTES", default_value_t = 1 << 40)]
    pub stream_limit_bytes: usize,

    /// Trainings and analyses that compute at the same time; others wait for their turn. 0, the default, is one for
    /// each processor: more would only share them and take more memory.
    #[arg(long, env = "ODDLOG_CONCURRENCY", value_name = "REQUESTS", default_value_t = 0)]
    pub concurrency: usize,

    /// Trainings and analyses that may be under way, computing or waiting; the next is answered 503 with
    /// Retry-After, and so is one of a client (a token, or an address) that has as many under way as there are places
    /// free: one client alone gets half of them. The default leaves it 64, and keeps the bodies of those that wait
    /// from filling the memory.
    #[arg(long, env = "ODDLOG_MAX_REQUESTS", value_name = "REQUESTS", default_value_t = 128)]
    pub max_requests: usize,

    /// Longest time in which the body of a request brings less than 256 bytes, in seconds, before it is given up with 408,
    /// and in which a client takes nothing of its reply, before the connection is closed. The default lets a slow network
    /// pass and frees the place of a client that has vanished.
    #[arg(long, env = "ODDLOG_READ_TIMEOUT_SECONDS", value_name = "SECONDS", default_value_t = 30)]
    pub read_timeout_seconds: u64,

    /// Longest time for a body that is read whole to come, in seconds, before it is given up with 408, and for a request to
    /// wait for its turn to compute, before it is answered 503 with Retry-After. The default lets 256 MiB come at a
    /// megabyte a second.
    #[arg(long, env = "ODDLOG_REQUEST_TIMEOUT_SECONDS", value_name = "SECONDS", default_value_t = 300)]
    pub request_timeout_seconds: u64,

    /// Origins of web pages that may send trainings and analyses, such as https://logs.example.org; may be repeated,
    /// or separated by commas. By default only pages of this server itself may: any other page that a person opens
    /// could else train a model behind their back.
    #[arg(long, env = "ODDLOG_ALLOW_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    pub allow_origin: Vec<String>,

    /// Names, without port, under which a proxy on this machine hands requests on; may be repeated, or separated by
    /// commas. A server that listens to its own machine alone refuses every other name but the machine's own, because
    /// a web page can make its name point to it.
    #[arg(long, env = "ODDLOG_ALLOW_HOST", value_name = "NAME", value_delimiter = ',')]
    pub allow_host: Vec<String>,

    /// How long open requests may go on after SIGTERM or SIGINT, in seconds. The default leaves the last
    /// writes two of the ten seconds that container engines grant before they kill.
    #[arg(long, env = "ODDLOG_STOP_TIMEOUT_SECONDS", value_name = "SECONDS", default_value_t = 8)]
    pub stop_timeout_seconds: u64,

    /// What to log, on standard error: off, error, warn, info, debug or trace, or by module as in
    /// "warn,oddlog::http=debug". The lines that users send are never logged. At info: start, stop and trainings;
    /// debug adds a line for every request.
    #[arg(long, env = "ODDLOG_LOG", value_name = "FILTER", default_value = "info")]
    pub log: String,

    /// How to write the log: auto is text on a terminal and JSON, one object per row, for programs that collect it.
    #[arg(long, env = "ODDLOG_LOG_FORMAT", value_name = "FORMAT", default_value = "auto")]
    pub log_format: LogFormat,

    /// Check the configuration, the tokens and the certificate, and exit: 0 where the server would start, else 1.
    #[arg(long)]
    pub check: bool,

    /// Ask the server at --listen whether it is well, and exit: 0 where it is, else 1. For container engines.
    #[arg(long)]
    pub health_check: bool,
}

/// How a log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Text on a terminal, else JSON.
    Auto,
    /// Text for people.
    Text,
    /// JSON for programs.
    Json,
}

/// Values that cannot be, all of them at once.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigError(Vec<String>);

impl Config {
    /// Checks what the types do not.
    ///
    /// # Errors
    /// [`ConfigError`] names every fault.
    pub fn check(&self) -> Result<(), ConfigError> {
        let mut faults = Vec::new();
        for (option, is_zero) in [
            ("--body-limit-bytes", self.body_limit_bytes == 0),
            ("--stream-limit-bytes", self.stream_limit_bytes == 0),
            ("--max-lines", self.max_lines == 0),
            ("--max-requests", self.max_requests == 0),
            ("--max-connections", self.max_connections == 0),
            ("--read-timeout-seconds", self.read_timeout_seconds == 0),
            ("--request-timeout-seconds", self.request_timeout_seconds == 0),
            ("--header-timeout-seconds", self.header_timeout_seconds == 0),
        ] {
            if is_zero {
                faults.push(format!("{option} is 0, and should be at least 1"));
            }
        }
        if self.tls_cert.is_some() != self.tls_key.is_some() {
            faults.push("--tls-cert and --tls-key need each other, and one of them is missing".to_owned());
        }
        for host in self.allow_host.iter().filter(|host| host.is_empty() || host.contains(['/', ':', ' '])) {
            faults.push(format!(
                "--allow-host `{host}` should be like logs.example.org, without scheme and port"
            ));
        }
        for origin in self.allow_origin.iter().filter(|origin| !is_origin(origin)) {
            faults.push(format!(
                "--allow-origin `{origin}` should be like https://logs.example.org, without a path"
            ));
        }
        if faults.is_empty() { Ok(()) } else { Err(ConfigError(faults)) }
    }

    /// [`Config::concurrency`] with 0 resolved to the number of processors.
    #[must_use]
    pub fn concurrency(&self) -> usize {
        match self.concurrency {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            n => n,
        }
    }

    /// [`Config::read_timeout_seconds`] as a duration.
    #[must_use]
    pub fn read_timeout(&self) -> Duration {
        Duration::from_secs(self.read_timeout_seconds)
    }

    /// [`Config::request_timeout_seconds`] as a duration.
    #[must_use]
    pub fn request_timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout_seconds)
    }

    /// [`Config::header_timeout_seconds`] as a duration.
    #[must_use]
    pub fn header_timeout(&self) -> Duration {
        Duration::from_secs(self.header_timeout_seconds)
    }

    /// [`Config::stop_timeout_seconds`] as a duration.
    #[must_use]
    pub fn stop_timeout(&self) -> Duration {
        Duration::from_secs(self.stop_timeout_seconds)
    }
}

impl Default for Config {
    /// What the server does when it is told nothing; the environment is not asked.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 5000)),
            models_dir: PathBuf::from("models"),
            tokens_file: None,
            token: None,
            first_run_token: false,
            insecure_without_token: false,
            tls_cert: None,
            tls_key: None,
            max_connections: 1024,
            header_timeout_seconds: 30,
            body_limit_bytes: 256 << 20,
            bodies_limit_bytes: 1 << 30,
            max_lines: 5_000_000,
            stream_limit_bytes: 1 << 40,
            concurrency: 0,
            max_requests: 128,
            read_timeout_seconds: 30,
            request_timeout_seconds: 300,
            allow_origin: Vec::new(),
            allow_host: Vec::new(),
            stop_timeout_seconds: 8,
            log: "info".to_owned(),
            log_format: LogFormat::Auto,
            check: false,
            health_check: false,
        }
    }
}

fn is_origin(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, host)| {
        matches!(scheme, "http" | "https") && !host.is_empty() && !host.contains(['/', ' '])
    })
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::Config;

    #[test]
    fn the_command_line_is_well_formed() {
        Config::command().debug_assert();
    }

    #[test]
    fn every_option_has_an_environment_variable_of_its_name() {
        // what the program does instead of serving is asked for on its command line
        let instead = ["help", "version", "check", "health_check"];
        for option in Config::command().get_arguments().filter(|a| !instead.contains(&a.get_id().as_str())) {
            let name = option.get_long().unwrap().to_uppercase().replace('-', "_");
            assert_eq!(option.get_env().unwrap().to_str().unwrap(), format!("ODDLOG_{name}"));
        }
    }

    #[test]
    fn the_defaults_of_the_struct_are_those_of_the_command_line() {
        let parsed = Config::try_parse_from(["oddlog-server"]).unwrap();
        assert_eq!(format!("{parsed:?}"), format!("{:?}", Config::default()));
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let config = Config {
            body_limit_bytes: 0,
            max_requests: 0,
            allow_origin: vec!["example.org".to_owned(), "https://a.org".to_owned()],
            ..Config::default()
        };
        let said = config.check().unwrap_err().to_string();
        assert_eq!(said.lines().count(), 3, "{said}");
        assert_eq!(Config::default().check(), Ok(()));
    }
}
