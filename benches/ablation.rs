//! What each feature of the line detector contributes, and the forest against a plain sum: AUC and average precision on
//! the labelled sets of `../shared/data/anomalies`, with one thing left out at a time, over several seeds.
//!
//! `cargo bench --bench ablation` prints the table of `docs/accuracy.md`. Lines are judged each by itself, without the records
//! that stack traces make, so its first row is not quite that of the service.

#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use ndarray::ArrayView2;
use oddlog::analysis::fit::Fit;
use oddlog::analysis::judge::{Judge, Unseen};
use oddlog::analysis::read::Lines;
use oddlog::analysis::threshold::FINDINGS_A_DAY;
use oddlog::features::evidence::{Feature, Row, with_odd_number};
use oddlog::features::severity::severity_factor;
use oddlog::ml::isolation_forest::{Cuts, IsolationForest, IsolationForestParams};

/// Seeds that a figure is the mean of.
const SEEDS: u64 = 5;

/// Seeds over which it is told how much a seed changes.
const MANY_SEEDS: u64 = 20;

/// As in a fit.
const FOREST_DEPTH: u32 = 8;

/// What is changed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Nothing,
    Without(Feature),
    Only(Feature),
    WithoutNumbers,
    WithoutLevels,
    WithoutSeverity,
    SeverityAlone,
    SumForForest,
}

impl Change {
    fn all() -> Vec<Self> {
        let others = [Self::WithoutNumbers, Self::WithoutLevels, Self::WithoutSeverity, Self::SeverityAlone];
        let without = Feature::ALL.map(Self::Without);
        let only = Feature::ALL.map(Self::Only);
        [&[Self::Nothing, Self::SumForForest], &without[..], &others, &only].concat()
    }

    fn name(self) -> String {
        match self {
            Self::Nothing => "all".to_owned(),
            Self::Without(feature) => format!("without `{}`", feature.name()),
            Self::Only(feature) => format!("`{}` alone", feature.name()),
            Self::WithoutNumbers => "without numbers out of range".to_owned(),
            Self::WithoutLevels => "without levels unusual for the event".to_owned(),
            Self::WithoutSeverity => "without severity".to_owned(),
            Self::SeverityAlone => "severity alone".to_owned(),
            Self::SumForForest => "a plain sum for the forest".to_owned(),
        }
    }

    fn apply(self, row: &Row) -> Row {
        let keeps = |feature: Feature| match self {
            Self::Without(without) => feature != without,
            Self::Only(only) => feature == only,
            _ => true,
        };
        let mut row = *row;
        for feature in Feature::ALL.into_iter().filter(|feature| !keeps(*feature)) {
            row[feature as usize] = 0.0;
        }
        row
    }
}

/// A labelled set.
struct Set {
    name: &'static str,
    /// What a model learns first; `None` where the lines are their own.
    training: Option<Vec<String>>,
    lines: Vec<String>,
    /// For each line whether it is odd; `None` where that is open.
    labels: Vec<Option<bool>>,
}

impl Set {
    fn read(dir: &Path, name: &'static str) -> Self {
        let read = |file: &str| -> Option<Vec<String>> {
            let bytes = fs::read(dir.join(name).join(file)).ok()?;
            let text = String::from_utf8_lossy(&bytes);
            Some(text.strip_suffix('\n').unwrap_or(&text).split('\n').map(str::to_owned).collect())
        };
        let lines = read("raw.log").expect("a log");
        let labels = read("labels.txt").expect("labels");
        let kinds = read("label_kind.txt").filter(|_| name.starts_with("ci_"));
        let open = |line: usize| kinds.as_ref().is_some_and(|kinds| kinds[line] == "optional");
        let labels =
            labels.iter().enumerate().map(|(line, label)| (!open(line)).then_some(label == "1")).collect();
        Self { name, training: read("baseline.log"), lines, labels }
    }
}

/// Two classes of scores: the chance that an odd one is above an ordinary one, ties half; and average precision, ties one
/// step.
fn ranking(mut scores: Vec<(f64, bool)>) -> (f64, f64) {
    scores.sort_by(|a, b| b.0.total_cmp(&a.0));
    let odd = scores.iter().filter(|s| s.1).count() as f64;
    let ordinary = scores.len() as f64 - odd;
    let (mut auc, mut precision, mut hits, mut misses) = (0.0, 0.0, 0.0, 0.0);
    for ties in scores.chunk_by(|a, b| a.0 == b.0) {
        let found = ties.iter().filter(|s| s.1).count() as f64;
        let false_ones = ties.len() as f64 - found;
        auc += false_ones * (hits + found / 2.0);
        hits += found;
        misses += false_ones;
        precision += found * hits / (hits + misses);
    }
    (auc / (odd * ordinary), precision / odd)
}

fn forest(rows: &[Row], weights: &[u64], seed: u64) -> IsolationForest {
    let flat = rows.concat();
    let x = ArrayView2::from_shape((rows.len(), Feature::COUNT), &flat).expect("rows of one width");
    let cuts = Cuts::UnitBox { depth: FOREST_DEPTH };
    IsolationForest::fit(x, weights, &IsolationForestParams { seed, cuts, ..Default::default() })
        .expect("finite rows")
}

