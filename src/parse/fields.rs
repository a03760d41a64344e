//! What the key of a field means, whatever the format it stands in: time, level, message, host, component.
//!
//! In: keys and values of JSON objects, logfmt, CEF and LEEF. Out: [`Role`]s, and the best value for each role.
//! Keys are compared by their letters and digits alone: `@timestamp`, `time_stamp` and `timeStamp` are one key.

use super::draft::Draft;
use super::kinds;
use super::level;
use super::lexicon::Lexicon;
use super::timestamp::{self, Stamp};
use crate::entry::Level;

/// The longest key that has a meaning, in bytes.
const LONGEST_KEY: usize = 48;

/// What a field is for; of two fields with one role the smaller rank wins, then the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Time(u8),
    Level(u8),
    /// OpenTelemetry's `severityNumber`, which counts by another scale.
    OtelLevel,
    Message(u8),
    Host(u8),
    Component(u8),
    Other,
}

/// The role of a key, dotted where it is nested.
pub(super) fn role(key: &str) -> Role {
    KEYS.get(key.as_bytes()).unwrap_or_else(|| of_marked(key))
}

/// The role of a key that is none of [`KEYS`] as it stands: without its signs it may be, or by its parts.
fn of_marked(key: &str) -> Role {
    let mut buffer = [0; LONGEST_KEY];
    let Some(flat) = flat(key, &mut buffer) else { return Role::Other };
    let whole = if flat.len() < key.len() { KEYS.get(flat) } else { None };
    whole.unwrap_or_else(|| of_part(key, flat))
}

/// The letters and digits of a key, in lower case; nothing of a key that is too long to mean something.
fn flat<'b>(key: &str, buffer: &'b mut [u8; LONGEST_KEY]) -> Option<&'b [u8]> {
    let mut length = 0;
    for &byte in key.as_bytes() {
        if kinds::is(byte, kinds::ALPHANUMERIC) {
            // The bit that makes a letter small is set in every digit.
            *buffer.get_mut(length)? = byte | 0x20;
            length += 1;
        }
    }
    Some(&buffer[..length])
}

/// Keys that name the source of the record also inside of other objects; `category` or `name` there tell of other things.
const NESTED_SOURCES: [&[u8]; 5] = [b"logger", b"loggername", b"sourcecontext", b"scopename", b"servicename"];

/// The role of a key that has no meaning as a whole: by its last parts, or only its ending.
fn of_part(key: &str, flat_key: &[u8]) -> Role {
    match key {
        "@l" => return Role::Level(0),
        "@m" => return Role::Message(0),
        "@mt" | "messagetemplate" | "MessageTemplate" => return Role::Message(2),
        _ => {}
    }
    let depth = key.bytes().filter(|&byte| byte == b'.').count().min(9) as u8;
    if depth == 0 {
        return by_ending(flat_key, depth);
    }
    for inner in last_parts(key) {
        let mut buffer = [0; LONGEST_KEY];
        let Some(inner) = flat(inner, &mut buffer) else { continue };
        // What is nested tells of the record itself less surely than what is not.
        match KEYS.get(inner) {
            Some(Role::Message(0)) => return Role::Message(2 + depth),
            Some(Role::Component(rank)) if NESTED_SOURCES.contains(&inner) => {
                return Role::Component(2 + rank + depth);
            }
            Some(Role::Level(0)) if inner.len() > 1 => return Role::Level(3 + depth),
            _ => {}
        }
    }
    by_ending(flat_key, depth)
}

/// The last part of a dotted key, the last two, and the last three, where they are short enough to mean something.
fn last_parts(key: &str) -> impl Iterator<Item = &str> {
    let near = key.len().saturating_sub(LONGEST_KEY);
    let dots = key.bytes().enumerate().skip(near).filter(|(_, byte)| *byte == b'.').map(|(at, _)| at);
    let mut starts = [None; 3];
    for at in dots {
        starts.rotate_left(1);
        starts[2] = Some(at + 1);
    }
    starts.into_iter().flatten().map(|at| &key[at..])
}

