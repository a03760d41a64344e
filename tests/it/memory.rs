//! What models keep, forget and never lose: through the models folder and over HTTP, with restarts between.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use oddlog::analysis::read::Lines;
use oddlog::http::{App, Config, router};
use oddlog::models::{Models, ModelsError, Receipt};
use oddlog::state::{Day, Days, State};
use oddlog::store::Kind;
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

/// Days since 1970-01-01 of 2024-03-01.
const FIRST_OF_MARCH: i32 = 19_783;

/// A line, and the day of March 2024 that it has; `None` for one without a date.
fn line() -> impl Strategy<Value = (Option<i32>, String)> {
    let body = prop_oneof![
        (0..1000_u32).prop_map(|n| format!("INFO request {n} served in {} ms", n % 40)),
        (0..1000_u32).prop_map(|n| format!("ERROR disk sd{} failed", n % 3)),
        "[a-z]{3,6}( [a-z]{3,6}){1,3}",
    ];
    (prop::option::of(0..5_i32), 0..24_u32, body).prop_map(|(day, hour, body)| match day {
        Some(day) => (Some(day), format!("2024-03-0{} {hour:02}:00:07 {body}", day + 1)),
        None => (None, body),
    })
}

fn texts(lines: &[(Option<i32>, String)]) -> Vec<String> {
    lines.iter().map(|(_, text)| text.clone()).collect()
}

fn learn(lines: &[String]) -> State {
    Lines::read(lines).state()
}

/// The digest of a model that learnt these lines and nothing else; `None` of no lines.
fn digest_of(lines: &[String]) -> Option<u64> {
    let folder = TempDir::new().unwrap();
    let models = Models::open(folder.path()).unwrap();
    models.train("m", lines).unwrap();
    models.info("m").ok().map(|info| info.state_digest)
}

fn digest(models: &Models) -> u64 {
    models.info("m").unwrap().state_digest
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::cases(200)))]

    #[test]
    fn forgetting_days_gives_what_the_other_days_alone_give(
        lines in prop::collection::vec(line(), 0..80),
        first in 0..5_i32,
        length in 0..3_i32,
        undated: bool,
    ) {
        let days = Days {
            dated: Some((FIRST_OF_MARCH + first, FIRST_OF_MARCH + first + length)),
            undated,
            yearless: false,
        };
        let (gone, kept): (Vec<_>, Vec<_>) = lines.iter().cloned().partition(|(day, _)| match day {
            Some(day) => (first..=first + length).contains(day),
            None => undated,
        });
        let mut state = learn(&texts(&lines));
        prop_assert_eq!(state.forget(&days), gone.len() as u64);
        prop_assert_eq!(state, learn(&texts(&kept)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::cases(24)))]

    #[test]
    fn a_model_forgets_the_same_and_a_restart_brings_nothing_back(
        lines in prop::collection::vec(line(), 1..40),
        later in prop::collection::vec(line(), 1..20),
        publish_before: bool,
        publish_after: bool,
    ) {
        let folder = TempDir::new().unwrap();
        let models = Models::open(folder.path()).unwrap();
        models.train("m", &texts(&lines)).unwrap();
        if publish_before {
            models.publish("m").unwrap();
        }
        models.forget("m", &Days::between(FIRST_OF_MARCH, FIRST_OF_MARCH + 1)).unwrap();
        if publish_after {
            models.publish("m").unwrap();
        }
        // what comes later for a day that was forgotten is learnt again
        models.train("m", &texts(&later)).unwrap();
        let (_, mut kept): (Vec<_>, Vec<_>) =
            lines.into_iter().partition(|(day, _)| day.is_some_and(|day| day < 2));
        kept.extend(later);
        let expected = digest_of(&texts(&kept));
        prop_assert_eq!(Some(digest(&models)), expected);
        drop(models);
        let models = Models::open(folder.path()).unwrap();
        prop_assert_eq!(Some(digest(&models)), expected);
    }
}

#[test]
fn a_date_without_a_year_is_forgotten_by_its_own_parameter() {
    let lines = ["Jul 25 10:00:01 host7 sshd[2121]: session opened", "restarted"].map(str::to_owned);
    let mut state = learn(&lines);
    assert!(state.slices().keys().any(|day| matches!(day, Day::OfYear(_))));
    assert_eq!(state.forget(&Days { yearless: true, ..Days::default() }), 1);
    assert_eq!(state, learn(&lines[1..]));
}

#[test]
fn what_was_forgotten_is_in_no_file_any_more() {
    let folder = TempDir::new().unwrap();
    let models = Models::open(folder.path()).unwrap();
    models.train("m", &["2024-03-01 10:00:00 INFO incident zanzibar happened"]).unwrap();
    models.publish("m").unwrap();
    assert!(holds(&folder.path().join("m"), "zanzibar"));
    models.forget("m", &Days::between(FIRST_OF_MARCH, FIRST_OF_MARCH)).unwrap();
    models.publish("m").unwrap();
    assert!(!holds(&folder.path().join("m"), "zanzibar"));
}

