//! Reading single lines: real formats with known truth.

#![expect(
    clippy::print_stderr,
    reason = "measured shares and skipped data are for the reader of the test's output"
)]

mod linear;
mod table;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use oddlog::entry::{Level, LogEntry, Omitted};
use oddlog::parse::parse_line;

/// Real labelled logs, outside of the project; `None` where they are absent.
fn shared(folder: &str) -> Option<PathBuf> {
    let root = std::env::var_os("ODDLOG_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let path = root.join("data").join(folder);
    if !path.is_dir() {
        eprintln!("skipped: {} is absent", path.display());
        return None;
    }
    Some(path)
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = fs::read_dir(of)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|p| p.is_dir())
        .collect();
    all.sort();
    all
}

fn raw_lines(folder: &Path) -> Vec<String> {
    let bytes = fs::read(folder.join("raw.log")).expect("raw.log");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.strip_suffix('\n').unwrap_or(&text).split('\n').map(str::to_owned).collect()
}

/// Rows of a CSV file by RFC 4180, without its head.
fn csv_rows(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).expect("a CSV file");
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            c => cell.push(c),
        }
    }
    rows.remove(0);
    rows
}

/// Whether the first 19 characters are those of `want`, the year aside where the truth has none (`0000`).
fn time_is(entry: &LogEntry<'_>, want: &str) -> bool {
    let said = entry.timestamp.map(|t| t.to_rfc3339()).unwrap_or_default();
    let start = if want.starts_with("0000") { 5 } else { 0 };
    said.len() >= 19 && said.get(start..19) == want.get(start..want.len().min(19))
}

fn level_is(level: Option<Level>, want: &str) -> bool {
    let name = match want.to_uppercase().as_str() {
        "WARNING" => "WARN",
        "NOTICE" => "INFO",
        "SEVERE" | "ERR" | "FAILURE" => "ERROR",
        "CRITICAL" | "CRIT" | "ALERT" | "EMERG" => "FATAL",
        "VERBOSE" => "TRACE",
        other => return level.map_or("", Level::name) == other,
    };
    level.map_or("", Level::name) == name
}

/// Shares of the lines of one folder read right: times, levels (`None` where the truth names none), messages.
struct Shares {
    time: Option<f64>,
    level: Option<f64>,
    message: Option<f64>,
}

fn share(right: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| right as f64 / of as f64)
}

fn measure(folder: &Path) -> Shares {
    let lines = raw_lines(folder);
    let show = std::env::var("ODDLOG_SHOW").unwrap_or_default();
    let mut shown = 0;
    let mut show_wrong = |what: &str, line: &str, want: &str, entry: &LogEntry<'_>| {
        if !show.is_empty() && folder.to_string_lossy().contains(&show) && shown < 12 {
            shown += 1;
            eprintln!("{what}: want {want:.150}\n    {line:.300}\n    {entry:?}");
        }
    };
    let (mut time_right, mut time_known, mut level_right, mut level_known) = (0, 0, 0, 0);
    if folder.join("header.csv").exists() {
        for (line, row) in lines.iter().zip(csv_rows(&folder.join("header.csv"))) {
            let entry = parse_line(line);
            time_known += 1;
            if time_is(&entry, &row[1]) {
                time_right += 1;
            } else {
                show_wrong("time", line, &row[1], &entry);
            }
            if !row[2].is_empty() {
                level_known += 1;
                if level_is(entry.level, &row[2]) {
                    level_right += 1;
                } else {
                    show_wrong("level", line, &row[2], &entry);
                }
            }
        }
    }
    let (mut message_right, mut message_known) = (0, 0);
    if folder.join("truth.csv").exists() {
        for (line, row) in lines.iter().zip(csv_rows(&folder.join("truth.csv"))) {
            let entry = parse_line(line);
            message_known += 1;
            if entry.message == row[1].trim() {
                message_right += 1;
            } else {
                show_wrong("message", line, &row[1], &entry);
            }
        }
    }
    Shares {
        time: share(time_right, time_known),
        level: share(level_right, level_known),
        message: share(message_right, message_known),
    }
}

