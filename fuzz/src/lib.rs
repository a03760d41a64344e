//! What the fuzzer calls.

pub mod entry_points;
