//! How large the numbers at one place of a sequence were, and of which kinds the values.

use serde::{Deserialize, Serialize};

use crate::tokenize::Kind;

/// Steps of [`magnitude`] to a factor of two.
pub(crate) const STEPS_PER_DOUBLING: i16 = 4;

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

/// The roundest number of this magnitude, for people: of the multiples of a power of ten, or else of half of one, the one
/// nearest the middle of what has it. `1`, `26`, `905`, `93000` are told as `1`, `25`, `900`, `90000`.
#[must_use]
pub fn number_at(magnitude: i16) -> String {
    if magnitude == 0 {
        return "0".to_owned();
    }
    let begin = |step: i32| {
        let doublings = 2_f64.powi(step.div_euclid(i32::from(STEPS_PER_DOUBLING)));
        let quarter = step.rem_euclid(i32::from(STEPS_PER_DOUBLING));
        doublings * (1.0 + f64::from(quarter) / f64::from(STEPS_PER_DOUBLING))
    };
    let step = i32::from(magnitude.unsigned_abs()) - 1;
    // What it is of begins at a whole number of thousandths.
    let (low, high) = (begin(step).ceil(), (begin(step + 1)).ceil() - 1.0);
    let middle = f64::midpoint(low, high);
    let power = 10_f64.powi(low.log10().floor() as i32);
    let units = [power, power / 2.0, power / 10.0, power / 20.0, power / 100.0, 1.0];
    let round = |unit: f64| (middle / unit).round() * unit;
    let value = units.map(round).into_iter().find(|value| (low..=high).contains(value)).unwrap_or(low);
    let sign = if magnitude < 0 { "-" } else { "" };
    format!("{sign}{}", value / 1000.0)
}

/// `4·⌊log₂ v⌋` plus the next two bits, from 1; 0 for 0.
fn logarithmic_step(value: u64) -> i16 {
    let Some(exponent) = value.checked_ilog2() else { return 0 };
    let next_two_bits =
        if exponent >= 2 { (value >> (exponent - 2)) & 3 } else { (value << (2 - exponent)) & 3 };
    1 + STEPS_PER_DOUBLING * exponent as i16 + next_two_bits as i16
}

/// Numbers of one [`magnitude`]: how many, and when they came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Met {
    /// How many.
    pub count: u64,
    /// Their seconds of the day, summed; 0 for one without a time.
    pub seconds: u64,
    /// The squares of those, summed.
    pub squares: u64,
}

impl Met {
    /// One number, at a second of the day.
    #[must_use]
    pub fn once(second: u32) -> Self {
        let seconds = u64::from(second);
        Self { count: 1, seconds, squares: seconds * seconds }
    }

    /// Adds others. Sums of times stop at the largest number: that takes 2³¹ lines, and they only tell a trend.
    pub fn add(&mut self, other: Self) {
        self.count += other.count;
        self.seconds = self.seconds.saturating_add(other.seconds);
        self.squares = self.squares.saturating_add(other.squares);
    }
}

/// The last second of a day.
const LAST_SECOND: u64 = 86_399;

/// A histogram of [`magnitude`]s: each with its count and the sum of its seconds of the day, sorted; and the squares of all
/// those seconds. Behind the magnitudes stand the [`Kind`]s of values, each with its count. Most hold one or two of both, so
/// it is a list: a tree would take ten times the memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<(i16, u64)>", into = "Vec<(i16, u64)>")]
pub struct NumberColumn {
    bins: Vec<(i16, u64, u64)>,
    squares: u64,
}

/// What is added to a magnitude where the seconds of its numbers are stored. Behind the counts stand the seconds,
/// and behind those the squares: so a list of counts alone, which is what older releases wrote, is a column without times.
const SECONDS: i16 = 10_000;

/// Where the squares are stored.
const SQUARES: i16 = 20_000;

/// What is added to the code of a [`Kind`] where values of it are counted.
const KINDS: i16 = 20_001;

impl From<NumberColumn> for Vec<(i16, u64)> {
    fn from(column: NumberColumn) -> Self {
        let (numbers, kinds) = column.bins.split_at(column.n_numbers());
        let seconds =
            numbers.iter().map(|&(magnitude, _, seconds)| (magnitude.saturating_add(SECONDS), seconds));
        let times = seconds.chain([(SQUARES, column.squares)]).filter(|(_, sum)| *sum > 0);
        let count = |&(key, count, _): &(i16, u64, u64)| (key, count);
        numbers.iter().map(count).chain(times).chain(kinds.iter().map(count)).collect()
    }
}

impl TryFrom<Vec<(i16, u64)>> for NumberColumn {
    type Error = &'static str;

