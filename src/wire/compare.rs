//! The request and the reply of a comparison.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::entry::{kind_of, line_of};
use super::models::days_of_query;
use super::options::{OptionError, flag, once, pairs_of_query, picture_format};
use super::reading::{READING_KEYS, pairs_of_reading, reference_times, set_reading, value_of_reference};
use super::request::{Body, Format, RequestError, read_body};
use super::schema::LevelName;
use super::sections::{EventId, ReasonRow, reasons};
use super::spelling;
use super::text::cut_long;
use super::time::Time;
use crate::analysis::compare::{Change, Comparison, SideStatistics};
use crate::analysis::reading::{Reading, ReferenceTimes};
use crate::entry::Level;
use crate::plot::PictureFormat;
use crate::state::Days;

/// What a request wants its lines compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BaselineBody<S> {
    /// Lines.
    Lines(Vec<S>),
    /// A model, by name.
    Model(String),
}

impl<S> BaselineBody<S> {
    fn lines(&self) -> Option<&Vec<S>> {
        if let Self::Lines(lines) = self { Some(lines) } else { None }
    }
}

/// A request, read; the options are not checked yet, because a fault of the lines is told first.
#[derive(Debug)]
pub struct CompareBody<'b> {
    /// What to compare with.
    pub baseline: BaselineBody<Cow<'b, str>>,
    /// The new log.
    pub lines: Vec<Cow<'b, str>>,
    /// Which days of the model are meant, as text.
    days: Vec<(String, String)>,
    pairs: Vec<(String, Value)>,
    /// A key that the query has twice.
    repeated: Option<OptionError>,
    warnings: Vec<String>,
}

/// What a comparison is asked for, checked.
#[derive(Clone, Debug, Default)]
pub struct CompareOptions {
    /// How the lines of both sides are read where they do not tell it.
    pub reading: Reading,
    /// What times without a year of the baseline are read against, where it is not as in the new log.
    pub baseline_reference_times: ReferenceTimes,
    /// The days of the model that are the baseline; all where it is `None`.
    pub baseline_days: Option<Days>,
    /// The format of the picture; `None` where none is asked for.
    pub picture: Option<PictureFormat>,
    /// What was replaced or cut, to be said in the reply.
    pub warnings: Vec<String>,
}

impl CompareOptions {
    /// Reads keys and values as they stand in a JSON body, in order: of a repeated key the last wins. `null` is
    /// the same as leaving the key out.
    ///
    /// # Errors
    /// [`OptionError`] for the first key that the route does not have, or the first value that is wrong.
    pub fn from_pairs(pairs: &[(String, Value)]) -> Result<Self, OptionError> {
        let mut options = Self::default();
        if let Some((key, _)) = pairs.iter().find(|(key, _)| !KEYS.contains(&key.as_str())) {
            return Err(unknown(key));
        }
        let (mut is_wanted, mut format) = (false, PictureFormat::default());
        for (key, value) in pairs.iter().filter(|(_, value)| !value.is_null()) {
            match key.as_str() {
                BASELINE_REFERENCE => {
                    options.baseline_reference_times = reference_times(BASELINE_REFERENCE, value)?;
                }
                VISUALIZATION => is_wanted = flag(VISUALIZATION, value)?,
                PICTURE_FORMAT => format = picture_format(value)?,
                _ => {
                    set_reading(&mut options.reading, key, value)?;
                }
            }
        }
        options.picture = is_wanted.then_some(format);
        Ok(options)
    }

    /// The pairs of a body that ask for this; what is the default is left out.
    #[must_use]
    pub fn pairs(&self) -> Vec<(String, Value)> {
        let mut pairs = pairs_of_reading(&self.reading);
        if !self.baseline_reference_times.is_empty() {
            let value = value_of_reference(&self.baseline_reference_times);
            pairs.push((BASELINE_REFERENCE.to_owned(), value));
        }
        if let Some(format) = self.picture {
            pairs.push((VISUALIZATION.to_owned(), Value::Bool(true)));
            pairs.push((PICTURE_FORMAT.to_owned(), format.name().into()));
        }
        pairs
    }
}

const BASELINE_REFERENCE: &str = "baseline_reference_time";

const VISUALIZATION: &str = "visualization";
const PICTURE_FORMAT: &str = "picture_format";

/// Every key of the route.
const KEYS: [&str; 8] = [
    "baseline",
    "logs",
    READING_KEYS[0],
    READING_KEYS[1],
    READING_KEYS[2],
    BASELINE_REFERENCE,
    VISUALIZATION,
    PICTURE_FORMAT,
];

fn unknown(key: &str) -> OptionError {
    let hint =
        spelling::meant(key, &KEYS).map_or_else(String::new, |known| format!("; `{known}` looks like it"));
    let key: String = key.chars().take(60).collect();
    let problem = format!("is not a key of this route; it has `{}`{hint}", KEYS.join("`, `"));
    OptionError { key: key.into(), problem }
}

