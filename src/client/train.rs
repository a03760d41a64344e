//! Training: files to a model, batch by batch.

use std::io::Write;
use std::path::PathBuf;
use std::slice;

use super::args::Args;
use super::backend::Backend;
use super::files::files_of;
use super::parts::FileParts;
use super::{ClientError, progress};

/// Learns the lines in batches as they are read, file after file; shows progress on a terminal. Before the first is learnt,
/// all files are opened, so that a name that is wrong leaves the model as it was.
pub(super) fn train(
    args: &Args,
    backend: &Backend,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<(), ClientError> {
    writeln!(out, "Running in training mode...")?;
    let paths = files_of(&args.files(), err)?;
    // What is no file, as a pipe, can be read once.
    for path in paths.iter().filter(|path| path.as_os_str() != "-" && (path.is_file() || !path.exists())) {
        FileParts::open(path, &progress::of_files(&[]))?;
    }
    let mut learnt = 0;
    for path in &paths {
        let read = learn(args, backend, path, &mut learnt, err);
        if let (Err(_), 1..) = (&read, learnt) {
            backend.finish_training()?;
            writeln!(err, "Warning: {learnt} lines were learnt before this")?;
        }
        read?;
    }
    backend.finish_training()?;
    writeln!(out, "Training completed")?;
    writeln!(out, "Lines learnt: {learnt}")?;
    Ok(())
}

fn learn(
    args: &Args,
    backend: &Backend,
    path: &PathBuf,
    learnt: &mut usize,
    err: &mut dyn Write,
) -> Result<(), ClientError> {
    let mut file = FileParts::open(path, &progress::of_files(slice::from_ref(path)))?;
    while file.go_on()? {
        for batch in file.part.lines.chunks(args.batch_size) {
            *learnt += backend.train(batch, &args.model)?;
        }
    }
    Ok(file.tell(err)?)
}
