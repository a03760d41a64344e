//! What was stored comes back, or is refused by name: every way in which a file can be damaged.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use oddlog::models::{AnalyzeOptions, Models, Partial};
use oddlog::state::State;
use oddlog::store::{FrameError, Journal, Kind, Record, StoreError, keep_as, load, save, sweep};
use proptest::prelude::*;
use tempfile::TempDir;

use super::map_merge::{Content, sealed};

/// Fingerprint of what made the files of these tests.
const PIPELINE: u64 = 0xfeed;

type Value = BTreeMap<String, Vec<u64>>;

fn value() -> Value {
    BTreeMap::from([("words".to_owned(), vec![1, 300, 70_000]), ("none".to_owned(), vec![])])
}

/// A folder, and in it a file that holds [`value`] as a training state.
fn stored() -> (TempDir, PathBuf, Vec<u8>) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(Kind::State.file_name());
    save(&path, Kind::State, PIPELINE, &value()).unwrap();
    let bytes = fs::read(&path).unwrap();
    (folder, path, bytes)
}

fn load_error(path: &Path, kind: Kind) -> StoreError {
    load::<Value>(path, kind, PIPELINE).expect_err("a damaged file must be refused")
}

#[test]
fn what_was_saved_comes_back_and_leaves_no_other_file() {
    let (folder, path, _) = stored();
    assert_eq!(load::<Value>(&path, Kind::State, PIPELINE).unwrap(), value());
    save(&path, Kind::State, PIPELINE, &Value::new()).unwrap();
    assert_eq!(load::<Value>(&path, Kind::State, PIPELINE).unwrap(), Value::new());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_missing_file_is_its_own_variant() {
    let folder = TempDir::new().unwrap();
    assert!(matches!(load_error(&folder.path().join("state.bin"), Kind::State), StoreError::Missing { .. }));
}

#[test]
fn a_file_truncated_at_any_length_is_refused() {
    let (_folder, path, bytes) = stored();
    for length in 0..bytes.len() {
        fs::write(&path, &bytes[..length]).unwrap();
        let error = load_error(&path, Kind::State);
        let cut_off = matches!(&error, StoreError::Frame { found: FrameError::Truncated { found, .. }, .. }
            if *found == length as u64);
        assert!(cut_off, "{length} bytes: {error}");
    }
}

#[test]
fn a_file_with_any_bit_flipped_is_refused() {
    let (_folder, path, bytes) = stored();
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, &damaged).unwrap();
        assert!(matches!(load_error(&path, Kind::State), StoreError::Frame { .. }), "bit {bit}");
    }
}

#[test]
fn a_file_of_another_kind_is_refused_with_both_names() {
    let (_folder, path, _) = stored();
    let said = load_error(&path, Kind::Word2Vec).to_string();
    assert!(said.contains("holds a training state where a word2vec model belongs"), "{said}");
}

#[test]
fn a_file_of_a_later_release_asks_for_that_release() {
    let (_folder, path, mut bytes) = stored();
    bytes[8] = 9;
    let checksum = crc32fast::hash(&[&bytes[..28], &bytes[32..]].concat());
    bytes[28..32].copy_from_slice(&checksum.to_le_bytes());
    fs::write(&path, &bytes).unwrap();
    let said = load_error(&path, Kind::State).to_string();
    assert!(said.contains("format version 9, and this release reads versions up to 5"), "{said}");
    assert!(said.contains("use the release that wrote it"), "{said}");
    assert!(said.contains("state.bin"), "{said}");
}

#[test]
fn a_file_of_another_pipeline_is_refused_where_it_cannot_be_used() {
    let (_folder, path, _) = stored();
    let said = load::<Value>(&path, Kind::State, PIPELINE + 1).unwrap_err().to_string();
    assert!(said.contains("reads lines in another way: pipeline 000000000000feed"), "{said}");
    assert!(said.contains("make it again with this release"), "{said}");
}

#[test]
fn a_journal_says_of_each_record_which_pipeline_has_made_it() {
    let (_folder, path, ..) = journalled();
    let (mut journal, _) = Journal::open(&path).unwrap();
    journal.append(6, PIPELINE + 1, b"more").unwrap();
    drop(journal);
    let pipelines: Vec<u64> =
        Journal::open(&path).unwrap().1.iter().map(|record| record.origin.pipeline).collect();
    assert_eq!(pipelines, [PIPELINE, PIPELINE, PIPELINE, PIPELINE + 1]);
}

