//! Names for feeds that were given none: from their address, unlike every other.

use std::collections::{HashMap, HashSet};

use url::Url;

/// A feed that wants a name.
pub(super) struct Nameless<'f> {
    pub url: &'f str,
    /// What an OPML file calls it.
    pub title: Option<&'f str>,
}

const LONGEST: usize = 100;

/// A name for each feed. Feeds that would share a name all get a longer one, so that the order hardly matters.
pub(super) fn assign(feeds: &[Nameless<'_>], taken: &HashSet<String>) -> Vec<String> {
    let choices: Vec<Vec<String>> = feeds.iter().map(choices).collect();
    let mut levels = vec![0; feeds.len()];
    loop {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for (choices, level) in choices.iter().zip(&levels) {
            *counts.entry(choices[*level].as_str()).or_default() += 1;
        }
        let mut has_moved = false;
        for (choices, level) in choices.iter().zip(&mut levels) {
            let name = &choices[*level];
            if (taken.contains(name) || counts.get(name.as_str()) > Some(&1)) && *level + 1 < choices.len() {
                *level += 1;
                has_moved = true;
            }
        }
        if !has_moved {
            break;
        }
    }
    let mut used = taken.clone();
    let chosen = choices.iter().zip(levels).map(|(choices, level)| &choices[level]);
    chosen.map(|name| number(name, &mut used)).collect()
}

/// The name itself, or the first of `name-2`, `name-3`, … that is free.
fn number(name: &str, used: &mut HashSet<String>) -> String {
    let mut numbered = name.to_owned();
    let mut count = 1;
    while !used.insert(numbered.clone()) {
        count += 1;
        numbered = format!("{name}-{count}");
    }
    numbered
}

/// From the nicest to the longest.
fn choices(feed: &Nameless<'_>) -> Vec<String> {
    let (short, long) = from_address(feed.url);
    let title = feed.title.map(clean).filter(|title| !title.is_empty() && !title.starts_with("tag:"));
    match title {
        Some(title) => {
            let both = |name: &str| cut(&format!("{title} ({name})"));
            vec![cut(&title), both(&short), both(&long)]
        }
        None => vec![short, long],
    }
}

/// `bbci.co.uk-news-world` for `https://feeds.bbci.co.uk/news/world/rss.xml`, and the same with nothing left out.
fn from_address(url: &str) -> (String, String) {
    let Ok(url) = Url::parse(url) else { return ("feed".to_owned(), "feed".to_owned()) };
    let full_host = url.host_str().unwrap_or("feed");
    let host = ["www.", "feeds.", "feed.", "rss."]
        .into_iter()
        .find_map(|prefix| full_host.strip_prefix(prefix))
        .filter(|rest| rest.contains('.'))
        .unwrap_or(full_host);
    let segments: Vec<String> = url.path().split('/').map(slug).filter(|segment| !segment.is_empty()).collect();
    let telling = segments.iter().filter(|segment| !says_only_feed(segment)).map(String::as_str);
    let short = std::iter::once(host).chain(telling).collect::<Vec<_>>().join("-");
    let query = slug(url.query().unwrap_or_default());
    let all = segments.iter().chain([&query]).map(String::as_str).filter(|segment| !segment.is_empty());
    let long = std::iter::once(full_host).chain(all).collect::<Vec<_>>().join("-");
    (cut(&short), cut(&long))
}

fn says_only_feed(segment: &str) -> bool {
    const WORDS: [&str; 10] = ["rss", "rss2", "feed", "feeds", "atom", "index", "xml", "rdf", "json", "all"];
    segment.split('.').all(|part| WORDS.contains(&part.to_ascii_lowercase().as_str()))
}

/// Letters, digits, dots and hyphens.
fn slug(segment: &str) -> String {
    let decoded = percent_encoding::percent_decode_str(segment).decode_utf8_lossy();
    let mapped: String = decoded.chars().map(|c| if c.is_alphanumeric() || c == '.' { c } else { '-' }).collect();
    mapped.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

fn clean(title: &str) -> String {
    let title: String = title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    title.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(name: &str) -> String {
    name.chars().take(LONGEST).collect::<String>().trim_end().to_owned()
}
