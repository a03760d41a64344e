//! Training: files to a model, batch by batch.

use std::io::Write;

use indicatif::{ProgressBar, ProgressStyle};

use super::ClientError;
use super::args::Args;
use super::backend::Backend;

/// Learns the lines in batches; shows progress on a terminal.
pub(super) fn train(
    args: &Args,
    backend: &Backend,
    lines: &[String],
    out: &mut dyn Write,
) -> Result<(), ClientError> {
    writeln!(out, "Running in training mode...")?;
    // On standard error, and hidden by the library where that is no terminal.
    let bar = ProgressBar::new(lines.len() as u64).with_style(
        ProgressStyle::with_template("{percent:>3}% {bar:40} {pos}/{len} lines, {eta} left")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let mut learnt = 0;
    for batch in lines.chunks(args.batch_size) {
        learnt += backend.train(batch, &args.model)?;
        bar.inc(batch.len() as u64);
    }
    backend.finish_training()?;
    bar.finish_and_clear();
    writeln!(out, "Training completed")?;
    writeln!(out, "Lines learnt: {learnt}")?;
    Ok(())
}
