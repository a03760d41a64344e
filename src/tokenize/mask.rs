//! Where things that are filled in end: addresses, times, dates, paths. Each function looks at the bytes from a position
//! on and answers with the end of what it knows, or with nothing.

/// Top-level domains and the usual names of private ones: a dotted name that ends so is a host, not an identifier.
const HOST_ENDINGS: &[&str] = &[
    "com",
    "net",
    "org",
    "edu",
    "gov",
    "mil",
    "int",
    "info",
    "biz",
    "io",
    "dev",
    "app",
    "cloud",
    "local",
    "localdomain",
    "localhost",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "arpa",
    "us",
    "uk",
    "de",
    "fr",
    "nl",
    "ru",
    "cn",
    "hk",
    "tw",
    "jp",
    "kr",
    "sg",
    "au",
    "nz",
    "ca",
    "br",
    "mx",
    "ar",
    "cl",
    "pl",
    "cz",
    "es",
    "pt",
    "gr",
    "tr",
    "se",
    "fi",
    "dk",
    "ch",
    "be",
    "ie",
    "il",
    "ro",
    "hu",
    "ua",
    "th",
    "vn",
    "my",
    "ph",
    "pk",
    "ir",
    "eu",
    "tv",
    "cc",
    "me",
];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

pub(super) fn byte(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(b' ')
}

fn run(text: &[u8], at: usize, accept: impl Fn(u8) -> bool) -> usize {
    at + text[at.min(text.len())..].iter().take_while(|&&b| accept(b)).count()
}

fn is_letter(b: u8) -> bool {
    b.is_ascii_alphabetic()
}

fn is_digit(b: u8) -> bool {
    b.is_ascii_digit()
}

/// The end of a URL whose scheme is `text[at..end]`.
pub(super) fn url(text: &[u8], at: usize, end: usize) -> Option<usize> {
    let scheme = &text[at..end];
    let is_scheme = (2..=16).contains(&scheme.len()) && is_letter(scheme[0]);
    if !is_scheme || !text[end..].starts_with(b"://") {
        return None;
    }
    let stop = run(text, end + 3, |b| {
        !b.is_ascii_whitespace() && !matches!(b, b',' | b';' | b'"' | b'\'' | b']' | b')' | b'<' | b'>')
    });
    (stop > end + 3).then(|| password_end(text, end + 3, stop).unwrap_or(stop))
}

/// Where a URL that stopped inside its password goes on to: a password may hold what ends other parts.
fn password_end(text: &[u8], host: usize, stop: usize) -> Option<usize> {
    let known = &text[host..stop];
    if matches!(byte(text, stop), b' ' | b'"' | b'<' | b'>')
        || !known.contains(&b':')
        || known.contains(&b'/')
    {
        return None;
    }
    let end = run(text, stop, |b| !b.is_ascii_whitespace() && !matches!(b, b'/' | b'"' | b'<' | b'>'));
    let sign = stop + memchr::memrchr(b'@', &text[stop..end])?;
    (sign + 1 < end).then(|| {
        run(text, sign, |b| {
            !b.is_ascii_whitespace() && !matches!(b, b',' | b';' | b'"' | b'\'' | b']' | b')' | b'<' | b'>')
        })
    })
}

/// The end of an absolute path, with its query, that begins at the slash at `at`.
pub(super) fn path(text: &[u8], at: usize) -> Option<usize> {
    if matches!(byte(text, at + 1), b'/' | b' ') {
        return None;
    }
    let ends = |b: u8| {
        b.is_ascii_whitespace()
            || matches!(
                b,
                b'"' | b'\'' | b',' | b';' | b':' | b'=' | b'|' | b'<' | b'>' | b'?' | b']' | b')' | b'}'
            )
    };
    let mut end = run(text, at + 1, |b| !ends(b));
    if end == at + 1 && byte(text, end) != b'?' {
        return None;
    }
    if byte(text, end) == b'?' {
        end = run(text, end + 1, |b| {
            !b.is_ascii_whitespace() && !matches!(b, b'"' | b'\'' | b'<' | b'>' | b')' | b']')
        });
    }
    Some(end)
}

/// The end of a path with a drive letter at `at`.
pub(super) fn drive_path(text: &[u8], at: usize) -> Option<usize> {
    if !is_letter(byte(text, at)) || byte(text, at + 1) != b':' || byte(text, at + 2) != b'\\' {
        return None;
    }
    let ends =
        |b: u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b',' | b';' | b']' | b')' | b'|');
    Some(run(text, at + 3, |b| !ends(b)))
}

