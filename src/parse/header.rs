//! The leading columns of a line of an unknown format: one grammar for all.
//!
//! In: a line. Out: time, level, host and component from its columns, and where the message begins.
//!
//! A column is a time, a level, a bracket group, a number, a word, a `name:` or a separator. Times, levels, names
//! with a colon and separators are *sure*: the header reaches at least to the last of them. Words and numbers are
//! *pending*: they belong to the header only if something sure follows, and only so many of them; so a word that
//! might begin the message stays in it.

mod behind_level;
mod group;
mod level_column;
mod level_word;
mod moment;
mod name;
mod separator;

use std::borrow::Cow;
use std::ops::Range;

use super::draft::Draft;
use super::kinds::{self, Kind, Kinds};
use super::names;
use super::pairs;
use super::timestamp;
use crate::entry::Format;

/// Columns looked at before the rest is taken as message; more than any known format has.
const MOST_COLUMNS: usize = 20;
/// Bytes looked at before the rest is taken as message.
const MOST_BYTES: usize = 512;
/// Pending words allowed in front of a sure column.
const MOST_PENDING: usize = 6;
/// The longest word that can be a column, in bytes.
const LONGEST_WORD: usize = 160;
/// The longest word of nothing but signs that can be a separator, in bytes.
const LONGEST_SEPARATOR: usize = 3;

/// Reads the columns of `line` into `draft` from `from` on; the offset where the message begins.
pub(super) fn read<'a>(line: &'a str, from: usize, draft: &mut Draft<'a>) -> usize {
    let mut scan = Scan::new(line, from, draft);
    scan.run();
    if let Some(range) = scan.named_group.take()
        && scan.draft.component.is_none()
        && range.end <= scan.end
        && scan.draft.host.as_deref() != Some(&line[range.clone()])
    {
        scan.draft.component = Some(Cow::Borrowed(names::without_line_number(line[range].trim_ascii())));
    }
    let end = scan.end;
    if !draft.is_headed() {
        return from;
    }
    if draft.format == Format::Plain && end > from {
        draft.format = Format::Columns;
    }
    end
}

struct Scan<'a, 'd> {
    line: &'a str,
    text: &'a [u8],
    draft: &'d mut Draft<'a>,
    at: usize,
    /// Where the last sure column ended.
    end: usize,
    limit: usize,
    pending: [Range<usize>; MOST_PENDING],
    pending_kinds: [Kinds; MOST_PENDING],
    n_pending: usize,
    /// Pending words that could be prose.
    n_prose: usize,
    /// What ended just before `at`.
    last: Last,
    /// The last sure column.
    last_sure: Last,
    /// Bracket groups passed since the last time or level.
    n_groups: usize,
    /// Whether a name with a colon has been passed: then only a time or a level may follow.
    named: bool,
    /// Where the level's column ended; words behind it name no host.
    level_end: usize,
    /// Whether the level was one letter, or `in` followed it: then its word may follow, and any word with a colon is a name.
    by_letter: bool,
    /// Whether the component stands in a bracket group: a name with a colon behind it is the better one.
    is_by_group: bool,
    /// A bracket group of one word: the component where no other column names one.
    named_group: Option<Range<usize>>,
    /// The character that joins columns, where it is not white space.
    joint: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Last {
    Start,
    Time,
    Level,
    Letter,
    Group,
    Separator,
    Number,
    Word,
    Name,
}

impl<'a, 'd> Scan<'a, 'd> {
    fn new(line: &'a str, from: usize, draft: &'d mut Draft<'a>) -> Self {
        let text = line.as_bytes();
        Self {
            line,
            text,
            draft,
            at: from,
            end: from,
            limit: (0..=text.len().min(from + MOST_BYTES))
                .rev()
                .find(|&at| line.is_char_boundary(at))
                .unwrap_or(0),
            pending: std::array::from_fn(|_| 0..0),
            pending_kinds: [Kinds::NONE; MOST_PENDING],
            n_pending: 0,
            n_prose: 0,
            last: Last::Start,
            last_sure: Last::Start,
            n_groups: 0,
            named: false,
            level_end: usize::MAX,
            by_letter: false,
            is_by_group: false,
            named_group: None,
            joint: 0,
        }
    }

    fn run(&mut self) {
        for _ in 0..MOST_COLUMNS {
            while self.at < self.limit && matches!(self.text[self.at], b' ' | b'\t') {
                self.at += 1;
            }
            if self.at >= self.limit || !self.column() {
                return;
            }
        }
    }

    /// Reads one column; false where the header is over.
    fn column(&mut self) -> bool {
        match self.text[self.at] {
            b'C' | b'L' if pairs::is_event_format(&self.line[self.at..]) => false,
            b'[' | b'(' | b'<' | b'{' => self.bracket_group(),
            _ if self.is_time_told_of_in_cells() => false,
            _ => self.time() || self.word(),
        }
    }

    /// A column that certainly belongs to the header: so do the pending ones before it.
    fn sure(&mut self, end: usize, what: Last) {
        self.settle_pending(what);
        self.draft.front = self.draft.front.then(what as u8);
        self.end = end;
        self.at = end;
        self.last = what;
        self.last_sure = what;
    }

