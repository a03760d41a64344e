//! The text of a lockfile, written and read.

use std::collections::BTreeMap;
use std::fmt;

use super::{FOOT, Lock, LockedEvent, Rate};
use crate::entry::Level;
use crate::hidden::is_hidden;

/// The first line: what it is, the version of the format, the columns.
const HEAD: &str = "# oddlog lock 1: id, level, rate in 10,000 lines, template";

/// What a line begins with that says of how many hours the logs were.
const HOURS: &str = "# hours: ";

/// How the first line of any version begins.
const HEAD_BEGINS: &str = "# oddlog lock ";

/// Why a text is no lockfile; each says the line, from 1, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// The first line is another.
    #[error("its first line is not `{HEAD_BEGINS}1: ...`; make it with `oddlog lock`")]
    Foreign,
    /// It is of a later release.
    #[error(
        "it is of format {found}, and this release reads format 1; use a later release, or make it again"
    )]
    Version {
        /// What it says.
        found: String,
    },
    /// A line has too few columns.
    #[error("line {line} has {found} columns, and should have an id, a level, a rate and a template")]
    Columns {
        /// Its number.
        line: usize,
        /// Its columns.
        found: usize,
    },
    /// An id is none.
    #[error("line {line}: `{found}` is no id, which is 16 digits of 0-9 and a-f")]
    Id {
        /// Its number.
        line: usize,
        /// What stands there.
        found: String,
    },
    /// A level is none.
    #[error(
        "line {line}: `{found}` is no level; it should be one of TRACE, DEBUG, INFO, WARN, ERROR, FATAL, or -"
    )]
    Level {
        /// Its number.
        line: usize,
        /// What stands there.
        found: String,
    },
    /// A rate is none.
    #[error("line {line}: `{found}` is no rate; it should be one of once, any, every, 10+, 100+, 1000+")]
    Rate {
        /// Its number.
        line: usize,
        /// What stands there.
        found: String,
    },
    /// A backslash begins nothing that is known.
    #[error(
        "line {line}: a backslash in a template should be followed by another, or by u{{...}} with a number in it"
    )]
    Escape {
        /// Its number.
        line: usize,
    },
    /// A mark of a merge that was not finished.
    #[error(
        "line {line} is a mark of an unfinished merge; choose lines of either side, or make the file again"
    )]
    Merge {
        /// Its number.
        line: usize,
    },
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEAD}")?;
        if self.hours > 0 {
            writeln!(f, "{HOURS}{}", self.hours)?;
        }
        let mut comments = self.comments.iter().peekable();
        for event in self.events() {
            while let Some((_, above)) = comments.next_if(|(template, _)| **template <= event.template) {
                above.iter().try_for_each(|comment| writeln!(f, "{comment}"))?;
            }
            writeln!(f, "{event}")?;
        }
        comments.flat_map(|(_, at_end)| at_end).try_for_each(|comment| writeln!(f, "{comment}"))
    }
}

impl fmt::Display for LockedEvent {
    /// Its line of the file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = self.level.map_or("-", Level::name);
        write!(f, "{:016x} {level:<5} {:<5} {}", self.id, self.rate.name(), escaped(&self.template))
    }
}

impl std::str::FromStr for Lock {
    type Err = LockError;

    /// Reads the text of a lockfile. Lines that are empty say nothing; those that begin with `#` are comments, kept above the
    /// event that they stand above. The order does not matter.
    fn from_str(text: &str) -> Result<Self, LockError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = text.lines().enumerate();
        let head = lines.next().map_or("", |(_, line)| line);
        let version = head.strip_prefix(HEAD_BEGINS).ok_or(LockError::Foreign)?;
        let version = version.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        if version != "1" {
            return Err(LockError::Version { found: version.to_owned() });
        }
        let hours = text.lines().find_map(|line| line.strip_prefix(HOURS)?.trim().parse().ok()).unwrap_or(0);
        let (mut events, mut comments) = (Vec::new(), BTreeMap::new());
        let mut above: Vec<String> = Vec::new();
        for (i, line) in lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with(HOURS)) {
            if line.starts_with('#') {
                above.push(line.to_owned());
                continue;
            }
            let event = event(i + 1, line)?;
            let at = if events.is_empty() { String::new() } else { event.template.clone() };
            if !above.is_empty() {
                comments.entry(at).or_insert_with(Vec::new).append(&mut above);
            }
            events.push(event);
        }
        if !above.is_empty() {
            comments.insert(FOOT.to_owned(), above);
        }
        Ok(Self::new(hours, events, comments))
    }
}

fn event(line: usize, text: &str) -> Result<LockedEvent, LockError> {
    if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| text.starts_with(mark)) {
        return Err(LockError::Merge { line });
    }
    let mut rest = text.trim();
    let mut columns = [""; 3];
    for (found, column) in columns.iter_mut().enumerate() {
        if rest.is_empty() {
            return Err(LockError::Columns { line, found });
        }
        let end = rest.find(' ').unwrap_or(rest.len());
        *column = &rest[..end];
        rest = rest[end..].trim_start_matches(' ');
    }
    let [id, level, rate] = columns;
    let is_id = id.len() == 16 && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let id = u64::from_str_radix(id, 16)
        .ok()
        .filter(|_| is_id)
        .ok_or_else(|| LockError::Id { line, found: id.to_owned() })?;
    let level = match Level::ALL.into_iter().find(|known| known.name() == level) {
        None if level != "-" => return Err(LockError::Level { line, found: level.to_owned() }),
        level => level,
    };
    let known = Rate::NAMES.into_iter().find(|(_, name)| *name == rate);
    let (rate, _) = known.ok_or_else(|| LockError::Rate { line, found: rate.to_owned() })?;
    let template = unescaped(rest).ok_or(LockError::Escape { line })?;
    Ok(LockedEvent { id, level, rate, template })
}

/// A template as it stands in a line: what would break the line, hide in it or turn its direction is `\u{...}`.
fn escaped(template: &str) -> String {
    let mut text = String::with_capacity(template.len());
    let last = template.chars().count().saturating_sub(1);
    for (i, c) in template.chars().enumerate() {
        match c {
            '\\' => text.push_str("\\\\"),
            ' ' if i == 0 || i == last => text.push_str("\\u{20}"),
            // Columns are told apart by plain spaces, and a reader cannot tell those from others.
            c if is_hidden(c) || c.is_whitespace() && c != ' ' => text.extend(c.escape_unicode()),
            c => text.push(c),
        }
    }
    text
}

fn unescaped(text: &str) -> Option<String> {
    let mut template = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        template.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('\\') {
            template.push('\\');
            rest = after;
        } else {
            let (code, after) = rest.strip_prefix("u{")?.split_once('}')?;
            template.push(char::from_u32(u32::from_str_radix(code, 16).ok()?)?);
            rest = after;
        }
    }
    template.push_str(rest);
    Some(template)
}
