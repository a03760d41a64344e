//! The JSON of requests and replies, and nowhere else.
//!
//! In: a request's bytes, or a [`Report`](crate::report::Report). Out: lines and [`Options`], or a [`Reply`] to
//! serialise. A pure mapping: no status codes, no files, no clock.

mod compare;
mod entry;
mod events;
mod feedback;
mod files;
mod generations;
mod models;
mod number;
mod options;
mod parts;
mod problem;
mod reading;
mod reply;
mod request;
mod schema;
mod rows;
mod sections;
mod session;
mod settings;
mod similar;
mod spelling;
mod temporal;
mod text;
mod time;

pub use compare::{BaselineBody, CompareBody, CompareOptions, CompareReply, read_compare};
pub use entry::{kind_of, line_of};
pub use events::EventView;
pub use feedback::{FeedbackBody, FeedbackView, event_of_query};
pub use files::{NamedFile, value_of_files};
pub use generations::{GenerationView, RollBack};
pub use models::{
    Forgotten, ListPage, MergeReply, ModelView, Page, dates_of, days_of_query, no_query, page_of_query,
};
pub use options::{Include, OptionError, Options};
pub use parts::Parts;
pub use problem::Problem;
pub use reading::{pairs_of_reading, timezone};
pub use reply::{Attached, Reply, TrainReply};
pub use request::{Body, Format, RequestError, read_body};
pub use rows::{error_row, last_rows, line_rows};
pub use schema::{
    AnalyzeBody, CompareRequest, StatusBody, StrictAnalyzeBody, StrictTrainBody, TrainBody, VersionBody,
};
pub use session::SESSION_PATTERN_LIMIT_BYTES;
pub use settings::SettingsBody;
pub use similar::{SimilarView, term_of_query};
pub use text::{Encoding, LONGEST_LINE_BYTES, Text, decode};
pub(crate) use text::{cut_each, is_binary};
