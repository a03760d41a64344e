//! The report for people: whole in itself, safe whatever a log says, the same again; and how it is asked for.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use assert_cmd::Command;
use axum::body::Body;
use axum::http::{Request, header};
use chrono::{TimeZone, Utc};
use http_body_util::BodyExt;
use oddlog::analysis::AnalyzeOptions;
use oddlog::analysis::feedback::{Mark, Verdict};
use oddlog::http::{App, Config, router};
use oddlog::models::Models;
use oddlog::service::{self, Form};
use oddlog::wire::Options;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

/// The sample log of the repository.
fn sample() -> Vec<String> {
    serde_json::from_str(include_str!("../../log_dataset.json")).unwrap()
}

fn page(lines: &[impl AsRef<str> + Sync], options: &[(&str, Value)]) -> String {
    let folder = TempDir::new().unwrap();
    let models = Models::open(folder.path()).unwrap();
    let pairs: Vec<_> = options.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    let now = Utc.with_ymd_and_hms(2024, 7, 1, 0, 0, 0).unwrap();
    let page = service::analyze(&models, lines, &Options::from_pairs(&pairs).unwrap(), Form::Page, now);
    String::from_utf8(page.unwrap().bytes).unwrap()
}

#[test]
fn a_page_needs_nothing_else_and_runs_nothing() {
    let page = page(&sample(), &[]);
    for loading in
        ["<script", " src=", " href=", "<link", "@import", "url(", "<iframe", " onload", "javascript:"]
    {
        assert!(!page.contains(loading), "{loading}");
    }
    // the one address in it is the name of SVG's vocabulary
    let addresses: Vec<&str> = page.split("http").skip(1).filter(|rest| rest.starts_with("://")).collect();
    assert!(addresses.iter().all(|rest| rest.starts_with("://www.w3.org/2000/svg")), "{addresses:?}");
    assert_eq!(page.matches("<svg ").count(), 2, "both pictures are in it");
    for said in [
        "<h1>4,448 log lines, 8 findings</h1>",
        "4,448 lines were read, from 2024-05-14 00:00:08 to 2024-05-14 23:59:29",
        "What stands out: 5 odd events (7 outlier lines), 2 bursts and 1 silence.",
        "the number 93000 is far out of its usual range",
        "line 1444 · 2024-05-14 10:26:14 · INFO",
        "GET /products/318 200 in 93000 ms",
        "prefers-color-scheme:dark",
    ] {
        assert!(page.contains(said), "{said}");
    }
}

#[test]
fn what_a_log_says_is_never_markup() {
    let mut lines: Vec<String> =
        (0..60).map(|i| format!("2024-03-01 10:{i:02}:00 INFO request served <b>{i}</b>")).collect();
    lines.push(
        "2024-03-01 11:00:00 FATAL </code></svg><script>alert(1)</script><img src=x onerror=alert(2)>"
            .to_owned(),
    );
    let page = page(&lines, &[("session_pattern", json!("(<b>[0-9]+)"))]);
    assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("<b>"));
    assert!(page.contains("&#60;script&#62;alert(1)"), "it is shown");
}

#[test]
fn what_a_log_hides_or_turns_around_is_seen_on_the_page() {
    let mut lines: Vec<String> =
        (0..60).map(|i| format!("2024-03-01 10:{i:02}:00 INFO request served {i}")).collect();
    // an override of direction, an isolate, a space without width, a byte order mark
    lines
        .push("2024-03-01 11:00:00 FATAL pay\u{202e}gpj.exe \u{2066}ad\u{200b}min failed\u{feff}".to_owned());
    let page = page(&lines, &[]);
    assert!(page.contains("pay\u{fffd}gpj.exe \u{fffd}ad\u{fffd}min failed"), "they are seen to be there");
    let hidden = ['\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}'];
    assert!(!page.contains(hidden), "also in reasons, summary and pictures");
}

