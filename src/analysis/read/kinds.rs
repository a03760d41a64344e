//! Lists of kinds, each kept once: most lines have one of a few.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::tokenize::Kind;

/// Token positions of one line, and the kinds of their values.
type List = Arc<[(u16, Kind)]>;

/// The distinct lists of some lines, numbered as they come.
#[derive(Debug, Default)]
pub struct KindLists {
    lists: Vec<List>,
    numbers: FxHashMap<List, u32>,
}

impl KindLists {
    /// The number of a list.
    pub(super) fn number(&mut self, list: &[(u16, Kind)]) -> u32 {
        if let Some(&number) = self.numbers.get(list) {
            return number;
        }
        let (number, list) = (self.lists.len() as u32, List::from(list));
        self.lists.push(Arc::clone(&list));
        self.numbers.insert(list, number);
        number
    }

    /// The list of a number; the empty one for a number that none has.
    pub(super) fn list(&self, number: u32) -> &[(u16, Kind)] {
        self.lists.get(number as usize).map_or(&[], |list| list)
    }

    /// Adds the lists of `other`. The result has, at the number that each has there, the one that it has here.
    pub(super) fn add(&mut self, other: &Self) -> Vec<u32> {
        other.lists.iter().map(|list| self.number(list)).collect()
    }
}
