//! Every refusal: its status, its stable code, and what it tells the client.

use std::any::Any;
use std::sync::Arc;

use axum::Json;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tracing::error;

use super::arrival::BYTES_LEAST;
use super::context;
use crate::models::{ModelsError, PartialError};
use crate::service::ServiceError;
use crate::store::{FrameError, FramedError, Shortage, StoreError};
use crate::wire::{OptionError, Problem, RequestError};

/// Seconds after which a client that was refused for want of room should ask again: about one large analysis.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("2");

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum ApiError {
    #[error("the body has no Content-Type; send {right}")]
    NoContentType { right: &'static str },
    #[error("the Content-Type is `{found}`; send {right}")]
    ContentType { found: String, right: &'static str },
    #[error("the Content-Type says `charset={0}`, and JSON is read as UTF-8; send it so")]
    Charset(String),
    #[error("the Content-Encoding is `{0}`; send gzip, zstd, or none")]
    ContentEncoding(String),
    #[error(
        "the body is larger than {0} bytes unpacked; send it in parts, or start the server with a larger --body-limit-bytes"
    )]
    TooLarge(usize),
    #[error(
        "the body is larger than {0} bytes unpacked; send it in parts, or start the server with a larger --stream-limit-bytes"
    )]
    StreamTooLarge(u64),
    #[error(
        "the body unpacks to more than {0} bytes and to more than {1} times its size, which no log does; send it plain, or start the server with a larger --body-limit-bytes"
    )]
    Bomb(u64, u64),
    #[error(
        "the body is larger than {0} bytes unpacked, and all of it is needed before a line can be judged: by a model that was never trained, and for sessions, temporal and nlp; train the model first, or start the server with a larger --body-limit-bytes"
    )]
    WholeTooLarge(usize),
    #[error("the body does not unpack as {encoding}: {said}")]
    Unpack { encoding: &'static str, said: std::io::Error },
    #[error("the body ended before all of it was there")]
    Interrupted,
    #[error("the body brought less than {BYTES_LEAST} bytes in {0} seconds")]
    Slow(u64),
    #[error("the body was not whole after {0} seconds; send it in parts, or faster")]
    Late(u64),
    #[error(transparent)]
    Request(#[from] RequestError),
    #[error(transparent)]
    Option(#[from] OptionError),
    #[error("the body cannot be merged: {0}")]
    Partial(#[from] PartialError),
    #[error("too many requests are under way; try again in some seconds")]
    Busy,
    #[error(
        "{}; send `Authorization: Bearer` and an API token",
        if *sent { "the token is none of this server's" } else { "this server wants to know who asks" }
    )]
    Unauthorized { sent: bool },
    #[error("the token `{name}` does not have the right `{right}`, which this route needs")]
    Forbidden { name: Arc<str>, right: &'static str },
    #[error(
        "the request is for `{0}`, and this server listens to its own machine alone; call it 127.0.0.1 or localhost, or allow the name with --allow-host"
    )]
    UnknownHost(String),
    #[error("a page of {0} may not do this; allow it with --allow-origin, or send no Origin header")]
    OtherSite(String),
    #[error("the body is not what this route takes: {0}")]
    Shape(serde_json::Error),
    #[error("{0}")]
    InUse(String),
    #[error("{0}")]
    Days(String),
    #[error(transparent)]
    Models(ModelsError),
    #[error(
        "the model is full: its state has {bytes} bytes, and may have {max_bytes}. Forget days of it, set a retention, or train another model"
    )]
    ModelFull { bytes: u64, max_bytes: u64 },
    #[error(
        "the disk of the models folder is full; nothing was learnt or changed. Make room: models go on answering, and training works again by itself"
    )]
    StorageFull,
    #[error(
        "the models folder is read-only; nothing was learnt or changed. Make it writable: models go on answering, and training works again by itself"
    )]
    StorageReadOnly,
    #[error("the models folder could not be read or written; nothing was learnt. The server's log says why")]
    Storage,
    #[error("the server has a bug; its log says more")]
    Bug,
    #[error(
        "there is nothing at {0}; see /docs for what there is, such as /train, /analyze_logs, /v1/models, /health, /ready, /version"
    )]
    NotFound(String),
    #[error(
        "the Accept header asks for `{0}`; the answer can be application/json, application/x-ndjson or image/png"
    )]
    NotAcceptable(String),
    #[error("{0} is not possible here; the header Allow says what is")]
    Method(Method),
}

