//! Groups of different shapes that are one event: a list that is longer, a part that is left out.

use std::collections::{BTreeMap, BTreeSet};

use crate::tokenize::Class;

use super::groups::Group;
use super::shape::WILDCARD;

/// Natural words that groups must share, in order, to be one event; two are too easily shared by chance.
const MIN_WORDS: usize = 3;

/// Joins groups whose constant natural words are the same, in order, where no two of them have the same shape: the
/// judge of columns told those apart, and nothing here knows better.
pub(super) fn join_across_shapes(groups: Vec<Group>) -> Vec<Group> {
    let mut joined: Vec<Group> = Vec::new();
    let mut by_skeleton: BTreeMap<Vec<u32>, Vec<Group>> = BTreeMap::new();
    for group in groups {
        match skeleton(&group) {
            Some(skeleton) => by_skeleton.entry(skeleton).or_default().push(group),
            None => joined.push(group),
        }
    }
    for alike in by_skeleton.into_values() {
        let shapes: BTreeSet<u64> = alike.iter().map(|group| group.patterns[0].shape).collect();
        if shapes.len() == alike.len() {
            joined.extend(alike.into_iter().reduce(Group::merged));
        } else {
            joined.extend(alike);
        }
    }
    joined.sort_by_key(|group| group.members[0]);
    joined
}

/// The constant natural words of a group that has something else too; `None` where they are too few.
fn skeleton(group: &Group) -> Option<Vec<u32>> {
    let words = &group.patterns[0].words;
    let natural: Vec<u32> =
        words.iter().filter(|w| w.class == Class::Word && w.text != WILDCARD).map(|w| w.text).collect();
    (natural.len() >= MIN_WORDS && natural.len() < words.len()).then_some(natural)
}

impl Group {
    /// Both in one.
    fn merged(mut self, other: Self) -> Self {
        self.patterns.extend(other.patterns);
        self.members.extend(other.members);
        self.members.sort_unstable();
        self
    }
}
