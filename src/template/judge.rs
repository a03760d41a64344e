//! Whether the words at one place of alike sequences are values of a variable, or tell events apart.

use std::collections::BTreeMap;

use crate::tokenize::Class;

use super::shape::{WILDCARD, Word, Words};

/// Distinct values from which a column is a variable however often each came.
const MANY_VALUES: usize = 16;

/// As [`MANY_VALUES`], for what a message begins with: its first word names the event.
const MANY_FIRST_WORDS: usize = 30;

/// Share of masked values from which the others are taken as values too.
const MASKED_SHARE: f64 = 0.1;

/// Letters that identifiers must share at the start to be of one family.
const FAMILY_PREFIX: usize = 4;

/// Judges a column by what stands in it: `values` are a word and how many lines hold it; `first` says that the
/// column begins the message.
///
/// The more a class looks like a parameter, the fewer distinct values are asked for: 2 for values, 3 for
/// identifiers, 8 for natural words, so that `started` and `stopped` are never one event. A few values that
/// each come very often are states of a thing, not parameters.
pub(super) fn is_variable(values: &[(Word, u64)], first: bool, words: &Words<'_>) -> bool {
    let mut lines_of: BTreeMap<u32, u64> = BTreeMap::new();
    for (word, lines) in values {
        *lines_of.entry(word.text).or_default() += lines;
    }
    if lines_of.len() < 2 {
        return false;
    }
    let has = |class: Class| values.iter().any(|(word, _)| word.class == class);
    if has(Class::Unit) || has(Class::Name) || has(Class::DottedValue) {
        return true;
    }
    let lines: u64 = lines_of.values().sum();
    let masked_lines = lines_of.get(&WILDCARD).copied().unwrap_or(0);
    let masked = has(Class::Variable);
    if masked && masked_lines as f64 >= MASKED_SHARE * lines as f64 {
        return true;
    }
    let widest = commonest_class(values);
    let class = match (masked, widest) {
        (true, Class::Word) => Class::Compound,
        (true, _) => Class::Value,
        (false, class) => class,
    };
    if class == Class::Compound && lines_of.len() >= 3 && is_family(lines_of.keys().copied(), words) {
        return true;
    }
    let (fewest, lines_each) = match class {
        Class::Variable => (2, f64::INFINITY),
        Class::Value => (2, 15.0),
        Class::Compound => (3, 8.0),
        _ => (8, 8.0),
    };
    let names_the_event = first && !masked && class != Class::Value;
    let fewest = if names_the_event { MANY_FIRST_WORDS } else { fewest };
    let distinct = lines_of.len();
    distinct >= fewest
        && ((lines as f64) < lines_each * distinct as f64
            || distinct >= if class == Class::Compound { 6 } else { MANY_VALUES })
}

/// The class of most distinct values, the wider of two; masked values are not counted where there are others.
fn commonest_class(values: &[(Word, u64)]) -> Class {
    let mut words: Vec<Word> =
        values.iter().map(|(word, _)| *word).filter(|word| word.text != WILDCARD).collect();
    words.sort_unstable();
    words.dedup();
    let count = |class: Class| words.iter().filter(|word| word.class == class).count();
    words.iter().map(|word| word.class).max_by_key(|class| (count(*class), *class)).unwrap_or(Class::Variable)
}

/// Whether identifiers share a beginning that ends in `.`, `/` or `_`, or holds one.
fn is_family(numbers: impl Iterator<Item = u32>, words: &Words<'_>) -> bool {
    let mut texts = numbers.filter(|number| *number != WILDCARD).map(|number| words.text(number));
    let Some(mut prefix) = texts.next() else { return false };
    for text in texts {
        let shared = prefix.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count();
        let mut end = shared;
        while !prefix.is_char_boundary(end) {
            end -= 1;
        }
        prefix = &prefix[..end];
    }
    prefix.len() >= FAMILY_PREFIX && prefix.contains(['.', '/', '_'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(values: &[(&str, Class, u64)], first: bool) -> bool {
        let mut words = Words::default();
        let values: Vec<(Word, u64)> = values
            .iter()
            .map(|&(text, class, lines)| (Word { text: words.number(text), class }, lines))
            .collect();
        is_variable(&values, first, &words)
    }

    #[test]
    fn opposites_stay_apart_and_many_words_are_a_variable() {
        assert!(!judged(&[("succeeded", Class::Word, 500), ("failed", Class::Word, 2)], false));
        let names: Vec<String> = (0..8).map(|i| "abcdefgh".repeat(i + 1)).collect();
        let values: Vec<(&str, Class, u64)> = names.iter().map(|n| (n.as_str(), Class::Word, 1)).collect();
        assert!(judged(&values, false));
        assert!(!judged(&values, true));
        assert!(!judged(&values[..7], false));
    }

    #[test]
    fn two_values_are_a_variable_unless_each_comes_very_often() {
        assert!(judged(&[("alice", Class::Value, 3), ("bob", Class::Value, 5)], false));
        assert!(!judged(&[("open", Class::Value, 300), ("closed", Class::Value, 200)], false));
    }

    #[test]
    fn a_word_beside_masked_values_is_a_value() {
        assert!(judged(&[("<*>", Class::Variable, 50), ("unknown", Class::Word, 50)], false));
        assert!(!judged(&[("<*>", Class::Variable, 1), ("unknown", Class::Word, 50)], false));
    }

    #[test]
    fn identifiers_of_one_package_are_a_variable() {
        let family = [
            ("org.a.X", Class::Compound, 90),
            ("org.a.Y", Class::Compound, 90),
            ("org.a.Z", Class::Compound, 90),
        ];
        assert!(judged(&family, false));
        assert!(!judged(&family[..2], false));
    }
}
