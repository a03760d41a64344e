//! What is sent: kinds of hostile requests, each made anew from random numbers.

use std::io::Write;
use std::net::{Shutdown, SocketAddr};
use std::sync::LazyLock;

use serde_json::json;

use crate::exchange::{Line, Outcome, answer, open, request};
use crate::{Dice, Table, count};

const JSON: &str = "Content-Type: application/json";
const TEXT: &str = "Content-Type: text/plain";
const NDJSON: &str = "Content-Type: application/x-ndjson";
const OCTETS: &str = "Content-Type: application/octet-stream";
const GZIP: &str = "Content-Encoding: gzip";
const ZSTD: &str = "Content-Encoding: zstd";
const ROWS: &str = "Accept: application/x-ndjson";

/// Routes that take lines. A training goes to models of its own, and is refused in most cases.
const POSTS: [&str; 5] =
    ["/train?model=h1", "/analyze_logs", "/v1/train?model=h2", "/v1/analyze", "/v1/compare"];

/// Makes a request; the second says whether the server may close the connection without an answer to it.
type Make = fn(&mut Dice) -> (Vec<u8>, bool);

/// Each kind with its share.
const KINDS: [(&str, u64, Make); 24] = [
    ("malformed JSON", 90, malformed_json),
    ("wrong types", 90, wrong_types),
    ("deep JSON", 20, deep_json),
    ("bad UTF-8", 60, bad_utf8),
    ("bomb of gzip or zstd", 1, bomb),
    ("damaged packing", 60, damaged_packing),
    ("tricks in paths", 90, path_tricks),
    ("huge query", 10, huge_query),
    ("repeated and odd query keys", 60, odd_query),
    ("bad cursors and limits", 60, bad_cursor),
    ("bad types, charsets, packings", 60, bad_types),
    ("patterns that blow up", 10, bad_patterns),
    ("keys that collide or are many", 5, many_keys),
    ("tricks of Unicode", 40, unicode),
    ("methods that are none", 40, methods),
    ("headers without end", 10, header_flood),
    ("odd header values", 60, odd_headers),
    ("states that are none", 40, bad_states),
    ("hostile settings", 10, hostile_settings),
    ("lines of noise", 20, noise),
    ("empty lines", 10, empty_lines),
    ("two lengths, or a length and chunks", 40, smuggling),
    ("bad chunks", 40, bad_chunks),
    ("no HTTP", 40, no_http),
];

/// Ways to behave on a connection of one's own, once in so many requests.
const MANNERS: [(&str, fn(SocketAddr, &mut Dice) -> Vec<Outcome>); 5] = [
    ("aborted upload", aborted),
    ("half-closed connection", half_closed),
    ("many requests at once", pipelined),
    ("leaves before the answer", leaves),
    ("five hundred connections at once", crowd),
];

/// Sends `n` requests, one after the other, and says what became of them.
pub(crate) fn send(address: SocketAddr, n: u64, mut dice: Dice) -> Table {
    let (mut table, mut line, mut sent) = (Table::new(), Line::new(address), 0);
    let shares: u64 = KINDS.iter().map(|(_, share, _)| share).sum();
    while sent < n {
        if dice.below(60) == 0 {
            let crowds = dice.below(400) == 0;
            let (name, manner) = if crowds { MANNERS[4] } else { dice.one_of(&MANNERS[..4]) };
            for outcome in manner(address, &mut dice) {
                count(&mut table, name, &outcome);
                sent += 1;
            }
            continue;
        }
        let mut at = dice.below(shares);
        let chosen = KINDS.iter().find(|(_, share, _)| {
            let is_it = at < *share;
            at = at.saturating_sub(*share);
            is_it
        });
        let Some((name, _, make)) = chosen else { continue };
        let (bytes, may_close) = make(&mut dice);
        let outcome = line.send(&bytes, may_close);
        if may_close {
            // What such a request leaves in the connection is not the next one's.
            line.close();
        }
        count(&mut table, name, &outcome);
        sent += 1;
    }
    table
}

