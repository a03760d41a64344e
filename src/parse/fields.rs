//! What the key of a field means, whatever the format it stands in: time, level, message, host, component.
//!
//! In: keys and values of JSON objects, logfmt, CEF and LEEF. Out: [`Role`]s, and the best value for each role.
//! Keys are compared by their letters and digits alone: `@timestamp`, `time_stamp` and `timeStamp` are one key.

use super::draft::Draft;
use super::level;
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
    let mut buffer = [0u8; LONGEST_KEY];
    let mut length = 0;
    for byte in key.bytes().filter(u8::is_ascii_alphanumeric) {
        if length == LONGEST_KEY {
            return Role::Other;
        }
        buffer[length] = byte.to_ascii_lowercase();
        length += 1;
    }
    let flat = std::str::from_utf8(&buffer[..length]).unwrap_or_default();
    match known(flat) {
        Role::Other => of_part(key, flat),
        role => role,
    }
}

/// Keys that name the source of the record also inside of other objects; `category` or `name` there tell of other things.
const NESTED_SOURCES: [&str; 5] = ["logger", "loggername", "sourcecontext", "scopename", "servicename"];

/// The role of a key that has no meaning as a whole: by its last parts, or only its ending.
fn of_part(key: &str, flat: &str) -> Role {
    match key {
        "@l" => return Role::Level(0),
        "@m" => return Role::Message(0),
        "@mt" | "messagetemplate" | "MessageTemplate" => return Role::Message(2),
        _ => {}
    }
    let depth = key.bytes().filter(|&byte| byte == b'.').count().min(9) as u8;
    for inner in last_parts(key) {
        let inner_flat: String = inner.chars().filter(char::is_ascii_alphanumeric).collect();
        // What is nested tells of the record itself less surely than what is not.
        let inner_flat = inner_flat.to_ascii_lowercase();
        match known(&inner_flat) {
            Role::Message(0) => return Role::Message(2 + depth),
            Role::Component(rank) if NESTED_SOURCES.contains(&&*inner_flat) => {
                return Role::Component(2 + rank + depth);
            }
            Role::Level(0) if inner_flat.len() > 1 => return Role::Level(3 + depth),
            _ => {}
        }
    }
    by_ending(flat, depth)
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

/// The role of a key by its letters and digits.
fn known(flat: &str) -> Role {
    match flat {
        "timestamp" | "time" | "ts" | "datetime" | "eventtime" | "t" | "tdate" | "asctime"
        | "logtimestamp" | "eventtimestamp" | "devtime" | "rt" | "timeunixnano" | "realtimetimestamp"
        | "logtime" | "timestampms" => Role::Time(0),
        "sourcerealtimetimestamp"
        | "createdat"
        | "date"
        | "timegenerated"
        | "created"
        | "epoch"
        | "creationtime"
        | "timemillis"
        | "timems"
        | "timemicros"
        | "timenanos"
        | "timens"
        | "instantepochsecond" => Role::Time(1),
        "start" | "starttime" => Role::Time(2),
        "end" | "endtime" => Role::Time(4),
        "level"
        | "severity"
        | "loglevel"
        | "lvl"
        | "severitytext"
        | "levelname"
        | "logseverity"
        | "s"
        | "jsonpayloadlevel"
        | "jsonpayloadseverity"
        | "logsysloglevel" => Role::Level(0),
        "pri"
        | "priority"
        | "logsyslogseverityname"
        | "syslogseverity"
        | "levelvalue"
        | "logsyslogseveritycode" => Role::Level(1),
        "severitynumber" => Role::OtelLevel,
        "message" | "msg" | "jsonpayloadmessage" | "jsonpayloadmsg" | "textpayload" | "shortmessage"
        | "bodystringvalue" | "logmessage" => Role::Message(0),
        "body" | "log" | "eventmessage" | "rawmessage" => Role::Message(1),
        "event" => Role::Message(2),
        "host"
        | "hostname"
        | "computer"
        | "computername"
        | "machinename"
        | "kubernetespodname"
        | "podname"
        | "pod"
        | "dvchost"
        | "devname"
        | "nodename"
        | "jsonpayloadhostname" => Role::Host(0),
        "node" | "containername" | "kubernetescontainername" | "servername" | "instance" | "machine" => {
            Role::Host(1)
        }
        "logger" | "loggername" | "component" | "c" | "sourcecontext" | "loglogger" | "target"
        | "scopename" => Role::Component(0),
        "module" | "program" | "syslogidentifier" | "app" | "appname" | "tag" | "unit" | "category"
        | "processname" => Role::Component(1),
        "service" | "servicename" | "sourcename" | "name" | "application" | "source" | "caller" => {
            Role::Component(2)
        }
        _ => Role::Other,
    }
}

/// Keys of which only the ending is known: `modelCreationTime`, `parsed_at`, `FTNTlevel`.
fn by_ending(flat: &str, depth: u8) -> Role {
    const OF_TIME: [&str; 6] = ["timestamp", "datetime", "time", "date", "ts", "at"];
    if OF_TIME.iter().any(|ending| flat.ends_with(ending)) {
        return Role::Time((3 + depth).min(9));
    }
    let is_level = flat.ends_with("level") || flat.ends_with("severity") || flat == "status";
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
    pub(super) fn weigh(&mut self, index: usize, key: &str, value: &str, is_text: bool) {
        let role = role(key);
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

    /// Weighs the text at a key of a time, where the value may go on behind a space.
    pub(super) fn weigh_time_of(&mut self, index: usize, key: &str, text: &str) {
        if let Role::Time(rank) = role(key) {
            self.weigh_time(index, rank, text);
        }
    }

    fn weigh_time(&mut self, index: usize, rank: u8, value: &str) {
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

    /// Whether the field at `index` was taken as time, level, host or component, and so is no part of the message.
    pub(super) fn is_header(&self, index: usize) -> bool {
        // A time that only its ending tells stays readable in the message as well.
        let time = self.time.filter(|(rank, _)| *rank < 3);
        let lends_date = self.stamp.is_some_and(|stamp| stamp.date.is_none());
        let date = self.date_alone.filter(|_| time.is_some() && lends_date).map(|(_, index)| (0, index));
        [time, date, self.level_rank, self.host, self.component]
            .iter()
            .flatten()
            .any(|(_, taken)| *taken == index)
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
