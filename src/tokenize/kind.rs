//! Of which kind a value is that was filled in: an address, a time, a path.
//!
//! In: the text of a variable. Out: its kind, by its form alone. Of a digit only that it is one is asked, and of an id in
//! base 16 as [`Memo`](super::Memo) knows them nothing more than that: so messages of one mask have the same kinds, and
//! these are looked for once for all of them.

use xxhash_rust::xxh3::xxh3_64;

use super::class::{is_duration, is_size};
use super::mask::{self, byte};
use super::scan::is_space;
use super::{Rule, VARIABLE};

/// Of which kind a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A number, perhaps with a unit: `-3.5`, `1,024`, `1e-9`, `10Mbps`.
    Number,
    /// A number with a unit of time: `900ms`, `1h2m3s`.
    Duration,
    /// A number with a unit of amounts of data: `12KB`.
    Size,
    /// An address of the Internet, perhaps with a port or a length: `10.0.0.7:80`, `2001:db8::1`.
    Ip,
    /// An address of hardware: `00:1b:21:3c:9d:f8`.
    Mac,
    /// The name of a host, perhaps with a port.
    Host,
    /// The address of a mailbox.
    Mail,
    /// A URL.
    Url,
    /// An absolute path.
    Path,
    /// Date, time of day, or both.
    Time,
    /// A UUID.
    Uuid,
    /// A number in base 16: `0x1f`, `4f9a7c01`.
    Hex,
    /// A version: `v1.22`, `2.6.5-rc1`.
    Version,
    /// `true` or `false`.
    Bool,
    /// Letters, digits and marks that are none of these: `R02-M1-N0`.
    Id,
    /// A name: behind `user`, `host` and the like, or one as `root`.
    Name,
    /// Words.
    Text,
    /// A secret: a password, key, card number.
    Secret,
    /// What a rule of the owner masks; the number stands for its pattern.
    Rule(u16),
}

/// Patterns of rules are told apart by so many numbers.
const RULE_NUMBERS: u64 = 12_000;
/// Where the codes of rules begin: room for as many kinds.
const RULES_AT: i16 = 100;
/// Digits of a number in base 16, at least, where nothing but its letters says so. Twice as many make one whatever they are, as
/// of the ids that a memo takes for one another: no more may be asked for.
const HEX_MIN: usize = 4;

/// All but those of rules, by code, and what they are called.
const KNOWN: [(Kind, &str); 18] = [
    (Kind::Number, "number"),
    (Kind::Duration, "duration"),
    (Kind::Size, "size"),
    (Kind::Ip, "ip"),
    (Kind::Mac, "mac"),
    (Kind::Host, "host"),
    (Kind::Mail, "mail"),
    (Kind::Url, "url"),
    (Kind::Path, "path"),
    (Kind::Time, "time"),
    (Kind::Uuid, "uuid"),
    (Kind::Hex, "hex"),
    (Kind::Version, "version"),
    (Kind::Bool, "bool"),
    (Kind::Id, "id"),
    (Kind::Name, "name"),
    (Kind::Text, "text"),
    (Kind::Secret, "secret"),
];

impl Kind {
    /// What a rule with this pattern masks. Its name may be changed later, so it does not matter.
    #[must_use]
    pub fn of_pattern(pattern: &str) -> Self {
        Self::Rule((xxh3_64(pattern.as_bytes()) % RULE_NUMBERS) as u16)
    }

    /// What it is called where the owner's rules are these: a word in small letters, or the name of the rule. `None` for a
    /// rule that is none of them, or that two of them may be.
    #[must_use]
    pub fn name_among(self, rules: &[Rule]) -> Option<&str> {
        if let Some((_, name)) = KNOWN.iter().find(|(kind, _)| *kind == self) {
            return Some(name);
        }
        let mut named = rules.iter().filter(|rule| Self::of_pattern(&rule.pattern) == self);
        named.next().filter(|_| named.next().is_none()).map(|rule| rule.name.as_str())
    }

    /// The number that stands for it in a stored state.
    pub(crate) fn code(self) -> i16 {
        match self {
            Self::Rule(number) => RULES_AT + number as i16,
            known => KNOWN.iter().position(|(kind, _)| *kind == known).unwrap_or_default() as i16,
        }
    }

