//! What a line without a time of its own looks like: a frame of a stack trace, the head of one, a line that joins traces,
//! or nothing in particular.
//!
//! In: the text of a line. Out: its [`Piece`], by the line alone. The texts are those that the runtimes themselves print.

/// The way a trace is written, as far as it matters for which lines may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trace {
    /// An exception by its name, then frames: Java, .NET, Node, PHP, Ruby.
    Named,
    /// Frames, then the exception: Python.
    Python,
    /// `panic:`, then goroutines of functions and files.
    Go,
    /// `thread '…' panicked at`, then the message on a line of its own.
    Rust,
    /// A place in a script, the line of code, a caret, then an exception: Node.
    Script,
    /// A warning with its place, the line of code below it: Python.
    Code,
    /// The threads of a process with their frames: a debugger, a sanitizer.
    Native,
    /// The threads of a virtual machine, each a name in quotation marks with its frames: Java.
    Dump,
}

/// A line's part in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// It begins a record: it has a time, or a level and no indentation.
    First,
    /// It is more of the entry in front of it, though it has a time or a level.
    Rest,
    /// White space alone.
    Blank,
    /// It begins with white space.
    Indented,
    /// It begins with a closing bracket.
    Closer,
    /// A place in a stack trace, unmistakable.
    Frame,
    /// A line that runtimes print within or between traces: `Caused by:`, `goroutine 1 [running]:`.
    Link,
    /// The same, of words that others use as well: only within a trace.
    WeakLink,
    /// A line that only a dump of threads has, of words that others use as well: only within one.
    DumpPart,
    /// The beginning of a trace.
    Head(Trace),
    /// A name that may be an exception's: a head only if frames follow.
    WeakHead,
    /// It begins with a clause of SQL.
    Clause,
    /// Nothing that tells what it is.
    Plain,
}

/// The piece of a line without a time.
pub(super) fn piece(line: &str) -> Piece {
    let text = line.trim_start();
    if text.is_empty() {
        return Piece::Blank;
    }
    let is_indented = text.len() < line.len();
    if is_indented && is_script_error(text) {
        return Piece::Head(Trace::Python);
    }
    if is_frame(text, line, is_indented) {
        return Piece::Frame;
    }
    let found = named(text);
    if found != Piece::Plain && (!is_indented || matches!(found, Piece::Link | Piece::Head(Trace::Python))) {
        return found;
    }
    match text.as_bytes()[0] {
        _ if is_indented => Piece::Indented,
        b'}' | b']' => Piece::Closer,
        _ if begins_clause(text) => Piece::Clause,
        _ => Piece::Plain,
    }
}

/// The piece of a message behind a time, where it is one of a trace; [`Piece::First`] otherwise.
///
/// Only what cannot be anything else: most messages end the search at their first byte.
pub(super) fn piece_of_message(message: &str, is_indented: bool) -> Piece {
    let message = message.trim_start();
    let first = message.as_bytes().first().copied().unwrap_or_default();
    let is_frame = match first {
        b'a' => message.strip_prefix("at ").is_some_and(|place| is_place(place, false)),
        b'.' | b'#' | b'F' => is_frame(message, message, true),
        _ => false,
    };
    if is_frame {
        return Piece::Frame;
    }
    if matches!(first, b'C' | b'D' | b'S' | b'T')
        && let found @ (Piece::Link | Piece::Head(Trace::Python)) = named(message)
    {
        return found;
    }
    match first.is_ascii_alphabetic().then(|| exception(message)) {
        Some(head @ Piece::Head(_)) => head,
        _ if is_indented => Piece::Indented,
        _ => Piece::First,
    }
}

/// Whether a head stands indented in any case: then its indentation does not say that it continues a line.
pub(super) fn is_indented_by_nature(line: &str) -> bool {
    let text = line.trim_start();
    text.starts_with("+ Exception Group ") || is_script_error(text)
}

