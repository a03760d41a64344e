//! What one log line says about itself: when, how serious, from whom, and what.
//!
//! In: nothing. Out: the types every later stage speaks. [`crate::parse`] makes them.

use std::borrow::Cow;
use std::fmt;

use chrono::{FixedOffset, NaiveDateTime};
use serde::{Deserialize, Serialize};

/// How serious a line says it is, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// Finer than debugging.
    Trace,
    /// For developers.
    Debug,
    /// Ordinary operation; also `NOTICE`.
    Info,
    /// Something may be wrong.
    Warn,
    /// Something failed.
    Error,
    /// The program or the machine cannot go on; also `CRITICAL`, `ALERT`, `EMERG`, `PANIC`.
    Fatal,
}

impl Level {
    /// All levels, least serious first.
    pub const ALL: [Self; 6] = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Fatal];

    /// The level's name in upper case, as replies write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which parts of a date the line did not write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Omitted {
    /// The date is whole.
    #[default]
    Nothing,
    /// No year (`Jun 14 15:16:01`): [`Timestamp::civil`] is in the leap year 1972 until one is assumed.
    Year,
    /// No date (`10:00:01`): [`Timestamp::civil`] is on 1972-01-01.
    Date,
}

/// A time as the line wrote it: civil (wall clock) time, and the zone where one was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Timestamp {
    /// Date and time of day, to the nanosecond, not converted to another zone.
    pub civil: NaiveDateTime,
    /// The zone that the line wrote; epochs are UTC; `None` where the line names no zone.
    pub offset: Option<FixedOffset>,
    /// What the line left out.
    pub omitted: Omitted,
}

impl Timestamp {
    /// Seconds since 1970-01-01 UTC; a time without a zone counts as UTC.
    #[must_use]
    pub fn epoch_seconds(&self) -> i64 {
        self.civil.and_utc().timestamp() - i64::from(self.offset.map_or(0, |o| o.local_minus_utc()))
    }

    /// The time, if it has a date, which a reply may show: of a time of day alone no date is invented.
    #[must_use]
    pub fn dated(self) -> Option<Self> {
        (self.omitted != Omitted::Date).then_some(self)
    }

    /// The instant, in UTC; a time without a zone counts as UTC.
    #[must_use]
    pub fn instant(&self) -> NaiveDateTime {
        match self.offset {
            Some(offset) => self.civil.checked_sub_offset(offset).unwrap_or(self.civil),
            None => self.civil,
        }
    }

    /// RFC 3339 as written in the line: with the zone it had, without one if it had none.
    #[must_use]
    pub fn to_rfc3339(&self) -> String {
        let civil = self.civil.format("%Y-%m-%dT%H:%M:%S%.f");
        match self.offset {
            None => civil.to_string(),
            Some(offset) if offset.local_minus_utc() == 0 => format!("{civil}Z"),
            Some(offset) => format!("{civil}{offset}"),
        }
    }
}

/// The way a line is written, as far as its front tells. Of a line within a container's wrapper the wrapper's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Nothing was recognised: the whole line is the message.
    #[default]
    Plain,
    /// Leading columns, by the one grammar for all that is not known by itself.
    Columns,
    /// RFC 3164 or 5424, with or without the priority.
    Syslog,
    /// glog and klog.
    Klog,
    /// Redis.
    Redis,
    /// Access logs of web servers.
    Access,
    /// A JSON object.
    Json,
    /// `key=value` pairs from the start.
    Logfmt,
    /// CEF or LEEF.
    Cef,
    /// Docker's JSON around a line.
    Docker,
    /// The wrapper of Kubernetes' runtimes around a line.
    Cri,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Plain,
        Self::Columns,
        Self::Syslog,
        Self::Klog,
        Self::Redis,
        Self::Access,
        Self::Json,
        Self::Logfmt,
        Self::Cef,
        Self::Docker,
        Self::Cri,
    ];

    /// The name in replies: short, and stable.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Columns => "columns",
            Self::Syslog => "syslog",
            Self::Klog => "klog",
            Self::Redis => "redis",
            Self::Access => "access",
            Self::Json => "json",
            Self::Logfmt => "logfmt",
            Self::Cef => "cef",
            Self::Docker => "docker",
            Self::Cri => "cri",
        }
    }
}

/// How day and month of a date in numbers were told apart: `03/04/2024` can be either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DateOrder {
    /// There was nothing to tell: a name, a year in front, two equal numbers, or no date.
    #[default]
    Told,
    /// The first number is above 12.
    DayFirst,
    /// The second number is above 12.
    MonthFirst,
    /// By custom, the first number is the day.
    AssumedDayFirst,
    /// By custom, the first number is the month.
    AssumedMonthFirst,
}

impl DateOrder {
    /// Whether nothing in the line told it.
    #[must_use]
    pub const fn is_assumed(self) -> bool {
        matches!(self, Self::AssumedDayFirst | Self::AssumedMonthFirst)
    }
}

/// What kinds of columns were read in front of a message: lines of one format have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Front(u32);

impl Front {
    /// The header was recognised to its end: no column of an unknown format follows.
    pub const CLOSED: Self = Self(0);
    /// Anything else that a state of version 1 or 2 holds, where nobody noted which.
    pub const UNKNOWN: Self = Self(1);
    /// Nothing was recognised.
    pub const PLAIN: Self = Self(2);

    /// The front with one more column of a kind. A closed one stays closed.
    #[must_use]
    pub const fn then(self, kind: u8) -> Self {
        if self.0 == Self::CLOSED.0 {
            return self;
        }
        // Knuth's multiplier; the highest bit keeps it apart from the constants.
        Self((self.0.rotate_left(5) ^ (kind as u32 + 1)).wrapping_mul(0x9e37_79b1) | 1 << 31)
    }

    /// Whether columns of an unknown format may follow.
    #[must_use]
    pub const fn is_open(self) -> bool {
        self.0 != Self::CLOSED.0
    }

    /// The number that stands for it in keys.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

/// One log line, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry<'a> {
    /// The record's own time; `None` where the line holds none.
    pub timestamp: Option<Timestamp>,
    /// The record's own level; `None` where the line holds none.
    pub level: Option<Level>,
    /// The machine, node, pod or container that wrote the line; `None` where the line names none.
    pub host: Option<Cow<'a, str>>,
    /// The program, component or logger that wrote it, without its process id; `None` where the line names none.
    pub component: Option<Cow<'a, str>>,
    /// What is left when time, level and source are taken off; the whole line where nothing was recognised.
    pub message: Cow<'a, str>,
    /// What was read in front of `message`; behind an open front it may still begin with columns of an unknown format.
    pub front: Front,
    /// The way it is written.
    pub format: Format,
    /// How day and month of the time were told apart.
    pub date_order: DateOrder,
}

impl LogEntry<'_> {
    /// The same, holding its texts itself.
    #[must_use]
    pub fn into_owned(self) -> LogEntry<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        LogEntry {
            timestamp: self.timestamp,
            level: self.level,
            host: self.host.map(own),
            component: self.component.map(own),
            message: own(self.message),
            front: self.front,
            format: self.format,
            date_order: self.date_order,
        }
    }

    /// Who wrote the line, as replies name it: the component, or else the host.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        self.component.as_deref().or(self.host.as_deref())
    }
}
