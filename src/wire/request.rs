//! A request's body to its lines and options.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::entry::{kind_of, line_of};
use super::options::{OptionError, Options, once, pairs_of_query};
use super::spelling;
use super::text::{cut_long, decode};

/// How the body of a request is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `{"logs": [...], options...}`.
    Json,
    /// One JSON string or object per row.
    Ndjson,
    /// One line per row.
    Text,
}

/// What a body says; the options are not checked yet, because a fault of the lines is told first.
#[derive(Debug)]
pub struct Body<'b> {
    /// The lines, in order.
    pub lines: Vec<Cow<'b, str>>,
    pub(super) pairs: Vec<(String, Value)>,
    /// A key that the query has twice, to be told when the options are checked.
    repeated: Option<OptionError>,
    /// What was replaced or cut, to be said in the reply.
    pub(super) warnings: Vec<String>,
}

impl Body<'_> {
    /// Checks the options, of which only `known` may be there.
    ///
    /// # Errors
    /// [`OptionError`] for the first that is unknown or wrong.
    pub fn options_among(&self, known: &[&str]) -> Result<Options, OptionError> {
        self.once()?;
        Options::from_known_pairs(&self.pairs, known).map(|options| self.warned(options))
    }

    /// Checks the options.
    ///
    /// # Errors
    /// [`OptionError`] for the first that is wrong.
    pub fn options(&self) -> Result<Options, OptionError> {
        self.once()?;
        Options::from_pairs(&self.pairs).map(|options| self.warned(options))
    }

    /// Checks the options of an analysis that takes no others.
    ///
    /// # Errors
    /// [`OptionError`] for the first that is unknown or wrong.
    pub fn options_strictly(&self) -> Result<Options, OptionError> {
        self.once()?;
        Options::from_pairs_strictly(&self.pairs).map(|options| self.warned(options))
    }

    /// Whether the query has every key once.
    pub(super) fn once(&self) -> Result<(), OptionError> {
        self.repeated.clone().map_or(Ok(()), Err)
    }

    fn warned(&self, mut options: Options) -> Options {
        options.warnings.extend_from_slice(&self.warnings);
        options
    }
}

/// Why a body is refused.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// Nothing was sent.
    #[error("the body is empty; send {{\"logs\": [\"a line\", ...]}}")]
    EmptyBody,
    /// Nothing was sent to a route that takes a file.
    #[error("the body is empty; send the bytes of a file that `oddlog map` or `oddlog merge` made")]
    NoState,
    /// The bytes are not UTF-8.
    #[error("the body is not valid UTF-8: byte {0} begins no character; send text as UTF-8")]
    NotUtf8(usize),
    /// The text is not JSON.
    #[error("the body is not valid JSON: {0}")]
    MalformedJson(#[source] serde_json::Error),
    /// The JSON is no object.
    #[error("the body is {0}, and should be an object: {{\"logs\": [\"a line\", ...]}}")]
    NotAnObject(&'static str),
    /// There are no lines.
    #[error("the body has no key `logs`; send {{\"logs\": [\"a line\", ...]}}{}", hint(.similar.as_deref()))]
    NoLogs {
        /// A key that may have been meant to be it.
        similar: Option<String>,
    },
    /// `logs` is something else.
    #[error("`logs` is {0}, and should be a list of strings or objects")]
    LogsNotAList(&'static str),
    /// There are more lines than may be read whole.
    #[error(
        "the body has more than {0} lines; send it in parts, or start the server with a larger --max-lines"
    )]
    TooManyLines(usize),
    /// An entry is neither text nor object.
    #[error("entry {index} of `logs` is {found}, and should be a string or an object")]
    Entry {
        /// Its index, from 0.
        index: usize,
        /// What it is.
        found: &'static str,
    },
    /// There is nothing to compare with.
    #[error(
        "there is no `baseline`; send a list of lines or {{\"model\": \"name\"}}, or with text ?baseline=name"
    )]
    NoBaseline,
    /// One of the two logs of a comparison has no line: what was lost is not the same as what is not different.
    #[error("`{0}` is an empty list, and there is nothing to compare; send the lines of a log")]
    NoLines(&'static str),
    /// `baseline` is something else.
    #[error(
        "`baseline` is {0}, and should be a list of strings or objects, or {{\"model\": \"name\"}}, with `from` and `to` for some of its days"
    )]
    Baseline(&'static str),
    /// An entry of the baseline is neither text nor object.
    #[error("entry {index} of `baseline` is {found}, and should be a string or an object")]
    BaselineEntry {
        /// Its index, from 0.
        index: usize,
        /// What it is.
        found: &'static str,
    },
}

fn hint(similar: Option<&str>) -> String {
    similar.map_or_else(String::new, |key| format!(" (`{key}` looks like it)"))
}

