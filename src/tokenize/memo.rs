//! Work once per shape: a message that differs from one that was read only in digits, or in ids in base 16, has the tokens
//! of that one.
//!
//! In: messages, and what was made of the tokens of each. Out: the same for the next message of the same [mask](mask_into).
//! It is a memo of a pure function: what it gives is what reading would give, and how much it knows changes only how long
//! that takes. This rests on one property of the scanner, which the tests of this file try on random lines: it asks of a
//! digit only that it is one. The digits of names (`eth0`), which stay in the tokens, are compared; where the scanner asks
//! more ([`Tokens::hangs_on_digits`]), nothing is remembered.

use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::xxh3_64;

use super::{ESCAPE, Tokens};

/// The longest message that is remembered: longer ones are dumps, which seldom come twice.
const LONGEST_BYTES: usize = 16 << 10;
/// What is remembered at most, in bytes of masks: more would not stay in a processor's cache.
const MOST_BYTES: usize = 2 << 20;
/// After so many messages, less than a quarter of them known means that this log repeats too little: nothing is asked any more.
const TRIAL: u32 = 1024;
/// Messages of one mask that are told apart by the digits of their names.
const MOST_ALIKE: usize = 8;

/// Stands in a mask for each byte of an id in base 16; no UTF-8 text holds it.
const ID: u8 = 0xfe;
/// The shortest id in base 16: from here on letters say as little as digits, and no word is spelt so.
const SHORTEST_ID: usize = 8;
/// Lengths of the groups of a UUID (RFC 9562), with the hyphens between them.
const UUID_BYTES: usize = 36;
const UUID_HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// What was made of messages of one mask.
#[derive(Clone, Debug)]
struct Known<T> {
    mask: Box<[u8]>,
    /// The digits that are part of its tokens, and where they stand.
    kept: Box<[(u32, u8)]>,
    made: T,
    /// Another of the same mask.
    next: Option<u32>,
}

/// What was made of the messages read so far, by mask.
#[derive(Clone, Debug)]
pub struct Memo<T> {
    places: FxHashMap<u64, u32>,
    known: Vec<Known<T>>,
    /// Of the last message that was asked for; empty if it may not be remembered.
    mask: Vec<u8>,
    has_id: bool,
    hash: u64,
    bytes: usize,
    n_asked: u32,
    n_found: u32,
}

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self {
            places: FxHashMap::default(),
            known: Vec::new(),
            mask: Vec::new(),
            has_id: false,
            hash: 0,
            bytes: 0,
            n_asked: 0,
            n_found: 0,
        }
    }
}

impl<T> Memo<T> {
    /// What was made of a message with the same tokens, whose texts stand at the same places.
    ///
    /// # Cost
    /// One pass over the message, and a look-up.
    pub fn find(&mut self, message: &str) -> Option<&T> {
        self.mask.clear();
        let gives_up = self.n_asked >= TRIAL && self.n_found < self.n_asked / 4;
        if gives_up || message.len() > LONGEST_BYTES {
            return None;
        }
        let message = message.as_bytes();
        self.has_id = mask_into(message, &mut self.mask);
        self.hash = xxh3_64(&self.mask);
        self.n_asked = self.n_asked.saturating_add(1);
        let mut place = self.places.get(&self.hash).copied();
        while let Some(at) = place {
            let known = &self.known[at as usize];
            if *known.mask == *self.mask
                && known.kept.iter().all(|&(at, digit)| message[at as usize] == digit)
            {
                self.n_found += 1;
                return Some(&self.known[at as usize].made);
            }
            place = known.next;
        }
        None
    }

