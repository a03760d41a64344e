//! Which slices of a state are meant.

use serde::{Deserialize, Serialize};

use super::Day;

/// A choice of days of log time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Days {
    /// First and last day, both included, in days since 1970-01-01; `None` for no dated day.
    pub dated: Option<(i32, i32)>,
    /// Whether lines without a date are meant.
    pub undated: bool,
    /// Whether all lines with a date and no year are meant.
    pub yearless: bool,
}

impl Days {
    /// The dated days from `first` to `last`, both included.
    #[must_use]
    pub fn between(first: i32, last: i32) -> Self {
        Self { dated: Some((first, last)), ..Self::default() }
    }

    /// Whether `day` is one of them.
    #[must_use]
    pub fn contain(&self, day: Day) -> bool {
        match day {
            Day::None => self.undated,
            Day::OfYear(_) => self.yearless,
            Day::SinceEpoch(day) => self.dated.is_some_and(|(first, last)| (first..=last).contains(&day)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Day, Days};

    #[test]
    fn both_ends_are_included_and_what_has_no_date_is_named_apart() {
        let days = Days::between(3, 5);
        let dated: Vec<i32> = (0..9).filter(|&day| days.contain(Day::SinceEpoch(day))).collect();
        assert_eq!(dated, [3, 4, 5]);
        assert!(!days.contain(Day::None) && !days.contain(Day::OfYear(4)));
        assert!(Days { undated: true, ..Days::default() }.contain(Day::None));
        assert!(Days { yearless: true, ..Days::default() }.contain(Day::OfYear(4)));
    }
}
