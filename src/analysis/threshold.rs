//! From which score on a line is an outlier.
//!
//! In: what training shows of each event. Out: one threshold. Two rules, since a model that judges other lines
//! than its own can say what it expects of them, and lines that are their own model can only be compared.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::entry::Level;
use crate::features::evidence::{Evidence, with_odd_number};
use crate::features::severity::{severity_factor, word_weight};
use crate::report::Promise;
use crate::state::level_index;
use crate::template::EventTemplate;

use super::fit::{AnomalyModel, Vocabulary};

/// Findings a day that a person can stand, where the owner of a model does not say.
pub const FINDINGS_A_DAY: u32 = 3;

/// Most findings a day that an owner can ask for.
pub const MAX_FINDINGS_A_DAY: u32 = 1000;

/// Share of the training lines that is taken as ordinary whatever the budget says.
const ORDINARY_SHARE: f64 = 0.999;

/// Score from which a line stands out among lines that nothing was learnt before: a rare event that speaks of
/// trouble, or a number far out of its range. Rarity alone stays below it but in very long logs: most of what is rare is
/// harmless. Chosen by reading what lies above it in twelve logs without looking at labels.
const STANDOUT_SCORE: f64 = 0.75;

/// How far above the score of a quarter of the lines an outlier must be, as a factor.
const ABOVE_MANY: f64 = 1.1;

/// Lines of an event of few errors, at most.
const FEW_ERRORS: u64 = 3;

/// Lines of the log for each of those, at least.
const LINES_PER_ERROR: u64 = 20;

/// Findings that a person reads of one request, however short its time.
const FINDINGS_A_READER_TAKES: u64 = 10;

/// How the lines of one level of an event of training would score if they came again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Novelty {
    /// Lines.
    pub lines: u64,
    /// Days that hold it.
    pub days: u64,
    /// Whether it came in one window only (without times: in one line only), so that it stands for what is new.
    pub once: bool,
    /// The score that the model gives them.
    pub score: f64,
    /// The score the first of them would have had.
    pub score_when_new: f64,
}

impl Novelty {
    /// Judges the lines of one level of an event of training by the model, with and without what is known of the event:
    /// `number` is the event's number in the model, `days` how many days hold it.
    #[must_use]
    pub fn of(
        model: &AnomalyModel,
        vocabulary: &Vocabulary,
        (number, event): (usize, &EventTemplate),
        level: Option<Level>,
        days: u64,
    ) -> Self {
        let evidence = &model.evidence[number];
        let severity = severity_factor(level, word_weight(event.words.iter().map(String::as_str)), 0.0);
        let score = |evidence: &Evidence, own: f64| {
            let row = model.scale.apply(&evidence.row(&model.totals));
            model.forest.score_row(&with_odd_number(&row, own)) * severity
        };
        let others = vocabulary.rarest_word(event).map_or(model.totals.lines, |(_, lines)| lines);
        let unseen =
            Evidence { rarest_word_lines: others.saturating_sub(evidence.lines), ..Evidence::default() };
        Self {
            lines: model.levels[number][level_index(level)],
            days,
            once: if model.totals.windows > 1 { evidence.windows <= 1 } else { evidence.lines <= 1 },
            score: score(evidence, model.level_rarity(number, level)),
            score_when_new: score(&unseen, 0.0),
        }
    }
}

/// What days like those of training would bring: the scores of their findings, from which a budget of alarms makes a
/// threshold, and says how many it lets expect.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// Days that it is about.
    days: u64,
    /// Whether those days were judged one by one, by what was known before each; else it is an estimate.
    is_replayed: bool,
    /// The scores of findings above `ordinary`, highest first, each with the number of its day.
    findings: Vec<(f64, u32)>,
    /// What the ordinary lines of training reach: the threshold is never below it.
    ordinary: f64,
}

