//! oddlog-server
fn main() {}