impl ApiError {
    /// The short stable name.
    pub(super) fn code(&self) -> &'static str {
        self.kind().1
    }

    /// The status and the short stable name.
    fn kind(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NoContentType { .. } | Self::ContentType { .. } => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_content_type")
            }
            Self::Charset(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_charset"),
            Self::ContentEncoding(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_content_encoding"),
            Self::TooLarge(_) | Self::StreamTooLarge(_) | Self::WholeTooLarge(_) | Self::Bomb(..) => {
                (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large")
            }
            Self::Unpack { .. } => (StatusCode::BAD_REQUEST, "damaged_compression"),
            Self::Interrupted => (StatusCode::BAD_REQUEST, "incomplete_body"),
            Self::Slow(_) | Self::Late(_) => (StatusCode::REQUEST_TIMEOUT, "body_timeout"),
            Self::Request(e @ RequestError::TooManyLines(_)) => (StatusCode::PAYLOAD_TOO_LARGE, e.code()),
            Self::Request(e) => (StatusCode::BAD_REQUEST, e.code()),
            Self::Partial(e) => partial_kind(e),
            Self::Option(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_option"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            Self::Unauthorized { .. } => (StatusCode::UNAUTHORIZED, "unauthorized"),
            Self::Forbidden { .. } => (StatusCode::FORBIDDEN, "forbidden"),
            Self::UnknownHost(_) => (StatusCode::FORBIDDEN, "unknown_host"),
            Self::OtherSite(_) => (StatusCode::FORBIDDEN, "cross_site"),
            Self::Models(ModelsError::Untrained(_)) => (StatusCode::NOT_FOUND, "model_not_found"),
            Self::Models(ModelsError::UnknownTerm { .. }) => (StatusCode::NOT_FOUND, "term_not_found"),
            Self::Models(ModelsError::NoGeneration { .. }) => (StatusCode::NOT_FOUND, "generation_not_found"),
            Self::Models(ModelsError::Unmarked(_)) => (StatusCode::NOT_FOUND, "event_not_marked"),
            Self::Models(ModelsError::Settings(_) | ModelsError::Feedback(_)) | Self::Shape(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "invalid_option")
            }
            Self::Days(_) => (StatusCode::NOT_FOUND, "days_not_found"),
            Self::InUse(_) => (StatusCode::SERVICE_UNAVAILABLE, "models_in_use"),
            Self::ModelFull { .. } => (StatusCode::INSUFFICIENT_STORAGE, "model_full"),
            Self::Models(ModelsError::TooMany) => (StatusCode::INSUFFICIENT_STORAGE, "too_many_models"),
            Self::Models(ModelsError::KeyReused) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused")
            }
            Self::Models(ModelsError::KeyUnderWay) => (StatusCode::CONFLICT, "idempotency_key_under_way"),
            Self::Models(_) => (StatusCode::INTERNAL_SERVER_ERROR, "storage_failed"),
            Self::StorageFull => (StatusCode::INSUFFICIENT_STORAGE, "storage_full"),
            Self::StorageReadOnly => (StatusCode::SERVICE_UNAVAILABLE, "storage_read_only"),
            Self::Storage => (StatusCode::INTERNAL_SERVER_ERROR, "storage_failed"),
            Self::Bug => (StatusCode::INTERNAL_SERVER_ERROR, "internal_error"),
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "not_found"),
            Self::NotAcceptable(_) => (StatusCode::NOT_ACCEPTABLE, "not_acceptable"),
            Self::Method(_) => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
        }
    }

    /// What RFC 6750 has a server say to a client whose token is missing, wrong, or for something else.
    fn challenge(&self) -> Option<HeaderValue> {
        let said = match self {
            Self::Unauthorized { sent: false } => "Bearer realm=\"oddlog\"".to_owned(),
            Self::Unauthorized { sent: true } => {
                "Bearer realm=\"oddlog\", error=\"invalid_token\"".to_owned()
            }
            Self::Forbidden { right, .. } => {
                format!("Bearer realm=\"oddlog\", error=\"insufficient_scope\", scope=\"{right}\"")
            }
            _ => return None,
        };
        Some(HeaderValue::from_str(&said).expect("the names of rights are ASCII"))
    }
}

