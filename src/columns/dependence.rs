//! How much a column tells of the text behind it.

use std::collections::BTreeMap;

use super::row::Row;

/// Texts with two lines or more that are needed to say.
const TEXTS_MIN: usize = 6;

/// How much column `at` tells of what stands behind column `behind`: 0 where it tells nothing, 1 where each text has one value.
///
/// `(s − e) / (1 − e)`, where `s` is the chance that two lines with the same constants have the same value, mean over the
/// texts that have two lines, and `e` the chance for any two lines. `None` where there are too few such texts to say.
pub(super) fn dependence(rows: &[&Row<'_>], at: usize, behind: usize) -> Option<f64> {
    let mut by_text: BTreeMap<u64, BTreeMap<u64, u64>> = BTreeMap::new();
    let mut all: BTreeMap<u64, u64> = BTreeMap::new();
    for row in rows {
        let value = row.fields[at].0.value;
        *by_text.entry(row.fields[behind].1.constants).or_default().entry(value).or_default() += row.lines;
        *all.entry(value).or_default() += row.lines;
    }
    let expected = same_by_chance(&all).filter(|expected| *expected < 1.0)?;
    let found: Vec<f64> = by_text.values().filter_map(same_by_chance).collect();
    let mean = found.iter().sum::<f64>() / found.len() as f64;
    (found.len() >= TEXTS_MIN).then(|| ((mean - expected) / (1.0 - expected)).clamp(0.0, 1.0))
}

/// The chance that two of the lines have the same value; `None` where there are no two.
fn same_by_chance(lines: &BTreeMap<u64, u64>) -> Option<f64> {
    let n: u64 = lines.values().sum();
    let pairs = |n: u64| n as f64 * n.saturating_sub(1) as f64;
    (n >= 2).then(|| lines.values().map(|&n| pairs(n)).sum::<f64>() / pairs(n))
}

#[cfg(test)]
mod tests {
    use super::super::field::{Content, Field, Frame};
    use super::super::row::Rest;
    use super::*;

    fn row(value: u64, constants: u64) -> Row<'static> {
        let (frame, content) = (Frame::Bare, Content::Word);
        let field = Field { frame, content, value, text: "word", is_spaced: false, inside: 0..1, end: 1 };
        Row {
            fields: vec![(
                field,
                Rest { text: constants, constants, word: constants, tail: constants, n_tokens: 1 },
            )],
            lines: 1,
        }
    }

    fn dependence_of(lines: impl Iterator<Item = (u64, u64)>) -> Option<f64> {
        let rows: Vec<Row<'_>> = lines.map(|(value, text)| row(value, text)).collect();
        dependence(&rows.iter().collect::<Vec<_>>(), 0, 0)
    }

    #[test]
    fn a_column_that_each_text_has_one_value_of_depends_on_it_wholly() {
        // ten texts of four lines each, text 0 to 4 from 0 and 5 to 9 from 1
        assert_eq!(dependence_of((0..40).map(|i| (i % 10 / 5, i % 10))), Some(1.0));
    }

    #[test]
    fn a_column_that_every_text_has_all_values_of_does_not_depend_on_it() {
        // ten texts of four lines, two of each value: s = (2·1 + 2·1)/(4·3) = 1/3, e = 2·20·19/(40·39) = 19/39; s − e is below 0
        assert_eq!(dependence_of((0..40).map(|i| (i / 10 % 2, i % 10))), Some(0.0));
    }

    #[test]
    fn a_few_texts_say_nothing_of_dependence() {
        assert_eq!(dependence_of((0..40).map(|i| (i / 5 % 2, i % 5))), None);
    }
}