impl CompareBody<'_> {
    /// Checks the options.
    ///
    /// # Errors
    /// [`OptionError`] for the first key that the route does not have, or the first value that is wrong.
    pub fn options(&self) -> Result<CompareOptions, OptionError> {
        self.repeated.clone().map_or(Ok(()), Err)?;
        let options = CompareOptions::from_pairs(&self.pairs)?;
        let of_baseline =
            |wrong: OptionError| OptionError { key: format!("baseline.{}", wrong.key).into(), ..wrong };
        let days = (!self.days.is_empty()).then(|| days_of_query(&self.days).map_err(of_baseline));
        Ok(CompareOptions { baseline_days: days.transpose()?, warnings: self.warnings.clone(), ..options })
    }
}

/// Reads `{"baseline": [...] or {"model": "name", "from": "2024-03-01", "to": "2024-03-07"}, "logs": [...], options...}`, or
/// the new log as text or NDJSON with the name of the model in `?baseline=name` and its days in `baseline_from` and the like.
/// Options in `query` come first, those of a JSON body after them.
///
/// # Errors
/// [`RequestError`] with what was found and what would be right.
pub fn read_compare<'b>(
    format: Format,
    bytes: &'b [u8],
    mut query: Vec<(String, String)>,
    max_lines: usize,
) -> Result<CompareBody<'b>, RequestError> {
    let repeated = once(&query, &KEYS).err();
    let named = query.iter().rev().find(|(key, _)| key == "baseline").map(|(_, name)| name.clone());
    query.retain(|(key, _)| key != "baseline");
    let (days, query): (Vec<_>, Vec<_>) = query
        .into_iter()
        .partition(|(key, _)| DAYS.iter().any(|day| key.strip_prefix("baseline_") == Some(day)));
    let mut days: Vec<(String, String)> =
        days.into_iter().map(|(key, value)| (key["baseline_".len()..].to_owned(), value)).collect();
    if format != Format::Json {
        let Body { lines, pairs, warnings, .. } = read_body(format, bytes, query, max_lines)?;
        let baseline = BaselineBody::Model(named.ok_or(RequestError::NoBaseline)?);
        return Ok(CompareBody { baseline, lines, days, pairs, repeated, warnings });
    }
    if bytes.is_empty() {
        return Err(RequestError::EmptyBody);
    }
    let text = std::str::from_utf8(bytes).map_err(|e| RequestError::NotUtf8(e.valid_up_to()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut members: BTreeMap<String, &'b RawValue> = serde_json::from_str(text).map_err(|e| {
        if e.is_data() { RequestError::NotAnObject(kind_of(text)) } else { RequestError::MalformedJson(e) }
    })?;
    let logs = members.remove("logs").ok_or_else(|| RequestError::NoLogs { similar: similar(&members) })?;
    let mut lines = lines_of(logs, max_lines, |index, found| RequestError::Entry { index, found })
        .unwrap_or_else(|| Err(RequestError::LogsNotAList(kind_of(logs.get()))))?;
    let mut baseline = match (members.remove("baseline"), named) {
        (Some(raw), _) => {
            let (baseline, of_model) = baseline_of(raw, max_lines)?;
            if !of_model.is_empty() {
                days = of_model;
            }
            baseline
        }
        (None, Some(name)) => BaselineBody::Model(name),
        (None, None) => return Err(RequestError::NoBaseline),
    };
    let mut warnings: Vec<String> = cut_long(&mut lines).warning().into_iter().collect();
    for (key, lines) in [("logs", Some(&lines)), ("baseline", baseline.lines())] {
        if lines.is_some_and(Vec::is_empty) {
            return Err(RequestError::NoLines(key));
        }
    }
    if let BaselineBody::Lines(lines) = &mut baseline {
        warnings.extend(cut_long(lines).warning().map(|said| format!("baseline: {said}")));
    }
    let mut pairs = pairs_of_query(query);
    pairs.extend(members.into_iter().map(|(key, raw)| {
        // Of an unknown key only the name matters; its value may be nested as deep as it likes.
        let value = if KEYS.contains(&key.as_str()) { serde_json::from_str(raw.get()).ok() } else { None };
        (key, value.unwrap_or(Value::Bool(true)))
    }));
    Ok(CompareBody { baseline, lines, days, pairs, repeated, warnings })
}

/// What says which days of a model are meant.
const DAYS: [&str; 4] = ["from", "to", "undated", "yearless"];

fn similar(members: &BTreeMap<String, &RawValue>) -> Option<String> {
    members.keys().find(|key| spelling::meant(key, &KEYS) == Some("logs")).cloned()
}

