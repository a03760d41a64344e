//! Behind the level: which word is still a column, though no colon ends it.

use std::borrow::Cow;

use super::{Last, Scan, time_is_next};
use crate::parse::kinds::Kinds;
use crate::parse::{names, tag};

impl Scan<'_, '_> {
    /// Behind the level a single word may wait for ` - `, ` : ` or a bracket; a number for any of those.
    pub(super) fn pend_behind_level(
        &mut self,
        start: usize,
        end: usize,
        kinds: Kinds,
        is_number: bool,
    ) -> bool {
        let word = &self.text[start..end];
        if names::is_address(word) {
            return false;
        }
        let next = self.text[end..self.limit].trim_ascii_start();
        if self.draft.component.is_none()
            && self.n_pending == 0
            && let Some(ids_end) = names::process_and_thread(self.text, end)
        {
            // `module 812 140166857653120 text`
            self.draft.component = Some(Cow::Borrowed(&self.line[start..end]));
            self.sure(ids_end, Last::Number);
            return false;
        }
        if word == b"in" && self.last == Last::Level && self.names_follow(end) {
            // `WARNING in shop: …`
            self.at = end;
            self.by_letter = true;
            return true;
        }
        if self.draft.component.is_none()
            && (next.first().is_some_and(u8::is_ascii_uppercase) || self.n_groups > 1)
            && names::is_method(word)
        {
            self.draft.component = Some(Cow::Borrowed(&self.line[start..end]));
            self.sure(end, Last::Name);
            return false;
        }
        let promising = is_number
            || is_dash_or_colon(next)
            || (!self.draft.has_time() && time_is_next(self.text, end))
            || (self.dash_behind_group(end) && (names::is_logger(word) || names::is_process(word)))
            || (names::has_line_number(word) && self.dash_behind_word(end))
            || (next.starts_with(b"[") && (self.by_letter || names::is_logger(word)));
        let is_first = self.n_pending == 0
            || (self.n_pending == 1 && names::has_line_number(&self.text[self.pending[0].clone()]));
        promising
            && is_first
            && self.pend(start..end, kinds, false, if is_number { Last::Number } else { Last::Word })
    }

    /// Whether a name follows that a colon or a dash ends.
    pub(super) fn names_follow(&self, at: usize) -> bool {
        let start = names::skip_spaces(self.text, at);
        let end = names::word_end(self.text, start);
        let ends_by_dash = names::is_logger(&self.text[start..end]) && self.text[end..].starts_with(b" - ");
        ends_by_dash || tag::tag(self.text, start, true).is_some_and(|tag| tag.end == end)
    }

    /// `Name (Name.java:42) - `: a group, then a dash or colon.
    pub(super) fn dash_behind_group(&self, at: usize) -> bool {
        let start = names::skip_spaces(self.text, at);
        let opens = matches!(self.text.get(start), Some(b'(' | b'['));
        let group = if opens { names::group(self.text, start) } else { None };
        group.is_some_and(|group| is_dash_or_colon(self.text[group.end..].trim_ascii_start()))
    }

    /// `cart.pl:42 main::reserve - `: one more word, then a dash or colon.
    pub(super) fn dash_behind_word(&self, at: usize) -> bool {
        let start = names::skip_spaces(self.text, at);
        let end = names::word_end(self.text, start).min(self.limit);
        end > start && is_dash_or_colon(self.text[end..self.limit].trim_ascii_start())
    }
}

fn is_dash_or_colon(text: &[u8]) -> bool {
    text.starts_with(b"- ") || text.starts_with(b": ")
}
