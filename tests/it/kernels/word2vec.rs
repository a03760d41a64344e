//! word2vec: neighbours in texts of known structure, repeatability, bounds, refusals.

use oddlog::ml::word2vec::{Word2Vec, Word2VecError, Word2VecParams};
use proptest::prelude::*;

/// Sentences of `n_slots` slots; slot s is filled by one of `n_fillers` terms of its own, between two constant terms
/// of its own. Terms of one slot share all their contexts, and terms of two slots share none.
///
/// Terms: `s·(n_fillers + 2)` and the next are the constants of slot s, the fillers follow.
fn slots(n_slots: u32, n_fillers: u32) -> Vec<(Vec<u32>, u32)> {
    let first = |slot: u32| slot * (n_fillers + 2);
    let filled = |slot: u32, filler: u32| vec![first(slot), first(slot) + 2 + filler, first(slot) + 1];
    (0..n_slots)
        .flat_map(|slot| (0..n_fillers).map(move |filler| (filled(slot, filler), 1 + filler)))
        .collect()
}

#[test]
fn nearest_terms_are_those_that_fill_the_same_slot() {
    let sentences = slots(6, 4);
    for seed in 0..5 {
        let params = Word2VecParams { seed, ..Default::default() };
        let word2vec = Word2Vec::fit(&sentences, 36, &params).unwrap();
        for slot in 0..6_usize {
            let fillers: Vec<usize> = (slot * 6 + 2..slot * 6 + 6).collect();
            for &filler in &fillers {
                let nearest = word2vec.nearest(filler, 3);
                assert!(
                    nearest.iter().all(|(term, _)| fillers.contains(term)),
                    "seed {seed}: {filler} {nearest:?}"
                );
            }
        }
    }
}

#[test]
fn repetitions_weigh_a_sentence() {
    // 0 is used with 1 as 3 is, thirty times, and with 2 as 4 is, once; both kinds of sentence are equally many
    let kinds = [(vec![0, 1], 30), (vec![3, 1], 30), (vec![0, 2], 1), (vec![4, 2], 1)];
    let word2vec = Word2Vec::fit(&kinds, 5, &Word2VecParams::default()).unwrap();
    let cosine = |other: usize| word2vec.nearest(0, 4).iter().find(|(term, _)| *term == other).unwrap().1;
    assert!(cosine(3) > cosine(4) + 0.2, "{:?}", word2vec.nearest(0, 4));
}

#[test]
fn same_seed_gives_the_same_vectors_and_another_seed_others() {
    let sentences = slots(3, 3);
    let fit = |seed| {
        Word2Vec::fit(&sentences, 15, &Word2VecParams { seed, epochs: 5, ..Default::default() }).unwrap()
    };
    assert_eq!(fit(1), fit(1));
    assert_ne!(fit(1), fit(2));
}

#[test]
fn terms_that_never_occur_have_no_direction_and_are_nobodys_neighbours() {
    let word2vec = Word2Vec::fit(&[(vec![0, 2], 5)], 4, &Word2VecParams::default()).unwrap();
    assert_eq!(word2vec.embedding(1), [0.0; 48]);
    assert_eq!(word2vec.nearest(1, 9), []);
    assert_eq!(word2vec.nearest(0, 9).iter().map(|(term, _)| *term).collect::<Vec<_>>(), [2]);
}

#[test]
fn degenerate_texts_are_trained() {
    let fit = |sentences: &[(Vec<u32>, u32)], n_terms| {
        Word2Vec::fit(sentences, n_terms, &Word2VecParams::default())
    };
    assert_eq!(fit(&[], 0).unwrap().n_terms(), 0);
    assert_eq!(fit(&[(vec![], 3), (vec![0], 3)], 1).unwrap().nearest(0, 3), []);
    // one term beside itself: every noise term is the context, and is left out
    assert_eq!(fit(&[(vec![0, 0, 0], 3)], 1).unwrap().n_terms(), 1);
}

/// One sentence of a million terms, and fifty thousand sentences repeated four billion times each: neither is read
/// beyond the budget.
#[test]
fn budget_bounds_the_work_whatever_the_text() {
    let params = Word2VecParams { pair_budget: 50_000, ..Default::default() };
    let long = [((0..1_000_000).map(|term| term % 100).collect(), u32::MAX)];
    let many: Vec<_> =
        (0..50_000).map(|at| ((at..at + 8).map(|term| term % 5_000).collect(), u32::MAX)).collect();
    let start = std::time::Instant::now();
    assert_eq!(Word2Vec::fit(&long, 100, &params).unwrap().n_terms(), 100);
    assert_eq!(Word2Vec::fit(&many, 5_000, &params).unwrap().n_terms(), 5_000);
    // 100,000 pairs: a tenth of a second here; without the budget it would be hours
    assert!(start.elapsed().as_secs() < 20);
}

#[test]
fn refusals_say_what_was_found_and_what_would_be_right() {
    let message =
        |params: Word2VecParams| Word2Vec::fit(&[(vec![0, 7], 1)], 7, &params).unwrap_err().to_string();
    assert_eq!(message(Word2VecParams::default()), "sentence 0 holds term 7, the vocabulary has 7");
    let dim = Word2VecParams { dim: 0, ..Default::default() };
    assert_eq!(message(dim), "word2vec needs vectors of at least 1 number, got 0");
    let learning_rate = Word2VecParams { learning_rate: f32::NAN, ..Default::default() };
    assert_eq!(message(learning_rate), "word2vec needs a learning rate above 0 and at most 1, got NaN");
    let diverged = Word2VecError::Diverged { learning_rate: 1.0 }.to_string();
    assert_eq!(diverged, "word2vec diverged at a learning rate of 1: a smaller one would do");
}

#[test]
fn what_was_stored_comes_back_and_damage_is_refused() {
    let word2vec =
        Word2Vec::fit(&slots(2, 2), 8, &Word2VecParams { dim: 3, epochs: 3, ..Default::default() }).unwrap();
    let text = serde_json::to_string(&word2vec).unwrap();
    assert_eq!(serde_json::from_str::<Word2Vec>(&text).unwrap(), word2vec);
    assert!(serde_json::from_str::<Word2Vec>(&text.replace("\"dim\":3", "\"dim\":5")).is_err());
}

proptest! {
    #[test]
    fn cosines_lie_within_one_and_fall(
        sentences in prop::collection::vec((prop::collection::vec(0..6_u32, 0..6), 0..4_u32), 0..6), seed: u64,
    ) {
        let params = Word2VecParams { seed, epochs: 3, dim: 5, learning_rate: 1.0, ..Default::default() };
        let word2vec = Word2Vec::fit(&sentences, 6, &params).unwrap();
        for term in 0..6 {
            let nearest = word2vec.nearest(term, 6);
            prop_assert!(nearest.iter().all(|(other, cosine)| *other != term && cosine.abs() <= 1.0));
            prop_assert!(nearest.is_sorted_by(|a, b| a.1 > b.1 || (a.1 == b.1 && a.0 < b.0)));
        }
    }
}
