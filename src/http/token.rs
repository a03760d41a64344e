//! API tokens: who may do what, and how a token that was sent is known again.
//!
//! In: the text of a tokens file. Out: [`Tokens`], which keeps hashes alone and never shows them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use crate::wording::hexadecimal;

/// Fewest characters of a token: 16 random letters are beyond guessing over a network. A smaller number would let
/// passwords in.
const TOKEN_LENGTH_MIN: usize = 16;

/// Random bytes of a token that the server makes: 256 bits, as many as the hash that is kept of it.
const TOKEN_BYTES: usize = 32;

/// Something that a caller may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Teach a model lines, or states that were counted elsewhere.
    Train,
    /// Have lines judged and compared, and see what models know.
    Analyze,
    /// Delete, forget, roll back, set, and see which models there are.
    Admin,
    /// Read the metrics.
    Metrics,
}

impl Right {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Train, Self::Analyze, Self::Admin, Self::Metrics];

    /// Its name in a tokens file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Analyze => "analyze",
            Self::Admin => "admin",
            Self::Metrics => "metrics",
        }
    }
}

/// A token in plain text; `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A new one, from the randomness of the system.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; TOKEN_BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(format!("odd_{}", hexadecimal(&bytes))))
    }

    /// The token itself, to be shown to the one person whom it is for.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What a tokens file keeps of it: `sha256:` and 64 hexadecimal digits.
    #[must_use]
    pub fn hashed(&self) -> String {
        format!("sha256:{}", hexadecimal(&hash(&self.0)))
    }
}

impl FromStr for Secret {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        if text.len() < TOKEN_LENGTH_MIN || !is_plain {
            return Err(format!(
                "should be at least {TOKEN_LENGTH_MIN} visible ASCII characters without blanks"
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Who a token belongs to, and what it allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// What the audit log calls it.
    pub name: Arc<str>,
    /// What it may do.
    pub rights: Vec<Right>,
}

/// All tokens that are let in.
#[derive(Clone, Default)]
pub struct Tokens(Vec<([u8; 32], Holder)>);

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(_, holder)| holder)).finish()
    }
}

/// A row of a tokens file that cannot be used. It never holds the token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("row {row}: {problem}")]
pub struct TokenError {
    /// Counted from 1.
    pub row: usize,
    /// What was found and what would be right.
    pub problem: String,
}

impl Tokens {
    /// Reads a tokens file: in each row a name, the rights with commas between them or `all`, and the token or
    /// `sha256:` with its hash in hexadecimal; blank rows and those that begin with `#` mean nothing.
    ///
    /// # Errors
    /// The first row that is none of this, or whose name or token came before.
    ///
    /// # Example
    /// ```
    /// use oddlog::http::Tokens;
    /// let tokens: Tokens = "ci train,analyze 0123456789abcdef".parse()?;
    /// assert_eq!(&*tokens.holder("0123456789abcdef").unwrap().name, "ci");
    /// assert!(tokens.holder("0123456789abcdeg").is_none());
    /// # Ok::<(), oddlog::http::TokenError>(())
    /// ```
    fn read(text: &str) -> Result<Self, TokenError> {
        let mut tokens = Self::default();
        for (index, row) in text.lines().enumerate() {
            let row = row.trim();
            if row.is_empty() || row.starts_with('#') {
                continue;
            }
            let wrong = |problem: String| TokenError { row: index + 1, problem };
            let mut parts = row.split_ascii_whitespace();
            let (Some(name), Some(rights), Some(token), None) =
                (parts.next(), parts.next(), parts.next(), parts.next())
            else {
                return Err(wrong(
                    "should be a name, rights and a token, with blanks between them".to_owned(),
                ));
            };
            let holder = Holder { name: name.into(), rights: rights_of(rights).map_err(wrong)? };
            let digest = digest_of(token).map_err(wrong)?;
            if tokens.0.iter().any(|(known, other)| *known == digest || other.name == holder.name) {
                return Err(wrong(format!("the name `{name}` or its token came in a row before")));
            }
            tokens.0.push((digest, holder));
        }
        Ok(tokens)
    }

    /// Lets one more token in, which may do everything.
    pub(super) fn add(&mut self, name: &str, secret: &Secret) {
        let holder = Holder { name: name.into(), rights: Right::ALL.to_vec() };
        self.0.push((hash(&secret.0), holder));
    }