/// What keys mean, by their letters and digits.
static KEYS: Lexicon<Role> = Lexicon::new(&[
    ("app", Role::Component(1)),
    ("asctime", Role::Time(0)),
    ("appname", Role::Component(1)),
    ("application", Role::Component(2)),
    ("body", Role::Message(1)),
    ("bodystringvalue", Role::Message(0)),
    ("c", Role::Component(0)),
    ("caller", Role::Component(2)),
    ("created", Role::Time(1)),
    ("computer", Role::Host(0)),
    ("category", Role::Component(1)),
    ("createdat", Role::Time(1)),
    ("component", Role::Component(0)),
    ("creationtime", Role::Time(1)),
    ("computername", Role::Host(0)),
    ("containername", Role::Host(1)),
    ("date", Role::Time(1)),
    ("devtime", Role::Time(0)),
    ("dvchost", Role::Host(0)),
    ("devname", Role::Host(0)),
    ("datetime", Role::Time(0)),
    ("end", Role::Time(4)),
    ("epoch", Role::Time(1)),
    ("event", Role::Message(2)),
    ("endtime", Role::Time(4)),
    ("eventtime", Role::Time(0)),
    ("eventmessage", Role::Message(1)),
    ("eventtimestamp", Role::Time(0)),
    ("host", Role::Host(0)),
    ("hostname", Role::Host(0)),
    ("instance", Role::Host(1)),
    ("instantepochsecond", Role::Time(1)),
    ("jsonpayloadmsg", Role::Message(0)),
    ("jsonpayloadlevel", Role::Level(0)),
    ("jsonpayloadmessage", Role::Message(0)),
    ("jsonpayloadseverity", Role::Level(0)),
    ("jsonpayloadhostname", Role::Host(0)),
    ("kubernetespodname", Role::Host(0)),
    ("kubernetescontainername", Role::Host(1)),
    ("lvl", Role::Level(0)),
    ("log", Role::Message(1)),
    ("level", Role::Level(0)),
    ("logger", Role::Component(0)),
    ("logtime", Role::Time(0)),
    ("loglevel", Role::Level(0)),
    ("levelname", Role::Level(0)),
    ("loglogger", Role::Component(0)),
    ("levelvalue", Role::Level(1)),
    ("logmessage", Role::Message(0)),
    ("loggername", Role::Component(0)),
    ("logseverity", Role::Level(0)),
    ("logtimestamp", Role::Time(0)),
    ("logsysloglevel", Role::Level(0)),
    ("logsyslogseverityname", Role::Level(1)),
    ("logsyslogseveritycode", Role::Level(1)),
    ("msg", Role::Message(0)),
    ("module", Role::Component(1)),
    ("message", Role::Message(0)),
    ("machine", Role::Host(1)),
    ("machinename", Role::Host(0)),
    ("node", Role::Host(1)),
    ("name", Role::Component(2)),
    ("nodename", Role::Host(0)),
    ("pri", Role::Level(1)),
    ("pod", Role::Host(0)),
    ("podname", Role::Host(0)),
    ("program", Role::Component(1)),
    ("priority", Role::Level(1)),
    ("processname", Role::Component(1)),
    ("rt", Role::Time(0)),
    ("rawmessage", Role::Message(1)),
    ("realtimetimestamp", Role::Time(0)),
    ("s", Role::Level(0)),
    ("start", Role::Time(2)),
    ("source", Role::Component(2)),
    ("service", Role::Component(2)),
    ("severity", Role::Level(0)),
    ("starttime", Role::Time(2)),
    ("scopename", Role::Component(0)),
    ("servername", Role::Host(1)),
    ("sourcename", Role::Component(2)),
    ("servicename", Role::Component(2)),
    ("severitytext", Role::Level(0)),
    ("shortmessage", Role::Message(0)),
    ("sourcecontext", Role::Component(0)),
    ("syslogseverity", Role::Level(1)),
    ("severitynumber", Role::OtelLevel),
    ("syslogidentifier", Role::Component(1)),
    ("sourcerealtimetimestamp", Role::Time(1)),
    ("t", Role::Time(0)),
    ("ts", Role::Time(0)),
    ("tag", Role::Component(1)),
    ("time", Role::Time(0)),
    ("tdate", Role::Time(0)),
    ("timems", Role::Time(1)),
    ("timens", Role::Time(1)),
    ("target", Role::Component(0)),
    ("timestamp", Role::Time(0)),
    ("timenanos", Role::Time(1)),
    ("timemillis", Role::Time(1)),
    ("timemicros", Role::Time(1)),
    ("timestampms", Role::Time(0)),
    ("textpayload", Role::Message(0)),
    ("timeunixnano", Role::Time(0)),
    ("timegenerated", Role::Time(1)),
    ("unit", Role::Component(1)),
]);

