//! Lines that belong to one block, request or trace, and which of those sessions are odd.
//!
//! In: the session id and event of each line. Out: one [`SessionReport`] per session, graded against the other
//! sessions of the request by what happened in it: events, transitions, counts, what is missing, how it ends. Odd ones
//! with the same first reason are one [`Finding`].

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::entry::Timestamp;
use crate::features::rarity::rarity;
use crate::report::{Finding, FindingKind, LineReport, Reason, Report, SessionReport};

use super::read::Lines;
use super::threshold::session_threshold;

/// What a session is graded by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
enum Aspect {
    /// Its rarest event.
    Event = 0,
    /// Its rarest step from one event to the next.
    Step,
    /// How rare its set of events is.
    Set,
    /// How rare its last event is.
    End,
    /// The rarest number of times that it holds an event.
    Count,
    /// Events that most sessions hold and it does not.
    Missing,
}

const ASPECTS: usize = 6;

/// Nats at which an aspect counts as entirely odd, from the prototypes.
const SCALE: [f64; ASPECTS] = [9.0, 9.0, 9.0, 9.0, 9.0, 20.0];

const NAMES: [&str; ASPECTS] =
    ["rare_event", "rare_step", "rare_set_of_events", "rare_end", "rare_count", "missing_events"];

/// What stands where a line has no session.
const NO_ID: [&str; 4] = ["", "-", "null", "None"];

/// Sessions that a finding names a line of.
const EXAMPLES: usize = 3;

/// The highest score of a line: what entirely odd sessions count as beside lines.
const MAX_SCORE: f64 = 2.0;

/// One session's lines, by time and then by their order in the request.
#[derive(Debug)]
struct Session<'s> {
    id: &'s str,
    /// First lines of its records.
    lines: Vec<u32>,
    /// All its lines.
    n_lines: usize,
}

/// How often things happen over all sessions.
#[derive(Debug, Default)]
struct Habits {
    sessions: f64,
    events: FxHashMap<u32, u32>,
    steps: FxHashMap<(u32, u32), u32>,
    sets: FxHashMap<Vec<u32>, u32>,
    ends: FxHashMap<u32, u32>,
    counts: FxHashMap<(u32, u32), u32>,
    common: Vec<u32>,
}

/// An aspect's rarity in nats, and what shows it.
#[derive(Clone, Copy, Debug, Default)]
struct Shown {
    nats: f64,
    event: u32,
    other: u32,
}

/// Groups lines by the id that `pattern` finds in them and grades the groups, most anomalous first.
///
/// A score is the mean of six rarities, each less the median session's and cut to `[0, 1]`; higher is odder. Lines
/// in which the pattern finds nothing are in no session; of several ids in a record the first counts. `first_lines[i]`
/// is the first line of the record of line `i`; a record happens once.
/// `templates[e]` names event `e`; `events[i]` is the event of line `i`.
///
/// Cost: linear in the lines. Source: the plain sum of the research prototype, which did better than a forest.
#[must_use]
pub fn sessions<S: AsRef<str>>(
    texts: &[S],
    lines: &Lines<'_>,
    first_lines: &[u32],
    events: &[u32],
    templates: &[&str],
    pattern: &regex::Regex,
) -> Sessions {
    let sessions = group(texts, lines, first_lines, pattern);
    let flows: Vec<Vec<u32>> =
        sessions.iter().map(|s| s.lines.iter().map(|&line| events[line as usize]).collect()).collect();
    let habits = Habits::of(&flows);
    let shown: Vec<[Shown; ASPECTS]> = flows.iter().map(|flow| habits.grade(flow)).collect();
    let usual = medians(&shown);
    let parts: Vec<[f64; ASPECTS]> = shown.iter().map(|s| scaled(s, &usual)).collect();
    let scores: Vec<f64> = parts.iter().map(|p| p.iter().sum::<f64>() / ASPECTS as f64).collect();
    let threshold = session_threshold(&scores, 1.0 / ASPECTS as f64);
    let mut reports: Vec<SessionReport> = (0..sessions.len())
        .map(|i| {
            let times = || {
                sessions[i].lines.iter().filter_map(|&line| lines.entries[line as usize].timestamp?.dated())
            };
            let main = main_aspect(&parts[i]);
            let event = shown[i][main].event;
            let line = sessions[i].lines.iter().zip(&flows[i]).find(|(_, of)| **of == event);
            SessionReport {
                session_id: sessions[i].id.to_owned(),
                lines: sessions[i].n_lines,
                first_seen: times().next(),
                last_seen: times().next_back(),
                anomaly_score: scores[i],
                is_outlier: scores[i] > threshold,
                reasons: reasons(&habits, &shown[i], &parts[i], templates),
                event: event as usize,
                line: line
                    .map_or(sessions[i].lines.last(), |(line, _)| Some(line))
                    .map_or(0, |line| *line as usize),
            }
        })
        .collect();
    reports.sort_by(|a, b| {
        b.anomaly_score.total_cmp(&a.anomaly_score).then_with(|| a.session_id.cmp(&b.session_id))
    });
    Sessions { reports, threshold }
}

