//! What is shown while one waits: on standard error, and only where that is a terminal.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Less is read before anybody sees how far.
const SHOWN_BYTES: u64 = 32 << 20;

/// Bytes that are read of all that these files have, with rate and time left; nothing where they are small, or none has a
/// length that is known.
pub(super) fn of_files(paths: &[PathBuf]) -> ProgressBar {
    let lengths = paths.iter().filter_map(|path| fs::metadata(path).ok()).map(|about| about.len());
    match lengths.sum() {
        n_bytes if n_bytes < SHOWN_BYTES => ProgressBar::hidden(),
        n_bytes => bar(
            n_bytes,
            "{percent:>3}% {wide_bar} {bytes} of {total_bytes} read, {bytes_per_sec}, {eta} left",
        ),
    }
}

/// Work of one piece, with the time that it takes so far.
pub(super) fn waiting(what: &str, n_lines: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg}, {elapsed}");
    let spinner = ProgressBar::new_spinner()
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
        .with_message(format!("{what} {n_lines} lines"));
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}

fn bar(length: u64, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template);
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
