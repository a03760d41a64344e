//! What is to be told of a model.

/// A model in numbers. What belongs to a fit is of the newest one, which follows a training within about a second.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelInfo {
    /// Its name.
    pub name: String,
    /// Number of the newest fit; 0 before the first.
    pub generation: u64,
    /// When it was made, seconds since 1970 UTC; `None` before the first.
    pub trained_at: Option<i64>,
    /// Lines learnt.
    pub trained_lines: u64,
    /// First and last dated day of log time, in days since 1970-01-01.
    pub days: Option<(i32, i32)>,
    /// Days of log time that hold lines; a date without a year counts as one.
    pub days_covered: u64,
    /// Lines without a date.
    pub lines_undated: u64,
    /// Lines with a date and no year.
    pub lines_yearless: u64,
    /// Distinct masked sequences.
    pub sequences: u64,
    /// Whether the cap on sequences has left any out.
    pub sequences_cut: bool,
    /// Events of the fit; `None` while it does not know all that was trained.
    pub events: Option<u64>,
    /// Estimated chance that the next line is an event never seen, in `[0, 1]`; `None` as for `events`.
    pub unseen_event_share: Option<f64>,
    /// Findings a day that its owner chose to stand.
    pub alarms_per_day: u32,
    /// Size of its state, in bytes: what its cap is about.
    pub state_bytes: u64,
    /// Size of its files, those of former generations among them.
    pub bytes_on_disk: u64,
    /// Hash of all that was learnt: equal for equal lines, however they came.
    pub state_digest: u64,
}
