//! Analysis: files to a reply, and the reply to where it was asked for.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indicatif::ProgressBar;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::args::Args;
use super::backend::Backend;
use super::reply::Reply;
use super::{ClientError, Outcome, print};

/// Judges the lines in one request and prints what was found.
pub(super) fn analyze(
    args: &Args,
    backend: &Backend,
    lines: &[String],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, ClientError> {
    if !args.json {
        writeln!(out, "Running in analysis mode...")?;
        out.flush()?;
    }
    let bytes = ask(args, backend, lines)?;
    let reply: Reply = serde_json::from_slice(&bytes)
        .map_err(|source| ClientError::Reply { from: backend.name(), source })?;
    if args.json {
        out.write_all(&bytes)?;
        writeln!(out)?;
    } else {
        print::reply(&reply, out)?;
    }
    for warning in &reply.warnings {
        writeln!(err, "Warning: {warning}")?;
    }
    let remarks: &mut dyn Write = if args.json { err } else { out };
    save(args, &reply, remarks)?;
    let fail = args.fail_on_outliers && reply.outliers() > 0;
    Ok(if fail { Outcome::OutliersFound } else { Outcome::Done })
}

fn ask(args: &Args, backend: &Backend, lines: &[String]) -> Result<Vec<u8>, ClientError> {
    let spinner = ProgressBar::new_spinner().with_message(format!("analysing {} lines", lines.len()));
    spinner.enable_steady_tick(Duration::from_millis(100));
    let reply = backend.analyze(lines, options(args))?;
    spinner.finish_and_clear();
    Ok(reply)
}

/// The members of the request beside `logs`.
fn options(args: &Args) -> Map<String, Value> {
    let mut options = Map::new();
    options.insert("model".to_owned(), json!(args.model));
    if let Some(pattern) = &args.session_pattern {
        options.insert("session_pattern".to_owned(), json!(pattern));
    }
    let include = if args.lines.is_some() { json!(["temporal", "lines"]) } else { json!(["temporal"]) };
    options.insert("include".to_owned(), include);
    options
}

fn save(args: &Args, reply: &Reply<'_>, remarks: &mut dyn Write) -> Result<(), ClientError> {
    if let Some(path) = &args.lines {
        write_rows(path, &reply.lines).map_err(|source| ClientError::Write { path: path.clone(), source })?;
        writeln!(remarks, "Lines saved as {}", path.display())?;
    }
    if let (Some(path), Some(picture)) = (args.picture(), &reply.visualization) {
        let png = STANDARD.decode(picture)?;
        fs::write(&path, png).map_err(|source| ClientError::Write { path: path.clone(), source })?;
        writeln!(remarks, "Visualization saved as {}", path.display())?;
    }
    Ok(())
}

fn write_rows(path: &Path, rows: &[&RawValue]) -> std::io::Result<()> {
    let mut file = BufWriter::new(fs::File::create(path)?);
    for row in rows {
        writeln!(file, "{}", row.get())?;
    }
    file.flush()
}