impl Expected {
    /// From days that were judged by what was known before each: the scores of the events of each.
    #[must_use]
    pub fn replayed(days: &[Vec<f64>], ordinary: f64) -> Self {
        let of_day = |(day, scores): (usize, &Vec<f64>)| -> Vec<(f64, u32)> {
            scores.iter().filter(|score| **score > ordinary).map(|score| (*score, day as u32)).collect()
        };
        let findings = days.iter().enumerate().flat_map(of_day).collect();
        Self::new(days.len() as u64, true, findings, ordinary)
    }

    /// From few days, of which each has as much that is new as the next has: a day like those brings the events that came on
    /// many days as often as they came, and new events as often as events that came once (Good and Turing's estimate of
    /// the unseen), which score as they did when they were new.
    #[must_use]
    pub fn estimated(novelties: &[Novelty], days: u64, ordinary: f64) -> Self {
        let costs =
            novelties.iter().map(|n| if n.once { (n.score_when_new, 1) } else { (n.score, n.days.max(1)) });
        let alarms = costs.filter(|(score, _)| *score > ordinary);
        let findings =
            alarms.flat_map(|(score, cost)| (0..cost).map(move |day| (score, day as u32))).collect();
        Self::new(days, false, findings, ordinary)
    }

    fn new(days: u64, is_replayed: bool, mut findings: Vec<(f64, u32)>, ordinary: f64) -> Self {
        findings.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        Self { days, is_replayed, findings, ordinary }
    }

    /// The lowest threshold above which there are no more than `budget` findings a day; never one that ordinary lines of
    /// training pass.
    #[must_use]
    pub fn threshold(&self, budget: u32) -> f64 {
        let most = u64::from(budget) * self.days;
        self.findings.get(most as usize).map_or(self.ordinary, |(score, _)| *score)
    }

    /// What that threshold promises.
    #[must_use]
    pub fn promise(&self, budget: u32) -> Promise {
        let threshold = self.threshold(budget);
        let sent = &self.findings[..self.findings.partition_point(|(score, _)| *score > threshold)];
        let days = self.days.max(1) as f64;
        let with_any: BTreeSet<u32> = sent.iter().map(|(_, day)| *day).collect();
        Promise {
            budget,
            expected: sent.len() as f64 / days,
            silent_days: self.is_replayed.then(|| 1.0 - with_any.len() as f64 / days),
            days_replayed: if self.is_replayed { self.days } else { 0 },
        }
    }
}

/// The score that ordinary lines of training stay at or below: all but a thousandth. What came on one day alone is not
/// yet ordinary, where there were days enough to come again: an incident, however many lines it wrote.
#[must_use]
pub fn ordinary_score(novelties: &[Novelty], days: u64) -> f64 {
    let least_days = if days as usize > super::replay::LEARNING_DAYS { 2 } else { 0 };
    let ordinary: Vec<Novelty> = novelties.iter().filter(|n| n.days >= least_days).copied().collect();
    score_at(&ordinary, ORDINARY_SHARE)
}

/// The score that a share of the lines stay at or below.
fn score_at(novelties: &[Novelty], share: f64) -> f64 {
    let mut scores: Vec<(f64, u64)> = novelties.iter().map(|n| (n.score, n.lines)).collect();
    scores.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: u64 = scores.iter().map(|s| s.1).sum();
    let mut below = 0;
    for (score, lines) in scores {
        below += lines;
        if below as f64 >= share * total as f64 {
            return score;
        }
    }
    0.0
}

/// The threshold of lines that are their own model: they are compared with each other.
///
/// At least [`STANDOUT_SCORE`], or `few_errors` ([`score_of_few_errors`]) where that is less, and above what a quarter of
/// the lines reach (in a log of nothing but trouble, trouble does not stand out); then as high as it takes for no more
/// findings than a person reads.
#[must_use]
pub fn standout_threshold(novelties: &[Novelty], days: u64, few_errors: f64) -> f64 {
    let mut scores: Vec<f64> = novelties.iter().map(|n| n.score).collect();
    scores.sort_by(|a, b| b.total_cmp(a));
    let most = FINDINGS_A_READER_TAKES.max(u64::from(FINDINGS_A_DAY) * days) as usize;
    let budget = scores.get(most).copied().unwrap_or(0.0);
    STANDOUT_SCORE.min(few_errors).max(ABOVE_MANY * score_at(novelties, 0.75)).max(budget)
}

