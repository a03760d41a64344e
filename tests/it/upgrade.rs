//! Models of every released format are read, and go on. `tests/fixtures/format_N` holds one of each: the state, a
//! journal with a record that no state file has, and the events of the fit.
//!
//! Format 1 was made of the first 600 lines of `log_dataset.json` and the three of [`MORE`], published; then of the 40
//! lines after those, under a key, and killed. Format 4 was made of the same, in the same way.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use oddlog::models::{AnalyzeOptions, Models, Rule, Settings};
use oddlog::state::{Cell, Day, NumberColumn, State};
use oddlog::tokenize::{Kind, Sequence};
use tempfile::TempDir;

const MORE: [&str; 3] = [
    "Dec 30 23:59:01 web1 app[71]: queue drained in 12 ms",
    "no date, just words 17",
    "2024-02-29 10:00:00 ERROR disk sda1 is 91% full",
];

/// Ids that the release of format 1 answered for `disk sda1 is <*>% full` and `queue drained in <*> ms`.
const FORMAT_1_IDS: [u64; 2] = [FORMAT_1_DISK, FORMAT_1_QUEUE];
const FORMAT_1_DISK: u64 = 0x674d_f375_fd9f_c8db;
const FORMAT_1_QUEUE: u64 = 0x98eb_5a80_7c1e_b01b;

fn fixture(name: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    let path = folder.path().to_owned();
    (folder, path)
}

fn lines() -> Vec<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("log_dataset.json")).unwrap();
    let all: Vec<String> = serde_json::from_str(&text).unwrap();
    all[..640].iter().cloned().chain(MORE.map(str::to_owned)).collect()
}

/// What a state counts of each message on each day, whatever was read in front of it, whenever its numbers came and of which
/// kinds its values were.
fn by_message(state: &State) -> BTreeMap<(Day, Sequence), Cell> {
    let mut cells: BTreeMap<(Day, Sequence), Cell> = BTreeMap::new();
    for (day, slice) in state.slices() {
        for (key, cell) in &slice.cells {
            let sequence = state.shapes()[key].sequence.clone();
            cells.entry((*day, sequence)).or_default().merge(without_times_and_kinds(cell));
        }
    }
    cells
}

fn without_times_and_kinds(cell: &Cell) -> Cell {
    let mut cell = cell.clone();
    for column in cell.numbers.values_mut() {
        let mut counts = NumberColumn::default();
        column.iter().for_each(|(magnitude, count)| counts.insert(magnitude, count));
        *column = counts;
    }
    cell.numbers.retain(|_, column| column.range().is_some());
    cell
}

#[test]
fn a_model_of_format_1_is_what_training_on_its_lines_gives_today() {
    let (_folder, path) = fixture("format_1");
    let models = Models::open(&path).unwrap();
    let fresh_folder = TempDir::new().unwrap();
    let fresh = Models::open(fresh_folder.path()).unwrap();
    fresh.train("default", &lines()).unwrap();
    let (found, wanted) =
        (models.state("default").unwrap().unwrap(), fresh.state("default").unwrap().unwrap());
    assert_eq!(found.lines(), 643);
    // what was read in front of a message, when a number came, and of which kind what is masked was, is not known of an old
    // line; all else is the same
    assert_eq!(by_message(&found), by_message(&wanted));
    let sums = |state: &State| -> Vec<_> {
        let slices = state.slices().iter();
        slices.map(|(day, s)| (*day, s.lines, s.levels, s.minutes.clone(), s.sources.clone())).collect()
    };
    assert_eq!(sums(&found), sums(&wanted));
}

#[test]
fn the_events_of_format_1_keep_their_ids_or_name_them_as_former() {
    let (_folder, path) = fixture("format_1");
    let models = Models::open(&path).unwrap();
    let events = models.events("default").unwrap();
    let all: Vec<u64> = events.iter().flat_map(|e| e.former_ids.iter().copied().chain([e.id])).collect();
    for id in FORMAT_1_IDS {
        assert!(all.contains(&id), "{id:016x} is gone");
    }
}

#[test]
fn a_model_of_format_1_goes_on_and_is_of_this_release_afterwards() {
    let (_folder, path) = fixture("format_1");
    let models = Models::open(&path).unwrap();
    models.train("default", &MORE).unwrap();
    let report = models.analyze("default", &MORE, &AnalyzeOptions::default()).unwrap();
    // it was generation 1, and 40 lines more were in its journal
    assert_eq!((report.model.generation, report.model.trained_lines), (2, 646));
    let numbers: Vec<u64> = models.generations("default").unwrap().0.iter().map(|g| g.number).collect();
    assert_eq!(numbers, [1, 2]);
    assert_eq!(models.state("default@1").unwrap().unwrap().lines(), 603);
    let digest = models.info("default").unwrap().state_digest;
    models.publish_all().unwrap();
    drop(models);
    let head = fs::read(path.join("state.bin")).unwrap();
    assert_eq!(head[8..12], [5, 0, 0, 0], "the version of the state file");
    let models = Models::open(&path).unwrap();
    assert_eq!(models.info("default").unwrap().state_digest, digest);
}

/// Magnitudes with their counts and times, by token position.
type Numbers = Vec<(u16, Vec<(i16, u64, u64)>, u64)>;

/// Each cell of a state, and apart from it its numbers without kinds.
fn but_for_kinds(state: &State) -> Vec<(Day, u64, Cell, Numbers)> {
    let cells =
        state.slices().iter().flat_map(|(day, slice)| slice.cells.iter().map(move |cell| (*day, cell)));
    let parted = |(day, (key, cell)): (Day, (&u64, &Cell))| {
        let numbers = cell.numbers.iter().filter(|(_, column)| column.range().is_some());
        let numbers = numbers.map(|(at, column)| (*at, column.times().collect(), column.squares())).collect();
        (day, *key, Cell { numbers: BTreeMap::new(), ..cell.clone() }, numbers)
    };
    cells.map(parted).collect()
}

