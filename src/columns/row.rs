//! One message as a row of columns, and what follows each of them.

use xxhash_rust::xxh3::xxh3_64;

use super::field::Field;
use super::{MOST_COLUMNS, Message};
use crate::ml::rng::splitmix64;
use crate::tokenize::{Class, Token};

/// One message: its columns, and what follows each.
#[derive(Debug)]
pub(super) struct Row<'s> {
    pub(super) fields: Vec<(Field<'s>, Rest)>,
    pub(super) lines: u64,
}

/// What follows a column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rest {
    /// Hash of all of it.
    pub(super) text: u64,
    /// Hash of its constants alone, without punctuation.
    pub(super) constants: u64,
    /// Hash of its first word.
    pub(super) word: u64,
    /// Hash of the constants behind that.
    pub(super) tail: u64,
    pub(super) n_tokens: usize,
}

impl<'s> Row<'s> {
    /// The columns of `message`, and what follows each.
    pub(super) fn of(message: &Message<'s>) -> Self {
        let tokens: Vec<Token<'s>> = message.sequence.tokens().collect();
        let mut texts = vec![0_u64; tokens.len() + 1];
        let mut constants = texts.clone();
        for (at, token) in tokens.iter().enumerate().rev() {
            let hash = xxh3_64(token.text.as_bytes());
            texts[at] = splitmix64(texts[at + 1] ^ hash);
            let is_constant = !matches!(token.class, Class::Punctuation | Class::Variable);
            constants[at] =
                if is_constant { splitmix64(constants[at + 1] ^ hash) } else { constants[at + 1] };
        }
        let mut fields = Vec::new();
        let mut at = 0;
        while fields.len() < MOST_COLUMNS
            && let Some(field) = Field::read(&tokens, at)
            && field.end < tokens.len()
        {
            at = field.end;
            let word = (at..tokens.len()).find(|&word| tokens[word].class != Class::Punctuation);
            let rest = Rest {
                text: texts[at],
                constants: constants[at],
                word: word.map_or(0, |word| xxh3_64(tokens[word].text.as_bytes())),
                tail: word.map_or(0, |word| constants[word + 1]),
                n_tokens: tokens.len() - at,
            };
            fields.push((field, rest));
        }
        Self { fields, lines: message.lines }
    }
}
