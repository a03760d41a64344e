//! A message to masked, classed tokens: what of it is constant, and what is filled in.
//!
//! In: the message of one line. Out: its tokens, with a hash that lines sharing all constants share. One pass over
//! the bytes, linear in the message, without allocation once the buffer has grown.

mod announce;
mod class;
mod command;
mod kind;
mod mask;
mod memo;
mod random;
mod reread;
mod rules;
mod scan;
mod script;
mod secret;
mod sequence;

use std::borrow::Cow;
use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

pub use class::Class;
pub(crate) use class::{is_duration, is_size};
pub use kind::Kind;
pub use memo::Memo;
pub(crate) use memo::may_be_number;
pub use reread::{Reread, reread};
pub use rules::{MAX_PATTERN_BYTES, MAX_RULES, Rule, RuleError, Rules};
pub use sequence::{Sequence, Token};

/// What stands for a variable in a masked text.
pub const VARIABLE: &str = "<*>";
/// Tokens read of a line; whatever follows is one variable. Real messages stay far below; dumps and traces do not.
pub const MAX_TOKENS: usize = 256;

/// Ends a token's text in the encoding; no UTF-8 text holds this byte.
const END: u8 = 0xff;

/// The tokens of one message: a buffer to be used again.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    /// For each token a byte of class and space, its masked text, [`END`].
    encoded: Vec<u8>,
    pieces: Vec<Piece>,
    /// The message with `<*>` for what the user's rules match, where they match anything: what was read instead of it.
    masked: String,
    /// Whether other digits in the same places might have given other tokens: of a card's number, say.
    hangs_on_digits: bool,
    /// Whether a letter where a digit stood, or the other way, might have: in what a word says is secret.
    hangs_on_letters: bool,
    /// Where digits of the message are part of a token's text.
    kept: Vec<(u32, u32)>,
    /// Where in [`Self::masked`] a rule has put `<*>`, and the kind of what it matches.
    ruled: Vec<(usize, Kind)>,
}

#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Raw text.
    start: u32,
    end: u32,
    /// Begin in the encoding.
    at: u32,
    class: Class,
    /// Of which kind the secret is that it holds, if it does: its raw text is not handed out.
    hidden: Option<Kind>,
}

/// Reads a message into `tokens`, replacing what was there.
///
/// # Cost
/// Linear in the message.
///
/// # Example
/// ```
/// use oddlog::tokenize::{Tokens, tokenize};
///
/// let mut tokens = Tokens::default();
/// tokenize("Received block blk_-160 of size 91178 from /10.250.10.6", &mut tokens);
/// let sequence = tokens.to_sequence();
/// let texts: Vec<&str> = sequence.tokens().map(|token| token.text).collect();
/// assert_eq!(texts, ["Received", "block", "blk_<*>", "of", "size", "<*>", "from", "<*>"]);
/// ```
pub fn tokenize(message: &str, tokens: &mut Tokens) {
    tokenize_with(message, &NO_RULES, tokens);
}

static NO_RULES: Rules = Rules::none();

/// Reads a message as [`tokenize`] does, and takes what `rules` match for a variable.
///
/// # Cost
/// Linear in the message, once for each rule and once to read it.
pub fn tokenize_with(message: &str, rules: &Rules, tokens: &mut Tokens) {
    tokens.clear();
    if rules.is_empty() && memchr::memchr(ESCAPE, message.as_bytes()).is_none() {
        return read(message, tokens);
    }
    let plain = without_colours(message);
    let hits = rules.hits(&plain);
    let mut masked = std::mem::take(&mut tokens.masked);
    Rules::replace(&plain, &hits, &mut masked);
    read(&masked, tokens);
    tokens.ruled.extend(Rules::replaced(&hits));
    tokens.masked = masked;
}

/// Begins the colour codes of terminals.
const ESCAPE: u8 = 0x1b;