fn mean(values: impl Iterator<Item = Option<f64>>) -> f64 {
    let values: Vec<f64> = values.flatten().collect();
    values.iter().sum::<f64>() / values.len() as f64
}

fn measured(folder: &str) -> Option<Vec<(String, Shares)>> {
    let all: Vec<(String, Shares)> = folders(&shared(folder)?)
        .iter()
        .map(|path| (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), measure(path)))
        .collect();
    for (name, shares) in &all {
        let text = |value: Option<f64>| value.map_or("    -".to_owned(), |v| format!("{v:.3}"));
        eprintln!(
            "{name:48} time {} level {} message {}",
            text(shares.time),
            text(shares.level),
            text(shares.message)
        );
    }
    for (half, range) in [("a to f", 'a'..='f'), ("g to z", 'g'..='z')] {
        let of_half = |(name, _): &&(String, Shares)| {
            let product = name.split_once('-').map_or(name.as_str(), |(_, product)| product);
            product.chars().next().is_some_and(|c| range.contains(&c.to_ascii_lowercase()))
        };
        eprintln!(
            "{folder} {half}: time {:.4} level {:.4} message {:.4}",
            mean(all.iter().filter(of_half).map(|(_, s)| s.time)),
            mean(all.iter().filter(of_half).map(|(_, s)| s.level)),
            mean(all.iter().filter(of_half).map(|(_, s)| s.message))
        );
    }
    Some(all)
}

#[test]
fn headers_of_labelled_logs_are_read() {
    for folder in ["templates", "templates-more"] {
        let Some(all) = measured(folder) else { return };
        assert!(mean(all.iter().map(|(_, s)| s.time)) >= 0.995);
        assert!(mean(all.iter().map(|(_, s)| s.level)) >= 0.995);
        assert!(mean(all.iter().map(|(_, s)| s.message)) >= 0.97);
        assert!(all.iter().all(|(_, s)| s.message.is_none_or(|share| share >= 0.9)));
    }
}

#[test]
fn headers_of_two_hundred_formats_are_read() {
    let Some(all) = measured("headers") else { return };
    assert!(mean(all.iter().map(|(_, s)| s.time)) >= 0.985);
    assert!(mean(all.iter().map(|(_, s)| s.level)) >= 0.99);
}

/// The lines of `raw.log` or `raw.log.gz`.
fn lines_of(folder: &Path) -> Vec<String> {
    if folder.join("raw.log").exists() {
        return raw_lines(folder);
    }
    let packed = fs::File::open(folder.join("raw.log.gz")).expect("raw.log.gz");
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut bytes).expect("a whole gzip");
    String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
}

/// What may be a time, found without the parser and generously: a clock of three parts, a date and a clock of fourteen
/// digits, seconds since 1970, a label of TAI64N.
const HOLDS_A_TIME: &str = r"(?x)
      (?: ^|[^\d.] ) (?: [01]?\d | 2[0-3] ) : [0-5]?\d : (?: [0-5]?\d | 60 ) (?: \D|$ )
    | (?: ^|\D ) [012]?\d [.] [0-5]\d [.] [0-5]\d (?: [^\d.]|$ )
    | (?: ^|\D ) (?: 19|20 ) \d\d [01]\d [0-3]\d [T_\ -]? [0-2]\d [0-5]\d [0-5]\d
    | (?: ^|[^\d.] ) 1\d{9} (?: [.]\d+ | \d{3} | \d{6} | \d{9} )? (?: \D|$ )
    | @4[0-9a-f]{23}";

