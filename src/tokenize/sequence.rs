//! The masked tokens of one line, in one string.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Class;

/// Characters below it start a token in the string of a [`Sequence`]: class times two, plus one where white space
/// stands before, plus one so that none is NUL. Texts hold no control character.
pub(super) const MARKERS: u8 = 0x20;

/// One masked token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'s> {
    /// Constants as they are, variables as `<*>`.
    pub text: &'s str,
    /// What it is.
    pub class: Class,
    /// Whether white space stands before it.
    pub space_before: bool,
}

/// The masked tokens of one line; equal for lines that differ only in their variables.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Sequence(Box<str>);

impl Sequence {
    pub(super) fn from_marked(text: &str) -> Self {
        Self(text.into())
    }

    /// The tokens, in order. Text that was stored with other markers reads as no token.
    pub fn tokens(&self) -> impl Iterator<Item = Token<'_>> {
        let bytes = self.0.as_bytes();
        let mut at = 0;
        std::iter::from_fn(move || {
            let marker = *bytes.get(at).filter(|b| **b < MARKERS && **b > 0)? - 1;
            let start = at + 1;
            at = bytes[start..].iter().position(|b| *b < MARKERS).map_or(bytes.len(), |p| start + p);
            Some(Token {
                text: &self.0[start..at],
                class: Class::from_number(marker / 2),
                space_before: marker % 2 == 1,
            })
        })
    }

    /// How many tokens there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.bytes().filter(|b| *b < MARKERS).count()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, token) in self.tokens().enumerate() {
            if i > 0 && token.space_before {
                f.write_str(" ")?;
            }
            f.write_str(token.text)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sequence({self})")
    }
}
