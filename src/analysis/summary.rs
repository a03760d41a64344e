//! Graded lines to the report: counts, patterns, findings.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::entry::{Level, LogEntry, Timestamp};
use crate::report::{
    EventReport, Finding, FindingKind, LineReport, ModelReport, NOISE, NearestEvent, PatternReport, Reason,
    Report, Statistics,
};
use crate::template::EventTemplate;

use super::fit::Fit;
use super::judge::Judge;
use super::patterns::{neighbours, rows_of};
use super::terms::{Embeddings, pattern_terms};

/// Examples that a pattern or finding names.
const EXAMPLES: usize = 3;

/// All that a report is made from.
pub(super) struct Summary<'j, 'a> {
    pub(super) judge: &'j Judge<'j>,
    pub(super) lines: Vec<LineReport<'a>>,
    pub(super) reasons: Vec<Vec<Reason>>,
    pub(super) patterns: Vec<i32>,
    /// New events of which not all others were looked at for their pattern.
    pub(super) n_partly_compared: u64,
    pub(super) threshold: f64,
    pub(super) trained: bool,
}

/// Sums over lines that share something.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) count: usize,
    levels: [usize; Level::ALL.len() + 1],
    pub(super) first_seen: Option<Timestamp>,
    pub(super) last_seen: Option<Timestamp>,
    pub(super) examples: Vec<usize>,
}

/// Lines that are added up by one thread: many, as each chunk has sums for all events.
const TALLIED_LINES: usize = 1 << 16;

/// The sums of a report.
struct Tallies {
    /// Of each event, over the records.
    by_event: Vec<Tally>,
    /// The same over those that are outliers.
    odd_by_event: Vec<Tally>,
    /// Over all lines.
    all: Tally,
}

impl Tallies {
    fn of_events(n_events: usize) -> Self {
        let none = vec![Tally::default(); n_events];
        Self { by_event: none.clone(), odd_by_event: none, all: Tally::default() }
    }

    fn add(&mut self, place: usize, line: &LineReport<'_>) {
        self.all.add(place, &line.entry);
        // A record counts once, by its first line.
        if line.record != place {
            return;
        }
        self.by_event[line.event].add(place, &line.entry);
        if line.is_outlier {
            self.odd_by_event[line.event].add(place, &line.entry);
        }
    }

    /// With the sums over the lines behind.
    fn with(mut self, behind: &Self) -> Self {
        let pairs = self.by_event.iter_mut().zip(&behind.by_event);
        let odd = self.odd_by_event.iter_mut().zip(&behind.odd_by_event);
        pairs.chain(odd).chain([(&mut self.all, &behind.all)]).for_each(|(sum, part)| sum.merge(part));
        self
    }
}

/// The pattern of each event of a request: its cluster in the model, or for a new event that of the nearest
/// template within the clusters' reach. And for how many new ones not all templates were looked at that may be it.
pub(super) fn patterns_of_events(judge: &Judge<'_>) -> (Vec<i32>, u64) {
    let fit = judge.fit();
    let mut n_partly_compared = 0;
    let nearest = of_unseen(judge, |fit, new| {
        let vectorizer = &fit.vocabulary.vectorizer;
        let (nearest, n) = neighbours(&rows_of(vectorizer, fit.events()), &rows_of(vectorizer, new));
        n_partly_compared = n;
        nearest
    });
    let alike = judge.events().iter().zip(nearest).map(|(event, near)| event.known.or(near));
    (alike.map(|alike| alike.map_or(NOISE, |known| fit.pattern.patterns[known])).collect(), n_partly_compared)
}

/// For each new event of a request, what `find` finds for it in the model; `None` for known ones.
fn of_unseen<T: Clone>(
    judge: &Judge<'_>,
    find: impl FnOnce(&Fit, &[EventTemplate]) -> Vec<Option<T>>,
) -> Vec<Option<T>> {
    let new: Vec<EventTemplate> =
        judge.events().iter().filter(|e| e.known.is_none()).map(|e| e.template.clone()).collect();
    if new.is_empty() {
        return vec![None; judge.events().len()];
    }
    let mut found = find(judge.fit(), &new).into_iter();
    judge.events().iter().map(|e| if e.known.is_some() { None } else { found.next().flatten() }).collect()
}

