//! One of the two logs: how often each event came, and how evenly.

use rustc_hash::FxHashMap;

use super::{Log, SideStatistics};
use crate::analysis::columns::Messages;
use crate::analysis::fit::{EventSums, sum_by_event, totals, window_of};
use crate::analysis::read::Lines;
use crate::analysis::summary::Tally;
use crate::entry::Level;
use crate::features::rarity::concentration;
use crate::state::State;
use crate::template::Templates;

/// Parts that a log is cut into, to see how evenly an event comes. More parts see shorter bursts.
const PARTS_MAX: usize = 200;

/// Lines of a part at least.
const PART_LINES: usize = 16;

/// The sums of one log, by joint event.
pub(super) struct Side<'l> {
    pub(super) sums: Vec<EventSums>,
    /// How many times more variable the counts are than Poisson's, at least 1.
    pub(super) dispersion: Vec<f64>,
    /// By line: its event; `None` for one that the cap on sequences left out.
    pub(super) events: Vec<Option<u32>>,
    pub(super) lines: Option<&'l Lines<'l>>,
    pub(super) tallies: Vec<Tally>,
    /// By event: where its first line stands, if each goes on with another.
    within: Vec<Option<Within>>,
}

/// A line within a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Within {
    /// How many lines down it stands, from 1.
    pub(super) number: usize,
    /// The event of the first line.
    pub(super) host: u32,
}

impl<'l> Side<'l> {
    pub(super) fn new(
        state: &State,
        log: Option<&'l Log<'l>>,
        messages: &Messages,
        templates: &Templates,
    ) -> Self {
        let window = window_of(state);
        let sums = sum_by_event(state, messages, templates, window);
        let mut tallies = vec![Tally::default(); sums.len()];
        let Some(log) = log else {
            let windows = totals(state, window).windows as f64;
            let uneven =
                |sum: &EventSums| concentration(sum.lines as f64, windows, sum.windows as f64).exp().max(1.0);
            let dispersion = sums.iter().map(uneven).collect();
            let within = vec![None; sums.len()];
            return Self { dispersion, sums, events: Vec::new(), lines: None, tallies, within };
        };
        let lines = &log.lines;
        let events: Vec<Option<u32>> =
            lines.records.iter().map(|r| templates.event_of(r.key).map(|event| event as u32)).collect();
        for (i, event) in events.iter().enumerate() {
            if let Some(event) = event {
                tallies[*event as usize].add(i, &lines.entries[i]);
            }
        }
        let within = within(&events, &log.first_lines, sums.len());
        Self {
            dispersion: dispersion(&events, sums.len()),
            sums,
            events,
            lines: Some(lines),
            tallies,
            within,
        }
    }

    /// Where the first line of an event stands, of which no line begins a record.
    pub(super) fn within(&self, event: usize) -> Option<Within> {
        self.within[event]
    }

    pub(super) fn count(&self, event: usize) -> u64 {
        self.sums[event].lines
    }

    pub(super) fn statistics(&self, state: &State) -> SideStatistics {
        let mut levels = [0; Level::ALL.len() + 1];
        for slice in state.slices().values() {
            levels.iter_mut().zip(slice.levels).for_each(|(sum, count)| *sum += count);
        }
        let mut all = Tally::default();
        self.tallies.iter().for_each(|tally| all.merge(tally));
        SideStatistics {
            lines: state.lines(),
            events: self.sums.iter().filter(|sum| sum.lines > 0).count(),
            levels: Level::ALL.into_iter().zip(levels).filter(|(_, count)| *count > 0).collect(),
            lines_without_level: levels[Level::ALL.len()],
            time_range: all.first_seen.zip(all.last_seen),
        }
    }
}

fn within(events: &[Option<u32>], first_lines: &[u32], n_events: usize) -> Vec<Option<Within>> {
    let mut within = vec![None; n_events];
    let mut begins_record = vec![false; n_events];
    for (line, event) in events.iter().enumerate() {
        let Some(event) = event.map(|event| event as usize) else { continue };
        let first = first_lines[line] as usize;
        begins_record[event] |= first == line;
        if let (None, Some(host)) = (within[event], events[first]) {
            within[event] = Some(Within { number: line - first + 1, host });
        }
    }
    within.iter_mut().zip(begins_record).filter(|(_, begins)| *begins).for_each(|(within, _)| *within = None);
    within
}

