//! The command line of the client.

use std::path::PathBuf;

use clap::Parser;

/// Train the log analyser on log files, or let it say what in them is odd, what repeats, and why.
///
/// Uses the oddlog-server at --url, or the one on this machine's port 5000 if it answers, or else does the work in its
/// own process.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "oddlog",
    version,
    after_help = "Examples:\n  \
        oddlog -t -f good.log                    learn what is normal\n  \
        oddlog -f today.log                      say what is odd\n  \
        oddlog -f ansible.log.gz -f more.json    several files, packed ones too\n  \
        oddlog --baseline good.log -f bad.log    say what is different\n  \
        journalctl -o short-iso | oddlog -f -    from another program\n\n\
        Exit status: 0 done, 1 failed, 2 wrong usage, 3 outliers found (with\n  --fail-on-outliers) or something new or worse (with --baseline)."
)]
pub struct Args {
    /// Learn from the files; without it they are analysed, and nothing is learnt.
    #[arg(short, long)]
    pub train: bool,

    /// Log file: a JSON array, one JSON value per row, or plain text; gzip or zstd; `-` is standard input. May be
    /// repeated; the files are read as one log [default: log_dataset.json].
    #[arg(short, long = "file", value_name = "FILE")]
    pub file: Vec<PathBuf>,

    /// Compare with this log, of when all was well: say what is new, gone, more or less frequent. Exit status 3 if
    /// something is new or worse. May be repeated.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["train", "lines", "output", "session_pattern"])]
    pub baseline: Vec<PathBuf>,

    /// Address of the service, such as http://localhost:5000.
    #[arg(long, env = "ODDLOG_URL", value_name = "URL", conflicts_with = "embedded")]
    pub url: Option<String>,

    /// Do the work in this process, with the models in --models-dir, even if a service answers.
    #[arg(long)]
    pub embedded: bool,

    /// Folder of the models when the work is done in this process.
    #[arg(long, env = "ODDLOG_MODELS_DIR", value_name = "FOLDER", default_value = "models")]
    pub models_dir: PathBuf,

    /// Name of the model: a-z, 0-9, `-` and `_`.
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub model: String,

    /// Lines per request of a training. The result is the same for every size; smaller ones show progress sooner.
    #[arg(long, value_name = "LINES", default_value_t = 1000, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    pub batch_size: usize,

    /// Regular expression that finds the session of a line (a request, a block, a trace): its first group, or else the
    /// whole match. The analysis then judges sessions too.
    #[arg(long, value_name = "REGEX")]
    pub session_pattern: Option<String>,

    /// Where to save the picture [default: log_visualization.png; with --json only where given].
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Print the whole reply as JSON and nothing else; remarks go to standard error.
    #[arg(long, conflicts_with = "train")]
    pub json: bool,

    /// Also write what was found out about every line to this file, one JSON object per row.
    #[arg(long, value_name = "FILE", conflicts_with = "train")]
    pub lines: Option<PathBuf>,

    /// Exit with status 3 if there are outliers, for use in scripts.
    #[arg(long, conflicts_with = "train")]
    pub fail_on_outliers: bool,
}

impl Args {
    /// The files to read.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        if self.file.is_empty() { vec![PathBuf::from("log_dataset.json")] } else { self.file.clone() }
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
