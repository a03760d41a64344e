//! What is different between two logs: the events that are new, gone, more or less frequent, and the parameters that
//! left what was usual.
//!
//! In: a baseline (lines, or the state of a model) and lines. Out: a [`Comparison`], most telling first. Both sides are
//! read alike and mined together, so that one kind of line has one template on both. There is no threshold to set.
//!
//! Lines are counted one by one, as training does; the differences within one kind of record, as the frames of a new
//! stack trace, are told as one.

mod codes;
mod findings;
mod levels;
mod parameters;
mod records;
mod shifts;
mod shown;
mod side;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::entry::{Level, Timestamp};
use crate::report::Reason;
use crate::state::State;
use crate::tokenize::Rules;

use super::fit::mine;
use super::read::Lines;
use super::reading::{Reading, ReferenceTimes};
use findings::findings;
pub use shown::PARTS;
use shown::show;
use side::Side;

/// What `logs` are compared with.
#[derive(Debug)]
pub enum Baseline<'b, S> {
    /// Lines.
    Lines {
        /// As they are.
        texts: &'b [S],
        /// What their times without a year are read against; all else is read as in the new log.
        reference_times: ReferenceTimes,
    },
    /// What a model learnt. It keeps no words of variables, so those are not compared.
    Model {
        /// The sums of its lines.
        state: State,
        /// What its owner takes for filled in.
        rules: Arc<Rules>,
    },
}

/// How an event differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// The baseline does not hold it.
    New,
    /// A number left its usual range, words stand in it that the baseline never showed, or its level is another.
    Parameter,
    /// It comes more often.
    More,
    /// It comes less often.
    Less,
    /// Only the baseline holds it.
    Gone,
}

impl ChangeKind {
    /// The kind's name, as replies give it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Parameter => "parameter",
            Self::More => "more",
            Self::Less => "less",
            Self::Gone => "gone",
        }
    }
}

/// One difference.
#[derive(Clone, Debug)]
pub struct Change {
    /// How the event differs.
    pub kind: ChangeKind,
    /// Stable id of the event.
    pub event_id: u64,
    /// Its template.
    pub template: String,
    /// The most serious level of its lines: of the new log, or for what is gone of the baseline.
    pub level: Option<Level>,
    /// Lines of the new log that it is about; for a parameter those that show it.
    pub count: usize,
    /// Lines of the event in the baseline.
    pub count_before: u64,
    /// Lines of the event in the new log.
    pub count_after: u64,
    /// `log₂` of the rate after over the rate before, the length of the logs allowed for: 1 is twice as often.
    pub effect: f64,
    /// Chance of such a change of frequency in logs that do not differ, corrected for the number of events.
    pub p_value: f64,
    /// What is different, for a person.
    pub detail: String,
    /// In `[0, 2]`; higher is more telling.
    pub score: f64,
    /// Whether a build should fail over it: a new event, more of something bad, a worse level, a number above its range,
    /// unseen words of trouble.
    pub is_worse: bool,
    /// Earliest time among the lines.
    pub first_seen: Option<Timestamp>,
    /// Latest time among the lines.
    pub last_seen: Option<Timestamp>,
    /// What the score is made of, biggest first.
    pub reasons: Vec<Reason>,
    /// Indices of the first lines in the new log, at most three.
    pub examples: Vec<usize>,
    /// Lines of its event in each of [`PARTS`] equal parts of the baseline and of the new log; nothing for a model, which
    /// keeps no lines.
    pub parts: [Vec<u32>; 2],
}

/// Counts of one side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SideStatistics {
    /// Lines.
    pub lines: u64,
    /// Distinct events.
    pub events: usize,
    /// Lines by level.
    pub levels: BTreeMap<Level, u64>,
    /// Lines without a level.
    pub lines_without_level: u64,
    /// Earliest and latest time; `None` also for a model, which keeps days and minutes only.
    pub time_range: Option<(Timestamp, Timestamp)>,
}

/// All differences of two logs.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Most telling first.
    pub findings: Vec<Change>,
    /// The baseline.
    pub before: SideStatistics,
    /// The new log.
    pub after: SideStatistics,
    /// Whether the [`Change::parts`] of the baseline and of the new log are of time; else they are of lines.
    pub by_time: [bool; 2],
}

/// Compares `texts` with a baseline. Learns nothing; the same input gives the same result on any number of threads.
///
/// Both sides are read by `reading`, and with the rules of the model where one is the baseline.
///
/// Cost: that of reading and mining both sides.
#[must_use]
pub fn compare<B: AsRef<str> + Sync, S: AsRef<str> + Sync>(
    baseline: Baseline<'_, B>,
    texts: &[S],
    reading: &Reading,
) -> Comparison {
    let (before_state, mut before_log, rules) = match baseline {
        Baseline::Lines { texts, reference_times } => {
            let log = Log::read(texts, &Rules::none(), &Reading { reference_times, ..reading.clone() });
            (log.lines.state(), Some(log), Arc::default())
        }
        Baseline::Model { state, rules } => (state, None, rules),
    };
    let mut log = Log::read(texts, &rules, reading);
    let after_state = log.lines.state();
    let mut both = after_state.clone();
    both.merge(before_state.clone());
    let (columns, messages, templates) = mine(&both);
    for log in before_log.iter_mut().chain([&mut log]) {
        log.lines.take_columns(&columns);
    }
    let before = Side::new(&before_state, before_log.as_ref(), &messages, &templates);
    let after = Side::new(&after_state, Some(&log), &messages, &templates);
    let statistics = (before.statistics(&before_state), after.statistics(&after_state));
    let mut findings = findings(&templates, &before, &after, &log.lines);
    let by_time = show(&mut findings, &templates, [(&before, &statistics.0), (&after, &statistics.1)]);
    Comparison { findings, before: statistics.0, after: statistics.1, by_time }
}

/// The lines of one side, and which of them go on with another.
struct Log<'a> {
    lines: Lines<'a>,
    first_lines: Vec<u32>,
}

impl<'a> Log<'a> {
    fn read<S: AsRef<str> + Sync>(texts: &'a [S], rules: &Rules, reading: &Reading) -> Self {
        let mut lines = Lines::read_with(texts, rules);
        reading.assume(&mut lines.entries);
        let first_lines = reading.first_lines(texts, &lines.entries);
        Self { lines, first_lines }
    }
}
