//! All sequences to groups: by shape, then by their words, then across shapes.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::tokenize::Token;

use super::cluster::{Row, group};
use super::shape::{Shaped, Word, Words, shape_of};
use super::skeleton::join_across_shapes;

/// Sequences that are one event.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// The patterns of the shapes that it holds, at least one.
    pub(super) patterns: Vec<Pattern>,
    /// The sequences in it, sorted.
    pub(super) members: Vec<u32>,
}

/// What alike sequences of one shape share.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    pub(super) shape: u64,
    /// Constant words, and [`super::shape::WILDCARD`] for what varies.
    pub(super) words: Vec<Word>,
}

/// Groups sequences; `lines[i]` is how many lines show sequence `i`. The result depends on the set alone.
pub(super) fn groups<'s>(sequences: &[Vec<Token<'s>>], lines: &[u64], words: &mut Words<'s>) -> Vec<Group> {
    let shaped: Vec<Shaped> =
        sequences.iter().map(|tokens| shape_of(tokens, |text| words.number(text))).collect();
    let mut buckets: BTreeMap<u64, BTreeMap<&[Word], Row>> = BTreeMap::new();
    for (number, (shaped, &lines)) in shaped.iter().zip(lines).enumerate() {
        let rows = buckets.entry(shaped.shape).or_default();
        let row = rows.entry(&shaped.words).or_insert_with(|| Row {
            words: shaped.words.clone(),
            lines: 0,
            members: Vec::new(),
        });
        row.lines += lines;
        row.members.push(number as u32);
    }
    let buckets: Vec<(u64, Vec<Row>)> =
        buckets.into_iter().map(|(shape, rows)| (shape, rows.into_values().collect())).collect();
    let words: &Words<'_> = words;
    let grouped: Vec<Vec<Group>> = buckets
        .into_par_iter()
        .map(|(shape, rows)| {
            let one = |row: Row| Group {
                patterns: vec![Pattern { shape, words: row.words }],
                members: row.members,
            };
            group(rows, words).into_iter().map(one).collect()
        })
        .collect();
    join_across_shapes(grouped.into_iter().flatten().collect())
}
