//! Columns in brackets: a time, a level, both with more words, or a thread, a process, a logger.

use std::borrow::Cow;
use std::ops::Range;

use super::{Last, Scan};
use crate::entry::Level;
use crate::parse::{kinds, level, names, timestamp};

impl Scan<'_, '_> {
    /// Reads the bracket group at `at`; false where it belongs to the message.
    pub(super) fn bracket_group(&mut self) -> bool {
        let Some(group) = names::group(self.text, self.at) else { return false };
        let inside = &self.text[group.inside.clone()];
        if self.text[self.at] == b'(' && self.text.get(group.end).is_some_and(u8::is_ascii_alphabetic) {
            // `(Re)starting`
            return false;
        }
        if level::is_outcome(inside.trim_ascii()) {
            if self.draft.level.is_none() {
                self.draft.level = level::word(inside.trim_ascii());
            }
            return false;
        }
        if inside == b"System" && self.draft.level.is_none() && code_follows(&self.text[group.end..]) {
            // MySQL: the level of what is told in any case.
            self.draft.level = Some(Level::Info);
            self.sure(group.end, Last::Level);
            return true;
        }
        // A second level, as in `(F)`, is text.
        let is_header = |found: &Found| {
            found.stamp.is_some()
                || self.draft.level.is_none()
                || (found.level == self.draft.level && !inside.contains(&b' '))
        };
        if let Some(found) = self.header_inside(group.inside.clone()).filter(is_header) {
            if let Some(stamp) = found.stamp {
                self.draft.add_stamp(stamp);
            }
            if self.draft.level.is_none() {
                self.draft.level = found.level;
            }
            self.sure(group.end, if found.level.is_some() { Last::Level } else { Last::Time });
            if found.level.is_some() {
                self.level_end = group.end;
            }
            if let Some(name) = found.name
                && self.draft.component.is_none()
            {
                self.draft.component = Some(Cow::Borrowed(names::without_line_number(&self.line[name])));
            }
            self.n_groups = 0;
            self.swallow_joints();
            return !(self.named && self.draft.level.is_some()) || self.draft.has_time();
        }
        if self.named || self.last == Last::Separator && self.draft.level.is_some() {
            return false;
        }
        self.plain_group(inside, &group)
    }

    /// A group without time or level: a thread, a process, a logger. Only a few, and only of one word.
    fn plain_group(&mut self, inside: &[u8], group: &names::Group) -> bool {
        let is_process = names::is_process(inside);
        let behind_logger = self.last == Last::Word && self.n_pending == 1 && self.draft.level.is_some();
        let leads_to_level =
            || self.draft.has_time() && self.draft.level.is_none() && self.level_is_next(group.end);
        let is_column = is_process
            || names::is_one_word(inside)
            || behind_logger
            || leads_to_level()
            || (self.draft.level.is_some() && names::is_context(inside));
        if self.is_by_group && !is_column && self.last == Last::Group && names::is_thread(inside) {
            // Behind `[logger]` a thread's name may hold spaces; the text follows.
            self.sure(group.end, Last::Group);
            return false;
        }
        // `(F)` is text, and so is a group in round brackets behind `name[pid]`.
        let is_round = self.text[group.inside.start - 1] == b'(';
        let is_letter = is_round && inside.len() == 1 && inside[0].is_ascii_alphabetic();
        if is_letter {
            return false;
        }
        if !is_column {
            // A thread's name may hold spaces; the text may as well, unless something sure follows.
            let whole = group.inside.start - 1..group.end;
            return names::is_words(inside)
                && self.pend(whole, kinds::Kinds::of_word(inside), false, Last::Group);
        }
        if is_round && self.last == Last::Word && self.draft.has_time() && self.process_ends_pending() {
            let end = self.pending[self.n_pending - 1].end;
            self.sure(end, Last::Word);
            return false;
        }
        let headed = self.draft.is_headed();
        let most = if self.draft.level.is_some() { 2 } else { 1 };
        if !is_process {
            self.n_groups += 1;
        }
        if headed && self.n_groups <= most && !self.is_said_of_words(inside, group, is_process) {
            // Where the part has named itself, a place in its source does not; a thread `main` is no part.
            let named = self.named_group.clone().is_some_and(|range| &self.text[range] != b"main");
            let is_place = named && names::has_line_number(inside);
            if !is_process
                && !is_place
                && !behind_logger
                && self.draft.level.is_some()
                && names::is_class(inside)
            {
                // The logger is the last group of a header.
                self.n_groups = most;
                let name = self.line[group.inside.clone()].trim_ascii();
                self.draft.component = Some(Cow::Borrowed(names::without_line_number(name)));
                self.is_by_group = true;
            }
            if !is_process && !is_place && names::is_named_group(inside) {
                self.named_group = Some(group.inside.clone());
            }
            self.sure(group.end, Last::Group);
            self.swallow_joints();
            return true;
        }
        let whole = group.inside.start - 1..group.end;
        let kinds = kinds::Kinds::of_word(&self.text[whole.clone()]);
        let waits = self.n_groups <= 4 && self.pend(whole, kinds, false, Last::Group);
        self.at += usize::from(self.text.get(self.at) == Some(&b':'));
        waits
    }

