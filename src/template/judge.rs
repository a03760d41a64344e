//! Whether a column in which rows differ is filled in, or says different things.

use crate::tokenize::Class;

use super::shape::VARIABLE_ID;

/// One row's entry in a column, with the number of lines that have it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'s> {
    pub(super) id: u64,
    pub(super) class: Class,
    pub(super) text: &'s str,
    pub(super) lines: u64,
}

/// How many distinct values make a column a variable, and how often each may repeat on average.
///
/// A parameter takes many values, each seldom; words that mean something take few, each often. Columns of
/// [`MANY`] values are variables however often they repeat.
struct Limits {
    values: usize,
    repeats: u64,
}

/// So many distinct values are never a choice of words.
const MANY: usize = 16;
/// The first column names what the event is about: it takes more to make it a variable.
const FIRST: usize = 30;

fn limits(class: Class) -> Limits {
    match class {
        Class::Variable => Limits { values: 2, repeats: u64::MAX },
        Class::Value | Class::Punctuation => Limits { values: 2, repeats: 15 },
        Class::Name => Limits { values: 3, repeats: u64::MAX },
        Class::Unit => Limits { values: 2, repeats: u64::MAX },
        Class::Compound => Limits { values: 3, repeats: 8 },
        Class::Word => Limits { values: 8, repeats: 8 },
        Class::Key => Limits { values: usize::MAX, repeats: 0 },
    }
}

/// Whether the entries of a column are values of one variable. `entries` is left sorted by id.
pub(super) fn is_variable(entries: &mut [Entry<'_>], is_first: bool) -> bool {
    entries.sort_unstable_by_key(|entry| entry.id);
    let distinct = entries.chunk_by(|a, b| a.id == b.id).count();
    if distinct < 2 {
        return false;
    }
    let lines: u64 = entries.iter().map(|entry| entry.lines).sum();
    let variable: u64 = entries.iter().filter(|entry| entry.id == VARIABLE_ID).map(|entry| entry.lines).sum();
    let has_variable = entries[0].id == VARIABLE_ID;
    let mut class = entries.iter().map(|entry| rank(entry.class)).max().map_or(Class::Word, |(_, class)| class);
    if class == Class::Key {
        return false;
    }
    if entries.iter().any(|entry| entry.class == Class::Unit) || has_variable && variable * 10 >= lines {
        return true;
    }
    if has_variable {
        class = if class == Class::Word { Class::Compound } else { Class::Value };
    }
    let Limits { values, repeats } = limits(class);
    let values = if is_first && !has_variable && rank(class) >= rank(Class::Compound) { FIRST } else { values };
    if class == Class::Compound && distinct >= 3 && share_prefix(entries) {
        return true;
    }
    distinct >= values && (lines < repeats.saturating_mul(distinct as u64) || distinct >= MANY)
}

/// Classes by how much meaning they carry.
fn rank(class: Class) -> (u8, Class) {
    let rank = match class {
        Class::Variable | Class::Punctuation => 0,
        Class::Unit => 1,
        Class::Value => 2,
        Class::Name => 3,
        Class::Compound => 4,
        Class::Word => 5,
        Class::Key => 6,
    };
    (rank, class)
}

/// Whether the constants begin alike, up to a joiner: `org.apache.a`, `org.apache.b`.
fn share_prefix(entries: &[Entry<'_>]) -> bool {
    let mut texts = entries.iter().filter(|entry| entry.id != VARIABLE_ID).map(|entry| entry.text.as_bytes());
    let Some(first) = texts.next() else { return false };
    let shared = texts.fold(first.len(), |shared, text| {
        first[..shared].iter().zip(text).take_while(|(a, b)| a == b).count()
    });
    shared >= 4 && first[..shared].iter().any(|b| matches!(b, b'.' | b'/' | b'_'))
}
