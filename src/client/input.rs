//! Log files to lines: JSON array, NDJSON or plain text, as they are or packed.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::source::Source;
use crate::wire::{Encoding, decode, kind_of, line_of};

/// A longer row is no line that anybody wrote. It is divided here, so that a file without line ends fits in memory.
const ROW_BYTES_MAX: usize = 64 << 20;

/// Why a file gives no lines.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// It cannot be opened or read.
    #[error("cannot read `{}`: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// There is no such file, and none was named.
    #[error(
        "there is no `log_dataset.json` here; name a log file with -f FILE, or `-f -` for standard input"
    )]
    NoDefault,
    /// A folder without logs.
    #[error("there is no log in the folder `{}`", .0.display())]
    NoLogs(PathBuf),
    /// It begins like gzip or zstd and does not unpack.
    #[error("`{}` begins like {packing} and does not unpack: {source}", .path.display())]
    Unpack {
        /// The file.
        path: PathBuf,
        /// `gzip` or `zstd`.
        packing: &'static str,
        /// What the decoder said.
        source: io::Error,
    },
    /// It is packed in a way that is not read.
    #[error(
        "`{}` is packed by {packing}, which is not read (gzip and zstd are); unpack it to standard input: `... | oddlog -f -`",
        .path.display()
    )]
    Packing {
        /// The file.
        path: PathBuf,
        /// What packed it.
        packing: &'static str,
    },
    /// It begins like a JSON array and is none.
    #[error(
        "`{}` begins like a JSON array and is none: {source}; expected [\"a line\", ...], or plain text, or one JSON value per row",
        .path.display()
    )]
    Json {
        /// The file.
        path: PathBuf,
        /// What the JSON parser said.
        source: serde_json::Error,
    },
    /// An entry of the array is no line.
    #[error("entry {index} of the JSON array in `{}` is {found}, and should be a string or an object", .path.display())]
    Entry {
        /// The file.
        path: PathBuf,
        /// Its index, from 0.
        index: usize,
        /// What it is.
        found: &'static str,
    },
}

/// The lines of a file.
#[derive(Debug, Default)]
pub(super) struct FileLines {
    pub(super) lines: Vec<String>,
    /// For each blank row of NDJSON, which is no line, the line behind it.
    blanks: Vec<usize>,
}

impl FileLines {
    /// The row or entry that a line is, from 1.
    pub(super) fn number(&self, line: usize) -> u64 {
        (line + 1 + self.blanks.partition_point(|&behind| behind <= line)) as u64
    }

    /// Adds the lines of the part behind it.
    pub(super) fn append(&mut self, mut next: Self) {
        let before = self.lines.len();
        self.blanks.extend(next.blanks.iter().map(|behind| before + behind));
        self.lines.append(&mut next.lines);
    }

    /// Its rows or entries, blank ones too.
    pub(super) fn n_rows(&self) -> u64 {
        (self.lines.len() + self.blanks.len()) as u64
    }
}

/// A part of a file: whole rows, or the entries of a JSON document.
#[derive(Debug)]
pub(super) enum Chunk {
    /// Rows of plain text.
    Text(String),
    /// Rows of NDJSON.
    Ndjson(String),
    /// All entries of a JSON array or of a request body.
    Entries(Vec<String>),
}

impl Chunk {
    /// Its lines, in order.
    pub(super) fn lines(&self) -> Vec<Cow<'_, str>> {
        match self {
            Self::Text(text) => rows(text).map(Cow::Borrowed).collect(),
            // The beginning of the file was NDJSON. What is none, further down, is a line as it stands.
            Self::Ndjson(text) => rows(text)
                .filter(|row| !row.trim().is_empty())
                .map(|row| json_line(row).unwrap_or(Cow::Borrowed(row)))
                .collect(),
            Self::Entries(lines) => lines.iter().map(|line| Cow::Borrowed(line.as_str())).collect(),
        }
    }

    /// For each blank row of NDJSON, the line behind it.
    fn blanks(&self) -> impl Iterator<Item = usize> + '_ {
        let text = match self {
            Self::Ndjson(text) => text,
            Self::Text(_) | Self::Entries(_) => "",
        };
        let blank = |(_, row): &(usize, &str)| row.trim().is_empty();
        rows(text).enumerate().filter(blank).enumerate().map(|(blanks_before, (row, _))| row - blanks_before)
    }

    fn into_lines(self) -> Vec<String> {
        match self {
            Self::Entries(lines) => lines,
            rows => rows.lines().into_iter().map(Cow::into_owned).collect(),
        }
    }
}

