//! How well words and rewordings are found again, on the labelled templates of `../shared/data`: words that fill one slot, by
//! word2vec, and events with other words, by the pieces of their words.
//!
//! `cargo bench --bench words` prints the tables of `docs/accuracy.md`.

#![expect(clippy::print_stdout, reason = "the tables are what it is for")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use oddlog::analysis::fit::Fit;
use oddlog::analysis::patterns::rows_of;
use oddlog::analysis::read::Lines;
use oddlog::analysis::rewording::Nearest;
use oddlog::analysis::terms::Embeddings;
use oddlog::ml::rng::Random;
use oddlog::template::EventTemplate;

/// The sets that the method was chosen by, and others.
const SETS: [(&str, &[&str]); 2] = [
    ("templates", &["Apache", "BGL", "HDFS", "HealthApp", "Linux", "Mac", "Spark", "Windows"]),
    ("templates-more", &["cassandra21", "k8s_klog", "syslogng_patterndb", "tidb"]),
];

/// Seeds that a figure is the mean of.
const SEEDS: u64 = 5;

/// A template with fewer words says too little to be known again by.
const LEAST_WORDS: usize = 3;

/// Fewer templates than that are told apart by anything.
const LEAST_TEMPLATES: usize = 8;

/// Similarities from which it is told how many rewordings reach them, and how many templates that have nothing to do with it.
const THRESHOLDS: [f64; 5] = [0.4, 0.5, 0.6, 0.7, 0.8];

/// Words that another programmer might have written.
const SYNONYMS: [(&str, &str); 40] = [
    ("error", "failure"),
    ("failed", "unsuccessful"),
    ("start", "launch"),
    ("starting", "launching"),
    ("started", "launched"),
    ("stop", "halt"),
    ("remove", "delete"),
    ("deleting", "removing"),
    ("receiving", "getting"),
    ("received", "got"),
    ("connection", "link"),
    ("closed", "terminated"),
    ("opened", "established"),
    ("invalid", "illegal"),
    ("create", "make"),
    ("created", "made"),
    ("unable", "cannot"),
    ("user", "account"),
    ("found", "located"),
    ("set", "assign"),
    ("update", "refresh"),
    ("completed", "finished"),
    ("request", "query"),
    ("directory", "folder"),
    ("exception", "fault"),
    ("block", "chunk"),
    ("server", "host"),
    ("session", "context"),
    ("task", "job"),
    ("memory", "ram"),
    ("interrupt", "signal"),
    ("detected", "observed"),
    ("corrected", "fixed"),
    ("message", "notice"),
    ("running", "executing"),
    ("state", "status"),
    ("changed", "modified"),
    ("password", "passphrase"),
    ("authentication", "login"),
    ("check", "verify"),
];

/// Words that are put in.
const FILLERS: [&str; 6] = ["now", "successfully", "please", "the", "current", "again"];

/// Endings of a word, and what another inflection of it has.
const ENDINGS: [(&str, &str); 6] =
    [("ed", "ing"), ("ing", "ed"), ("ion", "ed"), ("s", ""), ("ure", "ed"), ("e", "ing")];

/// How an event is worded anew.
#[derive(Clone, Copy)]
enum Change {
    Drop,
    Insert,
    Inflect,
    Synonym,
    Mix,
}

impl Change {
    const ALL: [Self; 5] = [Self::Drop, Self::Insert, Self::Inflect, Self::Synonym, Self::Mix];

    const fn name(self) -> &'static str {
        match self {
            Self::Drop => "a word dropped",
            Self::Insert => "a word put in",
            Self::Inflect => "two words inflected",
            Self::Synonym => "synonyms",
            Self::Mix => "all of them",
        }
    }

    /// The words after the change; `None` where it does not apply.
    fn apply(self, words: &[String], random: &mut Random) -> Option<Vec<String>> {
        let mut words = words.to_vec();
        match self {
            Self::Drop => {
                words.remove(place(&words, random));
            }
            Self::Insert => {
                let filler = FILLERS[random.below(FILLERS.len() as u64) as usize];
                words.insert(place(&words, random), filler.to_owned());
            }
            Self::Inflect => {
                for _ in 0..2 {
                    let place = place(&words, random);
                    words[place] = inflected(&words[place]);
                }
            }
            Self::Synonym => {
                let before = words.clone();
                words.iter_mut().for_each(|word| *word = synonym(word).unwrap_or(word).to_owned());
                return (words != before).then_some(words);
            }
            Self::Mix => {
                words = Self::Synonym.apply(&words, random).unwrap_or(words);
                words = Self::Inflect.apply(&words, random)?;
                words = Self::Insert.apply(&words, random)?;
                if words.len() > LEAST_WORDS {
                    words = Self::Drop.apply(&words, random)?;
                }
            }
        }
        Some(words)
    }
}

fn place(words: &[String], random: &mut Random) -> usize {
    random.below(words.len() as u64) as usize
}

fn synonym(word: &str) -> Option<&'static str> {
    SYNONYMS.iter().find_map(|&(a, b)| match word {
        _ if word == a => Some(b),
        _ if word == b => Some(a),
        _ => None,
    })
}

