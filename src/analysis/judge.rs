//! The events of a request as a model sees them, and the score of each of its lines.
//!
//! In: a [`Fit`] and [`Lines`]. Out: [`Judge`], which grades an event, a level and the numbers of a line.

use std::cell::RefCell;
use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::entry::Level;
use crate::features::evidence::{Evidence, Feature, Row, with_odd_number};
use crate::features::severity::{severity_factor, word_weight};
use crate::state::{Shape, level_index};
use crate::template::{Distinct, EventTemplate, Templates};
use crate::tokenize::Rules;

use super::fit::Fit;
use super::read::{Lines, Record};

/// One event of a request.
#[derive(Clone, Debug)]
pub struct RequestEvent {
    /// Its template.
    pub template: EventTemplate,
    /// Its number in the model; `None` where training never saw it.
    pub known: Option<usize>,
    /// What the model knows of it.
    pub evidence: Evidence,
    /// That, in the forest's box; without any number out of range.
    pub row: Row,
    /// What its words say of trouble, as [`word_weight`].
    pub word_weight: f64,
}

/// Parts of a stream whose events are remembered, and each is looked through for a new sequence: enough for the parts in
/// which a system shows most of what the model does not know.
const MOST_REMEMBERED: usize = 64;

/// Events that no training has shown, found in the parts of a stream that came before.
#[derive(Clone, Debug, Default)]
pub struct Unseen {
    /// Of one part each, the first first.
    mined: Vec<Templates>,
}

impl Unseen {
    fn find(&self, key: u64, shape: &Shape) -> Option<&EventTemplate> {
        self.mined.iter().find_map(|mined| {
            let event = mined.event_of(key).or_else(|| mined.assign(&shape.sequence))?;
            Some(&mined.events()[event])
        })
    }

    fn keep(&mut self, mined: Templates) {
        if !mined.events().is_empty() && self.mined.len() < MOST_REMEMBERED {
            self.mined.push(mined);
        }
    }
}

/// Grades lines against a model.
#[derive(Debug)]
pub struct Judge<'f> {
    fit: &'f Fit,
    /// With which the lines were read.
    rules: Rules,
    events: Vec<RequestEvent>,
    event_of: FxHashMap<u64, u32>,
    /// The forest's score of rows that were asked for, by their bits: a log of many odd lines has few distinct ones.
    rarities: RefCell<FxHashMap<[u64; Feature::COUNT], f64>>,
}

/// A number that is out of its column's usual range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OddNumber {
    /// Token position in the line's sequence.
    pub position: u16,
    /// Its magnitude.
    pub magnitude: i16,
    /// How far out, in `(0, 1]`.
    pub excess: f64,
}

impl<'f> Judge<'f> {
    /// What was taken for filled in besides, when the lines were read.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Finds the event of each distinct shape of `lines`: a known one where its sequence was learnt or fits a known
    /// template, else one that `unseen` has from the lines before, else a new one, mined from all other sequences.
    #[must_use]
    pub fn new(fit: &'f Fit, lines: &Lines<'_>, unseen: &mut Unseen) -> Self {
        let counts = counts(lines);
        let mut judge = Self {
            fit,
            rules: lines.rules.clone(),
            events: Vec::new(),
            event_of: FxHashMap::default(),
            rarities: RefCell::default(),
        };
        let mut number_of: FxHashMap<u64, u32> = FxHashMap::default();
        let mut unknown: Vec<(u64, &Shape, u64)> = Vec::new();
        for (&key, &(count, shape)) in &counts {
            match judge.known_event(key, shape) {
                Some(event) => {
                    let number = judge.number(&mut number_of, event_of_model(fit, event));
                    judge.event_of.insert(key, number);
                }
                None => unknown.push((key, shape, count)),
            }
        }
        judge.add_unknown(&unknown, unseen, &mut number_of);
        judge
    }

    fn known_event(&self, key: u64, shape: &Shape) -> Option<usize> {
        let templates = &self.fit.pattern.templates;
        templates.event_of(key).or_else(|| templates.assign(&shape.sequence))
    }

    fn add_unknown(
        &mut self,
        unknown: &[(u64, &Shape, u64)],
        unseen: &mut Unseen,
        number_of: &mut FxHashMap<u64, u32>,
    ) {
        let found: Vec<Option<EventTemplate>> =
            unknown.iter().map(|&(key, shape, _)| unseen.find(key, shape).cloned()).collect();
        let distinct: Vec<Distinct<'_>> = unknown
            .iter()
            .zip(&found)
            .filter(|(_, found)| found.is_none())
            .map(|(&(key, shape, count), _)| Distinct { key, sequence: &shape.sequence, count })
            .collect();
        let mined = Templates::mine(&distinct);
        for (&(key, _, _), found) in unknown.iter().zip(found) {
            let template = found.unwrap_or_else(|| {
                let event = mined.event_of(key).expect("each mined sequence has an event");
                mined.events()[event].clone()
            });
            let event = self.new_event(&template, key);
            let number = self.number(number_of, event);
            self.event_of.insert(key, number);
        }
        unseen.keep(mined);
    }

