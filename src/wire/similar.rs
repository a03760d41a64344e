//! Terms that are used alike, as replies show them.

use serde::Serialize;
use utoipa::ToSchema;

use super::models::{Page, page_of_query};
use super::options::OptionError;

/// A term, and how much it is used like the one that was asked for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SimilarView {
    term: String,
    /// Cosine of the two embeddings, in [-1, 1].
    similarity: f64,
    /// Its place in the list, from 1.
    rank: usize,
}

impl SimilarView {
    /// Shows terms, best first.
    pub fn all(terms: Vec<(String, f64)>) -> impl Iterator<Item = Self> {
        terms.into_iter().zip(1..).map(|((term, similarity), rank)| Self { term, similarity, rank })
    }

    /// Whether a text can be the place of a term.
    #[must_use]
    pub fn is_place(text: &str) -> bool {
        text.len() == 9 && text.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// What the list is sorted by: the rank, so that texts sort as numbers do.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{:09}", self.rank)
    }
}

/// Reads `term`, `limit` and `cursor`.
///
/// # Errors
/// [`OptionError`] for the first parameter that is unknown or wrong, and where there is no term.
pub fn term_of_query(query: Vec<(String, String)>) -> Result<(String, Page), OptionError> {
    let (terms, rest): (Vec<_>, Vec<_>) = query.into_iter().partition(|(key, _)| key == "term");
    let problem = |problem: &str| OptionError { key: "term".into(), problem: problem.to_owned() };
    let term = match terms.as_slice() {
        [(_, term)] if !term.is_empty() => term.clone(),
        [] | [_] => return Err(problem("is missing: a word of the model's events, such as ?term=timeout")),
        _ => return Err(problem("is there twice; ask for one term at a time")),
    };
    Ok((term, page_of_query(&rest, SimilarView::is_place)?))
}

#[cfg(test)]
mod tests {
    use super::term_of_query;

    fn read(query: &[(&str, &str)]) -> Result<String, String> {
        let query = query.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
        term_of_query(query).map(|(term, _)| term).map_err(|error| error.to_string())
    }

    #[test]
    fn one_term_is_asked_for() {
        assert_eq!(read(&[("limit", "5"), ("term", "disk")]).as_deref(), Ok("disk"));
        for (query, said) in [
            (vec![], "`term` is missing"),
            (vec![("term", "")], "`term` is missing"),
            (vec![("term", "a"), ("term", "b")], "`term` is there twice"),
            (vec![("term", "a"), ("terms", "b")], "`terms`"),
        ] {
            let error = read(&query).unwrap_err();
            assert!(error.starts_with(said), "{error}");
        }
    }
}
