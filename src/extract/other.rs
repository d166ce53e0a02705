//! Whether a page is another article than the one asked for, or no article but a list of them.

use url::Url;

use crate::model::ArticleText;

use super::marks::Marks;
use super::wording;

/// A list has at least so many links, and its text fewer words than this.
const MIN_LINKS: usize = 25;
const MAX_LIST_WORDS: usize = 60;
/// With fewer words than this the text says nothing of what it is about.
const MAX_SILENT_WORDS: usize = 25;
/// Most paragraphs in which the words of the address are looked for.
const SEARCHED_PARAGRAPHS: usize = 20;

/// Why the page is another article than the one asked for. Canonical links lie, so it takes two witnesses: an address that
/// is clearly another's, and a page that has none of the words that the asked address is made of.
pub fn other_article(text: &ArticleText, marks: &Marks, url: &Url) -> Option<String> {
    let canonical = marks.canonical.as_ref()?;
    let host = |url: &Url| url.host_str().unwrap_or_default().trim_start_matches("www.").to_owned();
    let is_other = is_above(canonical, url) || has_other_id(canonical, url);
    let asked = slug_words(url);
    if host(canonical) != host(url) || !is_other || !says_nothing_of(&asked, text) {
        return None;
    }
    Some(format!("the page calls itself `{canonical}`, and says nothing of `{}`", asked.join(" ")))
}

/// Why the page is a list of links: a front page, a section, a search.
pub fn list(text: &ArticleText, marks: &Marks, url: &Url) -> Option<String> {
    let words = text.words();
    if marks.is_article || marks.links < MIN_LINKS || words >= MAX_LIST_WORDS {
        return None;
    }
    let asked = slug_words(url);
    let is_list = if asked.len() < 3 { words < MAX_SILENT_WORDS } else { says_nothing_of(&asked, text) };
    is_list.then(|| format!("the page is a list of {} links and has {words} words of text", marks.links))
}

/// Whether a page has hardly any of the words that the asked address is made of.
fn says_nothing_of(asked: &[String], text: &ArticleText) -> bool {
    if asked.len() < 3 {
        return false;
    }
    let mut said = wording::words(text.headline.as_deref().unwrap_or_default());
    let paragraphs = text.paragraphs.iter().take(SEARCHED_PARAGRAPHS);
    said.extend(paragraphs.flat_map(|paragraph| wording::words(&paragraph.text)));
    let is_said = |word: &&String| {
        said.iter().any(|other| other.starts_with(word.as_str()) || word.starts_with(other.as_str()) && other.len() > 3)
    };
    asked.iter().filter(is_said).count() * 4 <= asked.len()
}

/// Whether an address is the root, or a folder in which the other one lies.
fn is_above(one: &Url, other: &Url) -> bool {
    let path = one.path().trim_end_matches('/');
    let is_folder = other.path().strip_prefix(path).is_some_and(|rest| rest.len() > 1 && rest.starts_with('/'));
    one.query().is_none() && is_folder
}

/// The words of the last part of an address that reads as words.
fn slug_words(url: &Url) -> Vec<String> {
    let parts = url.path_segments().into_iter().flatten();
    let slugs = parts.map(|part| wording::words(part.split('.').next().unwrap_or_default()));
    let words = slugs.map(|words| {
        words.into_iter().filter(|word| word.len() >= 4 && word.chars().all(|c| c.is_ascii_alphabetic())).collect()
    });
    words.max_by_key(|words: &Vec<String>| words.len()).unwrap_or_default()
}

/// Whether both addresses carry article numbers and have none in common.
fn has_other_id(one: &Url, other: &Url) -> bool {
    let ids = |url: &Url| -> Vec<String> {
        let numbers =
            url.path().split(|c: char| !c.is_ascii_digit()).filter(|number| number.len() >= 5 && number.len() != 8);
        numbers.map(str::to_owned).collect()
    };
    let (one, other) = (ids(one), ids(other));
    !one.is_empty() && !other.is_empty() && one.iter().all(|id| !other.contains(id))
}
