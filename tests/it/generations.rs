//! Published fits are numbered, kept, asked by number and taken back; what days are kept for is chosen.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use oddlog::analysis::read::Lines;
use oddlog::http::{App, Config, router};
use oddlog::models::{AnalyzeOptions, Models, ModelsError, Settings};
use oddlog::state::{Days, State};
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

/// Twenty lines of a day of March 2024 that hold `word`.
fn day(day: u32, word: &str) -> Vec<String> {
    (0..20).map(|minute| format!("2024-03-{day:02} 10:{minute:02}:00 INFO the {word} is well")).collect()
}

fn learn(lines: &[String]) -> State {
    Lines::read(lines).state()
}

/// Trains and publishes a model `m` once for each word, on one day after the other.
fn published(dir: &Path, words: &[&str]) -> Models {
    let models = Models::open(dir).unwrap();
    for (place, word) in words.iter().enumerate() {
        models.train("m", &day(place as u32 + 1, word)).unwrap();
        models.publish("m").unwrap();
    }
    models
}

fn numbers(models: &Models) -> (Vec<u64>, u64) {
    let (kept, current) = models.generations("m").unwrap();
    (kept.iter().map(|generation| generation.number).collect(), current)
}

/// The score of a line by a model, and the generation that gave it.
fn score(models: &Models, name: &str, word: &str) -> (f64, u64) {
    let lines = [format!("2024-03-09 10:00:00 INFO the {word} is well")];
    let report = models.analyze(name, &lines, &AnalyzeOptions::default()).unwrap();
    (report.lines[0].anomaly_score, report.model.generation)
}

#[test]
fn a_generation_answers_by_its_number_as_it_did_also_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let models = published(folder.path(), &["pump"]);
    let first = (score(&models, "m", "pump"), score(&models, "m", "valve"));
    models.train("m", &day(2, "valve")).unwrap();
    models.publish("m").unwrap();
    assert_eq!(numbers(&models), (vec![1, 2], 2));
    assert_ne!(score(&models, "m", "valve").0, first.1.0);
    assert_eq!((score(&models, "m@1", "pump"), score(&models, "m@1", "valve")), first);
    drop(models);
    let models = Models::open(folder.path()).unwrap();
    assert_eq!((score(&models, "m@1", "pump"), score(&models, "m@1", "valve")), first);
    assert_eq!(score(&models, "m@2", "valve"), score(&models, "m", "valve"));
    assert_eq!(*models.state("m@1").unwrap().unwrap(), learn(&day(1, "pump")));
}

#[test]
fn a_rollback_takes_back_what_was_learnt_since_and_can_be_taken_back_itself() {
    let folder = TempDir::new().unwrap();
    let models = published(folder.path(), &["pump", "valve"]);
    let (first, second) = (score(&models, "m@1", "valve"), score(&models, "m", "valve"));
    models.roll_back("m", 1).unwrap();
    assert_eq!(score(&models, "m", "valve"), first);
    assert_eq!(*models.state("m").unwrap().unwrap(), learn(&day(1, "pump")));
    drop(models);
    // from the journal alone
    let models = Models::open(folder.path()).unwrap();
    assert_eq!(score(&models, "m", "valve"), first);
    models.publish("m").unwrap();
    assert_eq!(numbers(&models), (vec![1, 2], 1));
    models.roll_back("m", 2).unwrap();
    assert_eq!(score(&models, "m", "valve"), second);
    models.roll_back("m", 1).unwrap();
    models.train("m", &day(3, "motor")).unwrap();
    models.publish("m").unwrap();
    assert_eq!(numbers(&models), (vec![1, 2, 3], 3));
    assert_eq!(*models.state("m").unwrap().unwrap(), learn(&[day(1, "pump"), day(3, "motor")].concat()));
}

