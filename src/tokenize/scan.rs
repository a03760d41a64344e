//! The pass over a message.

use std::fmt;
use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

use super::VARIABLE;
use super::class::{Before, Class, class_of, class_of_quoted};
use super::recognize::{is_domain_name, is_mail_address, recognize};
use super::sequence::Sequence;

/// Tokens of one line that are told apart; what comes after is one variable.
pub const MAX_TOKENS: usize = 256;

/// Longest text in quotes that is one token, in bytes.
const MAX_QUOTED: usize = 200;

/// The masked tokens of a line; a buffer to use again.
#[derive(Clone, Default)]
pub struct Tokens {
    /// All tokens as [`Sequence`] stores them.
    marked: String,
    /// Where each token's text is in `marked`, and where it was in the message.
    places: Vec<Place>,
    /// For masking what stands in quotes.
    quoted: String,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    text: (u32, u32),
    raw: (u32, u32),
    class: Class,
}

/// Splits `message` into masked tokens, replacing what `tokens` held. Linear in the message.
pub fn tokenize(message: &str, tokens: &mut Tokens) {
    tokens.marked.clear();
    tokens.places.clear();
    let mut scan = Scan { message, bytes: message.as_bytes(), at: 0, space: false, tokens };
    scan.run();
}

impl Tokens {
    /// Names the masked sequence: the same on every machine.
    #[must_use]
    pub fn key(&self) -> u64 {
        xxh3_64(self.marked.as_bytes())
    }

    /// The masked sequence, to keep.
    #[must_use]
    pub fn to_sequence(&self) -> Sequence {
        Sequence::from_marked(&self.marked)
    }

    /// How many tokens there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Position, class and text of the variables of `message`, which is what was tokenized.
    pub fn variables<'m>(&self, message: &'m str) -> impl Iterator<Item = (usize, Class, &'m str)> {
        self.places.iter().enumerate().filter(|(_, place)| place.class == Class::Variable).filter_map(
            move |(position, place)| {
                let text = message.get(place.raw.0 as usize..place.raw.1 as usize)?;
                Some((position, place.class, text))
            },
        )
    }

    fn last_text(&self) -> &str {
        self.places.last().map_or("", |place| self.text_of(place))
    }

    fn text_of(&self, place: &Place) -> &str {
        &self.marked[place.text.0 as usize..place.text.1 as usize]
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_sequence().fmt(f)
    }
}

struct Scan<'m, 't> {
    message: &'m str,
    bytes: &'m [u8],
    at: usize,
    space: bool,
    tokens: &'t mut Tokens,
}

impl Scan<'_, '_> {
    fn run(&mut self) {
        while self.at < self.bytes.len() {
            let byte = self.bytes[self.at];
            if byte <= b' ' || byte == 0x7f {
                self.skip_blank(byte);
            } else if self.tokens.len() + 1 >= MAX_TOKENS {
                self.push(Class::Variable, VARIABLE, self.at..self.bytes.len());
                self.at = self.bytes.len();
            } else if let Some(found) = recognize(self.bytes, self.at) {
                self.recognized(found.end, found.constant);
            } else if is_word(byte) {
                self.word();
            } else if !(matches!(byte, b'"' | b'\'') && self.quoted(byte)) {
                self.punctuation();
            }
        }
    }

    /// White space, control characters, and the colours of terminals.
    fn skip_blank(&mut self, byte: u8) {
        self.at += 1;
        self.space = true;
        if byte == 0x1b && self.bytes.get(self.at) == Some(&b'[') {
            let rest = &self.bytes[self.at + 1..];
            let length = rest.iter().position(|b| !(b.is_ascii_digit() || *b == b';'));
            self.at += 1 + length.map_or(rest.len(), |n| n + 1);
            self.at = self.at.min(self.bytes.len());
            while !self.message.is_char_boundary(self.at) {
                self.at += 1;
            }
        }
    }

    fn recognized(&mut self, end: usize, constant: usize) {
        let start = self.at;
        self.begin(Class::Variable);
        self.tokens.marked.push_str(&self.message[start..start + constant]);
        self.tokens.marked.push_str(VARIABLE);
        let glued = word_end(self.bytes, end);
        if glued > end {
            mask_parts(&self.message[end..glued], &mut self.tokens.marked);
        }
        self.finish(start..glued);
        self.at = glued;
    }

