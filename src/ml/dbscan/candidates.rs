//! Which sparse rows can have a cosine of so much at all: those that share the columns that such rows must share.
//!
//! In: rows and a cosine. Out: for a row the others that it has to be compared with, those by rare columns first.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::linalg::{SparseRow, SparseRows};
use crate::ml::rng::splitmix64;

/// How far rounding may move the squared length of a part of a row, kept in 32 bits.
const ROUNDING: f64 = 1e-6;

/// From so many rows on a list is split by the next column that they share. With shorter lists a query compares less and the
/// index is larger: of 200,000 rows of 8 columns out of 300 most comparing is saved by 64.
const SPLIT_FROM: [usize; 3] = [64, 512, 4096];

/// Columns by which a list is told apart, at most.
const MAX_DEPTH: usize = 3;

/// Entries of the index for each row on average, at most: its memory is 8 bytes for each, some 40 while it is made. Lists that
/// would need more to be split stay whole.
const ENTRIES_PER_ROW: usize = 48;

/// Stands for "no further column" behind those that are shared.
const NOTHING: u32 = u32::MAX;

/// Lists of rows by the first columns that they share with another, columns being ranked from rare to common.
///
/// Of two rows of length 1 with a cosine of at least `c` let `u` and `v` be the squared lengths of what the other has no
/// column for. As `c ≤ sqrt((1 − u)·(1 − v))` (Cauchy and Schwarz), `u ≤ 1 − c²`, `v ≤ 1 − c²`, and `u + v ≤ 2 − 2c`. So
/// the first column that both have stands in each before the columns skipped weigh more than that: a row is on the lists of
/// its columns up to there. A long list is split by the second column that both have, and again by the third, each as far on
/// as the bound allows, or by there being none.
///
/// A list is known by a hash of its columns. Two lists under one hash would be one: more to compare, the same result.
///
/// # Source
/// The first bound is that of the prefix filter of Bayardo, Ma, Srikant, "Scaling up all pairs similarity search",
/// WWW 2007; lists by several columns are those of Wang, Li, Feng, "Can we beat the prefix filtering?", SIGMOD 2012.
#[derive(Debug)]
pub(super) struct Candidates {
    bound: Bound,
    n_rows_with: Vec<u32>,
    /// Lists that are split.
    split: FxHashSet<u64>,
    /// Where the list of a key stands in `listed`.
    lists: FxHashMap<u64, (u32, u32)>,
    listed: Vec<Listed>,
}

/// What two rows may skip of each other, as squared lengths.
#[derive(Clone, Copy, Debug)]
struct Bound {
    one: f64,
    both: f64,
}

/// A row on a list.
#[derive(Clone, Copy, Debug)]
struct Listed {
    row: u32,
    /// Squared length of what it has skipped until it came on this list.
    skipped: f32,
}

/// The list, what was skipped (as bits, which are in the order of the numbers: none is negative), the row.
type Entry = (u64, u32, u32);

impl Candidates {
    /// Lists for rows of these lengths and cosines of `cosine_min`, which is above 0.
    pub(super) fn new(rows: &SparseRows, norms: &[f64], cosine_min: f64) -> Self {
        let mut n_rows_with = vec![0_u32; rows.n_columns()];
        rows.rows().flat_map(SparseRow::columns).for_each(|&column| n_rows_with[column as usize] += 1);
        let bound = Bound {
            one: 1.0 - cosine_min.min(1.0).powi(2) + ROUNDING,
            both: 2.0 - 2.0 * cosine_min.min(1.0) + ROUNDING,
        };
        let mut candidates = Self {
            bound,
            n_rows_with,
            split: FxHashSet::default(),
            lists: FxHashMap::default(),
            listed: Vec::new(),
        };
        let whole = candidates.entries(rows, norms, usize::MAX).unwrap_or_default();
        let entries = candidates.deepen(rows, norms, whole);
        candidates.list(&entries);
        candidates
    }