#[test]
fn a_second_name_keeps_what_a_file_held() {
    let (folder, path, bytes) = stored();
    let other = folder.path().join("state-1.bin");
    keep_as(&path, &other).unwrap();
    save(&path, Kind::State, PIPELINE, &Value::new()).unwrap();
    assert_eq!(fs::read(&other).unwrap(), bytes);
    keep_as(&path, &other).unwrap();
    assert_eq!(load::<Value>(&other, Kind::State, PIPELINE).unwrap(), Value::new());
}

#[test]
fn trailing_bytes_are_refused() {
    let (_folder, path, mut bytes) = stored();
    bytes.extend_from_slice(b"xyz");
    fs::write(&path, &bytes).unwrap();
    let error = load_error(&path, Kind::State);
    assert!(matches!(error, StoreError::Frame { found: FrameError::Trailing(3), .. }), "{error}");
}

#[test]
fn a_length_of_exabytes_is_refused_by_the_length_on_disk() {
    let (_folder, path, mut bytes) = stored();
    bytes[12..20].copy_from_slice(&(1u64 << 60).to_le_bytes());
    fs::write(&path, &bytes).unwrap();
    let error = load_error(&path, Kind::State);
    assert!(matches!(error, StoreError::Frame { found: FrameError::Truncated { .. }, .. }), "{error}");
}

#[test]
fn a_file_of_something_else_is_called_foreign() {
    let (_folder, path, _) = stored();
    fs::write(&path, "PK\x03\x04 this is no model, but it is longer than a header").unwrap();
    let error = load_error(&path, Kind::State);
    assert!(matches!(error, StoreError::Frame { found: FrameError::Foreign, .. }), "{error}");
}

#[test]
fn content_of_another_type_is_refused_although_its_frame_is_whole() {
    let (_folder, path, _) = stored();
    save(&path, Kind::State, PIPELINE, &u8::MAX).unwrap();
    assert!(matches!(load_error(&path, Kind::State), StoreError::Content { .. }));
}

#[test]
fn sweeping_removes_what_a_crash_left_and_nothing_else() {
    let (folder, path, _) = stored();
    fs::write(folder.path().join(".oddlog-Ab12.tmp"), "half a file").unwrap();
    fs::write(folder.path().join("notes.tmp"), "somebody's").unwrap();
    sweep(folder.path()).unwrap();
    assert!(path.exists());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

/// A journal of three records, closed; the offsets at which its records begin, and its end.
fn journalled() -> (TempDir, PathBuf, Vec<u8>, Vec<usize>) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(Kind::Journal.file_name());
    let (mut journal, records) = Journal::open(&path).unwrap();
    assert!(records.is_empty());
    let mut offsets = vec![0];
    for (seq, content) in three_records() {
        journal.append(seq, PIPELINE, &content).unwrap();
        offsets.push(usize::try_from(journal.length_bytes()).unwrap());
    }
    drop(journal);
    let bytes = fs::read(&path).unwrap();
    (folder, path, bytes, offsets)
}

fn contents(records: Vec<Record>) -> Vec<(u64, Vec<u8>)> {
    records.into_iter().map(|record| (record.seq, record.content)).collect()
}

fn three_records() -> Vec<(u64, Vec<u8>)> {
    vec![(1, b"first".to_vec()), (2, vec![]), (5, vec![0xff; 300])]
}

#[test]
fn journal_records_come_back_in_order_and_more_can_follow() {
    let (_folder, path, ..) = journalled();
    let (mut journal, records) = Journal::open(&path).unwrap();
    assert_eq!(contents(records), three_records());
    journal.append(6, PIPELINE, b"more").unwrap();
    drop(journal);
    let (_, records) = Journal::open(&path).unwrap();
    assert_eq!(contents(records).last(), Some(&(6, b"more".to_vec())));
}

#[test]
fn a_journal_cut_at_any_length_keeps_its_whole_records_and_can_be_written_again() {
    let (_folder, path, bytes, offsets) = journalled();
    for length in 0..bytes.len() {
        fs::write(&path, &bytes[..length]).unwrap();
        let whole = offsets.iter().filter(|&&end| end > 0 && end <= length).count();
        let (mut journal, records) = Journal::open(&path).unwrap();
        assert_eq!(contents(records), three_records()[..whole], "cut at {length}");
        journal.append(9, PIPELINE, b"after the crash").unwrap();
        drop(journal);
        let (_, records) = Journal::open(&path).unwrap();
        assert_eq!(records.len(), whole + 1, "cut at {length}");
    }
}

