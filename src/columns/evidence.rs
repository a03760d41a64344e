//! What many messages say of the column that they have in one place: whether it is one, or the first word of a text.
//!
//! Everything is counted by distinct messages, not by lines, so that a burst proves nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::dependence::dependence;
use super::field::{Content, Field, Frame};
use super::opposed::have_opposite_parts;
use super::row::{Rest, Row};
use crate::parse::level_of;
use crate::template::holds_opposites;

/// Of a hundred messages, how many have to show what is said of all.
pub(super) const MOST: usize = 90;
/// Unlike texts that have to follow a column for it to be one: fewer may all be the sentences of one small program that
/// happen to begin alike. Of a name, which is proven by nothing but what follows, more.
const UNLIKE: usize = 6;
const UNLIKE_BEHIND_NAMES: usize = 8;
/// Texts behind bars, which part nothing but columns.
const UNLIKE_BEHIND_BARS: usize = 3;
/// Behind words, which might be the first of a sentence, more still.
const UNLIKE_BEHIND_WORDS: usize = 16;
/// A column that tells at most so much of the text behind it says nothing of it: a machine's name.
const APART_MAX: f64 = 0.3;
/// A column that tells at least so much says nothing that the text does not say: without it no two events are the same.
const TOLD_MIN: f64 = 0.7;
/// Lengths that the texts have to have, at least, behind a name that they do not tell: what is said of a thing is long and
/// short, what is filled in behind the name of an event, `UserLoggedIn alice`, is not.
const LENGTHS: usize = 4;
/// Different words with three unlike texts behind each that a component is a choice of, at least.
const WORDS: usize = 3;
/// Of a hundred messages, how many have a value that recurs: where identifiers are told by the text, where they only stand
/// in front of what is proven, and where words do, before three different words each.
const TOLD_NAMES_RECUR: usize = 75;
const NAMES_RECUR: usize = 50;
const WORDS_BRANCH: usize = 70;

/// What was counted of one column.
#[derive(Debug)]
pub(super) struct Evidence {
    pub(super) frame: Frame,
    pub(super) content: Content,
    pub(super) is_bar: bool,
    /// Hashes of what it holds, sorted.
    pub(super) values: Vec<u64>,
    /// Whether all that it holds are levels, and more than one.
    pub(super) is_level: bool,
    /// How much it tells of what follows, `None` where nobody can say: see [`dependence`].
    pub(super) dependence: Option<f64>,
    opposes: bool,
    /// Whether some hold several words.
    is_spaced: bool,
    /// Whether all that it holds is in capitals.
    shouts: bool,
    /// Unlike texts that follow.
    unlike: usize,
    /// Values with at least three unlike texts behind them.
    branching: usize,
    lengths: usize,
    /// Percentage of messages whose value has at least two different texts behind it.
    recurs: usize,
    /// Percentage of messages whose value has at least two unlike texts behind it.
    branches: usize,
    /// Percentage of unlike texts whose value has at least three of them behind it.
    branches_thrice: usize,
}

#[derive(Default)]
struct Value {
    texts: BTreeSet<u64>,
    starts: Starts,
}

/// How texts begin, and how they go on.
#[derive(Default)]
struct Starts {
    words: BTreeSet<u64>,
    tails: BTreeSet<u64>,
}

impl Starts {
    fn add(&mut self, rest: &Rest) {
        self.words.insert(rest.word);
        self.tails.insert(rest.tail);
    }

    /// How many are unlike: those with different first words, but `u1 opened page` and `u2 opened page` are one text.
    fn unlike(&self) -> usize {
        self.words.len().min(self.tails.len())
    }
}

