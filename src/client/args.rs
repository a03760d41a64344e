//! The command line of the client.

use std::path::PathBuf;

use chrono_tz::Tz;
use clap::{ArgGroup, Parser, Subcommand};

use crate::analysis::reading::Reading;
use crate::analysis::threshold::{FINDINGS_A_DAY, MAX_FINDINGS_A_DAY};
use crate::http::Secret;
use crate::state::Days;
use crate::wire::{days_of_query, timezone};

/// Train the log analyser on log files, or let it say what in them is odd, what repeats, and why.
///
/// Uses the oddlog-server at --url, or the one on this machine's port 5000 if it answers, or else does the work in its
/// own process.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "oddlog",
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  \
        oddlog -t -f good.log                    learn what is normal\n  \
        oddlog -f today.log                      say what is odd\n  \
        oddlog -f app.log.1.gz -f app.log        several files, merged by time\n  \
        oddlog -f /var/log                       all logs in a folder\n  \
        oddlog --stream -f huge.log.zst          of any size, by a trained model\n  \
        oddlog -f today.log --report today.html  a page for a ticket\n  \
        oddlog --baseline good.log -f bad.log    say what is different\n  \
        oddlog --baseline-model web@17 -f now    different from what a model learnt\n  \
        journalctl -o short-iso | oddlog -f -    from another program\n  \
        oddlog backtest /var/log/app             what would have been sent, day by day\n  \
        oddlog lock good.log > oddlog.lock       keep the events of a log with its code\n  \
        oddlog check new.log                     fail a build that changes them\n  \
        oddlog map --out states day1.log.gz      count lines here, without a model\n  \
        oddlog merge states --model web          and let a model learn the counts\n\n\
        Exit status: 0 done, 1 failed, 2 wrong usage, 3 outliers found (with\n  --fail-on-outliers) or something new or worse (with --baseline),\n  or a log changes its lockfile."
)]
pub struct Args {
    /// Another work than training and analysing.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Learn from the files; without it they are analysed, and nothing is learnt.
    #[arg(short, long)]
    pub train: bool,

    /// Log file: a JSON array, one JSON value per row, or plain text; gzip or zstd; `-` is standard input. Or a folder:
    /// all logs in it. May be repeated; an analysis merges the files by time [default: log_dataset.json].
    #[arg(short, long = "file", value_name = "FILE")]
    pub file: Vec<PathBuf>,

    /// Zone of times that name none: an IANA name, such as Europe/Berlin [default: they stay without one].
    #[arg(long, value_name = "NAME", value_parser = zone, conflicts_with = "train")]
    pub timezone: Option<Tz>,

    /// Take every line by itself, also those that go on with another, as stack traces do.
    #[arg(long, conflicts_with = "train")]
    pub no_records: bool,

    /// Compare with this log, of when all was well: say what is new, gone, more or less frequent. Exit status 3 if
    /// something is new or worse. May be repeated.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["train", "lines", "session_pattern", "session_field"])]
    pub baseline: Vec<PathBuf>,

    /// Compare with what this model has learnt, or had at the generation NAME@17.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["baseline", "train", "lines", "session_pattern", "session_field"])]
    pub baseline_model: Option<String>,

    /// Compare with these days of --baseline-model alone: the first and the last, as 2024-03-01..2024-03-07, or one.
    #[arg(long, value_name = "FIRST..LAST", requires = "baseline_model", conflicts_with = "baseline", value_parser = days_of_text)]
    pub baseline_days: Option<Days>,

    /// Who does the work.
    #[command(flatten)]
    pub place: Place,

    /// Name of the model: a-z, 0-9, `-` and `_`.
    #[arg(long, value_name = "NAME", default_value = "default", conflicts_with_all = ["baseline", "baseline_model"])]
    pub model: String,

    /// Lines per request of a training. The result is the same for every size; smaller ones show progress sooner.
    #[arg(long, value_name = "LINES", default_value_t = 1000, requires = "train", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    pub batch_size: usize,

    /// Regular expression that finds the session of a line (a request, a block, a trace): its first group, or else the
    /// whole match. The analysis then judges sessions too.
    #[arg(long, value_name = "REGEX", conflicts_with = "train")]
    pub session_pattern: Option<String>,