/// The services of fail2ban's tests are 103; the lines without a time that are left are named in docs/accuracy.md.
#[test]
fn of_the_lines_that_hold_a_time_nearly_all_are_read_with_it() {
    let Some(folder) = shared("formats") else { return };
    let holds = regex::Regex::new(HOLDS_A_TIME).unwrap();
    for folder in folders(&folder) {
        let lines = lines_of(&folder);
        let held: Vec<&String> = lines.iter().filter(|line| holds.is_match(line)).collect();
        let missed: Vec<&&String> = held.iter().filter(|line| parse_line(line).timestamp.is_none()).collect();
        let read = 1.0 - missed.len() as f64 / held.len() as f64;
        eprintln!("{}: {} lines hold a time, {read:.4} read", folder.display(), held.len());
        for line in missed.iter().take(8) {
            eprintln!("    {line:.150}");
        }
        assert!(held.len() > lines.len() / 2 && read >= 0.99, "{}", folder.display());
    }
}

#[test]
fn lines_of_many_formats_are_read_as_their_documentation_says() {
    let wrong: Vec<String> = table::KNOWN
        .iter()
        .map(|known| (known, known.faults()))
        .filter(|(_, faults)| !faults.is_empty())
        .map(|(known, faults)| format!("{}: {}\n    {}", known.format, known.line, faults.join("\n    ")))
        .collect();
    let n_gaps = table::KNOWN.iter().filter(|known| known.has_gaps()).count();
    eprintln!("{} lines, of {n_gaps} a part is not read yet", table::KNOWN.len());
    assert!(wrong.is_empty(), "{} lines are wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn byte_order_marks_and_line_ends_are_no_part_of_a_line() {
    let entry = parse_line("\u{feff}2023-07-25 10:00:03 TRACE x\r\n");
    assert_eq!((entry.level, &*entry.message), (Some(Level::Trace), "x"));
    // RFC 5424, section 6.5, example 1: the mark in front of the message says that it is UTF-8
    let entry = parse_line(
        "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \u{feff}'su root' failed for lonvick",
    );
    assert_eq!(entry.message, "'su root' failed for lonvick");
}

#[test]
fn a_time_without_year_or_date_says_so() {
    assert_eq!(
        parse_line("Jun 14 15:16:01 combo sshd[1]: x").timestamp.map(|t| t.omitted),
        Some(Omitted::Year)
    );
    assert_eq!(parse_line("10:00:01 INFO x").timestamp.map(|t| t.omitted), Some(Omitted::Date));
}

#[test]
fn odd_weather_is_read_without_loss() {
    for line in [
        "",
        " \t ",
        "\0",
        "\u{feff}",
        "{",
        "{\"a\":",
        "[",
        "<",
        "<999>x",
        "=",
        "\u{1b}[",
        "|||",
        "2023-01-01",
        // found by fuzz.rs: a mark with no time behind it
        "\"",
        "*",
    ] {
        let entry = parse_line(line);
        assert!(entry.message.len() <= line.len(), "{line:?}");
    }
    for hostile in [
        "[",
        "=",
        "{\"a\":",
        "\"",
        "a=\"",
        "[[",
        "1,",
        "x: ",
        "\u{1b}[",
        "- ",
        "<1>",
        "{\"log\":\"",
        // found by fuzz.rs: a key of many parts must not be looked at once for each
        "{\"a",
        ".",
        "1:2:",
        "2023-",
    ] {
        let line = hostile.repeat(100_000);
        assert!(parse_line(&line).message.len() <= line.len(), "{hostile}");
    }
    // found by fuzz.rs: a word that is cut at its longest must not be cut inside of a character
    let wide = format!("<165>1 2003-10-11T22:14:15Z x{} y", "ж".repeat(300));
    assert!(parse_line(&wide).message.len() <= wide.len());
    let huge = format!("2023-07-25 10:00:03 INFO {}", "x".repeat(1 << 20));
    assert_eq!(parse_line(&huge).message.len(), 1 << 20);
}

/// Whether every character of `part` stands in `whole` in the same order.
fn is_in_order(part: &str, whole: &str) -> bool {
    let mut rest = whole.chars();
    part.chars().all(|wanted| wanted.is_whitespace() || rest.any(|c| c == wanted))
}

#[test]
fn a_line_that_ends_within_a_code_of_its_message_is_read() {
    // found by fuzzing: letters and no digit after the bracket
    for end in ["[System] [MY", "[System] [MY-", "[System] [MY-0", "[System] [MYABCDEFGHIJ"] {
        let line = format!("2024-03-01T10:00:00.900Z 0 {end}");
        let entry = parse_line(&line);
        assert!(
            entry.timestamp.is_some() && entry.message.ends_with("[MY") == line.ends_with("[MY"),
            "{entry:?}"
        );
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_and_its_message_is_part_of_it(line in "\\PC*|[\\[\\](){}<>|:;,=\"/. -]{0,9}([0-9TZ:. -]{0,30}|[A-Za-z:=\\[\\]]{0,20}){0,4}.*") {
        let entry = parse_line(&line);
        let is_json = line.contains('\u{7b}');
        proptest::prop_assert!(is_json || is_in_order(&entry.message, &line), "said {:?}", entry);
    }

    #[test]
    fn damaged_lines_of_known_formats_are_read(index in 0..table::KNOWN.len(), at in 0usize..200, with in "\\PC{0,3}") {
        let mut chars: Vec<char> = table::KNOWN[index].line.chars().collect();
        let at = at.min(chars.len());
        let end = chars.len().min(at + 2);
        chars.splice(at..end, with.chars());
        let line: String = chars.into_iter().collect();
        let entry = parse_line(&line);
        let is_json = line.contains('\u{7b}');
        proptest::prop_assert!(is_json || is_in_order(&entry.message, &line), "said {:?}", entry);
    }
}

/// Level, source and message of a line behind a time.
fn read_behind_time(text: &str) -> (Option<Level>, Option<String>, String) {
    let line = format!("2024-05-03 10:00:00 {text}");
    let entry = parse_line(&line);
    assert_eq!(entry.timestamp.unwrap().to_rfc3339(), "2024-05-03T10:00:00", "{text}");
    (entry.level, entry.source().map(str::to_owned), entry.message.to_string())
}

#[test]
fn a_group_that_says_something_of_the_words_before_it_leaves_them_in_the_message() {
    // dpkg, an init system, a router, an editor: nothing of them is a column
    for text in [
        "install libssl3:amd64 <none> 3.0.16",
        "configure libssl3:amd64 3.0.16 <none>",
        "restart svc:web host1 (failed)",
        "open file.txt [rw]",
        "api.gateway route (missing)",
        "user:alice role <admin> granted",
    ] {
        assert_eq!(read_behind_time(text), (None, None, text.to_owned()));
    }
}

#[test]
fn a_word_with_a_colon_behind_words_of_the_text_is_no_level() {
    for text in ["last error: none", "exit error: 0", "Login failed, critical: no", "Stack trace:"] {
        assert_eq!(read_behind_time(text), (None, None, text.to_owned()));
    }
    let (level, source, message) = read_behind_time("sshd: error: kex failed");
    assert_eq!((level, source.as_deref(), &*message), (Some(Level::Error), Some("sshd"), "kex failed"));
}

#[test]
fn the_cell_behind_a_time_is_not_its_fraction_and_a_time_in_a_later_cell_is_not_the_records() {
    for (line, time, message) in [
        (
            "1,2024/05/03 10:00:00,001801000000,TRAFFIC,end,2049,2024/05/03 10:00:00,10.0.0.1,1.2.3.4",
            "2024-05-03T10:00:00",
            "001801000000,TRAFFIC,end,2049,2024/05/03 10:00:00,10.0.0.1,1.2.3.4",
        ),
        ("2024-05-03 10:00:00,4711,order", "2024-05-03T10:00:00", "4711,order"),
        ("2024-05-03 10:00:00,10.0.0.1,order", "2024-05-03T10:00:00", "10.0.0.1,order"),
        ("2024-05-03 10:00:00,471 order", "2024-05-03T10:00:00.471", "order"),
        ("2024-05-03 10:00:00,471,order", "2024-05-03T10:00:00.471", "order"),
    ] {
        let entry = parse_line(line);
        assert_eq!(entry.timestamp.unwrap().to_rfc3339(), time, "{line}");
        assert_eq!(entry.message, message, "{line}");
    }
}
