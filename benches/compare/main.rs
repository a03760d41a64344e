//! The kernels that `compare.py` sets beside those of Python, on the same files, and the loop that all speed is measured by.
//!
//! `cargo bench --bench compare -- FOLDER [PREFIX]...`: FOLDER holds the files of `make_data.py`; prints a row of JSON
//! for each kernel, with processor seconds of all threads, the best of several runs.

use std::hash::Hasher;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ndarray::Array2;
use oddlog::analysis::read::Lines;
use oddlog::analysis::{AnalyzeOptions, analyze};
use oddlog::features::tfidf::{TfidfParams, TfidfVectorizer, word_tokens};
use oddlog::linalg::SparseRows;
use oddlog::ml::dbscan::dbscan_rows;
use oddlog::ml::isolation_forest::{IsolationForest, IsolationForestParams};
use oddlog::ml::word2vec::{Word2Vec, Word2VecParams};
use oddlog::plot::{Picture, PictureFormat, render};
use oddlog::template::{Distinct, Templates};
use oddlog::tokenize::{Memo, Sequence, Tokens, tokenize};
use rustc_hash::{FxHashMap, FxHasher};

/// As in the programs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The best of so many rounds counts, each of so long.
const ROUNDS: usize = 3;
const ROUND_MIN: Duration = Duration::from_millis(300);

/// Processor seconds of all threads of this process.
fn cpu_seconds() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let nanoseconds = tasks.filter_map(|task| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    nanoseconds.sum::<u64>() as f64 / 1e9
}

struct Bench {
    folder: PathBuf,
    prefixes: Vec<String>,
}

impl Bench {
    fn is_wanted(&self, name: &str) -> bool {
        self.prefixes.is_empty() || self.prefixes.iter().any(|prefix| name.starts_with(prefix))
    }

    /// Runs a kernel and prints its best run; `words` is told where the work is by the word.
    #[expect(clippy::print_stdout, reason = "the rows are what the program is for")]
    fn run<T>(&self, name: &str, units: usize, words: Option<usize>, mut kernel: impl FnMut() -> T) {
        if !self.is_wanted(name) {
            return;
        }
        let (mut cpu_best, mut wall_best) = (f64::INFINITY, f64::INFINITY);
        // The system counts a running thread's time in ticks: a round is many runs.
        for _ in 0..ROUNDS {
            let (cpu, begun, mut runs) = (cpu_seconds(), Instant::now(), 0);
            while runs == 0 || begun.elapsed() < ROUND_MIN {
                black_box(kernel());
                runs += 1;
            }
            wall_best = wall_best.min(begun.elapsed().as_secs_f64() / f64::from(runs));
            cpu_best = cpu_best.min((cpu_seconds() - cpu) / f64::from(runs));
        }
        println!(
            r#"{{"kernel": "{name}", "units": {units}, "cpu_s": {cpu_best:.6}, "wall_s": {wall_best:.6}, "words": {}}}"#,
            words.unwrap_or(0)
        );
    }

    fn text(&self, file: &str) -> String {
        let path = self.folder.join(file);
        std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }
}

/// Splits a text at white space and hashes each word: what reading every byte and knowing every word costs at least.
fn split_and_hash(text: &str) -> u64 {
    text.split_whitespace().fold(0, |sum, word| {
        let mut hasher = FxHasher::default();
        hasher.write(word.as_bytes());
        sum ^ hasher.finish()
    })
}

fn floor(bench: &Bench) {
    for name in ["mixed16k", "hdfs100k", "nezha171k"] {
        if ["split_and_hash", "read_lines"].iter().any(|kernel| bench.is_wanted(&format!("{kernel}/{name}")))
        {
            let text = bench.text(&format!("{name}.log"));
            let lines: Vec<&str> = text.lines().collect();
            bench.run(&format!("split_and_hash/{name}"), lines.len(), None, || {
                lines.iter().fold(0, |sum, line| sum ^ split_and_hash(line))
            });
            bench.run(&format!("read_lines/{name}"), lines.len(), None, || Lines::read(&lines));
        }
    }
}