    /// `restart web (ok)`, `install foo:amd64 <none>`, `open file [rw]`: a group that says something of the words in front of
    /// it, which are text then and no columns. Only a square group of a header has text behind it, or a level in front.
    fn is_said_of_words(&self, inside: &[u8], group: &names::Group, is_process: bool) -> bool {
        let is_square = self.text[group.inside.start - 1] == b'[';
        let is_last = self.text[group.end..].trim_ascii().is_empty();
        self.n_pending > 0
            && self.draft.level.is_none()
            && !is_process
            && (is_last || !(is_square || names::is_class(inside)))
    }

    /// `kernel[0:7a1]` as the last pending word.
    fn process_ends_pending(&self) -> bool {
        self.n_pending > 0 && {
            let word = &self.text[self.pending[self.n_pending - 1].clone()];
            word[0].is_ascii_alphabetic() && word.ends_with(b"]")
        }
    }

    /// Time and level among the words inside of a bracket group.
    fn header_inside(&self, inside: Range<usize>) -> Option<Found> {
        let mut found = Found::default();
        let mut at = inside.start;
        let mut n_words = 0;
        let is_angled = self.text[inside.start - 1] == b'<';
        while at < inside.end {
            if matches!(self.text[at], b' ' | b',' | b':' | b'|' | b';' | b'/' | b'#') {
                at += 1;
                continue;
            }
            if found.stamp.is_none()
                && let Some((stamp, end)) = timestamp::read(&self.text[..inside.end], at)
                && (stamp.has_time() || (at == inside.start && end == inside.end))
                && (n_words <= 1 || stamp.is_whole())
                && (!self.named || stamp.is_whole())
            {
                found.stamp = Some(stamp);
                at = end;
                continue;
            }
            let start = at;
            while at < inside.end && !matches!(self.text[at], b' ' | b',' | b':' | b'|' | b';' | b'/') {
                at += 1;
                // `shop::cart` is one word.
                at += 2 * usize::from(self.text[at..inside.end].starts_with(b"::"));
            }
            n_words += 1;
            let word = &self.text[start..at];
            if found.level.is_none()
                && (n_words <= 2 || found.stamp.is_some() || at == inside.end)
                && let Some(level) = level::word(word).or_else(|| lone_letter(word))
            {
                found.level = Some(level);
            } else if found.name.is_none()
                && (word.len() > 1 || self.text.get(at) == Some(&b':'))
                && word[0].is_ascii_alphabetic()
            {
                found.name = Some(start..at);
            }
            if n_words > 6 || (is_angled && n_words > 1) {
                return None;
            }
        }
        // `Worker thread 7/WARN`
        let level_ends_it = || {
            self.text[inside.clone()].iter().rposition(|&byte| byte == b'/').is_some_and(|slash| {
                let last = &self.text[inside.start + slash + 1..inside.end];
                level::is_upper(last) && level::word(last).is_some()
            })
        };
        if found.stamp.is_none() && (found.level.is_none() || (n_words > 2 && !level_ends_it())) {
            return None;
        }
        if found.stamp.is_none() && n_words > 2 {
            found.name = None;
        }
        Some(found)
    }
}

/// What a bracket group said.
#[derive(Default)]
struct Found {
    stamp: Option<timestamp::Stamp>,
    level: Option<Level>,
    name: Option<Range<usize>>,
}

/// Whether a group with a message's code follows: ` [MY-010931]`.
fn code_follows(text: &[u8]) -> bool {
    let Some(code) = text.strip_prefix(b" [") else { return false };
    let n_letters = code.iter().take(8).take_while(|byte| byte.is_ascii_uppercase()).count();
    n_letters > 1 && matches!(code[n_letters..], [b'-', digit, ..] if digit.is_ascii_digit())
}

fn lone_letter(word: &[u8]) -> Option<Level> {
    if let [byte] = word { level::letter(*byte) } else { None }
}
