//! Variables that are known by their form: where each begins, how far it reaches.
//!
//! Every function takes the bytes and a position at which a token begins, and gives the end of what it
//! recognised. None looks farther than the run it reads.

/// Longest scheme of a URL.
const MAX_SCHEME: usize = 16;

fn at(bytes: &[u8], i: usize) -> u8 {
    bytes.get(i).copied().unwrap_or(0)
}

fn run(bytes: &[u8], from: usize, keep: impl Fn(u8) -> bool) -> usize {
    bytes[from..].iter().position(|b| !keep(*b)).map_or(bytes.len(), |n| from + n)
}

fn digits(bytes: &[u8], from: usize) -> usize {
    run(bytes, from, |b| b.is_ascii_digit()) - from
}

/// Whether no letter, digit or `_` stands at `i`.
fn ends(bytes: &[u8], i: usize) -> bool {
    !(at(bytes, i).is_ascii_alphanumeric() || at(bytes, i) == b'_')
}

/// What [`recognize`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Where it ends.
    pub(super) end: usize,
    /// Bytes at its start that are no variable: the scheme of a URL with `://`.
    pub(super) constant: usize,
}

/// The variable that begins at `i`, which is no place inside a word.
pub(super) fn recognize(bytes: &[u8], i: usize) -> Option<Found> {
    let whole = |end| Found { end, constant: 0 };
    let first = bytes[i];
    if first == b'/' {
        return path(bytes, i).map(whole);
    }
    if first.is_ascii_digit() {
        let found = date(bytes, i).or_else(|| clock(bytes, i)).or_else(|| ipv4(bytes, i));
        return found.or_else(|| colon_hex(bytes, i)).or_else(|| uuid(bytes, i)).map(whole);
    }
    if first.is_ascii_alphabetic() {
        if let Some(constant) = scheme(bytes, i) {
            let stop = |b: u8| b.is_ascii_whitespace() || b.is_ascii_control() || b",;\"'])<>".contains(&b);
            let end = run(bytes, i + constant, |b| !stop(b));
            return (end > i + constant).then_some(Found { end, constant });
        }
        if at(bytes, i + 1) == b':' && at(bytes, i + 2) == b'\\' {
            let stop = |b: u8| b.is_ascii_whitespace() || b.is_ascii_control() || b"\"',;])|".contains(&b);
            return Some(whole(run(bytes, i + 3, |b| !stop(b))));
        }
        let hex = first.is_ascii_hexdigit().then(|| colon_hex(bytes, i).or_else(|| uuid(bytes, i))).flatten();
        return hex.or_else(|| written_date(bytes, i)).map(whole);
    }
    (first == b':' && at(bytes, i + 1) == b':').then(|| colon_hex(bytes, i)).flatten().map(whole)
}

/// Bytes of `scheme://`.
fn scheme(bytes: &[u8], i: usize) -> Option<usize> {
    let end = run(&bytes[..bytes.len().min(i + MAX_SCHEME + 1)], i, |b| {
        b.is_ascii_alphanumeric() || matches!(b, b'+' | b'.' | b'-')
    });
    (end - i >= 2 && bytes[end..].starts_with(b"://")).then_some(end + 3 - i)
}

/// An absolute path, with its query, and the protocol that follows it in a request line.
fn path(bytes: &[u8], i: usize) -> Option<usize> {
    if i > 0 && (bytes[i - 1].is_ascii_alphanumeric() || b"_.<>*/-".contains(&bytes[i - 1])) {
        return None;
    }
    let next = at(bytes, i + 1);
    if next == b'/' || next <= b' ' {
        return None;
    }
    let stop = |b: u8| b <= b' ' || b"\"',;:=])}|<>?".contains(&b);
    let mut end = run(bytes, i + 1, |b| !stop(b));
    if end == i + 1 {
        return None;
    }
    if at(bytes, end) == b'?' {
        end = run(bytes, end, |b| b > b' ' && !b"\"'<>".contains(&b));
    }
    if bytes[end..].starts_with(b" HTTP/") {
        end = run(bytes, end + 6, |b| b.is_ascii_digit() || b == b'.');
    }
    Some(end)
}

