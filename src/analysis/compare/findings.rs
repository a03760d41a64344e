//! The differences of two sides, said and sorted.

use std::cmp::Ordering;

use super::codes::{Unknown, unknown};
use super::levels::{LevelChange, level_changes, lines_that_show};
use super::parameters::{OutOfRange, out_of_range};
use super::records::one_of_each_record;
use super::shifts;
use super::side::{Side, exposure_ratio};
use super::words::{Missing, Scope, Unseen, missing, unseen};
use super::{Change, ChangeKind};
use crate::analysis::fit::worst_level;
use crate::analysis::read::Lines;
use crate::analysis::summary::Tally;
use crate::features::severity::{severity_factor, word_weight};
use crate::features::significance::{RateChange, benjamini_hochberg};
use crate::report::Reason;
use crate::template::{EventTemplate, Templates};

/// Share of false ones to expect among the changes of frequency that are told.
const FALSE_DISCOVERIES: f64 = 0.01;

/// Smallest change of a frequency or of a number that is told, as `log₂`: a factor of two. Days that are alike differ by less.
const MIN_EFFECT: f64 = 1.0;

/// What the severity of an event weighs at least that is a failure: of the level ERROR, or of a word of failure.
const FAILURE: f64 = 1.75;

/// One event on both sides.
struct Subject<'s> {
    event: usize,
    template: &'s EventTemplate,
    before: u64,
    after: u64,
    rate: RateChange,
    p_value: f64,
}

/// Where a change leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// A build should fail over it.
    Worse,
    /// It is worse where it is about something bad.
    WorseIfBad,
    /// Nobody can tell.
    Unclear,
    /// No trouble, whatever the lines said.
    Better,
}

/// What one finding says.
struct Telling {
    kind: ChangeKind,
    turn: Turn,
    /// In `[0, 1]`, before severity.
    surprise: f64,
    detail: String,
    /// What the unseen words weigh, as [`word_weight`].
    word_weight: f64,
    excess: f64,
    /// Its lines in the new log.
    tally: Tally,
}

/// All differences, most telling first, ties by first appearance.
pub(super) fn findings(
    templates: &Templates,
    before: &Side<'_>,
    after: &Side<'_>,
    lines: &Lines<'_>,
) -> Vec<Change> {
    let numbers = out_of_range(before, after, lines);
    let unseen_in = |scope| match before.lines {
        Some(lines_before) => unseen(scope, (before, lines_before), (after, lines)),
        None => vec![Unseen::default(); templates.events().len()],
    };
    let (words, words_of_event) = (unseen_in(Scope::Log), unseen_in(Scope::Event));
    let lacking = match before.lines {
        Some(lines_before) => missing((before, lines_before), (after, lines)),
        None => vec![Missing::default(); templates.events().len()],
    };
    let codes = match before.lines {
        Some(lines_before) => unknown((before, lines_before), (after, lines)),
        None => vec![Unknown::default(); templates.events().len()],
    };
    let shifts = match before.lines {
        Some(lines_before) => shifts::levels((before, lines_before), (after, lines), MIN_EFFECT),
        None => vec![None; templates.events().len()],
    };
    let levels = level_changes(before, after, FALSE_DISCOVERIES, MIN_EFFECT);
    let mut changes: Vec<(usize, Change)> = Vec::new();
    for subject in subjects(templates, before, after) {
        let event = subject.event;
        let words_told = word(&subject, Scope::Log, &words[event], lines)
            .or_else(|| word(&subject, Scope::Event, &words_of_event[event], lines))
            .or_else(|| lack(&subject, &lacking[event], lines));
        let tellings = [
            frequency(&subject, &words[event], &after.tallies[event]),
            levels[event].map(|change| level(&subject, &change, after, lines)),
            shifts[event]
                .as_ref()
                .map(|level| shift(level, lines))
                .or_else(|| number(&subject, &numbers[event], lines))
                .or_else(|| code(&subject, &codes[event], lines)),
            words_told,
        ];
        let tellings = tellings.into_iter().flatten();
        changes.extend(tellings.map(|telling| (event, change(&subject, telling, before, after))));
    }
    changes.sort_by(|(_, a), (_, b)| by_telling(a, b));
    let mut told = one_of_each_record(changes, before, after);
    told.sort_by(by_telling);
    told
}

/// Most telling first, ties by first appearance.
fn by_telling(a: &Change, b: &Change) -> Ordering {
    b.score.total_cmp(&a.score).then_with(|| (&a.examples, &a.template).cmp(&(&b.examples, &b.template)))
}