/// The sessions of a request.
#[derive(Clone, Debug, Default)]
pub struct Sessions {
    /// One per session, the oddest first.
    pub reports: Vec<SessionReport>,
    /// Scores above it are outliers.
    pub threshold: f64,
}

impl Sessions {
    /// The odd ones, one finding for all whose first reason is the same, with the reasons of the oddest. A session's score
    /// is put on the scale of lines by their thresholds, that of the lines being in `report`. Where their event is a finding
    /// already, and all that is odd about them, they are none.
    #[must_use]
    pub fn findings(&self, report: &Report<'_>) -> Vec<Finding> {
        let mut alike: BTreeMap<(&str, usize), Vec<&SessionReport>> = BTreeMap::new();
        for session in self.reports.iter().filter(|session| session.is_outlier) {
            let reason = session.reasons.first().map_or("", |reason| reason.kind);
            alike.entry((reason, session.event)).or_default().push(session);
        }
        let line = |session: &SessionReport| -> &LineReport<'_> { &report.lines[session.line] };
        let of = |((_, event), sessions): ((&str, usize), Vec<&SessionReport>)| {
            let oddest = sessions[0];
            let mut reasons = oddest.reasons.clone();
            if let Some(first) = reasons.first_mut() {
                first.detail = format!("session {}: {}", oddest.session_id, first.detail);
            }
            Finding {
                kind: FindingKind::Session,
                event,
                level: sessions.iter().filter_map(|session| line(session).entry.level).max(),
                count: sessions.len(),
                score: (report.outlier_threshold * oddest.anomaly_score / self.threshold).min(MAX_SCORE),
                first_seen: sessions.iter().filter_map(|s| s.first_seen).min_by_key(Timestamp::instant),
                last_seen: sessions.iter().filter_map(|s| s.last_seen).max_by_key(Timestamp::instant),
                reasons,
                examples: sessions.iter().take(EXAMPLES).map(|session| line(session).log_id).collect(),
            }
        };
        let told: Vec<usize> = report.findings.iter().map(|finding| finding.event).collect();
        let is_told = |&(reason, event): &(&str, usize)| {
            reason == NAMES[Aspect::Event as usize] && told.contains(&event)
        };
        alike.into_iter().filter(|(why, _)| !is_told(why)).map(of).collect()
    }
}

/// The aspect that raises a score most, the first of several.
fn main_aspect(parts: &[f64; ASPECTS]) -> usize {
    (0..ASPECTS).fold(0, |main, aspect| if parts[aspect] > parts[main] { aspect } else { main })
}

fn group<'s, S: AsRef<str>>(
    texts: &'s [S],
    lines: &Lines<'_>,
    first_lines: &[u32],
    pattern: &regex::Regex,
) -> Vec<Session<'s>> {
    let mut number_of: FxHashMap<&str, usize> = FxHashMap::default();
    let mut sessions: Vec<Session<'_>> = Vec::new();
    // By first line of a record: its session, once it is known.
    let mut session_of: Vec<Option<u32>> = vec![None; texts.len()];
    for (line, text) in texts.iter().enumerate() {
        let first = first_lines[line] as usize;
        if let Some(number) = session_of[first] {
            sessions[number as usize].n_lines += 1;
            continue;
        }
        let Some(found) = pattern.captures(text.as_ref()) else { continue };
        let id = found.get(1).or_else(|| found.get(0));
        let Some(id) = id.filter(|id| !NO_ID.contains(&id.as_str())) else { continue };
        let number = *number_of.entry(id.as_str()).or_insert(sessions.len());
        if number == sessions.len() {
            sessions.push(Session { id: id.as_str(), lines: Vec::new(), n_lines: 0 });
        }
        // The lines of the record up to here belong to it as well.
        sessions[number].n_lines +=
            first_lines[first..=line].iter().filter(|of| **of as usize == first).count();
        sessions[number].lines.push(first as u32);
        session_of[first] = Some(number as u32);
    }
    let time = |line: u32| lines.entries[line as usize].timestamp.map(|t| t.civil);
    for session in &mut sessions {
        if !session.lines.is_sorted_by_key(|&line| time(line)) {
            session.lines.sort_by_key(|&line| (time(line), line));
        }
    }
    sessions
}

/// Each distinct event of a flow and how often it is there, sorted.
fn tally(flow: &[u32]) -> Vec<(u32, u32)> {
    let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
    for &event in flow {
        *counts.entry(event).or_default() += 1;
    }
    counts.into_iter().collect()
}

fn distinct_steps(flow: &[u32]) -> Vec<(u32, u32)> {
    let mut steps: Vec<(u32, u32)> = flow.windows(2).map(|pair| (pair[0], pair[1])).collect();
    steps.sort_unstable();
    steps.dedup();
    steps
}