#[test]
fn a_flipped_bit_costs_at_most_the_last_record_and_elsewhere_stops_the_start() {
    let (_folder, path, bytes, offsets) = journalled();
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, &damaged).unwrap();
        let in_last = bit / 8 >= offsets[2];
        match Journal::open(&path) {
            Ok((_, records)) => assert!(in_last && contents(records) == three_records()[..2], "bit {bit}"),
            Err(StoreError::Record { offset, .. }) => {
                assert!(!in_last, "bit {bit}");
                assert!(offsets.contains(&usize::try_from(offset).unwrap()), "bit {bit}");
            }
            Err(other) => panic!("bit {bit}: {other}"),
        }
    }
}

#[test]
fn zeros_after_the_last_record_are_cut_off() {
    // What some file systems leave when the power fails after the length was written, before the data.
    let (_folder, path, mut bytes, _) = journalled();
    bytes.resize(bytes.len() + 4096, 0);
    fs::write(&path, &bytes).unwrap();
    assert_eq!(contents(Journal::open(&path).unwrap().1), three_records());
    fs::write(&path, [0; 100]).unwrap();
    assert_eq!(Journal::open(&path).unwrap().1, []);
}

#[test]
fn a_file_of_something_else_is_not_emptied_as_if_it_were_a_torn_journal() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("state.journal");
    fs::write(&path, "a text that somebody needs").unwrap();
    assert!(matches!(Journal::open(&path), Err(StoreError::Frame { found: FrameError::Foreign, .. })));
    assert_eq!(fs::read_to_string(&path).unwrap(), "a text that somebody needs");
}

