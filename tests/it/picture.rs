//! The picture: its size, what stands where, and that no report is too odd to draw.
//!
//! Each test also leaves its picture in `target/tmp/picture-*.png`, to be looked at.

#![allow(clippy::unwrap_used, reason = "a test stops where a step fails")]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Datelike, FixedOffset, TimeDelta};
use oddlog::entry::{DateOrder, Format, Front, Level, LogEntry, Omitted, Timestamp};
use oddlog::plot::{self, PictureFormat, PlotError, render};
use oddlog::report::{
    Burst, ChangePoint, EventReport, EventSeries, Finding, FindingKind, LineReport, ModelReport, NOISE,
    PatternReport, Report, Silence, Statistics, TemporalReport, TimeBucket, Trend,
};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

fn render_png(report: &Report<'_>) -> Result<Vec<u8>, PlotError> {
    render(report, plot::Picture::Scores, PictureFormat::Png)
}

/// Red of rings and threshold.
const ALARM: [u8; 3] = [200, 16, 46];
/// Blue of the largest pattern.
const FIRST: [u8; 3] = [0, 114, 178];
/// Letters, and marks that are not red.
const INK: [u8; 3] = [33, 37, 41];
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
    let mut findings: Vec<Finding> = (0..templates.len()).filter_map(|event| finding(event, lines)).collect();
    findings.sort_by(|a, b| b.score.total_cmp(&a.score));
    Report {
        lines: lines
            .iter()
            .enumerate()
            .map(|(i, line)| LineReport { log_id: i, record: i, ..line_report(line, pattern_of(line.event)) })
            .collect(),
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
        temporal: None,
        terms: None,
    }
}

