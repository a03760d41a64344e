//! The kernels one by one, on data of a fixed seed made outside the timed part; sizes are in the names.
//!
//! `cargo bench --bench kernels`; one kernel with `cargo bench --bench kernels -- tfidf`. One thread with
//! `RAYON_NUM_THREADS=1`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use ndarray::Array2;
use oddlog::features::tfidf::{TfidfParams, TfidfVectorizer, word_tokens};
use oddlog::linalg::{DistinctRows, SparseRows};
use oddlog::ml::dbscan::{CosineRows, dbscan, dbscan_rows};
use oddlog::ml::isolation_forest::{Cuts, IsolationForest, IsolationForestParams};
use oddlog::ml::rng::Random;
use oddlog::ml::word2vec::{Word2Vec, Word2VecParams};
use oddlog::parse::parse_line;

/// As in the programs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const N_LINES: usize = 10_000;
const N_TEMPLATES: u64 = 300;
const N_WORDS: u64 = 1_200;

/// Messages of 300 templates, low numbers more often; 4 to 12 words each, of which one in five is a number of its own.
fn messages() -> Vec<String> {
    let mut random = Random::new(1, 0);
    let templates: Vec<Vec<Option<u64>>> = (0..N_TEMPLATES)
        .map(|_| {
            let length = 4 + random.below(9);
            (0..length).map(|_| (random.below(5) > 0).then(|| common(&mut random, N_WORDS))).collect()
        })
        .collect();
    let mut line = || {
        let template = &templates[common(&mut random, N_TEMPLATES) as usize];
        let words = template.iter().map(|word| match word {
            Some(word) => format!("word{word}"),
            None => random.below(10_000).to_string(),
        });
        words.collect::<Vec<_>>().join(" ")
    };
    (0..N_LINES).map(|_| line()).collect()
}

/// A number below `bound`, small ones more often.
fn common(random: &mut Random, bound: u64) -> u64 {
    (random.unit().powi(2) * bound as f64) as u64
}

fn tokens(messages: &[String]) -> Vec<Vec<&str>> {
    messages.iter().map(|message| word_tokens(message).collect()).collect()
}

fn vectorizer(docs: &[Vec<&str>], max_features: Option<usize>) -> TfidfVectorizer {
    TfidfVectorizer::fit(docs.iter().map(|doc| doc.iter().copied()), &TfidfParams { max_features })
}

fn rows(docs: &[Vec<&str>], max_features: Option<usize>) -> SparseRows {
    vectorizer(docs, max_features).transform(docs.iter().map(|doc| doc.iter().copied()))
}

fn dense(rows: &SparseRows) -> Array2<f64> {
    let mut x = Array2::zeros((rows.n_rows(), rows.n_columns()));
    for (at, row) in rows.rows().enumerate() {
        row.cells().for_each(|(column, value)| x[[at, column as usize]] = value);
    }
    x
}

fn tfidf(criterion: &mut Criterion) {
    let messages = messages();
    let docs = tokens(&messages);
    for (name, max_features) in [("100_terms", Some(100)), ("all_terms", None)] {
        criterion.bench_function(&format!("tfidf_fit/{name}/10k_lines"), |bench| {
            bench.iter(|| vectorizer(black_box(&docs), max_features));
        });
        let tfidf = vectorizer(&docs, max_features);
        criterion.bench_function(&format!("tfidf_transform/{name}/10k_lines"), |bench| {
            bench.iter(|| tfidf.transform(black_box(&docs).iter().map(|doc| doc.iter().copied())));
        });
        criterion.bench_function(&format!("tfidf_transform_with_tokens/{name}/10k_lines"), |bench| {
            bench.iter(|| {
                let mut rows = SparseRows::new(tfidf.terms().len());
                for message in black_box(&messages) {
                    tfidf.push_row(word_tokens(&message.to_lowercase()), &mut rows);
                }
                rows
            });
        });
    }
}

fn clusters(criterion: &mut Criterion) {
    let messages = messages();
    let rows = rows(&tokens(&messages), Some(100));
    let x = dense(&rows);
    criterion.bench_function("dbscan_rows/10k_x_100", |bench| {
        bench.iter(|| dbscan_rows(black_box(x.view()), 0.5, 2));
    });
    criterion.bench_function("dbscan_cosine/10k_x_100", |bench| {
        bench.iter(|| CosineRows::new(black_box(&rows), 0.125).map(|points| dbscan(&points, None, 2)));
    });
    criterion.bench_function("distinct_sparse_rows/10k_x_100", |bench| {
        bench.iter(|| DistinctRows::of_sparse(black_box(&rows)));
    });
}

