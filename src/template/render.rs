//! The text of an event's template: equal tokens stay, the others are `<*>`.

use crate::tokenize::{Class, Sequence, Token, VARIABLE};

use super::literal::literals;

/// A token of a template under way.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    text: String,
    class: Class,
    space_before: bool,
}

/// Layouts aligned at most; further ones would only add more variables.
const LAYOUTS_MAX: usize = 32;
/// Longer templates are not aligned with each other: the first stands for all.
const ALIGNED_TOKENS_MAX: usize = 128;

/// The template text of sequences, and its constant words in lower case.
pub(super) fn render(sequences: &[&Sequence]) -> (String, Vec<String>) {
    let mut layouts = layouts(sequences).into_iter();
    let mut parts = layouts.next().unwrap_or_default();
    for layout in layouts.take(LAYOUTS_MAX) {
        if parts.len().max(layout.len()) <= ALIGNED_TOKENS_MAX {
            parts = align(&parts, &layout);
        }
    }
    join_units(&mut parts);
    (text(&parts), words(&parts))
}

/// Sequences with the same number of tokens and the same punctuation in the same places, merged token by token.
fn layouts(sequences: &[&Sequence]) -> Vec<Vec<Part>> {
    let varies = literals_vary(sequences);
    let mut layouts: Vec<Vec<Part>> = Vec::new();
    for sequence in sequences {
        let tokens: Vec<Token<'_>> = sequence.tokens().collect();
        let tokens = if varies { without_literals(&tokens) } else { tokens };
        let fits = |layout: &Vec<Part>| {
            layout.len() == tokens.len()
                && layout.iter().zip(&tokens).all(|(part, token)| agrees(part, token))
        };
        match layouts.iter().position(fits) {
            Some(at) => {
                layouts[at].iter_mut().zip(&tokens).for_each(|(part, token)| absorb(part, token));
            }
            None if layouts.len() < LAYOUTS_MAX => {
                layouts.push(tokens.iter().map(part).collect());
            }
            None => {}
        }
    }
    layouts
}

/// Whether any list or record has other elements in one sequence than in another.
fn literals_vary(sequences: &[&Sequence]) -> bool {
    let of = |sequence: &Sequence| -> Vec<String> {
        let tokens: Vec<Token<'_>> = sequence.tokens().collect();
        literals(&tokens)
            .into_iter()
            .map(|range| tokens[range].iter().flat_map(|token| [token.text, " "]).collect())
            .collect()
    };
    let mut all = sequences.iter().map(|sequence| of(sequence));
    let first = all.next();
    all.any(|literals| Some(literals) != first)
}

/// The tokens with one variable for each list or record, brackets and all.
fn without_literals<'s>(tokens: &[Token<'s>]) -> Vec<Token<'s>> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut from = 0;
    for literal in literals(tokens) {
        kept.extend_from_slice(&tokens[from..literal.start]);
        let space_before = tokens[literal.start].space_before;
        kept.push(Token { text: VARIABLE, class: Class::Variable, space_before });
        from = literal.end;
    }
    kept.extend_from_slice(&tokens[from..]);
    kept
}

fn part(token: &Token<'_>) -> Part {
    Part { text: token.text.to_owned(), class: token.class, space_before: token.space_before }
}

fn agrees(part: &Part, token: &Token<'_>) -> bool {
    let punctuation = part.class == Class::Punctuation;
    punctuation == (token.class == Class::Punctuation) && (!punctuation || part.text == token.text)
}

fn absorb(part: &mut Part, token: &Token<'_>) {
    if part.text != token.text {
        part.text = VARIABLE.to_owned();
        if part.class != Class::Unit {
            part.class = Class::Variable;
        }
    }
    part.space_before &= token.space_before;
}

/// A unit that varies belongs to the number before it; where one does, numbers are written for people to read, and all
/// units of the template belong to their numbers.
fn join_units(parts: &mut Vec<Part>) {
    let varies = parts.iter().any(|part| part.class == Class::Unit && part.text == VARIABLE);
    let mut kept: Vec<Part> = Vec::with_capacity(parts.len());
    for part in parts.drain(..) {
        if !(varies
            && part.class == Class::Unit
            && kept.last().is_some_and(|last| last.text.ends_with(VARIABLE)))
        {
            kept.push(part);
        }
    }
    *parts = kept;
}

/// The longest common subsequence of two templates, with one variable for each stretch in which they differ.
fn align(a: &[Part], b: &[Part]) -> Vec<Part> {
    let width = b.len() + 1;
    let mut longest = vec![0u16; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            longest[i * width + j] = if a[i].text == b[j].text {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut aligned) = (0, 0, Vec::<Part>::with_capacity(a.len()));
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i].text == b[j].text {
            aligned.push(Part { space_before: a[i].space_before && b[j].space_before, ..a[i].clone() });
            (i, j) = (i + 1, j + 1);
            continue;
        }
        let skip_a =
            j == b.len() || i < a.len() && longest[(i + 1) * width + j] >= longest[i * width + j + 1];
        let skipped = if skip_a { &a[i] } else { &b[j] };
        if aligned.last().is_none_or(|last| last.text != VARIABLE) {
            let space_before = skipped.space_before;
            aligned.push(Part { text: VARIABLE.to_owned(), class: Class::Variable, space_before });
        }
        if skip_a { i += 1 } else { j += 1 }
    }
    aligned.dedup_by(|next, last| next.text == VARIABLE && last.text == VARIABLE);
    aligned
}

fn text(parts: &[Part]) -> String {
    let mut text = String::new();
    for (position, part) in parts.iter().enumerate() {
        if part.space_before && position > 0 {
            text.push(' ');
        }
        text.push_str(&part.text);
    }
    text
}

fn words(parts: &[Part]) -> Vec<String> {
    let constant = |part: &&Part| part.class != Class::Punctuation && part.class != Class::Variable;
    let mut words = Vec::new();
    for part in parts.iter().filter(constant) {
        for run in part.text.replace(VARIABLE, " ").split(|c: char| !c.is_alphabetic()) {
            split_camel_case(run, &mut words);
        }
    }
    words
}

/// `NameSystem` to `name`, `system`; `HTTPServer` to `http`, `server`.
fn split_camel_case(run: &str, words: &mut Vec<String>) {
    let letters: Vec<char> = run.chars().collect();
    let mut start = 0;
    for at in 1..=letters.len() {
        let begins = at == letters.len()
            || letters[at].is_uppercase()
                && (letters[at - 1].is_lowercase()
                    || letters.get(at + 1).is_some_and(|next| next.is_lowercase()));
        if begins && at > start {
            words.push(letters[start..at].iter().flat_map(|letter| letter.to_lowercase()).collect());
            start = at;
        }
    }
}
