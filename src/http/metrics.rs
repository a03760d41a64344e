//! What a monitoring system reads: counters, times and sizes, in the text format of Prometheus.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{Method, StatusCode, header};
use axum::response::IntoResponse;
use prometheus::{
    Encoder, Gauge, GaugeVec, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts,
    Registry, TextEncoder,
};

use super::error::ApiError;
use super::state::App;
use crate::models::ModelInfo;
use crate::service::Counts;

/// Upper bounds of the times of requests, in seconds: from a question for health to an analysis of millions of lines,
/// each about three times the one before.
const SECONDS: [f64; 11] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0];

/// The route of a request that has none.
const NO_ROUTE: &str = "none";

/// All metrics of one server. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Metrics(Arc<Family>);

#[derive(Debug)]
struct Family {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    lines: IntCounterVec,
    outliers: IntCounter,
    findings: IntCounter,
    unseen_events: IntCounter,
    under_way: IntGauge,
    under_way_max: IntGauge,
    computing: IntGauge,
    models: IntGauge,
    model_lines: GaugeVec,
    model_fitted: GaugeVec,
    model_state: GaugeVec,
    model_disk: GaugeVec,
    model_promise: GaugeVec,
    model_findings: IntCounterVec,
    process: Process,
}

#[derive(Debug)]
struct Process {
    resident: Gauge,
    virtual_memory: Gauge,
    open_files: IntGauge,
    threads: IntGauge,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let family = Family::register(Registry::new());
        Self(Arc::new(family.expect("every name is right, and registered once")))
    }

    /// A request was answered.
    pub(super) fn answered(&self, method: &Method, route: Option<&str>, status: StatusCode, took: Duration) {
        let route = route.unwrap_or(NO_ROUTE);
        let method = known(method);
        self.0.requests.with_label_values(&[method, route, status.as_str()]).inc();
        self.0.seconds.with_label_values(&[method, route]).observe(took.as_secs_f64());
    }

    /// Lines were learnt, judged, compared or merged.
    pub(super) fn lines(&self, work: &'static str, lines: u64) {
        self.0.lines.with_label_values(&[work]).inc_by(lines);
    }

    /// An analysis was made, by this model if it was trained.
    pub(super) fn analyzed(&self, model: &str, counts: Counts) {
        if counts.is_trained {
            let name = model.split('@').next().unwrap_or_default();
            self.0.model_findings.with_label_values(&[name]).inc_by(counts.findings as u64);
        }
        self.lines("analyze", counts.lines as u64);
        self.0.outliers.inc_by(counts.outliers as u64);
        self.0.findings.inc_by(counts.findings as u64);
        self.0.unseen_events.inc_by(counts.unseen_events as u64);
    }

    /// A model is no more.
    pub(super) fn deleted(&self, model: &str) {
        // It has none where it never judged.
        let _ = self.0.model_findings.remove_label_values(&[model]);
    }

    /// Everything as text, with what is looked up now.
    fn text(&self, app: &App, models: &[ModelInfo]) -> Result<Vec<u8>, prometheus::Error> {
        let family = &*self.0;
        family.under_way.set(whole(app.under_way()));
        family.under_way_max.set(whole(app.config.max_requests));
        family.computing.set(whole(app.compute.computing()));
        family.set_models(models);
        family.process.look();
        let mut text = Vec::new();
        TextEncoder::new().encode(&family.registry.gather(), &mut text)?;
        Ok(text)
    }
}

