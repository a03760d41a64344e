//! The picture: its size, what stands where, and that no report is too odd to draw.
//!
//! Each test also leaves its picture in `target/tmp/picture-*.png`, to be looked at.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, FixedOffset, TimeDelta};
use oddlog::entry::{Level, LogEntry, Omitted, Timestamp};
use oddlog::plot::render_png;
use oddlog::report::{
    EventReport, Finding, LineReport, ModelReport, NOISE, PatternReport, Report, Statistics,
};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Red of rings and threshold.
const ALARM: [u8; 3] = [200, 16, 46];
/// Blue of the largest pattern.
const FIRST: [u8; 3] = [0, 114, 178];
/// 2023-07-25 00:00:00 UTC.
const START: i64 = 1_690_243_200;

/// A line as the builder takes it.
#[derive(Clone, Debug)]
struct Line {
    seconds: Option<f64>,
    score: f64,
    event: usize,
    outlier: bool,
}

/// A report of `lines` over `templates`, each template a pattern of its own but the last, which is noise.
fn report(templates: &[&str], lines: &[Line], threshold: f64) -> Report<'static> {
    let pattern_of = |event: usize| if event + 1 == templates.len() { NOISE } else { event as i32 };
    let count = |event: usize| lines.iter().filter(|line| line.event == event).count();
    let events: Vec<EventReport> = templates
        .iter()
        .enumerate()
        .map(|(event, template)| EventReport {
            event_id: event as u64,
            template: (*template).to_owned(),
            count: count(event),
            pattern_id: pattern_of(event),
            unseen: false,
            nearest: None,
        })
        .collect();
    let mut patterns: Vec<PatternReport> = events
        .iter()
        .filter(|event| event.pattern_id != NOISE && event.count > 0)
        .map(|event| PatternReport {
            pattern_id: event.pattern_id,
            count: event.count,
            template: event.template.clone(),
            share: event.count as f64 / lines.len() as f64,
            levels: BTreeMap::new(),
            first_seen: None,
            last_seen: None,
            examples: Vec::new(),
        })
        .collect();
    patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.count));
    let mut findings: Vec<Finding> = (0..templates.len())
        .filter_map(|event| finding(event, lines))
        .collect();
    findings.sort_by(|a, b| b.score.total_cmp(&a.score));
    Report {
        lines: lines.iter().map(|line| line_report(line, pattern_of(line.event))).collect(),
        events,
        patterns,
        findings,
        reasons: Vec::new(),
        outlier_threshold: threshold,
        model: ModelReport {
            name: "default".to_owned(),
            trained: true,
            generation: 3,
            trained_lines: 120_000,
            ..ModelReport::default()
        },
        statistics: Statistics::default(),
        sessions: None,
        terms: None,
    }
}

fn finding(event: usize, lines: &[Line]) -> Option<Finding> {
    let outliers: Vec<&Line> = lines.iter().filter(|line| line.event == event && line.outlier).collect();
    let score = outliers.iter().map(|line| line.score).max_by(f64::total_cmp)?;
    Some(Finding {
        event,
        level: Some(Level::Error),
        count: outliers.len(),
        score,
        first_seen: None,
        last_seen: None,
        reasons: Vec::new(),
        examples: Vec::new(),
    })
}

fn line_report(line: &Line, pattern_id: i32) -> LineReport<'static> {
    LineReport {
        entry: LogEntry {
            timestamp: line.seconds.map(at),
            level: Some(Level::Info),
            host: None,
            component: None,
            message: Cow::Borrowed("message"),
            columns_open: false,
        },
        event: line.event,
        pattern_id,
        anomaly_score: line.score,
        is_outlier: line.outlier,
        reasons: None,
    }
}

/// The time so many seconds after [`START`], without a zone.
fn at(seconds: f64) -> Timestamp {
    let start = DateTime::from_timestamp(START, 0).unwrap();
    let civil = (start + TimeDelta::microseconds((seconds * 1e6) as i64)).naive_utc();
    Timestamp { civil, offset: None, omitted: Omitted::Nothing }
}

