//! Prints the event template of each line of a file: `cargo run --release --example templates -- FILE`.
//!
//! One row a line: event id in base 16, a tab, the template. With `--content`, lines are messages and are not parsed.

use std::collections::BTreeMap;
use std::io::Write;

use oddlog::parse::parse_line;
use oddlog::template::{Distinct, Templates};
use oddlog::tokenize::{Sequence, Tokens, tokenize};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let content = arguments.first().is_some_and(|first| first == "--content");
    if content {
        arguments.remove(0);
    }
    let path = arguments.first().ok_or("usage: templates [--content] FILE")?;
    let text = String::from_utf8_lossy(&std::fs::read(path)?).into_owned();

    let started = std::time::Instant::now();
    let mut tokens = Tokens::default();
    let mut sequences: BTreeMap<u64, (Sequence, bool, u64)> = BTreeMap::new();
    let mut keys = Vec::new();
    for line in text.lines() {
        let entry = parse_line(line);
        let message = if content { line } else { &entry.message };
        tokenize(message, &mut tokens);
        let key = tokens.key();
        keys.push(key);
        sequences
            .entry(key)
            .or_insert_with(|| (tokens.to_sequence(), entry.columns_open && !content, 0))
            .2 += 1;
    }
    let read = started.elapsed();
    let distinct: Vec<Distinct<'_>> = sequences
        .iter()
        .map(|(&key, (sequence, open, count))| Distinct { key, sequence, columns_open: *open, count: *count })
        .collect();
    let templates = Templates::mine(&distinct);
    let mined = started.elapsed() - read;

    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for key in &keys {
        let event = &templates.events()[templates.event_of(*key).ok_or("a mined line has no event")?];
        writeln!(out, "{:016x}\t{}", event.id, event.text)?;
    }
    out.flush()?;
    writeln!(
        std::io::stderr(),
        "{} lines, {} sequences, {} events; read in {read:?}, mined in {mined:?}",
        keys.len(),
        distinct.len(),
        templates.events().len(),
    )?;
    Ok(())
}
