//! What is computed from a state: event templates, what is known of each, the forest, the patterns.
//!
//! In: a [`State`] and a seed. Out: a [`Fit`], the same for the same state on any machine. Its four parts are
//! the four files of a model.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::columns::Columns;
use crate::entry::Level;
use crate::features::evidence::{Evidence, Feature, Scale, Totals, Window};
use crate::features::growth::Growth;
use crate::features::number_range::UsualRange;
use crate::features::severity::word_weight;
use crate::features::tfidf::{TfidfParams, TfidfVectorizer};
use crate::ml::isolation_forest::{Cuts, IsolationForest, IsolationForestParams};
use crate::state::{
    Cell, CountMin, Day, LevelCounts, Minutes, NumberColumn, SourceSketch, State, level_index,
};
use crate::template::{Distinct, EventTemplate, Templates};

use super::columns::{Behind, Messages, learn, messages};
use super::maturity::Incident;
use super::patterns::{Clusters, cluster_events};
use super::replay::{LEARNING_DAYS, replay};
use super::rewording::Wordings;
use super::threshold::{Expected, Novelty, ordinary_score, score_of_few_errors, standout_threshold};

/// Depth of the forest's trees: cuts enough to halve each of the six features once. Deeper trees tell finer
/// differences among rare events and cost as much more.
const FOREST_DEPTH: u32 = 8;

/// Lines that a window of time should hold, on average, for "in how many windows" to say more than "how often".
const LINES_PER_WINDOW: u64 = 16;

/// Of how many lines of an event at most one has a level that is unusual for it.
const LINES_PER_UNUSUAL_LEVEL: u64 = 10;

/// Letters from which a word can be the rare one: shorter ones are parts of contractions and names.
const MIN_WORD_LENGTH: usize = 3;

/// The words of the templates.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Vocabulary {
    /// TF-IDF over the templates, each one document.
    pub vectorizer: TfidfVectorizer,
    /// Lines that hold the term, by term number of the vectorizer.
    pub term_lines: Vec<u64>,
}

/// What the forest knows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AnomalyModel {
    /// Sums over all lines.
    pub totals: Totals,
    /// By event.
    pub evidence: Vec<Evidence>,
    /// By event: the usual ranges of its numbers.
    pub numbers: Vec<NumberRanges>,
    /// By event: its lines by level.
    pub levels: Vec<LevelCounts>,
    /// Puts evidence into the forest's box.
    pub scale: Scale,
    /// The forest.
    pub forest: IsolationForest,
    /// What days like those of training would bring, where the model judges other lines than its own.
    pub expected: Expected,
    /// Scores above it are outliers, where lines are their own model.
    pub standout_threshold: f64,
    /// Days of log time that hold lines, at least one.
    pub days: u64,
    /// Events of one day alone that look like an incident of it: however many lines they wrote, they have been met once.
    pub incidents: Vec<Incident>,
    /// Line counts of what the cap on distinct sequences left out.
    pub overflow: CountMin,
}

/// The events and which of them belong together.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PatternModel {
    /// The events.
    pub templates: Templates,
    /// By event: its DBSCAN cluster, or [`crate::report::NOISE`].
    pub patterns: Vec<i32>,
    /// What stands in front of the messages of unknown formats.
    pub columns: Columns,
    /// Events for which patterns were looked for among some of the others only: see
    /// [`Clusters::n_partly_compared`](super::patterns::Clusters).
    pub n_partly_compared: u64,
}

/// All that is computed from a state but the embeddings, which only [`super::terms`] needs.
#[derive(Clone, Debug)]
pub struct Fit {
    /// The words.
    pub vocabulary: Vocabulary,
    /// The forest.
    pub anomaly: AnomalyModel,
    /// The events.
    pub pattern: PatternModel,
    /// How they are worded, made when an event that is new to the model is first looked for among them.
    pub wordings: OnceLock<Wordings>,
}

/// The usual ranges of an event's numbers, by token position, where all its sequences have the same length.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberRanges {
    /// Tokens of the sequences that the positions count in.
    pub n_tokens: u32,
    /// Sorted by position.
    pub columns: Vec<(u16, UsualRange)>,
}

impl NumberRanges {
    /// The range at a position of a sequence of `n_tokens` tokens.
    #[must_use]
    pub fn at(&self, n_tokens: u32, position: u16) -> Option<&UsualRange> {
        if self.n_tokens != n_tokens {
            return None;
        }
        let column = self.columns.binary_search_by_key(&position, |c| c.0).ok()?;
        Some(&self.columns[column].1)
    }

