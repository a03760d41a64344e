//! The events of a model, one by one.

use std::sync::Arc;

use super::lineage::Lineage;
use crate::analysis::fit::Fit;
use crate::analysis::parameters::{Parameter, parameters};
use crate::state::{Day, LevelCounts, State};
use crate::tokenize::Rule;

/// An event that a model knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventInfo {
    /// Its id.
    pub id: u64,
    /// Its template.
    pub template: String,
    /// Its pattern, or -1.
    pub pattern_id: i32,
    /// Lines learnt.
    pub lines: u64,
    /// Lines by level; the last is for lines without one.
    pub levels: LevelCounts,
    /// First and last dated day of log time, in days since 1970-01-01; `None` where no line has a full date.
    pub days: Option<(i32, i32)>,
    /// Ids that it had before more data made its template more general, smallest first.
    pub former_ids: Vec<u64>,
    /// What stands at each `<*>` of the template, in order.
    pub parameters: Vec<Parameter>,
    /// The owner's rules, whose names are those of what they mask.
    pub rules: Arc<[Rule]>,
}

/// All events of a fit, in the order of their ids, with what `state` knows of them.
pub(super) fn events(fit: &Fit, state: &State, lineage: &Lineage, rules: &Arc<[Rule]>) -> Vec<EventInfo> {
    let templates = &fit.pattern.templates;
    let mut infos: Vec<EventInfo> = templates
        .events()
        .iter()
        .zip(&fit.pattern.patterns)
        .zip(parameters(fit, state))
        .map(|((event, &pattern_id), parameters)| EventInfo {
            id: event.id,
            template: event.text.clone(),
            pattern_id,
            former_ids: lineage.former_ids(event.id),
            parameters,
            rules: Arc::clone(rules),
            ..EventInfo::default()
        })
        .collect();
    for (day, slice) in state.slices() {
        for (key, cell) in &slice.cells {
            let Some(info) = templates.event_of(*key).map(|event| &mut infos[event]) else { continue };
            info.lines += cell.count;
            for (sum, count) in info.levels.iter_mut().zip(cell.levels) {
                *sum += count;
            }
            if let Day::SinceEpoch(day) = *day {
                info.days = Some((info.days.map_or(day, |(first, _)| first), day));
            }
        }
    }
    infos.sort_by_key(|info| info.id);
    infos
}
