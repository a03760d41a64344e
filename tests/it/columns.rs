//! Leading columns of unknown formats: what is taken for one, and what is left in the message.

use oddlog::analysis::fit::Fit;
use oddlog::analysis::parameters::parameters;
use oddlog::analysis::read::Lines;
use oddlog::analysis::{AnalyzeOptions, Stream, analyze};
use oddlog::entry::Level;
use oddlog::models::{Models, Settings};
use oddlog::report::Report;
use oddlog::state::magnitude;
use oddlog::tokenize::{Kind, Rule};
use proptest::prelude::*;
use tempfile::TempDir;

/// Texts of a system that is none: each of one component, of many lengths.
const TEXTS: [(&str, &str); 24] = [
    ("core.pool", "accepted connection {n} from the balancer"),
    ("core.pool", "worker exhausted after {n} jobs, resting"),
    ("core.pool", "resized to {n}"),
    ("core.pool", "no free slot for job {n} in queue"),
    ("store.wal", "segment {n} sealed"),
    ("store.wal", "flushing {n} pages took {n} ms"),
    ("store.wal", "checkpoint written at offset {n} of the journal"),
    ("store.wal", "cannot truncate below {n}: snapshot is held"),
    ("auth.session", "token renewed for tenant {n}"),
    ("auth.session", "password of account {n} will expire in {n} days"),
    ("auth.session", "too many attempts"),
    ("auth.session", "login page served to visitor {n}"),
    ("mail-out", "queued message {n} for delivery"),
    ("mail-out", "bounce received from relay {n}, giving up"),
    ("mail-out", "greylisted"),
    ("mail-out", "certificate pinned for host {n}"),
    ("geo.tiles", "rendered tile {n} at zoom {n}"),
    ("geo.tiles", "cache hit ratio is {n} percent"),
    ("geo.tiles", "missing font, falling back to default"),
    ("geo.tiles", "evicted {n} old tiles"),
    ("job_runner", "picked up nightly job {n}"),
    ("job_runner", "retrying step {n} of pipeline"),
    ("job_runner", "waiting for lock {n} held elsewhere"),
    ("job_runner", "everything is up to date"),
];

/// Lines of all texts, `front` giving what stands before the text of a component in line `i`.
fn lines(n: usize, front: impl Fn(usize, &str) -> String) -> Vec<String> {
    (0..n)
        .map(|i| {
            let (component, text) = TEXTS[i * 7 % TEXTS.len()];
            format!("{}{}", front(i, component), text.replace("{n}", &(i * 37 % 900 + 3).to_string()))
        })
        .collect()
}

fn time(i: usize) -> String {
    format!("2024-03-04 {:02}:{:02}:{:02}", 8 + i / 3600, i / 60 % 60, i % 60)
}

fn host(i: usize) -> &'static str {
    ["oslo", "bergen", "narvik"][(i * i + i / 5) % 3]
}

fn read<S: AsRef<str> + Sync>(lines: &[S]) -> Report<'_> {
    analyze(lines, None, &AnalyzeOptions::default())
}

fn templates(report: &Report<'_>) -> Vec<String> {
    report.lines.iter().map(|line| report.events[line.event].template.clone()).collect()
}

#[track_caller]
fn assert_read(front: impl Fn(usize, &str) -> String) {
    let lines = lines(480, front);
    let report = read(&lines);
    for (i, line) in report.lines.iter().enumerate() {
        let (component, text) = TEXTS[i * 7 % TEXTS.len()];
        let text = text.replace("{n}", &(i * 37 % 900 + 3).to_string());
        assert_eq!(line.entry.message, text, "{}", lines[i]);
        assert_eq!(line.entry.source(), Some(component), "{}", lines[i]);
    }
    assert_eq!(report.events.len(), TEXTS.len());
}

#[test]
fn a_host_and_a_component_behind_a_time_are_columns() {
    assert_read(|i, component| format!("{} {} {component} ", time(i), host(i)));
}

#[test]
fn columns_without_any_time_are_learnt_as_well() {
    assert_read(|i, component| format!("{} {component} {} ", host(i), 4000 + i % 7));
    assert_read(|i, component| format!("{};{};{component};", host(i), 4000 + i % 7));
    assert_read(|i, component| format!("[{component}] [worker-{}] ", i % 5));
}

