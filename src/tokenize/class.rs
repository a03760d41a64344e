//! What kind of thing a token is, from its letters and its neighbours.

/// The class of a token; [`Class::Word`] carries meaning, the others more or less of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Class {
    /// A number, an address, a path, anything with digits that is no short name: always a parameter.
    Variable = 0,
    /// After `=`, in quotes, a short name with a digit or two, yes or no: mostly a parameter.
    Value = 1,
    /// An identifier of several parts: `dfs.DataNode`, `workerEnv`, `read_only`.
    Compound = 2,
    /// A natural word.
    Word = 3,
    /// Punctuation, one character.
    Punctuation = 4,
    /// A unit behind a number: it goes with the number.
    Unit = 5,
    /// A name behind a word such as `user` or `host`: a parameter, whatever it looks like.
    Name = 6,
    /// A dotted or slashed value behind `=`: a parameter.
    DottedValue = 7,
}

impl Class {
    /// All classes, in the order of their numbers.
    const ALL: [Self; 8] = [
        Self::Variable,
        Self::Value,
        Self::Compound,
        Self::Word,
        Self::Punctuation,
        Self::Unit,
        Self::Name,
        Self::DottedValue,
    ];

    /// The class of a number, taken modulo 8.
    pub(super) const fn from_number(number: u8) -> Self {
        Self::ALL[(number % 8) as usize]
    }
}

/// Units of size, time and frequency, in lower case.
const UNITS: [&str; 40] = [
    "%", "b", "byte", "bytes", "d", "day", "days", "g", "gb", "ghz", "gib", "h", "hour", "hours", "hz", "k",
    "kb", "khz", "kib", "m", "mb", "mhz", "mib", "min", "mins", "minutes", "ms", "msec", "ns", "s", "sec",
    "second", "seconds", "secs", "tb", "tib", "us", "usec", "µs", "μs",
];

/// Words that a name follows, in lower case.
const BEFORE_NAME: [&str; 9] =
    ["account", "host", "hostname", "login", "logname", "ruser", "user", "username", "users"];

/// Constants of programming languages and the two accounts that every system has: values, never meaning.
const CONSTANTS: [&str; 5] = ["admin", "false", "null", "root", "true"];

/// Short answers, in lower case.
const ANSWERS: [&str; 7] = ["nan", "nil", "no", "none", "off", "on", "yes"];

fn contains(list: &[&str], word: &str) -> bool {
    word.len() <= 8 && list.iter().any(|w| w.eq_ignore_ascii_case(word))
}

/// What stands before a token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before<'t> {
    /// The class of the token before; `None` at the start.
    pub(super) class: Option<Class>,
    /// Its text.
    pub(super) text: &'t str,
    /// Whether white space stands between.
    pub(super) space: bool,
}

/// The class of a word that holds no mask; `called` says that `(` follows it directly.
pub(super) fn class_of(word: &str, before: Before<'_>, called: bool) -> Class {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let own = if called && digits <= 2 && is_function_name(word) {
        Class::Compound
    } else if digits > 0 {
        return if is_short_name(word) { Class::Value } else { Class::Variable };
    } else if contains(&CONSTANTS, word) {
        return Class::Variable;
    } else if contains(&ANSWERS, word) {
        Class::Value
    } else if is_natural(word) {
        Class::Word
    } else {
        Class::Compound
    };
    in_context(word, own, before)
}

/// The class of a masked text in quotes. The value of a field is a variable, but for a lone word, which may be a
/// state. Elsewhere several natural words are a message, and one is a value.
pub(super) fn class_of_quoted(text: &str, is_field_value: bool) -> Class {
    let lone_word = is_natural(text);
    let letters = text.split("<*>").any(|part| part.chars().any(char::is_alphabetic));
    if !letters || is_field_value && !lone_word {
        return Class::Variable;
    }
    let words = text.split(' ').map(|word| word.trim_matches([',', '.', ':', ';', '!', '?']));
    let natural = words.filter(|word| is_natural(word)).count();
    if natural >= 2 && 2 * natural > text.split(' ').count() { Class::Word } else { Class::Value }
}

