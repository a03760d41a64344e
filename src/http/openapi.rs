//! The description of the API in OpenAPI 3.1, from the table of routes and the types of the replies.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::{Method, header};
use axum::response::IntoResponse;
use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, ParameterBuilder, ParameterIn, PathsBuilder,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, SchemaType};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Components, Content as Media, InfoBuilder, KnownFormat, LicenseBuilder, OpenApi, OpenApiBuilder,
    PathItem, Ref, RefOr, Required, ResponseBuilder, Schema, Type,
};
use utoipa::{PartialSchema, ToSchema};

use super::routes::{self, Body, Content, Kind, Parameter, Route, Typed};
use crate::wire::Problem;

/// The name of the way to show a token.
const BEARER: &str = "bearer";

/// Content type of refusals.
const PROBLEM: &str = "application/problem+json";

/// The document never changes while the program runs.
static DOCUMENT: LazyLock<String> =
    LazyLock::new(|| serde_json::to_string(&document()).expect("a description is JSON"));

/// `GET /openapi.json`.
pub(super) async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.as_str())
}

/// The description of every route.
pub(super) fn document() -> OpenApi {
    let about = "Learns what is normal in a log and says what is odd, what repeats and why. Where the server has \
                 API tokens, send one as `Authorization: Bearer TOKEN`.";
    let info = InfoBuilder::new()
        .title("oddlog")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(about))
        .license(Some(LicenseBuilder::new().name("MIT").identifier(Some("MIT")).build()))
        .build();
    let mut components = Components::new();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components.add_security_scheme(BEARER, SecurityScheme::Http(bearer));
    let mut paths = BTreeMap::<&str, PathItem>::new();
    let problem = Typed {
        name: || Problem::name().into_owned(),
        schema: Problem::schema,
        parts: <Problem as ToSchema>::schemas,
    };
    add(&mut components, &problem);
    for route in routes::all() {
        for typed in types_of(&route) {
            add(&mut components, &typed);
        }
        let item = PathItem::new(method_of(&route.method), operation(&route));
        match paths.get_mut(route.path) {
            Some(known) => known.merge_operations(item),
            None => drop(paths.insert(route.path, item)),
        }
    }
    let paths = paths.into_iter().fold(PathsBuilder::new(), |paths, (path, item)| paths.path(path, item));
    OpenApiBuilder::new().info(info).paths(paths.build()).components(Some(components)).build()
}

fn add(components: &mut Components, typed: &Typed) {
    let mut parts = Vec::new();
    (typed.parts)(&mut parts);
    components.schemas.insert((typed.name)(), (typed.schema)());
    components.schemas.extend(parts);
}

fn types_of(route: &Route) -> Vec<Typed> {
    let taken = match &route.body {
        Some(Body::Lines(typed) | Body::Json(typed)) => Some(*typed),
        Some(Body::Octets) | None => None,
    };
    let answered = match &route.reply {
        Content::Json(typed) | Content::Analysis(typed) => Some(*typed),
        Content::Text(_) | Content::Nothing => None,
    };
    taken.into_iter().chain(answered).collect()
}

