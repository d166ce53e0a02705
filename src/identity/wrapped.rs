//! Addresses that are written inside other addresses: AMP caches and viewers, and services that count a click on its way.

use std::borrow::Cow;
use std::sync::LazyLock;

use url::Url;

/// Wrappings in wrappings that are taken off; an address in more of them is left as it is.
const MAX_WRAPPINGS: usize = 4;

/// The publisher's address inside one that only leads there, and may name the reader or the moment; else the address itself.
///
/// An AMP cache or viewer (<https://developers.google.com/amp/cache/overview>) gives the publisher's AMP address.
pub fn unwrapped(url: &Url) -> Cow<'_, Url> {
    let mut inner = Cow::Borrowed(url);
    for _ in 0..MAX_WRAPPINGS {
        match content(&inner) {
            Some(content) => inner = Cow::Owned(content),
            None => return inner,
        }
    }
    match content(&inner) {
        Some(_) => Cow::Borrowed(url),
        None => inner,
    }
}

fn content(url: &Url) -> Option<Url> {
    let host = url.host_str()?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    in_path(host, url).or_else(|| in_query(host, url)).filter(is_public)
}

/// `https://www.google.com/amp/s/news.example/a`, `https://news-example.cdn.ampproject.org/c/s/news.example/a`: with `s`
/// for https.
fn in_path(host: &str, url: &Url) -> Option<Url> {
    const CACHES: [&str; 3] = ["cdn.ampproject.org", "cdn.ampproject.net", "bing-amp.com"];
    let is_cache =
        CACHES.iter().any(|cache| host.strip_suffix(cache).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')));
    let rest = if is_cache {
        url.path().strip_prefix("/c/").or_else(|| url.path().strip_prefix("/v/"))?
    } else if names(host, "google.*") {
        url.path().strip_prefix("/amp/")?
    } else {
        return None;
    };
    let (scheme, rest) = match rest.strip_prefix("s/") {
        Some(rest) => ("https", rest),
        None => ("http", rest),
    };
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    Url::parse(&format!("{scheme}://{rest}{query}")).ok()
}

/// `https://www.google.com/url?url=https%3A%2F%2Fnews.example%2Fa`
fn in_query(host: &str, url: &Url) -> Option<Url> {
    url.query()?;
    let wrappers = WRAPPERS.iter().filter(|wrapper| names(host, wrapper.host) && url.path() == wrapper.path);
    wrappers.into_iter().find_map(|wrapper| {
        let (_, value) = url.query_pairs().find(|(name, _)| name == wrapper.parameter)?;
        Url::parse(&value).ok()
    })
}

/// Whether the pattern, a host or `name.*` for that name in every country, is that of the host.
fn names(host: &str, pattern: &str) -> bool {
    let Some(name) = pattern.strip_suffix('*') else { return host == pattern };
    host.strip_prefix(name).is_some_and(|country| {
        !country.is_empty() && country.len() <= 6 && country.bytes().all(|b| b.is_ascii_lowercase() || b == b'.')
    })
}

fn is_public(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| host.contains(['.', ':']))
}

struct Wrapper {
    host: &'static str,
    path: &'static str,
    parameter: &'static str,
}

static WRAPPERS: LazyLock<Vec<Wrapper>> = LazyLock::new(|| {
    let lines = include_str!("wrappers.txt").lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let mut parts = line.split_ascii_whitespace();
            Some(Wrapper { host: parts.next()?, path: parts.next()?, parameter: parts.next()? })
        })
        .collect()
});
