//! Which terms make a document what it is: term counts, weighed by how few documents hold the term.
//!
//! In: documents as tokens. Out: a vocabulary with weights, and for each document a sparse row of length 1.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::linalg::SparseRows;

mod sklearn_tokens;

pub use sklearn_tokens::{sklearn_tokens, word_tokens};

/// How a vocabulary is chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TfidfParams {
    /// Keep this many terms, those that occur most often in all; `None` keeps every term. Of terms that occur equally
    /// often the alphabetically first are kept. (scikit-learn keeps whichever its unstable sort puts first, which
    /// differs between processors.)
    pub max_features: Option<usize>,
}

/// Vocabulary and weights learnt from documents.
///
/// A row holds for each term of the document `tf·idf`, divided by the length of the row: `tf` is how often the term
/// occurs in the document, `idf = ln((1 + n_documents) / (1 + n_documents_with_term)) + 1`. A document of which no term
/// is known has a row of zeros.
///
/// # Example
/// ```
/// use oddlog::features::tfidf::{TfidfParams, TfidfVectorizer};
///
/// let docs = [["disk", "full"], ["disk", "failed"]];
/// let tfidf = TfidfVectorizer::fit(docs, &TfidfParams::default());
/// assert_eq!(tfidf.terms(), ["disk", "failed", "full"]);
/// assert_eq!(tfidf.idf(0), 1.0); // in every document: ln(3/3) + 1
///
/// let rows = tfidf.transform([["disk", "melted"]]);
/// assert_eq!(rows.row(0).columns(), [0]);
/// assert_eq!(rows.row(0).values(), [1.0]);
/// ```
///
/// # Source
/// scikit-learn's `TfidfVectorizer` with its defaults (smooth idf, L2 norm), except for the ties of
/// [`TfidfParams::max_features`] and that no documents, or none with a term, give an empty vocabulary, not an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct TfidfVectorizer {
    terms: Vec<String>,
    idf: Vec<f64>,
    columns: FxHashMap<String, u32>,
}

impl TfidfVectorizer {
    /// Learns vocabulary and weights from documents, each a sequence of tokens.
    ///
    /// # Cost
    /// `O(tokens + terms·ln terms)`.
    pub fn fit<'t, D, T>(docs: D, params: &TfidfParams) -> Self
    where
        D: IntoIterator<Item = T>,
        T: IntoIterator<Item = &'t str>,
    {
        Self::fit_weighted(docs.into_iter().map(|doc| (doc, 1)), params)
    }

    /// Learns from documents that occur several times each: the same as [`fit`](Self::fit) on all of them.
    pub fn fit_weighted<'t, D, T>(docs: D, params: &TfidfParams) -> Self
    where
        D: IntoIterator<Item = (T, u64)>,
        T: IntoIterator<Item = &'t str>,
    {
        let (terms, n_docs) = count(docs);
        let kept = keep_most_frequent(terms, params.max_features);
        let idf =
            |n_docs_with_term: u64| ((1.0 + n_docs as f64) / (1.0 + n_docs_with_term as f64)).ln() + 1.0;
        let idf = kept.iter().map(|count| idf(count.n_docs)).collect();
        Self::new(kept.into_iter().map(|count| count.term.to_owned()).collect(), idf)
    }

    fn new(terms: Vec<String>, idf: Vec<f64>) -> Self {
        let column = |at: usize| u32::try_from(at).expect("terms are numbered in 32 bits");
        let columns = terms.iter().enumerate().map(|(at, term)| (term.clone(), column(at))).collect();
        Self { terms, idf, columns }
    }

    /// One row for each document, in order: `n_docs × n_terms`.
    pub fn transform<'t, D, T>(&self, docs: D) -> SparseRows
    where
        D: IntoIterator<Item = T>,
        T: IntoIterator<Item = &'t str>,
    {
        let mut rows = SparseRows::new(self.terms.len());
        let mut columns = Vec::new();
        docs.into_iter().for_each(|doc| self.push_row_with(&mut columns, doc, &mut rows));
        rows
    }

    /// Appends the row of one document to `rows`, which must have a column for each term.
    pub fn push_row<'t>(&self, doc: impl IntoIterator<Item = &'t str>, rows: &mut SparseRows) {
        self.push_row_with(&mut Vec::new(), doc, rows);
    }

    fn push_row_with<'t>(
        &self,
        columns: &mut Vec<u32>,
        doc: impl IntoIterator<Item = &'t str>,
        rows: &mut SparseRows,
    ) {
        columns.clear();
        columns.extend(doc.into_iter().filter_map(|token| self.columns.get(token)));
        columns.sort_unstable();
        let weighed = || {
            columns.chunk_by(u32::eq).map(|same| (same[0], same.len() as f64 * self.idf[same[0] as usize]))
        };
        let norm = weighed().map(|(_, value)| value * value).sum::<f64>().sqrt();
        rows.push(weighed().map(|(column, value)| (column, value / norm)))
            .expect("columns ascend below the number of terms, and a term weighs at least 1");
    }

    /// The vocabulary in alphabetical order (of code points); a term's place is its column.
    pub fn terms(&self) -> &[String] {
        &self.terms
    }

    /// The column of a term, if it is in the vocabulary.
    pub fn column(&self, term: &str) -> Option<usize> {
        self.columns.get(term).map(|&column| column as usize)
    }

    /// The weight of the term in column `column`: at least 1, higher for rarer; panics beyond the last term.
    pub fn idf(&self, column: usize) -> f64 {
        self.idf[column]
    }
}