/// Keys of which only the ending is known: `modelCreationTime`, `parsed_at`, `FTNTlevel`.
fn by_ending(flat: &[u8], depth: u8) -> Role {
    let ends = |ending: &[u8]| flat.ends_with(ending);
    let is_time = match flat.last() {
        Some(b'e') => ends(b"time") || ends(b"date"),
        Some(b'p') => ends(b"timestamp"),
        Some(b's') => ends(b"ts"),
        Some(b't') => ends(b"at"),
        _ => false,
    };
    if is_time {
        return Role::Time((3 + depth).min(9));
    }
    let is_level = ends(b"level") || ends(b"severity") || flat == b"status";
    if is_level && depth == 0 { Role::Level(3) } else { Role::Other }
}

/// The time that a field's value holds: a written time, or a count since 1970.
pub(super) fn time(value: &str) -> Option<Stamp> {
    let value = value.trim();
    let value = value.strip_prefix("audit(").or_else(|| value.strip_prefix('[')).unwrap_or(value);
    let n_digits = value.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    if n_digits >= 10 && n_digits == value.len() {
        return timestamp::epoch(value.as_bytes());
    }
    timestamp::read(value.as_bytes(), 0).map(|(stamp, _)| stamp)
}

/// The level that a field's value names, by word, letter or number.
pub(super) fn level(role: Role, value: &str) -> Option<Level> {
    let value = value.trim();
    let number = || value.parse::<u64>().ok();
    match role {
        Role::OtelLevel => number().and_then(level::otel_number),
        Role::Level(0 | 1) => level::word(value.as_bytes())
            .or_else(|| match value.as_bytes() {
                [letter] => level::letter(*letter),
                [letter, b'1'..=b'5'] => level::letter(*letter),
                _ => None,
            })
            .or_else(|| number().and_then(level::number)),
        // A risk, a trust or a battery has a level too: take only what such a level would hardly be called.
        // Nor is the outcome of what the line tells of a level.
        Role::Level(_) => level::word(value.as_bytes())
            .filter(|&level| level < Level::Fatal && !value.eq_ignore_ascii_case("success")),
        _ => None,
    }
}

/// The best value so far for each role, as the index of its field.
#[derive(Default)]
pub(super) struct Best {
    time: Option<(u8, usize)>,
    pub(super) stamp: Option<Stamp>,
    date_alone: Option<(Stamp, usize)>,
    level_rank: Option<(u8, usize)>,
    pub(super) level: Option<Level>,
    pub(super) message: Option<(u8, usize)>,
    pub(super) host: Option<(u8, usize)>,
    pub(super) component: Option<(u8, usize)>,
}

