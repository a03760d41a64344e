//! The entry of a slow query log, as MySQL and MariaDB write it: `# Time:`, `# User@Host:`, more comments, settings,
//! then a statement over any number of lines, up to its semicolon.
//!
//! In: the lines behind the first. Out: whether they belong to it.

/// How far an entry has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slow {
    /// Behind `# Time:`, which is written only where the second has changed.
    Time,
    /// Behind `# User@Host:` and what follows on it.
    Header,
    /// Within the statement.
    Statement,
}

impl Slow {
    /// The entry that `text` begins.
    pub(super) fn begun_by(text: &str) -> Option<Self> {
        match text.strip_prefix("# ")? {
            rest if rest.starts_with("Time: ") => Some(Self::Time),
            rest if rest.starts_with("User@Host: ") => Some(Self::Header),
            _ => None,
        }
    }

    /// Whether a line without a time of its own goes on with it.
    pub(super) fn goes_on(self, text: &str) -> bool {
        match (self, Self::begun_by(text)) {
            (_, Some(Self::Time)) => false,
            (Self::Time, begun) => begun.is_some() || text.starts_with("# "),
            (_, begun) => begun.is_none(),
        }
    }

    /// Where the entry stands behind `text`; `None` behind the end of the statement.
    pub(super) fn behind(self, text: &str) -> Option<Self> {
        let is_setting = text.starts_with("SET timestamp=") || text.starts_with("use ");
        if text.starts_with("# ") || (self == Self::Header && is_setting) {
            return Some(if self == Self::Time {
                Self::begun_by(text).unwrap_or(self)
            } else {
                Self::Header
            });
        }
        (!text.trim_end().ends_with(';')).then_some(Self::Statement)
    }
}

#[cfg(test)]
mod tests {
    use super::Slow;

    #[test]
    fn an_entry_ends_behind_the_semicolon_of_its_statement_not_of_its_settings() {
        let lines = [
            ("# User@Host: a[a] @ b []", Some(Slow::Header)),
            ("# Query_time: 2.0  Lock_time: 0.0", Some(Slow::Header)),
            ("use carts;", Some(Slow::Header)),
            ("SET timestamp=1704103200;", Some(Slow::Header)),
            ("SELECT a", Some(Slow::Statement)),
            ("SET timestamp=1;", None),
        ];
        let mut slow = Slow::begun_by("# Time: 2024-01-01T10:00:00Z");
        for (line, behind) in lines {
            let known = slow.expect("not over yet");
            assert!(known.goes_on(line), "{line}");
            slow = known.behind(line);
            assert_eq!(slow, behind, "{line}");
        }
        assert!(!Slow::Header.goes_on("# User@Host: a[a] @ b []") && !Slow::Time.goes_on("SELECT a"));
    }
}
