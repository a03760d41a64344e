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
    let near = &text[..text.len().min(at + LONGEST_GROUP)];
    let mut depth = 1u32;
    for found in memchr::memchr2_iter(open, close, &near[at + 1..]) {
        let bracket = at + 1 + found;
        if near[bracket] == open {
            depth += 1;
            continue;
        }
        depth -= 1;
        if depth == 0 {
            return Some(Group { inside: at + 1..bracket, end: bracket + 1 });
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

/// Whether a group of several words names a thread: it says so, or ends by its number in a pool.
pub(super) fn is_thread(inside: &[u8]) -> bool {
    let says_so = || inside.windows(6).any(|part| part.eq_ignore_ascii_case(b"thread"));
    let n_digits = inside.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    (n_digits > 0 && inside[..inside.len() - n_digits].ends_with(b"-")) || says_so()
}

/// Whether a group of several words may name a thread: no more than names, numbers and what joins them.
pub(super) fn is_words(inside: &[u8]) -> bool {
    const MOST_WORDS: usize = 8;
    let n_gaps = inside.iter().filter(|&&byte| byte == b' ').count();
    (1..MOST_WORDS).contains(&n_gaps)
        && Kinds::of_word(inside).has(kinds::LOWER | kinds::UPPER)
        && !inside.iter().any(|byte| matches!(byte, b'=' | b'"' | b'\'' | b',' | b'[' | b'<' | b'{'))
}

/// Whether a group holds two words or more that are all names and values: `c:shop s:s1`.
pub(super) fn is_context(inside: &[u8]) -> bool {
    let is_pair = |word: &[u8]| memchr::memchr(b':', word).is_some_and(|at| at > 0 && at + 1 < word.len());
    memchr::memchr(b' ', inside).is_some() && inside.split(|&byte| byte == b' ').all(is_pair)
}

/// Whether `name` is written as programs write the names of their parts: dotted, `::`, `_`, `-`, `$`, `/`, a digit, or
/// inner capitals.
pub(super) fn is_logger(name: &[u8]) -> bool {
    let name = name.trim_ascii();
    if name.len() < 2 || !(name[0].is_ascii_alphabetic() || matches!(name[0], b'_' | b'/' | b'.')) {
        return false;
    }
    let kinds = Kinds::of_word(name);
    if !kinds.only(kinds::NAME) || (kinds.has(kinds::WRAPPER) && name.windows(3).any(|part| part == b"://")) {
        return false;
    }
    // A mark at the very end joins nothing.
    let joins = |pair: &[u8]| {
        kinds::is(pair[0], kinds::MARK)
            | (kinds::is(pair[0], kinds::LOWER) & kinds::is(pair[1], kinds::UPPER))
            | (pair == b"::")
    };
    kinds.has(kinds::DIGIT) || name.windows(2).any(joins)
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
pub(super) fn bare(word: &str) -> &str {
    let is_inside = |&byte: &u8| !kinds::is(byte, kinds::WRAPPER);
    let text = word.as_bytes();
    let Some(start) = text.iter().position(is_inside) else { return "" };
    let end = text.iter().rposition(is_inside).map_or(start, |last| last + 1);
    &word[start..end]
}

/// What a column of these `kinds` names, without signs around it and without what stands behind it: a line number, a group; and its kinds.
pub(super) fn named(column: &str, kinds: Kinds) -> (&str, Kinds) {
    if !kinds.has(kinds::WRAPPER) {
        return (column, kinds);
    }
    let name = without_group(without_line_number(bare(column)));
    (name, if name.len() == column.len() { kinds } else { Kinds::of_word(name.as_bytes()) })
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
        && !(kinds.has(kinds::WRAPPER) && word.contains("::"))
}

/// Whether a time of day is part of a word: the name of a file that a log was kept in, `api.log.2017-05-16_13:53:08`.
pub(super) fn holds_time(word: &str) -> bool {
    let pairs = |part: &[u8]| part.iter().enumerate().all(|(at, byte)| (at == 2) == (*byte == b':'));
    word.len() > 5
        && word
            .as_bytes()
            .windows(5)
            .any(|part| pairs(part) && part.iter().filter(|byte| byte.is_ascii_digit()).count() == 4)
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

/// A name behind a process id that a colon joins to it, `812:signal-handler`, and whether there was one.
pub(super) fn behind_process(word: &str) -> (&str, bool) {
    if !word.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        return (word, false);
    }
    match word.split_once(':') {
        Some((id, name))
            if id.bytes().all(|byte| byte.is_ascii_digit())
                && name.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
                && !name.contains([':', '.']) =>
        {
            (name, true)
        }
        _ => (word, false),
    }
}

/// Whether a word is the id of a process, a request or a day, and names nothing: `812/7`, or a UUID.
pub(super) fn is_process_id(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'/') || is_uuid(word.as_bytes())
}

/// Whether a word is the id of what a line tells of: a UUID, or eight hexadecimal digits and more, of which one is a number's.
pub(super) fn is_id(word: &[u8]) -> bool {
    let is_hexadecimal = word.len() >= 8 && word.iter().all(u8::is_ascii_hexdigit);
    is_uuid(word) || (is_hexadecimal && word.iter().any(u8::is_ascii_digit))
}

/// Whether a word is a UUID (RFC 9562): 8, 4, 4, 4 and 12 hexadecimal digits.
pub(super) fn is_uuid(word: &[u8]) -> bool {
    word.len() == 36
        && word.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
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

/// Whether a word is a file and a line: `cart.pl:42`.
pub(super) fn has_line_number(word: &[u8]) -> bool {
    word.last().is_some_and(u8::is_ascii_digit)
        && word.contains(&b'.')
        && std::str::from_utf8(word).is_ok_and(|name| without_line_number(name).len() < name.len())
}

/// The end of a process id and a thread's address behind a name: two numbers, the second too long for anything else.
pub(super) fn process_and_thread(text: &[u8], at: usize) -> Option<usize> {
    let number = |at: usize| {
        let start = skip_spaces(text, at);
        let n_digits = text[start..].iter().take(20).take_while(|byte| byte.is_ascii_digit()).count();
        let stands_alone = start > at && text.get(start + n_digits) == Some(&b' ');
        (stands_alone && n_digits > 0).then_some((start + n_digits, n_digits))
    };
    let (process_end, _) = number(at)?;
    number(process_end).filter(|&(_, n_digits)| n_digits >= 12).map(|(end, _)| end)
}

/// The length of a name that two or more groups without a space are joined to: `web[][org.shop.Cart]`.
pub(super) fn before_groups(word: &[u8]) -> Option<usize> {
    let open = memchr::memchr(b'[', word)?;
    let mut at = open;
    let mut n_groups = 0;
    while at < word.len() {
        at = (word[at] == b'[').then(|| group(word, at)).flatten()?.end;
        n_groups += 1;
    }
    let is_name = open > 1 && word[..open].iter().all(|&byte| byte.is_ascii_alphabetic() || byte == b'_');
    (is_name && n_groups > 1).then_some(open)
}

/// The letters that a word begins with.
pub(super) fn leading_letters(word: &[u8]) -> &[u8] {
    &word[..word.iter().take_while(|byte| byte.is_ascii_alphabetic()).count()]
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