#[test]
fn a_page_names_what_it_was_made_from_and_the_same_gives_the_same_bytes() {
    let lines = sample();
    let asked = [("timezone", json!("Europe/Berlin")), ("session_pattern", json!("user (\\d+)"))];
    let first = page(&lines, &asked);
    assert_eq!(first, page(&lines, &asked));
    assert!(first.contains(&format!("oddlog {}", env!("CARGO_PKG_VERSION"))));
    assert!(first.contains("<dt>Option timezone</dt><dd>Europe/Berlin</dd>"));
    assert!(first.contains("<dt>Model</dt><dd>default, never trained</dd>"));
    // `printf 'a\n' | sha256sum`
    let sum = "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7";
    assert!(page(&["a"], &[]).contains(&format!("<dt>SHA-256 of the lines</dt><dd>{sum}</dd>")));
}

#[test]
fn a_page_names_its_files_the_time_that_gave_a_year_and_what_was_said_of_events() {
    let hash = "0123456789abcdef".repeat(4);
    let lines =
        ["Jun 14 10:00:00 web-1 sshd[1]: session opened", "Jun 14 10:00:09 web-1 sshd[1]: session closed"];
    let named = page(&lines, &[("files", json!([{"name": "<b>.log", "sha256": hash}]))]);
    assert!(named.contains(&format!("<dt>File</dt><dd>&#60;b&#62;.log, SHA-256 {hash}</dd>")), "no file");
    // The moment of receipt, where the request has none; and that gives the same page.
    let told = "<dt>Option reference_time</dt><dd>2024-07-01T00:00:00+00:00</dd>";
    assert!(named.contains(told));
    let again = page(&lines, &[("reference_time", json!("2024-07-01T00:00:00+00:00"))]);
    assert_eq!(again, page(&lines, &[]));
    assert!(
        !page(&["2024-06-14 10:00:00 INFO a"], &[]).contains("reference_time"),
        "it decides nothing there"
    );

    let folder = TempDir::new().unwrap();
    let models = Models::open(folder.path()).unwrap();
    let log: Vec<String> =
        (0..100).map(|i| format!("2024-06-14 10:{:02}:00 INFO request {i} served", i % 60)).collect();
    service::train(&models, &log, Options::default(), None).unwrap();
    let odd = ["2024-06-15 10:00:00 ERROR disk sdb failed"];
    let report = models.analyze("default", &odd, &AnalyzeOptions::default()).unwrap();
    let event = report.events[report.lines[0].event].event_id;
    let page = || {
        let page = service::analyze(&models, &odd, &Options::default(), Form::Page, Utc::now());
        String::from_utf8(page.unwrap().bytes).unwrap()
    };
    assert!(!page().contains("<dt>Feedback</dt>"));
    let mark = Mark { verdict: Verdict::Normal, note: String::new(), marked_at: 0 };
    models.mark("default", event, mark).unwrap();
    assert!(page().contains(&format!("<dt>Feedback</dt><dd>normal {event:016x}</dd>")));
}

#[test]
fn a_page_counts_no_warnings_where_there_are_none() {
    let errors =
        page(&["2024-03-01 10:00:00 ERROR disk failed", "2024-03-01 10:00:01 ERROR disk failed"], &[]);
    assert!(errors.contains("2 errors by their levels.") && !errors.contains("0 warnings"), "{errors}");
    let warnings = page(&["2024-03-01 10:00:00 WARN disk slow"], &[]);
    assert!(warnings.contains("1 warning by its level.") && !warnings.contains("0 errors"), "{warnings}");
}

#[test]
fn no_log_is_too_small_for_a_page() {
    assert!(page(&[] as &[&str], &[]).contains("<h1>0 log lines, nothing odd</h1>"));
    let page = page(&["hello"], &[]);
    assert!(page.contains("1 line was read, none with a date"), "{page}");
    assert!(page.contains("Nothing stands out"));
    assert_eq!(page.matches("<svg ").count(), 1, "there is nothing over time to show");
}