    /// How far the farthest number of some lines is out of range, in `[0, 1]`.
    pub(super) fn largest_excess(&self, of: &EventSums) -> f64 {
        let mut largest = 0.0;
        for (&position, column) in &of.numbers {
            let Some(range) = of.n_tokens.and_then(|n_tokens| self.at(n_tokens, position)) else { continue };
            // the farthest is the smallest or the largest, which stand at the ends
            for magnitude in column.range().into_iter().flat_map(|(low, high)| [low, high]) {
                largest = f64::max(largest, range.excess(magnitude));
            }
        }
        largest
    }
}

/// The sums of one event over all days.
#[derive(Debug, Default)]
pub(super) struct EventSums {
    pub(super) lines: u64,
    days: u64,
    pub(super) last_day: Option<Day>,
    /// Lines of all events on that day.
    pub(super) of_last_day: u64,
    pub(super) windows: u64,
    /// Minutes of the day, where the sums are of one.
    pub(super) minutes: Minutes,
    pub(super) sources: SourceSketch,
    pub(super) levels: LevelCounts,
    pub(super) numbers: BTreeMap<u16, NumberColumn>,
    growth: BTreeMap<u16, Growth>,
    n_tokens: Option<u32>,
    lengths_differ: bool,
}

impl Fit {
    /// Computes all from `state`.
    ///
    /// Cost: mining dominates, see [`Templates::mine`]; the rest is linear in events and cells.
    #[must_use]
    pub fn new(state: &State, seed: u64) -> Self {
        let (columns, messages, templates) = mine(state);
        let window = window_of(state);
        let sums = sum_by_event(state, &messages, &templates, window);
        let vocabulary = Vocabulary::new(templates.events(), &sums);
        let totals = totals(state, window);
        let (mut anomaly, novelties) =
            AnomalyModel::new(state, templates.events(), &sums, totals, &vocabulary, seed);
        let lines: Vec<u64> = sums.iter().map(|s| s.lines).collect();
        let Clusters { of_events: patterns, n_partly_compared } =
            cluster_events(&vocabulary.vectorizer, templates.events(), &lines);
        let pattern = PatternModel { templates, patterns, columns, n_partly_compared };
        let ordinary = ordinary_score(&novelties, anomaly.days);
        let replayed = replay(state, &messages, &pattern, &vocabulary, &anomaly);
        anomaly.expected = if replayed.is_empty() {
            Expected::estimated(&novelties, anomaly.days, ordinary)
        } else {
            Expected::replayed(&replayed, ordinary)
        };
        Self { vocabulary, anomaly, pattern, wordings: OnceLock::new() }
    }

    /// The events, in the order of all that is kept by event.
    #[must_use]
    pub fn events(&self) -> &[EventTemplate] {
        self.pattern.templates.events()
    }

    /// How they are worded.
    #[must_use]
    pub fn wordings(&self) -> &Wordings {
        self.wordings.get_or_init(|| Wordings::of(self.events()))
    }
}

impl Vocabulary {
    fn new(events: &[EventTemplate], sums: &[EventSums]) -> Self {
        let documents = events.iter().map(|e| e.words.iter().map(String::as_str));
        let vectorizer = TfidfVectorizer::fit(documents, &TfidfParams::default());
        let mut term_lines = vec![0; vectorizer.terms().len()];
        for (event, sum) in events.iter().zip(sums) {
            for term in terms_of(&vectorizer, event.words.iter()) {
                term_lines[term] += sum.lines;
            }
        }
        Self { vectorizer, term_lines }
    }

    /// The distinct terms of an event.
    pub(super) fn terms(&self, event: &EventTemplate) -> Vec<usize> {
        terms_of(&self.vectorizer, event.words.iter())
    }

    /// Those of them that can be its rarest word.
    pub(super) fn rare_terms(&self, event: &EventTemplate) -> Vec<usize> {
        terms_of(&self.vectorizer, event.words.iter().filter(|word| can_be_rare(word)))
    }

    /// Lines that hold the rarest word of an event, its own among them; `lines` where it has no word.
    #[must_use]
    pub fn rarest_word_lines(&self, event: &EventTemplate, lines: u64) -> u64 {
        self.rarest_word(event).map_or(lines, |(_, lines)| lines)
    }

