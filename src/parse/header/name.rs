//! Names as columns: a program or logger that its colon ends, a cell between tabs, a word of fixed width.

use std::borrow::Cow;

use super::{Last, Scan};
use crate::entry::Front;
use crate::parse::kinds::{self, Kinds};
use crate::parse::tag::Tag;
use crate::parse::{level, names, tag};

impl Scan<'_, '_> {
    pub(super) fn name(&mut self, tag: &Tag) -> bool {
        if self.draft.component.is_none()
            && self.text[tag.end..].starts_with(b" %")
            && let Some(next) = tag::tag(self.text, tag.end + 1, false)
            && level::mnemonic(&self.text[next.name.clone()]).is_some()
        {
            // `switch-1 : %FACILITY-4-MNEMONIC: …`
            self.draft.host = self.draft.host.take().or(Some(Cow::Borrowed(&self.line[tag.name.clone()])));
            return self.name(&next);
        }
        if self.draft.component.is_none() || self.is_by_group {
            self.draft.component = Some(Cow::Borrowed(&self.line[tag.name.clone()]));
            self.is_by_group = false;
        }
        if self.draft.level.is_none() {
            self.draft.level = level::mnemonic(&self.text[tag.name.clone()]);
        }
        self.sure(tag.end, Last::Name);
        self.named = true;
        self.draft.front = Front::CLOSED;
        true
    }

    /// `name:` or `name[pid]:`, or else a word that waits for something sure.
    pub(super) fn name_or_pending(&mut self, start: usize, end: usize, kinds: Kinds) -> bool {
        let word = &self.text[start..end];
        if self.last == Last::Level
            && memchr::memchr(b'{', word).is_some()
            && let Some(tag) = tag::behind_spans(&self.text[..self.limit], start)
        {
            self.name(&tag);
            return false;
        }
        if self.last == Last::Level
            && word.ends_with(b"]")
            && let Some(name) = names::before_groups(word)
        {
            // `web[][org.shop.Cart] text`
            self.draft.component = Some(Cow::Borrowed(&self.line[start..start + name]));
            self.sure(end, Last::Name);
            return false;
        }
        if self.is_cell(start, end) && (names::is_uuid(word) || names::has_line_number(word)) {
            // Between tabs the id of a request or a place in the source is a column.
            if self.draft.component.is_none() && self.n_pending == 0 && names::has_line_number(word) {
                self.draft.component =
                    Some(Cow::Borrowed(names::without_line_number(&self.line[start..end])));
            }
            self.sure(end, Last::Word);
            return true;
        }
        if kinds.has(kinds::QUOTE) {
            return false;
        }
        if kinds.has(kinds::EQUALS) {
            // Pairs are columns only in front of a level: `pid=7 tid=ab WARN: `.
            let may_wait = self.draft.has_time() && self.draft.level.is_none() && !word.ends_with(b"=");
            return may_wait
                && self.level_follows_pairs(end)
                && self.pend(start..end, kinds, false, Last::Number);
        }
        let headed = self.draft.is_headed();
        let is_number = kinds.has(kinds::DIGIT) && (kinds.only(kinds::DIGIT) || names::is_number(word));
        let in_cell = self.joint == b'|' && self.text.get(names::skip_spaces(self.text, end)) == Some(&b'|');
        if headed && self.joint == b'|' && !in_cell && self.draft.level.is_none() {
            // Where bars join the columns, a word without one begins the text.
            return false;
        }
        if headed
            && !in_cell
            && !is_number
            && self.n_pending <= 1
            && let Some(tag) = self.tag_of_word(start, end, kinds)
        {
            if self.draft.level.is_some() {
                self.name(&tag);
                return false;
            }
            let is_name = tag.is_identifier || self.level_is_next(tag.end);
            if tag.has_process || (self.n_pending == 0 && is_name) {
                return self.name(&tag);
            }
        }
        if headed && (in_cell || self.is_padded(start, end)) {
            self.pend(start..end, kinds, false, Last::Word);
            self.sure(end, Last::Word);
            return true;
        }
        if is_number && headed && self.text[start..end].contains(&b'#') && self.text[end - 1] == b':' {
            // nginx: process and thread, `31#31:`.
            self.sure(end, Last::Number);
            return false;
        }
        if self.draft.level.is_some() {
            return self.pend_behind_level(start, end, kinds, is_number);
        }
        let prose = self.text[start].is_ascii_alphabetic()
            && self.text[start + 1..end].iter().all(u8::is_ascii_lowercase);
        self.pend(start..end, kinds, prose, if is_number { Last::Number } else { Last::Word })
    }

    /// The tag that begins with the word of these `kinds`.
    pub(super) fn tag_of_word(&self, start: usize, end: usize, kinds: Kinds) -> Option<Tag> {
        if self.text.get(end).is_none_or(|&byte| kinds::is(byte, kinds::GAP)) {
            return tag::of_word(self.text, start..end, kinds, self.by_letter);
        }
        // A bar or comma ended the column, but does not end the name.
        tag::tag(self.text, start, self.by_letter)
    }

    /// Whether a word stands between two tabs, behind a level and a time.
    pub(super) fn is_cell(&self, start: usize, end: usize) -> bool {
        self.text.get(end) == Some(&b'\t')
            && start > 0
            && self.text[start - 1] == b'\t'
            && self.draft.level.is_some()
            && self.draft.has_time()
    }

    /// A word in a column of fixed width: more than one space on both sides, behind a level.
    pub(super) fn is_padded(&self, start: usize, end: usize) -> bool {
        if self.last != Last::Level {
            return false;
        }
        let tab_after = self.text.get(end) == Some(&b'\t');
        let gap_after = tab_after || self.text.get(end..end + 2) == Some(b"  ");
        let tab_before = start > 0 && self.text[start - 1] == b'\t';
        let gap_before = tab_before || (start > 1 && &self.text[start - 2..start] == b"  ");
        gap_after && gap_before && self.end > 0
    }
}