fn post(dice: &mut Dice, headers: &[&str], body: &[u8]) -> (Vec<u8>, bool) {
    (request("POST", dice.one_of(&POSTS), headers, body), false)
}

/// Some right body.
fn right(dice: &mut Dice) -> String {
    let lines: Vec<String> = (0..1 + dice.below(6))
        .map(|i| format!("2024-03-01 10:00:0{i} INFO request {} served", dice.below(999)))
        .collect();
    json!({"logs": lines, "model": "h2", "visualization": false}).to_string()
}

fn malformed_json(dice: &mut Dice) -> (Vec<u8>, bool) {
    let mut body = right(dice).into_bytes();
    for _ in 0..1 + dice.below(4) {
        let at = dice.below(body.len() as u64) as usize;
        match dice.below(3) {
            0 => body.truncate(at + 1),
            1 => body[at] = dice.one_of(b"{}[]\",:\\0x\n\x00-eE.u"),
            _ => body.insert(at, dice.one_of(b"{}[]\",:\\0x\n\x00-eE.u")),
        }
    }
    post(dice, &[JSON], &body)
}

fn wrong_types(dice: &mut Dice) -> (Vec<u8>, bool) {
    let values = [
        "null",
        "7",
        "-1",
        "1e999",
        "1.5",
        "true",
        "\"x\"",
        "[]",
        "{}",
        "[7]",
        "[null]",
        "[[]]",
        "18446744073709551616",
    ];
    let keys = [
        "logs",
        "model",
        "include",
        "visualization",
        "max_patterns",
        "max_outliers",
        "session_pattern",
        "timezone",
        "records",
        "reference_time",
        "picture_format",
        "baseline",
        "x",
    ];
    let pairs: Vec<String> = (0..1 + dice.below(5))
        .map(|_| format!("\"{}\":{}", dice.one_of(&keys), dice.one_of(&values)))
        .collect();
    let lines = if dice.below(2) == 0 { "\"logs\":[\"INFO a\",\"INFO b\"]," } else { "" };
    post(dice, &[JSON], format!("{{{lines}{}}}", pairs.join(",")).as_bytes())
}

fn deep_json(dice: &mut Dice) -> (Vec<u8>, bool) {
    let depth = dice.one_of(&[130, 1_000, 20_000]);
    let deep = match dice.below(3) {
        0 => "[".repeat(depth),
        1 => format!("{}1{}", "[".repeat(depth), "]".repeat(depth)),
        _ => format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth)),
    };
    let key = dice.one_of(&["x", "logs", "include", "reference_time", "baseline"]);
    post(dice, &[JSON], format!("{{\"logs\":[],\"{key}\":{deep}}}").as_bytes())
}

fn bad_utf8(dice: &mut Dice) -> (Vec<u8>, bool) {
    let mut body = right(dice).into_bytes();
    for _ in 0..1 + dice.below(4) {
        let at = dice.below(body.len() as u64) as usize;
        let bad: &[u8] = dice.one_of(&[
            &b"\xff"[..],
            b"\xc0\x80",
            b"\xed\xa0\x80",
            b"\xf4\x90\x80\x80",
            b"\xe2\x82",
            b"\xfe\xff\x00",
        ]);
        body.splice(at..at, bad.iter().copied());
    }
    let kind = dice.one_of(&[JSON, TEXT, NDJSON]);
    post(dice, &[kind], &body)
}

/// 300 MB of zeros, packed.
static BOMBS: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| {
    let zeros = vec![b'0'; 1 << 20];
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let mut zstd = zstd::Encoder::new(Vec::new(), 1).expect("an encoder into memory");
    for _ in 0..300 {
        gzip.write_all(&zeros).and_then(|()| zstd.write_all(&zeros)).expect("memory takes all");
    }
    [gzip.finish().expect("memory takes all"), zstd.finish().expect("memory takes all")]
});

