//! Which of an entry's links is the article.

use url::Url;

use super::draft::{Field, Term};

/// Longer addresses are no use to anybody.
const MAX_URL_BYTES: usize = 8 * 1024;

/// The address of the entry's article: absolute, http or https.
///
/// In this order: the publisher's own address where a counting service stands before it, RSS's `link`, a `guid` that is
/// a permanent link, Atom's `alternate` (HTML before other types), an id that is an address, whole or from the root of the
/// site.
pub(super) fn choose(fields: &[Field]) -> Option<Url> {
    let of = |term: Term| fields.iter().filter(move |field| field.term == term);
    let alternates: Vec<&Field> =
        of(Term::Link).filter(|link| link.text.trim().is_empty() && is_alternate(link)).collect();
    let pages = alternates.iter().filter(|link| is_page(link));

    let original = of(Term::OriginalLink).find_map(|field| resolve(field, &field.text));
    let plain = || of(Term::Link).filter(|link| is_alternate(link)).find_map(|link| resolve(link, &link.text));
    let permanent = || of(Term::Guid).filter(|guid| is_permanent(guid)).find_map(|guid| absolute(guid.text.trim()));
    let page = || pages.clone().find_map(|link| resolve(link, link.attribute("href")?));
    let other = || alternates.iter().find_map(|link| resolve(link, link.attribute("href")?));
    let id = || of(Term::Id).find_map(|id| absolute(id.text.trim()).or_else(|| from_root(id)));
    let source = || of(Term::Content).find_map(|content| resolve(content, content.attribute("src")?));
    original.or_else(plain).or_else(permanent).or_else(page).or_else(other).or_else(id).or_else(source)
}

/// Links without a relation are alternates (RFC 4287 §4.2.7.2).
fn is_alternate(link: &Field) -> bool {
    let relation = link.attribute("rel").unwrap_or_default();
    let relation = relation.strip_prefix("http://www.iana.org/assignments/relation/").unwrap_or(relation);
    relation.is_empty() || relation.eq_ignore_ascii_case("alternate")
}

fn is_page(link: &Field) -> bool {
    let media_type = link.attribute("type").unwrap_or_default().to_ascii_lowercase();
    media_type.is_empty() || media_type.starts_with("text/html") || media_type.starts_with("application/xhtml")
}

fn is_permanent(guid: &Field) -> bool {
    !guid.attribute("ispermalink").is_some_and(|claim| claim.eq_ignore_ascii_case("false"))
}

fn absolute(text: &str) -> Option<Url> {
    if text.len() > MAX_URL_BYTES || text.contains(char::is_whitespace) {
        return None;
    }
    Url::parse(text).ok().filter(is_web)
}

/// The address that an id with a leading `/` names; any other word is no address.
fn from_root(id: &Field) -> Option<Url> {
    resolve(id, &id.text).filter(|_| id.text.trim().starts_with('/'))
}

fn resolve(field: &Field, address: &str) -> Option<Url> {
    let address = address.trim();
    if address.is_empty() || address.len() > MAX_URL_BYTES {
        return None;
    }
    let with_scheme = address.starts_with("www.").then(|| format!("http://{address}"));
    field.base.join(with_scheme.as_deref().unwrap_or(address)).ok().filter(is_web)
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.as_str().len() <= MAX_URL_BYTES
}
