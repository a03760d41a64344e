//! `oddlog lock` and `oddlog check`: logs to a lockfile, and what another log changes in it.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::args::{CheckArgs, LockArgs};
use super::files::files_of;
use super::map::count;
use super::screen::{Screen, Style, excerpt};
use super::{ClientError, Outcome};
use crate::analysis::lock::{Lock, LockChange, LockChangeKind, LockError, LockedEvent, Observed};
use crate::store::write_file;
use crate::wording::counted;

/// Why a lockfile cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LockfileError {
    /// It cannot be read.
    #[error("cannot read the lockfile `{}`: {source}; make it with `oddlog lock good.log > {}`", .path.display(), .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// It cannot be written.
    #[error("cannot write the lockfile `{}`: {source}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// It is no text.
    #[error("`{}` is no lockfile: it is no text; make it with `oddlog lock`", .path.display())]
    Binary {
        /// The file.
        path: PathBuf,
    },
    /// It is none.
    #[error("`{}` is no lockfile: {source}", .path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// What was found.
        source: LockError,
    },
}

/// Prints the lockfile of the logs, or lets one that there is accept them.
pub(super) fn lock(
    args: &LockArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, ClientError> {
    let observed = observed(&args.files, &args.lock, err)?;
    if !args.update {
        write!(out, "{}", observed.lock())?;
        return Ok(Outcome::Done);
    }
    let before = read(&args.lock)?;
    let n_changes = before.changes(&observed).len();
    replace(&args.lock, &before.updated(&observed).to_string())?;
    writeln!(out, "`{}` accepts {}", args.lock.display(), counted(n_changes, "change"))?;
    Ok(Outcome::Done)
}

/// Writes a lockfile whole or not at all. It stays what it was: where a link points to, and for whom it can be read.
fn replace(path: &Path, text: &str) -> Result<(), ClientError> {
    let refused = |source| LockfileError::Write { path: path.to_owned(), source };
    let file = path.canonicalize().map_err(refused)?;
    let permissions = fs::metadata(&file).map_err(refused)?.permissions();
    write_file(&file, text.as_bytes())?;
    fs::set_permissions(&file, permissions).map_err(refused)?;
    Ok(())
}

/// Prints what the logs change in the lockfile.
pub(super) fn check(
    args: &CheckArgs,
    screen: Screen,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, ClientError> {
    let lock = read(&args.lock)?;
    let observed = observed(&args.files, &args.lock, err)?;
    let changes = lock.changes(&observed);
    for change in &changes {
        row(change, screen, out)?;
    }
    let (lines, events) = (observed.lines(), lock.events().len());
    let expected = lock.expected(&observed);
    if let Some(first) = expected.first() {
        let text = format!(
            "{} that the file does not have, no more than such a log brings anyway, as `{}`",
            counted(expected.len(), "event"),
            excerpt(&first.event().template)
        );
        writeln!(out, "{}", screen.wrap(&text, 0, 4))?;
    }
    if changes.is_empty() {
        let change = if lines == 1 { "changes" } else { "change" };
        writeln!(
            out,
            "{} {change} nothing in the {} of `{}`.",
            counted(lines, "line"),
            counted(events, "event"),
            args.lock.display()
        )?;
        return Ok(Outcome::Done);
    }
    let text = format!(
        "{} in the {} of `{}`. If that is right: `oddlog lock --update --lock {} FILE...`",
        counted(changes.len(), "change"),
        counted(events, "event"),
        args.lock.display(),
        args.lock.display()
    );
    writeln!(out, "{}", screen.wrap(&text, 0, 4))?;
    Ok(Outcome::Worse)
}

/// What the logs hold; a lockfile in a folder of them is none.
fn observed(paths: &[PathBuf], lock: &Path, err: &mut dyn Write) -> Result<Observed, ClientError> {
    let lock = lock.canonicalize().ok();
    let is_log = |path: &PathBuf| lock.is_none() || path.canonicalize().ok() != lock;
    let mut states = Vec::new();
    for path in files_of(paths, err)?.into_iter().filter(is_log) {
        states.push(count(&path)?.state().clone());
    }
    let observed = Observed::of(&states);
    // A build whose log was lost is not green.
    if observed.lines() == 0 { Err(ClientError::NoLines("the logs")) } else { Ok(observed) }
}

fn read(path: &Path) -> Result<Lock, LockfileError> {
    let bytes = fs::read(path).map_err(|source| LockfileError::Read { path: path.to_owned(), source })?;
    let text = String::from_utf8(bytes).map_err(|_| LockfileError::Binary { path: path.to_owned() })?;
    text.parse().map_err(|source| LockfileError::Text { path: path.to_owned(), source })
}

/// `+ new`, `- gone`, `~ rate` or `~ level`, and the event.
fn row(change: &LockChange, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let level = |event: &LockedEvent| event.level.map_or("-", crate::entry::Level::name);
    let (what, style) = match change.kind {
        LockChangeKind::New => ("+ new", Style::Trouble),
        LockChangeKind::Gone => ("- gone", Style::Concern),
        LockChangeKind::Level => ("~ level", Style::Trouble),
        LockChangeKind::Rate => ("~ rate", Style::Concern),
    };
    let event = change.event();
    let detail = match (&change.before, &change.after, change.kind) {
        (Some(before), Some(after), LockChangeKind::Level) => {
            format!("{} -> {}", level(before), level(after))
        }
        (Some(before), Some(after), LockChangeKind::Rate) => {
            format!("{} {} -> {}", level(event), before.rate.name(), after.rate.name())
        }
        _ => format!("{} {}", level(event), event.rate.name()),
    };
    let head = format!("{what:<8} {detail:<18} ");
    let lines = if change.lines == 1 { "line" } else { "lines" };
    let text =
        screen.wrap(&format!("{} ({} {lines})", excerpt(&event.template), change.lines), head.len(), 4);
    writeln!(out, "{}{text}", screen.paint(style, &head))
}
