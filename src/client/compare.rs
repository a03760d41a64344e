//! Comparison: two logs to a table of what is different.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::analyze::{format_of, said, write};
use super::args::Args;
use super::backend::Backend;
use super::log::Log;
use super::screen::{Screen, Style, excerpt};
use super::{ClientError, Outcome, progress, reply};
use crate::analysis::reading::{Reading, ReferenceTimes};
use crate::wire::{BaselineBody, CompareOptions};
use crate::wording::counted;

/// Rows of the table at most; the first tell most.
const ROWS_MAX: usize = 40;

#[derive(Debug, Deserialize)]
struct Reply {
    findings: Vec<Finding>,
    statistics: Statistics,
    #[serde(default)]
    visualization: Option<String>,
    #[serde(default)]
    warnings: Vec<String>,
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
    examples: Vec<u64>,
}

/// Columns of the table in front of the event.
const EVENT_AT: usize = 33;

/// Compares in one request and prints what is different.
pub(super) fn compare(
    args: &Args,
    backend: &Backend,
    log: &Log,
    screen: Screen,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, ClientError> {
    let (baseline, baseline_reference_times) = match &args.baseline_model {
        Some(name) => (BaselineBody::Model(name.clone()), ReferenceTimes::default()),
        None => {
            let good = Log::read(&args.baseline, &args.reading(), err)?;
            if good.lines.is_empty() {
                return Err(ClientError::NoLines("the baseline"));
            }
            (BaselineBody::Lines(good.lines), good.reference_times)
        }
    };
    let reading = Reading { reference_times: log.reference_times.clone(), ..args.reading() };
    let baseline_days = args.baseline_days;
    let picture = args.output.as_deref().map(format_of);
    let options = CompareOptions {
        reading,
        baseline_reference_times,
        baseline_days,
        picture,
        ..CompareOptions::default()
    };
    let waiting = progress::waiting("comparing", log.lines.len());
    let bytes = backend.compare(&baseline, &log.lines, &options)?;
    waiting.finish_and_clear();
    let reply: Reply = reply::read(&bytes, backend)?;
    if args.json {
        let named = reply.findings.iter().flat_map(|finding| finding.examples.iter().copied());
        reply::write_json(&bytes, log.places.places(named), out)?;
    } else {
        print(&reply, log, screen, out)?;
    }
    reply::warn(&reply.warnings, err)?;
    if let Some(path) = &args.output {
        let picture = reply.visualization.as_ref().ok_or(ClientError::NotSent("picture"))?;
        write(path, &STANDARD.decode(picture)?)?;
        said(if args.json { err } else { out }, "Visualization", path)?;
    }
    Ok(if reply.statistics.worse > 0 { Outcome::Worse } else { Outcome::Done })
}

fn print(reply: &Reply, log: &Log, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let Statistics { baseline, logs, worse } = &reply.statistics;
    writeln!(
        out,
        "Compared {} ({}) with {} ({}) of the baseline.",
        counted(logs.lines, "line"),
        counted(logs.events, "event"),
        counted(baseline.lines, "line"),
        counted(baseline.events, "event")
    )?;
    if reply.findings.is_empty() {
        return writeln!(out, "Nothing is different.");
    }
    writeln!(out, "{}, {worse} of them new or worse:\n", counted(reply.findings.len(), "difference"))?;
    let heading = format!("{:<9} {:<5} {:>7} {:>7}  event", "what", "level", "before", "now");
    writeln!(out, "{}", screen.paint(Style::Heading, &heading))?;
    for finding in reply.findings.iter().take(ROWS_MAX) {
        row(finding, log, screen, out)?;
    }
    match reply.findings.len().saturating_sub(ROWS_MAX) {
        0 => Ok(()),
        n => writeln!(out, "... and {n} more; --json gives all."),
    }
}

fn row(finding: &Finding, log: &Log, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let level = finding.level.as_deref().unwrap_or("-");
    let (kind, before, after) = (excerpt(&finding.kind), finding.count_before, finding.count_after);
    let padding = " ".repeat(5_usize.saturating_sub(level.len()));
    let wrap = |text: &str| screen.wrap(&excerpt(text), EVENT_AT, EVENT_AT);
    writeln!(
        out,
        "{kind:<9} {}{padding} {before:>7} {after:>7}  {}",
        screen.level(level),
        wrap(&finding.template)
    )?;
    writeln!(out, "{:EVENT_AT$}{}", "", screen.paint(Style::Aside, &wrap(&finding.detail)))?;
    let example = |id: &u64| Some((*id, log.lines.get(usize::try_from(*id).ok()?)?));
    if let Some((id, line)) = finding.examples.first().and_then(example) {
        let place = log.places.place(id).unwrap_or_else(|| format!("line {}", id + 1));
        writeln!(out, "{:EVENT_AT$}{}", "", wrap(&format!("{place}: {line}")))?;
    }
    Ok(())
}
