//! A model's own past days, judged by what was known before each.
//!
//! In: a state and the fit of it. Out: for each of the last days, the scores that its events would have had on the evening
//! before. The events, the forest and its scale are those of the fit, which knows the day; what is known of an event, its
//! numbers and its words is what the days before had shown.

use std::collections::BTreeMap;

use crate::features::evidence::{Totals, with_odd_number};
use crate::features::severity::{severity_factor, word_weight};
use crate::state::{Cell, Day, SourceSketch, State, level_index};

use super::columns::Messages;
use super::fit::{AnomalyModel, EventSums, PatternModel, Vocabulary, count_windows, levels_of, worst_level};

/// Days at the beginning that are learnt and not judged: nearly all that comes on them is new.
pub(super) const LEARNING_DAYS: usize = 7;

/// Days that are judged at most: a quarter of a year says what the next days are like, and older days say it less.
const REPLAYED_DAYS: usize = 90;

/// Scores of the events of each replayed day, in the order of days; each event counts once, by its oddest line.
///
/// Only dated days count, and only where there are at least twice [`LEARNING_DAYS`].
///
/// # Cost
/// Linear in the cells of all days, and one row of the forest for each event, level and replayed day.
pub(super) fn replay(
    state: &State,
    messages: &Messages,
    pattern: &PatternModel,
    vocabulary: &Vocabulary,
    model: &AnomalyModel,
) -> Vec<Vec<f64>> {
    let days: Vec<(&Day, _)> = state.slices().iter().filter(|(day, _)| **day != Day::None).collect();
    let first = LEARNING_DAYS.max(days.len().saturating_sub(REPLAYED_DAYS));
    if days.len() < 2 * LEARNING_DAYS {
        return Vec::new();
    }
    let mut known = Known::new(pattern, vocabulary, model);
    let mut replayed = Vec::new();
    for (n, (day, slice)) in days.into_iter().enumerate() {
        let mut cells: BTreeMap<usize, Vec<(u64, &Cell)>> = BTreeMap::new();
        for (key, cell) in &slice.cells {
            if let Some(event) = pattern.templates.event_of(*key) {
                cells.entry(event).or_default().push((*key, cell));
            }
        }
        let place = match *day {
            Day::SinceEpoch(day) => day,
            Day::OfYear(day) => i32::from(day),
            Day::None => 0,
        };
        let of_day: BTreeMap<usize, EventSums> = cells
            .into_iter()
            .map(|(event, cells)| {
                let mut sums = EventSums::default();
                for (key, cell) in cells {
                    let n_tokens = state.shapes().get(&key).map_or(0, |shape| shape.sequence.len());
                    sums.add(cell, n_tokens, messages.get(&key), Some(place));
                }
                sums.windows = count_windows(&sums.minutes, model.totals.window);
                (sums.last_day, sums.of_last_day) = (Some(*day), slice.lines);
                (event, sums)
            })
            .collect();
        if n >= first {
            replayed.push(of_day.iter().map(|(event, sums)| known.score(*event, sums, n as u64)).collect());
        }
        known.learn(of_day, slice.lines, count_windows(&slice.minutes, model.totals.window), &slice.sources);
    }
    replayed
}

/// What the days so far have shown.
struct Known<'f> {
    model: &'f AnomalyModel,
    /// By event: what its words say of trouble, and the terms of its words, of those that can be the rare one first.
    words: Vec<(f64, Vec<usize>, Vec<usize>)>,
    totals: Totals,
    sources: SourceSketch,
    events: Vec<EventSums>,
    term_lines: Vec<u64>,
}

impl<'f> Known<'f> {
    fn new(pattern: &PatternModel, vocabulary: &Vocabulary, model: &'f AnomalyModel) -> Self {
        let events = pattern.templates.events();
        let words = events.iter().map(|event| {
            let weight = word_weight(event.words.iter().map(String::as_str));
            (weight, vocabulary.rare_terms(event), vocabulary.terms(event))
        });
        let totals = Totals { lines: 0, windows: 0, sources: 0.0, ..model.totals };
        Self {
            model,
            words: words.collect(),
            totals,
            sources: SourceSketch::default(),
            events: events.iter().map(|_| EventSums::default()).collect(),
            term_lines: vec![0; vocabulary.term_lines.len()],
        }
    }

    /// The score of the oddest line that an event has on a day, of which so many are known.
    fn score(&self, event: usize, of_day: &EventSums, days: u64) -> f64 {
        let before = &self.events[event];
        let (weight, rare_terms, _) = &self.words[event];
        let of_terms = rare_terms.iter().map(|&term| self.term_lines[term]);
        let mut evidence = before.evidence(of_terms.min().unwrap_or(self.totals.lines));
        let worst = worst_level(&before.levels);
        if before.incident(days).is_some_and(|incident| incident.is_one(worst, *weight)) {
            evidence = evidence.as_met_once();
        }
        let row = self.model.scale.apply(&evidence.row(&self.totals));
        let excess = before.ranges().largest_excess(of_day);
        let score = |level| {
            let at_level = before.levels[level_index(level)];
            let unusual = self.model.level_rarity_of(&evidence, &self.totals, at_level);
            let row = with_odd_number(&row, excess.max(unusual));
            self.model.forest.score_row(&row) * severity_factor(level, *weight, excess)
        };
        levels_of(&of_day.levels).map(score).fold(0.0, f64::max)
    }

    fn learn(
        &mut self,
        of_day: BTreeMap<usize, EventSums>,
        lines: u64,
        windows: u64,
        sources: &SourceSketch,
    ) {
        for (event, sums) in of_day {
            for &term in &self.words[event].2 {
                self.term_lines[term] += sums.lines;
            }
            self.events[event].merge(sums);
        }
        self.sources.merge(sources);
        self.totals.lines += lines;
        self.totals.windows += windows;
        self.totals.sources = self.sources.distinct();
    }
}
