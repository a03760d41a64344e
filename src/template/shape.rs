//! The frame of a sequence: its punctuation, and between it the columns in which words and variables stand.
//!
//! Sequences of one shape are compared column by column; a list of variables is one column, however long it is.

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::tokenize::{Class, Sequence, Token};

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
}

/// Marks a column in the hashed frame; no UTF-8 text holds this byte.
const COLUMN: u8 = 0xff;

/// Takes a sequence apart.
pub(super) fn shaped(sequence: &Sequence) -> Shaped<'_> {
    let mut frame = Vec::with_capacity(64);
    let mut columns: Vec<Column<'_>> = Vec::with_capacity(sequence.len());
    let mut tokens = sequence.tokens().peekable();
    while let Some(token) = tokens.next() {
        if token.class == Class::Punctuation {
            frame.extend_from_slice(&token.text.as_bytes()[..1]);
            let empty = token.text == "=" && tokens.peek().is_none_or(|next| next.space_before || is_closing(next));
            if empty && columns.last().is_some_and(|column| column.class == Class::Key) {
                push(&mut frame, &mut columns, Column { id: xxh3_64(b""), class: Class::Value, text: "" });
            }
        } else if !continues_run(&mut frame, &columns, &token) {
            let id = if token.class == Class::Variable { VARIABLE_ID } else { text_id(token.text) };
            push(&mut frame, &mut columns, Column { id, class: token.class, text: token.text });
        }
    }
    let mut hasher = Xxh3::new();
    hasher.update(&frame);
    Shaped { shape: hasher.digest(), columns }
}

/// The id of a constant text.
pub(super) fn text_id(text: &str) -> TextId {
    xxh3_64(text.as_bytes()).max(1)
}

fn push<'s>(frame: &mut Vec<u8>, columns: &mut Vec<Column<'s>>, column: Column<'s>) {
    frame.push(COLUMN);
    columns.push(column);
}

fn is_closing(token: &Token<'_>) -> bool {
    token.class == Class::Punctuation && matches!(token.text, "]" | ")" | "}" | "," | ";")
}

/// Whether a variable only goes on with the list of variables before it: directly, or behind one separator.
fn continues_run(frame: &mut Vec<u8>, columns: &[Column<'_>], token: &Token<'_>) -> bool {
    let variable = token.class == Class::Variable;
    if !variable || columns.last().is_none_or(|last| last.class != Class::Variable) {
        return false;
    }
    let length = frame.len();
    if frame.last() == Some(&COLUMN) {
        return true;
    }
    let separated = matches!(frame[length - 1], b',' | b';' | b':' | b'|' | b'/' | b'-' | b'#');
    if separated && length >= 2 && frame[length - 2] == COLUMN {
        frame.pop();
        return true;
    }
    false
}
