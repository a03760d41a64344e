//! What is filled in at each `<*>` of an event: of which kind, with which texts most often, in which range.
//!
//! In: a [`Fit`] and the [`State`] it was made from. Out: [`Parameter`]s by event. They are derived from sequences, number
//! columns and kinds that the state keeps anyway: so they are the same for any batches, and hold nothing that was masked.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::state::{Cell, NumberColumn, State};
use crate::tokenize::{Class, Kind, Sequence, Token, VARIABLE, is_duration, is_size};

use super::columns::messages;
use super::fit::Fit;

/// Texts of one parameter that are told.
const VALUES_TOLD: usize = 5;

/// Of ten values, so many are of a kind that is told.
const TOLD_OF_TEN: u64 = 9;

/// Kinds that others are told as where both are met: a column of ids in base 16 holds some without a letter, one of hosts
/// holds addresses, and of long numbers one in ten or so could be a card's.
const WIDER: [(Kind, &[Kind]); 4] = [
    (Kind::Hex, &[Kind::Number]),
    (Kind::Host, &[Kind::Ip]),
    (Kind::Number, &[Kind::Duration, Kind::Size, Kind::Secret]),
    (Kind::Id, &[Kind::Number, Kind::Hex, Kind::Uuid, Kind::Version, Kind::Host]),
];

/// One `<*>` of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// What nearly all of its lines have there; `None` where they differ, or where an older release has kept no more than that
    /// something was masked.
    pub kind: Option<Kind>,
    /// Lines in which it could be told from the rest of the message: all, but for some whose layout differs from the template's.
    pub lines: u64,
    /// The commonest texts with their lines, at most five, most frequent first, then by text. Masked parts of one are `<*>`.
    pub values: Vec<(String, u64)>,
    /// How many different texts there are.
    pub n_values: usize,
    /// Smallest, median and largest [`magnitude`](crate::state::magnitude) of its numbers; `None` where it has none, or is of a kind
    /// that is no amount.
    pub range: Option<[i16; 3]>,
}

/// The parameters of each event of `fit`, in the order of its events, each in the order of the `<*>` in the template.
///
/// # Cost
/// Linear in the stored sequences and cells.
#[must_use]
pub fn parameters(fit: &Fit, state: &State) -> Vec<Vec<Parameter>> {
    let templates = &fit.pattern.templates;
    let messages = messages(state, &fit.pattern.columns);
    let mut tallies: Vec<Vec<Tally>> = templates
        .events()
        .iter()
        .map(|event| vec![Tally::default(); event.text.matches(VARIABLE).count()])
        .collect();
    let mut read: BTreeMap<u64, (usize, Vec<Filling>)> = BTreeMap::new();
    for (key, shape) in state.shapes() {
        let Some(event) = templates.event_of(*key) else { continue };
        let (sequence, n_columns) =
            messages.get(key).map_or((&shape.sequence, 0), |behind| (&behind.sequence, behind.n_columns));
        if let Some(fillings) = fillings(&templates.events()[event].text, sequence, n_columns) {
            read.insert(*key, (event, fillings));
        }
    }
    for (key, cell) in state.slices().values().flat_map(|slice| &slice.cells) {
        let Some((event, fillings)) = read.get(key) else { continue };
        tallies[*event].iter_mut().zip(fillings).for_each(|(tally, filling)| tally.add(filling, cell));
    }
    tallies.into_iter().map(|tallies| tallies.into_iter().map(Tally::told).collect()).collect()
}

/// What one sequence has at a `<*>` of its template.
#[derive(Clone, Debug)]
enum Filling {
    /// One masked token: where it stands in the whole line, and what it is if it is a number.
    Variable { position: u16, number: Kind },
    /// Several masked tokens.
    Masked,
    /// A text.
    Text { text: String, kind: Kind },
}

/// The sums of one parameter.
#[derive(Clone, Debug, Default)]
struct Tally {
    lines: u64,
    kinds: BTreeMap<Kind, u64>,
    values: BTreeMap<String, u64>,
    numbers: NumberColumn,
}

impl Tally {
    fn add(&mut self, filling: &Filling, cell: &Cell) {
        self.lines += cell.count;
        match filling {
            Filling::Variable { position, number } => {
                let Some(column) = cell.numbers.get(position) else { return };
                let mut others = cell.count;
                for (kind, count) in column.kinds() {
                    let kind = if kind == Kind::Number { *number } else { kind };
                    *self.kinds.entry(kind).or_default() += count.min(others);
                    others -= count.min(others);
                }
                *self.kinds.entry(*number).or_default() += column.count().min(others);
                self.numbers.merge(column);
            }
            Filling::Masked => {}
            Filling::Text { text, kind } => {
                *self.kinds.entry(*kind).or_default() += cell.count;
                *self.values.entry(text.clone()).or_default() += cell.count;
            }
        }
    }