impl From<Chunk> for FileLines {
    fn from(chunk: Chunk) -> Self {
        Self { blanks: chunk.blanks().collect(), lines: chunk.into_lines() }
    }
}

/// A file, read in parts of whole rows, so that its size does not matter; only a JSON document is read whole.
///
/// Bytes that are not UTF-8 become U+FFFD: a log with one bad byte is still a log.
pub(super) struct Chunks {
    path: PathBuf,
    source: Source,
    /// Bytes of a part, before it is filled up to the end of a row.
    part_bytes: usize,
    /// The beginning of a row whose end is not read yet.
    rest: Vec<u8>,
    /// What its rows are; `None` before the first part.
    is_ndjson: Option<bool>,
    is_done: bool,
    /// What was replaced, cut or assumed, each kind once.
    warnings: Vec<String>,
}

impl Chunks {
    /// Opens a file; `-` is standard input. It is read in parts of `part_bytes`, and `bar` shows how far.
    pub(super) fn open(path: &Path, part_bytes: usize, bar: &ProgressBar) -> Result<Self, InputError> {
        Ok(Self::of(path, Source::open_shown(path, bar)?, part_bytes))
    }

    fn of(path: &Path, source: Source, part_bytes: usize) -> Self {
        let path = path.to_owned();
        Self {
            path,
            source,
            part_bytes,
            rest: Vec::new(),
            is_ndjson: None,
            is_done: false,
            warnings: Vec::new(),
        }
    }

    /// What was replaced, cut or assumed.
    pub(super) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    fn read(&mut self) -> Result<Chunk, InputError> {
        let bytes = self.fill()?;
        let Some(is_ndjson) = self.is_ndjson else { return self.begin(bytes) };
        let text = self.text(bytes);
        Ok(chunk(text, is_ndjson))
    }

    /// The first part, which decides what the file is.
    fn begin(&mut self, mut bytes: Vec<u8>) -> Result<Chunk, InputError> {
        if bytes.is_empty() {
            self.warnings.push("the file is empty".to_owned());
        }
        let is_utf8 = Encoding::of(&bytes).0 == Encoding::Utf8;
        if !self.is_done && (!is_utf8 || is_unfinished_json(&String::from_utf8_lossy(&bytes))) {
            bytes.append(&mut self.rest);
            self.source.read_to_end(&mut bytes)?;
            self.is_done = true;
        }
        let text = self.text(bytes);
        if let Some(lines) = document(&self.path, &text)? {
            return Ok(Chunk::Entries(lines));
        }
        let is_ndjson = is_ndjson(&text);
        self.is_ndjson = Some(is_ndjson);
        Ok(chunk(text, is_ndjson))
    }

    /// Bytes as text. What is to be said of it is kept of the first part that has something.
    fn text(&mut self, bytes: Vec<u8>) -> String {
        let read = decode(&bytes);
        if self.warnings.is_empty() {
            self.warnings.clone_from(&read.warnings);
        }
        match read.text {
            Cow::Owned(text) => text,
            Cow::Borrowed(text) if text.len() == bytes.len() => {
                String::from_utf8(bytes).expect("decoding has found it valid")
            }
            Cow::Borrowed(text) => text.to_owned(),
        }
    }

