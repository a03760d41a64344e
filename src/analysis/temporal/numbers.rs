//! The numbers of each event in the order of time.

use rustc_hash::FxHashMap;

use super::buckets::Bucketing;
use crate::analysis::read::Lines;
use crate::analysis::shifts::{self, shift};
use crate::report::{LineReport, NumberShift};
use crate::state::number_at;

/// What the numbers of one event show.
pub(super) struct Column {
    pub(super) event: usize,
    /// By position.
    pub(super) shifts: Vec<NumberShift>,
}

/// A number: when, in which line, and its magnitude.
type Number = (i64, u32, i16);

/// The shifts of all numbers of all events that have any, by event.
pub(super) fn columns(read: &Lines<'_>, lines: &[LineReport<'_>], bucketing: &Bucketing) -> Vec<Column> {
    // Positions count in sequences of one length.
    let mut numbers: FxHashMap<(usize, u32, u16), Vec<Number>> = FxHashMap::default();
    for (i, line) in lines.iter().enumerate().filter(|(i, line)| line.record == *i) {
        let record = &read.records[i];
        let of_line = read.numbers_of(record);
        let Some(time) = bucketing.time(i).filter(|_| !of_line.is_empty()) else { continue };
        for &(position, magnitude) in of_line {
            let column = numbers.entry((line.event, record.n_tokens, position)).or_default();
            column.push((time.epoch_seconds(), i as u32, magnitude));
        }
    }
    let mut numbers: Vec<_> =
        numbers.into_iter().filter(|(_, column)| column.len() >= shifts::MIN_NUMBERS).collect();
    numbers.sort_unstable_by_key(|(key, _)| *key);
    let n_columns = numbers.len();
    let mut columns: Vec<Column> = Vec::new();
    for ((event, _, position), mut column) in numbers {
        if !column.is_sorted() {
            column.sort_unstable();
        }
        let Some(shift) = shift_of(&column, position, n_columns) else { continue };
        match columns.last_mut().filter(|last| last.event == event) {
            Some(last) => last.shifts.push(shift),
            None => columns.push(Column { event, shifts: vec![shift] }),
        }
    }
    columns
}

fn shift_of(column: &[Number], position: u16, n_columns: usize) -> Option<NumberShift> {
    let magnitudes: Vec<i16> = column.iter().map(|(_, _, magnitude)| *magnitude).collect();
    let found = shift(&magnitudes, n_columns)?;
    let (before, after) = found.medians;
    Some(NumberShift {
        first: column[found.places.start].1 as usize,
        last: column[found.places.end - 1].1 as usize,
        count: found.places.len(),
        position,
        before: number_at(before),
        after: number_at(after),
        effect: found.effect(),
        ln_p_value: found.ln_p_value,
    })
}
