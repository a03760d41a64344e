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
    /// A password, announced in another language than English: behind `=` or `:`.
    Translated,
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
    use Secret::{Code, Header, Maybe, Password, Scheme, Token, Translated};
    match &last_two {
        b"rd" => &[
            ("password", Password, End),
            ("wachtwoord", Translated, End),
            ("passord", Translated, End),
            ("lösenord", Translated, End),
        ],
        b"wd" => &[("passwd", Password, End), ("pwd", Password, Part)],
        b"se" => &[
            ("passphrase", Password, End),
            ("motdepasse", Translated, End),
            ("mot_de_passe", Translated, End),
            ("mot-de-passe", Translated, End),
        ],
        b"de" => &[("passcode", Password, End), ("adgangskode", Translated, End)],
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
        b"re" => &[
            ("signature", Maybe, Part),
            ("sifre", Translated, Part),
            ("şifre", Translated, End),
            ("Şifre", Translated, End),
        ],
        b"al" => &[("credential", Token, End)],
        b"ls" => &[("credentials", Token, End)],
        b"rt" => &[("passwort", Translated, End), ("kennwort", Translated, End)],
        b"ha" => &[("senha", Translated, Part)],
        b"lo" => &[("heslo", Translated, Part), ("haslo", Translated, Part)],
        b"na" => &[("salasana", Translated, End), ("contrasena", Translated, End)],
        _ => &[],
    }
}

/// Words for a password that end in letters beyond ASCII; without the first letter where that may be a capital.
const TRANSLATED: [&str; 15] = [
    "ontraseña",
    "hasło",
    "Hasło",
    "jelszó",
    "Jelszó",
    "ароль",
    "АРОЛЬ",
    "密码",
    "密碼",
    "口令",
    "パスワード",
    "비밀번호",
    "암호",
    "סיסמה",
    "รหัสผ่าน",
];

/// Several words that mean a password: the last one, and those before it.
const TRANSLATED_PHRASES: [(&str, &str); 6] = [
    ("mot de", "passe"),
    ("phrase de", "passe"),
    ("kata", "sandi"),
    ("mật", "khẩu"),
    ("كلمة", "المرور"),
    ("كلمة", "السر"),
];

/// Last bytes of those that end beyond ASCII: most words of such scripts are told apart by them.
const LAST_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut at = 0;
    while at < TRANSLATED.len() {
        let name = TRANSLATED[at].as_bytes();
        table[name[name.len() - 1] as usize] = true;
        at += 1;
    }
    at = 0;
    while at < TRANSLATED_PHRASES.len() {
        let name = TRANSLATED_PHRASES[at].1.as_bytes();
        table[name[name.len() - 1] as usize] = true;
        at += 1;
    }
    table
};

/// The last three letters of all names but `pw` and `id`, which are told by two.
const ENDINGS: &[u8] =
    b"ordswdpwdaseodepincvvcvcotpssnretkenkeyjwtsrfpsknidsidrersicionkieiesuthassureialalsortnhasloanaenafressendi";

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

/// What a `pass` is of that is a password: `DB_PASS`, `smtpPass`, not `render_pass`.
const ACCOUNTS: [&str; 25] = [
    "db",
    "database",
    "dbuser",
    "mysql",
    "mariadb",
    "postgres",
    "postgresql",
    "pg",
    "redis",
    "mongo",
    "mongodb",
    "amqp",
    "rabbitmq",
    "smtp",
    "imap",
    "mail",
    "email",
    "ftp",
    "sftp",
    "ldap",
    "rpc",
    "user",
    "login",
    "admin",
    "root",
];