fn inflected(word: &str) -> String {
    const LONG: usize = 5;
    let ending = ENDINGS.iter().find(|(ending, _)| word.ends_with(ending) && word.len() > LONG);
    ending.map_or_else(
        || format!("{word}s"),
        |(ending, other)| format!("{}{other}", &word[..word.len() - ending.len()]),
    )
}

/// A system's log as a model knows it, and the templates that people found in it.
struct System {
    name: &'static str,
    fit: Fit,
    truth: BTreeSet<String>,
}

impl System {
    fn read(dir: &Path, name: &'static str) -> Self {
        let read = |file: &str| {
            let bytes = fs::read(dir.join(name).join(file)).expect("the file of the set");
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let (raw, truth) = (read("raw.log"), read("truth.csv"));
        let lines: Vec<&str> = raw.strip_suffix('\n').unwrap_or(&raw).split('\n').collect();
        let rows = records(&truth);
        let column =
            rows[0].iter().position(|name| name == "template_corrected").expect("a column of templates");
        let truth = rows[1..].iter().filter_map(|row| row.get(column).cloned()).collect();
        Self { name, fit: Fit::new(&Lines::read(&lines).state(), 0), truth }
    }

    /// Events with words enough.
    fn events(&self) -> Vec<&EventTemplate> {
        self.fit.events().iter().filter(|event| event.words.len() >= LEAST_WORDS).collect()
    }
}

/// The rows of a CSV file.
fn records(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut is_quoted = false;
    for c in text.chars() {
        let row = rows.last_mut().expect("there is a row");
        match c {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => row.push(String::new()),
            '\n' if !is_quoted => rows.push(vec![String::new()]),
            '\r' if !is_quoted => {}
            c => row.last_mut().expect("there is a cell").push(c),
        }
    }
    rows.retain(|row| row.len() > 1);
    rows
}

/// Words of a template, in small letters, camel case split.
fn words_of(template: &str) -> Vec<String> {
    let template = template.replace("<*>", " ");
    let runs = template.split(|c: char| !c.is_ascii_alphabetic()).filter(|run| run.len() > 1);
    runs.flat_map(camel).filter(|word| word.len() > 1).map(str::to_ascii_lowercase).collect()
}

/// `addStoredBlock` as `add`, `Stored`, `Block`; `DFSClient` as `DFS`, `Client`.
fn camel(run: &str) -> Vec<&str> {
    let bytes = run.as_bytes();
    let begins = |at: usize| {
        bytes[at].is_ascii_uppercase()
            && (bytes[at - 1].is_ascii_lowercase() || bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase))
    };
    let mut ends: Vec<usize> = (1..bytes.len()).filter(|&at| begins(at)).collect();
    ends.push(bytes.len());
    let mut start = 0;
    ends.into_iter().map(|end| &run[std::mem::replace(&mut start, end)..end]).collect()
}

/// Words that stand at one place of templates that are the same otherwise.
fn pairs(templates: &BTreeSet<String>) -> BTreeSet<(String, String)> {
    let mut slots: BTreeMap<(Vec<String>, Vec<String>), BTreeSet<String>> = BTreeMap::new();
    for words in templates.iter().map(|template| words_of(template)).filter(|w| w.len() >= LEAST_WORDS) {
        for at in 0..words.len() {
            let around = (words[..at].to_vec(), words[at + 1..].to_vec());
            slots.entry(around).or_default().insert(words[at].clone());
        }
    }
    let of_slot = |words: &BTreeSet<String>| -> Vec<(String, String)> {
        let with = |a: &String| {
            words.iter().filter(move |b| *b != a).map(|b| (a.clone(), b.clone())).collect::<Vec<_>>()
        };
        words.iter().flat_map(with).collect()
    };
    slots.values().flat_map(of_slot).collect()
}

/// Sums of what is measured.
#[derive(Clone, Copy, Default)]
struct Mean {
    sum: f64,
    n: usize,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.n += 1;
    }

    fn value(self) -> f64 {
        self.sum / self.n.max(1) as f64
    }
}