async fn ask(accept: &str, body: Value) -> (u16, axum::http::HeaderMap, Vec<u8>) {
    let folder = TempDir::new().unwrap();
    let models = Arc::new(Models::open(folder.path()).unwrap());
    let request = Request::post("/analyze_logs")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, accept)
        .body(Body::from(body.to_string()))
        .unwrap();
    let response = router(App::new(models, Config::default())).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    (parts.status.as_u16(), parts.headers, body.collect().await.unwrap().to_bytes().to_vec())
}

#[tokio::test]
async fn accept_chooses_a_page_or_shapes() {
    let (status, headers, bytes) = ask("text/html", json!({"logs": sample()})).await;
    assert_eq!((status, headers[header::CONTENT_TYPE].to_str().unwrap()), (200, "text/html; charset=utf-8"));
    assert!(bytes.starts_with(b"<!DOCTYPE html>"));
    // a browser may use the style of the page, which the policy names by its hash, and nothing else
    let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    let (status, headers, bytes) = ask("image/svg+xml", json!({"logs": ["a", "b"]})).await;
    assert_eq!((status, headers[header::CONTENT_TYPE].to_str().unwrap()), (200, "image/svg+xml"));
    assert!(bytes.starts_with(b"<svg "));
}

#[tokio::test]
async fn a_reply_brings_pictures_and_page_along_where_they_are_asked_for() {
    use base64::Engine;
    let lines = sample();
    let asked = json!({"logs": lines, "include": ["series", "report"], "picture_format": "svg"});
    let (status, _, bytes) = ask("application/json", asked).await;
    assert_eq!(status, 200);
    let reply: Value = serde_json::from_slice(&bytes).unwrap();
    for key in ["visualization", "series"] {
        let picture = base64::engine::general_purpose::STANDARD.decode(reply[key].as_str().unwrap()).unwrap();
        assert!(picture.starts_with(b"<svg "), "{key}");
    }
    assert_eq!(reply["report"].as_str().unwrap(), page(&lines, &[]));
    assert!(reply.get("temporal").is_none(), "what was not asked for is not there");
}

fn oddlog(folder: &Path, args: &[&str]) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oddlog"));
    command.current_dir(folder).env_clear().arg("--embedded").args(args).output().unwrap()
}

#[test]
fn after_an_upgrade_client_and_page_say_which_former_event_a_new_one_looks_like() {
    let folder = tempfile::TempDir::new().unwrap();
    let before = sample().join("\n");
    fs::write(folder.path().join("before.log"), &before).unwrap();
    let after = before.replace("updates applied in", "updates were applied within");
    fs::write(folder.path().join("after.log"), after).unwrap();
    assert!(oddlog(folder.path(), &["-t", "-f", "before.log"]).status.success());
    let shown = oddlog(folder.path(), &["-f", "after.log", "--report", "r.html"]);
    let said = "this looks like the former event `Stock feed: <*> updates applied in <*> ms`, which does not come here";
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains(&format!("\nKnown: {said}\n")), "{shown}");
    let page = fs::read_to_string(folder.path().join("r.html")).unwrap();
    assert!(page.contains(&said.replace('<', "&#60;").replace('>', "&#62;")), "the page says it too");
}