/// By event: the variance of its counts in equal parts of the log over their mean, at least 1; 1 is Poisson, and what
/// comes in one burst of `n` lines has about `n`.
fn dispersion(events: &[Option<u32>], n_events: usize) -> Vec<f64> {
    let parts = (events.len() / PART_LINES).clamp(1, PARTS_MAX);
    if parts == 1 {
        return vec![1.0; n_events];
    }
    let mut sums = vec![(0_u64, 0_u64); n_events];
    let mut in_part: FxHashMap<u32, u64> = FxHashMap::default();
    for part in 0..parts {
        let range = events.len() * part / parts..events.len() * (part + 1) / parts;
        for event in events[range].iter().flatten() {
            *in_part.entry(*event).or_default() += 1;
        }
        #[expect(clippy::iter_over_hash_type, reason = "integer sums do not depend on the order")]
        for (event, count) in in_part.drain() {
            let (sum, squares) = &mut sums[event as usize];
            *sum += count;
            *squares += count * count;
        }
    }
    let n = parts as f64;
    sums.into_iter()
        .map(|(sum, squares)| {
            let mean = sum as f64 / n;
            if sum == 0 { 1.0 } else { ((squares as f64 / mean - sum as f64) / (n - 1.0)).max(1.0) }
        })
        .collect()
}

/// How much longer the new log is: the median, over the events of both, of their ratio of counts.
///
/// A median, because a burst of one event makes the whole log longer and would make every other event look rarer. With
/// fewer than `MIN_SHARED` such events, the ratio of lines.
///
/// Source: the size factors of Anders, Huber, "Differential expression analysis for sequence count data", Genome
/// Biology 2010.
pub(super) fn exposure_ratio(before: &Side<'_>, after: &Side<'_>) -> f64 {
    let mut ratios: Vec<f64> = (before.sums.iter().zip(&after.sums))
        .filter(|(b, a)| b.lines >= SHARED_LINES && a.lines >= SHARED_LINES)
        .map(|(b, a)| a.lines as f64 / b.lines as f64)
        .collect();
    if ratios.len() < MIN_SHARED {
        let lines = |side: &Side<'_>| side.sums.iter().map(|sum| sum.lines).sum::<u64>().max(1) as f64;
        return lines(after) / lines(before);
    }
    ratios.sort_by(f64::total_cmp);
    let half = ratios.len() / 2;
    if ratios.len() % 2 == 1 { ratios[half] } else { (ratios[half - 1] * ratios[half]).sqrt() }
}

/// How many times as many lines an event that is on both sides has in the new log.
pub(super) fn exposure_of_event(before: &Side<'_>, after: &Side<'_>, event: usize) -> f64 {
    after.count(event) as f64 / before.count(event).max(1) as f64
}

/// Lines of an event on each side for its ratio to say something.
const SHARED_LINES: u64 = 5;

/// Events on both sides for their median to be steadier than the ratio of lines.
const MIN_SHARED: usize = 5;

#[cfg(test)]
mod tests {
    use super::dispersion;

    #[test]
    fn a_burst_of_thirty_lines_is_one_event_of_thirty() {
        // 640 lines are 40 parts of 16; event 1 fills the first two but for two lines: (16, 14), mean 0.75
        let events: Vec<Option<u32>> = (0..640).map(|i| Some(u32::from(i < 30))).collect();
        let burst = dispersion(&events, 2)[1];
        // ((16² + 14²)/0.75 − 30) / 39 = 14.68
        assert!((burst - 14.68).abs() < 0.01, "{burst}");
    }

    #[test]
    fn what_comes_evenly_has_dispersion_one() {
        let events: Vec<Option<u32>> = (0..640).map(|i| Some(u32::from(i % 8 == 0))).collect();
        assert_eq!(dispersion(&events, 2), [1.0, 1.0]);
    }
}