/// What the documents say of one term.
struct TermCount<'t> {
    term: &'t str,
    n_occurrences: u64,
    n_docs: u64,
    /// number of the last document that held it, from 1
    last_doc: usize,
}

fn count<'t, D, T>(docs: D) -> (Vec<TermCount<'t>>, u64)
where
    D: IntoIterator<Item = (T, u64)>,
    T: IntoIterator<Item = &'t str>,
{
    let mut numbers: FxHashMap<&str, usize> = FxHashMap::default();
    let mut terms: Vec<TermCount<'t>> = Vec::new();
    let mut n_docs = 0_u64;
    for (number, (doc, weight)) in (1..).zip(docs) {
        n_docs = n_docs.saturating_add(weight);
        for term in doc {
            let at = *numbers.entry(term).or_insert(terms.len());
            if at == terms.len() {
                terms.push(TermCount { term, n_occurrences: 0, n_docs: 0, last_doc: 0 });
            }
            let count = &mut terms[at];
            count.n_occurrences = count.n_occurrences.saturating_add(weight);
            if count.last_doc != number {
                count.last_doc = number;
                count.n_docs = count.n_docs.saturating_add(weight);
            }
        }
    }
    (terms, n_docs)
}

/// The terms that occur most often, ties and result in alphabetical order.
fn keep_most_frequent(mut terms: Vec<TermCount<'_>>, max_features: Option<usize>) -> Vec<TermCount<'_>> {
    if let Some(max_features) = max_features {
        terms.sort_unstable_by(|a, b| b.n_occurrences.cmp(&a.n_occurrences).then(a.term.cmp(b.term)));
        terms.truncate(max_features);
    }
    terms.sort_unstable_by_key(|count| count.term);
    terms
}

/// What is written to a file: columns follow from the terms.
#[derive(Clone, Serialize, Deserialize)]
struct Stored {
    terms: Vec<String>,
    idf: Vec<f64>,
}

impl From<TfidfVectorizer> for Stored {
    fn from(tfidf: TfidfVectorizer) -> Self {
        Self { terms: tfidf.terms, idf: tfidf.idf }
    }
}

impl TryFrom<Stored> for TfidfVectorizer {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        let Stored { terms, idf } = stored;
        let are_terms = terms.len() == idf.len() && terms.is_sorted_by(|a, b| a < b);
        if !are_terms || !idf.iter().all(|weight| weight.is_finite() && *weight >= 1.0) {
            return Err("tf-idf: stored terms are not in order, or not each has a weight of at least 1");
        }
        Ok(Self::new(terms, idf))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(docs: &[&[&str]], max_features: Option<usize>) -> TfidfVectorizer {
        TfidfVectorizer::fit(docs.iter().map(|doc| doc.iter().copied()), &TfidfParams { max_features })
    }

    #[test]
    fn idf_counts_documents_not_occurrences() {
        // two documents; "a" is in one of them, three times: ln(3/2) + 1
        let tfidf = fit(&[&["a", "a", "a"], &["b"]], None);
        assert_eq!(tfidf.idf(0), 1.5_f64.ln() + 1.0);
        assert_eq!(tfidf.idf(0), tfidf.idf(1));
    }

    #[test]
    fn row_has_length_one_and_repeats_count() {
        // equal weights, counts 3 and 4: 3/5 and 4/5
        let tfidf = fit(&[&["a"], &["b"]], None);
        let rows = tfidf.transform([["b", "a", "b", "a", "b", "a", "b", "unknown"]]);
        assert_eq!(rows.row(0).columns(), [0, 1]);
        assert!(
            (rows.row(0).values()[0] - 0.6).abs() < 1e-15 && (rows.row(0).values()[1] - 0.8).abs() < 1e-15
        );
    }

    #[test]
    fn unknown_terms_give_a_row_of_zeros() {
        let rows = fit(&[&["a"]], None).transform([vec!["x"], vec![]]);
        assert_eq!((rows.n_rows(), rows.row(0).columns().len()), (2, 0));
    }

    #[test]
    fn most_frequent_terms_are_kept_and_ties_go_to_the_first_of_the_alphabet() {
        // c three times; a, b and d twice; a and b come before d
        let tfidf = fit(&[&["d", "c", "b", "a"], &["d", "c", "b", "a"], &["c"]], Some(3));
        assert_eq!(tfidf.terms(), ["a", "b", "c"]);
        assert_eq!(fit(&[&["a"]], Some(0)).terms().len(), 0);
    }

    #[test]
    fn no_documents_give_an_empty_vocabulary() {
        let tfidf = fit(&[], None);
        assert_eq!(tfidf.transform([["a"]]).row(0).columns().len(), 0);
    }

    #[test]
    fn weighted_documents_are_documents_repeated() {
        let docs: [&[&str]; 5] = [&["a", "b"], &["a", "b"], &["a", "b"], &["b", "c"], &["b", "c"]];
        let weighted = [(["a", "b"], 3), (["b", "c"], 2)];
        assert_eq!(TfidfVectorizer::fit_weighted(weighted, &TfidfParams::default()), fit(&docs, None));
    }

    #[test]
    fn what_was_stored_comes_back_and_disorder_is_refused() {
        let tfidf = fit(&[&["a", "b"], &["a"]], None);
        let text = serde_json::to_string(&tfidf).unwrap();
        assert_eq!(serde_json::from_str::<TfidfVectorizer>(&text).unwrap(), tfidf);
        let disorder = text.replace(r#"["a","b"]"#, r#"["b","a"]"#);
        assert!(serde_json::from_str::<TfidfVectorizer>(&disorder).is_err());
    }
}
