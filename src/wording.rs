//! Numbers, times and nothing as a person reads them, in a picture, on a page, in a terminal.

use std::fmt::Display;

/// `1234567` as `1,234,567`; a whole number, 0 or more.
pub fn grouped(n: impl Display) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 line`, `2 lines`; `n` as for [`grouped`].
pub fn counted(n: impl Display, one: &str) -> String {
    let number = grouped(n);
    let ending = if number == "1" { "" } else { "s" };
    format!("{number} {one}{ending}")
}

/// A share in `[0, 1]` as `31 %`, `0.4 %`, `under 0.1 %`, `0 %`; what is not all is not `100 %`, nor is a little `0 %`.
pub fn percent(share: f64) -> String {
    match 100.0 * share {
        p if p >= 100.0 || (9.95..99.5).contains(&p) => format!("{p:.0} %"),
        p if p > 99.9 => "over 99.9 %".to_owned(),
        p if p >= 0.1 => format!("{p:.1} %"),
        0.0 => "0 %".to_owned(),
        _ => "under 0.1 %".to_owned(),
    }
}

/// Two digits of `0` to `f` for each byte.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `90 s`, `10 minutes`, `3 hours`, `2 days`: at least two of a unit, rounded.
pub fn duration(seconds: i64) -> String {
    match seconds {
        s if s < 120 => format!("{s} s"),
        s if s < 7_200 => format!("{:.0} minutes", s as f64 / 60.0),
        s if s < 172_800 => format!("{:.0} hours", s as f64 / 3_600.0),
        s => format!("{:.0} days", s as f64 / 86_400.0),
    }
}

/// What a log says, or that it says nothing: `(blank line)`.
pub fn said(text: &str) -> &str {
    if text.trim().is_empty() { "(blank line)" } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_threes() {
        let cases = [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")];
        for (n, written) in cases {
            assert_eq!(grouped(n), written);
        }
    }

    #[test]
    fn one_is_one_and_all_else_is_several() {
        assert_eq!(
            [0, 1, 2, 1_000].map(|n| counted(n, "line")),
            ["0 lines", "1 line", "2 lines", "1,000 lines"]
        );
    }

    #[test]
    fn a_small_share_is_not_none_and_a_large_one_is_not_all() {
        let small = [(0.314, "31 %"), (0.004, "0.4 %"), (0.000_01, "under 0.1 %"), (0.0, "0 %")];
        let large = [
            (0.099_7, "10 %"),
            (0.994, "99 %"),
            (0.996, "99.6 %"),
            (0.999, "99.9 %"),
            (1_000.0 / 1_001.0, "over 99.9 %"),
            (1.0, "100 %"),
        ];
        for (share, written) in small.into_iter().chain(large) {
            assert_eq!(percent(share), written);
        }
    }

    #[test]
    fn a_duration_is_told_in_the_unit_that_fits_and_rounded() {
        let cases = [
            (45, "45 s"),
            (119, "119 s"),
            (120, "2 minutes"),
            (7_200, "2 hours"),
            (172_800, "2 days"),
            (318 * 86_400 + 50_000, "319 days"),
        ];
        for (seconds, told) in cases {
            assert_eq!(duration(seconds), told);
        }
    }
}