impl RequestError {
    /// A short stable name, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::EmptyBody | Self::NoState => "empty_body",
            Self::NotUtf8(_) => "invalid_utf8",
            Self::MalformedJson(_) => "malformed_json",
            Self::NotAnObject(_) => "not_an_object",
            Self::NoLogs { .. } => "no_logs",
            Self::LogsNotAList(_) => "logs_not_a_list",
            Self::TooManyLines(_) => "too_many_lines",
            Self::NoLines(_) => "no_lines",
            Self::NoBaseline => "no_baseline",
            Self::Baseline(_) => "bad_baseline",
            Self::Entry { .. } | Self::BaselineEntry { .. } => "bad_entry",
        }
    }
}

/// Reads a body of at most `max_lines`. Lines are borrowed from it wherever they hold no escape. Options in `query` come first, those of
/// a JSON body after them.
///
/// # Errors
/// [`RequestError`] with what was found and what would be right.
pub fn read_body(
    format: Format,
    bytes: &[u8],
    query: Vec<(String, String)>,
    max_lines: usize,
) -> Result<Body<'_>, RequestError> {
    if bytes.is_empty() {
        return Err(RequestError::EmptyBody);
    }
    let repeated = once(&query, &spelling::KEYS).err();
    let mut pairs = pairs_of_query(query);
    let mut warnings = Vec::new();
    let mut lines = match format {
        Format::Json => {
            let text = std::str::from_utf8(bytes).map_err(|e| RequestError::NotUtf8(e.valid_up_to()))?;
            read_object(text.strip_prefix('\u{feff}').unwrap_or(text), &mut pairs, max_lines)?
        }
        Format::Ndjson | Format::Text => {
            let read = decode(bytes);
            if memchr::memchr_iter(b'\n', read.text.as_bytes()).take(max_lines.saturating_add(1)).count()
                > max_lines
            {
                return Err(RequestError::TooManyLines(max_lines));
            }
            warnings = read.warnings;
            let rows = match read.text {
                Cow::Borrowed(text) => lines_of_text(format, text),
                Cow::Owned(text) => lines_of_text(format, &text).into_owned(),
            };
            warnings.extend(Rows::warning(rows.n_odd, rows.first_odd));
            rows.lines
        }
    };
    warnings.extend(cut_long(&mut lines).warning());
    Ok(Body { lines, pairs, repeated, warnings })
}

/// The lines of a text, and which of its rows are not what they should be.
pub(super) struct Rows<'t> {
    pub(super) lines: Vec<Cow<'t, str>>,
    pub(super) n_odd: usize,
    /// Number of the first odd row, from 1.
    pub(super) first_odd: usize,
    pub(super) n_rows: usize,
}

impl Rows<'_> {
    fn into_owned(self) -> Rows<'static> {
        let lines = self.lines.into_iter().map(|line| Cow::Owned(line.into_owned())).collect();
        Rows { lines, n_odd: self.n_odd, first_odd: self.first_odd, n_rows: self.n_rows }
    }

    /// What is to be said of odd rows, if there are any.
    pub(super) fn warning(n_odd: usize, first: usize) -> Option<String> {
        let (rows, are) = if n_odd == 1 { ("row", "is") } else { ("rows", "are") };
        (n_odd > 0).then(|| {
            format!(
                "{n_odd} {rows} of NDJSON {are} neither a JSON string nor an object and kept as plain text; the first is row {first}"
            )
        })
    }
}

pub(super) fn lines_of_text(format: Format, text: &str) -> Rows<'_> {
    let mut read = Rows { lines: Vec::new(), n_odd: 0, first_odd: 0, n_rows: 0 };
    if format == Format::Text {
        read.lines = rows(text).map(Cow::Borrowed).collect();
        read.n_rows = read.lines.len();
        return read;
    }
    read.n_rows = rows(text).count();
    for (i, row) in rows(text).enumerate().filter(|(_, row)| !row.trim().is_empty()) {
        let json = serde_json::from_str::<&RawValue>(row).ok().and_then(line_of);
        if json.is_none() {
            read.n_odd += 1;
            read.first_odd = if read.n_odd == 1 { i + 1 } else { read.first_odd };
        }
        read.lines.push(json.unwrap_or(Cow::Borrowed(row)));
    }
    read
}

/// The rows of a text, without their line ends; a last row that is empty is none.
fn rows(text: &str) -> impl Iterator<Item = &str> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.split('\n').map(|row| row.strip_suffix('\r').unwrap_or(row))
}

