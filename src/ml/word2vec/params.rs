//! What embeddings are trained with, and what is refused.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Learning rate above which training of the smallest text may diverge.
const LEARNING_RATE_MAX: f32 = 1.0;

/// How embeddings are trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Word2VecParams {
    /// Numbers in a vector. 48: log vocabularies are a few hundred to a few thousand terms; 24 and 96 find words that
    /// fill one slot as well, within a hundredth.
    pub dim: usize,
    /// The farthest neighbour that a term predicts, in terms; each occurrence draws its reach from 1 to here, so that
    /// near ones count more. 2: words that fill one slot share what stands next to them, and farther ones say what a
    /// template is about. With 5, word2vec's own default, such words were worse found (`docs/accuracy.md`).
    pub window: usize,
    /// Noise terms for each true pair. The source has 5 to 20 for small texts; with 4 such words are found a little worse.
    pub negative: usize,
    /// The most passes over the sentences; small texts need many. 200.
    pub epochs: usize,
    /// The most pairs trained, which bounds the cost whatever the size of the text: 0.4 s for 2 million here.
    /// If one pass has more, repetitions are reduced in proportion, and then a random part of the sentences is read.
    pub pair_budget: usize,
    /// First learning rate, above 0 and at most 1; 0.025 as in word2vec.c.
    pub learning_rate: f32,
    /// Seed of every random choice.
    pub seed: u64,
}

impl Default for Word2VecParams {
    fn default() -> Self {
        let (dim, window, negative) = (48, 2, 8);
        Self { dim, window, negative, epochs: 200, pair_budget: 2_000_000, learning_rate: 0.025, seed: 0 }
    }
}

/// Why embeddings are not trained.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Word2VecError {
    /// A sentence names a term beyond the vocabulary.
    #[error("sentence {sentence} holds term {term}, the vocabulary has {n_terms}")]
    TermRange {
        /// the sentence's position
        sentence: usize,
        /// the term named
        term: u32,
        /// terms there are
        n_terms: usize,
    },
    /// A parameter out of range.
    #[error("word2vec needs {needed}, got {got}")]
    Params {
        /// what would be right
        needed: &'static str,
        /// what was found
        got: f64,
    },
    /// Vectors grew beyond all bounds.
    #[error("word2vec diverged at a learning rate of {learning_rate}: a smaller one would do")]
    Diverged {
        /// the rate given
        learning_rate: f32,
    },
}

/// Looks at parameters and sentences.
pub(super) fn check(
    sentences: &[(Vec<u32>, u32)],
    n_terms: usize,
    params: &Word2VecParams,
) -> Result<(), Word2VecError> {
    let least = [
        ("vectors of at least 1 number", params.dim),
        ("a window of at least 1", params.window),
        ("at least 1 noise term", params.negative),
        ("at least 1 epoch", params.epochs),
        ("a budget of at least 1 pair", params.pair_budget),
    ];
    if let Some((needed, _)) = least.into_iter().find(|&(_, value)| value == 0) {
        return Err(Word2VecError::Params { needed, got: 0.0 });
    }
    if !(params.learning_rate > 0.0 && params.learning_rate <= LEARNING_RATE_MAX) {
        let needed = "a learning rate above 0 and at most 1";
        return Err(Word2VecError::Params { needed, got: f64::from(params.learning_rate) });
    }
    for (sentence, (terms, _)) in sentences.iter().enumerate() {
        if let Some(&term) = terms.iter().find(|&&term| term as usize >= n_terms) {
            return Err(Word2VecError::TermRange { sentence, term, n_terms });
        }
    }
    Ok(())
}