/// `2023-07-25`, with `/` or `.` too, and the time and zone behind it.
fn date(bytes: &[u8], i: usize) -> Option<usize> {
    if digits(bytes, i) != 4 {
        return None;
    }
    let separator = at(bytes, i + 4);
    if !matches!(separator, b'-' | b'/' | b'.') {
        return None;
    }
    let month = digits(bytes, i + 5);
    let day_at = i + 6 + month;
    if !(1..=2).contains(&month) || at(bytes, day_at - 1) != separator {
        return None;
    }
    let day = digits(bytes, day_at);
    let end = day_at + day;
    if !(1..=2).contains(&day) {
        return None;
    }
    let time_at = if matches!(at(bytes, end), b'T' | b' ' | b':' | b'-') { end + 1 } else { end };
    let end = clock(bytes, time_at).filter(|_| time_at > end).unwrap_or(end);
    ends(bytes, end).then_some(end)
}

/// `10:00`, `10:00:01`, with a fraction and a zone.
fn clock(bytes: &[u8], i: usize) -> Option<usize> {
    let two = |from: usize| at(bytes, from) == b':' && digits(bytes, from + 1) == 2;
    let hours = digits(bytes, i);
    if !(1..=2).contains(&hours) || !two(i + hours) {
        return None;
    }
    let mut end = i + hours + 3;
    if two(end) {
        end += 3;
    }
    if matches!(at(bytes, end), b'.' | b',') && digits(bytes, end + 1) > 0 {
        end += 1 + digits(bytes, end + 1);
    }
    if at(bytes, end) == b'Z' {
        end += 1;
    } else if matches!(at(bytes, end), b'+' | b'-') && digits(bytes, end + 1) >= 2 {
        end = run(bytes, end + 1, |b| b.is_ascii_digit() || b == b':');
    }
    (ends(bytes, end) && at(bytes, end) != b':').then_some(end)
}

/// Four numbers joined by dots, with a prefix length.
fn ipv4(bytes: &[u8], i: usize) -> Option<usize> {
    let mut end = i;
    for part in 0..4 {
        let length = digits(bytes, end);
        if !(1..=3).contains(&length) {
            return None;
        }
        end += length;
        if part < 3 {
            if at(bytes, end) != b'.' {
                return None;
            }
            end += 1;
        }
    }
    if at(bytes, end) == b'/' && (1..=2).contains(&digits(bytes, end + 1)) {
        end += 1 + digits(bytes, end + 1);
    }
    (ends(bytes, end) && !(at(bytes, end) == b'.' && at(bytes, end + 1).is_ascii_digit())).then_some(end)
}

/// An IPv6 or hardware address: groups of hexadecimal digits joined by colons, at least one digit among them.
fn colon_hex(bytes: &[u8], i: usize) -> Option<usize> {
    let end = run(bytes, i, |b| b.is_ascii_hexdigit() || b == b':');
    let text = &bytes[i..end];
    let colons = text.iter().filter(|b| **b == b':').count();
    let doubled = text.windows(2).any(|pair| pair == b"::");
    let groups_fit = text.split(|b| *b == b':').all(|group| group.len() <= 4);
    let known = ends(bytes, end)
        && groups_fit
        && text.iter().any(u8::is_ascii_digit)
        && colons <= 7
        && !text.ends_with(b":")
        && (colons >= 3 || doubled && colons >= 2);
    known.then_some(end)
}

fn uuid(bytes: &[u8], i: usize) -> Option<usize> {
    let mut end = i;
    for (part, length) in [8, 4, 4, 4, 12].into_iter().enumerate() {
        if part > 0 {
            if at(bytes, end) != b'-' {
                return None;
            }
            end += 1;
        }
        if run(bytes, end, |b| b.is_ascii_hexdigit()) - end != length {
            return None;
        }
        end += length;
    }
    ends(bytes, end).then_some(end)
}