    /// The kind that a code stands for; `None` for a code of a later release, or of no release.
    pub(crate) fn from_code(code: i16) -> Option<Self> {
        let number = u16::try_from(code.checked_sub(RULES_AT)?);
        match number {
            Ok(number) => (u64::from(number) < RULE_NUMBERS).then_some(Self::Rule(number)),
            Err(_) => KNOWN.get(usize::try_from(code).ok()?).map(|(kind, _)| *kind),
        }
    }

    /// The kind of a text that was filled in; `None` where it is masked already, at least in part.
    ///
    /// # Cost
    /// A few looks at the text; most end at its first bytes.
    ///
    /// # Example
    /// ```
    /// use oddlog::tokenize::Kind;
    ///
    /// assert_eq!(Kind::of("10.250.19.102:54106"), Some(Kind::Ip));
    /// assert_eq!(Kind::of("900ms"), Some(Kind::Duration));
    /// assert_eq!(Kind::of("/var/www/<*>"), Some(Kind::Path));
    /// assert_eq!(Kind::of("<*>"), None);
    /// ```
    #[must_use]
    pub fn of(value: &str) -> Option<Self> {
        let text = value.as_bytes();
        if !text.is_empty() && text.iter().all(u8::is_ascii_digit) {
            return Some(Self::Number);
        }
        if is_path(text) {
            return Some(Self::Path);
        }
        if mask::url(text, 0, run(text, 0, |b| b.is_ascii_alphanumeric() || b == b'+')).is_some() {
            return Some(Self::Url);
        }
        if value.is_empty() || memchr::memchr(b'<', text).is_some() && value.contains(VARIABLE) {
            return None;
        }
        Some(of_plain(value, text))
    }
}

fn of_plain(value: &str, text: &[u8]) -> Kind {
    if is_time(text) {
        return Kind::Time;
    }
    if text.iter().any(|&b| is_space(b)) {
        return Kind::Text;
    }
    if let Some(kind) = of_digits(text) {
        return kind;
    }
    if let Some(kind) = of_word(text) {
        return kind;
    }
    let host = &text[..port(text)];
    if mask::is_host(host) {
        return if host.contains(&b'@') { Kind::Mail } else { Kind::Host };
    }
    if value.chars().all(char::is_numeric) {
        return Kind::Number;
    }
    if text.iter().any(u8::is_ascii_digit) { Kind::Id } else { Kind::Text }
}

/// Kinds of values that are made of digits, of whichever base, units and what joins them.
fn of_digits(text: &[u8]) -> Option<Kind> {
    if is_ip(text) {
        return Some(Kind::Ip);
    }
    let groups = |mark: u8| text.split(move |b| *b == mark);
    let is_mac = |mark: u8| {
        text.len() == 17 && groups(mark).count() == 6 && groups(mark).all(|g| g.len() == 2 && is_hex(g))
    };
    if is_mac(b':') || is_mac(b'-') {
        return Some(Kind::Mac);
    }
    if is_uuid(text) {
        return Some(Kind::Uuid);
    }
    if mask::colon_groups(text, 0) == Some(text.len()) {
        return Some(Kind::Ip);
    }
    let has_letter = text.iter().any(u8::is_ascii_alphabetic);
    // whether the digit in front of `x` is nought is not asked, as of no digit
    let behind_x = match text {
        [digit, b'x' | b'X', rest @ ..] if digit.is_ascii_digit() => rest,
        _ => &[],
    };
    if !behind_x.is_empty() && is_hex(behind_x) || has_letter && text.len() >= 2 * HEX_MIN && is_hex(text) {
        return Some(Kind::Hex);
    }
    let number = number_end(text);
    match &text[number..] {
        _ if number == 0 => {}
        unit if is_duration(unit) || unit == b"h" || is_compound_duration(text) => {
            return Some(Kind::Duration);
        }
        unit if is_size(unit) => return Some(Kind::Size),
        [] => return Some(Kind::Number),
        _ => {}
    }
    if has_letter && text.len() >= HEX_MIN && is_hex(text) && text.iter().any(u8::is_ascii_digit) {
        return Some(Kind::Hex);
    }
    if is_version(text) {
        return Some(Kind::Version);
    }
    let unit = &text[number..];
    (number > 0 && unit.len() <= 4 && unit.iter().all(u8::is_ascii_alphabetic)).then_some(Kind::Number)
}

