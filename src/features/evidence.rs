//! What is known of each event, as the row that the forest sees.
//!
//! In: sums over training. Out: one row of [`Feature::COUNT`] numbers in `[0, 1]` for each event, 0 for what is
//! ordinary, larger for what is odd.

use serde::{Deserialize, Serialize};

use super::rarity::{concentration, rarity};

/// A column of the forest's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(usize)]
pub enum Feature {
    /// How few lines are the event.
    Lines = 0,
    /// How few windows of time hold it.
    Windows,
    /// How few sources write it.
    Sources,
    /// How bunched its lines are in few windows.
    WindowConcentration,
    /// How bunched its lines are in few sources.
    SourceConcentration,
    /// How rare its rarest word is.
    Word,
}

impl Feature {
    /// Columns of a row.
    pub const COUNT: usize = 6;

    /// All features, in the order of the columns.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Lines,
        Self::Windows,
        Self::Sources,
        Self::WindowConcentration,
        Self::SourceConcentration,
        Self::Word,
    ];

    /// Short stable name, as reasons give it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lines => "rare_event",
            Self::Windows => "rare_in_time",
            Self::Sources => "rare_among_hosts",
            Self::WindowConcentration => "concentrated_in_time",
            Self::SourceConcentration => "concentrated_on_hosts",
            Self::Word => "rare_word",
        }
    }

    /// The value, in nats, at which a feature counts as entirely odd. From the prototypes; a larger one makes the
    /// feature weigh less.
    const SCALE: [f64; Self::COUNT] = [12.0, 8.0, 8.0, 5.0, 5.0, 12.0];
}

/// A row of the forest.
pub type Row = [f64; Feature::COUNT];

/// The unit that windows of time are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Window {
    /// Minutes of log time.
    Minute,
    /// Hours of log time.
    Hour,
    /// Days of log time.
    Day,
}

/// The row of a line one of whose numbers is out of its range by `excess`, in `[0, 1]`: such a line is as rare, and what
/// it says as rare, as the number is odd.
#[must_use]
pub fn with_odd_number(row: &Row, excess: f64) -> Row {
    let mut row = *row;
    for feature in [Feature::Lines, Feature::Word] {
        row[feature as usize] = row[feature as usize].max(excess);
    }
    row
}

impl Window {
    /// The unit's name, for people.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Minute => "minutes",
            Self::Hour => "hours",
            Self::Day => "days",
        }
    }
}

/// Sums over all of training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// Lines.
    pub lines: u64,
    /// The unit of `windows`.
    pub window: Window,
    /// Windows that hold any line; 0 where no line has a time.
    pub windows: u64,
    /// Distinct sources, estimated; 0 where no line names one.
    pub sources: f64,
}

/// Sums over the lines of one event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Its lines; 0 for an event that training never saw.
    pub lines: u64,
    /// Windows that hold it.
    pub windows: u64,
    /// Distinct sources that write it, estimated.
    pub sources: f64,
    /// Lines that hold the rarest word of its template; the event's own lines among them.
    pub rarest_word_lines: u64,
}

impl Evidence {
    /// The same of an event whose lines all came at once, as one: however many an incident wrote, it was met once.
    #[must_use]
    pub fn as_met_once(self) -> Self {
        let others = self.rarest_word_lines.saturating_sub(self.lines);
        let met = self.lines.min(1);
        Self {
            lines: met,
            windows: self.windows.min(1),
            sources: self.sources.min(1.0),
            rarest_word_lines: others + met,
        }
    }

    /// The event's raw features, before [`Scale`]. Without times or sources nothing is said about windows or
    /// sources: those features are 0 for every event, or for one that is known and whose lines never have any.
    #[must_use]
    pub fn row(&self, totals: &Totals) -> Row {
        let lines = totals.lines as f64;
        let mut row = [0.0; Feature::COUNT];
        row[Feature::Lines as usize] = rarity(self.lines as f64, lines);
        row[Feature::Word as usize] = rarity(self.rarest_word_lines as f64, lines);
        let says = |seen: bool| seen || self.lines == 0;
        if totals.windows > 1 && says(self.windows > 0) {
            let (windows, hit) = (totals.windows as f64, self.windows as f64);
            row[Feature::Windows as usize] = rarity(hit, windows);
            row[Feature::WindowConcentration as usize] = concentration(self.lines as f64, windows, hit);
        }
        if totals.sources > 1.0 && says(self.sources > 0.0) {
            row[Feature::Sources as usize] = rarity(self.sources, totals.sources);
            row[Feature::SourceConcentration as usize] =
                concentration(self.lines as f64, totals.sources, self.sources);
        }
        row
    }
}

