//! A level as a column: where one may stand, and where the same word is text.

use std::borrow::Cow;
use std::ops::Range;

use super::level_word::LevelWord;
use super::{Last, MOST_PENDING, Scan, time_is_next};
use crate::entry::Front;
use crate::parse::{level, names, tag, timestamp};

impl Scan<'_, '_> {
    /// A level in a column of its own; `None` if the word is none, else whether the header goes on.
    pub(super) fn level_word(&mut self, start: usize, end: usize) -> Option<bool> {
        let found = LevelWord::read(self.text, start, end)?;
        if !self.level_stands_here(&found, start, end) {
            return None;
        }
        if self.ends_label(start, &found) {
            return None;
        }
        let word = &self.text[start..end];
        if level::is_outcome(word)
            && self.joint == 0
            && !self.is_cell(start, end)
            && !time_is_next(self.text, end)
        {
            self.draft.level = self.draft.level.or(Some(found.level));
            return Some(false);
        }
        let again = self.draft.level.is_some();
        if again && self.draft.level != Some(found.level) {
            return None;
        }
        self.draft.level = Some(found.level);
        let is_padded = found.is_upper && self.text.get(end..end + 2) == Some(b"  ");
        if self.named && !found.decorated && !is_padded {
            // Behind a name the text has begun: the word may well be part of it, unless a column's width follows.
            return Some(false);
        }
        self.sure(found.end, if found.is_letter { Last::Letter } else { Last::Level });
        self.by_letter |= found.is_letter;
        self.level_end = found.end;
        self.n_groups = 0;
        if let Some(name) = found.name {
            self.draft.component = Some(Cow::Borrowed(&self.line[name]));
            self.draft.front = Front::CLOSED;
            self.named = true;
        }
        if found.closes {
            self.draft.front = Front::CLOSED;
        }
        if self.joint != 0 {
            self.swallow_joints();
        }
        Some(!self.named || !self.draft.has_time())
    }

    /// `SERVICE ALERT: `: one label of two words, not a level behind a name.
    pub(super) fn ends_label(&self, start: usize, found: &LevelWord) -> bool {
        found.is_upper
            && self.n_pending > 0
            && self.last == Last::Word
            && self.text[self.pending[self.n_pending - 1].clone()].iter().all(u8::is_ascii_uppercase)
            && level::names_other_things(names::leading_letters(&self.text[start..found.end]))
    }

    /// Whether a level may stand where this word stands.
    pub(super) fn level_stands_here(&self, found: &LevelWord, start: usize, end: usize) -> bool {
        let behind_column =
            self.n_pending == 0 || matches!(self.last, Last::Separator | Last::Group | Last::Number);
        let next =
            self.text[end..].iter().position(|&byte| byte != b' ').map(|gap| (gap, self.text[end + gap]));
        let prose_follows = matches!(next, Some((1, byte)) if byte.is_ascii_lowercase());
        if found.is_letter {
            let stands_apart = self.last == Last::Start || (self.draft.has_time() && behind_column);
            let time_follows = matches!(next, Some((_, b'[')))
                || next.is_some_and(|(gap, _)| timestamp::read(self.text, end + gap).is_some());
            return found.decorated
                || (stands_apart
                    && !self.named
                    && (time_follows
                        || (found.closes && self.draft.has_time())
                        || (self.draft.has_time()
                            && next.is_some()
                            && (!prose_follows || self.tag_is_next(end)))));
        }
        if found.is_caseless && !found.decorated {
            return self.draft.has_time() && behind_column && !self.named;
        }
        if found.decorated || found.is_upper {
            let at_start = self.last == Last::Start
                || self.draft.is_headed()
                || time_is_next(self.text, end)
                || self.only_numbers_and_groups()
                || (self.last == Last::Separator && self.joint == b'|' && self.n_pending == 1);
            let is_sentence = self.named && !found.decorated && prose_follows && !found.is_upper;
            // `last error: none`, `Stack trace:`, `login failed, critical: no`: words in front of it make it a part of theirs.
            let is_phrase = found.closes
                && !found.is_upper
                && self.last == Last::Word
                && is_word_of_text(&self.text[self.pending[self.n_pending - 1].clone()]);
            // An address is whom the line tells of: words behind it are text.
            let in_text = self.n_pending > 1
                && !found.is_upper
                && names::is_address(&self.text[self.pending[0].clone()]);
            return at_start && self.n_prose <= 1 && !is_sentence && !in_text && !is_phrase;
        }
        if self.named || !behind_column || self.last == Last::Start {
            return self.last == Last::Start && time_is_next(self.text, end);
        }
        // `Error opening …` is a sentence; `error opening …` and `Error   Name` are a column.
        let word = &self.text[start..end];
        !(prose_follows && (word_is_capitalised(word) || level::names_other_things(word)))
    }

    /// `176 [main] WARN`: what has passed so far cannot be the text.
    pub(super) fn only_numbers_and_groups(&self) -> bool {
        let is_column = |range: &Range<usize>| {
            let column = &self.text[range.clone()];
            matches!(column[0], b'[' | b'(' | b'{') || column.iter().all(u8::is_ascii_digit)
        };
        self.n_pending > 0 && self.n_pending <= 2 && self.pending[..self.n_pending].iter().all(is_column)
    }

    /// Whether nothing but pairs stands between `at` and a level with its colon.
    pub(super) fn level_follows_pairs(&self, at: usize) -> bool {
        let mut words = self.text[at..self.limit].split(|&byte| byte == b' ').filter(|word| !word.is_empty());
        let behind = words.by_ref().take(MOST_PENDING).find(|word| !word.contains(&b'='));
        behind.is_some_and(|word| {
            word.strip_suffix(b":").is_some_and(|name| level::is_upper(name) && level::word(name).is_some())
        })
    }

    pub(super) fn level_is_next(&self, at: usize) -> bool {
        let at = at.min(self.limit);
        let is_gap = |byte: &u8| matches!(byte, b' ' | b'\t');
        let start = at + self.text[at..self.limit].iter().take_while(|&byte| is_gap(byte)).count();
        let length = self.text[start..self.limit].iter().take_while(|&byte| !is_gap(byte)).count();
        LevelWord::read(self.text, start, start + length)
            .is_some_and(|found| found.decorated || found.is_upper)
    }

    /// Whether a name with a colon follows: `I chatty  : `.
    pub(super) fn tag_is_next(&self, at: usize) -> bool {
        self.last == Last::Number && tag::tag(self.text, names::skip_spaces(self.text, at), true).is_some()
    }
}

/// Letters, of which not all are capitals, and perhaps a comma: no machine, program or class is called so for certain.
fn is_word_of_text(word: &[u8]) -> bool {
    let letters = word.strip_suffix(b",").unwrap_or(word);
    letters.iter().all(u8::is_ascii_alphabetic) && letters.iter().any(u8::is_ascii_lowercase)
}

fn word_is_capitalised(word: &[u8]) -> bool {
    word.len() > 1 && word[0].is_ascii_uppercase() && word[1].is_ascii_lowercase()
}
