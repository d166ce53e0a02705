//! The address that a page gives itself.

use url::Url;

use super::super::page::Page;
use super::json_ld::Node;
use super::tags::Tags;

/// Longest address that is kept.
const MAX_URL_BYTES: usize = 8 * 1024;

/// `rel=canonical`, `og:url`, or the address in JSON-LD: absolute, http or https, as the page claims it.
pub fn canonical(page: &Page, tags: &Tags, node: &Node, url: &Url) -> Option<Url> {
    let link = page.elements(&["link"]).into_iter().find(|link| {
        let relation = page.attribute(*link, "rel").unwrap_or_default();
        relation.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("canonical"))
    });
    let claims = [link.and_then(|link| page.attribute(link, "href")), tags.first(&["og:url"]), node.text("url")];
    claims.into_iter().flatten().find_map(|claim| absolute(&claim, url))
}

fn absolute(claim: &str, url: &Url) -> Option<Url> {
    let claim = claim.trim();
    if claim.is_empty() || claim.len() > MAX_URL_BYTES {
        return None;
    }
    let mut address = url.join(claim).ok()?;
    address.set_fragment(None);
    (matches!(address.scheme(), "http" | "https") && address.has_host()).then_some(address)
}

/// Whether two addresses name one page, whatever their scheme, `www.`, query, fragment and last slash.
pub fn same_page(one: &Url, other: &Url) -> bool {
    let host = |url: &Url| url.host_str().map(|host| host.trim_start_matches("www.").to_owned());
    let path = |url: &Url| url.path().trim_end_matches('/').to_owned();
    host(one) == host(other) && path(one) == path(other)
}