impl<'a> Summary<'_, 'a> {
    /// The report. `terms` asks for characteristic terms, whose neighbours need `embeddings`.
    pub(super) fn report(
        self,
        embeddings: Option<&Embeddings>,
        terms: bool,
        model: ModelReport,
    ) -> Report<'a> {
        let Tallies { by_event, odd_by_event, all } = self.tallies();
        let patterns = self.pattern_reports(&by_event);
        let findings = self.findings(&odd_by_event);
        let statistics = self.statistics(&by_event, &odd_by_event, &all, patterns.len());
        let terms = terms.then(|| {
            let wanted: Vec<i32> = patterns.iter().map(|p| p.pattern_id).collect();
            let events: Vec<_> =
                self.judge.events().iter().map(|e| &e.template).zip(self.patterns.iter().copied()).collect();
            pattern_terms(self.judge.fit(), embeddings, &wanted, &events)
        });
        Report {
            events: self.event_reports(&by_event),
            patterns,
            findings,
            outlier_threshold: self.threshold,
            model,
            statistics,
            sessions: None,
            temporal: None,
            terms,
            reasons: self.reasons,
            lines: self.lines,
        }
    }

    /// All sums, by one pass over the lines on all threads of the pool.
    fn tallies(&self) -> Tallies {
        let n_events = self.judge.events().len();
        let of_chunk = |(chunk, lines): (usize, &[LineReport<'_>])| {
            let mut sums = Tallies::of_events(n_events);
            for (line, place) in lines.iter().zip(chunk * TALLIED_LINES..) {
                sums.add(place, line);
            }
            sums
        };
        let chunks: Vec<Tallies> = self.lines.par_chunks(TALLIED_LINES).enumerate().map(of_chunk).collect();
        chunks.iter().fold(Tallies::of_events(n_events), Tallies::with)
    }

    /// The lines that begin a record.
    fn records(&self) -> impl Iterator<Item = (usize, &LineReport<'a>)> {
        self.lines.iter().enumerate().filter(|(i, line)| line.record == *i)
    }

    fn event_reports(&self, by_event: &[Tally]) -> Vec<EventReport> {
        let nearest = if self.trained {
            of_unseen(self.judge, |fit, new| fit.wordings().nearest(new))
        } else {
            vec![None; by_event.len()]
        };
        let known = self.judge.events().iter().map(|event| event.known);
        let counts: BTreeMap<usize, usize> =
            known.zip(by_event).filter_map(|(known, tally)| Some((known?, tally.count))).collect();
        self.judge
            .events()
            .iter()
            .zip(by_event)
            .zip(&self.patterns)
            .zip(nearest)
            .map(|(((event, tally), &pattern_id), near)| EventReport {
                event_id: event.template.id,
                template: event.template.text.clone(),
                count: tally.count,
                pattern_id,
                unseen: event.known.is_none(),
                nearest: near.map(|near| {
                    let event = &self.judge.fit().events()[near.event];
                    NearestEvent {
                        event_id: event.id,
                        template: event.text.clone(),
                        similarity: near.similarity,
                        count: counts.get(&near.event).copied().unwrap_or(0),
                    }
                }),
            })
            .collect()
    }

    fn pattern_reports(&self, by_event: &[Tally]) -> Vec<PatternReport> {
        let mut patterns: BTreeMap<i32, (Tally, usize)> = BTreeMap::new();
        for (event, tally) in by_event.iter().enumerate().filter(|(_, tally)| tally.count > 0) {
            let pattern = self.patterns[event];
            if pattern == NOISE {
                continue;
            }
            let (sum, commonest) = patterns.entry(pattern).or_insert_with(|| (Tally::default(), event));
            if tally.leads(&by_event[*commonest]) {
                *commonest = event;
            }
            sum.merge(tally);
        }
        let n_records = self.records().count();
        let mut reports: Vec<PatternReport> = patterns
            .into_iter()
            .map(|(pattern_id, (tally, commonest))| PatternReport {
                pattern_id,
                count: tally.count,
                template: self.judge.events()[commonest].template.text.clone(),
                share: tally.count as f64 / n_records as f64,
                levels: tally.levels(),
                first_seen: tally.first_seen,
                last_seen: tally.last_seen,
                examples: tally.examples,
            })
            .collect();
        reports.sort_by_key(|p| (std::cmp::Reverse(p.count), p.examples.first().copied()));
        reports
    }

    fn findings(&self, odd_by_event: &[Tally]) -> Vec<Finding> {
        let mut worst: Vec<Option<usize>> = vec![None; odd_by_event.len()];
        for (i, line) in self.records().filter(|(_, line)| line.is_outlier) {
            let worst = &mut worst[line.event];
            if worst.is_none_or(|w| line.anomaly_score > self.lines[w].anomaly_score) {
                *worst = Some(i);
            }
        }
        let mut findings: Vec<Finding> = odd_by_event
            .iter()
            .zip(worst)
            .enumerate()
            .filter_map(|(event, (tally, worst))| {
                let worst = &self.lines[worst?];
                Some(Finding {
                    kind: FindingKind::Event,
                    event,
                    level: tally.worst_level(),
                    count: tally.count,
                    score: worst.anomaly_score,
                    first_seen: tally.first_seen,
                    last_seen: tally.last_seen,
                    reasons: worst.reasons.map_or_else(Vec::new, |r| self.reasons[r].clone()),
                    examples: tally.examples.iter().map(|&line| self.lines[line].log_id).collect(),
                })
            })
            .collect();
        findings.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.examples.cmp(&b.examples)));
        findings
    }

    fn statistics(
        &self,
        by_event: &[Tally],
        odd_by_event: &[Tally],
        all: &Tally,
        patterns: usize,
    ) -> Statistics {
        let present = || by_event.iter().enumerate().filter(|(_, tally)| tally.count > 0);
        let times = || self.lines.iter().filter_map(|line| line.entry.timestamp);
        let (with_time, dated) = (times().count(), times().filter_map(Timestamp::dated).count());
        let undated = self.lines.len() - dated;
        let unseen = |event: usize| self.judge.events()[event].known.is_none();
        Statistics {
            lines: self.lines.len(),
            records: self.records().count(),
            lines_without_timestamp: undated,
            lines_with_time_only: with_time - dated,
            lines_without_level: all.levels[Level::ALL.len()],
            noise_lines: present()
                .filter(|(event, _)| self.patterns[*event] == NOISE)
                .map(|(_, t)| t.count)
                .sum(),
            outliers: odd_by_event.iter().map(|tally| tally.count).sum(),
            patterns,
            events: present().count(),
            unseen_events: if self.trained {
                present().filter(|(event, _)| unseen(*event)).count()
            } else {
                0
            },
            levels: all.levels(),
            time_range: all.first_seen.zip(all.last_seen),
            events_partly_compared: self.judge.fit().pattern.n_partly_compared + self.n_partly_compared,
            ..Statistics::default()
        }
    }
}

