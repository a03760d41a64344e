//! Which lines belong together: stack traces, and SQL and JSON over several lines, with the entry that they continue.
//!
//! In: lines and what was read of each. Out: for each line the first line of its record. A record is one event of an
//! analysis, whatever its length; learning is by line, and does not come here.
//!
//! A line that is indented continues the record before it, if that has a time or a level or is a trace. An unindented
//! line without a time continues it only where its own text says so: as a frame, a head or a link of a trace, or
//! within brackets or a statement that the record left open. A head (`java.lang.X: …`, `panic: …`) joins an entry that
//! speaks of trouble, and else begins a record: what a runtime prints into a stream of ordinary lines is none of theirs.
//! Frames of several writers join the nearest trace within [`REACH`] lines; of two traces that are written into each
//! other line by line, the lines cannot be told apart, and join the latest.

mod piece;
mod rest;
mod slow;

use rayon::prelude::*;

use crate::entry::{Format, Level, LogEntry};
use crate::features::severity::word_weight;

use piece::{
    Piece, Trace, holds_exception, is_indented_by_nature, is_native_frame, is_part_of_json, opened,
    opens_sql, piece, piece_of_message,
};
use rest::is_rest;
use slow::Slow;

/// How many lines a trace may be interrupted by, and how many lines of a message may stand in front of its frames. A
/// larger one joins more of what several writers mixed, and more that does not belong together.
const REACH: usize = 16;

/// Traces that are remembered while other lines come.
const MOST_OPEN: usize = 4;

/// The index of the first line of each line's record: its own for a first line.
///
/// # Cost
/// Linear in the text; each line is looked at once, and at most [`REACH`] lines ahead.
pub(super) fn first_lines<S: AsRef<str> + Sync>(texts: &[S], entries: &[LogEntry<'_>]) -> Vec<u32> {
    let line = |at: usize| (texts[at].as_ref(), &entries[at]);
    let piece = |at: usize| match at.checked_sub(1) {
        Some(before) if is_rest(line(before), line(at)) => Piece::Rest,
        _ => piece_of(line(at).0, line(at).1),
    };
    let pieces: Vec<Piece> = (0..texts.len()).into_par_iter().map(piece).collect();
    if pieces.iter().all(|piece| *piece == Piece::First) {
        return (0..texts.len() as u32).collect();
    }
    let mut reader = Reader { texts, entries, pieces: &pieces, ahead: Ahead::of(&pieces), open: Vec::new() };
    (0..texts.len()).map(|line| reader.first_line_of(line) as u32).collect()
}

/// How many lines no line to come can change: those in front of the last [`REACH`] lines and of the records that go on
/// among these; all lines, where a single record fills them.
pub(super) fn n_settled(first_lines: &[u32]) -> usize {
    let n_lines = first_lines.len();
    let mut earliest = usize::MAX;
    for line in (1..n_lines).rev() {
        earliest = earliest.min(first_lines[line] as usize);
        if line + REACH <= n_lines && earliest == line {
            return line;
        }
    }
    n_lines
}

fn piece_of(text: &str, entry: &LogEntry<'_>) -> Piece {
    if entry.timestamp.is_some() && !text.starts_with([' ', '\t']) {
        // Behind a wrapper's time some lines have lost what tells of them: `panic: ` is read as a level.
        if let Some(found) = inside(text, entry).and_then(piece_inside) {
            return found;
        }
        return piece_of_message(&entry.message, is_indented_inside(text, entry));
    }
    match piece(text) {
        Piece::Indented if entry.timestamp.is_some() => Piece::First,
        Piece::Plain | Piece::Clause if entry.level.is_some() => Piece::First,
        found => found,
    }
}

/// The line within a container's wrapper, from its first byte on; escapes of JSON and what is behind stay.
fn inside<'t>(text: &'t str, entry: &LogEntry<'_>) -> Option<&'t str> {
    match entry.format {
        Format::Cri => Some(text.splitn(4, ' ').nth(3).unwrap_or_default()),
        Format::Docker => text.split_once("\"log\"")?.1.trim_start_matches([' ', ':']).strip_prefix('"'),
        _ => None,
    }
}

/// The piece that a line is within its wrapper, where its message no longer tells: an empty line, and a crash of Go.
fn piece_inside(inside: &str) -> Option<Piece> {
    if inside.is_empty() || inside.starts_with("\\n\"") {
        return Some(Piece::Blank);
    }
    match inside.as_bytes()[0] {
        b'p' | b'f' | b'g' | b'e' | b'c' => match piece(inside.split("\\n").next().unwrap_or_default()) {
            found @ (Piece::Head(Trace::Go) | Piece::Link | Piece::WeakLink) => Some(found),
            _ => None,
        },
        _ => None,
    }
}

/// Whether the line within a container's wrapper is indented.
fn is_indented_inside(text: &str, entry: &LogEntry<'_>) -> bool {
    match entry.format {
        Format::Cri => entry.message.starts_with([' ', '\t']),
        // The message has lost its indentation on the way.
        Format::Docker => {
            inside(text, entry).is_some_and(|inside| inside.starts_with(' ') || inside.starts_with("\\t"))
        }
        _ => false,
    }
}

/// For each line, how many lines on the next frame, and the next clause of SQL, stand, with nothing else between than
/// text: 255 for none.
struct Ahead {
    frame: Vec<u8>,
    clause: Vec<u8>,
}

impl Ahead {
    fn of(pieces: &[Piece]) -> Self {
        let mut ahead = Self { frame: vec![u8::MAX; pieces.len()], clause: vec![u8::MAX; pieces.len()] };
        for (line, piece) in pieces.iter().enumerate().rev() {
            let next = |known: &[u8]| known.get(line + 1).map_or(u8::MAX, |&next| next.saturating_add(1));
            let is_text = matches!(piece, Piece::Plain | Piece::WeakHead | Piece::Clause | Piece::Indented);
            let at_front = is_text || matches!(piece, Piece::Head(_) | Piece::Link | Piece::WeakLink);
            // A head or a first line has frames behind it, but nothing in front of it does.
            let behind_head = matches!(pieces.get(line + 1), Some(Piece::Head(_)));
            let in_front_of_link = *piece == Piece::Blank && pieces.get(line + 1) == Some(&Piece::Link);
            ahead.frame[line] = match piece {
                Piece::Frame => 0,
                _ if (at_front || in_front_of_link) && !behind_head => next(&ahead.frame),
                _ => u8::MAX,
            };
            ahead.clause[line] = match piece {
                Piece::Clause => 0,
                _ if is_text => next(&ahead.clause),
                _ => u8::MAX,
            };
        }
        ahead
    }
}

/// A record that lines may still join.
#[derive(Clone, Copy, Debug)]
struct Open {
    first: usize,
    last: usize,
    /// Whether indented lines belong to it.
    takes_lines: bool,
    /// Whether a trace's head may belong to it: it has no trace, and speaks of trouble.
    takes_trace: bool,
    trace: Option<Trace>,
    /// Whether its trace has a head of its own: then the traces of this writer have, and frames are of those.
    has_head: bool,
    has_frames: bool,
    /// Lines that surely follow: a message, a line of code.
    expects: u8,
    /// Brackets that are open.
    depth: i32,
    is_sql: bool,
    slow: Option<Slow>,
}

struct Reader<'r, 'a, S> {
    texts: &'r [S],
    entries: &'r [LogEntry<'a>],
    pieces: &'r [Piece],
    ahead: Ahead,
    /// The last record at the end; before it traces, the latest last.
    open: Vec<Open>,
}

