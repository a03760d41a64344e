//! Free text at the end of a line: `could not open <*>: no such file`. What follows a colon is an explanation that was
//! filled in, if the same beginning has many different ones.

use xxhash_rust::xxh3::Xxh3;

use crate::tokenize::{Class, Sequence};

use super::cluster::Group;
use super::merge::Event;
use super::opposites::holds_opposites;
use super::{Row, buckets, grouped};

/// A beginning needs so many natural words to say by itself what happened.
const WORDS_MIN: usize = 3;
/// So many different endings of one beginning are filled in.
const ENDINGS_MIN: usize = 8;
/// If most of them stand behind beginnings of other shapes too, so many will do.
const SHARED_ENDINGS_MIN: usize = 2;

/// Tells the shape of a beginning from that of a line.
pub(super) const SHAPE: u64 = 0x7461_696c_7461_696c;

/// The beginning of a line up to the first colon behind enough words, with the colon; none if there is no such colon.
/// Words in brackets do not count: they say where, not what (`[worker 5 on port 80] org.example.Store: ...`).
pub(super) fn beginning(sequence: &Sequence) -> Option<Sequence> {
    let end = cut(sequence)?;
    Some(sequence.tokens().take(end).collect())
}

fn cut(sequence: &Sequence) -> Option<usize> {
    let (mut words, mut depth) = (0, 0usize);
    let mut tokens = sequence.tokens().enumerate().peekable();
    while let Some((at, token)) = tokens.next() {
        match (token.class, token.text) {
            (Class::Punctuation, "[" | "(" | "{") => depth += 1,
            (Class::Punctuation, "]" | ")" | "}") => depth = depth.saturating_sub(1),
            (Class::Word, _) if depth == 0 => words += 1,
            _ => {}
        }
        let mut ends = || tokens.peek().is_none_or(|(_, next)| next.space_before);
        if token.class == Class::Punctuation && token.text == ":" && words >= WORDS_MIN && ends() {
            return Some(at + 1);
        }
    }
    None
}

/// The groups of beginnings whose endings are free text: shape, group, and the groups of the events that it takes from `events`.
///
/// `rows`: the lines that have a beginning, by it.
pub(super) fn free<'s>(
    rows: impl Iterator<Item = Row<'s>>,
    whole: &[&'s Sequence],
    events: &mut Vec<Event<'s>>,
) -> Vec<(u64, Group<'s>, Event<'s>)> {
    let mut event_of = vec![0; whole.len()];
    let mut n_members = vec![0; events.len()];
    for (number, event) in events.iter().enumerate() {
        for &member in event.iter().flat_map(|(_, group)| &group.members) {
            event_of[member] = number;
            n_members[number] += 1;
        }
    }
    let mut taken: Vec<Option<Event<'s>>> = std::mem::take(events).into_iter().map(Some).collect();
    let mut found = Vec::new();
    let groups = grouped(buckets(rows, &[]));
    let shared = shared_endings(&groups, whole);
    for (shape, mut group) in groups {
        let mut of: Vec<usize> = group.members.iter().map(|&member| event_of[member]).collect();
        of.sort_unstable();
        let whole_events: Vec<usize> = of
            .chunk_by(|a, b| a == b)
            .filter(|same| same.len() == n_members[same[0]])
            .map(|same| same[0])
            .collect();
        let enough = whole_events.len() >= ENDINGS_MIN
            || whole_events.len() >= SHARED_ENDINGS_MIN && are_shared(&group, whole, &shared);
        if !enough {
            continue;
        }
        group.members.retain(|&member| whole_events.binary_search(&event_of[member]).is_ok());
        if contradicts(&group, whole) {
            continue;
        }
        let same = whole_events.iter().filter_map(|&number| taken[number].take()).flatten().collect();
        found.push((shape, group, same));
    }
    events.extend(taken.into_iter().flatten());
    found
}

fn contradicts(group: &Group<'_>, whole: &[&Sequence]) -> bool {
    let first = |&member: &usize| whole[member].tokens().nth(cut(whole[member])?).map(|token| token.text);
    holds_opposites(group.members.iter().filter_map(first))
}

/// The endings of several words that stand behind beginnings of more than one shape, sorted: such a text was filled in.
/// Beginnings of one shape may be one that is filled in itself (`disk a: <*> sectors`, `disk b: <*> sectors`).
fn shared_endings(groups: &[(u64, Group<'_>)], whole: &[&Sequence]) -> Vec<u64> {
    let mut all: Vec<(u64, u64)> = Vec::new();
    for (shape, group) in groups {
        all.extend(group.members.iter().filter_map(|&member| Some((ending(whole[member])?, *shape))));
    }
    all.sort_unstable();
    all.dedup();
    all.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1).map(|same| same[0].0).collect()
}

fn ending(sequence: &Sequence) -> Option<u64> {
    let tokens = || sequence.tokens().skip(cut(sequence).unwrap_or(usize::MAX));
    let mut hasher = Xxh3::new();
    tokens().for_each(|token| {
        hasher.update(token.text.as_bytes());
        hasher.update(&[0xff]);
    });
    let words = tokens().filter(|token| matches!(token.class, Class::Word | Class::Compound)).count();
    (words > 1).then(|| hasher.digest())
}

/// Whether most endings of a beginning stand behind others as well.
fn are_shared(group: &Group<'_>, whole: &[&Sequence], shared: &[u64]) -> bool {
    let mut endings: Vec<Option<u64>> = group.members.iter().map(|&member| ending(whole[member])).collect();
    endings.sort_unstable();
    endings.dedup();
    let n = endings.iter().flatten().filter(|ending| shared.binary_search(ending).is_ok()).count();
    n * 3 >= endings.len() * 2
}
