//! Analysis of a log as it is read: lines to a service or a model, rows on them to where they were asked for.

use std::cell::RefCell;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::args::Args;
use super::backend::{Backend, Exchange};
use super::log::Log;
use super::parts::Parts;
use super::reply::{self, Finding, Reply};
use super::screen::{Screen, printable};
use super::{ClientError, Outcome, files, print};
use crate::analysis::reading::Reading;
use crate::wire::pairs_of_reading;

/// Judges the files as they are read and prints what was found.
pub(super) fn stream(
    args: &Args,
    backend: &Backend,
    screen: Screen,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, ClientError> {
    if !args.json {
        writeln!(out, "Running in analysis mode...")?;
        out.flush()?;
    }
    let parts = Parts::open(&files::files_of(&args.files(), err)?, &args.reading())?;
    let reading = Reading { reference_times: parts.reference_times(), ..args.reading() };
    let mut options: Map<String, Value> = pairs_of_reading(&reading).into_iter().collect();
    options.insert("model".to_owned(), json!(args.model));

    let saved = args.lines.as_ref().map(Saved::create).transpose()?;
    let shown: Option<&mut dyn Write> = if args.json { Some(&mut *out) } else { None };
    let exchange =
        RefCell::new(Rows { parts, saved, shown, rest: Vec::new(), findings: Vec::new(), end: None });
    backend.stream(options, &exchange)?;
    let Rows { parts, saved, findings, end, .. } = exchange.into_inner();
    parts.tell(err)?;
    let Some(end) = end else { return Err(ClientError::CutOff("there is no summary".to_owned())) };

    let mut found: Reply = reply::read(&end, backend)?;
    found.findings = findings;
    if found.statistics.as_ref().is_some_and(|statistics| statistics.lines == 0) {
        return Err(ClientError::NoLines("the log"));
    }
    if !args.json {
        print::reply(&found, &Log { places: parts.places, ..Log::default() }, screen, out)?;
    }
    reply::warn(&found.warnings, err)?;
    let remarks: &mut dyn Write = if args.json { err } else { out };
    if let Some(saved) = saved {
        writeln!(remarks, "Lines saved as {}", printable(&saved.finish()?.to_string_lossy()))?;
    }
    let fail = args.fail_on_outliers && found.outliers() > 0;
    Ok(if fail { Outcome::OutliersFound } else { Outcome::Done })
}

/// The lines that are sent, and the rows that come back.
struct Rows<'o> {
    parts: Parts,
    /// Where rows of lines go.
    saved: Option<Saved>,
    /// Where all rows go.
    shown: Option<&'o mut dyn Write>,
    /// The beginning of a row.
    rest: Vec<u8>,
    findings: Vec<Finding>,
    /// The last row.
    end: Option<Vec<u8>>,
}

/// What a row is about; all that is read of one on a line.
#[derive(Deserialize)]
struct Kind<'r> {
    r#type: &'r str,
    message: Option<String>,
}

impl Exchange for Rows<'_> {
    fn lines(&mut self) -> Result<Option<Vec<String>>, ClientError> {
        Ok(self.parts.lines()?)
    }

    fn rows(&mut self, bytes: &[u8]) -> Result<(), ClientError> {
        self.rest.extend_from_slice(bytes);
        let Some(end) = memchr::memrchr(b'\n', &self.rest) else { return Ok(()) };
        let rest = self.rest.split_off(end + 1);
        let rows = std::mem::replace(&mut self.rest, rest);
        rows.split(|&byte| byte == b'\n').filter(|row| !row.is_empty()).try_for_each(|row| self.row(row))
    }
}

impl Rows<'_> {
    fn row(&mut self, row: &[u8]) -> Result<(), ClientError> {
        const LINE: &[u8] = br#"{"type":"line","log_id":"#;
        let json = |source| ClientError::Reply { from: "the service".to_owned(), source };
        let Some(id) = row.strip_prefix(LINE) else {
            let kind: Kind<'_> = serde_json::from_slice(row).map_err(json)?;
            match kind.r#type {
                "finding" => self.findings.push(serde_json::from_slice(row).map_err(json)?),
                "summary" => self.end = Some(row.to_owned()),
                "error" => return Err(ClientError::CutOff(kind.message.unwrap_or_default())),
                _ => {}
            }
            return self.show(row, None);
        };
        if self.saved.is_none() && self.shown.is_none() {
            return Ok(());
        }
        let digits = id.iter().take_while(|byte| byte.is_ascii_digit());
        let id = digits.fold(0, |id, digit| 10 * id + u64::from(digit - b'0'));
        let place = self.parts.places.place(id);
        self.show(row, place.as_deref())?;
        self.saved.as_mut().map_or(Ok(()), |saved| saved.write(row, place.as_deref()))
    }

    fn show(&mut self, row: &[u8], place: Option<&str>) -> Result<(), ClientError> {
        Ok(self.shown.as_mut().map_or(Ok(()), |out| reply::write_row(row, place, out))?)
    }
}

/// The file of `--lines`.
struct Saved {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Saved {
    fn create(path: &PathBuf) -> Result<Self, ClientError> {
        let failed = |source| ClientError::Write { path: path.clone(), source };
        Ok(Self { path: path.clone(), file: BufWriter::new(File::create(path).map_err(failed)?) })
    }

    fn write(&mut self, row: &[u8], place: Option<&str>) -> Result<(), ClientError> {
        let written = reply::write_row(row, place, &mut self.file);
        written.map_err(|source| ClientError::Write { path: self.path.clone(), source })
    }

    fn finish(mut self) -> Result<PathBuf, ClientError> {
        match self.file.flush() {
            Ok(()) => Ok(self.path),
            Err(source) => Err(ClientError::Write { path: self.path, source }),
        }
    }
}
