//! How far two rows of one shape are apart: differing columns weigh by how much meaning their class carries.

use crate::ml::dbscan::Neighbourhood;
use crate::tokenize::Class;

use super::shape::VARIABLE_ID;

/// What a differing column weighs, in hundredths of a natural word. Measured on labelled logs: any scale that keeps this
/// order gives nearly the same groups, because the column judge decides.
fn weight(class: Class) -> u32 {
    match class {
        Class::Variable | Class::Unit | Class::Punctuation | Class::Literal => 0,
        Class::Value | Class::Assigned => 25,
        Class::Name => 30,
        Class::Compound => 60,
        Class::Word => 100,
        Class::Key => 150,
    }
}

/// A variable against a word counts at most this much.
const AGAINST_VARIABLE_MAX: u32 = 40;

/// Rows of one shape, ready for comparing within a radius.
pub(super) struct Rows {
    n_columns: usize,
    cells: Vec<Cell>,
    eps_hundredths: u32,
}

#[derive(Clone, Copy)]
struct Cell {
    id: u64,
    weight: u32,
}

impl Rows {
    /// `rows`: ids and classes, all of the same length.
    pub(super) fn new<'a>(rows: impl Iterator<Item = (&'a [u64], &'a [Class])>, n_columns: usize) -> Self {
        let mut cells = Vec::new();
        for (ids, classes) in rows {
            for (column, (&id, &class)) in ids.iter().zip(classes).enumerate() {
                // the first column is most often what the event is about: half as much again
                let weight = if column == 0 { weight(class) * 3 / 2 } else { weight(class) };
                cells.push(Cell { id, weight });
            }
        }
        Self { n_columns, cells, eps_hundredths: 0 }
    }

    /// Sets the radius: the share of the weight that may differ, in hundredths.
    pub(super) fn set_eps(&mut self, hundredths: u32) {
        self.eps_hundredths = hundredths;
    }

    fn row(&self, index: usize) -> &[Cell] {
        &self.cells[index * self.n_columns..(index + 1) * self.n_columns]
    }

    fn near(&self, a: &[Cell], b: &[Cell]) -> bool {
        let (mut differing, mut total) = (0, 0);
        for (a, b) in a.iter().zip(b) {
            let larger = a.weight.max(b.weight);
            total += larger;
            if a.id != b.id {
                let with_variable = a.id == VARIABLE_ID || b.id == VARIABLE_ID;
                differing +=
                    if with_variable { larger.min(AGAINST_VARIABLE_MAX) } else { a.weight.min(b.weight) };
            }
        }
        differing * 100 <= total * self.eps_hundredths
    }
}

impl Neighbourhood for Rows {
    fn len(&self) -> usize {
        self.cells.len() / self.n_columns
    }

    fn within_eps(&self, point: usize, out: &mut Vec<usize>) {
        let row = self.row(point);
        out.extend((0..self.len()).filter(|&other| self.near(row, self.row(other))));
    }
}
