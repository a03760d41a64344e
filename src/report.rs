//! What an analysis found, before it becomes JSON or a picture.
//!
//! In: nothing. Out: plain data in the order a reader asks for it. Rows of [`Report::lines`] are in the
//! order of the request.

use std::collections::BTreeMap;

use crate::entry::{Level, LogEntry, Timestamp};
use crate::wording::counted;

/// The pattern number of a line that belongs to no pattern.
pub const NOISE: i32 = -1;

/// Everything one analysis found.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// One per line of the request, in its order; of a whole stream only those that the report shows.
    pub lines: Vec<LineReport<'a>>,
    /// The distinct events of the request; [`LineReport::event`] is an index into it.
    pub events: Vec<EventReport>,
    /// Most frequent first, ties by first appearance; noise is none of them.
    pub patterns: Vec<PatternReport>,
    /// The outlier lines collapsed, one per event, most telling first.
    pub findings: Vec<Finding>,
    /// What raised the scores of outliers, biggest first; lines alike share one list.
    pub reasons: Vec<Vec<Reason>>,
    /// Scores above it are outliers.
    pub outlier_threshold: f64,
    /// What the model knew.
    pub model: ModelReport,
    /// The counts of this request.
    pub statistics: Statistics,
    /// One per session where a session pattern was asked for, most anomalous first.
    pub sessions: Option<Vec<SessionReport>>,
    /// Counts over time, where asked for; bursts and silences are among the findings then.
    pub temporal: Option<TemporalReport>,
    /// Characteristic and nearest terms, where asked for.
    pub terms: Option<Vec<PatternTerms>>,
}

/// Counts over the request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statistics {
    /// Lines of the request.
    pub lines: usize,
    /// Records: lines that continue no other. Outliers, patterns and findings count these.
    pub records: usize,
    /// Lines in which no time with a date was read.
    pub lines_without_timestamp: usize,
    /// Those of them that have a time of day.
    pub lines_with_time_only: usize,
    /// Lines in which no level was read.
    pub lines_without_level: usize,
    /// Lines whose event belongs to no pattern.
    pub noise_lines: usize,
    /// Outlier lines.
    pub outliers: usize,
    /// Distinct patterns among the lines.
    pub patterns: usize,
    /// Distinct events among the lines.
    pub events: usize,
    /// Events of the model, or of the lines where there is none, for which patterns were looked for among some of the
    /// others only, because there are too many that are partly alike. What belongs together may stand in several patterns, or
    /// in none.
    pub events_partly_compared: u64,
    /// Events that training never saw; 0 without a model.
    pub unseen_events: usize,
    /// Lines by level.
    pub levels: BTreeMap<Level, usize>,
    /// Earliest and latest time.
    pub time_range: Option<(Timestamp, Timestamp)>,
    /// Lines by format, most first; lines that continue another and have none are `continuation`.
    pub formats: Vec<FormatCount>,
    /// The first records without a time that has a date, at most three, by [`LineReport::log_id`].
    pub examples_without_timestamp: Vec<usize>,
    /// The first records without a level, at most three, by [`LineReport::log_id`].
    pub examples_without_level: Vec<usize>,
    /// Lines whose date may as well have day and month exchanged.
    pub ambiguous_dates: usize,
    /// How those were read: `month_first`, `day_first`, or `mixed`; `None` where there are none.
    pub assumed_date_order: Option<&'static str>,
    /// The year that times without one were read in, where there were any.
    pub assumed_year: Option<i32>,
    /// Lines of unseen events beyond the most that a stream tells apart; they are in no list but that of lines.
    pub untold_lines: usize,
}

/// Lines of one format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatCount {
    /// Its name.
    pub format: &'static str,
    /// Its lines.
    pub lines: usize,
}

/// One session: the lines that share a session id.
#[derive(Clone, Debug)]
pub struct SessionReport {
    /// What the session pattern found.
    pub session_id: String,
    /// Its lines.
    pub lines: usize,
    /// Earliest time among them.
    pub first_seen: Option<Timestamp>,
    /// Latest time among them.
    pub last_seen: Option<Timestamp>,
    /// Higher is odder; comparable among the sessions of one generation.
    pub anomaly_score: f64,
    /// Whether it is beyond what the sessions of training, or of this request, show.
    pub is_outlier: bool,
    /// What raised the score, biggest first.
    pub reasons: Vec<Reason>,
    /// The event that the first reason is about: index into [`Report::events`].
    pub event: usize,
    /// The first line of it in the session, or the session's last line where the event is missing: index into
    /// [`Report::lines`].
    pub line: usize,
}