fn read_object<'b>(
    text: &'b str,
    pairs: &mut Vec<(String, Value)>,
    max_lines: usize,
) -> Result<Vec<Cow<'b, str>>, RequestError> {
    let mut object = Object { pairs, lines: None, max_lines, refused: None };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = deserializer.deserialize_map(&mut object).and_then(|()| deserializer.end());
    if let Some(refused) = object.refused {
        return Err(refused);
    }
    match (read, object.lines) {
        (Ok(()), Some(lines)) => Ok(lines),
        (Ok(()), None) => {
            let similar = object
                .pairs
                .iter()
                .map(|(key, _)| key)
                .find(|key| spelling::meant(key, &["logs"]) == Some("logs"));
            Err(RequestError::NoLogs { similar: similar.cloned() })
        }
        (Err(e), _) => Err(refusal(text, e)),
    }
}

/// The parser says only where a value has the wrong type; this says which value.
fn refusal(text: &str, error: serde_json::Error) -> RequestError {
    if !error.is_data() {
        return RequestError::MalformedJson(error);
    }
    match serde_json::from_str::<BTreeMap<String, &RawValue>>(text) {
        Ok(members) => {
            let logs = members.get("logs").map_or("", |raw| raw.get());
            RequestError::LogsNotAList(kind_of(logs))
        }
        Err(e) if e.is_data() => RequestError::NotAnObject(kind_of(text)),
        Err(e) => RequestError::MalformedJson(e),
    }
}

/// A JSON string, borrowed where it holds no escape. (`Cow<str>` by itself never borrows.)
#[derive(Deserialize)]
struct Key<'b>(#[serde(borrow)] Cow<'b, str>);

/// How many pairs may be there before unknown keys are no longer looked at: enough for every slip of a person, and
/// a body of a million keys costs nothing.
const HINTS_MAX: usize = 50;

/// What has been read of the body's object.
struct Object<'o, 'b> {
    pairs: &'o mut Vec<(String, Value)>,
    lines: Option<Vec<Cow<'b, str>>>,
    max_lines: usize,
    /// Why the list of lines was not read to its end.
    refused: Option<RequestError>,
}

impl<'b> Visitor<'b> for &mut Object<'_, 'b> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'b>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key()? {
            if key == "logs" {
                self.lines = Some(
                    map.next_value_seed(Logs { max_lines: self.max_lines, refused: &mut self.refused })?,
                );
            } else if spelling::KEYS.contains(&&*key) {
                self.pairs.push((key.into_owned(), map.next_value()?));
            } else {
                // Of an unknown key only the name matters, for a hint; its value may be nested as deep as it likes.
                map.next_value::<IgnoredAny>()?;
                if self.pairs.len() < HINTS_MAX {
                    self.pairs.push((key.into_owned(), Value::Bool(true)));
                }
            }
        }
        Ok(())
    }
}

/// The list of lines.
struct Logs<'o> {
    max_lines: usize,
    refused: &'o mut Option<RequestError>,
}