    /// Lets the tokens of `others` in too.
    pub(super) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Whether nobody needs a token.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whose token this is. Every token is looked at to its end, so the time that it takes tells nothing about them.
    #[must_use]
    pub fn holder(&self, token: &str) -> Option<&Holder> {
        let sent = hash(token);
        let mut found = u32::MAX;
        for (index, (digest, _)) in self.0.iter().enumerate() {
            let is_it: Choice = digest.ct_eq(&sent);
            found.conditional_assign(&u32::try_from(index).unwrap_or(u32::MAX), is_it);
        }
        self.0.get(found as usize).map(|(_, holder)| holder)
    }
}

impl FromStr for Tokens {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        Self::read(text)
    }
}

fn rights_of(text: &str) -> Result<Vec<Right>, String> {
    if text == "all" {
        return Ok(Right::ALL.to_vec());
    }
    let right = |name: &str| Right::ALL.into_iter().find(|right| right.name() == name);
    let rights = text.split(',').map(|name| {
        right(name).ok_or_else(|| {
            let name: String = name.chars().take(20).collect();
            format!("`{name}` is no right; there are train, analyze, admin, metrics and all")
        })
    });
    rights.collect()
}

fn digest_of(token: &str) -> Result<[u8; 32], String> {
    let Some(digits) = token.strip_prefix("sha256:") else {
        return Ok(hash(&token.parse::<Secret>().map_err(|said| format!("the token {said}"))?.0));
    };
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let bytes: Option<Vec<u8>> = digits.as_bytes().chunks(2).map(byte).collect();
    let digest = bytes.filter(|_| is_hex).and_then(|bytes| bytes.try_into().ok());
    digest.ok_or_else(|| "`sha256:` should be followed by 64 hexadecimal digits".to_owned())
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::{Right, Secret, Tokens};

    /// `printf 0123456789abcdef | sha256sum`
    const HASH: &str = "sha256:9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f";

    fn said(text: &str) -> String {
        text.parse::<Tokens>().unwrap_err().to_string()
    }

    #[test]
    fn a_token_is_known_by_itself_or_by_its_hash() {
        for token in ["0123456789abcdef", HASH] {
            let tokens: Tokens =
                format!("# who may\n\n other all fedcba9876543210\nci train {token}").parse().unwrap();
            let holder = tokens.holder("0123456789abcdef").unwrap();
            assert_eq!((&*holder.name, &*holder.rights), ("ci", &[Right::Train][..]));
            for wrong in ["", "0123456789abcde", "0123456789abcdef ", HASH] {
                assert_eq!(tokens.holder(wrong), None);
            }
        }
    }

    #[test]
    fn a_new_token_is_long_random_and_known_by_what_is_kept_of_it() {
        let (one, other) = (Secret::generate().unwrap(), Secret::generate().unwrap());
        assert_eq!(one.reveal().len(), 4 + 64);
        assert_ne!(one, other);
        let tokens: Tokens = format!("first all {}", one.hashed()).parse().unwrap();
        assert_eq!(tokens.holder(one.reveal()).unwrap().rights, Right::ALL);
        assert_eq!(tokens.holder(other.reveal()), None);
    }

    #[test]
    fn a_wrong_row_is_told_without_its_token() {
        assert_eq!(said("a train"), "row 1: should be a name, rights and a token, with blanks between them");
        assert!(said("\na fly 0123456789abcdef").starts_with("row 2: `fly` is no right"));
        assert!(said("a train hunter2").starts_with("row 1: the token should be at least 16"));
        assert!(!said("a train hunter2").contains("hunter2"));
        assert!(said("a train sha256:00").contains("64 hexadecimal digits"));
        assert!(
            said(&format!("a train {HASH}\nb train 0123456789abcdef")).starts_with("row 2: the name `b`")
        );
    }

    #[test]
    fn debug_shows_neither_tokens_nor_hashes() {
        let secret: Secret = "0123456789abcdef".parse().unwrap();
        let tokens: Tokens = "ci train 0123456789abcdef".parse().unwrap();
        let shown = format!("{secret:?} {tokens:?}");
        assert!(
            !shown.contains("0123456789abcdef") && !shown.contains("9f9f5111") && shown.contains("ci"),
            "{shown}"
        );
    }
}