impl Family {
    fn register(registry: Registry) -> Result<Self, prometheus::Error> {
        let one = |name: &str, help: &str| -> Result<IntGauge, prometheus::Error> {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok(gauge)
        };
        let size = |name: &str, help: &str| -> Result<Gauge, prometheus::Error> {
            let gauge = Gauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok(gauge)
        };
        let of_models = |name: &str, help: &str| -> Result<GaugeVec, prometheus::Error> {
            let gauge = GaugeVec::new(Opts::new(name, help), &["model"])?;
            registry.register(Box::new(gauge.clone()))?;
            Ok(gauge)
        };
        let count = |name: &str, help: &str| -> Result<IntCounter, prometheus::Error> {
            let counter = IntCounter::new(name, help)?;
            registry.register(Box::new(counter.clone()))?;
            Ok(counter)
        };
        let counts = |name: &str, help: &str, labels: &[&str]| -> Result<IntCounterVec, prometheus::Error> {
            let counter = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(counter.clone()))?;
            Ok(counter)
        };
        let help = "Time from the headers of a request to those of its reply.";
        let times =
            HistogramOpts::new("oddlog_http_request_duration_seconds", help).buckets(SECONDS.to_vec());
        let seconds = HistogramVec::new(times, &["method", "route"])?;
        registry.register(Box::new(seconds.clone()))?;
        let about = Opts::new("oddlog_build_info", "The program; always 1.")
            .const_label("version", env!("CARGO_PKG_VERSION"));
        let build = IntGauge::with_opts(about)?;
        build.set(1);
        registry.register(Box::new(build))?;
        Ok(Self {
            requests: counts(
                "oddlog_http_requests_total",
                "Requests answered.",
                &["method", "route", "status"],
            )?,
            seconds,
            lines: counts("oddlog_lines_total", "Lines by what was done with them.", &["work"])?,
            outliers: count("oddlog_outlier_lines_total", "Outlier lines that analyses told.")?,
            findings: count("oddlog_findings_total", "Findings that analyses told.")?,
            unseen_events: count(
                "oddlog_unseen_events_total",
                "Events in analyses that their model had not seen.",
            )?,
            under_way: one("oddlog_requests_under_way", "Requests with lines that compute or wait.")?,
            under_way_max: one(
                "oddlog_requests_under_way_max",
                "Requests with lines that may compute or wait.",
            )?,
            computing: one("oddlog_requests_computing", "Requests that compute.")?,
            models: one("oddlog_models", "Models that were trained.")?,
            model_lines: of_models("oddlog_model_lines", "Lines that a model has learnt and not forgotten.")?,
            model_fitted: of_models(
                "oddlog_model_fitted_timestamp_seconds",
                "When the newest fit of a model was made; its age is time() less this.",
            )?,
            model_state: of_models("oddlog_model_state_bytes", "Size of what a model has learnt.")?,
            model_disk: of_models("oddlog_model_disk_bytes", "Size of the files of a model.")?,
            model_promise: of_models(
                "oddlog_model_alarms_per_day",
                "Findings a day that the threshold of a model is set for.",
            )?,
            model_findings: counts(
                "oddlog_model_findings_total",
                "Findings that analyses by a trained model told; its increase over a day is to be compared with oddlog_model_alarms_per_day.",
                &["model"],
            )?,
            process: Process {
                resident: size("process_resident_memory_bytes", "Resident memory size in bytes.")?,
                virtual_memory: size("process_virtual_memory_bytes", "Virtual memory size in bytes.")?,
                open_files: one("process_open_fds", "Number of open file descriptors.")?,
                threads: one("process_threads", "Number of threads of the process.")?,
            },
            registry,
        })
    }

    fn set_models(&self, models: &[ModelInfo]) {
        let all =
            [&self.model_lines, &self.model_fitted, &self.model_state, &self.model_disk, &self.model_promise];
        all.into_iter().for_each(GaugeVec::reset);
        self.models.set(whole(models.len()));
        for model in models {
            let of = [model.name.as_str()];
            self.model_lines.with_label_values(&of).set(model.trained_lines as f64);
            self.model_state.with_label_values(&of).set(model.state_bytes as f64);
            self.model_promise.with_label_values(&of).set(f64::from(model.alarms_per_day));
            self.model_disk.with_label_values(&of).set(model.bytes_on_disk as f64);
            if let Some(seconds) = model.trained_at {
                self.model_fitted.with_label_values(&of).set(seconds as f64);
            }
        }
    }
}

impl Process {
    /// What the system says of this process; where it has no `/proc`, nothing is said.
    fn look(&self) {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let number = |key: &str| -> Option<f64> {
            let row = status.lines().find_map(|row| row.strip_prefix(key)?.strip_prefix(':'))?;
            row.split_ascii_whitespace().next()?.parse().ok()
        };
        let bytes = |key| number(key).map_or(0.0, |kib| kib * 1024.0);
        self.resident.set(bytes("VmRSS"));
        self.virtual_memory.set(bytes("VmSize"));
        self.threads.set(number("Threads").unwrap_or_default() as i64);
        self.open_files.set(std::fs::read_dir("/proc/self/fd").map_or(0, |files| whole(files.count())));
    }
}

/// `GET /metrics`.
pub(super) async fn metrics(State(app): State<App>) -> Result<impl IntoResponse, ApiError> {
    let text = app.compute.aside({
        let app = app.clone();
        move || {
            let models = app.models.list()?;
            app.metrics.text(&app, &models).map_err(|e| {
                tracing::error!("the metrics could not be written: {e}");
                ApiError::Bug
            })
        }
    });
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text.await?))
}

/// The method, if it is one that a server knows: strangers do not make labels.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn whole(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