    /// The first pending word that looks like a machine is the host, the last of the others the component.
    fn settle_pending(&mut self, what: Last) {
        if self.n_pending == 0 {
            return;
        }
        // Words with a colon in front of a time are its label: `Log started: 2024-01-01 …`.
        let last_byte = |range: &Range<usize>| self.text[range.end - 1];
        let is_label = last_byte(&self.pending[self.n_pending - 1]) == b':';
        let n_names = if is_label && what == Last::Time { 0 } else { self.n_pending };
        for (range, kinds) in self.pending[..n_names].iter().zip(self.pending_kinds) {
            if kinds.only(kinds::DIGIT) || kinds.has(kinds::GAP) {
                continue;
            }
            let word = &self.line[range.clone()];
            let (bare, kinds) = names::named(word, kinds);
            let (bare, is_program) = names::behind_process(bare);
            // Neither a number nor a pair is a name.
            if !kinds.has(kinds::ALPHANUMERIC | kinds::WIDE)
                || kinds.has(kinds::EQUALS)
                || names::is_quantity(bare)
                || names::is_process_id(bare)
            {
                continue;
            }
            // In front of a time a hyphen alone makes no machine: programs' names have them too.
            let is_bare_word = what == Last::Time && !bare.bytes().any(|b| b.is_ascii_digit() || b == b'.');
            // A bar glued to a word's end marks a part of the program: `kid1| `.
            let is_part = self.text[..self.limit].get(range.end..range.end + 2) == Some(b"| ");
            let may_be_host = !(is_program || is_bare_word || is_part) && range.start < self.level_end;
            if may_be_host
                && self.draft.host.is_none()
                && names::looks_like_host(bare, kinds)
                && !names::holds_time(word)
            {
                self.draft.host = Some(Cow::Borrowed(bare));
            } else if kinds.has(kinds::LOWER | kinds::UPPER | kinds::WIDE)
                && self.draft.host.as_deref() != Some(bare)
            {
                self.draft.component = Some(Cow::Borrowed(bare));
            }
        }
        self.n_pending = 0;
        self.n_prose = 0;
    }

    fn swallow_joints(&mut self) {
        while self.end < self.limit && matches!(self.text[self.end], b']' | b',' | b';' | b':' | b'|') {
            self.end += 1;
        }
        self.at = self.end;
    }

    fn word(&mut self) -> bool {
        let start = self.at;
        let (end, kinds) = self.word_end(start);
        if end == start {
            return self.separator(start, start + 1);
        }
        if self.last == Last::Start
            && kinds.has(kinds::JOINT)
            && let Some(at) = self.time_in_cells(start, end.min(start + LONGEST_WORD))
        {
            return self.pend_cells(start, at);
        }
        if end - start > LONGEST_WORD {
            return false;
        }
        if kinds.only(kinds::SEPARATOR) && end - start <= LONGEST_SEPARATOR {
            return self.separator(start, end);
        }
        if (self.draft.level.is_none() || self.by_letter || self.last == Last::Separator)
            && let Some(found) = self.level_word(start, end)
        {
            return found;
        }
        if self.named {
            return false;
        }
        self.name_or_pending(start, end, kinds)
    }

    /// Where the word at `start` ends: at white space, a bar, or what else joins the columns; and its kinds.
    fn word_end(&self, start: usize) -> (usize, Kinds) {
        const ENDS: Kind = kinds::GAP | kinds::BAR;
        if self.comma_joint() == b'|' {
            return kinds::until(self.text, start, self.limit, ENDS);
        }
        let mut end = start;
        let mut kinds = Kinds::NONE;
        while end < self.limit && !kinds::is(self.text[end], ENDS) && self.text[end] != self.comma_joint() {
            kinds = kinds.and(self.text[end]);
            end += 1;
        }
        (end, kinds)
    }

    /// A comma or semicolon parts words only where it stands behind the time as well.
    fn comma_joint(&self) -> u8 {
        if matches!(self.joint, b',' | b';') { self.joint } else { b'|' }
    }

    fn pend(&mut self, range: Range<usize>, kinds: Kinds, prose: bool, what: Last) -> bool {
        if self.n_pending == MOST_PENDING {
            return false;
        }
        self.n_prose += usize::from(prose);
        if self.n_prose > 1 {
            return false;
        }
        self.at = range.end;
        self.pending[self.n_pending] = range;
        self.pending_kinds[self.n_pending] = kinds;
        self.n_pending += 1;
        self.last = what;
        true
    }
}

/// Whether a time, or a bracket that may hold one, follows the word that ends at `end`.
fn time_is_next(text: &[u8], end: usize) -> bool {
    let gap = text[end..].iter().take(8).take_while(|&&byte| matches!(byte, b' ' | b'\t')).count();
    let mut at = end + gap;
    at += usize::from(matches!(text.get(at), Some(b'[' | b'(')));
    timestamp::read(text, at).is_some()
}
