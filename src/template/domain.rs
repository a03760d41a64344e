//! Columns that are filled in from one set of values: `from NEW to RUNNING`, `from RUNNING to DONE`.
//!
//! What a message says stands in one place; the same words in several places of like rows are values.

use super::cluster::Group;
use super::shape::VARIABLE_ID;
use super::values::may_be_value;

/// Fewer values may stand in two columns by chance.
const SHARED_MIN: usize = 3;

/// For each column of rows of one shape whether at least three of its values, and half of them, stand in other columns
/// as well.
///
/// # Cost
/// Sorts the cells.
pub(super) fn shared(part: &[Group<'_>]) -> Vec<bool> {
    let n_columns = part.first().map_or(0, |group| group.ids.len());
    let varies = |&column: &usize| part.iter().any(|group| group.ids[column] != part[0].ids[column]);
    let mut cells: Vec<(u64, usize)> = Vec::new();
    for column in (0..n_columns).filter(varies) {
        let values = part.iter().filter(|group| may_be_value(group.classes[column]));
        cells.extend(values.map(|group| (group.ids[column], column)).filter(|&(id, _)| id != VARIABLE_ID));
    }
    cells.sort_unstable();
    cells.dedup();
    let (mut distinct, mut shared) = (vec![0usize; n_columns], vec![0usize; n_columns]);
    for columns in cells.chunk_by(|a, b| a.0 == b.0) {
        for &(_, column) in columns {
            distinct[column] += 1;
            shared[column] += usize::from(columns.len() > 1);
        }
    }
    shared.iter().zip(distinct).map(|(&n, distinct)| n >= SHARED_MIN && 2 * n >= distinct).collect()
}