    fn told(self) -> Parameter {
        let kind = self.kind();
        let n_values = self.values.len();
        let mut values: Vec<(String, u64)> = self.values.into_iter().collect();
        values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        values.truncate(VALUES_TOLD);
        let is_amount =
            matches!(kind, Some(Kind::Number | Kind::Duration | Kind::Size | Kind::Text | Kind::Name));
        let range = self.numbers.range().zip(self.numbers.quantile(0.5)).filter(|_| is_amount);
        Parameter {
            kind,
            lines: self.lines,
            values,
            n_values,
            range: range.map(|((low, high), median)| [low, median, high]),
        }
    }

    /// The kind that nearly all have, or that is wider than those that they have; text where most are texts.
    fn kind(&self) -> Option<Kind> {
        let lines_of = |kind: &Kind| self.kinds.get(kind).copied().unwrap_or_default();
        let is_told = |lines: u64| lines > 0 && lines * 10 >= self.lines * TOLD_OF_TEN;
        if let Some(kind) = self.kinds.keys().find(|kind| is_told(lines_of(kind))) {
            return Some(*kind);
        }
        let wider = WIDER.iter().find(|(kind, others)| {
            let met = lines_of(kind);
            met > 0 && is_told(met + others.iter().map(lines_of).sum::<u64>())
        });
        let is_text = self.values.values().sum::<u64>() * 2 > self.lines;
        wider.map(|(kind, _)| *kind).or(is_text.then_some(Kind::Text))
    }
}

/// What `sequence` has at each `<*>` of `template`; `None` where its layout is another.
fn fillings(template: &str, sequence: &Sequence, n_columns: usize) -> Option<Vec<Filling>> {
    let tokens: Vec<Token<'_>> = sequence.tokens().collect();
    let (text, ranges) = laid_out(&tokens);
    let filling = |covered: Range<usize>| {
        let first = ranges.partition_point(|range| range.end <= covered.start);
        let end = ranges.partition_point(|range| range.start < covered.end).max(first);
        let said =
            || (first..end).filter(|&at| !matches!(tokens[at].class, Class::Punctuation | Class::Unit));
        let is_masked = |at: usize| tokens[at].class == Class::Variable;
        match (said().count(), said().next()) {
            (1, Some(at)) if is_masked(at) => {
                let unit = tokens.get(at + 1).filter(|next| next.class == Class::Unit);
                let position = u16::try_from(at + n_columns).unwrap_or(u16::MAX);
                Filling::Variable { position, number: number_kind(unit.map(|unit| unit.text)) }
            }
            (1.., _) if said().all(is_masked) => Filling::Masked,
            (n, at) => {
                let is_name = n == 1 && at.is_some_and(|at| tokens[at].class == Class::Name);
                let kind = if is_name { Kind::Name } else { Kind::Text };
                Filling::Text { text: text[covered].to_owned(), kind }
            }
        }
    };
    Some(covered(template, &text)?.into_iter().map(filling).collect())
}

fn number_kind(unit: Option<&str>) -> Kind {
    match unit.map(str::as_bytes) {
        Some(unit) if is_duration(unit) => Kind::Duration,
        Some(unit) if is_size(unit) => Kind::Size,
        _ => Kind::Number,
    }
}

/// The masked text as templates write it, and where each token stands in it.
fn laid_out(tokens: &[Token<'_>]) -> (String, Vec<Range<usize>>) {
    let mut text = String::new();
    let mut ranges = Vec::with_capacity(tokens.len());
    for (position, token) in tokens.iter().enumerate() {
        if token.space_before && position > 0 {
            text.push(' ');
        }
        let start = text.len();
        text.push_str(token.text);
        ranges.push(start..text.len());
    }
    (text, ranges)
}

/// Which parts of `text` the `<*>` of `template` stand for: between its constants, each taken where it comes first.
fn covered(template: &str, text: &str) -> Option<Vec<Range<usize>>> {
    let mut constants = template.split(VARIABLE).peekable();
    let mut rest = text.strip_prefix(constants.next()?)?;
    let mut covered = Vec::new();
    while let Some(constant) = constants.next() {
        let is_last = constants.peek().is_none();
        let n = if is_last { rest.strip_suffix(constant)?.len() } else { rest.find(constant)? };
        let start = text.len() - rest.len();
        covered.push(start..start + n);
        rest = &rest[n + constant.len()..];
    }
    rest.is_empty().then_some(covered)
}

#[cfg(test)]
mod tests {
    use super::covered;

    #[test]
    fn what_stands_between_the_constants_of_a_template_is_covered() {
        let parts = |template: &str, text: &'static str| -> Option<Vec<&str>> {
            Some(covered(template, text)?.into_iter().map(|range| &text[range]).collect())
        };
        assert_eq!(parts("from <*> to <*>", "from a to b to c"), Some(vec!["a", "b to c"]));
        assert_eq!(parts("<*> is <*>.", "é is ü."), Some(vec!["é", "ü"]));
        assert_eq!(parts("key=<*>", "key="), Some(vec![""]));
        assert_eq!(parts("idle", "idle"), Some(vec![]));
        assert_eq!(parts("<*>", "all of it"), Some(vec!["all of it"]));
        for (template, text) in
            [("idle", "not idle"), ("a <*>", "b a c"), ("<*> a b <*> b", "x a b"), ("a <*> b", "a x b c")]
        {
            assert_eq!(parts(template, text), None, "{template}");
        }
    }
}