    /// Gives `take` the rows that `row` has to be compared with, perhaps more than once; it says whether it had not had a row
    /// yet. Ends before a further one where it has had `max`. Whether those were all.
    pub(super) fn of_row(
        &self,
        row: SparseRow<'_>,
        norm: f64,
        max: usize,
        mut take: impl FnMut(usize) -> bool,
    ) -> bool {
        let mut keys = Vec::new();
        self.keys(&self.ranked(row, norm), 0, 0, 0.0, &mut keys);
        let mut left = max;
        for (key, skipped) in keys {
            let Some(&(from, to)) = self.lists.get(&key) else { continue };
            for other in &self.listed[from as usize..to as usize] {
                if skipped + f64::from(other.skipped) > self.bound.both {
                    break;
                }
                if left == 0 {
                    return false;
                }
                left -= usize::from(take(other.row as usize));
            }
        }
        true
    }

    /// The columns of a row with their shares of its squared length, from rare to common.
    fn ranked(&self, row: SparseRow<'_>, norm: f64) -> Vec<(u32, f64)> {
        let cells = row.cells().filter(|&(_, value)| value != 0.0);
        let mut ranked: Vec<(u32, f64)> = cells.map(|(c, value)| (c, (value / norm).powi(2))).collect();
        ranked.sort_unstable_by_key(|&(column, _)| (self.n_rows_with[column as usize], column));
        ranked
    }

    /// Appends the lists that a row is on whose columns shared so far are those of `key`, the last before `from`, and what it
    /// has skipped for each.
    fn keys(
        &self,
        ranked: &[(u32, f64)],
        from: usize,
        key: u64,
        mut skipped: f64,
        out: &mut Vec<(u64, f64)>,
    ) {
        for (at, &(column, share)) in ranked.iter().enumerate().skip(from) {
            if skipped > self.bound.one {
                return;
            }
            let longer = extended(key, column);
            if self.split.contains(&longer) {
                self.keys(ranked, at + 1, longer, skipped, out);
            } else {
                out.push((longer, skipped));
            }
            skipped += share;
        }
        if from > 0 && skipped <= self.bound.one {
            out.push((extended(key, NOTHING), skipped));
        }
    }

    /// What is on the lists, sorted; `None` where that is more than `max`.
    fn entries(&self, rows: &SparseRows, norms: &[f64], max: usize) -> Option<Vec<Entry>> {
        let (mut entries, mut keys) = (Vec::new(), Vec::new());
        for (number, (row, &norm)) in rows.rows().zip(norms).enumerate().filter(|(_, (_, norm))| **norm > 0.0)
        {
            let number = u32::try_from(number).expect("rows are numbered in 32 bits");
            self.keys(&self.ranked(row, norm), 0, 0, 0.0, &mut keys);
            entries.extend(keys.drain(..).map(|(key, skipped)| (key, (skipped as f32).to_bits(), number)));
            if entries.len() > max {
                return None;
            }
        }
        entries.par_sort_unstable();
        Some(entries)
    }

    /// Splits long lists, the longest kind where not all can be, until none is left or they have columns enough.
    fn deepen(&mut self, rows: &SparseRows, norms: &[f64], mut entries: Vec<Entry>) -> Vec<Entry> {
        let max = rows.n_rows().saturating_mul(ENTRIES_PER_ROW);
        for _ in 1..MAX_DEPTH {
            let Some(deeper) = SPLIT_FROM.iter().find_map(|&from| {
                let long: Vec<u64> = entries
                    .chunk_by(is_same_list)
                    .filter(|list| list.len() >= from)
                    .map(|list| list[0].0)
                    .collect();
                if long.is_empty() {
                    return None;
                }
                self.split.extend(&long);
                let deeper = self.entries(rows, norms, max);
                if deeper.is_none() {
                    for key in &long {
                        self.split.remove(key);
                    }
                }
                deeper
            }) else {
                break;
            };
            entries = deeper;
        }
        entries
    }

    fn list(&mut self, entries: &[Entry]) {
        self.listed =
            entries.iter().map(|&(_, bits, row)| Listed { row, skipped: f32::from_bits(bits) }).collect();
        let mut from = 0;
        for list in entries.chunk_by(is_same_list) {
            let to = from + u32::try_from(list.len()).expect("entries are numbered in 32 bits");
            self.lists.insert(list[0].0, (from, to));
            from = to;
        }
    }
}

#[cfg(test)]
impl Candidates {
    /// Lists that are split.
    pub(super) fn n_split(&self) -> usize {
        self.split.len()
    }
}

fn is_same_list(a: &Entry, b: &Entry) -> bool {
    a.0 == b.0
}

/// The key of a list that shares one more column.
fn extended(key: u64, column: u32) -> u64 {
    splitmix64(key ^ u64::from(column))
}