    fn word(&mut self) {
        let start = self.at;
        let mut end = word_end(self.bytes, start);
        if self.bytes[start].is_ascii_alphanumeric() {
            while end - start > 1 && matches!(self.bytes[end - 1], b'.' | b'-') {
                end -= 1;
            }
        }
        let word = &self.message[start..end];
        if !word.bytes().any(|b| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80) {
            return self.punctuation();
        }
        if is_mail_address(word) || is_domain_name(word) {
            self.push(Class::Variable, VARIABLE, start..end);
        } else {
            let called = self.bytes.get(end) == Some(&b'(');
            let before = Before {
                class: self.tokens.places.last().map(|place| place.class),
                text: self.tokens.last_text(),
                space: self.space,
            };
            match class_of(word, before, called) {
                Class::Variable => {
                    self.begin(Class::Variable);
                    if word.bytes().any(|b| b.is_ascii_digit()) {
                        mask_parts(word, &mut self.tokens.marked);
                    } else {
                        self.tokens.marked.push_str(VARIABLE);
                    }
                    self.finish(start..end);
                }
                Class::DottedValue => self.push(Class::DottedValue, VARIABLE, start..end),
                class => self.push(class, word, start..end),
            }
        }
        self.at = end;
    }

    /// A text in quotes is one token between its quotes; `false` where no closing quote is near.
    fn quoted(&mut self, quote: u8) -> bool {
        let start = self.at + 1;
        let window = &self.bytes[start..self.bytes.len().min(start + MAX_QUOTED + 1)];
        let Some(length) = window.iter().position(|b| *b == quote) else { return false };
        let end = start + length;
        let inside_word = |i: Option<&u8>| i.is_some_and(u8::is_ascii_alphanumeric);
        let before = self.at.checked_sub(1).map(|i| &self.bytes[i]);
        if length == 0 || quote == b'\'' && (inside_word(before) || inside_word(self.bytes.get(end + 1))) {
            return false;
        }
        let mut text = std::mem::take(&mut self.tokens.quoted);
        text.clear();
        mask_text(&self.message[start..end], &mut text);
        let class = class_of_quoted(&text, self.is_field_value());
        self.punctuation();
        if !text.is_empty() {
            self.push(class, if class == Class::Variable { VARIABLE } else { &text }, start..end);
        }
        self.at = end;
        self.punctuation();
        self.tokens.quoted = text;
        true
    }

    /// Whether what comes next is the value of a field: `key=` or `"key":` stands before.
    fn is_field_value(&self) -> bool {
        let before = self.tokens.last_text();
        let places = &self.tokens.places;
        let quoted_key = || {
            let before_colon = places.len().checked_sub(2).map(|i| self.tokens.text_of(&places[i]));
            before == ":" && matches!(before_colon, Some("\"" | "'"))
        };
        before == "=" || quoted_key()
    }

    fn punctuation(&mut self) {
        let start = self.at;
        let character = self.message[start..].chars().next().map_or(1, char::len_utf8);
        self.push(Class::Punctuation, &self.message[start..start + character], start..start + character);
        self.at = start + character;
    }

    fn push(&mut self, class: Class, text: &str, raw: Range<usize>) {
        self.begin(class);
        self.tokens.marked.push_str(text);
        self.finish(raw);
    }

    fn begin(&mut self, class: Class) {
        let marker = 1 + 2 * class as u8 + u8::from(self.space);
        self.tokens.marked.push(char::from(marker));
        self.space = false;
        let start = self.tokens.marked.len() as u32;
        self.tokens.places.push(Place { text: (start, start), raw: (0, 0), class });
    }

    fn finish(&mut self, raw: Range<usize>) {
        let end = self.tokens.marked.len() as u32;
        if let Some(place) = self.tokens.places.last_mut() {
            place.text.1 = end;
            place.raw = (raw.start as u32, raw.end as u32);
        }
    }
}

/// Characters of words; all beyond ASCII are.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || byte >= 0x80
        || matches!(byte, b'_' | b'.' | b'/' | b'\\' | b'+' | b'-' | b'$' | b'@')
}

fn word_end(bytes: &[u8], from: usize) -> usize {
    bytes[from..].iter().position(|b| !is_word(*b)).map_or(bytes.len(), |n| from + n)
}

/// Masks the parts of a word that hold digits; neighbouring masked parts are one.
fn mask_parts(word: &str, out: &mut String) {
    let mut rest = word;
    let mut separator = "";
    let mut after_mask = out.ends_with(VARIABLE);
    loop {
        let length = rest.find(['.', '-', '+', '@', '$']).unwrap_or(rest.len());
        let part = &rest[..length];
        let masked = part.bytes().any(|b| b.is_ascii_digit());
        if masked && after_mask {
            // `<*>.<*>` says no more than `<*>`
        } else {
            out.push_str(separator);
            out.push_str(if masked { VARIABLE } else { part });
            after_mask = masked;
        }
        if length == rest.len() {
            return;
        }
        separator = &rest[length..=length];
        rest = &rest[length + 1..];
    }
}