fn finding(event: usize, lines: &[Line]) -> Option<Finding> {
    let outliers: Vec<&Line> = lines.iter().filter(|line| line.event == event && line.outlier).collect();
    let score = outliers.iter().map(|line| line.score).max_by(f64::total_cmp)?;
    Some(Finding {
        kind: FindingKind::Event,
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
        log_id: 0,
        entry: LogEntry {
            timestamp: line.seconds.map(at),
            level: Some(Level::Info),
            host: None,
            component: None,
            message: Cow::Borrowed("message"),
            front: Front::CLOSED,
            format: Format::Columns,
            date_order: DateOrder::Told,
        },
        record: 0,
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
        Self::read(name, render_png(report).unwrap())
    }

    /// Of events over time.
    fn of_series(name: &str, report: &Report<'_>) -> Self {
        Self::read(name, render(report, plot::Picture::Series, PictureFormat::Png).unwrap())
    }

    fn read(name: &str, bytes: Vec<u8>) -> Self {
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
fn a_day_of_3000_lines_has_its_marks_where_they_belong() {
    let picture = Picture::of("lines-3000", &shop(3_000, 86_000.0, 0));
    let red = picture.find(ALARM);
    // the disk fails at 0.31 of the span with 0.93; columns 85 to 889, with 1.5 % of the span at both ends
    let x = 85.0 + 804.0 * (0.015 + 0.31) / 1.03;
    let top = red.iter().map(|&(_, y)| y).min().unwrap();
    let near = red.iter().filter(|&&(_, y)| y < top + 14).all(|&(column, _)| (column as f64 - x).abs() < 9.0);
    assert!(near, "the topmost ring is at its time");
    // the dashed threshold: one row is red over most of the width
    let threshold_row = (0..600).max_by_key(|&row| red.iter().filter(|&&(_, y)| y == row).count()).unwrap();
    let dashes = red.iter().filter(|&&(_, y)| y == threshold_row).count();
    assert!((400..700).contains(&dashes), "{dashes} red pixels of 818 in the row of the threshold");
    assert!(top + 50 < threshold_row, "the highest outlier is well above the threshold");
    let blue = picture.find(FIRST);
    assert!(blue.iter().all(|&(_, y)| y > threshold_row), "the largest pattern lies below the threshold");
}

/// Lines once a minute for two hours, by the level of the minute.
fn two_hours(level: impl Fn(usize) -> Level, per_minute: impl Fn(usize) -> usize) -> Report<'static> {
    let minutes: Vec<usize> = (0..120).flat_map(|minute| vec![minute; per_minute(minute)]).collect();
    let line =
        |&minute: &usize| Line { seconds: Some(60.0 * minute as f64), score: 0.4, event: 0, outlier: false };
    let lines: Vec<Line> = minutes.iter().map(line).collect();
    let mut report = report(&SHOP, &lines, 0.62);
    for (line, minute) in report.lines.iter_mut().zip(minutes) {
        line.entry.level = Some(level(minute));
    }
    report
}

#[test]
fn the_strip_above_shows_how_many_lines_came_when_and_their_levels() {
    const ERRORS: [u8; 3] = [213, 94, 0];
    const OTHER: [u8; 3] = [186, 194, 204];
    let is_bad = |minute| (60..63).contains(&minute);
    let picture = Picture::of(
        "rate",
        &two_hours(
            |minute| if is_bad(minute) { Level::Error } else { Level::Info },
            |minute| if is_bad(minute) { 40 } else { 10 },
        ),
    );
    // minute 61.5 of 119, with 1.5 % of the span at both ends, in columns 85 to 889
    let middle = 85.0 + 804.0 * (0.015 + 61.5 / 119.0) / 1.03;
    let errors = picture.find(ERRORS);
    assert!(errors.iter().all(|&(x, y)| (x as f64 - middle).abs() < 30.0 && y < 136), "only where they came");
    let height = |pixels: &[(usize, usize)], x: usize| pixels.iter().filter(|place| place.0 == x).count();
    let others = picture.find(OTHER);
    let (bad, good) = (height(&errors, middle as usize), height(&others, 300));
    assert!((3.5..4.6).contains(&(bad as f64 / good as f64)), "four times as many: {bad} and {good} rows");
}

#[test]
fn one_error_among_500_lines_of_its_piece_of_time_is_seen_in_the_strip_above() {
    const ERRORS: [u8; 3] = [213, 94, 0];
    let mut report = two_hours(|_| Level::Info, |minute| if minute == 60 { 500 } else { 1 });
    let error = report.lines.iter().position(|line| line.entry.timestamp == Some(at(3_600.0))).unwrap();
    report.lines[error].entry.level = Some(Level::Error);
    let picture = Picture::of("rate-one-error", &report);
    // one of 500 is a tenth of a row of the 46; it has two, as wide as the bar
    let errors: Vec<(usize, usize)> = picture.find(ERRORS).into_iter().filter(|&(_, y)| y < 136).collect();
    let rows: std::collections::BTreeSet<usize> = errors.iter().map(|&(_, y)| y).collect();
    assert_eq!(rows.len(), 2, "{errors:?}");
    assert!(errors.len() >= 2 * 4, "{errors:?}");
}

#[test]
fn bursts_and_silences_stand_at_their_time_in_the_picture_of_events() {
    let mut report = two_hours(|_| Level::Info, |minute| if (80..90).contains(&minute) { 0 } else { 2 });
    let start = report.lines[0].entry.timestamp.unwrap();
    let bucket = |bucket: usize| TimeBucket { bucket, start, lines: 2, outliers: 0, levels: BTreeMap::new() };
    let line_of = |minute: usize| if minute < 80 { 2 * minute } else { 2 * (minute - 10) };
    report.temporal = Some(TemporalReport {
        bucket_seconds: 60,
        buckets: vec![bucket(0)],
        events: vec![EventSeries {
            event: 0,
            count: 220,
            series: (0..120).filter(|minute| !(80..90).contains(minute)).map(|minute| (minute, 2)).collect(),
            trend: None,
            changes: vec![],
            shifts: vec![],
            bursts: vec![Burst {
                first_bucket: 20,
                last_bucket: 24,
                count: 10,
                expected: 1.0,
                ln_p_value: -9.0,
            }],
            silences: vec![Silence {
                last_before: line_of(79),
                first_after: Some(line_of(90)),
                seconds: 660,
                expected: 20.0,
            }],
        }],
        ..TemporalReport::default()
    });
    let picture = Picture::of_series("series", &report);
    // from column 384 to 1176, 1.5 % of 119 minutes at both ends
    let column = |minute: f64| 384.0 + 792.0 * (0.015 + minute / 119.0) / 1.03;
    let places = |colour: [u8; 3]| {
        let all = picture.pixels.iter().enumerate().filter(move |(_, pixel)| **pixel == colour);
        // below what says what the marks mean
        all.map(|(at, _)| (at % 1200, at / 1200)).filter(|&(x, y)| x >= 384 && y >= 90).map(|(x, _)| x)
    };
    let (first, last) = (places(ALARM).min().unwrap() as f64, places(ALARM).max().unwrap() as f64);
    assert!((first - column(20.0)).abs() < 5.0 && (last - column(25.0)).abs() < 5.0, "{first} to {last}");
    let blue: Vec<usize> = places(FIRST).collect();
    let (from, to) = (column(80.0) as usize + 3, column(90.0) as usize - 3);
    assert!(!blue.iter().any(|x| (from..to).contains(x)), "no bar in the silence");
    assert!(blue.len() > 2_000, "bars beside it");
}

#[test]
fn a_log_without_times_has_no_picture_of_events_over_time_and_is_told_so() {
    let lines = vec![Line { seconds: None, score: 0.4, event: 0, outlier: false }; 3];
    let mut report = report(&SHOP, &lines, 0.62);
    report.temporal = Some(TemporalReport::default());
    let svg = String::from_utf8(render(&report, plot::Picture::Series, PictureFormat::Svg).unwrap()).unwrap();
    assert!(svg.contains("No line has a time"), "{svg}");
}

#[test]
fn shapes_say_what_pixels_show() {
    let report = shop(3_000, 86_000.0, 0);
    let svg = String::from_utf8(render(&report, plot::Picture::Scores, PictureFormat::Svg).unwrap()).unwrap();
    let n_outliers = report.lines.iter().filter(|line| line.is_outlier).count();
    let told: usize = svg
        .split("<title>line ")
        .skip(1)
        .map(|title| 1 + title.split("</title>").next().unwrap().matches("\nline ").count())
        .sum();
    assert_eq!(told, n_outliers, "every outlier tells its line, also those at one place");
    assert!(svg.contains("3,000 log lines") && svg.contains("outliers above 0.62"));
    // the ring of the failing disk: at 0.31 of the span, as in the picture of pixels
    let x = 85.0 + 804.0 * (0.015 + 0.31) / 1.03;
    let red = svg.split("<circle ").filter(|circle| circle.contains("fill=\"#c8102e\""));
    let columns: Vec<f64> =
        red.filter_map(|circle| circle.split("cx=\"").nth(1)?.split('"').next()?.parse().ok()).collect();
    assert!(columns.iter().any(|column| (column - x).abs() < 9.0), "{columns:?}");
}

#[test]
fn a_single_odd_line_is_seen_among_100000() {
    let mut lines: Vec<Line> = (0..100_000)
        .map(|i| Line { seconds: Some(f64::from(i) * 0.8), score: 0.4, event: 0, outlier: false })
        .collect();
    // the odd one has the same score and time as thousands of others, but another pattern
    lines[50_000].event = 1;
    let picture = Picture::of("one-in-100000", &report(&["usual <*>", "rare", "noise"], &lines, 0.7));
    let orange = picture.pixels.iter().enumerate().filter(|&(at, pixel)| {
        let [r, g, b] = pixel.map(i32::from);
        (460..515).contains(&(at % 1200)) && r > g + 30 && g > b + 10
    });
    let orange = orange.count();
    assert!(orange > 45, "a whole dot of radius 4.5, not one cut by the others: {orange} pixels");
}

#[test]
fn outliers_lie_above_ordinary_lines_of_the_same_place() {
    let mut lines = vec![Line { seconds: Some(0.0), score: 1.0, event: 0, outlier: false }; 5_000];
    lines[7].outlier = true;
    // a score of 1.0 is in row 177, the threshold of 0.9 in row 211
    let picture = Picture::of("same-place", &report(&["usual", "noise"], &lines, 0.9));
    let ring = picture.find(ALARM).into_iter().filter(|&(x, y)| (470..505).contains(&x) && y < 195).count();
    assert!(ring > 20, "the ring is whole although 4,999 dots lie at its place");
}

#[test]
fn lines_without_a_time_stand_in_a_strip_at_the_left() {
    let times = |i: usize| if i < 6 { None } else { Some(i as f64) };
    let lines: Vec<Line> =
        (0..30).map(|i| Line { seconds: times(i), score: 0.4, event: 0, outlier: false }).collect();
    let mixed = Picture::of("strip", &report(&["usual", "noise"], &lines, 0.9));
    let columns: Vec<usize> = dots(&mixed);
    // a fifth of the lines has a fifth of the 818 columns from 78 on
    assert_eq!(columns.iter().filter(|&&x| x < 242).count(), 6, "in the strip: {columns:?}");
    assert_eq!(columns.iter().filter(|&&x| x >= 242).count(), 24, "on the time axis: {columns:?}");
}

#[test]
fn where_hardly_a_line_has_a_time_those_without_have_most_of_the_room() {
    // 4 % have one; the others have a score of their own, so that each has a row that shows where they are
    let line = |i: usize| Line {
        seconds: i.is_multiple_of(25).then_some(i as f64),
        score: if i.is_multiple_of(25) { 0.8 } else { 0.4 },
        event: 0,
        outlier: false,
    };
    let lines: Vec<Line> = (0..5_000).map(line).collect();
    let picture = Picture::of("strip-most", &report(&["usual", "noise"], &lines, 0.9));
    let is_blue = |x: usize, y: usize| {
        let [r, _, b] = picture.pixels[y * 1200 + x].map(i32::from);
        b > r + 60
    };
    // rows of the scores 0.4 and 0.8 of 0.9 times 1.12, between 136 and 520
    let columns = |y: usize| (79..896).filter(|&x| is_blue(x, y)).collect::<Vec<usize>>();
    let (untimed, timed) = (columns(368), columns(215));
    let (from, to) = (*untimed.first().unwrap(), *untimed.last().unwrap());
    assert!(from < 90 && (530..560).contains(&to), "{from} to {to}: more than half of the plot");
    let (from, to) = (*timed.first().unwrap(), *timed.last().unwrap());
    assert!((565..600).contains(&from) && to > 870, "{from} to {to}: the axis of time has room beside it");
}

#[test]
fn without_any_time_lines_stand_by_number() {
    let lines = vec![Line { seconds: None, score: 0.4, event: 0, outlier: false }; 21];
    let picture = Picture::of("no-times-21", &report(&["usual", "noise"], &lines, 0.9));
    let columns = dots(&picture);
    assert_eq!(columns.len(), 21);
    let gaps: Vec<usize> = columns.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.iter().all(|&gap| gap.abs_diff(gaps[0]) <= 1), "evenly spaced: {gaps:?}");
}

/// Columns at which separate dots of the first colour begin, in one row through their middle.
fn dots(picture: &Picture) -> Vec<usize> {
    let is_blue = |x: usize, y: usize| {
        let [r, _, b] = picture.pixels[y * 1200 + x].map(i32::from);
        b > r + 60
    };
    let row = (74..520).max_by_key(|&y| (78..900).filter(|&x| is_blue(x, y)).count()).unwrap();
    (79..900).filter(|&x| is_blue(x, row) && !is_blue(x - 1, row)).collect()
}

#[test]
fn an_empty_report_is_a_picture_of_axes() {
    let picture = Picture::of("lines-0", &report(&SHOP, &[], 0.62));
    let kinds: std::collections::BTreeSet<&[[u8; 3]]> = picture.pixels.chunks(1200).collect();
    assert!(kinds.len() > 50, "{} distinct rows: titles, axes, a note", kinds.len());
}

#[test]
fn every_span_and_size_is_a_picture_of_its_own() {
    let mut seen = std::collections::BTreeSet::new();
    for n in [1, 2, 30, 100_000] {
        assert!(seen.insert(Picture::of(&format!("lines-{n}"), &shop(n, 86_000.0, 0)).bytes));
    }
    let day = 86_400.0;
    let spans =
        [("1s", 1.0), ("1h", 3_600.0), ("9h", 32_400.0), ("3weeks", 21.0 * day), ("5years", 1_826.0 * day)];
    for (name, span_s) in spans {
        assert!(seen.insert(Picture::of(&format!("span-{name}"), &shop(1_500, span_s, 40)).bytes));
    }
    let mut untimed = shop(2_500, 100.0, 0);
    untimed.lines.iter_mut().for_each(|line| line.entry.timestamp = None);
    assert!(seen.insert(Picture::of("no-times", &untimed).bytes));
    let mut untrained = shop(400, 3_600.0, 0);
    untrained.model = ModelReport::default();
    assert!(seen.insert(Picture::of("untrained", &untrained).bytes));
}

#[test]
fn a_log_of_nothing_but_trouble_is_drawn() {
    let mut all = shop(20_000, 40_000.0, 0);
    for line in &mut all.lines {
        line.is_outlier = true;
        line.anomaly_score += 0.6;
    }
    let picture = Picture::of("all-outliers", &all);
    assert!(picture.find(ALARM).len() > 800, "red around them");
    assert!(picture.find(FIRST).len() > 3_400, "and their pattern's colour within");
}

#[test]
fn the_name_of_the_threshold_lies_on_no_ring() {
    let mut crowded = shop(3_000, 40_000.0, 0);
    for line in &mut crowded.lines {
        line.is_outlier = true;
        line.anomaly_score = crowded.outlier_threshold + 0.01;
    }
    // rings fill the row above the line: the red of the letters is below it, at the right, where nothing else is
    let picture = Picture::of("crowded-threshold", &crowded);
    let is_red = |(x, y): (usize, usize)| {
        let [red, green, _] = picture.pixels[y * 1200 + x];
        red > green.saturating_add(60)
    };
    let line = picture.find(ALARM).into_iter().filter(|&(x, _)| x < 300).map(|(_, y)| y).max().unwrap();
    let below = (line + 4..line + 30).flat_map(|y| (780..890).map(move |x| (x, y)));
    let n_red = below.filter(|&place| is_red(place)).count();
    assert!(n_red > 60, "{n_red} red pixels below row {line}");
}

#[test]
fn a_clock_that_began_in_1970_does_not_shrink_the_day_to_a_stroke() {
    let mut lines: Vec<Line> = (0..1_000)
        .map(|i| Line { seconds: Some(f64::from(i)), score: 0.4, event: 0, outlier: false })
        .collect();
    lines[3].seconds = Some(-(START as f64));
    lines[9].seconds = Some(1e10);
    let picture = Picture::of("stragglers", &report(&["usual <*>", "noise"], &lines, 0.7));
    let columns: std::collections::BTreeSet<usize> = picture.find(FIRST).iter().map(|&(x, _)| x).collect();
    assert!(columns.len() > 300, "two lines meet in {} columns", columns.len());
}

#[test]
fn letters_that_the_font_lacks_and_endless_words_are_no_error() {
    let long = "x".repeat(100_000);
    let templates = [
        "支付 <*> 失败 — 網絡錯誤",
        "tab\tnewline\nnul\0escape\x1b[31mred\x1b[0m",
        "\u{202e}right to left \u{200b}\u{feff}",
        "🦀 family 👨‍👩‍👧 e\u{301}",
        &long,
        "",
        "   ",
        "noise",
    ];
    let lines: Vec<Line> = (0..80)
        .map(|i| Line {
            seconds: Some(i as f64),
            score: 0.5 + 0.01 * i as f64,
            event: i % 8,
            outlier: i > 70,
        })
        .collect();
    let first = Picture::of("letters", &report(&templates, &lines, 1.1));
    let second = Picture::of("letters", &report(&templates, &lines, 1.1));
    assert_eq!(first.bytes, second.bytes, "the same report, the same bytes");
    assert_eq!(first.bytes[..8], *b"\x89PNG\r\n\x1a\n");
}

#[test]
fn times_of_several_kinds_share_one_picture() {
    let mut mixed = shop(500, 86_000.0, 0);
    let zones = [None, FixedOffset::east_opt(7_200), FixedOffset::west_opt(34_200)];
    for (i, line) in mixed.lines.iter_mut().enumerate() {
        let time = line.entry.timestamp.as_mut().unwrap();
        time.offset = zones[i % 3];
        if i % 10 == 0 {
            time.civil = time.civil.with_year(1972).unwrap();
            time.omitted = if i % 20 == 0 { Omitted::Date } else { Omitted::Year };
        }
    }
    Picture::of("mixed-zones", &mixed);
    let mut yearless = shop(500, 4.0 * 86_400.0, 0);
    for line in &mut yearless.lines {
        let time = line.entry.timestamp.as_mut().unwrap();
        time.civil = time.civil.with_year(1972).unwrap();
        time.omitted = Omitted::Year;
    }
    Picture::of("no-year", &yearless);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn no_report_is_too_odd_to_draw(
        lines in prop::collection::vec(odd_line(), 0..40),
        threshold in odd_number(),
        omitted in prop::sample::select(vec![Omitted::Nothing, Omitted::Year, Omitted::Date]),
        stray_pattern in any::<i32>(),
    ) {
        let mut odd = report(&SHOP, &lines, threshold);
        for (i, line) in odd.lines.iter_mut().enumerate() {
            if let Some(time) = line.entry.timestamp.as_mut() {
                time.omitted = if i % 2 == 0 { omitted } else { Omitted::Nothing };
            }
            if i % 7 == 0 {
                line.pattern_id = stray_pattern;
            }
        }
        odd.temporal = Some(odd_series(&odd));
        for picture in [plot::Picture::Scores, plot::Picture::Series] {
            let png = render(&odd, picture, PictureFormat::Png);
            prop_assert!(png.is_ok_and(|bytes| bytes.starts_with(b"\x89PNG")));
            let svg = String::from_utf8(render(&odd, picture, PictureFormat::Svg).unwrap()).unwrap();
            prop_assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>") && !svg.contains("NaN"), "{svg}");
        }
    }
}

/// Two series of each line's own number, with a burst and a silence between any two lines.
fn odd_series(report: &Report<'_>) -> TemporalReport {
    let timed: Vec<usize> =
        (0..report.lines.len()).filter(|&i| report.lines[i].entry.timestamp.is_some()).collect();
    let (Some(&first), Some(&last)) = (timed.first(), timed.last()) else { return TemporalReport::default() };
    let bucket = |bucket| TimeBucket {
        bucket,
        start: report.lines[first].entry.timestamp.unwrap(),
        lines: 1,
        outliers: 0,
        levels: BTreeMap::new(),
    };
    let series = EventSeries {
        event: 0,
        count: 3,
        series: vec![(0, 1), (7, u64::MAX), (usize::MAX >> 12, 1)],
        trend: Some(Trend { effect: f64::INFINITY, p_value: 0.0 }),
        changes: vec![],
        shifts: vec![],
        bursts: vec![Burst { first_bucket: 3, last_bucket: 9, count: 5, expected: 0.0, ln_p_value: -9.0 }],
        silences: vec![Silence { last_before: last, first_after: Some(first), seconds: -5, expected: 1.0 }],
    };
    TemporalReport {
        bucket_seconds: 10,
        buckets: vec![bucket(0)],
        events: vec![series.clone(), EventSeries { event: 1, bursts: vec![], silences: vec![], ..series }],
        ..TemporalReport::default()
    }
}

fn odd_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => 0.0..2.0_f64,
        1 => any::<f64>(),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, -0.0, 2.0]),
    ]
}

