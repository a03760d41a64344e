//! Lines of text to what training adds up and what an analysis judges.
//!
//! In: lines. Out: one [`Record`] per line, in order, and the distinct shapes among them. Each line is read
//! once, by itself: chunks of lines are read in parallel and joined in order.

mod kinds;

use std::borrow::Cow;
use std::ops::Range;

use chrono::{Datelike, NaiveDate, Timelike};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::xxh3_64;

use crate::entry::{DateOrder, Format, Front, Level, LogEntry, Omitted, Timestamp};
use crate::parse::parse_line;
use crate::state::{Builder, Day, Observation, Shape, State, magnitude, shape_key};
use crate::tokenize::{Kind, Memo, Rules, Tokens, may_be_number, tokenize_with};

pub use kinds::KindLists;

/// Lines of one chunk: enough to outweigh joining, few enough to share among threads.
pub(super) const CHUNK_LINES: usize = 8_192;

/// Numbers of one line that are looked at, and kinds of other values; the rest of a line of measurements says no more.
const MAX_NUMBERS: usize = 16;

/// What reads the messages of a chunk.
struct Reader<'r> {
    rules: &'r Rules,
    tokens: Tokens,
    memo: Memo<Sketch>,
    /// Kinds of the message at hand.
    kinds: Vec<(u16, Kind)>,
}

/// What a line adds to a state but for its digits.
struct Sketch {
    /// As [`Tokens::key`].
    key: u64,
    n_tokens: usize,
    /// Position, and place in the message, of what may be a number.
    numbers: Box<[(usize, Range<usize>)]>,
    /// As of a [`Record`].
    kinds: u32,
}

impl Sketch {
    /// Of a message that was read, its kinds, and its mask.
    fn of(tokens: &Tokens, kinds: u32, mask: &[u8]) -> Self {
        let numbers = tokens.places().filter(|(_, _, place)| may_be_number(&mask[place.clone()]));
        let numbers = numbers.map(|(position, _, place)| (position, place)).collect();
        Self { key: tokens.key(), n_tokens: tokens.len(), numbers, kinds }
    }
}

/// What one line adds to a state, and where its numbers are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Hash of its [`Shape`].
    pub key: u64,
    /// Its day of log time.
    pub day: Day,
    /// Its minute of that day.
    pub minute: Option<u16>,
    /// Its second of that day; 0 without a time.
    pub second: u32,
    /// Its level.
    pub level: Option<Level>,
    /// Hash of its host.
    pub source: Option<u32>,
    /// Tokens of its sequence.
    pub n_tokens: u32,
    /// Where its numbers are in [`Lines::numbers`].
    pub numbers: Range<u32>,
    /// Number of its kinds in [`Lines::kinds`].
    pub kinds: u32,
}

/// Lines, read.
#[derive(Debug, Default)]
pub struct Lines<'a> {
    /// One per line, in order.
    pub entries: Vec<LogEntry<'a>>,
    /// One per line, in order.
    pub records: Vec<Record>,
    /// Token position and [`magnitude`] of the numbers of all lines.
    pub numbers: Vec<(u16, i16)>,
    /// Kinds of the values of which no text is kept, and which are more than a number.
    pub kinds: KindLists,
    /// The distinct shapes, by key.
    pub shapes: FxHashMap<u64, Shape>,
    /// What was taken for filled in besides.
    pub rules: Rules,
}

impl<'a> Lines<'a> {
    /// Reads `lines`, on all threads of the pool; the result does not depend on their number.
    #[must_use]
    pub fn read<S: AsRef<str> + Sync>(lines: &'a [S]) -> Self {
        Self::read_with(lines, &Rules::none())
    }

    /// Reads `lines` as [`Lines::read`] does, and takes what `rules` match in a message for a variable.
    #[must_use]
    pub fn read_with<S: AsRef<str> + Sync>(lines: &'a [S], rules: &Rules) -> Self {
        // Entries are the most of it: they are written where they stay.
        let mut entries: Vec<LogEntry<'a>> = std::iter::repeat_with(blank).take(lines.len()).collect();
        let chunks = lines.par_chunks(CHUNK_LINES).zip(entries.par_chunks_mut(CHUNK_LINES));
        let chunks: Vec<Self> =
            chunks.map(|(lines, places)| Self::read_chunk(lines, places, rules)).collect();
        let records = Vec::with_capacity(lines.len());
        let read = Self { entries, records, rules: rules.clone(), ..Self::default() };
        chunks.into_iter().fold(read, Self::with_chunk)
    }

    /// What training learns from them.
    #[must_use]
    pub fn state(&self) -> State {
        let mut builder = Builder::default();
        // lines of one sequence mostly have the kinds of the one before
        let mut latest: Vec<(u32, u64)> = Vec::new();
        for record in &self.records {
            let seen = Observation {
                key: record.key,
                day: record.day,
                minute: record.minute,
                second: record.second,
                level: record.level,
                source: record.source,
                numbers: self.numbers_of(record),
            };
            let cell = builder.add(&seen, || self.shapes[&record.key].clone());
            if cell == latest.len() {
                latest.push((record.kinds, 0));
            }
            let (kinds, count) = &mut latest[cell];
            if *kinds != record.kinds {
                builder.add_kinds(cell, self.kinds.list(*kinds), *count);
                (*kinds, *count) = (record.kinds, 0);
            }
            *count += 1;
        }
        for (cell, (kinds, count)) in latest.into_iter().enumerate() {
            builder.add_kinds(cell, self.kinds.list(kinds), count);
        }
        builder.finish()
    }

    /// Leaves out all lines from `n_lines` on.
    pub(super) fn truncate(&mut self, n_lines: usize) {
        self.entries.truncate(n_lines);
        self.records.truncate(n_lines);
    }