    /// The rarest word of an event and the lines that hold it, the first of several; `None` without a word of at least
    /// [`MIN_WORD_LENGTH`] letters.
    #[must_use]
    pub fn rarest_word<'e>(&self, event: &'e EventTemplate) -> Option<(&'e str, u64)> {
        let lines_of = |word: &str| self.vectorizer.column(word).map_or(0, |term| self.term_lines[term]);
        let words = event.words.iter().filter(|word| can_be_rare(word));
        words.map(|word| (word.as_str(), lines_of(word))).min_by_key(|(_, lines)| *lines)
    }
}

fn terms_of<'w>(vectorizer: &TfidfVectorizer, words: impl Iterator<Item = &'w String>) -> Vec<usize> {
    let mut terms: Vec<usize> = words.filter_map(|word| vectorizer.column(word)).collect();
    terms.sort_unstable();
    terms.dedup();
    terms
}

fn can_be_rare(word: &str) -> bool {
    word.chars().nth(MIN_WORD_LENGTH - 1).is_some()
}

impl AnomalyModel {
    fn new(
        state: &State,
        events: &[EventTemplate],
        sums: &[EventSums],
        totals: Totals,
        vocabulary: &Vocabulary,
        seed: u64,
    ) -> (Self, Vec<Novelty>) {
        let days = days(state);
        let incidents: Vec<Incident> = events
            .iter()
            .zip(sums)
            .enumerate()
            .filter_map(|(number, (event, sum))| {
                let words = word_weight(event.words.iter().map(String::as_str));
                sum.incident(days)
                    .filter(|incident| incident.is_one(worst_level(&sum.levels), words))
                    .map(|incident| Incident { event: number, ..incident })
            })
            .collect();
        let is_incident = |number: usize| incidents.iter().any(|incident| incident.event == number);
        let evidence: Vec<Evidence> = events
            .iter()
            .zip(sums)
            .enumerate()
            .map(|(number, (event, sum))| {
                let evidence = sum.evidence(vocabulary.rarest_word_lines(event, totals.lines));
                if is_incident(number) { evidence.as_met_once() } else { evidence }
            })
            .collect();
        let rows: Vec<_> = evidence.iter().map(|e| e.row(&totals)).collect();
        let weights: Vec<u64> = evidence.iter().map(|e| e.lines).collect();
        let scale = Scale::fit(&rows, &weights);
        let boxed: Vec<_> = rows.iter().map(|row| scale.apply(row)).collect();
        let forest = fit_forest(&boxed, &weights, seed);
        let mut model = Self {
            totals,
            evidence,
            numbers: sums.iter().map(EventSums::ranges).collect(),
            levels: sums.iter().map(|sum| sum.levels).collect(),
            scale,
            forest,
            expected: Expected::default(),
            standout_threshold: 0.0,
            days,
            incidents,
            overflow: state.overflow_counts(),
        };
        let novelties: Vec<Novelty> = (0..events.len())
            .flat_map(|i| levels_of(&sums[i].levels).map(move |level| (i, level)))
            .map(|(i, level)| Novelty::of(&model, vocabulary, (i, &events[i]), level, sums[i].days))
            .collect();
        model.standout_threshold = standout_threshold(&novelties, model.days, score_of_few_errors(&model));
        (model, novelties)
    }

    /// How rare a level is for event `number`, in the forest's box: 0 unless at most one in [`LINES_PER_UNUSUAL_LEVEL`] of
    /// its lines has it, else what an event of as few lines would show.
    #[must_use]
    pub fn level_rarity(&self, number: usize, level: Option<Level>) -> f64 {
        let lines = self.levels[number][level_index(level)];
        self.level_rarity_of(&self.evidence[number], &self.totals, lines)
    }

    /// The same of an event of which `evidence` is known, among `totals`, where `lines` of its lines have the level.
    pub(super) fn level_rarity_of(&self, evidence: &Evidence, totals: &Totals, lines: u64) -> f64 {
        if evidence.lines == 0 || lines > evidence.lines / LINES_PER_UNUSUAL_LEVEL {
            return 0.0;
        }
        let few = Evidence { lines, ..*evidence };
        self.scale.apply(&few.row(totals))[Feature::Lines as usize]
    }

    /// Estimated chance that the next line is an event never seen in training, in `[0, 1]`: the share of lines
    /// whose event was seen once.
    ///
    /// Source: Good, "The population frequencies of species and the estimation of population parameters",
    /// Biometrika 1953.
    #[must_use]
    pub fn unseen_event_share(&self) -> f64 {
        let once = self.evidence.iter().filter(|e| e.lines == 1).count();
        if self.totals.lines == 0 { 1.0 } else { once as f64 / self.totals.lines as f64 }
    }
}