#[test]
fn ranges_of_parameters_are_those_of_the_message_and_not_of_its_columns() {
    let lines = lines(480, |i, component| format!("{} {component} {} ", host(i), 4000 + i % 7));
    let state = Lines::read(&lines).state();
    let fit = Fit::new(&state, 0);
    let tile = fit.events().iter().position(|event| event.text == "rendered tile <*> at zoom <*>").unwrap();
    let [tile, zoom] = &parameters(&fit, &state)[tile][..] else { panic!("two") };
    assert_eq!((tile.kind, tile.range), (Some(Kind::Number), zoom.range));
    let [low, _, high] = tile.range.unwrap();
    assert!(low >= magnitude("3").unwrap() && high <= magnitude("902").unwrap(), "{low} {high}");
}

#[test]
fn columns_behind_a_level_are_learnt() {
    assert_read(|i, component| format!("{} INFO tid:{} unit:{component} ", time(i), i % 90));
    assert_read(|i, component| format!("{} INFO worker-{} :: {component} :: ", time(i), i % 9));
    assert_read(|i, component| format!("{}\t{:08x}\t{component}\t", time(i), i * 7919));
}

#[test]
fn columns_that_brackets_quotes_keys_or_a_sign_enclose_are_learnt() {
    assert_read(|i, component| format!("{} [reader {} of 9] {component} ", time(i), i % 9 + 1));
    assert_read(|i, component| format!("{} \"{component}\" n{:03} ", time(i), i * i % 40));
    assert_read(|i, component| {
        format!("{} usr={} unit={component} ", time(i), ["-", "ada", "bo"][i / 5 % 3])
    });
    assert_read(|i, component| format!("{} {component}> ", time(i)));
    assert_read(|i, component| format!("n{:03} {component} ~ ", i * i % 40));
    assert_read(|i, component| format!("{} n{:03} ", component, i * i % 40));
}

#[test]
fn a_request_whose_id_has_letters_alone_has_the_columns_of_the_others() {
    let id = |i: usize| if i == 67 { "facade".to_owned() } else { format!("{:06x}", 0x1a_2b3c + i * 7919) };
    assert_read(|i, component| format!("{} {component} {} 0 ", time(i), id(i)));
}

#[test]
fn how_many_there_are_is_no_column_in_the_few_sentences_of_a_program() {
    let counted = [
        "rows deleted",
        "users online",
        "of 9 tasks failed",
        "messages in queue",
        "files moved away",
        "keys lost",
    ];
    let ends = ["", " by now", " since noon"];
    let text = |i: usize| format!("{} {}{}", i * 37 % 900, counted[i * 7 % counted.len()], ends[i / 6 % 3]);
    let lines: Vec<String> = (0..300).map(|i| format!("{} {}", time(i), text(i))).collect();
    for (i, line) in read(&lines).lines.iter().enumerate() {
        assert_eq!(line.entry.message, text(i));
    }
}

#[test]
fn a_column_of_level_letters_is_the_level() {
    let letter = |i: usize| ["I", "W", "E"][i * 7 % TEXTS.len() % 3];
    let lines = lines(480, |i, component| {
        format!("{} {} {component} {} ", 1_709_539_200 + i, 900 + i % 40, letter(i))
    });
    let report = read(&lines);
    for (i, line) in report.lines.iter().enumerate() {
        let level = [Level::Info, Level::Warn, Level::Error][i * 7 % TEXTS.len() % 3];
        assert_eq!(line.entry.level, Some(level), "{}", lines[i]);
    }
}

#[test]
fn three_formats_in_one_file_do_not_disturb_each_other() {
    // all texts in each of them
    assert_read(|i, component| match i / TEXTS.len() % 3 {
        0 => format!("{} {} {component} ", time(i), host(i)),
        1 => format!("{} INFO {component} {} ", time(i), 300 + i % 9),
        _ => format!("{} {component} {} ", host(i), 4000 + i % 7),
    });
}

#[test]
fn words_that_say_what_happened_stay_in_the_message() {
    let objects = [
        "session",
        "job",
        "valve",
        "gate to hall",
        "file of user",
        "port on switch",
        "lease for client",
        "backup of volume",
        "circuit",
        "window",
        "stream to peer",
        "account with bank",
        "ticket",
        "channel",
        "door at rear",
        "shard in region",
        "transaction on ledger",
        "tunnel",
        "mailbox",
        "cursor over table",
    ];
    for words in [
        &["start", "stop"][..],
        &["opened", "closed"],
        &["GET", "POST", "PUT"],
        &["Starting", "Started", "Reached"],
        &["Reading", "Deleting", "Copying", "Hashing"],
    ] {
        for front in ["", "2024-03-04 08:00:00 ", "2024-03-04 08:00:00 INFO "] {
            let text = |i: usize| {
                let object = objects[i / words.len() % objects.len()];
                format!("{} {object} {}", words[i % words.len()], i % 41)
            };
            let lines: Vec<String> = (0..600).map(|i| format!("{front}{}", text(i))).collect();
            let report = read(&lines);
            for (i, line) in report.lines.iter().enumerate() {
                assert_eq!(line.entry.message, text(i), "{}", lines[i]);
            }
        }
    }
}

