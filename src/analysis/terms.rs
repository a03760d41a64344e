//! The words that tell a pattern from the others, and words used like them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::features::tfidf::TfidfVectorizer;
use crate::ml::word2vec::{Word2Vec, Word2VecParams};
use crate::report::PatternTerms;
use crate::template::EventTemplate;

use super::fit::Fit;
use super::patterns::rows_of;

/// Terms that are named for a pattern.
const CHARACTERISTIC: usize = 5;

/// Terms of a pattern whose neighbours are named, and how many of each.
const NEIGHBOURS: (usize, usize) = (3, 3);

/// Where words stand to each other by the company they keep in templates.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Embeddings {
    word2vec: Word2Vec,
}

impl Embeddings {
    /// Trains word2vec on the templates of a fit; one of `n` lines is repeated `⌈log₂(1 + n)⌉` times, so that
    /// common events count for more and do not drown the rest. `None` where there are no two words.
    #[must_use]
    pub fn fit(fit: &Fit, seed: u64) -> Option<Self> {
        let vectorizer = &fit.vocabulary.vectorizer;
        let sentences: Vec<(Vec<u32>, u32)> = fit
            .events()
            .iter()
            .zip(&fit.anomaly.evidence)
            .map(|(event, evidence)| (sentence(vectorizer, event), repetitions(evidence.lines)))
            .filter(|(sentence, _)| sentence.len() > 1)
            .collect();
        let params = Word2VecParams { seed, ..Word2VecParams::default() };
        let word2vec = Word2Vec::fit(&sentences, vectorizer.terms().len(), &params).ok()?;
        Some(Self { word2vec })
    }

    /// The `k` terms used most like `term`, with their cosine, best first.
    #[must_use]
    pub fn nearest<'v>(&self, vectorizer: &'v TfidfVectorizer, term: usize, k: usize) -> Vec<(&'v str, f64)> {
        let vocabulary = vectorizer.terms();
        let near = self.word2vec.nearest(term, k);
        near.into_iter().map(|(term, cosine)| (vocabulary[term].as_str(), f64::from(cosine))).collect()
    }
}

fn sentence(vectorizer: &TfidfVectorizer, event: &EventTemplate) -> Vec<u32> {
    event.words.iter().filter_map(|word| vectorizer.column(word)).map(|term| term as u32).collect()
}

fn repetitions(lines: u64) -> u32 {
    ((lines + 1) as f64).log2().ceil().max(1.0) as u32
}

/// The characteristic terms of each pattern: heaviest in the sum of its events' TF-IDF rows. `patterns[i]` is the
/// pattern of event `i`; the result is in the order of `wanted`.
#[must_use]
pub fn pattern_terms(
    fit: &Fit,
    embeddings: Option<&Embeddings>,
    wanted: &[i32],
    events: &[(&EventTemplate, i32)],
) -> Vec<PatternTerms> {
    let vectorizer = &fit.vocabulary.vectorizer;
    wanted
        .iter()
        .map(|&pattern_id| {
            let members: Vec<EventTemplate> = events
                .iter()
                .filter(|(_, pattern)| *pattern == pattern_id)
                .map(|(e, _)| (*e).clone())
                .collect();
            let heaviest = heaviest_terms(vectorizer, &members);
            let nearest = |term: usize| {
                let near = embeddings.map_or_else(Vec::new, |e| e.nearest(vectorizer, term, NEIGHBOURS.1));
                near.into_iter().map(|(term, cosine)| (term.to_owned(), cosine)).collect()
            };
            let name = |term: usize| vectorizer.terms()[term].clone();
            PatternTerms {
                pattern_id,
                nearest: heaviest.iter().take(NEIGHBOURS.0).map(|&(t, _)| (name(t), nearest(t))).collect(),
                characteristic: heaviest.into_iter().map(|(term, weight)| (name(term), weight)).collect(),
            }
        })
        .collect()
}

fn heaviest_terms(vectorizer: &TfidfVectorizer, events: &[EventTemplate]) -> Vec<(usize, f64)> {
    let mut weights: BTreeMap<usize, f64> = BTreeMap::new();
    let rows = rows_of(vectorizer, events);
    for row in rows.rows() {
        for (term, weight) in row.cells() {
            *weights.entry(term as usize).or_default() += weight;
        }
    }
    let mut heaviest: Vec<(usize, f64)> =
        weights.into_iter().map(|(term, weight)| (term, weight / events.len() as f64)).collect();
    heaviest.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    heaviest.truncate(CHARACTERISTIC);
    heaviest
}
