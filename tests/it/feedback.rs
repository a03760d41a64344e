//! What the owner of a model says of events, the budget of alarms, and what a model says of its training.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use oddlog::analysis::AnalyzeOptions;
use oddlog::http::{App, Config, router};
use oddlog::models::{Mark, Models, ModelsError, Settings, Verdict};
use oddlog::report::Report;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

/// A day of March 2024: forty lines of two events, and a third, of a job that is another one each day.
fn day(day: usize) -> Vec<String> {
    let time = |i: usize| format!("2024-03-{day:02} {:02}:{:02}:00", 8 + i / 6, i % 6 * 10);
    let jobs = [
        "backup",
        "cleanup",
        "rotation",
        "inventory",
        "export",
        "import",
        "audit",
        "index",
        "vacuum",
        "sync",
    ];
    let ordinary = (0..40).map(|i| match i % 2 {
        0 => format!("{} INFO request {} served in {} ms", time(i), 1000 + i, 20 + i % 7),
        _ => format!("{} INFO cache hit for key {}", time(i), i * 7919 % 991),
    });
    let job = format!("{} WARN nightly {} was late for its window", time(40), jobs[day % jobs.len()]);
    ordinary.chain([job]).collect()
}

const DISK: &str = "2024-03-29 09:30:00 ERROR disk sdb1 failed and is read only now";

fn trained(n_days: usize) -> (TempDir, Models) {
    let folder = TempDir::new().unwrap();
    let models = Models::open(folder.path()).unwrap();
    for n in 1..=n_days {
        models.train("m", &day(n)).unwrap();
    }
    (folder, models)
}

fn analyzed<'l>(models: &Models, lines: &'l [String]) -> Report<'l> {
    models.analyze("m", lines, &AnalyzeOptions::default()).unwrap()
}

fn mark(verdict: Verdict, note: &str) -> Mark {
    Mark { verdict, note: note.to_owned(), marked_at: 1_700_000_000 }
}

/// The id of the event of line `line`.
fn id(report: &Report<'_>, line: usize) -> u64 {
    report.events[report.lines[line].event].event_id
}

#[test]
fn what_was_marked_as_normal_is_no_outlier_until_that_is_taken_back() {
    let (folder, models) = trained(4);
    let lines = [DISK.to_owned()];
    let before = analyzed(&models, &lines);
    assert!(before.lines[0].is_outlier);
    let event = id(&before, 0);
    models.mark("m", event, mark(Verdict::Normal, "a drill")).unwrap();
    let marked = analyzed(&models, &lines);
    assert!(!marked.lines[0].is_outlier && marked.findings.is_empty());
    // nothing was learnt by it, it is no new generation
    assert_eq!(marked.model.generation, before.model.generation);
    // more training and a restart change nothing of it
    models.train("m", &day(5)).unwrap();
    drop(models);
    let models = Models::open(folder.path()).unwrap();
    assert!(!analyzed(&models, &lines).lines[0].is_outlier);
    let kept = models.marks("m").unwrap();
    assert_eq!(kept, [(event, mark(Verdict::Normal, "a drill"), None)]);
    models.unmark("m", event).unwrap();
    assert!(analyzed(&models, &lines).lines[0].is_outlier);
    assert!(matches!(models.unmark("m", event), Err(ModelsError::Unmarked(id)) if id == event));
    let too_long = mark(Verdict::Normal, &"n".repeat(1001));
    assert!(matches!(models.mark("m", event, too_long), Err(ModelsError::Feedback(_))));
}

#[test]
fn what_was_marked_as_important_is_the_first_finding_and_says_why() {
    let (_folder, models) = trained(4);
    let lines = [day(6)[0].clone(), DISK.to_owned()];
    let before = analyzed(&models, &lines);
    assert!(!before.lines[0].is_outlier);
    models.mark("m", id(&before, 0), mark(Verdict::Important, "the customer asks for each")).unwrap();
    let report = analyzed(&models, &lines);
    assert_eq!((report.findings[0].examples.as_slice(), report.findings[0].score), (&[0][..], 2.0));
    let reason = &report.findings[0].reasons[0];
    assert_eq!(reason.kind, "marked_important");
    assert!(reason.detail.contains("the customer asks for each"), "{}", reason.detail);
    // taking the reason away is the score without it
    assert!((2.0 - reason.contribution - before.lines[0].anomaly_score).abs() < 1e-12);
}