#[test]
fn a_model_of_format_4_has_all_but_the_kinds_of_its_values_and_learns_those_from_now_on() {
    let (_folder, path) = fixture("format_4");
    let models = Models::open(&path).unwrap();
    let fresh_folder = TempDir::new().unwrap();
    let fresh = Models::open(fresh_folder.path()).unwrap();
    fresh.train("default", &lines()).unwrap();
    let state = |models: &Models| models.state("default").unwrap().unwrap();
    assert_eq!(state(&models).shapes(), state(&fresh).shapes());
    assert_eq!(but_for_kinds(&state(&models)), but_for_kinds(&state(&fresh)));
    let kind_of_peer = |models: &Models| {
        let events = models.events("default").unwrap();
        let event = events.into_iter().find(|event| event.template == "User <*> logged in from <*>").unwrap();
        event.parameters[1].kind
    };
    assert_eq!((kind_of_peer(&models), kind_of_peer(&fresh)), (None, Some(Kind::Ip)));
    // afterwards the old lines are less than a tenth
    for _ in 0..10 {
        models.train("default", &lines()).unwrap();
    }
    assert_eq!(kind_of_peer(&models), Some(Kind::Ip));
    models.publish_all().unwrap();
    let written = fs::read(path.join("state.bin")).unwrap();
    assert_eq!(written[8..12], [5, 0, 0, 0], "the version of the state file");
}

#[test]
fn a_state_of_another_pipeline_is_read_again_and_loses_nothing() {
    let folder = TempDir::new().unwrap();
    let models = Models::open(folder.path()).unwrap();
    models.train("default", &lines()).unwrap();
    models.publish_all().unwrap();
    models.train("default", &["INFO a line that is in the journal"]).unwrap();
    let before = models.state("default").unwrap().unwrap();
    drop(models);
    for file in ["state.bin", "state.journal"] {
        let path = folder.path().join(file);
        let mut bytes = fs::read(&path).unwrap();
        bytes[20] ^= 1; // the fingerprint
        let checksum = crc32fast::hash(&[&bytes[..28], &bytes[32..]].concat());
        bytes[28..32].copy_from_slice(&checksum.to_le_bytes());
        fs::write(&path, bytes).unwrap();
    }
    let models = Models::open(folder.path()).unwrap();
    assert_eq!(models.state("default").unwrap().unwrap(), before);
    drop(models);
    assert_eq!(fs::metadata(folder.path().join("state.journal")).unwrap().len(), 0);
}

#[test]
fn a_rule_hides_what_it_matches_in_all_that_was_kept_and_all_that_comes() {
    let folder = TempDir::new().unwrap();
    let models = Models::open(folder.path()).unwrap();
    let opened = |who: &str| format!("2024-03-01 10:00:00 INFO account of {who} opened by clerk");
    models.train("m", &[opened("wintermute")]).unwrap();
    models.publish("m").unwrap();
    models.train("m", &[opened("wintermute")]).unwrap();
    let former = models.events("m").unwrap()[0].id;
    let rule = Rule { name: "customer".to_owned(), pattern: r"account of (\w+)".to_owned() };
    models.set("m", Settings { rules: vec![rule], ..Settings::default() }).unwrap();
    models.train("m", &[opened("neuromancer")]).unwrap();
    models.publish("m").unwrap();
    let events = models.events("m").unwrap();
    let shown: Vec<_> = events.iter().map(|e| (e.template.as_str(), e.lines, e.former_ids.clone())).collect();
    assert_eq!(shown, [("account of <*> opened by clerk", 3, vec![former])]);
    for file in fs::read_dir(folder.path().join("m")).unwrap() {
        let path = file.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        for word in ["wintermute", "neuromancer"] {
            assert!(memchr::memmem::find(&bytes, word.as_bytes()).is_none(), "{word} in {}", path.display());
        }
    }
    // an analysis takes it for the same event, and so does a restart
    let seen = |models: &Models| {
        let line = [opened("somebody")];
        let report = models.analyze("m", &line, &AnalyzeOptions::default()).unwrap();
        report.events[report.lines[0].event].template.clone()
    };
    assert_eq!(seen(&models), "account of <*> opened by clerk");
    drop(models);
    let models = Models::open(folder.path()).unwrap();
    assert_eq!(seen(&models), "account of <*> opened by clerk");
    // the number that a reason names is the one that the rule did not shift
    let paid = |cents: u32| format!("2024-03-01 10:00:00 INFO account of big spender paid {cents} cents");
    let rule = Rule { name: "customer".to_owned(), pattern: r"account of (\w+ \w+)".to_owned() };
    models.set("n", Settings { rules: vec![rule], ..Settings::default() }).unwrap();
    models.train("n", &(100..200).map(paid).collect::<Vec<_>>()).unwrap();
    let line = [paid(99_000_000)];
    let report = models.analyze("n", &line, &AnalyzeOptions::default()).unwrap();
    let details: Vec<&str> = report.reasons.iter().flatten().map(|reason| reason.detail.as_str()).collect();
    assert!(details.iter().any(|detail| detail.contains("99000000")), "{details:?}");
    let wrong = Rule { name: "open".to_owned(), pattern: "(".to_owned() };
    let said =
        models.set("m", Settings { rules: vec![wrong], ..Settings::default() }).unwrap_err().to_string();
    assert!(said.contains("`rules` cannot be used") && said.contains("`open`"), "{said}");
}