fn odd_line() -> impl Strategy<Value = Line> {
    // from the first to the last year that chrono knows, and within one microsecond
    let seconds = prop_oneof![
        Just(None),
        (0.0..1e-6_f64).prop_map(Some),
        (-8.2e12..8.2e12_f64).prop_map(Some),
        (0.0..1e5_f64).prop_map(Some)
    ];
    (seconds, odd_number(), 0..SHOP.len(), any::<bool>()).prop_map(|(seconds, score, event, outlier)| Line {
        seconds,
        score,
        event,
        outlier,
    })
}

#[test]
#[ignore = "a measurement: cargo test --release --test it picture::speed -- --ignored --nocapture"]
#[expect(clippy::print_stdout, reason = "prints what it measures")]
fn speed_of_100000_lines() {
    let ordinary = shop(100_000, 86_000.0, 0);
    let mut trouble = shop(100_000, 86_000.0, 30);
    trouble.lines.iter_mut().for_each(|line| line.is_outlier = true);
    for (name, report) in [("ordinary", ordinary), ("all outliers", trouble)] {
        let mut times: Vec<u128> = (0..9).map(|_| microseconds(&report)).collect();
        times.sort_unstable();
        println!("100,000 lines, {name}: median {} us, fastest {} us", times[4], times[0]);
    }
}

