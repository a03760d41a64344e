//! Trees as in the paper: cuts within the range of the rows that reach a node.

use std::collections::BTreeSet;

use ndarray::ArrayView2;
use rayon::prelude::*;

use super::tree::Tree;
use super::{IsolationForestParams, partition};
use crate::ml::rng::Random;

/// A row of the subsample and how often it was drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Drawn {
    row: usize,
    count: u64,
}

/// A node still to be cut: its rows are `sample[start..end]`.
struct Open {
    node: u32,
    depth: u32,
    start: usize,
    end: usize,
    /// columns that may vary among its rows: one that does not vary in a node does not vary below it
    columns: Vec<u32>,
}

/// The trees and the ψ that they were grown with.
pub(super) fn grow(
    x: ArrayView2<'_, f64>,
    weights: &[u64],
    n_rows: u64,
    params: &IsolationForestParams,
) -> (Vec<Tree>, usize) {
    let subsample_size = (params.subsample_size as u64).min(n_rows);
    let ends: Vec<u64> = weights
        .iter()
        .scan(0, |sum, &weight| {
            *sum += weight;
            Some(*sum)
        })
        .collect();
    let grow_one = |tree: usize| {
        let mut random = Random::new(params.seed, tree as u64);
        let sample = draw(&ends, subsample_size, &mut random);
        grow_tree(x, sample, height_limit(subsample_size), &mut random)
    };
    let trees = (0..params.n_trees).into_par_iter().map(grow_one).collect();
    (trees, subsample_size as usize)
}

/// `ceil(log₂ n)` for `n ≥ 2`: the mean height of a tree of `n` rows, beyond which rows are ordinary.
fn height_limit(n: u64) -> u32 {
    (n - 1).ilog2() + 1
}

/// Draws `size` of the weighted rows without replacement (Floyd's method); `ends` are the running sums of the weights.
fn draw(ends: &[u64], size: u64, random: &mut Random) -> Vec<Drawn> {
    let n_rows = ends.last().copied().unwrap_or(0);
    let mut positions = BTreeSet::new();
    for last in n_rows - size..n_rows {
        let position = random.below(last + 1);
        if !positions.insert(position) {
            positions.insert(last);
        }
    }
    let mut drawn: Vec<Drawn> = Vec::new();
    for position in positions {
        let row = ends.partition_point(|&end| end <= position);
        match drawn.last_mut().filter(|last| last.row == row) {
            Some(last) => last.count += 1,
            None => drawn.push(Drawn { row, count: 1 }),
        }
    }
    drawn
}

fn grow_tree(x: ArrayView2<'_, f64>, mut sample: Vec<Drawn>, height_limit: u32, random: &mut Random) -> Tree {
    let mut tree = Tree::new();
    let columns =
        (0..x.ncols()).map(|column| u32::try_from(column).expect("columns are numbered in 32 bits"));
    let mut open = vec![Open { node: 0, depth: 0, start: 0, end: sample.len(), columns: columns.collect() }];
    while let Some(Open { node, depth, start, end, mut columns }) = open.pop() {
        let rows = &mut sample[start..end];
        let is_cut_further = depth < height_limit && rows.len() > 1;
        let Some((column, threshold)) =
            is_cut_further.then(|| draw_cut(x, rows, &mut columns, random)).flatten()
        else {
            let count: u64 = rows.iter().map(|drawn| drawn.count).sum();
            tree.close(node, depth, count as f64);
            continue;
        };
        let middle = start + partition(rows, |drawn| x[[drawn.row, column as usize]] <= threshold);
        let (left, right) = tree.cut(node, column, threshold);
        open.push(Open { node: right, depth: depth + 1, start: middle, end, columns: columns.clone() });
        open.push(Open { node: left, depth: depth + 1, start, end: middle, columns });
    }
    tree
}

/// A column among those that vary in `rows` and a threshold from its range `[min, max)`; none varies, no cut.
fn draw_cut(
    x: ArrayView2<'_, f64>,
    rows: &[Drawn],
    columns: &mut Vec<u32>,
    random: &mut Random,
) -> Option<(u32, f64)> {
    while !columns.is_empty() {
        let at = random.below(columns.len() as u64) as usize;
        let column = columns[at];
        let cells = rows.iter().map(|drawn| x[[drawn.row, column as usize]]);
        let (min, max) =
            cells.fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), x| (min.min(x), max.max(x)));
        if min < max {
            let share = random.unit();
            // neither product overflows, as max - min would for a range beyond that of the numbers
            let threshold = (min * (1.0 - share) + max * share).clamp(min, max);
            return Some((column, if threshold < max { threshold } else { min }));
        }
        columns.swap_remove(at);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn height_limit_is_the_logarithm_rounded_up() {
        assert_eq!([2, 3, 4, 5, 255, 256, 257].map(height_limit), [1, 2, 2, 3, 8, 8, 9]);
    }

    #[test]
    fn whole_sample_is_every_row_as_often_as_it_weighs() {
        let drawn = draw(&[2, 2, 7], 7, &mut Random::new(1, 0));
        assert_eq!(drawn, [Drawn { row: 0, count: 2 }, Drawn { row: 2, count: 5 }]);
    }

    #[test]
    fn rows_are_drawn_in_proportion_to_their_weight_and_never_beyond_it() {
        let mut counts = [0; 3];
        for stream in 0..4_000 {
            for drawn in draw(&[1, 4, 10], 5, &mut Random::new(1, stream)) {
                assert!(drawn.count <= [1, 3, 6][drawn.row]);
                counts[drawn.row] += drawn.count;
            }
        }
        // half of the ten rows in each draw: 2000, 6000, 12000, within four standard deviations (at most 60 each)
        let expected = [2_000_u64, 6_000, 12_000];
        assert!(
            counts.iter().zip(expected).all(|(&count, expected)| count.abs_diff(expected) < 240),
            "{counts:?}"
        );
    }
}
