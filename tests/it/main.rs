//! All integration tests, one binary. Each module says what belongs there.

mod kernels; // kernels against reference values of scikit-learn
mod parse; // known formats: a table of lines with expected time, level, source, message
mod picture; // the picture: size, odd weather, no font needed
mod routes; // the HTTP contract, through the router and over a socket
mod templates; // event templates on small logs
mod sample_log; // log_dataset.json is what its generator writes, and README tells its incidents
