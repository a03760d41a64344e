//! One tree as a flat list of nodes: children stand side by side behind their parent, a leaf is its own child.

use serde::{Deserialize, Serialize};

use super::average_path_length;

/// Rows that walk down a tree side by side: their memory accesses overlap, and no branch waits for a comparison.
pub(super) const BATCH: usize = 8;

/// Deeper trees are never grown; a bound for trees read from a file.
const DEPTH_MAX: u32 = 64;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Node {
    /// bits of the threshold: a row goes right if its cell is greater; +∞ in a leaf, which no number exceeds
    threshold_bits: u64,
    feature: u32,
    /// the left child, with the right one behind it; in a leaf, the leaf itself
    left: u32,
}

/// A tree, and the path length at each of its leaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    path_lengths: Vec<f64>,
    depth: u32,
}

impl Tree {
    /// A tree of one leaf, node 0, not yet closed.
    pub(super) fn new() -> Self {
        let mut tree = Self { nodes: Vec::new(), path_lengths: Vec::new(), depth: 0 };
        tree.push_leaf();
        tree
    }

    fn push_leaf(&mut self) -> u32 {
        let node = u32::try_from(self.nodes.len()).expect("a tree has fewer than 2^32 nodes");
        self.nodes.push(Node { threshold_bits: f64::INFINITY.to_bits(), feature: 0, left: node });
        self.path_lengths.push(0.0);
        node
    }

    /// Turns the leaf `node` into a cut: cells of `feature` above `threshold` go right. Gives both new leaves.
    pub(super) fn cut(&mut self, node: u32, feature: u32, threshold: f64) -> (u32, u32) {
        let (left, right) = (self.push_leaf(), self.push_leaf());
        self.nodes[node as usize] = Node { threshold_bits: threshold.to_bits(), feature, left };
        (left, right)
    }

    /// Closes the leaf `node` at `depth` cuts below the root, where `mass` rows end: `h = depth + c(mass)`.
    pub(super) fn close(&mut self, node: u32, depth: u32, mass: f64) {
        self.depth = self.depth.max(depth);
        self.path_lengths[node as usize] = f64::from(depth) + average_path_length(mass);
    }

    /// Adds each row's path length to its sum; `cells` holds rows of `width` cells, as many as there are sums.
    pub(super) fn add_path_lengths(&self, cells: &[f64], width: usize, sums: &mut [f64]) {
        for (cells, sums) in cells.chunks(width * BATCH).zip(sums.chunks_mut(BATCH)) {
            let last = sums.len() - 1;
            let rows: [&[f64]; BATCH] = std::array::from_fn(|i| &cells[i.min(last) * width..][..width]);
            let leaves = self.leaves(rows);
            for (sum, leaf) in sums.iter_mut().zip(leaves) {
                *sum += self.path_lengths[leaf as usize];
            }
        }
    }

    fn leaves(&self, rows: [&[f64]; BATCH]) -> [u32; BATCH] {
        let mut at = [0; BATCH];
        for _ in 0..self.depth {
            for (at, row) in at.iter_mut().zip(rows) {
                let node = self.nodes[*at as usize];
                *at = node.left + u32::from(row[node.feature as usize] > f64::from_bits(node.threshold_bits));
            }
        }
        at
    }

    /// Whether rows of `n_features` finite cells can walk the tree: what is read from a file may be anything.
    pub(super) fn is_sound(&self, n_features: usize) -> bool {
        let n_nodes = self.nodes.len();
        if n_nodes == 0 || self.path_lengths.len() != n_nodes || self.depth > DEPTH_MAX {
            return false;
        }
        let mut depths = vec![0_u32; n_nodes];
        for (at, node) in self.nodes.iter().enumerate() {
            let (left, threshold) = (node.left as usize, f64::from_bits(node.threshold_bits));
            let is_leaf = left == at && threshold == f64::INFINITY;
            let is_cut = left > at && left + 1 < n_nodes && threshold.is_finite();
            if node.feature as usize >= n_features || !(is_leaf || is_cut) {
                return false;
            }
            if is_cut {
                depths[left] = depths[left].max(depths[at] + 1);
                depths[left + 1] = depths[left + 1].max(depths[at] + 1);
            }
        }
        let are_lengths = self.path_lengths.iter().all(|length| length.is_finite() && *length >= 0.0);
        are_lengths && depths.iter().max() == Some(&self.depth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// x₁ ≤ 5 ends at depth 1 with 2 rows; above, x₀ ≤ 0 and x₀ > 0 end at depth 2 with 1 row each.
    fn small_tree() -> Tree {
        let mut tree = Tree::new();
        let (left, right) = tree.cut(0, 1, 5.0);
        tree.close(left, 1, 2.0);
        let (low, high) = tree.cut(right, 0, 0.0);
        tree.close(low, 2, 1.0);
        tree.close(high, 2, 1.0);
        tree
    }

    #[test]
    fn path_length_is_the_depth_and_what_the_leaf_still_holds() {
        // c(2) = 1 and c(1) = 0: all three leaves are at length 2
        let mut sums = [10.0; 3];
        small_tree().add_path_lengths(&[0.0, 5.0, 0.0, 5.1, 0.1, 5.1], 2, &mut sums);
        assert_eq!(sums, [12.0; 3]);
    }

    #[test]
    fn rows_beyond_one_batch_reach_their_own_leaves() {
        let mut tree = Tree::new();
        let (left, right) = tree.cut(0, 0, 9.5);
        tree.close(left, 1, 1.0);
        tree.close(right, 1, 2.0);
        let cells: Vec<f64> = (0..19).map(f64::from).collect();
        let mut sums = vec![0.0; 19];
        tree.add_path_lengths(&cells, 1, &mut sums);
        assert!(sums[..10].iter().all(|&sum| sum == 1.0) && sums[10..].iter().all(|&sum| sum == 2.0));
    }

    #[test]
    fn damaged_trees_are_not_sound() {
        assert!(small_tree().is_sound(2));
        assert!(!small_tree().is_sound(1), "a feature beyond the row");
        let damage: [fn(&mut Tree); 7] = [
            |tree| tree.nodes[0].left = 0,
            |tree| tree.nodes[2].left = 1,
            |tree| tree.nodes[2].left = 4,
            |tree| tree.nodes[0].threshold_bits = f64::NAN.to_bits(),
            |tree| tree.path_lengths[1] = -1.0,
            |tree| tree.depth = 1,
            |tree| tree.nodes.clear(),
        ];
        for (number, damage) in damage.into_iter().enumerate() {
            let mut tree = small_tree();
            damage(&mut tree);
            assert!(!tree.is_sound(2), "damage {number}");
        }
    }
}
