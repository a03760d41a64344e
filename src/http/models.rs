//! `/v1/models`: what was learnt, and how to be rid of it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use tracing::info;

use super::error::ApiError;
use super::state::App;
use crate::wire::{Forgotten, ModelPage, ModelView, days_of_query, page_of_query};

/// `GET /v1/models`: all of them, by name, in pages.
pub(super) async fn list(
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Json<ModelPage>, ApiError> {
    let page = page_of_query(&pairs(query.as_deref()))?;
    let models = Arc::clone(&app.models);
    let infos = app.compute.run(move || Ok(models.list()?)).await?;
    Ok(Json(ModelPage::new(infos, &page)))
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
    app.compute
        .run(move || {
            models.delete(&name)?;
            info!(model = name, "Deleted model `{name}`");
            Ok(StatusCode::NO_CONTENT)
        })
        .await
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
    app.publisher.trained(name);
    Ok(Json(forgotten))
}

fn pairs(query: Option<&str>) -> Vec<(String, String)> {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect()
}
