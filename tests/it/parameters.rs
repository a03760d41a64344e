//! What is told of the variables of an event.

use std::path::{Path, PathBuf};

use crate::templates::ERRORS;
use oddlog::analysis::fit::Fit;
use oddlog::analysis::parameters::{Parameter, ParameterKind, parameters};
use oddlog::analysis::read::Lines;
use oddlog::models::EventInfo;
use oddlog::state::{State, magnitude};
use oddlog::wire::EventView;
use serde_json::json;

fn state(lines: &[String]) -> State {
    Lines::read(lines).state()
}

/// Template and parameters of all events.
fn told(state: &State) -> Vec<(String, Vec<Parameter>)> {
    let fit = Fit::new(state, 0);
    let texts = fit.events().iter().map(|event| event.text.clone());
    texts.zip(parameters(&fit, state)).collect()
}

#[track_caller]
fn of<'t>(told: &'t [(String, Vec<Parameter>)], template: &str) -> &'t [Parameter] {
    let found = told.iter().find(|(text, _)| text == template);
    &found.unwrap_or_else(|| panic!("no `{template}` among {told:#?}")).1
}

const NAMES: [&str; 12] =
    ["ada", "bob", "cyd", "dov", "eve", "fay", "gus", "hal", "ivo", "jan", "kim", "lea"];

/// Each name once and `ada` three times; each error once and `broken pipe` twice.
fn log() -> Vec<String> {
    let time = |i: usize| format!("2024-03-0{} 08:00:{:02} INFO", 1 + i % 3, i % 60);
    let mut lines = Vec::new();
    for (i, name) in NAMES.iter().chain(&["ada", "ada"]).enumerate() {
        lines.push(format!("{} copied home of {name} to the archive in {} seconds", time(i), 8 << (i % 3)));
        lines.push(format!("{} sent {} bytes to 10.0.0.{i}", time(i), 100 + i));
        lines.push(format!("{} session of user {name} has ended", time(i)));
    }
    for (i, error) in ERRORS.iter().chain(&["broken pipe"]).enumerate() {
        lines.push(format!("{} cannot read the index: {error}", time(i)));
    }
    lines
}

#[test]
fn each_variable_has_its_kind_its_commonest_texts_and_the_range_of_its_numbers() {
    let told = told(&state(&log()));
    let [name, duration] = of(&told, "copied home of <*> to the archive in <*> seconds") else {
        panic!("two")
    };
    assert_eq!((name.kind, name.lines, name.n_values, name.range), (ParameterKind::Text, 14, 12, None));
    let values: Vec<(&str, u64)> = name.values.iter().map(|(text, lines)| (text.as_str(), *lines)).collect();
    assert_eq!(values, [("ada", 3), ("bob", 1), ("cyd", 1), ("dov", 1), ("eve", 1)]);
    assert_eq!((duration.kind, duration.lines, duration.n_values), (ParameterKind::Duration, 14, 0));
    // 8, 16 and 32 seconds: 5, 5 and 4 times
    assert_eq!(duration.range, Some(["8", "16", "32"].map(|number| magnitude(number).unwrap())));

    let [size, address] = of(&told, "sent <*> bytes to <*>") else { panic!("two") };
    assert_eq!((size.kind, address.kind), (ParameterKind::Size, ParameterKind::Masked));
    assert_eq!((address.lines, address.n_values, address.range), (14, 0, None));

    let [user] = of(&told, "session of user <*> has ended") else { panic!("one") };
    assert_eq!((user.kind, user.values[0].clone()), (ParameterKind::Name, ("ada".to_owned(), 3)));

    let [explanation] = of(&told, "cannot read the index: <*>") else { panic!("one") };
    assert_eq!((explanation.kind, explanation.n_values), (ParameterKind::Text, 8));
    assert_eq!(explanation.values[0], ("broken pipe".to_owned(), 2));
}

#[test]
fn parameters_are_the_same_for_any_batches_in_any_order() {
    let lines = log();
    let mut merged = State::default();
    for batch in lines.chunks(7).rev() {
        merged.merge(state(batch));
    }
    assert_eq!(told(&merged), told(&state(&lines)));
}

#[test]
fn what_a_rule_masks_is_no_text_of_a_parameter() {
    let lines: Vec<String> = (0..9).map(|i| format!("login password=hunter{i}x of peer {i}")).collect();
    let told = told(&state(&lines));
    assert!(!format!("{told:?}").contains("hunter"), "{told:#?}");
}

#[test]
fn replies_show_numbers_as_about_and_texts_with_their_lines() {
    let parameters = vec![Parameter {
        kind: ParameterKind::Size,
        lines: 9,
        values: vec![("none".to_owned(), 2)],
        n_values: 1,
        range: Some(["0", "20", "93000"].map(|number| magnitude(number).unwrap())),
    }];
    let view = EventView::new(EventInfo { parameters, ..EventInfo::default() });
    assert_eq!(
        serde_json::to_value(view).unwrap()["parameters"],
        json!([{"kind": "size", "count": 9, "values": [{"value": "none", "count": 2}], "distinct_values": 1,
                "range": {"min": 0.0, "median": 20.0, "max": 90000.0}}])
    );
}

#[test]
fn parameters_of_nearly_all_lines_of_labelled_systems_are_told() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/templates");
    let (mut lines, mut told) = (0, 0);
    for system in ["BGL", "HDFS", "HealthApp", "Linux", "Mac", "Spark", "Windows"] {
        let Some(text) = raw_lines(&folder.join(system)) else {
            println!("skipped: no {system} under {}", folder.display());
            return;
        };
        let state = state(&text);
        let fit = Fit::new(&state, 0);
        let parameters = parameters(&fit, &state);
        for (key, cell) in state.slices().values().flat_map(|slice| &slice.cells) {
            let event = fit.pattern.templates.event_of(*key).unwrap();
            lines += if parameters[event].is_empty() { 0 } else { cell.count };
        }
        told += parameters.iter().filter_map(|of_event| Some(of_event.first()?.lines)).sum::<u64>();
    }
    println!("{told} of {lines} lines");
    assert!(told * 100 >= lines * 97, "{told} of {lines}");
}

/// The lines of a labelled log as they were written.
fn raw_lines(folder: &Path) -> Option<Vec<String>> {
    let bytes = std::fs::read(folder.join("raw.log")).ok()?;
    Some(String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect())
}
