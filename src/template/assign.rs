//! Which event a sequence belongs to: exactly, if it was mined; else by the template that it fits.

use serde::{Deserialize, Serialize};

use crate::tokenize::Sequence;

use super::merge::{Event, constants, is_constant};
use super::shape::{Shaped, VARIABLE_ID, shaped};
use super::tail;

/// Look-up tables of mined templates, flat: sorted arrays, searched by halving.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Index {
    /// Key of a mined sequence and its event, by key.
    by_key: Vec<(u64, u32)>,
    /// Rows with their shape, by shape, then most constants first.
    by_shape: Vec<Row>,
    /// Hash of an event's constants and the event, by hash; only where it is one event's.
    by_constants: Vec<(u64, u32)>,
    /// The rows' cells, one after the other.
    cells: Vec<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Row {
    shape: u64,
    /// Begin and end among the cells.
    start: u32,
    end: u32,
    event: u32,
}

/// Rows of one shape that are tried for a sequence; those with most constants come first.
const ROWS_TRIED_MAX: usize = 4096;

impl Index {
    /// `keys`: of the distinct sequences that the groups' members number.
    pub(super) fn add(&mut self, event: u32, groups: &Event<'_>, keys: &[u64]) {
        for (shape, group) in groups {
            let start = self.cells.len() as u32;
            self.cells.extend_from_slice(&group.ids);
            self.by_shape.push(Row { shape: *shape, start, end: self.cells.len() as u32, event });
            self.by_key.extend(group.members.iter().map(|&member| (keys[member], event)));
            self.by_constants
                .extend(constants(&group.ids, &group.classes, is_constant, 2).map(|hash| (hash, event)));
        }
    }

    /// Sorts the tables; to be called when all events are added.
    pub(super) fn finish(&mut self) {
        self.by_key.sort_unstable();
        let cells = &self.cells;
        let variables = |row: &Row| {
            cells[row.start as usize..row.end as usize].iter().filter(|&&id| id == VARIABLE_ID).count()
        };
        self.by_shape.sort_by_cached_key(|row| (row.shape, variables(row), row.event, row.start));
        self.by_constants.sort_unstable();
        self.by_constants.dedup();
        let unique =
            self.by_constants.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() == 1).map(|same| same[0]);
        self.by_constants = unique.collect();
    }

    /// The event of a mined sequence.
    pub(super) fn event_of(&self, key: u64) -> Option<usize> {
        find(&self.by_key, key)
    }

    /// All mined sequences, by key.
    pub(super) fn sequences(&self) -> impl Iterator<Item = (u64, usize)> + '_ {
        self.by_key.iter().map(|&(key, event)| (key, event as usize))
    }

    /// The event whose template a sequence fits.
    pub(super) fn assign(&self, sequence: &Sequence) -> Option<usize> {
        let shaped = shaped(sequence);
        if let Some(event) = self.fitting(&shaped, shaped.shape) {
            return Some(event);
        }
        let ids: Vec<u64> = shaped.columns.iter().map(|column| column.id).collect();
        let classes: Vec<_> = shaped.columns.iter().map(|column| column.class).collect();
        constants(&ids, &classes, is_constant, 2).and_then(|hash| find(&self.by_constants, hash)).or_else(
            || {
                let beginning = tail::beginning(sequence)?;
                let beginning = self::shaped(&beginning);
                self.fitting(&beginning, beginning.shape ^ tail::SHAPE)
            },
        )
    }

    fn fitting(&self, shaped: &Shaped<'_>, shape: u64) -> Option<usize> {
        let first = self.by_shape.partition_point(|row| row.shape < shape);
        let same = self.by_shape[first..].iter().take_while(|row| row.shape == shape);
        let fits = |row: &&Row| {
            let cells = self.cells.get(row.start as usize..row.end as usize).unwrap_or_default();
            cells.len() == shaped.columns.len()
                && cells.iter().zip(&shaped.columns).all(|(&id, column)| id == VARIABLE_ID || id == column.id)
        };
        same.take(ROWS_TRIED_MAX).find(fits).map(|row| row.event as usize)
    }
}

fn find(sorted: &[(u64, u32)], key: u64) -> Option<usize> {
    sorted.binary_search_by_key(&key, |(key, _)| *key).ok().map(|found| sorted[found].1 as usize)
}