impl<S: AsRef<str>> Reader<'_, '_, S> {
    fn first_line_of(&mut self, line: usize) -> usize {
        let joined = if self.pieces[line] == Piece::Rest || self.is_part_of_open(line) {
            self.open.len().checked_sub(1)
        } else if self.entries[line].timestamp.is_some() && self.pieces[line] != Piece::First {
            self.with_time(line)
        } else {
            self.without_time(line)
        };
        match joined {
            Some(place) => self.join(place, line),
            None => self.begin(line),
        }
        self.open.last().map_or(line, |open| open.first)
    }

    /// Whether the line is within brackets that stand open, or goes on with a slow query, whatever else it looks like.
    fn is_part_of_open(&self, line: usize) -> bool {
        let Some(open) = self.open.last() else { return false };
        let text = self.texts[line].as_ref();
        (open.depth > 0 && is_part_of_json(text))
            || open.slow.is_some_and(|slow| self.entries[line].timestamp.is_none() && slow.goes_on(text))
    }

    /// The place in `open` of the record that a line joins, where every line of a trace has a time of its own, as in
    /// containers' logs: the trace before it of the same source.
    fn with_time(&self, line: usize) -> Option<usize> {
        if matches!(self.pieces[line], Piece::Head(_)) {
            return None;
        }
        let entry = &self.entries[line];
        let is_same = |open: &Open| {
            let first = &self.entries[open.first];
            first.timestamp.is_some() && is_same_source(first, entry)
        };
        let last = self.open.len().checked_sub(1).filter(|&last| is_same(&self.open[last]));
        // An indented text continues what is before it, a frame the trace that it is of.
        match self.pieces[line] {
            Piece::Indented if last.is_some() => last,
            // An empty line, and words that others use as well, only go on with the trace right before them.
            Piece::Blank | Piece::WeakLink => {
                last.filter(|&at| self.open[at].trace.is_some() && self.open[at].last + 1 == line)
            }
            _ => self.nearest_trace(line, is_same).or(last),
        }
    }

