#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oddlog_fuzz::entry_points::sessions(bytes));