/// The earlier of two times. One with a date comes before a time of day alone, which cannot be compared with it.
pub(super) fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    a.into_iter().chain(b).min_by_key(|time| (time.dated().is_none(), time.instant()))
}

/// The later of two times; of a time with a date and a time of day alone the first.
pub(super) fn later(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    b.into_iter().chain(a).max_by_key(|time| (time.dated().is_some(), time.instant()))
}

impl Tally {
    pub(super) fn add(&mut self, line: usize, entry: &LogEntry<'_>) {
        self.count += 1;
        self.levels[crate::state::level_index(entry.level)] += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(line);
        }
        self.see(entry.timestamp, entry.timestamp);
    }

    fn see(&mut self, first: Option<Timestamp>, last: Option<Timestamp>) {
        self.first_seen = earlier(self.first_seen, first);
        self.last_seen = later(self.last_seen, last);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        for (a, b) in self.levels.iter_mut().zip(other.levels) {
            *a += b;
        }
        self.see(other.first_seen, other.last_seen);
        self.examples.extend(&other.examples);
        self.examples.sort_unstable();
        self.examples.truncate(EXAMPLES);
    }

    /// Whether it has more lines than `other`, or as many and an earlier first.
    fn leads(&self, other: &Self) -> bool {
        self.count > other.count || self.count == other.count && self.examples < other.examples
    }

    pub(super) fn levels(&self) -> BTreeMap<Level, usize> {
        Level::ALL.into_iter().zip(self.levels).filter(|(_, count)| *count > 0).collect()
    }

    pub(super) fn worst_level(&self) -> Option<Level> {
        Level::ALL.into_iter().zip(self.levels).rev().find(|(_, count)| *count > 0).map(|(level, _)| level)
    }
}
