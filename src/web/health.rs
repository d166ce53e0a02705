//! `/healthz`: whether the daemon does its work, for whatever watches it.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::health::Disk;
use crate::model::NoticeKind;

use super::site::Site;

/// A worker's loop goes round every few seconds; one that has not in this time hangs.
const LONGEST_SILENCE: Duration = Duration::from_secs(60);
pub(super) const WORKERS: [&str; 3] = ["feeds", "articles", "deliveries"];

/// The answer. What is wrong is named without details: anybody may ask.
#[derive(Debug, Serialize)]
struct Health {
    status: &'static str,
    /// `store`; `feeds`, `articles`, `deliveries` for a worker that hangs; `queue` where what is due is not done.
    stuck: Vec<&'static str>,
    /// What works still and will not for long: `disk` where little room is left. Restarting does not help, so it is no 503.
    warnings: Vec<&'static str>,
}

/// 200 while the store answers and all three queues are worked on, else 503.
pub(super) async fn health(State(site): State<Site>) -> Response {
    let silences = WORKERS.into_iter().zip(site.daemon.heartbeat.silences());
    let hanging = silences.filter(|(_, silence)| *silence > LONGEST_SILENCE);
    let mut stuck: Vec<&str> = hanging.map(|(name, _)| name).collect();
    let mut warnings = Vec::new();
    match site.daemon.store.status().await {
        Err(_) => stuck.push("store"),
        Ok(status) => {
            if status.notices.iter().any(|notice| notice.kind == NoticeKind::QueueStuck) {
                stuck.push("queue");
            }
            if status.disk.is_some_and(Disk::is_nearly_full) {
                warnings.push("disk");
            }
        }
    }
    let (code, status) = match stuck.is_empty() {
        true => (StatusCode::OK, "ok"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "stuck"),
    };
    (code, [(header::CACHE_CONTROL, "no-store")], Json(Health { status, stuck, warnings })).into_response()
}
