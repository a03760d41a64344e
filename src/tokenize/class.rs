//! What kind of thing a token is: whether it reads like a word of the message or like something filled in.

use serde::{Deserialize, Serialize};

/// What kind of thing a token is. The numbers are part of every stored key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Class {
    /// Filled in for certain: a number, address, time, path, id. Its text is `<*>`, perhaps behind a constant prefix.
    Variable = 0,
    /// Stands where values stand (after `=`, in quotes) or holds a digit or two, yet may be constant.
    Value = 1,
    /// An identifier: camel case, dotted, underscored, hyphenated.
    Compound = 2,
    /// A natural word.
    Word = 3,
    /// Not a letter, digit or joiner.
    Punctuation = 4,
    /// A unit of measure right behind a variable.
    Unit = 5,
    /// A natural word where a name is expected: behind `user`, `host` and the like.
    Name = 6,
    /// What a value is assigned to: `key=`, `"key":`.
    Key = 7,
    /// What is assigned, right behind `key=`.
    Assigned = 8,
    /// A list or record written out, brackets aside: only in the columns of a template, never a token.
    Literal = 9,
}

impl Class {
    /// The class of a number written by `as u8`; `None` beyond the last.
    pub(super) fn from_u8(number: u8) -> Option<Self> {
        const ALL: [Class; 9] = [
            Class::Variable,
            Class::Value,
            Class::Compound,
            Class::Word,
            Class::Punctuation,
            Class::Unit,
            Class::Name,
            Class::Key,
            Class::Assigned,
        ];
        ALL.get(usize::from(number)).copied()
    }
}

/// Words that the ground truths of the field, and most readers, take for a value wherever they stand.
const ALWAYS_VALUES: [&str; 5] = ["true", "false", "null", "root", "admin"];
/// Short answers: a value, where the sentence around it stays the same.
const ANSWERS: [&str; 7] = ["yes", "no", "on", "off", "none", "nil", "nan"];
/// Nouns that a proper name follows.
const NAMED: [&str; 8] = ["user", "username", "users", "host", "hostname", "ruser", "logname", "account"];
/// Words that never are a name, though they follow such a noun.
const NOT_NAMES: [&str; 31] = [
    "a", "an", "the", "is", "are", "was", "were", "be", "has", "had", "on", "of", "at", "for", "from", "to",
    "by", "with", "and", "or", "not", "no", "in", "out", "up", "down", "unknown", "name", "id", "does",
    "did",
];
const DURATIONS: [&str; 18] = [
    "ms", "s", "sec", "secs", "second", "seconds", "us", "ns", "usec", "msec", "min", "mins", "minute",
    "minutes", "hour", "hours", "day", "days",
];
const SIZES: [&str; 10] = ["b", "kb", "mb", "gb", "tb", "kib", "mib", "gib", "bytes", "byte"];
const OTHER_UNITS: [&str; 10] = ["k", "m", "g", "hz", "khz", "mhz", "ghz", "kbps", "mbps", "gbps"];

fn among(word: &[u8], list: &[&str]) -> bool {
    list.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}

/// Whether a word is a unit of measure, when it stands behind a number.
pub(super) fn is_unit(word: &[u8]) -> bool {
    word.len() <= 7 && (is_duration(word) || is_size(word) || among(word, &OTHER_UNITS))
}

/// Whether a unit is one of time.
pub(crate) fn is_duration(unit: &[u8]) -> bool {
    among(unit, &DURATIONS)
}

/// Whether a unit is one of amounts of data.
pub(crate) fn is_size(unit: &[u8]) -> bool {
    among(unit, &SIZES)
}

/// Whether the next word is likely a proper name.
pub(super) fn announces_name(word: &[u8]) -> bool {
    (4..=8).contains(&word.len()) && among(word, &NAMED)
}

/// Whether a natural word may be a proper name: not a function word, not a participle.
pub(super) fn may_be_name(word: &[u8]) -> bool {
    !(word.ends_with(b"ed") || word.ends_with(b"ing") || among(word, &NOT_NAMES))
}

/// The class of a run of letters, digits and joiners, by its letters alone.
pub(super) fn classify(word: &[u8]) -> Class {
    if word.iter().any(u8::is_ascii_digit) {
        return if is_name_with_digits(word) { Class::Value } else { Class::Variable };
    }
    if word.len() >= 8 && word.iter().all(u8::is_ascii_hexdigit) {
        return Class::Variable;
    }
    if word.len() <= 5 {
        if among(word, &ALWAYS_VALUES) {
            return Class::Variable;
        }
        if among(word, &ANSWERS) {
            return Class::Value;
        }
    }
    if is_natural(word) { Class::Word } else { Class::Compound }
}

/// `Word`, `word`, `WORD`, `don't`; letters beyond ASCII count as small ones.
fn is_natural(word: &[u8]) -> bool {
    let small = |&b: &u8| b.is_ascii_lowercase() || b >= 0x80 || b == b'\'';
    let letter = word[0].is_ascii_alphabetic() || word[0] >= 0x80;
    letter && (word[1..].iter().all(small) || word.iter().all(u8::is_ascii_uppercase))
}

/// Whether one or two digits belong to a name (`log4j.Level`, `eth0`, `utf8_bin`) rather than being a part by themselves
/// (`worker-1`, `10ms`) or of a number in base 16.
fn is_name_with_digits(word: &[u8]) -> bool {
    let digits = word.iter().filter(|b| b.is_ascii_digit()).count();
    let is_part = |part: &[u8]| {
        part.first().is_some_and(u8::is_ascii_alphabetic)
            && part.iter().all(u8::is_ascii_alphanumeric)
            && !(part.len() >= 6 && part.iter().all(u8::is_ascii_hexdigit))
    };
    digits <= 2 && word.len() <= 40 && word.split(|b| matches!(b, b'.' | b'_' | b'-' | b'$')).all(is_part)
}