    /// Remembers what was made of the message that was not found, whose tokens these are; it is given the mask.
    pub fn keep(&mut self, message: &str, tokens: &Tokens, made: impl FnOnce(&[u8]) -> T) {
        let is_unsure = tokens.hangs_on_digits || tokens.hangs_on_letters && self.has_id;
        let fits = !self.mask.is_empty() && self.bytes + self.mask.len() <= MOST_BYTES;
        if is_unsure || !fits || memchr::memchr(ESCAPE, &self.mask).is_some() {
            return;
        }
        let first = self.places.get(&self.hash).copied();
        let mut n_alike = 0;
        let mut place = first;
        while let Some(at) = place {
            n_alike += 1;
            place = self.known[at as usize].next;
        }
        if n_alike == MOST_ALIKE {
            return;
        }
        let digits = tokens.kept.iter().flat_map(|&(start, end)| start..end);
        let digits = digits.map(|at| (at, message.as_bytes()[at as usize]));
        let kept = digits.filter(|(_, byte)| byte.is_ascii_digit()).collect();
        self.bytes += self.mask.len();
        self.places.insert(self.hash, self.known.len() as u32);
        let made = made(&self.mask);
        self.known.push(Known { mask: self.mask.as_slice().into(), kept, made, next: first });
    }
}

/// Whether a text of this mask begins as numbers do.
pub(crate) fn may_be_number(mask: &[u8]) -> bool {
    matches!(mask, [b'0' | ID, ..] | [b'-' | b'+', b'0' | ID, ..])
}

/// Writes the message with `0` for every digit and [`ID`] for ids in base 16; whether there are such.
fn mask_into(message: &[u8], mask: &mut Vec<u8>) -> bool {
    mask.extend(message.iter().map(|&b| if b.is_ascii_digit() { b'0' } else { b }));
    if !mixes_letters_and_digits(message) {
        return false;
    }
    let mut has_id = false;
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'0', &mask[at..]) {
        let digit = at + found;
        let start = begin_of_hex(message, at, digit);
        at = end_of_hex(message, digit);
        if byte(message, at) == b'-' && at - start == UUID_HYPHENS[0] && is_uuid(message, start) {
            at = start + UUID_BYTES;
        } else if at - start < SHORTEST_ID || message[start..at].iter().all(u8::is_ascii_digit) {
            continue;
        }
        if stands_alone(message, start, at) {
            // hyphens stay: a UUID is no other id of its length
            mask[start..at].iter_mut().filter(|byte| **byte != b'-').for_each(|byte| *byte = ID);
            has_id = true;
        }
    }
    has_id
}

/// Whether a digit stands beside a letter of base 16 anywhere, as it does in every id but one of many millions: this much is
/// asked of many bytes at once.
fn mixes_letters_and_digits(text: &[u8]) -> bool {
    let is_letter = |b: u8| b.wrapping_sub(b'a') < 6;
    let mixes =
        |(&a, &b): (&u8, &u8)| (a.is_ascii_digit() & is_letter(b)) | (is_letter(a) & b.is_ascii_digit());
    text.iter().zip(text.iter().skip(1)).fold(false, |any, pair| any | mixes(pair))
}

fn byte(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(b' ')
}

fn is_hex(b: u8) -> bool {
    matches!(b, b'0'..=b'9' | b'a'..=b'f')
}

fn begin_of_hex(text: &[u8], from: usize, digit: usize) -> usize {
    digit - text[from..digit].iter().rev().take_while(|&&b| is_hex(b)).count()
}

fn end_of_hex(text: &[u8], digit: usize) -> usize {
    digit + text[digit..].iter().take_while(|&&b| is_hex(b)).count()
}

/// Whether a UUID begins at `start` that has a digit in its first group, so that no letters in front of a hyphen are a
/// constant prefix, and a letter, so that it is no card.
fn is_uuid(text: &[u8], start: usize) -> bool {
    text.get(start..start + UUID_BYTES).is_some_and(|uuid| {
        let fits = |(at, &b): (usize, &u8)| if UUID_HYPHENS.contains(&at) { b == b'-' } else { is_hex(b) };
        uuid.iter().enumerate().all(fits)
            && uuid[..UUID_HYPHENS[0]].iter().any(u8::is_ascii_digit)
            && uuid.iter().any(u8::is_ascii_lowercase)
    })
}

