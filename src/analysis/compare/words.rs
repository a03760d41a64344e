//! Words in the lines of known events that the baseline never showed: `result: FAILURE` after nothing but `SUCCESS`.

use rustc_hash::{FxHashMap, FxHashSet};
use xxhash_rust::xxh3::xxh3_64;

use super::side::Side;
use crate::analysis::read::Lines;
use crate::ml::rng::splitmix64;

/// Letters of a word at least: shorter ones are pieces of identifiers.
const MIN_LETTERS: usize = 3;

/// Unseen words that are named, of the line that holds most.
const NAMED: usize = 3;

/// Where a word must be new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// In the whole log.
    Log,
    /// In the lines of its event; the baseline holds it elsewhere.
    Event,
}

/// Words that are counted of a line at most.
const COUNTED: usize = 16;

/// What the lines of one event show that the baseline never did.
#[derive(Clone, Debug, Default)]
pub(super) struct Unseen {
    /// Lines that hold unseen words, with their number.
    lines: Vec<(usize, usize)>,
    /// Unseen words of the line that holds most, in lower case.
    pub(super) words: Vec<String>,
    /// By number of words: lines of the baseline's event with so many words that no other line in the scope holds. So
    /// often such a line shows something unseen anyway, as Good and Turing estimate it.
    before: [u64; COUNTED + 1],
}

impl Unseen {
    /// The lines that show more unseen words than is usual, and how usual that is, in `(0, 1)`: the share of the
    /// baseline's lines that showed as many. `before` and `after` are the lines of the event.
    pub(super) fn telling(&self, before: u64, after: u64) -> Option<(Vec<usize>, f64)> {
        (1..=COUNTED).find_map(|words| {
            let as_many = |lines: &[u64]| lines[words..].iter().sum::<u64>() as f64;
            let usual = (as_many(&self.before) + 0.5) / (before as f64 + 1.0);
            let lines: Vec<usize> =
                self.lines.iter().filter(|(_, n)| *n >= words).map(|(line, _)| *line).collect();
            (lines.len() as f64 > usual * after as f64).then_some((lines, usual))
        })
    }

    fn add(&mut self, line: usize, words: Vec<String>) {
        let most = self.lines.iter().map(|(_, n)| *n).max().unwrap_or(0);
        self.lines.push((line, words.len().min(COUNTED)));
        if words.len() > most {
            self.words = words;
            self.words.truncate(NAMED);
        }
    }
}

/// By joint event: the unseen words. One that is new in the whole log is told once, of the event that shows it first: a
/// new host or folder would else be told of every event that names it.
pub(super) fn unseen(
    scope: Scope,
    (before, lines_before): (&Side<'_>, &Lines<'_>),
    (after, lines): (&Side<'_>, &Lines<'_>),
) -> Vec<Unseen> {
    let key = |event: u32, word: &str| match scope {
        Scope::Log => hash(word),
        Scope::Event => hash(word) ^ splitmix64(u64::from(event)),
    };
    let held = lines_by_key(before, lines_before, key);
    let mut unseen = vec![Unseen::default(); before.sums.len()];
    for (entry, event) in lines_before.entries.iter().zip(&before.events) {
        let Some(event) = *event else { continue };
        let mut alone = 0;
        for_each_word(&entry.message, |word| {
            alone += usize::from(held.get(&key(event, word)) == Some(&1));
        });
        unseen[event as usize].before[alone.min(COUNTED)] += 1;
    }
    let held_anywhere = lines_by_key(before, lines_before, |_, word| hash(word));
    let mut told_of: FxHashMap<u64, u32> = FxHashMap::default();
    for (i, (entry, event)) in lines.entries.iter().zip(&after.events).enumerate() {
        let Some(event) = *event else { continue };
        let mut words = Vec::new();
        for_each_word(&entry.message, |word| {
            let is_unseen = match scope {
                Scope::Log => {
                    !held_anywhere.contains_key(&hash(word))
                        && *told_of.entry(hash(word)).or_insert(event) == event
                }
                Scope::Event => {
                    held_anywhere.contains_key(&hash(word)) && !held.contains_key(&key(event, word))
                }
            };
            if is_unseen && !words.iter().any(|known| known == word) {
                words.push(word.to_owned());
            }
        });
        if !words.is_empty() {
            unseen[event as usize].add(i, words);
        }
    }
    unseen
}

