//! The report for people: one HTML page that needs nothing else, for a ticket or an audit file.
//!
//! In: a [`Report`] and its [`Provenance`]. Out: HTML without a script, with a light and a dark scheme. It names what it was
//! made from and reads no clock, so that a second run gives the same bytes.

mod summary;

use askama::Template;

use crate::entry::{Level, Timestamp};
use crate::hidden::shown;
use crate::plot::{Picture, PictureFormat, PlotError, render};
use crate::report::{Finding, FindingKind, PatternReport, Report, SessionReport};
use crate::wording::{counted, grouped, percent, said};

/// The page's style; a server's policy for content names its hash.
pub const STYLE: &str = include_str!("html/report.css");

const MOST_FINDINGS: usize = 100;
const MOST_PATTERNS: usize = 20;
const MOST_SESSIONS: usize = 20;
const MOST_REASONS: usize = 4;
/// Characters of a message or template that are shown.
const MOST_CHARS: usize = 600;

/// What a report was made from, beside its model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// Of the program.
    pub version: &'static str,
    /// SHA-256, in hexadecimal digits, of the lines, each ended by a line feed: that of a file of theirs.
    pub sha256: String,
    /// Name and SHA-256 of the files that the lines are from, as far as they were named.
    pub files: Vec<(String, String)>,
    /// What was asked for, name and value.
    pub options: Vec<(String, String)>,
}