/// `File "/srv/app.py", line 3` with nothing behind it: Python could not read the file.
fn is_script_error(text: &str) -> bool {
    text.strip_prefix("File \"").and_then(|rest| rest.split_once("\", line ")).is_some_and(|(_, number)| {
        !number.is_empty() && number.trim_end().bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Heads and links, by their words.
fn named(text: &str) -> Piece {
    const LINKS: [&str; 11] = [
        "Stack trace:",
        "[stacktrace]",
        "Caused by: ",
        "Suppressed: ",
        "Wrapped by: ",
        "During handling of the above exception, another exception occurred:",
        "The above exception was the direct cause of the following exception:",
        "stack backtrace:",
        "--- End of stack trace from previous location",
        "--- End of inner exception stack trace",
        "note: run with `RUST_BACKTRACE=",
    ];
    const GO: [&str; 5] =
        ["panic: ", "fatal error: ", "unexpected fault address ", "SIGQUIT: quit", "SIGABRT: abort"];
    const WEAK: [&str; 14] = [
        "SUMMARY: ",
        "\"}",
        "Last message (from #PID<",
        "Last message: ",
        "State: %",
        "Client #PID<",
        "exit status ",
        "created by ",
        "[signal ",
        "Node.js v",
        "(Use `node ",
        "note: ",
        "...additional frames elided...",
        "Thrown at:",
    ];
    match text.as_bytes()[0] {
        b'C' if text == "Caused by:" => return Piece::Link,
        b'C' | b'S' | b'W' | b'D' | b'T' | b's' | b'-' | b'n' | b'[' if begins_with(text, &LINKS) => {
            return Piece::Link;
        }
        b'g' if is_goroutine(text) => return Piece::Link,
        b'T' | b'+'
            if text
                .trim_start_matches("+ Exception Group ")
                .starts_with("Traceback (most recent call last)") =>
        {
            return Piece::Head(Trace::Python);
        }
        b'p' | b'f' | b'u' | b'S' if begins_with(text, &GO) => return Piece::Head(Trace::Go),
        b'*' if text.starts_with("** (") && text.contains(") ") => return Piece::Head(Trace::Named),
        b'N' if text.strip_prefix("Next ").is_some_and(|next| exception(next) != Piece::Plain) => {
            return Piece::Link;
        }
        b't' if text.starts_with("thread '") && text.contains(" panicked at ") => {
            return Piece::Head(Trace::Rust);
        }
        b'E' if begins_with(text, &["Exception in thread ", "Exception ignored in"]) => {
            return Piece::Head(Trace::Named);
        }
        b'F' if text.starts_with("Fatal Python error: ") => return Piece::Head(Trace::Named),
        b'F' if text.starts_with("Full thread dump ") => return Piece::Head(Trace::Dump),
        b'"' if is_thread_of_dump(text) => return Piece::Head(Trace::Dump),
        b'C' | b'T' if text.ends_with("(most recent call first):") => return Piece::Link,
        b'T' | b'P' if is_native_head(text) => return Piece::Head(Trace::Native),
        b'=' if is_of_sanitizer(text) => {
            let is_head = text.contains("==ERROR: ");
            return if is_head { Piece::Head(Trace::Native) } else { Piece::WeakLink };
        }
        b'"' | b'=' | b'_' | b'0' | b'J' | b'F' | b'H' | b'T' if is_part_of_dump(text) => {
            return Piece::DumpPart;
        }
        b'U' if text.starts_with("Unhandled exception") || text.starts_with("Unhandled Exception") => {
            return Piece::Head(Trace::Named);
        }
        b'/' | b'n' | b'f' | b'A'..=b'Z' if is_script_place(text) => return Piece::Head(Trace::Script),
        _ => {}
    }
    if begins_with(text, &WEAK) {
        return Piece::WeakLink;
    }
    if let Some(rest) = ruby_place(text)
        && rest.contains(": ")
    {
        return Piece::Head(Trace::Named);
    }
    if is_warning(text) {
        return Piece::Head(Trace::Code);
    }
    exception(text)
}

fn begins_with(text: &str, fronts: &[&str]) -> bool {
    fronts.iter().any(|front| text.starts_with(front))
}

/// `goroutine 1 [running]:`, `goroutine 18 [chan receive, 2 minutes]:`.
fn is_goroutine(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("goroutine ") else { return false };
    let number = rest.bytes().take_while(u8::is_ascii_digit).count();
    number > 0 && rest[number..].contains('[') && rest.ends_with("]:")
}

/// `"main" #1 prio=5 os_prio=0 … tid=0x… nid=0x… runnable`: a thread of a Java dump.
fn is_thread_of_dump(text: &str) -> bool {
    let Some((_, rest)) = text[1..].split_once("\" ") else { return false };
    (rest.starts_with('#') || rest.contains("prio=")) && (rest.contains(" tid=") || rest.contains(" nid="))
}

/// What a Java dump says besides of its threads: which there are, locks that wait for each other, the heap.
fn is_part_of_dump(text: &str) -> bool {
    const PARTS: [&str; 6] = [
        "Threads class SMR info:",
        "_java_thread_list=",
        "JNI global ref",
        "Java stack information for the threads",
        "Java-level deadlock",
        "Heap",
    ];
    let is_list = || text.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'x' | b',' | b' '));
    begins_with(text, &PARTS)
        || (text.starts_with('"') && text.ends_with("\":"))
        || (text.starts_with("Found ") && text.contains("deadlock"))
        || text.bytes().all(|byte| byte == b'=')
        || (text.starts_with("0x") && is_list())
}

/// `Thread 2 (Thread 0x7f… (LWP 2704) "g"):` and `Program received signal SIGSEGV, …` of a debugger.
fn is_native_head(text: &str) -> bool {
    let is_signal =
        text.contains(" received signal SIG") || text.starts_with("Program terminated with signal SIG");
    let is_thread = || text.starts_with("Thread ") && text.contains(" (Thread 0x") && text.ends_with("):");
    is_signal || is_thread()
}

/// `==2711==`, in front of what sanitizers and checkers of memory say.
fn is_of_sanitizer(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("==") else { return false };
    let number = rest.bytes().take_while(u8::is_ascii_digit).count();
    number > 0 && rest[number..].starts_with("==")
}

/// `/srv/app.py:3: DeprecationWarning: …`, the line of code below it.
fn is_warning(text: &str) -> bool {
    let Some((place, rest)) = text.split_once(": ") else { return false };
    let is_place = place.rsplit_once(':').is_some_and(|(file, line)| {
        !file.is_empty() && !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit())
    });
    let name = rest.split(": ").next().unwrap_or_default();
    is_place
        && name.len() < rest.len()
        && name.ends_with("Warning")
        && name.bytes().all(|b| b.is_ascii_alphabetic())
}