    fn without_time(&self, line: usize) -> Option<usize> {
        let current = self.open.len().checked_sub(1)?;
        let open = &self.open[current];
        let joins = match self.pieces[line] {
            Piece::Rest => true,
            Piece::First => self.is_inside(open, line) || self.goes_on_with_time(open, line),
            Piece::Blank => self.blank_joins(open, line),
            Piece::Indented => self.indented_joins(open, line),
            Piece::Closer => open.depth > 0 || open.trace == Some(Trace::Dump),
            Piece::DumpPart => open.trace == Some(Trace::Dump),
            Piece::WeakLink => open.trace.is_some() || self.text_joins(open, line),
            Piece::Frame | Piece::Link => return self.frame(line),
            Piece::Head(_) if self.is_indented(line) && !is_indented_by_nature(self.texts[line].as_ref()) => {
                open.takes_lines
            }
            Piece::Head(trace) if !Self::head_joins(open, trace) => return self.interrupted(line),
            Piece::Head(_) => true,
            Piece::WeakHead => {
                self.text_joins(open, line) || (self.has_frames(line) && Self::head_joins(open, Trace::Named))
            }
            Piece::Plain | Piece::Clause => {
                self.text_joins(open, line)
                    || (self.ahead.frame[line] == 1 && Self::head_joins(open, Trace::Named))
            }
        };
        joins.then_some(current)
    }

    /// An indented line with a level, in a log without times, may be as much of a line as the one before it.
    fn indented_joins(&self, open: &Open, line: usize) -> bool {
        let first = &self.entries[open.first];
        open.depth > 0
            || open.trace.is_some()
            || (open.takes_lines && (self.entries[line].level.is_none() || first.timestamp.is_some()))
    }

    /// Within brackets also what looks like a time or a level is part of the record, if it is indented.
    fn is_inside(&self, open: &Open, line: usize) -> bool {
        open.depth > 0 && self.is_indented(line)
    }

    /// Of a trace whose lines have times: in Python the line of code below a place, and the exception at the end; in Go
    /// the function above its place.
    fn goes_on_with_time(&self, open: &Open, line: usize) -> bool {
        let (first, entry) = (&self.entries[open.first], &self.entries[line]);
        let is_expected = match open.trace {
            Some(Trace::Python) => open.expects > 0,
            Some(Trace::Go) => {
                self.pieces.get(line + 1) == Some(&Piece::Frame) || self.is_function_of_go(line)
            }
            _ => false,
        };
        is_expected
            && open.last + 1 == line
            && entry.timestamp.is_some() == first.timestamp.is_some()
            && is_same_source(first, entry)
    }

    /// A blank line joins a trace, and what goes on behind it.
    fn blank_joins(&self, open: &Open, line: usize) -> bool {
        if open.depth > 0 || open.trace.is_some() {
            return true;
        }
        let next = self.pieces[line..].iter().take(REACH).find(|piece| **piece != Piece::Blank);
        open.takes_lines && matches!(next, Some(Piece::Indented | Piece::Frame | Piece::Link))
    }

    /// A function with its arguments, the line of its place below it.
    fn is_function_of_go(&self, line: usize) -> bool {
        self.entries[line].message.trim_end().ends_with(')')
            && self.pieces.get(line + 1) == Some(&Piece::Indented)
    }

    fn is_indented(&self, line: usize) -> bool {
        self.texts[line].as_ref().starts_with([' ', '\t'])
    }

    fn has_frames(&self, line: usize) -> bool {
        usize::from(self.ahead.frame[line]) <= REACH
    }

    /// The trace that a frame belongs to: the last record if it is one or may be; else the nearest; else the last.
    fn frame(&self, line: usize) -> Option<usize> {
        let current = self.open.len().checked_sub(1)?;
        self.nearest_trace(line, |_| true).or(Some(current).filter(|_| self.open[current].takes_lines))
    }

