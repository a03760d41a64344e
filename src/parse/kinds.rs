//! Kinds of bytes, as one table: a word is looked at once, and what is asked of it later is a comparison of bits.
//!
//! In: bytes. Out: of which kinds they all are, and which kinds are among them.

/// A kind of bytes, or several joined by `|`; one byte may be of several.
pub(super) type Kind = u16;

/// Space and tab, which part words.
pub(super) const GAP: Kind = 1;
/// `|`, which joins columns wherever it stands.
pub(super) const BAR: Kind = 1 << 1;
/// Comma and semicolon, which join columns in some logs.
pub(super) const JOINT: Kind = 1 << 2;
/// `0` to `9`.
pub(super) const DIGIT: Kind = 1 << 3;
/// `a` to `z`.
pub(super) const LOWER: Kind = 1 << 4;
/// `A` to `Z`.
pub(super) const UPPER: Kind = 1 << 5;
/// Bytes of characters outside ASCII.
pub(super) const WIDE: Kind = 1 << 6;
/// `=`.
pub(super) const EQUALS: Kind = 1 << 7;
/// Quotation marks, double and single.
pub(super) const QUOTE: Kind = 1 << 8;
/// `[` and `(`.
pub(super) const OPEN: Kind = 1 << 9;
/// What the names of programs, loggers and files are made of.
pub(super) const NAME: Kind = 1 << 10;
/// What the names and addresses of machines are made of.
pub(super) const HOST: Kind = 1 << 11;
/// What the keys of pairs are made of.
pub(super) const KEY: Kind = 1 << 12;
/// What separators between columns are made of.
pub(super) const SEPARATOR: Kind = 1 << 13;
/// What stands around a word and is no part of it.
pub(super) const WRAPPER: Kind = 1 << 14;
/// What joins the parts of a name.
pub(super) const MARK: Kind = 1 << 15;

/// Letters and digits of ASCII.
pub(super) const ALPHANUMERIC: Kind = DIGIT | LOWER | UPPER;

/// Of each byte its kinds in the lower half, and in the upper half those that it is not of.
static KINDS: [u32; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let of_byte = kinds_of(byte as u8);
        kinds[byte] = of_byte as u32 | (!of_byte as u32) << 16;
        byte += 1;
    }
    kinds
};

const fn kinds_of(byte: u8) -> Kind {
    match byte {
        b'0'..=b'9' => DIGIT | NAME | HOST | KEY,
        b'a'..=b'z' => LOWER | NAME | HOST | KEY,
        b'A'..=b'Z' => UPPER | NAME | HOST | KEY,
        0x80.. => WIDE | NAME,
        b' ' => GAP | WRAPPER,
        b'\t' => GAP,
        b'|' => BAR | SEPARATOR | WRAPPER,
        b',' | b';' => JOINT | WRAPPER,
        b'=' => EQUALS,
        b'"' => QUOTE | WRAPPER,
        b'\'' => QUOTE,
        b'[' => OPEN | WRAPPER,
        b'(' => OPEN | NAME | WRAPPER,
        b']' => WRAPPER,
        b')' | b'<' => NAME | WRAPPER,
        b'>' => NAME | SEPARATOR | WRAPPER,
        b':' => NAME | HOST | SEPARATOR | WRAPPER,
        b'.' | b'_' => NAME | HOST | KEY | MARK,
        b'@' => NAME | HOST | KEY,
        b'-' => NAME | HOST | KEY | SEPARATOR | MARK,
        b'/' => NAME | HOST | MARK,
        b'%' => NAME | HOST,
        b'~' => NAME | SEPARATOR,
        b'$' => NAME | MARK,
        b'#' | b'+' | b'\\' => NAME,
        _ => 0,
    }
}

/// Whether `byte` is of one of `kinds`.
pub(super) fn is(byte: u8, kinds: Kind) -> bool {
    KINDS[usize::from(byte)] as Kind & kinds != 0
}

/// The kinds of the bytes of a word: below those that one of them is of, above those that one of them is not of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kinds(u32);

impl Kinds {
    /// Of no bytes: all of them are of every kind.
    pub(super) const NONE: Self = Self(0);

    /// Looks at each byte of `word`.
    pub(super) fn of_word(word: &[u8]) -> Self {
        word.iter().fold(Self::NONE, |kinds, &byte| kinds.and(byte))
    }

    /// With one more byte.
    pub(super) fn and(self, byte: u8) -> Self {
        Self(self.0 | KINDS[usize::from(byte)])
    }

    /// Whether a byte of one of `kinds` is among them.
    pub(super) fn has(self, kinds: Kind) -> bool {
        self.0 as Kind & kinds != 0
    }

    /// Whether all bytes are of `kind`, which must be one alone.
    pub(super) fn only(self, kind: Kind) -> bool {
        (self.0 >> 16) as Kind & kind == 0
    }
}

/// Where the word that begins at `from` ends, at the latest at `limit`: in front of the first byte of `kinds`; and its kinds.
pub(super) fn until(text: &[u8], from: usize, limit: usize, kinds: Kind) -> (usize, Kinds) {
    let mut found = Kinds::NONE;
    for (length, &byte) in text[from..limit].iter().enumerate() {
        if is(byte, kinds) {
            return (from + length, found);
        }
        found = found.and(byte);
    }
    (limit, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_knows_what_is_among_its_bytes_and_what_they_all_are() {
        let kinds = Kinds::of_word(b"web-1");
        assert!(kinds.only(HOST) && kinds.only(KEY) && kinds.has(DIGIT) && kinds.has(LOWER));
        assert!(!kinds.has(UPPER | EQUALS) && !kinds.only(LOWER));
        assert!(Kinds::NONE.only(DIGIT) && !Kinds::NONE.has(DIGIT));
    }

    #[test]
    fn a_word_ends_in_front_of_the_first_byte_that_parts_words_or_at_the_limit() {
        assert_eq!(until(b"a b", 0, 3, GAP).0, 1);
        assert_eq!(until(b"abc", 1, 3, GAP).0, 3);
        assert_eq!(until(b"abc", 1, 2, GAP).0, 2);
        assert_eq!(until(b"abc", 3, 3, GAP), (3, Kinds::NONE));
    }
}
