//! The table of known formats, `formats.txt` beside this file, which says how it is written.

use std::sync::LazyLock;

use oddlog::parse::parse_line;

/// One line and what is to be read from it.
pub(super) struct Known {
    pub(super) format: &'static str,
    pub(super) line: String,
    /// What is to be read, by the names in [`FIELDS`]; `-` for none.
    want: [String; 5],
    /// The fields that are not read so yet.
    gaps: Vec<&'static str>,
}

const FIELDS: [&str; 5] = ["time", "level", "host", "component", "message"];

/// All lines of the table.
pub(super) static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let mut known: Vec<Known> = Vec::new();
    let mut format = "";
    for row in include_str!("formats.txt").lines().filter(|row| !row.is_empty() && !row.starts_with("##")) {
        let (mark, rest) = row.split_at(row.len().min(2));
        let last = known.last_mut();
        match (mark.trim_end(), last) {
            ("#", _) => format = rest,
            (">", _) => {
                known.push(Known { format, line: visible(rest), want: Default::default(), gaps: Vec::new() });
            }
            ("@", Some(last)) => {
                let header = rest.splitn(4, ' ').map(str::to_owned);
                last.want.iter_mut().zip(header).for_each(|(want, said)| *want = said);
                last.want[0] = without_zeros(&last.want[0]);
            }
            (":", Some(last)) => last.want[4] = visible(rest),
            ("?", Some(last)) => last.gaps = rest.split(' ').collect(),
            _ => panic!("a row of an unknown kind: {row}"),
        }
    }
    known
});

/// Control characters stand in the table as their pictures.
fn visible(text: &str) -> String {
    let control = |c: char| match c {
        '\u{2400}'..='\u{241f}' => char::from_u32(u32::from(c) - 0x2400).unwrap_or(c),
        c => c,
    };
    text.chars().map(control).collect()
}

/// `10:00:00.500` and `10:00:00.5` are one time.
fn without_zeros(time: &str) -> String {
    let Some(dot) = time.find('.') else { return time.to_owned() };
    let zone = time[dot + 1..].find(|c: char| !c.is_ascii_digit()).map_or(time.len(), |at| dot + 1 + at);
    let fraction = time[dot..zone].trim_end_matches('0').trim_end_matches('.');
    format!("{}{fraction}{}", &time[..dot], &time[zone..])
}

impl Known {
    /// What differs from the truth, field by field; a gap that is closed differs too.
    pub(super) fn faults(&self) -> Vec<String> {
        let entry = parse_line(&self.line);
        let or_none = |text: Option<&str>| text.unwrap_or("-").to_owned();
        let said = [
            or_none(entry.timestamp.map(|time| without_zeros(&time.to_rfc3339())).as_deref()),
            or_none(entry.level.map(oddlog::entry::Level::name)),
            or_none(entry.host.as_deref()),
            or_none(entry.component.as_deref()),
            entry.message.to_string(),
        ];
        let mut faults = Vec::new();
        for ((field, want), said) in FIELDS.iter().zip(&self.want).zip(&said) {
            match (want == said, self.gaps.contains(field)) {
                (true, true) => faults.push(format!("{field} is read now: take the mark away")),
                (false, false) => faults.push(format!("{field}: want {want:?}, said {said:?}")),
                _ => {}
            }
        }
        faults
    }

    /// Whether some of it is not read yet.
    pub(super) fn has_gaps(&self) -> bool {
        !self.gaps.is_empty()
    }
}