/// The events of either side, their change of frequency tested and corrected for their number.
fn subjects<'s>(templates: &'s Templates, before: &Side<'_>, after: &Side<'_>) -> Vec<Subject<'s>> {
    let ratio = exposure_ratio(before, after);
    let mut subjects: Vec<Subject<'_>> = templates
        .events()
        .iter()
        .enumerate()
        .map(|(event, template)| {
            // A burst of errors that the baseline did not have is a difference; of other events it is what may come.
            let words = word_weight(template.words.iter().map(String::as_str));
            let is_failure = severity_factor(worst_level(&after.sums[event].levels), words, 0.0) >= FAILURE;
            let now = if is_failure { 1.0 } else { after.dispersion[event] };
            let dispersion = before.dispersion[event].max(now);
            let (b, a) = (before.count(event), after.count(event));
            let rate = RateChange::of(b, a, ratio, dispersion);
            Subject { event, template, before: b, after: a, rate, p_value: 1.0 }
        })
        .filter(|subject| subject.before + subject.after > 0)
        .collect();
    let p_values: Vec<f64> = subjects.iter().map(|subject| subject.rate.p_value).collect();
    for (subject, p_value) in subjects.iter_mut().zip(benjamini_hochberg(&p_values)) {
        subject.p_value = p_value;
    }
    subjects
}

/// New events are told whatever their number; one that is gone, or comes more or less often, where that is no chance.
fn frequency(subject: &Subject<'_>, words: &Unseen, tally: &Tally) -> Option<Telling> {
    let significant = subject.p_value <= FALSE_DISCOVERIES && subject.rate.effect.abs() >= MIN_EFFECT;
    let strength = 1.0 - (-subject.rate.effect.abs()).exp2();
    let (before, after) = (subject.before, subject.after);
    let (kind, turn, surprise, detail) = match (before, after) {
        (0, n) => {
            let detail = match words.words.as_slice() {
                [] => format!("never seen before, now in {}", lines_in_words(n)),
                unseen => format!(
                    "never seen before, now in {}; words never seen before: {}",
                    lines_in_words(n),
                    unseen.join(", ")
                ),
            };
            (ChangeKind::New, Turn::Worse, if words.words.is_empty() { 0.6 } else { 0.9 }, detail)
        }
        _ if !significant => return None,
        (n, 0) => (
            ChangeKind::Gone,
            Turn::Better,
            0.4 * strength,
            format!("it came in {} before and does not come any more", lines_in_words(n)),
        ),
        (b, a) if subject.rate.effect > 0.0 => {
            let factor = subject.rate.effect.exp2();
            let detail = format!("{factor:.1} times as often: {a} lines, before {b}");
            (ChangeKind::More, Turn::WorseIfBad, 0.6 * strength, detail)
        }
        (b, a) => {
            let factor = (-subject.rate.effect).exp2();
            let detail = format!("{factor:.1} times less often: {a} lines, before {b}");
            (ChangeKind::Less, Turn::Better, 0.3 * strength, detail)
        }
    };
    Some(Telling { kind, turn, surprise, detail, word_weight: 0.0, excess: 0.0, tally: tally.clone() })
}

/// A level that is new for the event tells nearly as much as a new event.
fn level(subject: &Subject<'_>, change: &LevelChange, after: &Side<'_>, lines: &Lines<'_>) -> Telling {
    let strength = 1.0 - (-change.effect.abs()).exp2();
    let of = |n: u64, all: u64| match n {
        0 => "none".to_owned(),
        n => format!("{n} of {}", lines_in_words(all)),
    };
    let (now, before) = (of(change.after, subject.after), of(change.before, subject.before));
    let (turn, surprise) = match () {
        () if change.before == 0 => (Turn::Worse, 0.7),
        () if change.is_rise() => (Turn::Worse, 0.6 * strength),
        () => (Turn::Better, 0.3 * strength),
    };
    Telling {
        kind: ChangeKind::Parameter,
        turn,
        surprise,
        detail: format!("level {} in {now}, before in {before}", change.level),
        word_weight: 0.0,
        excess: 0.0,
        tally: tally_of(&lines_that_show(subject.event, change, after, lines), lines),
    }
}

/// A number at another level tells the more, the farther that is.
fn shift(level: &shifts::Level, lines: &Lines<'_>) -> Telling {
    Telling {
        kind: ChangeKind::Parameter,
        turn: if level.effect > 0.0 { Turn::Worse } else { Turn::Unclear },
        surprise: 0.6 * (1.0 - (-level.effect.abs()).exp2()),
        detail: level.detail.clone(),
        word_weight: 0.0,
        excess: 0.0,
        tally: tally_of(&level.lines, lines),
    }
}

fn number(subject: &Subject<'_>, numbers: &OutOfRange, lines: &Lines<'_>) -> Option<Telling> {
    if subject.before == 0 || numbers.lines.is_empty() {
        return None;
    }
    Some(Telling {
        kind: ChangeKind::Parameter,
        turn: if numbers.rises { Turn::Worse } else { Turn::Unclear },
        surprise: 0.3 + 0.4 * numbers.excess,
        detail: numbers.detail.clone(),
        word_weight: 0.0,
        excess: numbers.excess,
        tally: tally_of(&numbers.lines, lines),
    })
}

