//! Lines that come without end, judged part by part by what was trained.
//!
//! In: parts of lines, in order. Out: a [`Report`] on each, and at the end one on all. What is kept between them does not
//! grow with the lines: sums, and the lines that the last report shows.

use std::sync::Arc;

use super::read::Lines;
use super::totals::Totals;
use super::{AnalyzeOptions, By, Carried, Trained, report};
use crate::report::Report;

/// An analysis under way.
///
/// A line is judged as in an analysis of all lines at once, but for what only later lines could tell: a date that may be
/// read in two ways is read by the lines up to the end of its part, and an event that training never saw has the template
/// that its lines up to there show. Sessions, counts over time and terms need all lines and are not made.
#[derive(Debug)]
pub struct Stream {
    trained: Arc<Trained>,
    options: AnalyzeOptions,
    carried: Carried,
    totals: Totals,
}

impl Stream {
    /// Begins with no lines. At most `max_outliers` outliers are kept for the last report, those of the highest scores.
    #[must_use]
    pub fn new(trained: Arc<Trained>, options: &AnalyzeOptions, max_outliers: usize) -> Self {
        let options =
            AnalyzeOptions { session_pattern: None, terms: false, temporal: false, ..options.clone() };
        Self { trained, options, carried: Carried::default(), totals: Totals::new(max_outliers) }
    }

    /// Judges the next lines, or the first of them: of the last some, a record may still go on. Those that the report does
    /// not have are to be given again in front of the next, unless this `is_last`. A part of no more than 16 lines may be
    /// judged whole.
    ///
    /// # Cost
    /// As of an analysis of these lines; parts of some ten thousand lines outweigh what each costs by itself.
    pub fn judge<'a, S: AsRef<str> + Sync>(&mut self, texts: &'a [S], is_last: bool) -> Report<'a> {
        let lines = Lines::read_with(texts, &self.trained.rules);
        let by = By::trained(&self.trained, &self.options);
        let report = report(texts, lines, &by, &mut self.carried, is_last);
        self.totals.add(&report);
        report
    }

    /// What an analysis of all lines would report, without any lines but those of outliers and examples.
    #[must_use]
    pub fn finish(self) -> Report<'static> {
        self.totals.finish(self.trained.model.clone(), self.trained.threshold)
    }
}
