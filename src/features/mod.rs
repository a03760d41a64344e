//! Numbers about events, from counts: what the forest and DBSCAN see.
//!
//! In: sums of a [`crate::state::State`] and event templates. Out: TF-IDF rows and one feature row per event.

pub mod evidence;
pub mod growth;
pub mod number_range;
pub mod rarity;
pub mod severity;
pub mod significance;
pub mod tfidf;