#[test]
fn of_few_lines_no_word_is_taken_for_a_column() {
    // no two of the 60 lines have one text behind the word: nothing says whether the word goes with it
    let objects = "session job valve gate file port lease backup circuit ticket door shard tunnel mailbox cursor volume \
                   image driver kernel buffer";
    let objects: Vec<&str> = objects.split(' ').collect();
    let ends = ["for user", "on disk", "with code", "quickly", "of the client", "by request", "to peer"];
    for words in [
        &["Stale", "Invalid", "Unknown", "Duplicate", "Missing"][..],
        &["SELECT", "INSERT", "UPDATE"],
        &["alice", "bob", "carol", "dave"],
    ] {
        for front in ["", "2024-03-04 08:00:00 ", "2024-03-04 08:00:00 INFO "] {
            let text = |i: usize| {
                let word = words[(i * i / 3 + i) % words.len()];
                format!("{word} {} {}", objects[i % 20], ends[(i + i / 20 * 2) % 7])
            };
            let lines: Vec<String> = (0..60).map(|i| format!("{front}{}", text(i))).collect();
            for (i, line) in read(&lines).lines.iter().enumerate() {
                assert_eq!(line.entry.message, text(i), "{}", lines[i]);
            }
        }
    }
}

/// Lines of all texts, each behind the word that stands for its component, are read without it, or with it.
#[track_caller]
fn assert_words(words: [&str; 6], are_columns: bool) {
    let components = ["core.pool", "store.wal", "auth.session", "mail-out", "geo.tiles", "job_runner"];
    let word_of = |component: &str| words[components.iter().position(|c| *c == component).unwrap()];
    let with = lines(480, |_, component| format!("{} ", word_of(component)));
    let without = lines(480, |_, _| String::new());
    let all: Vec<String> = with.iter().enumerate().map(|(i, text)| format!("{} {text}", time(i))).collect();
    let wanted = if are_columns { without } else { with };
    for (i, line) in read(&all).lines.iter().enumerate() {
        assert_eq!(line.entry.message, wanted[i], "{}", all[i]);
    }
}

#[test]
fn words_that_the_text_tells_are_columns_unless_they_contradict_each_other() {
    assert_words(["ledger", "mailer", "planner", "relay", "vault", "broker"], true);
    assert_words(["ledger", "mailer", "accepted", "relay", "vault", "rejected"], false);
}

#[test]
fn two_words_are_too_few_to_be_the_parts_of_a_program() {
    // each before twelve unlike texts that tell it, as the three are before eight
    assert_words(["ledger", "ledger", "ledger", "mailer", "mailer", "mailer"], false);
    assert_words(["ledger", "ledger", "mailer", "mailer", "vault", "vault"], true);
}

#[test]
fn a_component_of_two_sentences_that_many_names_fill_in_is_one_of_the_others() {
    let users = ["ada", "bo", "cy", "di", "ed", "flo", "gus", "hal", "ina", "jo", "kit", "lou", "moe", "nan"];
    let words = ["ledger", "mailer", "planner", "relay", "vault", "broker"];
    let text = |i: usize| match i % 2 {
        0 => format!("{} left {}", ["guest", "visitor"][i / 2 % 2], users[i * 5 % 14]),
        _ => TEXTS[i / 2 % 24].1.replace("{n}", &(i * 37 % 900).to_string()),
    };
    let word = |i: usize| if i.is_multiple_of(2) { "porter" } else { words[i / 2 % 24 / 4] };
    let lines: Vec<String> = (0..600).map(|i| format!("{} {} {}", time(i), word(i), text(i))).collect();
    for (i, line) in read(&lines).lines.iter().enumerate() {
        assert_eq!((&*line.entry.message, line.entry.source()), (&*text(i), Some(word(i))), "{}", lines[i]);
    }
}

