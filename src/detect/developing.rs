//! Whether a story is still being written: a live blog, breaking news, "more to follow".
//!
//! The words are data in `developing.txt`, twelve languages of them. A wrong guess costs some more looks and nothing else.

use std::sync::LazyLock;

use url::Url;

use crate::model::{ArticleText, Role};

/// Paragraphs at each end of the text that may say so, and the longest of them that is read, in bytes.
const PARAGRAPHS: usize = 3;
const MAX_BYTES: usize = 600;
/// What sets a label off from its headline.
const MARKS: [char; 12] = [':', '：', '|', '-', '–', '—', '·', '•', '/', '】', ']', '!'];

#[derive(Debug, Default)]
struct Words {
    labels: Vec<&'static str>,
    phrases: Vec<&'static str>,
    parts: Vec<&'static str>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut words = Words::default();
    for line in include_str!("developing.txt").lines().map(str::trim) {
        match (line.strip_prefix("label "), line.strip_prefix('/')) {
            _ if line.is_empty() || line.starts_with(['#', '[']) => {}
            (Some(label), _) => words.labels.push(label),
            (_, Some(part)) => words.parts.push(part),
            _ => words.phrases.push(line),
        }
    }
    words
});

/// Whether the publisher marks an article as one that is still being written.
pub fn is_developing(text: &ArticleText, url: &Url) -> bool {
    let fields = text.section.iter().chain(&text.tags).map(|field| lower(field));
    let headline = text.headline.as_deref().map(lower).unwrap_or_default();
    text.paragraphs.iter().any(|paragraph| paragraph.role == Role::Post)
        || url.path().split('/').any(|part| WORDS.parts.contains(&part))
        || fields.into_iter().any(|field| WORDS.labels.contains(&field.trim()))
        || is_labelled(&headline)
        || has_phrase(&headline)
        || ends(text).any(has_phrase)
}

/// The first and last paragraphs that are short enough to say nothing else.
fn ends(text: &ArticleText) -> impl Iterator<Item = String> {
    let count = text.paragraphs.len();
    let is_end = move |at: &usize| *at < PARAGRAPHS || at + PARAGRAPHS >= count;
    let ends = text.paragraphs.iter().enumerate().filter(move |(at, _)| is_end(at));
    ends.filter(|(_, paragraph)| paragraph.text.len() <= MAX_BYTES).map(|(_, paragraph)| lower(&paragraph.text))
}

/// `live: …`, `… | live`, `【速報】…`
fn is_labelled(headline: &str) -> bool {
    let parts: Vec<&str> =
        headline.split(MARKS).map(|part| part.trim_matches(|c: char| !c.is_alphanumeric())).collect();
    let ends = [parts.first(), parts.last()];
    parts.len() > 1 && ends.into_iter().flatten().any(|part| WORDS.labels.contains(part))
}

fn has_phrase(text: impl AsRef<str>) -> bool {
    WORDS.phrases.iter().any(|phrase| holds(text.as_ref(), phrase))
}

/// Whether a text has a phrase as words of its own, in scripts that have spaces between them.
fn holds(text: &str, phrase: &str) -> bool {
    let is_spaced = !phrase.starts_with(|c: char| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}'));
    text.match_indices(phrase).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + phrase.len()..]);
        !is_spaced || !(before.ends_with(char::is_alphanumeric) || after.starts_with(char::is_alphanumeric))
    })
}

fn lower(text: &str) -> String {
    text.to_lowercase()
}
