//! The hub that a feed names (WebSub, section 4).

use url::Url;

use super::draft::{Field, Term};
use crate::model::Hub;

/// Header fields that are looked at, and links in each.
const MAX_HEADERS: usize = 16;
const MAX_LINKS: usize = 64;
const MAX_URL_BYTES: usize = 2 * 1024;

/// The hub that the fields of a document name, by links with the relations `hub` and `self`.
pub(super) fn in_fields(fields: &[Field], url: &Url) -> Option<Hub> {
    let links = fields.iter().filter(|field| field.term == Term::Link);
    choose(links.filter_map(|link| Some((link.attribute("rel")?, link.base.join(link.attribute("href")?).ok()?))), url)
}

/// The hub that an answer names in its `Link` headers (RFC 8288); they count for more than the document.
pub fn hub_in_headers<'h>(headers: impl Iterator<Item = &'h str>, url: &Url) -> Option<Hub> {
    let links = headers.take(MAX_HEADERS).flat_map(|header| links(header).into_iter().take(MAX_LINKS));
    choose(links.filter_map(|(address, relation)| Some((relation, url.join(address).ok()?))), url)
}

/// The first hub. Without a link to itself the feed is known by where it was found.
fn choose<'l>(links: impl Iterator<Item = (&'l str, Url)>, url: &Url) -> Option<Hub> {
    let (mut hub, mut topic) = (None, None);
    for (relations, address) in links {
        let is_usable = matches!(address.scheme(), "http" | "https") && address.as_str().len() <= MAX_URL_BYTES;
        let is = |name: &str| relations.split_ascii_whitespace().any(|relation| relation.eq_ignore_ascii_case(name));
        if is_usable && is("hub") {
            hub.get_or_insert_with(|| address.clone());
        }
        if is_usable && is("self") {
            topic.get_or_insert(address);
        }
    }
    Some(Hub { url: hub?, topic: topic.unwrap_or_else(|| url.clone()) })
}

/// The links of a header field: `<address>; rel="relations"`.
fn links(header: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = header;
    while let Some((address, after)) = rest.split_once('<').and_then(|(_, rest)| rest.split_once('>')) {
        let (parameters, next) = split_unquoted(after);
        let relation = parameters.split(';').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim().eq_ignore_ascii_case("rel").then(|| value.trim().trim_matches('"'))
        });
        if let Some(relation) = relation {
            found.push((address.trim(), relation));
        }
        rest = next;
    }
    found
}

/// What stands before the first comma outside of quotation marks, and what stands behind it.
fn split_unquoted(text: &str) -> (&str, &str) {
    let mut is_quoted = false;
    let comma = text.char_indices().find(|(_, character)| {
        is_quoted ^= *character == '"';
        *character == ',' && !is_quoted
    });
    comma.map_or((text, ""), |(at, _)| (&text[..at], &text[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read_with_their_relations_wherever_commas_and_quotes_stand() {
        let header =
            r#"<https://a.example/?x=1,2>; title="one, two"; rel="self alternate", <https://hub.example/>;REL=hub"#;
        assert_eq!(links(header), [("https://a.example/?x=1,2", "self alternate"), ("https://hub.example/", "hub")]);
        for broken in ["", "<", "<a", "<a>", "<a>; rel", "a; rel=hub", "\"<a>", "<a>; rel=\"hub, <b>"] {
            assert!(links(broken).len() <= 1, "{broken}");
        }
    }
}
