//! What was read and how: formats, and lines without a time or a level.

use super::dates::Ambiguous;
use crate::entry::{DateOrder, Format, Timestamp};
use crate::report::{FormatCount, Report};

/// Examples of what a line lacks.
const EXAMPLES: usize = 3;

/// The name of lines that continue another and have no format of their own.
const CONTINUATION: &str = "continuation";

/// Fills in the part of the statistics that tells how the lines were read.
pub(super) fn tell(report: &mut Report<'_>, ambiguous: Ambiguous) {
    let mut counts = [0; Format::ALL.len()];
    let mut continuations = 0;
    for (i, line) in report.lines.iter().enumerate() {
        let goes_on = line.record != i && line.entry.format == Format::Plain;
        *(if goes_on { &mut continuations } else { &mut counts[line.entry.format as usize] }) += 1;
    }
    let named = Format::ALL.into_iter().map(Format::name).zip(counts).chain([(CONTINUATION, continuations)]);
    let mut formats: Vec<FormatCount> =
        named.filter(|(_, lines)| *lines > 0).map(|(format, lines)| FormatCount { format, lines }).collect();
    formats.sort_by_key(|count| (std::cmp::Reverse(count.lines), count.format));
    let without_timestamp = first(report, |entry| entry.timestamp.and_then(Timestamp::dated).is_none());
    let without_level = first(report, |entry| entry.level.is_none());
    let statistics = &mut report.statistics;
    statistics.formats = formats;
    statistics.examples_without_timestamp = without_timestamp;
    statistics.examples_without_level = without_level;
    statistics.ambiguous_dates = ambiguous.lines;
    statistics.assumed_date_order = match ambiguous.read_as {
        _ if ambiguous.is_mixed => Some("mixed"),
        Some(DateOrder::AssumedDayFirst) => Some("day_first"),
        Some(_) => Some("month_first"),
        None => None,
    };
}

/// The first records that lack something.
fn first(report: &Report<'_>, lacks: impl Fn(&crate::entry::LogEntry<'_>) -> bool) -> Vec<usize> {
    report
        .records()
        .filter(|(_, line)| lacks(&line.entry))
        .map(|(_, line)| line.log_id)
        .take(EXAMPLES)
        .collect()
}
