//! Who wrote an article.

use super::super::page::Page;
use super::super::wording;
use super::json_ld::Node;
use super::tags::Tags;

/// Most names of a byline.
const MAX_NAMES: usize = 20;
/// Longest name, in characters; what is longer is a biography.
const MAX_NAME_CHARS: usize = 120;

/// How bylines begin, in lower case.
const OPENINGS: [&str; 15] = [
    "by ",
    "by: ",
    "written by ",
    "von ",
    "par ",
    "por ",
    "di ",
    "door ",
    "автор: ",
    "автор ",
    "author: ",
    "text: ",
    "texte: ",
    "текст: ",
    "words by ",
];

/// The names of JSON-LD, else of meta tags, else of the page's own byline, joined with commas.
pub fn read(page: &Page, tags: &Tags, node: &Node) -> Option<String> {
    const TAGS: [&str; 11] = [
        "author",
        "article:author",
        "article:author_name",
        "parsely-author",
        "sailthru.author",
        "byl",
        "dc.creator",
        "dcterms.creator",
        "twitter:creator:name",
        "cxenseparse:author",
        "rbauthors",
    ];
    let mut stated = node.names("author");
    if stated.is_empty() {
        stated = node.names("creator");
    }
    let publishers: Vec<String> = node.names("publisher").into_iter().chain(tags.all(&["og:site_name"])).collect();
    let written = names(&stated);
    let is_publisher = |name: &String| publishers.iter().any(|publisher| wording::key(publisher) == wording::key(name));
    if !written.is_empty() && !written.iter().all(is_publisher) {
        return Some(written.join(", "));
    }
    // A site that signs for itself in JSON-LD may name the writer elsewhere.
    let tagged = TAGS
        .iter()
        .map(|tag| names(&tags.all(&[tag])))
        .find(|names| !names.is_empty() && !names.iter().all(is_publisher));
    let shown = tagged.or_else(|| Some(names(&on_page(page))).filter(|names| !names.is_empty()));
    let fallback = Some(written)
        .filter(|names| !names.is_empty())
        .or_else(|| Some(names(&tags.all(&TAGS))).filter(|names| !names.is_empty()));
    shown.or(fallback).map(|names| names.join(", "))
}

/// The page's own byline, by markup; the links in it before the whole, which holds times and handles too.
fn on_page(page: &Page) -> Vec<String> {
    const PLACES: [&str; 5] = [
        "[itemprop~=\"author\"] [itemprop~=\"name\"]:not(meta), [itemprop~=\"author\"]:not(meta)",
        "a[rel~=\"author\"]",
        "[class*=\"byline__name\" i], [class*=\"byline-name\" i], [class*=\"author-name\" i], [class*=\"author__name\" i]",
        "[class*=\"byline\" i] a[href*=\"author\"], [class*=\"byline\" i] a[href*=\"people\"], [class*=\"byline\" i] a[href*=\"profile\"]",
        "[class*=\"byline\" i], [class~=\"author\" i]",
    ];
    let shown = PLACES.iter().filter_map(|place| page.first_block(place)).map(|text| before_handle(&text));
    shown.into_iter().find(|text| !names(std::slice::from_ref(text)).is_empty()).into_iter().collect()
}

/// A byline as shown, up to what stands behind the name: a handle, a bullet, a time.
fn before_handle(text: &str) -> String {
    const DAYS: [&str; 10] =
        ["published", "updated", "posted", "on", "at", "monday", "tuesday", "wednesday", "thursday", "friday"];
    let end = text.find(['@', '•', '·', '|', '/']).unwrap_or(text.len());
    let mut words: Vec<&str> = text[..end].split_whitespace().collect();
    if let Some(number) = words.iter().position(|word| word.starts_with(char::is_numeric)) {
        words.truncate(number);
        // The month before the day, and what leads to it.
        while words.len() > 2
            && words.last().is_some_and(|word| {
                is_month(word) || DAYS.contains(&word.trim_end_matches([',', ':']).to_lowercase().as_str())
            })
        {
            words.pop();
        }
    }
    words.join(" ")
}

fn is_month(word: &str) -> bool {
    word.trim_end_matches(['.', ',']).parse::<chrono::Month>().is_ok()
}

/// The names in what a source says, cleaned and without repeats.
fn names(stated: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in stated.iter().filter_map(|text| name(text)) {
        let is_known = names.iter().any(|known| wording::key(known) == wording::key(&name));
        if !is_known && names.len() < MAX_NAMES {
            names.push(name);
        }
    }
    names
}

/// A name without "By"; `None` for an address, a bare number or a whole paragraph.
fn name(text: &str) -> Option<String> {
    let mut text = text.trim().trim_matches(['|', ',', ';', '·', '•', '-', '–', '—']).trim();
    while let Some(rest) = OPENINGS.iter().find_map(|opening| after(text, opening)) {
        text = rest.trim_start();
    }
    let is_address = text.contains("://")
        || text.starts_with("www.")
        || (text.contains('@') && !text.contains(' '))
        || text.starts_with('/');
    let has_name = text.chars().any(char::is_alphabetic)
        && !matches!(text.to_lowercase().as_str(), "by" | "null" | "undefined" | "admin" | "author");
    (has_name && !is_address && text.chars().count() <= MAX_NAME_CHARS).then(|| text.to_owned())
}

/// What follows `opening`, which is in lower case, at the start of `text`.
fn after<'t>(text: &'t str, opening: &str) -> Option<&'t str> {
    let (start, rest) = text.split_at_checked(opening.len())?;
    (start.to_lowercase() == opening).then_some(rest)
}
