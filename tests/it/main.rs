//! All integration tests, one binary. Each module says what belongs there.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]
#![allow(clippy::print_stdout, reason = "a test says what it measured or skipped")]

mod analysis; // what an analysis says of small logs
mod compare; // what is said of the difference of two logs
mod bytes; // encodings, damage, endless lines, packings that lie
mod client; // the client program: what it reads, prints, and exits with
mod fuzz; // damaged input for every entry point that takes bytes of strangers
mod kernels; // kernels against reference values of scikit-learn
mod laws; // what training keeps adds up; nothing depends on threads
mod layering; // imports point one way, and what makes a report does no I/O
mod parse; // known formats: a table of lines with expected time, level, source, message
mod memory; // what models keep, forget and never lose
mod picture; // the picture: size, odd weather, no font needed
mod readme; // what README and ARCHITECTURE say, done and compared
mod routes; // the HTTP contract, through the router and over a socket
mod store; // model files: damaged, foreign, torn
mod temporal; // counts over time, bursts and silences
mod templates; // event templates on small logs
mod sample_log; // log_dataset.json is what its generator writes, and README tells its incidents
