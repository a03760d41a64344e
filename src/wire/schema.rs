//! What the description of the API says of JSON that no type of this module is: bodies that are read by hand, and
//! values whose types lie in modules that know no JSON.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A level.
#[derive(Serialize, ToSchema)]
#[expect(dead_code, reason = "a description")]
pub(super) enum LevelName {
    #[schema(rename = "TRACE")]
    Trace,
    #[schema(rename = "DEBUG")]
    Debug,
    #[schema(rename = "INFO")]
    Info,
    #[schema(rename = "WARN")]
    Warn,
    #[schema(rename = "ERROR")]
    Error,
    #[schema(rename = "FATAL")]
    Fatal,
}

/// A name, and a regular expression for what becomes `<*>`: its first group, or else the whole match.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleBody {
    #[schema(min_length = 1)]
    name: String,
    #[schema(min_length = 1)]
    pattern: String,
}

/// A log line: its text, or an object that has it in `message`, `msg` or `body` and may have `timestamp` and `level`.
#[derive(Serialize, ToSchema)]
#[expect(dead_code, reason = "a description")]
#[serde(untagged)]
pub(super) enum LineBody {
    /// One line.
    Text(String),
    /// A structured entry.
    Object(BTreeMap<String, Value>),
}

/// The body of a training.
#[derive(Serialize, ToSchema)]
pub struct TrainBody {
    /// The lines to learn.
    logs: Vec<LineBody>,
    /// Name of the model; `default` where it is left out.
    #[schema(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$")]
    model: Option<String>,
}

/// The body of an analysis.
#[derive(Serialize, ToSchema)]
pub struct AnalyzeBody {
    /// The lines to judge.
    logs: Vec<LineBody>,
    /// Name of the model, or `name@17` for one of its generations; `default` where it is left out.
    #[schema(pattern = "^[a-z0-9][a-z0-9_-]{0,63}(@[0-9]+)?$")]
    model: Option<String>,
    /// Extra sections of the reply.
    include: Option<Vec<SectionName>>,
    /// Whether the reply holds the picture; true where it is left out.
    visualization: Option<bool>,
    /// How the pictures are written; `png` where it is left out.
    #[schema(pattern = "^(png|svg)$")]
    picture_format: Option<String>,
    /// Most patterns listed; 5 where it is left out.
    max_patterns: Option<u64>,
    /// Most outliers listed; 1000 where it is left out. The highest scores stay.
    max_outliers: Option<u64>,
    /// Regular expression for the session of a line: its first group, or else the whole match.
    session_pattern: Option<String>,
    /// Instead of a pattern: the field, in JSON or in `key=value`, that has the session of a line; `trace_id` where only the
    /// section `sessions` is asked for.
    session_field: Option<String>,
    /// IANA name of the zone that times without one are read in.
    timezone: Option<String>,
    /// Whether lines that continue another are one event with it; true where it is left out.
    records: Option<bool>,
    /// What times without a year are read against: one time, or one for each run of lines; the moment of receipt where it
    /// is left out.
    reference_time: Option<ReferenceBody>,
    /// The files that the lines are from, for the page of the section `report` to name.
    files: Option<Vec<FileBody>>,
}

/// A file that lines are from.
#[derive(Serialize, ToSchema)]
pub(super) struct FileBody {
    /// Its name.
    #[schema(max_length = 4096)]
    name: String,
    /// SHA-256 of its bytes.
    #[schema(pattern = "^[0-9a-fA-F]{64}$")]
    sha256: String,
}

/// As [`TrainBody`], without any other key.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StrictTrainBody {
    /// The lines to learn.
    logs: Vec<LineBody>,
    /// Name of the model; `default` where it is left out.
    #[schema(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$")]
    model: Option<String>,
}

