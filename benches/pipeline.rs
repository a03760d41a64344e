//! Whole runs, from lines to the bytes of a reply and from lines to a model on disk, in lines per second.
//!
//! The lines are those of the sample log and are made outside the timed part; sizes are in the names.
//! `cargo bench --bench pipeline`; one run with `cargo bench --bench pipeline -- analyze_97856`.

use std::hint::black_box;
use std::time::Duration;

use chrono::{DateTime, Utc};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use oddlog::models::Models;
use oddlog::service::{Form, analyze, train};
use oddlog::wire::Options;

#[path = "../examples/shop/mod.rs"]
#[allow(dead_code, reason = "a bench needs the lines and not the incidents in them")]
mod shop;

/// As in the programs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The sample day again and again, each time a day later.
fn days(n_days: usize) -> Vec<String> {
    let day = shop::day().lines;
    (1..=n_days)
        .flat_map(|date| day.iter().map(move |line| format!("2024-05-{date:02}{}", &line[10..])))
        .collect()
}

fn options(visualization: bool) -> Options {
    Options { visualization, ..Options::default() }
}

/// Two sizes: an ordinary request, and one of about a hundred thousand lines.
fn whole_runs(c: &mut Criterion) {
    let now = DateTime::<Utc>::UNIX_EPOCH;
    for lines in [days(1), days(22)] {
        let n = lines.len();
        let mut group = c.benchmark_group("pipeline");
        group
            .throughput(Throughput::Elements(n as u64))
            .sample_size(10)
            .measurement_time(Duration::from_secs(3));

        let empty = tempfile::tempdir().expect("a folder");
        let untrained = Models::open(empty.path()).expect("an empty folder opens");
        for (name, picture) in [("analyze", false), ("analyze_and_draw", true)] {
            group.bench_function(format!("{name}_{n}"), |b| {
                b.iter(|| analyze(&untrained, black_box(&lines), &options(picture), Form::Reply, now));
            });
        }

        let folder = tempfile::tempdir().expect("a folder");
        let trained = Models::open(folder.path()).expect("an empty folder opens");
        train(&trained, &lines, options(false), None).expect("trains");
        group.bench_function(format!("analyze_by_a_trained_model_{n}"), |b| {
            b.iter(|| analyze(&trained, black_box(&lines), &options(false), Form::Reply, now));
        });

        group.bench_function(format!("train_and_fit_{n}"), |b| {
            b.iter_batched(
                || tempfile::tempdir().expect("a folder"),
                |folder| {
                    let models = Models::open(folder.path()).expect("an empty folder opens");
                    train(&models, black_box(&lines), options(false), None).expect("trains");
                    models.publish_all().expect("fits");
                    folder
                },
                BatchSize::PerIteration,
            );
        });
        group.finish();
    }
}

criterion_group!(benches, whole_runs);
criterion_main!(benches);
