//! What the page says in sentences, and what it was made from.

use crate::entry::Level;
use crate::report::{EventReport, Finding, FindingKind, NOISE, Reason, Report};
use crate::wording::{counted, grouped, percent};

use super::{Provenance, cut_to, moment, seen, told};

/// Characters of a template or a reason within a sentence.
const MOST_CHARS: usize = 120;

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
    // Of findings over time one may be about several events, so that they are not counted as events.
    let kinds = [
        (FindingKind::Event, "odd event", ""),
        (FindingKind::Burst, "burst", ""),
        (FindingKind::Silence, "silence", ""),
        (FindingKind::New, "beginning", ""),
        (FindingKind::Gone, "end", ""),
        (FindingKind::More, "rise", " of a rate"),
        (FindingKind::Less, "fall", " of a rate"),
        (FindingKind::Trend, "trend", ""),
        (FindingKind::Parameter, "shift", " of a number"),
        (FindingKind::Session, "kind", " of odd session"),
    ];
    let told = kinds.into_iter().map(|(kind, noun, rest)| (kind, count(kind), noun, rest));
    let parts = told.filter(|&(_, n, ..)| n > 0).map(|(kind, n, noun, rest)| match kind {
        FindingKind::Event => {
            format!("{} ({})", counted(n, noun), counted(report.statistics.outliers, "outlier line"))
        }
        _ => counted(n, noun) + rest,
    });
    let parts: Vec<String> = parts.collect();
    match parts.split_last() {
        // rounded upwards, or a score below the threshold could be above the number
        None => {
            let above = (report.outlier_threshold * 100.0).ceil() / 100.0;
            format!("Nothing stands out: no score is above {above:.2}.")
        }
        Some((last, [])) => format!("What stands out: {last}."),
        Some((last, others)) => format!("What stands out: {} and {last}.", others.join(", ")),
    }
}

fn oddest(report: &Report<'_>, finding: &Finding) -> Option<String> {
    let template = cut_to(MOST_CHARS, &report.events.get(finding.event)?.template);
    let level = finding.level.map_or_else(String::new, |level| format!("{} ", level.name()));
    let what = told(finding);
    let when = seen(finding.first_seen.as_ref(), finding.last_seen.as_ref())
        .map_or_else(String::new, |seen| format!(", {seen}"));
    let why = |reason: &Reason| format!(": {}", cut_to(MOST_CHARS, &reason.detail));
    let why = finding.reasons.first().map_or_else(String::new, why);
    Some(format!("The most telling is “{level}{template}” ({what}{when}){why}."))
}

/// Where nothing is odd, what comes nearest to it.
fn highest(report: &Report<'_>) -> Option<String> {
    let odder = |a: &&crate::report::LineReport<'_>, b: &&crate::report::LineReport<'_>| {
        a.anomaly_score.total_cmp(&b.anomaly_score)
    };
    let line = report.lines.iter().max_by(odder)?;
    let template = cut_to(MOST_CHARS, &report.events.get(line.event)?.template);
    Some(format!("The highest score is {:.2}, of “{template}”.", line.anomaly_score))
}

fn repeats(report: &Report<'_>) -> Option<String> {
    let pattern = report.patterns.first()?;
    let counts = &report.statistics;
    let is_noise = |event: &&EventReport| event.count > 0 && event.pattern_id == NOISE;
    let n_noise = report.events.iter().filter(is_noise).count();
    let patterns = counted(counts.patterns, "pattern");
    let events = match n_noise {
        0 => format!("{} in {patterns}", counted(counts.events, "event")),
        _ => {
            let n_alike = grouped(counts.events.saturating_sub(n_noise));
            format!("{}, {n_alike} of them in {patterns}", counted(counts.events, "event"))
        }
    };
    let (share, template) = (percent(pattern.share), cut_to(MOST_CHARS, &pattern.template));
    Some(format!("The lines are {events}; {share} of the lines are like “{template}”."))
}

/// Name and value of all that a second run needs, and how the lines were read.
pub(super) fn facts(report: &Report<'_>, provenance: &Provenance) -> Vec<(String, String)> {
    let mut facts: Vec<(&str, String)> = vec![("Program", format!("oddlog {}", provenance.version))];
    let files = provenance.files.iter();
    facts.extend(
        files.map(|(name, sha256)| ("File", format!("{}, SHA-256 {sha256}", cut_to(MOST_CHARS, name)))),
    );
    facts.push(("SHA-256 of the lines", provenance.sha256.clone()));
    let model = &report.model;
    facts.push((
        "Model",
        match model.trained {
            true => format!("{}, generation {}", model.name, model.generation),
            false => format!("{}, never trained", model.name),
        },
    ));
    if !model.marks.is_empty() {
        facts.push(("Feedback", model.marks.join(", ")));
    }
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