/// The scores of the lines of a set after each change, and the threshold of the model.
fn scores(set: &Set, seed: u64, changes: &[Change]) -> (Vec<Vec<f64>>, f64) {
    let training = set.training.as_ref().unwrap_or(&set.lines);
    let fit = Fit::new(&Lines::read(training).state(), seed);
    let mut lines = Lines::read(&set.lines);
    lines.take_columns(&fit.pattern.columns);
    let judge = Judge::new(&fit, &lines, &mut Unseen::default());
    let model = &fit.anomaly;
    let known: Vec<Row> = model.evidence.iter().map(|e| model.scale.apply(&e.row(&model.totals))).collect();
    let weights: Vec<u64> = model.evidence.iter().map(|evidence| evidence.lines).collect();
    let score_by = |&change: &Change| -> Vec<f64> {
        let rows: Vec<Row> = known.iter().map(|row| change.apply(row)).collect();
        let forest = forest(&rows, &weights, seed);
        let judged = lines.records.iter().map(|record| {
            let event = judge.event_of(record);
            let number = judge.odd_number(&lines, record, event).map_or(0.0, |number| number.excess);
            let number = if change == Change::WithoutNumbers { 0.0 } else { number };
            let level = judge.level_rarity(event, record.level);
            let level = if change == Change::WithoutLevels { 0.0 } else { level };
            let seen = &judge.events()[event];
            let row = change.apply(&with_odd_number(&seen.row, number.max(level)));
            let rarity = match change {
                Change::SumForForest => row.iter().sum(),
                Change::SeverityAlone => 1.0,
                _ => forest.score_row(&row),
            };
            let severity = match change {
                Change::WithoutSeverity => 1.0,
                _ => severity_factor(record.level, seen.word_weight, number),
            };
            rarity * severity
        });
        judged.collect()
    };
    let scores = changes.iter().map(score_by).collect();
    let threshold = match set.training {
        Some(_) => model.expected.threshold(FINDINGS_A_DAY),
        None => model.standout_threshold,
    };
    (scores, threshold)
}

/// AUC and average precision of scores.
fn graded(set: &Set, scores: &[f64]) -> (f64, f64) {
    let judged = scores.iter().zip(&set.labels).filter_map(|(score, label)| Some((*score, (*label)?)));
    ranking(judged.collect())
}

/// How much a seed changes: the AUC, and which lines are above the threshold.
fn tell_seeds(set: &Set) {
    let (mut low, mut high): (f64, f64) = (1.0, 0.0);
    let mut flagged: Vec<BTreeSet<usize>> = Vec::new();
    for seed in 0..MANY_SEEDS {
        let (scores, threshold) = scores(set, seed, &[Change::Nothing]);
        let (auc, _) = graded(set, &scores[0]);
        (low, high) = (low.min(auc), high.max(auc));
        flagged.push((0..scores[0].len()).filter(|&line| scores[0][line] > threshold).collect());
    }
    let kept = |other: &BTreeSet<usize>| {
        flagged[0].intersection(other).count() as f64 / flagged[0].len().max(1) as f64
    };
    let least = flagged.iter().map(kept).fold(1.0, f64::min);
    println!(
        "{}: AUC {low:.4} to {high:.4} over {MANY_SEEDS} seeds; of the {} lines above the threshold of the first at least \
         {:.0} % stay there",
        set.name,
        flagged[0].len(),
        100.0 * least
    );
}

fn main() {
    let dir = Path::new("../shared/data/anomalies");
    let names = ["bgl_2k", "ci_ansible-01", "ci_dib-01", "ci_zuul-console-01", "ci_zuul-console-pep8"];
    if !dir.is_dir() {
        println!("{} is not there: nothing is measured", dir.display());
        return;
    }
    let sets: Vec<Set> = names.into_iter().map(|name| Set::read(dir, name)).collect();
    println!("| score | mean AUC | mean AP | {} |", names.map(|name| format!("{name} AUC / AP")).join(" | "));
    println!("|{}", "---|".repeat(3 + sets.len()));
    let changes = Change::all();
    let measured = |set: &Set, seed: u64| -> Vec<(f64, f64)> {
        scores(set, seed, &changes).0.iter().map(|scores| graded(set, scores)).collect()
    };
    let of_sets: Vec<Vec<Vec<(f64, f64)>>> =
        sets.iter().map(|set| (0..SEEDS).map(|seed| measured(set, seed)).collect()).collect();
    for (place, change) in changes.iter().enumerate() {
        let mean = |seeds: &Vec<Vec<(f64, f64)>>, part: fn((f64, f64)) -> f64| {
            seeds.iter().map(|changes| part(changes[place])).sum::<f64>() / SEEDS as f64
        };
        let cells: Vec<(f64, f64)> = of_sets.iter().map(|s| (mean(s, |m| m.0), mean(s, |m| m.1))).collect();
        let over = |part: fn(&(f64, f64)) -> f64| cells.iter().map(part).sum::<f64>() / cells.len() as f64;
        let shown: Vec<String> = cells.iter().map(|(auc, ap)| format!("{auc:.3} / {ap:.3}")).collect();
        println!(
            "| {} | {:.3} | {:.3} | {} |",
            change.name(),
            over(|m| m.0),
            over(|m| m.1),
            shown.join(" | ")
        );
    }
    sets.iter().for_each(tell_seeds);
}
