//! `/metrics`: the daemon and the store in figures, in the text format of Prometheus.

use std::fmt::Write;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::model::Timestamp;
use crate::store::StoreStatus;

use super::health::WORKERS;
use super::refusal::Refusal;
use super::site::Site;

/// One page of metrics.
#[derive(Default)]
struct Page(String);

impl Page {
    /// A gauge with a value for each of its labels; none where nothing is known.
    fn gauge(&mut self, name: &str, help: &str, values: &[(Option<(&str, &str)>, f64)]) {
        if values.is_empty() {
            return;
        }
        // A string takes whatever is written.
        let _ = writeln!(self.0, "# HELP wirewatch_{name} {help}\n# TYPE wirewatch_{name} gauge");
        for (label, value) in values {
            let label = label.map(|(label, text)| format!("{{{label}=\"{}\"}}", escaped(text))).unwrap_or_default();
            let _ = writeln!(self.0, "wirewatch_{name}{label} {value}");
        }
    }

    fn number(&mut self, name: &str, help: &str, value: u64) {
        self.gauge(name, help, &[(None, value as f64)]);
    }

    /// What only grows, until the daemon starts again.
    fn counter(&mut self, name: &str, help: &str, value: u64) {
        let name = format!("wirewatch_{name}");
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} counter\n{name} {value}");
    }

    fn moment(&mut self, name: &str, help: &str, at: Option<Timestamp>) {
        let seconds = at.map(|at| (None, at.as_millis() as f64 / 1000.0));
        self.gauge(name, help, seconds.as_slice());
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Labels are few and fixed: names of feeds and rules are none, for there may be a hundred thousand.
pub(super) async fn metrics(State(site): State<Site>) -> Result<Response, Refusal> {
    let status = site.daemon.store.status().await?;
    let mut page = Page::default();
    page.gauge("build_info", "The version that runs.", &[(Some(("version", env!("CARGO_PKG_VERSION"))), 1.0)]);
    let silences = site.daemon.heartbeat.silences();
    let silences: Vec<_> = WORKERS
        .into_iter()
        .zip(silences)
        .map(|(worker, silence)| (Some(("worker", worker)), silence.as_secs_f64()))
        .collect();
    page.gauge("worker_silence_seconds", "Time since a worker's loop went round.", &silences);
    stored(&mut page, &status);
    let setup = site.setup();
    page.number("rules", "Configured rules.", setup.rules().len() as u64);
    page.counter("commits_total", "Transactions committed since the start.", site.daemon.store.commits());
    let content_type = "text/plain; version=0.0.4; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, content_type)], page.0).into_response())
}

fn stored(page: &mut Page, status: &StoreStatus) {
    let StoreStatus { feeds, queue, .. } = status;
    let by_state =
        |states: [(&'static str, u64); 3]| states.map(|(state, count)| (Some(("state", state)), count as f64));
    let feeds = by_state([("healthy", feeds.healthy), ("failing", feeds.failing), ("paused", feeds.paused)]);
    page.gauge("feeds", "Feeds by state.", &feeds);
    page.number("articles", "Articles stored.", status.articles);
    page.number("versions", "Versions stored.", status.versions);
    let queue = by_state([("pending", queue.pending), ("failed", queue.failed), ("held", queue.held)]);
    page.gauge("deliveries", "Messages that are not sent, by state.", &queue);
    let unreadable: Vec<_> = status
        .unreadable
        .by_quality
        .iter()
        .map(|count| (Some(("quality", count.quality.as_str())), count.articles as f64))
        .collect();
    page.gauge("articles_unreadable", "Articles whose last look could not be read, by quality.", &unreadable);
    page.number("articles_damaged", "Articles of which something stored is damaged.", status.damaged);
    page.number("notices_open", "Open notices, at most 50.", status.notices.len() as u64);
    page.number("database_size_bytes", "The size of the database.", status.database_bytes);
    if let Some(disk) = status.disk {
        page.number("disk_free_bytes", "Room where the database lies.", disk.free);
        page.number("disk_size_bytes", "The size of the file system where the database lies.", disk.total);
        page.number(
            "disk_nearly_full",
            "1 where so little is free that the operator is told.",
            disk.is_nearly_full().into(),
        );
    }
    page.moment("last_poll_timestamp_seconds", "When a feed was polled last.", status.last_poll);
    page.moment("last_alert_timestamp_seconds", "When a rule alerted last.", status.last_alert);
}
