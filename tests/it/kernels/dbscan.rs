//! DBSCAN: scikit-learn's clusters, and what the definition promises.

use std::collections::BTreeMap;

use ndarray::{Array2, Axis};
use oddlog::linalg::{DistinctRows, SparseRows};
use oddlog::ml::dbscan::{CosineRows, EuclideanRows, Neighbourhood, dbscan, dbscan_rows};
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
    eps: f64,
    min_samples: usize,
    x: Vec<Vec<f64>>,
    sample_weight: Option<Vec<u64>>,
    labels: Vec<i64>,
}

type Labels = Vec<Option<usize>>;

/// Whether one labelling is the other with clusters renumbered, noise for noise.
fn is_renumbering(a: &[Option<usize>], b: &[Option<usize>]) -> bool {
    let (mut there, mut back) = (BTreeMap::new(), BTreeMap::new());
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| {
            a.is_none() == b.is_none()
                && there.entry(a).or_insert(b) == &b
                && back.entry(b).or_insert(a) == &a
        })
}

fn expected(case: &Case) -> Labels {
    case.labels.iter().map(|&label| usize::try_from(label).ok()).collect()
}

#[test]
fn clusters_are_those_of_scikit_learn() {
    let Some(reference) = reference::<Reference>("dbscan.json") else { return };
    assert_eq!(reference.cases.len(), 15);
    for case in &reference.cases {
        let x = matrix(&case.x);
        let points = EuclideanRows::new(x.view(), case.eps).unwrap();
        let labels = dbscan(&points, case.sample_weight.as_deref(), case.min_samples);
        assert!(is_renumbering(&labels, &expected(case)), "{}: {labels:?}", case.name);
    }
}

#[test]
fn clusters_are_those_of_scikit_learn_from_distinct_rows_with_their_counts() {
    let Some(reference) = reference::<Reference>("dbscan.json") else { return };
    for case in reference.cases.iter().filter(|case| case.sample_weight.is_none()) {
        let labels = dbscan_rows(matrix(&case.x).view(), case.eps, case.min_samples).unwrap();
        assert!(is_renumbering(&labels, &expected(case)), "{}: {labels:?}", case.name);
    }
}

/// On rows of length 1 or 0, `|a − b|² = 2·(1 − cos)`: eps becomes eps²/2, and scikit-learn's clusters hold for cosines.
#[test]
fn cosine_clusters_of_unit_rows_are_the_euclidean_ones() {
    let Some(reference) = reference::<Reference>("dbscan.json") else { return };
    let unit = reference.cases.iter().filter(|case| case.name.contains("tfidf") && case.eps < 1.0);
    let mut n_cases = 0;
    for case in unit {
        let mut rows = SparseRows::new(case.x[0].len());
        for row in &case.x {
            let stored = row.iter().enumerate().filter(|(_, value)| **value != 0.0);
            rows.push(stored.map(|(column, &value)| (column as u32, value))).unwrap();
        }
        let labels =
            dbscan(&CosineRows::new(&rows, case.eps * case.eps / 2.0).unwrap(), None, case.min_samples);
        assert!(is_renumbering(&labels, &expected(case)), "{}: {labels:?}", case.name);
        n_cases += 1;
    }
    assert_eq!(n_cases, 3);
}

/// Points on a coarse grid, so that many coincide and many are exactly eps apart.
fn points_on_a_grid() -> impl Strategy<Value = Array2<f64>> {
    prop::collection::vec((0..12_i32, 0..4_i32), 1..60).prop_map(|points| {
        Array2::from_shape_fn((points.len(), 2), |(row, column)| {
            f64::from(if column == 0 { points[row].0 } else { points[row].1 })
        })
    })
}

proptest! {
    #[test]
    fn capping_multiplicity_at_min_points_leaves_the_clusters(
        x in points_on_a_grid(), eps in 0.0..2.5_f64, min_points in 1..7_usize,
    ) {
        let distinct = DistinctRows::of(x.view());
        let mut kept = vec![0; distinct.first.len()];
        let rows: Vec<usize> = (0..x.nrows()).filter(|&row| {
            kept[distinct.of_row[row]] += 1;
            kept[distinct.of_row[row]] <= min_points
        }).collect();
        let all = dbscan(&EuclideanRows::new(x.view(), eps).unwrap(), None, min_points);
        let capped = x.select(Axis(0), &rows);
        let capped = dbscan(&EuclideanRows::new(capped.view(), eps).unwrap(), None, min_points);
        prop_assert_eq!(rows.iter().map(|&row| all[row]).collect::<Labels>(), capped);
        prop_assert_eq!(dbscan_rows(x.view(), eps, min_points).unwrap(), all);
    }

    #[test]
    fn neighbours_of_a_core_point_are_in_its_cluster_and_noise_is_near_no_core_point(
        x in points_on_a_grid(), eps in 0.0..2.5_f64, min_points in 1..7_usize,
    ) {
        let points = EuclideanRows::new(x.view(), eps).unwrap();
        let labels = dbscan(&points, None, min_points);
        let neighbours: Vec<Vec<usize>> = (0..points.len()).map(|point| {
            let near = |&other: &usize| (&x.row(point) - &x.row(other)).powi(2).sum() <= eps * eps;
            (0..points.len()).filter(near).collect()
        }).collect();
        let is_core = |point: usize| neighbours[point].len() >= min_points;
        for point in 0..points.len() {
            if is_core(point) {
                prop_assert!(labels[point].is_some());
                for &near in neighbours[point].iter().filter(|&&near| is_core(near)) {
                    prop_assert_eq!(labels[near], labels[point]);
                }
                prop_assert!(neighbours[point].iter().all(|&near| labels[near].is_some()));
            } else {
                let joins = |&near: &usize| is_core(near) && labels[near] == labels[point];
                let is_border = neighbours[point].iter().any(|&near| is_core(near));
                prop_assert_eq!(labels[point].is_some(), is_border);
                prop_assert!(!is_border || neighbours[point].iter().any(joins));
            }
        }
        let numbers: Vec<usize> = labels.iter().flatten().copied().collect();
        let ascend = numbers.iter().scan(0, |next, &number| {
            let fine = number <= *next;
            *next = (*next).max(number + 1);
            Some(fine)
        });
        prop_assert!(ascend.into_iter().all(|fine| fine));
    }
}
