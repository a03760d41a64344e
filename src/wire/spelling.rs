//! Keys that look like misspelt ones.

/// Every key of a request to the two original routes; the lines first, which are no option.
pub(super) const KEYS: [&str; 13] = [
    "logs",
    "include",
    "visualization",
    "picture_format",
    "max_patterns",
    "max_outliers",
    "session_pattern",
    "session_field",
    "timezone",
    "records",
    "reference_time",
    "files",
    "model",
];

/// Those that are options of an analysis.
pub(super) const OPTIONS: &[&str] = KEYS.split_at(1).1;

/// The one of the known keys that `key` is probably meant to be; `None` for a known key and for one unlike all of them.
///
/// Capitals, `-` and `_` do not count; one letter wrong, missing, extra or swapped does in a short word, two in
/// one of more than five letters.
pub(super) fn meant(key: &str, known: &[&'static str]) -> Option<&'static str> {
    // A long key is no slip of the pen, and its distance would be slow to count.
    if known.contains(&key) || key.len() > 40 {
        return None;
    }
    let plain = plain(key);
    let slips = if plain.len() > 5 { 2 } else { 1 };
    known
        .iter()
        .map(|&known| (strsim::osa_distance(&plain, &self::plain(known)), known))
        .min()
        .filter(|&(distance, _)| distance <= slips)
        .map(|(_, known)| known)
}

fn plain(key: &str) -> String {
    key.chars().filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::{KEYS, meant};

    #[test]
    fn slips_lead_to_the_key_that_was_meant() {
        for (key, known) in [
            ("log", "logs"),
            ("Logs", "logs"),
            ("sessionPattern", "session_pattern"),
            ("max-outlier", "max_outliers"),
            ("visualisation", "visualization"),
            ("inlcude", "include"),
        ] {
            assert_eq!(meant(key, &KEYS), Some(known), "{key}");
        }
    }

    #[test]
    fn known_keys_and_unrelated_ones_are_left_alone() {
        for key in ["logs", "unknown_key", "host", "id", "", "source"] {
            assert_eq!(meant(key, &KEYS), None, "{key}");
        }
    }
}
