//! The masked tokens of one line, packed: what lines that differ only in their variables share.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use xxhash_rust::xxh3::xxh3_64;

use super::Class;

/// One masked token, borrowed from its [`Sequence`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'s> {
    /// Constants as they are, variables as `<*>`, perhaps behind a constant prefix: `blk_<*>`.
    pub text: &'s str,
    /// Its class.
    pub class: Class,
    /// Whether white space stands before it.
    pub space_before: bool,
}

/// The masked tokens of one line.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Packed", into = "Packed")]
pub struct Sequence {
    text: Box<str>,
    marks: Box<[Mark]>,
}

/// End of a token in the text, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Mark {
    end: u32,
    class: Class,
    space_before: bool,
}

/// As stored: the text, and for each token its length and a byte of class and space.
#[derive(Serialize, Deserialize)]
struct Packed {
    text: String,
    lengths: Vec<u32>,
    kinds: Vec<u8>,
}

/// A stored sequence does not hold together.
#[derive(Debug, Error)]
#[error("stored token sequence is damaged: lengths, classes and text do not fit each other")]
struct Damaged;

pub(super) const SPACE: u8 = 0x80;

impl From<Sequence> for Packed {
    fn from(sequence: Sequence) -> Self {
        let lengths = sequence.tokens().map(|token| token.text.len() as u32).collect();
        let kinds =
            sequence.marks.iter().map(|m| m.class as u8 | if m.space_before { SPACE } else { 0 }).collect();
        Self { lengths, kinds, text: sequence.text.into() }
    }
}

impl TryFrom<Packed> for Sequence {
    type Error = Damaged;

    fn try_from(packed: Packed) -> Result<Self, Damaged> {
        if packed.lengths.len() != packed.kinds.len() || u32::try_from(packed.text.len()).is_err() {
            return Err(Damaged);
        }
        let mut end = 0u32;
        let mut marks = Vec::with_capacity(packed.kinds.len());
        for (&length, &kind) in packed.lengths.iter().zip(&packed.kinds) {
            end = end.checked_add(length).ok_or(Damaged)?;
            let class = Class::from_u8(kind & !SPACE).ok_or(Damaged)?;
            if length == 0 || !packed.text.is_char_boundary(end as usize) {
                return Err(Damaged);
            }
            marks.push(Mark { end, class, space_before: kind & SPACE != 0 });
        }
        if end as usize != packed.text.len() {
            return Err(Damaged);
        }
        Ok(Self { text: packed.text.into(), marks: marks.into() })
    }
}

impl<'s> FromIterator<Token<'s>> for Sequence {
    fn from_iter<I: IntoIterator<Item = Token<'s>>>(tokens: I) -> Self {
        let mut text = String::new();
        let mut marks = Vec::new();
        for token in tokens {
            text.push_str(token.text);
            marks.push(Mark { end: text.len() as u32, class: token.class, space_before: token.space_before });
        }
        Self { text: text.into(), marks: marks.into() }
    }
}

impl Sequence {
    /// The tokens in order.
    pub fn tokens(&self) -> impl Iterator<Item = Token<'_>> + Clone {
        let mut start = 0;
        self.marks.iter().map(move |mark| {
            let text = &self.text[start..mark.end as usize];
            start = mark.end as usize;
            Token { text, class: mark.class, space_before: mark.space_before }
        })
    }

    /// A hash of the tokens: the one of [`Tokens::key`](super::Tokens::key) that the sequence was copied from.
    #[must_use]
    pub fn key(&self) -> u64 {
        let mut encoded = Vec::with_capacity(self.text.len() + 2 * self.marks.len());
        for token in self.tokens() {
            encoded.push(token.class as u8 | if token.space_before { SPACE } else { 0 });
            encoded.extend_from_slice(token.text.as_bytes());
            encoded.push(super::END);
        }
        xxh3_64(&encoded)
    }

    /// How many tokens there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.marks.len()
    }

    /// Whether the line was blank.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// The natural words among the constants, in order.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.tokens().filter(|token| token.class == Class::Word).map(|token| token.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(text: &str, lengths: &[u32], kinds: &[u8]) -> Packed {
        Packed { text: text.to_owned(), lengths: lengths.to_vec(), kinds: kinds.to_vec() }
    }

    #[test]
    fn a_stored_sequence_comes_back() {
        let sequence: Sequence = Sequence::try_from(packed("link<*>", &[4, 3], &[3, 0x80])).unwrap();
        let tokens: Vec<_> = sequence.tokens().map(|t| (t.text, t.class, t.space_before)).collect();
        assert_eq!(tokens, [("link", Class::Word, false), ("<*>", Class::Variable, true)]);
        assert_eq!(Sequence::try_from(Packed::from(sequence.clone())).unwrap(), sequence);
    }

    #[test]
    fn a_copy_of_tokens_has_their_key() {
        let mut tokens = crate::tokenize::Tokens::default();
        for message in ["", "Grüße  aus Köln: blk_-17 took 12.5ms", "sent \"GET /x 200\" key=\"a b\" 12 %"]
        {
            crate::tokenize::tokenize(message, &mut tokens);
            assert_eq!(tokens.to_sequence().key(), tokens.key(), "{message}");
        }
    }

    #[test]
    fn damaged_sequences_are_refused() {
        for damaged in [
            packed("link", &[5], &[3]),              // longer than the text
            packed("link", &[3], &[3]),              // text left over
            packed("é", &[1, 1], &[3, 3]),           // inside a character
            packed("link", &[4], &[9]),              // no such class
            packed("link", &[4], &[3, 3]),           // more classes than lengths
            packed("link", &[u32::MAX, 5], &[3, 3]), // overflows
        ] {
            assert!(Sequence::try_from(damaged).is_err());
        }
    }
}