    fn try_from(stored: Vec<(i16, u64)>) -> Result<Self, Self::Error> {
        if !stored.is_sorted_by(|a, b| a.0 < b.0) {
            return Err("stored histogram is damaged: its magnitudes do not rise");
        }
        let n_bins = stored.partition_point(|(key, _)| *key < SECONDS / 2);
        let bins = stored[..n_bins].iter().map(|&(magnitude, count)| (magnitude, count, 0)).collect();
        let mut column = Self { bins, squares: 0 };
        for &(key, sum) in &stored[n_bins..] {
            if key == SQUARES {
                column.squares = sum;
                continue;
            }
            if key >= KINDS {
                Kind::from_code(key - KINDS)
                    .ok_or("stored histogram is damaged: it has a kind that is none")?;
                column.bins.push((key, sum, 0));
                continue;
            }
            let bin = column.bins.binary_search_by_key(&(key - SECONDS), |bin| bin.0);
            let bin =
                bin.map_err(|_| "stored histogram is damaged: it has times of numbers that it lacks")?;
            column.bins[bin].2 = sum;
        }
        Ok(column)
    }
}

impl NumberColumn {
    /// Adds a number that was met `count` times, nobody knows when.
    pub fn insert(&mut self, magnitude: i16, count: u64) {
        self.add(magnitude, Met { count, ..Met::default() });
    }

    /// Adds numbers of one magnitude.
    pub fn add(&mut self, magnitude: i16, met: Met) {
        self.add_at(magnitude, met);
    }

    /// Adds values of one kind.
    pub fn add_kind(&mut self, kind: Kind, count: u64) {
        self.add_at(KINDS + kind.code(), Met { count, ..Met::default() });
    }

    /// Makes all values those of one kind.
    pub(super) fn set_kind(&mut self, kind: Kind, count: u64) {
        self.bins.truncate(self.n_numbers());
        self.add_kind(kind, count);
    }

    fn add_at(&mut self, key: i16, met: Met) {
        match self.bins.binary_search_by_key(&key, |bin| bin.0) {
            Ok(at) => {
                self.bins[at].1 += met.count;
                self.bins[at].2 = self.bins[at].2.saturating_add(met.seconds);
            }
            Err(at) => {
                if self.bins.is_empty() {
                    self.bins.reserve_exact(1);
                }
                self.bins.insert(at, (key, met.count, met.seconds));
            }
        }
        self.squares = self.squares.saturating_add(met.squares);
    }

    /// Adds the numbers and kinds of `other`.
    pub fn merge(&mut self, other: &Self) {
        for &(key, count, seconds) in &other.bins {
            self.add_at(key, Met { count, seconds, squares: 0 });
        }
        self.squares = self.squares.saturating_add(other.squares);
    }

    /// Makes another count of each number and kind; the mean of the times stays.
    pub(super) fn map_counts(&mut self, count: impl Fn(u64) -> u64) {
        let before = self.count();
        for (_, value, seconds) in &mut self.bins {
            let now = count(*value);
            *seconds = scaled(*seconds, now, *value);
            *value = now;
        }
        self.squares = scaled(self.squares, self.count(), before);
    }

    /// How many numbers were added.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.iter().map(|(_, count)| count).sum()
    }

    /// The smallest and largest magnitude; `None` where no number was added.
    #[must_use]
    pub fn range(&self) -> Option<(i16, i16)> {
        let numbers = self.numbers();
        Some((numbers.first()?.0, numbers.last()?.0))
    }

    /// Each kind of its values with its count. Numbers that are nothing else have none: they are counted as numbers.
    pub fn kinds(&self) -> impl Iterator<Item = (Kind, u64)> + '_ {
        let kinds = self.bins[self.n_numbers()..].iter();
        kinds.filter_map(|&(key, count, _)| Some((Kind::from_code(key - KINDS)?, count)))
    }

    fn numbers(&self) -> &[(i16, u64, u64)] {
        &self.bins[..self.n_numbers()]
    }

    fn n_numbers(&self) -> usize {
        self.bins.len() - self.bins.iter().rev().take_while(|bin| bin.0 >= KINDS).count()
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
        self.numbers().iter().map(|&(magnitude, count, _)| (magnitude, count))
    }

    /// Each magnitude with its count and the sum of its seconds of the day, smallest first.
    pub fn times(&self) -> impl Iterator<Item = (i16, u64, u64)> + '_ {
        self.numbers().iter().copied()
    }

    /// The squares of the seconds of the day of all numbers, summed.
    #[must_use]
    pub fn squares(&self) -> u64 {
        self.squares
    }

    /// Whether the times are such as that many numbers of a day can have.
    pub(super) fn has_sound_times(&self) -> bool {
        let fits = |seconds: u64, count: u64| seconds <= count.saturating_mul(LAST_SECOND);
        let seconds = self.bins.iter().fold(0, |sum: u64, bin| sum.saturating_add(bin.2));
        self.bins.iter().all(|&(_, count, seconds)| fits(seconds, count))
            && self.squares <= seconds.saturating_mul(LAST_SECOND)
            && self.squares >= seconds
    }
}

