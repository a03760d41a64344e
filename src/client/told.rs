//! One line on what was read: formats, lines without a time, dates that can be either.

use super::reply::Statistics;

/// Formats that are named; the rest are summed up.
const FORMATS_MAX: usize = 5;

/// `Read 30,000 lines: 20,000 syslog, 9,990 json, 10 without a time (e.g. log id 17)`; `None` where the service does not
/// tell.
pub(super) fn told(statistics: &Statistics) -> Option<String> {
    if statistics.formats.is_empty() {
        return None;
    }
    let mut parts: Vec<String> = Vec::new();
    for count in statistics.formats.iter().take(FORMATS_MAX) {
        let name = match count.format.as_str() {
            "continuation" => "that continue others",
            "plain" => "of plain text",
            "columns" => "with leading columns",
            known => known,
        };
        parts.push(format!("{} {name}", grouped(count.lines)));
    }
    match statistics.formats.iter().skip(FORMATS_MAX).map(|count| count.lines).sum() {
        0 => {}
        rest => parts.push(format!("{} of other formats", grouped(rest))),
    }
    parts.extend(without_time(statistics));
    if statistics.ambiguous_dates > 0 {
        let order = match statistics.assumed_date_order.as_deref() {
            Some("day_first") => "day first",
            Some("month_first") => "month first",
            _ => "by custom",
        };
        parts.push(format!(
            "{} with a date that can be either, read {order}",
            grouped(statistics.ambiguous_dates)
        ));
    }
    let lines = if statistics.lines == 1 { "line" } else { "lines" };
    Some(format!("Read {} {lines}: {}", grouped(statistics.lines), parts.join(", ")))
}

/// Lines that continue others need no time, and are not counted.
fn without_time(statistics: &Statistics) -> Option<String> {
    let continued =
        statistics.formats.iter().filter(|count| count.format == "continuation").map(|count| count.lines);
    let lines = statistics.lines_without_timestamp.saturating_sub(continued.sum());
    let examples: Vec<String> = statistics.examples_without_timestamp.iter().map(u64::to_string).collect();
    if lines == 0 || examples.is_empty() {
        return None;
    }
    let kind =
        if lines == statistics.lines_with_time_only { "with a time of day alone" } else { "without a time" };
    let more = if lines > examples.len() as u64 { ", ..." } else { "" };
    Some(format!("{} {kind} (e.g. log id {}{more})", grouped(lines), examples.join(", ")))
}

/// A number with a comma at each thousand.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::told;

    fn line(statistics: &str) -> Option<String> {
        told(&serde_json::from_str(statistics).unwrap())
    }

    #[test]
    fn one_line_says_what_was_read_and_what_lacks_a_time() {
        let text = line(
            r#"{"outliers": 0, "lines": 30100, "lines_without_timestamp": 110, "examples_without_timestamp": [17, 20, 33],
                "formats": [{"format": "syslog", "lines": 20000}, {"format": "json", "lines": 9990},
                            {"format": "continuation", "lines": 100}, {"format": "plain", "lines": 10}],
                "ambiguous_dates": 3, "assumed_date_order": "month_first"}"#,
        );
        assert_eq!(
            text.as_deref(),
            Some(
                "Read 30,100 lines: 20,000 syslog, 9,990 json, 100 that continue others, 10 of plain text, \
                 10 without a time (e.g. log id 17, 20, 33, ...), 3 with a date that can be either, read month first"
            )
        );
    }

    #[test]
    fn a_service_that_does_not_tell_is_not_quoted() {
        assert_eq!(line(r#"{"outliers": 3}"#), None);
    }

    #[test]
    fn times_of_day_alone_are_called_so() {
        let text = line(
            r#"{"outliers": 0, "lines": 1, "lines_without_timestamp": 1, "lines_with_time_only": 1,
                "examples_without_timestamp": [0], "formats": [{"format": "columns", "lines": 1}]}"#,
        );
        assert_eq!(
            text.as_deref(),
            Some("Read 1 line: 1 with leading columns, 1 with a time of day alone (e.g. log id 0)")
        );
    }
}