const SHOP: [&str; 14] = [
    "GET /products/<*> <*> in <*> ms",
    "Session <*> opened for user <*>",
    "Cache hit for key <*>",
    "Query <*> took <*> ms, <*> rows",
    "Cart <*>: item <*> added, <*> items in all",
    "Payment <*> of <*> authorised by <*>",
    "Health check passed: <*> of <*> replicas answer within <*> ms",
    "Mail <*> queued for <*>",
    "Scheduled job <*> finished in <*> s",
    "Order <*> placed, total <*>",
    "Disk /dev/<*> failed: I/O error at sector <*>",
    "Replica <*> is <*> s behind the primary",
    "Payment gateway did not answer, attempt <*> of <*>",
    "Failed login for user <*> from <*>",
];

/// A log as a shop writes it: ten ordinary kinds by falling rate, day and night, and a few odd lines.
fn shop(n: usize, span_s: f64, untimed_in: usize) -> Report<'static> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
    let mut lines: Vec<Line> = Vec::new();
    for i in 0..n {
        let event = ((rng.random::<f64>().powi(2)) * 10.0) as usize;
        let seconds = span_s * (i as f64 + rng.random::<f64>()) / n as f64;
        let base = 0.30 + 0.021 * event as f64;
        let score = base + 0.03 * rng.random::<f64>().powi(4) + 0.008 * rng.random::<f64>();
        let seconds = if untimed_in > 0 && i % untimed_in == 0 { None } else { Some(seconds) };
        lines.push(Line { seconds, score, event, outlier: false });
    }
    let odd = [(0.31, 10, 0.93), (0.312, 11, 0.84), (0.62, 12, 0.71), (0.80, 13, 0.68)];
    for (share, event, score) in odd {
        let copies = if event >= 12 { (n / 300).clamp(1, 40) } else { 2 };
        for k in 0..copies {
            let i = (share * n as f64) as usize + k;
            if let Some(line) = lines.get_mut(i) {
                *line = Line { event, score: score - 0.002 * k as f64, outlier: true, ..line.clone() };
            }
        }
    }
    report(&SHOP, &lines, 0.62)
}

/// The picture as rows of pixels.
struct Picture {
    bytes: Vec<u8>,
    pixels: Vec<[u8; 3]>,
}

impl Picture {
    fn of(name: &str, report: &Report<'_>) -> Self {
        let bytes = render_png(report).unwrap();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        std::fs::write(folder.join(format!("picture-{name}.png")), &bytes).unwrap();
        let mut reader = png::Decoder::new(bytes.as_slice()).read_info().unwrap();
        assert_eq!((reader.info().width, reader.info().height), (1200, 600));
        let mut buffer = vec![0; reader.output_buffer_size()];
        reader.next_frame(&mut buffer).unwrap();
        let pixels = buffer.chunks_exact(3).map(|p| [p[0], p[1], p[2]]).collect();
        Self { bytes, pixels }
    }

    /// Columns and rows of all pixels of a colour inside the plot, left of the legend.
    fn find(&self, colour: [u8; 3]) -> Vec<(usize, usize)> {
        let places = self.pixels.iter().enumerate().filter(|(_, pixel)| **pixel == colour);
        places.map(|(at, _)| (at % 1200, at / 1200)).filter(|&(x, _)| x < 900).collect()
    }
}

#[test]
fn pictures_to_look_at() {
    for n in [0, 1, 30, 3_000, 100_000] {
        Picture::of(&format!("lines-{n}"), &shop(n, 86_000.0, 0));
    }
    let spans = [("1s", 1.0), ("1h", 3_600.0), ("3weeks", 21.0 * 86_400.0), ("5years", 5.0 * 365.0 * 86_400.0)];
    for (name, span_s) in spans {
        Picture::of(&format!("span-{name}"), &shop(1_500, span_s, 40));
    }
    let mut none = shop(2_500, 100.0, 0);
    none.lines.iter_mut().for_each(|line| line.entry.timestamp = None);
    Picture::of("no-times", &none);
}