/// Puts raw rows into the box `[0, 1]ᵈ`, with the ordinary line at 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    medians: Row,
}

impl Scale {
    /// Learns the median of each feature over the lines: row `i` counts `weights[i]` times.
    #[must_use]
    pub fn fit(rows: &[Row], weights: &[u64]) -> Self {
        let mut medians = [0.0; Feature::COUNT];
        for (feature, median) in medians.iter_mut().enumerate() {
            let mut values: Vec<(f64, u64)> =
                rows.iter().zip(weights).map(|(row, &weight)| (scaled(row, feature), weight)).collect();
            *median = weighted_median(&mut values);
        }
        Self { medians }
    }

    /// The row in the box: one-sided (what is more ordinary than the median line is 0), in steps of a hundredth.
    #[must_use]
    pub fn apply(&self, row: &Row) -> Row {
        std::array::from_fn(|feature| {
            let median = self.medians[feature];
            let value = (scaled(row, feature) - median) / (1.0 - median).max(0.05);
            (value.clamp(0.0, 1.0) * 100.0).round() / 100.0
        })
    }
}

fn scaled(row: &Row, feature: usize) -> f64 {
    (row[feature] / Feature::SCALE[feature]).clamp(0.0, 1.0)
}

/// The value at which half of the weight is reached; 0 where there is none.
fn weighted_median(values: &mut [(f64, u64)]) -> f64 {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: u64 = values.iter().map(|v| v.1).sum();
    let mut reached = 0;
    for &(value, weight) in values.iter() {
        reached += weight;
        if 2 * reached >= total {
            return value;
        }
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOTALS: Totals = Totals { lines: 999, window: Window::Minute, windows: 99, sources: 9.0 };

    #[test]
    fn an_event_never_seen_is_rarer_than_one_seen_once() {
        let once = Evidence { lines: 1, windows: 1, sources: 1.0, rarest_word_lines: 1 }.row(&TOTALS);
        let never = Evidence::default().row(&TOTALS);
        for feature in [Feature::Lines, Feature::Windows, Feature::Sources, Feature::Word] {
            assert!(never[feature as usize] > once[feature as usize], "{feature:?}");
        }
        // 0.5 of 1000 lines
        assert!((never[Feature::Lines as usize] - 2000_f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn the_median_line_is_at_the_origin_of_the_box() {
        let common = Evidence { lines: 900, windows: 99, sources: 9.0, rarest_word_lines: 900 }.row(&TOTALS);
        let rare = Evidence { lines: 9, windows: 1, sources: 1.0, rarest_word_lines: 9 }.row(&TOTALS);
        let scale = Scale::fit(&[common, rare], &[900, 9]);
        assert_eq!(scale.apply(&common), [0.0; Feature::COUNT]);
        assert!(scale.apply(&rare)[Feature::Windows as usize] > 0.3);
    }

    #[test]
    fn an_odd_number_makes_a_line_rarer_and_never_more_ordinary() {
        let row = [0.2, 0.1, 0.0, 0.0, 0.0, 0.9];
        assert_eq!(with_odd_number(&row, 0.5), [0.5, 0.1, 0.0, 0.0, 0.0, 0.9]);
        assert_eq!(with_odd_number(&row, 0.0), row);
    }

    #[test]
    fn an_incident_of_three_hundred_lines_is_as_rare_as_one_line() {
        // ten other lines have its rarest word
        let incident = Evidence { lines: 300, windows: 4, sources: 2.0, rarest_word_lines: 310 };
        let one = Evidence { lines: 1, windows: 1, sources: 1.0, rarest_word_lines: 11 };
        assert_eq!(incident.as_met_once(), one);
        assert_eq!(Evidence::default().as_met_once(), Evidence::default());
    }

    #[test]
    fn an_event_whose_lines_have_no_time_is_not_rare_in_time() {
        // 300 of 999 lines, as the second lines of records are: none has a time, and none is in any of the 99 windows
        let untimed = Evidence { lines: 300, windows: 0, sources: 0.0, rarest_word_lines: 300 }.row(&TOTALS);
        for feature in [Feature::Windows, Feature::WindowConcentration, Feature::Sources] {
            assert_eq!(untimed[feature as usize], 0.0, "{feature:?}");
        }
    }

    #[test]
    fn without_times_and_sources_only_lines_and_words_speak() {
        let totals = Totals { windows: 0, sources: 0.0, ..TOTALS };
        let row = Evidence::default().row(&totals);
        assert!(row[Feature::Lines as usize] > 0.0 && row[Feature::Word as usize] > 0.0);
        assert_eq!(row[Feature::Windows as usize], 0.0);
        assert_eq!(row[Feature::SourceConcentration as usize], 0.0);
    }
}
