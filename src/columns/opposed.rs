//! Whether names contradict each other in a part, and so say what happened rather than who wrote it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::template::holds_opposites;

/// Whether two names differ in nothing but a part that contradicts: `user.login` and `user.logout`, which are no parts of a
/// program but what happened.
pub(super) fn have_opposite_parts(names: &BTreeSet<&str>) -> bool {
    let mut by_rest: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for name in names {
        for part in parts(name).filter(|part| part.len() < name.len()) {
            let rest = (&name[..part.start], &name[part.end..]);
            by_rest.entry(rest).or_default().insert(&name[part]);
        }
    }
    by_rest.values().any(|parts| parts.len() > 1 && holds_opposites(parts.iter().copied()))
}

/// The words of a name: `UserLoggedIn` has three, `mail-out` two.
fn parts(name: &str) -> impl Iterator<Item = Range<usize>> {
    let begins = |at: usize, c: char, before: Option<char>| {
        let is_joint = |c: char| !c.is_alphanumeric();
        at == 0
            || before.is_some_and(|before| {
                is_joint(before) != is_joint(c) || c.is_uppercase() && before.is_lowercase()
            })
    };
    let before = std::iter::once(None).chain(name.chars().map(Some));
    let starts: Vec<usize> = name
        .char_indices()
        .zip(before)
        .filter(|((at, c), before)| begins(*at, *c, *before))
        .map(|((at, _), _)| at)
        .collect();
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([name.len()]).collect();
    starts.into_iter().zip(ends).map(|(start, end)| start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_in_an_opposite_say_what_happened() {
        let opposed = |names: &[&str]| have_opposite_parts(&names.iter().copied().collect());
        assert!(opposed(&["user.login", "user.logout", "order.paid"]));
        assert!(opposed(&["UserLoggedIn", "UserLoggedOut"]));
        // in and out stand in two names, but these differ in more
        assert!(!opposed(&["mail-in", "news-out", "store.wal"]));
    }
}
