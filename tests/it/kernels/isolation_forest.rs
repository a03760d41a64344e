//! The isolation forest: scikit-learn's scores up to the spread between seeds, the prototype's box, and laws.

use ndarray::{Array2, Axis};
use oddlog::ml::isolation_forest::{Cuts, IsolationForest, IsolationForestParams, average_path_length};
use proptest::prelude::*;
use serde::Deserialize;

use super::{matrix, reference};

#[derive(Deserialize)]
struct Reference {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    x: Vec<Vec<f64>>,
    /// negative: scikit-learn's scores have the opposite sign
    score_samples_mean: Vec<f64>,
    score_samples_sd_between_seeds: Vec<f64>,
    agreement_between_two_seeds: Agreement,
}

#[derive(Deserialize)]
struct Agreement {
    spearman_min: Option<f64>,
    spearman_median: Option<f64>,
    top5pct_overlap_median: f64,
    max_abs_difference: f64,
}

#[derive(Deserialize)]
struct Misc {
    average_path_length: PathLengths,
}

#[derive(Deserialize)]
struct PathLengths {
    n: Vec<f64>,
    c: Vec<f64>,
}

const SEEDS: std::ops::Range<u64> = 0..10;

fn scores(x: &Array2<f64>, weights: &[u64], seed: u64, cuts: Cuts) -> Vec<f64> {
    let params = IsolationForestParams { seed, cuts, ..Default::default() };
    IsolationForest::fit(x.view(), weights, &params).unwrap().score(x.view()).unwrap()
}

fn scores_by_seed(case: &Case) -> Vec<Vec<f64>> {
    let x = matrix(&case.x);
    SEEDS.map(|seed| scores(&x, &vec![1; x.nrows()], seed, Cuts::DataRange)).collect()
}

fn mean_over(scores: &[Vec<f64>]) -> Vec<f64> {
    (0..scores[0].len()).map(|row| scores.iter().map(|s| s[row]).sum::<f64>() / scores.len() as f64).collect()
}

/// Ranks from 0, equal values sharing the mean of their places.
fn ranks(values: &[f64]) -> Vec<f64> {
    let below = |value: f64| values.iter().filter(|&&other| other < value).count() as f64;
    let equal = |value: f64| values.iter().filter(|&&other| other == value).count() as f64;
    values.iter().map(|&value| below(value) + (equal(value) - 1.0) / 2.0).collect()
}

/// Spearman's ρ: the correlation of the ranks.
fn spearman(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (ranks(a), ranks(b));
    let mean = (a.len() as f64 - 1.0) / 2.0;
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>();
    product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt()
}

/// Share of the oddest twentieth that two scorings have in common.
fn overlap_of_the_oddest(a: &[f64], b: &[f64]) -> f64 {
    let n_top = (a.len() / 20).max(1);
    let top = |scores: &[f64]| {
        let mut rows: Vec<usize> = (0..scores.len()).collect();
        rows.sort_by(|&i, &j| scores[j].total_cmp(&scores[i]));
        rows.truncate(n_top);
        rows
    };
    let theirs = top(b);
    top(a).iter().filter(|row| theirs.contains(row)).count() as f64 / n_top as f64
}

#[test]
fn average_path_length_is_that_of_scikit_learn() {
    let Some(Misc { average_path_length: expected }) = reference("misc.json") else { return };
    assert_eq!(expected.n.len(), 27);
    for (n, c) in expected.n.iter().zip(expected.c) {
        // to one unit in the last place: serde_json reads some decimals that far off
        assert!((average_path_length(*n) - c).abs() <= c * f64::EPSILON, "c({n})");
    }
}

/// Scores of one seed lie about as far from the mean as their spread says, and so do those of another implementation
/// of the same algorithm: means over ten seeds each differ by `sqrt(2/10) = 0.45` of the spread if only chance does it.
#[test]
fn scores_agree_with_scikit_learn_within_the_spread_between_its_seeds() {
    let Some(reference) = reference::<Reference>("iforest.json") else { return };
    assert_eq!(reference.cases.len(), 6);
    for case in &reference.cases {
        let mean = mean_over(&scores_by_seed(case));
        let spreads = || case.score_samples_sd_between_seeds.iter().map(|sd| sd.max(1e-12));
        let differences = || mean.iter().zip(&case.score_samples_mean).map(|(ours, theirs)| ours + theirs);
        let in_spreads: Vec<f64> =
            differences().zip(spreads()).map(|(difference, sd)| difference / sd).collect();
        let mean_square = in_spreads.iter().map(|z| z * z).sum::<f64>() / in_spreads.len() as f64;
        assert!(mean_square.sqrt() < 0.8, "{}: {}", case.name, mean_square.sqrt());
        assert!(in_spreads.iter().all(|z| z.abs() < 3.0), "{}: {in_spreads:?}", case.name);
        let largest = differences().map(f64::abs).fold(0.0, f64::max);
        assert!(
            largest <= case.agreement_between_two_seeds.max_abs_difference + 1e-12,
            "{}: {largest}",
            case.name
        );
    }
}

