//! Writes inputs for the fuzzer to begin with, into `corpus/<target>/`: `cargo run --example seeds` in this folder.

use std::fs;
use std::io::Write;
use std::path::Path;

use oddlog::analysis::read::Lines;
use oddlog::models::{Mark, Models, Partial, Settings, Verdict};
use oddlog::state::Days;
use oddlog::store::{Journal, Kind};

fn main() -> std::io::Result<()> {
    let known: Vec<&str> = include_str!("../../tests/it/parse/formats.txt")
        .lines()
        .filter_map(|row| row.strip_prefix("> "))
        .collect();
    for (at, line) in known.iter().enumerate() {
        write("line", at, line.as_bytes())?;
    }
    for (at, lines) in known.chunks(7).enumerate() {
        let text = lines.join("\n");
        let json = serde_json::json!({ "logs": lines }).to_string();
        write("analysis", at, text.as_bytes())?;
        write("body", 2 * at, text.as_bytes())?;
        write("body", 2 * at + 1, json.as_bytes())?;
        for (route, kind, content) in [(0, 0, &json), (1, 1, &text), (0, 2, &text)] {
            let choice = [route, kind, (at % 5) as u8];
            write(
                "request",
                3 * at + usize::from(kind),
                &[&choice, &b"include=lines\0"[..], content.as_bytes()].concat(),
            )?;
        }
        let state = Lines::read(lines).state();
        write("state", at, &oddlog::store::encode(&state).expect("a state can be written"))?;
        write("partial", at, &Partial::of(lines).to_bytes().expect("it can be written"))?;
    }
    for (at, lines) in known.chunks(50).enumerate() {
        let text = lines.join("\n");
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(text.as_bytes())?;
        let zstd = zstd::encode_all(text.as_bytes(), 3)?;
        for (way, packed) in [(0_u8, gzip.finish()?), (2, zstd.clone()), (6, zstd)] {
            write("packed", 8 * at + usize::from(way), &[&[way], &packed[..]].concat())?;
        }
    }
    for (at, query) in [
        "\0limit=2&cursor=web",
        "\x02limit=1&cursor=00000000000000ab",
        "\x03cursor=18446744073709551614",
        "\x04term=disk&limit=9",
        "\x06event_id=00000000000000ab",
        "\x07from=2024-03-01&to=2024-03-02&undated=true&yearless=false",
        "\x08baseline=web%4017&baseline_from=2024-03-01&baseline_to=2024-03-02&timezone=Europe/Berlin",
    ]
    .iter()
    .enumerate()
    {
        write("query", at, query.as_bytes())?;
    }
    for (at, text) in
        ["blk_(-?\\d+)\0put blk_1\nput blk_-22\nget blk_1", "(?i)user (\\w+)\0User a in\nuser b out"]
            .iter()
            .enumerate()
    {
        write("sessions", at, text.as_bytes())?;
    }
    for (at, records) in journals(&known)?.iter().enumerate() {
        write("journal", at, records)?;
    }
    for (at, text) in
        ["include=[\"lines\"]&max_patterns=3", "session_pattern=blk_-?\\d+&timezone=Europe/Berlin"]
            .iter()
            .enumerate()
    {
        write("options", at, text.as_bytes())?;
    }
    for (at, text) in
        ["customer (\\w+)", "(?i)a{1,9}|[^x]+$\0Axaaa", "\\b\\d+\\b\0 1 22 x3"].iter().enumerate()
    {
        write("rules", at, text.as_bytes())?;
    }
    Ok(())
}

/// What a journal holds of a model that was trained, set, marked and made to forget.
fn journals(known: &[&str]) -> std::io::Result<Vec<Vec<u8>>> {
    let folder = tempfile::tempdir()?;
    let models = Models::open(folder.path()).expect("an empty folder opens");
    for lines in known.chunks(40) {
        models.train("web", lines).expect("a folder that can be written");
    }
    let mark = Mark { verdict: Verdict::Normal, note: "known".to_owned(), marked_at: 0 };
    models.mark("web", 7, mark).expect("a model that is there");
    models.set("web", Settings { retention_days: Some(9), ..Settings::default() }).expect("right settings");
    models.forget("web", &Days { undated: true, ..Days::default() }).expect("lines without a date");
    drop(models);
    let path = folder.path().join("web").join(Kind::Journal.file_name());
    let (_, records) = Journal::open(&path).expect("the journal of a model");
    Ok(records.into_iter().map(|record| record.content).collect())
}

fn write(target: &str, at: usize, bytes: &[u8]) -> std::io::Result<()> {
    let folder = Path::new("corpus").join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(format!("seed-{at}")), bytes)
}