/// Kinds of the words that always are values.
fn of_word(text: &[u8]) -> Option<Kind> {
    let is = |word: &&str| text.eq_ignore_ascii_case(word.as_bytes());
    if ["true", "false"].iter().any(is) {
        Some(Kind::Bool)
    } else if ["root", "admin"].iter().any(is) {
        Some(Kind::Name)
    } else {
        None
    }
}

fn run(text: &[u8], at: usize, accept: impl Fn(u8) -> bool) -> usize {
    at + text[at.min(text.len())..].iter().take_while(|&&b| accept(b)).count()
}

/// The end of at least `min` and at most `max` digits.
fn digits(text: &[u8], at: usize, min: usize, max: usize) -> Option<usize> {
    let end = run(text, at, |b| b.is_ascii_digit());
    (end > at && (min..=max).contains(&(end - at))).then_some(end)
}

fn is_hex(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_hexdigit)
}

/// Where the port begins, or the end.
fn port(text: &[u8]) -> usize {
    let colon = memchr::memrchr(b':', text).unwrap_or(text.len());
    if digits(text, colon + 1, 1, 5) == Some(text.len()) { colon } else { text.len() }
}

fn is_path(text: &[u8]) -> bool {
    text.len() > 1 && text[0] == b'/' || text.starts_with(b"\\\\") || mask::drive_path(text, 0).is_some()
}

/// Four groups of digits; behind them a port, or a length.
fn is_ip(text: &[u8]) -> bool {
    let mut end = 0;
    for group in 0..4 {
        if group > 0 && byte(text, end) != b'.' {
            return false;
        }
        let Some(stop) = digits(text, end + usize::from(group > 0), 1, 3) else { return false };
        end = stop;
    }
    end == text.len()
        || text[end] == b':'
        || text[end] == b'/' && digits(text, end + 1, 1, 2) == Some(text.len())
}

fn is_uuid(text: &[u8]) -> bool {
    let mut groups = text.split(|b| *b == b'-');
    text.len() == 36
        && [8, 4, 4, 4, 12]
            .iter()
            .all(|&length| groups.next().is_some_and(|g| g.len() == length && is_hex(g)))
}

/// The end of a decimal number: a sign, groups of thousands, a fraction, an exponent; 0 where there is none.
fn number_end(text: &[u8]) -> usize {
    let start = usize::from(matches!(byte(text, 0), b'-' | b'+'));
    let is_digit = |b: u8| b.is_ascii_digit();
    let mut end = run(text, start, is_digit);
    if end == start {
        return 0;
    }
    while byte(text, end) == b',' && run(text, end + 1, is_digit) == end + 4 {
        end += 4;
    }
    if byte(text, end) == b'.' {
        end = run(text, end + 1, is_digit);
    }
    if matches!(byte(text, end), b'e' | b'E') {
        let sign = usize::from(matches!(byte(text, end + 1), b'-' | b'+'));
        if let Some(stop) = digits(text, end + 1 + sign, 1, 3) {
            end = stop;
        }
    }
    end
}

/// Several numbers, each with a unit: `1h2m3.5s`.
fn is_compound_duration(text: &[u8]) -> bool {
    let (mut at, mut n) = (0, 0);
    while at < text.len() {
        let number = run(text, at, |b| b.is_ascii_digit() || b == b'.');
        let unit = run(text, number, |b| b.is_ascii_alphabetic());
        let known: [&[u8]; 8] = [b"w", b"d", b"h", b"m", b"s", b"ms", b"us", b"ns"];
        if number == at || !known.contains(&&text[number..unit]) {
            return false;
        }
        (at, n) = (unit, n + 1);
    }
    n > 1
}

/// Groups of digits between full stops, three or more, or two behind a `v`; behind a mark anything may follow.
fn is_version(text: &[u8]) -> bool {
    let start = usize::from(matches!(byte(text, 0), b'v' | b'V'));
    let (mut end, mut n) = (start, 0);
    while let Some(stop) = digits(text, end + usize::from(n > 0), 1, 8) {
        (end, n) = (stop, n + 1);
        if byte(text, end) != b'.' {
            break;
        }
    }
    n + start >= 3 && (end == text.len() || matches!(text[end], b'-' | b'+' | b'_' | b'.'))
}

