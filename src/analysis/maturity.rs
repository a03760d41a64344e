//! Whether a model knows enough, and whether what it takes for ordinary was.
//!
//! In: a fit. Out: remarks for a person.

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

use crate::entry::Level;
use crate::features::severity::severity_factor;
use crate::state::Day;

use super::fit::Fit;
use super::replay::LEARNING_DAYS;

/// How bad an event must say things are for a day full of it to look like an incident: as WARN does.
const LEAST_SEVERITY: f64 = 1.5;

/// Of how many lines of its day one is the event's, at least.
const LINES_PER_LINE: u64 = 100;

/// Lines of an incident at least: a few are what any day has.
const LEAST_LINES: u64 = 10;

/// Incidents that are told of.
const MOST_TOLD: usize = 3;

/// Share of lines of unseen events from which on many an alarm will be of something merely new.
const MUCH_UNSEEN: f64 = 0.01;

/// An event that filled one day of training, speaks of trouble, and came on no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its number.
    pub event: usize,
    /// The day.
    pub day: Day,
    /// Its lines.
    pub lines: u64,
    /// All lines of that day.
    pub of: u64,
}

impl Incident {
    /// Whether an event that came on one day alone looks like an incident of it: it speaks of trouble, in ten lines and one of a hundred
    /// lines of the day at least. `worst` is its most serious level, `words` as
    /// [`word_weight`](crate::features::severity::word_weight).
    #[must_use]
    pub fn is_one(&self, worst: Option<Level>, words: f64) -> bool {
        self.lines >= LEAST_LINES
            && self.lines * LINES_PER_LINE >= self.of
            && severity_factor(worst, words, 0.0) >= LEAST_SEVERITY
    }
}

/// What the owner of a model should know of its training; nothing where all is well.
#[must_use]
pub fn remarks(fit: &Fit) -> Vec<String> {
    let model = &fit.anomaly;
    let mut remarks = Vec::new();
    let least = 2 * LEARNING_DAYS as u64;
    if model.days < least {
        remarks.push(format!(
            "thin: it knows {} of the {least} days from which on its alarms are counted by replay; until then they are \
             estimated",
            model.days
        ));
    }
    let unseen = model.unseen_event_share();
    if unseen > MUCH_UNSEEN {
        remarks.push(format!(
            "thin: about one line in {:.0} will be of an event that it has never seen",
            1.0 / unseen
        ));
    }
    let mut incidents: Vec<&Incident> = model.incidents.iter().collect();
    incidents.sort_by(|a, b| b.lines.cmp(&a.lines).then(a.event.cmp(&b.event)));
    for incident in incidents.into_iter().take(MOST_TOLD) {
        let template = &fit.events()[incident.event].text;
        let (day, lines, of) = (name_of(incident.day), incident.lines, incident.of);
        remarks.push(format!(
            "poisoned: {lines} of {of} lines of {day} are `{template}`, which came on no other day; if that was an incident, \
             forget the day"
        ));
    }
    remarks
}

/// A day as people write it: a date, or where the year is not known a day and month.
#[must_use]
pub fn name_of(day: Day) -> String {
    let date = |origin: Option<NaiveDate>, days: i64| origin?.checked_add_signed(TimeDelta::days(days));
    match day {
        Day::SinceEpoch(day) => {
            date(Some(NaiveDate::default()), day.into()).map_or_else(String::new, |date| date.to_string())
        }
        Day::OfYear(day) => date(NaiveDate::from_ymd_opt(2000, 1, 1), day.into())
            .map_or_else(String::new, |date| date.format("%d %B").to_string()),
        Day::None => "the lines without a date".to_owned(),
    }
}
