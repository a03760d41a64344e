//! Comparison: two logs to a table of what is different.

use std::io::{self, Write};

use serde::Deserialize;

use super::args::Args;
use super::backend::Backend;
use super::print::printable;
use super::{ClientError, Outcome};

/// Rows of the table at most; the first tell most.
const ROWS_MAX: usize = 40;

#[derive(Debug, Deserialize)]
struct Reply {
    findings: Vec<Finding>,
    statistics: Statistics,
}

#[derive(Debug, Deserialize)]
struct Statistics {
    baseline: Side,
    logs: Side,
    worse: u64,
}

#[derive(Debug, Deserialize)]
struct Side {
    lines: u64,
    events: u64,
}

#[derive(Debug, Deserialize)]
struct Finding {
    kind: String,
    template: String,
    level: Option<String>,
    count_before: u64,
    count_after: u64,
    detail: String,
    examples: Vec<usize>,
}

/// Compares in one request and prints what is different.
pub(super) fn compare(
    args: &Args,
    backend: &Backend,
    baseline: &[String],
    lines: &[String],
    out: &mut dyn Write,
) -> Result<Outcome, ClientError> {
    let bytes = backend.compare(baseline, lines)?;
    let reply: Reply = serde_json::from_slice(&bytes)
        .map_err(|source| ClientError::Reply { from: backend.name(), source })?;
    if args.json {
        out.write_all(&bytes)?;
        writeln!(out)?;
    } else {
        print(&reply, lines, out)?;
    }
    Ok(if reply.statistics.worse > 0 { Outcome::Worse } else { Outcome::Done })
}

fn print(reply: &Reply, lines: &[String], out: &mut dyn Write) -> io::Result<()> {
    let Statistics { baseline, logs, worse } = &reply.statistics;
    writeln!(
        out,
        "Compared {} lines ({} events) with {} lines ({} events) of the baseline.",
        logs.lines, logs.events, baseline.lines, baseline.events
    )?;
    if reply.findings.is_empty() {
        return writeln!(out, "Nothing is different.");
    }
    writeln!(out, "{} differences, {worse} of them new or worse:\n", reply.findings.len())?;
    writeln!(out, "{:<9} {:<5} {:>7} {:>7}  event", "what", "level", "before", "now")?;
    for finding in reply.findings.iter().take(ROWS_MAX) {
        let level = finding.level.as_deref().unwrap_or("-");
        writeln!(
            out,
            "{:<9} {level:<5} {:>7} {:>7}  {}",
            finding.kind,
            finding.count_before,
            finding.count_after,
            printable(&finding.template)
        )?;
        writeln!(out, "{:33}{}", "", printable(&finding.detail))?;
        if let Some((number, line)) = finding.examples.first().and_then(|&i| Some((i + 1, lines.get(i)?))) {
            writeln!(out, "{:33}line {number}: {}", "", printable(line))?;
        }
    }
    match reply.findings.len().saturating_sub(ROWS_MAX) {
        0 => Ok(()),
        n => writeln!(out, "... and {n} more; --json gives all."),
    }
}
