//! Rules of the user: what only the user can know to be filled in, or to be a secret.
//!
//! In: names and regular expressions. Out: messages in which what they match is `<*>` before anything else is read.

use std::cmp::Reverse;
use std::ops::Range;

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Kind, VARIABLE};

/// Rules of one model.
pub const MAX_RULES: usize = 32;
/// Bytes of one pattern.
pub const MAX_PATTERN_BYTES: usize = 512;
/// Bytes that a compiled pattern may take: enough for classes of Unicode, too few for counted repetitions of them.
const MAX_COMPILED_BYTES: usize = 1 << 20;

/// A name, for messages, and a regular expression in the syntax of the `regex` crate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What messages call it; not blank, and no two the same.
    pub name: String,
    /// What it matches becomes `<*>`: its first group where that takes part in the match, or else the whole match.
    pub pattern: String,
}

/// A rule that cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RuleError {
    /// More rules than [`MAX_RULES`].
    #[error("at most {MAX_RULES} rules are possible, got {0}")]
    TooMany(usize),
    /// A rule without a name; counted from 1.
    #[error("rule {0} has no name")]
    NoName(usize),
    /// Two rules of one name.
    #[error("two rules are named `{0}`")]
    SameName(String),
    /// A pattern longer than [`MAX_PATTERN_BYTES`].
    #[error("the pattern of rule `{name}` has {bytes} bytes, at most {MAX_PATTERN_BYTES} are possible")]
    TooLong {
        /// The rule.
        name: String,
        /// Length of its pattern.
        bytes: usize,
    },
    /// A pattern that matches where there is nothing, and so everywhere.
    #[error("rule `{0}` matches the empty text, so it would match everywhere")]
    MatchesNothing(String),
    /// A pattern that takes too much memory when compiled.
    #[error("the pattern of rule `{0}` is too large when compiled: use fewer or smaller counted repetitions")]
    TooLarge(String),
    /// Not a regular expression.
    #[error("the pattern of rule `{name}` is not a regular expression: {reason}")]
    Syntax {
        /// The rule.
        name: String,
        /// What is wrong, in one line.
        reason: String,
    },
}

/// Rules, compiled; [`Rules::default`] has none and costs nothing.
#[derive(Clone, Debug, Default)]
pub struct Rules(Vec<(Regex, Kind)>);

/// What a rule matches in a message, and the kind of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) bytes: Range<usize>,
    kind: Kind,
}

impl Rules {
    /// No rules.
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// Compiles rules. Their order does not matter: each sees the message as it was written.
    ///
    /// # Errors
    /// The first rule that cannot be used, by name, and why.
    ///
    /// # Example
    /// ```
    /// use oddlog::tokenize::{Rule, Rules, Tokens, tokenize_with};
    ///
    /// let rule = Rule { name: "customer".to_owned(), pattern: r"customer (\w+)".to_owned() };
    /// let rules = Rules::new(&[rule])?;
    /// let mut tokens = Tokens::default();
    /// tokenize_with("order of customer acme is late", &rules, &mut tokens);
    /// let texts: Vec<String> = tokens.tokens().map(|token| token.text.to_owned()).collect();
    /// assert_eq!(texts, ["order", "of", "customer", "<*>", "is", "late"]);
    /// # Ok::<(), oddlog::tokenize::RuleError>(())
    /// ```
    pub fn new(rules: &[Rule]) -> Result<Self, RuleError> {
        if rules.len() > MAX_RULES {
            return Err(RuleError::TooMany(rules.len()));
        }
        for (place, rule) in rules.iter().enumerate() {
            if rule.name.trim().is_empty() {
                return Err(RuleError::NoName(place + 1));
            }
            if rules[..place].iter().any(|other| other.name == rule.name) {
                return Err(RuleError::SameName(rule.name.clone()));
            }
        }
        rules.iter().map(compile).collect::<Result<_, _>>().map(Self)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What the rules match in `message`, in order, overlaps joined; what is masked already is not cut in two. Of what is
    /// joined the kind is that of the first match, and of several there of the longest.
    pub(super) fn hits(&self, message: &str) -> Vec<Hit> {
        let mut found: Vec<Hit> =
            self.0.iter().flat_map(|(rule, kind)| matches(rule, *kind, message)).collect();
        if found.is_empty() {
            return found;
        }
        for (at, masked) in message.match_indices(VARIABLE) {
            let masked = at..at + masked.len();
            for Hit { bytes, .. } in &mut found {
                if bytes.start < masked.end && masked.start < bytes.end {
                    *bytes = bytes.start.min(masked.start)..bytes.end.max(masked.end);
                }
            }
        }
        found.sort_unstable_by_key(|hit| (hit.bytes.start, Reverse(hit.bytes.end), hit.kind));
        found.dedup_by(|next, hit| {
            let overlaps = next.bytes.start < hit.bytes.end;
            if overlaps {
                hit.bytes.end = hit.bytes.end.max(next.bytes.end);
            }
            overlaps
        });
        found
    }

    /// `message` with `<*>` for the bytes of `hits`.
    pub(super) fn replace(message: &str, hits: &[Hit], masked: &mut String) {
        masked.clear();
        let mut written = 0;
        for Hit { bytes, .. } in hits {
            masked.push_str(&message[written..bytes.start]);
            masked.push_str(VARIABLE);
            written = bytes.end;
        }
        masked.push_str(&message[written..]);
    }

    /// Where [`Rules::replace`] puts each `<*>`, and the kind of what it stands for.
    pub(super) fn replaced(hits: &[Hit]) -> impl Iterator<Item = (usize, Kind)> + '_ {
        let mut longer = 0;
        let mut shorter = 0;
        hits.iter().map(move |Hit { bytes, kind }| {
            let at = bytes.start + longer - shorter;
            longer += VARIABLE.len();
            shorter += bytes.len();
            (at, *kind)
        })
    }
}

