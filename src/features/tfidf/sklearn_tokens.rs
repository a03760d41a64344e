//! The tokens of scikit-learn's vectorizers, for text that no other tokenizer has been over.

use std::sync::LazyLock;

use regex::Regex;

/// The tokens that scikit-learn's vectorizers find with their defaults: the text in lower case, runs of two or more
/// letters, digits and `_` (`token_pattern=r"(?u)\b\w\w+\b"`).
///
/// # Example
/// ```
/// use oddlog::features::tfidf::sklearn_tokens;
///
/// assert_eq!(sklearn_tokens("User 'jsmith' logged-in, a x²"), ["user", "jsmith", "logged", "in", "x²"]);
/// ```
pub fn sklearn_tokens(text: &str) -> Vec<String> {
    word_tokens(&text.to_lowercase()).map(str::to_owned).collect()
}

/// The tokens of a text as it is, upper case and all: see [`sklearn_tokens`].
///
/// Python's `\w` is every letter and number of Unicode and `_`. Combining marks are not among them, as they are among
/// those of the regex crate, so they split words here as there.
pub fn word_tokens(text: &str) -> impl Iterator<Item = &str> {
    static PYTHON_WORD: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"[\p{L}\p{N}_]{2,}").expect("the pattern is a constant"));
    let is_ascii = text.is_ascii();
    let ascii = is_ascii.then(|| ascii_words(text));
    let unicode = (!is_ascii).then(|| PYTHON_WORD.find_iter(text).map(|found| found.as_str()));
    ascii.into_iter().flatten().chain(unicode.into_iter().flatten())
}

/// The same for a text of ASCII only, byte by byte.
fn ascii_words(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + bytes[at..].iter().position(|&byte| IS_ASCII_WORD[usize::from(byte)])?;
            at = bytes[start..]
                .iter()
                .position(|&byte| !IS_ASCII_WORD[usize::from(byte)])
                .map_or(bytes.len(), |n| start + n);
            if at - start >= 2 {
                return Some(&text[start..at]);
            }
        }
    })
}

/// Which bytes are letters, digits or `_`.
static IS_ASCII_WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
        byte += 1;
    }
    table
};