fn bomb(dice: &mut Dice) -> (Vec<u8>, bool) {
    let which = dice.below(2) as usize;
    let kind = dice.one_of(&[JSON, TEXT, NDJSON]);
    let mut headers = vec![kind, [GZIP, ZSTD][which]];
    headers.extend((dice.below(2) == 0).then_some(ROWS));
    post(dice, &headers, &BOMBS[which])
}

fn damaged_packing(dice: &mut Dice) -> (Vec<u8>, bool) {
    let (packing, mut body) = match dice.below(3) {
        0 => (GZIP, dice.bytes(60)),
        1 => (GZIP, {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(right(dice).as_bytes()).expect("memory takes all");
            gzip.finish().expect("memory takes all")
        }),
        _ => (ZSTD, zstd::encode_all(right(dice).as_bytes(), 1).expect("memory takes all")),
    };
    let at = dice.below(body.len() as u64) as usize;
    if dice.below(2) == 0 {
        body.truncate(at)
    } else {
        body[at] ^= 1 << dice.below(8)
    }
    let kind = dice.one_of(&[JSON, TEXT]);
    post(dice, &[kind, packing], &body)
}

fn path_tricks(dice: &mut Dice) -> (Vec<u8>, bool) {
    let names = [
        "..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e",
        "..",
        ".",
        "%00",
        "default%00",
        "default%2fstate.bin",
        "state.bin",
        "C%3a%5c",
        "a%0d%0aX%3a%201",
        "%ff%fe",
        "DEFAULT",
        "default@99999999999999999999",
        "default@-1",
        "default@@1",
        "%e2%80%aedefault",
        "d%D0%B5fault",
        "-",
        "_",
        "con",
        "api-tokens.txt",
        "%252e%252e",
        "default;x=1",
        "default%20",
        "",
    ];
    let ends = [
        "",
        "/settings",
        "/events",
        "/generations",
        "/similar?term=x",
        "/feedback",
        "/slices?undated=true",
        "/nothing",
        "/",
    ];
    let name = match dice.below(12) {
        0 => "a".repeat(5_000),
        _ => (dice.one_of(&names)).to_owned(),
    };
    let path = match dice.below(10) {
        0 => format!("//v1//models//{name}"),
        1 => format!("/v1/../v1/models/{name}"),
        _ => format!("/v1/models/{name}{}", dice.one_of(&ends)),
    };
    let method = dice.one_of(&["GET", "PUT", "POST"]);
    (request(method, &path, &[JSON], b"{}"), false)
}

fn huge_query(dice: &mut Dice) -> (Vec<u8>, bool) {
    let query = match dice.below(3) {
        0 => "a=1&".repeat(10_000),
        1 => format!("model={}", "%61".repeat(15_000)),
        _ => format!("include={}", "lines,".repeat(9_000)),
    };
    let path = dice.one_of(&["/analyze_logs", "/v1/compare", "/v1/models", "/v1/models/default/slices"]);
    (request("POST", &format!("{path}?{query}"), &[TEXT], b"a line"), true)
}

fn odd_query(dice: &mut Dice) -> (Vec<u8>, bool) {
    let parts = [
        "model=h1",
        "model=h1",
        "include=lines",
        "include=nothing",
        "visualization=maybe",
        "max_outliers=-1",
        "max_patterns=9e9",
        "timezone=Mars",
        "reference_time=[",
        "reference_time=[{\"lines\":1}]",
        "records=0",
        "%",
        "%zz",
        "=",
        "&&",
        "=x",
        "model=%00",
        "session_pattern=(",
        "picture_format=gif",
        "baseline=none",
        "baseline_from=2024-02-30",
        "\u{0}",
        "+",
    ];
    let query: Vec<&str> = (0..1 + dice.below(5)).map(|_| dice.one_of(&parts)).collect();
    let query = query.join("&").replace(['\u{0}', '"', '{', '}', '['], "%7B");
    let path = dice.one_of(&["/analyze_logs", "/v1/analyze", "/v1/compare", "/v1/train"]);
    (request("POST", &format!("{path}?{query}"), &[TEXT], b"2024-03-01 10:00:00 INFO a line"), false)
}