/// A date, a time of day, or both.
fn is_time(text: &[u8]) -> bool {
    if byte(text, 0).is_ascii_uppercase() {
        let word = run(text, 0, |b| b.is_ascii_alphabetic());
        return mask::date_in_words(text, 0, word).is_some();
    }
    let zone = |end: usize| is_zone(&text[end..]);
    let Some(date) = date_end(text) else { return clock_end(text, 0, b":").is_some_and(zone) };
    match byte(text, date) {
        _ if date == text.len() => true,
        b'T' | b' ' | b'_' | b':' | b'-' => clock_end(text, date + 1, b":.").is_some_and(zone),
        b'Z' => date + 1 == text.len(),
        _ => false,
    }
}

/// The end of a date in figures, or with a short name of a month in the middle, that begins a text.
fn date_end(text: &[u8]) -> Option<usize> {
    let first = digits(text, 0, 1, 4)?;
    let mark = byte(text, first);
    if !matches!(mark, b'-' | b'/' | b'.') {
        return None;
    }
    let middle = first + 1;
    let month = run(text, middle, |b| b.is_ascii_alphabetic());
    let middle_end = if month == middle {
        digits(text, middle, 1, 2)?
    } else {
        Some(month).filter(|end| end - middle == 3)?
    };
    if byte(text, middle_end) != mark {
        return None;
    }
    let end = digits(text, middle_end + 1, 1, 4)?;
    let has_year = |year: usize, day: usize| year == 4 && day <= 2;
    let (a, c) = (first, end - middle_end - 1);
    (has_year(a, c) || has_year(c, a)).then_some(end)
}

/// The end of hour and minute, perhaps with seconds and a fraction.
fn clock_end(text: &[u8], at: usize, marks: &[u8]) -> Option<usize> {
    let mut end = digits(text, at, 1, 2)?;
    let mark = byte(text, end);
    if !marks.contains(&mark) {
        return None;
    }
    end = digits(text, end + 1, 2, 2)?;
    if byte(text, end) == mark {
        end = digits(text, end + 1, 2, 2)?;
        if matches!(byte(text, end), b'.' | b',') {
            end = digits(text, end + 1, 1, 9)?;
        }
    }
    Some(end)
}