/// `sum · now / before`, rounded down.
fn scaled(sum: u64, now: u64, before: u64) -> u64 {
    (u128::from(sum) * u128::from(now) / u128::from(before.max(1))) as u64
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
    fn times_are_stored_behind_the_counts_and_a_list_of_counts_alone_has_none() {
        let mut column = NumberColumn::default();
        column.insert(7, 1);
        column.add(-3, Met::once(10));
        column.add(-3, Met::once(20));
        // 10 + 20 and 100 + 400
        let text = serde_json::to_string(&column).expect("a list");
        assert_eq!(text, "[[-3,2],[7,1],[9997,30],[20000,500]]");
        assert_eq!(serde_json::from_str::<NumberColumn>(&text).expect("sorted"), column);
        let old: NumberColumn = serde_json::from_str("[[-3,2],[7,1]]").expect("sorted");
        assert!(old.iter().eq(column.iter()) && old.times().all(|(_, _, seconds)| seconds == 0));
        assert!(serde_json::from_str::<NumberColumn>("[[7,1],[9998,30]]").is_err());
    }

    #[test]
    fn kinds_are_stored_behind_all_else_and_are_no_numbers() {
        let mut column = NumberColumn::default();
        column.add_kind(Kind::Hex, 2);
        column.add(7, Met::once(10));
        column.add_kind(Kind::Ip, 3);
        column.add_kind(Kind::Hex, 1);
        // ip has code 3, hex 11
        let text = serde_json::to_string(&column).expect("a list");
        assert_eq!(text, "[[7,1],[10007,10],[20000,100],[20004,3],[20012,3]]");
        assert_eq!(serde_json::from_str::<NumberColumn>(&text).expect("sorted"), column);
        assert_eq!((column.count(), column.range(), column.quantile(1.0)), (1, Some((7, 7)), Some(7)));
        assert_eq!(column.times().collect::<Vec<_>>(), [(7, 1, 10)]);
        assert_eq!(column.kinds().collect::<Vec<_>>(), [(Kind::Ip, 3), (Kind::Hex, 3)]);
        let mut twice = column.clone();
        twice.merge(&column);
        assert_eq!(twice.kinds().collect::<Vec<_>>(), [(Kind::Ip, 6), (Kind::Hex, 6)]);
        twice.map_counts(|count| count / 2);
        assert_eq!(twice, column);
        // 99 is the code of no kind
        assert!(serde_json::from_str::<NumberColumn>("[[7,1],[20100,1]]").is_err());
    }

    #[test]
    fn fading_halves_counts_and_keeps_the_mean_time() {
        let mut column = NumberColumn::default();
        (0..8).for_each(|_| column.add(5, Met::once(1000)));
        column.map_counts(|count| count / 2);
        assert_eq!(column.times().collect::<Vec<_>>(), [(5, 4, 4000)]);
        assert_eq!(column.squares(), 4_000_000);
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
    fn a_magnitude_is_shown_as_the_roundest_number_that_has_it() {
        // 1000 thousandths are from 896 to 1,023: 1; 20,000 from 16,384 to 20,479: 20; 93,000,000 up to 100,663,295: 90,000
        for (text, shown) in
            [("1", "1"), ("3", "3"), ("20", "20"), ("905", "900"), ("999", "1000"), ("-93000", "-90000")]
        {
            assert_eq!(number_at(magnitude(text).expect("a number")), shown);
        }
        // from 24,576 to 28,671 there is a multiple of five, from 114,688 to 131,071 one of ten
        assert_eq!(number_at(magnitude("28").expect("a number")), "25");
        assert_eq!(number_at(magnitude("130").expect("a number")), "120");
        let thousandths = (1..5_000).chain((13..54).map(|doublings| 3_u64 << doublings));
        for magnitude in thousandths.map(logarithmic_step) {
            assert_eq!(super::magnitude(&number_at(magnitude)), Some(magnitude), "{}", number_at(magnitude));
        }
        assert_eq!(number_at(0), "0");
    }

    #[test]
    fn zero_is_the_smallest_magnitude() {
        assert_eq!(magnitude("0.0004"), Some(0));
        assert_eq!(magnitude("0.001"), Some(1));
    }
}
