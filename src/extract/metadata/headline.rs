//! Finds the headline that readers see, without the name of the site.

use std::collections::BTreeSet;

use url::Url;

use super::super::page::Page;
use super::super::wording;
use super::json_ld::Node;
use super::tags::Tags;

const SEPARATORS: [&str; 10] = [" | ", " - ", " – ", " — ", " · ", " • ", " :: ", " » ", " « ", " ― "];
/// Most `h1` elements that are compared.
const MAX_H1: usize = 12;

/// What the head of a page calls it: `og:title`, `twitter:title`, `title`.
pub fn titles(page: &Page, tags: &Tags) -> Vec<String> {
    let title = page.elements(&["title"]).into_iter().find(|title| !page.is_inside(*title, "svg"));
    let title = title.map(|title| wording::fold(&page.source(title)));
    [tags.first(&["og:title"]), tags.first(&["twitter:title"]), title]
        .into_iter()
        .flatten()
        .filter(|text| !text.is_empty())
        .collect()
}

/// The `h1` that the page's own data confirms; else what JSON-LD or the titles say; else a lone `h1`.
pub fn choose(page: &Page, tags: &Tags, node: &Node, titles: Vec<String>, url: &Url) -> Option<String> {
    let stated: Vec<String> = node.text("headline").into_iter().chain(titles).collect();
    let sites = site_names(tags, node, url);
    let sections: Vec<String> = node.texts("articleSection").iter().map(|text| wording::key(text)).collect();
    let shown: Vec<String> = page
        .elements(&["h1"])
        .into_iter()
        .map(|element| page.text(element))
        .filter(|text| !text.is_empty() && text.chars().count() <= 400)
        .take(MAX_H1)
        .collect();
    // A heading that stands at the start of a title confirms that the rest of the title is the site's.
    let headings = shown.iter().filter(|text| wording::words(text).len() >= 2 && !is_site(text, &sites));
    let confirming: Vec<String> = stated.iter().chain(headings).cloned().collect();
    let cut = |text: &String| without_site(text, &confirming, &sites, &sections);
    let mut stated: Vec<String> = stated.iter().map(cut).collect();
    if stated.iter().any(|text| !is_site(text, &sites)) {
        stated.retain(|text| !is_site(text, &sites));
    }
    let mut best: Option<(usize, &String)> = None;
    for text in &shown {
        let score = stated.iter().map(|title| likeness(text, title)).max().unwrap_or(0);
        if score >= AGREEMENT && best.is_none_or(|(highest, _)| score > highest) {
            best = Some((score, text));
        }
    }
    if let Some((_, text)) = best {
        return Some(without_site(text, &stated, &sites, &sections));
    }
    // The titles of search engines and networks are often written anew: a lone heading that shares some words with one
    // of them is still what readers see.
    let mut headings = shown.iter().filter(|text| wording::words(text).len() >= 3 && !is_site(text, &sites));
    if let (Some(only), None) = (headings.next(), headings.next())
        && stated.iter().any(|title| likeness(only, title) >= AGREEMENT / 2)
    {
        return Some(without_site(only, &stated, &sites, &sections));
    }
    if let [first, rest @ ..] = stated.as_slice() {
        return Some(untruncated(first, rest).to_owned());
    }
    shown.into_iter().find(|text| wording::size(text) >= 2)
}

/// `text`, or the longer text among `others` of which it is the beginning ("… said on Tues...").
fn untruncated<'t>(text: &'t str, others: &'t [String]) -> &'t str {
    let Some(start) = text.strip_suffix('…').or_else(|| text.strip_suffix("...")) else { return text };
    let start = wording::key(start);
    others
        .iter()
        .find(|other| wording::key(other).starts_with(&start) && !other.ends_with(['…', '.']))
        .map_or(text, String::as_str)
}

/// The names of the site as [`wording::key`]s: what it calls itself, and the labels of its host.
fn site_names(tags: &Tags, node: &Node, url: &Url) -> Vec<String> {
    let mut names = tags.all(&[
        "og:site_name",
        "application-name",
        "apple-mobile-web-app-title",
        "twitter:site",
        "al:ios:app_name",
        "dc.publisher",
    ]);
    names.extend(node.names("publisher"));
    names.extend(node.names("isPartOf"));
    let host = url.host_str().unwrap_or_default().trim_start_matches("www.");
    names.push(host.to_owned());
    names.extend(host.split('.').map(str::to_owned).filter(|label| label.len() > 2));
    names.iter().map(|name| wording::key(name)).filter(|name| !name.is_empty()).collect()
}

fn is_site(text: &str, sites: &[String]) -> bool {
    let key = wording::key(text);
    let is_same = |site: &String| {
        *site == key
            || (key.len() > 3 && (key.strip_prefix("the") == Some(site) || site.strip_prefix("the") == Some(&key)))
    };
    sites.iter().any(is_same)
}

/// Cuts " | Site" (and " | Section | Site") at the end, and "Site | " at the start.
fn without_site(text: &str, others: &[String], sites: &[String], sections: &[String]) -> String {
    let is_site = |part: &str| is_site(part, sites);
    let confirmed = |rest: &str| others.iter().any(|other| wording::key(other) == wording::key(rest));
    let mut rest = text.trim();
    let mut was_cut = false;
    loop {
        let cuts = SEPARATORS
            .iter()
            .filter_map(|separator| rest.rsplit_once(separator).map(|(head, tail)| (head, tail, *separator)));
        let Some((head, tail, separator)) = cuts.max_by_key(|(head, ..)| head.len()) else { break };
        // Before the site's name stands its section; after a bar, few words are one even where nothing else names it.
        let is_short = separator == " | " && wording::words(tail).len() <= 2 && wording::words(head).len() >= 3;
        let is_section = was_cut && (is_short || sections.contains(&wording::key(tail)));
        if !(is_site(tail) || is_section || confirmed(head)) || wording::key(head).is_empty() {
            break;
        }
        rest = head.trim_end();
        was_cut = true;
    }
    let start = SEPARATORS.iter().filter_map(|separator| rest.split_once(separator)).min_by_key(|(head, _)| head.len());
    match start {
        Some((head, tail)) if is_site(head) && !wording::key(tail).is_empty() => tail.trim_start().to_owned(),
        _ => rest.to_owned(),
    }
}

/// The likeness from which two titles are one, in hundredths.
const AGREEMENT: usize = 50;

/// Whether two titles are the same but for a few words.
pub fn agree(one: &str, other: &str) -> bool {
    likeness(one, other) >= AGREEMENT
}

/// Words in common as hundredths of the longer title; letters where a script has no spaces.
fn likeness(one: &str, other: &str) -> usize {
    let (one_key, other_key) = (wording::key(one), wording::key(other));
    if one_key.is_empty() || other_key.is_empty() {
        return 0;
    }
    if one_key == other_key {
        return 100;
    }
    let (one, other) = (pieces(one), pieces(other));
    one.intersection(&other).count() * 100 / one.len().max(other.len()).max(1)
}

fn pieces(text: &str) -> BTreeSet<String> {
    let words = wording::words(text);
    if words.iter().any(|word| word.chars().count() > 12 && !word.is_ascii()) {
        let letters: Vec<char> = words.concat().chars().collect();
        return letters.windows(2).map(|pair| pair.iter().collect()).collect();
    }
    words.into_iter().collect()
}
