//! Words that announce a secret: `password`, `X-Api-Key`, `Cookie`. By their last part, so that `db_password` and
//! `clientSecret` are known and `password_length` is not.

/// What a word announces, and so how much must be seen before what follows is a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Secret {
    /// A password: behind `=` or `:`, in quotes, or by itself where it is no natural word.
    Password,
    /// A short number that opens something: behind `=` or `:`, or of four digits and more.
    Code,
    /// A key or token: behind `=` or `:`, or where it looks random.
    Token,
    /// A scheme of HTTP: its credentials follow a blank.
    Scheme,
    /// A header that holds credentials up to its end.
    Header,
    /// May be a state as well as a secret: only where the value looks random.
    Maybe,
}

/// How a name stands in a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the end, however the word begins.
    End,
    /// As the last part by itself: `db.pwd`, `userPin`, not `spin`.
    Part,
    /// As the whole word.
    Whole,
}

type Name = (&'static str, Secret, Place);

/// The names that end in these two letters, written small.
fn names(last_two: [u8; 2]) -> &'static [Name] {
    use Place::{End, Part, Whole};
    use Secret::{Code, Header, Maybe, Password, Scheme, Token};
    match &last_two {
        b"rd" => &[("password", Password, End)],
        b"wd" => &[("passwd", Password, End), ("pwd", Password, Part)],
        b"se" => &[("passphrase", Password, End)],
        b"de" => &[("passcode", Password, End)],
        b"pw" => &[("pw", Password, Part)],
        b"in" => &[("pin", Code, Part)],
        b"vv" => &[("cvv", Code, Part)],
        b"vc" => &[("cvc", Code, Part)],
        b"tp" => &[("otp", Code, Part), ("totp", Code, Part)],
        b"sn" => &[("ssn", Code, Part)],
        b"et" => &[("secret", Token, End)],
        b"en" => &[("token", Token, End)],
        b"wt" => &[("jwt", Token, Part)],
        b"rf" => &[("csrf", Token, End), ("xsrf", Token, End)],
        b"sk" => &[("psk", Token, Part)],
        b"id" => &[("sessionid", Token, End), ("sessid", Token, End), ("sid", Maybe, Part)],
        b"er" => &[("bearer", Scheme, Whole)],
        b"ic" => &[("basic", Scheme, Whole)],
        b"on" => &[("authorization", Header, End), ("session", Maybe, Part)],
        b"ie" => &[("cookie", Header, End)],
        b"es" => &[("cookies", Header, End)],
        b"th" => &[("auth", Maybe, Part)],
        b"ss" => &[("pass", Maybe, Part)],
        b"re" => &[("signature", Maybe, Part)],
        b"al" => &[("credential", Token, End)],
        b"ls" => &[("credentials", Token, End)],
        _ => &[],
    }
}

/// The last three letters of all names but `pw` and `id`, which are told by two.
const ENDINGS: &[u8] =
    b"ordswdpwdaseodepincvvcvcotpssnretkenkeyjwtsrfpsknidsidrersicionkieiesuthassureialals";

/// For each last letter the letters that stand before it in a name (0), and before those (1), as bits: most words are told
/// apart by them.
const BEFORE_LAST: [[u32; 26]; 2] = {
    let mut table = [[0; 26]; 2];
    let mut at = 0;
    while at < ENDINGS.len() {
        let last = (ENDINGS[at + 2] - b'a') as usize;
        table[0][last] |= 1 << (ENDINGS[at + 1] - b'a');
        table[1][last] |= 1 << (ENDINGS[at] - b'a');
        at += 3;
    }
    table[0][(b'w' - b'a') as usize] |= 1 << (b'p' - b'a');
    table
};

/// Kinds of key that are secret: `api_key`, `access key`, not `cache key`.
const SECRET_KEYS: [&str; 14] = [
    "api",
    "access",
    "secret",
    "private",
    "auth",
    "signing",
    "encryption",
    "master",
    "shared",
    "session",
    "account",
    "storage",
    "ssh",
    "host",
];

/// Whether the end of a word is that of a name; most words are told apart by it.
#[inline]
pub(super) fn may_announce(word: &[u8]) -> bool {
    let &[.., a, b] = word else { return false };
    let (a, b) = (a | 0x20, b | 0x20);
    if !a.is_ascii_lowercase() || !b.is_ascii_lowercase() {
        // a backslash before a quote, or the digit of `cvv2`
        return b == b'\\' | 0x20 || b.is_ascii_digit() && a.is_ascii_lowercase();
    }
    let last = usize::from(b - b'a');
    if BEFORE_LAST[0][last] & 1 << (a - b'a') == 0 {
        return false;
    }
    let third = if word.len() > 2 { word[word.len() - 3] | 0x20 } else { b'_' };
    !third.is_ascii_lowercase() || b == b'w' || BEFORE_LAST[1][last] & 1 << (third - b'a') != 0
}

