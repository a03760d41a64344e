//! What is known of a line while it is being read.

use std::borrow::Cow;

use super::timestamp::Stamp;
use crate::entry::{DateOrder, Format, Front, Level, LogEntry};

/// A [`LogEntry`] in the making.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub(super) stamp: Option<Stamp>,
    pub(super) level: Option<Level>,
    pub(super) host: Option<Cow<'a, str>>,
    pub(super) component: Option<Cow<'a, str>>,
    pub(super) message: Cow<'a, str>,
    pub(super) front: Front,
    pub(super) format: Format,
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
            front: Front::PLAIN,
            format: Format::Plain,
        }
    }

    /// Takes note of one more time; the best of them is the record's.
    pub(super) fn add_stamp(&mut self, stamp: Stamp) {
        match &mut self.stamp {
            Some(known) => *known = known.or_better(stamp),
            none => *none = Some(stamp),
        }
    }

    /// Whether a time of day was found.
    pub(super) fn has_time(&self) -> bool {
        self.stamp.is_some_and(|stamp| stamp.has_time())
    }

    /// Whether a time or a level was found, without which a line has no header.
    pub(super) fn is_headed(&self) -> bool {
        self.level.is_some() || self.has_time()
    }

    /// Takes over what `outer`, a wrapper around this line, knows and this line does not say.
    pub(super) fn fill_from(&mut self, outer: Self) {
        if !self.has_time() {
            self.stamp = outer.stamp;
        } else if let Some(stamp) = outer.stamp.filter(|_| !self.stamp.is_some_and(|own| own.is_whole())) {
            self.stamp = Some(stamp);
        }
        self.format = outer.format;
        self.level = self.level.or(outer.level);
        self.host = self.host.take().or(outer.host);
        self.component = self.component.take().or(outer.component);
    }

    /// Takes over what `outer`, the header in front of this payload, says, and keeps its own where it says nothing.
    pub(super) fn prefer(&mut self, outer: Self) {
        if let Some(stamp) = outer.stamp {
            self.stamp = Some(self.stamp.map_or(stamp, |own| stamp.or_better(own)));
        }
        if outer.format != Format::Plain {
            self.format = outer.format;
        }
        self.level = outer.level.or(self.level);
        self.host = outer.host.or(self.host.take());
        self.component = outer.component.or(self.component.take());
    }

    /// The same, holding its texts itself.
    pub(super) fn into_owned(self) -> Draft<'static> {
        let own = |text: Cow<'a, str>| Cow::Owned(text.into_owned());
        Draft {
            stamp: self.stamp,
            level: self.level,
            host: self.host.map(own),
            component: self.component.map(own),
            message: Cow::Owned(self.message.into_owned()),
            front: self.front,
            format: self.format,
        }
    }

    /// The finished entry.
    pub(super) fn finish(self) -> LogEntry<'a> {
        LogEntry {
            timestamp: self.stamp.and_then(|stamp| stamp.timestamp()),
            level: self.level,
            host: self.host,
            component: self.component,
            message: self.message,
            front: self.front,
            format: self.format,
            date_order: self.stamp.and_then(|stamp| stamp.date).map_or(DateOrder::Told, |date| date.order),
        }
    }
}
