//! Numbers about events, from counts.

pub mod tfidf;
