//! Reports on parts of a stream, added up to one on all of it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::summary::{earlier, later};
use crate::entry::Timestamp;
use crate::report::{
    EventReport, Finding, FormatCount, LineReport, ModelReport, NOISE, PatternReport, Reason, Report,
    Statistics,
};

/// Examples that a pattern, finding or statistic names.
const EXAMPLES: usize = 3;

/// Events that training never saw and that are told apart; lines of more are counted as [`Statistics::untold_lines`].
/// They take some 100 MB with their findings.
const MOST_UNSEEN: usize = 100_000;

/// A line that the last report shows, with its reasons.
type Kept = (LineReport<'static>, Vec<Reason>);

/// The sums.
#[derive(Debug, Default)]
pub(super) struct Totals {
    max_outliers: usize,
    statistics: Statistics,
    events: Vec<EventReport>,
    by_id: FxHashMap<u64, usize>,
    n_unseen: usize,
    /// By number; their examples are numbers of lines.
    patterns: BTreeMap<i32, PatternReport>,
    /// By event.
    findings: BTreeMap<usize, Finding>,
    /// By score, and among equals the latest first: the first goes when there are too many.
    outliers: BTreeMap<(u64, Reverse<usize>), Kept>,
    /// Those of patterns, by number.
    examples: BTreeMap<usize, Kept>,
}

impl Totals {
    pub(super) fn new(max_outliers: usize) -> Self {
        Self { max_outliers, ..Self::default() }
    }

    /// Adds what was found in the next part.
    pub(super) fn add(&mut self, part: &Report<'_>) {
        let places: Vec<Option<usize>> = part.events.iter().map(|event| self.add_event(event)).collect();
        for pattern in &part.patterns {
            self.add_pattern(part, pattern, &places);
        }
        for finding in &part.findings {
            if let Some(event) = places[finding.event] {
                add_finding(&mut self.findings, Finding { event, ..finding.clone() });
            }
        }
        for (index, line) in part.records() {
            match places[line.event] {
                Some(event) if line.is_outlier => self.add_outlier(part, index, event),
                Some(_) => {}
                None => self.statistics.untold_lines += 1,
            }
        }
        add_statistics(&mut self.statistics, &part.statistics);
    }

    /// The place of an event, unless there are too many.
    fn add_event(&mut self, event: &EventReport) -> Option<usize> {
        if let Some(&place) = self.by_id.get(&event.event_id) {
            self.events[place].count += event.count;
            return Some(place);
        }
        if event.unseen && self.n_unseen == MOST_UNSEEN {
            return None;
        }
        self.n_unseen += usize::from(event.unseen);
        self.by_id.insert(event.event_id, self.events.len());
        self.events.push(event.clone());
        Some(self.events.len() - 1)
    }

    fn add_pattern(&mut self, part: &Report<'_>, pattern: &PatternReport, places: &[Option<usize>]) {
        let log_ids = pattern.examples.iter().map(|&line| part.lines[line].log_id);
        let Some(known) = self.patterns.get_mut(&pattern.pattern_id) else {
            let examples: Vec<usize> = log_ids.collect();
            self.keep_examples(part, &pattern.examples, places);
            self.patterns.insert(pattern.pattern_id, PatternReport { examples, ..pattern.clone() });
            return;
        };
        known.count += pattern.count;
        for (level, count) in &pattern.levels {
            *known.levels.entry(*level).or_default() += count;
        }
        known.first_seen = earlier(known.first_seen, pattern.first_seen);
        known.last_seen = later(known.last_seen, pattern.last_seen);
        let room = EXAMPLES - known.examples.len();
        known.examples.extend(log_ids.take(room));
        self.keep_examples(part, &pattern.examples[..room.min(pattern.examples.len())], places);
    }

    fn keep_examples(&mut self, part: &Report<'_>, lines: &[usize], places: &[Option<usize>]) {
        for &index in lines {
            let line = &part.lines[index];
            if let Some(event) = places[line.event] {
                self.examples.insert(line.log_id, kept(part, index, event));
            }
        }
    }

    fn add_outlier(&mut self, part: &Report<'_>, index: usize, event: usize) {
        let line = &part.lines[index];
        // Bits of numbers that are not negative are in the order of the numbers.
        let key = (line.anomaly_score.to_bits(), Reverse(line.log_id));
        let is_full = self.outliers.len() >= self.max_outliers;
        if is_full && self.outliers.first_key_value().is_none_or(|(least, _)| key < *least) {
            return;
        }
        self.outliers.insert(key, kept(part, index, event));
        if is_full {
            self.outliers.pop_first();
        }
    }

    /// The report on all parts.
    pub(super) fn finish(mut self, model: ModelReport, outlier_threshold: f64) -> Report<'static> {
        let mut shown: BTreeMap<usize, Kept> = std::mem::take(&mut self.examples);
        shown.extend(self.outliers.into_iter().map(|((_, Reverse(log_id)), kept)| (log_id, kept)));
        let index: BTreeMap<usize, usize> =
            shown.keys().enumerate().map(|(place, &log_id)| (log_id, place)).collect();
        let mut reasons = Vec::new();
        let lines = shown.into_values().enumerate().map(|(place, (line, why))| {
            let why = line.is_outlier.then(|| {
                reasons.push(why);
                reasons.len() - 1
            });
            LineReport { record: place, reasons: why, ..line }
        });
        let lines: Vec<LineReport<'static>> = lines.collect();
        let mut patterns: Vec<PatternReport> = self.patterns.into_values().collect();
        patterns.sort_by_key(|pattern| (Reverse(pattern.count), pattern.examples.first().copied()));
        for pattern in &mut patterns {
            pattern.share = pattern.count as f64 / self.statistics.records as f64;
            pattern.examples.retain(|log_id| index.contains_key(log_id));
            pattern.examples.iter_mut().for_each(|log_id| *log_id = index[log_id]);
            if let Some(commonest) = commonest(&self.events, pattern.pattern_id) {
                pattern.template.clone_from(&commonest.template);
            }
        }
        let mut findings: Vec<Finding> = self.findings.into_values().collect();
        findings.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.examples.cmp(&b.examples)));
        let counts: FxHashMap<u64, usize> =
            self.events.iter().map(|event| (event.event_id, event.count)).collect();
        for near in self.events.iter_mut().filter_map(|event| event.nearest.as_mut()) {
            near.count = counts.get(&near.event_id).copied().unwrap_or(0);
        }
        let present = self.events.iter().filter(|event| event.count > 0);
        self.statistics.patterns = patterns.len();
        self.statistics.events = present.clone().count();
        self.statistics.unseen_events = present.filter(|event| event.unseen).count();
        Report {
            lines,
            events: self.events,
            patterns,
            findings,
            reasons,
            outlier_threshold,
            model,
            statistics: self.statistics,
            sessions: None,
            temporal: None,
            terms: None,
        }
    }
}

