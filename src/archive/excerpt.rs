//! The words a rule found, shown where they stand.

use std::ops::Range;

use crate::model::{ArticleText, Match, MatchField};

/// How much is shown before the first hit, in bytes, and how much in all.
const LEAD: usize = 60;
const LENGTH: usize = 220;
const BRIEF_LEAD: usize = 30;
const BRIEF_LENGTH: usize = 90;

/// Where matches lie in `text`, the content of one of the `fields`. A match whose words are not what stands there is left out.
pub fn hits(matches: &[Match], fields: &[MatchField], text: &str) -> Vec<Range<usize>> {
    let here = matches.iter().filter(|found| fields.contains(&found.field));
    here.map(|found| (found.start..found.end, found.text.as_str()))
        .filter(|(span, words)| text.get(span.clone()) == Some(*words))
        .map(|(span, _)| span)
        .collect()
}

/// A piece of a text around the first words that were found, cut between words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    pub text: String,
    /// Bytes of it that were found, rising, without overlaps.
    pub hits: Vec<Range<usize>>,
    pub is_cut_before: bool,
    pub is_cut_behind: bool,
}

/// The first place in the article's text that matches, with the words around it; `None` when no match is in the text.
pub fn excerpt(matches: &[Match], article: &ArticleText) -> Option<Excerpt> {
    around(matches, article, LEAD, LENGTH)
}

/// The same in about one line.
pub fn brief(matches: &[Match], article: &ArticleText) -> Option<Excerpt> {
    around(matches, article, BRIEF_LEAD, BRIEF_LENGTH)
}

fn around(matches: &[Match], article: &ArticleText, lead: usize, length: usize) -> Option<Excerpt> {
    let text = article.text();
    let hits = hits(matches, &[MatchField::Body, MatchField::Added], &text);
    let first = hits.iter().map(|hit| hit.start).min()?;
    // An excerpt stays within its paragraph.
    let paragraph_start = text[..first].rfind("\n\n").map_or(0, |at| at + 2);
    let paragraph_end = text[first..].find("\n\n").map_or(text.len(), |at| first + at);
    let start = word_start(&text, first.saturating_sub(lead).max(paragraph_start), first);
    let end = word_end(&text, (start + length).min(paragraph_end), first);
    let inside = hits.iter().filter(|hit| hit.start >= start && hit.end <= end);
    Some(Excerpt {
        text: text[start..end].to_owned(),
        hits: apart(inside.map(|hit| hit.start - start..hit.end - start).collect()),
        is_cut_before: start > paragraph_start,
        is_cut_behind: end < paragraph_end,
    })
}

/// The same places in their order; of those that overlap the first, and of these the longest.
pub fn apart(mut hits: Vec<Range<usize>>) -> Vec<Range<usize>> {
    hits.sort_by_key(|hit| (hit.start, std::cmp::Reverse(hit.end)));
    let mut done = 0;
    hits.retain(|hit| {
        let is_free = hit.start >= done;
        if is_free {
            done = hit.end;
        }
        is_free
    });
    hits
}

/// The beginning of the first word at or after `at`, at most `limit`.
fn word_start(text: &str, at: usize, limit: usize) -> usize {
    let at = next_boundary(text, at).min(limit);
    let is_word_start = at == 0 || text[..at].ends_with(char::is_whitespace);
    match text[at..limit].find(char::is_whitespace) {
        _ if is_word_start => at,
        Some(space) => limit.min(next_boundary(text, at + space + 1)),
        None => at,
    }
}

/// The end of the last word that ends at or before `at`, but not before the word that begins at `hit`.
fn word_end(text: &str, at: usize, hit: usize) -> usize {
    let at = (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0).max(hit);
    if at == text.len() || text[at..].starts_with(char::is_whitespace) {
        return at;
    }
    match text[hit..at].rfind(char::is_whitespace) {
        Some(space) if space > 0 => hit + space,
        _ => at,
    }
}

fn next_boundary(text: &str, at: usize) -> usize {
    (at..text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len())
}