/// Tokens of all messages, read as the programs read them, and the events among them.
fn mine(messages: &[&str]) -> Templates {
    let (mut tokens, mut memo) = (Tokens::default(), Memo::default());
    let mut found: FxHashMap<u64, (Sequence, u64)> = FxHashMap::default();
    for message in messages {
        let key = match memo.find(message) {
            Some(&key) => key,
            None => {
                tokenize(message, &mut tokens);
                memo.keep(message, &tokens, |_| tokens.key());
                tokens.key()
            }
        };
        // a known key has its tokens, and where the message was known they are not in the buffer
        found.entry(key).or_insert_with(|| (tokens.to_sequence(), 0)).1 += 1;
    }
    let mut distinct: Vec<Distinct<'_>> =
        found.iter().map(|(&key, (sequence, count))| Distinct { key, sequence, count: *count }).collect();
    distinct.sort_unstable_by_key(|distinct| distinct.key);
    Templates::mine(&distinct)
}

fn of_messages(bench: &Bench, name: &str, messages: &[&str]) {
    let n = messages.len();
    bench.run(&format!("mine/{name}"), n, None, || mine(messages));
    let docs: Vec<String> = messages.iter().map(|message| message.to_lowercase()).collect();
    let tokens: Vec<Vec<&str>> = docs.iter().map(|doc| word_tokens(doc).collect()).collect();
    let fit = |max_features| {
        TfidfVectorizer::fit(tokens.iter().map(|doc| doc.iter().copied()), &TfidfParams { max_features })
    };
    let hundred = fit(Some(100));
    let transform = || {
        let mut rows = SparseRows::new(hundred.terms().len());
        for message in messages {
            hundred.push_row(word_tokens(&message.to_lowercase()), &mut rows);
        }
        rows
    };
    bench.run(&format!("tfidf_100_transform/{name}"), n, None, transform);
    if n > 10_000 {
        return;
    }
    let rows = transform();
    let mut x = Array2::zeros((rows.n_rows(), rows.n_columns()));
    for (at, row) in rows.rows().enumerate() {
        row.cells().for_each(|(column, value)| x[[at, column as usize]] = value);
    }
    let (weights, params) = (vec![1; n], IsolationForestParams::default());
    let fit_forest = || IsolationForest::fit(x.view(), &weights, &params).expect("rows are finite");
    bench.run(&format!("iforest_fit/{name}"), n, None, fit_forest);
    let forest = fit_forest();
    bench.run(&format!("iforest_score/{name}"), n, None, || forest.score(x.view()));
    bench.run(&format!("dbscan/{name}"), n, None, || dbscan_rows(x.view(), 0.5, 2));
    let all = fit(None);
    let number = |token: &&str| all.column(token).expect("every token is a term") as u32;
    let sentences: Vec<(Vec<u32>, u32)> =
        tokens.iter().map(|doc| (doc.iter().map(number).collect(), 1)).collect();
    // As gensim does it: every sentence five times, 100 numbers a word, five words of noise.
    let params = Word2VecParams {
        dim: 100,
        window: 5,
        negative: 5,
        epochs: 5,
        pair_budget: usize::MAX,
        ..Word2VecParams::default()
    };
    let words = 5 * tokens.iter().map(Vec::len).sum::<usize>();
    bench.run(&format!("word2vec/{name}"), n, Some(words), || {
        Word2Vec::fit(&sentences, all.terms().len(), &params)
    });
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let Some(folder) = arguments.next().filter(|folder| Path::new(folder).is_dir()) else { return };
    let bench = Bench { folder: PathBuf::from(folder), prefixes: arguments.collect() };
    floor(&bench);
    for (name, file, n) in
        [("mixed10k", "mixed16k", 10_000), ("hdfs10k", "hdfs100k", 10_000), ("hdfs100k", "hdfs100k", 100_000)]
    {
        let kernels = ["mine", "tfidf_100_transform", "iforest_fit", "iforest_score", "dbscan", "word2vec"];
        if kernels.iter().any(|kernel| bench.is_wanted(&format!("{kernel}/{name}"))) {
            let text = bench.text(&format!("{file}.messages"));
            of_messages(&bench, name, &text.lines().take(n).collect::<Vec<_>>());
        }
    }
    if bench.is_wanted("picture/100000") {
        let text = bench.text("hdfs100k.log");
        let lines: Vec<&str> = text.lines().collect();
        let report = analyze(&lines, None, &AnalyzeOptions::default());
        bench.run("picture/100000", lines.len(), None, || {
            render(&report, Picture::Scores, PictureFormat::Png).map(|bytes| bytes.len())
        });
    }
}
