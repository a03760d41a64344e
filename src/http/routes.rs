//! The routes as others see them: what each needs, takes and answers. The description of the API and the question
//! whom to let in are both answered from this one table; a test compares it with the router.

use axum::http::Method;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::token::Right;
use crate::wire::{
    AnalyzeBody, CompareReply, CompareRequest, EventView, FeedbackBody, FeedbackView, Forgotten,
    GenerationView, ListPage, MergeReply, ModelView, Reply, RollBack, SettingsBody, SimilarView, StatusBody,
    StrictAnalyzeBody, StrictTrainBody, TrainBody, TrainReply, VersionBody,
};

/// One method of one path.
pub(super) struct Route {
    pub(super) method: Method,
    pub(super) path: &'static str,
    /// One of these is needed; with none the route is open to everybody.
    pub(super) rights: &'static [Right],
    pub(super) summary: &'static str,
    pub(super) parameters: &'static [Parameter],
    pub(super) body: Option<Body>,
    pub(super) reply: Content,
    /// Statuses of refusals, besides those that any route can have.
    pub(super) refusals: &'static [u16],
}

/// A query parameter or a header.
#[derive(Clone, Copy)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) is_header: bool,
    pub(super) is_required: bool,
    pub(super) schema: Kind,
    pub(super) about: &'static str,
}

/// What a parameter can be.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Text,
    /// Text of this form.
    Pattern(&'static str),
    /// Visible ASCII characters, 1 to so many.
    Key(u32),
    /// Name of a model or of its generation.
    Model,
    Date,
    Flag,
    /// A whole number from the first to the second.
    Number(u32, u32),
}

/// What a route takes.
pub(super) enum Body {
    /// Log lines: JSON of this schema, NDJSON or text.
    Lines(Typed),
    /// JSON of this schema alone.
    Json(Typed),
    /// Bytes.
    Octets,
}

/// What a route answers with.
pub(super) enum Content {
    /// 200 and JSON.
    Json(Typed),
    /// 200 and JSON, or rows, or a picture.
    Analysis(Typed),
    /// 200 and a text of this content type.
    Text(&'static str),
    /// 204.
    Nothing,
}

/// A type of `wire` by what the description needs of it.
#[derive(Clone, Copy)]
pub(super) struct Typed {
    pub(super) name: fn() -> String,
    pub(super) schema: fn() -> RefOr<Schema>,
    pub(super) parts: fn(&mut Vec<(String, RefOr<Schema>)>),
}

fn of<T: ToSchema>() -> Typed {
    Typed { name: || T::name().into_owned(), schema: <T as PartialSchema>::schema, parts: T::schemas }
}

/// A page of a list: its schema names that of the items, and does not bring it along.
fn page_of<T: ToSchema + 'static>() -> Typed {
    Typed {
        name: || format!("{}Page", T::name()),
        schema: <ListPage<T> as PartialSchema>::schema,
        parts: |parts| {
            parts.push((T::name().into_owned(), T::schema()));
            T::schemas(parts);
        },
    }
}

const OPEN: &[Right] = &[];
const TRAIN: &[Right] = &[Right::Train];
const ANALYZE: &[Right] = &[Right::Analyze];
const SEE: &[Right] = &[Right::Analyze, Right::Admin];
const ADMIN: &[Right] = &[Right::Admin];
const METRICS: &[Right] = &[Right::Metrics, Right::Admin];

const LIMIT: Parameter =
    query("limit", Kind::Number(1, 1000), "Most items of a page; 100 where it is left out.");
const MODELS: &[Parameter] = &[LIMIT, cursor("^[a-z0-9][a-z0-9_-]{0,63}$")];
const GENERATIONS: &[Parameter] = &[LIMIT, cursor("^[0-9]{20}$")];
const EVENTS: &[Parameter] = &[LIMIT, cursor("^[0-9a-f]{16}$")];
const TERM: &[Parameter] =
    &[needed(query("term", Kind::Text, "A word of the model's events.")), LIMIT, cursor("^[0-9]{9}$")];
const DAYS: &[Parameter] = &[
    query("from", Kind::Date, "First day of log time to forget; needs `to`."),
    query("to", Kind::Date, "Last day of log time to forget; needs `from`."),
    query("undated", Kind::Flag, "Also the lines without a date."),
    query("yearless", Kind::Flag, "Also the lines with a date and no year."),
];
const MARKED: &[Parameter] =
    &[needed(query("event_id", Kind::Pattern("^[0-9a-fA-F]{16}$"), "The event, as replies name it."))];
