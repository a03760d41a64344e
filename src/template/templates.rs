//! Mined templates, and which event a sequence is.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::tokenize::{Class, Sequence, Token};

use super::groups::{Group, groups};
use super::render::{render, words_of};
use super::shape::{WILDCARD, Word, Words, shape_of, tokens_of};

/// The hash that makes an event's id; a new one if what templates look like ever changes.
const ID_VERSION: u64 = 1;

/// One distinct masked sequence.
#[derive(Clone, Copy, Debug)]
pub struct Distinct<'s> {
    /// Its name.
    pub key: u64,
    /// Its tokens.
    pub sequence: &'s Sequence,
    /// As in [`crate::entry::LogEntry::columns_open`].
    pub columns_open: bool,
    /// Lines that show it.
    pub count: u64,
}

/// One kind of line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventTemplate {
    /// XXH3 of the text, 64 bits, with [`ID_VERSION`] as its seed: the same text has the same id everywhere.
    pub id: u64,
    /// Constant words as they are, variables as `<*>`.
    pub text: String,
    /// The constant words in lower case, identifiers taken apart.
    pub words: Vec<String>,
}

/// The events of a set of sequences.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Templates {
    events: Vec<EventTemplate>,
    /// Sequence to event, sorted by key.
    event_of: Vec<(u64, u32)>,
    /// Sorted by shape; the more constant words, the earlier.
    patterns: Vec<StoredPattern>,
}

/// What sequences of one shape share, to find the event of one that was not mined.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct StoredPattern {
    shape: u64,
    event: u32,
    /// Hashes of constant words, 0 for what varies.
    words: Vec<u64>,
}

impl EventTemplate {
    fn new(text: String) -> Self {
        let words = words_of(&text);
        Self { id: xxh3_64_with_seed(text.as_bytes(), ID_VERSION), text, words }
    }
}

impl Templates {
    /// Finds the events of distinct sequences. A function of their set: their order does not matter.
    ///
    /// Cost: linear in the sequences of different shapes; quadratic in chunks of bounded size among those of one
    /// shape.
    #[must_use]
    pub fn mine(distinct: &[Distinct<'_>]) -> Self {
        let mut distinct = distinct.to_vec();
        distinct.sort_by_key(|d| d.key);
        let sequences: Vec<Vec<Token<'_>>> = distinct.par_iter().map(|d| tokens_of(d.sequence)).collect();
        let lines: Vec<u64> = distinct.iter().map(|d| d.count).collect();
        let mut words = Words::default();
        let groups = groups(&sequences, &lines, &mut words);
        let texts: Vec<String> = groups
            .par_iter()
            .map(|group| render(&group.members.iter().map(|m| &sequences[*m as usize]).collect::<Vec<_>>()))
            .collect();
        Self::of(&distinct, &groups, texts, &words)
    }

    /// Groups with the same text are one event.
    fn of(distinct: &[Distinct<'_>], groups: &[Group], texts: Vec<String>, words: &Words<'_>) -> Self {
        let mut templates = Self::default();
        let mut number_of: BTreeMap<String, u32> = BTreeMap::new();
        for (group, text) in groups.iter().zip(texts) {
            let next = templates.events.len() as u32;
            let event = *number_of.entry(text.clone()).or_insert(next);
            if event == next {
                templates.events.push(EventTemplate::new(text));
            }
            templates.event_of.extend(group.members.iter().map(|m| (distinct[*m as usize].key, event)));
            templates.patterns.extend(group.patterns.iter().map(|pattern| StoredPattern {
                shape: pattern.shape,
                event,
                words: pattern.words.iter().map(|word| word_hash(*word, words)).collect(),
            }));
        }
        templates.event_of.sort_unstable();
        templates
            .patterns
            .sort_by_key(|p| (p.shape, p.words.iter().filter(|word| **word == 0).count(), p.event));
        templates
    }

    /// The events, in an order that depends on the mined set alone.
    #[must_use]
    pub fn events(&self) -> &[EventTemplate] {
        &self.events
    }

    /// The event of a mined sequence: an index into [`Templates::events`].
    #[must_use]
    pub fn event_of(&self, key: u64) -> Option<usize> {
        let place = self.event_of.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        Some(self.event_of[place].1 as usize)
    }

    /// The event whose template a sequence fits that was not mined: the same shape, each constant word the same.
    /// The template with the most constant words wins, then the first. One without any constant word takes in only
    /// sequences without one.
    #[must_use]
    pub fn assign(&self, sequence: &Sequence) -> Option<usize> {
        let tokens = tokens_of(sequence);
        let mut words = Words::default();
        let shaped = shape_of(&tokens, |text| words.number(text));
        let hashes: Vec<u64> = shaped.words.iter().map(|word| word_hash(*word, &words)).collect();
        let only_values =
            shaped.words.iter().all(|word| matches!(word.class, Class::Variable | Class::Value));
        let first = self.patterns.partition_point(|p| p.shape < shaped.shape);
        self.patterns[first..]
            .iter()
            .take_while(|p| p.shape == shaped.shape)
            .find(|p| p.fits(&hashes) && (only_values || p.words.iter().any(|word| *word != 0)))
            .map(|p| p.event as usize)
    }
}

impl StoredPattern {
    fn fits(&self, words: &[u64]) -> bool {
        self.words.len() == words.len()
            && self.words.iter().zip(words).all(|(mine, other)| *mine == 0 || mine == other)
    }
}

fn word_hash(word: Word, words: &Words<'_>) -> u64 {
    if word.text == WILDCARD { 0 } else { xxh3_64(words.text(word.text).as_bytes()).max(1) }
}
