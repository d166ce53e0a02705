//! What holds for every request and every answer: size, time, the headers that tell a browser what not to do, and words for
//! whatever was refused.

use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::{Instant, timeout};
use tokio_util::task::AbortOnDropHandle;
use tracing::{debug, error};

use super::super::push;
use super::super::refusal::{InWords, Refusal, Wanted};
use super::single;

/// A request's body.
pub(crate) const MOST_BODY_BYTES: usize = 64 * 1024;
/// How long an answer may take, the request's body included.
const LONGEST_REQUEST: Duration = Duration::from_secs(30);

/// Scripts, frames, plug-ins and other sites' anything are off; what is left comes from here.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                                       frame-ancestors 'none'; base-uri 'none'";

/// The outermost layer.
pub(crate) async fn bounded(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let wanted = Wanted::by(request.uri().path());
    let method = request.method().clone();
    // The pattern, never the address itself: that may be the key to something.
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let most = if route.as_deref() == Some(push::ROUTE) { push::MOST_PUSHED_BYTES } else { MOST_BODY_BYTES };
    let response = match is_too_large(&request, most) {
        true => too_large().into_response(),
        false => answered(request, next).await,
    };
    let response = dressed(worded(response, wanted));
    let millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    debug!(%method, route, status = response.status().as_u16(), millis, "answered");
    response
}

/// The answer, or what is to be said when there is none in time, or its making failed.
async fn answered(request: Request, next: Next) -> Response {
    let making = AbortOnDropHandle::new(tokio::spawn(next.run(request)));
    match timeout(LONGEST_REQUEST, making).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            error!(%panic, "a request to the web page failed, which is a fault of wirewatch");
            Refusal::internal("something went wrong in wirewatch").into_response()
        }
        Err(_) => Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "too_slow", "this took too long")
            .hint("ask for less, or try again in a while")
            .header(header::RETRY_AFTER, HeaderValue::from_static("10"))
            .into_response(),
    }
}

fn is_too_large(request: &Request, most: usize) -> bool {
    let announced = single(request.headers(), header::CONTENT_LENGTH.as_str()).and_then(|length| length.parse().ok());
    announced.is_some_and(|length: u64| length > most as u64)
}

fn too_large() -> Refusal {
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "the request is larger than 64 KiB")
}

/// Puts words into what was refused: a page for people, JSON for programs.
fn worded(response: Response, wanted: Wanted) -> Response {
    let is_refused = response.status().is_client_error() || response.status().is_server_error();
    if !is_refused || response.extensions().get::<InWords>().is_some() {
        return response;
    }
    let refusal = match response.extensions().get::<Refusal>() {
        Some(refusal) => refusal.clone(),
        None if response.status() == StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        None => Refusal::of(response.status()),
    };
    let mut worded = refusal.worded(wanted);
    if let Some(allow) = response.headers().get(header::ALLOW) {
        worded.headers_mut().insert(header::ALLOW, allow.clone());
    }
    worded
}

/// The headers of every answer.
fn dressed(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS.as_str(), "nosniff"),
        (header::X_FRAME_OPTIONS.as_str(), "DENY"),
        // With `no-referrer` a browser posts our own forms with `Origin: null` (Fetch, "append a request Origin header").
        (header::REFERRER_POLICY.as_str(), "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // A stored page is shown in a stricter one.
    let policy = HeaderValue::from_static(CONTENT_SECURITY_POLICY);
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    // What the store holds changes, and is no proxy's business.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    response
}
