//! Times as replies write them.

use chrono::{DateTime, Datelike, Timelike};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::entry::Timestamp;

/// A time in RFC 3339, exactly as [`Timestamp::to_rfc3339`] writes it and, the year being an ordinary one, about
/// ten times as fast: a reply may hold one for every line.
#[derive(ToSchema)]
#[schema(value_type = String)]
pub(super) struct Time(pub(super) Timestamp);

impl Time {
    /// A time that has a date; replies have null for others, and count them.
    pub(super) fn of(time: Option<Timestamp>) -> Option<Self> {
        time.and_then(Timestamp::dated).map(Self)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut digits = Digits { bytes: [0; 36], length: 0 };
        match digits.write(&self.0) {
            Some(text) => serializer.serialize_str(text),
            None => serializer.serialize_str(&self.0.to_rfc3339()),
        }
    }
}

/// The longest is `2023-07-25T10:00:01.123456789+02:00`: 35 bytes.
struct Digits {
    bytes: [u8; 36],
    length: usize,
}

impl Digits {
    /// `None` for what this does not write: years of other than four digits, zones with seconds.
    fn write(&mut self, time: &Timestamp) -> Option<&str> {
        let civil = time.civil;
        let year = u32::try_from(civil.year()).ok().filter(|year| (1000..10_000).contains(year))?;
        let offset_seconds = time.offset.map(|offset| offset.local_minus_utc());
        // A leap second is second 59 with a nanosecond of 10^9 and more.
        if civil.nanosecond() >= 1_000_000_000 || offset_seconds.is_some_and(|s| s % 60 != 0) {
            return None;
        }
        self.number(year, 4);
        for (separator, part) in [
            (b'-', civil.month()),
            (b'-', civil.day()),
            (b'T', civil.hour()),
            (b':', civil.minute()),
            (b':', civil.second()),
        ] {
            self.byte(separator);
            self.number(part, 2);
        }
        self.fraction(civil.nanosecond());
        match offset_seconds {
            None => {}
            Some(0) => self.byte(b'Z'),
            Some(seconds) => {
                let minutes = seconds.unsigned_abs() / 60;
                self.byte(if seconds < 0 { b'-' } else { b'+' });
                self.number(minutes / 60, 2);
                self.byte(b':');
                self.number(minutes % 60, 2);
            }
        }
        std::str::from_utf8(&self.bytes[..self.length]).ok()
    }

    /// Milliseconds, microseconds or nanoseconds: as few digits as hold it.
    fn fraction(&mut self, nanoseconds: u32) {
        if nanoseconds == 0 {
            return;
        }
        self.byte(b'.');
        if nanoseconds.is_multiple_of(1_000_000) {
            self.number(nanoseconds / 1_000_000, 3);
        } else if nanoseconds.is_multiple_of(1000) {
            self.number(nanoseconds / 1000, 6);
        } else {
            self.number(nanoseconds, 9);
        }
    }

    fn byte(&mut self, byte: u8) {
        self.bytes[self.length] = byte;
        self.length += 1;
    }

    fn number(&mut self, mut number: u32, width: usize) {
        for at in (self.length..self.length + width).rev() {
            self.bytes[at] = b'0' + u8::try_from(number % 10).expect("a digit");
            number /= 10;
        }
        self.length += width;
    }
}

/// Seconds since 1970 as RFC 3339 in UTC; `None` for a year that chrono does not know.
pub(super) fn rfc3339_of_epoch(seconds: i64) -> Option<String> {
    let time = DateTime::from_timestamp(seconds, 0)?;
    Some(time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, FixedOffset};
    use proptest::prelude::*;

    use super::{Time, rfc3339_of_epoch};
    use crate::entry::{Omitted, Timestamp};

    fn time(text: &str, zone: bool) -> Timestamp {
        let parsed: DateTime<FixedOffset> = text.parse().unwrap();
        Timestamp {
            civil: parsed.naive_local(),
            offset: zone.then(|| *parsed.offset()),
            omitted: Omitted::Nothing,
        }
    }

    fn written(time: Timestamp) -> String {
        serde_json::from_str(&serde_json::to_string(&Time(time)).unwrap()).unwrap()
    }

    #[test]
    fn a_zone_is_kept_as_it_is_and_none_is_invented() {
        let text = "2023-07-25T10:00:01.120+02:00";
        assert_eq!(written(time(text, true)), text);
        assert_eq!(written(time(text, false)), "2023-07-25T10:00:01.120");
        assert_eq!(written(time("2023-07-25T10:00:01Z", true)), "2023-07-25T10:00:01Z");
        assert_eq!(
            written(time("2023-07-25T10:00:01.000001-03:30", true)),
            "2023-07-25T10:00:01.000001-03:30"
        );
    }

    #[test]
    fn the_epoch_is_the_first_of_january_1970() {
        assert_eq!(rfc3339_of_epoch(0).unwrap(), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339_of_epoch(i64::MAX), None);
    }

    proptest! {
        #[test]
        fn the_fast_way_writes_what_the_slow_one_does(
            seconds in -100_000_000_000i64..300_000_000_000,
            nanoseconds in prop_oneof![Just(0u32), 0u32..1_000_000_000, (0u32..1000).prop_map(|ms| ms * 1_000_000)],
            offset in proptest::option::of(-86_399i32..86_400),
        ) {
            let civil = DateTime::from_timestamp(seconds, nanoseconds).unwrap().naive_utc();
            let offset = offset.and_then(FixedOffset::east_opt);
            let time = Timestamp { civil, offset, omitted: Omitted::Nothing };
            prop_assert_eq!(written(time), time.to_rfc3339());
        }
    }
}
