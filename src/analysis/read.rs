//! Lines of text to what training adds up and what an analysis judges.
//!
//! In: lines. Out: one [`Record`] per line, in order, and the distinct shapes among them. Each line is read
//! once, by itself: chunks of lines are read in parallel and joined in order.

use std::ops::Range;

use chrono::{Datelike, NaiveDate, Timelike};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::xxh3_64;

use crate::entry::{Level, LogEntry, Omitted, Timestamp};
use crate::parse::parse_line;
use crate::state::{Builder, Day, Observation, Shape, State, magnitude, shape_key};
use crate::tokenize::{Rules, Tokens, tokenize_with};

/// Lines of one chunk: enough to outweigh joining, few enough to share among threads.
const CHUNK_LINES: usize = 8_192;

/// Numbers of one line that are looked at; the rest of a line of measurements says no more.
const MAX_NUMBERS: usize = 16;

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
        let chunks: Vec<Self> =
            lines.par_chunks(CHUNK_LINES).map(|lines| Self::read_chunk(lines, rules)).collect();
        let read = chunks.into_iter().reduce(Self::join).unwrap_or_default();
        Self { rules: rules.clone(), ..read }
    }

    /// What training learns from them.
    #[must_use]
    pub fn state(&self) -> State {
        let mut builder = Builder::default();
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
            builder.add(&seen, || self.shapes[&record.key].clone());
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

    fn read_chunk<S: AsRef<str>>(lines: &'a [S], rules: &Rules) -> Self {
        let mut read = Self {
            entries: Vec::with_capacity(lines.len()),
            records: Vec::with_capacity(lines.len()),
            ..Self::default()
        };
        let mut tokens = Tokens::default();
        for line in lines {
            read.push(parse_line(line.as_ref()), rules, &mut tokens);
        }
        read
    }

    fn push(&mut self, entry: LogEntry<'a>, rules: &Rules, tokens: &mut Tokens) {
        tokenize_with(&entry.message, rules, tokens);
        let key = shape_key(tokens.key(), entry.front);
        self.shapes
            .entry(key)
            .or_insert_with(|| Shape { sequence: tokens.to_sequence(), front: entry.front });
        let first_number = self.numbers.len() as u32;
        let numbers = tokens
            .variables(&entry.message)
            .filter_map(|(position, _, text)| Some((u16::try_from(position).ok()?, magnitude(text)?)));
        self.numbers.extend(numbers.take(MAX_NUMBERS));
        let (day, minute) = entry.timestamp.map_or((Day::None, None), |t| day_and_minute(&t));
        self.records.push(Record {
            key,
            day,
            minute,
            second: entry.timestamp.map_or(0, |time| time.civil.num_seconds_from_midnight()),
            level: entry.level,
            source: entry.host.as_deref().map(source_hash),
            n_tokens: tokens.len() as u32,
            numbers: first_number..self.numbers.len() as u32,
        });
        self.entries.push(entry);
    }

    fn join(mut self, other: Self) -> Self {
        let shift = self.numbers.len() as u32;
        self.numbers.extend(other.numbers);
        self.entries.extend(other.entries);
        self.records.extend(other.records.into_iter().map(|mut record| {
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
