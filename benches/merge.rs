//! What a merge costs inside one process: a state file to a checked state, two states to one, a state to bytes.
//!
//! The states are those of 22 days of the sample log, or the one of the file that `ODDLOG_BENCH_STATE` names; each is
//! merged with itself, so that every count is added to. `cargo bench --bench merge`.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use oddlog::models::Partial;

#[path = "../examples/shop/mod.rs"]
#[allow(dead_code, reason = "a bench needs the lines and not the incidents in them")]
mod shop;

/// As in the programs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The sample day on 22 days.
fn sample() -> Vec<u8> {
    let day = shop::day().lines;
    let dated = |date: u32| day.iter().map(move |line| format!("2024-05-{date:02}{}", &line[10..]));
    let lines: Vec<String> = (1..=22).flat_map(dated).collect();
    Partial::of(&lines).to_bytes().expect("a state encodes")
}

fn merges(c: &mut Criterion) {
    let bytes = match std::env::var_os("ODDLOG_BENCH_STATE") {
        Some(path) => std::fs::read(path).expect("the state file is there"),
        None => sample(),
    };
    let state = Partial::from_bytes(&bytes).expect("the state file is one");
    let mut group = c.benchmark_group(format!("merge_{}_lines", state.lines()));
    group.sample_size(20);
    group.bench_function("read_and_check", |b| b.iter(|| Partial::from_bytes(black_box(&bytes))));
    group.bench_function("merge_two_states", |b| {
        b.iter_batched(
            || (state.clone(), state.clone()),
            |(mut sum, other)| {
                sum.merge(other);
                sum
            },
            BatchSize::LargeInput,
        );
    });
    group.bench_function("write", |b| b.iter(|| black_box(&state).to_bytes()));
    group.finish();
}

criterion_group!(benches, merges);
criterion_main!(benches);
