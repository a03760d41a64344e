//! Of which known event another one may be a new wording, as after an upgrade of the program that logs.
//!
//! In: the events of a model, and new ones. Out: for each new one the most alike, by the pieces of its words, so that an
//! inflection (`start`, `started`, `starting`) costs little and a word more or less no more than its share.

use rustc_hash::FxHashMap;

use crate::features::tfidf::{TfidfParams, TfidfVectorizer};
use crate::linalg::SparseRows;
use crate::template::EventTemplate;

/// Lengths of the pieces, in characters, the marks at both ends of a word among them.
const PIECES: [usize; 2] = [3, 4];

/// How often the whole word counts beside its pieces: the more, the less an inflection is seen through, and the more a word
/// that stays weighs where the others are synonyms.
const WHOLE: usize = 2;

/// The wordings of the events of a model: TF-IDF over the pieces of their words.
#[derive(Clone, Debug)]
pub struct Wordings {
    vectorizer: TfidfVectorizer,
    rows: SparseRows,
}

impl Wordings {
    /// Of these events.
    ///
    /// Cost: linear in the letters of their words.
    #[must_use]
    pub fn of(events: &[EventTemplate]) -> Self {
        let marked: Vec<Vec<String>> = events.iter().map(marked_words).collect();
        let vectorizer =
            TfidfVectorizer::fit(marked.iter().map(|words| pieces(words)), &TfidfParams::default());
        let rows = vectorizer.transform(marked.iter().map(|words| pieces(words)));
        Self { vectorizer, rows }
    }

    /// For each of `new`, the most alike event; `None` where they share no piece of a word.
    #[must_use]
    pub fn nearest(&self, new: &[EventTemplate]) -> Vec<Option<Nearest>> {
        let marked: Vec<Vec<String>> = new.iter().map(marked_words).collect();
        Nearest::of_each(&self.rows, &self.vectorizer.transform(marked.iter().map(|words| pieces(words))))
    }
}

/// The words with a mark at each end, so that the beginning of one is no middle of another.
fn marked_words(event: &EventTemplate) -> Vec<String> {
    event.words.iter().map(|word| format!("#{word}#")).collect()
}

fn pieces(words: &[String]) -> impl Iterator<Item = &str> {
    words.iter().flat_map(|word| {
        let mut ends: Vec<usize> = word.char_indices().map(|(at, _)| at).collect();
        ends.push(word.len());
        let of_length = move |length: usize| {
            let spans: Vec<(usize, usize)> =
                ends.iter().zip(ends.iter().skip(length)).map(|(&from, &to)| (from, to)).collect();
            spans.into_iter().map(move |(from, to)| &word[from..to])
        };
        std::iter::repeat_n(word.as_str(), WHOLE).chain(PIECES.into_iter().flat_map(of_length))
    })
}

/// The event of a model that is most alike to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearest {
    /// Its number in the model; the first of several equally alike.
    pub event: usize,
    /// Cosine of the two TF-IDF rows, in `(0, 1]`; higher is more alike.
    pub similarity: f64,
}

impl Nearest {
    /// For each row of `new`, the most alike row of `known`; `None` where they share no term.
    ///
    /// Cost: linear in the entries of `known`, and for each row of `new` in the postings of its terms.
    #[must_use]
    pub fn of_each(known: &SparseRows, new: &SparseRows) -> Vec<Option<Self>> {
        let mut postings: FxHashMap<u32, Vec<(usize, f64)>> = FxHashMap::default();
        for row in 0..known.n_rows() {
            for (term, weight) in known.row(row).cells() {
                postings.entry(term).or_default().push((row, weight));
            }
        }
        let mut similarity = vec![0.0; known.n_rows()];
        (0..new.n_rows())
            .map(|row| {
                similarity.fill(0.0);
                for (term, weight) in new.row(row).cells() {
                    for &(event, other) in postings.get(&term).map_or(&[][..], Vec::as_slice) {
                        similarity[event] += weight * other;
                    }
                }
                best(&similarity)
            })
            .collect()
    }
}

fn best(similarity: &[f64]) -> Option<Nearest> {
    let mut best: Option<Nearest> = None;
    for (event, &similarity) in similarity.iter().enumerate() {
        if similarity > best.map_or(0.0, |b| b.similarity) {
            best = Some(Nearest { event, similarity: similarity.min(1.0) });
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(text: &str) -> EventTemplate {
        let words = text.split(' ').filter(|word| *word != "<*>").map(str::to_owned).collect();
        EventTemplate { id: 0, text: text.to_owned(), words }
    }

    #[test]
    fn pieces_are_the_word_twice_and_its_runs_of_three_and_four_characters() {
        let words = marked_words(&event("öl da"));
        let found: Vec<&str> = pieces(&words).collect();
        assert_eq!(found, ["#öl#", "#öl#", "#öl", "öl#", "#öl#", "#da#", "#da#", "#da", "da#", "#da#"]);
    }

    #[test]
    fn another_inflection_and_a_word_more_are_nearer_than_another_event() {
        let known =
            ["received block <*> of size <*> from <*>", "deleting block <*> file <*>", "user <*> logged in"];
        let wordings = Wordings::of(&known.map(event));
        let new =
            ["receiving the block <*> of size <*> from <*>", "block <*> file <*> deleted", "zzz"].map(event);
        let nearest = wordings.nearest(&new).into_iter().map(|near| near.map(|near| near.event));
        assert_eq!(nearest.collect::<Vec<_>>(), [Some(0), Some(1), None]);
    }
}
