//! Masked sequences to event templates: which lines are one kind of event, and what of it varies.
//!
//! In: the distinct masked sequences of a state, and how often each came. Out: [`Templates`], a pure function of
//! that set. Sequences of one shape (the same punctuation, a word between) are grouped by DBSCAN on how alike
//! their words are, each group is split where a column does not behave like a variable, and groups of different
//! shapes with the same words are joined.
//!
//! Source: the research prototype; the classes and the judging of columns stand for the regular expressions
//! and thresholds that other miners want written for each log.

mod align;
mod cluster;
mod groups;
mod judge;
mod render;
mod shape;
mod skeleton;
mod templates;

pub use templates::{Distinct, EventTemplate, Templates};