fn fit_forest(rows: &[crate::features::evidence::Row], weights: &[u64], seed: u64) -> IsolationForest {
    let params =
        IsolationForestParams { seed, cuts: Cuts::UnitBox { depth: FOREST_DEPTH }, ..Default::default() };
    let n_features = crate::features::evidence::Feature::COUNT;
    let flat: Vec<f64> = if rows.is_empty() { vec![0.0; n_features] } else { rows.concat() };
    let x = ndarray::ArrayView2::from_shape((flat.len() / n_features, n_features), &flat)
        .expect("each row has as many numbers as there are features");
    let weights = if rows.is_empty() { &[1] } else { weights };
    IsolationForest::fit(x, weights, &params).expect("features are finite, and there is a row")
}

impl EventSums {
    /// What is known of the event, where `rarest_word_lines` hold its rarest word.
    pub(super) fn evidence(&self, rarest_word_lines: u64) -> Evidence {
        let (lines, windows, sources) = (self.lines, self.windows, self.sources.distinct());
        Evidence { lines, windows, sources, rarest_word_lines }
    }

    /// The one day that it came on, if it was one of many: `days` are known.
    pub(super) fn incident(&self, days: u64) -> Option<Incident> {
        let day = self.last_day.filter(|day| *day != Day::None && self.days == 1)?;
        let is_of_many = days >= LEARNING_DAYS as u64;
        is_of_many.then_some(Incident { event: 0, day, lines: self.lines, of: self.of_last_day })
    }

    /// Adds the lines of a shape of `n_tokens` tokens on one day; `behind` is its message, where it has columns in front,
    /// and `day` the day's number, where it has a place among the others.
    pub(super) fn add(&mut self, cell: &Cell, n_tokens: usize, behind: Option<&Behind>, day: Option<i32>) {
        self.lines += cell.count;
        self.minutes.merge(&cell.minutes);
        self.sources.merge(&cell.sources);
        let named = behind.and_then(|behind| behind.level);
        for (place, count) in cell.levels.into_iter().enumerate() {
            let is_unnamed = place == level_index(None);
            self.levels[if is_unnamed { level_index(named) } else { place }] += count;
        }
        let n_columns = behind.map_or(0, |behind| behind.n_columns);
        let n_tokens = (n_tokens - n_columns) as u32;
        self.lengths_differ |= self.n_tokens.is_some_and(|n| n != n_tokens);
        self.n_tokens = Some(n_tokens);
        // what has kinds alone says nothing here
        for (&position, column) in cell.numbers.iter().filter(|(_, column)| column.range().is_some()) {
            if let Some(position) = position.checked_sub(n_columns as u16) {
                self.numbers.entry(position).or_default().merge(column);
                if let Some(day) = day {
                    self.growth.entry(position).or_default().add(column, day);
                }
            }
        }
    }

    /// Adds the lines of `other`, which are of other days.
    pub(super) fn merge(&mut self, other: Self) {
        self.lines += other.lines;
        self.days += 1;
        self.last_day = other.last_day;
        self.of_last_day = other.of_last_day;
        self.windows += other.windows;
        self.sources.merge(&other.sources);
        self.levels.iter_mut().zip(other.levels).for_each(|(sum, count)| *sum += count);
        self.lengths_differ |=
            other.lengths_differ || self.n_tokens.is_some() && self.n_tokens != other.n_tokens;
        self.n_tokens = other.n_tokens;
        for (position, column) in other.numbers {
            self.numbers.entry(position).or_default().merge(&column);
        }
        for (position, growth) in other.growth {
            self.growth.entry(position).or_default().merge(&growth);
        }
    }

    /// The usual ranges of its numbers, but of those that grow or fall with time.
    pub(super) fn ranges(&self) -> NumberRanges {
        if self.lengths_differ {
            return NumberRanges::default();
        }
        let grows = |position: &u16| self.growth.get(position).is_some_and(Growth::is_trend);
        let range = |(position, column): (&u16, &NumberColumn)| {
            if grows(position) { None } else { Some((*position, UsualRange::of(column)?)) }
        };
        NumberRanges {
            n_tokens: self.n_tokens.unwrap_or(0),
            columns: self.numbers.iter().filter_map(range).collect(),
        }
    }
}

/// The columns, the messages behind them and the events of all that `state` holds.
pub(super) fn mine(state: &State) -> (Columns, Messages, Templates) {
    let lines_of = lines_by_sequence(state);
    let columns = learn(state, &lines_of);
    let messages = messages(state, &columns);
    let templates = mine_messages(state, &lines_of, &messages);
    (columns, messages, templates)
}

