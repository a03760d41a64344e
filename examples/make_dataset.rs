//! Writes the sample log of a web shop, one day with five incidents, and prints where the incidents are.
//!
//! `cargo run --example make_dataset [FILE]`; FILE is `log_dataset.json` unless given. The same bytes every
//! time: seed and generator are fixed, no clock is read.

mod shop;

fn main() -> anyhow::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "log_dataset.json".to_owned());
    let day = shop::day();
    std::fs::write(&path, shop::to_json(&day.lines))?;
    let mut table = format!("Wrote {} lines to {path}. The incidents in it:\n\n", day.lines.len());
    for incident in &day.incidents {
        table += &format!("{:<13} {}\n{:<13} {}\n", incident.time, incident.what, "", incident.where_found());
    }
    std::io::Write::write_all(&mut std::io::stdout(), table.as_bytes())?;
    Ok(())
}
