//! All integration tests, one binary. Each module says what belongs there.

mod client; // the client program: what it reads, prints, and exits with
mod kernels; // kernels against reference values of scikit-learn
mod parse; // known formats: a table of lines with expected time, level, source, message
mod picture; // the picture: size, odd weather, no font needed
mod routes; // the HTTP contract, through the router and over a socket
mod store; // files of a model and the journal: what was stored comes back, or is refused
mod templates; // event templates on small logs
