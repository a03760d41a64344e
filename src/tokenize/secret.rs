//! Where a secret stands: behind the word that announces it, or by its own shape.
//!
//! In: the text, and where such a word ends. Out: the bytes that must not be kept. A secret behind `=` or `:` is one
//! whatever it looks like; without such a mark only what no word of a sentence looks like. Text that is masked already is
//! left as it is, so that reading masked text again changes nothing.

use std::ops::Range;

use super::VARIABLE;
use super::announce::Secret;
use super::mask::byte;
use super::random::looks_generated;
use super::scan::{is_space, is_word_byte};
use super::script;

/// What stands for a value, and is not one.
const NO_VALUES: [&str; 17] = [
    "yes",
    "no",
    "true",
    "false",
    "null",
    "none",
    "nil",
    "nan",
    "undefined",
    "unset",
    "set",
    "empty",
    "required",
    "enabled",
    "disabled",
    "invalid",
    "missing",
];
/// Words that begin what is said about a secret: `token: not found`, `password: authentication failed`.
const SAID: [&str; 36] = [
    "a",
    "an",
    "and",
    "are",
    "as",
    "at",
    "authentication",
    "bad",
    "by",
    "can",
    "cannot",
    "context",
    "could",
    "denied",
    "error",
    "failure",
    "for",
    "forbidden",
    "from",
    "has",
    "in",
    "incorrect",
    "is",
    "must",
    "not",
    "of",
    "ok",
    "or",
    "permission",
    "rpc",
    "the",
    "timeout",
    "unable",
    "unknown",
    "was",
    "wrong",
];
/// Words of other languages that say something about a password, as far as their letters are Latin: those of other scripts
/// are taken for such anyhow.
const SAID_ELSEWHERE: [&str; 76] = [
    "abgelaufen",
    "abgelehnt",
    "akzeptiert",
    "falsch",
    "fehlerhaft",
    "fehlt",
    "geändert",
    "gesetzt",
    "gesperrt",
    "inkorrekt",
    "korrekt",
    "leer",
    "richtig",
    "ungültig",
    "vergessen",
    "zurückgesetzt",
    "aceptada",
    "caducada",
    "cambiada",
    "correcta",
    "expirada",
    "incorrecta",
    "inválida",
    "obligatoria",
    "rechazada",
    "requerida",
    "vacía",
    "vencida",
    "válida",
    "aceita",
    "alterada",
    "errada",
    "incorreta",
    "obrigatória",
    "vazia",
    "accepté",
    "changé",
    "erroné",
    "expiré",
    "incorrect",
    "invalide",
    "manquant",
    "modifié",
    "oublié",
    "refusé",
    "requis",
    "vide",
    "fout",
    "gewijzigd",
    "leeg",
    "ongeldig",
    "onjuist",
    "vereist",
    "verlopen",
    "endret",
    "fel",
    "feil",
    "felaktigt",
    "forkert",
    "ogiltigt",
    "ugyldig",
    "utløpt",
    "ändrat",
    "väärä",
    "błędne",
    "nieprawidłowe",
    "niepoprawne",
    "wygasło",
    "zmienione",
    "chybné",
    "neplatné",
    "vypršelo",
    "hibás",
    "lejárt",
    "geçersiz",
    "salah",
];
/// Wide marks that a value follows.
const WIDE_MARKS: [&str; 2] = ["：", "＝"];
/// The first letter behind those of Latin, with their marks.
const LATIN_END: char = '\u{370}';
/// Schemes of the `Authorization` header.
const SCHEMES: [&str; 9] =
    ["basic", "bearer", "digest", "negotiate", "ntlm", "token", "apikey", "hoba", "aws4-hmac-sha256"];

fn is_among(word: &[u8], list: &[&str]) -> bool {
    list.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}

/// The text of a scan, up to the quote that ends it.
#[derive(Clone, Copy)]
pub(super) struct View<'t> {
    pub(super) text: &'t [u8],
    pub(super) end: usize,
}