/// Lines of the baseline by key of a word in them.
fn lines_by_key(
    before: &Side<'_>,
    lines_before: &Lines<'_>,
    key: impl Fn(u32, &str) -> u64,
) -> FxHashMap<u64, u32> {
    let mut held: FxHashMap<u64, u32> = FxHashMap::default();
    let mut of_line: FxHashSet<u64> = FxHashSet::default();
    for (entry, event) in lines_before.entries.iter().zip(&before.events) {
        let Some(event) = *event else { continue };
        for_each_word(&entry.message, |word| {
            if of_line.insert(key(event, word)) {
                *held.entry(key(event, word)).or_default() += 1;
            }
        });
        of_line.clear();
    }
    held
}

/// Lines of an event in the baseline for "always" to mean something: with one more, a share of less than a twentieth.
const MIN_ALWAYS: u64 = 20;

/// What the lines of one event lack that the baseline's always held.
#[derive(Clone, Debug, Default)]
pub(super) struct Missing {
    /// Lines that lack a word.
    pub(super) lines: Vec<usize>,
    /// The words that the first of them lacks.
    pub(super) words: Vec<String>,
}

/// By joint event: the words of variables that every line of the baseline held and a new one lacks, such as the folder
/// that all files came from.
pub(super) fn missing(
    (before, lines_before): (&Side<'_>, &Lines<'_>),
    (after, lines): (&Side<'_>, &Lines<'_>),
) -> Vec<Missing> {
    let held = lines_by_key(before, lines_before, |event, word| hash(word) ^ splitmix64(u64::from(event)));
    let mut always: Vec<Option<Vec<String>>> = vec![None; before.sums.len()];
    for (entry, event) in lines_before.entries.iter().zip(&before.events) {
        let Some(event) = *event else { continue };
        let count = before.count(event as usize);
        let of_event = &mut always[event as usize];
        if count < MIN_ALWAYS || of_event.is_some() {
            continue;
        }
        let mut words = Vec::new();
        for_each_word(&entry.message, |word| {
            let key = hash(word) ^ splitmix64(u64::from(event));
            if held.get(&key).is_some_and(|lines| u64::from(*lines) == count) {
                words.push(word.to_owned());
            }
        });
        *of_event = Some(words);
    }
    let mut missing = vec![Missing::default(); before.sums.len()];
    for (i, (entry, event)) in lines.entries.iter().zip(&after.events).enumerate() {
        let Some(event) = event.map(|event| event as usize) else { continue };
        let Some(always) = always[event].as_ref().filter(|words| !words.is_empty()) else { continue };
        let mut lacking: Vec<&String> = always.iter().collect();
        for_each_word(&entry.message, |word| lacking.retain(|other| *other != word));
        if !lacking.is_empty() {
            let of_event = &mut missing[event];
            of_event.lines.push(i);
            if of_event.words.is_empty() {
                of_event.words = lacking.into_iter().take(NAMED).cloned().collect();
            }
        }
    }
    missing
}

fn hash(word: &str) -> u64 {
    xxh3_64(word.as_bytes())
}

/// The words of a text in lower case, `CamelCase` taken apart. What holds a digit is an identifier and is left out.
fn for_each_word(text: &str, mut each: impl FnMut(&str)) {
    let mut word = String::new();
    for run in text.split(|c: char| !c.is_alphanumeric()) {
        if run.len() < MIN_LETTERS || run.bytes().any(|b| b.is_ascii_digit()) {
            continue;
        }
        let mut was_lower = false;
        for c in run.chars() {
            if c.is_uppercase() && was_lower {
                flush(&mut word, &mut each);
            }
            was_lower = c.is_lowercase();
            word.extend(c.to_lowercase());
        }
        flush(&mut word, &mut each);
    }
}

fn flush(word: &mut String, each: &mut impl FnMut(&str)) {
    if word.chars().nth(MIN_LETTERS - 1).is_some() {
        each(word);
    }
    word.clear();
}

#[cfg(test)]
mod tests {
    use super::for_each_word;

    #[test]
    fn words_are_letters_and_identifiers_with_digits_are_none() {
        let mut words = Vec::new();
        for_each_word("InvocationError: /tmp/x9f3ab id=4f of Größe", |word| words.push(word.to_owned()));
        assert_eq!(words, ["invocation", "error", "tmp", "größe"]);
    }
}