#[test]
fn the_client_saves_a_report_and_both_pictures() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("app.log"), sample().join("\n") + "\n").unwrap();
    let said = oddlog(folder.path(), &["-f", "app.log", "--report", "r.html", "--series", "s.png"]);
    assert!(said.status.success());
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(said.ends_with(
        "Visualization saved as log_visualization.png\nEvents over time saved as s.png\nReport saved as r.html\n"
    ));
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert!(read("r.html").starts_with(b"<!DOCTYPE html>"));
    assert!(read("s.png").starts_with(b"\x89PNG") && read("log_visualization.png").starts_with(b"\x89PNG"));
    // what proves the page: the sum of the file
    let sum = std::process::Command::new("sha256sum").arg("app.log").current_dir(folder.path()).output();
    match sum {
        Ok(sum) => {
            let sum = String::from_utf8(sum.stdout).unwrap();
            let sum = sum.split(' ').next().unwrap();
            let page = String::from_utf8(read("r.html")).unwrap();
            assert!(page.contains(&format!("app.log, SHA-256 {sum}")), "{sum}");
        }
        Err(_) => println!("skipped: there is no sha256sum"),
    }
    let svg = oddlog(folder.path(), &["-f", "app.log", "-o", "p.svg", "--series", "s.SVG"]);
    assert!(
        svg.status.success() && read("p.svg").starts_with(b"<svg ") && read("s.SVG").starts_with(b"<svg ")
    );
    let mixed = oddlog(folder.path(), &["-f", "app.log", "-o", "p.svg", "--series", "s.png"]);
    let said = String::from_utf8(mixed.stderr).unwrap();
    assert_eq!(mixed.status.code(), Some(2));
    assert!(said.contains("`p.svg` and `s.png` are pictures of two formats"), "{said}");
}

/// Whether a picture of pixels is more than one colour in each of its quarters.
fn is_drawn(png: &[u8]) -> bool {
    let mut reader = png::Decoder::new(png).read_info().unwrap();
    let mut buffer = vec![0; reader.output_buffer_size()];
    let info = reader.next_frame(&mut buffer).unwrap();
    let row = info.line_size;
    buffer[..row * info.height as usize].chunks(row * (info.height as usize / 4)).take(4).all(|quarter| {
        let mut pixels = quarter.chunks_exact(info.color_type.samples());
        let first = pixels.next().unwrap();
        pixels.any(|pixel| pixel != first)
    })
}

/// Runs a browser on a page and returns what it prints; `None` where there is none.
fn browser(folder: &Path, page: &str, args: &[&str]) -> Option<String> {
    let path = folder.join("page.html");
    fs::write(&path, page).unwrap();
    let shown = std::process::Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", folder.join("browser").display()))
        .args(args)
        .arg(format!("file://{}", path.display()))
        .stderr(Stdio::null())
        .output();
    if shown.is_err() {
        println!("skipped: there is no chromium");
    }
    Some(String::from_utf8_lossy(&shown.ok()?.stdout).into_owned())
}

/// A screenshot, kept to be looked at.
fn screenshot(folder: &Path, page: &str, name: &str, args: &[&str]) -> Option<Vec<u8>> {
    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("report-{name}.png"));
    browser(folder, page, &[args, &[&format!("--screenshot={}", picture.display())]].concat())?;
    Some(fs::read(picture).unwrap())
}

const DARK: &str = "--blink-settings=preferredColorScheme=0";

/// A page in a frame as wide as a phone, narrower than any window of a browser, and what is measured of it.
fn on_a_phone(page: &str) -> String {
    let page = page.replace('&', "&amp;").replace('"', "&quot;");
    format!(
        r#"<!DOCTYPE html><body style="margin:0">
<iframe style="width:390px;height:2400px;border:0" srcdoc="{page}"></iframe><pre></pre><script>
onload = () => {{
  const page = document.querySelector("iframe").contentDocument
  const lines = element => {{
    const range = page.createRange()
    range.selectNodeContents(element)
    return new Set([...range.getClientRects()].map(part => Math.round(part.top))).size
  }}
  const style = selector => page.defaultView.getComputedStyle(page.querySelector(selector))
  const broken = [...page.querySelectorAll("td:not(.text,.id,:has(span)), td span")].filter(cell => lines(cell) > 1)
  document.querySelector("pre").textContent = JSON.stringify({{
    width: page.defaultView.innerWidth,
    beyond: page.documentElement.scrollWidth - page.documentElement.clientWidth,
    broken: broken.map(cell => cell.textContent),
    text: Math.min(...[...page.querySelectorAll("td.text")].map(cell => cell.getBoundingClientRect().width)),
    letters: page.querySelector("svg").getBoundingClientRect().width / 1200 * 12,
    paper: style("body").backgroundColor,
    picture: style(".picture svg rect").fill,
    first: style(".picture svg [fill='#0072b2']").fill,
    filter: style(".picture svg").filter,
  }})
}}
</script>"#
    )
}

