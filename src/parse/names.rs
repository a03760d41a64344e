//! What the words and bracket groups of a header can be: hosts, loggers, threads, processes, numbers, signs.
//!
//! In: words. Out: whether they are what they are asked for.

use std::ops::Range;

use super::kinds::{self, Kinds};

/// The longest bracket group that can be a column, in bytes.
const LONGEST_GROUP: usize = 200;
/// The longest word looked at, in bytes; what follows counts as the next word.
const LONGEST_WORD: usize = 256;

/// A bracket group.
pub(super) struct Group {
    pub(super) inside: Range<usize>,
    pub(super) end: usize,
}

/// The group that begins at `at`, up to the bracket that closes it.
pub(super) fn group(text: &[u8], at: usize) -> Option<Group> {
    let open = text[at];
    let close = match open {
        b'[' => b']',
        b'(' => b')',
        b'<' => b'>',
        b'{' => b'}',
        _ => return None,
    };
    let mut depth = 0u32;
    for (length, &byte) in text[at..].iter().take(LONGEST_GROUP).enumerate() {
        if byte == open {
            depth += 1;
        } else if byte == close {
            depth -= 1;
            if depth == 0 {
                return Some(Group { inside: at + 1..at + length, end: at + length + 1 });
            }
        }
    }
    None
}

/// The id of a process or thread: `123`, `#123`, `0x7f…`, `pid 123:tid 4`, or nothing at all.
pub(super) fn is_process(inside: &[u8]) -> bool {
    let inside = inside.trim_ascii();
    let rest = inside.strip_prefix(b"pid").or_else(|| inside.strip_prefix(b"tid")).unwrap_or(inside);
    if rest.len() < inside.len() {
        return rest.iter().any(u8::is_ascii_digit) && rest.len() < 48;
    }
    let rest = inside.strip_prefix(b"#").unwrap_or(inside);
    let rest = rest.strip_prefix(b"0x").unwrap_or(rest);
    rest.iter().all(|&byte| byte.is_ascii_digit() || matches!(byte, b':' | b'/' | b'-'))
        || (rest.len() >= 6 && rest.iter().all(u8::is_ascii_hexdigit))
}

/// Whether a group holds one word, no text: no space, no quote, no `=` outside of inner brackets.
pub(super) fn is_one_word(inside: &[u8]) -> bool {
    let inside = inside.trim_ascii();
    let mut depth = 0i32;
    for &byte in inside {
        match byte {
            b'[' | b'(' => depth += 1,
            b']' | b')' => depth -= 1,
            b' ' | b'"' | b'\'' => return false,
            b'=' if depth == 0 => return false,
            _ => {}
        }
    }
    true
}

/// Whether `name` is written as programs write the names of their parts: dotted, `::`, `_`, `-`, `$`, `/`, a digit, or
/// inner capitals.
pub(super) fn is_logger(name: &[u8]) -> bool {
    let name = name.trim_ascii();
    if name.len() < 2 || !(name[0].is_ascii_alphabetic() || matches!(name[0], b'_' | b'/' | b'.')) {
        return false;
    }
    let mut is_marked = false;
    let mut before = 0u8;
    for (index, &byte) in name.iter().enumerate() {
        match byte {
            b'A'..=b'Z' => is_marked |= before.is_ascii_lowercase(),
            b'a'..=b'z' => {}
            b'0'..=b'9' => is_marked = true,
            b'/' if before == b'/' && index > 1 && name[index - 2] == b':' => return false,
            // A mark at the very end joins nothing.
            b'.' | b'$' | b'_' | b'/' | b'-' => is_marked |= index + 1 < name.len(),
            b':' => is_marked |= before == b':',
            _ if !kinds::is(byte, kinds::NAME) => return false,
            _ => {}
        }
        before = byte;
    }
    is_marked
}

