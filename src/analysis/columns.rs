//! Learnt columns taken off: of what a state holds, and of the lines of a request.
//!
//! In: a [`State`] or [`Lines`], and [`Columns`]. Out: the messages behind them. Keys stay those of the whole line, so that
//! what is kept does not depend on what is learnt from it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::read::{CHUNK_LINES, Lines};
use crate::columns::{Columns, Message};
use crate::entry::{Front, Level, LogEntry};
use crate::state::{Shape, State};
use crate::tokenize::{Memo, Sequence, Tokens, tokenize};

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
        let entries = self.entries.par_chunks_mut(CHUNK_LINES).zip(self.records.par_chunks(CHUNK_LINES));
        entries.for_each(|(entries, records)| {
            let mut finder = Finder { columns, tokens: Tokens::default(), memo: Memo::default() };
            for (entry, record) in entries.iter_mut().zip(records) {
                if let Some(behind) = behinds.get(&record.key) {
                    entry.level = entry.level.or(behind.level);
                    take_from(entry, &mut finder);
                }
            }
        });
    }
}

/// What finds the columns of the lines of a chunk.
struct Finder<'c> {
    columns: &'c Columns,
    tokens: Tokens,
    memo: Memo<(Front, Option<Places>)>,
}

/// Where in a message its columns stand.
#[derive(Clone)]
struct Places {
    component: Option<Range<usize>>,
    host: Option<Range<usize>>,
    is_telling: bool,
    /// Where what is behind them begins.
    message: usize,
}

impl Finder<'_> {
    fn places(&mut self, entry: &LogEntry<'_>) -> Option<Places> {
        if let Some((front, places)) = self.memo.find(&entry.message)
            && *front == entry.front
        {
            return places.clone();
        }
        tokenize(&entry.message, &mut self.tokens);
        let places = self.read(entry.front);
        self.memo.keep(&entry.message, &self.tokens, |_| (entry.front, places.clone()));
        places
    }

    fn read(&self, front: Front) -> Option<Places> {
        let tokens = &self.tokens;
        let found = self.columns.find(front, tokens.tokens())?;
        let message = tokens.bytes(found.n_tokens..tokens.len())?.start;
        let bytes = |at: Option<Range<usize>>| tokens.bytes(at?);
        let (component, host) = (bytes(found.component), bytes(found.host));
        Some(Places { component, host, is_telling: found.is_telling, message })
    }
}

/// Takes the columns off one line's message.
fn take_from(entry: &mut LogEntry<'_>, finder: &mut Finder<'_>) {
    let Some(places) = finder.places(entry) else { return };
    let named = |place: Option<Range<usize>>| Some(Cow::Owned(entry.message.get(place?)?.to_owned()));
    let (component, host) = (named(places.component), named(places.host));
    let is_better = component.is_some() && (places.is_telling || entry.component.is_none());
    if is_better {
        entry.component = component;
    }
    entry.host = entry.host.take().or(host);
    match &mut entry.message {
        Cow::Borrowed(text) => *text = &text[places.message..],
        Cow::Owned(text) => drop(text.drain(..places.message)),
    }
}