/// Why a page could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A picture.
    #[error(transparent)]
    Plot(#[from] PlotError),
    /// The template.
    #[error("the report could not be written")]
    Template(#[from] askama::Error),
}

/// Writes the page. The picture of events over time is there where the report has its `temporal`.
///
/// # Errors
/// [`PageError`], which only a bug can bring about.
///
/// # Cost
/// That of the pictures; the page has at most some megabytes, however many lines there are.
pub fn page(report: &Report<'_>, provenance: &Provenance) -> Result<String, PageError> {
    let svg = |picture| {
        let bytes = render(report, picture, PictureFormat::Svg)?;
        Ok::<_, PlotError>(String::from_utf8_lossy(&bytes).into_owned())
    };
    let is_timed = report.temporal.as_ref().is_some_and(|temporal| !temporal.buckets.is_empty());
    let odd_sessions = report.sessions.iter().flatten().filter(|session| session.is_outlier);
    let page = Page {
        title: summary::title(report),
        style: STYLE,
        summary: summary::sentences(report),
        scores: svg(Picture::Scores)?,
        series: if is_timed { Some(svg(Picture::Series)?) } else { None },
        findings: report.findings.iter().take(MOST_FINDINGS).map(|f| FindingView::new(report, f)).collect(),
        more_findings: report.findings.len().saturating_sub(MOST_FINDINGS),
        patterns: report.patterns.iter().take(MOST_PATTERNS).map(PatternView::new).collect(),
        more_patterns: report.patterns.len().saturating_sub(MOST_PATTERNS),
        sessions: odd_sessions.take(MOST_SESSIONS).map(SessionView::new).collect(),
        facts: summary::facts(report, provenance),
        provenance,
    };
    Ok(page.render()?)
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'p> {
    title: String,
    style: &'static str,
    summary: Vec<String>,
    scores: String,
    series: Option<String>,
    findings: Vec<FindingView>,
    more_findings: usize,
    patterns: Vec<PatternView>,
    more_patterns: usize,
    sessions: Vec<SessionView>,
    facts: Vec<(String, String)>,
    provenance: &'p Provenance,
}

struct FindingView {
    class: &'static str,
    level: Option<&'static str>,
    template: String,
    about: String,
    reasons: Vec<String>,
    lines: Vec<LineView>,
}

struct LineView {
    place: String,
    message: String,
}

struct PatternView {
    lines: String,
    share: String,
    template: String,
    levels: Vec<String>,
    first_seen: String,
    last_seen: String,
}

struct SessionView {
    id: String,
    lines: String,
    score: String,
    reasons: String,
}

impl FindingView {
    fn new(report: &Report<'_>, finding: &Finding) -> Self {
        let kind = told(finding);
        let seen = seen(finding.first_seen.as_ref(), finding.last_seen.as_ref());
        let mut about = vec![kind, format!("score {:.2}", finding.score)];
        about.extend(seen);
        let event = report.events.get(finding.event);
        let looks = event.and_then(|event| event.nearest.as_ref()?.detail());
        let reasons = finding.reasons.iter().take(MOST_REASONS).map(|reason| cut(&reason.detail));
        let reasons = reasons.chain(looks.as_deref().map(cut)).collect();
        Self {
            class: match finding.level {
                Some(level) if level > Level::Warn => "bad",
                Some(Level::Warn) => "warn",
                _ => "",
            },
            level: finding.level.map(Level::name),
            template: report.events.get(finding.event).map_or_else(String::new, |e| cut(&e.template)),
            about: about.join(" · "),
            reasons,
            lines: finding.examples.iter().filter_map(|&log_id| LineView::new(report, log_id)).collect(),
        }
    }
}

/// What a finding is, in words.
fn told(finding: &Finding) -> String {
    let lines = counted(finding.count, "line");
    match finding.kind {
        FindingKind::Event => counted(finding.count, "outlier line"),
        FindingKind::Burst => format!("a burst of {lines}"),
        FindingKind::Silence => "a silence".to_owned(),
        FindingKind::New => format!("begins to come, {lines}"),
        FindingKind::Gone => "does not come any more".to_owned(),
        FindingKind::More => format!("comes more often, {lines}"),
        FindingKind::Less => format!("comes less often, {lines}"),
        FindingKind::Trend => format!("comes more and more, or less and less, {lines}"),
        FindingKind::Session => counted(finding.count, "odd session"),
        FindingKind::Parameter => format!("a number at another level, {lines}"),
    }
}

impl LineView {
    /// The line of this number; a report on a stream has not all of them.
    fn new(report: &Report<'_>, log_id: usize) -> Option<Self> {
        let at = report.lines.binary_search_by_key(&log_id, |line| line.log_id).ok()?;
        let entry = &report.lines[at].entry;
        let mut place = vec![format!("line {log_id}")];
        place.extend(entry.timestamp.as_ref().map(moment));
        place.extend(entry.level.map(|level| level.name().to_owned()));
        place.extend(entry.host.iter().chain(&entry.component).map(|name| cut(name)));
        Some(Self { place: place.join(" · "), message: cut(report.message(at)) })
    }
}

impl PatternView {
    fn new(pattern: &PatternReport) -> Self {
        let levels = pattern.levels.iter().map(|(level, &n)| format!("{} {}", level.name(), grouped(n)));
        let time = |time: &Option<Timestamp>| time.as_ref().map(moment).unwrap_or_default();
        Self {
            lines: grouped(pattern.count),
            share: percent(pattern.share),
            template: cut(&pattern.template),
            levels: levels.collect(),
            first_seen: time(&pattern.first_seen),
            last_seen: time(&pattern.last_seen),
        }
    }
}

impl SessionView {
    fn new(session: &SessionReport) -> Self {
        let reasons: Vec<String> =
            session.reasons.iter().take(MOST_REASONS).map(|reason| cut(&reason.detail)).collect();
        Self {
            id: cut(&session.session_id),
            lines: grouped(session.lines),
            score: format!("{:.2}", session.anomaly_score),
            reasons: reasons.join("; "),
        }
    }
}

/// `2023-07-25 10:00:01 +02:00`; of a time of day alone no date is shown.
fn moment(time: &Timestamp) -> String {
    let format = if time.dated().is_some() { "%Y-%m-%d %H:%M:%S%.f" } else { "%H:%M:%S%.f" };
    let civil = time.civil.format(format);
    match time.offset {
        None => civil.to_string(),
        Some(offset) if offset.local_minus_utc() == 0 => format!("{civil} UTC"),
        Some(offset) => format!("{civil} {offset}"),
    }
}

/// `from X to Y`, or one time.
fn seen(first: Option<&Timestamp>, last: Option<&Timestamp>) -> Option<String> {
    match (first.map(moment), last.map(moment)) {
        (Some(first), Some(last)) if first != last => Some(format!("{first} to {last}")),
        (Some(time), _) | (None, Some(time)) => Some(time),
        (None, None) => None,
    }
}

/// What is hidden becomes visible; what is blank says so; what is long is cut.
fn cut(text: &str) -> String {
    cut_to(MOST_CHARS, text)
}

fn cut_to(most_chars: usize, text: &str) -> String {
    let text = said(text);
    let mut cut: String = text.chars().take(most_chars).map(shown).collect();
    if text.chars().nth(most_chars).is_some() {
        cut.push('…');
    }
    cut
}
