//! What is told of the variables of an event.

use std::path::{Path, PathBuf};

use crate::templates::ERRORS;
use oddlog::analysis::fit::Fit;
use oddlog::analysis::parameters::{Parameter, parameters};
use oddlog::analysis::read::Lines;
use oddlog::models::{EventInfo, Models, Settings};
use oddlog::state::{Days, State, magnitude};
use oddlog::tokenize::{Kind, Rule};
use oddlog::wire::EventView;
use serde_json::json;
use tempfile::TempDir;

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
    assert_eq!((name.kind, name.lines, name.n_values, name.range), (Some(Kind::Text), 14, 12, None));
    let values: Vec<(&str, u64)> = name.values.iter().map(|(text, lines)| (text.as_str(), *lines)).collect();
    assert_eq!(values, [("ada", 3), ("bob", 1), ("cyd", 1), ("dov", 1), ("eve", 1)]);
    assert_eq!((duration.kind, duration.lines, duration.n_values), (Some(Kind::Duration), 14, 0));
    // 8, 16 and 32 seconds: 5, 5 and 4 times
    assert_eq!(duration.range, Some(["8", "16", "32"].map(|number| magnitude(number).unwrap())));

    let [size, address] = of(&told, "sent <*> bytes to <*>") else { panic!("two") };
    assert_eq!((size.kind, address.kind), (Some(Kind::Size), Some(Kind::Ip)));
    assert_eq!((address.lines, address.n_values, address.range), (14, 0, None));

    let [user] = of(&told, "session of user <*> has ended") else { panic!("one") };
    assert_eq!((user.kind, user.values[0].clone()), (Some(Kind::Name), ("ada".to_owned(), 3)));

    let [explanation] = of(&told, "cannot read the index: <*>") else { panic!("one") };
    assert_eq!((explanation.kind, explanation.n_values), (Some(Kind::Text), 8));
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

