//! How large the numbers at one place of a sequence were.

use serde::{Deserialize, Serialize};

/// Steps of [`magnitude`] to a factor of two.
const STEPS_PER_DOUBLING: i16 = 4;

/// The size of a decimal number on a logarithmic scale of four steps to a factor of two, with its sign.
///
/// Reads a number with at most a unit behind it (`-3.25`, `900ms`, `1,024`); thousandths are the finest
/// difference. Integer arithmetic only, so every machine gives the same number. `None` for all that is more than a
/// number: an address, a path, a date, an identifier.
/// The result is in `-296..=296`, 0 for less than a thousandth; larger means a larger number.
#[must_use]
pub fn magnitude(text: &str) -> Option<i16> {
    let bytes = text.as_bytes();
    let (negative, digits) = match bytes.first()? {
        b'-' => (true, &bytes[1..]),
        b'+' => (false, &bytes[1..]),
        _ => (false, bytes),
    };
    if !digits.first()?.is_ascii_digit() {
        return None;
    }
    let mut thousandths: u128 = 0;
    let mut decimals: Option<u32> = None;
    for (place, &byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' if decimals.is_none_or(|n| n < 3) => {
                thousandths = thousandths.saturating_mul(10).saturating_add(u128::from(byte - b'0'));
                decimals = decimals.map(|n| n + 1);
            }
            b'0'..=b'9' | b',' => {}
            b'.' if decimals.is_none() => decimals = Some(0),
            _ if is_unit(&digits[place..]) => break,
            _ => return None,
        }
    }
    let scaled = thousandths.saturating_mul(10_u128.pow(3 - decimals.unwrap_or(0)));
    let value = u64::try_from(scaled).unwrap_or(u64::MAX);
    let step = logarithmic_step(value);
    Some(if negative { -step } else { step })
}

/// Up to four letters, or a per cent sign.
fn is_unit(text: &[u8]) -> bool {
    text == b"%" || text.len() <= 4 && text.iter().all(u8::is_ascii_alphabetic)
}

/// A number of this magnitude, to two digits, for people.
#[must_use]
pub fn number_at(magnitude: i16) -> String {
    if magnitude == 0 {
        return "0".to_owned();
    }
    let step = i32::from(magnitude.abs()) - 1;
    let doublings = step / i32::from(STEPS_PER_DOUBLING);
    let quarter = f64::from(step % i32::from(STEPS_PER_DOUBLING)) / f64::from(STEPS_PER_DOUBLING);
    let value = 2_f64.powi(doublings) * (1.0 + quarter) / 1000.0;
    let unit = 10_f64.powi(value.log10().floor() as i32 - 1);
    let rounded = (value / unit).round() * unit;
    let sign = if magnitude < 0 { "-" } else { "" };
    if rounded >= 10.0 {
        format!("{sign}{rounded:.0}")
    } else {
        format!("{sign}{}", (rounded * 1000.0).round() / 1000.0)
    }
}

/// `4·⌊log₂ v⌋` plus the next two bits, from 1; 0 for 0.
fn logarithmic_step(value: u64) -> i16 {
    let Some(exponent) = value.checked_ilog2() else { return 0 };
    let next_two_bits =
        if exponent >= 2 { (value >> (exponent - 2)) & 3 } else { (value << (2 - exponent)) & 3 };
    1 + STEPS_PER_DOUBLING * exponent as i16 + next_two_bits as i16
}

/// A histogram of [`magnitude`]s: each with its count, sorted. Most hold one or two, so it is a list: a tree would take
/// ten times the memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<(i16, u64)>")]
pub struct NumberColumn(Vec<(i16, u64)>);

impl TryFrom<Vec<(i16, u64)>> for NumberColumn {
    type Error = &'static str;

    fn try_from(mut counts: Vec<(i16, u64)>) -> Result<Self, Self::Error> {
        counts.shrink_to_fit();
        let rises = counts.is_sorted_by(|a, b| a.0 < b.0);
        if rises { Ok(Self(counts)) } else { Err("stored histogram is damaged: its magnitudes do not rise") }
    }
}

