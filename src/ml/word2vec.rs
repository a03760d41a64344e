//! Which terms are used alike: an embedding of each term, by skip-gram with negative sampling.
//!
//! In: sentences of term numbers and how often each is repeated. Out: a vector for each term, and its nearest terms.

use serde::{Deserialize, Serialize};

mod alias;
mod params;
mod schedule;
mod skip_gram;

use crate::ml::rng::Random;
use alias::AliasTable;
use params::check;
pub use params::{Word2VecError, Word2VecParams};
use schedule::Schedule;
use skip_gram::SkipGram;

/// Noise terms are drawn by frequency to this power; the value of the source, which found it better than 1 and 0.
const NOISE_POWER: f64 = 0.75;

/// The learning rate falls in a straight line to this share of its first value, as in word2vec.c.
const LAST_RATE: f32 = 0.004;

/// A vector for each term.
///
/// # Example
/// ```
/// use oddlog::ml::word2vec::{Word2Vec, Word2VecParams};
///
/// // 0 disk, 1 volume: each is mounted (2) on a node (3); 4 user, 5 admin: each logs (6) in (7)
/// let sentences = [(vec![0, 2, 3], 9), (vec![1, 2, 3], 9), (vec![4, 6, 7], 9), (vec![5, 6, 7], 9)];
/// let word2vec = Word2Vec::fit(&sentences, 8, &Word2VecParams::default())?;
/// assert_eq!(word2vec.nearest(0, 1)[0].0, 1);
/// assert_eq!(word2vec.nearest(5, 1)[0].0, 4);
/// # Ok::<(), oddlog::ml::word2vec::Word2VecError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Word2Vec {
    dim: usize,
    /// `n_terms × dim`
    vectors: Vec<f32>,
}

impl Word2Vec {
    /// Trains on `sentences`, each a sequence of term numbers below `n_terms` and how often it is repeated.
    ///
    /// A term that occurs in no sentence has a vector of zeros. Where sentences are event templates,
    /// [`log_repetitions`] of their counts keeps frequent ones from drowning the rest.
    ///
    /// # Errors
    /// Every variant of [`Word2VecError`].
    ///
    /// # Cost
    /// At most [`pair_budget`](Word2VecParams::pair_budget) pairs and a window's more, each
    /// `O(dim · (1 + negative))`, on one thread: the vectors depend on the seed and on nothing else.
    ///
    /// # Source
    /// Mikolov, Sutskever, Chen, Corrado, Dean, "Distributed representations of words and phrases and their
    /// compositionality", NIPS 2013, arXiv:1310.4546, equation 4; frequent words are not subsampled.
    pub fn fit(
        sentences: &[(Vec<u32>, u32)],
        n_terms: usize,
        params: &Word2VecParams,
    ) -> Result<Self, Word2VecError> {
        check(sentences, n_terms, params)?;
        let counts = count_terms(sentences, n_terms);
        let noise = AliasTable::new(
            &counts.iter().map(|&count| (count as f64).powf(NOISE_POWER)).collect::<Vec<_>>(),
        );
        let mut random = Random::new(params.seed, 0);
        let mut model = SkipGram::new(&counts, params.dim, &mut random);
        let mut schedule = Schedule::new(sentences, params);
        let (n_visits, mut n_pairs) = (schedule.n_visits(), 0);
        for visit in 0..n_visits {
            let (terms, _) = &sentences[schedule.next(&mut random)];
            let progress = visit as f32 / n_visits as f32;
            let rate = params.learning_rate * (1.0 - progress * (1.0 - LAST_RATE));
            let limit = params.pair_budget - n_pairs;
            n_pairs += model.train_sentence(terms, limit, rate, params, &noise, &mut random);
            if n_pairs >= params.pair_budget {
                break;
            }
        }
        let vectors = model.into_vectors();
        if vectors.iter().any(|value| !value.is_finite()) {
            return Err(Word2VecError::Diverged { learning_rate: params.learning_rate });
        }
        Ok(Self { dim: params.dim, vectors })
    }

    /// How many terms have a vector.
    pub fn n_terms(&self) -> usize {
        self.vectors.len() / self.dim
    }

    /// The vector of a term, `dim` long; panics beyond the last term.
    pub fn embedding(&self, term: usize) -> &[f32] {
        &self.vectors[term * self.dim..][..self.dim]
    }

    /// The `k` terms whose vectors point most nearly the way of `term`'s, with the cosine in `[-1, 1]`, best first,
    /// equal ones by number. `term` itself is not among them, nor is a term that occurred nowhere; of such a term
    /// there are none.
    ///
    /// # Cost
    /// `O(n_terms · dim)`.
    pub fn nearest(&self, term: usize, k: usize) -> Vec<(usize, f32)> {
        let query = self.embedding(term);
        let query_norm = norm(query);
        if query_norm == 0.0 {
            return Vec::new();
        }
        let others = (0..self.n_terms()).filter(|&other| other != term);
        let mut found: Vec<(usize, f32)> = others
            .filter_map(|other| {
                let vector = self.embedding(other);
                let norm = norm(vector);
                (norm > 0.0).then(|| (other, (dot(query, vector) / query_norm / norm).clamp(-1.0, 1.0)))
            })
            .collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found.truncate(k);
        found
    }
}

/// How often a template that occurred `count` times is repeated for training: `ceil(log₂(1 + count))`.
///
/// # Example
/// ```
/// use oddlog::ml::word2vec::log_repetitions;
///
/// assert_eq!([0, 1, 2, 3, 4, 1000, u64::MAX].map(log_repetitions), [0, 1, 2, 2, 3, 10, 64]);
/// ```
pub const fn log_repetitions(count: u64) -> u32 {
    u64::BITS - count.leading_zeros()
}

fn count_terms(sentences: &[(Vec<u32>, u32)], n_terms: usize) -> Vec<u64> {
    let mut counts = vec![0; n_terms];
    for (terms, repetitions) in sentences {
        terms.iter().for_each(|&term| counts[term as usize] += u64::from(*repetitions));
    }
    counts
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f32]) -> f32 {
    dot(a, a).sqrt()
}

/// What is read from a file.
#[derive(Deserialize)]
struct Stored {
    dim: usize,
    vectors: Vec<f32>,
}

impl TryFrom<Stored> for Word2Vec {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        let Stored { dim, vectors } = stored;
        if dim == 0 || vectors.len() % dim != 0 || vectors.iter().any(|value| !value.is_finite()) {
            return Err("word2vec: stored vectors are not finite numbers, or not all of one length");
        }
        Ok(Self { dim, vectors })
    }
}