fn bad_cursor(dice: &mut Dice) -> (Vec<u8>, bool) {
    let lists = [
        "/v1/models",
        "/v1/models/default/events",
        "/v1/models/default/generations",
        "/v1/models/default/feedback",
        "/v1/models/default/similar",
    ];
    let queries = [
        "cursor=zzz",
        "cursor=",
        "cursor=%00",
        "limit=0",
        "limit=-1",
        "limit=99999999999999999999",
        "limit=1&limit=2",
        "cursor=0000000000000000",
        "cursor=ffffffffffffffff&limit=1000",
        "term=",
        "term=request",
        "term=a&term=b",
        "x=1",
        "cursor=..%2f",
        "limit=1e3",
        "cursor=18446744073709551615",
    ];
    (request("GET", &format!("{}?{}", dice.one_of(&lists), dice.one_of(&queries)), &[], b""), false)
}

fn bad_types(dice: &mut Dice) -> (Vec<u8>, bool) {
    let kinds = [
        "Content-Type: application/json; charset=latin1",
        "Content-Type: application/json; charset=\"utf-16\"",
        "Content-Type: text/html",
        "Content-Type: ;",
        "Content-Type: application/json; charset=",
        "Content-Type: multipart/form-data; boundary=x",
        "X-None: 1",
        "Content-Type: application/x-www-form-urlencoded",
        "Content-Type: text/plain; charset=utf-7",
    ];
    let packings = [
        "Content-Encoding: br",
        "Content-Encoding: gzip, gzip",
        "Content-Encoding: deflate",
        "X-A: 1",
        "Content-Encoding: identity",
    ];
    let body = right(dice);
    let headers = [dice.one_of(&kinds), dice.one_of(&packings)];
    post(dice, &headers, body.as_bytes())
}

fn bad_patterns(dice: &mut Dice) -> (Vec<u8>, bool) {
    let patterns = [
        "(a*)*$",
        "(a|aa)+$",
        "(.*)(.*)(.*)(.*)(.*)x",
        "((a{1,100}){1,100}){1,100}",
        "(",
        "(?<n>a)(?<n>b)",
        "[",
        "\\p{Greek}{1,500}",
        "(?i)ß{1,99}",
        "a{99999999}",
        "(?s).*?.*?.*?.*?=",
        "^(([a-z])+.)+[A-Z]([a-z])+$",
        "\\",
        "(?x)# \n(",
        "",
    ];
    let line = format!("{}!", "a".repeat(20_000));
    let body =
        json!({"logs": [line, line], "session_pattern": dice.one_of(&patterns), "visualization": false});
    (request("POST", "/analyze_logs", &[JSON], body.to_string().as_bytes()), false)
}

fn many_keys(dice: &mut Dice) -> (Vec<u8>, bool) {
    let n = 1_000;
    let body = match dice.below(3) {
        0 => {
            let pairs: Vec<String> = (0..n).map(|i| format!("\"k{}\":1", i * 4096)).collect();
            format!("{{\"logs\":[\"a\"],{}}}", pairs.join(","))
        }
        1 => {
            let lines: Vec<String> =
                (0..n).map(|i| format!("session s{} word{}x", i * 4096, dice.below(1 << 40))).collect();
            json!({"logs": lines, "session_pattern": "session (\\w+)", "visualization": false}).to_string()
        }
        _ => {
            let object: Vec<String> = (0..n).map(|i| format!("\"f{}\":{i}", i * 65_536)).collect();
            format!("{{\"logs\":[{{{}}}],\"visualization\":false}}", object.join(","))
        }
    };
    (request("POST", "/analyze_logs", &[JSON], body.as_bytes()), false)
}