const ONCE: &[Parameter] = &[Parameter {
    name: "Idempotency-Key",
    is_header: true,
    is_required: false,
    schema: Kind::Key(255),
    about: "The same key with the same body within 24 hours counts once and gives the same reply.",
}];
const BASELINE: &[Parameter] = &[
    query(
        "baseline",
        Kind::Model,
        "Name of the model to compare with, or `name@17`, where the body does not say.",
    ),
    query("baseline_from", Kind::Date, "First day of the model to compare with; needs `baseline_to`."),
    query("baseline_to", Kind::Date, "Last day of the model to compare with; needs `baseline_from`."),
    query("baseline_undated", Kind::Flag, "Also its lines without a date."),
    query("baseline_yearless", Kind::Flag, "Also its lines with a date and no year."),
];

/// A parameter without which there is no answer.
const fn needed(parameter: Parameter) -> Parameter {
    Parameter { is_required: true, ..parameter }
}

const fn cursor(pattern: &'static str) -> Parameter {
    query("cursor", Kind::Pattern(pattern), "`next_cursor` of the page before.")
}

const fn query(name: &'static str, schema: Kind, about: &'static str) -> Parameter {
    Parameter { name, is_header: false, is_required: false, schema, about }
}

/// Refusals of a body with lines.
const LINES: &[u16] = &[400, 408, 413, 415, 422, 503];
const JUDGE: &[u16] = &[400, 404, 406, 408, 413, 415, 422, 503];
const LEARN: &[u16] = &[400, 408, 409, 413, 415, 422, 503, 507];
const FIND: &[u16] = &[404, 422];
const CHANGE: &[u16] = &[400, 404, 408, 413, 415, 422, 503, 507];

impl Route {
    fn get(path: &'static str, rights: &'static [Right], summary: &'static str, reply: Content) -> Self {
        let (parameters, body, refusals) = (&[][..], None, &[][..]);
        Self { method: Method::GET, path, rights, summary, parameters, body, reply, refusals }
    }

    fn post(
        path: &'static str,
        rights: &'static [Right],
        summary: &'static str,
        body: Body,
        reply: Typed,
    ) -> Self {
        let body = Some(body);
        let reply = Content::Json(reply);
        Self { method: Method::POST, body, refusals: LINES, ..Self::get(path, rights, summary, reply) }
    }

    fn analysis(path: &'static str, summary: &'static str, body: Typed) -> Self {
        let reply = of::<Reply<'static>>();
        let route = Self::post(path, ANALYZE, summary, Body::Lines(body), reply);
        Self { reply: Content::Analysis(reply), refusals: JUDGE, ..route }
    }

    fn parameters(self, parameters: &'static [Parameter]) -> Self {
        Self { parameters, ..self }
    }

    fn refusals(self, refusals: &'static [u16]) -> Self {
        Self { refusals, ..self }
    }

    fn method(self, method: Method) -> Self {
        Self { method, ..self }
    }
}

