//! oddlog: learns what is normal in a log and says what is odd, what repeats, and why.
//!
//! A line flows one way, through these modules in this order.

pub mod entry;
pub mod linalg;
pub mod parse;
pub mod tokenize;
pub mod ml;
pub mod state;
pub mod template;
pub mod columns;
pub mod features;
pub mod wording;
pub mod hidden;
pub mod report;
pub mod analysis;
pub mod store;
pub mod plot;
pub mod html;
pub mod models;
pub mod wire;
pub mod service;
pub mod http;
pub mod client;