/// A word, of which kind is what stands behind it, and that in each of twelve lines.
type Column = (&'static str, Kind, fn(usize) -> String);

const KINDS: [Column; 16] = [
    ("alder", Kind::Number, |i| format!("{}", 100 + i)),
    ("beech", Kind::Duration, |i| format!("{}ms", 100 + i)),
    ("cedar", Kind::Size, |i| format!("{}KB", 100 + i)),
    ("elder", Kind::Ip, |i| format!("10.0.0.{i}:80")),
    ("fir", Kind::Mac, |i| format!("00:1b:21:3c:9d:{i:02x}")),
    ("hazel", Kind::Host, |i| format!("db{i}.example.org")),
    ("holly", Kind::Mail, |i| format!("a.b{i}@example.org")),
    ("larch", Kind::Url, |i| format!("https://example.org/a?b={i}")),
    ("maple", Kind::Path, |i| format!("/var/log/a{i}.log")),
    ("oak", Kind::Time, |i| format!("2024-03-{:02}T10:00:01Z", 1 + i)),
    ("pine", Kind::Uuid, |i| format!("123e4567-e89b-12d3-a456-4266141740{i:02}")),
    ("rowan", Kind::Hex, |i| format!("0x{:x}", 4096 + i)),
    ("thorn", Kind::Version, |i| format!("1.{i}.3-rc.1")),
    ("walnut", Kind::Bool, |i| format!("{}", i % 2 == 0)),
    ("willow", Kind::Id, |i| format!("R0{}-M1-N{i}", i % 2)),
    ("yew", Kind::Secret, |i| format!("password=hunter{i}x")),
];

#[test]
fn what_is_masked_is_told_by_its_kind() {
    let line = |i: usize| {
        let pairs: Vec<String> =
            KINDS.iter().map(|(word, _, value)| format!("{word} {}", value(i))).collect();
        format!("2024-03-01 08:00:00 INFO {}", pairs.join(" then "))
    };
    let told = told(&state(&(0..12).map(line).collect::<Vec<_>>()));
    let [(template, parameters)] = &told[..] else { panic!("{told:#?}") };
    assert_eq!(parameters.len(), KINDS.len(), "{template}");
    for ((word, kind, _), parameter) in KINDS.iter().zip(parameters) {
        assert_eq!((parameter.kind, parameter.lines), (Some(*kind), 12), "{word} in {template}");
        // a range is told of amounts alone
        let is_amount = matches!(kind, Kind::Number | Kind::Duration | Kind::Size);
        assert_eq!(parameter.range.is_some(), is_amount, "{word} in {template}");
    }
}

/// `n` lines of a value each.
fn values(n: usize, value: impl Fn(usize) -> String) -> Vec<String> {
    (0..n).map(|i| format!("2024-03-01 08:00:00 INFO the oak was {} there", value(i))).collect()
}

#[test]
fn a_kind_is_told_where_nine_of_ten_values_have_it_and_no_range_where_none_is() {
    let of_mixture = |n_paths: usize| {
        let value = |i: usize| if i < n_paths { format!("/a/{i}") } else { format!("{i}") };
        of(&told(&state(&values(20, value))), "the oak was <*> there")[0].clone()
    };
    assert_eq!(of_mixture(18).kind, Some(Kind::Path));
    assert_eq!(of_mixture(2).kind, Some(Kind::Number));
    let neither = of_mixture(10);
    assert_eq!((neither.kind, neither.lines, neither.range), (None, 20, None));
}

#[test]
fn ids_in_base_16_that_have_no_letter_are_ids_and_addresses_among_hosts_are_hosts() {
    let hex =
        told(&state(&values(20, |i| if i < 5 { format!("9034567{i}") } else { format!("4f9a7c{i:02}") })));
    assert_eq!(of(&hex, "the oak was <*> there")[0].kind, Some(Kind::Hex));
    let hosts =
        told(&state(&values(
            20,
            |i| {
                if i < 9 { format!("10.0.0.{i}") } else { format!("db{i}.example.org") }
            },
        )));
    assert_eq!(of(&hosts, "the oak was <*> there")[0].kind, Some(Kind::Host));
}

#[test]
fn what_a_day_said_of_kinds_is_forgotten_with_it() {
    let day = |date: u32, value: &str| -> Vec<String> {
        (0..12).map(|i| format!("2024-03-{date:02} 08:00:00 INFO the oak was {value}{i} there")).collect()
    };
    let (first, second) = (day(1, "10.0.0."), day(2, "/a/"));
    let mut both = state(&[first, second.clone()].concat());
    assert_eq!(of(&told(&both), "the oak was <*> there")[0].kind, None);
    // 2024-03-01 is 19,783 days after 1970-01-01
    both.forget(&Days::between(19_783, 19_783));
    assert_eq!(both, state(&second));
    assert_eq!(of(&told(&both), "the oak was <*> there")[0].kind, Some(Kind::Path));
}

#[test]
fn what_a_rule_masks_is_told_by_the_name_that_the_rule_has_now() {
    let folder = TempDir::new().unwrap();
    let models = Models::open(folder.path()).unwrap();
    let choose = |rules: &[(&str, &str)]| {
        let rule = |(name, pattern): &(&str, &str)| Rule {
            name: (*name).to_owned(),
            pattern: (*pattern).to_owned(),
        };
        let rules = rules.iter().map(rule).collect();
        models.set("m", Settings { rules, ..Settings::default() }).unwrap();
    };
    let order =
        |i: usize| format!("2024-03-01 10:00:00 INFO order {i} of customer {} is late", NAMES[i % 12]);
    let kinds = || {
        let views: Vec<_> = models.events("m").unwrap().into_iter().map(EventView::new).collect();
        let shown = serde_json::to_value(views).unwrap();
        shown[0]["parameters"].as_array().unwrap().iter().map(|p| p["kind"].clone()).collect::<Vec<_>>()
    };
    // half of the lines are kept before there is a rule
    models.train("m", &(0..12).map(order).collect::<Vec<_>>()).unwrap();
    choose(&[("customer", r"customer (\w+)")]);
    models.train("m", &(0..12).map(order).collect::<Vec<_>>()).unwrap();
    assert_eq!(kinds(), ["number", "customer"]);
    choose(&[("tenant", "tenant"), ("client", r"customer (\w+)")]);
    assert_eq!(kinds(), ["number", "client"]);
    choose(&[]);
    assert_eq!(kinds(), ["number", "masked"]);
}

#[test]
fn replies_show_numbers_as_about_and_texts_with_their_lines() {
    let parameters = vec![Parameter {
        kind: Some(Kind::Size),
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
fn parameters_of_nearly_all_lines_of_labelled_systems_are_told_and_nearly_all_have_a_kind() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/templates");
    let (mut lines, mut told) = (0, 0);
    let (mut n_parameters, mut n_masked) = (0, 0);
    for system in ["Apache", "BGL", "HDFS", "HealthApp", "Linux", "Mac", "Spark", "Windows"] {
        let Some(text) = raw_lines(&folder.join(system)) else {
            println!("skipped: no {system} under {}", folder.display());
            return;
        };
        let state = state(&text);
        let fit = Fit::new(&state, 0);
        let parameters = parameters(&fit, &state);
        let masked = parameters.iter().flatten().filter(|parameter| parameter.kind.is_none()).count();
        let all = parameters.iter().flatten().count();
        println!("{system}: {masked} of {all} parameters have no kind");
        (n_parameters, n_masked) = (n_parameters + all, n_masked + masked);
        for (key, cell) in state.slices().values().flat_map(|slice| &slice.cells) {
            let event = fit.pattern.templates.event_of(*key).unwrap();
            lines += if parameters[event].is_empty() { 0 } else { cell.count };
        }
        told += parameters.iter().filter_map(|of_event| Some(of_event.first()?.lines)).sum::<u64>();
    }
    println!("{told} of {lines} lines");
    assert!(told * 100 >= lines * 97, "{told} of {lines}");
    assert!(n_masked * 100 <= n_parameters * 10, "{n_masked} of {n_parameters} have no kind");
}

/// The lines of a labelled log as they were written.
fn raw_lines(folder: &Path) -> Option<Vec<String>> {
    let bytes = std::fs::read(folder.join("raw.log")).ok()?;
    Some(String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect())
}
