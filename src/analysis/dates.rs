//! Day and month of dates in numbers: `03/04/2024` is told apart by the other lines of its format.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDateTime};

use crate::entry::{DateOrder, Format, LogEntry};

/// What the dates of a request leave open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ambiguous {
    /// Lines whose day and month nothing told apart.
    pub(super) lines: usize,
    /// How they were read, where all the same; `None` also where there are none.
    pub(super) read_as: Option<DateOrder>,
    /// Whether some were read one way and some the other.
    pub(super) is_mixed: bool,
}

/// The formats whose dates have shown which comes first.
#[derive(Clone, Debug, Default)]
pub(super) struct Shown {
    day_first: BTreeSet<Format>,
    month_first: BTreeSet<Format>,
}

/// Reads the dates that can be either as those of the same format that cannot, here or among the lines before, which
/// `shown` remembers. Where none shows it, or some show the one and some the other, they stay as custom has it: the day
/// first between dots, else the month.
pub(super) fn decide(entries: &mut [LogEntry<'_>], shown: &mut Shown) -> Ambiguous {
    for entry in entries.iter() {
        match entry.date_order {
            DateOrder::DayFirst => shown.day_first.insert(entry.format),
            DateOrder::MonthFirst => shown.month_first.insert(entry.format),
            _ => false,
        };
    }
    let Shown { day_first, month_first } = shown;
    let mut left = Ambiguous::default();
    for entry in entries.iter_mut().filter(|entry| entry.date_order.is_assumed()) {
        let order = match (day_first.contains(&entry.format), month_first.contains(&entry.format)) {
            (true, false) => DateOrder::DayFirst,
            (false, true) => DateOrder::MonthFirst,
            _ => {
                left.is_mixed |= left.read_as.is_some_and(|known| known != entry.date_order);
                left.read_as = Some(entry.date_order);
                left.lines += 1;
                continue;
            }
        };
        let is_day_first = entry.date_order == DateOrder::AssumedDayFirst;
        if is_day_first != (order == DateOrder::DayFirst)
            && let Some(time) = entry.timestamp.as_mut()
            && let Some(civil) = exchanged(time.civil)
        {
            time.civil = civil;
        }
        entry.date_order = order;
    }
    left
}

/// The day as month and the month as day.
fn exchanged(civil: NaiveDateTime) -> Option<NaiveDateTime> {
    let (month, day) = (civil.day(), civil.month());
    civil.with_day(1)?.with_month(month)?.with_day(day)
}