fn microseconds(report: &Report<'_>) -> u128 {
    let start = std::time::Instant::now();
    assert!(render_png(report).is_ok());
    start.elapsed().as_micros()
}

#[test]
fn a_burst_is_a_bar_below_the_axis_and_an_event_that_begins_a_line_upon_it() {
    // a line each minute of a day; event 1 from six to seven, event 2 from noon on
    let lines: Vec<Line> = (0..1_440)
        .map(|minute| {
            let event = match minute {
                360..=420 => 1,
                _ if minute >= 720 && minute % 2 == 0 => 2,
                _ => 0,
            };
            Line { seconds: Some(f64::from(minute) * 60.0), score: 0.4, event, outlier: false }
        })
        .collect();
    let mut report = report(&["request", "retry", "lantern", "other"], &lines, 0.62);
    let plain = Picture::of("times-none", &report);
    let over_time = |kind, event, first: f64, last: f64| Finding {
        kind,
        event,
        level: None,
        count: 60,
        score: 0.5,
        first_seen: Some(at(first * 3_600.0)),
        last_seen: Some(at(last * 3_600.0)),
        reasons: Vec::new(),
        examples: Vec::new(),
    };
    report.findings =
        vec![over_time(FindingKind::Burst, 1, 6.0, 7.0), over_time(FindingKind::New, 2, 12.0, 23.99)];
    let picture = Picture::of("times", &report);
    // the plot ends at row 520
    let below = |picture: &Picture| -> Vec<usize> {
        picture.find(ALARM).into_iter().filter(|(_, y)| (521..525).contains(y)).map(|(x, _)| x).collect()
    };
    assert!(below(&plain).is_empty(), "no bar without a finding");
    // columns 85 to 889, with 1.5 % of the span at both ends
    let column = |hour: f64| 85.0 + 804.0 * (0.015 + hour / 23.983) / 1.03;
    let bar = below(&picture);
    let (left, right) = (*bar.iter().min().unwrap() as f64, *bar.iter().max().unwrap() as f64);
    assert!((left - column(6.0)).abs() < 3.0 && (right - column(7.0)).abs() < 3.0, "{left} {right}");
    let upon: Vec<usize> =
        picture.find(ALARM).into_iter().filter(|(_, y)| (508..519).contains(y)).map(|(x, _)| x).collect();
    assert!(!upon.is_empty() && upon.iter().all(|x| (*x as f64 - column(12.0)).abs() < 3.0), "{upon:?}");
}