/// The message without codes of terminals, which may stand inside words.
fn without_colours(message: &str) -> Cow<'_, str> {
    if !message.contains(char::from(ESCAPE)) {
        return Cow::Borrowed(message);
    }
    let mut parts = message.split(char::from(ESCAPE));
    let first = parts.next().unwrap_or_default();
    let rest = parts.map(|part| {
        let code = part.strip_prefix('[').unwrap_or(part);
        let length = code.bytes().take_while(|b| b.is_ascii_digit() || *b == b';').count();
        let is_code =
            code.len() < part.len() && code.as_bytes().get(length).is_some_and(u8::is_ascii_alphabetic);
        if is_code { &code[length + 1..] } else { part }
    });
    Cow::Owned(std::iter::once(first).chain(rest).collect())
}

fn read(message: &str, tokens: &mut Tokens) {
    // offsets are 32 bits wide: a longer message is read up to there
    let mut end = message.len().min(u32::MAX as usize);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    scan::Scanner::new(&message[..end], tokens).run();
}

impl Tokens {
    fn clear(&mut self) {
        self.encoded.clear();
        self.pieces.clear();
        self.masked.clear();
        self.kept.clear();
        self.ruled.clear();
        (self.hangs_on_digits, self.hangs_on_letters) = (false, false);
    }

    /// A hash of the masked tokens, the same on every machine and in every release.
    #[must_use]
    pub fn key(&self) -> u64 {
        xxh3_64(&self.encoded)
    }

    /// A copy of the masked tokens.
    #[must_use]
    pub fn to_sequence(&self) -> Sequence {
        self.tokens().collect()
    }