fn unicode(dice: &mut Dice) -> (Vec<u8>, bool) {
    let parts = [
        "\u{202e}",
        "\u{200b}",
        "\u{feff}",
        "\u{0}",
        "e\u{301}\u{301}\u{301}\u{301}",
        "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}",
        "ﷺ",
        "İ",
        "ß",
        "ſ",
        "\u{fffd}",
        "\u{10ffff}",
        "\u{2028}",
        "\u{1b}[2J",
        "ＥＲＲＯＲ",
        "١٢٣",
        "〱",
        "\u{e0001}",
    ];
    let text: String = (0..1 + dice.below(40)).map(|_| dice.one_of(&parts)).collect();
    let escaped = dice.one_of(&["\\ud800", "\\udc00\\ud800", "\\u0000", "\\ud83d\\ude00", "\\uFFFF"]);
    let body = format!(
        "{{\"logs\":[\"{}\",\"{escaped}\"],\"visualization\":false}}",
        text.replace(['\u{0}', '\u{1b}'], "")
    );
    post(dice, &[JSON], body.as_bytes())
}

fn methods(dice: &mut Dice) -> (Vec<u8>, bool) {
    let method = dice.one_of(&[
        "TRACE",
        "CONNECT",
        "BREW",
        "get",
        "PATCH",
        "OPTIONS",
        "PROPFIND",
        "ANAMELONGERTHANTHATOFANYMETHODTHEREEVERWAS",
    ]);
    let path = dice.one_of(&["/train", "/v1/models", "/health", "*", "/metrics", "localhost:80"]);
    (
        request(method, path, &["Access-Control-Request-Method: POST", "Origin: https://evil.example"], b""),
        true,
    )
}

fn header_flood(dice: &mut Dice) -> (Vec<u8>, bool) {
    let headers: Vec<String> = match dice.below(3) {
        0 => (0..2_000).map(|i| format!("X-{i}: {i}")).collect(),
        1 => vec![format!("X-A: {}", "a".repeat(200_000))],
        _ => (0..90).map(|i| format!("X-{i}: {}", "b".repeat(500))).collect(),
    };
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    (request("GET", "/health", &headers, b""), true)
}

fn odd_headers(dice: &mut Dice) -> (Vec<u8>, bool) {
    let headers = [
        "Accept: text/csv",
        "Accept: */*;q=nan",
        "Accept: ,,,;;;q=",
        "Origin: null",
        "Origin: https://evil.example",
        "Host: evil.example",
        "Host: localhost, evil",
        "Authorization: Bearer x",
        "Authorization: Basic \u{ff}",
        "Idempotency-Key: ",
        "Idempotency-Key: \u{e9}",
        "X-Request-Id: {\"a\":1}",
        "X-Request-Id: %0d%0a",
        "Content-Length: 5",
        "Range: bytes=0-0,0-0,0-0",
        "If-None-Match: *",
        "Upgrade: h2c",
        "Connection: Upgrade, HTTP2-Settings",
        "Expect: 100-continue",
        "Expect: 9",
        "Te: trailers",
        "Trailer: X",
        "Cookie: a",
        "Forwarded: for=127.0.0.1",
        "X-Forwarded-Host: evil",
        "Max-Forwards: 0",
        "Content-Language: x\ty",
    ];
    let (one, other) = (dice.one_of(&headers), dice.one_of(&headers));
    let body = right(dice);
    (request("POST", "/v1/analyze", &[JSON, one, other], body.as_bytes()), true)
}

fn bad_states(dice: &mut Dice) -> (Vec<u8>, bool) {
    static STATE: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let lines =
            ["2024-03-01 10:00:00 INFO request 7 served", "2024-03-01 10:00:01 ERROR disk sda failed"];
        oddlog::models::Partial::of(&lines).to_bytes().expect("a state can be written")
    });
    let mut body = if dice.below(3) == 0 { dice.bytes(100) } else { STATE.clone() };
    for _ in 0..1 + dice.below(3) {
        let at = dice.below(body.len() as u64) as usize;
        if dice.below(3) == 0 { body.truncate(at + 1) } else { body[at] ^= 1 << dice.below(8) }
    }
    (request("POST", "/v1/models/h3/merge", &[OCTETS], &body), false)
}

