//! Signs between columns: ` - `, `|`, `:`; and which words in front of them are columns.

use super::{Last, Scan};
use crate::entry::Front;
use crate::parse::{kinds, names};

impl Scan<'_, '_> {
    /// ` - `, `|`, `:` or the like between columns.
    pub(super) fn separator(&mut self, start: usize, end: usize) -> bool {
        let is_bar = self.text[start] == b'|';
        if self.joint == 0 && is_bar {
            self.joint = b'|';
        }
        if self.joint == b'|' && !is_bar && self.draft.level.is_none() {
            return false;
        }
        if self.n_pending > 0 && self.draft.level.is_none() && self.comma_joint() == self.text[start] {
            // Cells tell of the record as well as a text does: only a level behind them makes columns of them.
            self.at = end;
            self.last = Last::Separator;
            return true;
        }
        let is_colon = &self.text[start..end] == b":";
        // `cart.pl:42 main::reserve - `: a place, then its name.
        let is_place_and_name =
            self.n_pending == 2 && names::has_line_number(&self.text[self.pending[0].clone()]);
        let names_pending = (self.n_pending == 1 || is_place_and_name || self.is_program_and_mark())
            && !self.may_begin_text()
            && self.draft.is_headed()
            && (!is_colon || self.draft.level.is_some());
        let bars_join = is_bar && self.draft.is_headed() && self.n_pending <= 2;
        if !self.draft.is_headed() {
            // An empty column, written as `-`.
            self.at = end;
            self.last = Last::Separator;
            return self.text[start] == b'-' || is_bar;
        }
        if !(self.n_pending == 0 || names_pending || bars_join) {
            return false;
        }
        if self.last == Last::Name && !is_bar {
            // `name: -- text`
            return false;
        }
        let done = self.draft.level.is_some() && self.draft.component.is_some() && !is_bar;
        let names = self.n_pending > 0 && self.last != Last::Number;
        // Behind `1234 ---` the columns go on as behind the number.
        let what = if self.last == Last::Number { Last::Number } else { Last::Separator };
        self.sure(end, what);
        // Bars and the like join columns, and more of them may follow.
        if self.joint == 0 && (names || self.draft.level.is_some()) {
            self.draft.front = Front::CLOSED;
        }
        !(done || (names && self.draft.level.is_some() && self.draft.has_time() && !is_bar))
    }

    /// `chrome.exe *64`: a name that cannot be prose, then a word without letters.
    pub(super) fn is_program_and_mark(&self) -> bool {
        self.n_pending == 2
            && names::is_logger(&self.text[self.pending[0].clone()])
            && !self.pending_kinds[1].has(kinds::LOWER | kinds::UPPER | kinds::WIDE)
    }

    /// `enter - x`: behind a bare time or level a small word may be the first of the text; only many lines can tell.
    pub(super) fn may_begin_text(&self) -> bool {
        matches!(self.last_sure, Last::Time | Last::Level)
            && self.text[self.end - 1] != b']'
            && self.n_pending == 1
            && self.pending_kinds[0].only(kinds::LOWER)
    }
}