/// The baseline, and the days of the model that are meant, where it is one.
fn baseline_of(raw: &RawValue, max_lines: usize) -> Result<BaselineOfDays<'_>, RequestError> {
    if let Some(lines) = lines_of(raw, max_lines, |index, found| RequestError::BaselineEntry { index, found })
    {
        return Ok((BaselineBody::Lines(lines?), Vec::new()));
    }
    let wrong = || RequestError::Baseline(kind_of(raw.get()));
    let mut named: BTreeMap<String, Value> = serde_json::from_str(raw.get()).map_err(|_| wrong())?;
    let Some(Value::String(name)) = named.remove("model") else { return Err(wrong()) };
    let mut days = Vec::new();
    for (key, value) in named.into_iter().filter(|(_, value)| !value.is_null()) {
        let text = match value {
            Value::String(text) => text,
            Value::Bool(flag) => flag.to_string(),
            _ => return Err(wrong()),
        };
        if !DAYS.contains(&key.as_str()) {
            return Err(wrong());
        }
        days.push((key, text));
    }
    Ok((BaselineBody::Model(name), days))
}

type BaselineOfDays<'b> = (BaselineBody<Cow<'b, str>>, Vec<(String, String)>);

/// The lines of a JSON list; `None` for what is no list.
fn lines_of(
    raw: &RawValue,
    max_lines: usize,
    wrong: impl Fn(usize, &'static str) -> RequestError,
) -> Option<Result<Vec<Cow<'_, str>>, RequestError>> {
    let entries: Vec<&RawValue> = serde_json::from_str(raw.get()).ok()?;
    if entries.len() > max_lines {
        return Some(Err(RequestError::TooManyLines(max_lines)));
    }
    let mut lines = Vec::with_capacity(entries.len());
    for (index, entry) in entries.into_iter().enumerate() {
        match line_of(entry) {
            Some(line) => lines.push(line),
            None => return Some(Err(wrong(index, kind_of(entry.get())))),
        }
    }
    Some(Ok(lines))
}

/// The answer to a comparison: a view of it, to be serialised.
#[derive(Serialize, ToSchema)]
pub struct CompareReply<'r> {
    findings: Vec<ChangeRow<'r>>,
    statistics: Sides<'r>,
    /// Base64 of the picture, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    visualization: Option<String>,
    warnings: &'r [String],
}

#[derive(Serialize, ToSchema)]
struct Sides<'r> {
    baseline: SideRow<'r>,
    logs: SideRow<'r>,
    findings: usize,
    /// Findings that a build should fail over.
    worse: usize,
}

#[derive(Serialize, ToSchema)]
struct SideRow<'r> {
    lines: u64,
    events: usize,
    #[schema(value_type = BTreeMap<String, u64>)]
    levels: &'r BTreeMap<Level, u64>,
    lines_without_level: u64,
    time_range: Option<(Time, Time)>,
}

#[derive(Serialize, ToSchema)]
struct ChangeRow<'r> {
    kind: &'static str,
    event_id: EventId,
    template: &'r str,
    #[schema(value_type = Option<LevelName>)]
    level: Option<Level>,
    count: usize,
    count_before: u64,
    count_after: u64,
    effect: f64,
    p_value: f64,
    detail: &'r str,
    score: f64,
    is_worse: bool,
    first_seen: Option<Time>,
    last_seen: Option<Time>,
    reasons: Vec<ReasonRow<'r>>,
    examples: &'r [usize],
}

impl<'r> CompareReply<'r> {
    /// Lays out a comparison, with the bytes of its picture, if any.
    #[must_use]
    pub fn new(comparison: &'r Comparison, picture: Option<&[u8]>, warnings: &'r [String]) -> Self {
        Self {
            visualization: picture.map(|bytes| STANDARD.encode(bytes)),
            warnings,
            findings: comparison.findings.iter().map(ChangeRow::new).collect(),
            statistics: Sides {
                baseline: SideRow::new(&comparison.before),
                logs: SideRow::new(&comparison.after),
                findings: comparison.findings.len(),
                worse: comparison.findings.iter().filter(|change| change.is_worse).count(),
            },
        }
    }
}

impl<'r> SideRow<'r> {
    fn new(side: &'r SideStatistics) -> Self {
        Self {
            lines: side.lines,
            events: side.events,
            levels: &side.levels,
            lines_without_level: side.lines_without_level,
            time_range: side
                .time_range
                .and_then(|(first, last)| Time::of(Some(first)).zip(Time::of(Some(last)))),
        }
    }
}

impl<'r> ChangeRow<'r> {
    fn new(change: &'r Change) -> Self {
        Self {
            kind: change.kind.name(),
            event_id: EventId(change.event_id),
            template: &change.template,
            level: change.level,
            count: change.count,
            count_before: change.count_before,
            count_after: change.count_after,
            effect: change.effect,
            p_value: change.p_value,
            detail: &change.detail,
            score: change.score,
            is_worse: change.is_worse,
            first_seen: Time::of(change.first_seen),
            last_seen: Time::of(change.last_seen),
            reasons: reasons(&change.reasons),
            examples: &change.examples,
        }
    }
}
