//! Numbers that take few values, as a status does: a line with a value that the baseline never showed.

use rustc_hash::FxHashMap;

use super::side::Side;
use crate::analysis::read::Lines;

/// Digits of such a number at most.
const MAX_DIGITS: usize = 6;

/// Values that the baseline shows at most: with more a further one is to be expected.
const MAX_VALUES: usize = 5;

/// Lines of the baseline that show each of them at least. Of so many values, each met so often, a further one has a chance
/// near nought, by the estimate of Good and Turing: the share of values met once.
const MIN_SHOWN: u64 = 3;

/// Lines of the baseline that hold the number at least.
const MIN_LINES: u64 = 20;

/// Share of the new lines that must still show a known value: where they show none, the number is of the run, as a process
/// id or a build is.
const MIN_KNOWN: f64 = 0.25;

/// Where a number stands: its event, how many numbers its line has, and which of them it is.
type Place = (u32, usize, usize);

/// Lines by value, until there are too many values.
type Values = FxHashMap<u64, u64>;

/// What the lines of one event show that the baseline's never did.
#[derive(Clone, Debug, Default)]
pub(super) struct Unknown {
    /// Lines with an unknown value.
    pub(super) lines: Vec<usize>,
    /// The unknown value of most lines, and those of the baseline in order.
    pub(super) values: Option<(u64, Vec<u64>)>,
    /// Whether it is above all of them.
    pub(super) rises: bool,
}

/// By joint event: the place with most lines that show an unknown value.
pub(super) fn unknown(
    (before, lines_before): (&Side<'_>, &Lines<'_>),
    (after, lines): (&Side<'_>, &Lines<'_>),
) -> Vec<Unknown> {
    let mut of_places: FxHashMap<Place, Values> = FxHashMap::default();
    each_number(before, lines_before, |_, place, value| {
        let values = of_places.entry(place).or_default();
        if values.len() <= MAX_VALUES {
            *values.entry(value).or_default() += 1;
        }
    });
    of_places.retain(|_, values| {
        values.len() <= MAX_VALUES
            && values.values().all(|n| *n >= MIN_SHOWN)
            && values.values().sum::<u64>() >= MIN_LINES
    });
    // Lines that show a known value, and those that do not with what they show.
    let mut shown: FxHashMap<Place, (u64, Vec<(usize, u64)>)> = FxHashMap::default();
    each_number(after, lines, |line, place, value| {
        let Some(known) = of_places.get(&place) else { return };
        let (n_known, others) = shown.entry(place).or_default();
        if known.contains_key(&value) { *n_known += 1 } else { others.push((line, value)) }
    });
    let mut found: Vec<Unknown> = vec![Unknown::default(); before.sums.len()];
    let mut places: Vec<_> = shown.into_iter().filter(|(_, (_, others))| !others.is_empty()).collect();
    places.sort_unstable_by_key(|(place, _)| *place);
    for (place, (n_known, others)) in places {
        let of_event = &mut found[place.0 as usize];
        let all = n_known as f64 + others.len() as f64;
        if (n_known as f64) < MIN_KNOWN * all || others.len() <= of_event.lines.len() {
            continue;
        }
        let mut known: Vec<u64> = of_places[&place].keys().copied().collect();
        known.sort_unstable();
        let most = most_frequent(others.iter().map(|(_, value)| *value));
        *of_event = Unknown {
            rises: most > known.last().copied(),
            values: most.map(|most| (most, known)),
            lines: others.into_iter().map(|(line, _)| line).collect(),
        };
    }
    found
}

/// The most frequent value, the smallest of several.
fn most_frequent(values: impl Iterator<Item = u64>) -> Option<u64> {
    let mut counts: std::collections::BTreeMap<u64, usize> = std::collections::BTreeMap::new();
    values.for_each(|value| *counts.entry(value).or_default() += 1);
    counts
        .into_iter()
        .max_by_key(|(value, count)| (*count, std::cmp::Reverse(*value)))
        .map(|(value, _)| value)
}

/// The numbers of all lines that have an event, with the line.
fn each_number(side: &Side<'_>, lines: &Lines<'_>, mut each: impl FnMut(usize, Place, u64)) {
    let mut numbers = Vec::new();
    for (line, (entry, event)) in lines.entries.iter().zip(&side.events).enumerate() {
        let Some(event) = *event else { continue };
        numbers.clear();
        numbers.extend(numbers_of(&entry.message));
        for (at, value) in numbers.iter().enumerate() {
            each(line, (event, numbers.len(), at), *value);
        }
    }
}

/// The whole numbers of a text that stand by themselves: no part of a word, an address, a version or a time.
fn numbers_of(text: &str) -> impl Iterator<Item = u64> + '_ {
    let is_inner = |c: char| c.is_alphanumeric() || matches!(c, '.' | ':' | '-' | '_' | '/' | '#' | '%');
    text.split(move |c: char| !is_inner(c)).filter_map(|word| {
        let word = word.trim_end_matches(['.', ':']);
        let is_number = (1..=MAX_DIGITS).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit());
        if is_number { word.parse().ok() } else { None }
    })
}

#[cfg(test)]
mod tests {
    use super::numbers_of;

    #[test]
    fn a_number_stands_by_itself() {
        let numbers = |text: &str| numbers_of(text).collect::<Vec<_>>();
        assert_eq!(numbers("\"GET /a/7 HTTP/1.1\" 200 512, took 3 ms (code=404)."), [200, 512, 3, 404]);
        assert_eq!(numbers("10.0.0.1:80 v1.2 2024-03-01 12:00:01 x7 7x 1234567 5:"), [5]);
    }
}
