//! Numbers of known events that left the range of the baseline.

use super::side::Side;
use crate::analysis::fit::{EventSums, NumberRanges};
use crate::analysis::read::Lines;
use crate::state::{NumberColumn, number_at};

/// How far out a number must be: with the room around a range, about eight times its end.
const MIN_EXCESS: f64 = 0.25;

/// The numbers of one event that are out of range.
#[derive(Clone, Debug, Default)]
pub(super) struct OutOfRange {
    /// Lines that hold one.
    pub(super) lines: Vec<usize>,
    /// How far out the farthest is, in `[0, 1]`.
    pub(super) excess: f64,
    /// Whether any is above its range.
    pub(super) rises: bool,
    /// It and its usual range, for a person.
    pub(super) detail: String,
}

/// By joint event: the numbers that are out of the baseline's usual range, and beyond all that it showed.
pub(super) fn out_of_range(before: &Side<'_>, after: &Side<'_>, lines: &Lines<'_>) -> Vec<OutOfRange> {
    let ranges: Vec<NumberRanges> = before.sums.iter().map(EventSums::ranges).collect();
    let mut found = vec![OutOfRange::default(); ranges.len()];
    for (i, (record, event)) in lines.records.iter().zip(&after.events).enumerate() {
        let Some(event) = event.map(|event| event as usize).filter(|e| !ranges[*e].columns.is_empty()) else {
            continue;
        };
        for &(position, magnitude) in lines.numbers_of(record) {
            let Some(range) = ranges[event].at(record.n_tokens, position) else { continue };
            let excess = range.excess(magnitude);
            let of_event = &mut found[event];
            let shown_before = before.sums[event].numbers.get(&position).and_then(NumberColumn::range);
            let (low, high) = range.bounds();
            if excess < MIN_EXCESS
                || magnitude < low && !range.is_small(magnitude, after.count(event))
                || shown_before.is_some_and(|(low, high)| (low..=high).contains(&magnitude))
            {
                continue;
            }
            if of_event.lines.last() != Some(&i) {
                of_event.lines.push(i);
            }
            of_event.rises |= magnitude > high;
            if excess > of_event.excess {
                of_event.excess = excess;
                of_event.detail = format!(
                    "a number of about {} is far out of its usual range, about {} to {}",
                    number_at(magnitude),
                    number_at(low),
                    number_at(high)
                );
            }
        }
    }
    found
}
