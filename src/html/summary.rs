//! What the page says in sentences, and what it was made from.

use crate::entry::Level;
use crate::report::{Finding, FindingKind, Report};
use crate::wording::{counted, grouped, percent};

use super::{Provenance, cut, moment, seen, told};

/// The page's name.
pub(super) fn title(report: &Report<'_>) -> String {
    let lines = counted(report.statistics.lines, "log line");
    match report.findings.len() {
        0 => format!("{lines}, nothing odd"),
        n => format!("{lines}, {}", counted(n, "finding")),
    }
}

/// What was read, by what it was judged, what is odd, what is oddest, what repeats.
pub(super) fn sentences(report: &Report<'_>) -> Vec<String> {
    let mut said = vec![read(report), judged(report), odd(report)];
    said.extend(report.findings.first().map_or_else(|| highest(report), |finding| oddest(report, finding)));
    said.extend(repeats(report));
    said
}

fn read(report: &Report<'_>) -> String {
    let counts = &report.statistics;
    let dated = if counts.time_range.is_some_and(|(first, _)| first.dated().is_some()) {
        ""
    } else {
        ", none with a date"
    };
    let when = match counts.time_range.as_ref().map(|(first, last)| (moment(first), moment(last))) {
        Some((first, last)) if first == last => format!(", all of {first}{dated}"),
        Some((first, last)) => format!(", from {first} to {last}{dated}"),
        None => dated.to_owned(),
    };
    let of = |least: Level, below: Option<Level>| {
        let within = |level: Level| level >= least && below.is_none_or(|below| level < below);
        counts.levels.iter().filter(|&(&level, _)| within(level)).map(|(_, n)| n).sum::<usize>()
    };
    let (errors, warnings) = (of(Level::Error, None), of(Level::Warn, Some(Level::Error)));
    let kinds = [(errors, "error"), (warnings, "warning")].into_iter().filter(|&(n, _)| n > 0);
    let kinds: Vec<String> = kinds.map(|(n, name)| counted(n, name)).collect();
    let levels = match errors + warnings {
        0 => "none of them an error or a warning by its level".to_owned(),
        1 => format!("{} by its level", kinds.join(" and ")),
        _ => format!("{} by their levels", kinds.join(" and ")),
    };
    let lines = counted(counts.lines, "line");
    let was = if counts.lines == 1 { "was" } else { "were" };
    format!("{lines} {was} read{when}; {levels}.")
}

fn judged(report: &Report<'_>) -> String {
    let model = &report.model;
    if !model.trained {
        return "They were judged by themselves, as the model was never trained: what is rare among them stands out."
            .to_owned();
    }
    let lines = grouped(usize::try_from(model.trained_lines).unwrap_or(usize::MAX));
    let days = usize::try_from(model.days).unwrap_or(usize::MAX);
    let over = if days > 0 { format!(" of {}", counted(days, "day")) } else { String::new() };
    let unseen = match report.statistics.unseen_events {
        0 => "all of their events are known to it".to_owned(),
        n => format!("{} of theirs {} new to it", counted(n, "event"), if n == 1 { "is" } else { "are" }),
    };
    let generation = model.generation;
    format!(
        "They were judged by generation {generation} of the model {}, which has learnt {lines} lines{over}; {unseen}.",
        model.name
    )
}

fn odd(report: &Report<'_>) -> String {
    let count = |kind| report.findings.iter().filter(|finding| finding.kind == kind).count();
    let kinds = [
        (FindingKind::Event, "odd event"),
        (FindingKind::Burst, "burst"),
        (FindingKind::Silence, "silence"),
        (FindingKind::New, "event that begins"),
        (FindingKind::Gone, "event that ends"),
        (FindingKind::More, "event at a higher rate"),
        (FindingKind::Less, "event at a lower rate"),
        (FindingKind::Trend, "trend"),
        (FindingKind::Parameter, "number at another level"),
        (FindingKind::Session, "kind of odd session"),
    ];
    let parts: Vec<String> = kinds
        .iter()
        .map(|&(kind, name)| (count(kind), name))
        .filter(|&(n, _)| n > 0)
        .map(|(n, name)| several(n, name))
        .collect();
    let outliers = counted(report.statistics.outliers, "outlier line");
    match parts.split_last() {
        None => format!("Nothing stands out: no score is above {:.2}.", report.outlier_threshold),
        Some((last, [])) => format!("What stands out: {last}, {outliers} in all."),
        Some((last, others)) => {
            format!("What stands out: {} and {last}, {outliers} in all.", others.join(", "))
        }
    }
}

