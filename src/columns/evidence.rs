//! What many messages say of the column that they have in one place: whether it is one, or the first word of a text.
//!
//! Everything is counted by distinct messages, not by lines, so that a burst proves nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::field::{Content, Field, Frame};
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
    /// Percentage of messages whose value has at least two unlike texts behind it, and at least three.
    branches: usize,
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
            branches_thrice: share(&|value| value.starts.unlike() >= 3),
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

/// Whether two names differ in nothing but a part that contradicts: `user.login` and `user.logout`, which are no parts of a
/// program but what happened.
fn have_opposite_parts(names: &BTreeSet<&str>) -> bool {
    let mut by_rest: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for name in names {
        for part in parts(name).filter(|part| part.len() < name.len()) {
            let rest = (&name[..part.start], &name[part.end..]);
            by_rest.entry(rest).or_default().insert(&name[part]);
        }
    }
    by_rest.values().any(|parts| parts.len() > 1 && holds_opposites(parts.iter().copied()))
}

/// The words of a name: `UserLoggedIn` has three, `mail-out` two.
fn parts(name: &str) -> impl Iterator<Item = Range<usize>> {
    let begins = |at: usize, c: char, before: Option<char>| {
        let is_joint = |c: char| !c.is_alphanumeric();
        at == 0
            || before.is_some_and(|before| {
                is_joint(before) != is_joint(c) || c.is_uppercase() && before.is_lowercase()
            })
    };
    let before = std::iter::once(None).chain(name.chars().map(Some));
    let starts: Vec<usize> = name
        .char_indices()
        .zip(before)
        .filter(|((at, c), before)| begins(*at, *c, *before))
        .map(|((at, _), _)| at)
        .collect();
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([name.len()]).collect();
    starts.into_iter().zip(ends).map(|(start, end)| start..end)
}

/// How much column `at` tells of what stands behind column `behind`: 0 where it tells nothing, 1 where each text has one value.
///
/// `(s − e) / (1 − e)`, where `s` is the chance that two lines with the same constants have the same value, mean over the
/// texts that have two lines, and `e` the chance for any two lines. `None` where there are too few such texts to say.
fn dependence(rows: &[&Row<'_>], at: usize, behind: usize) -> Option<f64> {
    let mut by_text: BTreeMap<u64, BTreeMap<u64, u64>> = BTreeMap::new();
    let mut all: BTreeMap<u64, u64> = BTreeMap::new();
    for row in rows {
        let value = row.fields[at].0.value;
        *by_text.entry(row.fields[behind].1.constants).or_default().entry(value).or_default() += row.lines;
        *all.entry(value).or_default() += row.lines;
    }
    let expected = same_by_chance(&all).filter(|expected| *expected < 1.0)?;
    let found: Vec<f64> = by_text.values().filter_map(same_by_chance).collect();
    let mean = found.iter().sum::<f64>() / found.len() as f64;
    (found.len() >= UNLIKE).then(|| ((mean - expected) / (1.0 - expected)).clamp(0.0, 1.0))
}

/// The chance that two of the lines have the same value; `None` where there are no two.
fn same_by_chance(lines: &BTreeMap<u64, u64>) -> Option<f64> {
    let n: u64 = lines.values().sum();
    let pairs = |n: u64| n as f64 * n.saturating_sub(1) as f64;
    (n >= 2).then(|| lines.values().map(|&n| pairs(n)).sum::<f64>() / pairs(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: u64, constants: u64) -> Row<'static> {
        let (frame, content) = (Frame::Bare, Content::Word);
        let field = Field { frame, content, value, text: "word", is_spaced: false, inside: 0..1, end: 1 };
        Row {
            fields: vec![(
                field,
                Rest { text: constants, constants, word: constants, tail: constants, n_tokens: 1 },
            )],
            lines: 1,
        }
    }

    fn dependence_of(lines: impl Iterator<Item = (u64, u64)>) -> Option<f64> {
        let rows: Vec<Row<'_>> = lines.map(|(value, text)| row(value, text)).collect();
        dependence(&rows.iter().collect::<Vec<_>>(), 0, 0)
    }

    #[test]
    fn a_column_that_each_text_has_one_value_of_depends_on_it_wholly() {
        // ten texts of four lines each, text 0 to 4 from 0 and 5 to 9 from 1
        assert_eq!(dependence_of((0..40).map(|i| (i % 10 / 5, i % 10))), Some(1.0));
    }

    #[test]
    fn a_column_that_every_text_has_all_values_of_does_not_depend_on_it() {
        // ten texts of four lines, two of each value: s = (2·1 + 2·1)/(4·3) = 1/3, e = 2·20·19/(40·39) = 19/39; s − e is below 0
        assert_eq!(dependence_of((0..40).map(|i| (i / 10 % 2, i % 10))), Some(0.0));
    }

    #[test]
    fn names_that_differ_in_an_opposite_say_what_happened() {
        let opposed = |names: &[&str]| have_opposite_parts(&names.iter().copied().collect());
        assert!(opposed(&["user.login", "user.logout", "order.paid"]));
        assert!(opposed(&["UserLoggedIn", "UserLoggedOut"]));
        // in and out stand in two names, but these differ in more
        assert!(!opposed(&["mail-in", "news-out", "store.wal"]));
    }

    #[test]
    fn a_few_texts_say_nothing_of_dependence() {
        assert_eq!(dependence_of((0..40).map(|i| (i / 5 % 2, i % 5))), None);
    }
}
