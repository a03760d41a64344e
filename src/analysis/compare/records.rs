//! Differences within records: of the many lines of one new stack trace, one finding.

use rustc_hash::{FxHashMap, FxHashSet};

use super::side::{Side, Within};
use super::{Change, ChangeKind};

/// Lines that a change names.
const EXAMPLES: usize = 3;

/// Keeps of the changes of one kind within one kind of record the first, the most telling. A change of the record's own
/// first line stands for those within it, and takes the score and the reasons of one that is more telling.
///
/// `changes`: with the event that each is about, most telling first. An event is within a record where none of its lines
/// begins one.
pub(super) fn one_of_each_record(
    changes: Vec<(usize, Change)>,
    before: &Side<'_>,
    after: &Side<'_>,
) -> Vec<Change> {
    let within = |event: usize, kind: ChangeKind| match kind {
        ChangeKind::Gone => before.within(event),
        _ => after.within(event),
    };
    let heads: FxHashSet<(ChangeKind, usize)> = changes.iter().map(|(event, c)| (c.kind, *event)).collect();
    let mut most_telling: FxHashMap<(ChangeKind, usize), Option<Change>> = FxHashMap::default();
    let mut kept = Vec::with_capacity(changes.len());
    for (event, mut change) in changes {
        let kind = change.kind;
        let Some(place) = within(event, kind) else {
            if let Some(Some(inner)) = most_telling.insert((kind, event), None) {
                take(&mut change, inner);
            }
            kept.push(change);
            continue;
        };
        let host = (kind, place.host as usize);
        if most_telling.contains_key(&host) {
            continue;
        }
        tell_place(&mut change, place);
        if heads.contains(&host) && within(host.1, kind).is_none() {
            most_telling.insert(host, Some(change));
        } else {
            most_telling.insert(host, None);
            kept.push(change);
        }
    }
    kept.sort_by(|a, b| b.score.total_cmp(&a.score));
    kept
}

fn tell_place(change: &mut Change, place: Within) {
    let told = |detail: &str| format!("{detail}, as line {} of its record", place.number);
    for reason in change.reasons.iter_mut().filter(|reason| reason.detail == change.detail) {
        reason.detail = told(&reason.detail);
    }
    change.detail = told(&change.detail);
}

/// What is more telling within a record raises what is told of the record.
fn take(head: &mut Change, inner: Change) {
    head.detail = format!("{}; `{}`: {}", head.detail, inner.template, inner.detail);
    (head.score, head.reasons) = (inner.score, inner.reasons);
    head.examples.truncate(EXAMPLES - 1);
    head.examples.extend(inner.examples.first());
    head.is_worse |= inner.is_worse;
}
