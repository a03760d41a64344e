//! The frame of a sequence: its punctuation, and between it the columns in which words and variables stand.
//!
//! Sequences of one shape are compared column by column; a list of variables is one column, however long it is.

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::tokenize::{Class, Sequence, Token};

use super::literal::literals;
use super::opposites::has_opposite;

/// Identifies a column's text: a hash, or [`VARIABLE_ID`].
pub(super) type TextId = u64;
/// The id of every variable, whatever its constant prefix.
pub(super) const VARIABLE_ID: TextId = 0;

/// One column of a sequence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column<'s> {
    pub(super) id: TextId,
    pub(super) class: Class,
    pub(super) text: &'s str,
}

/// A sequence as shape and columns.
#[derive(Clone, Debug)]
pub(super) struct Shaped<'s> {
    pub(super) shape: u64,
    pub(super) columns: Vec<Column<'s>>,
    /// How many columns stand in the first word, up to the first white space: `part(of):`.
    pub(super) n_leading: usize,
}

/// Marks a column in the hashed frame; no UTF-8 text holds this byte.
const COLUMN: u8 = 0xff;

/// Takes a sequence apart.
pub(super) fn shaped(sequence: &Sequence) -> Shaped<'_> {
    let mut shaper =
        Shaper { frame: Vec::with_capacity(64), columns: Vec::with_capacity(sequence.len()), element: None };
    let all: Vec<Token<'_>> = sequence.tokens().collect();
    let mut literals = literals(&all).into_iter().peekable();
    let mut tokens = all.iter().enumerate().peekable();
    let mut n_leading = usize::MAX;
    while let Some((at, token)) = tokens.next() {
        if at > 0 && token.space_before && n_leading == usize::MAX {
            n_leading = shaper.columns.len();
        }
        if let Some(literal) = literals.next_if(|literal| literal.start == at) {
            shaper.literal(&all[literal.clone()]);
            while tokens.next_if(|(at, _)| *at < literal.end).is_some() {}
            continue;
        }
        if token.class == Class::Punctuation {
            let empty = token.text == "="
                && tokens.peek().is_none_or(|(_, next)| next.space_before || is_closing(next));
            shaper.punctuation(token.text.as_bytes()[0]);
            if empty && shaper.columns.last().is_some_and(|column| column.class == Class::Key) {
                shaper.column(Column { id: text_id(""), class: Class::Assigned, text: "" });
            }
        } else if !shaper.continues_run(token.class) {
            let id = if token.class == Class::Variable { VARIABLE_ID } else { text_id(token.text) };
            let speaks = token.class == Class::Assigned && has_opposite(token.text);
            let class = if speaks { Class::Value } else { token.class };
            shaper.column(Column { id, class, text: token.text });
        }
    }
    shaper.end_element();
    let mut hasher = Xxh3::new();
    hasher.update(&shaper.frame);
    Shaped {
        shape: hasher.digest(),
        n_leading: n_leading.min(shaper.columns.len()).max(1),
        columns: shaper.columns,
    }
}

/// A frame under way.
struct Shaper<'s> {
    frame: Vec<u8>,
    columns: Vec<Column<'s>>,
    /// Where the last comma stands, in the frame and among the columns: behind it an element of a list may begin.
    element: Option<(usize, usize)>,
}

impl<'s> Shaper<'s> {
    fn punctuation(&mut self, mark: u8) {
        if matches!(mark, b',' | b']' | b')' | b'}') {
            self.end_element();
        }
        if mark == b',' {
            self.element = Some((self.frame.len(), self.columns.len()));
        }
        self.frame.push(mark);
    }

    /// A list or record is one column between its brackets.
    fn literal(&mut self, tokens: &[Token<'s>]) {
        let [open, inside @ .., close] = tokens else { return };
        let mut hasher = Xxh3::new();
        inside.iter().for_each(|token| {
            hasher.update(token.text.as_bytes());
            hasher.update(&[COLUMN]);
        });
        self.punctuation(open.text.as_bytes()[0]);
        self.column(Column { id: hasher.digest().max(1), class: Class::Literal, text: "" });
        self.punctuation(close.text.as_bytes()[0]);
    }

    fn column(&mut self, column: Column<'s>) {
        self.frame.push(COLUMN);
        self.columns.push(column);
    }

    /// Drops a list's element that only repeats the one before it, variables aside.
    fn end_element(&mut self) {
        let Some((comma, first_column)) = self.element else { return };
        let element = &self.frame[comma + 1..];
        let columns = &self.columns[first_column..];
        let before = &self.columns[..first_column];
        let repeats = !columns.is_empty()
            && self.frame[..comma].ends_with(element)
            && before.len() >= columns.len()
            && before[before.len() - columns.len()..].iter().zip(columns).all(|(a, b)| a.id == b.id);
        if repeats {
            self.frame.truncate(comma);
            self.columns.truncate(first_column);
            self.element = None;
        }
    }

    /// Whether a token only goes on with the list of variables before it: directly, or behind one separator.
    fn continues_run(&mut self, class: Class) -> bool {
        if class != Class::Variable || self.columns.last().is_none_or(|last| last.class != Class::Variable) {
            return false;
        }
        let [.., before, last] = self.frame[..] else { return self.frame == [COLUMN] };
        let separated = before == COLUMN && matches!(last, b',' | b';' | b':' | b'|' | b'/' | b'-' | b'#');
        if separated {
            self.frame.pop();
            self.element = self.element.filter(|(comma, _)| *comma < self.frame.len());
        }
        separated || last == COLUMN
    }
}

/// The id of a constant text.
pub(super) fn text_id(text: &str) -> TextId {
    xxh3_64(text.as_bytes()).max(1)
}

fn is_closing(token: &Token<'_>) -> bool {
    token.class == Class::Punctuation && matches!(token.text, "]" | ")" | "}" | "," | ";")
}
