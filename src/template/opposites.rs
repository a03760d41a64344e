//! Words that contradict each other: events that differ in one are never the same.

/// Pairs of states and outcomes, in every form that logs use.
const PAIRS: &[(&str, &str)] = &[
    ("up", "down"),
    ("on", "off"),
    ("yes", "no"),
    ("in", "out"),
    ("start", "stop"),
    ("started", "stopped"),
    ("starting", "stopping"),
    ("startup", "shutdown"),
    ("success", "failure"),
    ("success", "failed"),
    ("succeeded", "failed"),
    ("successful", "failed"),
    ("successfully", "unsuccessfully"),
    ("ok", "failed"),
    ("ok", "error"),
    ("pass", "fail"),
    ("passed", "failed"),
    ("completed", "failed"),
    ("complete", "failed"),
    ("open", "close"),
    ("open", "closed"),
    ("opened", "closed"),
    ("opening", "closing"),
    ("enable", "disable"),
    ("enabled", "disabled"),
    ("enabling", "disabling"),
    ("accept", "reject"),
    ("accepted", "rejected"),
    ("accepted", "failed"),
    ("allow", "deny"),
    ("allowed", "denied"),
    ("granted", "denied"),
    ("grant", "revoke"),
    ("granted", "revoked"),
    ("add", "remove"),
    ("added", "removed"),
    ("adding", "removing"),
    ("create", "delete"),
    ("created", "deleted"),
    ("creating", "deleting"),
    ("created", "destroyed"),
    ("attach", "detach"),
    ("attached", "detached"),
    ("login", "logout"),
    ("logon", "logoff"),
    ("enter", "leave"),
    ("entering", "leaving"),
    ("entered", "left"),
    ("entered", "exited"),
    ("join", "leave"),
    ("joined", "left"),
    ("begin", "end"),
    ("acquired", "released"),
    ("acquire", "release"),
    ("lock", "unlock"),
    ("alive", "dead"),
    ("online", "offline"),
    ("valid", "invalid"),
    ("resume", "suspend"),
    ("resumed", "suspended"),
    ("resumed", "paused"),
    ("won", "lost"),
    ("found", "missing"),
    ("increase", "decrease"),
    ("increased", "decreased"),
    ("send", "receive"),
    ("sent", "received"),
    ("sending", "receiving"),
    ("read", "write"),
    ("reading", "writing"),
    ("allocated", "freed"),
    ("active", "inactive"),
];
/// Prefixes that turn a word into its opposite.
const NEGATIONS: [&str; 6] = ["un", "dis", "in", "non", "de", "not"];

/// Whether two of the texts contradict each other.
///
/// # Cost
/// Sorts the texts.
pub(crate) fn holds_opposites<'a>(texts: impl Iterator<Item = &'a str>) -> bool {
    let mut words: Vec<String> = texts.map(str::to_ascii_lowercase).collect();
    words.sort_unstable();
    words.dedup();
    let holds = |word: &str| words.binary_search_by(|known| known.as_str().cmp(word)).is_ok();
    let negated = |word: &String| {
        NEGATIONS
            .iter()
            .any(|prefix| word.strip_prefix(prefix).is_some_and(|rest| rest.len() >= 3 && holds(rest)))
    };
    words.iter().any(negated)
        || PAIRS.iter().any(|(a, b)| holds(a) && holds(b))
        || words.iter().any(|word| has_counterpart(word, holds))
}

/// Whether an identifier with one of its parts turned into its opposite is there as well: `on-heap` and `off-heap`.
fn has_counterpart(word: &str, holds: impl Fn(&str) -> bool) -> bool {
    let parts: Vec<&str> = word.split(['-', '_', '.']).collect();
    parts.len() > 1
        && parts.iter().enumerate().any(|(at, part)| {
            let opposites = PAIRS.iter().filter(|(a, _)| a == part).map(|&(_, b)| b);
            let start: usize = parts[..at].iter().map(|part| part.len() + 1).sum();
            opposites
                .into_iter()
                .any(|b| holds(&format!("{}{b}{}", &word[..start], &word[start + part.len()..])))
        })
}

/// Whether a text has an opposite: assigned, it still says what happened.
pub(super) fn has_opposite(text: &str) -> bool {
    PAIRS.iter().any(|(a, b)| text.eq_ignore_ascii_case(a) || text.eq_ignore_ascii_case(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_and_negations_contradict_and_names_do_not() {
        let opposed = |words: &[&str]| holds_opposites(words.iter().copied());
        assert!(opposed(&["up", "unknown", "Down"]));
        assert!(opposed(&["connected", "disconnected"]));
        assert!(!opposed(&["up", "unknown", "testing"]));
        assert!(!opposed(&["cyrus", "news", "test"]));
    }
}
