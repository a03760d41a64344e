//! The text of a template, from the sequences that it stands for.

use std::collections::BTreeMap;

use crate::tokenize::{Class, Token, VARIABLE};

use super::align::{Piece, align};

/// The template of sequences: equal tokens as they are, what differs as `<*>`; a unit that differs goes with its
/// number.
pub(super) fn render(members: &[&Vec<Token<'_>>]) -> String {
    let mut by_length: BTreeMap<usize, Vec<&Vec<Token<'_>>>> = BTreeMap::new();
    for tokens in members {
        by_length.entry(tokens.len()).or_default().push(tokens);
    }
    let lists = by_length.into_values().map(|alike| place_by_place(&alike));
    let pieces = lists.reduce(|a, b| align(&a, &b)).unwrap_or_default();
    let mut text = String::new();
    for (i, piece) in pieces.iter().enumerate() {
        if i > 0 && piece.space_before {
            text.push(' ');
        }
        text.push_str(&piece.text);
    }
    text
}

/// The template of sequences of as many tokens.
fn place_by_place(members: &[&Vec<Token<'_>>]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::with_capacity(members[0].len());
    for (place, first) in members[0].iter().enumerate() {
        let column = || members.iter().map(|tokens| tokens[place]);
        let same = column().all(|token| token.text == first.text);
        let space_before = column().all(|token| token.space_before);
        let unit = column().any(|token| token.class == Class::Unit);
        if same {
            pieces.push(Piece { text: first.text.to_owned(), space_before });
        } else if !(unit && pieces.last().is_some_and(|piece| piece.text.ends_with(VARIABLE))) {
            pieces.push(Piece { text: VARIABLE.to_owned(), space_before });
        }
    }
    pieces
}

/// The constant words of a template in lower case, identifiers taken apart: `dfs.DataNode` is `dfs`, `data`, `node`.
/// Words of one letter are left out.
pub(super) fn words_of(template: &str) -> Vec<String> {
    let mut words = Vec::new();
    for constant in template.split(VARIABLE) {
        for run in constant.split(|c: char| !c.is_alphabetic()).filter(|run| !run.is_empty()) {
            split_camel_case(run, &mut words);
        }
    }
    words.retain(|word: &String| word.chars().nth(1).is_some());
    words
}

/// `PacketResponder` is `packet`, `responder`; `HTTPServer` is `http`, `server`.
fn split_camel_case(run: &str, words: &mut Vec<String>) {
    let characters: Vec<char> = run.chars().collect();
    let mut start = 0;
    for i in 1..characters.len() {
        let (before, this) = (characters[i - 1], characters[i]);
        let next_is_small = characters.get(i + 1).is_some_and(|c| c.is_lowercase());
        let begins = this.is_uppercase() && (before.is_lowercase() || before.is_uppercase() && next_is_small);
        if begins {
            words.push(lower(&characters[start..i]));
            start = i;
        }
    }
    words.push(lower(&characters[start..]));
}

fn lower(characters: &[char]) -> String {
    characters.iter().flat_map(|c| c.to_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_lower_case_and_identifiers_are_taken_apart() {
        assert_eq!(
            words_of("dfs.DataNode$PacketResponder: HTTPServer <*> x read_only=<*>ms"),
            ["dfs", "data", "node", "packet", "responder", "http", "server", "read", "only", "ms"]
        );
    }
}
