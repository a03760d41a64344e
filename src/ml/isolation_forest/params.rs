//! What a forest is grown with, and what it refuses.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::linalg::first_not_finite;

/// A node's path from the root, one bit for each step, fits 64 bits.
const UNIT_BOX_DEPTH_MAX: u32 = 60;

/// How a forest is grown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IsolationForestParams {
    /// Number of trees; more trees make scores steadier, their standard error falls as `1/sqrt(n_trees)`. The paper's
    /// default, 100: "path lengths usually converge well before".
    pub n_trees: usize,
    /// ψ, the rows each tree is grown from; at least 2. The paper's default, 256: more gives no better detection, and
    /// lets anomalies hide each other (masking).
    pub subsample_size: usize,
    /// Seed of every random choice.
    pub seed: u64,
    /// Where cuts are drawn from.
    pub cuts: Cuts,
}

impl Default for IsolationForestParams {
    fn default() -> Self {
        Self { n_trees: 100, subsample_size: 256, seed: 0, cuts: Cuts::DataRange }
    }
}

/// Where a node's cut is drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cuts {
    /// From the range of the rows that reach the node, as in the paper: each tree is grown from ψ rows drawn without
    /// replacement, to the height `ceil(log₂ ψ)`. It adapts to any scale, and cannot tell "just beyond" from "far
    /// beyond" what it was shown.
    DataRange,
    /// From the node's own box inside `[0, 1]^d`, by a hash of seed, tree and place in the tree. The structure does not
    /// depend on the data, and a node's mass is a plain count: the same rows give the same model bit for bit, in
    /// whatever order and in however many parts they are counted. Columns must be scaled to `[0, 1]`; what lies
    /// outside is treated like the nearest face.
    UnitBox {
        /// Height limit, 1 to 60. 8 is `log₂ 256`, the paper's for its subsample; a larger one tells dense places
        /// apart more finely, which is not where anomalies are.
        depth: u32,
    },
}

/// Why a forest is not grown, or a row not scored.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum IsolationForestError {
    /// Too few rows, their weights counted, to isolate one of them.
    #[error("isolation forest needs a total weight of at least {needed}, got {n_rows}")]
    TooFewRows {
        /// sum of the weights
        n_rows: u64,
        /// 2 for cuts from the data, 1 for cuts from the box
        needed: u64,
    },
    /// Rows without columns.
    #[error("isolation forest needs at least 1 column, got 0")]
    NoColumns,
    /// Not one weight for each row, or their sum beyond 64 bits.
    #[error(
        "isolation forest needs one weight for each row with a sum below 2^64, got {n_weights} for {n_rows} rows"
    )]
    Weights {
        /// rows given
        n_rows: usize,
        /// weights given
        n_weights: usize,
    },
    /// A parameter out of range.
    #[error("isolation forest needs {needed}, got {got}")]
    Params {
        /// what would be right
        needed: &'static str,
        /// what was found
        got: usize,
    },
    /// Rows to score are not as wide as those of the fit.
    #[error("isolation forest was grown on {expected} columns, got rows of {got}")]
    FeatureCount {
        /// columns at the fit
        expected: usize,
        /// columns given
        got: usize,
    },
    /// A NaN or an infinity.
    #[error("row {row}, column {column} is {value}: the isolation forest needs finite numbers")]
    NotFinite {
        /// the first such row
        row: usize,
        /// its first such column
        column: usize,
        /// what the cell holds
        value: f64,
    },
}

/// Looks at everything that a fit is given, and gives the sum of the weights.
pub(super) fn check_fit(
    x: ArrayView2<'_, f64>,
    weights: &[u64],
    params: &IsolationForestParams,
) -> Result<u64, IsolationForestError> {
    let weights_error = IsolationForestError::Weights { n_rows: x.nrows(), n_weights: weights.len() };
    if params.n_trees == 0 {
        return Err(IsolationForestError::Params { needed: "at least 1 tree", got: 0 });
    }
    if params.subsample_size < 2 {
        let needed = "a subsample of at least 2 rows";
        return Err(IsolationForestError::Params { needed, got: params.subsample_size });
    }
    if let Cuts::UnitBox { depth } = params.cuts
        && !(1..=UNIT_BOX_DEPTH_MAX).contains(&depth)
    {
        return Err(IsolationForestError::Params { needed: "a depth of 1 to 60", got: depth as usize });
    }
    if x.ncols() == 0 {
        return Err(IsolationForestError::NoColumns);
    }
    if weights.len() != x.nrows() {
        return Err(weights_error);
    }
    check_finite(x)?;
    let n_rows =
        weights.iter().try_fold(0_u64, |sum, &weight| sum.checked_add(weight)).ok_or(weights_error)?;
    let needed = if params.cuts == Cuts::DataRange { 2 } else { 1 };
    if n_rows < needed { Err(IsolationForestError::TooFewRows { n_rows, needed }) } else { Ok(n_rows) }
}

fn check_finite(x: ArrayView2<'_, f64>) -> Result<(), IsolationForestError> {
    match first_not_finite(x) {
        Some((row, column, value)) => Err(IsolationForestError::NotFinite { row, column, value }),
        None => Ok(()),
    }
}
