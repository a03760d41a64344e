//! Whether two templates are of one kind of line: more data turns words of a template into variables, and less does not.

use super::{Lock, Observed};
use crate::features::severity::word_weight;
use crate::tokenize::VARIABLE;

/// Which events of a log are which lines of a file.
pub(super) struct Matches {
    /// By line of the file.
    of_lock: Vec<Match>,
    /// By event of the log: whether it is in the file.
    is_known: Vec<bool>,
}

/// What a log has of one line of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct Match {
    /// The events that are counted as it.
    pub(super) events: Vec<usize>,
    /// Events that stand for it with a more general template, the most special first. One that stands for several lines is
    /// counted as the most frequent of them, and says of the others no more than that they are there.
    pub(super) wider: Vec<usize>,
}

impl Match {
    /// All events that have lines of its kind.
    pub(super) fn all(&self) -> impl Iterator<Item = usize> + '_ {
        self.events.iter().chain(&self.wider).copied()
    }
}

impl Matches {
    pub(super) fn new(lock: &Lock, log: &Observed) -> Self {
        let locked: Vec<&str> = lock.events.iter().map(|event| event.template.as_str()).collect();
        let seen: Vec<&str> = log.events.iter().map(|(event, _)| event.template.as_str()).collect();
        let mut of_lock = vec![Match::default(); locked.len()];
        let mut is_known = vec![false; seen.len()];
        let mut is_there = vec![false; locked.len()];
        for (event, template) in seen.iter().enumerate() {
            if let Ok(line) = locked.binary_search(template) {
                of_lock[line].events.push(event);
                (is_known[event], is_there[line]) = (true, true);
            }
        }
        // A more special template is of the most special line that covers it.
        let mut covering: Vec<Option<usize>> = vec![None; seen.len()];
        for (line, general) in locked.iter().enumerate() {
            for event in covered(general, &seen).filter(|event| !is_known[*event]) {
                let so_far = covering[event].map_or(0, |line| constant(locked[line]));
                if constant(general) > so_far {
                    covering[event] = Some(line);
                }
            }
        }
        for (event, line) in covering.iter().enumerate() {
            if let Some(line) = *line {
                of_lock[line].events.push(event);
                is_known[event] = true;
            }
        }
        // A more general one stands for the lines that the log does not have as they are.
        for (event, general) in seen.iter().enumerate() {
            let lines: Vec<usize> = covered(general, &locked).filter(|line| !is_there[*line]).collect();
            lines.iter().for_each(|line| of_lock[*line].wider.push(event));
            // The first of the most frequent.
            let most = lines.iter().rev().max_by_key(|line| lock.events[**line].rate);
            if let Some(most) = most.filter(|_| !is_known[event]) {
                of_lock[*most].events.push(event);
                is_known[event] = true;
            }
        }
        for line in &mut of_lock {
            line.wider.sort_by_key(|event| std::cmp::Reverse(constant(seen[*event])));
        }
        Self { of_lock, is_known }
    }

    /// By line of the file: what the log has of it.
    pub(super) fn of_lock(&self) -> &[Match] {
        &self.of_lock
    }

    /// The events of the log that the file does not hold.
    pub(super) fn unknown(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.is_known.len()).filter(|event| !self.is_known[*event])
    }
}

/// How much of a template is text and no variable, in bytes.
fn constant(template: &str) -> usize {
    template.split(VARIABLE).map(str::len).sum()
}

/// The positions of the templates, other than itself, that a general one covers. `templates` are sorted.
fn covered<'t>(general: &'t str, templates: &'t [&'t str]) -> impl Iterator<Item = usize> + 't {
    let begins = general.split(VARIABLE).next().unwrap_or_default();
    let first = if is_general(general) {
        templates.partition_point(|template| *template < begins)
    } else {
        templates.len()
    };
    let alike = templates[first..].iter().take_while(move |template| template.starts_with(begins));
    alike
        .enumerate()
        .filter(move |(_, template)| **template != general && covers(general, template))
        .map(move |(i, _)| first + i)
}

/// Whether a template has a variable, and a word to be known by: `<*> <*>` would cover everything.
fn is_general(template: &str) -> bool {
    template.contains(VARIABLE) && template.split(VARIABLE).any(|part| part.chars().any(char::is_alphabetic))
}

/// Whether the lines of `special` are of the kind of `general`: its text with each variable standing for a word or for
/// several, but for none that speak of trouble, where `general` itself does not. `Downloading <*>` is no `Downloading
/// failed`, whatever may be downloaded.
///
/// Cost: linear in the text for each constant part.
fn covers(general: &str, special: &str) -> bool {
    let known = weight(general);
    let is_stood_for = |text: &str| !text.is_empty() && (known > 0.0 || weight(text) <= known);
    let mut parts = general.split(VARIABLE);
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = special.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        // The variable before the part takes one character at least.
        let Some(taken) = rest.chars().next().map(char::len_utf8) else { return false };
        if parts.peek().is_none() {
            let end = rest.len().checked_sub(part.len()).filter(|end| *end >= taken);
            return end.is_some_and(|end| rest.ends_with(part) && is_stood_for(&rest[..end]));
        }
        let Some(at) = rest[taken..].find(part) else { return false };
        if !is_stood_for(&rest[..taken + at]) {
            return false;
        }
        rest = &rest[taken + at + part.len()..];
    }
    true
}

/// What the words of a template or of a part of it weigh, as [`word_weight`].
pub(super) fn weight(template: &str) -> f64 {
    let words = template.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    word_weight(words.collect::<Vec<_>>().iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_variable_stands_for_any_text_that_is_not_empty() {
        for (general, special) in [
            ("user <*> failed", "user bob failed"),
            ("user <*> failed", "user <*> failed"),
            ("<*> of <*>", "3 of of 4 of 5"),
            ("took <*>", "took <*> ms"),
            ("a<*>b<*>b", "aXbXbb"),
        ] {
            assert!(covers(general, special), "{general} {special}");
        }
        for (general, special) in [
            ("user bob failed", "user <*> failed"),
            ("user <*> failed", "user  failed now"),
            ("took <*>", "took "),
            ("<*> of <*>", "3 of "),
            ("job done", "job done twice"),
            ("a<*>ab", "ab"),
        ] {
            assert!(!covers(general, special), "{general} {special}");
        }
    }
}
