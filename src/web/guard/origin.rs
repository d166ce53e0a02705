//! Whether a request that changes something was made by one of our own pages (against cross-site request forgery: a browser
//! adds the password to whatever a foreign page makes it send).

use axum::http::HeaderMap;
use url::{Host, Url};

use super::super::refusal::Refusal;
use super::{Authority, single};

/// Passes what a browser calls same-origin. What says nothing of its origin is no browser's, and has to say it.
pub(super) fn check(
    headers: &HeaderMap,
    addressed: Option<&Authority>,
    public_url: Option<&Url>,
) -> Result<(), Refusal> {
    let foreign = || Refusal::forbidden("this request was made by a page of another site");
    let is_silent = !headers.contains_key("origin") && !headers.contains_key("sec-fetch-site");
    if is_silent {
        return Err(Refusal::forbidden("the request does not say from where it comes")
            .hint("browsers do; a program adds the header `Origin` with the page's own address"));
    }
    if headers.contains_key("sec-fetch-site")
        && !matches!(single(headers, "sec-fetch-site"), Some("same-origin" | "none"))
    {
        return Err(foreign());
    }
    if headers.contains_key("origin") {
        let origin = single(headers, "origin").and_then(|text| Url::parse(text).ok());
        let is_ours = |origin: &Url| {
            public_url.is_some_and(|public| public.origin() == origin.origin())
                || addressed.is_some_and(|addressed| is_same(origin, addressed))
        };
        if !origin.as_ref().is_some_and(is_ours) {
            return Err(foreign());
        }
    }
    Ok(())
}

/// Whether the origin is what the request is addressed to. Whether a proxy took it by TLS is not known here.
fn is_same(origin: &Url, addressed: &Authority) -> bool {
    let is_web = matches!(origin.scheme(), "http" | "https");
    let is_default = |port: u16| Some(port) == origin.port_or_known_default() && origin.port().is_none();
    let is_port = match (origin.port(), addressed.port) {
        (named, Some(port)) => named == Some(port) || is_default(port),
        (named, None) => named.is_none(),
    };
    is_web && is_port && origin.host().map(|host| host.to_owned()) == Some(addressed.host.clone()) && !is_empty(origin)
}

fn is_empty(origin: &Url) -> bool {
    matches!(origin.host(), Some(Host::Domain("")) | None)
}
