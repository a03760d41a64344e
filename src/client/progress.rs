//! What is shown while one waits: on standard error, and only where that is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Lines that are done of all, with rate and time left.
pub(super) fn of_lines(n_lines: usize) -> ProgressBar {
    bar(n_lines as u64, "{percent:>3}% {wide_bar} {human_pos} of {human_len} lines, {per_sec:0}, {eta} left")
}

/// Bytes that are read of all, with rate and time left.
pub(super) fn of_bytes(n_bytes: u64) -> ProgressBar {
    bar(n_bytes, "{percent:>3}% {wide_bar} {bytes} of {total_bytes} read, {bytes_per_sec}, {eta} left")
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