    /// The next bytes, up to the end of a row. The parts of a file are the same however its bytes come in.
    fn fill(&mut self) -> Result<Vec<u8>, InputError> {
        let mut bytes = std::mem::take(&mut self.rest);
        loop {
            let wanted = bytes.len() + self.part_bytes;
            self.source.read_up_to(self.part_bytes, &mut bytes)?;
            if bytes.len() < wanted {
                self.is_done = true;
                return Ok(bytes);
            }
            match memchr::memrchr(b'\n', &bytes) {
                Some(end) => {
                    self.rest = bytes.split_off(end + 1);
                    return Ok(bytes);
                }
                None if bytes.len() >= ROW_BYTES_MAX => return Ok(bytes),
                None => {}
            }
        }
    }
}

impl Iterator for Chunks {
    type Item = Result<Chunk, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let chunk = self.read();
        // What could not be read is told once.
        self.is_done |= chunk.is_err();
        Some(chunk)
    }
}

fn chunk(text: String, is_ndjson: bool) -> Chunk {
    if is_ndjson { Chunk::Ndjson(text) } else { Chunk::Text(text) }
}

/// Whether a text is the beginning of a JSON array or object that goes on behind its end.
fn is_unfinished_json(text: &str) -> bool {
    let first = || serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>().next();
    text.trim_start().starts_with(['[', '{']) && first().is_some_and(|first| first.is_err_and(|e| e.is_eof()))
}

fn rows(text: &str) -> impl Iterator<Item = &str> {
    let rows = if text.is_empty() { None } else { Some(text.strip_suffix('\n').unwrap_or(text).split('\n')) };
    rows.into_iter().flatten().map(|row| row.strip_suffix('\r').unwrap_or(row))
}

/// The entries of a text that is one JSON document; `None` for rows.
fn document(path: &Path, text: &str) -> Result<Option<Vec<String>>, InputError> {
    match request_body(text) {
        Some(body) => entry_lines(path, &body.logs).map(Some),
        None => array_lines(path, text),
    }
}

/// A request body, kept in a file: `{"logs": [...]}`.
#[derive(serde::Deserialize)]
struct RequestBody<'t> {
    #[serde(borrow)]
    logs: Vec<&'t RawValue>,
}

fn request_body(text: &str) -> Option<RequestBody<'_>> {
    text.trim_start().starts_with('{').then(|| serde_json::from_str(text).ok())?
}

/// The entries of a JSON array; `None` for a text that only begins with a bracket, as `[Thu Jun 09 ...] [notice]`.
fn array_lines(path: &Path, text: &str) -> Result<Option<Vec<String>>, InputError> {
    let Some(inside) = text.trim_start().strip_prefix('[') else { return Ok(None) };
    if !inside.trim_start().starts_with(['"', '{', ']']) {
        return match serde_json::from_str::<Vec<&RawValue>>(text) {
            Ok(entries) => entry_lines(path, &entries).map(Some),
            Err(_) => Ok(None),
        };
    }
    match serde_json::from_str::<Vec<&RawValue>>(text) {
        Ok(entries) => entry_lines(path, &entries).map(Some),
        // A text whose first line happens to begin with a whole array.
        Err(e) if e.to_string().starts_with("trailing characters") => Ok(None),
        Err(source) => Err(InputError::Json { path: path.to_owned(), source }),
    }
}

fn entry_lines(path: &Path, entries: &[&RawValue]) -> Result<Vec<String>, InputError> {
    let line = |(index, raw): (usize, &&RawValue)| match line_of(raw) {
        Some(line) => Ok(line.into_owned()),
        None => Err(InputError::Entry { path: path.to_owned(), index, found: kind_of(raw.get()) }),
    };
    entries.iter().enumerate().map(line).collect()
}

/// Whether every row that is not blank, and there is one, is a JSON string or object.
fn is_ndjson(text: &str) -> bool {
    let mut rows = rows(text).filter(|row| !row.trim().is_empty()).peekable();
    rows.peek().is_some() && rows.all(|row| json_line(row).is_some())
}

