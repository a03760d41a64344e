//! Why a line scores as it does, in words.
//!
//! In: a line's row and what its features mean. Out: [`Reason`]s that are true to the score: a reason's
//! contribution is how much lower the score would be without it.

use crate::entry::Level;
use crate::features::evidence::{Evidence, Feature, Totals};
use crate::features::severity::{severity_factor, worst_word};
use crate::report::Reason;
use crate::state::number_at;
use crate::tokenize::{Tokens, tokenize_with};

use super::judge::{Judge, OddNumber, RequestEvent};

/// Contributions up to it are not worth a person's time; scores lie in `[0, 2]`.
const MIN_CONTRIBUTION: f64 = 0.01;

/// The reasons of one line, biggest first; `message` is read again for the number that is named.
#[must_use]
pub fn reasons(
    judge: &Judge<'_>,
    event: usize,
    level: Option<Level>,
    number: Option<OddNumber>,
    message: &str,
) -> Vec<Reason> {
    let subject = &judge.events()[event];
    let excess = number.map_or(0.0, |n| n.excess);
    let severity = severity_factor(level, subject.word_weight, excess);
    let own = excess.max(judge.level_rarity(event, level));
    let score = judge.rarity(&subject.row, own) * severity;
    let mut reasons: Vec<Reason> = Feature::ALL
        .into_iter()
        .filter(|&feature| subject.row[feature as usize] > 0.0)
        .map(|feature| {
            let mut without = subject.row;
            without[feature as usize] = 0.0;
            Reason {
                kind: feature.name(),
                contribution: score - judge.rarity(&without, own) * severity,
                detail: detail(judge, subject, feature),
            }
        })
        .collect();
    if let Some(odd) = number {
        reasons.push(Reason {
            kind: "number_out_of_range",
            contribution: score - judge.score(event, level, 0.0),
            detail: number_detail(judge, subject, odd, message),
        });
    }
    if let Some((known, lines)) = judge.lines_at_level(event, level) {
        let all = judge.fit().anomaly.evidence[known].lines;
        let level = level.map_or("no level", Level::name);
        reasons.push(Reason {
            kind: "unusual_level",
            contribution: score - judge.rarity(&subject.row, excess) * severity,
            detail: format!("{lines} of {all} lines of this event have {level}"),
        });
    }
    reasons.push(Reason {
        kind: "severity",
        contribution: score - judge.rarity(&subject.row, own) * severity_factor(None, 0.0, excess),
        detail: severity_detail(level, subject),
    });
    reasons.retain(|reason| reason.contribution > MIN_CONTRIBUTION);
    reasons.sort_by(|a, b| b.contribution.total_cmp(&a.contribution));
    reasons
}

/// Says of the reasons of a record that they are those of its `number`-th line, which the first of them shows.
pub(super) fn of_line(reasons: &mut [Reason], number: usize, template: &str) {
    for (place, reason) in reasons.iter_mut().enumerate() {
        reason.detail = match place {
            0 => format!("its line {number}, `{template}`: {}", reason.detail),
            _ => format!("its line {number}: {}", reason.detail),
        };
    }
}

fn detail(judge: &Judge<'_>, event: &RequestEvent, feature: Feature) -> String {
    let totals = &judge.fit().anomaly.totals;
    let evidence = &event.evidence;
    let learnt = judge.fit().anomaly.incidents.iter().find(|incident| Some(incident.event) == event.known);
    if let (Feature::Lines, Some(incident)) = (feature, learnt) {
        return format!("training saw it on one day alone, as an incident of {} lines", incident.lines);
    }
    match feature {
        Feature::Lines if evidence.lines == 0 => "this event was never seen in training".to_owned(),
        Feature::Lines => format!("this event is rare: {} of {} lines", evidence.lines, totals.lines),
        Feature::Windows => windows_detail(evidence, totals),
        Feature::Sources if evidence.lines == 0 => "no host has written it before".to_owned(),
        Feature::Sources => format!("few hosts write it: {:.0} of {:.0}", evidence.sources, totals.sources),
        Feature::WindowConcentration => format!(
            "its {} lines came all within {} of {} {}",
            evidence.lines,
            evidence.windows,
            totals.windows,
            totals.window.plural()
        ),
        Feature::SourceConcentration => {
            format!(
                "its {} lines come from {:.0} of {:.0} hosts",
                evidence.lines, evidence.sources, totals.sources
            )
        }
        Feature::Word => word_detail(judge, event),
    }
}

fn windows_detail(evidence: &Evidence, totals: &Totals) -> String {
    let unit = totals.window.plural();
    match evidence.windows {
        0 => format!("it came in none of the {} {unit} before", totals.windows),
        windows => format!("it came in {windows} of {} {unit}", totals.windows),
    }
}

fn word_detail(judge: &Judge<'_>, event: &RequestEvent) -> String {
    match judge.fit().vocabulary.rarest_word(&event.template) {
        Some((word, 0)) => format!("the word `{word}` was never seen in training"),
        Some((word, lines)) => {
            format!("the word `{word}` is rare: {lines} of {} lines", judge.fit().anomaly.totals.lines)
        }
        None => "it has no word".to_owned(),
    }
}

fn number_detail(judge: &Judge<'_>, event: &RequestEvent, odd: OddNumber, message: &str) -> String {
    let mut tokens = Tokens::default();
    tokenize_with(message, judge.rules(), &mut tokens);
    let text = tokens.variables(message).find(|(position, _, _)| *position == usize::from(odd.position));
    let text = text.map_or_else(|| number_at(odd.magnitude), |(_, _, text)| text.to_owned());
    let usual = event.known.and_then(|known| {
        let ranges = &judge.fit().anomaly.numbers[known];
        ranges.at(ranges.n_tokens, odd.position)
    });
    match usual {
        Some(range) => {
            let (low, high) = range.bounds();
            format!(
                "the number {text} is far out of its usual range, about {} to {}",
                number_at(low),
                number_at(high)
            )
        }
        None => format!("the number {text} is far out of its usual range"),
    }
}

fn severity_detail(level: Option<Level>, event: &RequestEvent) -> String {
    let by_level = severity_factor(level, 0.0, 0.0);
    let word = worst_word(event.template.words.iter().map(String::as_str));
    match (level, word) {
        (Some(level), _) if by_level >= severity_factor(None, event.word_weight, 0.0) => {
            format!("level {level}")
        }
        (_, Some((word, _))) => format!("the word `{word}` speaks of trouble"),
        _ => "its words speak of trouble".to_owned(),
    }
}
