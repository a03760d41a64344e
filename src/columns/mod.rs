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

mod evidence;
mod field;

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::entry::{Front, Level};
use crate::ml::rng::splitmix64;
use crate::parse::level_of;
use crate::tokenize::{Class, Sequence, Token};

use evidence::{Evidence, MOST, Rest, Row};
use field::{Content, Field, Frame};

/// Columns at most; a separator counts as one.
const MOST_COLUMNS: usize = 10;
/// Distinct messages of one front that are needed, and those that are looked at: those with the smallest keys.
const MESSAGES_MIN: usize = 12;
const MESSAGES_MAX: usize = 20_000;
/// Of a hundred messages, how many have to have all columns.
const COVERED: usize = 85;

/// How much a name has to tell of the message to be better than one that was found in front of it.
const TELLING: f64 = 0.5;

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

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Layout {
    front: Front,
    columns: Vec<Column>,
    /// Which column names who wrote the line, on which machine, and how serious it is.
    component: Option<u8>,
    is_telling: bool,
    host: Option<u8>,
    level: Option<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Column {
    frame: Frame,
    content: Content,
    /// Hashes of all words that it may hold, sorted; empty where any name will do.
    words: Vec<u64>,
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
            let rows: Vec<Row<'_>> = messages.iter().map(|(_, message)| row(message)).collect();
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

fn row<'s>(message: &Message<'s>) -> Row<'s> {
    let tokens: Vec<Token<'s>> = message.sequence.tokens().collect();
    let mut texts = vec![0_u64; tokens.len() + 1];
    let mut constants = texts.clone();
    for (at, token) in tokens.iter().enumerate().rev() {
        let hash = xxh3_64(token.text.as_bytes());
        texts[at] = splitmix64(texts[at + 1] ^ hash);
        let is_constant = !matches!(token.class, Class::Punctuation | Class::Variable);
        constants[at] = if is_constant { splitmix64(constants[at + 1] ^ hash) } else { constants[at + 1] };
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
    Row { fields, lines: message.lines }
}

impl Layout {
    fn learn(front: Front, rows: &[Row<'_>]) -> Option<Self> {
        let mut left: Vec<&Row<'_>> = rows.iter().collect();
        let mut columns: Vec<Column> = Vec::new();
        while let Some(mut column) = Column::most_have(&left, columns.len()) {
            let at = columns.len();
            let have: Vec<&Row<'_>> = left
                .iter()
                .filter(|row| row.fields.get(at).is_some_and(|(field, _)| column.may_be(field)))
                .copied()
                .collect();
            if have.len() * 100 < rows.len() * COVERED {
                break;
            }
            column.content = Evidence::of(&have, at, at).content;
            left = have;
            columns.push(column);
        }
        let mut columns = (1..=columns.len()).rev().find_map(|n| proven(&columns[..n], rows))?;
        let last = columns.len() - 1;
        for (column, evidence) in &mut columns {
            if evidence.frame == Frame::Bare && evidence.content == Content::Word && !evidence.is_level {
                column.words.clone_from(&evidence.values);
            }
        }
        for at in 0..last {
            // What a separator ends may hold any word.
            if columns[at + 1].1.content == Content::Sign {
                columns[at].0.words.clear();
            }
        }
        Some(Self::of(front, &columns))
    }

    /// The component is the named column that tells most of the message, the host the first other one before it.
    fn of(front: Front, columns: &[(Column, Evidence)]) -> Self {
        let mut component: Option<(usize, f64)> = None;
        for (at, (_, evidence)) in columns.iter().enumerate().filter(|(_, (_, evidence))| is_named(evidence))
        {
            let tells = if evidence.is_constant() { 0.0 } else { evidence.dependence.unwrap_or(1.0) };
            if component.is_none_or(|(_, most)| tells > most) {
                component = Some((at, tells));
            }
        }
        let component = component.map(|(at, _)| at);
        let tells = component.and_then(|at| columns[at].1.dependence);
        let is_telling = tells.is_some_and(|tells| tells >= TELLING);
        let is_host = |at: &usize| is_named(&columns[*at].1) && columns[*at].1.frame == Frame::Bare;
        let host = component.and_then(|component| (0..component).find(is_host));
        let level = columns.iter().position(|(_, evidence)| evidence.is_level);
        let number = |at: usize| at as u8;
        Self {
            front,
            component: component.map(number),
            is_telling,
            host: host.map(number),
            level: level.map(number),
            columns: columns.iter().map(|(column, _)| column.clone()).collect(),
        }
    }

    fn find(&self, tokens: &[Token<'_>]) -> Option<Found> {
        let mut found = Found::default();
        for (number, column) in self.columns.iter().enumerate() {
            let field = Field::read(tokens, found.n_tokens)?;
            if !column.holds(&field)
                && !(column.is_like(&field) && self.goes_on(number + 1, tokens, field.end))
            {
                return None;
            }
            let is = |of: Option<u8>| of == Some(number as u8);
            if is(self.component) {
                found.component = Some(field.inside.clone());
                found.is_telling = self.is_telling;
            }
            if is(self.host) {
                found.host = Some(field.inside.clone());
            }
            if is(self.level) {
                found.level = Some(level_of(field.text)?);
            }
            found.n_tokens = field.end;
        }
        (found.n_tokens < tokens.len()).then_some(found)
    }

    /// Whether the next column is one, and what stands there can be nothing else.
    fn goes_on(&self, number: usize, tokens: &[Token<'_>], at: usize) -> bool {
        self.columns.get(number).is_some_and(|next| {
            let is_sure = next.frame != Frame::Bare || next.content == Content::Number;
            is_sure && Field::read(tokens, at).is_some_and(|field| next.holds(&field))
        })
    }
}

fn is_named(evidence: &Evidence) -> bool {
    !evidence.is_level && matches!(evidence.content, Content::Name | Content::Word)
}

/// Whether the last of the columns is proven, and none before it is likelier the beginning of the message.
fn stands(columns: &[(Column, Evidence)]) -> bool {
    let Some(((_, last), before)) = columns.split_last() else { return false };
    if before.is_empty() && !last.is_proof_alone() {
        return false;
    }
    let strong = columns.iter().any(|(_, evidence)| evidence.is_strong() && evidence.is_proof());
    last.is_proof()
        && before
            .iter()
            .enumerate()
            .all(|(at, (_, evidence))| evidence.is_plausible(&columns[at + 1].1, strong))
}

/// The columns with what the messages that have them all say of each, if that proves them.
fn proven(columns: &[Column], rows: &[Row<'_>]) -> Option<Vec<(Column, Evidence)>> {
    let fits = |row: &&Row<'_>| {
        let mut pairs = columns.iter().zip(&row.fields);
        columns.len() <= row.fields.len() && pairs.all(|(column, (field, _))| column.may_be(field))
    };
    let have: Vec<&Row<'_>> = rows.iter().filter(fits).collect();
    let last = columns.len() - 1;
    let judged: Vec<_> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| (column.clone(), Evidence::of(&have, at, last)))
        .collect();
    stands(&judged).then_some(judged)
}

impl Column {
    /// The kind of column that most of `rows` have in this place.
    fn most_have(rows: &[&Row<'_>], at: usize) -> Option<Self> {
        let mut counts: BTreeMap<(Frame, bool), usize> = BTreeMap::new();
        for (field, _) in rows.iter().filter_map(|row| row.fields.get(at)) {
            *counts.entry((field.frame, field.content == Content::Number)).or_default() += 1;
        }
        let most = |n: usize| n * 100 >= rows.len() * MOST;
        let of = |frame: Frame| {
            [false, true].iter().filter_map(|number| counts.get(&(frame, *number))).sum::<usize>()
        };
        let frame = counts.keys().map(|(frame, _)| *frame).find(|frame| most(of(*frame)))?;
        let numbers = counts.get(&(frame, true)).copied().unwrap_or(0);
        let content = if most(numbers) && frame == Frame::Bare { Content::Number } else { Content::Name };
        Some(Self { frame, content, words: Vec::new() })
    }

    /// Whether a message's column is this one.
    fn holds(&self, field: &Field<'_>) -> bool {
        self.may_be(field) && (self.words.is_empty() || self.words.binary_search(&field.value).is_ok())
    }

    /// Whether an identifier stands where numbers do: one of letters alone, `ecaaaa` among `8d52c7`.
    fn is_like(&self, field: &Field<'_>) -> bool {
        self.frame == field.frame && self.content == Content::Number
    }

    /// Whether a message's column may be this one.
    fn may_be(&self, field: &Field<'_>) -> bool {
        let bare_number = self.frame == Frame::Bare && self.content == Content::Number;
        self.frame == field.frame && (!bare_number || field.content == Content::Number)
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