impl<'b> DeserializeSeed<'b> for Logs<'_> {
    type Value = Vec<Cow<'b, str>>;

    fn deserialize<D: Deserializer<'b>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'b> Visitor<'b> for Logs<'_> {
    type Value = Vec<Cow<'b, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'b>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut lines = Vec::new();
        while let Some(raw) = entries.next_element::<&'b RawValue>()? {
            let refused = match line_of(raw) {
                Some(line) if lines.len() < self.max_lines => {
                    lines.push(line);
                    continue;
                }
                Some(_) => RequestError::TooManyLines(self.max_lines),
                None => RequestError::Entry { index: lines.len(), found: kind_of(raw.get()) },
            };
            let said = A::Error::custom("an entry is refused");
            *self.refused = Some(refused);
            return Err(said);
        }
        Ok(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::{Format, read_body};

    fn lines(format: Format, body: &[u8]) -> Result<Vec<String>, String> {
        match read_body(format, body, Vec::new(), 3) {
            Ok(body) => Ok(body.lines.into_iter().map(std::borrow::Cow::into_owned).collect()),
            Err(e) => Err(format!("{}: {e}", e.code())),
        }
    }

    fn json(body: &str) -> Result<Vec<String>, String> {
        lines(Format::Json, body.as_bytes())
    }

    #[test]
    fn strings_and_objects_become_lines() {
        let read = json(r#"{"x": {"y": [1]}, "logs": ["a", {"msg": "b"}, ""], "model": "m"}"#).unwrap();
        assert_eq!(read, ["a", r#"{"msg": "b"}"#, ""]);
    }

    #[test]
    fn each_fault_says_what_was_found_and_what_would_be_right() {
        for (body, said) in [
            ("", "empty_body: the body is empty"),
            ("[1]", "not_an_object: the body is a list, and should be an object"),
            ("\"x\"", "not_an_object: the body is a string"),
            ("{}", "no_logs: the body has no key `logs`"),
            (
                r#"{"log": ["a"]}"#,
                "no_logs: the body has no key `logs`; send {\"logs\": [\"a line\", ...]} (`log` looks",
            ),
            (r#"{"logs": null}"#, "logs_not_a_list: `logs` is null, and should be a list"),
            (r#"{"logs": 7}"#, "logs_not_a_list: `logs` is a number"),
            (r#"{"logs": "a"}"#, "logs_not_a_list: `logs` is a string"),
            (r#"{"logs": {"a": 1}}"#, "logs_not_a_list: `logs` is an object"),
            (
                r#"{"logs": ["a", 7]}"#,
                "bad_entry: entry 1 of `logs` is a number, and should be a string or an object",
            ),
            (r#"{"logs": [["a"]]}"#, "bad_entry: entry 0 of `logs` is a list"),
            (r#"{"logs": ["#, "malformed_json: the body is not valid JSON: EOF"),
            (r#"{"logs": []} x"#, "malformed_json: the body is not valid JSON: trailing characters"),
            ("{\"logs\": [\"a\nb\"]}", "malformed_json: the body is not valid JSON: control character"),
        ] {
            let error = json(body).unwrap_err();
            assert!(error.starts_with(said), "{body}: {error}");
        }
        let error = lines(Format::Json, b"{\"logs\": [\"\xff\"]}").unwrap_err();
        assert!(error.starts_with("invalid_utf8: the body is not valid UTF-8: byte 11 "), "{error}");
    }

    #[test]
    fn more_lines_than_may_be_are_refused_in_every_format() {
        // the helpers allow three
        for (format, body) in [
            (Format::Json, &br#"{"logs": ["a", "b", "", ""]}"#[..]),
            (Format::Text, b"\n\n\n\n"),
            (Format::Ndjson, b"1\n2\n3\n4\n"),
        ] {
            assert_eq!(
                lines(format, body).unwrap_err(),
                "too_many_lines: the body has more than 3 lines; send it in parts, or start the server with a larger \
                 --max-lines"
            );
        }
        assert_eq!(lines(Format::Text, b"a\n\nb\n").unwrap().len(), 3);
    }

    #[test]
    fn a_key_that_the_query_has_twice_is_refused_where_it_means_something() {
        let read = |query: &[(&str, &str)]| {
            let query = query.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
            read_body(Format::Text, b"a", query, 3).unwrap().options().map_err(|e| e.to_string())
        };
        assert_eq!(
            read(&[("model", "a"), ("x", "1"), ("model", "b")]).unwrap_err(),
            "`model` is there twice"
        );
        assert!(read(&[("x", "1"), ("x", "2"), ("model", "b")]).is_ok());
    }

    #[test]
    fn of_repeated_logs_the_last_wins() {
        assert_eq!(json(r#"{"logs": ["a"], "logs": ["b", "c"]}"#).unwrap(), ["b", "c"]);
    }

    #[test]
    fn a_million_brackets_overflow_no_stack() {
        let nested = "[".repeat(1_000_000);
        assert!(json(&format!("{{\"x\": {nested}")).is_err());
        assert!(json(&format!("{{\"logs\": {nested}")).is_err());
        assert!(json(&format!("{{\"include\": {nested}")).is_err());
        assert_eq!(lines(Format::Ndjson, nested.as_bytes()).unwrap().len(), 1);
    }

    #[test]
    fn a_text_is_one_line_per_row_whatever_its_line_ends() {
        assert_eq!(lines(Format::Text, b"a\r\n\nb \n").unwrap(), ["a", "", "b "]);
        assert_eq!(lines(Format::Text, b"a").unwrap(), ["a"]);
        assert_eq!(lines(Format::Text, b"\n").unwrap(), [""]);
        assert_eq!(lines(Format::Text, b"\xef\xbb\xbfa").unwrap(), ["a"]);
    }

    #[test]
    fn ndjson_is_a_string_or_object_per_row_and_blank_rows_are_none() {
        let read = lines(Format::Ndjson, b"\"a\\tb\"\r\n\n{\"msg\":\"c\"}\n").unwrap();
        assert_eq!(read, ["a\tb", "{\"msg\":\"c\"}"]);
    }

    #[test]
    fn a_row_of_ndjson_that_is_none_is_kept_as_text_and_counted() {
        let body = read_body(Format::Ndjson, b"\"a\"\n\n7\nINFO x\n{\"cut", Vec::new(), 4).unwrap();
        assert_eq!(body.lines, ["a", "7", "INFO x", "{\"cut"]);
        let warnings = body.options().unwrap().warnings;
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].starts_with("3 rows of NDJSON are neither") && warnings[0].ends_with("row 3"));
    }
}
