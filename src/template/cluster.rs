//! Sequences of one shape to groups of alike ones.

use std::collections::BTreeMap;

use crate::ml::dbscan::{Neighbourhood, dbscan};
use crate::tokenize::Class;

use super::judge::is_variable;
use super::shape::{WILDCARD, Word, Words};

/// Distances up to which sequences are neighbours, one after the other, each until nothing changes: the closest
/// join first, so that a column has its values before it is judged. Which values hardly matters (the judge decides).
const EPS: [f64; 3] = [0.12, 0.3, 0.5];

/// Most sequences that are compared with each other at once; more are taken in turns, with what came of those before.
const CHUNK: usize = 800;

/// What a mismatch of a word with a variable weighs at most.
const AGAINST_VARIABLE: f64 = 0.4;

/// How much more the first word weighs.
const FIRST: f64 = 1.5;

/// One row to group: words and the lines that show them.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) words: Vec<Word>,
    pub(super) lines: u64,
    /// The rows of the caller that are in it.
    pub(super) members: Vec<u32>,
}

/// Groups rows of one shape. The result does not depend on their order.
pub(super) fn group(mut rows: Vec<Row>, words: &Words<'_>) -> Vec<Row> {
    let by_text = |row: &Row| row.words.iter().map(|w| words.text(w.text)).collect::<Vec<_>>();
    if rows.len() <= CHUNK {
        return group_chunk(rows, words);
    }
    rows.sort_by_cached_key(by_text);
    let mut done: Vec<Row> = Vec::new();
    let mut open: Vec<Row> = Vec::new();
    let mut rest = rows.into_iter().peekable();
    while rest.peek().is_some() {
        open.extend(rest.by_ref().take(CHUNK));
        open = group_chunk(open, words);
        // what many rows went into may take in more; what stayed alone among its like is done
        open.sort_by_key(|row| (std::cmp::Reverse(row.members.len()), row.members[0]));
        done.extend(open.split_off(open.len().min(CHUNK / 2)));
    }
    done.extend(open);
    done
}

fn group_chunk(mut rows: Vec<Row>, words: &Words<'_>) -> Vec<Row> {
    if rows.first().is_none_or(|row| row.words.is_empty()) {
        return rows.into_iter().reduce(Row::merged).into_iter().collect();
    }
    for eps in EPS {
        loop {
            let before = rows.len();
            if before < 2 {
                return rows;
            }
            rows = merge_alike(rows, eps, words);
            if rows.len() == before {
                break;
            }
        }
    }
    rows
}

fn merge_alike(rows: Vec<Row>, eps: f64, words: &Words<'_>) -> Vec<Row> {
    let labels = dbscan(&Alike { rows: &rows, eps }, None, 2);
    let mut clusters: BTreeMap<usize, Vec<Row>> = BTreeMap::new();
    let mut merged = Vec::new();
    for (row, label) in rows.into_iter().zip(labels) {
        match label {
            Some(cluster) => clusters.entry(cluster).or_default().push(row),
            None => merged.push(row),
        }
    }
    for cluster in clusters.into_values() {
        split(cluster, words, &mut merged);
    }
    merged.sort_by_key(|row| row.members[0]);
    merged
}

/// Splits a cluster by the column with the fewest values that is no variable, until each is one.
fn split(cluster: Vec<Row>, words: &Words<'_>, out: &mut Vec<Row>) {
    let constant = (0..cluster[0].words.len())
        .filter_map(|column| {
            let mut values: Vec<u32> = cluster.iter().map(|row| row.words[column].text).collect();
            values.sort_unstable();
            values.dedup();
            (values.len() > 1 && !judge(&cluster, column, words)).then_some((values.len(), column))
        })
        .min();
    let Some((_, column)) = constant else {
        out.extend(cluster.into_iter().reduce(Row::merged));
        return;
    };
    let mut parts: BTreeMap<u32, Vec<Row>> = BTreeMap::new();
    for row in cluster {
        parts.entry(row.words[column].text).or_default().push(row);
    }
    for part in parts.into_values() {
        split(part, words, out);
    }
}

fn judge(cluster: &[Row], column: usize, words: &Words<'_>) -> bool {
    let values: Vec<(Word, u64)> = cluster.iter().map(|row| (row.words[column], row.lines)).collect();
    is_variable(&values, column == 0, words)
}

impl Row {
    /// Both in one; what differs is a variable.
    pub(super) fn merged(mut self, other: Self) -> Self {
        for (a, b) in self.words.iter_mut().zip(&other.words) {
            if a.text != b.text {
                *a = Word { text: WILDCARD, class: Class::Variable };
            }
        }
        self.lines += other.lines;
        self.members.extend(other.members);
        self.members.sort_unstable();
        self
    }
}

/// What a word of a class weighs in a comparison: the meaning it carries.
const fn weight(class: Class) -> f64 {
    match class {
        Class::Variable | Class::Unit => 0.0,
        Class::Value => 0.25,
        Class::Compound => 0.6,
        Class::Word | Class::Punctuation => 1.0,
        Class::Name => 0.3,
        Class::DottedValue => 0.1,
    }
}

/// Rows that differ in a share of their weight of at most `eps` are neighbours.
struct Alike<'r> {
    rows: &'r [Row],
    eps: f64,
}

impl Alike<'_> {
    fn distance(&self, a: &Row, b: &Row) -> f64 {
        let (mut different, mut total) = (0.0, 0.0);
        for (column, (x, y)) in a.words.iter().zip(&b.words).enumerate() {
            let (wx, wy) = (weight(x.class), weight(y.class));
            let factor = if column == 0 { FIRST } else { 1.0 };
            total += factor * f64::max(wx, wy);
            if x.text != y.text {
                let one_masked = (x.text == WILDCARD) != (y.text == WILDCARD);
                let loss = if one_masked { f64::max(wx, wy).min(AGAINST_VARIABLE) } else { f64::min(wx, wy) };
                different += factor * loss;
            }
        }
        if total > 0.0 { different / total } else { 0.0 }
    }
}

impl Neighbourhood for Alike<'_> {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn within_eps(&self, point: usize, out: &mut Vec<usize>) {
        let row = &self.rows[point];
        out.extend(
            (0..self.rows.len())
                .filter(|&other| other == point || self.distance(row, &self.rows[other]) <= self.eps),
        );
    }
}
