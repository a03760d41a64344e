//! Kernels that know numbers, not logs: DBSCAN, the isolation forest, skip-gram embeddings, and random numbers.

pub mod dbscan;
pub mod isolation_forest;
pub mod rng;
pub mod word2vec;
