//! Fixed lists of words that mean something: the names of levels, the keys of fields.
//!
//! In: a word in any letter case. Out: its meaning. Nearly every word of a log means nothing, and is let go by its first
//! letter and its length.

/// Words of ASCII letters and digits with their meanings.
pub(super) struct Lexicon<T: 'static> {
    words: &'static [(&'static str, T)],
    /// By the five low bits of the first byte, which a letter has in both cases.
    fronts: [Front; 32],
}

/// The words that begin alike.
#[derive(Clone, Copy)]
struct Front {
    /// Bit `n` is set where one of them has `n` bytes.
    lengths: u64,
    from: usize,
    to: usize,
}

impl<T: Copy> Lexicon<T> {
    /// Of words of fewer than 64 bytes, those with the same first letter beside each other.
    ///
    /// # Panics
    /// Where they are not so; a `static` shows it when it is compiled.
    pub(super) const fn new(words: &'static [(&'static str, T)]) -> Self {
        let mut fronts = [Front { lengths: 0, from: 0, to: 0 }; 32];
        let mut at = 0;
        while at < words.len() {
            let word = words[at].0.as_bytes();
            assert!(!word.is_empty() && word.len() < 64);
            let front = &mut fronts[(word[0] & 31) as usize];
            if front.lengths == 0 {
                front.from = at;
                front.to = at;
            }
            assert!(front.to == at, "words with the same first letter stand beside each other");
            front.lengths |= 1 << word.len();
            front.to = at + 1;
            at += 1;
        }
        Self { words, fronts }
    }

    /// The meaning of `word`, in any letter case.
    pub(super) fn get(&self, word: &[u8]) -> Option<T> {
        let front = &self.fronts[usize::from(*word.first()? & 31)];
        if word.len() >= 64 || front.lengths >> word.len() & 1 == 0 {
            return None;
        }
        let same = |known: &str| known.len() == word.len() && known.as_bytes().eq_ignore_ascii_case(word);
        self.words[front.from..front.to].iter().find(|(known, _)| same(known)).map(|&(_, meaning)| meaning)
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