/// Whether an id is a whole word, and next to nothing that asks whether a digit follows: a colon, an at sign, an apostrophe,
/// or the first groups of a card's number.
fn stands_alone(text: &[u8], start: usize, end: usize) -> bool {
    let before = if start == 0 { b' ' } else { text[start - 1] };
    let is_behind_number = before == b' ' && start > 1 && text[start - 2].is_ascii_digit();
    matches!(before, b' ' | b'"' | b'[' | b'(' | b'{' | b'=' | b',')
        && !is_behind_number
        && matches!(byte(text, end), b' ' | b'"' | b']' | b')' | b'}' | b',' | b';')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ml::rng::Random;
    use crate::tokenize::{Kind, tokenize};

    /// What a line adds to a state, of a message that was read.
    type Sight = (u64, usize, Vec<(usize, Kind)>, Vec<(usize, String)>);

    fn seen(message: &str, tokens: &mut Tokens) -> Sight {
        tokenize(message, tokens);
        let kinds = tokens.kinds(message).map(|(position, kind, _)| (position, kind)).collect();
        let numbers = tokens.variables(message).map(|(position, _, text)| (position, text.to_owned()));
        (tokens.key(), tokens.len(), kinds, numbers.filter(|(_, text)| begins_as_number(text)).collect())
    }

    fn begins_as_number(text: &str) -> bool {
        text.strip_prefix(['-', '+']).unwrap_or(text).starts_with(|c: char| c.is_ascii_digit())
    }

    /// The message with other digits, and other ids where it has some.
    fn varied(message: &str, random: &mut Random) -> String {
        let mut mask = Vec::new();
        mask_into(message.as_bytes(), &mut mask);
        let mut other = message.as_bytes().to_vec();
        for (at, place) in mask.iter().enumerate() {
            match place {
                b'0' => other[at] = b'0' + random.below(10) as u8,
                &ID => {
                    other[at] = b"0123456789abcdef"[random.below(16) as usize];
                }
                _ => {}
            }
        }
        String::from_utf8(other).unwrap()
    }

    fn mask(message: &str) -> String {
        let mut mask = Vec::new();
        mask_into(message.as_bytes(), &mut mask);
        mask.iter().map(|&b| if b == ID { '#' } else { char::from(b) }).collect()
    }

    #[test]
    fn digits_are_masked_and_ids_in_base_16_that_are_whole_words() {
        for (message, expected) in [
            ("took 12.5ms at 10.0.0.1:80", "took 00.0ms at 00.0.0.0:00"),
            (
                "id 576f9c38fc25e197 [8a533bf9-bd12-4608-a8eb-606890982448]",
                "id ################ [########-####-####-####-############]",
            ),
            ("user=4f9a7c01, deadbeef", "user=########, deadbeef"),
            // a number in front may begin a card, letters in front of a hyphen are a prefix, a colon may join
            (
                "4111 1111abcd x:4f9a7c01 deadbeef-0000-0000-0000-000000000000",
                "0000 0000abcd x:0f0a0c00 deadbeef-0000-0000-0000-000000000000",
            ),
            ("blk_4f9a7c01ab 12345678", "blk_0f0a0c00ab 00000000"),
        ] {
            assert_eq!(mask(message), expected);
        }
    }

    #[test]
    fn what_is_remembered_is_what_reading_says() {
        let (mut random, mut tokens, mut other) = (Random::new(1, 0), Tokens::default(), Tokens::default());
        let messages = [
            "Receiving block blk_-1608999687919862906 src: /10.250.19.102:54106 dest: /10.250.19.102:50010",
            "TraceID: 6f3cbf058c2765548a39ad724905d6a1 [Trip(id=8a533bf9-bd12-4608-a8eb-606890982448, n=12)]",
            "paid with 4111 1111 1111 1111 or 4111111111111111 by a1b2c3d4e5f60718",
            "session id 4f9a7c01ab, token 12ab34cd56ef7890 at Fri Jun 17 07:07:00 2005 12345678",
            "Authorization: AWS4-HMAC-SHA256 Credential=AKIA1234, cvv2=123 pin 1234",
            "12 3 4.5 1,024 0x1f fe80::1 00:1b:21:3c:9d:f8 1,234 12ab34cd 99% -7 +8.25e3 12345678abcd",
            "took 12345678b, 1,234abcde of 8a533bf9-bd12-4608-a8eb-606890982448 or 8a533bf9bd124608a8eb6068909824481234",
            "at 2024-05-03T10:00:01.5Z 12:30:01,250 k=\"a 4f9a7c01\" x=4f9a7c01 1h2m3s 900ms v1.2.3 12ab34cd,",
            "can't a 'x1' \"y2\"=3 key2=\"4 5\" msg=\"took 6 s\" 7@0x8f user9@host1.example",
        ];
        let mut n_known = 0;
        for message in messages {
            for _ in 0..300 {
                let mut memo = Memo::default();
                let first = varied(message, &mut random);
                assert!(memo.find(&first).is_none());
                let (key, n_tokens, kinds, _) = seen(&first, &mut tokens);
                let places: Vec<_> = tokens.places().map(|(position, _, place)| (position, place)).collect();
                memo.keep(&first, &tokens, |mask| {
                    let numbers = places.into_iter().filter(|(_, place)| may_be_number(&mask[place.clone()]));
                    (key, n_tokens, kinds, numbers.collect::<Vec<_>>())
                });
                for _ in 0..5 {
                    let next = varied(&first, &mut random);
                    let direct = seen(&next, &mut other);
                    let Some((key, n_tokens, kinds, numbers)) = memo.find(&next) else { continue };
                    let numbers = numbers.iter().map(|(at, place)| (*at, next[place.clone()].to_owned()));
                    let numbers = numbers.filter(|(_, text)| begins_as_number(text)).collect();
                    assert_eq!((*key, *n_tokens, kinds.clone(), numbers), direct, "{first}\n{next}");
                    n_known += 1;
                }
            }
        }
        assert!(n_known > 4000, "{n_known}");
    }

    #[test]
    fn what_hangs_on_the_digits_themselves_is_read_each_time() {
        let (mut memo, mut tokens) = (Memo::default(), Tokens::default());
        // the first satisfies Luhn's check
        for card in ["paid with 4111111111111111", "paid with 4111111111111112"] {
            assert!(memo.find(card).is_none());
            tokenize(card, &mut tokens);
            memo.keep(card, &tokens, |_| ());
        }
    }

    #[test]
    fn names_are_told_apart_by_their_digits() {
        let (mut memo, mut tokens) = (Memo::default(), Tokens::default());
        for message in ["jk2_init() took 1 ms", "jk3_init() took 2 ms"] {
            assert!(memo.find(message).is_none());
            tokenize(message, &mut tokens);
            memo.keep(message, &tokens, |_| tokens.key());
        }
        for message in ["jk2_init() took 9 ms", "jk3_init() took 9 ms"] {
            tokenize(message, &mut tokens);
            assert_eq!(memo.find(message), Some(&tokens.key()));
        }
    }

    #[test]
    fn a_log_that_does_not_repeat_is_soon_not_asked_any_more() {
        let (mut memo, mut tokens) = (Memo::default(), Tokens::default());
        let word = |i: u32| (0..6).map(|k| char::from(b'g' + (i >> (3 * k) & 7) as u8)).collect::<String>();
        for i in 0..TRIAL + 1 {
            let message = word(i);
            assert!(memo.find(&message).is_none());
            tokenize(&message, &mut tokens);
            memo.keep(&message, &tokens, |_| ());
        }
        assert!(memo.find(&word(0)).is_none());
    }
}
