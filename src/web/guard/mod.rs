//! Who may ask what. In this order: does the peer ask too often (`visits`), is the request addressed to us (`host`), is it of
//! our own making (`origin`), does it know the `password`; and, around everything, bounds and the headers of every answer
//! (`bounds`).

mod allowance;
mod bounds;
mod host;
mod origin;
mod password;
mod peer;
mod visits;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;

use super::refusal::Refusal;
use super::site::Site;

pub(super) use bounds::{MOST_BODY_BYTES, bounded};
pub(super) use host::Authority;
pub(super) use password::{Attempts, user};
pub(super) use peer::Peer;
pub(super) use visits::Visits;

/// Lets through whoever does not ask too often. From here on a request's peer is the one that a proxy asks for.
pub(super) async fn counted(State(site): State<Site>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get().copied().unwrap_or(Peer::Local).asking_for(request.headers());
    request.extensions_mut().insert(peer);
    match site.visits.count(peer, Instant::now()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// Lets nothing through that is addressed to somebody else: a page of another site whose name was made to lead here (DNS
/// rebinding) is foreign by its name.
pub(super) async fn addressed(State(site): State<Site>, mut request: Request, next: Next) -> Response {
    match host::authority(&request).and_then(|authority| host::check(authority, &site.listen, &site.web())) {
        Ok(authority) => {
            request.extensions_mut().insert(authority);
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    }
}

/// Lets through whoever may read.
pub(super) async fn reader(State(site): State<Site>, request: Request, next: Next) -> Response {
    let is_needed = is_beyond(&site, &request);
    admitted(&site, request, next, is_needed).await
}

/// Lets through whoever may change something.
pub(super) async fn writer(State(site): State<Site>, request: Request, next: Next) -> Response {
    admitted(&site, request, next, true).await
}

async fn admitted(site: &Site, request: Request, next: Next, is_password_needed: bool) -> Response {
    match admit(site, &request, is_password_needed) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

fn admit(site: &Site, request: &Request, is_password_needed: bool) -> Result<(), Refusal> {
    let web = site.web();
    if !request.method().is_safe() {
        origin::check(request.headers(), request.extensions().get(), web.public_url.as_ref())?;
    }
    if !is_password_needed {
        return Ok(());
    }
    let Some(password) = &web.password else { return Err(without_password(request)) };
    let peer = request.extensions().get().copied().unwrap_or(Peer::Local);
    password::check(request.headers(), password, peer, &site.attempts)
}

fn without_password(request: &Request) -> Refusal {
    let message = match request.method().is_safe() {
        true => "nothing is shown beyond this machine without a password, and none is set",
        false => "nothing can be changed here without a password, and none is set",
    };
    Refusal::forbidden(message).hint(
        "write `password_file = \"…\"` below [web] in the configuration, and reload it (`kill -HUP`, or `systemctl reload`)",
    )
}

/// Whether the request may come from beyond this machine: by where the page listens, by the public name under which a
/// proxy hands it on, or by whom the proxy asks for, whatever name it uses itself.
fn is_beyond(site: &Site, request: &Request) -> bool {
    let by_peer = request.extensions().get::<Peer>().is_some_and(|peer| *peer != Peer::Local);
    let by_public_name = request.extensions().get::<Authority>().is_some_and(|authority| !authority.is_loopback());
    !site.listen.is_local() || by_public_name || by_peer
}

/// The one value of a header, if it is text. Sent twice, it is none.
pub(super) fn single<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    value.to_str().ok()
}
