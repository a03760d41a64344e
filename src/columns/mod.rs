//! Leading columns of unknown formats, learnt from many messages: a host, a component, a thread, a number.
//!
//! In: the distinct masked [`Sequence`]s of a log, each with the [`Front`] that was read before it. Out: [`Columns`],
//! which tells for a message how many of its first tokens are columns. A pure function of the set.
//!
//! Messages of one front are looked at together, column by column. A column is what 90 of 100 distinct messages have in
//! that place; it is proven by its form (signs that part columns, numbers, brackets, levels, always in the same place and
//! before unlike texts) or, for a name, by the unlike texts that follow each of its values. Natural words might be
//! the first of the message: they are columns only where the text behind tells them, so that no two events become one
//! without them, or where they tell nothing of it and stand before something proven.

mod dependence;
mod evidence;
mod field;
mod layout;
mod opposed;
mod row;

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::entry::{Front, Level};
use crate::tokenize::{Sequence, Token};

use layout::Layout;
use row::Row;

/// Columns at most; a separator counts as one.
const MOST_COLUMNS: usize = 10;
/// Distinct messages of one front that are needed, and those that are looked at: those with the smallest keys.
const MESSAGES_MIN: usize = 12;
const MESSAGES_MAX: usize = 20_000;

/// A distinct message that one or more lines have.
#[derive(Clone, Copy, Debug)]
pub struct Message<'s> {
    /// What was read in front of it.
    pub front: Front,
    /// Its masked tokens.
    pub sequence: &'s Sequence,
    /// How many lines have it.
    pub lines: u64,
}

/// The leading columns of each front where any were found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Columns {
    /// Sorted by front.
    layouts: Vec<Layout>,
}

/// What columns a message has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Tokens that are columns.
    pub n_tokens: usize,
    /// The tokens that name who wrote it.
    pub component: Option<Range<usize>>,
    /// Whether that name tells so much of the message that no name in front of it is a better one.
    pub is_telling: bool,
    /// The tokens that name the machine.
    pub host: Option<Range<usize>>,
    /// How serious it says it is.
    pub level: Option<Level>,
}

impl Columns {
    /// Finds the columns that the messages of each front have. The order of the messages does not matter.
    ///
    /// # Cost
    /// Linear in the messages, of which at most 20,000 for each front are looked at.
    #[must_use]
    pub fn learn<'s>(messages: impl IntoIterator<Item = (u64, Message<'s>)>) -> Self {
        let mut by_front: BTreeMap<Front, Vec<(u64, Message<'s>)>> = BTreeMap::new();
        for (key, message) in messages {
            // What was read before fronts were noted may be of any format.
            if message.front.is_open() && message.front != Front::UNKNOWN {
                by_front.entry(message.front).or_default().push((key, message));
            }
        }
        let layouts = by_front.into_iter().filter_map(|(front, mut messages)| {
            if messages.len() < MESSAGES_MIN {
                return None;
            }
            messages.sort_unstable_by_key(|(key, _)| *key);
            messages.truncate(MESSAGES_MAX);
            let rows: Vec<Row<'_>> = messages.iter().map(|(_, message)| Row::of(message)).collect();
            Layout::learn(front, &rows)
        });
        Self { layouts: layouts.collect() }
    }

    /// Whether there is any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.layouts.is_empty()
    }

    /// The columns that a message behind `front` begins with; `None` where it does not have all that its front has, or
    /// nothing else.
    #[must_use]
    pub fn find<'t>(&self, front: Front, tokens: impl Iterator<Item = Token<'t>>) -> Option<Found> {
        let layout = self.layouts.binary_search_by_key(&front, |layout| layout.front).ok()?;
        let layout = &self.layouts[layout];
        // Not the whole of a long message: the columns end well before.
        let tokens: Vec<Token<'t>> = tokens.take(MOST_COLUMNS * 8).collect();
        layout.find(&tokens)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenize::{Tokens, tokenize};

    #[test]
    fn lines_of_which_nobody_noted_what_stood_in_front_are_not_learnt_from() {
        let texts = ["segment sealed", "is full again", "took a while, and went on", "cannot be moved"];
        let read: Vec<Sequence> = (0..16)
            .map(|i| {
                let host = ["oslo", "bergen", "narvik", "bodo"][i / 4];
                let mut tokens = Tokens::default();
                tokenize(&format!("{host};{};{}", 4000 + i, texts[i % 4]), &mut tokens);
                tokens.to_sequence()
            })
            .collect();
        let learn = |front: Front| {
            let messages =
                (0_u64..).zip(&read).map(|(key, sequence)| (key, Message { front, sequence, lines: 1 }));
            Columns::learn(messages)
        };
        assert!(!learn(Front::PLAIN).is_empty());
        assert!(learn(Front::UNKNOWN).is_empty());
        assert!(learn(Front::CLOSED).is_empty());
    }
}