/// The words that tell a pattern from the others, and their neighbours.
#[derive(Clone, Debug, PartialEq)]
pub struct PatternTerms {
    /// The pattern.
    pub pattern_id: i32,
    /// Term and TF-IDF weight, heaviest first.
    pub characteristic: Vec<(String, f64)>,
    /// For the heaviest terms, their nearest terms by word2vec with the cosine.
    pub nearest: Vec<(String, Vec<(String, f64)>)>,
}

impl<'a> Report<'a> {
    /// Whether a line is the first of its record: it continues no other.
    #[must_use]
    pub fn begins_record(&self, line: usize) -> bool {
        self.lines[line].record == line
    }

    /// What a line says; where that is nothing and it begins a record, as the time alone above a dump does, what the first line
    /// of the record says that says anything.
    #[must_use]
    pub fn message(&self, line: usize) -> &str {
        let of_record = self.lines[line..].iter().take_while(|other| other.record == self.lines[line].record);
        let mut messages = of_record.map(|other| &*other.entry.message);
        messages.find(|message| !message.trim_ascii().is_empty()).unwrap_or_default()
    }

    /// The lines that begin a record, with their indices.
    pub fn records(&self) -> impl Iterator<Item = (usize, &LineReport<'a>)> {
        self.lines.iter().enumerate().filter(|(i, line)| line.record == *i)
    }
}

/// One line, judged.
#[derive(Clone, Debug)]
pub struct LineReport<'a> {
    /// Its number in the request, from 0. Only of a report on a part, or on a stream, that is not its index.
    pub log_id: usize,
    /// What the line says.
    pub entry: LogEntry<'a>,
    /// Index of the first line of its record: its own, unless it continues another, as a stack trace does. All lines of
    /// a record have the event, pattern and score of the record.
    pub record: usize,
    /// Index into [`Report::events`].
    pub event: usize,
    /// The DBSCAN cluster of its event, or [`NOISE`].
    pub pattern_id: i32,
    /// In `[0, 2]`; higher is odder.
    pub anomaly_score: f64,
    /// Whether the score is above [`Report::outlier_threshold`].
    pub is_outlier: bool,
    /// Index into [`Report::reasons`]; `None` for a line that is no outlier.
    pub reasons: Option<usize>,
}

/// One event template and what the request holds of it.
#[derive(Clone, Debug)]
pub struct EventReport {
    /// Stable id: a hash of the template.
    pub event_id: u64,
    /// Constant words as they are, variables as `<*>`.
    pub template: String,
    /// Lines of the request.
    pub count: usize,
    /// The pattern it belongs to, or [`NOISE`].
    pub pattern_id: i32,
    /// Whether training never saw it.
    pub unseen: bool,
    /// The most alike event known from training, for an unseen one.
    pub nearest: Option<NearestEvent>,
}

/// The event known from training that another one is most alike to.
#[derive(Clone, Debug, PartialEq)]
pub struct NearestEvent {
    /// Stable id: a hash of the template.
    pub event_id: u64,
    /// Constant words as they are, variables as `<*>`.
    pub template: String,
    /// How alike, in `(0, 1]`: the cosine of what they are made of, pieces of words weighed by how few events hold them.
    pub similarity: f64,
    /// Its lines in the request.
    pub count: usize,
}

impl NearestEvent {
    /// Less alike events have no more in common than two events of one program often have: see `docs/accuracy.md`.
    const LOOKS_ALIKE: f64 = 0.6;

    /// What that says to a person; `None` where the two are not alike enough to speak of it.
    #[must_use]
    pub fn detail(&self) -> Option<String> {
        let template = &self.template;
        (self.similarity >= Self::LOOKS_ALIKE).then(|| match self.count {
            0 => format!("this looks like the former event `{template}`, which does not come here"),
            n => format!("this looks like the event `{template}`, which still comes: {}", counted(n, "line")),
        })
    }
}

