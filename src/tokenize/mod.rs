//! A message to masked, classed tokens.

use serde::{Deserialize, Serialize};

/// What kind of thing a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Class {
    /// A natural word.
    Word,
}

/// One masked token.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Token {
    /// The constant text as it is, variables as `<*>`.
    pub text: Box<str>,
    /// Its class.
    pub class: Class,
    /// Whether white space stands before it.
    pub space_before: bool,
}

/// The masked tokens of one line: what lines that differ only in their variables share.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Sequence(Vec<Token>);
