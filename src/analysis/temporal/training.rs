//! What is new against training, and what training held and is not here.

use std::collections::BTreeSet;

use super::clock::Clock;
use super::counts::better_clocks;
use super::{Event, FALSE_ALARMS};
use crate::analysis::judge::Judge;
use crate::report::{EventReport, GoneEvent, LineReport, NOISE};

/// An event that training should have shown, at its rate here.
pub(super) struct New<'e> {
    pub(super) event: usize,
    pub(super) times: &'e Event,
    /// Lines that training should have held.
    pub(super) expected: f64,
}

/// An event that should have come, at its rate in training.
pub(super) struct Missing {
    /// Its place behind the events of the request.
    pub(super) event: usize,
    pub(super) report: EventReport,
    pub(super) trained_lines: u64,
    /// Lines that should have come.
    pub(super) expected: f64,
}

/// Both.
#[derive(Default)]
pub(super) struct Against<'e> {
    pub(super) new: Vec<New<'e>>,
    pub(super) missing: Vec<Missing>,
    /// All events of training that are not here, most frequent in training first.
    pub(super) gone: Vec<GoneEvent>,
}

/// The events that training never saw.
pub(super) fn unseen(judge: &Judge<'_>, lines: &[LineReport<'_>]) -> Vec<usize> {
    let here: BTreeSet<usize> = lines.iter().map(|line| line.event).collect();
    here.into_iter().filter(|&event| judge.events()[event].known.is_none()).collect()
}

/// Which events are here or in training alone, where that is no chance.
///
/// Of `n` lines that may as well be in either, all are in the one with a share `s` of all lines with a chance of
/// `sⁿ`; of an event that comes in clumps, `n/φ` of them. In training those are the windows that hold it. So a few lines
/// of a new event are no finding here: a new kind of line is to be expected now and then, and the forest says how odd it is.
pub(super) fn against<'e>(
    judge: &Judge<'_>,
    events: &'e [Event],
    clock: &Clock,
    n_events: usize,
) -> Against<'e> {
    let fit = judge.fit();
    let (trained, here) = (fit.anomaly.totals.lines as f64, clock.total());
    let known: BTreeSet<usize> = judge.events().iter().filter_map(|event| event.known).collect();
    let tests = events.len() + fit.events().len();
    let bound = (FALSE_ALARMS / tests as f64).ln();
    let is_told = |n: f64, share: f64| n * share.ln() <= bound;
    let new = events.iter().filter(|event| judge.events()[event.event].known.is_none()).filter_map(|event| {
        let n = event.times.len() as f64;
        let nowhere = event.counts.of().first().map_or(0, |(bin, _)| *bin);
        let clocks = better_clocks(&event.counts, clock, &clock.bins(), &(nowhere..nowhere));
        let dispersion = clocks.into_iter().map(|(_, dispersion)| dispersion).fold(1.0, f64::max);
        let is_told = is_told(n / dispersion, here / (here + trained));
        is_told.then_some(New { event: event.event, times: event, expected: n * trained / here })
    });
    let gone =
        || (fit.events().iter().zip(&fit.anomaly.evidence).enumerate()).filter(|(i, _)| !known.contains(i));
    let missed = gone().filter(|(_, (_, evidence))| {
        is_told(evidence.windows.min(evidence.lines) as f64, trained / (here + trained))
    });
    let missing = missed.enumerate().map(|(place, (known, (event, evidence)))| Missing {
        event: n_events + place,
        report: EventReport {
            event_id: event.id,
            template: event.text.clone(),
            count: 0,
            pattern_id: fit.pattern.patterns.get(known).copied().unwrap_or(NOISE),
            unseen: false,
            nearest: None,
        },
        trained_lines: evidence.lines,
        expected: evidence.lines as f64 * here / trained.max(1.0),
    });
    let mut all: Vec<GoneEvent> = gone()
        .map(|(_, (event, evidence))| GoneEvent {
            event_id: event.id,
            template: event.text.clone(),
            trained_lines: evidence.lines,
        })
        .collect();
    all.sort_by(|a, b| b.trained_lines.cmp(&a.trained_lines).then_with(|| a.template.cmp(&b.template)));
    Against { new: new.collect(), missing: missing.collect(), gone: all }
}