#[test]
fn a_journal_of_a_later_release_is_refused_and_left_alone() {
    let (_folder, path, mut bytes, offsets) = journalled();
    let last = offsets[2];
    bytes[last + 8] = 6;
    let checksum = crc32fast::hash(&[&bytes[last..last + 28], &bytes[last + 32..]].concat());
    bytes[last + 28..last + 32].copy_from_slice(&checksum.to_le_bytes());
    fs::write(&path, &bytes).unwrap();
    assert!(matches!(Journal::open(&path), Err(StoreError::Frame { found: FrameError::Version { .. }, .. })));
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_record_number_that_does_not_rise_is_refused() {
    let (_folder, path, ..) = journalled();
    let (mut journal, _) = Journal::open(&path).unwrap();
    let before = journal.length_bytes();
    let said = journal.append(5, PIPELINE, b"again").unwrap_err().to_string();
    assert!(said.contains("record number 5 does not rise"), "{said}");
    assert_eq!(journal.length_bytes(), before);
}

#[test]
fn a_reset_journal_is_empty_and_its_numbers_go_on() {
    let (_folder, path, ..) = journalled();
    let (mut journal, _) = Journal::open(&path).unwrap();
    journal.reset().unwrap();
    assert_eq!(fs::metadata(&path).unwrap().len(), 0);
    assert!(journal.append(5, PIPELINE, b"old number").is_err());
    journal.append(6, PIPELINE, b"next").unwrap();
    drop(journal);
    assert_eq!(contents(Journal::open(&path).unwrap().1), [(6, b"next".to_vec())]);
}

#[test]
fn a_second_opening_is_refused_while_the_first_lasts() {
    let (_folder, path, ..) = journalled();
    let first = Journal::open(&path).unwrap();
    assert!(matches!(Journal::open(&path), Err(StoreError::InUse { .. })));
    drop(first);
    assert!(Journal::open(&path).is_ok());
}

const GOOD: [&str; 2] =
    ["2024-03-01 10:00:00 INFO door opened in 5 ms", "2024-03-02 10:00:00 WARN door stays open"];
const LATER: [&str; 1] = ["2024-03-03 10:00:00 INFO window closed in 7 ms"];

/// Where a model keeps a state, and how it comes to be there.
type Kept = (&'static str, fn(&Models), State);

fn kept() -> [Kept; 4] {
    let state = |lines: &[&str]| Partial::of(lines).state().clone();
    let fitted = |models: &Models| {
        models.train("odd", &GOOD).unwrap();
        models.publish("odd").unwrap();
    };
    [
        ("state.bin", fitted, state(&GOOD)),
        (
            "state.journal",
            |models| {
                models.train("odd", &GOOD).unwrap();
                models.publish("odd").unwrap();
                models.train("odd", &LATER).unwrap();
            },
            state(&LATER),
        ),
        (
            "state.journal",
            |models| {
                for lines in [&GOOD[..], &LATER] {
                    models.train("odd", lines).unwrap();
                    models.publish("odd").unwrap();
                }
                models.roll_back("odd", 1).unwrap();
            },
            state(&GOOD),
        ),
        (
            "state-1.bin",
            |models| {
                for lines in [&GOOD[..], &LATER] {
                    models.train("odd", lines).unwrap();
                    models.publish("odd").unwrap();
                }
            },
            state(&GOOD),
        ),
    ]
}

/// Makes the state in a file of one frame another one, with the right length and checksum.
fn change_state(file: &Path, state: &State, change: impl FnOnce(&mut Content)) {
    let bytes = fs::read(file).unwrap();
    let old = oddlog::store::encode(state).unwrap();
    let mut content: Content = oddlog::store::decode(&old).unwrap();
    change(&mut content);
    let new = oddlog::store::encode(&content).unwrap();
    let at = memchr::memmem::find(&bytes, &old).expect("the state is in the file");
    let mut bytes = [&bytes[..at], &new, &bytes[at + old.len()..]].concat();
    let length = bytes.len() as u64 - 32;
    bytes[12..20].copy_from_slice(&length.to_le_bytes());
    fs::write(file, sealed(bytes)).unwrap();
}

#[test]
fn a_state_that_no_lines_can_have_given_is_refused_wherever_a_model_keeps_it_and_the_others_are_served() {
    for (name, make, state) in kept() {
        let folder = TempDir::new().unwrap();
        let models = Models::open(folder.path()).unwrap();
        models.train("whole", &GOOD).unwrap();
        make(&models);
        drop(models);
        let file = folder.path().join("odd").join(name);
        change_state(&file, &state, |content| content.slices.values_mut().next().unwrap().lines += 1);

        let models = Models::open(folder.path()).unwrap();
        let ask = |model: &str| models.analyze(model, &GOOD, &AnalyzeOptions::default()).map(|_| ());
        assert!(ask("whole").is_ok());
        let refused = match name {
            "state-1.bin" => {
                assert!(ask("odd").is_ok(), "the generation in use is whole");
                vec![ask("odd@1").unwrap_err(), models.roll_back("odd", 1).unwrap_err()]
            }
            _ => vec![ask("odd").unwrap_err()],
        };
        for said in refused.iter().map(ToString::to_string) {
            assert!(said.contains(file.to_str().unwrap()), "{said}");
            assert!(said.contains("do not add up; restore it from a backup"), "{said}");
        }
    }
}

#[test]
fn a_state_of_another_release_is_refused_only_where_it_is_unsound_once_it_was_read_again() {
    for (is_sound, (name, make, state)) in
        [true, false].into_iter().flat_map(|is_sound| kept().map(|kept| (is_sound, kept)))
    {
        let folder = TempDir::new().unwrap();
        let models = Models::open(folder.path()).unwrap();
        make(&models);
        let before = models.state("odd").unwrap();
        drop(models);
        let file = folder.path().join("odd").join(name);
        change_state(&file, &state, |content| {
            let shapes: Vec<_> = std::mem::take(&mut content.shapes).into_iter().collect();
            // that release gave sequences other keys
            let key = |key: u64| key ^ 1;
            content.shapes = shapes.into_iter().map(|(old, shape)| (key(old), shape)).collect();
            for slice in content.slices.values_mut() {
                let cells = std::mem::take(&mut slice.cells);
                slice.cells = cells.into_iter().map(|(old, cell)| (key(old), cell)).collect();
                slice.lines += u64::from(!is_sound);
            }
        });
        let mut bytes = fs::read(&file).unwrap();
        bytes[20] ^= 1; // the fingerprint
        fs::write(&file, sealed(bytes)).unwrap();

        let models = Models::open(folder.path()).unwrap();
        let number = if name == "state-1.bin" { "odd@1" } else { "odd" };
        let asked = models.analyze(number, &GOOD, &AnalyzeOptions::default());
        assert_eq!(
            asked.is_ok(),
            is_sound,
            "{name}: {}",
            asked.err().map_or(String::new(), |e| e.to_string())
        );
        if is_sound {
            assert_eq!(models.state("odd").unwrap(), before);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_in_place_of_a_file_are_refused(bytes: Vec<u8>) {
        let (_folder, path, _) = stored();
        fs::write(&path, &bytes).unwrap();
        prop_assert!(load::<Value>(&path, Kind::State, PIPELINE).is_err());
    }
}