#[test]
fn what_was_said_of_an_event_holds_for_the_more_general_one_that_it_becomes() {
    let (_folder, models) = trained(4);
    let mount =
        |name: &str| format!("2024-03-05 10:00:00 ERROR could not mount volume {name} on the cluster node");
    models.train("m", &[mount("alpha")]).unwrap();
    let lines = [mount("alpha")];
    let event = id(&analyzed(&models, &lines), 0);
    models.mark("m", event, mark(Verdict::Important, "")).unwrap();
    let names = ["beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"];
    models.train("m", &names.map(mount)).unwrap();
    let report = analyzed(&models, &lines);
    assert_ne!(id(&report, 0), event);
    assert_eq!(report.lines[0].anomaly_score, 2.0);
    assert_eq!(
        models.marks("m").unwrap()[0].2.as_deref(),
        Some("could not mount volume <*> on the cluster node")
    );
}

#[test]
fn a_larger_budget_lowers_the_threshold_and_the_promise_says_what_it_brings() {
    let (_folder, models) = trained(24);
    let line = [DISK.to_owned()];
    let of_budget = |alarms_per_day: u32| {
        models.set("m", Settings { alarms_per_day, ..Settings::default() }).unwrap();
        let report = analyzed(&models, &line);
        (report.outlier_threshold, report.model.promise.unwrap())
    };
    let (wide, many) = of_budget(100);
    let (narrow, few) = of_budget(1);
    assert!(wide <= narrow && few.expected <= 1.0 && few.expected <= many.expected, "{few:?} {many:?}");
    // 24 days, of which the first week is learnt and not judged
    assert_eq!((few.budget, few.days_replayed), (1, 17));
    assert!(few.silent_days.is_some_and(|share| (0.0..=1.0).contains(&share)));
}

#[test]
fn a_model_of_few_days_says_that_it_is_thin_and_one_that_learnt_an_incident_names_the_day() {
    let (_folder, models) = trained(3);
    let line = [DISK.to_owned()];
    let remarks = |models: &Models| analyzed(models, &line).model.remarks.clone();
    assert!(remarks(&models)[0].starts_with("thin: it knows 3 of the 14 days"), "{:?}", remarks(&models));
    let (_folder, models) = trained(15);
    assert!(!remarks(&models).iter().any(|remark| remark.starts_with("poisoned")), "{:?}", remarks(&models));
    models.train("m", &vec![DISK.replace("03-29", "03-12"); 30]).unwrap();
    let said = remarks(&models);
    assert!(
        said.iter().any(|remark| remark.starts_with("poisoned: 30 of 71 lines of 2024-03-12 are `disk")),
        "{said:?}"
    );
    // and it is not taken for ordinary
    let report = analyzed(&models, &line);
    assert!(report.lines[0].is_outlier);
    let details: Vec<&str> = report.findings[0].reasons.iter().map(|reason| reason.detail.as_str()).collect();
    assert!(details.iter().any(|detail| detail.contains("as an incident of 30 lines")), "{details:?}");
}

async fn ask(models: &Arc<Models>, method: &str, path: &str, body: &Value) -> (StatusCode, Value) {
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    let service = router(App::new(Arc::clone(models), Config::default()));
    let response = service.oneshot(request.body(body).unwrap()).await.unwrap();
    let status = response.status();
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

#[tokio::test]
async fn over_http_events_are_marked_listed_and_taken_back() {
    let (_folder, models) = trained(4);
    let models = Arc::new(models);
    let path = "/v1/models/m/feedback";
    let body = json!({"event_id": "00000000000000ab", "verdict": "important", "note": "page me"});
    let (status, shown) = ask(&models, "POST", path, &body).await;
    assert_eq!(
        (status, &shown["verdict"], &shown["note"]),
        (StatusCode::OK, &json!("important"), &json!("page me"))
    );
    let (_, page) = ask(&models, "GET", path, &Value::Null).await;
    assert_eq!(page, json!({"items": [shown], "next_cursor": null}));
    let one = format!("{path}?event_id=00000000000000ab");
    assert_eq!(ask(&models, "DELETE", &one, &Value::Null).await.0, StatusCode::NO_CONTENT);
    let (status, said) = ask(&models, "DELETE", &one, &Value::Null).await;
    assert_eq!((status, &said["error"]), (StatusCode::NOT_FOUND, &json!("event_not_marked")));
    for wrong in [
        json!({"event_id": "ab", "verdict": "normal"}),
        json!({"event_id": "00000000000000ab", "verdict": "fine"}),
        json!({"event_id": "00000000000000ab"}),
        json!({"event_id": "00000000000000ab", "verdict": "normal", "why": ""}),
        json!({"event_id": "00000000000000ab", "verdict": "normal", "note": "n".repeat(1001)}),
    ] {
        let (status, said) = ask(&models, "POST", path, &wrong).await;
        assert_eq!(
            (status, &said["error"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid_option")),
            "{wrong}"
        );
    }
    assert_eq!(ask(&models, "POST", "/v1/models/none/feedback", &body).await.0, StatusCode::NOT_FOUND);
    assert_eq!(ask(&models, "DELETE", path, &Value::Null).await.0, StatusCode::UNPROCESSABLE_ENTITY);
}
