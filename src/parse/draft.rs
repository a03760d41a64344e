//! What is known of a line while it is being read.

use std::borrow::Cow;

use super::timestamp::Stamp;
use crate::entry::{Level, LogEntry};

/// A [`LogEntry`] in the making.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub(super) stamp: Option<Stamp>,
    pub(super) level: Option<Level>,
    pub(super) host: Option<Cow<'a, str>>,
    pub(super) component: Option<Cow<'a, str>>,
    pub(super) message: Cow<'a, str>,
    pub(super) columns_open: bool,
}

impl<'a> Draft<'a> {
    /// Nothing known yet of `line`.
    pub(super) fn of(line: &'a str) -> Self {
        Self {
            stamp: None,
            level: None,
            host: None,
            component: None,
            message: Cow::Borrowed(line),
            columns_open: true,
        }
    }

    /// Takes note of one more time; the best of them is the record's.
    pub(super) fn add_stamp(&mut self, stamp: Stamp) {
        self.stamp = Some(self.stamp.map_or(stamp, |known| known.or_better(stamp)));
    }

    /// Whether a time of day was found.
    pub(super) fn has_time(&self) -> bool {
        self.stamp.is_some_and(|stamp| stamp.has_time())
    }

    /// Whether a time or a level was found, without which a line has no header.
    pub(super) fn is_headed(&self) -> bool {
        self.level.is_some() || self.has_time()
    }

    /// The finished entry.
    pub(super) fn finish(self) -> LogEntry<'a> {
        LogEntry {
            timestamp: self.stamp.and_then(|stamp| stamp.timestamp()),
            level: self.level,
            host: self.host,
            component: self.component,
            message: self.message,
            columns_open: self.columns_open,
        }
    }
}
