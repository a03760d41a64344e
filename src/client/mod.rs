//! The companion client: log files to a service, or to models of its own, and what was found to a terminal.
//!
//! In: [`Args`]. Out: text on the writers given, files where asked for, an [`Outcome`]. The printing is the same
//! whether a service or this process did the work: both give the same reply.

mod analyze;
mod args;
mod backend;
mod compare;
mod input;
mod print;
mod reply;
mod train;

use std::io::Write;
use std::path::PathBuf;

pub use args::Args;
pub use backend::BackendError;
pub use input::InputError;

use backend::Backend;

/// How the work ended, where it did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done,
    /// Done; there are outliers, and `--fail-on-outliers` was given.
    OutliersFound,
    /// Done; a comparison found something new or worse.
    Worse,
}

/// Why the client failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// A log file.
    #[error(transparent)]
    Input(#[from] InputError),
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
    /// The picture in the reply is not base64.
    #[error("the picture in the reply is damaged: {0}")]
    Picture(#[from] base64::DecodeError),
    /// The output was closed, or its disk is full.
    #[error("cannot print: {0}")]
    Print(#[from] std::io::Error),
}

/// Does what the command line asks for: results to `out`, remarks to `err`.
///
/// # Errors
/// [`ClientError`], with a message that names the file or address and what would be right.
pub fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, ClientError> {
    let lines = input::read_all(&args.files(), err)?;
    let backend = Backend::choose(args, err)?;
    if args.train {
        train::train(args, &backend, &lines, out)?;
        Ok(Outcome::Done)
    } else if !args.baseline.is_empty() {
        compare::compare(args, &backend, &input::read_all(&args.baseline, err)?, &lines, out)
    } else {
        analyze::analyze(args, &backend, &lines, out, err)
    }
}