/// `/srv/app.js:12` or `node:internal/modules/cjs/loader:1080`, alone on its line.
fn is_script_place(text: &str) -> bool {
    let Some((place, line)) = text.rsplit_once(':') else { return false };
    let is_number = !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit());
    let is_script = [".js", ".mjs", ".cjs", ".ts"].iter().any(|ending| place.ends_with(ending));
    is_number && !place.contains(' ') && (is_script || place.starts_with("node:"))
}

/// What stands behind `app.rb:12:in `, where the text begins so.
fn ruby_place(text: &str) -> Option<&str> {
    let (place, rest) = text.split_once(":in ")?;
    let (file, line) = place.rsplit_once(':')?;
    let is_number = !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && !file.contains(": ") && (file.ends_with(".rb") || rest.starts_with(['`', '\''])))
        .then_some(rest)
}

fn is_frame(text: &str, line: &str, is_indented: bool) -> bool {
    let is_known = match text.as_bytes()[0] {
        b'a' => text.strip_prefix("at ").is_some_and(|place| is_place(place, is_indented)),
        b'.' => text.strip_prefix("... ").is_some_and(|rest| {
            let number = rest.bytes().take_while(u8::is_ascii_digit).count();
            number > 0 && (rest[number..].starts_with(" more") || rest[number..].contains("frames"))
        }),
        b'F' => is_indented && text.starts_with("File \"") && text.contains("\", line "),
        b'f' => is_indented && text.strip_prefix("from ").is_some_and(|rest| ruby_place(rest).is_some()),
        b'#' => {
            let number = text[1..].bytes().take_while(u8::is_ascii_digit).count();
            let rest = &text[1 + number..];
            number > 0
                && rest.starts_with(' ')
                && (rest.contains("): ") || rest.contains("{main}") || is_native_frame(rest))
        }
        b'0'..=b'9' => is_indented && is_numbered(text),
        _ => false,
    };
    is_known
        || (is_indented && text.contains(") called at ") && text.contains(" line "))
        || (is_indented && is_beam_frame(text))
        || (line.starts_with('\t') && is_go_file(text))
        || ruby_place(text).is_some_and(|rest| !rest.contains(": "))
}

