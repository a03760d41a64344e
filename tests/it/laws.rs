use oddlog::analysis::read::{Lines, Record};
use oddlog::analysis::{AnalyzeOptions, analyze};
use oddlog::entry::LogEntry;
use oddlog::ml::rng::Random;
use oddlog::report::Report;
use oddlog::state::State;
use proptest::prelude::*;

/// Lines as a small system writes them: a few events, with and without times, hosts and levels.
fn line() -> impl Strategy<Value = String> {
    let number = 0..100_000_u32;
    let time =
        (1..4_u32, 0..24_u32, 0..60_u32).prop_map(|(d, h, m)| format!("2024-03-0{d} {h:02}:{m:02}:07 "));
    let head = prop_oneof![time, Just(String::new())];
    let body = prop_oneof![
        number.clone().prop_map(|n| format!("INFO request {n} served in {} ms", n % 40)),
        number.clone().prop_map(|n| format!("WARN cache miss for key k{n}")),
        number.clone().prop_map(|n| format!("INFO peer 10.0.0.{}:80 took /data/{n} as {n:08x}f", n % 256)),
        number.prop_map(|n| format!("ERROR disk sd{} failed", n % 3)),
        "[a-z]{1,6}( [a-z]{1,6}){0,4}",
    ];
    (head, body).prop_map(|(head, body)| head + &body)
}

fn learn(lines: &[String]) -> State {
    Lines::read(lines).state()
}

fn merged(parts: Vec<State>) -> State {
    parts.into_iter().fold(State::default(), |mut sum, part| {
        sum.merge(part);
        sum
    })
}

/// Everything of a report that a reader can see, in one comparable text.
fn shown(report: &Report<'_>) -> String {
    let scores: Vec<u64> = report.lines.iter().map(|line| line.anomaly_score.to_bits()).collect();
    format!(
        "{scores:?} {:?} {:?} {:?} {:?}",
        report.events, report.patterns, report.findings, report.statistics
    )
}

fn on_threads<T: Send>(n_threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads start").install(work)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::cases(200)))]

    #[test]
    fn any_cut_into_batches_gives_the_same_state(
        lines in prop::collection::vec(line(), 0..120),
        size in 1..50_usize,
    ) {
        let whole = learn(&lines);
        let parts = merged(lines.chunks(size).map(learn).collect());
        prop_assert_eq!(oddlog::store::encode(&parts).expect("encodes"), oddlog::store::encode(&whole).expect("encodes"));
    }

    #[test]
    fn merging_is_commutative_and_associative(
        a in prop::collection::vec(line(), 0..40),
        b in prop::collection::vec(line(), 0..40),
        c in prop::collection::vec(line(), 0..40),
    ) {
        let left = merged(vec![merged(vec![learn(&a), learn(&b)]), learn(&c)]);
        let right = merged(vec![learn(&c), merged(vec![learn(&b), learn(&a)])]);
        prop_assert_eq!(left, right);
    }

    #[test]
    fn the_order_of_lines_does_not_change_what_is_learnt(
        lines in prop::collection::vec(line(), 0..80).prop_shuffle(),
    ) {
        let mut sorted = lines.clone();
        sorted.sort();
        prop_assert_eq!(learn(&lines), learn(&sorted));
    }

    #[test]
    fn a_state_that_was_stored_comes_back(lines in prop::collection::vec(line(), 0..80)) {
        let state = learn(&lines);
        let bytes = oddlog::store::encode(&state).expect("encodes");
        prop_assert_eq!(oddlog::store::decode::<State>(&bytes).expect("decodes"), state);
    }
}

/// What reading says of each line: its record, with its numbers instead of their place, and its entry.
fn sights(lines: &Lines<'_>) -> Vec<String> {
    let of = |(record, entry): (&Record, &LogEntry<'_>)| {
        let Record { key, day, minute, second, level, source, n_tokens, .. } = record;
        let (numbers, kinds) = (lines.numbers_of(record), lines.kinds_of(record));
        format!(
            "{key} {day:?} {minute:?} {second} {level:?} {source:?} {n_tokens} {numbers:?} {kinds:?} {entry:?}"
        )
    };
    lines.records.iter().zip(&lines.entries).map(of).collect()
}

/// Lines of a log, and after each ten of them the same with other digits.
fn with_other_digits(log: &str) -> Vec<String> {
    let mut random = Random::new(3, 0);
    let lines: Vec<&str> = log.lines().collect();
    let mut all = Vec::new();
    for ten in lines.chunks(10) {
        all.extend(ten.iter().map(|line| (*line).to_owned()));
        for line in ten {
            let other =
                |c: char| if c.is_ascii_digit() { char::from(b'0' + random.below(10) as u8) } else { c };
            all.push(line.chars().map(other).collect());
        }
    }
    all
}

#[test]
#[expect(clippy::print_stderr, reason = "a log that is not here is told to whoever runs the tests")]
fn a_line_is_read_as_if_no_other_had_been_read_before_it() {
    let mut logs = vec![include_str!("parse/formats.txt").to_owned()];
    for name in ["templates/BGL", "templates/HDFS", "templates/Linux", "templates/Mac", "formats/fail2ban"] {
        let path = format!("{}/../shared/data/{name}/raw.log", env!("CARGO_MANIFEST_DIR"));
        match std::fs::read(&path) {
            Ok(bytes) => logs.push(String::from_utf8_lossy(&bytes).into_owned()),
            Err(_) => eprintln!("{name} is left out: it is not here"),
        }
    }
    for log in logs {
        let lines = with_other_digits(&log);
        let together = sights(&Lines::read(&lines));
        for (line, known) in lines.iter().zip(together) {
            assert_eq!(known, sights(&Lines::read(std::slice::from_ref(line)))[0], "{line}");
        }
    }
}

#[test]
fn the_number_of_threads_does_not_change_a_report() {
    // more lines than one chunk holds, so that chunks are read on several threads
    let lines: Vec<String> = (0..30_000_u32)
        .map(|i| match i % 997 {
            0 => {
                format!("2024-03-01 {:02}:{:02}:00 ERROR disk sd{} failed", i / 3600 % 24, i / 60 % 60, i % 3)
            }
            k => format!(
                "2024-03-01 {:02}:{:02}:00 INFO request {i} of user u{k} served",
                i / 3600 % 24,
                i / 60 % 60
            ),
        })
        .collect();
    let options = AnalyzeOptions { terms: true, ..AnalyzeOptions::default() };
    let one = on_threads(1, || shown(&analyze(&lines, None, &options)));
    let four = on_threads(4, || shown(&analyze(&lines, None, &options)));
    assert_eq!(one, four);
}
