//! Analysis: files to a reply, and the reply to where it was asked for.

use std::fs;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::args::Args;
use super::backend::Backend;
use super::input::InputError;
use super::log::Log;
use super::reply::{self, Reply};
use super::screen::{Screen, printable};
use super::{ClientError, Outcome, print, progress};
use crate::analysis::reading::Reading;
use crate::plot::PictureFormat;
use crate::wire::{NamedFile, pairs_of_reading, value_of_files};
use crate::wording::hexadecimal;

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
    let bytes = backend.analyze(&log.lines, options(args, log)?)?;
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
fn options(args: &Args, log: &Log) -> Result<Map<String, Value>, ClientError> {
    let reading = Reading { reference_times: log.reference_times.clone(), ..args.reading() };
    let mut options: Map<String, Value> = pairs_of_reading(&reading).into_iter().collect();
    options.insert("model".to_owned(), json!(args.model));
    if let Some(pattern) = &args.session_pattern {
        options.insert("session_pattern".to_owned(), json!(pattern));
    }
    if let Some(field) = &args.session_field {
        options.insert("session_field".to_owned(), json!(field));
    }
    let asked = [("lines", args.lines.is_some()), ("series", args.series.is_some())];
    let asked = asked.into_iter().chain([("report", args.report.is_some())]);
    let sections =
        ["temporal"].into_iter().chain(asked.filter(|(_, is_asked)| *is_asked).map(|(name, _)| name));
    options.insert("include".to_owned(), sections.collect());
    if args.report.is_some() {
        options.insert("files".to_owned(), value_of_files(&named(&log.files)?));
    }
    options.insert("picture_format".to_owned(), json!(picture_format(args)?));
    Ok(options)
}

/// The files with their hashes, for the report to name: those that can be read twice.
fn named(paths: &[PathBuf]) -> Result<Vec<NamedFile>, ClientError> {
    let paths = paths.iter().filter(|path| path.is_file());
    let named = |path: &PathBuf| {
        let mut hash = Sha256::new();
        let mut file = fs::File::open(path)?;
        let mut bytes = vec![0; 1 << 16];
        loop {
            match file.read(&mut bytes)? {
                0 => break,
                n => hash.update(&bytes[..n]),
            }
        }
        Ok(NamedFile { name: path.to_string_lossy().into_owned(), sha256: hexadecimal(&hash.finalize()) })
    };
    paths
        .map(|path| named(path).map_err(|source| InputError::Read { path: path.clone(), source }.into()))
        .collect()
}

/// The format that the names of the pictures ask for.
fn picture_format(args: &Args) -> Result<&'static str, ClientError> {
    match (args.picture(), &args.series) {
        (Some(output), Some(series)) if format_of(&output) != format_of(series) => {
            Err(ClientError::TwoFormats { output, series: series.clone() })
        }
        (Some(path), _) => Ok(format_of(&path).name()),
        (None, Some(path)) => Ok(format_of(path).name()),
        (None, None) => Ok(PictureFormat::Png.name()),
    }
}

/// The format that the name of a picture asks for.
pub(super) fn format_of(path: &Path) -> PictureFormat {
    let is_svg = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("svg"));
    if is_svg { PictureFormat::Svg } else { PictureFormat::Png }
}

fn save(args: &Args, reply: &Reply<'_>, log: &Log, remarks: &mut dyn Write) -> Result<(), ClientError> {
    if let Some(path) = &args.lines {
        let written = write_rows(path, &reply.lines, log);
        written.map_err(|source| ClientError::Write { path: path.clone(), source })?;
        said(remarks, "Lines", path)?;
    }
    if let (Some(path), Some(picture)) = (args.picture(), &reply.visualization) {
        write(&path, &STANDARD.decode(picture)?)?;
        said(remarks, "Visualization", &path)?;
    }
    if let Some(path) = &args.series {
        let picture = reply.series.as_ref().ok_or(ClientError::NotSent("picture of events over time"))?;
        write(path, &STANDARD.decode(picture)?)?;
        said(remarks, "Events over time", path)?;
    }
    if let Some(path) = &args.report {
        write(path, reply.report.as_ref().ok_or(ClientError::NotSent("report"))?.as_bytes())?;
        said(remarks, "Report", path)?;
    }
    Ok(())
}

pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), ClientError> {
    fs::write(path, bytes).map_err(|source| ClientError::Write { path: path.to_owned(), source })
}

pub(super) fn said(remarks: &mut dyn Write, what: &str, path: &Path) -> std::io::Result<()> {
    writeln!(remarks, "{what} saved as {}", printable(&path.to_string_lossy()))
}

/// Where there are several files, a row says in `place` which line of which it is.
fn write_rows(path: &Path, rows: &[&RawValue], log: &Log) -> std::io::Result<()> {
    let mut file = BufWriter::new(fs::File::create(path)?);
    for (row, log_id) in rows.iter().zip(0..) {
        reply::write_row(row.get().as_bytes(), log.places.place(log_id).as_deref(), &mut file)?;
    }
    file.flush()
}