/// `(shop 0.1.0) lib/shop/cart.ex:12: Shop.Cart.pay/1`, of Elixir and Erlang.
fn is_beam_frame(text: &str) -> bool {
    let behind = [".ex:", ".exs:", ".erl:"].iter().find_map(|ending| text.split_once(ending));
    behind.is_some_and(|(_, rest)| {
        let number = rest.bytes().take_while(u8::is_ascii_digit).count();
        number > 0 && rest[number..].starts_with(": ")
    })
}

/// Whether a message holds an exception's name, so that it is itself the head of the frames behind it.
pub(super) fn holds_exception(message: &str) -> bool {
    message.split([' ', '(']).any(|word| {
        let name = word.trim_end_matches([':', ')', ',']);
        name.starts_with(|c: char| c.is_ascii_alphabetic()) && exception(name) != Piece::Plain
    })
}

/// Whether a line may stand within an object or array that is written over several lines: a name and its value, a value,
/// or brackets.
pub(super) fn is_part_of_json(line: &str) -> bool {
    let text = line.trim();
    let value = text.strip_suffix(',').unwrap_or(text);
    match text.as_bytes().first() {
        Some(b'}' | b']') => text.len() <= 2 || text[1..].trim_matches(['}', ']', ',', ' ']).is_empty(),
        Some(b'{' | b'[') => text.len() == 1,
        Some(b'"') => text.contains("\":") || value.ends_with('"'),
        Some(_) => matches!(value, "true" | "false" | "null") || value.parse::<f64>().is_ok(),
        None => false,
    }
}

/// Behind `#1 `: ` 0x… in pay (…) at shop.c:5` or `main () from /lib/libc.so`.
pub(super) fn is_native_frame(text: &str) -> bool {
    (text.contains(" 0x") && text.contains(" in "))
        || (text.contains(" (") && (text.contains(") at ") || text.contains(") from ")))
}

/// Behind `at `: a method and its file, a file and its line, or what else has no spaces but within brackets.
fn is_place(place: &str, is_indented: bool) -> bool {
    if !is_indented {
        let open = place.find('(').unwrap_or(0);
        return open > 0 && !place[..open].contains(' ') && place.ends_with([')', ']']);
    }
    place.contains(['(', '/', '<', '.', ':'])
}

/// `0: core::panicking::panic` or `3:     0x55d - main`.
fn is_numbered(text: &str) -> bool {
    let number = text.bytes().take_while(u8::is_ascii_digit).count();
    let Some(rest) = text[number..].strip_prefix(": ") else { return false };
    rest.contains("::")
        || rest.trim_start().starts_with("0x")
        || rest == "main"
        || rest.starts_with("rust_begin")
}

/// `/srv/main.go:12 +0x1d`.
fn is_go_file(text: &str) -> bool {
    let place = text.split_once(" +0x").map_or(text, |(place, _)| place);
    let Some((file, line)) = place.rsplit_once(':') else { return false };
    let is_number = !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit());
    is_number && (file.ends_with(".go") || file.ends_with(".s"))
}

/// A name that ends as those of exceptions do, in front of a colon or alone on its line.
fn exception(text: &str) -> Piece {
    let text = text.strip_prefix("Uncaught ").unwrap_or(text);
    let end = text
        .bytes()
        .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$')))
        .unwrap_or(text.len());
    let (mut name, mut rest) = text.split_at(end);
    while let Some(scoped) = rest.strip_prefix("::") {
        // Ruby joins by two colons: `ActiveRecord::RecordNotFound (…)`.
        let end = scoped.bytes().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(scoped.len());
        if end == 0 {
            return Piece::Plain;
        }
        name = &text[..text.len() - scoped.len() + end];
        rest = &text[name.len()..];
    }
    if !(rest.is_empty()
        || rest.starts_with(": ")
        || rest == ":"
        || rest.starts_with(" [")
        || rest.starts_with(" ("))
    {
        return Piece::Plain;
    }
    let last = name.rsplit(['.', ':', '$']).next().unwrap_or(name);
    let ends_so = ["Exception", "Error", "Throwable", "Failure", "Fault", "Interrupt"]
        .iter()
        .any(|ending| last.ends_with(ending));
    if !ends_so || !last.starts_with(|c: char| c.is_ascii_uppercase()) {
        return Piece::Plain;
    }
    let is_qualified = last.len() < name.len();
    if is_qualified && !rest.starts_with(" (") { Piece::Head(Trace::Named) } else { Piece::WeakHead }
}