fn hostile_settings(dice: &mut Dice) -> (Vec<u8>, bool) {
    let bodies = [
        r#"{"rules": [{"name": "a", "pattern": "(a*)*$"}]}"#,
        r#"{"rules": [{"name": "a", "pattern": "(x{1,1000}){1,1000}"}]}"#,
        r#"{"rules": "x"}"#,
        r#"{"retention_days": -1}"#,
        r#"{"half_life_days": 1e9}"#,
        r#"{"alarms_per_day": 0}"#,
        r#"[1]"#,
        r#"{"to": 18446744073709551615}"#,
        r#"{"to": "1"}"#,
        r#"{"event_id": "zz", "verdict": "normal"}"#,
        r#"{"event_id": "00000000000000ab", "verdict": "x"}"#,
        "null",
        "{",
        r#"{"rules": [[]]}"#,
    ];
    let (method, end) = dice.one_of(&[
        ("PUT", "settings"),
        ("POST", "rollback"),
        ("POST", "feedback"),
        ("DELETE", "feedback?event_id=zz"),
    ]);
    (request(method, &format!("/v1/models/h3/{end}"), &[JSON], dice.one_of(&bodies).as_bytes()), false)
}

fn noise(dice: &mut Dice) -> (Vec<u8>, bool) {
    let n = 200 + dice.below(2_000);
    let body = dice.bytes(n);
    let kind = dice.one_of(&[TEXT, NDJSON]);
    let rows = dice.one_of(&[ROWS, "Accept: */*"]);
    (request("POST", "/analyze_logs?visualization=false", &[kind, rows], &body), false)
}

fn empty_lines(dice: &mut Dice) -> (Vec<u8>, bool) {
    let n = dice.one_of(&[1_usize, 1_000, 20_000]);
    let (kind, body) = match dice.below(3) {
        0 => (TEXT, "\n".repeat(n)),
        1 => (NDJSON, "\"\"\n".repeat(n)),
        _ => (JSON, format!("{{\"logs\":[{}\"\"]}}", "\"\",".repeat(n))),
    };
    (request("POST", "/analyze_logs?visualization=false", &[kind], body.as_bytes()), false)
}

/// A training of the model `smuggled` within the body of another request: it must never be answered.
const INNER: &str = "POST /train?model=smuggled HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nline";

fn smuggling(dice: &mut Dice) -> (Vec<u8>, bool) {
    let length = INNER.len();
    let headers = match dice.below(6) {
        0 => format!("Content-Length: {length}\r\nContent-Length: 0"),
        1 => format!("Content-Length: +{length}"),
        2 => format!("Content-Length: {length}, {length}"),
        3 => "Transfer-Encoding: chunked, identity".to_owned(),
        4 => "Transfer-Encoding: xchunked".to_owned(),
        _ => format!("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{INNER}\r\n0"),
    };
    let end = if headers.contains(INNER) { "\r\n\r\n".to_owned() } else { format!("\r\n\r\n{INNER}") };
    (
        format!(
            "POST /analyze_logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n{headers}{end}"
        )
        .into_bytes(),
        true,
    )
}

fn bad_chunks(dice: &mut Dice) -> (Vec<u8>, bool) {
    let body = dice.one_of(&[
        "zz\r\nabc\r\n0\r\n\r\n",
        "-1\r\na\r\n0\r\n\r\n",
        "ffffffffffffffffff\r\na",
        "3\r\nabcd\r\n0\r\n\r\n",
        "3;x=\"\r\nabc\r\n0\r\n\r\n",
        "0\r\nX: 1\r\n\r\n",
        "\r\n\r\n",
        "3\nabc\n0\n\n",
    ]);
    let mut bytes = format!("POST /train?model=h4 HTTP/1.1\r\nHost: localhost\r\n{TEXT}\r\nTransfer-Encoding: chunked\r\n\r\n{body}").into_bytes();
    if dice.below(4) == 0 {
        // extensions without end
        bytes.extend(std::iter::repeat_n(b';', 40_000));
    }
    (bytes, true)
}