fn holds(dir: &Path, word: &str) -> bool {
    fs::read_dir(dir)
        .unwrap()
        .any(|file| memchr::memmem::find(&fs::read(file.unwrap().path()).unwrap(), word.as_bytes()).is_some())
}

#[test]
fn a_deleted_model_is_gone_after_a_restart_also_where_a_crash_left_its_files() {
    for name in ["default", "web"] {
        let folder = TempDir::new().unwrap();
        let dir = if name == "web" { folder.path().join(name) } else { folder.path().to_owned() };
        let models = Models::open(folder.path()).unwrap();
        models.train(name, &["INFO a line", "INFO another"]).unwrap();
        models.publish(name).unwrap();
        let state = fs::read(dir.join("state.bin")).unwrap();
        models.delete(name).unwrap();
        assert!(matches!(models.info(name), Err(ModelsError::Untrained(_))));
        assert!(!dir.join("state.bin").exists() && !dir.join("state.journal").exists());

        // the record of the deletion is on disk, and the machine stops before the files are gone
        models.train(name, &["INFO a line"]).unwrap();
        models.publish(name).unwrap();
        fs::remove_file(dir.join("state.bin")).unwrap();
        fs::create_dir(dir.join("state.bin")).unwrap();
        assert!(models.delete(name).is_err());
        assert!(models.names().is_empty());
        drop(models);
        fs::remove_dir(dir.join("state.bin")).unwrap();
        fs::write(dir.join("state.bin"), state).unwrap();
        let models = Models::open(folder.path()).unwrap();
        assert!(models.names().is_empty());
        assert!(!dir.join("state.bin").exists(), "{name}");
    }
}

#[test]
fn a_key_counts_once_also_after_a_restart_from_the_journal_or_the_state() {
    let folder = TempDir::new().unwrap();
    let lines = ["INFO a line", "INFO another"];
    let receipt = |key: &str, body: &str| Some(Receipt::new(key, &[body.as_bytes()], 1000));
    let models = Models::open(folder.path()).unwrap();
    models.train_once("m", &lines, receipt("in the state", "x")).unwrap();
    models.publish("m").unwrap();
    models.train_once("m", &lines, receipt("in the journal", "x")).unwrap();
    let before = digest(&models);
    drop(models);
    let models = Models::open(folder.path()).unwrap();
    for key in ["in the state", "in the journal"] {
        assert_eq!(models.train_once("m", &lines, receipt(key, "x")).unwrap(), 2);
        assert!(matches!(models.train_once("m", &lines, receipt(key, "y")), Err(ModelsError::KeyReused)));
    }
    assert_eq!(digest(&models), before);
    assert_eq!(models.info("m").unwrap().trained_lines, 4);
}

#[test]
fn a_fit_that_cannot_be_written_is_used_and_written_later() {
    let folder = TempDir::new().unwrap();
    let models = Models::open(folder.path()).unwrap();
    let blocked = folder.path().join("m").join("state.bin");
    models.train("m", &["INFO a line"; 20]).unwrap();
    fs::create_dir(&blocked).unwrap();
    let options = oddlog::models::AnalyzeOptions::default();
    assert!(models.analyze("m", &["INFO a line"], &options).unwrap().model.trained);
    assert!(models.publish("m").is_err());
    models.train("m", &["INFO b line"; 20]).unwrap();
    assert_eq!(models.analyze("m", &["INFO a line"], &options).unwrap().model.trained_lines, 40);
    fs::remove_dir(&blocked).unwrap();
    models.publish("m").unwrap();
    assert!(blocked.is_file());
    assert_eq!(fs::metadata(folder.path().join("m").join("state.journal")).unwrap().len(), 0);
}

/// A service over a folder.
fn service(folder: &Path) -> axum::Router {
    router(App::new(Arc::new(Models::open(folder).unwrap()), Config::default()))
}