/// A state that another release made is whole: it conflicts with the models of this one.
fn partial_kind(error: &PartialError) -> (StatusCode, &'static str) {
    let PartialError::Framed { found } = error else {
        return (StatusCode::BAD_REQUEST, "inconsistent_partial_state");
    };
    match found {
        FramedError::Frame(FrameError::Pipeline { .. }) => (StatusCode::CONFLICT, "pipeline_mismatch"),
        FramedError::Frame(FrameError::Version { .. }) => (StatusCode::CONFLICT, "version_mismatch"),
        FramedError::Frame(FrameError::Foreign | FrameError::Kind { .. }) => {
            (StatusCode::BAD_REQUEST, "not_a_partial_state")
        }
        FramedError::Frame(_) | FramedError::Content(_) => (StatusCode::BAD_REQUEST, "damaged_partial_state"),
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code) = self.kind();
        let challenge = self.challenge();
        let title = status.canonical_reason().unwrap_or_default();
        let mut problem = Problem::new(status.as_u16(), title, code, &self.to_string());
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            problem.request_id = context::id();
        }
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        if let Some(challenge) = challenge {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

impl From<ServiceError> for ApiError {
    /// The inside story goes to the log, once: here.
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Models(e @ (ModelsError::Name(_) | ModelsError::Generation(_))) => {
                Self::Option(OptionError { key: "model".into(), problem: format!("is wrong: {e}") })
            }
            ServiceError::Models(ModelsError::Store(StoreError::Full { bytes, max_bytes, .. })) => {
                Self::ModelFull { bytes, max_bytes }
            }
            ServiceError::Models(ModelsError::Store(e @ StoreError::InUse { .. })) => {
                Self::InUse(e.to_string())
            }
            ServiceError::Models(ModelsError::Store(e)) => {
                error!("{e}");
                match e.shortage() {
                    Some(Shortage::Room) => Self::StorageFull,
                    Some(Shortage::Permission) => Self::StorageReadOnly,
                    None => Self::Storage,
                }
            }
            ServiceError::Models(e) => Self::Models(e),
            e @ ServiceError::NoSuchDays(_) => Self::Days(e.to_string()),
            ServiceError::Plot(e) => bug(&e),
            ServiceError::Page(e) => bug(&e),
            ServiceError::Encode(e) => bug(&e),
            ServiceError::State(e) => bug(&e),
        }
    }
}

impl From<ModelsError> for ApiError {
    fn from(error: ModelsError) -> Self {
        ServiceError::from(error).into()
    }
}

fn bug(e: &dyn std::error::Error) -> ApiError {
    error!("{e}: {}", e.source().map(ToString::to_string).unwrap_or_default());
    ApiError::Bug
}

/// The answer on a path that is none.
pub(super) async fn not_found(uri: Uri) -> ApiError {
    ApiError::NotFound(uri.path().chars().take(200).collect())
}

/// The answer to a method that a path does not have; the router adds `Allow`.
pub(super) async fn method_not_allowed(method: Method) -> ApiError {
    ApiError::Method(method)
}

/// The answer where a handler panicked: a bug, and the client learns no more than that.
#[expect(clippy::needless_pass_by_value, reason = "the layer's own signature")]
pub(super) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let said = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    error!("a handler panicked: {}", said.unwrap_or("(no message)"));
    ApiError::Bug.into_response()
}