    /// The same by the name of a field of JSON or of `key=value`, as trace_id or request_id.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["session_pattern", "train"])]
    pub session_field: Option<String>,

    /// Where to save the picture: PNG, or SVG if the name ends in .svg [default: log_visualization.png; with --json only
    /// where given]. Of a comparison it shows what is different, only where given.
    #[arg(short, long, value_name = "FILE", conflicts_with = "train")]
    pub output: Option<PathBuf>,

    /// Also save a picture of events over time, with bursts and silences, here: PNG, or SVG if the name ends in .svg, as the
    /// other picture.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["train", "baseline", "baseline_model"])]
    pub series: Option<PathBuf>,

    /// Also save a report for people here: one HTML page with findings, reasons, pictures and what it was made from.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["train", "baseline", "baseline_model"])]
    pub report: Option<PathBuf>,

    /// Print the whole reply as JSON and nothing else; remarks go to standard error.
    #[arg(long, conflicts_with = "train")]
    pub json: bool,

    /// Also write what was found out about every line to this file, one JSON object per row.
    #[arg(long, value_name = "FILE", conflicts_with = "train")]
    pub lines: Option<PathBuf>,

    /// Judge the log as it is read, by a model that was trained: any number of lines, in memory that does not grow with
    /// them. The rows of --lines come as lines are judged, and with --json all rows instead of one reply. No picture,
    /// nothing on sessions, bursts and silences, which need all lines.
    #[arg(long, conflicts_with_all = ["train", "baseline", "baseline_model", "session_pattern", "session_field", "output", "series", "report"])]
    pub stream: bool,

    /// Exit with status 3 if there are outliers, for use in scripts.
    #[arg(long, conflicts_with_all = ["train", "baseline", "baseline_model"])]
    pub fail_on_outliers: bool,
}

/// Who does the work: a service, or this process.
#[derive(Clone, Debug, clap::Args)]
pub struct Place {
    /// Address of the service, such as http://localhost:5000.
    #[arg(long, env = "ODDLOG_URL", value_name = "URL", value_parser = url, conflicts_with = "embedded")]
    pub url: Option<String>,

    /// API token of the service. Better set as ODDLOG_TOKEN or kept in --token-file: every user of a machine sees its
    /// command lines.
    #[arg(long, env = "ODDLOG_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub token: Option<Secret>,

    /// File that holds the API token of the service and nothing else.
    #[arg(long, env = "ODDLOG_TOKEN_FILE", value_name = "FILE")]
    pub token_file: Option<PathBuf>,

    /// Certificate, PEM, that the service's own is signed with, where the public authorities do not know it.
    #[arg(long, env = "ODDLOG_CA_CERT", value_name = "FILE")]
    pub ca_cert: Option<PathBuf>,

    /// Do the work in this process, with the models in --models-dir, even if a service answers.
    #[arg(long)]
    pub embedded: bool,

    /// Folder of the models when the work is done in this process.
    #[arg(long, env = "ODDLOG_MODELS_DIR", value_name = "FOLDER", default_value = "models")]
    pub models_dir: PathBuf,
}

/// What the client does besides training and analysing.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Count the lines of each file into a state file of its own, without a model or a service: for many files, on many
    /// machines. `oddlog merge` adds them up.
    Map(MapArgs),
    /// Add up state files that `oddlog map` made, to one file or into a model. The result is that of training on all
    /// lines at once, whatever the order and grouping.
    Merge(MergeArgs),
    /// Print a lockfile: the events of logs of good runs, one a line, with level and rate, to keep beside the code that
    /// writes them. Each file is a run; of three or more, what is in all of them is expected in the next.
    Lock(LockArgs),
    /// Say what logs change in a lockfile, and exit with status 3 if they change anything: for builds.
    Check(CheckArgs),
    /// Say what a model would have sent on each day of a log, judged by the days before it: how many findings a day are to
    /// be expected, and which.
    Backtest(BacktestArgs),
}