/// A value that the few values of a number in the baseline do not have tells the more, the more lines showed those.
fn code(subject: &Subject<'_>, unknown: &Unknown, lines: &Lines<'_>) -> Option<Telling> {
    let (value, known) = unknown.values.as_ref()?;
    let known: Vec<String> = known.iter().map(u64::to_string).collect();
    let always = match known.as_slice() {
        [one] => format!("always {one}"),
        several => format!("always one of {}", several.join(", ")),
    };
    let in_lines = lines_in_words(unknown.lines.len() as u64);
    Some(Telling {
        kind: ChangeKind::Parameter,
        turn: if unknown.rises { Turn::Worse } else { Turn::Unclear },
        surprise: 0.6 * (1.0 - 1.0 / (subject.before as f64 + 1.0)),
        detail: format!("a number that was {always} is another in {in_lines}, most often {value}"),
        word_weight: 0.0,
        excess: 0.0,
        tally: tally_of(&unknown.lines, lines),
    })
}

/// Unseen words tell the more, the rarer they are among the event's lines in the baseline; and more where the whole
/// baseline never showed them.
fn word(subject: &Subject<'_>, scope: Scope, words: &Unseen, lines: &Lines<'_>) -> Option<Telling> {
    if subject.before == 0 {
        return None;
    }
    let (shown_by, usual) = words.telling(subject.before, subject.after)?;
    let (most, place) = match scope {
        Scope::Log => (0.7, "were never seen before"),
        Scope::Event => (0.6, "this event never held before"),
    };
    let word_weight = word_weight(words.words.iter().map(String::as_str));
    Some(Telling {
        kind: ChangeKind::Parameter,
        turn: if word_weight > 0.0 { Turn::Worse } else { Turn::Unclear },
        surprise: most * (1.0 - usual),
        detail: format!("words that {place}: {}", words.words.join(", ")),
        word_weight,
        excess: 0.0,
        tally: tally_of(&shown_by, lines),
    })
}

/// A line without what all lines of its event held.
fn lack(subject: &Subject<'_>, missing: &Missing, lines: &Lines<'_>) -> Option<Telling> {
    if missing.lines.is_empty() {
        return None;
    }
    Some(Telling {
        kind: ChangeKind::Parameter,
        turn: Turn::Unclear,
        surprise: 0.6 * (1.0 - 0.5 / (subject.before as f64 + 1.0)),
        detail: format!("words that this event always held are missing: {}", missing.words.join(", ")),
        word_weight: 0.0,
        excess: 0.0,
        tally: tally_of(&missing.lines, lines),
    })
}

fn tally_of(of: &[usize], lines: &Lines<'_>) -> Tally {
    let mut tally = Tally::default();
    of.iter().for_each(|&line| tally.add(line, &lines.entries[line]));
    tally
}

fn change(subject: &Subject<'_>, telling: Telling, before: &Side<'_>, after: &Side<'_>) -> Change {
    let side = if telling.kind == ChangeKind::Gone { before } else { after };
    let level = telling.tally.worst_level().or_else(|| worst_level(&side.sums[subject.event].levels));
    let words = word_weight(subject.template.words.iter().map(String::as_str)).max(telling.word_weight);
    let severity =
        if telling.turn == Turn::Better { 1.0 } else { severity_factor(level, words, telling.excess) };
    let mut reasons = vec![
        Reason { kind: telling.kind.name(), contribution: telling.surprise, detail: telling.detail.clone() },
        Reason {
            kind: "severity",
            contribution: telling.surprise * (severity - 1.0),
            detail: match level {
                Some(level) if severity_factor(Some(level), 0.0, 0.0) >= severity => format!("level {level}"),
                _ if telling.excess > 0.0 => "how far the number is out".to_owned(),
                _ => "its words speak of trouble".to_owned(),
            },
        },
    ];
    reasons.retain(|reason| reason.contribution > 0.0);
    reasons.sort_by(|a, b| b.contribution.total_cmp(&a.contribution));
    let is_worse = match telling.turn {
        Turn::Worse => true,
        Turn::WorseIfBad => severity > 1.0,
        Turn::Unclear | Turn::Better => false,
    };
    Change {
        kind: telling.kind,
        event_id: subject.template.id,
        template: subject.template.text.clone(),
        level,
        count: telling.tally.count,
        count_before: subject.before,
        count_after: subject.after,
        effect: subject.rate.effect,
        p_value: subject.p_value,
        detail: telling.detail,
        score: telling.surprise * severity,
        is_worse,
        first_seen: telling.tally.first_seen,
        last_seen: telling.tally.last_seen,
        reasons,
        examples: telling.tally.examples,
        parts: [Vec::new(), Vec::new()],
    }
}

fn lines_in_words(n: u64) -> String {
    if n == 1 { "1 line".to_owned() } else { format!("{n} lines") }
}
