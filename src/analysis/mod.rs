//! Lines and a model to a report.
//!
//! In: lines of text, and what training knows. Out: a [`Report`]. Without training the lines are their own model.

pub mod backtest;
mod columns;
pub mod compare;
mod dates;
mod days;
pub mod feedback;
pub mod fit;
pub mod judge;
pub mod lock;
pub mod maturity;
pub mod parameters;
pub mod patterns;
pub mod read;
pub mod reading;
pub mod reasons;
mod records;
mod replay;
pub mod rewording;
pub mod sessions;
mod shifts;
mod stream;
pub mod summary;
mod temporal;
pub mod terms;
pub mod threshold;
mod told;
mod totals;
mod year;
mod zone;

use std::sync::Arc;

use crate::entry::Level;
use crate::report::{Finding, LineReport, ModelReport, Reason, Report};
use crate::tokenize::Rules;

use feedback::Marks;
use fit::Fit;
use judge::{Judge, OddNumber, Unseen};
use rayon::prelude::*;
use read::Lines;
use reading::Reading;
use rustc_hash::FxHashMap;
use terms::Embeddings;

pub use stream::Stream;

/// What an analysis was asked for, beyond the lines.
#[derive(Clone, Debug, Default)]
pub struct AnalyzeOptions {
    /// Finds the session id of a line: the first group, or the whole match.
    pub session_pattern: Option<regex::Regex>,
    /// Whether characteristic and nearest terms are wanted.
    pub terms: bool,
    /// Whether counts over time, and what is found in them, are wanted.
    pub temporal: bool,
    /// How the lines are read where they do not tell it.
    pub reading: Reading,
    /// For every random choice.
    pub seed: u64,
}

/// What training made, for analyses to use.
#[derive(Clone, Debug)]
pub struct Trained {
    /// Events, forest, patterns.
    pub fit: Fit,
    /// Words by their company; `None` while they are not made, which only the terms of a report miss.
    pub embeddings: Option<Embeddings>,
    /// Name, generation and size, for the reply.
    pub model: ModelReport,
    /// What its owner takes for filled in.
    pub rules: Arc<Rules>,
    /// Scores above it are outliers.
    pub threshold: f64,
    /// What its owner said of events.
    pub marks: Marks,
}

/// Judges `lines` by `trained`, or by themselves where there is no model. Learns nothing.
///
/// The same lines, model and options give the same report, on any number of threads.
#[must_use]
pub fn analyze<'a, S: AsRef<str> + Sync>(
    texts: &'a [S],
    trained: Option<&Trained>,
    options: &AnalyzeOptions,
) -> Report<'a> {
    let lines = match trained {
        Some(trained) => Lines::read_with(texts, &trained.rules),
        None => Lines::read(texts),
    };
    let mut carried = Carried::default();
    match trained {
        Some(trained) => report(texts, lines, &By::trained(trained, options), &mut carried, true),
        None => {
            let fit = Fit::new(&lines.state(), options.seed);
            let embeddings = if options.terms { Embeddings::fit(&fit, options.seed) } else { None };
            let threshold = fit.anomaly.standout_threshold;
            let model = ModelReport::default();
            let marks = Marks::new();
            let embeddings = embeddings.as_ref();
            let by = By { fit: &fit, embeddings, threshold, marks: &marks, model, options };
            report(texts, lines, &by, &mut carried, true)
        }
    }
}

/// What lines are judged by.
struct By<'b> {
    fit: &'b Fit,
    embeddings: Option<&'b Embeddings>,
    threshold: f64,
    marks: &'b Marks,
    model: ModelReport,
    options: &'b AnalyzeOptions,
}

impl<'b> By<'b> {
    fn trained(trained: &'b Trained, options: &'b AnalyzeOptions) -> Self {
        Self {
            fit: &trained.fit,
            embeddings: trained.embeddings.as_ref().filter(|_| options.terms),
            threshold: trained.threshold,
            marks: &trained.marks,
            model: trained.model.clone(),
            options,
        }
    }
}

