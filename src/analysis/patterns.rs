//! Which events belong together: DBSCAN over the words of their templates.

use crate::features::tfidf::TfidfVectorizer;
use crate::linalg::SparseRows;
use crate::ml::dbscan::{CosineRows, dbscan};
use crate::report::NOISE;
use crate::template::EventTemplate;

/// Cosine distance up to which two templates are neighbours. Templates of one logging statement with a word
/// more or less are within it, two statements that share half of their weight are not. A larger one makes
/// fewer, wider patterns.
const EPS: f64 = 0.3;

/// Pairs of events that are compared for a fit, at most: some ten seconds of one thread. Up to 16,000 events all that have to be
/// are; beyond, it takes as many that share many common words to get there, and each is then compared with those
/// that share its rarest words. A larger number finds more of the patterns of such a log, and takes as much longer.
const MAX_COMPARISONS: usize = 1 << 28;

/// Lines that make a pattern: as in the original service. An event of as many lines is a pattern by itself.
const MIN_POINTS: usize = 2;

/// Which events belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clusters {
    /// The cluster of each event, or [`NOISE`].
    pub of_events: Vec<i32>,
    /// Events that were compared with some of those only that may be like them, for there were too many: what belongs
    /// together may stand in several clusters, or in none.
    pub n_partly_compared: u64,
}

/// The clusters of events: `lines[i]` is how often event `i` was seen.
///
/// Each line is a point, and lines of one event are the same point, so an event counts as often as it was seen, up
/// to `MIN_POINTS` times (more would not change the clusters).
#[must_use]
pub fn cluster_events(vectorizer: &TfidfVectorizer, events: &[EventTemplate], lines: &[u64]) -> Clusters {
    let rows = rows_of(vectorizer, events);
    cluster_rows(&rows, lines, MAX_COMPARISONS)
}

fn cluster_rows(rows: &SparseRows, lines: &[u64], max_comparisons: usize) -> Clusters {
    let points = CosineRows::new(rows, EPS).expect("eps is within [0, 1] and TF-IDF rows are finite");
    let points = points.comparing_at_most(max_comparisons);
    let labels = dbscan(&points, Some(lines), MIN_POINTS);
    let of_events = labels.into_iter().map(|label| label.map_or(NOISE, |cluster| cluster as i32)).collect();
    Clusters { of_events, n_partly_compared: points.n_ended() as u64 }
}

/// One TF-IDF row per event.
#[must_use]
pub fn rows_of(vectorizer: &TfidfVectorizer, events: &[EventTemplate]) -> SparseRows {
    vectorizer.transform(events.iter().map(|event| event.words.iter().map(String::as_str)))
}

/// For each row of `new`, the row of `known` that is most alike among those that DBSCAN would call its neighbours, the first
/// of several; and for how many not all of those were looked at that may be it.
pub fn neighbours(known: &SparseRows, new: &SparseRows) -> (Vec<Option<usize>>, u64) {
    let points = CosineRows::new(known, EPS).expect("eps is within [0, 1] and TF-IDF rows are finite");
    let points = points.comparing_at_most(MAX_COMPARISONS);
    let nearest = new.rows().map(|row| points.nearest(row)).collect();
    (nearest, points.n_ended() as u64)
}

#[cfg(test)]
mod tests {
    use super::{MAX_COMPARISONS, cluster_rows};
    use crate::linalg::SparseRows;

    /// Row i has the columns i to i + 7 of 60: the next is like it, the one after that is not.
    fn chain() -> SparseRows {
        let mut rows = SparseRows::new(60);
        (0..50_u32).for_each(|row| rows.push((row..row + 8).map(|column| (column, 1.0))).unwrap());
        rows
    }

    #[test]
    fn with_too_few_comparisons_the_events_that_may_lack_neighbours_are_counted() {
        let lines = [1; 50];
        let all = cluster_rows(&chain(), &lines, MAX_COMPARISONS);
        assert_eq!((all.of_events, all.n_partly_compared), (vec![0; 50], 0));
        let few = cluster_rows(&chain(), &lines, 50);
        assert!(few.n_partly_compared > 40, "{few:?}");
        assert_eq!(few, cluster_rows(&chain(), &lines, 50));
    }
}
