//! When an article was published and last changed.

use trafilatura::dom::NodeId;

use crate::model::Timestamp;

use super::super::page::Page;
use super::super::stamp;
use super::super::wording;
use super::json_ld::Node;
use super::moment;
use super::tags::Tags;

/// How many elements behind the headline may show the time in words, and the longest text of one.
const MAX_SHOWN: usize = 12;
const MAX_SHOWN_BYTES: usize = 120;

/// When the article was published: as JSON-LD, a meta tag or the page says.
pub fn published_at(page: &Page, tags: &Tags, node: &Node) -> Option<Timestamp> {
    const TAGS: [&str; 22] = [
        "article:published_time",
        "og:article:published_time",
        "datepublished",
        "parsely-pub-date",
        "sailthru.date",
        "article:published",
        "og:published_time",
        "rnews:datepublished",
        "cxenseparse:recs:publishtime",
        "dc.date.issued",
        "dcterms.created",
        "dc.date.created",
        "dcterms.issued",
        "pubdate",
        "publishdate",
        "publish-date",
        "publication_date",
        "date.created",
        "ptime",
        "article.published",
        "dc.date",
        "date",
    ];
    let stated = [node.text("datePublished"), node.text("dateCreated"), node.text("uploadDate")];
    let stated = stated.into_iter().flatten().chain(tags.all(&TAGS));
    moment::best(stated).or_else(|| page_time(page, TimeOf::Publication))
}

/// When the article was last changed, as its publisher says.
pub fn modified_at(page: &Page, tags: &Tags, node: &Node) -> Option<Timestamp> {
    const TAGS: [&str; 11] = [
        "article:modified_time",
        "og:article:modified_time",
        "datemodified",
        "og:updated_time",
        "article:modified",
        "rnews:datemodified",
        "lastmod",
        "dcterms.modified",
        "dc.date.modified",
        "last-modified",
        "utime",
    ];
    let stated = node.text("dateModified").into_iter().chain(tags.all(&TAGS));
    moment::best(stated).or_else(|| page_time(page, TimeOf::Modification))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TimeOf {
    Publication,
    Modification,
}

/// What a `time` element of the article says, or an element with the property.
fn page_time(page: &Page, wanted: TimeOf) -> Option<Timestamp> {
    let (property, names) = match wanted {
        TimeOf::Publication => ("datepublished", ["publi", "posted", "created"]),
        TimeOf::Modification => ("datemodified", ["updat", "modif", "edited"]),
    };
    let mut first = None;
    for element in page.elements(&["time", "span", "abbr"]) {
        let item = page.attribute(element, "itemprop").unwrap_or_default().to_ascii_lowercase();
        let is_time = page.tag(element) == "time";
        if !is_time && item.is_empty() {
            continue;
        }
        let stated = page.attribute(element, "datetime").or_else(|| page.attribute(element, "content"));
        let Some(moment) = moment::best(stated) else { continue };
        let class = page.attribute(element, "class").unwrap_or_default().to_ascii_lowercase();
        if item.contains(property) || page.attribute(element, "pubdate").is_some() && wanted == TimeOf::Publication {
            return Some(moment);
        }
        if is_time && names.iter().any(|name| class.contains(name)) {
            return Some(moment);
        }
        let is_plain = is_time && item.is_empty() && !class.contains("updat") && !class.contains("modif");
        if first.is_none() && is_plain && !page.is_inside(element, "aside") && !page.is_inside(element, "nav") {
            first = Some(moment);
        }
    }
    first.filter(|_| wanted == TimeOf::Publication).or_else(|| shown_time(page, wanted))
}

/// What elements behind the headline say in words, whose class or `itemprop` names a date.
fn shown_time(page: &Page, wanted: TimeOf) -> Option<Timestamp> {
    let elements = page.elements(&["h1", "span", "div", "p", "li", "small", "em", "input", "strong"]);
    let behind = elements.iter().skip_while(|element| page.tag(**element) != "h1").copied();
    let named = behind.filter_map(|element| Some((element, name_of_time(page, element)?))).take(MAX_SHOWN);
    named
        .filter(|(element, _)| !["aside", "nav", "footer"].iter().any(|outer| page.is_inside(*element, outer)))
        .find_map(|(element, name)| {
            let text = wording::fold(&page.attribute(element, "value").unwrap_or_else(|| page.source(element)));
            let is_short = text.len() <= MAX_SHOWN_BYTES && !stamp::is_relative(&text);
            let lower = text.to_lowercase();
            let is_later = ["updat", "modif", "edited"].iter().any(|word| name.contains(word) || lower.contains(word));
            let is_wanted = is_later == (wanted == TimeOf::Modification);
            moment::best([text]).filter(|_| is_short && is_wanted)
        })
}

/// The class names of an element, if one of them says that it tells a date.
fn name_of_time(page: &Page, element: NodeId) -> Option<String> {
    let attribute = |name| page.attribute(element, name).unwrap_or_default();
    let names = format!("{} {}", attribute("class"), attribute("itemprop")).to_ascii_lowercase();
    if ["tweet", "comment", "related", "teaser"].iter().any(|other| names.contains(other)) {
        return None;
    }
    let words = || names.split(|c: char| !c.is_ascii_alphanumeric());
    let is_named = words().any(|word| {
        matches!(word, "date" | "datetime" | "timestamp" | "dateline" | "published" | "updated" | "posted")
            || word.ends_with("date") && word.len() <= 16
            || matches!(word, "datepublished" | "datemodified")
    });
    is_named.then_some(names)
}
