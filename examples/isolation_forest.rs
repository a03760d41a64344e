//! The isolation forest on response times: scores of one slow request among ordinary ones, with cuts from the data's
//! range and from a fixed box. Prints a score for each request; run with `cargo run --example isolation_forest`.

#![expect(clippy::print_stdout, reason = "an example prints what it shows")]

use ndarray::{Array2, array};
use oddlog::ml::isolation_forest::{Cuts, IsolationForest, IsolationForestParams};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Latency and size of six kinds of request, scaled to [0, 1], and how often each was seen.
    let x: Array2<f64> =
        array![[0.10, 0.20], [0.11, 0.20], [0.12, 0.21], [0.10, 0.22], [0.13, 0.19], [0.95, 0.20]];
    let weights = [400, 300, 150, 100, 49, 1];

    for cuts in [Cuts::DataRange, Cuts::UnitBox { depth: 8 }] {
        let params = IsolationForestParams { seed: 7, cuts, ..Default::default() };
        let scores = IsolationForest::fit(x.view(), &weights, &params)?.score(x.view())?;
        println!("{cuts:?}");
        for (row, score) in x.rows().into_iter().zip(&scores) {
            println!("  latency {:.2}  size {:.2}  score {score:.3}", row[0], row[1]);
        }
        assert!(scores[..5].iter().all(|ordinary| scores[5] > *ordinary), "the slow request is the oddest");
    }

    // The box knows "far beyond" what it was shown from "just beyond"; the data's range does not.
    let (near, far) = ([0.96, 0.2], [0.99, 0.95]);
    let params = |cuts| IsolationForestParams { seed: 7, cuts, ..Default::default() };
    let boxed = IsolationForest::fit(x.view(), &weights, &params(Cuts::UnitBox { depth: 8 }))?;
    println!("box: near {:.3}, far {:.3}", boxed.score_row(&near), boxed.score_row(&far));
    assert!(boxed.score_row(&far) > boxed.score_row(&near));
    Ok(())
}