#[test]
fn a_burst_a_silence_and_a_shift_of_one_time_have_rows_and_shapes_of_their_own() {
    let lines: Vec<Line> = (0..1_440)
        .map(|minute| {
            let event = usize::from((360..=420).contains(&minute));
            Line { seconds: Some(f64::from(minute) * 60.0), score: 0.4, event, outlier: false }
        })
        .collect();
    let mut report = report(&["request", "retry", "other"], &lines, 0.62);
    let during = |kind| Finding {
        kind,
        event: 1,
        level: None,
        count: 60,
        score: 0.5,
        first_seen: Some(at(6.0 * 3_600.0)),
        last_seen: Some(at(7.0 * 3_600.0)),
        reasons: Vec::new(),
        examples: Vec::new(),
    };
    report.findings = [FindingKind::Burst, FindingKind::Silence, FindingKind::Parameter].map(during).to_vec();
    let picture = Picture::of("times-shapes", &report);
    // the hour from six to seven begins in column 292 and ends in 325; see the test before this one
    let row = |y: usize| -> String {
        let cell = |x: usize| match picture.pixels[y * 1200 + x] {
            ALARM => 'r',
            INK => '#',
            [255, 255, 255] => ' ',
            _ => '?',
        };
        (294..323).map(cell).collect()
    };
    let full = |cell: &str| cell.repeat(29);
    // the axis is in row 520
    for y in 521..=524 {
        assert_eq!(row(y), full("r"), "the burst is full, row {y}");
    }
    assert_eq!(
        [row(526), row(527), row(528), row(529)],
        ["#", " ", " ", "#"].map(full),
        "the silence is hollow"
    );
    assert_eq!(row(532), row(533));
    assert!(row(532).contains("########") && row(532).contains("    "), "the shift is dashed: {}", row(532));
    assert_eq!([525, 530].map(row), [full(" "), full(" ")], "rows are apart");
}