/// The command line of `oddlog backtest`.
#[derive(Clone, Debug, clap::Args)]
pub struct BacktestArgs {
    /// Log file, as of an analysis, or folder of them; several are merged by time. Eight days of log time at least.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Findings a day that you can stand.
    #[arg(long, value_name = "FINDINGS", default_value_t = FINDINGS_A_DAY, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_FINDINGS_A_DAY)))]
    pub alarms_per_day: u32,

    /// Zone of times that name none: an IANA name, such as Europe/Berlin [default: they stay without one].
    #[arg(long, value_name = "NAME", value_parser = zone)]
    pub timezone: Option<Tz>,
}

/// The command line of `oddlog lock`.
#[derive(Clone, Debug, clap::Args)]
pub struct LockArgs {
    /// Log file, as of `oddlog map`, or folder of them.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Let the lockfile accept what the logs change in it, instead of printing a new one.
    #[arg(long)]
    pub update: bool,

    /// The lockfile of --update.
    #[arg(long, value_name = "FILE", default_value = "oddlog.lock", requires = "update")]
    pub lock: PathBuf,
}

/// The command line of `oddlog check`.
#[derive(Clone, Debug, clap::Args)]
pub struct CheckArgs {
    /// Log file, as of `oddlog map`, or folder of them.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// The lockfile.
    #[arg(long, value_name = "FILE", default_value = "oddlog.lock")]
    pub lock: PathBuf,
}

/// The command line of `oddlog map`.
#[derive(Clone, Debug, clap::Args)]
pub struct MapArgs {
    /// Folder of the state files; made where it is missing. A file is called after its log and what it holds, so the same
    /// log gives the same file again, and a command that was cut off can be repeated.
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,

    /// Log file: plain text, one JSON value per row, or a JSON array; gzip or zstd; `-` is standard input. All but a JSON
    /// array is read in parts, so its size does not matter.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// The command line of `oddlog merge`.
#[derive(Clone, Debug, clap::Args)]
#[command(group(ArgGroup::new("target").args(["out", "model"]).required(true)))]
pub struct MergeArgs {
    /// State file, or folder of them: all in it whose names end in `.oddstate`. A file that is named twice counts once.
    #[arg(required = true, value_name = "STATE_OR_FOLDER")]
    pub states: Vec<PathBuf>,

    /// Write the sum to this state file.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,

    /// Let this model learn the sum. It counts as often as it is sent; see --key.
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,

    /// With --model: count the sum once under this key, even if the command is repeated within 24 hours.
    #[arg(long, value_name = "KEY", value_parser = idempotency_key, requires = "model")]
    pub key: Option<String>,

    /// Who keeps the model.
    #[command(flatten)]
    pub place: Place,
}

fn url(text: &str) -> Result<String, String> {
    if text.starts_with("http://") || text.starts_with("https://") {
        return Ok(text.to_owned());
    }
    Err(format!(
        "it should begin with http:// or https://, such as http://{}",
        if text.is_empty() { "localhost:5000" } else { text }
    ))
}

fn zone(name: &str) -> Result<Tz, String> {
    timezone(name).map_err(|error| format!("it {}", error.problem))
}

/// `2024-03-01..2024-03-07`, or one day.
fn days_of_text(text: &str) -> Result<Days, String> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    days_of_query(&[pair("from", first), pair("to", last)]).map_err(|wrong| wrong.to_string())
}

fn idempotency_key(text: &str) -> Result<String, String> {
    let fits = (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(text.to_owned()) } else { Err("should be 1 to 255 visible ASCII characters".to_owned()) }
}

impl Args {
    /// The files to read.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        if self.file.is_empty() { vec![PathBuf::from("log_dataset.json")] } else { self.file.clone() }
    }

    /// How the lines are read; when the files were written is not known yet.
    pub(super) fn reading(&self) -> Reading {
        Reading { timezone: self.timezone, records: !self.no_records, ..Reading::default() }
    }

    /// Whether two logs are to be compared.
    pub(super) fn is_comparison(&self) -> bool {
        !self.baseline.is_empty() || self.baseline_model.is_some()
    }

    /// Where the picture goes; `None` where it is not wanted.
    pub(super) fn picture(&self) -> Option<PathBuf> {
        let default = || (!self.json).then(|| PathBuf::from("log_visualization.png"));
        self.output.clone().or_else(default)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Args::command().debug_assert();
    }
}