#[test]
fn a_browser_shows_the_page_on_a_desk() {
    let folder = TempDir::new().unwrap();
    let Some(png) = screenshot(folder.path(), &page(&sample(), &[]), "desk", &["--window-size=1280,2400"])
    else {
        return;
    };
    assert!(is_drawn(&png));
}

#[test]
fn on_a_phone_no_time_level_or_number_is_broken_and_dark_pictures_have_the_colours_of_the_palette() {
    let folder = TempDir::new().unwrap();
    let phone = on_a_phone(&page(&sample(), &[]));
    let Some(dom) = browser(folder.path(), &phone, &[DARK, "--dump-dom"]) else { return };
    let measured = dom.split("<pre>").nth(1).unwrap().split("</pre>").next().unwrap();
    let measured: Value = serde_json::from_str(measured).unwrap();
    assert_eq!(measured["width"], 390);
    assert_eq!(measured["broken"], json!([]), "each stands in one line");
    assert_eq!(
        measured["beyond"], 0,
        "only tables and pictures are wider than the screen, and scroll: {measured}"
    );
    assert!(measured["text"].as_f64().unwrap() > 250.0, "a template has room: {measured}");
    assert!(measured["letters"].as_f64().unwrap() > 9.0, "letters of pictures can be read: {measured}");
    let colours = ["paper", "picture", "first", "filter"].map(|key| measured[key].as_str().unwrap());
    assert_eq!(colours, ["rgb(22, 24, 27)", "rgb(22, 24, 27)", "rgb(83, 136, 220)", "none"]);
    let png = screenshot(folder.path(), &phone, "phone-dark", &[DARK, "--window-size=500,2400"]).unwrap();
    assert!(is_drawn(&png));
}

#[test]
fn every_colour_of_the_pictures_has_another_on_a_dark_page() {
    let style = include_str!("../../src/html/report.css");
    let page = page(&sample(), &[]);
    for pictures in page.split("<svg ").skip(1).map(|rest| rest.split("</svg>").next().unwrap()) {
        for attribute in ["fill", "stroke"] {
            for rest in pictures.split(&format!(" {attribute}=\"#")).skip(1) {
                let rule = format!(".picture [{attribute}=\"#{}\"]{{{attribute}:#", &rest[..6]);
                assert!(style.contains(&rule), "{rule}");
            }
        }
    }
}

/// The sentences of a page.
fn summary(page: &str) -> Vec<String> {
    let sentences = page.split("<p class=\"summary\">").skip(1);
    sentences.map(|rest| rest.split("</p>").next().unwrap().to_owned()).collect()
}

#[test]
fn a_summary_says_how_many_events_are_in_patterns_and_that_a_line_is_blank() {
    // a blank line of a thousand, and events that are like no other
    let mut lines = vec![String::new(); 1_000];
    lines.push("2024-03-01 10:00:00 INFO lantern hung above gate".to_owned());
    let said = summary(&page(&lines, &[]));
    let last = said.last().unwrap();
    assert_eq!(
        last,
        "The lines are 2 events, 1 of them in 1 pattern; over 99.9 % of the lines are like “(blank line)”."
    );
}

#[test]
fn a_sentence_of_the_summary_has_an_end_also_where_a_line_has_none() {
    let mut lines: Vec<String> =
        (0..60).map(|i| format!("2024-03-01 10:{i:02}:00 INFO request served {i}")).collect();
    lines.push(format!("2024-03-01 11:00:00 FATAL disk failed {}", "lantern ".repeat(200)));
    let said = summary(&page(&lines, &[]));
    assert!(said[3].starts_with("The most telling is “FATAL disk failed lantern"), "{said:?}");
    assert!(said.iter().all(|sentence| sentence.chars().count() < 400), "{said:?}");
}