    /// The number of an event in the request; one template is one event.
    fn number(&mut self, number_of: &mut FxHashMap<u64, u32>, event: RequestEvent) -> u32 {
        let next = self.events.len() as u32;
        let number = *number_of.entry(event.template.id).or_insert(next);
        if number == next {
            self.events.push(event);
        }
        number
    }

    /// An event that no mined sequence of the model shows; the cap on sequences may have left it out.
    fn new_event(&self, template: &EventTemplate, key: u64) -> RequestEvent {
        let model = &self.fit.anomaly;
        let lines = model.overflow.estimate(key);
        let evidence = Evidence {
            lines,
            windows: lines.min(model.totals.windows),
            sources: (lines as f64).min(model.totals.sources),
            rarest_word_lines: self.fit.vocabulary.rarest_word_lines(template, model.totals.lines),
        };
        request_event(self.fit, template, None, evidence)
    }

    /// The events of the request.
    #[must_use]
    pub fn events(&self) -> &[RequestEvent] {
        &self.events
    }

    /// The model behind the grades.
    #[must_use]
    pub fn fit(&self) -> &'f Fit {
        self.fit
    }

    /// The number of the event of each shape's key among [`Judge::events`].
    pub(super) fn numbers(&self) -> &FxHashMap<u64, u32> {
        &self.event_of
    }

    /// The number of a line's event among [`Judge::events`].
    #[must_use]
    pub fn event_of(&self, record: &Record) -> usize {
        self.event_of[&record.key] as usize
    }

    /// The number of a line that is farthest out of its usual range, the first of several; `None` where none is.
    #[must_use]
    pub fn odd_number(&self, lines: &Lines<'_>, record: &Record, event: usize) -> Option<OddNumber> {
        let numbers = lines.numbers_of(record);
        if numbers.is_empty() {
            return None;
        }
        let ranges = &self.fit.anomaly.numbers[self.events[event].known?];
        if ranges.columns.is_empty() {
            return None;
        }
        let mut worst: Option<OddNumber> = None;
        for &(position, magnitude) in numbers {
            let Some(range) = ranges.at(record.n_tokens, position) else { continue };
            let excess = range.excess(magnitude);
            if excess > worst.map_or(0.0, |w| w.excess) {
                worst = Some(OddNumber { position, magnitude, excess });
            }
        }
        worst
    }

    /// The score of a line, in `[0, 2]`; higher is odder. `excess` is how far its farthest number is out of range.
    #[must_use]
    pub fn score(&self, event: usize, level: Option<Level>, excess: f64) -> f64 {
        let rarity = self.rarity(&self.events[event].row, excess.max(self.level_rarity(event, level)));
        rarity * severity_factor(level, self.events[event].word_weight, excess)
    }

    /// [`AnomalyModel::level_rarity`](super::fit::AnomalyModel::level_rarity) of an event of the request; 0 for a new one.
    #[must_use]
    pub fn level_rarity(&self, event: usize, level: Option<Level>) -> f64 {
        self.events[event].known.map_or(0.0, |known| self.fit.anomaly.level_rarity(known, level))
    }

    /// The number of an event in the model and its lines of a level; `None` for a new event.
    #[must_use]
    pub fn lines_at_level(&self, event: usize, level: Option<Level>) -> Option<(usize, u64)> {
        let known = self.events[event].known?;
        Some((known, self.fit.anomaly.levels[known][level_index(level)]))
    }

    /// The forest's score of a row in its box, in `(0, 1]`, for a line that is odd in itself by `excess`: in a number,
    /// or in its level.
    #[must_use]
    pub fn rarity(&self, row: &Row, excess: f64) -> f64 {
        let row = with_odd_number(row, excess);
        let mut known = self.rarities.borrow_mut();
        *known.entry(row.map(f64::to_bits)).or_insert_with(|| self.fit.anomaly.forest.score_row(&row))
    }
}

fn event_of_model(fit: &Fit, event: usize) -> RequestEvent {
    request_event(fit, &fit.events()[event], Some(event), fit.anomaly.evidence[event])
}

fn request_event(
    fit: &Fit,
    template: &EventTemplate,
    known: Option<usize>,
    evidence: Evidence,
) -> RequestEvent {
    RequestEvent {
        template: template.clone(),
        known,
        evidence,
        row: fit.anomaly.scale.apply(&evidence.row(&fit.anomaly.totals)),
        word_weight: word_weight(template.words.iter().map(String::as_str)),
    }
}

/// Lines of each distinct shape, by key.
fn counts<'l>(lines: &'l Lines<'_>) -> BTreeMap<u64, (u64, &'l Shape)> {
    let of_chunk = |records: &[Record]| {
        let mut counts: FxHashMap<u64, u64> = FxHashMap::default();
        records.iter().for_each(|record| *counts.entry(record.key).or_default() += 1);
        counts
    };
    let chunks: Vec<_> = lines.records.par_chunks(COUNTED_LINES).map(of_chunk).collect();
    let mut sums: BTreeMap<u64, (u64, &Shape)> = BTreeMap::new();
    for (key, count) in chunks.into_iter().flatten() {
        sums.entry(key).or_insert_with(|| (0, &lines.shapes[&key])).0 += count;
    }
    sums
}

/// Lines that are counted by one thread.
const COUNTED_LINES: usize = 1 << 16;