    /// The last record, if it is a trace or speaks of trouble; else the latest trace within reach.
    ///
    /// An entry whose message names no exception does not take the frames of a trace that had a head.
    fn nearest_trace(&self, line: usize, may: impl Fn(&Open) -> bool) -> Option<usize> {
        let last = self.open.len().checked_sub(1)?;
        let trace =
            self.open.iter().rposition(|open| open.trace.is_some() && open.last + REACH >= line && may(open));
        let names_exception = || holds_exception(&self.entries[self.open[last].first].message);
        // `http: panic serving …` of Go is the head of the goroutine behind it.
        let is_goroutine = || self.texts[line].as_ref().starts_with("goroutine ");
        let is_of_trace =
            || trace.is_some_and(|trace| self.open[trace].has_head) && !names_exception() && !is_goroutine();
        let takes_it = self.open[last].takes_trace && may(&self.open[last]) && !is_of_trace();
        if takes_it { Some(last) } else { trace }
    }

    /// The entry that speaks of trouble and was interrupted by another trace before its own began.
    fn interrupted(&self, line: usize) -> Option<usize> {
        self.open.iter().rposition(|open| open.takes_trace && open.last + REACH >= line)
    }

    fn head_joins(open: &Open, trace: Trace) -> bool {
        match open.trace {
            // What may follow on a head and has no frames yet: the exception of an `Exception in thread`, of a script's
            // line, or the trace behind `During handling of …`.
            Some(known @ (Trace::Dump | Trace::Native)) if known == trace => true,
            Some(known) => {
                open.expects > 0 || (!open.has_frames && (known == Trace::Script || known == trace))
            }
            None => open.takes_trace,
        }
    }

    /// Whether a line that says nothing of itself stands in the middle of the record.
    fn text_joins(&self, open: &Open, line: usize) -> bool {
        if open.expects > 0 {
            return true;
        }
        if let Some(trace) = open.trace {
            let frame = usize::from(self.ahead.frame[line]);
            return (!open.has_frames && frame <= REACH) || (trace == Trace::Go && frame <= 2);
        }
        open.is_sql && usize::from(self.ahead.clause[line]) <= REACH
    }

    fn begin(&mut self, line: usize) {
        let entry = &self.entries[line];
        let text = self.texts[line].as_ref().trim_end();
        let is_headed = entry.timestamp.is_some() || entry.level.is_some();
        let trace = match self.pieces[line] {
            Piece::Head(trace) => Some(trace),
            Piece::Frame => Some(trace_of_frame(text)),
            Piece::Link => Some(if text.starts_with("goroutine") { Trace::Go } else { Trace::Named }),
            Piece::WeakHead if self.has_frames(line) => Some(Trace::Named),
            Piece::Plain | Piece::Clause if self.ahead.frame[line] == 1 => Some(Trace::Named),
            _ => None,
        };
        // What follows has a time in most logs: then nothing of this is asked.
        let is_continued = self.pieces.get(line + 1).is_some_and(|next| *next != Piece::First)
            || self.texts.get(line + 1).is_some_and(|next| next.as_ref().starts_with([' ', '\t']));
        let ends_open = (text.ends_with(['{', '[']) && (is_headed || text.starts_with(['{', '['])))
            || (text.ends_with(',') && text.starts_with('{') && text[1..].trim_start().starts_with('"'));
        let opens = ends_open
            && (is_continued || self.texts.get(line + 1).is_some_and(|next| is_part_of_json(next.as_ref())));
        let mut open = Open {
            first: line,
            last: line,
            takes_lines: is_headed || trace.is_some(),
            // A time alone on its line is that of what follows.
            takes_trace: is_continued
                && is_headed
                && trace.is_none()
                && ((entry.level.is_none() && entry.message.is_empty()) || speaks_of_trouble(entry)),
            trace: None,
            has_head: false,
            has_frames: self.pieces[line] == Piece::Frame,
            expects: 0,
            depth: if opens { opened(text) } else { 0 },
            is_sql: is_continued && is_headed && opens_sql(&entry.message),
            slow: if text.starts_with('#') { Slow::begun_by(text) } else { None },
        };
        if let Some(trace) = trace {
            open.take_head(trace, text);
            open.has_head = matches!(self.pieces[line], Piece::Head(_));
        }
        if self.open.last().is_some_and(|last| last.trace.is_none()) {
            self.open.pop();
        }
        self.open.retain(|trace| trace.last + REACH >= line);
        if self.open.len() == MOST_OPEN {
            self.open.remove(0);
        }
        self.open.push(open);
    }

