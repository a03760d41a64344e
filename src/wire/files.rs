//! The files that the lines of a request are from, which the page for people names.

use serde_json::{Value, json};

use super::options::{OptionError, wrong};

/// Files that are named at most.
const MAX_FILES: usize = 1_000;

/// Characters of a name at most.
const MAX_NAME_CHARS: usize = 4_096;

/// A file that lines are from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedFile {
    /// Its name, as its reader gave it.
    pub name: String,
    /// SHA-256 of its bytes, in 64 hexadecimal digits.
    pub sha256: String,
}

pub(super) fn named_files(value: &Value) -> Result<Vec<NamedFile>, OptionError> {
    const RIGHT: &str = "a list of at most 1000 {\"name\": a name, \"sha256\": 64 hexadecimal digits}";
    let files = value.as_array().filter(|files| files.len() <= MAX_FILES);
    let files = files.ok_or_else(|| wrong("files", value, RIGHT))?;
    let named = |file: &Value| {
        let (name, sha256) = (file["name"].as_str()?, file["sha256"].as_str()?);
        let is_hash = sha256.len() == 64 && sha256.bytes().all(|digit| digit.is_ascii_hexdigit());
        let is_name = name.chars().nth(MAX_NAME_CHARS).is_none();
        (is_hash && is_name).then(|| NamedFile { name: name.to_owned(), sha256: sha256.to_lowercase() })
    };
    files.iter().map(|file| named(file).ok_or_else(|| wrong("files", file, RIGHT))).collect()
}

/// What [`named_files`] reads as these.
pub fn value_of_files(files: &[NamedFile]) -> Value {
    files.iter().map(|file| json!({"name": file.name, "sha256": file.sha256})).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_back_as_they_were_sent_and_what_is_no_hash_is_refused() {
        let hash = "0123456789ABCDEFabcdef".repeat(3)[..64].to_owned();
        let files = vec![NamedFile { name: "web.log".to_owned(), sha256: hash.to_lowercase() }];
        assert_eq!(named_files(&json!([{"name": "web.log", "sha256": hash}])), Ok(files.clone()));
        assert_eq!(named_files(&value_of_files(&files)), Ok(files));
        for wrong in [
            json!("web.log"),
            json!([{"name": "web.log"}]),
            json!([{"name": "web.log", "sha256": "abc"}]),
            json!([{"name": "web.log", "sha256": "g".repeat(64)}]),
            json!([{"name": "a".repeat(5_000), "sha256": hash}]),
        ] {
            let error = named_files(&wrong).expect_err("it is wrong").to_string();
            assert!(error.contains("`files`") && error.contains("64 hexadecimal digits"), "{error}");
        }
    }
}