#[test]
fn what_an_owner_hides_in_a_message_does_not_move_where_it_begins() {
    let folder = TempDir::new().unwrap();
    let models = Models::open(folder.path()).unwrap();
    let rule = Rule { name: "relay".to_owned(), pattern: "relay [0-9]+, giving".to_owned() };
    models.set("m", Settings { rules: vec![rule], ..Settings::default() }).unwrap();
    let all = lines(480, |i, component| format!("{} {} {component} ", time(i), host(i)));
    models.train("m", &all).unwrap();
    models.publish("m").unwrap();
    let report = models.analyze("m", &all, &AnalyzeOptions::default()).unwrap();
    for (i, line) in report.lines.iter().enumerate() {
        let (component, text) = TEXTS[i * 7 % TEXTS.len()];
        assert_eq!(line.entry.message, text.replace("{n}", &(i * 37 % 900 + 3).to_string()), "{}", all[i]);
        assert_eq!(line.entry.source(), Some(component), "{}", all[i]);
    }
    assert_eq!(report.events.iter().filter(|event| event.template.contains("from <*> up")).count(), 1);
}

#[test]
fn words_in_capitals_are_no_machines() {
    let read_behind = |words: [&str; 3]| {
        let front = |i: usize, component: &str| format!("{} {component} ", words[(i * i + i / 5) % 3]);
        let all = lines(480, |i, component| format!("{} {}", time(i), front(i, component)));
        read(&all).lines.iter().filter(|line| words.iter().any(|w| line.entry.message.starts_with(w))).count()
    };
    assert_eq!(read_behind(["oslo", "bergen", "narvik"]), 0);
    assert_eq!(read_behind(["SKIP", "WAIT", "HOLD"]), 480);
}

#[test]
fn names_of_users_do_not_make_unlike_texts_of_one() {
    let one = |i: usize| match i % 3 {
        0 => format!("request {} served in {} ms", 1000 + i, 20 + i % 7),
        1 => format!("user u{} opened page {}", i % 40, i % 9),
        _ => format!("cache hit for key session:{}", i * 7919 % 99991),
    };
    let three = |i: usize| match i % 3 {
        0 => format!("guest g{} went home", i % 40),
        1 => format!("user u{} opened page {}", i % 40, i % 9),
        _ => format!("admin a{} saw the ledger of all days", i % 40),
    };
    for text in [&one as &dyn Fn(usize) -> String, &three] {
        let lines: Vec<String> = (0..300).map(|i| format!("{} INFO {}", time(i), text(i))).collect();
        for (i, line) in read(&lines).lines.iter().enumerate() {
            assert_eq!(line.entry.message, text(i));
        }
    }
}

#[test]
fn the_name_of_an_event_stays_in_front_of_what_is_filled_in() {
    let users = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy"];
    for names in [["user.created", "user.paid", "cart.cleared"], ["UserSeen", "OrderPaid", "ItemMoved"]] {
        let text = |i: usize| format!("{} {}", names[i % 3], users[i * 7 % 10]);
        let lines: Vec<String> = (0..300).map(|i| format!("{} {}", time(i), text(i))).collect();
        for (i, line) in read(&lines).lines.iter().enumerate() {
            assert_eq!(line.entry.message, text(i));
        }
    }
}

#[test]
fn names_that_contradict_each_other_stay_in_the_message() {
    for names in [["door.opened", "door.closed", "seat.taken"], ["UserLoggedIn", "UserLoggedOut", "UserSeen"]]
    {
        let text = |i: usize| {
            let (_, text) = TEXTS[i * 7 % TEXTS.len()];
            format!("{} {}", names[i % 3], text.replace("{n}", &(i * 37 % 900).to_string()))
        };
        let lines: Vec<String> = (0..480).map(|i| format!("{} {}", time(i), text(i))).collect();
        for (i, line) in read(&lines).lines.iter().enumerate() {
            assert_eq!(line.entry.message, text(i));
        }
    }
}

#[test]
fn lines_that_come_in_parts_lose_their_columns_as_those_that_come_at_once() {
    let front = |i: usize, component: &str| format!("{} {} {component} ", time(i), host(i));
    let all = lines(480, front);
    let folder = TempDir::new().unwrap();
    let models = Models::open(folder.path()).unwrap();
    models.train("m", &all).unwrap();
    models.publish("m").unwrap();
    let options = AnalyzeOptions { temporal: false, ..AnalyzeOptions::default() };
    let whole = models.analyze("m", &all, &options).unwrap();
    let trained = models.judge("m", false).unwrap().unwrap();
    let mut stream = Stream::new(trained, &options, 100);
    for (number, part) in all.chunks(160).enumerate() {
        let report = stream.judge(part, true);
        for (found, wanted) in report.lines.iter().zip(&whole.lines[number * 160..]) {
            assert_eq!(found.entry, wanted.entry);
            assert_eq!(found.anomaly_score.to_bits(), wanted.anomaly_score.to_bits());
            assert_eq!(report.events[found.event].template, whole.events[wanted.event].template);
        }
        assert!(report.lines.iter().all(|line| line.entry.host.is_some()));
    }
    assert_eq!(stream.finish().statistics.unseen_events, 0);
}

