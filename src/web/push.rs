//! `/websub/{token}`: what hubs call (WebSub, sections 5.3 and 7). The token is known to us and the hub alone.
//!
//! A push is a reason to poll, and nothing else of it is believed: its body is read for its signature alone.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use tracing::debug;
use url::form_urlencoded;

use crate::store::{Answered, KnownSubscription};
use crate::transport::Signature;

use super::guard::single;
use super::refusal::Refusal;
use super::site::Site;

/// The route, whose bodies may be larger than others.
pub(super) const ROUTE: &str = "/websub/{token}";
/// Hubs send the whole feed.
pub(super) const MOST_PUSHED_BYTES: usize = 16 * 1024 * 1024;
const MOST_CHALLENGE_BYTES: usize = 1_024;

/// `GET`: the hub asks whether a subscription is meant, or says that there is none.
pub(super) async fn verify(State(site): State<Site>, Path(token): Path<String>, uri: Uri) -> Result<Response, Refusal> {
    let known = find(&site, &token).await?;
    let query: Vec<(String, String)> =
        form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let value = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    if value("hub.topic") != Some(known.hub.topic.as_str()) {
        return Err(Refusal::not_found("nothing of that topic was subscribed to here"));
    }
    let daemon = &site.daemon;
    match (value("hub.mode"), value("hub.challenge")) {
        (Some("subscribe"), Some(challenge)) if known.is_watched && challenge.len() <= MOST_CHALLENGE_BYTES => {
            let lease = value("hub.lease_seconds").and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
            daemon.answer_subscription(known.feed, &known.feed_name, Answered::Confirmed { lease }).await?;
            Ok(challenge.to_owned().into_response())
        }
        (Some("denied"), _) => {
            let reason = value("hub.reason").unwrap_or("without a reason").to_owned();
            daemon.answer_subscription(known.feed, &known.feed_name, Answered::Denied { reason }).await?;
            Ok(StatusCode::OK.into_response())
        }
        // We let subscriptions run out and never ask for their end.
        _ => Err(Refusal::not_found("this was not asked for")),
    }
}

/// `POST`: the hub tells of news. What is not signed as agreed is passed over, without a word of it (section 8).
pub(super) async fn pushed(
    State(site): State<Site>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refusal> {
    let known = find(&site, &token).await?;
    if !known.is_watched {
        return Err(Refusal::new(StatusCode::GONE, "gone", "this feed is watched no longer"));
    }
    match is_signed(&headers, body, &known.secret).await {
        true => site.daemon.pushed(known.feed, &known.feed_name).await?,
        false => debug!(feed = %known.feed_name, "passed over a push that is not signed as agreed"),
    }
    Ok(StatusCode::ACCEPTED)
}

async fn find(site: &Site, token: &str) -> Result<KnownSubscription, Refusal> {
    let known = site.daemon.store.subscription(token).await?;
    known.ok_or_else(|| Refusal::not_found("there is no such subscription"))
}

/// Whether the body has the signature of the header.
async fn is_signed(headers: &HeaderMap, mut body: Body, secret: &str) -> bool {
    let told = single(headers, "x-hub-signature");
    let Some(mut signature) = told.and_then(|header| Signature::told(header, secret)) else { return false };
    let mut length = 0;
    while let Some(frame) = poll_fn(|task| Pin::new(&mut body).poll_frame(task)).await {
        let Ok(frame) = frame else { return false };
        let Some(data) = frame.data_ref() else { continue };
        length += data.len();
        if length > MOST_PUSHED_BYTES {
            return false;
        }
        signature.take(data);
    }
    signature.holds()
}