/// The bytes of the secret that a word announces; `word` is its place, `in_sentence` whether a word stands before it.
pub(super) fn behind(
    view: View<'_>,
    word: Range<usize>,
    secret: Secret,
    in_sentence: bool,
) -> Option<Range<usize>> {
    let marked = view.marked(word.clone());
    let range = match marked {
        Some((start, quote)) => view.assigned(start, quote, secret, in_sentence),
        None => view.by_itself(word, secret),
    }?;
    (!range.is_empty() && !view.stands_for_nothing(&range)).then_some(range)
}

/// A quote that is open: its byte, and whether a backslash stands before it.
pub(super) type Quote = Option<(u8, bool)>;

impl View<'_> {
    pub(super) fn at(self, at: usize) -> u8 {
        if at < self.end { byte(self.text, at) } else { b' ' }
    }

    pub(super) fn skip(self, mut at: usize, accept: impl Fn(u8) -> bool) -> usize {
        while at < self.end && accept(self.text[at]) {
            at += 1;
        }
        at
    }

    fn is_masked(self, at: usize) -> bool {
        self.text[at.min(self.end)..self.end].starts_with(VARIABLE.as_bytes())
    }

    /// Behind `=`, `:`, `=>` or, in a tag, `>`: where the value begins, inside its quote.
    fn marked(self, word: Range<usize>) -> Option<(usize, Quote)> {
        let at = self.skip(word.end, |b| matches!(b, b'\\' | b'"' | b'\'' | b']'));
        let mark = self.skip(at, is_space);
        let value = match self.at(mark) {
            b'>' if word.start > 0
                && matches!(self.text[word.start - 1], b'<' | b':')
                && !self.is_masked(word.start - 1) =>
            {
                mark + 1
            }
            b'=' => self.skip(mark, |b| matches!(b, b'=' | b'>')),
            b':' if self.at(mark + 1) == b'=' => mark + 2,
            b':' if self.at(mark + 1) == b':' => return None,
            b':' => mark + 1,
            first => {
                let wide = |wide: &&str| self.text[mark..self.end].starts_with(wide.as_bytes());
                mark + WIDE_MARKS.iter().find(|known| first >= 0x80 && wide(known))?.len()
            }
        };
        // `key= other`: nothing is assigned
        let blank_before = mark > at || self.at(mark) != b'=';
        let start = if blank_before { self.skip(value, is_space) } else { value };
        Some(self.opened(start))
    }

    pub(super) fn opened(self, start: usize) -> (usize, Quote) {
        let quote = self.skip(start, |b| b == b'\\');
        match self.at(quote) {
            b @ (b'"' | b'\'') => (quote + 1, Some((b, quote > start))),
            _ => (start, None),
        }
    }

    fn assigned(self, start: usize, quote: Quote, secret: Secret, in_sentence: bool) -> Option<Range<usize>> {
        // a quote that does not close is the first letter of the secret
        let (start, quote) = match quote {
            Some((_, escaped)) if self.closing(start, quote?).is_none() => {
                (start - 1 - usize::from(escaped), None)
            }
            _ => (start, quote),
        };
        let end = match quote {
            Some(quote) => self.closing(start, quote)?,
            None if secret == Secret::Header => self.header_end(start),
            None if secret == Secret::Translated => self.end_before_wide_mark(start),
            None => self.value_end(start),
        };
        let value = start..end;
        if value.is_empty() {
            return None;
        }
        match secret {
            Secret::Maybe | Secret::Scheme => (!holds_mask(&self.text[value.clone()])
                && looks_generated(&self.text[value.clone()]))
            .then_some(value),
            Secret::Translated if quote.is_none() && self.is_said_elsewhere(&value) => None,
            _ if quote.is_none() && self.is_said(&value, in_sentence) => None,
            _ => Some(value),
        }
    }

    /// The end of a value without quotes that a mark of another script may follow, such as `，`.
    fn end_before_wide_mark(self, start: usize) -> usize {
        let end = self.value_end(start);
        let text = std::str::from_utf8(&self.text[start..end]);
        text.map_or(end, |text| start + script::before_mark(text))
    }

    /// Whether what follows the word of another language for a password is said about it: a word of a script that passwords
    /// are hardly typed in, one that is known, or the first of several.
    fn is_said_elsewhere(self, value: &Range<usize>) -> bool {
        let word = &self.text[value.clone()];
        let is_letter = |b: &u8| b.is_ascii_alphabetic() || *b >= 0x80 || matches!(b, b'\'' | b'-');
        if self.text[value.start - 1] == b'=' || !word.iter().all(is_letter) {
            return false;
        }
        let is_latin = |c: char| c < LATIN_END;
        let is_other_script = std::str::from_utf8(word).is_ok_and(|word| !word.chars().all(is_latin));
        is_other_script || is_among(word, &SAID_ELSEWHERE) || is_among(word, &SAID) || self.goes_on(value.end)
    }

    /// Whether what follows a colon and a blank is a sentence about the secret: words, and no single one that ends it.
    fn is_said(self, value: &Range<usize>, in_sentence: bool) -> bool {
        let word = &self.text[value.clone()];
        if !is_space(self.text[value.start - 1])
            || !word.iter().all(|&b| b.is_ascii_alphabetic() || b == b'\'' || b == b'-')
        {
            return false;
        }
        let participle = word.ends_with(b"ed") || word.ends_with(b"ing");
        if participle || is_among(word, &SAID) {
            return true;
        }
        self.goes_on(value.end) || in_sentence && word.iter().all(u8::is_ascii_lowercase) && word.len() < 4
    }

    /// Whether a word that is no key follows, parted by nothing but a blank.
    fn goes_on(self, end: usize) -> bool {
        let next = self.skip(end, is_space);
        let next_end =
            if self.is_masked(next) { next + VARIABLE.len() } else { self.skip(next, is_word_byte) };
        next > end && next_end > next && !matches!(self.at(next_end), b':' | b'=')
    }

    /// The end of a value in quotes.
    pub(super) fn closing(self, start: usize, (quote, escaped): (u8, bool)) -> Option<usize> {
        let mut at = start;
        while at < self.end {
            let slash = at > start && self.text[at - 1] == b'\\';
            if self.text[at] == quote && escaped && slash {
                return Some(at - 1);
            }
            if self.text[at] == quote && !slash && !self.at(at + 1).is_ascii_alphanumeric() {
                return Some(at);
            }
            at += 1;
        }
        None
    }

    /// The end of a value without quotes: at white space, or at a mark that something else follows.
    pub(super) fn value_end(self, start: usize) -> usize {
        if self.is_masked(start) {
            return start + VARIABLE.len();
        }
        if let Some(end) = self.bracketed(start) {
            return end;
        }
        let mut at = start;
        while at < self.end {
            if self.is_masked(at) {
                at += VARIABLE.len();
                continue;
            }
            let ends = match self.text[at] {
                b if is_space(b) => true,
                b',' | b';' | b'&' | b'|' => self.ends_a_part(at + 1) || self.is_key(at + 1),
                b')' | b']' | b'}' | b'>' | b'"' | b'\'' => self.ends_a_part(at + 1),
                b'<' => self.at(at + 1) == b'/' || self.is_masked(at + 1),
                b'\\' => matches!(self.at(at + 1), b'"' | b'\''),
                _ => false,
            };
            if ends {
                break;
            }
            at += 1;
        }
        while at > start && matches!(self.text[at - 1], b'.' | b',' | b';' | b':') {
            at -= 1;
        }
        at
    }

    /// The end of a list or record that begins here, if it ends at all.
    fn bracketed(self, start: usize) -> Option<usize> {
        let (open, close) = match self.at(start) {
            b'[' => (b'[', b']'),
            b'{' => (b'{', b'}'),
            b'(' => (b'(', b')'),
            _ => return None,
        };
        let mut depth = 0usize;
        for at in start..self.end {
            depth += usize::from(self.text[at] == open);
            depth -= usize::from(self.text[at] == close);
            if depth == 0 {
                return Some(at + 1);
            }
        }
        None
    }

    fn ends_a_part(self, at: usize) -> bool {
        at >= self.end
            || self.is_masked(at)
            || matches!(
                self.text[at],
                b' ' | b'\t'
                    | b'\n'
                    | b'\r'
                    | b','
                    | b';'
                    | b')'
                    | b']'
                    | b'}'
                    | b'>'
                    | b'"'
                    | b'\''
                    | b'&'
                    | b'|'
                    | b':'
            )
    }

    /// Whether `key=` or `key:` begins here, or what is masked and may have been one.
    fn is_key(self, at: usize) -> bool {
        if self.is_masked(at) {
            return true;
        }
        let end =
            self.skip(at, |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')).min(at + 40);
        self.at(at).is_ascii_alphabetic() && (matches!(self.at(end), b'=' | b':') || self.is_masked(end))
    }

    /// The end of a header's value: a scheme with its credentials, or parts behind `;` and `,`.
    fn header_end(self, start: usize) -> usize {
        let first = self.skip(start, |b| !is_space(b));
        let mut end = self.value_end(start);
        if is_among(&self.text[start..first], &SCHEMES) {
            let token = self.skip(first, is_space);
            end = self.value_end(token);
        }
        loop {
            let mark = self.at(end);
            let next = self.skip(end + 1, is_space).min(self.end);
            let part = self.value_end(next);
            let has_equals = self.text[next..part].contains(&b'=');
            if !(matches!(mark, b';' | b',') && next > end + 1 && part > next && (mark == b';' || has_equals))
            {
                return end;
            }
            end = part;
        }
    }

    /// A secret that nothing but a blank parts from its word.
    fn by_itself(self, word: Range<usize>, secret: Secret) -> Option<Range<usize>> {
        // a word may reach over the quote that ends the text looked at: nothing is behind it there
        if word.end >= self.end || !is_space(self.at(word.end)) {
            return None;
        }
        let mut start = self.skip(word.end, is_space);
        let is_flag = self.text[word.start..].starts_with(b"--")
            && !matches!(secret, Secret::Maybe | Secret::Scheme | Secret::Translated);
        for link in [&b"is "[..], b"was ", b"to "] {
            if self.text[start..self.end].starts_with(link) {
                start = self.skip(start + link.len(), is_space);
            }
        }
        let (start, quote) = self.opened(start);
        let end = quote.map_or_else(|| Some(self.value_end(start)), |quote| self.closing(start, quote))?;
        let run = self.text.get(start..end)?;
        if run.is_empty() || run[0] == b'-' || holds_mask(run) {
            return None;
        }
        let found = match secret {
            _ if is_flag => !is_among(run, &SAID),
            Secret::Password => quote.is_some() && !run.iter().any(|&b| is_space(b)) || is_no_word(run),
            Secret::Code => (4..=10).contains(&run.len()) && run.iter().all(u8::is_ascii_digit),
            Secret::Token | Secret::Scheme => looks_generated(run),
            Secret::Header | Secret::Maybe | Secret::Translated => false,
        };
        found.then_some(start..end)
    }

    /// `***`, `yes`, `null`: nothing that could be kept.
    fn stands_for_nothing(self, range: &Range<usize>) -> bool {
        let value = &self.text[range.clone()];
        is_among(value, &NO_VALUES) || value.iter().all(|&b| b == value[0] && !b.is_ascii_alphanumeric())
    }
}

