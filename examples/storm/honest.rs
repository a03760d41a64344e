//! Clients that want nothing but their analyses.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::ensure;
use serde_json::json;

/// How many of them there are.
const CLIENTS: usize = 2;

/// They try again after so long, where the server is busy.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(20);

pub(crate) struct Honest {
    url: String,
    agent: ureq::Agent,
}

/// Lines of a service, of which one in a hundred is odd.
fn lines(n: u32) -> Vec<String> {
    let line = |i: u32| match i % 100 {
        99 => format!(
            "2024-03-01 10:{:02}:{:02} ERROR disk sd{} failed after {i} ms",
            i / 60 % 60,
            i % 60,
            i % 7
        ),
        _ => format!(
            "2024-03-01 10:{:02}:{:02} INFO request {i} of user u{} served",
            i / 60 % 60,
            i % 60,
            i % 90
        ),
    };
    (0..n).map(line).collect()
}

impl Honest {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        Self { url: format!("http://{address}"), agent }
    }

    pub(crate) fn train(&self) -> anyhow::Result<()> {
        let (status, _) = self.post("/train", &json!({"logs": lines(3_000)}))?;
        ensure!(status == 200, "a training was answered {status}");
        // so that the fit is made
        self.post("/analyze_logs", &json!({"logs": lines(10)})).map(|_| ())
    }

    fn post(&self, path: &str, body: &serde_json::Value) -> anyhow::Result<(u16, Vec<u8>)> {
        let request = self.agent.post(format!("{}{path}", self.url)).content_type("application/json");
        let mut reply = request.send(body.to_string())?;
        Ok((reply.status().as_u16(), reply.body_mut().with_config().limit(1 << 30).read_to_vec()?))
    }

    pub(crate) fn get(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        Ok(self.agent.get(format!("{}{path}", self.url)).call()?.body_mut().read_to_vec()?)
    }

    /// Deletes the models that others have made; their names.
    pub(crate) fn tidy(&self) -> anyhow::Result<Vec<String>> {
        let models: serde_json::Value = serde_json::from_slice(&self.get("/v1/models?limit=1000")?)?;
        let names = models["items"].as_array().into_iter().flatten().filter_map(|item| item["name"].as_str());
        let others: Vec<String> = names.filter(|name| *name != "default").map(str::to_owned).collect();
        for name in &others {
            self.agent.delete(format!("{}/v1/models/{name}", self.url)).call()?;
        }
        Ok(others)
    }

    /// What the server answers to questions whose answers nobody else changes.
    pub(crate) fn replies(&self) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
        let mut replies = BTreeMap::new();
        let everything = ["lines", "temporal", "nlp", "sessions"];
        for (name, body) in [
            ("/analyze_logs", json!({"logs": lines(500)})),
            (
                "/v1/analyze",
                json!({"logs": lines(300), "include": everything, "session_pattern": "user (\\w+)"}),
            ),
            ("/v1/compare", json!({"logs": lines(300), "baseline": lines(90)})),
            ("/train", json!({"logs": [7]})),
            ("/v1/train", json!({"logs": [], "modell": "x"})),
        ] {
            let (status, mut bytes) = self.post(name, &body)?;
            bytes.extend_from_slice(status.to_string().as_bytes());
            replies.insert(name.to_owned(), bytes);
        }
        for path in [
            "/health",
            "/version",
            "/openapi.json",
            "/docs",
            "/v1/models/default",
            "/v1/models/default/events",
        ] {
            replies.insert(path.to_owned(), self.get(path)?);
        }
        Ok(replies)
    }

    /// Analyses a second, for as long as this `goes_on`.
    pub(crate) fn throughput(&self, goes_on: impl Fn(Instant) -> bool + Sync) -> anyhow::Result<f64> {
        let (started, done, faults) = (Instant::now(), AtomicU64::new(0), AtomicU64::new(0));
        let body = json!({"logs": lines(1_000), "visualization": false});
        thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| {
                    while goes_on(started) {
                        match self.post("/analyze_logs", &body) {
                            Ok((200, _)) => drop(done.fetch_add(1, Ordering::Relaxed)),
                            Ok((503, _)) => thread::sleep(PAUSE),
                            _ => drop(faults.fetch_add(1, Ordering::Relaxed)),
                        }
                    }
                });
            }
        });
        let faults = faults.into_inner();
        ensure!(faults == 0, "{faults} honest requests failed");
        Ok(done.into_inner() as f64 / started.elapsed().as_secs_f64())
    }
}