fn method_of(method: &Method) -> HttpMethod {
    match *method {
        Method::POST => HttpMethod::Post,
        Method::PUT => HttpMethod::Put,
        Method::DELETE => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

fn operation(route: &Route) -> Operation {
    let words = route.path.split(['/', '{', '}']).filter(|word| !word.is_empty());
    let id = words.fold(route.method.as_str().to_ascii_lowercase(), |id, word| {
        format!("{id}_{}", word.replace(['.', '-'], "_"))
    });
    let mut operation = OperationBuilder::new()
        .operation_id(Some(id))
        .summary(Some(route.summary))
        .description(Some(rights_told(route)))
        .request_body(route.body.as_ref().map(request_body));
    if route.path.contains("{name}") {
        let schema =
            ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[a-z0-9][a-z0-9_-]{0,63}$"));
        let name = ParameterBuilder::new()
            .name("name")
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some("Name of the model."))
            .schema(Some(schema.build()));
        operation = operation.parameter(name);
    }
    for parameter in route.parameters {
        operation = operation.parameter(described(parameter));
    }
    operation = match &route.reply {
        Content::Json(typed) => {
            operation.response("200", response("Done", "application/json", reference(typed)))
        }
        Content::Analysis(typed) => operation.response("200", analysis(typed)),
        Content::Text(kind) => {
            let text = if *kind == "application/json" { Type::Object } else { Type::String };
            let text: Schema = ObjectBuilder::new().schema_type(text).build().into();
            operation.response("200", response("Done", kind, text.into()))
        }
        Content::Nothing => operation.response("204", ResponseBuilder::new().description("Done").build()),
    };
    let of_a_token: &[u16] = if route.rights.is_empty() { &[403] } else { &[401, 403] };
    for status in route.refusals.iter().chain(of_a_token).chain(&[405, 500]) {
        let problem = RefOr::Ref(Ref::from_schema_name(Problem::name()));
        operation = operation.response(status.to_string(), response(told(*status), PROBLEM, problem));
    }
    if !route.rights.is_empty() {
        operation = operation
            .security(SecurityRequirement::new::<_, [&str; 0], _>(BEARER, []))
            .security(SecurityRequirement::default());
    }
    operation.build()
}

fn rights_told(route: &Route) -> String {
    let names: Vec<_> = route.rights.iter().map(|right| format!("`{}`", right.name())).collect();
    if names.is_empty() {
        return "Open to everybody.".to_owned();
    }
    format!("Needs a token with the right {}, where the server has tokens.", names.join(" or "))
}

fn request_body(body: &Body) -> utoipa::openapi::request_body::RequestBody {
    let string = || ObjectBuilder::new().schema_type(Type::String);
    let builder = RequestBodyBuilder::new().required(Some(Required::True));
    match body {
        Body::Json(typed) => builder.content("application/json", Media::new(Some(reference(typed)))),
        Body::Lines(typed) => builder
            .description(Some(
                "May be packed, with Content-Encoding gzip or zstd. NDJSON and text take options as query parameters.",
            ))
            .content("application/json", Media::new(Some(reference(typed))))
            .content("application/x-ndjson", Media::new(Some(string().min_length(Some(1)).build())))
            .content("text/plain", Media::new(Some(string().min_length(Some(1)).build()))),
        Body::Octets => {
            let bytes = string().format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)));
            builder.content("application/octet-stream", Media::new(Some(bytes.build())))
        }
    }
    .build()
}

fn reference(typed: &Typed) -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name((typed.name)()))
}

fn response(told: &str, kind: &str, schema: RefOr<Schema>) -> utoipa::openapi::Response {
    ResponseBuilder::new().description(told).content(kind, Media::new(Some(schema))).build()
}

/// An analysis in the shapes between which `Accept` chooses.
fn analysis(typed: &Typed) -> utoipa::openapi::Response {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let bytes = text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)));
    ResponseBuilder::new()
        .description("Done; with `Accept: application/x-ndjson` in rows as they come, with `image/png` or `image/svg+xml` the picture alone, with `text/html` a report for people")
        .content("application/json", Media::new(Some(reference(typed))))
        .content("application/x-ndjson", Media::new(Some(text().build())))
        .content("image/png", Media::new(Some(bytes.build())))
        .content("image/svg+xml", Media::new(Some(text().build())))
        .content("text/html", Media::new(Some(text().build())))
        .build()
}

fn described(parameter: &Parameter) -> ParameterBuilder {
    let typed = |kind| ObjectBuilder::new().schema_type(SchemaType::Type(kind));
    let schema = match parameter.schema {
        Kind::Text => typed(Type::String),
        Kind::Pattern(pattern) => typed(Type::String).pattern(Some(pattern)),
        Kind::Key(length) => typed(Type::String).pattern(Some(format!("^[!-~]{{1,{length}}}$"))),
        Kind::Model => typed(Type::String).pattern(Some("^[a-z0-9][a-z0-9_-]{0,63}(@[0-9]+)?$")),
        Kind::Date => typed(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::Date))),
        Kind::Flag => typed(Type::Boolean),
        Kind::Number(from, to) => typed(Type::Integer).minimum(Some(from)).maximum(Some(to)),
    };
    let place = if parameter.is_header { ParameterIn::Header } else { ParameterIn::Query };
    ParameterBuilder::new()
        .name(parameter.name)
        .parameter_in(place)
        .required(if parameter.is_required { Required::True } else { Required::False })
        .description(Some(parameter.about))
        .schema(Some(schema.build()))
}

/// What a status means here.
fn told(status: u16) -> &'static str {
    match status {
        400 => "The body is not what it says it is",
        401 => "No token, or none of this server's",
        403 => "The token has not the right, or a page of another site asks",
        404 => "There is no such model or generation",
        405 => "Another method; the header Allow says which",
        406 => "Nothing that Accept names can be had; the reply is JSON, rows, a picture or a page",
        408 => "The body stopped coming, or came too slowly",
        409 => "A training with this key is under way, or the state is of another release",
        413 => "The body is too large, or has too many lines",
        415 => "The content type or packing is none that this route takes",
        422 => "An option has a value that it cannot have",
        503 => {
            "Too many requests at once, or the models folder cannot be written; the header Retry-After says when to ask again"
        }
        507 => "The disk or the model is full",
        _ => "A fault of the server; its log says more under the id of the request",
    }
}
