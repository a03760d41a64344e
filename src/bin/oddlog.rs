//! oddlog
fn main() {}
