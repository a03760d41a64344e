//! Lines to a [`State`].

use rustc_hash::FxHashMap;

use super::{Cell, Day, MAX_SEQUENCES, Met, Observation, Shape, Slice, State, level_index};
use crate::tokenize::Kind;

/// Adds up lines in hash tables, where one line costs a look-up; [`Builder::finish`] puts them in order.
#[derive(Debug, Default)]
pub struct Builder {
    shapes: FxHashMap<u64, Shape>,
    cell_of: FxHashMap<(Day, u64), u32>,
    cells: Vec<Cell>,
    days: FxHashMap<Day, Slice>,
    /// How often each cell showed a magnitude at a token position, and when.
    numbers: FxHashMap<(u32, u16, i16), Met>,
}

impl Builder {
    /// Adds one line. `shape` is asked for only where the sequence is new. The result is the number of the
    /// line's sequence and day, counted from 0 as they come.
    pub fn add(&mut self, seen: &Observation<'_>, shape: impl FnOnce() -> Shape) -> usize {
        let day = self.days.entry(seen.day).or_default();
        day.lines += 1;
        day.levels[level_index(seen.level)] += 1;
        if let Some(minute) = seen.minute {
            day.minutes.insert(minute);
        }
        if let Some(source) = seen.source {
            day.sources.insert(source);
        }
        let next = self.cells.len() as u32;
        let cell = *self.cell_of.entry((seen.day, seen.key)).or_insert(next);
        if cell == next {
            self.cells.push(Cell::default());
            self.shapes.entry(seen.key).or_insert_with(shape);
        }
        self.cells[cell as usize].add(seen);
        for &(position, magnitude) in seen.numbers {
            self.numbers.entry((cell, position, magnitude)).or_default().add(Met::once(seen.second));
        }
        cell as usize
    }

    /// Adds to a sequence on a day that `count` of its lines had values of these kinds at these token positions.
    pub fn add_kinds(&mut self, cell: usize, kinds: &[(u16, Kind)], count: u64) {
        let numbers = &mut self.cells[cell].numbers;
        for &(position, kind) in kinds {
            numbers.entry(position).or_default().add_kind(kind, count);
        }
    }

    /// The state of the lines added.
    #[must_use]
    pub fn finish(mut self) -> State {
        #[expect(
            clippy::iter_over_hash_type,
            reason = "sums into sorted histograms do not depend on the order"
        )]
        for ((cell, position, magnitude), met) in self.numbers {
            self.cells[cell as usize].numbers.entry(position).or_default().add(magnitude, met);
        }
        let mut state = State {
            shapes: self.shapes.into_iter().collect(),
            slices: self.days.into_iter().collect(),
            ..State::default()
        };
        #[expect(clippy::iter_over_hash_type, reason = "each cell has its own place in a sorted map")]
        for ((day, key), cell) in self.cell_of {
            if let Some(slice) = state.slices.get_mut(&day) {
                slice.cells.insert(key, std::mem::take(&mut self.cells[cell as usize]));
            }
        }
        state.enforce_cap(MAX_SEQUENCES);
        state
    }
}
