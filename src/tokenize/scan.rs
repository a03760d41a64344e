//! One pass over a message: where tokens begin and end, and what they are.

use std::cell::Cell;
use std::ops::Range;

use super::announce::{Secret, announced, may_announce};
use super::class::{Class, announces_name, classify, is_unit, may_be_name};
use super::command;
use super::mask::{self, byte};
use super::random::{LETTERS_MIN, is_random, looks_generated};
use super::script::{self, Kind};
use super::secret::{self, View};
use super::{Kind as ValueKind, MAX_TOKENS, Tokens, VARIABLE};

/// A quoted text of more tokens than this is a value as a whole.
const QUOTED_TOKENS_MAX: usize = 8;
/// Of a run of one mark (`-----`), so many are kept: longer ones are rules across the page, of any length.
const MARKS_KEPT: usize = 32;
/// Keys whose quoted value is the message itself.
const MESSAGE_KEYS: [&[u8]; 3] = [b"msg", b"message", b"event"];

/// Letters, digits and what joins them.
pub(super) fn is_word_byte(b: u8) -> bool {
    KINDS[usize::from(b)] == WORD
}

/// What parts words.
pub(super) fn is_space(b: u8) -> bool {
    KINDS[usize::from(b)] == SPACE
}

const SPACE: u8 = 0;
const WORD: u8 = 1;
const OTHER: u8 = 2;

const KINDS: [u8; 256] = {
    let mut kinds = [OTHER; 256];
    let mut b = 0;
    while b < 256 {
        let c = b as u8;
        if c == b' ' || c == b'\t' || c == b'\n' || c == b'\r' || c == 0x0b || c == 0x0c {
            kinds[b] = SPACE;
        } else if c.is_ascii_alphanumeric()
            || c >= 0x80
            || matches!(c, b'_' | b'.' | b'/' | b'\\' | b'+' | b'-' | b'$' | b'@')
        {
            kinds[b] = WORD;
        }
        b += 1;
    }
    kinds
};

pub(super) struct Scanner<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    space: bool,
    /// Whether a text in words has been seen: before it, a quoted text is the message and not a value.
    in_sentence: bool,
    /// From where on no closing quote follows, for `"` and `'`.
    no_quote_after: [usize; 2],
    /// Where the text being scanned ends: the message, or the quote that is open.
    end: usize,
    /// Where the text around that ends.
    outer_end: usize,
    /// Where the run of letters, digits and joiners ends that the last token beyond ASCII was the front of.
    run_end: usize,
    /// Whether there is an `@` anywhere.
    has_address: bool,
    /// The secret that a word has announced, not yet reached.
    secret: Range<usize>,
    /// As [`Tokens::hangs_on_digits`].
    hangs_on_digits: Cell<bool>,
    tokens: &'t mut Tokens,
}

