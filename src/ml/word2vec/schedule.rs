//! Which sentence is read next, and how many in all: as many as the budget of pairs allows.

use super::Word2VecParams;
use crate::ml::rng::Random;

/// Sentences in random order, each as often in a pass as it is repeated, one pass after the other.
#[derive(Debug)]
pub(super) struct Schedule {
    /// positions of sentences, each once for every repetition
    pass: Vec<usize>,
    next: usize,
    n_visits: usize,
}

impl Schedule {
    pub(super) fn new(sentences: &[(Vec<u32>, u32)], params: &Word2VecParams) -> Self {
        let n_pairs = |terms: &[u32]| mean_pairs(terms.len(), params.window);
        let budget = params.pair_budget as f64;
        let in_one_pass: f64 = sentences.iter().map(|(terms, n)| n_pairs(terms) * f64::from(*n)).sum();
        let reduction = (budget / in_one_pass).min(1.0);
        let (mut pass, mut pairs_in_pass) = (Vec::new(), 0.0);
        for (at, (terms, repetitions)) in sentences.iter().enumerate() {
            if terms.len() < 2 || *repetitions == 0 {
                continue;
            }
            let repetitions = (f64::from(*repetitions) * reduction).floor().max(1.0);
            pairs_in_pass += n_pairs(terms) * repetitions;
            pass.extend(std::iter::repeat_n(at, repetitions as usize));
        }
        let n_passes = (budget / pairs_in_pass).min(params.epochs as f64);
        let n_visits = if pass.is_empty() { 0 } else { ((pass.len() as f64 * n_passes) as usize).max(1) };
        Self { next: pass.len(), pass, n_visits }
    }

    /// How many sentences to read in all.
    pub(super) fn n_visits(&self) -> usize {
        self.n_visits
    }

    /// The position of the sentence to read now; there must be one.
    pub(super) fn next(&mut self, random: &mut Random) -> usize {
        if self.next == self.pass.len() {
            random.shuffle(&mut self.pass);
            self.next = 0;
        }
        self.next += 1;
        self.pass[self.next - 1]
    }
}

/// Pairs that a sentence of `length` terms gives on average: `Σ_d 2·(length − d)·(window − d + 1)/window`, for there are
/// `2·(length − d)` ordered pairs at distance `d`, and a reach of 1 to `window` covers `d` with that share.
fn mean_pairs(length: usize, window: usize) -> f64 {
    let at_distance = |d: usize| 2.0 * (length - d) as f64 * (window - d + 1) as f64 / window as f64;
    (1..=window.min(length.saturating_sub(1))).map(at_distance).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pair_budget: usize) -> Word2VecParams {
        Word2VecParams { window: 2, epochs: 10, pair_budget, ..Default::default() }
    }

    #[test]
    fn mean_pairs_are_counted_by_distance() {
        // three terms, window 2: four pairs at distance 1, always reached; two at distance 2, reached half the time
        assert_eq!(mean_pairs(3, 2), 5.0);
        assert_eq!([mean_pairs(0, 2), mean_pairs(1, 2), mean_pairs(2, 2)], [0.0, 0.0, 2.0]);
    }

    #[test]
    fn small_text_is_read_for_all_its_epochs() {
        // one pass: 2 × 5 pairs; sentences of one term or of no repetition are not read
        let sentences = [(vec![0, 1, 2], 2), (vec![0], 9), (vec![0, 1], 0)];
        let schedule = Schedule::new(&sentences, &params(1_000));
        assert_eq!((schedule.pass.len(), schedule.n_visits()), (2, 20));
    }

    #[test]
    fn repetitions_are_reduced_to_the_budget() {
        // 4 billion repetitions of 2 pairs and one of 2: the budget holds 500 visits
        let sentences = [(vec![0, 1], u32::MAX), (vec![1, 2], 1)];
        let schedule = Schedule::new(&sentences, &params(1_000));
        assert!((499..=501).contains(&schedule.n_visits()), "{}", schedule.n_visits());
        assert!(schedule.pass.len() <= 501 && schedule.pass.contains(&1));
    }

    #[test]
    fn each_pass_reads_every_sentence() {
        let sentences: Vec<_> = (0..30).map(|_| (vec![0, 1], 1)).collect();
        let (mut schedule, mut random) = (Schedule::new(&sentences, &params(1_000)), Random::new(1, 0));
        for _ in 0..2 {
            let mut pass: Vec<usize> = (0..30).map(|_| schedule.next(&mut random)).collect();
            assert_ne!(pass, (0..30).collect::<Vec<_>>());
            pass.sort_unstable();
            assert_eq!(pass, (0..30).collect::<Vec<_>>());
        }
    }
}