impl Evidence {
    /// Of column `at` in `rows`, where the message begins behind column `last`. All rows have both.
    pub(super) fn of(rows: &[&Row<'_>], at: usize, last: usize) -> Self {
        let fields = || rows.iter().map(|row| (&row.fields[at].0, &row.fields[last].1));
        let mut values: BTreeMap<u64, Value> = BTreeMap::new();
        let (mut starts, mut lengths, mut names) = (Starts::default(), BTreeSet::new(), BTreeSet::new());
        let mut messages = BTreeSet::new();
        for (field, rest) in fields() {
            let value = values.entry(field.value).or_default();
            value.texts.insert(rest.text);
            value.starts.add(rest);
            starts.add(rest);
            lengths.insert(rest.n_tokens);
            names.insert(field.text);
            messages.insert((field.value, rest.text));
        }
        let share = |counts: &dyn Fn(&Value) -> bool| {
            let n: usize = values.values().filter(|value| counts(value)).map(|value| value.texts.len()).sum();
            n * 100 / messages.len().max(1)
        };
        // Names that fill a sentence in, `session opened for alice`, make no more of it.
        let unlike_of = |least: usize| {
            let unlike = values.values().map(|value| value.starts.unlike());
            unlike.filter(|unlike| *unlike >= least).sum::<usize>()
        };
        let first = rows.first().map(|row| &row.fields[at].0);
        Self {
            frame: first.map_or(Frame::Bare, |field| field.frame),
            content: prevailing_content(fields().map(|(field, _)| field.content)),
            is_bar: first.is_some_and(Field::is_bar),
            is_level: names.len() > 1 && names.iter().all(|name| level_of(name).is_some()),
            dependence: dependence(rows, at, last),
            is_spaced: fields().any(|(field, _)| field.is_spaced),
            opposes: holds_opposites(names.iter().copied()) || have_opposite_parts(&names),
            shouts: names.iter().all(|name| name.chars().all(char::is_uppercase)),
            unlike: starts.unlike(),
            branching: values.values().filter(|value| value.starts.unlike() >= 3).count(),
            lengths: lengths.len(),
            recurs: share(&|value| value.texts.len() >= 2),
            branches: share(&|value| value.starts.unlike() >= 2),
            branches_thrice: unlike_of(3) * 100 / unlike_of(0).max(1),
            values: values.into_keys().collect(),
        }
    }

    /// Whether it proves that it and the columns in front of it are columns.
    pub(super) fn is_proof(&self) -> bool {
        if self.is_level && self.frame == Frame::Bare {
            return self.unlike >= UNLIKE_BEHIND_BARS;
        }
        let is_varied = self.unlike >= UNLIKE;
        match (self.frame, self.content) {
            (Frame::Separator(_), _) => is_varied || self.is_bar && self.unlike >= UNLIKE_BEHIND_BARS,
            (_, Content::Number) => is_varied,
            (Frame::Group(_) | Frame::Pair(_) | Frame::Marked(_), _) => {
                is_varied && !self.opposes && (self.is_constant() || self.is_enclosed_name())
            }
            (Frame::Bare, Content::Name) => {
                let branches =
                    self.unlike >= UNLIKE_BEHIND_NAMES && self.branches >= MOST && self.lengths >= LENGTHS;
                let is_told = is_varied && self.is_told() && self.recurs >= TOLD_NAMES_RECUR;
                !self.is_constant() && !self.opposes && (branches || is_told)
            }
            (Frame::Bare, Content::Word) => self.is_told_by_text() && self.unlike >= UNLIKE_BEHIND_WORDS,
            (Frame::Bare, Content::Tagged) => {
                let is_numbered = self.is_constant() || self.branches >= MOST;
                self.unlike >= UNLIKE_BEHIND_NAMES && is_numbered && !self.opposes
            }
            (Frame::Bare, Content::Sign) => false,
        }
    }

    /// Whether it is a column with nothing in front of it: a number may as well be how many, `3 rows deleted`, in the few
    /// sentences of a small program.
    pub(super) fn is_proof_alone(&self) -> bool {
        self.frame != Frame::Bare || self.content != Content::Number || self.unlike >= UNLIKE_BEHIND_WORDS
    }

    /// Whether what brackets, a key or a sign mark as a name stands before different texts: unlike ones, where it may be a
    /// text itself.
    fn is_enclosed_name(&self) -> bool {
        let may_be_text = self.is_spaced || matches!(self.frame, Frame::Marked(_));
        (if may_be_text { self.branches } else { self.recurs }) >= MOST
    }

    /// Whether its proof is one that prose cannot give: a number or a bracket may also stand in the middle of a sentence.
    pub(super) fn is_strong(&self) -> bool {
        matches!(self.frame, Frame::Separator(_))
            || self.is_level
            || self.frame == Frame::Bare && self.content == Content::Name
    }

    /// Whether it may be a column where one behind it is proven; `next` is the one right behind it.
    pub(super) fn is_plausible(&self, next: &Self, strong: bool) -> bool {
        if self.content == Content::Sign || self.content == Content::Number || self.is_level {
            return true;
        }
        if self.opposes {
            return false;
        }
        if self.is_constant() {
            return strong || self.content != Content::Word;
        }
        if next.is_bar || self.recurs >= MOST && matches!(next.frame, Frame::Separator(_)) {
            return true;
        }
        match (self.frame, self.content) {
            (Frame::Bare, Content::Word) => {
                let is_apart = strong
                    && !self.shouts
                    && self.dependence.is_some_and(|dependence| dependence <= APART_MAX)
                    && self.branches >= MOST
                    && self.lengths >= LENGTHS;
                is_apart || self.is_told_by_text()
            }
            (Frame::Bare, _) => self.recurs >= NAMES_RECUR,
            _ => self.is_enclosed_name(),
        }
    }

    /// Whether it is one of some words that the text tells, each before many unlike ones: the name of the part of a program
    /// that wrote it.
    fn is_told_by_text(&self) -> bool {
        let branches = self.branches >= MOST && self.branches_thrice >= WORDS_BRANCH;
        self.is_told() && branches && self.branching >= WORDS && !self.opposes
    }

    fn is_told(&self) -> bool {
        self.dependence.is_some_and(|dependence| dependence >= TOLD_MIN)
    }

    pub(super) fn is_constant(&self) -> bool {
        self.values.len() == 1
    }
}

/// The content that most have, a word where it is not clear.
fn prevailing_content(contents: impl Iterator<Item = Content>) -> Content {
    let mut counts: BTreeMap<Content, usize> = BTreeMap::new();
    contents.for_each(|content| *counts.entry(content).or_default() += 1);
    let all: usize = counts.values().sum();
    let share = |of: &[Content]| {
        of.iter().filter_map(|content| counts.get(content)).sum::<usize>() * 100 >= all * MOST
    };
    let found = [Content::Sign, Content::Number, Content::Tagged, Content::Name]
        .into_iter()
        .find(|content| share(&[*content]));
    found.unwrap_or(if share(&[Content::Number, Content::Tagged, Content::Name]) {
        Content::Name
    } else {
        Content::Word
    })
}