/// The event of a pattern with most lines, the first of several.
fn commonest(events: &[EventReport], pattern_id: i32) -> Option<&EventReport> {
    let of_pattern = events.iter().filter(|event| event.pattern_id == pattern_id && pattern_id != NOISE);
    of_pattern.rev().max_by_key(|event| event.count)
}

/// A line without the others of its record, with the message that is told of it.
fn kept(part: &Report<'_>, index: usize, event: usize) -> Kept {
    let line = &part.lines[index];
    let reasons = line.reasons.map_or_else(Vec::new, |shared| part.reasons[shared].clone());
    let mut entry = line.entry.clone().into_owned();
    if entry.message.is_empty() {
        entry.message = part.message(index).to_owned().into();
    }
    (LineReport { event, entry, reasons: None, ..*line }, reasons)
}

fn add_finding(findings: &mut BTreeMap<usize, Finding>, next: Finding) {
    let Some(known) = findings.get_mut(&next.event) else {
        findings.insert(next.event, next);
        return;
    };
    known.level = known.level.max(next.level);
    known.count += next.count;
    known.first_seen = earlier(known.first_seen, next.first_seen);
    known.last_seen = later(known.last_seen, next.last_seen);
    known.examples.extend(next.examples);
    known.examples.truncate(EXAMPLES);
    if next.score > known.score {
        known.score = next.score;
        known.reasons = next.reasons;
    }
}

fn add_statistics(sum: &mut Statistics, part: &Statistics) {
    sum.lines += part.lines;
    sum.records += part.records;
    sum.lines_without_timestamp += part.lines_without_timestamp;
    sum.lines_with_time_only += part.lines_with_time_only;
    sum.lines_without_level += part.lines_without_level;
    sum.noise_lines += part.noise_lines;
    sum.outliers += part.outliers;
    // It is of the model.
    sum.events_partly_compared = sum.events_partly_compared.max(part.events_partly_compared);
    for (level, count) in &part.levels {
        *sum.levels.entry(*level).or_default() += count;
    }
    let ends =
        |range: Option<(Timestamp, Timestamp)>| (range.map(|(first, _)| first), range.map(|(_, last)| last));
    let ((first, last), (part_first, part_last)) = (ends(sum.time_range), ends(part.time_range));
    sum.time_range = earlier(first, part_first).zip(later(last, part_last));
    add_formats(&mut sum.formats, &part.formats);
    let examples = [
        (&mut sum.examples_without_timestamp, &part.examples_without_timestamp),
        (&mut sum.examples_without_level, &part.examples_without_level),
    ];
    for (known, next) in examples {
        known.extend(next);
        known.truncate(EXAMPLES);
    }
    let orders: BTreeSet<&str> =
        [sum.assumed_date_order, part.assumed_date_order].into_iter().flatten().collect();
    sum.assumed_date_order =
        if orders.len() > 1 { Some("mixed") } else { sum.assumed_date_order.or(part.assumed_date_order) };
    sum.ambiguous_dates += part.ambiguous_dates;
    sum.assumed_year = sum.assumed_year.max(part.assumed_year);
}

/// Most lines first.
fn add_formats(sum: &mut Vec<FormatCount>, part: &[FormatCount]) {
    for next in part {
        match sum.iter_mut().find(|known| known.format == next.format) {
            Some(known) => known.lines += next.lines,
            None => sum.push(next.clone()),
        }
    }
    sum.sort_by_key(|count| (Reverse(count.lines), count.format));
}