/// Masks all variables of a text and folds its white space: what a token in quotes shows.
fn mask_text(text: &str, out: &mut String) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] <= b' ' || bytes[at] == 0x7f {
            at += 1;
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if let Some(found) = recognize(bytes, at) {
            out.push_str(&text[at..at + found.constant]);
            out.push_str(VARIABLE);
            at = found.end;
        } else if is_word(bytes[at]) {
            let end = word_end(bytes, at);
            mask_parts(&text[at..end], out);
            at = end;
        } else {
            out.push(char::from(bytes[at]));
            at += 1;
        }
    }
    out.truncate(out.trim_end().len());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(message: &str) -> String {
        let mut tokens = Tokens::default();
        tokenize(message, &mut tokens);
        tokens.to_sequence().to_string()
    }

    #[test]
    fn variables_are_masked_and_words_stay() {
        for (message, expected) in [
            ("Connection from 10.0.0.1 closed after 35 ms", "Connection from <*> closed after <*> ms"),
            (
                "PacketResponder 1 for block blk_-38 terminating",
                "PacketResponder <*> for block blk_-<*> terminating",
            ),
            ("open /etc/passwd: No such file", "open <*>: No such file"),
            ("GET https://example.com/a?b=1 took 0.25s", "GET https://<*> took <*>"),
            ("eth0: link up, 1000Mbps", "eth0: link up, <*>"),
            ("user alice logged in.", "user alice logged in."),
            ("at 2023-07-25 10:00:01 on db1.example.com", "at <*> on <*>"),
            ("", ""),
        ] {
            assert_eq!(masked(message), expected, "{message}");
        }
    }

    #[test]
    fn what_stands_in_quotes_is_one_token() {
        let mut tokens = Tokens::default();
        tokenize("\"connection from 10.0.0.1 closed\" done", &mut tokens);
        let sequence = tokens.to_sequence();
        let texts: Vec<&str> = sequence.tokens().map(|token| token.text).collect();
        assert_eq!(texts, ["\"", "connection from <*> closed", "\"", "done"]);
        // an apostrophe is no quote
        assert_eq!(masked("can't open Bob's file"), "can't open Bob's file");
    }

    #[test]
    fn a_quoted_value_of_a_field_is_a_variable_and_a_quoted_sentence_is_none() {
        assert_eq!(
            masked("\"no rule found\" pod=\"gel/gel-4\" why=\"no node, no luck\""),
            "\"no rule found\" pod=\"<*>\" why=\"<*>\""
        );
        assert_eq!(
            masked("{\"cpu\": \"400m of 2\", \"state\": \"failed\"}"),
            "{\"cpu\": \"<*>\", \"state\": \"failed\"}"
        );
    }

    #[test]
    fn lines_that_differ_in_variables_share_a_key() {
        let key = |message: &str| {
            let mut tokens = Tokens::default();
            tokenize(message, &mut tokens);
            tokens.key()
        };
        assert_eq!(key("took 5 ms"), key("took 12345 ms"));
        assert_ne!(key("took 5 ms"), key("took 5 s"));
        assert_ne!(key("a b"), key("ab"));
    }

    #[test]
    fn variables_come_with_their_text_and_position() {
        let message = "took 35 ms for /a/b";
        let mut tokens = Tokens::default();
        tokenize(message, &mut tokens);
        let found: Vec<(usize, &str)> = tokens.variables(message).map(|(p, _, text)| (p, text)).collect();
        assert_eq!(found, [(1, "35"), (4, "/a/b")]);
    }

    #[test]
    fn a_line_of_many_words_ends_in_one_variable() {
        let message = "word ".repeat(10_000);
        let mut tokens = Tokens::default();
        tokenize(&message, &mut tokens);
        assert_eq!(tokens.len(), MAX_TOKENS);
        assert!(tokens.to_sequence().to_string().ends_with("word <*>"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_tokenized_and_its_sequence_has_as_many_tokens(message in ".{0,200}") {
            let mut tokens = Tokens::default();
            tokenize(&message, &mut tokens);
            let sequence = tokens.to_sequence();
            proptest::prop_assert_eq!(sequence.tokens().count(), tokens.len());
            proptest::prop_assert_eq!(sequence.len(), tokens.len());
        }
    }
}