/// A group of events that belong together.
#[derive(Clone, Debug)]
pub struct PatternReport {
    /// Small integer, stable within one model.
    pub pattern_id: i32,
    /// Lines of the request.
    pub count: usize,
    /// Its most frequent template.
    pub template: String,
    /// Its lines as a share of the request, in `[0, 1]`.
    pub share: f64,
    /// Lines by level.
    pub levels: BTreeMap<Level, usize>,
    /// Earliest time among its lines.
    pub first_seen: Option<Timestamp>,
    /// Latest time among its lines.
    pub last_seen: Option<Timestamp>,
    /// Indices of the first lines of it, at most three.
    pub examples: Vec<usize>,
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FindingKind {
    /// The outlier lines of an event.
    #[default]
    Event,
    /// An event that comes many times as often as usual for a while.
    Burst,
    /// An event that does not come where it should.
    Silence,
    /// An event that begins to come: within the log, or against training.
    New,
    /// An event that does not come any more: within the log, or against training.
    Gone,
    /// An event that comes more often from some time on.
    More,
    /// An event that comes less often from some time on.
    Less,
    /// An event that comes more and more often, or less and less.
    Trend,
    /// A number of an event that is at another level from some time on, or for a while.
    Parameter,
    /// Sessions that are odd for the same reason.
    Session,
}

impl FindingKind {
    /// The kind's name, as replies give it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Burst => "burst",
            Self::Silence => "silence",
            Self::New => "new",
            Self::Gone => "gone",
            Self::More => "more",
            Self::Less => "less",
            Self::Trend => "trend",
            Self::Parameter => "parameter",
            Self::Session => "session",
        }
    }
}

/// Something a person should look at.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What it is about.
    pub kind: FindingKind,
    /// Index into [`Report::events`].
    pub event: usize,
    /// The most serious level among its lines.
    pub level: Option<Level>,
    /// Outlier lines of it; or lines of the burst, from the change on, or with the number; 0 for a silence; or sessions.
    pub count: usize,
    /// The highest score among them; of what is found over time, how telling it is on the same scale.
    pub score: f64,
    /// Earliest time among them.
    pub first_seen: Option<Timestamp>,
    /// Latest time among them.
    pub last_seen: Option<Timestamp>,
    /// What raised the score of the highest line, biggest first.
    pub reasons: Vec<Reason>,
    /// Numbers of its first lines, [`LineReport::log_id`], at most three.
    pub examples: Vec<usize>,
}

/// Counts over time. Lines without a time are none of them.
#[derive(Clone, Debug, Default)]
pub struct TemporalReport {
    /// Width of a bucket; 0 where no line has a time.
    pub bucket_seconds: u64,
    /// The buckets that hold a line, earliest first.
    pub buckets: Vec<TimeBucket>,
    /// The most frequent events and all with a finding, most frequent first.
    pub events: Vec<EventSeries>,
    /// Events that training never saw: indices into [`Report::events`].
    pub new: Vec<usize>,
    /// Events of training that are not here, most frequent in training first.
    pub gone: Vec<GoneEvent>,
    /// Lines that were left out.
    pub lines_without_timestamp: usize,
}

/// What one piece of time holds.
#[derive(Clone, Debug)]
pub struct TimeBucket {
    /// Its number, from 0; those between are empty.
    pub bucket: usize,
    /// When it begins.
    pub start: Timestamp,
    /// Lines.
    pub lines: usize,
    /// Outlier lines.
    pub outliers: usize,
    /// Lines by level.
    pub levels: BTreeMap<Level, usize>,
}

/// One event over time.
#[derive(Clone, Debug)]
pub struct EventSeries {
    /// Index into [`Report::events`].
    pub event: usize,
    /// Its lines that have a time.
    pub count: usize,
    /// Bucket and lines, where there are any, earliest first.
    pub series: Vec<(usize, u64)>,
    /// Whether it comes more and more often, or less and less, where that is no chance.
    pub trend: Option<Trend>,
    /// Where it comes many times as often as elsewhere.
    pub bursts: Vec<Burst>,
    /// Where it does not come and should.
    pub silences: Vec<Silence>,
    /// From when on it comes at another rate, most telling first.
    pub changes: Vec<ChangePoint>,
    /// Where its numbers are at another level.
    pub shifts: Vec<NumberShift>,
}

