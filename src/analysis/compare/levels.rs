//! Levels of known events: one that was INFO and is ERROR now, or ERROR more often than it was.

use super::side::{Side, exposure_of_event};
use crate::analysis::read::Lines;
use crate::entry::Level;
use crate::features::significance::{RateChange, benjamini_hochberg};
use crate::state::LevelCounts;

/// The levels that speak of trouble, the worst first.
const GRAVE: [Level; 3] = [Level::Fatal, Level::Error, Level::Warn];

/// How the lines of an event that have a level or a worse one differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct LevelChange {
    /// The level.
    pub(super) level: Level,
    /// Such lines of the baseline.
    pub(super) before: u64,
    /// Such lines of the new log.
    pub(super) after: u64,
    /// `log₂` of the share after over the share before.
    pub(super) effect: f64,
    /// Chance of it where the shares are the same, corrected for the number of events and levels.
    p_value: f64,
}

impl LevelChange {
    /// Whether more of the lines are bad.
    pub(super) fn is_rise(&self) -> bool {
        self.effect > 0.0
    }
}

/// By joint event of both sides: the worst level that the baseline's lines never had or have it more often by now; where
/// there is none, the worst that they have less often. A rate counts with a chance up to `false_discoveries` and an effect
/// from `min_effect` on; a level that is new counts whatever the number of its lines, as a new event does.
pub(super) fn level_changes(
    before: &Side<'_>,
    after: &Side<'_>,
    false_discoveries: f64,
    min_effect: f64,
) -> Vec<Option<LevelChange>> {
    let mut tests: Vec<(usize, LevelChange)> = Vec::new();
    for event in 0..before.sums.len() {
        let (b, a) = (&before.sums[event].levels, &after.sums[event].levels);
        if before.count(event) == 0 || after.count(event) == 0 {
            continue;
        }
        let dispersion = before.dispersion[event].max(after.dispersion[event]);
        for level in GRAVE {
            let (b, a) = (lines_from(b, level), lines_from(a, level));
            if b + a > 0 {
                let rate = RateChange::of(b, a, exposure_of_event(before, after, event), dispersion);
                let RateChange { effect, p_value } = rate;
                tests.push((event, LevelChange { level, before: b, after: a, effect, p_value }));
            }
        }
    }
    let p_values: Vec<f64> = tests.iter().map(|(_, test)| test.p_value).collect();
    for ((_, test), p_value) in tests.iter_mut().zip(benjamini_hochberg(&p_values)) {
        test.p_value = p_value;
    }
    let mut changes: Vec<Option<LevelChange>> = vec![None; before.sums.len()];
    for (event, test) in tests {
        let is_clear = test.p_value <= false_discoveries && test.effect.abs() >= min_effect;
        let is_told = is_clear || test.before == 0;
        let better = |known: &LevelChange| test.is_rise() && !known.is_rise();
        if is_told && changes[event].as_ref().is_none_or(better) {
            changes[event] = Some(test);
        }
    }
    changes
}

/// The lines of an event that have a level or a worse one; with `is_rise` false the others.
pub(super) fn lines_that_show(
    event: usize,
    change: &LevelChange,
    side: &Side<'_>,
    lines: &Lines<'_>,
) -> Vec<usize> {
    let of_event = side.events.iter().enumerate().filter(|(_, of)| **of == Some(event as u32));
    let is_grave = |line: usize| lines.entries[line].level >= Some(change.level);
    of_event.map(|(line, _)| line).filter(|line| is_grave(*line) == change.is_rise()).collect()
}

fn lines_from(levels: &LevelCounts, least: Level) -> u64 {
    levels[least as usize..Level::ALL.len()].iter().sum()
}