/// What a rule masks in a message.
fn matches(rule: &Regex, kind: Kind, message: &str) -> Vec<Hit> {
    let ranges =
        rule.captures_iter(message).filter_map(|captures| captures.get(1).or_else(|| captures.get(0)));
    let hits = ranges.map(|found| Hit { bytes: found.range(), kind });
    hits.filter(|hit| !hit.bytes.is_empty()).collect()
}

fn compile(rule: &Rule) -> Result<(Regex, Kind), RuleError> {
    let name = || rule.name.clone();
    if rule.pattern.len() > MAX_PATTERN_BYTES {
        return Err(RuleError::TooLong { name: name(), bytes: rule.pattern.len() });
    }
    let limits = |builder: &mut RegexBuilder| {
        builder.size_limit(MAX_COMPILED_BYTES).dfa_size_limit(MAX_COMPILED_BYTES).build()
    };
    let regex = limits(&mut RegexBuilder::new(&rule.pattern)).map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => RuleError::TooLarge(name()),
        error => RuleError::Syntax { name: name(), reason: last_line(&error.to_string()) },
    })?;
    if regex.is_match("") {
        return Err(RuleError::MatchesNothing(name()));
    }
    Ok((regex, Kind::of_pattern(&rule.pattern)))
}

/// The crate draws the place of an error over several lines; the last says what it is.
fn last_line(message: &str) -> String {
    let line = message.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str, pattern: &str) -> Rule {
        Rule { name: name.to_owned(), pattern: pattern.to_owned() }
    }

    fn masked(patterns: &[&str], message: &str) -> String {
        let rules: Vec<Rule> = patterns.iter().enumerate().map(|(n, p)| rule(&n.to_string(), p)).collect();
        let mut text = String::new();
        Rules::replace(message, &Rules::new(&rules).unwrap().hits(message), &mut text);
        text
    }

    #[test]
    fn the_first_group_or_the_whole_match_is_masked() {
        assert_eq!(masked(&[r"ticket (\w+)"], "ticket abc of ticket def"), "ticket <*> of ticket <*>");
        assert_eq!(masked(&["gr[aä]y"], "a gray gräy"), "a <*> <*>");
        assert_eq!(masked(&["x|y(z)"], "x yz"), "<*> y<*>");
        assert_eq!(masked(&["q"], "nothing"), "nothing");
    }

    #[test]
    fn matches_that_overlap_are_one_and_their_order_does_not_matter() {
        for patterns in [["abc", "cde"], ["cde", "abc"]] {
            assert_eq!(masked(&patterns, "-abcde-"), "-<*>-");
        }
    }

    #[test]
    fn what_is_masked_already_is_not_cut_in_two() {
        assert_eq!(masked(&["b.", "<"], "ab<*>c"), "a<*>c");
        assert_eq!(masked(&["<"], "ab<*>c"), "ab<*>c");
    }

    #[test]
    fn a_rule_that_cannot_be_used_is_named_with_the_reason() {
        let error = |rules: &[Rule]| Rules::new(rules).unwrap_err().to_string();
        assert_eq!(
            error(&[rule("a", "x"), rule("open", "a(b")]),
            "the pattern of rule `open` is not a regular expression: unclosed group"
        );
        assert_eq!(
            error(&[rule("star", "a*")]),
            "rule `star` matches the empty text, so it would match everywhere"
        );
        assert!(
            error(&[rule("big", r"\pL{1000}{100}")]).starts_with("the pattern of rule `big` is too large")
        );
        assert!(error(&[rule("long", &"a".repeat(513))]).contains("`long` has 513 bytes, at most 512"));
        assert_eq!(error(&[rule("a", "x"), rule("a", "y")]), "two rules are named `a`");
        assert_eq!(error(&[rule("a", "x"), rule(" ", "y")]), "rule 2 has no name");
        assert!(error(&vec![rule("a", "x"); 33]).contains("at most 32 rules are possible, got 33"));
    }
}
