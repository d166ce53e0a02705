//! `/healthz`: whether the daemon does its work, for whatever watches it.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::store::{Lane, Settling};

use super::site::Site;

/// A worker's loop goes round every few seconds; one that has not in this time hangs.
const LONGEST_SILENCE: Duration = Duration::from_secs(60);
const WORKERS: [&str; 3] = ["feeds", "articles", "deliveries"];

/// The answer. What is wrong is named without details: anybody may ask.
#[derive(Debug, Serialize)]
struct Health {
    status: &'static str,
    /// `store`, or the queue that is stuck: `feeds`, `articles`, `deliveries`.
    stuck: Vec<&'static str>,
}

/// 200 while the store answers and all three queues are worked on, else 503.
pub(super) async fn health(State(site): State<Site>) -> Response {
    let silences = site.daemon.heartbeat.silences();
    let mut stuck: Vec<&str> = WORKERS
        .into_iter()
        .zip(silences)
        .filter(|(_, silence)| *silence > LONGEST_SILENCE)
        .map(|(name, _)| name)
        .collect();
    if site.daemon.store.next_delivery_due(Settling::Wait, Lane::Mail).await.is_err() {
        stuck.insert(0, "store");
    }
    let (code, status) = match stuck.is_empty() {
        true => (StatusCode::OK, "ok"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "stuck"),
    };
    (code, [(header::CACHE_CONTROL, "no-store")], Json(Health { status, stuck })).into_response()
}