fn begins_clause(text: &str) -> bool {
    const CLAUSES: [&str; 24] = [
        "AND",
        "CROSS",
        "FROM",
        "FULL",
        "GROUP",
        "HAVING",
        "INNER",
        "INTO",
        "JOIN",
        "LEFT",
        "LIMIT",
        "OFFSET",
        "ON",
        "OR",
        "ORDER",
        "OUTER",
        "RETURNING",
        "RIGHT",
        "SELECT",
        "SET",
        "UNION",
        "VALUES",
        "WHERE",
        "WITH",
    ];
    let word = text.split([' ', '\t', '(', ';']).next().unwrap_or_default();
    (2..=9).contains(&word.len()) && CLAUSES.iter().any(|clause| word.eq_ignore_ascii_case(clause))
}

/// Whether a text holds the beginning of an SQL statement that is not over at its end.
pub(super) fn opens_sql(text: &str) -> bool {
    const VERBS: [&str; 7] =
        ["SELECT", "INSERT INTO", "DELETE FROM", "UPDATE", "CREATE", "ALTER TABLE", "WITH"];
    const LOWER: [&str; 3] = ["select", "insert into", "delete from"];
    let ends = |front: &str| front.is_empty() || !front.ends_with(|c: char| c.is_alphanumeric());
    let holds = |verb: &str| {
        let mut found = text.match_indices(verb);
        found.any(|(at, _)| {
            ends(&text[..at])
                && !text[at + verb.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
        })
    };
    !text.trim_end().ends_with(';') && (VERBS.into_iter().any(holds) || LOWER.into_iter().any(holds))
}

/// Brackets that a line opens less those that it closes, outside of quotation marks.
pub(super) fn opened(line: &str) -> i32 {
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    for byte in line.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => depth -= 1,
            _ => {}
        }
    }
    depth
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_seven_runtimes_are_known_by_their_own_text() {
        for line in [
            "\tat com.example.Shop.pay(Shop.java:42)",
            "at com.example.Shop.pay(Shop.java:42) ~[shop.jar:1.0]",
            "\t... 23 more",
            "\t... 12 common frames omitted",
            "  File \"/srv/app.py\", line 3, in pay",
            "    at Object.<anonymous> (/srv/app.js:3:9)",
            "    at node:internal/main/run_main_module:23:47",
            "   at Shop.Program.Main(String[] args) in /srv/Program.cs:line 12",
            "\t/srv/main.go:12 +0x1d",
            "   3: core::panicking::panic_fmt",
            "             at /rustc/90b35a6/library/core/src/panicking.rs:64:14",
            "\tfrom app.rb:9:in `<main>'",
            "app/models/order.rb:12:in `pay'",
            "#0 /srv/a.php(3): pay()",
        ] {
            assert_eq!(piece(line), Piece::Frame, "{line}");
        }
    }

    #[test]
    fn heads_are_named_and_prose_is_none() {
        for (line, head) in [
            ("java.lang.IllegalStateException: boom", Trace::Named),
            ("java.lang.NullPointerException", Trace::Named),
            ("System.InvalidOperationException: boom", Trace::Named),
            ("Exception in thread \"main\" java.lang.Error: x", Trace::Named),
            ("Traceback (most recent call last):", Trace::Python),
            ("panic: runtime error: index out of range [5] with length 3", Trace::Go),
            ("thread 'main' panicked at src/main.rs:2:5:", Trace::Rust),
            ("thread 'main' (4711) panicked at src/main.rs:2:5:", Trace::Rust),
            ("/srv/app.js:3", Trace::Script),
            ("app.rb:5:in `/': divided by 0 (ZeroDivisionError)", Trace::Named),
        ] {
            assert_eq!(piece(line), Piece::Head(head), "{line}");
        }
        assert_eq!(piece("ValueError: x"), Piece::WeakHead);
        for line in ["at the end of the day (or so)", "panicking again", "Error in line 3", "done"] {
            assert_eq!(piece(line), Piece::Plain, "{line}");
        }
    }

    #[test]
    fn brackets_within_quotation_marks_do_not_count() {
        assert_eq!(opened(r#"payload: {"a": "}]", "b": ["#), 2);
        assert_eq!(opened("}]"), -2);
    }
}