/// Every route.
pub(super) fn all() -> Vec<Route> {
    let lines = |typed| Body::Lines(typed);
    let get = |path, rights, summary, reply| Route::get(path, rights, summary, Content::Json(reply));
    let text = |path, rights, summary, kind| Route::get(path, rights, summary, Content::Text(kind));
    vec![
        Route::post(
            "/train",
            TRAIN,
            "Learn lines; answered once they are on disk",
            lines(of::<TrainBody>()),
            of::<TrainReply>(),
        )
        .parameters(ONCE)
        .refusals(LEARN),
        Route::post(
            "/v1/train",
            TRAIN,
            "Learn lines, as /train; unknown keys are refused",
            lines(of::<StrictTrainBody>()),
            of::<TrainReply>(),
        )
        .parameters(ONCE)
        .refusals(LEARN),
        Route::analysis(
            "/analyze_logs",
            "Say what in lines is odd, what repeats, and why; learns nothing",
            of::<AnalyzeBody>(),
        ),
        Route::analysis(
            "/v1/analyze",
            "As /analyze_logs, without the picture where none is asked for; unknown keys are refused",
            of::<StrictAnalyzeBody>(),
        ),
        Route::post(
            "/v1/compare",
            ANALYZE,
            "Say how lines differ from a baseline; learns nothing",
            lines(of::<CompareRequest>()),
            of::<CompareReply<'static>>(),
        )
        .parameters(BASELINE)
        .refusals(&[400, 404, 408, 413, 415, 422, 503]),
        get("/v1/models", SEE, "The models, by name", page_of::<ModelView>())
            .parameters(MODELS)
            .refusals(&[422]),
        get("/v1/models/{name}", SEE, "One model in numbers", of::<ModelView>()).refusals(FIND),
        Route::get("/v1/models/{name}", ADMIN, "Delete a model with all that it learnt", Content::Nothing)
            .method(Method::DELETE)
            .refusals(&[404, 422, 503, 507]),
        get(
            "/v1/models/{name}/slices",
            ADMIN,
            "Forget days of log time, as if they had never been trained",
            of::<Forgotten>(),
        )
        .method(Method::DELETE)
        .parameters(DAYS)
        .refusals(&[404, 422, 503, 507]),
        get(
            "/v1/models/{name}/generations",
            SEE,
            "The published fits that are kept, newest first",
            page_of::<GenerationView>(),
        )
        .parameters(GENERATIONS)
        .refusals(FIND),
        Route::post(
            "/v1/models/{name}/rollback",
            ADMIN,
            "Use a former generation again",
            Body::Json(of::<RollBack>()),
            of::<ModelView>(),
        )
        .refusals(CHANGE),
        get("/v1/models/{name}/events", SEE, "The events that a model knows, by id", page_of::<EventView>())
            .parameters(EVENTS)
            .refusals(FIND),
        get(
            "/v1/models/{name}/similar",
            SEE,
            "Terms that are used most like one, by word2vec, best first",
            page_of::<SimilarView>(),
        )
        .parameters(TERM)
        .refusals(FIND),
        get("/v1/models/{name}/settings", SEE, "What the owner of a model chose", of::<SettingsBody>())
            .refusals(FIND),
        Route::post(
            "/v1/models/{name}/settings",
            ADMIN,
            "Choose all settings of a model anew",
            Body::Json(of::<SettingsBody>()),
            of::<SettingsBody>(),
        )
        .method(Method::PUT)
        .refusals(CHANGE),
        get(
            "/v1/models/{name}/feedback",
            SEE,
            "What the owner of a model said of events, by id",
            page_of::<FeedbackView>(),
        )
        .parameters(EVENTS)
        .refusals(FIND),
        Route::post(
            "/v1/models/{name}/feedback",
            ADMIN,
            "Say of an event that it is normal, or always important",
            Body::Json(of::<FeedbackBody>()),
            of::<FeedbackView>(),
        )
        .refusals(CHANGE),
        Route::get(
            "/v1/models/{name}/feedback",
            ADMIN,
            "Take back what was said of an event",
            Content::Nothing,
        )
        .method(Method::DELETE)
        .parameters(MARKED)
        .refusals(&[404, 422, 503, 507]),
        Route::post(
            "/v1/models/{name}/merge",
            TRAIN,
            "Learn what `oddlog map` counted elsewhere",
            Body::Octets,
            of::<MergeReply>(),
        )
        .parameters(ONCE)
        .refusals(LEARN),
        get("/health", OPEN, "Alive: the process answers", of::<StatusBody>()),
        get("/ready", OPEN, "Ready: the models are loaded", of::<StatusBody>()),
        get("/version", OPEN, "Which program this is", of::<VersionBody>()),
        text("/metrics", METRICS, "Metrics in the text format of Prometheus", "text/plain"),
        text("/openapi.json", OPEN, "This description", "application/json"),
        text("/docs", OPEN, "This description as a page for people", "text/html"),
    ]
}

/// The rights of which a request needs one; `None` where it needs none. A method that the table does not have needs
/// the highest: should a route be missing in it, nobody is let in by mistake.
pub(super) fn rights(method: &Method, path: &str) -> Option<&'static [Right]> {
    let method = if method == Method::HEAD { &Method::GET } else { method };
    let known = all().into_iter().find(|route| route.path == path && route.method == *method);
    let rights = known.map_or(ADMIN, |route| route.rights);
    (!rights.is_empty()).then_some(rights)
}