fn holds_mask(text: &[u8]) -> bool {
    text.windows(VARIABLE.len()).any(|part| part == VARIABLE.as_bytes())
}

/// Of six letters and more, with a digit or mark among them that no word has.
fn is_no_word(run: &[u8]) -> bool {
    let letters = run.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let digits = run.iter().filter(|b| b.is_ascii_digit()).count();
    let marks = run
        .iter()
        .filter(|b| matches!(b, b'!' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*' | b'~' | b'@'))
        .count();
    run.len() >= 6 && (letters > 0 && digits + marks > 0 || digits == run.len())
}

/// Whether `word` names a mailbox (`a@b.example`), or the host behind a password (`:secret@host`).
pub(super) fn is_address(text: &[u8], at: usize, word: &[u8]) -> bool {
    let Some(sign) = memchr::memrchr(b'@', word) else { return false };
    let (name, host) = (&word[..sign], &word[sign + 1..]);
    if name.is_empty() || host.is_empty() || !host[0].is_ascii_alphanumeric() {
        return false;
    }
    let last = host.rsplit(|&b| b == b'.').next().unwrap_or_default();
    let dotted =
        last.len() < host.len() && (2..=24).contains(&last.len()) && last.iter().all(u8::is_ascii_alphabetic);
    let behind_name = at >= 2 && text[at - 1] == b':' && text[at - 2].is_ascii_alphanumeric();
    dotted || behind_name
}

/// Digits that may be the number of a card.
pub(super) struct Card {
    digits: [u8; 19],
    n: usize,
    pub(super) end: usize,
}

impl Card {
    /// Reads 13 to 19 digits at `at`, written as one or in groups; what is asked of a digit here is only that it is one.
    pub(super) fn read(text: &[u8], at: usize, word_end: usize) -> Option<Self> {
        let mut digits = [0u8; 19];
        let (mut n, mut end) = (0, at);
        let is_group = word_end - at == 4;
        while let Some(&b) = text.get(end) {
            let inner = end < word_end || is_group && text.get(end + 1).is_some_and(u8::is_ascii_digit);
            match b {
                b'0'..=b'9' if n == digits.len() => return None,
                b'0'..=b'9' => (digits[n], n) = (b - b'0', n + 1),
                b'-' if end < word_end => {}
                b' ' if inner && end >= word_end => {}
                _ => break,
            }
            end += 1;
        }
        (end >= word_end && is_card_length(text, at, end, n, word_end)).then_some(Self { digits, n, end })
    }

    /// Whether the digits satisfy Luhn's check and begin as cards do.
    pub(super) fn is_one(&self) -> bool {
        let digits = &self.digits[..self.n];
        begins_as_card(digits) && luhn(digits)
    }
}

fn is_card_length(text: &[u8], at: usize, end: usize, n: usize, word_end: usize) -> bool {
    if end == word_end {
        return (13..=19).contains(&n);
    }
    let groups: Vec<usize> = text[at..end].split(|&b| b == b' ').map(<[u8]>::len).collect();
    matches!(groups.as_slice(), [4, 4, 4, 4] | [4, 6, 5])
}

/// By the issuer's first digits.
fn begins_as_card(digits: &[u8]) -> bool {
    match *digits {
        [4, ..] | [5, 1..=5, ..] | [3, 4 | 7, ..] | [6, 5, ..] | [6, 0, 1, 1, ..] | [3, 0 | 6 | 8, ..] => {
            true
        }
        [2, 2..=7, ..] | [3, 5, ..] | [6, 2, ..] => digits.len() >= 16,
        _ => false,
    }
}

/// Luhn's check (ISO/IEC 7812-1): each second digit from the right is doubled, and all digits add up to tens.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &digit)| u32::from(digit) * (1 + place as u32 % 2))
        .map(|value| if value > 9 { value - 9 } else { value })
        .sum();
    sum.is_multiple_of(10)
}
