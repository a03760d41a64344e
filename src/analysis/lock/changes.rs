//! What a log changes in a lockfile, and the file that accepts it.

use std::collections::{BTreeMap, BTreeSet};

use super::matching::{Match, Matches, weight};
use super::rate::Counts;
use super::{Lock, LockedEvent, Observed, Rate};
use crate::entry::Level;
use crate::features::severity::severity_factor;
use crate::features::significance::RateChange;

/// How an event differs from the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockChangeKind {
    /// The file does not hold it.
    New,
    /// It has a more serious level than in the file.
    Level,
    /// It comes far more or far less often.
    Rate,
    /// The file holds it, and the log should and does not.
    Gone,
}

/// One difference between a file and a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockChange {
    /// How the event differs.
    pub kind: LockChangeKind,
    /// The line of the file; `None` for what is new.
    pub before: Option<LockedEvent>,
    /// The line that accepts it; `None` for what is gone.
    pub after: Option<LockedEvent>,
    /// Its lines in the log.
    pub lines: u64,
}

impl LockChange {
    /// The event: as the log has it, or for what is gone as the file does.
    #[must_use]
    pub fn event(&self) -> &LockedEvent {
        self.after.as_ref().or(self.before.as_ref()).expect("a change has a side")
    }
}

impl Lock {
    /// What the log changes: new first, then worse levels, rates and what is gone, each by template.
    ///
    /// An event of the log is that of the file with the same template, or where one of the two templates covers the
    /// other. What is [`Rate::Any`] or [`Rate::Once`] is never gone, and new events that are no more than
    /// [`Lock::expected`] are no change. Cost: linear in both, and in their product where no templates are equal and
    /// all begin alike.
    #[must_use]
    pub fn changes(&self, log: &Observed) -> Vec<LockChange> {
        let matches = Matches::new(self, log);
        let (mut changes, _) = self.new_and_expected(log, &matches);
        let tests = self.events.len();
        // One that stands for several lines of the file has the worst level of all of them.
        let mut levels: BTreeMap<usize, Option<Level>> = BTreeMap::new();
        for (before, of_log) in self.events.iter().zip(matches.of_lock()) {
            for event in &of_log.wider {
                let level = levels.entry(*event).or_default();
                *level = (*level).max(before.level);
            }
        }
        for (before, of_log) in self.events.iter().zip(matches.of_lock()) {
            let joint = of_log.wider.iter().map(|event| levels[event]).max().flatten();
            changes.extend(of_event(before, before.level.max(joint), of_log, log, tests));
        }
        changes.sort_by(|a, b| (a.kind, &a.event().template).cmp(&(b.kind, &b.event().template)));
        changes
    }

    /// The new events of a log that are no more than the file lets expect.
    ///
    /// A log that goes on brings something new now and then: as many new events an hour as those that came
    /// [`Rate::Once`], where the logs of the file had hours enough to tell. So many are no change, unless they come all the time;
    /// of what speaks of trouble and of the rest apart.
    ///
    /// Source: Good, "The population frequencies of species and the estimation of population parameters", Biometrika 1953,
    /// with hours as samples; the test is [`RateChange`].
    #[must_use]
    pub fn expected(&self, log: &Observed) -> Vec<LockChange> {
        self.new_and_expected(log, &Matches::new(self, log)).1
    }

    fn new_and_expected(&self, log: &Observed, matches: &Matches) -> (Vec<LockChange>, Vec<LockChange>) {
        let new = matches.unknown().map(|event| LockChange {
            kind: LockChangeKind::New,
            before: None,
            after: Some(log.events[event].0.clone()),
            lines: log.events[event].1.lines,
        });
        let (seldom, mut told): (Vec<_>, Vec<_>) = new.partition(|new| !new.event().rate.is_steady());
        let mut expected = Vec::new();
        let (worse, others): (Vec<_>, Vec<_>) = seldom.into_iter().partition(|new| is_trouble(new.event()));
        for (new, trouble) in [(worse, true), (others, false)] {
            let once =
                self.events.iter().filter(|event| event.rate == Rate::Once && is_trouble(event) == trouble);
            let n_once = once.count() as u64;
            // Trouble of which the file has none is always a change.
            let may_come = self.hours > 0 && log.hours > 0 && !(trouble && n_once == 0);
            let is_usual = may_come && {
                let ratio = log.hours as f64 / self.hours as f64;
                let change = RateChange::of(n_once, new.len() as u64, ratio, 1.0);
                change.effect <= 0.0 || change.p_value > UNUSUAL
            };
            if is_usual { expected.extend(new) } else { told.extend(new) }
        }
        (told, expected)
    }