#[test]
fn a_restart_without_training_makes_no_generation() {
    let folder = TempDir::new().unwrap();
    drop(published(folder.path(), &["pump"]));
    fs::remove_file(folder.path().join("m/pattern_model.bin")).unwrap();
    let models = Models::open(folder.path()).unwrap();
    assert_eq!(score(&models, "m", "pump").1, 1);
    models.publish("m").unwrap();
    assert_eq!(numbers(&models), (vec![1], 1));
}

#[test]
fn the_last_ten_generations_are_on_disk_and_no_more() {
    let folder = TempDir::new().unwrap();
    let words: Vec<String> = (0..14).map(|n| format!("part{}", char::from(b'a' + n))).collect();
    let models = published(folder.path(), &words.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(numbers(&models), ((5..=14).collect(), 14));
    let files = fs::read_dir(folder.path().join("m")).unwrap();
    let states = files.filter(|f| f.as_ref().unwrap().file_name().to_string_lossy().starts_with("state-"));
    assert_eq!(states.count(), 10);
    let gone = models.analyze("m@3", &["INFO x"], &AnalyzeOptions::default()).unwrap_err();
    assert!(matches!(gone, ModelsError::NoGeneration { number: 3, .. }));
    assert!(gone.to_string().contains("it has 5, 6, 7"), "{gone}");
}

#[test]
fn a_generation_that_a_crash_left_without_its_file_gets_it_at_the_next_start() {
    let folder = TempDir::new().unwrap();
    drop(published(folder.path(), &["pump"]));
    fs::remove_file(folder.path().join("m/state-1.bin")).unwrap();
    fs::write(folder.path().join("m/state-7.bin"), "of no generation").unwrap();
    let models = Models::open(folder.path()).unwrap();
    assert_eq!(numbers(&models), (vec![1], 1));
    assert!(folder.path().join("m/state-1.bin").exists());
    assert!(!folder.path().join("m/state-7.bin").exists());
}

#[test]
fn what_was_forgotten_is_in_no_generation_any_more() {
    let folder = TempDir::new().unwrap();
    let models = published(folder.path(), &["zanzibar", "valve"]);
    assert!(score(&models, "m@1", "zanzibar").1 == 1);
    // 2024-03-01 is 19,783 days after 1970-01-01
    models.forget("m", &Days::between(19_783, 19_783)).unwrap();
    models.publish("m").unwrap();
    for file in fs::read_dir(folder.path().join("m")).unwrap() {
        let path = file.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        assert!(memchr::memmem::find(&bytes, b"zanzibar").is_none(), "{}", path.display());
    }
    let (kept, current) = models.generations("m").unwrap();
    let shown: Vec<(u64, u64, bool)> = kept.iter().map(|g| (g.number, g.lines, g.reduced)).collect();
    assert_eq!((shown, current), (vec![(1, 0, true), (2, 20, true), (3, 20, false)], 3));
}

#[test]
fn a_crash_after_days_were_taken_out_of_a_generation_does_not_hide_it() {
    let folder = TempDir::new().unwrap();
    let models = published(folder.path(), &["pump", "valve"]);
    models.forget("m", &Days::between(19_783, 19_783)).unwrap();
    // no fit since: the list of generations on disk is older than their files
    drop(models);
    let models = Models::open(folder.path()).unwrap();
    let kept = models.generations("m").unwrap().0;
    assert!(kept.iter().all(|generation| generation.reduced), "{kept:?}");
    let left: Vec<u64> = kept.iter().map(|generation| generation.lines).collect();
    assert_eq!(left, [0, 20]);
}

#[test]
fn a_day_is_forgotten_in_a_former_generation_too_where_the_one_in_use_never_had_it() {
    let folder = TempDir::new().unwrap();
    let models = published(folder.path(), &["pump", "zanzibar"]);
    models.roll_back("m", 1).unwrap();
    // day two is 2024-03-02, 19,784 days after 1970-01-01
    models.forget("m", &Days::between(19_784, 19_784)).unwrap();
    assert_eq!(*models.state("m@2").unwrap().unwrap(), learn(&day(1, "pump")));
    models.roll_back("m", 2).unwrap();
    assert_eq!(*models.state("m").unwrap().unwrap(), learn(&day(1, "pump")));
}

#[test]
fn a_fit_of_days_that_were_forgotten_meanwhile_is_not_published() {
    let folder = TempDir::new().unwrap();
    let models = Models::open(folder.path()).unwrap();
    let many: Vec<String> = (0..40_000)
        .map(|n| format!("2024-03-02 10:00:00 INFO zanzibar {} is {} at {n}", ["up", "on"][n % 2], n % 97))
        .collect();
    models.train("m", &day(1, "pump")).unwrap();
    models.train("m", &many).unwrap();
    std::thread::scope(|scope| {
        let fit = scope.spawn(|| models.publish("m"));
        std::thread::sleep(std::time::Duration::from_millis(1));
        models.forget("m", &Days::between(19_784, 19_784)).unwrap();
        fit.join().unwrap().unwrap();
    });
    models.publish("m").unwrap();
    for generation in models.generations("m").unwrap().0 {
        let kept = models.state(&format!("m@{}", generation.number)).unwrap().unwrap();
        assert_eq!(*kept, learn(&day(1, "pump")));
    }
}

#[test]
fn what_retention_has_dropped_by_a_wrong_clock_comes_back_by_a_rollback() {
    let folder = TempDir::new().unwrap();
    let models = published(folder.path(), &["pump"]);
    models.set("m", Settings { retention_days: Some(30), ..Settings::default() }).unwrap();
    let wrong: Vec<String> =
        (0..10).map(|n| format!("2099-01-01 10:0{n}:00 INFO the clock is wrong")).collect();
    models.train("m", &wrong).unwrap();
    models.publish("m").unwrap();
    assert_eq!(models.info("m").unwrap().trained_lines, 10);
    drop(models);
    let models = Models::open(folder.path()).unwrap();
    models.roll_back("m", 1).unwrap();
    assert_eq!(*models.state("m").unwrap().unwrap(), learn(&day(1, "pump")));
}

#[test]
fn a_second_process_is_refused_also_where_the_folder_has_named_models_alone_or_none() {
    let folder = TempDir::new().unwrap();
    let first = published(folder.path(), &["pump"]);
    let said = Models::open(folder.path()).unwrap_err().to_string();
    assert!(said.contains("is in use by another process"), "{said}");
    drop(first);
    let first = Models::open(folder.path()).unwrap();
    drop(first);
    let empty = TempDir::new().unwrap();
    let (first, second) = (Models::open(empty.path()).unwrap(), Models::open(empty.path()).unwrap());
    first.claim().unwrap();
    assert!(second.claim().unwrap_err().to_string().contains("is in use by another process"));
    assert!(second.train("m", &["INFO x"]).is_err());
}

#[test]
fn choosing_what_is_so_anyway_leaves_nothing_behind() {
    let folder = TempDir::new().unwrap();
    let models = Models::open(folder.path()).unwrap();
    models.set("m", Settings::default()).unwrap();
    assert!(models.names().is_empty());
    assert!(!folder.path().join("m").exists());
}

#[test]
fn a_rollback_takes_back_the_half_life_too() {
    let folder = TempDir::new().unwrap();
    let models = published(folder.path(), &["pump"]);
    models.set("m", Settings { half_life_days: Some(2), ..Settings::default() }).unwrap();
    models.publish("m").unwrap();
    assert_eq!(numbers(&models), (vec![1, 2], 2));
    models.roll_back("m", 1).unwrap();
    models.publish("m").unwrap();
    assert_eq!((numbers(&models), models.settings("m").unwrap()), ((vec![1, 2], 1), Settings::default()));
}

#[test]
fn training_goes_on_while_a_fit_is_made_and_nothing_of_it_is_missed() {
    let folder = TempDir::new().unwrap();
    let models = Arc::new(Models::open(folder.path()).unwrap());
    models.train("m", &day(1, "pump")).unwrap();
    std::thread::scope(|scope| {
        let trainer = scope.spawn(|| {
            for n in 0..50 {
                models
                    .train("m", &[format!("2024-03-02 10:00:00 INFO batch {n} of the valve is there")])
                    .unwrap();
            }
        });
        while !trainer.is_finished() {
            let known = models.info("m").unwrap().trained_lines;
            let report = models.analyze("m", &["INFO x"], &AnalyzeOptions::default()).unwrap();
            assert!(report.model.trained_lines >= known);
        }
    });
    models.publish("m").unwrap();
    let whole = digest(&models);
    drop(models);
    let models = Models::open(folder.path()).unwrap();
    assert_eq!((models.info("m").unwrap().trained_lines, digest(&models)), (70, whole));
}

fn digest(models: &Models) -> u64 {
    models.info("m").unwrap().state_digest
}

#[test]
fn retention_keeps_the_last_days_of_the_log_and_one_line_of_the_year_9999_drops_none() {
    let folder = TempDir::new().unwrap();
    let models = Models::open(folder.path()).unwrap();
    models.set("m", Settings { retention_days: Some(2), ..Settings::default() }).unwrap();
    for (place, word) in ["pump", "valve", "motor"].into_iter().enumerate() {
        models.train("m", &day(place as u32 + 1, word)).unwrap();
        models.publish("m").unwrap();
    }
    let rest = [day(2, "valve"), day(3, "motor")].concat();
    assert_eq!(*models.state("m").unwrap().unwrap(), learn(&rest));
    let far = "9999-12-31 10:00:00 INFO the clock is wrong".to_owned();
    models.train("m", std::slice::from_ref(&far)).unwrap();
    models.publish("m").unwrap();
    assert_eq!(*models.state("m").unwrap().unwrap(), learn(&[rest, vec![far]].concat()));
}

#[test]
fn settings_come_before_the_first_line_and_last() {
    let folder = TempDir::new().unwrap();
    let chosen = Settings { half_life_days: Some(7), ..Settings::default() };
    let models = Models::open(folder.path()).unwrap();
    models.set("m", chosen.clone()).unwrap();
    drop(models);
    let models = Models::open(folder.path()).unwrap();
    assert_eq!(models.settings("m").unwrap(), chosen);
    assert!(matches!(models.info("m"), Err(ModelsError::Untrained(_))));
    models.delete("m").unwrap();
    drop(models);
    assert!(matches!(Models::open(folder.path()).unwrap().settings("m"), Err(ModelsError::Untrained(_))));
}

#[test]
fn with_a_half_life_what_was_common_long_ago_is_rarer_than_what_is_common_now() {
    let folder = TempDir::new().unwrap();
    let models = Models::open(folder.path()).unwrap();
    let daily = |day: u32, what: &str| -> Vec<String> {
        (0..20).map(|minute| format!("2024-03-{day:02} 10:{minute:02}:00 INFO {what}")).collect()
    };
    let (long_ago, now) = ("pump started, pressure nominal", "wheel turned twice around its axis");
    models.train("m", &[daily(1, long_ago), daily(9, now), daily(9, "gate is open")].concat()).unwrap();
    let scores = || {
        let lines = [long_ago, now].map(|what| format!("2024-03-10 10:00:00 INFO {what}"));
        let report = models.analyze("m", &lines, &AnalyzeOptions::default()).unwrap();
        (report.lines[0].anomaly_score, report.lines[1].anomaly_score, report.model.generation)
    };
    let (old, new, generation) = scores();
    assert_eq!((old, generation), (new, 1));
    models.set("m", Settings { half_life_days: Some(1), ..Settings::default() }).unwrap();
    let (old, new, generation) = scores();
    assert!(old > new, "{old} {new}");
    assert_eq!(generation, 2);
    // nothing was forgotten
    assert_eq!(models.info("m").unwrap().trained_lines, 60);
}

#[test]
fn an_event_that_became_more_general_names_its_former_id() {
    let folder = TempDir::new().unwrap();
    let models = Models::open(folder.path()).unwrap();
    let mounted = |name: &str| format!("2024-03-01 10:00:00 INFO mounted volume {name} on the cluster node");
    models.train("m", &[mounted("alpha")]).unwrap();
    models.publish("m").unwrap();
    let old = models.events("m").unwrap()[0].id;
    drop(models);
    let models = Models::open(folder.path()).unwrap();
    let names = ["beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"];
    models.train("m", &names.map(mounted)).unwrap();
    models.publish("m").unwrap();
    let events = models.events("m").unwrap();
    let shown: Vec<_> = events.iter().map(|e| (e.template.as_str(), e.lines, e.former_ids.clone())).collect();
    assert_eq!(shown, [("mounted volume <*> on the cluster node", 10, vec![old])]);
}

/// Lines of four days, so many of each.
fn days() -> impl Strategy<Value = Vec<(i32, String)>> {
    let line = (0..4_i32, 0..6_u32).prop_map(|(day, n)| {
        (
            day,
            format!(
                "2024-03-0{} 10:00:00 INFO part {} is well",
                day + 1,
                ["a", "b", "c", "d", "e", "f"][n as usize]
            ),
        )
    });
    prop::collection::vec(line, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::cases(256)))]

    #[test]
    fn dropping_old_days_early_or_late_gives_the_same(
        first in days(), second in days(), keep in 1..4_u32,
    ) {
        let expire = |mut state: State| {
            if let Some(days) = state.expired(keep) {
                state.forget(&days);
            }
            state
        };
        let learn = |lines: &[(i32, String)]| learn(&lines.iter().map(|l| l.1.clone()).collect::<Vec<_>>());
        let mut early = expire(learn(&first));
        early.merge(learn(&second));
        let mut late = learn(&first);
        late.merge(learn(&second));
        prop_assert_eq!(expire(early), expire(late));
    }

    #[test]
    fn a_choice_of_days_gives_what_training_on_those_days_alone_would_give(
        lines in days(), from in 0..4_i32, length in 0..4_i32,
    ) {
        let chosen = |day: i32| (from..from + length).contains(&day);
        let all: Vec<String> = lines.iter().map(|l| l.1.clone()).collect();
        let alone: Vec<String> = lines.iter().filter(|l| chosen(l.0)).map(|l| l.1.clone()).collect();
        let days = Days::between(19_783 + from, 19_782 + from + length);
        prop_assert_eq!(learn(&all).only(&days), learn(&alone));
    }
}

