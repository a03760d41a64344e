//! An analysis as rows of NDJSON: lines as they are judged, then findings, then the summary.

use std::ops::Range;

use serde::Serialize;
use serde_json::Error;

use super::options::Options;
use super::reply::Reply;
use super::sections::{FindingRow, LineRow};
use crate::report::Report;

/// Rows `{"type": "line", ...}` of some lines of a report: what the section `lines` has of each.
///
/// # Errors
/// What cannot be written as JSON, which is a bug.
pub fn line_rows(report: &Report<'_>, lines: Range<usize>) -> Result<Vec<u8>, Error> {
    let mut rows = Vec::with_capacity(400 * lines.len());
    for line in &report.lines[lines] {
        push(&mut rows, &LineRow::new(report, line, Some("line")))?;
    }
    Ok(rows)
}

/// Rows `{"type": "finding", ...}`, most telling first, and the last one, `{"type": "summary", ...}`: all that a reply
/// holds besides lines, findings and picture.
///
/// # Errors
/// What cannot be written as JSON, which is a bug.
pub fn last_rows(report: &Report<'_>, options: &Options) -> Result<Vec<u8>, Error> {
    let mut rows = Vec::new();
    for finding in &report.findings {
        push(&mut rows, &FindingRow::new(report, finding, Some("finding")))?;
    }
    push(&mut rows, &Reply::summary(report, options))?;
    Ok(rows)
}

/// The row `{"type": "error", ...}` of a stream that cannot go on; no summary follows it.
#[must_use]
pub fn error_row(code: &str, message: &str) -> Vec<u8> {
    let row = serde_json::json!({"type": "error", "error": code, "message": message});
    format!("{row}\n").into_bytes()
}

fn push(rows: &mut Vec<u8>, row: &impl Serialize) -> Result<(), Error> {
    serde_json::to_writer(&mut *rows, row)?;
    rows.push(b'\n');
    Ok(())
}