/// What may stand behind a time of day: nothing, or how far it is from UTC.
fn is_zone(text: &[u8]) -> bool {
    match text {
        [] | b"Z" | b"z" => true,
        [b'+' | b'-', offset @ ..] => {
            offset.iter().filter(|b| b.is_ascii_digit()).count() >= 2
                && offset.iter().all(|b| b.is_ascii_digit() || *b == b':')
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenize::{Rules, Tokens, tokenize, tokenize_with};

    #[test]
    fn the_form_of_a_text_says_its_kind() {
        for (kind, texts) in [
            (Kind::Number, "7 -3.25 +1 1,024 1e-9 10Mbps 4th 12345678"),
            (Kind::Duration, "900ms 30s 1h2m3.5s 2h 5m30s"),
            (Kind::Size, "12KB 1.5GiB 7b"),
            (Kind::Ip, "10.0.0.7 10.0.0.7:80 10.0.0.0/8 2001:db8::1 fe80::1%eth0"),
            (Kind::Mac, "00:1b:21:3c:9d:f8 00-1B-21-3C-9D-F8 00:11:22:33:44:55"),
            (Kind::Host, "a.b.adelphia.net db1.example.org:5432 ip-10-0-0-1.ec2.internal"),
            (Kind::Mail, "a.b@example.org"),
            (Kind::Url, "https://x.example/p?q=1 hdfs://n1:9000/a"),
            (Kind::Path, "/var/log/a.log /a?b=1 C:\\Temp\\x \\\\server\\share /a/<*>"),
            (Kind::Time, "12:30:01 7:05 12:30:01,250 2024-05-03 03/May/2024:10:00:01 3.5.2024 10:00:01.5Z"),
            (Kind::Time, "2005-06-03-15.42.50.675872 2024-05-03T10:00:01.5+02:00 2024/05/03"),
            (Kind::Uuid, "123e4567-e89b-12d3-a456-426614174000"),
            (Kind::Hex, "0x1f 0xDEADBEEF 4f9a7c01 deadbeef 4f9a 12345678ab"),
            (Kind::Version, "1.2.3 v1.22 1.22.333-rc.1 2.6.5-1.358"),
            (Kind::Bool, "true False"),
            (Kind::Id, "R02-M1-N0 worker7/3 10-105-160-95 3/5 x1.y2"),
            (Kind::Name, "root Admin"),
            (Kind::Text, "null seven"),
        ] {
            for text in texts.split(' ') {
                assert_eq!(Kind::of(text), Some(kind), "{text}");
            }
        }
        for (kind, text) in [
            (Kind::Time, "Fri Jun 17 07:07:00 2005"),
            (Kind::Time, "2024-05-03 10:00:01"),
            (Kind::Text, "no such file"),
            (Kind::Number, "٤١"),
        ] {
            assert_eq!(Kind::of(text), Some(kind), "{text}");
        }
        assert_eq!(["", "<*>", "a<*>b"].map(Kind::of), [None; 3]);
    }

    #[test]
    fn every_kind_comes_back_by_its_code_and_no_other_code_is_one() {
        for (kind, _) in KNOWN.into_iter().chain([(Kind::Rule(0), ""), (Kind::Rule(11_999), "")]) {
            assert_eq!(Kind::from_code(kind.code()), Some(kind));
        }
        assert_eq!([-1, KNOWN.len() as i16, RULES_AT - 1, RULES_AT + 12_000].map(Kind::from_code), [None; 4]);
    }

    /// Position and kind of what is masked in a message.
    fn kinds(message: &str, rules: &Rules) -> Vec<(usize, Kind)> {
        let mut tokens = Tokens::default();
        tokenize_with(message, rules, &mut tokens);
        tokens.kinds(message).map(|(position, kind, _)| (position, kind)).collect()
    }

    #[test]
    fn what_is_masked_has_a_kind_and_what_stays_has_none() {
        let of = |message: &str| kinds(message, &Rules::none());
        assert_eq!(of("block blk_-42 of eth0 from /10.0.0.7"), [(1, Kind::Number), (5, Kind::Path)]);
        // in quotes: one value as a value alone is, several words are a text
        assert_eq!(of("a 'x' peer='10.0.0.7' b"), [(7, Kind::Ip)]);
        assert_eq!(of("who k=\"b 7\""), [(4, Kind::Text)]);
    }

    #[test]
    fn secrets_are_told_as_such_and_their_text_is_not() {
        let mut tokens = Tokens::default();
        for (message, kind) in [
            ("login password=hunter2 done", Kind::Secret),
            ("paid with 4111 1111 1111 1111", Kind::Secret),
            ("mail to A.B@example.org sent", Kind::Mail),
            ("login password=a.b@example.org done", Kind::Secret),
        ] {
            tokenize(message, &mut tokens);
            let told: Vec<_> = tokens.kinds(message).map(|(_, kind, text)| (kind, text)).collect();
            assert_eq!(told, [(kind, "")], "{message}");
        }
    }

    #[test]
    fn what_a_rule_matches_has_the_kind_of_its_pattern_and_the_name_of_the_rule() {
        let rule = |name: &str, pattern: &str| Rule { name: name.to_owned(), pattern: pattern.to_owned() };
        let rules = [rule("customer", r"customer (\w+)"), rule("tenant", "t-[a-z]+")];
        let compiled = Rules::new(&rules).unwrap();
        let [customer, tenant] = [0, 1].map(|n: usize| Kind::of_pattern(&rules[n].pattern));
        assert_eq!(
            kinds("order 7 of customer acme at t-xy, customer 12 <*>", &compiled),
            [(1, Kind::Number), (4, customer), (6, tenant), (9, customer)]
        );
        assert_eq!(customer.name_among(&rules), Some("customer"));
        assert_eq!(customer.name_among(&rules[1..]), None);
        // two rules of one number cannot be told apart
        assert_eq!(customer.name_among(&[rule("a", r"customer (\w+)"), rule("b", r"customer (\w+)")]), None);
    }
}