/// Whether the end of a word is that of a name; most words are told apart by it.
#[inline]
pub(super) fn may_announce(word: &[u8]) -> bool {
    let &[.., a, b] = word else { return false };
    let (a, b) = (a | 0x20, b | 0x20);
    if !a.is_ascii_lowercase() || !b.is_ascii_lowercase() {
        // a backslash before a quote, the digit of `cvv2`, or what may end a word of another language
        return b == b'\\' | 0x20
            || b.is_ascii_digit() && a.is_ascii_lowercase()
            || (a | b) >= 0x80 && LAST_BYTES[usize::from(word[word.len() - 1])];
    }
    let last = usize::from(b - b'a');
    if BEFORE_LAST[0][last] & 1 << (a - b'a') == 0 {
        return false;
    }
    let third = if word.len() > 2 { word[word.len() - 3] | 0x20 } else { b'_' };
    !third.is_ascii_lowercase() || b == b'w' || BEFORE_LAST[1][last] & 1 << (third - b'a') != 0
}

/// What a word that [`may_announce`] announces; `before` is the word before it, where only a blank parts them, and `ahead`
/// all the text before it.
pub(super) fn announced(word: &[u8], before: Option<&[u8]>, ahead: &[u8]) -> Option<Secret> {
    if is_translated(word, ahead) {
        return Some(Secret::Translated);
    }
    let word = name_in(word)?;
    let [.., a, b] = *word else { return None };
    by_name(word, [a | 0x20, b | 0x20], before)
}

/// Whether a word that is not told by its last two letters means a password in another language.
fn is_translated(word: &[u8], ahead: &[u8]) -> bool {
    let is_phrase = |(first, last): &(&str, &str)| {
        word.eq_ignore_ascii_case(last.as_bytes()) && ends_with(ahead.trim_ascii_end(), first)
    };
    !word[word.len().saturating_sub(2)..].is_ascii()
        && TRANSLATED.iter().any(|name| word.ends_with(name.as_bytes()))
        || TRANSLATED_PHRASES.iter().any(is_phrase)
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
        b"ss" if is_pass_of_account(word) => return Some(Secret::Password),
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

/// `DB_PASS`, `smtpPass`, `rootpass`.
fn is_pass_of_account(word: &[u8]) -> bool {
    if !ends_with(word, "pass") {
        return false;
    }
    let mut account = &word[..word.len() - 4];
    while let [rest @ .., b'_' | b'-' | b'.'] = account {
        account = rest;
    }
    let is_of = |name: &&str| ends_with(account, name) && begins_part(account, account.len() - name.len());
    ACCOUNTS.iter().any(is_of)
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
            ("DB_PASS", Some(Secret::Password)),
            ("smtpPass", Some(Secret::Password)),
            ("pass", Some(Secret::Maybe)),
            ("render_pass", Some(Secret::Maybe)),
            ("Passwort", Some(Secret::Translated)),
            ("user_senha", Some(Secret::Translated)),
            ("Contraseña", Some(Secret::Translated)),
            ("Пароль", Some(Secret::Translated)),
            ("用户密码", Some(Secret::Translated)),
            ("контроль", None),
            ("report", None),
            ("bypass", None),
            ("compass", None),
            ("password_length", None),
            ("tokens", None),
            ("spin", None),
            ("monkey", None),
            ("cache_key", None),
            ("basics", None),
            ("k", None),
        ] {
            let word = word.as_bytes();
            assert_eq!(announced(word, None, b"").filter(|_| may_announce(word)), expected, "{word:?}");
        }
    }

    #[test]
    fn the_word_before_tells_what_a_key_is_for() {
        assert_eq!(announced(b"key", Some(b"API"), b"API "), Some(Secret::Token));
        assert_eq!(announced(b"key", Some(b"primary"), b"primary "), None);
        assert_eq!(announced(b"id", Some(b"session"), b"session "), Some(Secret::Token));
    }

    #[test]
    fn the_words_before_tell_a_phrase_for_a_password() {
        let announced = |word: &str, ahead: &str| {
            announced(word.as_bytes(), None, ahead.as_bytes()).filter(|_| may_announce(word.as_bytes()))
        };
        assert_eq!(announced("passe", "Votre mot de "), Some(Secret::Translated));
        assert_eq!(announced("passe", "droits de "), None);
        assert_eq!(announced("khẩu", "mật "), Some(Secret::Translated));
    }
}