/// What a word that [`may_announce`] announces; `before` is the word before it, where only a blank parts them.
pub(super) fn announced(word: &[u8], before: Option<&[u8]>) -> Option<Secret> {
    let word = name_in(word)?;
    let [.., a, b] = *word else { return None };
    by_name(word, [a | 0x20, b | 0x20], before)
}

/// The word without what is no part of its name: backslashes of escaped quotes, one digit (`cvv2`).
fn name_in(word: &[u8]) -> Option<&[u8]> {
    let marks = word.iter().rev().take_while(|&&b| b == b'\\').count();
    let word = &word[..word.len() - marks];
    let word = match word {
        [name @ .., digit] if digit.is_ascii_digit() => name,
        _ => word,
    };
    word.last().is_some_and(u8::is_ascii_alphabetic).then_some(word)
}

fn by_name(word: &[u8], last_two: [u8; 2], before: Option<&[u8]>) -> Option<Secret> {
    match &last_two {
        b"ey" => return is_secret_key(word, before).then_some(Secret::Token),
        b"id" if word.eq_ignore_ascii_case(b"id") => {
            let session = before.is_some_and(|before| before.eq_ignore_ascii_case(b"session"));
            return session.then_some(Secret::Token);
        }
        b"id" if ends_with(word, "session_id") || ends_with(word, "session-id") => {
            return Some(Secret::Token);
        }
        _ => {}
    }
    let (_, secret, _) = names(last_two).iter().find(|(name, _, place)| {
        ends_with(word, name)
            && match place {
                Place::End => true,
                Place::Part => begins_part(word, word.len() - name.len()),
                Place::Whole => word.len() == name.len(),
            }
    })?;
    Some(*secret)
}

fn ends_with(word: &[u8], name: &str) -> bool {
    word.len() >= name.len() && word[word.len() - name.len()..].eq_ignore_ascii_case(name.as_bytes())
}

/// Whether a part of the word begins at `at`: behind a joiner, or at a capital behind a small letter.
fn begins_part(word: &[u8], at: usize) -> bool {
    at == 0
        || !word[at - 1].is_ascii_alphabetic()
        || word[at].is_ascii_uppercase() && word[at - 1].is_ascii_lowercase()
}

/// `apikey`, `API-Key`, `aws_secret_access_key`, or `key` behind `api`.
fn is_secret_key(word: &[u8], before: Option<&[u8]>) -> bool {
    if !ends_with(word, "key") {
        return false;
    }
    let mut kind = &word[..word.len() - 3];
    while let [rest @ .., b'_' | b'-' | b'.'] = kind {
        kind = rest;
    }
    if kind.is_empty() {
        let Some(before) = before else { return false };
        kind = before;
    }
    SECRET_KEYS.iter().any(|name| ends_with(kind, name))
}

#[cfg(test)]
mod tests {
    use super::{Secret, announced, may_announce};

    #[test]
    fn a_secret_is_announced_by_the_last_part_of_a_word() {
        for (word, expected) in [
            ("password", Some(Secret::Password)),
            ("DB_PASSWORD", Some(Secret::Password)),
            ("userPwd", Some(Secret::Password)),
            ("password\\", Some(Secret::Password)),
            ("cvv2", Some(Secret::Code)),
            ("clientSecret", Some(Secret::Token)),
            ("X-Api-Key", Some(Secret::Token)),
            ("aws_secret_access_key", Some(Secret::Token)),
            ("JSESSIONID", Some(Secret::Token)),
            ("Set-Cookie", Some(Secret::Header)),
            ("password_length", None),
            ("tokens", None),
            ("spin", None),
            ("monkey", None),
            ("cache_key", None),
            ("basics", None),
            ("k", None),
        ] {
            let word = word.as_bytes();
            assert_eq!(announced(word, None).filter(|_| may_announce(word)), expected, "{word:?}");
        }
    }

    #[test]
    fn the_word_before_tells_what_a_key_is_for() {
        assert_eq!(announced(b"key", Some(b"API")), Some(Secret::Token));
        assert_eq!(announced(b"key", Some(b"primary")), None);
        assert_eq!(announced(b"id", Some(b"session")), Some(Secret::Token));
    }
}