    /// Token position and magnitude of a line's numbers.
    #[must_use]
    pub fn numbers_of(&self, record: &Record) -> &[(u16, i16)] {
        &self.numbers[record.numbers.start as usize..record.numbers.end as usize]
    }

    /// Token position and kind of a line's values of which no text is kept, but for those that are numbers and nothing else.
    #[must_use]
    pub fn kinds_of(&self, record: &Record) -> &[(u16, Kind)] {
        self.kinds.list(record.kinds)
    }

    /// Reads lines into `places`, which are as many.
    fn read_chunk<S: AsRef<str>>(lines: &'a [S], places: &mut [LogEntry<'a>], rules: &Rules) -> Self {
        let mut read = Self { records: Vec::with_capacity(lines.len()), ..Self::default() };
        let (tokens, memo, kinds) = (Tokens::default(), Memo::default(), Vec::new());
        let mut reader = Reader { rules, tokens, memo, kinds };
        for (line, place) in lines.iter().zip(places) {
            *place = parse_line(line.as_ref());
            read.add(place, &mut reader);
        }
        read
    }

    fn add(&mut self, entry: &LogEntry<'_>, reader: &mut Reader<'_>) {
        let first_number = self.numbers.len() as u32;
        let (key, n_tokens, kinds) =
            self.known(entry, reader).unwrap_or_else(|| self.tokenized(entry, reader));
        let (day, minute) = entry.timestamp.map_or((Day::None, None), |t| day_and_minute(&t));
        self.records.push(Record {
            key,
            day,
            minute,
            second: entry.timestamp.map_or(0, |time| time.civil.num_seconds_from_midnight()),
            level: entry.level,
            source: entry.host.as_deref().map(source_hash),
            n_tokens: n_tokens as u32,
            numbers: first_number..self.numbers.len() as u32,
            kinds,
        });
    }

    /// Key, number of tokens and kinds of a message of which another of its mask was read; its numbers are added.
    fn known(&mut self, entry: &LogEntry<'_>, reader: &mut Reader<'_>) -> Option<(u64, usize, u32)> {
        if !reader.rules.is_empty() {
            return None;
        }
        let known = reader.memo.find(&entry.message)?;
        let key = shape_key(known.key, entry.front);
        // the same message behind another kind of header is another shape
        if !self.shapes.contains_key(&key) {
            return None;
        }
        let numbers = known.numbers.iter();
        self.add_numbers(numbers.filter_map(|(at, place)| Some((*at, entry.message.get(place.clone())?))));
        Some((key, known.n_tokens, known.kinds))
    }

    fn tokenized(&mut self, entry: &LogEntry<'_>, reader: &mut Reader<'_>) -> (u64, usize, u32) {
        let Reader { rules, tokens, memo, kinds } = reader;
        tokenize_with(&entry.message, rules, tokens);
        let more_than_numbers = tokens
            .kinds(&entry.message)
            .filter(|(_, kind, text)| *kind != Kind::Number || magnitude(text).is_none())
            .filter_map(|(position, kind, _)| Some((u16::try_from(position).ok()?, kind)));
        kinds.clear();
        kinds.extend(more_than_numbers.take(MAX_NUMBERS));
        let kinds = self.kinds.number(kinds);
        if rules.is_empty() {
            memo.keep(&entry.message, tokens, |mask| Sketch::of(tokens, kinds, mask));
        }
        let key = shape_key(tokens.key(), entry.front);
        self.shapes
            .entry(key)
            .or_insert_with(|| Shape { sequence: tokens.to_sequence(), front: entry.front });
        self.add_numbers(tokens.variables(&entry.message).map(|(position, _, text)| (position, text)));
        (key, tokens.len(), kinds)
    }

    fn add_numbers<'m>(&mut self, variables: impl Iterator<Item = (usize, &'m str)>) {
        let numbers =
            variables.filter_map(|(position, text)| Some((u16::try_from(position).ok()?, magnitude(text)?)));
        self.numbers.extend(numbers.take(MAX_NUMBERS));
    }

    /// With the records, numbers and shapes of the next chunk.
    fn with_chunk(mut self, other: Self) -> Self {
        let shift = self.numbers.len() as u32;
        self.numbers.extend(other.numbers);
        let kinds = self.kinds.add(&other.kinds);
        self.records.extend(other.records.into_iter().map(|mut record| {
            record.kinds = kinds[record.kinds as usize];
            record.numbers = record.numbers.start + shift..record.numbers.end + shift;
            record
        }));
        #[expect(
            clippy::iter_over_hash_type,
            reason = "one key is one shape: which comes first does not matter"
        )]
        for (key, shape) in other.shapes {
            self.shapes.entry(key).or_insert(shape);
        }
        self
    }
}

/// What is in an entry's place before its line is read.
fn blank<'a>() -> LogEntry<'a> {
    LogEntry {
        timestamp: None,
        level: None,
        host: None,
        component: None,
        message: Cow::Borrowed(""),
        front: Front::PLAIN,
        format: Format::Plain,
        date_order: DateOrder::Told,
    }
}

fn source_hash(source: &str) -> u32 {
    (xxh3_64(source.as_bytes()) >> 32) as u32
}

/// The day and minute that learning files a time under: civil time as written, and never an inferred year.
fn day_and_minute(time: &Timestamp) -> (Day, Option<u16>) {
    let minute = Some((time.civil.hour() * 60 + time.civil.minute()) as u16);
    match time.omitted {
        Omitted::Nothing => {
            let epoch = NaiveDate::default();
            (Day::SinceEpoch((time.civil.date() - epoch).num_days() as i32), minute)
        }
        Omitted::Year => (Day::OfYear(time.civil.ordinal0() as u16), minute),
        Omitted::Date => (Day::None, minute),
    }
}
