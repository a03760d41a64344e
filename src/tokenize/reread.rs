//! Stored sequences, read again: what an older release or other rules kept, as this release and these rules would.
//!
//! In: a sequence. Out: the tokens of its text, where `<*>` is one variable, and where each old token went. A sequence that
//! was read by the present way comes back as it was.

use super::rules::Hit;
use super::{Class, Kind, MAX_TOKENS, Rules, Sequence, Tokens, VARIABLE, read};

/// A stored sequence, read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reread {
    /// Its tokens now.
    pub sequence: Sequence,
    /// The hash of them, as [`Tokens::key`].
    pub key: u64,
    /// For each old token the position of the token that holds its variable now, or its first letter; `None` where that is
    /// part of a secret, or of what a rule matches.
    pub places: Vec<Option<usize>>,
    /// Positions of its tokens that are secrets now, or what a rule matches, and the kind of that: of all its lines.
    pub kinds: Vec<(usize, Kind)>,
}

/// Reads the text of a stored sequence as this release and `rules` do.
///
/// A sequence in which nothing more is masked keeps its tokens where they depended on text that is not kept: where it was
/// cut at [`MAX_TOKENS`], and where it holds quotes, which may have been closed by what was masked.
///
/// # Cost
/// Linear in the sequence's text, once for each rule and once to read it.
#[must_use]
pub fn reread(sequence: &Sequence, rules: &Rules) -> Reread {
    let (text, mut places) = rendered(sequence);
    let mut tokens = Tokens::default();
    let hits = rules.hits(&text);
    if hits.is_empty() {
        read(&text, &mut tokens);
    } else {
        Rules::replace(&text, &hits, &mut tokens.masked);
        let masked = std::mem::take(&mut tokens.masked);
        read(&masked, &mut tokens);
        tokens.ruled.extend(Rules::replaced(&hits));
        places = places.into_iter().map(|place| moved(place?, &hits)).collect();
    }
    let now = tokens.to_sequence();
    let ambiguous = sequence.len() >= MAX_TOKENS || text.contains(['"', '\'']);
    if ambiguous && rendered(&now).0 == text {
        let is_secret = |place: Option<usize>| place.is_some_and(|place| !tokens.shown(place));
        let secrets = sequence
            .tokens()
            .enumerate()
            .filter(|(position, token)| token.class == Class::Variable && is_secret(places[*position]));
        let kinds = secrets.map(|(position, _)| (position, Kind::Secret)).collect();
        let places =
            (0..sequence.len()).map(|position| tokens.shown(places[position]?).then_some(position)).collect();
        return Reread { sequence: sequence.clone(), key: Tokens::of(sequence).key(), places, kinds };
    }
    let places = places.into_iter().map(|place| tokens.holding(place?)).collect();
    Reread { sequence: now, key: tokens.key(), places, kinds: tokens.certain_kinds() }
}

/// The text of a sequence, and where in it each token's variable is, or its first letter.
fn rendered(sequence: &Sequence) -> (String, Vec<Option<usize>>) {
    let mut text = String::new();
    let mut places = Vec::with_capacity(sequence.len());
    for token in sequence.tokens() {
        if token.space_before {
            text.push(' ');
        }
        places.push(Some(text.len() + token.text.find(VARIABLE).unwrap_or(0)));
        text.push_str(token.text);
    }
    (text, places)
}

/// Where a byte is when what `hits` name has become `<*>`; `None` for a byte of theirs.
fn moved(place: usize, hits: &[Hit]) -> Option<usize> {
    let mut at = place;
    for Hit { bytes, .. } in hits.iter().take_while(|hit| hit.bytes.start <= place) {
        if place < bytes.end {
            return None;
        }
        at = at + VARIABLE.len() - bytes.len();
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenize::{Rule, tokenize, tokenize_with};

    fn sequence(message: &str) -> Sequence {
        let mut tokens = Tokens::default();
        tokenize(message, &mut tokens);
        tokens.to_sequence()
    }

    fn rules(patterns: &[&str]) -> Rules {
        let rule = |pattern: &&str| Rule { name: (*pattern).to_owned(), pattern: (*pattern).to_owned() };
        Rules::new(&patterns.iter().map(rule).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn what_rules_match_becomes_a_variable_and_numbers_behind_it_are_found_again() {
        let rules = rules(&[r"customer (\w+ \w+)"]);
        let now = reread(&sequence("order 7 of customer acme corp took 12 ms"), &rules);
        // order <*> of customer acme corp took <*> ms: the two words become one
        assert_eq!(now.places, [Some(0), Some(1), Some(2), Some(3), None, None, Some(5), Some(6), Some(7)]);
        let mut anew = Tokens::default();
        tokenize_with("order 8 of customer big inc took 3 ms", &rules, &mut anew);
        assert_eq!((now.sequence, now.key), (anew.to_sequence(), anew.key()));
    }
}
