//! Numbers that lie at another level than in the baseline: a reply that took 20 ms and takes 80.

use rustc_hash::FxHashMap;

use super::side::Side;
use crate::analysis::read::Lines;
use crate::analysis::shifts::shift_at;
use crate::state::number_at;

/// Numbers of one place on one side: magnitude and line, in the order of the lines.
type Numbers = Vec<(i16, usize)>;

/// Where a number stands: its event, the tokens of its line, and which of them it is.
type Place = (u32, u32, u16);

/// The number of one event that lies at another level.
#[derive(Clone, Debug)]
pub(super) struct Level {
    /// Lines that hold it.
    pub(super) lines: Vec<usize>,
    /// `log₂` of what it is over what it was.
    pub(super) effect: f64,
    /// Both, for a person.
    pub(super) detail: String,
}

/// By joint event: the number whose level differs most surely, where that is no chance over all numbers and at least
/// `min_effect`, as `log₂`. What grows or falls on both sides, as a counter does, or hardly varies on one, as a process id, is of
/// its run and not compared.
///
/// Cost: sorting the numbers' places, and their ranks.
pub(super) fn levels(
    (before, lines_before): (&Side<'_>, &Lines<'_>),
    (after, lines): (&Side<'_>, &Lines<'_>),
    min_effect: f64,
) -> Vec<Option<Level>> {
    let mut found: Vec<Option<(f64, Level)>> = vec![None; after.sums.len()];
    let of_before = numbers(before, lines_before);
    let mut places: Vec<(Place, Numbers)> = numbers(after, lines).into_iter().collect();
    places.retain(|(place, _)| of_before.contains_key(place));
    places.sort_unstable_by_key(|(place, _)| *place);
    let n_places = places.len();
    for (place, numbers) in places {
        let magnitudes =
            |numbers: &Numbers| numbers.iter().map(|(magnitude, _)| *magnitude).collect::<Vec<_>>();
        let (before, after) = (magnitudes(&of_before[&place]), magnitudes(&numbers));
        let Some(shift) = shift_at(&before, &after, n_places) else { continue };
        let (was, is) = shift.medians;
        let of_event = &mut found[place.0 as usize];
        let is_less_sure = of_event.as_ref().is_some_and(|(least, _)| *least <= shift.ln_p_value);
        if shift.effect().abs() < min_effect || is_less_sure {
            continue;
        }
        let detail = format!("a number of about {} before is about {} now", number_at(was), number_at(is));
        let lines = numbers.into_iter().map(|(_, line)| line).collect();
        *of_event = Some((shift.ln_p_value, Level { lines, effect: shift.effect(), detail }));
    }
    found.into_iter().map(|level| Some(level?.1)).collect()
}

fn numbers(side: &Side<'_>, lines: &Lines<'_>) -> FxHashMap<Place, Numbers> {
    let mut numbers: FxHashMap<Place, Numbers> = FxHashMap::default();
    for (line, (record, event)) in lines.records.iter().zip(&side.events).enumerate() {
        let Some(event) = *event else { continue };
        for &(position, magnitude) in lines.numbers_of(record) {
            numbers.entry((event, record.n_tokens, position)).or_default().push((magnitude, line));
        }
    }
    numbers
}
