//! A day in the log of a web shop: what an ordinary day writes, and five incidents in it.
//!
//! [`day`] makes the lines; `examples/make_dataset.rs` writes them to `log_dataset.json`, and a test checks
//! that the committed file is what it writes.

mod background;
mod draw;
mod incidents;
mod visits;

use std::collections::BTreeMap;

use draw::Draw;

/// Chosen once; another number makes another day.
const SEED: u64 = 20_240_514;
const DATE: &str = "2024-05-14";

/// The lines of a day, and what is wrong in it.
pub(crate) struct Day {
    /// In the order of time.
    pub(crate) lines: Vec<String>,
    /// In the order of time.
    pub(crate) incidents: Vec<Incident>,
}

/// Something that a person would want to know of.
pub(crate) struct Incident {
    /// `03:12` or `14:05-14:11`.
    pub(crate) time: &'static str,
    /// What happened.
    pub(crate) what: &'static str,
    /// Indices of its lines; of a silence, those around it.
    pub(crate) log_ids: Vec<usize>,
    /// Whether lines are missing rather than there.
    pub(crate) silent: bool,
}

impl Incident {
    /// `4 lines, log_id 12 to 15`; among many there are ordinary lines as well.
    pub(crate) fn where_found(&self) -> String {
        let (first, last) = (self.log_ids[0], self.log_ids[self.log_ids.len() - 1]);
        match self.log_ids.len() {
            1 => format!("log_id {first}"),
            _ if self.silent => format!("between log_id {first} and {last}"),
            n => format!("{n} lines, log_id {first} to {last}"),
        }
    }
}

/// Makes the day.
pub(crate) fn day() -> Day {
    let mut draw = Draw::new(SEED);
    let mut log = Log::default();
    background::write(&mut log, &mut draw);
    visits::write(&mut log, &mut draw);
    incidents::write(&mut log, &mut draw);
    log.into_day()
}

/// The lines as a JSON array of strings, one a row.
pub(crate) fn to_json(lines: &[String]) -> String {
    let rows: Vec<String> = lines.iter().map(|line| format!("  {}", serde_json::json!(line))).collect();
    format!("[\n{}\n]\n", rows.join(",\n"))
}

/// Which incident a line belongs to.
type Mark = Option<usize>;

/// Lines by second of the day, not yet in order.
#[derive(Default)]
struct Log {
    records: Vec<(u64, String, Mark)>,
}

impl Log {
    /// Writes a line at a second of the day; what falls on the next day is not written.
    fn line(&mut self, second: u64, level: &str, message: &str) {
        self.marked(second, level, message, None);
    }

    fn marked(&mut self, second: u64, level: &str, message: &str, mark: Mark) {
        const DAY_S: u64 = 86_400;
        if second < DAY_S {
            let (h, m, s) = (second / 3_600, second / 60 % 60, second % 60);
            self.records.push((second, format!("{DATE} {h:02}:{m:02}:{s:02} {level} {message}"), mark));
        }
    }

    fn into_day(mut self) -> Day {
        self.records.sort_by_key(|record| record.0);
        let mut log_ids: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (log_id, record) in self.records.iter().enumerate() {
            if let Some(incident) = record.2 {
                log_ids.entry(incident).or_default().push(log_id);
            }
        }
        let mut incidents = incidents::table();
        for (incident, ids) in log_ids {
            incidents[incident].log_ids = ids;
        }
        Day { lines: self.records.into_iter().map(|record| record.1).collect(), incidents }
    }
}
