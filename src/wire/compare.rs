//! The request and the reply of a comparison.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::entry::{kind_of, line_of};
use super::options::OptionError;
use super::request::{Format, RequestError, read_body};
use super::schema::LevelName;
use super::sections::{EventId, ReasonRow, reasons};
use super::time::Time;
use crate::analysis::compare::{Change, Comparison, SideStatistics};
use crate::entry::Level;

/// What a request wants its lines compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BaselineBody<S> {
    /// Lines.
    Lines(Vec<S>),
    /// A model, by name.
    Model(String),
}

/// A request, read.
#[derive(Debug)]
pub struct CompareBody<'b> {
    /// What to compare with.
    pub baseline: BaselineBody<Cow<'b, str>>,
    /// The new log.
    pub lines: Vec<Cow<'b, str>>,
    unknown: Option<String>,
}

impl CompareBody<'_> {
    /// Refuses keys that the route does not know.
    ///
    /// # Errors
    /// [`OptionError`] with the first of them.
    pub fn check_keys(&self) -> Result<(), OptionError> {
        match &self.unknown {
            Some(key) => {
                let problem = format!("has no `{key}`: it takes `baseline` and `logs`");
                Err(OptionError { key: "body".into(), problem })
            }
            None => Ok(()),
        }
    }
}

/// Reads `{"baseline": [...] or {"model": "name"}, "logs": [...]}`, or the new log as text or NDJSON with the name of the
/// model in `?baseline=name`.
///
/// # Errors
/// [`RequestError`] with what was found and what would be right.
pub fn read_compare<'b>(
    format: Format,
    bytes: &'b [u8],
    query: &[(String, String)],
) -> Result<CompareBody<'b>, RequestError> {
    let named = query.iter().rev().find(|(key, _)| key == "baseline").map(|(_, name)| name.clone());
    let stray = query.iter().map(|(key, _)| key).find(|key| *key != "baseline").cloned();
    if format != Format::Json {
        let lines = read_body(format, bytes, Vec::new())?.lines;
        let baseline = BaselineBody::Model(named.ok_or(RequestError::NoBaseline)?);
        return Ok(CompareBody { baseline, lines, unknown: stray });
    }
    if bytes.is_empty() {
        return Err(RequestError::EmptyBody);
    }
    let text = std::str::from_utf8(bytes).map_err(|e| RequestError::NotUtf8(e.valid_up_to()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let members: BTreeMap<String, &'b RawValue> = serde_json::from_str(text).map_err(|e| {
        if e.is_data() { RequestError::NotAnObject(kind_of(text)) } else { RequestError::MalformedJson(e) }
    })?;
    let logs = members.get("logs").ok_or(RequestError::NoLogs { similar: None })?;
    let lines = lines_of(logs, |index, found| RequestError::Entry { index, found })
        .unwrap_or_else(|| Err(RequestError::LogsNotAList(kind_of(logs.get()))))?;
    let baseline = match (members.get("baseline"), named) {
        (Some(raw), _) => baseline_of(raw)?,
        (None, Some(name)) => BaselineBody::Model(name),
        (None, None) => return Err(RequestError::NoBaseline),
    };
    let unknown = members.keys().find(|key| !["baseline", "logs"].contains(&key.as_str())).cloned();
    Ok(CompareBody { baseline, lines, unknown: unknown.or(stray) })
}

fn baseline_of(raw: &RawValue) -> Result<BaselineBody<Cow<'_, str>>, RequestError> {
    if let Some(lines) = lines_of(raw, |index, found| RequestError::BaselineEntry { index, found }) {
        return lines.map(BaselineBody::Lines);
    }
    let named = serde_json::from_str::<BTreeMap<String, String>>(raw.get()).ok();
    match named.and_then(|mut named| named.remove("model").filter(|_| named.is_empty())) {
        Some(name) => Ok(BaselineBody::Model(name)),
        None => Err(RequestError::Baseline(kind_of(raw.get()))),
    }
}

/// The lines of a JSON list; `None` for what is no list.
fn lines_of(
    raw: &RawValue,
    wrong: impl Fn(usize, &'static str) -> RequestError,
) -> Option<Result<Vec<Cow<'_, str>>, RequestError>> {
    let entries: Vec<&RawValue> = serde_json::from_str(raw.get()).ok()?;
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
    /// Lays out a comparison.
    #[must_use]
    pub fn new(comparison: &'r Comparison) -> Self {
        Self {
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
            time_range: side.time_range.map(|(first, last)| (Time(first), Time(last))),
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
