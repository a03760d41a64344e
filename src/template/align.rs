//! Two token lists of different lengths to one: what both hold in the same order stays.

use crate::tokenize::VARIABLE;

/// Longest lists that are aligned; of longer ones only the common beginning stays.
const MAX_TOKENS: usize = 300;

/// One token of a template that is being made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) space_before: bool,
}

impl Piece {
    fn variable(space_before: bool) -> Self {
        Self { text: VARIABLE.to_owned(), space_before }
    }
}

/// The longest common subsequence of two lists, with a variable for each gap.
pub(super) fn align(a: &[Piece], b: &[Piece]) -> Vec<Piece> {
    let start = a.iter().zip(b).take_while(|(x, y)| x.text == y.text).count();
    let mut aligned = a[..start].to_vec();
    let (a, b) = (&a[start..], &b[start..]);
    if a.len() > MAX_TOKENS || b.len() > MAX_TOKENS {
        gap(&mut aligned, a.first().or(b.first()));
        return aligned;
    }
    let lengths = common_lengths(a, b);
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        if a[i].text == b[j].text {
            aligned.push(Piece {
                text: a[i].text.clone(),
                space_before: a[i].space_before && b[j].space_before,
            });
            i += 1;
            j += 1;
        } else {
            gap(&mut aligned, a.get(i));
            if lengths[i + 1][j] >= lengths[i][j + 1] {
                i += 1;
            } else {
                j += 1;
            }
        }
    }
    if i < a.len() || j < b.len() {
        gap(&mut aligned, a.get(i).or(b.get(j)));
    }
    aligned
}

fn gap(aligned: &mut Vec<Piece>, at: Option<&Piece>) {
    if aligned.last().is_none_or(|piece| piece.text != VARIABLE) {
        aligned.push(Piece::variable(at.is_none_or(|piece| piece.space_before)));
    }
}

/// `lengths[i][j]`: tokens that `a[i..]` and `b[j..]` have in common, in order.
fn common_lengths(a: &[Piece], b: &[Piece]) -> Vec<Vec<u16>> {
    let mut lengths = vec![vec![0_u16; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            lengths[i][j] = if a[i].text == b[j].text {
                lengths[i + 1][j + 1] + 1
            } else {
                lengths[i + 1][j].max(lengths[i][j + 1])
            };
        }
    }
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<Piece> {
        text.split(' ').map(|word| Piece { text: word.to_owned(), space_before: true }).collect()
    }

    #[test]
    fn what_only_one_list_holds_is_a_variable() {
        for (a, b, expected) in [
            ("a b c", "a c", "a <*> c"),
            ("sent to x", "sent to x y", "sent to x <*>"),
            ("a b c d", "a x y d", "a <*> d"),
            ("p q", "r", "<*>"),
        ] {
            let text: Vec<String> = align(&pieces(a), &pieces(b)).into_iter().map(|p| p.text).collect();
            assert_eq!(text.join(" "), expected, "{a} | {b}");
        }
    }
}