    /// The file that accepts all [`changes`](Self::changes) of a log and is otherwise the same, so that its difference is
    /// what they say; but a template that has become more general takes the place of those that it covers.
    #[must_use]
    pub fn updated(&self, log: &Observed) -> Self {
        let mut lock = self.accepting(log);
        // A template that has come to stand for several is judged as one only now.
        for _ in 0..ROUNDS {
            if lock.changes(log).is_empty() {
                break;
            }
            lock = lock.accepting(log);
        }
        lock
    }

    fn accepting(&self, log: &Observed) -> Self {
        let changes = self.changes(log);
        let changed: BTreeSet<&str> =
            changes.iter().filter_map(|change| Some(change.before.as_ref()?.template.as_str())).collect();
        let matches = Matches::new(self, log);
        let mut events: Vec<LockedEvent> = Vec::new();
        for (before, of_log) in self.events.iter().zip(matches.of_lock()) {
            if !changed.contains(before.template.as_str()) {
                events.push(named_as(before.clone(), of_log, log));
            }
        }
        events.extend(changes.into_iter().filter_map(|change| change.after));
        Self::new(self.hours, events, self.comments.clone())
    }
}

/// Chance of as many new events, where the log brings no more than before, from which on they are a change.
const UNUSUAL: f64 = 0.01;

/// Whether an event says that something is wrong, by its level or its words.
fn is_trouble(event: &LockedEvent) -> bool {
    severity_factor(event.level, weight(&event.template), 0.0) > 1.0
}

/// Times that a file is made to accept a log at most; the second is the last that changes anything in what was seen.
const ROUNDS: usize = 4;

/// The line of the file, under the name of the event that stands for it and more, if there is one.
fn named_as(line: LockedEvent, of_log: &Match, log: &Observed) -> LockedEvent {
    match of_log.wider.first() {
        Some(&event) => {
            let LockedEvent { id, template, .. } = log.events[event].0.clone();
            LockedEvent { id, template, ..line }
        }
        None => line,
    }
}

/// How one event of the file differs; `usual` is the worst level that it, or what it has become one with, has there.
fn of_event(
    before: &LockedEvent,
    usual: Option<Level>,
    of_log: &Match,
    log: &Observed,
    tests: usize,
) -> Option<LockChange> {
    let mut counts = Counts { of: log.lines, ..Counts::default() };
    // Of one that is counted as another line the lines are told, and nothing is made of their number.
    let uncounted = of_log.wider.iter().copied().find(|event| !of_log.events.contains(event));
    for event in of_log.events.iter().copied().chain(uncounted) {
        let of = &log.events[event].1;
        counts.lines += of.lines;
        counts.minutes += of.minutes;
        counts.hours += of.hours;
        (counts.of_minutes, counts.of_hours, counts.is_long) = (of.of_minutes, of.of_hours, of.is_long);
    }
    let change = |kind, after| LockChange { kind, before: Some(before.clone()), after, lines: counts.lines };
    if of_log.all().next().is_none() {
        return before.rate.is_missed(log.lines, tests).then(|| change(LockChangeKind::Gone, None));
    }
    let level = of_log.all().filter_map(|event| log.events[event].0.level).max();
    // What stands for more than the line may come more often than it did, and that says nothing.
    let rate = before
        .rate
        .changed(&counts, tests)
        .filter(|rate| uncounted.is_none() && (of_log.wider.is_empty() || *rate < before.rate));
    let is_worse = level > usual && level >= Some(Level::Warn);
    let kind = match (is_worse, rate) {
        (true, _) => LockChangeKind::Level,
        (false, Some(_)) => LockChangeKind::Rate,
        (false, None) => return None,
    };
    let mut after = named_as(before.clone(), of_log, log);
    after.level = if is_worse { level } else { before.level };
    after.rate = rate.unwrap_or(Rate::Any).max(if rate.is_none() { before.rate } else { Rate::Any });
    Some(change(kind, Some(after)))
}