#[test]
fn years_stand_on_the_axis_of_two_years_and_more_also_where_no_line_writes_one() {
    for (span_s, years) in [(2.2 * 365.25 * 86_400.0, 2023..=2025), (0.6 * 365.25 * 86_400.0, 2023..=2024)] {
        let mut report = shop(400, span_s, 0);
        // the analysis has set them: see `Omitted`
        for line in &mut report.lines {
            line.entry.timestamp.as_mut().unwrap().omitted = Omitted::Year;
        }
        let svg = render(&report, plot::Picture::Scores, PictureFormat::Svg).unwrap();
        let svg = String::from_utf8(svg).unwrap();
        for year in years {
            assert!(svg.contains(&format!(">\n{year}\n</text>")), "{year} of {span_s} s: {svg}");
        }
    }
}

#[test]
fn the_line_of_the_threshold_does_not_run_into_a_ring_upon_it() {
    // ten outliers along the line; findings are left out, for names would cover some
    let lines: Vec<Line> = (0..100)
        .map(|i| {
            let outlier = i % 10 == 5;
            Line { seconds: Some(i as f64), score: if outlier { 0.901 } else { 0.4 }, event: 0, outlier }
        })
        .collect();
    let mut report = report(&["usual", "noise"], &lines, 0.9);
    report.findings.clear();
    let picture = Picture::of("ring-on-threshold", &report);
    let red = picture.find(ALARM);
    let is_red = |x: usize, y: usize| red.contains(&(x, y));
    let row = (140..300).max_by_key(|&row| red.iter().filter(|&&(_, y)| y == row).count()).unwrap();
    for i in (5..100).step_by(10) {
        // columns 85 to 889, with 1.5 % of the span at both ends
        let x = (85.0 + 804.0 * (0.015 + f64::from(i) / 99.0) / 1.03).round() as usize;
        assert!((x - 7..x).any(|x| is_red(x, row)), "the ring of line {i} is there");
        assert!(!is_red(x - 8, row) && !is_red(x + 8, row), "and the line ends before it");
    }
}

