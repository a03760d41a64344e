//! Lists of kinds, each kept once: most lines have one of a few.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::tokenize::Kind;

/// Token positions of one line, and the kinds of their values.
type List = Arc<[(u16, Kind)]>;

/// The number of the list of most lines: the empty one.
pub(super) const NO_KINDS: u32 = 0;

/// The distinct lists of some lines, numbered as they come behind [`NO_KINDS`].
#[derive(Debug, Default)]
pub struct KindLists {
    lists: Vec<List>,
    numbers: FxHashMap<List, u32>,
}

impl KindLists {
    /// The number of a list.
    pub(super) fn number(&mut self, list: &[(u16, Kind)]) -> u32 {
        if list.is_empty() {
            return NO_KINDS;
        }
        if let Some(&number) = self.numbers.get(list) {
            return number;
        }
        let (number, list) = (self.lists.len() as u32 + 1, List::from(list));
        self.lists.push(Arc::clone(&list));
        self.numbers.insert(list, number);
        number
    }

    /// The list of a number.
    pub(super) fn list(&self, number: u32) -> &[(u16, Kind)] {
        let place = number.checked_sub(NO_KINDS + 1);
        place.and_then(|place| self.lists.get(place as usize)).map_or(&[], |list| list)
    }

    /// Adds the lists of `other`. The result has, at the number that each has there, the one that it has here.
    pub(super) fn add(&mut self, other: &Self) -> Vec<u32> {
        [NO_KINDS].into_iter().chain(other.lists.iter().map(|list| self.number(list))).collect()
    }
}
