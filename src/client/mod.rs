//! The companion client: log files to a service, or to models of its own, and what was found to a terminal.
//!
//! In: [`Args`]. Out: text on the writers given, files where asked for, an [`Outcome`]. The printing is the same
//! whether a service or this process did the work: both give the same reply.

mod analyze;
mod args;
mod backend;
mod backtest;
mod compare;
mod files;
mod input;
mod lock;
mod log;
mod map;
mod merge;
mod parts;
mod places;
mod print;
mod progress;
mod remote;
mod reply;
mod screen;
mod source;
mod sparkline;
mod stream;
mod told;
mod train;

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

pub use args::{Args, BacktestArgs, CheckArgs, Command, LockArgs, MapArgs, MergeArgs, Place};
pub use backend::BackendError;
pub use input::InputError;
pub use lock::LockfileError;
pub use screen::{Screen, printable};

use backend::Backend;
use log::Log;

use crate::models::{ModelsError, PartialError};
use crate::service::ServiceError;
use crate::store::{CodecError, StoreError};

/// How the names of state files end.
const STATE_ENDING: &str = "oddstate";

/// How the work ended, where it did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done,
    /// Done; there are outliers, and `--fail-on-outliers` was given.
    OutliersFound,
    /// Done; a comparison found something new or worse, or a log changes its lockfile.
    Worse,
}

/// Why the client failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// A log file.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A state file could not be used.
    #[error("cannot use `{}`: {source}", .path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// What was found.
        source: PartialError,
    },
    /// A state file or a folder of them could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A state could not be encoded, which is a bug.
    #[error(transparent)]
    Encode(#[from] CodecError),
    /// A folder without state files.
    #[error("there is no `*.oddstate` in `{}`; make them with `oddlog map --out FOLDER FILE...`", .0.display())]
    NoStates(PathBuf),
    /// The sum would be written to where it is read from, so that a repeated command would count it twice.
    #[error("`{}` is, or would be, one of the state files that are read; write the sum somewhere else", .0.display())]
    OutIsRead(PathBuf),
    /// A lockfile.
    #[error(transparent)]
    Lockfile(#[from] LockfileError),
    /// The service, or the models of this process.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The reply is not one of a log analyser.
    #[error("the reply of {from} cannot be read: {source}")]
    Reply {
        /// Who answered.
        from: String,
        /// What the JSON parser said.
        source: serde_json::Error,
    },
    /// A result could not be written.
    #[error("cannot write `{}`: {source}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// Rows of an analysis need a model that was trained.
    #[error(
        "the model `{0}` was never trained: only by one that was, a log can be judged as it is read; leave --stream out, or train it with `oddlog -t`"
    )]
    Untrained(String),
    /// The answer to a log that was sent as it was read is an error, or breaks off.
    #[error("the analysis ended before its end: {0}")]
    CutOff(String),
    /// What is read would be written over.
    #[error("`{}` is one of the logs that are read, and would be overwritten; write somewhere else", .0.display())]
    OverInput(PathBuf),
    /// A log without a line tells nothing, least of all that all is well.
    #[error("there is no line in {0}, so nothing can be said of it")]
    NoLines(&'static str),
    /// Both pictures of a reply are written alike.
    #[error(
        "`{}` and `{}` are pictures of two formats: both come in one reply, as PNG or as SVG (`--output` names the first)",
        .output.display(), .series.display()
    )]
    TwoFormats {
        /// The picture of lines and scores.
        output: PathBuf,
        /// The picture of events over time.
        series: PathBuf,
    },
    /// The service is of an older release.
    #[error("the service sent no {0}: it is of an older release")]
    NotSent(&'static str),
    /// The picture in the reply is not base64.
    #[error("the picture in the reply is damaged: {0}")]
    Picture(#[from] base64::DecodeError),
    /// The output was closed, or its disk is full.
    #[error("cannot print: {0}")]
    Print(#[from] std::io::Error),
}

impl ClientError {
    /// Whether the command line asks for what cannot be: a name that is none, a pattern that is none.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        const UNPROCESSABLE: u16 = 422;
        match self {
            Self::Backend(BackendError::Refused { status, .. }) => *status == UNPROCESSABLE,
            Self::Backend(BackendError::Option(_)) | Self::TwoFormats { .. } => true,
            Self::Backend(BackendError::Service(ServiceError::Models(error))) => {
                matches!(error, ModelsError::Name(_))
            }
            _ => false,
        }
    }
}

/// Checks that no file is both read and written: it would be emptied first.
fn spare_inputs(args: &Args) -> Result<(), ClientError> {
    let same = |path: &PathBuf| path.canonicalize().ok();
    let read: Vec<PathBuf> = args.files().iter().chain(&args.baseline).filter_map(same).collect();
    let written = [&args.lines, &args.output, &args.series, &args.report];
    let hit = written.into_iter().flatten().find(|path| same(path).is_some_and(|path| read.contains(&path)));
    hit.map_or(Ok(()), |path| Err(ClientError::OverInput(path.clone())))
}

/// Checks that there is a folder for each file that will be written: a long analysis would be for nothing.
fn find_folders(args: &Args) -> Result<(), ClientError> {
    let written = [args.lines.clone(), args.picture(), args.series.clone(), args.report.clone()];
    for path in written.into_iter().flatten() {
        let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { continue };
        let found = fs::metadata(folder).and_then(|folder| match folder.is_dir() {
            true => Ok(()),
            false => Err(io::ErrorKind::NotADirectory.into()),
        });
        found.map_err(|source| ClientError::Write { path, source })?;
    }
    Ok(())
}

/// Does what the command line asks for: results to `out`, which `screen` shows, remarks to `err`.
///
/// # Errors
/// [`ClientError`], with a message that names the file or address and what would be right.
pub fn run(
    args: &Args,
    screen: Screen,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, ClientError> {
    match &args.command {
        Some(Command::Map(args)) => return map::map(args, out),
        Some(Command::Merge(args)) => return merge::merge(args, out, err),
        Some(Command::Lock(args)) => return lock::lock(args, out, err),
        Some(Command::Backtest(args)) => return backtest::run(args, screen, out, err),
        Some(Command::Check(args)) => return lock::check(args, screen, out, err),
        None => {}
    }
    if args.train {
        train::train(args, &Backend::choose(&args.place, err)?, out, err)?;
        return Ok(Outcome::Done);
    }
    spare_inputs(args)?;
    find_folders(args)?;
    if args.stream {
        return stream::stream(args, &Backend::choose(&args.place, err)?, screen, out, err);
    }
    let log = Log::read(&args.files(), &args.reading(), err)?;
    if log.lines.is_empty() {
        return Err(ClientError::NoLines("the log"));
    }
    let backend = Backend::choose(&args.place, err)?;
    if args.is_comparison() {
        compare::compare(args, &backend, &log, screen, out, err)
    } else {
        analyze::analyze(args, &backend, &log, screen, out, err)
    }
}