#[test]
fn a_first_word_that_never_changes_is_no_column_by_itself() {
    let lines = lines(480, |i, _| format!("{} atlas ", time(i)));
    assert!(read(&lines).lines.iter().all(|line| line.entry.message.starts_with("atlas ")));
}

#[test]
fn what_a_task_has_come_to_is_not_told_without_saying_that_it_is_a_task() {
    let kinds = ["Task", "Stage", "Executor"];
    let states = [
        "started on host",
        "is done",
        "lost its lease",
        "waits",
        "was retried by driver",
        "failed",
        "runs late",
        "ended",
    ];
    let text = |i: usize| format!("{} {} {}", kinds[i % 3], i % 50, states[i / 3 % 8]);
    let lines: Vec<String> = (0..480).map(|i| format!("{} {}", time(i), text(i))).collect();
    for (i, line) in read(&lines).lines.iter().enumerate() {
        assert_eq!(line.entry.message, text(i));
    }
}

#[test]
fn a_model_reads_single_lines_by_what_it_learnt_also_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let models = Models::open(folder.path()).unwrap();
    models.train("m", &lines(480, |i, component| format!("{} {} {component} ", time(i), host(i)))).unwrap();
    models.publish("m").unwrap();
    let check = |models: &Models| {
        let line = ["2024-03-04 20:00:00 bergen db.vacuum removed 7 rows"];
        let report = models.analyze("m", &line, &AnalyzeOptions::default()).unwrap();
        let entry = &report.lines[0].entry;
        assert_eq!((entry.source(), &*entry.message), (Some("db.vacuum"), "removed 7 rows"));
    };
    check(&models);
    drop(models);
    check(&Models::open(folder.path()).unwrap());
}

#[test]
fn events_that_lose_their_columns_name_the_ids_that_they_had() {
    let folder = TempDir::new().unwrap();
    let models = Models::open(folder.path()).unwrap();
    let all = lines(480, |i, component| format!("{} {} {component} ", time(i), host(i)));
    models.train("m", &all[..3]).unwrap();
    models.publish("m").unwrap();
    let before: Vec<u64> = models.events("m").unwrap().iter().map(|event| event.id).collect();
    models.train("m", &all[3..]).unwrap();
    models.publish("m").unwrap();
    let after = models.events("m").unwrap();
    assert!(after.iter().all(|event| !before.contains(&event.id)));
    for id in before {
        assert!(after.iter().any(|event| event.former_ids.contains(&id)), "{id:016x} is gone");
    }
}

#[test]
fn a_number_behind_columns_is_known_by_its_place_in_the_message() {
    let folder = TempDir::new().unwrap();
    let models = Models::open(folder.path()).unwrap();
    models
        .train(
            "m",
            &lines(2400, |i, component| format!("{} {} {component} {} ", time(i), host(i), 70 + i % 9)),
        )
        .unwrap();
    let odd = ["2024-03-04 20:00:00 oslo core.pool 75 resized to 900000000"];
    let report = models.analyze("m", &odd, &AnalyzeOptions::default()).unwrap();
    let details: Vec<&str> = report.reasons.iter().flatten().map(|reason| reason.detail.as_str()).collect();
    assert!(details.iter().any(|detail| detail.contains("900000000")), "{details:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::cases(20)))]

    #[test]
    fn the_order_of_lines_and_batches_does_not_change_what_is_learnt(
        order in Just((0..240_usize).collect::<Vec<_>>()).prop_shuffle(),
        size in 10..120_usize,
    ) {
        let all = lines(240, |i, component| format!("{} {} {component} ", time(i), host(i)));
        let shuffled: Vec<&String> = order.iter().map(|&i| &all[i]).collect();
        let expected = templates(&read(&all));
        let found = templates(&read(&shuffled));
        for (place, &i) in order.iter().enumerate() {
            prop_assert_eq!(&found[place], &expected[i]);
        }
        let folder = TempDir::new().unwrap();
        let models = Models::open(folder.path()).unwrap();
        for batch in shuffled.chunks(size) {
            models.train("m", batch).unwrap();
        }
        let report = models.analyze("m", &all, &AnalyzeOptions::default()).unwrap();
        prop_assert_eq!(templates(&report), expected);
    }
}