fn forest(criterion: &mut Criterion) {
    let messages = messages();
    let x = dense(&rows(&tokens(&messages), Some(100)));
    let mut random = Random::new(2, 0);
    let unit = Array2::from_shape_simple_fn((N_LINES, 5), || random.unit());
    let weights = vec![1; N_LINES];
    for (name, x, cuts) in [
        ("data_range/10k_x_100_repeating", &x, Cuts::DataRange),
        ("data_range/10k_x_5_distinct", &unit, Cuts::DataRange),
        ("unit_box/10k_x_5_distinct", &unit, Cuts::UnitBox { depth: 8 }),
    ] {
        let params = IsolationForestParams { cuts, ..Default::default() };
        let fit = || IsolationForest::fit(black_box(x.view()), &weights, &params).expect("rows are finite");
        criterion.bench_function(&format!("forest_fit/{name}"), |bench| bench.iter(fit));
        let forest = fit();
        criterion.bench_function(&format!("forest_score/{name}"), |bench| {
            bench.iter(|| forest.score(black_box(x.view())));
        });
    }
}

fn word2vec(criterion: &mut Criterion) {
    let messages = messages();
    let docs = tokens(&messages);
    let tfidf = vectorizer(&docs, None);
    let number = |token: &&str| tfidf.column(token).expect("every token is a term") as u32;
    let sentences: Vec<(Vec<u32>, u32)> =
        docs.iter().map(|doc| (doc.iter().map(number).collect(), 1)).collect();
    let mut group = criterion.benchmark_group("word2vec_fit");
    group.sample_size(10);
    for (name, sentences) in [("500_sentences", &sentences[..500]), ("10k_sentences", &sentences)] {
        let params = Word2VecParams::default();
        group.bench_function(name, |bench| {
            bench.iter(|| Word2Vec::fit(black_box(sentences), tfidf.terms().len(), &params));
        });
    }
    group.finish();
}

/// Reading lines, and what it is measured by: splitting the same bytes into words at white space.
///
/// The lines repeat up to [`N_LINES`]: all rows of the table of known formats, its JSON rows alone, and real logs.
fn parse(criterion: &mut Criterion) {
    let table: Vec<&str> = include_str!("../tests/it/parse/formats.txt")
        .lines()
        .filter_map(|row| row.strip_prefix("> "))
        .collect();
    let json: Vec<&str> = table.iter().copied().filter(|line| line.starts_with('{')).collect();
    against_splitting(criterion, "table_of_formats", &table);
    against_splitting(criterion, "json", &json);
    for log in REAL_LOGS {
        let path = format!("{}/../shared/data/{log}/raw.log", env!("CARGO_MANIFEST_DIR"));
        match std::fs::read(path) {
            Ok(bytes) => {
                let text = String::from_utf8_lossy(&bytes);
                against_splitting(criterion, log, &text.lines().take(N_LINES).collect::<Vec<_>>());
            }
            Err(_) => println!("parse/{log} is left out: ../shared/data/{log}/raw.log is not here"),
        }
    }
}

/// Real logs with columns, syslog, access lines, bars and counts of seconds.
const REAL_LOGS: [&str; 12] = [
    "templates/Apache",
    "templates/BGL",
    "templates/HDFS",
    "templates/HealthApp",
    "templates/Linux",
    "templates/Mac",
    "templates/Spark",
    "templates/Windows",
    "formats/elastic_apache_access",
    "formats/elastic_auth",
    "formats/fail2ban",
    "formats/loghub_linux_full",
];

fn against_splitting(criterion: &mut Criterion, name: &str, lines: &[&str]) {
    let lines: Vec<&str> = lines.iter().copied().cycle().take(N_LINES).collect();
    criterion.bench_function(&format!("parse/{name}/10k_lines"), |bench| {
        bench.iter(|| {
            for line in black_box(&lines) {
                black_box(parse_line(line));
            }
        });
    });
    criterion.bench_function(&format!("parse_words/{name}/10k_lines"), |bench| {
        bench.iter(|| {
            for line in black_box(&lines) {
                black_box(line.split_whitespace().map(black_box).count());
            }
        });
    });
}

criterion_group!(kernels, parse, tfidf, clusters, forest, word2vec);
criterion_main!(kernels);
