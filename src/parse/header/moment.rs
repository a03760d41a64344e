//! A time as a column, and whom a format names right behind its time.

use std::borrow::Cow;

use super::{Last, MOST_PENDING, Scan};
use crate::entry::Format;
use crate::parse::kinds::Kinds;
use crate::parse::{tag, timestamp};

impl Scan<'_, '_> {
    /// A time, perhaps behind the `*` or `.` of an unsynchronised clock, or behind a quotation mark.
    pub(super) fn time(&mut self) -> bool {
        let mut start = self.at;
        if matches!(self.text[start], b'*' | b'.' | b'#' | b'"') {
            start += 1;
        }
        let mut found = timestamp::read(self.text, start);
        if found.is_none() {
            found = self.time_behind_process(start);
        }
        let Some((stamp, end)) = &found else { return false };
        let clock_only = stamp.date.is_none();
        if self.draft.has_time() && (stamp.is_epoch || (self.named && !self.is_same_day(stamp))) {
            return false;
        }
        // Behind words of prose a time of day is what the text tells of; a clock's thousandths are not.
        let is_told_of = self.n_prose > 0 || (self.n_pending > 0 && stamp.fraction_digits < 3);
        if (clock_only && (is_told_of || self.draft.has_time())) || (self.named && !stamp.is_whole()) {
            return false;
        }
        if !stamp.has_time() && self.draft.has_time() && self.last != Last::Time {
            return false;
        }
        self.draft.add_stamp(*stamp);
        self.sure(*end, Last::Time);
        if self.draft.level.is_some() && self.source_cell() {
            return false;
        }
        if self.joint == 0 && matches!(self.text.get(self.end), Some(b'|' | b',' | b';')) {
            self.joint = self.text[self.end];
        }
        self.swallow_joints();
        self.n_groups = 0;
        if self.draft.level.is_none() && self.draft.has_time() { self.source() } else { true }
    }

    /// At the very front, `812:20240101:100000.123`: a process id that a colon joins to a time.
    pub(super) fn time_behind_process(&self, start: usize) -> Option<(timestamp::Stamp, usize)> {
        if self.last != Last::Start || !self.text.get(start).is_some_and(u8::is_ascii_digit) {
            return None;
        }
        let n_digits = self.text[start..].iter().take(8).take_while(|byte| byte.is_ascii_digit()).count();
        let at = start + n_digits;
        if n_digits == 0 || self.text.get(at) != Some(&b':') {
            return None;
        }
        timestamp::read(self.text, at + 1).filter(|(stamp, _)| stamp.is_whole())
    }

    /// Whether a second time, behind a name, is the same day's: then it tells of the same moment, only better.
    pub(super) fn is_same_day(&self, stamp: &timestamp::Stamp) -> bool {
        let day = |stamp: &timestamp::Stamp| stamp.date.map(|date| (date.month, date.day));
        self.draft.stamp.is_some_and(|known| day(&known).is_none() || day(&known) == day(stamp))
    }

    /// Whether a time stands here behind cells that have begun to tell: it is one of theirs.
    pub(super) fn is_time_told_of_in_cells(&self) -> bool {
        matches!(self.joint, b',' | b';')
            && self.draft.has_time()
            && self.n_pending > 0
            && timestamp::read(self.text, self.at).is_some_and(|(stamp, _)| stamp.is_whole())
    }

    /// Where a time begins among cells that commas or semicolons join, in front of any other column.
    pub(super) fn time_in_cells(&self, start: usize, end: usize) -> Option<usize> {
        (start + 1..end)
            .filter(|&at| matches!(self.text[at - 1], b',' | b';'))
            .map(|at| at + usize::from(self.text[at] == b'"'))
            .take(MOST_PENDING)
            .find(|&at| {
                timestamp::read(self.text, at)
                    .is_some_and(|(stamp, _)| stamp.has_time() && stamp.date.is_some())
            })
    }

    pub(super) fn pend_cells(&mut self, start: usize, time_at: usize) -> bool {
        let mut from = start;
        for at in start..time_at {
            if matches!(self.text[at], b',' | b';') {
                let kinds = Kinds::of_word(&self.text[from..at]);
                if at > from && !self.pend(from..at, kinds, false, Last::Word) {
                    return false;
                }
                from = at + 1;
            }
        }
        self.at = time_at;
        true
    }

    /// Behind a time: `host name[pid]:` as syslog writes it.
    pub(super) fn source(&mut self) -> bool {
        let Some(source) = tag::host_and_tag(self.text, self.end, self.draft.stamp) else { return true };
        if let Some(host) = source.host {
            self.draft.format = Format::Syslog;
            self.draft.host = Some(Cow::Borrowed(&self.line[host]));
        }
        match source.tag {
            Some(tag) => self.name(&tag),
            None => {
                self.sure(source.end, Last::Word);
                // Only a level or another time may follow a host.
                self.named = true;
                true
            }
        }
    }

    /// `level <tab> time <tab> source <tab> number <tab>`, as Windows writes its events: the source may hold spaces.
    pub(super) fn source_cell(&mut self) -> bool {
        let Some(rest) = self.line[self.end..self.limit].strip_prefix('\t') else { return false };
        let mut cells = rest.split('\t');
        let (Some(source), Some(number), Some(_)) = (cells.next(), cells.next(), cells.next()) else {
            return false;
        };
        let is_source =
            !source.is_empty() && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        if is_source {
            let start = self.end + 1;
            self.draft.component = Some(Cow::Borrowed(&self.line[start..start + source.len()]));
            self.sure(start + source.len(), Last::Name);
        }
        is_source
    }
}