/// What the parts of a stream that came before leave to the next.
#[derive(Debug, Default)]
struct Carried {
    unseen: Unseen,
    shown: reading::Before,
    /// Lines that were judged.
    lines: usize,
}

/// Judges a part of a stream, or all there is: the lines up to the last place where no record goes on, and none may when
/// more lines come.
fn report<'a, S: AsRef<str> + Sync>(
    texts: &'a [S],
    mut lines: Lines<'a>,
    by: &By<'_>,
    carried: &mut Carried,
    is_last: bool,
) -> Report<'a> {
    let By { fit, options, threshold, marks, .. } = *by;
    lines.take_columns(&fit.pattern.columns);
    let mut first_lines = options.reading.first_lines(texts, &lines.entries);
    let n_settled = if is_last { texts.len() } else { records::n_settled(&first_lines) };
    let texts = &texts[..n_settled];
    first_lines.truncate(n_settled);
    lines.truncate(n_settled);
    let assumed = options.reading.assume_from(carried.lines, &mut lines.entries, &mut carried.shown);
    let judge = Judge::new(fit, &lines, &mut carried.unseen);
    let events: Vec<u32> = events_of(&judge, &lines.records);
    let sessions = options.session_pattern.as_ref().map(|pattern| {
        let templates: Vec<&str> = judge.events().iter().map(|event| event.template.text.as_str()).collect();
        sessions::sessions(texts, &lines, &first_lines, &events, &templates, pattern)
    });
    let (patterns, n_partly_compared) = summary::patterns_of_events(&judge);
    let place = Place { first_lines: &first_lines, events: &events, first_log_id: carried.lines, marks };
    let (graded, reasons) = grade(&judge, &mut lines, &place, &patterns, threshold);
    carried.lines += n_settled;
    let trained = by.model.trained;
    let summary = summary::Summary {
        judge: &judge,
        lines: graded,
        reasons,
        patterns,
        n_partly_compared,
        threshold,
        trained,
    };
    let mut report = summary.report(by.embeddings, options.terms, by.model.clone());
    report.statistics.assumed_year = assumed.year;
    told::tell(&mut report, assumed.dates);
    if let Some(sessions) = sessions {
        add_findings(sessions.findings(&report), &mut report);
        report.sessions = Some(sessions.reports);
    }
    if options.temporal {
        add_temporal(&judge, &lines, &mut report);
    }
    report
}

/// Sorts them in among the others.
fn add_findings(findings: Vec<Finding>, report: &mut Report<'_>) {
    report.findings.extend(findings);
    report.findings.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.examples.cmp(&b.examples)));
}

/// The number of each line's event, on all threads of the pool.
fn events_of(judge: &Judge<'_>, records: &[read::Record]) -> Vec<u32> {
    let numbers = judge.numbers();
    records.par_iter().with_min_len(read::CHUNK_LINES).map(|record| numbers[&record.key]).collect()
}

/// Adds the section and its findings, sorted in among the others.
fn add_temporal(judge: &Judge<'_>, lines: &Lines<'_>, report: &mut Report<'_>) {
    let temporal = temporal::temporal(judge, lines, report);
    report.events.extend(temporal.gone);
    add_findings(temporal.findings, report);
    report.temporal = Some(temporal.report);
}

/// Where the lines of a part belong.
struct Place<'p> {
    /// The first line of each line's record.
    first_lines: &'p [u32],
    /// The event of each line, as a line by itself.
    events: &'p [u32],
    /// The number of the first line in the request.
    first_log_id: usize,
    /// What was said of events.
    marks: &'p Marks,
}