async fn ask(service: &axum::Router, method: &str, path: &str, key: &str, body: &Value) -> (u16, Value) {
    let mut request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    if !key.is_empty() {
        request = request.header("Idempotency-Key", key);
    }
    let response =
        service.clone().oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    assert!(status != StatusCode::INTERNAL_SERVER_ERROR, "{bytes:?}");
    (status.as_u16(), serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

#[tokio::test]
async fn models_are_listed_shown_forgotten_in_part_and_deleted() {
    let folder = TempDir::new().unwrap();
    let service = service(folder.path());
    let lines = ["2024-03-01 10:00:00 INFO a b c", "2024-03-03 10:00:00 INFO d e f g", "no date"];
    for name in ["a", "b"] {
        let body = json!({"logs": lines, "model": name});
        assert_eq!(ask(&service, "POST", "/v1/train", "", &body).await.0, 200);
    }
    let (status, list) = ask(&service, "GET", "/v1/models?limit=1", "", &Value::Null).await;
    assert_eq!((status, &list["items"][0]["name"], &list["next_cursor"]), (200, &json!("a"), &json!("a")));
    let (_, list) = ask(&service, "GET", "/v1/models?limit=1&cursor=a", "", &Value::Null).await;
    assert_eq!((&list["items"][0]["name"], &list["next_cursor"]), (&json!("b"), &Value::Null));

    let (status, model) = ask(&service, "GET", "/v1/models/a", "", &Value::Null).await;
    assert_eq!(status, 200);
    assert_eq!(model["trained_lines"], 3);
    assert_eq!(model["days"], json!({"first": "2024-03-01", "last": "2024-03-03"}));
    assert_eq!((&model["sequences"], &model["lines_undated"]), (&json!(3), &json!(1)));
    assert_eq!(model["state_digest"].as_str().unwrap().len(), 16);
    assert!(model["bytes_on_disk"].as_u64().unwrap() > 100);
    assert_eq!(model["caps"]["sequences"], 200_000);

    let slices = "/v1/models/a/slices?from=2024-03-01&to=2024-03-02";
    let (status, forgotten) = ask(&service, "DELETE", slices, "", &Value::Null).await;
    assert_eq!((status, forgotten), (200, json!({"lines_forgotten": 1, "days_forgotten": 1})));
    let (_, model) = ask(&service, "GET", "/v1/models/a", "", &Value::Null).await;
    assert_eq!((&model["trained_lines"], &model["sequences"]), (&json!(2), &json!(2)));

    assert_eq!(ask(&service, "DELETE", "/v1/models/a", "", &Value::Null).await.0, 204);
    for (method, path) in
        [("GET", "/v1/models/a"), ("DELETE", "/v1/models/a"), ("DELETE", slices), ("GET", "/v1/models/never")]
    {
        let (status, problem) = ask(&service, method, path, "", &Value::Null).await;
        assert_eq!((status, &problem["error"]), (404, &json!("model_not_found")), "{method} {path}");
    }
    for path in ["/v1/models/b/slices", "/v1/models/b/slices?from=2024-03-01"] {
        assert_eq!(ask(&service, "DELETE", path, "", &Value::Null).await.0, 422, "{path}");
    }
    assert_eq!(ask(&service, "GET", "/v1/models/Not-A-Name", "", &Value::Null).await.0, 422);
    assert_eq!(ask(&service, "POST", "/v1/models/b", "", &Value::Null).await.0, 405);
}

#[tokio::test]
async fn a_training_that_is_sent_twice_under_one_key_counts_once() {
    let folder = TempDir::new().unwrap();
    let service = service(folder.path());
    let body = json!({"logs": ["INFO a", "INFO b"]});
    for path in ["/train", "/train", "/v1/train"] {
        let (status, reply) = ask(&service, "POST", path, "k1", &body).await;
        assert_eq!((status, &reply["logs_processed"]), (200, &json!(2)), "{path}");
    }
    assert_eq!(ask(&service, "GET", "/v1/models/default", "", &body).await.1["trained_lines"], 2);
    let other = json!({"logs": ["INFO c"]});
    let (status, problem) = ask(&service, "POST", "/train", "k1", &other).await;
    assert_eq!((status, &problem["error"]), (422, &json!("idempotency_key_reused")));
    assert_eq!(ask(&service, "POST", "/train", &"k".repeat(256), &other).await.0, 422);
    assert_eq!(ask(&service, "POST", "/train", "k2", &other).await.0, 200);
    assert_eq!(ask(&service, "GET", "/v1/models/default", "", &body).await.1["trained_lines"], 3);
}

#[tokio::test]
async fn the_versioned_training_refuses_keys_that_are_none() {
    let folder = TempDir::new().unwrap();
    let service = service(folder.path());
    let body = json!({"logs": ["INFO a"], "modle": "web"});
    let (status, problem) = ask(&service, "POST", "/v1/train", "", &body).await;
    assert_eq!((status, &problem["error"]), (422, &json!("invalid_option")));
    assert!(problem["message"].as_str().unwrap().starts_with("`modle` is not a key of this route"));
    assert_eq!(ask(&service, "GET", "/v1/models/default", "", &body).await.0, 404);
}

#[test]
fn a_damaged_named_model_is_refused_by_name_and_the_others_are_served() {
    let folder = TempDir::new().unwrap();
    let models = Models::open(folder.path()).unwrap();
    for name in ["default", "whole", "broken"] {
        models.train(name, &["INFO started"]).unwrap();
        models.publish(name).unwrap();
    }
    drop(models);
    let state = folder.path().join("broken").join(Kind::State.file_name());
    fs::write(&state, b"no model").unwrap();

    let models = Models::open(folder.path()).unwrap();
    assert_eq!(models.names(), ["default", "whole"]);
    let refused = models.analyze("broken", &["INFO started"], &Default::default()).map(|_| ()).unwrap_err();
    assert!(refused.to_string().contains(state.to_str().unwrap()), "{refused}");

    fs::write(folder.path().join(Kind::State.file_name()), b"no model").unwrap();
    drop(models);
    assert!(Models::open(folder.path()).is_err(), "the default model is what a server is started for");
}
