//! Differences within records: of the many lines of one new stack trace, one finding.

use rustc_hash::FxHashMap;

use super::side::{Side, Within};
use super::{Change, ChangeKind};

/// Lines that a change names.
const EXAMPLES: usize = 3;

/// Puts together the changes of one kind within one kind of record: they become a part of the change of the record's
/// first line, or, where that has none, of the most telling among them. It names their lines as far as there is room, and
/// takes the score and the reasons of one that is more telling.
///
/// `changes`: with the event that each is about, most telling first. An event is within a record where none of its lines
/// begins one.
pub(super) fn one_of_each_record(
    changes: Vec<(usize, Change)>,
    before: &Side<'_>,
    after: &Side<'_>,
) -> Vec<Change> {
    let mut told: Vec<Change> = Vec::with_capacity(changes.len());
    let mut of_record: FxHashMap<(ChangeKind, usize), usize> = FxHashMap::default();
    let mut inner: Vec<(Within, Change)> = Vec::new();
    for (event, change) in changes {
        let side = if change.kind == ChangeKind::Gone { before } else { after };
        match side.within(event) {
            Some(place) => inner.push((place, change)),
            None => {
                of_record.entry((change.kind, event)).or_insert(told.len());
                told.push(change);
            }
        }
    }
    for (place, mut change) in inner {
        let place_told = *of_record.entry((change.kind, place.host as usize)).or_insert(told.len());
        match told.get_mut(place_told) {
            Some(record) => take_in(record, change),
            None => {
                tell_place(&mut change, place);
                told.push(change);
            }
        }
    }
    told
}

fn take_in(record: &mut Change, inner: Change) {
    if inner.score > record.score {
        record.detail = format!("{}; within its record: {}", record.detail, inner.detail);
        (record.score, record.reasons) = (inner.score, inner.reasons);
        record.is_worse |= inner.is_worse;
        record.examples.truncate(EXAMPLES - 1);
    }
    if record.examples.len() < EXAMPLES {
        record.examples.extend(inner.examples.first());
    }
}

fn tell_place(change: &mut Change, place: Within) {
    let told = |detail: &str| format!("{detail}, as line {} of its record", place.number);
    for reason in change.reasons.iter_mut().filter(|reason| reason.detail == change.detail) {
        reason.detail = told(&reason.detail);
    }
    change.detail = told(&change.detail);
}