/// The line of a row of NDJSON.
fn json_line(row: &str) -> Option<Cow<'_, str>> {
    let raw: &RawValue =
        row.trim_start().starts_with(['"', '{']).then(|| serde_json::from_str(row).ok())??;
    line_of(raw)
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};

    use super::{Chunks, InputError, ProgressBar, Source};
    use crate::client::parts::FileParts;

    const CHUNK_BYTES: usize = 1 << 20;

    /// A file that gives its bytes a few at a time, as a pipe does.
    struct Drops(io::Cursor<Vec<u8>>, usize);

    impl Read for Drops {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let size = into.len().min(self.1);
            self.0.read(&mut into[..size])
        }
    }

    fn opened(text: &[u8], drop: usize) -> Result<Chunks, InputError> {
        let source = Source::of("a.log".as_ref(), Drops(io::Cursor::new(text.to_vec()), drop))?;
        Ok(Chunks::of("a.log".as_ref(), source, CHUNK_BYTES))
    }

    fn chunks(text: &[u8], drop: usize) -> Result<Vec<Vec<String>>, InputError> {
        opened(text, drop)?.map(|chunk| Ok(chunk?.into_lines())).collect()
    }

    fn lines_and_warnings(text: &[u8]) -> (Vec<String>, Vec<String>) {
        let mut chunks = opened(text, 7).unwrap();
        let lines = chunks.by_ref().flat_map(|chunk| chunk.unwrap().into_lines()).collect();
        (lines, chunks.warnings)
    }

    fn lines(text: &[u8]) -> Vec<String> {
        chunks(text, 7).unwrap().concat()
    }

    fn error(text: &str) -> String {
        chunks(text.as_bytes(), 7).unwrap_err().to_string()
    }

    #[test]
    fn a_long_file_comes_in_parts_of_whole_rows_however_its_bytes_come_in() {
        let row = |i: usize| format!("2024-03-01 10:00:00 INFO request {i} served \u{e9}");
        let text: String = (0..300_000).map(|i| row(i) + "\r\n").collect();
        assert!(text.len() > CHUNK_BYTES);
        let parts = chunks(text.as_bytes(), usize::MAX).unwrap();
        assert!(parts.len() > 1);
        assert_eq!(parts.concat(), (0..300_000).map(row).collect::<Vec<_>>());
        assert_eq!(chunks(text.as_bytes(), 4099).unwrap(), parts);
    }

    #[test]
    fn a_row_that_ends_where_a_part_ends_is_one_line_and_a_blank_one_stays() {
        for (length, tail) in [(CHUNK_BYTES - 1, ""), (CHUNK_BYTES - 1, "\n"), (CHUNK_BYTES, "b\n")] {
            let text = format!("{}\n{tail}", "a".repeat(length));
            let lines = lines(text.as_bytes());
            assert_eq!(lines[0].len(), length);
            assert_eq!(lines[1..].concat(), tail.trim_end());
            assert_eq!(lines.len(), 1 + tail.matches('\n').count());
        }
    }

    #[test]
    fn a_long_array_is_read_whole_and_a_long_log_that_only_begins_like_one_is_not() {
        let entry = "\"INFO started\",\n".repeat(CHUNK_BYTES / 10);
        let parts = chunks(format!("[{entry}\"last\"]\n").as_bytes(), usize::MAX).unwrap();
        assert_eq!((parts.len(), parts[0].len()), (1, CHUNK_BYTES / 10 + 1));
        assert!(error(&format!("[{entry}")).contains("EOF"));
        let body = format!("{{\n\"logs\": [{entry}\"last\"]}}");
        assert_eq!(lines(body.as_bytes()).len(), CHUNK_BYTES / 10 + 1);
        for row in ["[12] started", "[\"worker\"] started", "{\"msg\": \"a\"}", "{ started"] {
            let text = format!("{row}\n").repeat(CHUNK_BYTES / row.len());
            let parts = chunks(text.as_bytes(), usize::MAX).unwrap();
            assert!(parts.len() > 1, "{row}");
            assert_eq!(parts.concat(), vec![row; CHUNK_BYTES / row.len()]);
        }
    }

    #[test]
    fn a_file_whose_beginning_is_ndjson_keeps_later_rows_that_are_none() {
        let text = "\"a\"\n".repeat(CHUNK_BYTES / 4) + "\nINFO b\n\"c\"\n";
        let lines = lines(text.as_bytes());
        assert_eq!(lines.len(), CHUNK_BYTES / 4 + 2);
        assert_eq!(lines[lines.len() - 3..], ["a", "INFO b", "c"]);
    }

    #[test]
    fn a_file_of_blank_rows_has_blank_lines() {
        assert_eq!(lines(b"\n"), [""]);
        assert_eq!(lines(b"\n \n"), ["", " "]);
    }

    #[test]
    fn a_json_array_gives_its_strings_and_objects() {
        assert_eq!(lines(b" [\n \"a\\tb\", {\"msg\": 1}\n]\n"), ["a\tb", "{\"msg\": 1}"]);
        assert!(lines(b"[]").is_empty());
    }

    #[test]
    fn a_request_body_in_a_file_gives_its_logs() {
        assert_eq!(lines(br#"{"logs": ["a", "b"], "model": "x"}"#), ["a", "b"]);
        // a log line in JSON has no list of that name
        assert_eq!(lines(br#"{"logs": 3}"#), [r#"{"logs": 3}"#]);
    }

    #[test]
    fn ndjson_gives_a_line_per_row_and_skips_blank_rows() {
        assert_eq!(lines(b"\"a\"\n\n{\"msg\":\"b\"}\r\n"), ["a", "{\"msg\":\"b\"}"]);
    }

    #[test]
    fn a_line_has_the_number_of_its_row_also_behind_blank_ones() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.ndjson");
        std::fs::write(&path, "\n\"a\"\n\n\n\"b\"\n\"c\"\n").unwrap();
        let file = FileParts::open(&path, &ProgressBar::hidden()).unwrap().read_to_end().unwrap();
        assert_eq!((0..3).map(|line| file.number(line)).collect::<Vec<_>>(), [2, 5, 6]);
    }

    #[test]
    fn plain_text_keeps_every_row_even_those_that_look_like_json() {
        assert_eq!(lines(b"INFO a\n\n\"b\"\r\n{\"c\":1}\n"), ["INFO a", "", "\"b\"", "{\"c\":1}"]);
        assert_eq!(
            lines(b"[Thu Jun 09 06:07:04 2005] [notice] x\n"),
            ["[Thu Jun 09 06:07:04 2005] [notice] x"]
        );
        assert_eq!(lines(b"[\"worker\"] started\nb"), ["[\"worker\"] started", "b"]);
        assert!(lines(b"").is_empty());
    }

    #[test]
    fn bytes_that_are_not_utf8_are_replaced() {
        let (lines, warnings) = lines_and_warnings(b"caf\xe9 open\nb");
        assert_eq!(lines, ["caf\u{fffd} open", "b"]);
        assert!(warnings[0].starts_with("1 place of the text is not UTF-8"), "{warnings:?}");
    }

    #[test]
    fn utf16_and_an_empty_file_are_told_apart_from_binary_data() {
        let utf16: Vec<u8> = "INFO a\r\nINFO b".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(lines(&utf16), ["INFO a", "INFO b"]);
        let (lines, warnings) = lines_and_warnings(b"");
        assert!(lines.is_empty());
        assert_eq!(warnings, ["the file is empty"]);
    }

    #[test]
    fn a_broken_array_says_where_and_what_would_be_right() {
        let said = error("[\"a\",\n\"b\"");
        assert!(said.starts_with("`a.log` begins like a JSON array and is none: EOF"), "{said}");
        assert!(said.contains("line 2"), "{said}");
        assert_eq!(
            error("[\"a\", 7]"),
            "entry 1 of the JSON array in `a.log` is a number, and should be a string or an object"
        );
        assert_eq!(
            error("[7]"),
            "entry 0 of the JSON array in `a.log` is a number, and should be a string or an object"
        );
    }
}