/// The events of all that `state` holds, with the columns of unknown formats in front of them.
pub(super) fn mine_whole(state: &State) -> Templates {
    mine_messages(state, &lines_by_sequence(state), &Messages::new())
}

fn mine_messages(state: &State, lines_of: &BTreeMap<u64, u64>, messages: &Messages) -> Templates {
    let distinct: Vec<Distinct<'_>> = state
        .shapes()
        .iter()
        .map(|(&key, shape)| Distinct {
            key,
            sequence: messages.get(&key).map_or(&shape.sequence, |behind| &behind.sequence),
            count: lines_of.get(&key).copied().unwrap_or(0),
        })
        .collect();
    Templates::mine(&distinct)
}

/// Sums the cells of each event. Windows are counted per day, where an event's sequences share them.
pub(super) fn sum_by_event(
    state: &State,
    messages: &Messages,
    templates: &Templates,
    window: Window,
) -> Vec<EventSums> {
    let mut sums: Vec<EventSums> = Vec::new();
    sums.resize_with(templates.events().len(), EventSums::default);
    let is_dated = state.slices().keys().any(|day| *day != Day::None);
    for (day, slice) in state.slices() {
        let place = match *day {
            Day::SinceEpoch(day) => Some(day),
            Day::OfYear(day) => Some(i32::from(day)),
            // lines with a time of day alone belong to one day, unless there are others
            Day::None => (!is_dated).then_some(0),
        };
        let mut windows: BTreeMap<usize, Minutes> = BTreeMap::new();
        for (key, cell) in &slice.cells {
            let Some(event) = templates.event_of(*key) else { continue };
            let n_tokens = state.shapes().get(key).map_or(0, |shape| shape.sequence.len());
            sums[event].add(cell, n_tokens, messages.get(key), place);
            windows.entry(event).or_default().merge(&cell.minutes);
        }
        for (event, minutes) in windows {
            sums[event].windows += count_windows(&minutes, window);
            sums[event].days += 1;
            sums[event].last_day = Some(*day);
            sums[event].of_last_day = slice.lines;
        }
    }
    sums
}

/// The levels that lines have, the least serious first, and then none.
pub(super) fn levels_of(levels: &LevelCounts) -> impl Iterator<Item = Option<Level>> {
    let all = Level::ALL.into_iter().map(Some).chain([None]);
    all.filter(|level| levels[level_index(*level)] > 0)
}

pub(super) fn count_windows(minutes: &Minutes, window: Window) -> u64 {
    match window {
        Window::Minute => minutes.minutes(),
        Window::Hour => minutes.hours(),
        Window::Day => u64::from(!minutes.is_empty()),
    }
}

pub(super) fn totals(state: &State, window: Window) -> Totals {
    let mut sources = SourceSketch::default();
    state.slices().values().for_each(|slice| sources.merge(&slice.sources));
    Totals {
        lines: state.lines(),
        window,
        windows: state.slices().values().map(|slice| count_windows(&slice.minutes, window)).sum(),
        sources: sources.distinct(),
    }
}

/// The finest unit of time whose windows hold [`LINES_PER_WINDOW`] lines on average; else days.
pub(super) fn window_of(state: &State) -> Window {
    let timed: u64 = state.slices().values().filter(|s| !s.minutes.is_empty()).map(|s| s.lines).sum();
    let fits = |window: &Window| {
        let windows: u64 = state.slices().values().map(|s| count_windows(&s.minutes, *window)).sum();
        windows * LINES_PER_WINDOW <= timed
    };
    [Window::Minute, Window::Hour].into_iter().find(fits).unwrap_or(Window::Day)
}

/// Days of log time that hold lines, at least one.
fn days(state: &State) -> u64 {
    state.slices().values().filter(|s| !s.minutes.is_empty()).count().max(1) as u64
}

fn lines_by_sequence(state: &State) -> BTreeMap<u64, u64> {
    let mut lines: BTreeMap<u64, u64> = BTreeMap::new();
    for slice in state.slices().values() {
        for (&key, cell) in &slice.cells {
            *lines.entry(key).or_default() += cell.count;
        }
    }
    lines
}

/// The most serious level among counts; `None` where no line had one.
#[must_use]
pub fn worst_level(levels: &LevelCounts) -> Option<Level> {
    Level::ALL.into_iter().rev().find(|level| levels[*level as usize] > 0)
}