impl Best {
    /// Weighs one more field; `is_text` tells a JSON string from a number.
    pub(super) fn weigh(&mut self, index: usize, role: Role, value: &str, is_text: bool) {
        let better = |known: &Option<(u8, usize)>, rank: u8| known.is_none_or(|(best, _)| rank < best);
        match role {
            Role::Time(rank) => self.weigh_time(index, rank, value),
            Role::Level(_) | Role::OtelLevel => {
                let rank = if let Role::Level(rank) = role { rank } else { 2 };
                if better(&self.level_rank, rank)
                    && let Some(level) = level(role, value)
                {
                    self.level_rank = Some((rank, index));
                    self.level = Some(level);
                }
            }
            // Linux audit records keep their time in front of the message.
            Role::Message(_) if value.starts_with("audit(") => self.weigh_time(index, 3, value),
            Role::Message(rank) if is_text && better(&self.message, rank) => {
                self.message = Some((rank, index));
            }
            Role::Host(rank) if is_text && !value.is_empty() && better(&self.host, rank) => {
                self.host = Some((rank, index));
            }
            Role::Component(rank) if is_text && !value.is_empty() && better(&self.component, rank) => {
                self.component = Some((rank, index));
            }
            _ => {}
        }
    }

    /// Weighs a time.
    pub(super) fn weigh_time(&mut self, index: usize, rank: u8, value: &str) {
        let Some(stamp) = time(value) else { return };
        if !stamp.has_time() {
            self.date_alone = self.date_alone.or(Some((stamp, index)));
            return;
        }
        let known = self.time.zip(self.stamp);
        let takes_it = known.is_none_or(|((best, _), had)| {
            (stamp.is_whole(), std::cmp::Reverse(rank)) > (had.is_whole(), std::cmp::Reverse(best))
        });
        if takes_it {
            self.time = Some((rank, index));
            self.stamp = Some(stamp);
        }
    }

    /// The record's time; a date in one field and a time of day in another are one time.
    pub(super) fn whole_stamp(&self) -> Option<Stamp> {
        let stamp = self.stamp?;
        Some(self.date_alone.map_or(stamp, |(date, _)| stamp.or_better(date)))
    }

    /// Lets go of what the columns in front of the fields have told already: those fields are text then.
    pub(super) fn forget_known(&mut self, draft: &Draft<'_>) {
        if draft.has_time() {
            self.time = None;
            self.date_alone = None;
        }
        if draft.level.is_some() {
            self.level_rank = None;
        }
        self.host = self.host.filter(|_| draft.host.is_none());
        self.component = self.component.filter(|_| draft.component.is_none());
    }

    /// The fields that were taken as time, level, host or component, and so are no part of the message.
    pub(super) fn header(&self) -> Header {
        // A time that only its ending tells stays readable in the message as well.
        let time = self.time.filter(|(rank, _)| *rank < 3);
        let lends_date = self.stamp.is_some_and(|stamp| stamp.date.is_none());
        let date = self.date_alone.filter(|_| time.is_some() && lends_date).map(|(_, index)| (0, index));
        let taken = [time, date, self.level_rank, self.host, self.component];
        Header(taken.map(|field| field.map(|(_, index)| index)))
    }
}

/// Fields of the header, by index.
#[derive(Clone, Copy)]
pub(super) struct Header([Option<usize>; 5]);

impl Header {
    /// Whether the field at `index` is one of them.
    pub(super) fn has(&self, index: usize) -> bool {
        self.0.contains(&Some(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_compared_by_letters_and_digits() {
        for key in ["@timestamp", "time_stamp", "timeStamp", "Timestamp", "ts", "t.$date"] {
            assert_eq!(role(key), Role::Time(0), "{key}");
        }
        assert_eq!(role("log.level"), Role::Level(0));
        assert_eq!(role("SeverityText"), Role::Level(0));
        assert_eq!(role("body.stringValue"), Role::Message(0));
        assert_eq!(role("host.name"), Role::Host(0));
        assert_eq!(role("user"), Role::Other);
    }

    #[test]
    fn of_a_nested_key_the_last_parts_count_less_than_a_key_by_itself() {
        assert_eq!(role("fields.message"), Role::Message(3));
        assert_eq!(role("Properties.SourceContext"), Role::Component(3));
        assert_eq!(role("Resource.service.name"), Role::Component(6));
        for other in ["alert.category", "model.name", "user.id", "fields.s"] {
            assert_eq!(role(other), Role::Other, "{other}");
        }
        assert_eq!(
            (role("@l"), role("@m"), role("@mt")),
            (Role::Level(0), Role::Message(0), Role::Message(2))
        );
    }
}