/// Digits of a card number, at least.
const CARD_MIN: usize = 13;
/// No secret is announced.
const NO_SECRET: Range<usize> = usize::MAX..usize::MAX;

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str, tokens: &'t mut Tokens) -> Self {
        let no_quote_after = [usize::MAX; 2];
        let bytes = text.as_bytes();
        let (end, outer_end, secret) = (bytes.len(), bytes.len(), NO_SECRET);
        let has_address = memchr::memchr(b'@', bytes).is_some();
        let (at, space, in_sentence) = (0, false, false);
        Self {
            text,
            bytes,
            at,
            space,
            in_sentence,
            no_quote_after,
            end,
            outer_end,
            run_end: 0,
            has_address,
            secret,
            hangs_on_digits: Cell::new(false),
            tokens,
        }
    }

    pub(super) fn run(&mut self) {
        self.scan_to(self.bytes.len());
        self.tokens.hangs_on_digits |= self.hangs_on_digits.get();
    }

    fn scan_to(&mut self, end: usize) {
        let outer = (self.end, self.outer_end);
        (self.end, self.outer_end) = (end, self.end);
        while self.at < end {
            let b = self.bytes[self.at];
            if self.at >= self.secret.start {
                self.push_variable(self.secret.end.max(self.at + 1), 0);
            } else if KINDS[usize::from(b)] == SPACE {
                self.space = true;
                self.at += 1;
            } else if self.tokens.len() + 1 >= MAX_TOKENS {
                self.push_variable(self.bytes.len(), 0);
            } else if KINDS[usize::from(b)] == WORD {
                self.word();
            } else if !(matches!(b, b'"' | b'\'') && self.quoted(b)) {
                self.punctuation(b);
            }
        }
        (self.end, self.outer_end) = outer;
    }

    /// One mark, or a run of the same mark.
    fn punctuation(&mut self, b: u8) {
        if self.bytes[self.at..].starts_with(VARIABLE.as_bytes()) {
            return self.push_variable(self.at + 3, 0);
        }
        if b == b':'
            && byte(self.bytes, self.at + 1) == b':'
            && let Some(end) = mask::colon_groups(self.bytes, self.at)
        {
            return self.push_variable(end, 0);
        }
        let mut length = self.bytes[self.at..].iter().take_while(|&&next| next == b).count();
        if b == b'<' && self.bytes[self.at + length..].starts_with(b"*>") {
            length -= 1;
        }
        let length =
            if matches!(b, b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'"' | b'\'') { 1 } else { length };
        self.push(self.at + length, Class::Punctuation, length.min(MARKS_KEPT));
    }

    fn word(&mut self) {
        let (at, text) = (self.at, self.bytes);
        if text[at] == b'/'
            && let Some(end) = mask::path(text, at)
        {
            let end = at + script::before_mark(&self.text[at..end]);
            return self.push_variable(mask::continuation(text, trim(text, at, end)), 0);
        }
        let mut end = if at < self.run_end { self.run_end } else { word_end(text, at) };
        if !text[at..end].is_ascii() {
            // Read once: what is behind its first token is looked at when it comes.
            self.run_end = end;
            let (length, kind) = script::first(&self.text[at..end]);
            end = at + length;
            match kind {
                Kind::Mark => return self.push(end, Class::Punctuation, length),
                Kind::Digit => return self.push_variable(end, 0),
                Kind::Space => {
                    (self.at, self.space) = (end, true);
                    return;
                }
                Kind::Latin | Kind::Letter => {}
            }
        }
        if matches!(byte(text, end), b'<' | b':')
            && let Some(stop) = prefixed(text, at, end)
        {
            return self.push_variable(stop, end - at);
        }
        if byte(text, end) == b':' {
            let known = mask::url(text, at, end)
                .or_else(|| mask::drive_path(text, at))
                .or_else(|| mask::colon_groups(text, at));
            if let Some(stop) = known {
                let stop = at + script::before_mark(&self.text[at..stop]);
                return self.push_variable(trim(text, at, stop), 0);
            }
        }
        if text[at] == b'@' {
            return self.punctuation(b'@');
        }
        let end = trim(text, at, end);
        if !text[at..end].iter().any(|&b| b.is_ascii_alphanumeric() || b >= 0x80) {
            let joiners = text[at..end].iter().take_while(|&&b| b == text[at]).count();
            return self.push(at + joiners, Class::Punctuation, joiners.min(MARKS_KEPT));
        }
        if text[at].is_ascii_uppercase()
            && let Some(stop) = mask::date_in_words(text, at, end)
        {
            return self.push_variable(stop, 0);
        }
        self.plain_word(end);
    }

    fn plain_word(&mut self, end: usize) {
        let (at, text) = (self.at, self.bytes);
        let word = &text[at..end];
        if may_announce(word) {
            self.look_for_secret(word, end);
        }
        if word[0] == b'-' && self.secret == NO_SECRET {
            self.look_behind_option(end);
            if self.secret.start == at {
                return self.push_variable(end, 0);
            }
        }
        let mut class = classify(word);
        if class != Class::Word && mask::is_host(word) {
            class = Class::Variable;
        }
        if (class != Class::Word || word.len() >= LETTERS_MIN)
            && self.may_be_secret(class, word, end)
            && let Some(stop) = self.secret_by_shape(class, word, end)
        {
            self.secret = self.at..stop;
            self.push_variable(stop, 0);
            if self.has_address && secret::is_address(text, at, word) {
                self.tokens.hide_last(ValueKind::Mail);
            }
            return;
        }
        if matches!(class, Class::Variable | Class::Value) && byte(text, end + 1).is_ascii_digit() {
            let further = mask::continuation(text, end);
            if further > end {
                return self.push_variable(further, prefix(word));
            }
        }
        class = self.in_context(class, word, end);
        if class == Class::Variable {
            return self.push_variable(end, prefix(word));
        }
        self.in_sentence |= class == Class::Word;
        self.push(end, class, end - at);
    }

    /// Looks ahead for the secret that a word announces.
    #[inline(never)]
    fn look_for_secret(&mut self, word: &[u8], end: usize) {
        let before = self.tokens.last_raw(self.bytes).filter(|_| self.space);
        let in_sentence = before.is_some_and(|(class, _)| class == Class::Word);
        let ahead = &self.bytes[..self.at];
        let Some(what) = announced(word, before.map(|(_, raw)| raw), ahead) else { return };
        // the scheme behind a header may be one with a digit in its name
        self.tokens.hangs_on_digits |= what == Secret::Header;
        self.tokens.hangs_on_letters = true;
        if self.secret != NO_SECRET {
            return;
        }
        // what a quoted key announces stands behind its quote
        let quoted = self.bytes[end..self.end].iter().all(|&b| b == b'\\');
        let view = View { text: self.bytes, end: if quoted { self.outer_end } else { self.end } };
        self.secret = secret::behind(view, self.at..end, what, in_sentence).unwrap_or(NO_SECRET);
    }

    /// Looks for the secret that an option holds or announces.
    #[inline(never)]
    fn look_behind_option(&mut self, end: usize) {
        let view = View { text: self.bytes, end: self.end };
        if let Some(secret) = command::secret(view, self.at..end) {
            self.tokens.hangs_on_letters = true;
            self.secret = secret;
        }
    }

    /// Whether a word is long enough for a secret, or may be a card's first group or an address.
    #[inline]
    fn may_be_secret(&self, class: Class, word: &[u8], end: usize) -> bool {
        let group =
            word.len() == 4 && byte(self.bytes, end) == b' ' && byte(self.bytes, end + 1).is_ascii_digit();
        self.has_address
            || group
            || word.len() >= if class == Class::Variable { CARD_MIN } else { LETTERS_MIN }
    }

    /// The end of a secret that is known by its own shape.
    #[inline(never)]
    fn secret_by_shape(&self, class: Class, word: &[u8], end: usize) -> Option<usize> {
        if word[0].is_ascii_digit() {
            let card = secret::Card::read(self.bytes, self.at, end)?;
            self.hangs_on_digits.set(true);
            return card.is_one().then_some(card.end);
        }
        let is_secret = self.has_address && secret::is_address(self.bytes, self.at, word)
            || class != Class::Variable && word.len() >= LETTERS_MIN && is_random(word);
        is_secret.then(|| mask::continuation(self.bytes, end))
    }

    /// What a word becomes by what stands before and behind it.
    fn in_context(&self, class: Class, word: &[u8], end: usize) -> Class {
        if class == Class::Variable {
            return class;
        }
        let text = self.bytes;
        let next = end + text[end..].iter().take_while(|&&b| is_space(b)).count();
        if byte(text, next) == b'=' && !matches!(byte(text, next + 1), b'=' | b'>') {
            return Class::Key;
        }
        let Some(before) = self.tokens.last_raw(text) else { return class };
        match (class, before) {
            (Class::Compound, (_, b"=")) if word.iter().any(|b| matches!(b, b'.' | b'/')) => Class::Variable,
            (Class::Compound | Class::Word | Class::Value, (_, b"=")) => Class::Assigned,
            (_, (Class::Variable, _)) if is_unit(word) => Class::Unit,
            (Class::Word, (_, name)) if self.space && announces_name(name) && may_be_name(word) => {
                Class::Name
            }
            (Class::Value, _) if byte(text, end) == b'(' => Class::Compound,
            _ => class,
        }
    }

    /// A text in quotes: one token where a value stands, its words where it is the message or a key.
    fn quoted(&mut self, quote: u8) -> bool {
        let text = self.bytes;
        let open = self.at;
        if !self.space && self.tokens.last_class().is_some_and(|class| class != Class::Punctuation) {
            return false;
        }
        let Some(close) = self.closing_quote(quote) else { return false };
        if text[open + 1..close].iter().all(u8::is_ascii_whitespace) {
            self.punctuation(quote);
            (self.at, self.space) = (close, close > open + 1);
            self.punctuation(quote);
            return true;
        }
        let assigned = self.tokens.last_raw(text).is_some_and(|(_, raw)| raw == b"=" && !self.space);
        let is_message =
            (!self.in_sentence && !assigned && quote == b'"') || assigned && self.behind_message_key();
        self.punctuation(quote);
        let (first, first_space, in_sentence) = (self.tokens.len(), self.space, self.in_sentence);
        if assigned && !is_message {
            self.push_variable(close, 0);
        } else {
            self.scan_to(close);
            let after = byte(text, close + 1);
            if matches!(after, b'=' | b':') {
                self.tokens.fold(first, first_space, Class::Key);
            } else if !is_message {
                self.fold_value(first, first_space);
                // words that are not kept must not be remembered: masked text is read as the text was
                let kept = self.tokens.last_class() != Some(Class::Variable);
                self.in_sentence = in_sentence || self.in_sentence && kept;
            }
        }
        self.space = false;
        if self.at == close {
            self.punctuation(quote);
        }
        true
    }

    fn fold_value(&mut self, first: usize, space: bool) {
        if self.tokens.len() - first > QUOTED_TOKENS_MAX {
            self.tokens.fold(first, space, Class::Variable);
        } else {
            self.tokens.fold(first, space, Class::Value);
        }
    }

    fn behind_message_key(&self) -> bool {
        self.tokens.raw_before_last(self.bytes).is_some_and(|key| MESSAGE_KEYS.contains(&key))
    }

    /// Where the quote opened here closes: unescaped, and not inside a word.
    fn closing_quote(&mut self, quote: u8) -> Option<usize> {
        let which = usize::from(quote == b'\'');
        if self.at >= self.no_quote_after[which] {
            return None;
        }
        let mut from = self.at + 1;
        while let Some(found) = memchr::memchr(quote, &self.bytes[from..]) {
            let close = from + found;
            let escaped = self.bytes[close - 1] == b'\\' && quote == b'"';
            let goes_on =
                byte(self.bytes, close + 1).is_ascii_alphanumeric() && !self.begins_variable(close + 1);
            if !escaped && !goes_on {
                return Some(close);
            }
            from = close + 1;
        }
        self.no_quote_after[which] = self.at;
        None
    }

    /// Whether what begins here is a variable, whose first letter says nothing.
    #[inline(never)]
    fn begins_variable(&self, at: usize) -> bool {
        let text = self.bytes;
        let end = word_end(text, at);
        if prefixed(text, at, end).is_some() || mask::date_in_words(text, at, end).is_some() {
            return true;
        }
        if byte(text, end) == b':'
            && (mask::url(text, at, end).is_some()
                || mask::drive_path(text, at).is_some()
                || mask::colon_groups(text, at).is_some())
        {
            return true;
        }
        let end = trim(text, at, end);
        let word = &text[at..end];
        let class = classify(word);
        class == Class::Variable
            || mask::is_host(word)
            || class == Class::Value && mask::continuation(text, end) > end
            || (class != Class::Word || word.len() >= LETTERS_MIN)
                && self.may_be_secret(class, word, end)
                && self.secret_by_shape(class, word, end).is_some()
    }

    /// A variable up to `end` behind a constant prefix; one that reaches into a secret takes all of it, and is hidden.
    fn push_variable(&mut self, mut end: usize, mut prefix: usize) {
        let hidden = end > self.secret.start;
        if hidden {
            (end, prefix) = (end.max(self.secret.end), 0);
            self.secret = NO_SECRET;
        }
        // a constant prefix is ASCII, so it ends between characters
        let prefix = &self.text[self.at..self.at + prefix];
        self.tokens.push(self.at, end, Class::Variable, self.space, prefix, VARIABLE);
        if hidden {
            self.tokens.hide_last(ValueKind::Secret);
        }
        (self.at, self.space) = (end, false);
    }

    fn push(&mut self, end: usize, class: Class, kept: usize) {
        let text = &self.text[self.at..self.at + kept];
        let may_hold_digits = !matches!(class, Class::Word | Class::Punctuation);
        if may_hold_digits && text.bytes().any(|b| b.is_ascii_digit()) {
            self.tokens.kept.push((self.at as u32, (self.at + kept) as u32));
        }
        self.tokens.push(self.at, end, class, self.space, text, "");
        (self.at, self.space) = (end, false);
    }
}