/// What an event of few ERROR lines scores among the lines of `model`: up to three, and up to a twentieth of them. In a
/// short log nothing is rare enough for [`STANDOUT_SCORE`], and a person who sends fifty lines wants to see the one that
/// failed.
#[must_use]
pub fn score_of_few_errors(model: &AnomalyModel) -> f64 {
    let totals = &model.totals;
    let lines = (totals.lines / LINES_PER_ERROR).clamp(1, FEW_ERRORS);
    let few = Evidence {
        lines,
        windows: lines.min(totals.windows),
        sources: totals.sources.min(1.0),
        rarest_word_lines: lines,
    };
    let rarity = model.forest.score_row(&model.scale.apply(&few.row(totals)));
    // what scores the same is above it
    rarity * severity_factor(Some(Level::Error), 0.0, 0.0) * (1.0 - f64::EPSILON.sqrt())
}

/// The threshold of sessions, which are graded against each other: Tukey's outer fence, the upper quartile and three
/// times the distance of the quartiles, but at least what one aspect makes that is entirely odd.
///
/// Source: Tukey, "Exploratory Data Analysis", 1977.
#[must_use]
pub fn session_threshold(scores: &[f64], least: f64) -> f64 {
    let mut sorted = scores.to_vec();
    sorted.sort_by(f64::total_cmp);
    let quartile = |quarters: usize| sorted.get(quarters * sorted.len() / 4).copied().unwrap_or(0.0);
    (quartile(3) + 3.0 * (quartile(3) - quartile(1))).max(least)
}

#[cfg(test)]
mod tests {
    use super::{Expected, Novelty, ordinary_score};

    #[test]
    fn the_threshold_is_the_lowest_that_keeps_the_budget_and_says_what_it_lets_expect() {
        // four days; what is not above 0.5 is ordinary
        let days = vec![vec![0.9, 0.6, 0.5], vec![], vec![0.8, 0.7, 0.55, 0.2], vec![0.52]];
        let expected = Expected::replayed(&days, 0.5);
        // one a day is four in all: 0.9, 0.8, 0.7 and 0.6, of the first day and the third
        assert_eq!(expected.threshold(1), 0.55);
        let promise = expected.promise(1);
        assert_eq!((promise.expected, promise.silent_days), (1.0, Some(0.5)));
        // two a day are more than there were: all six above what is ordinary
        assert_eq!(expected.threshold(2), 0.5);
        let promise = expected.promise(2);
        assert_eq!((promise.expected, promise.silent_days, promise.days_replayed), (1.5, Some(0.25), 4));
    }

    #[test]
    fn without_a_replay_what_came_once_stands_for_what_is_new() {
        let novelty =
            |once, days, score, score_when_new| Novelty { lines: 10, days, once, score, score_when_new };
        // two days: an event of both, which scores 0.7 each time, and two that came once and scored 0.9 when new
        let seen = [novelty(false, 2, 0.7, 1.0), novelty(true, 1, 0.6, 0.9), novelty(true, 1, 0.6, 0.9)];
        let expected = Expected::estimated(&seen, 2, 0.0);
        // one a day: both new ones, and then 0.7
        assert_eq!((expected.threshold(1), expected.promise(1).expected), (0.7, 1.0));
        assert_eq!(expected.promise(1).silent_days, None);
        assert_eq!((expected.threshold(2), expected.promise(2).expected), (0.0, 2.0));
    }

    #[test]
    fn what_came_on_one_day_of_many_is_not_ordinary_however_many_lines_it_wrote() {
        let novelty = |lines, days, score| Novelty { lines, days, once: false, score, score_when_new: score };
        let seen = [novelty(9_500, 10, 0.2), novelty(500, 1, 1.1)];
        assert_eq!(ordinary_score(&seen, 10), 0.2);
        assert_eq!(ordinary_score(&seen, 3), 1.1);
    }
}