#[test]
fn every_odd_event_is_named_also_behind_findings_over_time() {
    let mut report = shop(3_000, 86_000.0, 0);
    let burst = Finding { kind: FindingKind::Burst, ..report.findings[0].clone() };
    report.findings.splice(0..0, vec![burst; 6]);
    let svg = String::from_utf8(render(&report, plot::Picture::Scores, PictureFormat::Svg).unwrap()).unwrap();
    for name in
        ["ERROR Disk /dev/* failed", "ERROR Replica * is", "ERROR Payment gateway", "ERROR Failed login"]
    {
        assert_eq!(svg.matches(&format!("\n{name}")).count(), 1, "{name}");
    }
}

fn svg(report: &Report<'_>, picture: plot::Picture) -> String {
    String::from_utf8(render(report, picture, PictureFormat::Svg).unwrap()).unwrap()
}

/// The elements of a name that have all of `marks`, by their attributes.
fn elements<'s>(svg: &'s str, name: &str, marks: &[&str]) -> Vec<&'s str> {
    let begin = format!("<{name} ");
    let elements = svg.split(&begin).skip(1).filter_map(|rest| rest.split('>').next());
    elements.filter(|element| marks.iter().all(|mark| element.contains(mark))).collect()
}

fn number(element: &str, attribute: &str) -> f64 {
    // whole: `y` is also the end of `fill-opacity`
    let is_it = |pair: &&str| pair.split('=').next() == Some(attribute);
    let value = element.split_whitespace().find(is_it).unwrap().split('"').nth(1).unwrap();
    value.parse().unwrap()
}

/// Left, top, right and bottom of the boxes of names.
fn names(svg: &str) -> Vec<[f64; 4]> {
    let boxes = elements(svg, "rect", &["fill=\"#ffffff\"", "fill-opacity=\"0.88\""]);
    let corners = boxes.into_iter().map(|name| ["x", "y", "width", "height"].map(|side| number(name, side)));
    corners.map(|[x, y, width, height]| [x, y, x + width, y + height]).collect()
}

#[test]
fn no_name_lies_on_a_ring_however_many_there_are() {
    // rows of rings, a crowd, the whole plot full of them
    let mut rows = shop(3_000, 86_000.0, 0);
    let mut crowd = shop(3_000, 86_000.0, 0);
    let mut full = shop(3_000, 86_000.0, 0);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(11);
    for (i, line) in rows.lines.iter_mut().enumerate().filter(|(i, _)| i % 20 == 0) {
        line.is_outlier = true;
        line.event = 10 + i / 20 % 4;
        line.anomaly_score = 0.66 + 0.09 * (line.event - 10) as f64;
    }
    for line in crowd.lines.iter_mut().step_by(8) {
        line.is_outlier = true;
        line.anomaly_score = 0.63 + 0.3 * rng.random::<f64>();
    }
    for line in &mut full.lines {
        line.is_outlier = true;
        line.anomaly_score = rng.random();
    }
    for (kind, report, at_least) in [("rows", rows, 4), ("crowd", crowd, 3), ("full", full, 0)] {
        Picture::of(&format!("names-{kind}"), &report);
        let svg = svg(&report, plot::Picture::Scores);
        let names = names(&svg);
        assert!(names.len() >= at_least, "{} names in the picture of {kind}", names.len());
        let circles = elements(&svg, "circle", &["fill=\"#c8102e\""]);
        assert!(circles.len() > 100, "{kind}: {}", circles.len());
        for circle in circles {
            let [x, y, radius] = ["cx", "cy", "r"].map(|attribute| number(circle, attribute));
            for [left, top, right, bottom] in &names {
                let (dx, dy) = (x - x.clamp(*left, *right), y - y.clamp(*top, *bottom));
                assert!(dx.hypot(dy) >= radius, "{kind}: the ring at {x}, {y} is free");
            }
        }
    }
}

/// Lines of an event once a minute for `minutes`, one line of another event in the midst of them, and their series.
fn series_of(minutes: usize) -> Report<'static> {
    let lines: Vec<Line> = (0..minutes)
        .map(|minute| {
            let event = usize::from(minute == minutes / 2);
            Line { seconds: Some(60.0 * minute as f64), score: 0.4, event, outlier: event == 1 }
        })
        .collect();
    let mut report = report(&["request served", "disk failed", "noise"], &lines, 0.62);
    let bucket = |bucket: usize| TimeBucket {
        bucket,
        start: at(60.0 * bucket as f64),
        lines: 1,
        outliers: 0,
        levels: BTreeMap::new(),
    };
    let series = |event: usize| {
        let of_event: Vec<usize> = (0..minutes).filter(|&minute| lines[minute].event == event).collect();
        EventSeries {
            event,
            count: of_event.len(),
            series: of_event.into_iter().map(|minute| (minute, 1)).collect(),
            trend: None,
            changes: vec![],
            shifts: vec![],
            bursts: vec![],
            silences: vec![],
        }
    };
    report.temporal = Some(TemporalReport {
        bucket_seconds: 60,
        buckets: vec![bucket(0)],
        events: vec![series(0), series(1)],
        ..TemporalReport::default()
    });
    report
}