    /// The masked tokens, in order.
    pub fn tokens(&self) -> impl Iterator<Item = Token<'_>> {
        self.pieces.iter().map(|piece| {
            let encoded = &self.encoded[piece.at as usize..];
            let end = memchr::memchr(END, encoded).expect("every token is ended");
            let text = std::str::from_utf8(&encoded[1..end]).expect("made of whole strings");
            Token { text, class: piece.class, space_before: encoded[0] & sequence::SPACE != 0 }
        })
    }

    /// Bytes of a token's masked text.
    fn text_len(&self, position: usize) -> usize {
        let end = self.pieces.get(position + 1).map_or(self.encoded.len(), |next| next.at as usize);
        end - self.pieces[position].at as usize - 2
    }

    /// What may be filled in: position among the tokens, class and text in the message, for each token that is neither
    /// a word nor punctuation nor a key, and holds no secret. `message` is the one that was read.
    pub fn variables<'m>(&'m self, message: &'m str) -> impl Iterator<Item = (usize, Class, &'m str)> {
        let message = if self.masked.is_empty() { message } else { &self.masked };
        self.places().filter_map(|(position, class, place)| Some((position, class, message.get(place)?)))
    }

    /// Where the texts of [`Tokens::variables`] stand in what was read.
    pub(crate) fn places(&self) -> impl Iterator<Item = (usize, Class, Range<usize>)> {
        let is_fixed = |class| matches!(class, Class::Word | Class::Punctuation | Class::Key | Class::Unit);
        let shown = self.pieces.iter().enumerate().filter(|(_, piece)| piece.hidden.is_none());
        shown
            .filter(move |(_, piece)| !is_fixed(piece.class))
            .map(|(position, piece)| (position, piece.class, piece.start as usize..piece.end as usize))
    }

    /// What of the message is masked and has a kind: position among the tokens, kind, and text, but of secrets and what a
    /// rule matches none. `message` is the one that was read.
    pub fn kinds<'m>(&'m self, message: &'m str) -> impl Iterator<Item = (usize, Kind, &'m str)> {
        let message = if self.masked.is_empty() { message } else { &self.masked };
        self.masked_pieces().filter_map(move |(position, piece)| {
            if let Some(kind) = self.certain_kind(piece) {
                return Some((position, kind, ""));
            }
            let text = message.get(piece.start as usize..piece.end as usize)?;
            let prefix = self.text_len(position) - VARIABLE.len();
            Some((position, Kind::of(text.get(prefix..)?)?, text))
        })
    }

    /// Position and kind of those of which no text is told.
    fn certain_kinds(&self) -> Vec<(usize, Kind)> {
        let of = |(position, piece): (usize, &Piece)| Some((position, self.certain_kind(piece)?));
        self.masked_pieces().filter_map(of).collect()
    }

    fn certain_kind(&self, piece: &Piece) -> Option<Kind> {
        let mut ruled =
            self.ruled.iter().filter(|(at, _)| (piece.start as usize..piece.end as usize).contains(at));
        piece.hidden.or_else(|| ruled.next().map(|(_, kind)| *kind))
    }

    fn masked_pieces(&self) -> impl Iterator<Item = (usize, &Piece)> {
        self.pieces.iter().enumerate().filter(|(_, piece)| piece.class == Class::Variable)
    }

    /// Where tokens stand in the message that was read; `None` where it was read with parts replaced or left out.
    #[must_use]
    pub fn bytes(&self, positions: Range<usize>) -> Option<Range<usize>> {
        let (first, last) =
            (self.pieces.get(positions.start)?, self.pieces.get(positions.end.checked_sub(1)?)?);
        self.masked.is_empty().then_some(first.start as usize..last.end as usize)
    }

    /// How many tokens there are, at most [`MAX_TOKENS`].
    #[must_use]
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Whether the message was blank.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    fn push(&mut self, start: usize, end: usize, class: Class, space_before: bool, text: &str, more: &str) {
        let at = self.encoded.len() as u32;
        self.encoded.push(class as u8 | if space_before { sequence::SPACE } else { 0 });
        self.encoded.extend_from_slice(text.as_bytes());
        self.encoded.extend_from_slice(more.as_bytes());
        self.encoded.push(END);
        self.pieces.push(Piece { start: start as u32, end: end as u32, at, class, hidden: None });
    }

    /// The tokens of a sequence, without a message.
    fn of(sequence: &Sequence) -> Self {
        let mut tokens = Self::default();
        for token in sequence.tokens() {
            tokens.push(0, 0, token.class, token.space_before, token.text, "");
        }
        tokens
    }

    /// Whether a byte of the message is part of no secret.
    fn shown(&self, byte: usize) -> bool {
        let position = self.pieces.partition_point(|piece| piece.end as usize <= byte);
        self.pieces.get(position).is_none_or(|piece| piece.hidden.is_none())
    }

    /// Position of the token that holds a byte of the message and may be shown.
    fn holding(&self, byte: usize) -> Option<usize> {
        let position = self.pieces.partition_point(|piece| piece.end as usize <= byte);
        let piece = self.pieces.get(position)?;
        (piece.start as usize <= byte && piece.hidden.is_none()).then_some(position)
    }

    fn last_class(&self) -> Option<Class> {
        self.pieces.last().map(|piece| piece.class)
    }

    fn hide_last(&mut self, kind: Kind) {
        if let Some(piece) = self.pieces.last_mut() {
            piece.hidden = Some(kind);
        }
    }

    fn last_raw<'m>(&self, message: &'m [u8]) -> Option<(Class, &'m [u8])> {
        let raw = |piece: &Piece| {
            if piece.hidden.is_some() {
                VARIABLE.as_bytes()
            } else {
                &message[piece.start as usize..piece.end as usize]
            }
        };
        self.pieces.last().map(|piece| (piece.class, raw(piece)))
    }

    fn raw_before_last<'m>(&self, message: &'m [u8]) -> Option<&'m [u8]> {
        let position = self.pieces.len().checked_sub(2)?;
        self.pieces.get(position).map(|piece| &message[piece.start as usize..piece.end as usize])
    }

    /// Makes one token of the tokens from `first` on: their masked text, or `<*>` if it holds no constant letter.
    fn fold(&mut self, first: usize, space_before: bool, class: Class) {
        if first >= self.pieces.len() {
            return;
        }
        let (start, end) =
            (self.pieces[first].start as usize, self.pieces[self.pieces.len() - 1].end as usize);
        let hidden = match &self.pieces[first..] {
            [piece] => piece.hidden,
            pieces => pieces.iter().any(|piece| piece.hidden.is_some()).then_some(Kind::Secret),
        };
        let constant =
            self.pieces[first..].iter().any(|p| !matches!(p.class, Class::Variable | Class::Punctuation));
        let class = if constant { class } else { Class::Variable };
        if class == Class::Variable {
            self.encoded.truncate(self.pieces[first].at as usize);
            self.pieces.truncate(first);
            self.push(start, end, class, space_before, VARIABLE, "");
            self.pieces[first].hidden = hidden;
            return;
        }
        self.join(first, space_before, class);
        self.pieces.truncate(first + 1);
        let piece = &mut self.pieces[first];
        (piece.end, piece.class, piece.hidden) = (end as u32, class, hidden);
    }

    /// Joins the encoded texts from `first` on in place.
    fn join(&mut self, first: usize, space_before: bool, class: Class) {
        let start = self.pieces[first].at as usize;
        let mut write = start + 1;
        for position in first..self.pieces.len() {
            let at = self.pieces[position].at as usize;
            let end = self.pieces.get(position + 1).map_or(self.encoded.len(), |next| next.at as usize) - 1;
            if position > first && self.encoded[at] & sequence::SPACE != 0 {
                self.encoded[write] = b' ';
                write += 1;
            }
            self.encoded.copy_within(at + 1..end, write);
            write += end - at - 1;
        }
        self.encoded.truncate(write);
        self.encoded.push(END);
        self.encoded[start] = class as u8 | if space_before { sequence::SPACE } else { 0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(message: &str) -> String {
        let mut tokens = Tokens::default();
        tokenize(message, &mut tokens);
        let spaced = |t: Token<'_>| format!("{}{}", if t.space_before { " " } else { "" }, t.text);
        tokens.tokens().map(spaced).collect()
    }

    #[test]
    fn filled_in_parts_are_masked_and_words_are_not() {
        for (message, expected) in [
            ("Found child 6725 in scoreboard slot 10", "Found child <*> in scoreboard slot <*>"),
            (
                "connection from 24.54.76.216 (a.b.adelphia.net) at Fri Jun 17 07:07:00 2005",
                "connection from <*> (<*>) at <*>",
            ),
            ("Deleting block blk_-17 file /mnt/hadoop/dfs/blk_-17", "Deleting block blk_<*> file <*>"),
            ("open http://example.org/a?b=1, 2,048 bytes", "open <*>, <*> bytes"),
            ("from fe80::1%eth0 and 00:1b:21:3c:9d:f8", "from <*> and <*>"),
            ("at 12:30:01,250 and 2020-01-01T10:17:49.5Z.", "at <*> and <*>."),
            ("jk2_init() can't find child", "jk2_init() can't find child"),
            ("took 12.5ms, 35% of C:\\Temp\\x y", "took <*>, <*>% of <*> y"),
            ("add::bad cast in std::string", "add::bad cast in std::string"),
            ("-- done... --", "-- done... --"),
            ("naïve 日本 at µs", "naïve 日本 at µs"),
        ] {
            assert_eq!(masked(message), expected);
        }
    }

    #[test]
    fn quoted_values_are_one_token_and_a_quoted_message_is_read() {
        assert_eq!(masked("\"no rule found\" pod=\"a b c\""), "\"no rule found\" pod=\"<*>\"");
        assert_eq!(masked("removing node '/udev/vcs2'"), "removing node '<*>'");
        assert_eq!(masked("sent \"GET /x 200\" now"), "sent \"GET <*> <*>\" now");
        assert_eq!(masked("an open ' quote and \" another"), "an open ' quote and \" another");
    }

    #[test]
    fn lines_that_differ_in_variables_only_share_a_key() {
        let key = |message: &str| {
            let mut tokens = Tokens::default();
            tokenize(message, &mut tokens);
            tokens.key()
        };
        assert_eq!(key("slot 1 of 7"), key("slot 22 of 9"));
        assert_ne!(key("slot 1 of 7"), key("slot 1 off 7"));
        assert_ne!(key("a b"), key("ab"));
    }

    #[test]
    fn a_line_of_thousands_of_tokens_ends_in_one_variable() {
        let mut tokens = Tokens::default();
        tokenize(&"word ".repeat(5000), &mut tokens);
        assert_eq!(tokens.len(), MAX_TOKENS);
        assert_eq!(tokens.tokens().last().unwrap().text, VARIABLE);
    }

    #[test]
    fn variables_give_the_raw_text_back() {
        let message = "block blk_-42 of size 7";
        let mut tokens = Tokens::default();
        tokenize(message, &mut tokens);
        let variables: Vec<_> = tokens.variables(message).collect();
        assert_eq!(variables, [(1, Class::Variable, "blk_-42"), (4, Class::Variable, "7")]);
    }
}