    fn join(&mut self, place: usize, line: usize) {
        let mut open = self.open.remove(place);
        if place < self.open.len()
            && self.open.last().is_some_and(|last| last.trace.is_none() && !last.takes_trace)
        {
            self.open.pop();
        }
        let text = self.texts[line].as_ref();
        let message = &self.entries[line].message;
        let piece = self.pieces[line];
        let expected = open.expects > 0;
        open.last = line;
        if open.depth > 0 {
            open.depth = (open.depth + opened(text)).max(0);
        } else if text.trim_end().ends_with(['{', '[']) && (open.trace.is_none() || piece == Piece::Frame) {
            open.depth = opened(text).max(0);
        }
        if piece == Piece::Rest && open.trace.is_none() {
            open.takes_trace |= speaks_of_trouble(&self.entries[line]);
        }
        if !matches!(piece, Piece::Blank | Piece::Indented) {
            open.expects = open.expects.saturating_sub(1);
        }
        match piece {
            // The exception at the end of a trace, or behind a script's line.
            Piece::Head(Trace::Named) if expected && open.trace.is_some() => {}
            Piece::Head(trace) => {
                open.take_head(trace, text);
                open.has_head = true;
            }
            Piece::WeakHead | Piece::Plain | Piece::Clause
                if open.trace.is_none() && self.has_frames(line) =>
            {
                open.take_head(Trace::Named, text);
            }
            Piece::Frame | Piece::Link => {
                open.take_frame(piece, text, self.entries[line].timestamp.is_some());
            }
            Piece::First if open.trace == Some(Trace::Python) => {
                // Of a Python trace whose lines have times: behind the code comes the next place or the exception.
                let is_mark = message.bytes().all(|byte| matches!(byte, b'^' | b'~' | b' '));
                let is_code = self.pieces[line - 1] == Piece::Frame && !is_exception(message);
                open.expects = u8::from(is_code || is_mark);
            }
            _ => {}
        }
        open.slow = open.slow.and_then(|slow| slow.behind(text));
        if open.is_sql && text.trim_end().ends_with(';') {
            open.is_sql = false;
        }
        self.open.push(open);
    }
}

impl Open {
    fn take_head(&mut self, trace: Trace, text: &str) {
        self.trace = Some(trace);
        self.takes_lines = true;
        self.takes_trace = false;
        self.has_frames = false;
        self.expects = match trace {
            // The exception, behind the frames.
            Trace::Python => 1,
            // The message, where it is not in the head itself.
            Trace::Rust => u8::from(text.trim_end().ends_with(':')),
            // The line of code, the caret below it, then the exception.
            Trace::Script => 3,
            // The trace of a thread, of an exception that nobody could take.
            Trace::Named => u8::from(
                text.starts_with("Exception in thread ") && text.trim_end().ends_with(':')
                    || text.starts_with("Exception ignored in"),
            ),
            // The place and the line of code, behind a signal.
            Trace::Native => {
                if text.contains(" signal SIG") {
                    2
                } else {
                    0
                }
            }
            Trace::Go | Trace::Dump | Trace::Code => 0,
        };
    }

    fn take_frame(&mut self, piece: Piece, text: &str, has_time: bool) {
        let text = text.trim_start();
        self.takes_lines = true;
        self.takes_trace = false;
        match piece {
            // Between two traces of one exception: the next head belongs to it as well.
            Piece::Link
                if text.ends_with("exception occurred:") || text.ends_with("following exception:") =>
            {
                self.expects = 1;
                self.trace = Some(Trace::Python);
            }
            Piece::Link if text.starts_with("goroutine ") => self.trace = Some(Trace::Go),
            _ => {
                self.trace = self.trace.or(Some(trace_of_frame(text)));
                // The message of a cause may go on in lines of its own, as that of a head.
                self.has_frames = match piece {
                    Piece::Link if text.starts_with("Caused by: ") => false,
                    found => self.has_frames || found == Piece::Frame,
                };
                // Behind a Python frame comes the exception, or where the lines have times the code first.
                self.expects =
                    u8::from(self.trace == Some(Trace::Python) && (has_time || piece == Piece::Frame));
            }
        }
    }
}

/// The kind of a trace that begins with a frame.
fn trace_of_frame(text: &str) -> Trace {
    if text.starts_with('#') && is_native_frame(text) { Trace::Native } else { Trace::Named }
}

/// By its level or its words.
fn speaks_of_trouble(entry: &LogEntry<'_>) -> bool {
    entry.level.is_some_and(|level| level >= Level::Warn)
        || word_weight(entry.message.to_lowercase().split(|c: char| !c.is_alphabetic())) > 0.0
}

fn is_same_source(a: &LogEntry<'_>, b: &LogEntry<'_>) -> bool {
    (a.format, &a.host, &a.component) == (b.format, &b.host, &b.component)
}

fn is_exception(message: &str) -> bool {
    let end = message
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_')))
        .unwrap_or(message.len());
    end > 0 && (end == message.len() || message[end..].starts_with(": "))
}
