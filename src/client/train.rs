//! Training: files to a model, batch by batch.

use std::io::Write;

use super::args::Args;
use super::backend::Backend;
use super::{ClientError, progress};

/// Learns the lines in batches; shows progress on a terminal.
pub(super) fn train(
    args: &Args,
    backend: &Backend,
    lines: &[String],
    out: &mut dyn Write,
) -> Result<(), ClientError> {
    writeln!(out, "Running in training mode...")?;
    let bar = progress::of_lines(lines.len());
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
