//! Fixed lists of words that mean something: the names of levels, the keys of fields.
//!
//! In: a word in any letter case. Out: its meaning. Nearly every word of a log means nothing, and is let go by its first
//! letter and its length.

use std::ops::Range;

/// The longest word is shorter than this, in bytes.
const LENGTHS: usize = 32;

/// Words in small or great letters of ASCII, others only in small ones, with their meanings.
pub(super) struct Lexicon<T: 'static> {
    words: &'static [(&'static str, T)],
    /// Where the words of one first letter and one length begin and end, at [`slot`].
    slots: [(u8, u8); 32 * LENGTHS],
}

/// By the five low bits of the first byte, which a letter has in both cases, and the length.
const fn slot(first: u8, length: usize) -> usize {
    (first & 31) as usize * LENGTHS + length
}

impl<T: Copy> Lexicon<T> {
    /// Of words of less than [`LENGTHS`] bytes, of which those of one first letter and one length stand together.
    ///
    /// # Panics
    /// Where they are not so; a `static` shows it when it is compiled.
    pub(super) const fn new(words: &'static [(&'static str, T)]) -> Self {
        assert!(words.len() < 256);
        let mut slots = [(0, 0); 32 * LENGTHS];
        let mut at = 0;
        while at < words.len() {
            let word = words[at].0.as_bytes();
            assert!(!word.is_empty() && word.len() < LENGTHS);
            let slot = &mut slots[slot(word[0], word.len())];
            if slot.1 == 0 {
                *slot = (at as u8, at as u8);
            }
            assert!(slot.1 == at as u8, "words of one first letter and one length stand beside each other");
            slot.1 += 1;
            at += 1;
        }
        Self { words, slots }
    }

    /// A key to sort words by, so that those of one first letter and one length stand together.
    pub(super) fn order(word: &[u8]) -> usize {
        slot(word[0], word.len())
    }

    /// The meaning of `word`, in any letter case of ASCII.
    #[inline]
    pub(super) fn get(&self, word: &[u8]) -> Option<T> {
        if word.len() >= LENGTHS {
            return None;
        }
        let (from, to) = self.slots[slot(*word.first()?, word.len())];
        if from == to { None } else { self.among(from.into()..to.into(), word) }
    }

    fn among(&self, alike: Range<usize>, word: &[u8]) -> Option<T> {
        // Words of one first letter and one length mostly differ in the last one.
        let last = word[word.len() - 1] | 0x20;
        let same = |known: &[u8]| known[known.len() - 1] | 0x20 == last && known.eq_ignore_ascii_case(word);
        self.words[alike].iter().find(|(known, _)| same(known.as_bytes())).map(|&(_, meaning)| meaning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_in_any_letter_case_and_only_whole() {
        static WORDS: Lexicon<u8> = Lexicon::new(&[("warn", 1), ("WARNING", 2), ("info", 3)]);
        assert_eq!(WORDS.get(b"Warn"), Some(1));
        assert_eq!(WORDS.get(b"warning"), Some(2));
        assert_eq!(WORDS.get(b"INFO"), Some(3));
        for other in ["", "w", "warni", "worn", "7arn", "debug"] {
            assert_eq!(WORDS.get(other.as_bytes()), None, "{other}");
        }
    }
}