fn in_context(word: &str, own: Class, before: Before<'_>) -> Class {
    if before.text == "=" && matches!(own, Class::Compound | Class::Word) {
        let dotted = word.trim_matches('.').contains(['.', '/']);
        return if dotted { Class::DottedValue } else { Class::Value };
    }
    if before.class == Some(Class::Variable) && contains(&UNITS, word) {
        return Class::Unit;
    }
    if own == Class::Word && before.space && contains(&BEFORE_NAME, before.text) && !is_particle(word) {
        return Class::Name;
    }
    own
}

/// Words that cannot be a name: they go on with the sentence.
fn is_particle(word: &str) -> bool {
    const PARTICLES: [&str; 36] = [
        "a",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "by",
        "can",
        "cannot",
        "could",
        "failed",
        "for",
        "from",
        "has",
        "have",
        "in",
        "is",
        "no",
        "not",
        "of",
        "off",
        "on",
        "or",
        "out",
        "succeeded",
        "than",
        "that",
        "the",
        "then",
        "to",
        "was",
        "were",
        "when",
        "with",
    ];
    contains(&PARTICLES, word) || word.eq_ignore_ascii_case("succeeded")
}

/// `[A-Za-z][a-z]*` or capitals only; letters beyond ASCII count as natural.
fn is_natural(word: &str) -> bool {
    let bytes = word.as_bytes();
    if !word.is_ascii() {
        return word.chars().all(char::is_alphabetic);
    }
    bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && (bytes[1..].iter().all(u8::is_ascii_lowercase) || bytes.iter().all(u8::is_ascii_uppercase))
}

fn is_function_name(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
        && !bytes[0].is_ascii_digit()
        && bytes.iter().filter(|b| b.is_ascii_lowercase()).count() >= 2
}

/// A name with one or two digits: `eth0`, `sda1`, `i2c`, `x86`; up to twelve characters.
fn is_short_name(word: &str) -> bool {
    let bytes = word.as_bytes();
    if bytes.len() > 12 || !bytes[0].is_ascii_alphabetic() || !bytes.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    let letters = bytes.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let digits = bytes.len() - letters;
    let digits_at_end = digits <= 2 && bytes[letters..].iter().all(u8::is_ascii_digit);
    let digit_inside = letters == 1
        && bytes.len() > 2
        && bytes[1].is_ascii_digit()
        && bytes[2..].iter().all(u8::is_ascii_alphabetic);
    digits_at_end || digit_inside
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Before<'static> = Before { class: None, text: "", space: false };

    fn after<'t>(text: &'t str, class: Class) -> Before<'t> {
        Before { class: Some(class), text, space: true }
    }

    #[test]
    fn words_identifiers_and_numbers_are_told_apart() {
        for (word, class) in [
            ("connection", Class::Word),
            ("FAILED", Class::Word),
            ("соединение", Class::Word),
            ("workerEnv", Class::Compound),
            ("dfs.DataNode", Class::Compound),
            ("eth0", Class::Value),
            ("1234", Class::Variable),
            ("4f9a8c7e", Class::Variable),
            ("true", Class::Variable),
        ] {
            assert_eq!(class_of(word, START, false), class, "{word}");
        }
    }

    #[test]
    fn context_makes_a_word_a_value_a_unit_or_a_name() {
        assert_eq!(class_of("alice", after("=", Class::Punctuation), false), Class::Value);
        assert_eq!(class_of("a.b.c", after("=", Class::Punctuation), false), Class::DottedValue);
        assert_eq!(class_of("ms", after("<*>", Class::Variable), false), Class::Unit);
        assert_eq!(class_of("alice", after("user", Class::Word), false), Class::Name);
        assert_eq!(class_of("from", after("user", Class::Word), false), Class::Word);
        assert_eq!(class_of("init2", START, true), Class::Compound);
    }
}
