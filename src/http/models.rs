//! `/v1/models`: what was learnt, and how to be rid of it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::StatusCode;
use tracing::info;

use super::audit;
use super::body::Payload;
use super::error::ApiError;
use super::state::App;
use crate::wire::{
    EventView, Forgotten, GenerationView, ListPage, ModelView, RollBack, SettingsBody, SimilarView,
    days_of_query, page_of_query, term_of_query,
};

/// `GET /v1/models`: all of them, by name, in pages.
pub(super) async fn list(
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Json<ListPage<ModelView>>, ApiError> {
    let page = page_of_query(&pairs(query.as_deref()), ModelView::is_place)?;
    let models = Arc::clone(&app.models);
    let infos = app.compute.run(move || Ok(models.list()?)).await?;
    let views = infos.into_iter().map(ModelView::new);
    Ok(Json(ListPage::new(views, &page, |view| view.name().to_owned())))
}

/// `GET /v1/models/{name}`.
pub(super) async fn show(
    State(app): State<App>,
    Path(name): Path<String>,
) -> Result<Json<ModelView>, ApiError> {
    let models = Arc::clone(&app.models);
    let info = app.compute.run(move || Ok(models.info(&name)?)).await?;
    Ok(Json(ModelView::new(info)))
}

/// `DELETE /v1/models/{name}`.
pub(super) async fn remove(State(app): State<App>, Path(name): Path<String>) -> Result<StatusCode, ApiError> {
    let models = Arc::clone(&app.models);
    let deleted = app.compute.run(move || {
        models.delete(&name)?;
        info!(model = name, "Deleted model `{name}`");
        Ok(name)
    });
    let name = deleted.await?;
    audit::done("delete", &name, "with all that it learnt");
    app.metrics.deleted(&name);
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /v1/models/{name}/slices`: forgets days of log time.
pub(super) async fn forget(
    State(app): State<App>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Forgotten>, ApiError> {
    let days = days_of_query(&pairs(query.as_deref()))?;
    let models = Arc::clone(&app.models);
    let model = name.clone();
    let forgotten = app
        .compute
        .run(move || {
            let (lines, days) = models.forget(&model, &days)?;
            info!(model, lines, days, "Model `{model}` forgot {lines} lines of {days} days");
            Ok(Forgotten { lines_forgotten: lines, days_forgotten: days })
        })
        .await?;
    let Forgotten { lines_forgotten, days_forgotten } = forgotten;
    audit::done("forget", &name, &format!("{lines_forgotten} lines of {days_forgotten} days"));
    app.publisher.trained(name);
    Ok(Json(forgotten))
}

/// `GET /v1/models/{name}/generations`: those that are kept, newest first, in pages.
pub(super) async fn generations(
    State(app): State<App>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<ListPage<GenerationView>>, ApiError> {
    let page = page_of_query(&pairs(query.as_deref()), GenerationView::is_place)?;
    let models = Arc::clone(&app.models);
    let (kept, current) = app.compute.run(move || Ok(models.generations(&name)?)).await?;
    let views = kept.iter().rev().map(|generation| GenerationView::new(generation, current));
    Ok(Json(ListPage::new(views, &page, GenerationView::place)))
}

/// `POST /v1/models/{name}/rollback`: takes a former generation into use again.
pub(super) async fn roll_back(
    State(app): State<App>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Json<ModelView>, ApiError> {
    let payload = Payload::read_object(request, &app).await?;
    let models = Arc::clone(&app.models);
    let info = app.compute.run(move || {
        let RollBack { to } = payload.object()?;
        models.roll_back(&name, to)?;
        info!(model = name, to, "Rolled model `{name}` back to generation {to}");
        Ok((to, models.info(&name)?))
    });
    let (to, info) = info.await?;
    audit::done("roll back", &info.name, &format!("to generation {to}"));
    app.publisher.trained(info.name.clone());
    Ok(Json(ModelView::new(info)))
}

/// `GET /v1/models/{name}/events`: what it knows, by id, in pages.
pub(super) async fn events(
    State(app): State<App>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<ListPage<EventView>>, ApiError> {
    let page = page_of_query(&pairs(query.as_deref()), EventView::is_place)?;
    let models = Arc::clone(&app.models);
    let events = app.compute.run(move || Ok(models.events(&name)?)).await?;
    Ok(Json(ListPage::new(events.into_iter().map(EventView::new), &page, EventView::place)))
}

/// `GET /v1/models/{name}/similar`: terms used most like one, best first, in pages.
pub(super) async fn similar(
    State(app): State<App>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<ListPage<SimilarView>>, ApiError> {
    let (term, page) = term_of_query(pairs(query.as_deref()))?;
    let models = Arc::clone(&app.models);
    let similar = app.compute.run(move || Ok(models.similar(&name, &term)?)).await?;
    Ok(Json(ListPage::new(SimilarView::all(similar), &page, SimilarView::place)))
}

/// `GET /v1/models/{name}/settings`.
pub(super) async fn settings(
    State(app): State<App>,
    Path(name): Path<String>,
) -> Result<Json<SettingsBody>, ApiError> {
    let models = Arc::clone(&app.models);
    let settings = app.compute.run(move || Ok(models.settings(&name)?)).await?;
    Ok(Json(settings.into()))
}

/// `PUT /v1/models/{name}/settings`: chooses all of them anew.
pub(super) async fn set(
    State(app): State<App>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Json<SettingsBody>, ApiError> {
    let payload = Payload::read_object(request, &app).await?;
    let models = Arc::clone(&app.models);
    let chosen = app.compute.run(move || {
        let body: SettingsBody = payload.object()?;
        models.set(&name, body.clone().into())?;
        info!(model = name, "Set model `{name}`");
        Ok((body, name))
    });
    let (settings, name) = chosen.await?;
    audit::done("set", &name, "all settings");
    app.publisher.trained(name);
    Ok(Json(settings))
}

pub(super) fn pairs(query: Option<&str>) -> Vec<(String, String)> {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect()
}
