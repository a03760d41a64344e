//! How far a number lies beyond what its column usually holds.

use crate::state::NumberColumn;

/// Numbers a column must have shown before any of its values can be called odd.
const MIN_NUMBERS: u64 = 30;

/// Room beyond the usual range that is never odd, in steps of magnitude: a factor of four.
const MIN_ROOM: i32 = 8;

/// Steps beyond that room that count as entirely odd: a factor of 64.
const FULL_STEPS: f64 = 24.0;

/// The usual range of a column and the room around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct UsualRange {
    low: i16,
    high: i16,
}

impl UsualRange {
    /// The range that holds all but the outermost hundredth at each end; `None` where too little is known.
    #[must_use]
    pub fn of(column: &NumberColumn) -> Option<Self> {
        (column.count() >= MIN_NUMBERS)
            .then(|| Some(Self { low: column.quantile(0.01)?, high: column.quantile(0.99)? }))
            .flatten()
    }

    /// How odd a magnitude is: 0 within the range or as far beyond it as the range is wide (at least a factor
    /// of four), 1 a factor of 64 beyond that.
    #[must_use]
    pub fn excess(&self, magnitude: i16) -> f64 {
        let (low, high, magnitude) = (i32::from(self.low), i32::from(self.high), i32::from(magnitude));
        let beyond = (magnitude - high).max(low - magnitude) - (high - low).max(MIN_ROOM);
        (f64::from(beyond) / FULL_STEPS).clamp(0.0, 1.0)
    }

    /// The lowest and highest usual magnitude.
    #[must_use]
    pub fn bounds(&self) -> (i16, i16) {
        (self.low, self.high)
    }
}

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
    fn a_wide_column_leaves_as_much_room_again() {
        // 1 to 1000 is a factor of a thousand; 500,000 is only a factor of 500 beyond
        let usual = UsualRange::of(&column(&[["1"; 20], ["1000"; 20]].concat())).expect("forty numbers");
        assert_eq!(usual.excess(magnitude("500000").expect("a number")), 0.0);
    }

    #[test]
    fn a_column_with_few_numbers_calls_nothing_odd() {
        assert_eq!(UsualRange::of(&column(&["20"; 29])), None);
    }
}
