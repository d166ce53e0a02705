//! Names of elements, in all the formats and their extensions, and what they say.

use super::draft::Term;
use crate::model::FeedKind;

/// The vocabularies we know, whatever prefix a document gives them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    /// A format's own names: those of RSS (in all its namespaces and in none), CDF and sitemaps.
    Own,
    Atom,
    Rdf,
    Content,
    DublinCore,
    DublinCoreTerms,
    Media,
    Podcast,
    FeedBurner,
    News,
    Xhtml,
    Xml,
    Unknown,
}

impl Space {
    /// The vocabulary with the namespace `uri`, compared leniently because feeds misspell them.
    pub(super) fn of_uri(uri: &str) -> Space {
        let uri = uri.trim().trim_end_matches(['/', '#']).to_ascii_lowercase();
        let uri = uri.trim_start_matches("https://").trim_start_matches("http://").trim_start_matches("www.");
        match uri {
            "w3.org/2005/atom" | "purl.org/atom/ns" => Space::Atom,
            "w3.org/1999/02/22-rdf-syntax-ns" => Space::Rdf,
            "w3.org/1999/xhtml" => Space::Xhtml,
            "w3.org/xml/1998/namespace" => Space::Xml,
            "purl.org/rss/1.0/modules/content" => Space::Content,
            "purl.org/dc/elements/1.1" | "purl.org/dc/elements/1.0" => Space::DublinCore,
            "purl.org/dc/terms" => Space::DublinCoreTerms,
            "search.yahoo.com/mrss" => Space::Media,
            "itunes.com/dtds/podcast-1.0.dtd" => Space::Podcast,
            "rssnamespace.org/feedburner/ext/1.0" | "pheedo.com/namespace/pheedo" => Space::FeedBurner,
            "google.com/schemas/sitemap-news/0.9" => Space::News,
            "" | "purl.org/rss/1.0" | "my.netscape.com/rdf/simple/0.9" | "channel.netscape.com/rdf/simple/0.9" => {
                Space::Own
            }
            _ if uri.starts_with("sitemaps.org/schemas/") || uri.starts_with("google.com/schemas/sitemap/") => {
                Space::Own
            }
            _ if uri.starts_with("purl.org/atom/") => Space::Atom,
            _ if uri.starts_with("purl.org/rss/1.0/modules/dcterms") => Space::DublinCoreTerms,
            _ if uri.starts_with("backend.userland.com/") || uri.starts_with("purl.org/net/rss") => Space::Own,
            _ if uri.starts_with("blogs.law.harvard.edu/tech/rss") || uri.starts_with("cyber.law.harvard.edu/rss") => {
                Space::Own
            }
            _ => Space::Unknown,
        }
    }

    /// What an undeclared prefix stands for by custom.
    pub(super) fn of_prefix(prefix: &str) -> Space {
        match prefix {
            "atom" | "atom10" | "a10" => Space::Atom,
            "rdf" => Space::Rdf,
            "content" => Space::Content,
            "dc" => Space::DublinCore,
            "dcterms" => Space::DublinCoreTerms,
            "media" => Space::Media,
            "itunes" => Space::Podcast,
            "feedburner" | "pheedo" => Space::FeedBurner,
            "news" => Space::News,
            "xhtml" => Space::Xhtml,
            "xml" => Space::Xml,
            "rss" => Space::Own,
            _ => Space::Unknown,
        }
    }
}

/// The format whose documents have this root element; `None` for every other element.
pub(super) fn root_kind(space: Space, name: &str) -> Option<FeedKind> {
    match (space, name) {
        (_, "rss") => Some(FeedKind::Rss),
        (_, "rdf") => Some(FeedKind::Rdf),
        (Space::Own | Space::Atom, "feed" | "entry") => Some(FeedKind::Atom),
        (Space::Own, "channel") => Some(FeedKind::Rss),
        (Space::Own, "urlset") => Some(FeedKind::Sitemap),
        _ => None,
    }
}

/// Whether nothing but a feed has an element like this, so that it is one even inside a page.
pub(super) fn is_certain_root(space: Space, name: &str) -> bool {
    matches!((space, name), (Space::Own, "rss") | (Space::Rdf, "rdf") | (Space::Atom, "feed"))
}

/// Whether the element is an entry in documents of this kind.
pub(super) fn is_entry(kind: FeedKind, space: Space, name: &str) -> bool {
    match kind {
        FeedKind::Sitemap => space == Space::Own && name == "url",
        _ => matches!(space, Space::Own | Space::Atom) && matches!(name, "item" | "entry"),
    }
}

/// Whether the element only gathers fields of the entry around it.
pub(super) fn is_group(space: Space, name: &str) -> bool {
    matches!((space, name), (Space::Media, "group" | "content") | (Space::News, "news"))
}

/// What an element says of the entry it stands in, or of the feed.
pub(super) fn term(kind: FeedKind, space: Space, name: &str) -> Option<Term> {
    let term = match (space, name) {
        (Space::Own | Space::Atom, _) => return own_term(kind, name),
        (Space::Content, "encoded") | (Space::Xhtml, "body") => Term::Content,
        (Space::DublinCore, "date") => Term::Dated,
        (Space::DublinCore, "creator" | "author") => Term::Creator,
        (Space::DublinCore, "title") | (Space::Media, "title") => Term::OtherTitle,
        (Space::DublinCore, "description") | (Space::Media, "description") | (Space::Podcast, "summary") => {
            Term::OtherSummary
        }
        (Space::DublinCore, "subject") => Term::Tag,
        (Space::DublinCore, "language") => Term::Language,
        (Space::DublinCoreTerms, "issued") => Term::Issued,
        (Space::DublinCoreTerms, "created") => Term::Created,
        (Space::DublinCoreTerms, "modified") => Term::Updated,
        (Space::Podcast, "author") => Term::OtherAuthor,
        (Space::FeedBurner, "origlink") => Term::OriginalLink,
        (Space::News, "title") => Term::Title,
        (Space::News, "publication_date") => Term::Published,
        (Space::News, "keywords") => Term::Tags,
        _ => return None,
    };
    Some(term)
}

fn own_term(kind: FeedKind, name: &str) -> Option<Term> {
    let term = match name {
        "id" => Term::Id,
        "guid" => Term::Guid,
        "title" => Term::Title,
        "link" => Term::Link,
        "loc" if kind == FeedKind::Sitemap => Term::Link,
        "pubdate" | "published" => Term::Published,
        "issued" => Term::Issued,
        "created" => Term::Created,
        "updated" | "modified" => Term::Updated,
        "lastmod" if kind == FeedKind::Sitemap => Term::Updated,
        "author" => Term::Author,
        "description" | "summary" | "abstract" => Term::Summary,
        "content" | "fullitem" => Term::Content,
        "category" => Term::Tag,
        "language" => Term::Language,
        _ => return None,
    };
    Some(term)
}

/// Whether HTML too has an element of this name, so that it may stand inside unescaped text.
pub(super) fn is_also_html(name: &str) -> bool {
    matches!(name, "title" | "link" | "summary" | "body")
}