/// A steady rise or fall of a rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// `log₂` of the rate at the end of the log over that at its start: 1 is twice as often.
    pub effect: f64,
    /// Chance of such a one where there is none.
    pub p_value: f64,
}

/// A time from which on an event comes at another rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangePoint {
    /// [`FindingKind::New`], [`FindingKind::Gone`], [`FindingKind::More`] or [`FindingKind::Less`].
    pub kind: FindingKind,
    /// Index of the line at it: the first of what is new or more, the last of what is gone or was more.
    pub line: usize,
    /// Lines an hour before it, back to the change before.
    pub hourly_before: f64,
    /// Lines an hour from it on, up to the next change.
    pub hourly_after: f64,
    /// Natural logarithm of the chance of such a change.
    pub ln_p_value: f64,
}

/// A run of lines in which a number of an event is at another level than in its other lines.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberShift {
    /// Index of the first line of it.
    pub first: usize,
    /// Index of the last line of it.
    pub last: usize,
    /// Lines of it.
    pub count: usize,
    /// Position of the number among the words of the event.
    pub position: u16,
    /// The median outside of it, to two digits.
    pub before: String,
    /// The median in it, to two digits.
    pub after: String,
    /// `log₂` of the one over the other.
    pub effect: f64,
    /// Natural logarithm of the chance of such a difference.
    pub ln_p_value: f64,
}

/// Buckets in which an event comes many times as often as elsewhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Burst {
    /// The first of them.
    pub first_bucket: usize,
    /// The last of them.
    pub last_bucket: usize,
    /// Lines of the event in them.
    pub count: u64,
    /// Lines to be expected in them.
    pub expected: f64,
    /// Natural logarithm of the chance of so many.
    pub ln_p_value: f64,
}

/// A gap in which an event should have come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Silence {
    /// Index of its last line before.
    pub last_before: usize,
    /// Index of its first line after; `None` where it does not come again.
    pub first_after: Option<usize>,
    /// How long it lasts.
    pub seconds: i64,
    /// Lines to be expected in it.
    pub expected: f64,
}

/// An event of training that a request does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoneEvent {
    /// Stable id.
    pub event_id: u64,
    /// Its template.
    pub template: String,
    /// Lines of it in training.
    pub trained_lines: u64,
}

/// One thing that raised a score.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// Short stable name of the feature.
    pub kind: &'static str,
    /// How much lower the score would be without it; above 0.
    pub contribution: f64,
    /// For a person.
    pub detail: String,
}

/// The model behind a report.
#[derive(Clone, Debug, Default)]
pub struct ModelReport {
    /// Its name.
    pub name: String,
    /// Whether anything was learnt before this request.
    pub trained: bool,
    /// Number of the published fit; 0 before the first.
    pub generation: u64,
    /// Lines it learnt from.
    pub trained_lines: u64,
    /// When the fit was published, seconds since 1970 UTC; `None` before the first.
    pub trained_at: Option<i64>,
    /// Estimated chance that the next line is an event never seen in training (Good-Turing), in `[0, 1]`.
    pub unseen_event_share: f64,
    /// Distinct days of log time that the model covers.
    pub days: u64,
    /// What is to be known of how well it was trained, in words; nothing where all is well.
    pub remarks: Vec<String>,
    /// What its owner said of events, a verdict and the event's id each.
    pub marks: Vec<String>,
    /// How many findings it lets expect; `None` where nothing was learnt.
    pub promise: Option<Promise>,
}

/// What a model promises of days to come, if they are like those it knows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Promise {
    /// Findings a day that its owner can stand.
    pub budget: u32,
    /// Findings a day to be expected.
    pub expected: f64,
    /// Share of days on which none is to be expected, in `[0, 1]`; `None` where it is estimated without a replay.
    pub silent_days: Option<f64>,
    /// Days that were judged by what was known before each; 0 where there are too few of them.
    pub days_replayed: u64,
}
