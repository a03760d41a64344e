//! All integration tests, one binary. Each module says what belongs there.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]
#![allow(clippy::print_stdout, reason = "a test says what it measured or skipped")]

mod access; // who may come in: tokens, rights, other sites, headers, request ids
mod analysis; // what an analysis says of small logs
mod columns; // leading columns of unknown formats: learnt, or left in the message
mod compare; // what is said of the difference of two logs
mod backtest; // what a model would have sent on each day of a log
mod bytes; // encodings, damage, endless lines, packings that lie
mod client; // the client program: what it reads, prints, and exits with
mod client_files; // folders and several files: found, merged by time, read alike; the terminal
mod client_stream; // --stream: a log judged as it is read, by itself and by a service, as it would be whole
mod html; // the report for people: whole in itself, safe, the same again; pictures as shapes
mod described; // the description of the API and the metrics: whole, true, named by the rules
mod full_disk; // a full or read-only disk refuses training, says so, and mends
mod growth; // numbers that grow leave the range of training, and say nothing by that
mod generations; // published fits: numbered, kept, taken back; retention and fading
mod feedback; // what an owner says of events, the budget of alarms, what a model says of its training
mod fuzz; // damaged input for every entry point that takes bytes of strangers
mod kernels; // kernels against reference values of scikit-learn
mod laws; // what training keeps adds up; nothing depends on threads
mod layering; // imports point one way, and what makes a report does no I/O
mod parse; // known formats: a table of lines with expected time, level, source, message
mod lock; // lockfiles: what is in them, what changes them, what accepts a change
mod map_merge; // states made apart and merged, by files and over HTTP
mod memory; // what models keep, forget and never lose
mod redaction; // what is kept of lines with secrets, and of lines without
mod reread; // stored sequences and states, read again
mod parameters; // what is told of the variables of an event
mod picture; // the picture: size, odd weather, no font needed
mod process; // the server as a process: refusing to start, first token, TLS, log, end
mod readme; // what README and ARCHITECTURE say, done and compared
mod records; // lines that continue others: traces, SQL, JSON
mod routes; // the HTTP contract, through the router and over a socket
mod store; // model files: damaged, foreign, torn
mod stream; // analyses answered in rows, part by part
mod told; // what the statistics tell of formats, times and dates
mod temporal; // counts over time, and what is found in them
mod planted; // changes planted in real logs: found, and nothing else
mod templates; // event templates on small logs
mod upgrade; // models of every released format are read, and go on
mod sample_log; // log_dataset.json is what its generator writes, and README tells its incidents

/// Generated cases of a law: few at each run, and as many as `ODDLOG_CASES` says where somebody has the time.
fn cases(usually: u32) -> u32 {
    std::env::var("ODDLOG_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(usually)
}