/// For each pair, one over the rank of the second among the nearest of the first, and whether that is at most ten; and the same by chance.
fn same_slot(systems: &[System]) {
    let (mut reciprocal, mut hit, mut by_chance, mut hit_by_chance) =
        (Mean::default(), Mean::default(), Mean::default(), Mean::default());
    let mut n_pairs = 0;
    for system in systems {
        let vectorizer = &system.fit.vocabulary.vectorizer;
        let n_terms = vectorizer.terms().len();
        let pairs: Vec<(usize, String)> = pairs(&system.truth)
            .into_iter()
            .filter(|(_, b)| vectorizer.column(b).is_some())
            .filter_map(|(a, b)| Some((vectorizer.column(&a)?, b)))
            .collect();
        n_pairs += pairs.len();
        let mut of_system = Mean::default();
        for seed in 0..SEEDS {
            let Some(embeddings) = Embeddings::fit(&system.fit, seed) else { continue };
            for (a, b) in &pairs {
                let near = embeddings.nearest(vectorizer, *a, n_terms);
                let Some(rank) = near.iter().position(|(term, _)| term == b).map(|at| at + 1) else {
                    continue;
                };
                reciprocal.add(1.0 / rank as f64);
                of_system.add(1.0 / rank as f64);
                hit.add(f64::from(u8::from(rank <= 10)));
                let ranks = 1..n_terms;
                by_chance.add(ranks.map(|rank| 1.0 / rank as f64).sum::<f64>() / (n_terms - 1) as f64);
                hit_by_chance.add((10.0 / (n_terms - 1) as f64).min(1.0));
            }
        }
        println!("  {}: {} pairs, MRR {:.3}", system.name, pairs.len(), of_system.value());
    }
    println!(
        "{n_pairs} pairs: MRR {:.3}, hit@10 {:.3}; by chance {:.3}, {:.3}\n",
        reciprocal.value(),
        hit.value(),
        by_chance.value(),
        hit_by_chance.value()
    );
}

/// Two ways to look for an event.
const WAYS: [&str; 2] = ["pieces of words", "whole words"];

/// Which event each is taken for, and how alike it is, by both ways.
fn found(system: &System, events: &[EventTemplate], new: &[EventTemplate]) -> [Vec<Option<Nearest>>; 2] {
    let vectorizer = &system.fit.vocabulary.vectorizer;
    let by_pieces = oddlog::analysis::rewording::Wordings::of(events).nearest(new);
    [by_pieces, Nearest::of_each(&rows_of(vectorizer, events), &rows_of(vectorizer, new))]
}

fn rewordings(systems: &[System]) {
    println!("| way | {} |", Change::ALL.map(Change::name).join(" | "));
    let mut top = [[Mean::default(); Change::ALL.len()]; 2];
    let mut reached = [[Mean::default(); THRESHOLDS.len()]; Change::ALL.len()];
    let mut unrelated = [Mean::default(); THRESHOLDS.len()];
    for system in systems {
        let events: Vec<EventTemplate> = system.events().into_iter().cloned().collect();
        if events.len() < LEAST_TEMPLATES {
            continue;
        }
        let mut random = Random::new(1, 0);
        for (kind, change) in Change::ALL.into_iter().enumerate() {
            let mut of_system = [Mean::default(); 2];
            let mut asked: Vec<(usize, EventTemplate)> = Vec::new();
            for _ in 0..SEEDS {
                for (number, event) in events.iter().enumerate() {
                    if let Some(words) = change.apply(&event.words, &mut random).filter(|w| *w != event.words)
                    {
                        asked.push((number, EventTemplate { words, ..event.clone() }));
                    }
                }
            }
            let new: Vec<EventTemplate> = asked.iter().map(|(_, event)| event.clone()).collect();
            let found = found(system, &events, &new);
            for (way, found) in found.iter().enumerate() {
                for ((number, _), near) in asked.iter().zip(found) {
                    let is_right = near.is_some_and(|near| events[near.event].words == events[*number].words);
                    of_system[way].add(f64::from(u8::from(is_right)));
                }
            }
            for near in &found[0] {
                for (reached, threshold) in reached[kind].iter_mut().zip(THRESHOLDS) {
                    reached.add(f64::from(u8::from(near.is_some_and(|near| near.similarity >= threshold))));
                }
            }
            for way in 0..WAYS.len() {
                if of_system[way].n > 0 {
                    top[way][kind].add(of_system[way].value());
                }
            }
        }
        // As if training had not seen one of them.
        for left_out in 0..events.len() {
            let mut others = events.clone();
            let new = others.remove(left_out);
            if others.iter().any(|other| other.words == new.words) {
                continue;
            }
            let near = oddlog::analysis::rewording::Wordings::of(&others).nearest(&[new])[0];
            for (unrelated, threshold) in unrelated.iter_mut().zip(THRESHOLDS) {
                unrelated.add(f64::from(u8::from(near.is_some_and(|near| near.similarity >= threshold))));
            }
        }
    }
    for (name, of_way) in WAYS.iter().zip(top) {
        println!("| {name} | {} |", of_way.map(|mean| format!("{:.3}", mean.value())).join(" | "));
    }
    println!("\n| similarity from | {} | another event |", Change::ALL.map(Change::name).join(" | "));
    for (at, threshold) in THRESHOLDS.iter().enumerate() {
        let of_changes = reached.map(|kind| format!("{:.3}", kind[at].value())).join(" | ");
        println!("| {threshold} | {of_changes} | {:.3} |", unrelated[at].value());
    }
    println!();
}

fn main() {
    let dir = Path::new("../shared/data");
    if !dir.is_dir() {
        println!("{} is not there: nothing is measured", dir.display());
        return;
    }
    for (folder, names) in SETS {
        println!("## {folder}\n");
        let systems: Vec<System> = names.iter().map(|name| System::read(&dir.join(folder), name)).collect();
        same_slot(&systems);
        rewordings(&systems);
    }
}
