//! Learnt columns taken off: of what a state holds, and of the lines of a request.
//!
//! In: a [`State`] or [`Lines`], and [`Columns`]. Out: the messages behind them. Keys stay those of the whole line, so that
//! what is kept does not depend on what is learnt from it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::read::Lines;
use crate::columns::{Columns, Message};
use crate::entry::{Level, LogEntry};
use crate::state::{Shape, State};
use crate::tokenize::{Sequence, Tokens, tokenize};

/// What stands behind the columns of a shape.
#[derive(Clone, Debug)]
pub(super) struct Behind {
    pub(super) sequence: Sequence,
    /// Tokens that are columns.
    pub(super) n_columns: usize,
    /// The level that a column names.
    pub(super) level: Option<Level>,
}

/// The shapes of a state that have columns, by key.
pub(super) type Messages = BTreeMap<u64, Behind>;

/// The columns of all that `state` holds.
pub(super) fn learn(state: &State, lines_of: &BTreeMap<u64, u64>) -> Columns {
    Columns::learn(state.shapes().iter().map(|(key, shape)| {
        let lines = lines_of.get(key).copied().unwrap_or(0);
        (*key, Message { front: shape.front, sequence: &shape.sequence, lines })
    }))
}

/// The messages of the shapes that have columns.
pub(super) fn messages(state: &State, columns: &Columns) -> Messages {
    if columns.is_empty() {
        return Messages::new();
    }
    state.shapes().iter().filter_map(|(key, shape)| Some((*key, behind(shape, columns)?))).collect()
}

fn behind(shape: &Shape, columns: &Columns) -> Option<Behind> {
    let found = columns.find(shape.front, shape.sequence.tokens())?;
    let sequence = shape.sequence.tokens().skip(found.n_tokens).collect();
    Some(Behind { sequence, n_columns: found.n_tokens, level: found.level })
}

impl Lines<'_> {
    /// Takes learnt columns off: entries tell of them what they name, and begin their messages behind them.
    ///
    /// # Cost
    /// Lines with columns are tokenized once more, on all threads of the pool.
    pub fn take_columns(&mut self, columns: &Columns) {
        if columns.is_empty() {
            return;
        }
        let mut behinds: FxHashMap<u64, Behind> = FxHashMap::default();
        #[expect(clippy::iter_over_hash_type, reason = "each shape is looked at by itself")]
        for (&key, shape) in &mut self.shapes {
            if let Some(behind) = behind(shape, columns) {
                shape.sequence = behind.sequence.clone();
                behinds.insert(key, behind);
            }
        }
        for record in &mut self.records {
            let Some(behind) = behinds.get(&record.key) else { continue };
            let n_columns = behind.n_columns as u32;
            record.n_tokens -= n_columns;
            record.level = record.level.or(behind.level);
            let numbers = &mut self.numbers[record.numbers.start as usize..record.numbers.end as usize];
            let n_before = numbers.partition_point(|(position, _)| u32::from(*position) < n_columns);
            numbers[n_before..].iter_mut().for_each(|(position, _)| *position -= n_columns as u16);
            record.numbers.start += n_before as u32;
        }
        self.entries.par_iter_mut().zip(&self.records).for_each_init(
            Tokens::default,
            |tokens, (entry, record)| {
                if let Some(behind) = behinds.get(&record.key) {
                    entry.level = entry.level.or(behind.level);
                    take_from(entry, columns, tokens);
                }
            },
        );
    }
}

/// Takes the columns off one line's message.
fn take_from(entry: &mut LogEntry<'_>, columns: &Columns, tokens: &mut Tokens) {
    tokenize(&entry.message, tokens);
    let Some(found) = columns.find(entry.front, tokens.tokens()) else { return };
    let Some(message) = tokens.bytes(found.n_tokens..tokens.len()) else { return };
    let named = |at: Option<std::ops::Range<usize>>| {
        let bytes = tokens.bytes(at?)?;
        Some(Cow::Owned(entry.message.get(bytes)?.to_owned()))
    };
    let (component, host) = (named(found.component), named(found.host));
    let is_better = component.is_some() && (found.is_telling || entry.component.is_none());
    if is_better {
        entry.component = component;
    }
    entry.host = entry.host.take().or(host);
    match &mut entry.message {
        Cow::Borrowed(text) => *text = &text[message.start..],
        Cow::Owned(text) => drop(text.drain(..message.start)),
    }
}
