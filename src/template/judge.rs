//! Whether a column in which rows differ is filled in, or says different things.

use crate::tokenize::Class;

use super::opposites::holds_opposites;
use super::shape::VARIABLE_ID;

/// One row's entry in a column, with the number of lines that have it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'s> {
    pub(super) id: u64,
    pub(super) class: Class,
    pub(super) text: &'s str,
    pub(super) lines: u64,
}

/// When a column is a variable: it takes at least `values` distinct ones, and each repeats less than `repeats` times on
/// average, or there are `many`. A parameter takes many values, each seldom; words that mean something take few, each often.
/// Chosen on labelled logs and on lines made from the format strings of programs: most could be halved or doubled without
/// moving the mean grouping accuracy by .005.
struct Limits {
    values: usize,
    repeats: u64,
    many: usize,
}

/// What stands first names what the event is about: it takes more values to make it a variable.
const FIRST: usize = 30;
/// So many values share a column only if they are filled in, even if two of them are opposites.
const BEYOND_OPPOSITES: usize = 200;
/// In a sentence with so many constants, what differs is likelier a name: fewer values will do.
const SENTENCE: usize = 3;
const WORDS_IN_SENTENCE: usize = 4;
const COMPOUNDS_IN_SENTENCE: usize = 2;
/// A column is judged as the class that carries most meaning and has at least one in so many of its values.
const CLASS_SHARE: usize = 3;

fn limits(class: Class) -> Limits {
    let (values, repeats, many) = match class {
        Class::Variable
        | Class::Unit
        | Class::Value
        | Class::Assigned
        | Class::Literal
        | Class::Punctuation => (2, u64::MAX, 2),
        Class::Name => (2, 15, 3),
        Class::Compound => (3, 8, 5),
        Class::Word => (8, 8, 12),
        Class::Key => (usize::MAX, 0, usize::MAX),
    };
    Limits { values, repeats, many }
}

/// Where a column stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Whether it is the first column.
    pub(super) is_first: bool,
    /// Whether it stands in the first word of the line, up to the first white space.
    pub(super) is_leading: bool,
    /// Whether other columns take the same values.
    pub(super) is_shared: bool,
    /// How many columns hold the same word in all rows.
    pub(super) n_constants: usize,
}

/// Whether the entries of a column are values of one variable. `entries` is left sorted by id.
pub(super) fn is_variable(entries: &mut [Entry<'_>], place: Place) -> bool {
    entries.sort_unstable_by_key(|entry| entry.id);
    let distinct = entries.chunk_by(|a, b| a.id == b.id).count();
    if distinct < 2 {
        return false;
    }
    let lines: u64 = entries.iter().map(|entry| entry.lines).sum();
    let variable: u64 = entries.iter().filter(|entry| entry.id == VARIABLE_ID).map(|entry| entry.lines).sum();
    let has_variable = entries[0].id == VARIABLE_ID;
    let class = prevailing_class(entries, distinct);
    if class == Class::Key
        || distinct < BEYOND_OPPOSITES && holds_opposites(entries.iter().map(|entry| entry.text))
    {
        return false;
    }
    if entries.iter().any(|entry| matches!(entry.class, Class::Unit | Class::Literal))
        || has_variable && variable * 10 >= lines
        || place.is_shared
    {
        return true;
    }
    let class = match class {
        Class::Word if has_variable => Class::Compound,
        Class::Compound if has_variable => Class::Value,
        class => class,
    };
    let limits = limits(class);
    let (values, repeats, many) = match class {
        Class::Compound if place.n_constants >= SENTENCE => {
            (COMPOUNDS_IN_SENTENCE, limits.repeats, limits.many)
        }
        Class::Word if place.n_constants >= SENTENCE => (WORDS_IN_SENTENCE, limits.repeats, limits.many),
        _ => (limits.values, limits.repeats, limits.many),
    };
    let names_event =
        place.is_first || place.is_leading && entries.iter().any(|entry| entry.class == Class::Word);
    let first = names_event && !has_variable && matches!(class, Class::Compound | Class::Word);
    let (values, many) = if first { (FIRST, FIRST) } else { (values, many) };
    if class == Class::Compound && distinct >= 3 && share_prefix(entries) {
        return true;
    }
    distinct >= values && (lines < repeats.saturating_mul(distinct as u64) || distinct >= many)
}

/// The class that carries most meaning, if not only a few values have it. `entries` are sorted by id.
fn prevailing_class(entries: &[Entry<'_>], distinct: usize) -> Class {
    let by_meaning =
        [Class::Key, Class::Word, Class::Compound, Class::Name, Class::Value, Class::Unit, Class::Assigned];
    let count = |class| entries.chunk_by(|a, b| a.id == b.id).filter(|same| same[0].class == class).count();
    let prevails = |&class: &Class| {
        let n = count(class);
        n > 0 && (class == Class::Key || n * CLASS_SHARE >= distinct)
    };
    by_meaning.into_iter().find(prevails).unwrap_or(Class::Variable)
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
