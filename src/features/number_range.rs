//! How far a number lies beyond what its column usually holds.

use crate::state::{NumberColumn, STEPS_PER_DOUBLING};

/// Numbers a column must have shown before any of its values can be called odd.
const MIN_NUMBERS: u64 = 30;

/// Of how many numbers one, at each end, is left out of the usual range; at least one is. What came once in a
/// thousand cannot say what is usual, and without a model the odd number is among those that the range is made from.
const NUMBERS_PER_STRAY: u64 = 1000;

/// Room beyond the usual range that is never odd, in steps of magnitude: a factor of four.
const MIN_ROOM: i32 = 8;

/// The magnitude of 1: nine doublings of a thousandth, and three quarters.
const ONE: i32 = 40;

/// Steps beyond that room that count as entirely odd: a factor of 16.
const FULL_STEPS: f64 = 16.0;

/// The usual range of a column and the room around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct UsualRange {
    low: i16,
    median: i16,
    high: i16,
}

impl UsualRange {
    /// The range of all but the outermost thousandth at each end, or the outermost one; `None` where too little is
    /// known.
    #[must_use]
    pub fn of(column: &NumberColumn) -> Option<Self> {
        let count = column.count();
        if count < MIN_NUMBERS {
            return None;
        }
        let strays = (count / NUMBERS_PER_STRAY).max(1);
        let numbers = count as f64;
        Some(Self {
            low: column.quantile((strays + 1) as f64 / numbers)?,
            median: column.quantile(0.5)?,
            high: column.quantile((count - strays) as f64 / numbers)?,
        })
    }

    /// How odd a magnitude is: 0 within the range or as far beyond it as half of the way from the median to its end
    /// (at least a factor of four), 1 a factor of 16 beyond that; for small numbers a factor of 256, since what is
    /// too small is harmless more often than what is too large. Nought is where counts begin, and never odd.
    #[must_use]
    pub fn excess(&self, magnitude: i16) -> f64 {
        if magnitude == 0 {
            return 0.0;
        }
        let (low, median, high) = (i32::from(self.low), i32::from(self.median), i32::from(self.high));
        // from nought there is no factor to anything: a column of noughts is taken as one of ones
        let high = if high == 0 { ONE } else { high };
        let magnitude = i32::from(magnitude);
        let above = f64::from(magnitude - high - ((high - median) / 2).max(MIN_ROOM));
        let below = f64::from(low - magnitude - ((median - low) / 2).max(MIN_ROOM)) / 2.0;
        (above.max(below) / FULL_STEPS).clamp(0.0, 1.0)
    }

    /// Whether a magnitude below the range is no chance among so many numbers: numbers that are as likely anywhere between nought
    /// and twice the median, as those of many identifiers are, are so small with a chance of [`SMALL_BY_CHANCE`] at most.
    #[must_use]
    pub fn is_small(&self, magnitude: i16, numbers: u64) -> bool {
        let halvings = f64::from(self.median - magnitude) / f64::from(STEPS_PER_DOUBLING);
        halvings >= (numbers as f64 / (2.0 * SMALL_BY_CHANCE)).log2()
    }

    /// The lowest and highest usual magnitude.
    #[must_use]
    pub fn bounds(&self) -> (i16, i16) {
        (self.low, self.high)
    }
}

/// Chance that any of some numbers is so small.
const SMALL_BY_CHANCE: f64 = 0.01;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::magnitude;

    fn column(numbers: &[&str]) -> NumberColumn {
        let mut column = NumberColumn::default();
        for number in numbers {
            column.insert(magnitude(number).expect("a number"), 1);
        }
        column
    }

    #[test]
    fn a_request_of_ninety_seconds_among_twenty_milliseconds_is_odd() {
        let usual = UsualRange::of(&column(&["20"; 40])).expect("forty numbers");
        let odd = |text| usual.excess(magnitude(text).expect("a number"));
        assert_eq!(odd("20"), 0.0);
        assert_eq!(odd("79"), 0.0); // less than a factor of four
        assert_eq!(odd("90000"), 1.0);
        assert!(odd("400") > 0.0 && odd("400") < 1.0);
    }

    #[test]
    fn a_wide_column_leaves_half_as_much_room_again() {
        // from the median 1 to 1000 is a factor of a thousand; 20,000 is only a factor of 20 beyond
        let usual = UsualRange::of(&column(&[["1"; 20], ["1000"; 20]].concat())).expect("forty numbers");
        assert_eq!(usual.excess(magnitude("20000").expect("a number")), 0.0);
        assert!(usual.excess(magnitude("200000").expect("a number")) > 0.0);
    }

    #[test]
    fn one_stray_number_does_not_widen_the_range_that_is_made_with_it() {
        let mut numbers = vec!["20"; 40];
        numbers.push("90000");
        let usual = UsualRange::of(&column(&numbers)).expect("forty-one numbers");
        assert_eq!(usual.excess(magnitude("90000").expect("a number")), 1.0);
    }

    #[test]
    fn a_counter_that_begins_at_nought_holds_nothing_odd() {
        let numbers: Vec<String> = (0..100).map(|i| i.to_string()).collect();
        let usual = UsualRange::of(&column(&numbers.iter().map(String::as_str).collect::<Vec<_>>()))
            .expect("a hundred");
        for number in &numbers {
            assert_eq!(usual.excess(magnitude(number).expect("a number")), 0.0, "{number}");
        }
    }

    #[test]
    fn a_number_far_too_small_is_half_as_odd_as_one_far_too_large() {
        let usual = UsualRange::of(&column(&["1000"; 40])).expect("forty numbers");
        let odd = |text| usual.excess(magnitude(text).expect("a number"));
        // 2^6 times less and more: 24 steps, of which 8 are room
        assert_eq!((odd("64000"), odd("15.625")), (1.0, 0.5));
    }

    #[test]
    fn small_counts_in_a_column_of_noughts_are_not_odd() {
        assert_eq!(magnitude("1"), Some(ONE as i16));
        let usual = UsualRange::of(&column(&["0"; 40])).expect("forty numbers");
        assert_eq!(usual.excess(magnitude("3").expect("a number")), 0.0);
        assert_eq!(usual.excess(magnitude("90000").expect("a number")), 1.0);
    }

    #[test]
    fn a_column_with_few_numbers_calls_nothing_odd() {
        assert_eq!(UsualRange::of(&column(&["20"; 29])), None);
    }
}
