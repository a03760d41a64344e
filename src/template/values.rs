//! Words that were filled in somewhere: what is a value in one event is likely one in another.

use crate::tokenize::{Class, Sequence};

use super::cluster::Group;
use super::opposites::has_opposite;
use super::shape::{Shaped, VARIABLE_ID, shaped};

/// Fewer values may be two or three things that a message says.
const VALUES_MIN: usize = 3;

/// The ids of the texts that columns of `groups` are filled in with, sorted; opposites are none of them.
///
/// # Cost
/// Takes the lines of groups of several rows apart once more.
pub(super) fn known(groups: &[(u64, Group<'_>)], whole: &[&Sequence]) -> Vec<u64> {
    let mut known = Vec::new();
    for (_, group) in groups.iter().filter(|(_, group)| group.n_rows > 1) {
        let rows: Vec<Shaped<'_>> = group.members.iter().map(|&member| shaped(whole[member])).collect();
        for column in (0..group.ids.len()).filter(|&column| group.ids[column] == VARIABLE_ID) {
            let mut ids: Vec<u64> = rows
                .iter()
                .map(|row| &row.columns[column])
                .filter(|one| may_be_value(one.class) && !has_opposite(one.text))
                .map(|one| one.id)
                .collect();
            ids.sort_unstable();
            ids.dedup();
            if ids.len() >= VALUES_MIN {
                known.append(&mut ids);
            }
        }
    }
    known.sort_unstable();
    known.dedup();
    known
}

/// Whether a constant of this class may turn out to be a value.
pub(super) fn may_be_value(class: Class) -> bool {
    matches!(class, Class::Word | Class::Compound | Class::Name | Class::Value | Class::Assigned)
}

/// Whether a constant of a group is known as a value.
pub(super) fn holds(group: &Group<'_>, values: &[u64]) -> bool {
    let mut columns = group.ids.iter().zip(&group.classes);
    columns.any(|(&id, &class)| is_marked(id, class, values))
}

fn is_marked(id: u64, class: Class, values: &[u64]) -> bool {
    matches!(class, Class::Word | Class::Compound) && values.binary_search(&id).is_ok()
}

/// Takes words that are known as values for names.
pub(super) fn mark(shaped: &mut Shaped<'_>, values: &[u64]) {
    for column in &mut shaped.columns {
        if is_marked(column.id, column.class, values) {
            column.class = Class::Name;
        }
    }
}
