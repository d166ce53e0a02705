//! Lists of feeds, a line for each: newsboat's `urls` file, or nothing but addresses.

use url::Url;

use super::opml::{OpmlError, OpmlFeed, joined, read_opml, without_feed_scheme};
use super::values;

const MOST_LINES: usize = 100_000;
const LONGEST_WORD: usize = 10_000;

/// Reads the feeds of a document that is OPML, or else a list: see [`read_opml`] and [`read_list`].
pub fn read_feeds(text: &str) -> Result<Vec<OpmlFeed>, OpmlError> {
    match text.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
        true => read_opml(text),
        false => read_list(text),
    }
}

/// Reads a list with a line for each feed: its address, and behind it, as newsboat has it, tags and `~` with a title, in
/// double quotes where they hold spaces. `#` begins a comment. An address without `https://` is taken for one that has it.
///
/// At most 100,000 lines, each address once with all its tags. What newsboat makes by itself (`query:`, `exec:`, …) is
/// among them; [`refusal`](super::refusal) says why it cannot be watched. An error where no line names an address.
pub fn read_list(text: &str) -> Result<Vec<OpmlFeed>, OpmlError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut feeds = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if index >= MOST_LINES {
            return Err(OpmlError::new(index + 1, format!("the list has more than {MOST_LINES} lines")));
        }
        feeds.extend(feed(line, index + 1));
    }
    let is_list = feeds.is_empty() || feeds.iter().any(|feed| values::http_url(&feed.url).is_ok() || is_made(feed));
    match is_list {
        true => Ok(joined(feeds)),
        false => Err(OpmlError::new(feeds[0].line, "this is neither OPML nor a list of web addresses".to_owned())),
    }
}

fn feed(line: &str, number: usize) -> Option<OpmlFeed> {
    let mut words = words(line).into_iter();
    let url = with_scheme(without_feed_scheme(&words.next()?));
    let mut feed = OpmlFeed { name: String::new(), url, tags: Vec::new(), html_url: None, line: number };
    for word in words {
        match word.strip_prefix('~') {
            Some(title) => feed.name = title.trim().to_owned(),
            // A feed that newsboat hides from its list.
            None if word == "!" => {}
            None if word.trim().is_empty() || feed.tags.contains(&word) => {}
            None => feed.tags.push(word),
        }
    }
    if let Some(("query", rest)) = feed.url.split_once(':') {
        feed.name = rest.split(':').next().unwrap_or_default().to_owned();
    }
    Some(feed)
}

/// The words of a line: a word in double quotes may hold spaces, and `\"`.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() && !rest.starts_with('#') {
        let (word, behind) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_word(quoted),
            None => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        words.push(word.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_WORD).collect());
        rest = behind.trim_start();
    }
    words
}

/// The word up to the closing quote, and what stands behind that.
fn quoted_word(text: &str) -> (String, &str) {
    let mut word = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (word, &text[at + 1..]),
            '\\' => word.extend(characters.next().map(|(_, escaped)| escaped)),
            other => word.push(other),
        }
    }
    (word, "")
}

/// `example.org/rss` is an address for people.
fn with_scheme(url: String) -> String {
    let host = url.split(['/', '?', ':']).next().unwrap_or_default();
    let (_, top) = host.rsplit_once('.').unwrap_or_default();
    let is_host = top.len() > 1
        && top.chars().all(|c| c.is_alphabetic())
        && host.split('.').all(|label| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-'));
    let with_scheme = format!("https://{url}");
    match is_host && !url.contains("://") && Url::parse(&with_scheme).is_ok() {
        true => with_scheme,
        false => url,
    }
}

fn is_made(feed: &OpmlFeed) -> bool {
    made_by_newsboat(&feed.url).is_some()
}

/// Why an address that newsboat understands is none that can be watched.
pub(super) fn made_by_newsboat(url: &str) -> Option<&'static str> {
    match url.split_once(':')?.0 {
        "query" => Some("newsboat makes it of other feeds by a query; a rule does that here"),
        "exec" | "filter" => Some("newsboat runs a program for it, and wirewatch runs none"),
        _ => None,
    }
}
