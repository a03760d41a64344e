//! What a model would have sent, had it been in use: each day of a log is judged by what was learnt before it, then learnt.
//!
//! In: lines of many days. Out: the findings of each day. Unlike [`super::replay`], which a fit makes of its own days from
//! counts, each day has a fit of its own here, and its lines are judged one by one: what would really have happened.

use std::sync::Arc;

use super::feedback::Marks;
use super::fit::Fit;
use super::read::Lines;
use super::replay::LEARNING_DAYS;
use super::{AnalyzeOptions, Trained, analyze};
use crate::report::{Finding, ModelReport, Promise};
use crate::state::{Day, State};

/// One day of a backtest.
#[derive(Clone, Debug)]
pub struct BacktestDay {
    /// The day.
    pub day: Day,
    /// Its lines.
    pub lines: usize,
    /// What the model promised on the evening before; `None` on the days that were learnt and not judged.
    pub promise: Option<Promise>,
    /// What it would have sent, most telling first, each with its template.
    pub findings: Vec<(Finding, String)>,
}

/// Judges each day by the days before it. The first week is learnt and not judged: nearly all of it is new.
///
/// Days follow each other as their first lines do; a line without a date belongs to the day of the line before it.
///
/// # Cost
/// A fit for each day.
pub fn backtest<S: AsRef<str> + Sync>(
    texts: &[S],
    budget: u32,
    options: &AnalyzeOptions,
) -> Vec<BacktestDay> {
    let mut known = State::default();
    days_of(texts)
        .into_iter()
        .enumerate()
        .map(|(n, (day, places))| {
            let of_day: Vec<&str> = places.iter().map(|&place| texts[place].as_ref()).collect();
            let judged = (n >= LEARNING_DAYS).then(|| judged(&known, &of_day, budget, options));
            known.merge(Lines::read(&of_day).state());
            let (promise, findings) = judged.map_or((None, Vec::new()), |(p, f)| (Some(p), f));
            BacktestDay { day, lines: of_day.len(), promise, findings }
        })
        .collect()
}

fn judged(
    known: &State,
    lines: &[&str],
    budget: u32,
    options: &AnalyzeOptions,
) -> (Promise, Vec<(Finding, String)>) {
    let fit = Fit::new(known, options.seed);
    let expected = &fit.anomaly.expected;
    let (promise, threshold) = (expected.promise(budget), expected.threshold(budget));
    let model = ModelReport { trained: true, ..ModelReport::default() };
    let (rules, marks) = (Arc::default(), Marks::new());
    let trained = Trained { fit, embeddings: None, model, rules, threshold, marks };
    let report = analyze(lines, Some(&trained), options);
    let named = report.findings.iter().map(|finding| {
        let template = report.events[finding.event].template.clone();
        (finding.clone(), template)
    });
    (promise, named.collect())
}

/// The days of a log in the order of their first lines, each with the places of its lines.
fn days_of<S: AsRef<str> + Sync>(texts: &[S]) -> Vec<(Day, Vec<usize>)> {
    let days: Vec<Day> = Lines::read(texts).records.iter().map(|record| record.day).collect();
    let Some(first) = days.iter().copied().find(|day| *day != Day::None) else { return Vec::new() };
    let mut order: Vec<(Day, Vec<usize>)> = Vec::new();
    let mut now = first;
    for (place, day) in days.into_iter().enumerate() {
        if day != Day::None {
            now = day;
        }
        match order.iter_mut().rev().find(|(known, _)| *known == now) {
            Some((_, places)) => places.push(place),
            None => order.push((now, vec![place])),
        }
    }
    order
}