/// `1 event that begins`, `2 events that begin`.
fn several(n: usize, name: &str) -> String {
    let (noun, rest) = name.split_once(' ').filter(|(noun, _)| *noun != "odd").unwrap_or((name, ""));
    let many = match (n, rest) {
        (_, "") => return counted(n, name),
        (1, rest) => rest.to_owned(),
        (_, rest) => rest.replace("begins", "begin").replace("ends", "end"),
    };
    format!("{} {many}", counted(n, noun))
}

fn oddest(report: &Report<'_>, finding: &Finding) -> Option<String> {
    let template = cut(&report.events.get(finding.event)?.template);
    let level = finding.level.map_or_else(String::new, |level| format!("{} ", level.name()));
    let what = told(finding);
    let when = seen(finding.first_seen.as_ref(), finding.last_seen.as_ref())
        .map_or_else(String::new, |seen| format!(", {seen}"));
    let why = finding.reasons.first().map_or_else(String::new, |reason| format!(": {}", cut(&reason.detail)));
    Some(format!("The most telling is “{level}{template}” ({what}{when}){why}."))
}

/// Where nothing is odd, what comes nearest to it.
fn highest(report: &Report<'_>) -> Option<String> {
    let odder = |a: &&crate::report::LineReport<'_>, b: &&crate::report::LineReport<'_>| {
        a.anomaly_score.total_cmp(&b.anomaly_score)
    };
    let line = report.lines.iter().max_by(odder)?;
    let template = cut(&report.events.get(line.event)?.template);
    Some(format!("The highest score is {:.2}, of “{template}”.", line.anomaly_score))
}

fn repeats(report: &Report<'_>) -> Option<String> {
    let pattern = report.patterns.first()?;
    let events = counted(report.statistics.events, "event");
    let patterns = counted(report.statistics.patterns, "pattern");
    let (share, template) = (percent(pattern.share), cut(&pattern.template));
    Some(format!("The lines are {events} in {patterns}; {share} of them are like “{template}”."))
}

/// Name and value of all that a second run needs, and how the lines were read.
pub(super) fn facts(report: &Report<'_>, provenance: &Provenance) -> Vec<(String, String)> {
    let mut facts: Vec<(&str, String)> = vec![
        ("Program", format!("oddlog {}", provenance.version)),
        ("SHA-256 of the lines", provenance.sha256.clone()),
    ];
    let model = &report.model;
    facts.push((
        "Model",
        match model.trained {
            true => format!("{}, generation {}", model.name, model.generation),
            false => format!("{}, never trained", model.name),
        },
    ));
    facts.push(("Threshold", format!("{:.4}", report.outlier_threshold)));
    let counts = &report.statistics;
    let formats: Vec<String> =
        counts.formats.iter().map(|format| format!("{} {}", format.format, grouped(format.lines))).collect();
    facts.push(("Lines by format", formats.join(", ")));
    facts.push(("Lines without a time", grouped(counts.lines_without_timestamp)));
    facts.push(("Lines without a level", grouped(counts.lines_without_level)));
    if let Some(year) = counts.assumed_year {
        facts.push(("Year assumed, where lines name none", year.to_string()));
    }
    if let Some(order) = counts.assumed_date_order {
        let lines = counted(counts.ambiguous_dates, "line");
        facts.push(("Order of day and month assumed", format!("{}, {lines}", order.replace('_', " "))));
    }
    let options = provenance.options.iter().map(|(name, value)| (format!("Option {name}"), value.clone()));
    facts.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(options).collect()
}
