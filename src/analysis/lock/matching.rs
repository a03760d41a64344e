//! Whether two templates are of one kind of line: more data turns words of a template into variables, and less does not.

use super::{Lock, Observed};
use crate::features::severity::word_weight;
use crate::tokenize::VARIABLE;

/// Which events of a log are which lines of a file.
pub(super) struct Matches {
    /// By line of the file: the events of the log that it is.
    of_lock: Vec<Vec<usize>>,
    /// By event of the log: the lines of the file that it covers without being one of them.
    wider_than: Vec<usize>,
    /// By event of the log: whether it is in the file.
    is_known: Vec<bool>,
}

impl Matches {
    pub(super) fn new(lock: &Lock, log: &Observed) -> Self {
        let locked: Vec<&str> = lock.events.iter().map(|event| event.template.as_str()).collect();
        let seen: Vec<&str> = log.events.iter().map(|(event, _)| event.template.as_str()).collect();
        let mut matches = Self {
            of_lock: vec![Vec::new(); locked.len()],
            wider_than: vec![0; seen.len()],
            is_known: vec![false; seen.len()],
        };
        for (event, template) in seen.iter().enumerate() {
            if let Ok(line) = locked.binary_search(template) {
                matches.of_lock[line].push(event);
                matches.is_known[event] = true;
            }
        }
        for (line, general) in locked.iter().enumerate() {
            for event in covered(general, &seen) {
                if !matches.is_known[event] {
                    matches.of_lock[line].push(event);
                    matches.is_known[event] = true;
                }
            }
        }
        for (event, general) in seen.iter().enumerate() {
            for line in covered(general, &locked) {
                if matches.of_lock[line].is_empty() {
                    matches.of_lock[line].push(event);
                    matches.is_known[event] = true;
                    matches.wider_than[event] += 1;
                }
            }
        }
        matches
    }

    /// By line of the file: the events of the log that it is.
    pub(super) fn of_lock(&self) -> &[Vec<usize>] {
        &self.of_lock
    }

    /// The events of the log that the file does not hold.
    pub(super) fn unknown(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.is_known.len()).filter(|event| !self.is_known[*event])
    }

    /// Whether an event of the log stands for lines of the file with other, narrower templates.
    pub(super) fn is_wider(&self, event: usize) -> bool {
        self.wider_than[event] > 0
    }
}

/// The positions of the templates, other than itself, that a general one covers. `templates` are sorted.
fn covered<'t>(general: &'t str, templates: &'t [&'t str]) -> impl Iterator<Item = usize> + 't {
    let constant = general.split(VARIABLE).next().unwrap_or_default();
    let first = if is_general(general) {
        templates.partition_point(|template| *template < constant)
    } else {
        templates.len()
    };
    let alike = templates[first..].iter().take_while(move |template| template.starts_with(constant));
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
