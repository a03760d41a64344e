//! Which way of reading lines this release has: states of two ways cannot be added up.

use std::sync::LazyLock;

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::analysis::read::Lines;
use crate::store::encode;
use crate::tokenize::Rule;

/// To be raised when parsing, masking or tokenizing changes in a way that [`PROBE`] does not show.
const VERSION: u64 = 1;

/// Lines of every format and every kind of token. What is learnt from them is the fingerprint, so that nobody can
/// change how lines are read and forget to say so.
const PROBE: &[&str] = &[
    "2023-07-25 10:00:01 INFO User authentication: User 'jsmith' logged in successfully",
    "2023-07-25T10:00:01.123456Z ERROR [main] com.example.Db - Timeout after 30.5 seconds (attempt 3/5)",
    "2023-07-25 10:00:01,123 - app.worker - WARNING - queue depth=1,024 at 75%",
    "[2023-07-25T10:00:01+02:00] [error] [pid 4711] [client 10.0.0.7:52114] File does not exist: /var/www/x.html",
    "25/Jul/2023:10:00:01 +0000 DEBUG cache miss for key user:8821:profile",
    "Jul 25 10:00:01 host7 sshd[2121]: Failed password for root from 2001:db8::1 port 22 ssh2",
    "<34>1 2023-07-25T10:00:01Z host7 su 88 ID47 [x@1 k=\"v\"] 'su root' failed for lonvick on /dev/pts/8",
    "I0725 10:00:01.000001    7 controller.go:114] Reconciled \"default/web-5d9c7b8f6-x2x1z\" in 900ms",
    "081109 203615 148 INFO dfs.DataNode$PacketResponder: PacketResponder 1 for block blk_38865049064139660 ends",
    "127.0.0.1 - - [25/Jul/2023:10:00:01 +0000] \"GET /a/b?q=1&r=2 HTTP/1.1\" 503 2326 \"-\" \"curl/8.0\"",
    r#"{"time":"2023-07-25T10:00:01Z","level":"warn","msg":"slow query","ms":1250,"sql":"SELECT 1"}"#,
    "time=2023-07-25T10:00:01Z level=error msg=\"cannot dial tcp 10.0.0.1:443\" err=\"i/o timeout\" retry=3",
    "1690279201 1690279201123 kernel: [12345.678901] eth0: link up, 1000Mbps, full-duplex, lpa 0xC5E1",
    "    at com.example.Service.handle(Service.java:42)",
    "Traceback (most recent call last):",
    "  File \"/srv/app/main.py\", line 17, in <module>",
    "10:00:01.250 took -3.25ms, 12KB, 1.5GiB, 1e-9, 99.9%, 0xdeadbeef, 4f9a7c21b0e84d55, v1.22.333-rc.1",
    "id 123e4567-e89b-12d3-a456-426614174000 mac 00:1A:2B:3C:4D:5E mail a.b@example.org url https://x.example/p?q=1",
    "on Tue Jul 25 2023 at 10 am user=alice, state=ACTIVE -> CLOSED, list=[1, 2, 3], flags=a|b|c ratio 3/5",
    "E/Camera( 1234): open failed: -38",
    "FATAL: Grüße aus Köln – 温度 41°C\t\u{1b}[31mred\u{1b}[0m",
    "- 1117838570 2005.06.03 R02-M1-N0-C:J12-U11 2005-06-03-15.42.50.675872 RAS KERNEL INFO corrected",
    "login --password hunter2 Authorization: Basic abcdef Cookie: a=b; c=d {\"api_key\":\"x y\",\"pin\":1234}",
    "sshpass -p word mysql -u root -pword curl -u bob:word DB_PASS=word Passwort: word пароль: word 密码：word",
    "token AbCdEfGhIj card 4111 1111 1111 1111 db://bob:pw@h/ key qzkxvjwpfhgtrsbnmq to A.B@EXAMPLE.ORG",
    "restarted",
    "",
];

/// The fingerprint of this release: the hash of what it learns from the probe, and of a version number.
pub(super) static PIPELINE: LazyLock<u64> = LazyLock::new(|| {
    let learnt = encode(&Lines::read(PROBE).state()).map(|bytes| xxh3_64(&bytes));
    xxh3_64_with_seed(&learnt.unwrap_or_default().to_le_bytes(), VERSION)
});

/// The fingerprint of this release with rules of an owner.
pub(super) fn pipeline_with(rules: &[Rule]) -> u64 {
    if rules.is_empty() {
        return *PIPELINE;
    }
    let patterns: Vec<&str> = rules.iter().map(|rule| rule.pattern.as_str()).collect();
    let patterns = encode(&patterns).map(|bytes| xxh3_64(&bytes));
    xxh3_64_with_seed(&patterns.unwrap_or_default().to_le_bytes(), *PIPELINE)
}

#[cfg(test)]
mod tests {
    use super::{Lines, PROBE};
    use crate::state::Day;

    #[test]
    fn the_probe_reaches_dated_yearless_and_undated_lines_of_every_kind() {
        let state = Lines::read(PROBE).state();
        assert_eq!(state.lines(), PROBE.len() as u64);
        let days: Vec<Day> = state.slices().keys().copied().collect();
        assert!(days.contains(&Day::None));
        assert!(days.iter().any(|day| matches!(day, Day::OfYear(_))));
        assert!(days.iter().any(|day| matches!(day, Day::SinceEpoch(_))));
        assert!(state.shapes().len() > PROBE.len() / 2);
    }
}