/// The end of a run of letters, digits and joiners.
fn word_end(text: &[u8], at: usize) -> usize {
    let mut end = at;
    while end < text.len()
        && (is_word_byte(text[end]) || apostrophe(text, end))
        && !ends_inside(text, at, end)
    {
        end += 1;
    }
    end
}

/// The end of a variable that begins with a mark, right behind the constant prefix `text[at..end]`.
#[inline(never)]
fn prefixed(text: &[u8], at: usize, end: usize) -> Option<usize> {
    let next = byte(text, end);
    if next != b'<' && next != b':' {
        return None;
    }
    let stop = if text[end..].starts_with(VARIABLE.as_bytes()) {
        end + VARIABLE.len()
    } else if byte(text, end + 1) == b':' {
        mask::colon_groups(text, end)?
    } else {
        return None;
    };
    (prefix(&text[at..stop]) == end - at).then_some(stop)
}

/// An apostrophe between two letters belongs to the word: `can't`.
fn apostrophe(text: &[u8], at: usize) -> bool {
    text[at] == b'\''
        && at > 0
        && text[at - 1].is_ascii_lowercase()
        && byte(text, at + 1).is_ascii_lowercase()
}

/// Whether joiners end a word here: two full stops lead to its value (`depth....0x0`), and a number is not what stands
/// before the `@` of an address (`5@0x1f`).
fn ends_inside(text: &[u8], at: usize, end: usize) -> bool {
    let leader =
        text[end] == b'.' && byte(text, end + 1) == b'.' && end > at && text[end - 1].is_ascii_alphabetic();
    leader || text[end] == b'@' && end > at && text[at].is_ascii_digit()
}