#[test]
fn events_of_findings_come_first_in_the_picture_over_time_and_say_how_many_outliers_they_hold() {
    let mut report = series_of(240);
    let change = ChangePoint {
        kind: FindingKind::More,
        line: 60,
        hourly_before: 10.0,
        hourly_after: 1.0,
        ln_p_value: -9.0,
    };
    // that anything is noticed over time says less than what the findings put first
    report.temporal.as_mut().unwrap().events[0].changes.push(change);
    Picture::of_series("series-order", &report);
    let svg = svg(&report, plot::Picture::Series);
    let place = |said: &str| svg.find(&format!("\n{said}")).unwrap_or_else(|| panic!("{said}: {svg}"));
    assert!(place("disk failed") < place("request served"));
    assert!(place("1 line  ·  1 outlier") < place("239 lines  ·  more of the log\n"));
}

#[test]
fn the_picture_over_time_says_what_bars_numbers_and_marks_mean_as_far_as_there_are_any() {
    let mut report = series_of(240);
    let without = svg(&report, plot::Picture::Series);
    assert!(without.contains("Bars: lines per minute; beside them the most"), "{without}");
    assert!(!without.contains("\nburst\n") && !without.contains("\nsilence\n"));
    let row = &mut report.temporal.as_mut().unwrap().events[0];
    row.bursts = vec![Burst { first_bucket: 3, last_bucket: 9, count: 5, expected: 1.0, ln_p_value: -9.0 }];
    row.silences = vec![Silence { last_before: 20, first_after: Some(90), seconds: 4_200, expected: 9.0 }];
    Picture::of_series("series-legend", &report);
    let with = svg(&report, plot::Picture::Series);
    assert!(with.contains("\nburst\n") && with.contains("\nsilence\n"), "{with}");
    assert!(!with.contains("\nbegins, ends or changes its rate\n"));
    assert!(with.contains("silent for 70 minutes"), "{with}");
}

#[test]
fn bars_of_the_picture_over_time_have_the_same_gap_everywhere() {
    for minutes in [100, 150, 200, 240, 280, 400] {
        let svg = svg(&series_of(minutes), plot::Picture::Series);
        let bars = elements(&svg, "rect", &["fill=\"#0072b2\""]);
        let sides: Vec<(f64, f64)> =
            bars.iter().map(|bar| (number(bar, "x"), number(bar, "width"))).collect();
        let gaps = sides.windows(2).map(|pair| (pair[1].0 - pair[0].0 - pair[0].1) as i64);
        // but where the other event has a minute
        let gaps = gaps.enumerate().filter(|(at, _)| at + 1 != minutes / 2).map(|(_, gap)| gap);
        let gaps: std::collections::BTreeSet<i64> = gaps.collect();
        assert_eq!((bars.len(), gaps.len()), (minutes - 1, 1), "{minutes} minutes: {gaps:?}");
    }
}

#[test]
fn a_picture_says_how_many_findings_there_are_also_where_no_line_is_an_outlier() {
    let mut report = two_hours(|_| Level::Info, |_| 2);
    assert!(svg(&report, plot::Picture::Scores).contains("240 log lines, no outliers\n"));
    let found = Finding {
        kind: FindingKind::Burst,
        ..finding(0, &[Line { seconds: None, score: 0.4, event: 0, outlier: true }]).unwrap()
    };
    report.findings = vec![found; 6];
    assert!(svg(&report, plot::Picture::Scores).contains("240 log lines, no outliers, 6 findings\n"));
}

#[test]
fn the_threshold_that_is_shown_is_not_above_the_scores_above_it() {
    for (threshold, shown) in [(0.696, "0.69"), (0.57, "0.57"), (0.75, "0.75"), (0.701, "0.70")] {
        let lines = [Line { seconds: Some(0.0), score: threshold + 0.001, event: 0, outlier: true }];
        let svg = svg(&report(&["disk failed", "noise"], &lines, threshold), plot::Picture::Scores);
        assert!(svg.contains(&format!("outliers above {shown}\n")), "{threshold}: {svg}");
    }
}

#[test]
fn bars_over_line_numbers_are_equally_wide_and_say_of_how_many_lines_they_are() {
    for (n, said) in
        [(21, "Levels, 1 line a bar"), (1_000, "Levels, 5 lines a bar"), (90_000, "Levels, 500 lines a bar")]
    {
        let line = Line { seconds: None, score: 0.4, event: 0, outlier: false };
        let report = report(&["usual", "noise"], &vec![line; n], 0.9);
        Picture::of(&format!("rate-lines-{n}"), &report);
        let svg = svg(&report, plot::Picture::Scores);
        assert!(svg.contains(said), "{said}: {svg}");
        let bars = elements(&svg, "rect", &["fill=\"#bac2cc\""]);
        let widths = bars.iter().filter(|bar| number(bar, "x") < 900.0).map(|bar| number(bar, "width"));
        let widths: Vec<f64> = widths.collect();
        let (least, most) = widths.iter().fold((f64::MAX, 0.0_f64), |(l, m), &w| (l.min(w), m.max(w)));
        assert!(widths.len() > 20 && most - least <= 1.0, "{n} lines: {widths:?}");
    }
}
