//! The addresses that a page gives itself.

use url::Url;

use super::super::page::Page;
use super::json_ld::Node;
use super::tags::Tags;
use crate::model::PageAddresses;

/// Longest address that is kept.
const MAX_URL_BYTES: usize = 8 * 1024;

/// `rel=canonical`, `og:url`, or the address in JSON-LD: absolute, http or https, as the page claims it.
pub fn canonical(page: &Page, tags: &Tags, node: &Node, url: &Url) -> Option<Url> {
    let claims = [link(page, "canonical"), tags.first(&["og:url"]), node.text("url")];
    let mut address = claims.into_iter().flatten().find_map(|claim| absolute(&claim, url))?;
    address.set_fragment(None);
    Some(address)
}

/// Each of the addresses that a page claims, with its fragment.
pub fn claims(page: &Page, tags: &Tags, url: &Url) -> PageAddresses {
    let read = |claim: Option<String>| claim.and_then(|claim| absolute(&claim, url));
    PageAddresses {
        canonical: read(link(page, "canonical")),
        og_url: read(tags.first(&["og:url"])),
        amp: read(link(page, "amphtml")),
    }
}

/// Where the first link of that relation points.
fn link(page: &Page, relation: &str) -> Option<String> {
    let link = page.elements(&["link"]).into_iter().find(|link| {
        let relations = page.attribute(*link, "rel").unwrap_or_default();
        relations.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case(relation))
    })?;
    page.attribute(link, "href")
}

fn absolute(claim: &str, url: &Url) -> Option<Url> {
    let claim = claim.trim();
    if claim.is_empty() || claim.len() > MAX_URL_BYTES {
        return None;
    }
    let address = url.join(claim).ok()?;
    (matches!(address.scheme(), "http" | "https") && address.has_host()).then_some(address)
}

/// Whether two addresses name one page, whatever their scheme, `www.`, query, fragment and last slash.
pub fn same_page(one: &Url, other: &Url) -> bool {
    let host = |url: &Url| url.host_str().map(|host| host.trim_start_matches("www.").to_owned());
    let path = |url: &Url| url.path().trim_end_matches('/').to_owned();
    host(one) == host(other) && path(one) == path(other)
}
