//! The sums of one masked sequence on one day.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{LevelCounts, Minutes, NumberColumn, Observation, SourceSketch, level_index};

/// How often a sequence was seen, when, from whom, and with what numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// Lines.
    pub count: u64,
    /// Lines by level.
    pub levels: LevelCounts,
    /// Minutes of the day that hold it.
    pub minutes: Minutes,
    /// Sources that wrote it.
    pub sources: SourceSketch,
    /// By token position: how large its numbers were, and of which kinds its values.
    pub numbers: BTreeMap<u16, NumberColumn>,
}

impl Cell {
    /// Adds one line, but for its numbers and kinds: [`super::Builder`] sums those apart.
    pub(super) fn add(&mut self, seen: &Observation<'_>) {
        self.count += 1;
        self.levels[level_index(seen.level)] += 1;
        if let Some(minute) = seen.minute {
            self.minutes.insert(minute);
        }
        if let Some(source) = seen.source {
            self.sources.insert(source);
        }
    }

    /// Adds the lines of `other`.
    pub fn merge(&mut self, other: Self) {
        self.count += other.count;
        for (a, b) in self.levels.iter_mut().zip(other.levels) {
            *a += b;
        }
        self.minutes.merge(&other.minutes);
        self.sources.merge(&other.sources);
        if self.numbers.is_empty() {
            // most sequences of a log that repeats little are met once, and their columns stay where they are
            self.numbers = other.numbers;
            return;
        }
        for (position, column) in other.numbers {
            self.numbers.entry(position).or_default().merge(&column);
        }
    }
}
