//! Writes inputs for the fuzzer to begin with, into `corpus/<target>/`: `cargo run --example seeds` in this folder.

use std::fs;
use std::path::Path;

use oddlog::analysis::read::Lines;
use oddlog::models::Partial;

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

fn write(target: &str, at: usize, bytes: &[u8]) -> std::io::Result<()> {
    let folder = Path::new("corpus").join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(format!("seed-{at}")), bytes)
}
