//! The leading columns of a line of an unknown format: one grammar for all.
//!
//! In: a line. Out: time, level, host and component from its columns, and where the message begins.
//!
//! A column is a time, a level, a bracket group, a number, a word, a `name:` or a separator. Times, levels, names
//! with a colon and separators are *sure*: the header reaches at least to the last of them. Words and numbers are
//! *pending*: they belong to the header only if something sure follows, and only so many of them; so a word that
//! might begin the message stays in it.

mod group;
mod level_word;

use std::borrow::Cow;
use std::ops::Range;

use level_word::LevelWord;

use super::draft::Draft;
use super::kinds::{self, Kind, Kinds};
use super::level;
use super::names;
use super::pairs;
use super::tag::{self, Tag};
use super::timestamp;
use crate::entry::{Format, Front};

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
            _ => self.time() || self.word(),
        }
    }

    /// A time, perhaps behind the `*` or `.` of an unsynchronised clock, or behind a quotation mark.
    fn time(&mut self) -> bool {
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
    fn time_behind_process(&self, start: usize) -> Option<(timestamp::Stamp, usize)> {
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
    fn is_same_day(&self, stamp: &timestamp::Stamp) -> bool {
        let day = |stamp: &timestamp::Stamp| stamp.date.map(|date| (date.month, date.day));
        self.draft.stamp.is_some_and(|known| day(&known).is_none() || day(&known) == day(stamp))
    }

    /// Behind a time: `host name[pid]:` as syslog writes it.
    fn source(&mut self) -> bool {
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

    fn name(&mut self, tag: &Tag) -> bool {
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
            if may_be_host && self.draft.host.is_none() && names::looks_like_host(bare, kinds) {
                self.draft.host = Some(Cow::Borrowed(bare));
            } else if self.draft.host.as_deref() != Some(bare) {
                self.draft.component = Some(Cow::Borrowed(bare));
            }
        }
        self.n_pending = 0;
        self.n_prose = 0;
    }

    /// `level <tab> time <tab> source <tab> number <tab>`, as Windows writes its events: the source may hold spaces.
    fn source_cell(&mut self) -> bool {
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

    /// Where a time begins among cells that commas or semicolons join, in front of any other column.
    fn time_in_cells(&self, start: usize, end: usize) -> Option<usize> {
        (start + 1..end)
            .filter(|&at| matches!(self.text[at - 1], b',' | b';'))
            .map(|at| at + usize::from(self.text[at] == b'"'))
            .take(MOST_PENDING)
            .find(|&at| {
                timestamp::read(self.text, at)
                    .is_some_and(|(stamp, _)| stamp.has_time() && stamp.date.is_some())
            })
    }

    fn pend_cells(&mut self, start: usize, time_at: usize) -> bool {
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

    /// A comma or semicolon parts words only where it stands behind the time as well.
    fn comma_joint(&self) -> u8 {
        if matches!(self.joint, b',' | b';') { self.joint } else { b'|' }
    }

    /// A level in a column of its own; `None` if the word is none, else whether the header goes on.
    fn level_word(&mut self, start: usize, end: usize) -> Option<bool> {
        let found = LevelWord::read(self.text, start, end)?;
        if !self.level_stands_here(&found, start, end) {
            return None;
        }
        if self.ends_label(start, &found) {
            return None;
        }
        let word = &self.text[start..end];
        if level::is_outcome(word)
            && self.joint == 0
            && !self.is_cell(start, end)
            && !time_is_next(self.text, end)
        {
            self.draft.level = self.draft.level.or(Some(found.level));
            return Some(false);
        }
        let again = self.draft.level.is_some();
        if again && self.draft.level != Some(found.level) {
            return None;
        }
        self.draft.level = Some(found.level);
        let is_padded = found.is_upper && self.text.get(end..end + 2) == Some(b"  ");
        if self.named && !found.decorated && !is_padded {
            // Behind a name the text has begun: the word may well be part of it, unless a column's width follows.
            return Some(false);
        }
        self.sure(found.end, if found.is_letter { Last::Letter } else { Last::Level });
        self.by_letter |= found.is_letter;
        self.level_end = found.end;
        self.n_groups = 0;
        if let Some(name) = found.name {
            self.draft.component = Some(Cow::Borrowed(&self.line[name]));
            self.draft.front = Front::CLOSED;
            self.named = true;
        }
        if found.closes {
            self.draft.front = Front::CLOSED;
        }
        if self.joint != 0 {
            self.swallow_joints();
        }
        Some(!self.named || !self.draft.has_time())
    }

    /// `SERVICE ALERT: `: one label of two words, not a level behind a name.
    fn ends_label(&self, start: usize, found: &LevelWord) -> bool {
        found.is_upper
            && self.n_pending > 0
            && self.last == Last::Word
            && self.text[self.pending[self.n_pending - 1].clone()].iter().all(u8::is_ascii_uppercase)
            && level::names_other_things(names::leading_letters(&self.text[start..found.end]))
    }

    /// Whether a level may stand where this word stands.
    fn level_stands_here(&self, found: &LevelWord, start: usize, end: usize) -> bool {
        let behind_column =
            self.n_pending == 0 || matches!(self.last, Last::Separator | Last::Group | Last::Number);
        let next =
            self.text[end..].iter().position(|&byte| byte != b' ').map(|gap| (gap, self.text[end + gap]));
        let prose_follows = matches!(next, Some((1, byte)) if byte.is_ascii_lowercase());
        if found.is_letter {
            let stands_apart = self.last == Last::Start || (self.draft.has_time() && behind_column);
            let time_follows = matches!(next, Some((_, b'[')))
                || next.is_some_and(|(gap, _)| timestamp::read(self.text, end + gap).is_some());
            return found.decorated
                || (stands_apart
                    && !self.named
                    && (time_follows
                        || (found.closes && self.draft.has_time())
                        || (self.draft.has_time()
                            && next.is_some()
                            && (!prose_follows || self.tag_is_next(end)))));
        }
        if found.is_caseless && !found.decorated {
            return self.draft.has_time() && behind_column && !self.named;
        }
        if found.decorated || found.is_upper {
            let at_start = self.last == Last::Start
                || self.draft.is_headed()
                || time_is_next(self.text, end)
                || self.only_numbers_and_groups()
                || (self.last == Last::Separator && self.joint == b'|' && self.n_pending == 1);
            let is_sentence = self.named && !found.decorated && prose_follows && !found.is_upper;
            // An address is whom the line tells of: words behind it are text.
            let in_text = self.n_pending > 1
                && !found.is_upper
                && names::is_address(&self.text[self.pending[0].clone()]);
            return at_start && self.n_prose <= 1 && !is_sentence && !in_text;
        }
        if self.named || !behind_column || self.last == Last::Start {
            return self.last == Last::Start && time_is_next(self.text, end);
        }
        // `Error opening …` is a sentence; `error opening …` and `Error   Name` are a column.
        let word = &self.text[start..end];
        !(prose_follows && (word_is_capitalised(word) || level::names_other_things(word)))
    }

    /// `176 [main] WARN`: what has passed so far cannot be the text.
    fn only_numbers_and_groups(&self) -> bool {
        let is_column = |range: &Range<usize>| {
            let column = &self.text[range.clone()];
            matches!(column[0], b'[' | b'(' | b'{') || column.iter().all(u8::is_ascii_digit)
        };
        self.n_pending > 0 && self.n_pending <= 2 && self.pending[..self.n_pending].iter().all(is_column)
    }

    /// ` - `, `|`, `:` or the like between columns.
    fn separator(&mut self, start: usize, end: usize) -> bool {
        let is_bar = self.text[start] == b'|';
        if self.joint == 0 && is_bar {
            self.joint = b'|';
        }
        if self.joint == b'|' && !is_bar && self.draft.level.is_none() {
            return false;
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
    fn is_program_and_mark(&self) -> bool {
        self.n_pending == 2
            && names::is_logger(&self.text[self.pending[0].clone()])
            && !self.pending_kinds[1].has(kinds::LOWER | kinds::UPPER | kinds::WIDE)
    }

    /// `enter - x`: behind a bare time or level a small word may be the first of the text; only many lines can tell.
    fn may_begin_text(&self) -> bool {
        matches!(self.last_sure, Last::Time | Last::Level)
            && self.text[self.end - 1] != b']'
            && self.n_pending == 1
            && self.pending_kinds[0].only(kinds::LOWER)
    }

    /// `name:` or `name[pid]:`, or else a word that waits for something sure.
    fn name_or_pending(&mut self, start: usize, end: usize, kinds: Kinds) -> bool {
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
    fn tag_of_word(&self, start: usize, end: usize, kinds: Kinds) -> Option<Tag> {
        if self.text.get(end).is_none_or(|&byte| kinds::is(byte, kinds::GAP)) {
            return tag::of_word(self.text, start..end, kinds, self.by_letter);
        }
        // A bar or comma ended the column, but does not end the name.
        tag::tag(self.text, start, self.by_letter)
    }

    /// Whether a word stands between two tabs, behind a level and a time.
    fn is_cell(&self, start: usize, end: usize) -> bool {
        self.text.get(end) == Some(&b'\t')
            && start > 0
            && self.text[start - 1] == b'\t'
            && self.draft.level.is_some()
            && self.draft.has_time()
    }

    /// Behind the level a single word may wait for ` - `, ` : ` or a bracket; a number for any of those.
    fn pend_behind_level(&mut self, start: usize, end: usize, kinds: Kinds, is_number: bool) -> bool {
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
    fn names_follow(&self, at: usize) -> bool {
        let start = names::skip_spaces(self.text, at);
        let end = names::word_end(self.text, start);
        let ends_by_dash = names::is_logger(&self.text[start..end]) && self.text[end..].starts_with(b" - ");
        ends_by_dash || tag::tag(self.text, start, true).is_some_and(|tag| tag.end == end)
    }

    /// `Name (Name.java:42) - `: a group, then a dash or colon.
    fn dash_behind_group(&self, at: usize) -> bool {
        let start = names::skip_spaces(self.text, at);
        let opens = matches!(self.text.get(start), Some(b'(' | b'['));
        let group = if opens { names::group(self.text, start) } else { None };
        group.is_some_and(|group| is_dash_or_colon(self.text[group.end..].trim_ascii_start()))
    }

    /// `cart.pl:42 main::reserve - `: one more word, then a dash or colon.
    fn dash_behind_word(&self, at: usize) -> bool {
        let start = names::skip_spaces(self.text, at);
        let end = names::word_end(self.text, start).min(self.limit);
        end > start && is_dash_or_colon(self.text[end..self.limit].trim_ascii_start())
    }

    /// Whether nothing but pairs stands between `at` and a level with its colon.
    fn level_follows_pairs(&self, at: usize) -> bool {
        let mut words = self.text[at..self.limit].split(|&byte| byte == b' ').filter(|word| !word.is_empty());
        let behind = words.by_ref().take(MOST_PENDING).find(|word| !word.contains(&b'='));
        behind.is_some_and(|word| {
            word.strip_suffix(b":").is_some_and(|name| level::is_upper(name) && level::word(name).is_some())
        })
    }

    fn level_is_next(&self, at: usize) -> bool {
        let at = at.min(self.limit);
        let is_gap = |byte: &u8| matches!(byte, b' ' | b'\t');
        let start = at + self.text[at..self.limit].iter().take_while(|&byte| is_gap(byte)).count();
        let length = self.text[start..self.limit].iter().take_while(|&byte| !is_gap(byte)).count();
        LevelWord::read(self.text, start, start + length)
            .is_some_and(|found| found.decorated || found.is_upper)
    }

    /// Whether a name with a colon follows: `I chatty  : `.
    fn tag_is_next(&self, at: usize) -> bool {
        self.last == Last::Number && tag::tag(self.text, names::skip_spaces(self.text, at), true).is_some()
    }

    /// A word in a column of fixed width: more than one space on both sides, behind a level.
    fn is_padded(&self, start: usize, end: usize) -> bool {
        if self.last != Last::Level {
            return false;
        }
        let tab_after = self.text.get(end) == Some(&b'\t');
        let gap_after = tab_after || self.text.get(end..end + 2) == Some(b"  ");
        let tab_before = start > 0 && self.text[start - 1] == b'\t';
        let gap_before = tab_before || (start > 1 && &self.text[start - 2..start] == b"  ");
        gap_after && gap_before && self.end > 0
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

fn is_dash_or_colon(text: &[u8]) -> bool {
    text.starts_with(b"- ") || text.starts_with(b": ")
}

fn word_is_capitalised(word: &[u8]) -> bool {
    word.len() > 1 && word[0].is_ascii_uppercase() && word[1].is_ascii_lowercase()
}

/// Whether a time, or a bracket that may hold one, follows the word that ends at `end`.
fn time_is_next(text: &[u8], end: usize) -> bool {
    let gap = text[end..].iter().take(8).take_while(|&&byte| matches!(byte, b' ' | b'\t')).count();
    let mut at = end + gap;
    at += usize::from(matches!(text.get(at), Some(b'[' | b'(')));
    timestamp::read(text, at).is_some()
}