impl Habits {
    fn of(flows: &[Vec<u32>]) -> Self {
        let mut habits = Self { sessions: flows.len() as f64, ..Self::default() };
        for flow in flows {
            let counts = tally(flow);
            for &(event, count) in &counts {
                *habits.events.entry(event).or_default() += 1;
                *habits.counts.entry((event, count)).or_default() += 1;
            }
            for step in distinct_steps(flow) {
                *habits.steps.entry(step).or_default() += 1;
            }
            *habits.sets.entry(counts.into_iter().map(|c| c.0).collect()).or_default() += 1;
            if let Some(&last) = flow.last() {
                *habits.ends.entry(last).or_default() += 1;
            }
        }
        let half = habits.sessions / 2.0;
        habits.common =
            habits.events.iter().filter(|(_, n)| f64::from(**n) > half).map(|(&event, _)| event).collect();
        habits.common.sort_unstable();
        habits
    }

    fn grade(&self, flow: &[u32]) -> [Shown; ASPECTS] {
        let counts = tally(flow);
        let set: Vec<u32> = counts.iter().map(|c| c.0).collect();
        let rare = |count: u32| rarity(f64::from(count), self.sessions);
        let mut shown = [Shown::default(); ASPECTS];
        let mut raise = |aspect: Aspect, nats: f64, event: u32, other: u32| {
            if nats > shown[aspect as usize].nats {
                shown[aspect as usize] = Shown { nats, event, other };
            }
        };
        for &(event, count) in &counts {
            raise(Aspect::Event, rare(self.events[&event]), event, 0);
            let among = f64::from(self.events[&event]);
            raise(Aspect::Count, rarity(f64::from(self.counts[&(event, count)]), among), event, count);
        }
        for step in distinct_steps(flow) {
            raise(Aspect::Step, rare(self.steps[&step]), step.0, step.1);
        }
        let rarest = counts.iter().map(|c| c.0).min_by_key(|event| self.events[event]).unwrap_or(0);
        raise(Aspect::Set, rare(self.sets[&set]), rarest, 0);
        if let Some(&last) = flow.last() {
            raise(Aspect::End, rare(self.ends[&last]), last, 0);
        }
        let missing: Vec<u32> =
            self.common.iter().copied().filter(|event| set.binary_search(event).is_err()).collect();
        let without = |event: &u32| rarity(self.sessions - f64::from(self.events[event]), self.sessions);
        if let Some(&most) = missing.iter().max_by(|a, b| without(a).total_cmp(&without(b))) {
            raise(Aspect::Missing, missing.iter().map(without).sum(), most, missing.len() as u32);
        }
        shown
    }
}

fn medians(shown: &[[Shown; ASPECTS]]) -> [f64; ASPECTS] {
    std::array::from_fn(|aspect| {
        let mut nats: Vec<f64> = shown.iter().map(|s| s[aspect].nats).collect();
        nats.sort_by(f64::total_cmp);
        nats.get(nats.len() / 2).copied().unwrap_or(0.0)
    })
}

fn scaled(shown: &[Shown; ASPECTS], usual: &[f64; ASPECTS]) -> [f64; ASPECTS] {
    std::array::from_fn(|i| ((shown[i].nats - usual[i]) / (SCALE[i] - usual[i]).max(1.0)).clamp(0.0, 1.0))
}

fn reasons(
    habits: &Habits,
    shown: &[Shown; ASPECTS],
    parts: &[f64; ASPECTS],
    templates: &[&str],
) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = (0..ASPECTS)
        .filter(|&i| parts[i] > 0.0)
        .map(|i| Reason {
            kind: NAMES[i],
            contribution: parts[i] / ASPECTS as f64,
            detail: detail(habits, i, &shown[i], templates),
        })
        .collect();
    reasons.sort_by(|a, b| b.contribution.total_cmp(&a.contribution));
    reasons
}

fn detail(habits: &Habits, aspect: usize, shown: &Shown, templates: &[&str]) -> String {
    let (event, all) = (shown.event, habits.sessions);
    let name = templates.get(event as usize).copied().unwrap_or_default();
    let of = |count: u32| format!("{count} of {all:.0} sessions");
    match NAMES[aspect] {
        "rare_event" => format!("it holds `{name}`, as do {}", of(habits.events[&event])),
        "rare_step" => {
            let next = templates.get(shown.other as usize).copied().unwrap_or_default();
            if shown.other == event {
                return format!("`{name}` follows on itself, as in {}", of(habits.steps[&(event, event)]));
            }
            format!("`{next}` follows on `{name}`, as in {}", of(habits.steps[&(event, shown.other)]))
        }
        "rare_end" => format!("it ends with `{name}`, as do {}", of(habits.ends[&event])),
        "rare_count" => format!(
            "it holds `{name}` {} times, as do {} of the {} sessions that hold it",
            shown.other,
            habits.counts[&(event, shown.other)],
            habits.events[&event]
        ),
        "missing_events" => {
            let hold = of(habits.events[&event]);
            match shown.other {
                1 => format!("`{name}` is missing, which {hold} hold"),
                n => format!("{n} usual events are missing, first of all `{name}`, which {hold} hold"),
            }
        }
        _ => "few sessions hold this set of events".to_owned(),
    }
}
