//! Numbers as a person reads them, in a picture, on a page, in a terminal.

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

/// A share in `[0, 1]` as `31 %`, `0.4 %`, `under 0.1 %`, `0 %`.
pub fn percent(share: f64) -> String {
    match 100.0 * share {
        p if p >= 10.0 => format!("{p:.0} %"),
        p if p >= 0.1 => format!("{p:.1} %"),
        0.0 => "0 %".to_owned(),
        _ => "under 0.1 %".to_owned(),
    }
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
    fn a_small_share_is_not_none() {
        let cases = [(0.314, "31 %"), (0.004, "0.4 %"), (0.000_01, "under 0.1 %"), (0.0, "0 %")];
        for (share, written) in cases {
            assert_eq!(percent(share), written);
        }
    }
}