fn no_http(dice: &mut Dice) -> (Vec<u8>, bool) {
    let bytes = match dice.below(7) {
        0 => [&dice.bytes(80)[..], b"\r\n\r\n"].concat(),
        1 => b"GET /\r\n\r\n".to_vec(),
        2 => b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n".to_vec(),
        3 => b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        4 => b"GET http://evil.example/v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(),
        5 => b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n folded: x\r\n\r\n".to_vec(),
        _ => b"GET /health HTTP/9.9\r\nNo colon\r\n\r\n".to_vec(),
    };
    (bytes, true)
}

fn aborted(address: SocketAddr, dice: &mut Dice) -> Vec<Outcome> {
    let (bytes, _) = post(dice, &[TEXT], &b"2024-03-01 10:00:00 INFO a line\n".repeat(4_000));
    let sent = dice.below(bytes.len() as u64) as usize;
    let _ = open(address).and_then(|mut stream| stream.write_all(&bytes[..sent]));
    vec![Outcome::Left]
}

fn half_closed(address: SocketAddr, dice: &mut Dice) -> Vec<Outcome> {
    let body = right(dice);
    let (bytes, _) = post(dice, &[JSON], body.as_bytes());
    let is_whole = dice.below(2) == 0;
    let sent = if is_whole { bytes.len() } else { dice.below(bytes.len() as u64) as usize };
    let answered = open(address).and_then(|mut stream| {
        stream.write_all(&bytes[..sent])?;
        stream.shutdown(Shutdown::Write)?;
        answer(&mut stream)
    });
    vec![match answered {
        Ok((status, _)) => Outcome::Status(status),
        Err(e) if matches!(e.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
            Outcome::Hang
        }
        Err(_) if is_whole => Outcome::Unanswered,
        Err(_) => Outcome::Closed,
    }]
}

fn pipelined(address: SocketAddr, dice: &mut Dice) -> Vec<Outcome> {
    let one =
        request("GET", dice.one_of(&["/health", "/v1/models/default/events?limit=2", "/nothing"]), &[], b"");
    let answered = open(address).and_then(|mut stream| {
        stream.write_all(&one.repeat(10))?;
        (0..10).map(|_| answer(&mut stream)).collect::<Result<Vec<_>, _>>()
    });
    match answered {
        Ok(answers) => answers.into_iter().map(|(status, _)| Outcome::Status(status)).collect(),
        Err(_) => vec![Outcome::Unanswered],
    }
}

fn leaves(address: SocketAddr, dice: &mut Dice) -> Vec<Outcome> {
    let lines = vec!["2024-03-01 10:00:00 INFO a line"; 500];
    let body = json!({"logs": lines, "include": ["lines"], "visualization": false}).to_string();
    let bytes = request("POST", dice.one_of(&["/analyze_logs", "/v1/analyze"]), &[JSON], body.as_bytes());
    let _ = open(address).and_then(|mut stream| stream.write_all(&bytes));
    vec![Outcome::Left]
}

fn crowd(address: SocketAddr, dice: &mut Dice) -> Vec<Outcome> {
    let body = right(dice);
    let bytes = request("POST", "/analyze_logs", &[JSON, "Connection: close"], body.as_bytes());
    let mut streams: Vec<_> = (0..500).map(|_| open(address)).collect();
    for stream in streams.iter_mut().flatten() {
        let _ = stream.write_all(&bytes);
    }
    let of = |stream: &mut std::io::Result<std::net::TcpStream>| match stream.as_mut().map(answer) {
        Ok(Ok((status, _))) => Outcome::Status(status),
        Ok(Err(e)) if matches!(e.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
            Outcome::Hang
        }
        _ => Outcome::Unanswered,
    };
    streams.iter_mut().map(of).collect()
}