impl NumberColumn {
    /// Adds a number that was met `count` times.
    pub fn insert(&mut self, magnitude: i16, count: u64) {
        match self.0.binary_search_by_key(&magnitude, |&(known, _)| known) {
            Ok(at) => self.0[at].1 += count,
            Err(at) => self.0.insert(at, (magnitude, count)),
        }
    }

    /// Adds the numbers of `other`.
    pub fn merge(&mut self, other: &Self) {
        for &(magnitude, count) in &other.0 {
            self.insert(magnitude, count);
        }
    }

    /// Makes another count of each.
    pub(super) fn map_counts(&mut self, count: impl Fn(u64) -> u64) {
        self.0.iter_mut().for_each(|(_, value)| *value = count(*value));
    }

    /// How many numbers were added.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.iter().map(|(_, count)| count).sum()
    }

    /// The smallest and largest magnitude; `None` where no number was added.
    #[must_use]
    pub fn range(&self) -> Option<(i16, i16)> {
        Some((self.0.first()?.0, self.0.last()?.0))
    }

    /// The magnitude below or at which `share` of the numbers lie; `None` where no number was added.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<i16> {
        let wanted = (share.clamp(0.0, 1.0) * self.count() as f64).ceil().max(1.0) as u64;
        let mut below = 0;
        self.iter().find_map(|(magnitude, count)| {
            below += count;
            (below >= wanted).then_some(magnitude)
        })
    }

    /// Each magnitude with its count, smallest first.
    pub fn iter(&self) -> impl Iterator<Item = (i16, u64)> + '_ {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_histogram_comes_back_and_one_that_does_not_rise_is_refused() {
        let mut column = NumberColumn::default();
        for magnitude in [7, -3, 7, 20] {
            column.insert(magnitude, 2);
        }
        assert_eq!(column.iter().collect::<Vec<_>>(), [(-3, 2), (7, 4), (20, 2)]);
        let bytes = serde_json::to_vec(&column).expect("a list");
        assert_eq!(serde_json::from_slice::<NumberColumn>(&bytes).expect("sorted"), column);
        assert!(serde_json::from_str::<NumberColumn>("[[7, 1], [7, 1]]").is_err());
    }

    #[test]
    fn doubling_a_number_adds_four_steps() {
        // 1, 2, 4 in thousandths are 1000, 2000, 4000
        let one = magnitude("1").expect("a number");
        assert_eq!(magnitude("2"), Some(one + 4));
        assert_eq!(magnitude("4"), Some(one + 8));
        assert_eq!(magnitude("-4"), Some(-one - 8));
    }

    #[test]
    fn digits_are_read_up_to_the_unit() {
        assert_eq!(magnitude("900ms"), magnitude("900"));
        assert_eq!(magnitude("1,024KB"), magnitude("1024"));
        assert_eq!(magnitude("3.2509"), magnitude("3.25"));
        for no_number in ["192.168.0.1", "2024-03-01", "10:00", "4f9a7c", "/a/1", "1.2.3"] {
            assert_eq!(magnitude(no_number), None, "{no_number}");
        }
        assert_eq!(magnitude("ms"), None);
        assert_eq!(magnitude(""), None);
        assert_eq!(magnitude("-"), None);
    }

    #[test]
    fn a_number_of_a_thousand_digits_is_the_largest() {
        let longest = "9".repeat(1000);
        assert_eq!(magnitude(&longest), magnitude("18446744073709551"));
    }

    #[test]
    fn a_magnitude_is_shown_as_the_lowest_number_that_has_it() {
        // 1000 thousandths are 2^9·(1 + 3/4) = 896 and more: about 0.9; 20,000: 2^14 = 16,384: about 16
        assert_eq!(number_at(magnitude("1").expect("a number")), "0.9");
        assert_eq!(number_at(magnitude("20").expect("a number")), "16");
        assert_eq!(number_at(magnitude("-93000").expect("a number")), "-84000");
        assert_eq!(number_at(0), "0");
    }

    #[test]
    fn zero_is_the_smallest_magnitude() {
        assert_eq!(magnitude("0.0004"), Some(0));
        assert_eq!(magnitude("0.001"), Some(1));
    }
}