#[test]
fn ranks_are_as_close_to_scikit_learn_as_two_of_its_seeds_are_to_each_other() {
    let Some(reference) = reference::<Reference>("iforest.json") else { return };
    let mut n_cases = 0;
    for case in &reference.cases {
        let agreement = &case.agreement_between_two_seeds;
        let theirs: Vec<f64> = case.score_samples_mean.iter().map(|score| -score).collect();
        let ours = scores_by_seed(case);
        let overlap = overlap_of_the_oddest(&mean_over(&ours), &theirs);
        assert!(overlap >= agreement.top5pct_overlap_median, "{}: {overlap}", case.name);
        // where all scores are equal there are no ranks
        let (Some(least), Some(median)) = (agreement.spearman_min, agreement.spearman_median) else {
            continue;
        };
        let mut rhos: Vec<f64> = ours.iter().map(|ours| spearman(ours, &theirs)).collect();
        rhos.sort_by(f64::total_cmp);
        assert!(rhos[0] >= least && rhos[rhos.len() / 2] >= median, "{}: {rhos:?}", case.name);
        n_cases += 1;
    }
    assert_eq!(n_cases, 4);
}

/// Eighteen rows in three columns, the last of weight 0, and the scores that the Python prototype gives them
/// (`boxhash.py`: `boxhash(U, w, trees=100, psi=256, depth=8, seed=42)`).
#[test]
fn unit_box_scores_are_those_of_the_prototype() {
    let cell = |i: usize, column: usize| [i, i * i % 17, i * 5 % 16][column] as f64 / 16.0;
    let x = Array2::from_shape_fn((18, 3), |(i, column)| if i == 17 { 1.0 } else { cell(i, column) });
    let weights: Vec<u64> = (0..18).map(|i| if i == 17 { 0 } else { 1 + i * 7 % 40 }).collect();
    let expected = [
        0.7175839991429452,
        0.46548648515766583,
        0.42722068971802185,
        0.4137779533412796,
        0.3989641110299342,
        0.3845261919053441,
        0.5421118857072904,
        0.42944752907477396,
        0.41698810584780444,
        0.4042565063549984,
        0.39180974584755,
        0.3865737535562937,
        0.46907397910948145,
        0.443307590157883,
        0.4203888310296841,
        0.40666445920821037,
        0.39638759331941964,
        0.7593773746971001,
    ];
    let ours = scores(&x, &weights, 42, Cuts::UnitBox { depth: 8 });
    assert!(
        ours.iter().zip(expected).all(|(ours, theirs): (_, f64)| (ours - theirs).abs() < 1e-9),
        "{ours:?}"
    );
}

#[test]
fn scores_do_not_depend_on_the_number_of_threads() {
    let x = Array2::from_shape_fn((700, 4), |(row, column)| ((row * 37 + column * 11) % 101) as f64 / 101.0);
    for cuts in [Cuts::DataRange, Cuts::UnitBox { depth: 8 }] {
        let on = |n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            pool.install(|| scores(&x, &[1; 700], 3, cuts))
        };
        assert_eq!(on(1), on(5));
    }
}

/// Rows in the unit square of columns, and how often each occurs.
fn weighted_rows() -> impl Strategy<Value = (Array2<f64>, Vec<u64>)> {
    let cells = prop::collection::vec((prop::array::uniform3(0.0..=1.0_f64), 0..50_u64), 2..40);
    cells.prop_map(|rows| {
        let x = Array2::from_shape_fn((rows.len(), 3), |(row, column)| rows[row].0[column]);
        let mut weights: Vec<u64> = rows.iter().map(|(_, weight)| *weight).collect();
        weights[0] += 2;
        (x, weights)
    })
}

proptest! {
    #[test]
    fn scores_lie_above_zero_and_at_most_at_one((x, weights) in weighted_rows(), seed: u64, data_range: bool) {
        let cuts = if data_range { Cuts::DataRange } else { Cuts::UnitBox { depth: 8 } };
        prop_assert!(scores(&x, &weights, seed, cuts).iter().all(|score| *score > 0.0 && *score <= 1.0));
    }

    #[test]
    fn unit_box_forest_does_not_depend_on_the_order_of_the_rows_nor_on_how_they_were_cut(
        (x, weights) in weighted_rows(), seed: u64, cut in 0.0..1.0_f64,
    ) {
        let params = IsolationForestParams { seed, n_trees: 20, cuts: Cuts::UnitBox { depth: 8 }, ..Default::default() };
        let whole = IsolationForest::fit(x.view(), &weights, &params).unwrap();
        // one part after the other, the second in reverse: each row twice, its weight shared out
        let first: Vec<u64> = weights.iter().map(|&weight| (weight as f64 * cut) as u64).collect();
        let rows: Vec<usize> = (0..x.nrows()).chain((0..x.nrows()).rev()).collect();
        let second = (0..x.nrows()).rev().map(|row| weights[row] - first[row]);
        let shared: Vec<u64> = first.iter().copied().chain(second).collect();
        let parts = IsolationForest::fit(x.select(Axis(0), &rows).view(), &shared, &params).unwrap();
        prop_assert_eq!(whole, parts);
    }

    #[test]
    fn rows_score_the_same_alone_and_together((x, weights) in weighted_rows(), seed: u64) {
        let params = IsolationForestParams { seed, n_trees: 20, ..Default::default() };
        let forest = IsolationForest::fit(x.view(), &weights, &params).unwrap();
        let together = forest.score(x.view()).unwrap();
        let alone: Vec<f64> = x.rows().into_iter().map(|row| forest.score_row(&row.to_vec())).collect();
        prop_assert_eq!(together, alone);
    }
}
