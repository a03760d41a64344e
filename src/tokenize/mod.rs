//! A message to masked, classed tokens: what a line shares with the lines that differ only in their variables.
//!
//! In: the message of an entry. Out: [`Tokens`], whose [`Tokens::key`] names the masked [`Sequence`]. One pass over
//! the bytes, no regular expression, no allocation once the buffers have grown.

mod class;
mod recognize;
mod scan;
mod sequence;

pub use class::Class;
pub use scan::{MAX_TOKENS, Tokens, tokenize};
pub use sequence::{Sequence, Token};

/// What stands for a variable.
pub const VARIABLE: &str = "<*>";
