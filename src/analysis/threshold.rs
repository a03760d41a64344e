//! From which score on a line is an outlier.
//!
//! In: what training shows of each event. Out: one threshold. Two rules, since a model that judges other lines
//! than its own can say what it expects of them, and lines that are their own model can only be compared.

use crate::entry::Level;
use crate::features::evidence::{Evidence, with_odd_number};
use crate::features::severity::{severity_factor, word_weight};
use crate::state::level_index;
use crate::template::EventTemplate;

use super::fit::{AnomalyModel, Vocabulary};

/// Findings a day that a person can stand; what the threshold of a trained model is set for.
pub const FINDINGS_A_DAY: u64 = 3;

/// Share of the training lines that is taken as ordinary whatever the budget says.
const ORDINARY_SHARE: f64 = 0.999;

/// Score from which a line stands out among lines that nothing was learnt before: a rare event that speaks of
/// trouble, or a number far out of its range. Rarity alone stays below it but in very long logs: most of what is rare is
/// harmless. Chosen by reading what lies above it in twelve logs without looking at labels.
const STANDOUT_SCORE: f64 = 0.75;

/// How far above the score of a quarter of the lines an outlier must be, as a factor.
const ABOVE_MANY: f64 = 1.1;

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

/// The threshold of a trained model: the lowest at which days like those of training bring no more than
/// [`FINDINGS_A_DAY`], but never one that ordinary lines of training pass.
///
/// A day like those brings the events that came on many days as often as they came, and new events as often as
/// events that came once (Good and Turing's estimate of the unseen), which score as they did when they were new.
#[must_use]
pub fn trained_threshold(novelties: &[Novelty], days: u64) -> f64 {
    let mut alarms: Vec<(f64, u64)> = novelties
        .iter()
        .map(|n| if n.once { (n.score_when_new, 1) } else { (n.score, n.days.max(1)) })
        .collect();
    alarms.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut budget = FINDINGS_A_DAY * days;
    let mut threshold = 0.0;
    for (score, cost) in alarms {
        if cost > budget {
            threshold = score;
            break;
        }
        budget -= cost;
    }
    f64::max(threshold, score_at(novelties, ORDINARY_SHARE))
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
/// At least [`STANDOUT_SCORE`], and above what a quarter of the lines reach (in a log of nothing but trouble, trouble
/// does not stand out); then as high as it takes for no more findings than a person reads.
#[must_use]
pub fn standout_threshold(novelties: &[Novelty], days: u64) -> f64 {
    let mut scores: Vec<f64> = novelties.iter().map(|n| n.score).collect();
    scores.sort_by(|a, b| b.total_cmp(a));
    let most = FINDINGS_A_READER_TAKES.max(FINDINGS_A_DAY * days) as usize;
    let budget = scores.get(most).copied().unwrap_or(0.0);
    STANDOUT_SCORE.max(ABOVE_MANY * score_at(novelties, 0.75)).max(budget)
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
