//! What was read: formats, lines without a time or level, dates that can be either, the year that was assumed.

use std::io::{self, Write};

use super::log::Log;
use super::reply::Statistics;
use super::screen::{Screen, Style, excerpt};
use crate::entry::Level;
use crate::wording::{counted, grouped};

/// Formats that are named; the rest are summed up.
const FORMATS_MAX: usize = 8;

/// Spaces in front of what does not fit on a line.
const INDENT: usize = 4;

/// Prints `Read 30,000 lines: 20,000 syslog, 9,990 json, 10 of plain text`, and what they lack, with examples; nothing
/// where the service does not tell.
pub(super) fn told(
    statistics: &Statistics,
    log: &Log,
    screen: Screen,
    out: &mut dyn Write,
) -> io::Result<()> {
    if statistics.formats.is_empty() {
        return Ok(());
    }
    let read = format!("Read {}: {}", counted(statistics.lines, "line"), formats(statistics));
    writeln!(out, "{}", screen.wrap(&read, 0, INDENT))?;
    if let Some(levels) = levels(statistics) {
        writeln!(out, "{}", screen.wrap(&levels, 0, INDENT))?;
    }
    // Lines that continue others need no time and no level, and are not counted.
    let continued: u64 = (statistics.formats.iter())
        .filter(|count| count.format == "continuation")
        .map(|count| count.lines)
        .sum();
    let records = statistics.lines.saturating_sub(continued);
    let without_time = statistics.lines_without_timestamp.saturating_sub(continued);
    let what = if without_time > 0 && without_time == statistics.lines_with_time_only {
        "With a time of day alone"
    } else {
        "Without a time"
    };
    let mut lacking = Lacking { records, log, screen, out };
    lacking.told(what, without_time, &statistics.examples_without_timestamp)?;
    let without_level = statistics.lines_without_level.saturating_sub(continued);
    lacking.told("Without a level", without_level, &statistics.examples_without_level)?;
    for assumed in [dates(statistics), year(statistics)].into_iter().flatten() {
        writeln!(out, "{}", screen.wrap(&assumed, 0, INDENT))?;
    }
    Ok(())
}

/// `By level: 2 ERROR, 298 INFO`, the most serious first; also errors that are not odd are to be seen.
fn levels(statistics: &Statistics) -> Option<String> {
    let counts = Level::ALL.iter().rev().filter_map(|level| {
        let count = *statistics.levels.get(level.name())?;
        (count > 0).then(|| format!("{} {}", grouped(count), level.name()))
    });
    let counts: Vec<String> = counts.collect();
    (!counts.is_empty()).then(|| format!("By level: {}", counts.join(", ")))
}

fn formats(statistics: &Statistics) -> String {
    let mut parts: Vec<String> = Vec::new();
    for count in statistics.formats.iter().take(FORMATS_MAX) {
        let name = match count.format.as_str() {
            "continuation" => "that continue others",
            "plain" => "of plain text",
            "columns" => "with leading columns",
            known => known,
        };
        parts.push(format!("{} {}", grouped(count.lines), excerpt(name)));
    }
    match statistics.formats.iter().skip(FORMATS_MAX).map(|count| count.lines).sum() {
        0 => {}
        rest => parts.push(format!("{} of other formats", grouped(rest))),
    }
    parts.join(", ")
}

/// Lines that lack something.
struct Lacking<'l> {
    /// Lines that could have it.
    records: u64,
    log: &'l Log,
    screen: Screen,
    out: &'l mut dyn Write,
}

impl Lacking<'_> {
    /// How many, and a few of them, unless it is all: then the log is so, and any line is an example.
    fn told(&mut self, what: &str, n: u64, examples: &[u64]) -> io::Result<()> {
        if n == 0 || examples.is_empty() {
            return Ok(());
        }
        if n >= self.records {
            return writeln!(self.out, "{what}: all of them");
        }
        let such_as = if n > examples.len() as u64 { ", such as" } else { "" };
        writeln!(self.out, "{what}: {}{such_as}", counted(n, "line"))?;
        for &id in examples {
            let place = self.log.places.place(id).unwrap_or_else(|| format!("log id {id}"));
            let text = usize::try_from(id).ok().and_then(|id| self.log.lines.get(id));
            let example = match text {
                Some(text) if text.trim().is_empty() => format!("{place}: (blank)"),
                Some(text) => format!("{place}: {}", excerpt(text)),
                None => place,
            };
            let example = self.screen.cut(&example, 2);
            writeln!(self.out, "  {}", self.screen.paint(Style::Aside, &example))?;
        }
        Ok(())
    }
}

fn dates(statistics: &Statistics) -> Option<String> {
    let order = match statistics.assumed_date_order.as_deref() {
        Some("day_first") => "day first",
        Some("month_first") => "month first",
        _ => "by custom",
    };
    let n = statistics.ambiguous_dates;
    (n > 0)
        .then(|| format!("Dates that can be either day or month first: {}, read {order}", counted(n, "line")))
}

fn year(statistics: &Statistics) -> Option<String> {
    let year = statistics.assumed_year?;
    Some(format!("Times without a year: read as the latest before the file was written, up to {year}"))
}

#[cfg(test)]
mod tests {
    use super::{Log, Screen, told};

    fn text(statistics: &str) -> String {
        let lines = (0..40).map(|i| format!("line {i} \u{1b}[2J")).collect();
        let log = Log { lines, ..Log::default() };
        let mut out = Vec::new();
        told(&serde_json::from_str(statistics).unwrap(), &log, Screen::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn it_says_what_was_read_and_shows_what_lacks_a_time_or_level() {
        let text = text(
            r#"{"outliers": 0, "lines": 30100, "lines_without_timestamp": 110, "examples_without_timestamp": [17, 20, 33],
                "lines_without_level": 101, "examples_without_level": [5], "assumed_year": 2024,
                "levels": {"INFO": 29000, "ERROR": 2, "WARN": 0},
                "formats": [{"format": "syslog", "lines": 20000}, {"format": "json", "lines": 9990},
                            {"format": "continuation", "lines": 100}, {"format": "plain", "lines": 10}],
                "ambiguous_dates": 3, "assumed_date_order": "month_first"}"#,
        );
        assert_eq!(
            text,
            "Read 30,100 lines: 20,000 syslog, 9,990 json, 100 that continue others, 10 of plain text\n\
             By level: 2 ERROR, 29,000 INFO\n\
             Without a time: 10 lines, such as\n  log id 17: line 17 \u{fffd}[2J\n  log id 20: line 20 \u{fffd}[2J\n  \
             log id 33: line 33 \u{fffd}[2J\n\
             Without a level: 1 line\n  log id 5: line 5 \u{fffd}[2J\n\
             Dates that can be either day or month first: 3 lines, read month first\n\
             Times without a year: read as the latest before the file was written, up to 2024\n"
        );
    }

    #[test]
    fn a_service_that_does_not_tell_is_not_quoted() {
        assert_eq!(text(r#"{"outliers": 3}"#), "");
    }

    #[test]
    fn times_of_day_alone_are_called_so_and_what_all_lines_lack_needs_no_example() {
        let text = text(
            r#"{"outliers": 0, "lines": 1, "lines_without_timestamp": 1, "lines_with_time_only": 1,
                "examples_without_timestamp": [0], "formats": [{"format": "columns", "lines": 1}]}"#,
        );
        assert_eq!(text, "Read 1 line: 1 with leading columns\nWith a time of day alone: all of them\n");
    }
}
