//! `POST /analyze_logs` and `POST /v1/analyze`.

use std::sync::LazyLock;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chrono::Utc;

use super::accept::Wanted;
use super::body::Incoming;
use super::error::ApiError;
use super::headers::policy_of_page;
use super::rows;
use super::state::App;
use super::whole;
use crate::html::STYLE;
use crate::plot::PictureFormat;
use crate::service::{self, Form};
use crate::wire::{Body, OptionError, Options, read_body};

/// What lets a browser use the style of a report and nothing else.
static PAGE_POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    HeaderValue::from_str(&policy_of_page(STYLE)).expect("base64 and names are visible ASCII")
});

/// What a route takes for an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keys {
    /// As the original did: what is unknown is ignored, and there is a picture unless it is refused.
    Lenient,
    /// What is unknown is refused, and there is a picture where one is asked for.
    Strict,
}

impl Keys {
    /// The options of a body.
    pub(super) fn options(self, body: &Body<'_>) -> Result<Options, OptionError> {
        match self {
            Self::Lenient => body.options(),
            Self::Strict => body.options_strictly(),
        }
    }

    /// The options of a query alone.
    pub(super) fn options_of_query(self, query: Vec<(String, String)>) -> Result<Options, OptionError> {
        match self {
            Self::Lenient => Options::of_query(query),
            Self::Strict => Options::of_query_strictly(query),
        }
    }
}

/// Judges the lines of the body; learns nothing.
pub(super) async fn analyze(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    answer(app, request, Keys::Lenient).await
}

/// As [`analyze`]; a key that is none is refused, and the picture is there on request only.
pub(super) async fn analyze_strictly(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    answer(app, request, Keys::Strict).await
}

async fn answer(app: App, request: Request, keys: Keys) -> Result<Response, ApiError> {
    app.expect_place()?;
    let wanted = Wanted::of(request.headers());
    let incoming = Incoming::of(request)?;
    let mut response = match wanted? {
        Wanted::Rows => rows::answer(&app, incoming, keys).await?,
        Wanted::Json => whole(&app, incoming, keys, Form::Reply).await?,
        Wanted::Png => whole(&app, incoming, keys, Form::Picture(PictureFormat::Png)).await?,
        Wanted::Svg => whole(&app, incoming, keys, Form::Picture(PictureFormat::Svg)).await?,
        Wanted::Html => whole(&app, incoming, keys, Form::Page).await?,
    };
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

/// Reads the body whole and answers in one piece.
async fn whole(app: &App, incoming: Incoming, keys: Keys, form: Form) -> Result<Response, ApiError> {
    let content_type = match form {
        Form::Reply => "application/json",
        Form::Picture(PictureFormat::Png) => "image/png",
        Form::Picture(PictureFormat::Svg) => "image/svg+xml",
        Form::Page => "text/html; charset=utf-8",
    };
    let max_lines = app.config.max_lines;
    let (model, reply) = whole::answer(app, incoming, move |models, asked| {
        let body = read_body(asked.format, asked.bytes, asked.query, max_lines)?;
        let options = keys.options(&body)?;
        let reply = service::analyze(models, &body.lines, &options, form, Utc::now())?;
        Ok((options.model, reply))
    })
    .await?;
    app.metrics.analyzed(&model, reply.counts);
    let mut response = ([(header::CONTENT_TYPE, content_type)], reply.bytes).into_response();
    if form == Form::Page {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, PAGE_POLICY.clone());
    }
    Ok(response)
}