/// As [`AnalyzeBody`], without any other key.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StrictAnalyzeBody {
    /// The lines to judge.
    logs: Vec<LineBody>,
    /// Name of the model, or `name@17` for one of its generations; `default` where it is left out.
    #[schema(pattern = "^[a-z0-9][a-z0-9_-]{0,63}(@[0-9]+)?$")]
    model: Option<String>,
    /// Extra sections of the reply.
    include: Option<Vec<SectionName>>,
    /// Whether the reply holds the picture; false where it is left out.
    visualization: Option<bool>,
    /// How the pictures are written; `png` where it is left out.
    #[schema(pattern = "^(png|svg)$")]
    picture_format: Option<String>,
    /// Most patterns listed; 5 where it is left out.
    max_patterns: Option<u64>,
    /// Most outliers listed; 1000 where it is left out. The highest scores stay.
    max_outliers: Option<u64>,
    /// Regular expression for the session of a line: its first group, or else the whole match.
    session_pattern: Option<String>,
    /// Instead of a pattern: the field, in JSON or in `key=value`, that has the session of a line; `trace_id` where only the
    /// section `sessions` is asked for.
    session_field: Option<String>,
    /// IANA name of the zone that times without one are read in.
    timezone: Option<String>,
    /// Whether lines that continue another are one event with it; true where it is left out.
    records: Option<bool>,
    /// What times without a year are read against: one time, or one for each run of lines; the moment of receipt where it
    /// is left out.
    reference_time: Option<ReferenceBody>,
}

/// A section of an analysis that is there on request only.
#[derive(Serialize, ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "a description")]
pub(super) enum SectionName {
    Lines,
    Sessions,
    Temporal,
    Nlp,
    Series,
    Report,
}

/// The body of a comparison.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompareRequest {
    /// What to compare with.
    baseline: BaselineChoice,
    /// The new log.
    logs: Vec<LineBody>,
    /// IANA name of the zone that times without one are read in, on both sides.
    timezone: Option<String>,
    /// Whether lines that continue another are one event with it; true where it is left out.
    records: Option<bool>,
    /// What times without a year in `logs` are read against; the moment of receipt where it is left out.
    reference_time: Option<ReferenceBody>,
    /// The same of the baseline.
    baseline_reference_time: Option<ReferenceBody>,
    /// Whether the reply has a picture of what is different; false where it is left out.
    visualization: Option<bool>,
    /// How it is written; `png` where it is left out.
    #[schema(pattern = "^(png|svg)$")]
    picture_format: Option<String>,
}

/// One time, or one for each run of lines.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "a description")]
pub(super) enum ReferenceBody {
    /// ISO 8601, with or without a zone.
    Time(String),
    /// For logs of several files, one after the other.
    Runs(Vec<ReferenceRun>),
}

/// The reference time of some lines.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReferenceRun {
    /// How many lines.
    lines: u64,
    /// ISO 8601, with or without a zone.
    time: String,
}

/// Lines, or a model.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "a description")]
pub(super) enum BaselineChoice {
    /// Lines of when all was well.
    Lines(Vec<LineBody>),
    /// The model that learnt them.
    Model(ModelChoice),
}

/// A model, by name.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ModelChoice {
    /// Its name, or `name@17` for one of its generations.
    model: String,
    /// First day of log time to compare with; needs `to`. All days where both are left out.
    from: Option<String>,
    /// Last day of log time to compare with; needs `from`.
    to: Option<String>,
    /// Also, or alone, the lines without a date.
    undated: Option<bool>,
    /// Also, or alone, the lines with a date and no year.
    yearless: Option<bool>,
}

/// Alive, or ready.
#[derive(Serialize, ToSchema)]
pub struct StatusBody {
    /// `ok` or `ready`.
    status: String,
    /// Models that are loaded.
    models: Option<u64>,
}

/// Which program this is.
#[derive(Serialize, ToSchema)]
pub struct VersionBody {
    /// `oddlog`.
    name: String,
    /// Its version.
    version: String,
}
