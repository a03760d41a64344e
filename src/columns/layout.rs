//! The columns that all messages of one front begin with.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Found;
use super::evidence::{Evidence, MOST};
use super::field::{Content, Field, Frame};
use super::row::Row;
use crate::entry::Front;
use crate::parse::level_of;
use crate::tokenize::Token;

/// Of a hundred messages, how many have to have all columns.
const COVERED: usize = 85;

/// How much a name has to tell of the message to be better than one that was found in front of it.
const TELLING: f64 = 0.5;

/// The columns of one front, and what they name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Layout {
    pub(super) front: Front,
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

impl Layout {
    /// The columns that are proven by `rows`, all of one front.
    pub(super) fn learn(front: Front, rows: &[Row<'_>]) -> Option<Self> {
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

    /// The columns that a message begins with; `None` where it does not have all of them, or nothing else.
    pub(super) fn find(&self, tokens: &[Token<'_>]) -> Option<Found> {
        let mut found = Found::default();
        for (number, column) in self.columns.iter().enumerate() {
            let field = Field::read(tokens, found.n_tokens)?;
            let fits =
                column.holds(&field) || column.is_like(&field) && self.goes_on(number + 1, tokens, field.end);
            if !fits {
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
