//! What the server can be told, each with unit, default and reason.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

/// Log analyser over HTTP: learns what is normal in a log and says what is odd, what repeats, and why.
#[derive(Clone, Debug, Parser)]
#[command(name = "oddlog-server", version)]
pub struct Config {
    /// Address and port to listen on. The default is reached from this machine only: there is no login, so listen
    /// elsewhere (0.0.0.0:5000) only behind something that has one. Port 0 takes a free port.
    #[arg(long, env = "ODDLOG_LISTEN", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:5000")]
    pub listen: SocketAddr,

    /// Folder of the trained models; made where it is missing. One server at a time may use it.
    #[arg(long, env = "ODDLOG_MODELS_DIR", value_name = "FOLDER", default_value = "models")]
    pub models_dir: PathBuf,

    /// Largest body of a request, in bytes, after unpacking gzip or zstd. The default, 256 MiB, is some two million
    /// lines; a request takes up to about ten times its body in memory.
    #[arg(long, env = "ODDLOG_BODY_LIMIT_BYTES", value_name = "BYTES", default_value_t = 256 << 20)]
    pub body_limit_bytes: usize,

    /// Largest body of text or NDJSON that is answered in rows as it comes (Accept: application/x-ndjson) by a trained
    /// model, in bytes, after unpacking. It is never in memory as a whole; the default, 1 TiB, ends what would never end.
    #[arg(long, env = "ODDLOG_STREAM_LIMIT_BYTES", value_name = "BYTES", default_value_t = 1 << 40)]
    pub stream_limit_bytes: usize,

    /// Trainings and analyses that compute at the same time; others wait for their turn. 0, the default, is one for
    /// each processor: more would only share them and take more memory.
    #[arg(long, env = "ODDLOG_CONCURRENCY", value_name = "REQUESTS", default_value_t = 0)]
    pub concurrency: usize,

    /// Trainings and analyses that may be under way, computing or waiting; the next is answered 503 with
    /// Retry-After. The default keeps the bodies of those that wait from filling the memory.
    #[arg(long, env = "ODDLOG_MAX_REQUESTS", value_name = "REQUESTS", default_value_t = 64)]
    pub max_requests: usize,

    /// Longest pause inside the body of a request, in seconds, before it is given up with 408. The default lets a
    /// slow network pass and frees the place of a client that has vanished.
    #[arg(long, env = "ODDLOG_READ_TIMEOUT_SECONDS", value_name = "SECONDS", default_value_t = 30)]
    pub read_timeout_seconds: u64,

    /// Origins of web pages that may send trainings and analyses, such as https://logs.example.org; may be repeated,
    /// or separated by commas. By default only pages of this server itself may: any other page that a person opens
    /// could else train a model behind their back.
    #[arg(long, env = "ODDLOG_ALLOW_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    pub allow_origin: Vec<String>,

    /// How long open requests may go on after SIGTERM or SIGINT, in seconds. The default is what container engines
    /// grant before they kill.
    #[arg(long, env = "ODDLOG_STOP_TIMEOUT_SECONDS", value_name = "SECONDS", default_value_t = 10)]
    pub stop_timeout_seconds: u64,

    /// What to log, on standard error: off, error, warn, info, debug or trace, or by module as in
    /// "warn,oddlog::http=debug". The lines that users send are never logged. At info: start, stop and trainings;
    /// debug adds a line for every request.
    #[arg(long, env = "ODDLOG_LOG", value_name = "FILTER", default_value = "info")]
    pub log: String,

    /// Write the log as JSON, one object per line, for programs that collect it.
    #[arg(long, env = "ODDLOG_LOG_JSON")]
    pub log_json: bool,
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
        if self.body_limit_bytes == 0 {
            faults.push("--body-limit-bytes is 0, and should be at least 1".to_owned());
        }
        if self.stream_limit_bytes == 0 {
            faults.push("--stream-limit-bytes is 0, and should be at least 1".to_owned());
        }
        if self.max_requests == 0 {
            faults.push("--max-requests is 0, and should be at least 1".to_owned());
        }
        if self.read_timeout_seconds == 0 {
            faults.push("--read-timeout-seconds is 0, and should be at least 1".to_owned());
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
            body_limit_bytes: 256 << 20,
            stream_limit_bytes: 1 << 40,
            concurrency: 0,
            max_requests: 64,
            read_timeout_seconds: 30,
            allow_origin: Vec::new(),
            stop_timeout_seconds: 10,
            log: "info".to_owned(),
            log_json: false,
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
        for option in
            Config::command().get_arguments().filter(|a| !matches!(a.get_id().as_str(), "help" | "version"))
        {
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
