//! `GET /docs`: the description of the API as a page for people. It is whole in itself: no script, nothing loaded.

use std::fmt::Write;
use std::sync::LazyLock;

use axum::http::header;
use axum::response::IntoResponse;
use serde_json::{Map, Value};

use super::headers::policy_of_page;
use super::openapi::document;

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
h2{margin-top:2.5rem;border-top:1px solid #8886;padding-top:1rem;font-size:1.1rem}\
code{font-family:ui-monospace,monospace;font-size:.95em}\
table{border-collapse:collapse;width:100%}\
td,th{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0;border-bottom:1px solid #8883}\
summary{cursor:pointer}";

/// The page, and what lets a browser use its style and nothing else.
static PAGE: LazyLock<(String, String)> = LazyLock::new(|| {
    let document = serde_json::to_value(document()).expect("a description is JSON");
    (page(&document), policy_of_page(STYLE))
});

/// The page.
pub(super) async fn docs() -> impl IntoResponse {
    let (page, policy) = &*PAGE;
    let headers =
        [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, policy)];
    (headers, page.as_str())
}

fn page(document: &Value) -> String {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>oddlog {version}: its API</title>\
         <style>{STYLE}</style></head><body>\n<h1>oddlog {version}</h1>\n<p>{about}</p>\n\
         <p>For programs, the same as OpenAPI: <a href=\"openapi.json\">openapi.json</a>. For example:</p>\n\
         <pre><code>curl -H 'Content-Type: text/plain' --data-binary @app.log http://127.0.0.1:5000/train\n\
         curl -H 'Content-Type: text/plain' --data-binary @today.log \
         'http://127.0.0.1:5000/analyze_logs?visualization=false'</code></pre>\n",
        version = text(&document["info"]["version"]),
        about = text(&document["info"]["description"]),
    );
    for (path, item) in members(&document["paths"]) {
        for method in ["get", "post", "put", "delete"] {
            if let Some(operation) = item.get(method) {
                write(&mut page, &section(document, path, method, operation));
            }
        }
    }
    page + "</body></html>\n"
}

fn section(document: &Value, path: &str, method: &str, operation: &Value) -> String {
    let mut section = format!(
        "<h2 id=\"{id}\"><code>{method} {path}</code></h2>\n<p>{summary}. {rights}</p>\n",
        id = text(&operation["operationId"]),
        method = method.to_uppercase(),
        path = escaped(path),
        summary = text(&operation["summary"]),
        rights = text(&operation["description"]),
    );
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !parameters.is_empty() {
        let rows = parameters.iter().map(|parameter| {
            let place = text(&parameter["in"]);
            let name = format!("{} <small>({place})</small>", text(&parameter["name"]));
            [name, kind(&parameter["schema"]), text(&parameter["description"])]
        });
        table(&mut section, "Parameters", rows);
    }
    let body = &operation["requestBody"]["content"];
    let kinds: Vec<String> =
        members(body).map(|(name, _)| format!("<code>{}</code>", escaped(name))).collect();
    if !kinds.is_empty() {
        write(
            &mut section,
            &format!(
                "<p>Body: {}. {}</p>\n",
                kinds.join(", "),
                text(&operation["requestBody"]["description"])
            ),
        );
        fields(&mut section, document, "Keys of the body", &body["application/json"]["schema"]);
    }
    let done = &operation["responses"]["200"]["content"]["application/json"]["schema"];
    fields(&mut section, document, "Keys of the reply", done);
    let rows = members(&operation["responses"])
        .map(|(status, response)| [escaped(status), text(&response["description"]), String::new()]);
    table(&mut section, "Statuses", rows);
    section
}

fn fields(section: &mut String, document: &Value, title: &str, schema: &Value) {
    let properties = &resolved(document, schema)["properties"];
    let rows: Vec<_> = members(properties)
        .map(|(name, field)| [escaped(name), kind(field), text(&field["description"])])
        .collect();
    if !rows.is_empty() {
        table(section, title, rows.into_iter());
    }
}

fn table(section: &mut String, title: &str, rows: impl Iterator<Item = [String; 3]>) {
    write(section, &format!("<details><summary>{title}</summary><table>\n"));
    for [name, kind, about] in rows {
        write(section, &format!("<tr><td><code>{name}</code></td><td>{kind}</td><td>{about}</td></tr>\n"));
    }
    write(section, "</table></details>\n");
}

/// The schema that a reference leads to.
fn resolved<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    match schema["$ref"].as_str().and_then(|path| document.pointer(path.trim_start_matches('#'))) {
        Some(found) => found,
        None => schema,
    }
}

/// A type in a word or two.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        return escaped(name.rsplit('/').next().unwrap_or_default());
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        return choices.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    match &schema["type"] {
        Value::Array(kinds) => kinds.iter().map(text).collect::<Vec<_>>().join(" or "),
        Value::String(list) if list == "array" => format!("list of {}", kind(&schema["items"])),
        other => text(other),
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter).map(|(name, value)| (name.as_str(), value))
}

fn text(value: &Value) -> String {
    escaped(value.as_str().unwrap_or_default())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn write(page: &mut String, text: &str) {
    page.write_str(text).expect("a string takes all");
}