async fn ask(service: &axum::Router, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    let response = service.clone().oneshot(request.body(body).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

#[tokio::test]
async fn over_http_generations_are_listed_asked_and_taken_back() {
    let folder = TempDir::new().unwrap();
    let models = Arc::new(published(folder.path(), &["pump", "valve", "motor"]));
    let service = router(App::new(Arc::clone(&models), Config::default()));
    let none = Value::Null;
    let (status, page) = ask(&service, "GET", "/v1/models/m/generations?limit=2", &none).await;
    assert_eq!(status, 200);
    let listed = |page: &Value| -> Vec<(u64, bool)> {
        let items = page["items"].as_array().unwrap();
        items.iter().map(|g| (g["generation"].as_u64().unwrap(), g["current"].as_bool().unwrap())).collect()
    };
    assert_eq!(listed(&page), [(3, true), (2, false)]);
    let next = format!("/v1/models/m/generations?cursor={}", page["next_cursor"].as_str().unwrap());
    assert_eq!(listed(&ask(&service, "GET", &next, &none).await.1), [(1, false)]);

    let question = json!({"logs": ["2024-03-09 10:00:00 INFO the motor is well"], "model": "m@1", "visualization": false});
    let (status, first) = ask(&service, "POST", "/analyze_logs", &question).await;
    assert_eq!(
        (status, &first["model"]["generation"], &first["model"]["trained_lines"]),
        (200, &json!(1), &json!(20))
    );
    let compared = json!({"baseline": {"model": "m@1"}, "logs": day(2, "valve")});
    let (status, answer) = ask(&service, "POST", "/v1/compare", &compared).await;
    assert_eq!((status, &answer["findings"][0]["kind"]), (200, &json!("new")));

    let (status, shown) = ask(&service, "POST", "/v1/models/m/rollback", &json!({"to": 1})).await;
    assert_eq!((status, &shown["trained_lines"]), (200, &json!(20)));
    let question = json!({"logs": question["logs"], "model": "m", "visualization": false});
    assert_eq!(ask(&service, "POST", "/analyze_logs", &question).await.1, first);

    for (path, body, status, code) in [
        ("/v1/models/m/rollback", json!({"to": 9}), 404, "generation_not_found"),
        ("/v1/models/m/rollback", json!({"to": "x"}), 422, "invalid_option"),
        ("/v1/models/m/rollback", json!({"too": 1}), 422, "invalid_option"),
        ("/v1/models/none/rollback", json!({"to": 1}), 404, "model_not_found"),
        ("/train", json!({"logs": ["x"], "model": "m@1"}), 422, "invalid_option"),
        ("/analyze_logs", json!({"logs": ["x"], "model": "m@9"}), 404, "generation_not_found"),
        ("/analyze_logs", json!({"logs": ["x"], "model": "none@1"}), 404, "model_not_found"),
        ("/analyze_logs", json!({"logs": ["x"], "model": "m@x"}), 422, "invalid_option"),
    ] {
        let (found, answer) = ask(&service, "POST", path, &body).await;
        assert_eq!((found, &answer["error"]), (status, &json!(code)), "{path} {body}: {answer}");
    }
}

#[tokio::test]
async fn over_http_settings_are_chosen_shown_and_refused() {
    let folder = TempDir::new().unwrap();
    let models = Arc::new(Models::open(folder.path()).unwrap());
    let service = router(App::new(Arc::clone(&models), Config::default()));
    let path = "/v1/models/m/settings";
    assert_eq!(ask(&service, "GET", path, &Value::Null).await.0, 404);
    let chosen = json!({"retention_days": 30, "half_life_days": null});
    let (status, shown) = ask(&service, "PUT", path, &chosen).await;
    assert_eq!((status, &shown["retention_days"], &shown["half_life_days"]), (200, &json!(30), &Value::Null));
    assert_eq!(ask(&service, "GET", path, &Value::Null).await.1, shown);
    for wrong in
        [json!({"retention_days": 0}), json!({"half_life_days": -3}), json!({"retention": 3}), json!([])]
    {
        let (status, answer) = ask(&service, "PUT", path, &wrong).await;
        assert_eq!((status, &answer["error"]), (422, &json!("invalid_option")), "{wrong}: {answer}");
    }
    assert_eq!(ask(&service, "GET", path, &Value::Null).await.1, shown);
}

#[tokio::test]
async fn over_http_the_events_of_a_model_are_listed_by_id() {
    let folder = TempDir::new().unwrap();
    let models = Arc::new(published(folder.path(), &["pump", "valve"]));
    let service = router(App::new(models, Config::default()));
    let (status, page) = ask(&service, "GET", "/v1/models/m/events?limit=1", &Value::Null).await;
    assert_eq!(status, 200);
    let event = &page["items"][0];
    assert_eq!(
        (&event["count"], &event["levels"], &event["former_ids"]),
        (&json!(20), &json!({"INFO": 20}), &json!([]))
    );
    assert_eq!(event["parameters"].as_array().map(Vec::len), Some(0), "no `<*>` in {}", event["template"]);
    let cursor = page["next_cursor"].as_str().unwrap();
    assert_eq!(cursor, event["event_id"]);
    let rest = ask(&service, "GET", &format!("/v1/models/m/events?cursor={cursor}"), &Value::Null).await.1;
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert_eq!(rest["next_cursor"], Value::Null);
    let days: Vec<&Value> = [event, &rest["items"][0]].iter().map(|e| &e["first_day"]).collect();
    assert!(days.contains(&&json!("2024-03-01")) && days.contains(&&json!("2024-03-02")), "{days:?}");
}