/// The end of groups of hexadecimal digits between colons, if they make a hardware or IPv6 address.
pub(super) fn colon_groups(text: &[u8], at: usize) -> Option<usize> {
    let end = run(text, at, |b| b.is_ascii_hexdigit() || b == b':').min(at + 48);
    if end < at + 3 {
        return None;
    }
    if byte(text, end) == b'<' && text[end..].starts_with(super::VARIABLE.as_bytes()) {
        return None;
    }
    let end = if byte(text, end - 1) == b':' && byte(text, end - 2) != b':' { end - 1 } else { end };
    let groups = || text[at..end].split(|&b| b == b':');
    let n = groups().count();
    let next = byte(text, end);
    if n < 3 || next.is_ascii_alphanumeric() || next == b'_' || groups().any(|group| group.len() > 4) {
        return None;
    }
    let empty = groups().filter(|group| group.is_empty()).count();
    let has_digit = text[at..end].iter().any(u8::is_ascii_digit);
    let hardware = n >= 6 && groups().all(|group| group.len() == 2);
    let full = n >= 4 && empty == 0 && groups().any(|group| group.len() > 2);
    let shortened = empty > 0 && has_digit && text[at..end].windows(2).any(|pair| pair == b"::");
    (hardware || full || shortened).then(|| {
        let end = if next == b'%' { run(text, end + 1, |b| b.is_ascii_alphanumeric()) } else { end };
        if byte(text, end) == b'/' { run(text, end + 1, is_digit) } else { end }
    })
}

/// How far a variable that ends at `end` goes on: `:port`, minutes and seconds, a fraction, groups of thousands.
pub(super) fn continuation(text: &[u8], mut end: usize) -> usize {
    loop {
        let next = byte(text, end);
        let digits = run(text, end + 1, is_digit) - (end + 1).min(text.len());
        let after = byte(text, end + 1 + digits);
        end = match next {
            b':' if digits > 0 => run(text, end + 1, super::scan::is_word_byte),
            b',' if digits == 3 && is_digit(text[end - 1]) && !after.is_ascii_alphanumeric() => end + 4,
            _ => return end,
        };
        while matches!(text[end - 1], b'.' | b'-') {
            end -= 1;
        }
    }
}

/// Whether a dotted word is a host or mail address by its last part.
pub(super) fn is_host(word: &[u8]) -> bool {
    let Some(dot) = memchr::memrchr(b'.', word) else { return false };
    let part = &word[dot + 1..];
    dot > 0
        && (2..=11).contains(&part.len())
        && part.iter().all(u8::is_ascii_lowercase)
        && !word.contains(&b'/')
        && (word[..dot].contains(&b'@') || HOST_ENDINGS.iter().any(|ending| part == ending.as_bytes()))
}

fn is_calendar_word(word: &[u8], names: &[&str]) -> bool {
    // most words are told from all the names in full by their last letter
    let may_be =
        word.len() == 3 || matches!(word.last(), Some(b'y' | b'r' | b'h' | b'l' | b'e' | b't' | b'A'..=b'Z'));
    may_be
        && word.len() >= 3
        && word[0].is_ascii_uppercase()
        && names.iter().any(|name| {
            (word.len() == 3 || word.len() == name.len())
                && name.len() >= word.len()
                && word.eq_ignore_ascii_case(&name.as_bytes()[..word.len()])
        })
}

fn blanks(text: &[u8], at: usize) -> usize {
    run(text, at, |b| b == b' ')
}

/// The end of a date in words that begins with the word `text[at..end]`: `Fri Jun 17 07:07:00 2005`, `Jan 3, 2020`.
pub(super) fn date_in_words(text: &[u8], at: usize, end: usize) -> Option<usize> {
    let (mut month, mut end) = (at, end);
    if is_calendar_word(&text[at..end], &WEEKDAYS) {
        month = blanks(text, if byte(text, end) == b',' { end + 1 } else { end });
        end = run(text, month, is_letter);
    }
    if !is_calendar_word(text.get(month..end)?, &MONTHS) {
        return None;
    }
    let day = blanks(text, end);
    let day_end = run(text, day, is_digit);
    if day == end || !(1..=2).contains(&(day_end - day)) || byte(text, day_end).is_ascii_alphanumeric() {
        return None;
    }
    Some(year_after(text, time_after(text, day_end)))
}

fn time_after(text: &[u8], end: usize) -> usize {
    let start = blanks(text, if byte(text, end) == b',' { end + 1 } else { end });
    let hour = run(text, start, is_digit);
    if start == end
        || hour == start
        || hour - start > 2
        || byte(text, hour) != b':'
        || !is_digit(byte(text, hour + 1))
    {
        return end;
    }
    continuation(text, hour)
}

fn year_after(text: &[u8], end: usize) -> usize {
    let mut start = blanks(text, if byte(text, end) == b',' { end + 1 } else { end });
    let zone = run(text, start, |b| b.is_ascii_uppercase());
    if (3..=4).contains(&(zone - start)) {
        start = blanks(text, zone);
    }
    let stop = run(text, start, is_digit);
    if start > end && stop - start == 4 && !byte(text, stop).is_ascii_alphanumeric() { stop } else { end }
}