/// Whether a group may name a component: one word of letters, without the digits that threads and requests have.
pub(super) fn is_named_group(inside: &[u8]) -> bool {
    let name = std::str::from_utf8(inside).unwrap_or_default().trim_ascii();
    let whole = without_line_number(name);
    let is_file = whole.len() < name.len() && whole.contains('.');
    let is_joined = name.contains(':') && !is_file && !name.contains("::");
    name.len() > 1
        && whole.as_bytes()[0].is_ascii_alphabetic()
        && !is_joined
        && whole.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b':' | b'/' | b',')
        })
        && (is_file || whole.contains('.') || !whole.bytes().any(|byte| byte.is_ascii_digit()))
}

/// Whether a group names a class or module rather than a thread: dotted, `::`, `$`, `/`, or with inner capitals.
pub(super) fn is_class(inside: &[u8]) -> bool {
    let is_part = |pair: &[u8]| {
        matches!(pair[0], b'.' | b'$' | b'/')
            || pair == b"::"
            || (pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
    };
    is_logger(inside) && inside.iter().any(u8::is_ascii_lowercase) && inside.windows(2).any(is_part)
}

/// Whether a word can only be a class, or a method of it, with its packages in front: `org.shop.Cart`.
pub(super) fn is_method(word: &[u8]) -> bool {
    if memchr::memchr(b'.', word).is_none() {
        return false;
    }
    let mut parts = word.split(|&byte| byte == b'.');
    let is_part = |part: &[u8]| {
        part.first().is_some_and(u8::is_ascii_alphabetic)
            && part.iter().all(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$'))
    };
    word.first().is_some_and(u8::is_ascii_lowercase)
        && parts.clone().count() >= 3
        && parts.clone().all(is_part)
        && parts.any(|part| part[0].is_ascii_uppercase())
}

/// A number column: digits, with `#` in front or between, a comma or colon behind.
pub(super) fn is_number(word: &[u8]) -> bool {
    let word = word.strip_prefix(b"#").unwrap_or(word);
    let digits = word.strip_suffix(b":").or_else(|| word.strip_suffix(b",")).unwrap_or(word);
    digits.first().is_some_and(u8::is_ascii_digit)
        && digits.iter().all(|&byte| byte.is_ascii_digit() || byte == b'#')
}

/// A word without brackets and signs around it.
fn bare(word: &str) -> &str {
    let is_inside = |&byte: &u8| !kinds::is(byte, kinds::WRAPPER);
    let text = word.as_bytes();
    let Some(start) = text.iter().position(is_inside) else { return "" };
    let end = text.iter().rposition(is_inside).map_or(start, |last| last + 1);
    &word[start..end]
}

/// What a column names, without signs around it and without what stands behind it: a line number, a group; and its kinds.
pub(super) fn named(column: &str) -> (&str, Kinds) {
    let kinds = Kinds::of_word(column.as_bytes());
    if !kinds.has(kinds::WRAPPER) {
        return (column, kinds);
    }
    let name = without_group(without_line_number(bare(column)));
    (name, Kinds::of_word(name.as_bytes()))
}

/// A word without what follows a bracket within it: `sshd[12]`.
fn without_group(word: &str) -> &str {
    match word.as_bytes().iter().position(|&byte| byte == b'[') {
        None | Some(0) => word,
        Some(open) => &word[..open],
    }
}

/// Whether `word`, of these `kinds`, is made of what the names and addresses of machines are made of.
pub(super) fn is_host(word: &[u8], kinds: Kinds) -> bool {
    word.len() > 1
        && word.len() <= 255
        && kinds.only(kinds::HOST)
        && word[0].is_ascii_alphanumeric()
        && word[word.len() - 1] != b':'
}

/// Whether a word, of these `kinds`, looks like the name or address of a machine: it holds a digit or a hyphen.
pub(super) fn looks_like_host(word: &str, kinds: Kinds) -> bool {
    is_host(word.as_bytes(), kinds)
        && (kinds.has(kinds::DIGIT) || word.as_bytes().contains(&b'-'))
        && !is_quantity(word)
        && !word.as_bytes().windows(2).any(|pair| pair == b"::")
}

/// A number, perhaps with a fraction or a unit: `7`, `4.5`, `12ms`, `0.003s`.
pub(super) fn is_quantity(word: &str) -> bool {
    if !word.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let number = word.bytes().take_while(|&byte| byte.is_ascii_digit() || byte == b'.').count();
    let (number, unit) = word.as_bytes().split_at(number);
    unit.len() <= 2
        && unit.iter().all(u8::is_ascii_lowercase)
        && number.iter().filter(|&&byte| byte == b'.').count() <= 1
}

/// Whether a word is an IPv4 address, perhaps with a port: what a line tells of, not who wrote it.
pub(super) fn is_address(word: &[u8]) -> bool {
    if !word.first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let address = word.split(|&byte| byte == b':').next().unwrap_or(word);
    let mut parts = address.split(|&byte| byte == b'.');
    let is_part = |part: &[u8]| (1..=3).contains(&part.len()) && part.iter().all(u8::is_ascii_digit);
    parts.clone().count() == 4 && parts.all(is_part)
}

/// A name without the line number behind it: `cart.go:42`, `Cart.java:42`, `shop.cart:reserve:42`.
pub(super) fn without_line_number(name: &str) -> &str {
    let n_digits = name.bytes().rev().take_while(u8::is_ascii_digit).count();
    let Some(front) = name[..name.len() - n_digits].strip_suffix(':') else { return name };
    let is_line = (1..=6).contains(&n_digits);
    let is_name =
        front.bytes().any(|byte| byte.is_ascii_alphabetic()) && !front.bytes().any(|byte| byte == b'[');
    if is_line && is_name && !front.ends_with(':') { front } else { name }
}

pub(super) fn skip_spaces(text: &[u8], at: usize) -> usize {
    at + text[at.min(text.len())..].iter().take_while(|&&byte| byte == b' ').count()
}

pub(super) fn word_end(text: &[u8], at: usize) -> usize {
    word_and_kinds(text, at).0
}

/// Where the word at `at` ends, and its kinds.
pub(super) fn word_and_kinds(text: &[u8], at: usize) -> (usize, Kinds) {
    let limit = text.len().min(at + LONGEST_WORD);
    let (mut end, mut kinds) = kinds::until(text, at.min(limit), limit, kinds::GAP);
    // Not inside of a character.
    while text.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
        kinds = kinds.and(text[end]);
        end += 1;
    }
    (end, kinds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_number_is_no_part_of_a_name() {
        assert_eq!(without_line_number("cart.go:42"), "cart.go");
        assert_eq!(without_line_number("__main__:main:10"), "__main__:main");
        for whole in ["10.0.0.7:80", "shop::2", "main", "cart:", "a[1]:2"] {
            assert_eq!(without_line_number(whole), whole);
        }
    }

    #[test]
    fn quantities_and_addresses_are_no_names() {
        for word in ["7", "4.5", "12ms", "0.003s"] {
            assert!(is_quantity(word), "{word}");
        }
        for word in ["10.0.0.7", "3com", "web-1", "1password"] {
            assert!(!is_quantity(word), "{word}");
        }
        assert!(is_address(b"10.0.0.7:80") && is_address(b"192.0.2.1"));
        assert!(!is_address(b"1.2.3") && !is_address(b"web.example.org"));
    }

    #[test]
    fn a_dotted_word_with_a_capital_behind_packages_is_a_class() {
        assert!(is_method(b"org.shop.Cart") && is_method(b"org.shop.Cart.reserve"));
        assert!(!is_method(b"www.example.com") && !is_method(b"Cart.java") && !is_method(b"org..Cart"));
    }

    #[test]
    fn groups_with_digits_are_threads_unless_the_digits_are_a_line_number() {
        assert!(is_named_group(b"cart") && is_named_group(b"cart.py:42") && is_named_group(b"shop::cart"));
        assert!(!is_named_group(b"nio-8080-exec-1") && !is_named_group(b"myid:1") && !is_named_group(b"77"));
    }
}