/// Full stops and dashes at the end of a word are punctuation, and so are the backslashes of an escaped quote.
fn trim(text: &[u8], at: usize, end: usize) -> usize {
    if !matches!(text[end - 1], b'.' | b'-' | b'\\') {
        return end;
    }
    let escapes = matches!(byte(text, end), b'"' | b'\'');
    let is_mark = |b: &&u8| matches!(**b, b'.' | b'-') || escapes && **b == b'\\';
    let kept = text[at..end].iter().rev().take_while(is_mark).count();
    if kept == end - at { end } else { end - kept }
}

/// Length of the constant prefix of an id: letters and one joiner, `blk_` in `blk_-42`.
fn prefix(word: &[u8]) -> usize {
    let letters = word.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let joined = matches!(byte(word, letters), b'_' | b'-' | b'/');
    let is_prefix = letters >= 2 && joined && letters + 1 < word.len();
    if is_prefix && !is_part_of_key(&word[..letters], &word[letters + 1..]) { letters + 1 } else { 0 }
}

/// Whether the letters before a joiner are as random as what follows it, as in base 64: then nothing of it is constant.
fn is_part_of_key(letters: &[u8], rest: &[u8]) -> bool {
    let mixed = || rest.iter().any(u8::is_ascii_uppercase) && rest.iter().any(u8::is_ascii_lowercase);
    letters.len() >= 8 && looks_generated(letters) || rest.len() >= 12 && mixed()
}
