//! The shape of a sequence: its punctuation, with a word between; and its words.

use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::xxh3_64;

use crate::tokenize::{Class, Sequence, Token, VARIABLE};

/// The number of `<*>` among words.
pub(super) const WILDCARD: u32 = 0;

/// Numbers for words; the same word, the same number.
#[derive(Debug)]
pub(super) struct Words<'s> {
    numbers: FxHashMap<&'s str, u32>,
    texts: Vec<&'s str>,
}

/// One word of a sequence: its number and class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Word {
    pub(super) text: u32,
    pub(super) class: Class,
}

/// A sequence as grouping sees it.
#[derive(Clone, Debug)]
pub(super) struct Shaped {
    /// Hash of its punctuation and where words stand in it.
    pub(super) shape: u64,
    /// Its words; runs of variables are one.
    pub(super) words: Vec<Word>,
}

impl Default for Words<'_> {
    fn default() -> Self {
        Self { numbers: FxHashMap::from_iter([(VARIABLE, WILDCARD)]), texts: vec![VARIABLE] }
    }
}

impl<'s> Words<'s> {
    /// The number of a word, made where it is new.
    pub(super) fn number(&mut self, text: &'s str) -> u32 {
        let next = self.texts.len() as u32;
        let number = *self.numbers.entry(text).or_insert(next);
        if number == next {
            self.texts.push(text);
        }
        number
    }

    pub(super) fn text(&self, number: u32) -> &'s str {
        self.texts[number as usize]
    }
}

/// Punctuation that joins variables to one: `1,2`, `10:00`, `a|b`, `1-2`, `3/4`, `5#6`.
fn joins(text: &str) -> bool {
    matches!(text, "," | ";" | ":" | "|" | "/" | "-" | "#")
}

/// The tokens of a sequence; of three values with digits in a row (a dump, say) each is a variable.
pub(super) fn tokens_of(sequence: &Sequence) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = sequence.tokens().collect();
    let digital = |token: &Token<'_>| {
        matches!(token.class, Class::Variable | Class::Value)
            && (token.text.contains(VARIABLE) || token.text.bytes().any(|b| b.is_ascii_digit()))
    };
    let runs: Vec<usize> = tokens
        .windows(3)
        .enumerate()
        .filter(|(_, three)| three.iter().all(digital))
        .map(|(first, _)| first)
        .collect();
    for first in runs {
        for token in &mut tokens[first..first + 3] {
            token.class = Class::Variable;
        }
    }
    tokens
}

/// The shape and words of a sequence. A run of variables, with joining punctuation between, is one word.
pub(super) fn shape_of<'s>(tokens: &[Token<'s>], mut number: impl FnMut(&'s str) -> u32) -> Shaped {
    let mut shape: Vec<u8> = Vec::with_capacity(tokens.len());
    let mut words: Vec<Word> = Vec::with_capacity(tokens.len());
    // where the shape ends after its last word, while only joining punctuation came since
    let mut open: Option<usize> = None;
    for token in tokens {
        if token.class == Class::Punctuation {
            shape.extend_from_slice(token.text.as_bytes());
            let joined = open.is_some_and(|end| shape.len() - end == token.text.len()) && joins(token.text);
            if !joined {
                open = None;
            }
            continue;
        }
        let digital = token.class == Class::Value && token.text.bytes().any(|b| b.is_ascii_digit());
        let after_variable = words.last().is_some_and(|word| word.text == WILDCARD);
        if let Some(end) = open
            && after_variable
            && (token.class == Class::Variable || digital)
        {
            shape.truncate(end);
            continue;
        }
        shape.push(b'\0');
        open = Some(shape.len());
        let text = if token.class == Class::Variable { WILDCARD } else { number(token.text) };
        words.push(Word { text, class: token.class });
    }
    Shaped { shape: xxh3_64(&shape), words }
}
