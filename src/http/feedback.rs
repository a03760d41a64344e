//! `/v1/models/{name}/feedback`: what the owner of a model says of events.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::StatusCode;
use chrono::Utc;
use tracing::info;

use super::audit;
use super::body::Payload;
use super::error::ApiError;
use super::models::pairs;
use super::state::App;
use crate::wire::{FeedbackBody, FeedbackView, ListPage, event_of_query, page_of_query};

/// `GET`: what was said, by id of the event, in pages.
pub(super) async fn list(
    State(app): State<App>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<ListPage<FeedbackView>>, ApiError> {
    let page = page_of_query(&pairs(query.as_deref()), FeedbackView::is_place)?;
    let models = Arc::clone(&app.models);
    let marks = app.compute.run(move || Ok(models.marks(&name)?)).await?;
    let views = marks.into_iter().map(|(id, mark, template)| FeedbackView::new(id, mark, template));
    Ok(Json(ListPage::new(views, &page, FeedbackView::place)))
}

/// `POST`: says something of an event.
pub(super) async fn mark(
    State(app): State<App>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Json<FeedbackView>, ApiError> {
    let payload = Payload::read_object(request, &app).await?;
    let models = Arc::clone(&app.models);
    let marked = app.compute.run(move || {
        let (event, mark) = payload.object::<FeedbackBody>()?.mark(Utc::now().timestamp())?;
        models.mark(&name, event, mark.clone())?;
        info!(model = name, event, "Marked event {event:016x} of model `{name}`");
        let template =
            models.marks(&name)?.into_iter().find_map(|(id, _, template)| template.filter(|_| id == event));
        Ok((name, FeedbackView::new(event, mark, template)))
    });
    let (name, view) = marked.await?;
    audit::done("mark", &name, "an event");
    app.publisher.trained(name);
    Ok(Json(view))
}

/// `DELETE`: takes back what was said of one.
pub(super) async fn unmark(
    State(app): State<App>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<StatusCode, ApiError> {
    let event = event_of_query(&pairs(query.as_deref()))?;
    let models = Arc::clone(&app.models);
    let unmarked = app.compute.run(move || {
        models.unmark(&name, event)?;
        info!(model = name, event, "Took back what was said of event {event:016x} of model `{name}`");
        Ok(name)
    });
    let name = unmarked.await?;
    audit::done("unmark", &name, "an event");
    app.publisher.trained(name);
    Ok(StatusCode::NO_CONTENT)
}