/// Scores each record by its oddest line, the first of several; records alike, without a number out of range, are
/// graded once. All lines of a record have its event and score. What the owner of the model said of that event counts more.
/// Takes the entries out of `lines`.
fn grade<'a>(
    judge: &Judge<'_>,
    lines: &mut Lines<'a>,
    place: &Place<'_>,
    patterns: &[i32],
    threshold: f64,
) -> (Vec<LineReport<'a>>, Vec<Vec<Reason>>) {
    let Place { first_lines, events, first_log_id, marks } = *place;
    let grades: Vec<(f64, Option<OddNumber>)> = grades(judge, lines, events);
    let worst = worst_lines(&grades, first_lines);
    let told = telling_lines(&lines.records, first_lines);
    let known = judge.events();
    let mark = |first: usize| marks.get(&known[events[told[first] as usize] as usize].template.id);
    let score = |first: usize| {
        let score = grades[worst[first] as usize].0;
        mark(first).map_or(score, |mark| mark.apply(score, threshold))
    };
    let mut reasons: Vec<Vec<Reason>> = Vec::new();
    let mut shared: FxHashMap<(u32, u32, u8, usize), u32> = FxHashMap::default();
    let mut why: Vec<Option<u32>> = vec![None; events.len()];
    let begins = |first: &usize| first_lines[*first] as usize == *first;
    for first in (0..events.len()).filter(begins).filter(|&first| score(first) > threshold) {
        let line = worst[first] as usize;
        let entry = &lines.entries[line];
        let next = reasons.len() as u32;
        let key = (
            events[told[first] as usize],
            events[line],
            crate::state::level_index(entry.level) as u8,
            line - first,
        );
        let number = grades[line].1;
        let place = if number.is_some() { next } else { *shared.entry(key).or_insert(next) };
        if place == next {
            let event = events[line] as usize;
            let mut found = reasons::reasons(judge, event, entry.level, number, &entry.message);
            if line > first {
                reasons::of_line(&mut found, line - first + 1, &judge.events()[event].template.text);
            }
            let marked = mark(first).and_then(|mark| mark.reason(grades[line].0));
            let place =
                found.partition_point(|r| marked.as_ref().is_some_and(|m| r.contribution >= m.contribution));
            found.splice(place..place, marked);
            reasons.push(found);
        }
        why[first] = Some(place);
    }
    let graded = std::mem::take(&mut lines.entries).into_par_iter().zip(first_lines).enumerate().map(
        |(line, (entry, &first))| {
            let first = first as usize;
            let event = events[told[first] as usize] as usize;
            LineReport {
                log_id: first_log_id + line,
                record: first,
                event,
                pattern_id: patterns[event],
                anomaly_score: score(first),
                is_outlier: score(first) > threshold,
                reasons: why[first].map(|place| place as usize),
                entry,
            }
        },
    );
    (graded.collect(), reasons)
}

/// For each first line, the line whose event its record has: itself, or where it says nothing, as the time alone above a dump
/// does, the first of the record that says anything.
fn telling_lines(records: &[read::Record], first_lines: &[u32]) -> Vec<u32> {
    let mut told: Vec<u32> = (0..records.len() as u32).collect();
    for (line, &first) in first_lines.iter().enumerate() {
        let telling = &mut told[first as usize];
        if records[*telling as usize].n_tokens == 0 && records[line].n_tokens > 0 {
            *telling = line as u32;
        }
    }
    told
}

/// For each first line, the oddest line of its record, the first of several.
fn worst_lines(grades: &[(f64, Option<OddNumber>)], first_lines: &[u32]) -> Vec<u32> {
    let mut worst: Vec<u32> = (0..grades.len() as u32).collect();
    for (line, &first) in first_lines.iter().enumerate() {
        if grades[line].0 > grades[worst[first as usize] as usize].0 {
            worst[first as usize] = line as u32;
        }
    }
    worst
}

/// The score of each line, and its number that is out of range. Lines alike in what the score depends on are judged once: a
/// counter that has left its range makes odd lines without end, of few magnitudes.
fn grades(judge: &Judge<'_>, lines: &Lines<'_>, events: &[u32]) -> Vec<(f64, Option<OddNumber>)> {
    let mut scores: FxHashMap<(u32, Option<Level>, u64), f64> = FxHashMap::default();
    let graded = lines.records.iter().zip(events).map(|(record, &event)| {
        let number = judge.odd_number(lines, record, event as usize);
        let excess = number.map_or(0.0, |number| number.excess);
        let score = scores.entry((event, record.level, excess.to_bits()));
        (*score.or_insert_with(|| judge.score(event as usize, record.level, excess)), number)
    });
    graded.collect()
}
