//! Rows of one shape to groups: DBSCAN finds what is alike, the column judge takes apart what only looks alike.

use crate::ml::dbscan::dbscan;
use crate::tokenize::Class;

use super::distance::Rows;
use super::domain;
use super::judge::{Entry, Place, is_variable};
use super::shape::VARIABLE_ID;

/// Rows compared with each other at a time: bounds the quadratic step. Larger is slower and seldom finds more.
const CHUNK: usize = 400;
/// Radii in hundredths of the weight, from near to far: what is certainly alike is joined first.
const EPS_HUNDREDTHS: [u32; 3] = [12, 30, 50];

/// Only with so many values may a column's variable leave a template without any constant.
const ONLY_VARIABLES_MIN: usize = 30;

/// Rows that are one event so far.
#[derive(Clone, Debug)]
pub(super) struct Group<'s> {
    pub(super) ids: Vec<u64>,
    pub(super) classes: Vec<Class>,
    pub(super) texts: Vec<&'s str>,
    /// How many columns stand in the first word.
    pub(super) n_leading: usize,
    pub(super) lines: u64,
    /// How many rows were joined.
    pub(super) n_rows: usize,
    /// Which distinct sequences are in it.
    pub(super) members: Vec<usize>,
}

impl Group<'_> {
    /// Takes another group in: columns that differ become variables.
    fn absorb(&mut self, other: Self) {
        for column in 0..self.ids.len() {
            if self.ids[column] != other.ids[column] {
                (self.ids[column], self.classes[column]) = (VARIABLE_ID, Class::Variable);
            }
        }
        self.lines = self.lines.saturating_add(other.lines);
        self.n_rows += other.n_rows;
        self.members.extend(other.members);
    }
}

/// Joins rows of one shape, in the order given, chunk by chunk. Groups that took in several rows take part in the next
/// chunk; rows that found no partner do not, or free text would make each step longer than the last. Rows come sorted by
/// their columns, so rows that share their first words meet.
pub(super) fn cluster(rows: Vec<Group<'_>>) -> Vec<Group<'_>> {
    let whole = rows.len() <= CHUNK;
    let (mut carried, mut settled): (Vec<Group<'_>>, Vec<Group<'_>>) = (Vec::new(), Vec::new());
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        carried.sort_by(|a, b| b.n_rows.cmp(&a.n_rows).then_with(|| a.ids.cmp(&b.ids)));
        settled.extend(carried.split_off(carried.len().min(CHUNK / 2)));
        carried.extend(rows.by_ref().take(CHUNK - carried.len()));
        let (grown, alone) =
            join(std::mem::take(&mut carried)).into_iter().partition(|group| group.n_rows > 1);
        carried = grown;
        settled.extend::<Vec<_>>(alone);
    }
    settled.append(&mut carried);
    if !whole && settled.len() <= 2 * CHUNK { join(settled) } else { settled }
}

/// Joins to the end at each radius.
fn join(mut groups: Vec<Group<'_>>) -> Vec<Group<'_>> {
    for eps in EPS_HUNDREDTHS {
        loop {
            let before = groups.len();
            if before < 2 {
                return groups;
            }
            groups = step(groups, eps);
            if groups.len() == before {
                break;
            }
        }
    }
    groups
}

fn step(groups: Vec<Group<'_>>, eps: u32) -> Vec<Group<'_>> {
    let n_columns = groups[0].ids.len();
    let mut rows = Rows::new(groups.iter().map(|g| (g.ids.as_slice(), g.classes.as_slice())), n_columns);
    rows.set_eps(eps);
    let labels = dbscan(&rows, None, 2);
    let n_labels = labels.iter().flatten().max().map_or(0, |max| max + 1);
    let mut parts: Vec<Vec<Group<'_>>> = vec![Vec::new(); n_labels];
    let mut joined = Vec::with_capacity(groups.len());
    for (group, label) in groups.into_iter().zip(labels) {
        match label {
            Some(label) => parts[label].push(group),
            None => joined.push(group),
        }
    }
    for part in parts {
        refine(part, &mut joined);
    }
    joined
}

/// Takes a part to pieces by its columns that are not variables, fewest values first, and joins each piece.
fn refine<'s>(part: Vec<Group<'s>>, joined: &mut Vec<Group<'s>>) {
    let mut stack = vec![part];
    while let Some(mut part) = stack.pop() {
        match splitting_column(&part) {
            None => {
                let mut rows = part.into_iter();
                if let Some(mut first) = rows.next() {
                    rows.for_each(|row| first.absorb(row));
                    joined.push(first);
                }
            }
            Some(column) => {
                part.sort_by_key(|group| group.ids[column]);
                while let Some(last) = part.last() {
                    let id = last.ids[column];
                    let start = part.partition_point(|group| group.ids[column] < id);
                    stack.push(part.split_off(start));
                }
            }
        }
    }
}

/// The column with the fewest distinct values of those that are not variables.
fn splitting_column(part: &[Group<'_>]) -> Option<usize> {
    let mut entries = Vec::with_capacity(part.len());
    let mut best: Option<(usize, usize)> = None;
    let n_constants = (0..part[0].ids.len()).filter(|&column| is_same_word(part, column)).count();
    for (column, is_shared) in domain::shared(part).into_iter().enumerate() {
        if part.iter().all(|group| group.ids[column] == part[0].ids[column]) {
            continue;
        }
        entries.clear();
        entries.extend(part.iter().map(|group| Entry {
            id: group.ids[column],
            class: group.classes[column],
            text: group.texts[column],
            lines: group.lines,
        }));
        let place =
            Place { is_first: column == 0, is_leading: column < part[0].n_leading, is_shared, n_constants };
        if !is_variable(&mut entries, place) {
            let distinct = entries.chunk_by(|a, b| a.id == b.id).count();
            best = best.min(Some((distinct, column))).or(Some((distinct, column)));
        }
    }
    best.or_else(|| nothing_constant(part)).map(|(_, column)| column)
}

fn is_same_word(part: &[Group<'_>], column: usize) -> bool {
    matches!(part[0].classes[column], Class::Word | Class::Compound | Class::Key)
        && part.iter().all(|group| group.ids[column] == part[0].ids[column])
}

/// Where joining would leave no constant of rows that have some: the column to keep them apart by, with its number of
/// distinct values; `None` if there are so many that they can only be filled in.
fn nothing_constant(part: &[Group<'_>]) -> Option<(usize, usize)> {
    let says_something = |class: Class| !matches!(class, Class::Variable | Class::Punctuation | Class::Unit);
    let stays = |column: usize| {
        says_something(part[0].classes[column])
            && part.iter().all(|group| group.ids[column] == part[0].ids[column])
    };
    let columns = 0..part[0].ids.len();
    if part.len() < 2 || columns.clone().any(stays) {
        return None;
    }
    let distinct = |column: usize| {
        let mut ids: Vec<u64> = part.iter().map(|group| group.ids[column]).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.len()
    };
    columns
        .map(|column| (distinct(column), column))
        .filter(|&(n, _)| (2..ONLY_VARIABLES_MIN).contains(&n))
        .min()
}
