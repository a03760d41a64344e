//! A state read again: kept by an older release or under other rules, as this release and these rules would keep it.

use std::collections::BTreeMap;

use super::{Cell, MAX_SEQUENCES, NumberColumn, Shape, Slice, State, shape_key};
use crate::tokenize::{Kind, Rules, reread};

/// For each key of a state the key it has when read again.
pub type Lineage = BTreeMap<u64, u64>;

/// What becomes of one shape.
struct Next {
    key: u64,
    places: Vec<Option<usize>>,
    kinds: Vec<(usize, Kind)>,
}

impl State {
    /// Reads every stored sequence again. Sequences that become the same are added up; numbers and kinds go to the token
    /// that holds them now, and are dropped where that holds a secret, or what a rule matches, which is then the kind.
    ///
    /// Of a state that was kept in the present way nothing changes. It makes no difference whether states are read again
    /// before they are merged or after, unless [`State::is_cut`]: what the cap left out is known by its old key only.
    ///
    /// # Cost
    /// Linear in the state.
    #[must_use]
    pub fn reread(self, rules: &Rules) -> (Self, Lineage) {
        let mut shapes = BTreeMap::new();
        let mut next = BTreeMap::new();
        for (key, shape) in self.shapes {
            let now = reread(&shape.sequence, rules);
            let front = shape.front;
            let new_key = shape_key(now.key, front);
            shapes.entry(new_key).or_insert(Shape { sequence: now.sequence, front });
            next.insert(key, Next { key: new_key, places: now.places, kinds: now.kinds });
        }
        let slices = self.slices.into_iter().map(|(day, slice)| (day, reread_slice(slice, &next))).collect();
        let mut state = Self { shapes, slices, cut: self.cut };
        state.enforce_cap(MAX_SEQUENCES);
        (state, next.into_iter().map(|(key, next)| (key, next.key)).collect())
    }
}

fn reread_slice(mut slice: Slice, next: &BTreeMap<u64, Next>) -> Slice {
    let mut cells: BTreeMap<u64, Cell> = BTreeMap::new();
    for (key, mut cell) in std::mem::take(&mut slice.cells) {
        let Some(next) = next.get(&key) else { continue };
        cell.numbers = moved(cell.numbers, &next.places);
        for &(position, kind) in &next.kinds {
            if let Ok(position) = u16::try_from(position) {
                cell.numbers.entry(position).or_default().set_kind(kind, cell.count);
            }
        }
        cells.entry(next.key).or_default().merge(cell);
    }
    slice.cells = cells;
    slice
}

fn moved(numbers: BTreeMap<u16, NumberColumn>, places: &[Option<usize>]) -> BTreeMap<u16, NumberColumn> {
    let mut now: BTreeMap<u16, NumberColumn> = BTreeMap::new();
    for (position, column) in numbers {
        let place = places.get(usize::from(position)).copied().flatten();
        if let Some(place) = place.and_then(|place| u16::try_from(place).ok()) {
            now.entry(place).or_default().merge(&column);
        }
    }
    now
}
