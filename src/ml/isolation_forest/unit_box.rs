//! Trees whose structure the seed alone decides: cuts of the box `[0, 1]^d`, masses counted from the data.

use ndarray::ArrayView2;
use rayon::prelude::*;

use super::tree::Tree;
use super::{IsolationForestParams, partition};
use crate::ml::rng::splitmix64;

/// A node still to be cut: its rows are `rows[start..end]`, its box is `low` to `high`.
struct Open {
    node: u32,
    /// 1 for the root, `2·path` and `2·path + 1` for the children of a node
    path: u64,
    depth: u32,
    start: usize,
    end: usize,
    low: Vec<f64>,
    high: Vec<f64>,
}

/// One tree's share of the input.
struct Data<'a> {
    x: ArrayView2<'a, f64>,
    weights: &'a [u64],
    n_rows: u64,
    subsample_size: usize,
    depth: u32,
}

/// The trees of a forest over `x`, whose rows count as often as `weights` says, `n_rows` in all.
pub(super) fn grow<'a>(
    x: ArrayView2<'a, f64>,
    weights: &'a [u64],
    n_rows: u64,
    depth: u32,
    params: &IsolationForestParams,
) -> Vec<Tree> {
    let data = Data { x, weights, n_rows, subsample_size: params.subsample_size, depth };
    let key = |tree: usize| splitmix64(params.seed.wrapping_mul(1_000_003).wrapping_add(tree as u64));
    (0..params.n_trees).into_par_iter().map(|tree| data.grow_tree(key(tree))).collect()
}

impl Data<'_> {
    fn grow_tree(&self, key: u64) -> Tree {
        let n_features = self.x.ncols();
        let mut rows: Vec<usize> = (0..self.x.nrows()).filter(|&row| self.weights[row] > 0).collect();
        let mut tree = Tree::new();
        let (low, high) = (vec![0.0; n_features], vec![1.0; n_features]);
        let mut open = vec![Open { node: 0, path: 1, depth: 0, start: 0, end: rows.len(), low, high }];
        while let Some(Open { node, path, depth, start, end, low, high }) = open.pop() {
            let rows = &mut rows[start..end];
            let count: u64 = rows.iter().map(|&row| self.weights[row]).sum();
            if depth >= self.depth || self.is_isolated(count) {
                tree.close(node, depth, self.mass(count));
                continue;
            }
            let (column, cut) = draw_cut(key, path, &low, &high);
            let middle = start + partition(rows, |row| self.x[[row, column]] < cut);
            // below the cut is left; a row goes right if its cell is greater than the number before the cut
            let (left, right) = tree.cut(node, column as u32, cut.next_down());
            let (mut low_right, mut high_left) = (low.clone(), high.clone());
            (low_right[column], high_left[column]) = (cut, cut);
            let depth = depth + 1;
            open.push(Open {
                node: right,
                path: 2 * path + 1,
                depth,
                start: middle,
                end,
                low: low_right,
                high,
            });
            open.push(Open { node: left, path: 2 * path, depth, start, end: middle, low, high: high_left });
        }
        tree
    }

    /// Whether the mass is at most 1, in whole numbers.
    fn is_isolated(&self, count: u64) -> bool {
        self.subsample_size as u128 * u128::from(count) <= u128::from(self.n_rows)
    }

    /// The rows of an average subsample that a node with `count` of all rows would hold.
    fn mass(&self, count: u64) -> f64 {
        self.subsample_size as f64 * count as f64 / self.n_rows as f64
    }
}

/// Column and position of a node's cut, from the hash of tree and path: 24 bits choose the column, 32 the position.
fn draw_cut(key: u64, path: u64, low: &[f64], high: &[f64]) -> (usize, f64) {
    let hash = splitmix64(key ^ path);
    let column = ((hash >> 40) % low.len() as u64) as usize;
    let share = (hash & 0xFFFF_FFFF) as f64 / (1_u64 << 32) as f64;
    (column, low[column] + (high[column] - low[column]) * share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn first_cuts_are_those_worked_out_from_the_hash() {
        // splitmix64(1234567) = 6457827717110365317 = 0x599ED017FB08FC85: column 0x599ED0 mod 3 = 5873360 mod 3 = 2,
        // position 0xFB08FC85 / 2^32 = 4211670149 / 4294967296 = 0.980606...
        let (column, cut) = draw_cut(1_234_567 ^ 1, 1, &[0.0; 3], &[1.0; 3]);
        assert_eq!(column, 2);
        assert!((cut - 4_211_670_149.0 / 4_294_967_296.0).abs() < 1e-15);
        // the same share of a smaller box
        let (_, cut) = draw_cut(1_234_567 ^ 1, 1, &[0.0, 0.0, 0.5], &[1.0, 1.0, 0.75]);
        assert!((cut - (0.5 + 0.25 * 4_211_670_149.0 / 4_294_967_296.0)).abs() < 1e-15);
    }

    #[test]
    fn row_on_a_cut_is_scored_where_it_was_counted() {
        let params = IsolationForestParams { n_trees: 1, seed: 5, ..Default::default() };
        let (_, cut) = draw_cut(splitmix64(5 * 1_000_003), 1, &[0.0], &[1.0]);
        // one cut, with everything on it: right of it the mass is 256, left of it 0
        let x = array![[cut]];
        let trees = grow(x.view(), &[10], 10, 1, &params);
        let mut sums = [0.0; 2];
        trees[0].add_path_lengths(&[cut, cut.next_down()], 1, &mut sums);
        assert_eq!(sums, [1.0 + crate::ml::isolation_forest::average_path_length(256.0), 1.0]);
    }
}