/// `Jul 25`, `Tue, Jul 25 10:00:01 2023` and the like.
fn written_date(bytes: &[u8], i: usize) -> Option<usize> {
    const DAYS: [&[u8]; 7] = [b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun"];
    const MONTHS: [&[u8]; 12] =
        [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
    let is = |list: &[&[u8]], from: usize| {
        bytes.get(from..from + 3).is_some_and(|word| list.iter().any(|w| w.eq_ignore_ascii_case(word)))
            && bytes[from].is_ascii_uppercase()
    };
    let word_end = |from: usize| run(bytes, from, |b| b.is_ascii_lowercase());
    let spaces = |from: usize| run(bytes, from, |b| b == b' ');
    let mut month = i;
    if is(&DAYS, i) {
        let end = word_end(i + 1);
        let end = if at(bytes, end) == b',' { end + 1 } else { end };
        month = spaces(end);
        if month == end {
            return None;
        }
    }
    if !is(&MONTHS, month) {
        return None;
    }
    let name_end = word_end(month + 1);
    let day = spaces(name_end);
    let length = digits(bytes, day);
    if day == name_end || !(1..=2).contains(&length) {
        return None;
    }
    let mut end = day + length;
    let after = spaces(if at(bytes, end) == b',' { end + 1 } else { end });
    if let Some(time) = clock(bytes, after).filter(|_| after > end) {
        end = time;
    }
    let year = spaces(end);
    if year > end && digits(bytes, year) == 4 && ends(bytes, year + 4) {
        end = year + 4;
    }
    ends(bytes, end).then_some(end)
}

/// Whether a word is the name of a host in the domain name system.
pub(super) fn is_domain_name(word: &str) -> bool {
    const GENERIC: [&str; 15] = [
        "arpa",
        "biz",
        "com",
        "corp",
        "edu",
        "gov",
        "home",
        "info",
        "internal",
        "lan",
        "local",
        "localdomain",
        "mil",
        "net",
        "org",
    ];
    const COUNTRIES: [&str; 44] = [
        "ar", "at", "au", "be", "br", "ca", "ch", "cl", "cn", "cz", "de", "dk", "es", "eu", "fi", "fr", "gr",
        "hk", "hu", "ie", "il", "in", "io", "ir", "it", "jp", "kr", "me", "mx", "my", "nl", "no", "nz", "pl",
        "pt", "ro", "ru", "se", "sg", "th", "tr", "tw", "ua", "uk",
    ];
    let labels = word.split('.').count();
    let plain = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let Some((_, last)) = word.rsplit_once('.') else { return false };
    let top = GENERIC.contains(&last) || labels > 2 && COUNTRIES.contains(&last);
    top && word.split('.').all(plain)
}

/// Whether a word is an address of electronic mail.
pub(super) fn is_mail_address(word: &str) -> bool {
    word.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty()
            && host.contains('.')
            && host.split('.').all(|label| !label.is_empty())
            && !host.contains('@')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<&str> {
        recognize(text.as_bytes(), 0).map(|found| &text[..found.end])
    }

    #[test]
    fn each_form_is_read_to_its_end() {
        for whole in [
            "/var/log/messages",
            "/index.html?a=1&b=2 HTTP/1.1",
            "https://example.com/a?b=c",
            "C:\\Windows\\winsxs\\amd64",
            "2023-07-25T10:00:01.123Z",
            "2023/07/25 10:00:01",
            "2005-06-03",
            "10:00:01,123",
            "192.168.0.1",
            "10.0.0.0/8",
            "fe80::1ff:fe23:4567:890a",
            "00:1b:44:11:3a:b7",
            "123e4567-e89b-12d3-a456-426614174000",
            "Jul 25 10:00:01",
            "Tue, Jul 25 10:00:01 2023",
        ] {
            assert_eq!(found(whole), Some(whole));
            assert_eq!(found(&format!("{whole} x")), Some(whole));
        }
    }

    #[test]
    fn words_and_ratios_are_no_variables_of_these_forms() {
        for word in
            ["add", "dead", "face::book", "May be", "12:5", "1.2.3", "//comment", "/", "std::string", "a://"]
        {
            assert_eq!(found(word), None, "{word}");
        }
    }

    #[test]
    fn host_names_are_known_by_their_top_level_domain() {
        assert!(is_domain_name("db1.example.com") && is_domain_name("www.example.co.uk"));
        assert!(!is_domain_name("java.io") && !is_domain_name("main.rs") && !is_domain_name("com"));
        assert!(is_mail_address("a@example.com") && !is_mail_address("a@b"));
    }
}
