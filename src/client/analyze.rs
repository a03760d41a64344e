//! Analysis: files to a reply, and the reply to where it was asked for.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::args::Args;
use super::backend::Backend;
use super::log::Log;
use super::reply::{self, Reply};
use super::screen::{Screen, printable};
use super::{ClientError, Outcome, print, progress};
use crate::analysis::reading::Reading;
use crate::wire::pairs_of_reading;

/// Judges the lines in one request and prints what was found.
pub(super) fn analyze(
    args: &Args,
    backend: &Backend,
    log: &Log,
    screen: Screen,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, ClientError> {
    if !args.json {
        writeln!(out, "Running in analysis mode...")?;
        out.flush()?;
    }
    let waiting = progress::waiting("analysing", log.lines.len());
    let bytes = backend.analyze(&log.lines, options(args, log))?;
    waiting.finish_and_clear();
    let found: Reply = reply::read(&bytes, backend)?;
    if args.json {
        reply::write_json(&bytes, log.places.places(found.named_lines()), out)?;
    } else {
        print::reply(&found, log, screen, out)?;
    }
    reply::warn(&found.warnings, err)?;
    let remarks: &mut dyn Write = if args.json { err } else { out };
    save(args, &found, log, remarks)?;
    let fail = args.fail_on_outliers && found.outliers() > 0;
    Ok(if fail { Outcome::OutliersFound } else { Outcome::Done })
}

/// The members of the request beside `logs`.
fn options(args: &Args, log: &Log) -> Map<String, Value> {
    let reading = Reading { reference_times: log.reference_times.clone(), ..args.reading() };
    let mut options: Map<String, Value> = pairs_of_reading(&reading).into_iter().collect();
    options.insert("model".to_owned(), json!(args.model));
    if let Some(pattern) = &args.session_pattern {
        options.insert("session_pattern".to_owned(), json!(pattern));
    }
    let include = if args.lines.is_some() { json!(["temporal", "lines"]) } else { json!(["temporal"]) };
    options.insert("include".to_owned(), include);
    options
}

fn save(args: &Args, reply: &Reply<'_>, log: &Log, remarks: &mut dyn Write) -> Result<(), ClientError> {
    if let Some(path) = &args.lines {
        write_rows(path, &reply.lines, log)
            .map_err(|source| ClientError::Write { path: path.clone(), source })?;
        writeln!(remarks, "Lines saved as {}", printable(&path.to_string_lossy()))?;
    }
    if let (Some(path), Some(picture)) = (args.picture(), &reply.visualization) {
        let png = STANDARD.decode(picture)?;
        fs::write(&path, png).map_err(|source| ClientError::Write { path: path.clone(), source })?;
        writeln!(remarks, "Visualization saved as {}", printable(&path.to_string_lossy()))?;
    }
    Ok(())
}

/// Where there are several files, a row says in `place` which line of which it is.
fn write_rows(path: &Path, rows: &[&RawValue], log: &Log) -> std::io::Result<()> {
    let mut file = BufWriter::new(fs::File::create(path)?);
    for (row, log_id) in rows.iter().zip(0..) {
        reply::write_row(row.get().as_bytes(), log.places.place(log_id).as_deref(), &mut file)?;
    }
    file.flush()
}
