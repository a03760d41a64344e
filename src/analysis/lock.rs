//! A lockfile for logs: which events a log holds, how bad they are and how often they come, in a text to keep beside the
//! code that writes the log.
//!
//! In: the states of one or more logs, or a text. Out: a [`Lock`], its text, and what another log changes in it. The text
//! holds templates alone, so no name, address or secret that was filled in. What comes now and then is no change: see
//! [`Rate`].

mod changes;
mod matching;
mod rate;
mod text;

use std::collections::BTreeMap;

use crate::entry::Level;
use crate::state::State;

pub use changes::{LockChange, LockChangeKind};
pub use rate::Rate;
pub use text::LockError;

use super::columns::Messages;
use super::fit::{mine_whole, sum_by_event, totals, worst_level};
use crate::features::evidence::Window;
use rate::Counts;

/// The events of a log, one line of the file each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// Hours in which the logs that it was made of hold a line; 0 where those were short runs.
    hours: u64,
    /// By template.
    events: Vec<LockedEvent>,
    /// Comments, each by the template that it stands above: nothing for the top of the file, [`FOOT`] for its end.
    comments: BTreeMap<String, Vec<String>>,
}

/// Behind every template.
const FOOT: &str = "\u{10ffff}";

/// One event as the file keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedEvent {
    /// Stable id: a hash of the template.
    pub id: u64,
    /// The most serious level of its lines.
    pub level: Option<Level>,
    /// How often it comes.
    pub rate: Rate,
    /// Constant words as they are, variables as `<*>`.
    pub template: String,
}

/// The events of one or more logs, counted, to make a [`Lock`] of or to hold against one.
#[derive(Clone, Debug)]
pub struct Observed {
    /// Lines of all logs.
    lines: u64,
    /// Hours that hold a line, of each log.
    hours: u64,
    /// Whether the logs are of something that goes on.
    is_long: bool,
    /// In order of their templates.
    events: Vec<(LockedEvent, Counts)>,
}

impl Observed {
    /// Finds the events of `logs` together, so that what is filled in in one of them is a variable in all. Each log is a
    /// run of its own: what comes in every one of at least [`Rate::RUNS`] is expected in the next, where they are short. Logs
    /// of a quarter of a day and more are of something that goes on: there each hour is a sample of what may come.
    ///
    /// Cost: that of mining the sum of the logs.
    #[must_use]
    pub fn of(logs: &[State]) -> Self {
        let mut all = State::default();
        logs.iter().for_each(|log| all.merge(log.clone()));
        // Of a short log no columns are learnt, and it would differ from the file in every line.
        let templates = mine_whole(&all);
        // Minutes tell what comes all the time from what comes in bursts, in a log of any length.
        let of_minutes = totals(&all, Window::Minute).windows;
        let of_hours = totals(&all, Window::Hour).windows;
        let is_long = logs.iter().any(|log| hours_spanned(log) >= LONG_HOURS);
        let mut runs = vec![0; templates.events().len()];
        for log in logs {
            let mut held = vec![false; runs.len()];
            let keys = log.slices().values().flat_map(|slice| slice.cells.keys());
            keys.filter_map(|key| templates.event_of(*key)).for_each(|event| held[event] = true);
            runs.iter_mut().zip(held).for_each(|(runs, held)| *runs += usize::from(held));
        }
        let n_runs = logs.iter().filter(|log| log.lines() > 0).count();
        let sums = sum_by_event(&all, &Messages::new(), &templates, Window::Minute);
        let by_hour = sum_by_event(&all, &Messages::new(), &templates, Window::Hour);
        let lines = all.lines();
        let events = templates.events().iter().zip(sums.iter().zip(&by_hour)).zip(&runs);
        let events = events.map(|((template, (sum, by_hour)), runs)| {
            let counts = Counts {
                lines: sum.lines,
                of: lines,
                minutes: sum.windows,
                of_minutes,
                hours: by_hour.windows,
                of_hours,
                is_in_every_run: *runs == n_runs && n_runs >= Rate::RUNS && !is_long,
                is_long,
            };
            let event = LockedEvent {
                id: template.id,
                level: worst_level(&sum.levels),
                rate: Rate::of(&counts),
                template: template.text.clone(),
            };
            (event, counts)
        });
        let hours = |log: &State| log.slices().values().map(|slice| slice.minutes.hours()).sum::<u64>();
        Self { lines, hours: logs.iter().map(hours).sum(), is_long, events: events.collect() }
    }

    /// Lines of all logs.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// The file that would be written of them.
    #[must_use]
    pub fn lock(&self) -> Lock {
        let hours = if self.is_long { self.hours } else { 0 };
        Lock::new(hours, self.events.iter().map(|(event, _)| event.clone()).collect(), BTreeMap::new())
    }
}

/// Hours from the first line of a log to its last from which on it is of something that goes on, and no run of a program.
const LONG_HOURS: u64 = 6;

fn hours_spanned(log: &State) -> u64 {
    let timed: Vec<u64> =
        log.slices().values().map(|slice| slice.minutes.hours_spanned()).filter(|hours| *hours > 0).collect();
    // Over midnight it may have been an hour.
    if timed.len() > 2 { 24 * timed.len() as u64 } else { timed.iter().sum() }
}

impl Lock {
    fn new(hours: u64, mut events: Vec<LockedEvent>, comments: BTreeMap<String, Vec<String>>) -> Self {
        events.sort_by(|a, b| (&a.template, a.id).cmp(&(&b.template, b.id)));
        events.dedup_by(|next, kept| {
            let same = next.template == kept.template;
            if same {
                (kept.level, kept.rate) = (kept.level.max(next.level), kept.rate.max(next.rate));
            }
            same
        });
        Self { hours, events, comments }
    }

    /// Its events, by template.
    #[must_use]
    pub fn events(&self) -> &[LockedEvent] {
        &self.events
    }
}
