//! Log files to lines: JSON array, NDJSON or plain text, as they are or packed.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde_json::value::RawValue;

use super::ClientError;
use crate::wire::{cut_each, decode, kind_of, line_of};

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

/// The lines of all files, one after the other; what was replaced or cut is told on `err`.
pub(super) fn read_all(paths: &[PathBuf], err: &mut dyn Write) -> Result<Vec<String>, ClientError> {
    let mut lines = Vec::new();
    for path in paths {
        let (mut of_file, warnings) = lines_of(path, &unpacked(path)?)?;
        for warning in warnings {
            writeln!(err, "Warning: `{}`: {warning}", path.display())?;
        }
        lines.append(&mut of_file);
    }
    Ok(lines)
}

fn unpacked(path: &Path) -> Result<Vec<u8>, InputError> {
    let bytes = read(path)?;
    let failed = |packing| move |source| InputError::Unpack { path: path.to_owned(), packing, source };
    let mut plain = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        MultiGzDecoder::new(&*bytes).read_to_end(&mut plain).map_err(failed("gzip"))?;
    } else if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        plain = zstd::decode_all(&*bytes).map_err(failed("zstd"))?;
    } else {
        plain = bytes;
    }
    Ok(plain)
}

fn read(path: &Path) -> Result<Vec<u8>, InputError> {
    if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        let read = io::stdin().lock().read_to_end(&mut bytes);
        return read
            .map(|_| bytes)
            .map_err(|source| InputError::Read { path: "standard input".into(), source });
    }
    fs::read(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound if path.as_os_str() == "log_dataset.json" => InputError::NoDefault,
        _ => InputError::Read { path: path.to_owned(), source },
    })
}

/// The lines of a file, and what is to be said of them.
fn lines_of(path: &Path, bytes: &[u8]) -> Result<(Vec<String>, Vec<String>), InputError> {
    let mut read = decode(bytes);
    if bytes.is_empty() {
        read.warnings.push("the file is empty".to_owned());
    }
    let mut lines = lines_of_text(path, &read.text)?;
    read.warnings.extend(cut_each(&mut lines, String::truncate));
    Ok((lines, read.warnings))
}

fn lines_of_text(path: &Path, text: &str) -> Result<Vec<String>, InputError> {
    if let Some(body) = request_body(text) {
        return entry_lines(path, &body.logs);
    }
    if let Some(lines) = array_lines(path, text)? {
        return Ok(lines);
    }
    let rows: Vec<&str> = rows(text).collect();
    Ok(ndjson_lines(&rows).unwrap_or_else(|| rows.into_iter().map(str::to_owned).collect()))
}

fn rows(text: &str) -> impl Iterator<Item = &str> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let rows = if text.is_empty() { None } else { Some(text.split('\n')) };
    rows.into_iter().flatten().map(|row| row.strip_suffix('\r').unwrap_or(row))
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

/// The rows of NDJSON; `None` unless every row that is not blank is a JSON string or object.
fn ndjson_lines(rows: &[&str]) -> Option<Vec<String>> {
    rows.iter()
        .filter(|row| !row.trim().is_empty())
        .map(|row| {
            let raw: &RawValue =
                row.trim_start().starts_with(['"', '{']).then(|| serde_json::from_str(row).ok())??;
            line_of(raw).map(std::borrow::Cow::into_owned)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::lines_of;

    fn lines(text: &[u8]) -> Vec<String> {
        lines_of(Path::new("a.log"), text).unwrap().0
    }

    fn error(text: &str) -> String {
        lines_of(Path::new("a.log"), text.as_bytes()).unwrap_err().to_string()
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
        let (lines, warnings) = lines_of(Path::new("a.log"), b"caf\xe9 open\nb").unwrap();
        assert_eq!(lines, ["caf\u{fffd} open", "b"]);
        assert!(warnings[0].starts_with("1 place of the text is not UTF-8"), "{warnings:?}");
    }

    #[test]
    fn utf16_and_an_empty_file_are_told_apart_from_binary_data() {
        let utf16: Vec<u8> = "INFO a\r\nINFO b".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(lines(&utf16), ["INFO a", "INFO b"]);
        let (lines, warnings) = lines_of(Path::new("a.log"), b"").unwrap();
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
