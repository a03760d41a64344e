//! One line on what was read: formats, lines without a time or a level, dates that can be either.

use super::reply::Statistics;

/// Formats that are named; the rest are summed up.
const FORMATS_MAX: usize = 8;

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
    parts.extend(without_level(statistics));
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

/// Lines that continue others need neither a time nor a level, and are not counted.
fn continued(statistics: &Statistics) -> u64 {
    statistics.formats.iter().filter(|count| count.format == "continuation").map(|count| count.lines).sum()
}

fn without_time(statistics: &Statistics) -> Option<String> {
    let lines = statistics.lines_without_timestamp.saturating_sub(continued(statistics));
    let kind =
        if lines == statistics.lines_with_time_only { "with a time of day alone" } else { "without a time" };
    lacking(lines, kind, &statistics.examples_without_timestamp)
}

/// Nothing where no line has a level: many formats have none.
fn without_level(statistics: &Statistics) -> Option<String> {
    let continued = continued(statistics);
    let lines = statistics.lines_without_level.saturating_sub(continued);
    let all = statistics.lines.saturating_sub(continued);
    if lines == all { None } else { lacking(lines, "without a level", &statistics.examples_without_level) }
}

fn lacking(lines: u64, kind: &str, examples: &[u64]) -> Option<String> {
    if lines == 0 || examples.is_empty() {
        return None;
    }
    let more = if lines > examples.len() as u64 { ", ..." } else { "" };
    let examples: Vec<String> = examples.iter().map(u64::to_string).collect();
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
    fn lines_without_a_level_are_told_where_others_have_one() {
        let with = |lacking: u64| {
            line(&format!(
                r#"{{"outliers": 0, "lines": 12, "lines_without_level": {lacking}, "examples_without_level": [4],
                    "formats": [{{"format": "syslog", "lines": 10}}, {{"format": "continuation", "lines": 2}}]}}"#
            ))
        };
        let read = "Read 12 lines: 10 syslog, 2 that continue others";
        assert_eq!(with(3), Some(format!("{read}, 1 without a level (e.g. log id 4)")));
        assert_eq!(with(12).as_deref(), Some(read));
        assert_eq!(with(2).as_deref(), Some(read));
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
