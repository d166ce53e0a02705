//! Feeds, rules, the outbox, and the whole in figures.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::documents::{self, RuleRow};
use crate::store::{OutboxNotice, OutboxRow};

use super::super::lookup::delivery_state;
use super::super::parameters::Parameters;
use super::super::refusal::Refusal;
use super::super::site::Site;

/// Rows of the outbox on one page, where nothing else is asked for, and at most.
const USUAL: u32 = 50;
const MOST: u32 = 500;

/// `/feeds`: as `feeds --json`.
pub(super) async fn feeds(State(site): State<Site>, RawQuery(query): RawQuery) -> Result<Response, Refusal> {
    Parameters::read(query.as_deref(), &[])?;
    let feeds = site.daemon.store.feeds().await?;
    Ok(Json(documents::Feeds { feeds: &feeds }).into_response())
}

/// `/rules`: as `rules --json`.
pub(super) async fn rules(State(site): State<Site>, RawQuery(query): RawQuery) -> Result<Response, Refusal> {
    Parameters::read(query.as_deref(), &[])?;
    let hits = site.daemon.store.rule_hits().await?;
    let rules = RuleRow::all(site.setup().rules().iter(), &hits);
    Ok(Json(documents::Rules { rules: &rules }).into_response())
}

/// `alerts --json`, and where the list goes on.
#[derive(Serialize)]
struct Page<'a> {
    #[serde(flatten)]
    alerts: documents::Alerts<'a>,
    /// The `cursor` of the next page; `None` on the last.
    next: Option<String>,
}

/// `/alerts?state=&limit=&cursor=`
pub(super) async fn alerts(State(site): State<Site>, RawQuery(query): RawQuery) -> Result<Response, Refusal> {
    let parameters = Parameters::read(query.as_deref(), &["state", "limit", "cursor"])?;
    let state = parameters.text("state").map(delivery_state).transpose()?;
    let limit = parameters.number("limit", 1..=MOST)?.unwrap_or(USUAL);
    let before = parameters.number("cursor", 1..=i64::MAX)?;
    // One more than is shown tells whether there are more.
    let mut rows: Vec<OutboxRow> = site.daemon.store.outbox_before(state, before, limit + 1).await?;
    let is_cut = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    // Of what wirewatch says of itself there is little: all of it is on the first page.
    let notices: Vec<OutboxNotice> = match before {
        None => site.daemon.store.outbox_notices(state, limit).await?,
        Some(_) => Vec::new(),
    };
    let next = rows.last().filter(|_| is_cut).map(|last| last.id.to_string());
    Ok(Json(Page { alerts: documents::Alerts { alerts: &rows, notices: &notices }, next }).into_response())
}

/// `/status`: as `status --json`.
pub(super) async fn status(State(site): State<Site>, RawQuery(query): RawQuery) -> Result<Response, Refusal> {
    Parameters::read(query.as_deref(), &[])?;
    let store = &site.daemon.store;
    let status = store.status().await?;
    let mutes = store.mutes(site.daemon.clock.now(), false).await?;
    let suspended = store.suspended().await?;
    let document = documents::Status {
        running: true,
        version: env!("CARGO_PKG_VERSION"),
        store: &status,
        mutes: &mutes,
        suspended: &suspended,
    };
    Ok(Json(document).into_response())
}
