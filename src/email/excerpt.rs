//! The pieces of an article that a mail quotes: its beginning, the sentences that a rule hit, the words that changed.

use unicode_segmentation::UnicodeSegmentation;

use super::document::{Line, Tone};
use super::header::cut;
use crate::model::{ArticleText, DeliveredArticle, MatchField, Op, Role, WordChange};

/// Unchanged words between two changes are folded to their ends above this many bytes.
const MAX_EQUAL_RUN: usize = 220;
/// Different hit words that are highlighted, and matches that are looked at: a rule like `a*` has thousands.
const MAX_HITS: usize = 40;
const MAX_MATCHES: usize = 400;
/// Bytes that two quotations share before they are taken for the same place.
const MIN_OVERLAP: usize = 24;
/// A quoted sentence, in characters.
const MAX_SENTENCE: usize = 300;

/// The words as the article writes them that rules looked for: in the new text, and in the old one.
#[derive(Debug, Default)]
pub(super) struct Hits {
    after: Vec<String>,
    before: Vec<String>,
}

impl Hits {
    pub fn of(article: &DeliveredArticle) -> Self {
        let mut hits = Self::default();
        for found in article.rules.iter().flat_map(|rule| &rule.matches) {
            let words = match found.field {
                MatchField::Title | MatchField::Summary | MatchField::Body | MatchField::Added | MatchField::Author => {
                    &mut hits.after
                }
                MatchField::Removed => &mut hits.before,
                _ => continue,
            };
            if words.len() < MAX_HITS && !found.text.trim().is_empty() && !words.iter().any(|word| found.text == *word)
            {
                words.push(found.text.to_string());
            }
        }
        // The longest first, so that "Collective Security" wins over "Security".
        hits.after.sort_by_key(|word| std::cmp::Reverse(word.len()));
        hits.before.sort_by_key(|word| std::cmp::Reverse(word.len()));
        hits
    }

    /// The text with the hit words in it highlighted.
    pub fn highlight(&self, text: &str, op: Op) -> Line {
        let words = if op == Op::Delete { &self.before } else { &self.after };
        let mut line = Line::default();
        let mut done = 0;
        while let Some((start, end)) = next_hit(text, done, words) {
            line.push(&text[done..start], op, Tone::Plain);
            line.push(&text[start..end], op, Tone::Hit);
            done = end;
        }
        line.push(&text[done..], op, Tone::Plain);
        line
    }
}

/// The first place at or after `from` where one of the words stands as a whole word.
fn next_hit(text: &str, from: usize, words: &[String]) -> Option<(usize, usize)> {
    let first = |word: &String| {
        let places = text[from..].match_indices(word.as_str());
        let mut places = places.map(|(at, _)| (from + at, from + at + word.len()));
        places.find(|&(start, end)| stands_alone(text, start, end))
    };
    words.iter().filter_map(first).min_by_key(|&(start, end)| (start, std::cmp::Reverse(end)))
}

/// Whether no letter continues the word on either side. Scripts without spaces have no such sides.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let spaced = |c: char| c.is_alphanumeric() && c < '\u{0E00}';
    let open = |outside: Option<char>, edge: Option<char>| !(outside.is_some_and(spaced) && edge.is_some_and(spaced));
    open(text[..start].chars().next_back(), text[start..end].chars().next())
        && open(text[end..].chars().next(), text[start..end].chars().next_back())
}

/// The beginning of the article in about `max_words` words: its summary, else its first paragraphs.
pub(super) fn lead(text: &ArticleText, hits: &Hits, max_words: usize) -> Vec<Line> {
    if max_words == 0 {
        return Vec::new();
    }
    if let Some(summary) = text.summary.as_deref().filter(|summary| !summary.trim().is_empty()) {
        return vec![hits.highlight(&first_words(summary, max_words), Op::Equal)];
    }
    opening(text, hits, max_words)
}

/// The first paragraphs of the text in about `max_words` words.
pub(super) fn opening(text: &ArticleText, hits: &Hits, max_words: usize) -> Vec<Line> {
    if max_words == 0 {
        return Vec::new();
    }
    let mut left = max_words;
    let mut lines = Vec::new();
    let paragraphs = text.paragraphs.iter().filter(|paragraph| paragraph.role != Role::Caption);
    for paragraph in paragraphs.take(6) {
        let shown = first_words(&paragraph.text, left);
        left = left.saturating_sub(words_in(&shown));
        lines.push(hits.highlight(&shown, Op::Equal));
        if left < max_words / 4 {
            break;
        }
    }
    lines
}

/// At most `max` words; six characters stand for a word, so that scripts without spaces are bounded too.
fn first_words(text: &str, max: usize) -> String {
    let shown = cut(text, max * 6);
    let mut ends = shown.split_word_bound_indices().filter(|(_, word)| word.chars().any(char::is_alphanumeric));
    match ends.nth(max) {
        Some((at, _)) if shown[..at].ends_with(char::is_whitespace) => format!("{}…", shown[..at].trim_end()),
        _ => shown,
    }
}

fn words_in(text: &str) -> usize {
    text.split_whitespace().count().max(text.chars().count() / 6)
}

/// A sentence of the text, by paragraph and bytes, with the terms that hit it.
struct Candidate {
    paragraph: usize,
    start: usize,
    end: usize,
    at: usize,
    terms: Vec<usize>,
}

/// The sentences of the text that hold the most different hits, in reading order, at most `limit`.
pub(super) fn sentences(article: &DeliveredArticle, hits: &Hits, limit: usize) -> Vec<Line> {
    let mut candidates = candidates(article);
    let mut covered: Vec<usize> = Vec::new();
    let mut chosen: Vec<Candidate> = Vec::new();
    while chosen.len() < limit {
        let fresh = |candidate: &Candidate| candidate.terms.iter().filter(|term| !covered.contains(term)).count();
        let Some(best) = (0..candidates.len())
            .max_by_key(|&at| (fresh(&candidates[at]), candidates[at].terms.len(), std::cmp::Reverse(at)))
        else {
            break;
        };
        if !chosen.is_empty() && fresh(&candidates[best]) == 0 {
            break;
        }
        let best = candidates.remove(best);
        covered.extend(&best.terms);
        chosen.push(best);
    }
    chosen.sort_by_key(|candidate| (candidate.paragraph, candidate.start));
    let text = |candidate: &Candidate| {
        let sentence = &article.after.text.paragraphs[candidate.paragraph].text[candidate.start..candidate.end];
        hits.highlight(&around(sentence, candidate.at - candidate.start, MAX_SENTENCE), Op::Equal)
    };
    chosen.iter().map(text).collect()
}

/// Whether a quoted text, of which parts may be left out, holds the sentence or a good part of it.
pub(super) fn overlaps(quoted: &str, sentence: &str) -> bool {
    let parts = quoted.split('…').map(str::trim).filter(|part| part.len() >= MIN_OVERLAP);
    quoted.contains(sentence) || parts.into_iter().any(|part| sentence.contains(part))
}

/// Every sentence that a match in the text lies in.
fn candidates(article: &DeliveredArticle) -> Vec<Candidate> {
    let mut terms: Vec<(&str, &str)> = Vec::new();
    let mut candidates: Vec<Candidate> = Vec::new();
    for rule in &article.rules {
        let in_text = |field| matches!(field, MatchField::Body | MatchField::Added);
        for found in rule.matches.iter().filter(|found| in_text(found.field)).take(MAX_MATCHES) {
            let Some((paragraph, start)) = place(&article.after.text, found.start, &found.text) else { continue };
            let term = (rule.name.as_str(), found.term.as_str());
            let term = terms.iter().position(|known| *known == term).unwrap_or_else(|| {
                terms.push(term);
                terms.len() - 1
            });
            let known = candidates
                .iter_mut()
                .find(|known| known.paragraph == paragraph && (known.start..known.end).contains(&start));
            match known {
                Some(known) if known.terms.contains(&term) => {}
                Some(known) => known.terms.push(term),
                None => {
                    let (from, to) = sentence_at(&article.after.text.paragraphs[paragraph].text, start);
                    candidates.push(Candidate { paragraph, start: from, end: to, at: start, terms: vec![term] });
                }
            }
        }
    }
    candidates.sort_by_key(|candidate| (candidate.paragraph, candidate.start));
    candidates
}

/// The paragraph and the byte in it that a position in [`ArticleText::text`] means, if the words stand there.
fn place(text: &ArticleText, position: usize, words: &str) -> Option<(usize, usize)> {
    let mut start = 0;
    for (index, paragraph) in text.paragraphs.iter().enumerate() {
        let end = start + paragraph.text.len();
        if position < end {
            let at = position.checked_sub(start)?;
            return paragraph.text.get(at..)?.starts_with(words).then_some((index, at));
        }
        start = end + "\n\n".len();
    }
    None
}

/// The sentence around a byte of a paragraph.
fn sentence_at(text: &str, at: usize) -> (usize, usize) {
    let mut sentences = text.split_sentence_bound_indices();
    let around = sentences.find(|(start, sentence)| at < start + sentence.len());
    around.map_or((0, text.len()), |(start, sentence)| (start, start + sentence.len()))
}

/// The sentence, or where it is longer than `max` characters, the part of it around byte `at`.
pub(super) fn around(sentence: &str, at: usize, max: usize) -> String {
    let length = sentence.chars().count();
    if length <= max {
        return sentence.trim().to_owned();
    }
    let before = sentence[..at].chars().count();
    let skipped = before.saturating_sub(max / 3).min(length - max);
    if skipped == 0 {
        return cut(sentence.trim(), max);
    }
    let from = sentence.char_indices().nth(skipped).map_or(0, |(at, _)| at);
    let from = sentence[from..at].find(char::is_whitespace).map_or(from, |space| from + space);
    format!("…{}", cut(sentence[from..].trim(), max))
}

/// Changed words with hits highlighted, at most about `max` characters; long runs that stayed are folded.
pub(super) fn changed(words: &[WordChange], hits: &Hits, max: usize) -> Line {
    let mut line = Line::default();
    let mut left = max;
    for (index, word) in words.iter().enumerate() {
        if left == 0 {
            line.push("…", Op::Equal, Tone::Plain);
            break;
        }
        let folded = match word.op {
            Op::Equal => fold(&word.text, index > 0, index + 1 < words.len()),
            Op::Insert | Op::Delete => word.text.clone(),
        };
        let shown = cut(&folded, left);
        left = if shown.len() < folded.len() { 0 } else { left.saturating_sub(shown.chars().count()) };
        line = line.append(hits.highlight(&shown, word.op));
        if left == 0 && index + 1 == words.len() {
            break;
        }
    }
    line
}

/// An unchanged run with its middle (or its far end, at either end of the excerpt) left out.
fn fold(text: &str, follows: bool, goes_on: bool) -> String {
    if text.len() <= MAX_EQUAL_RUN {
        return text.to_owned();
    }
    let head = if follows { cut(text, MAX_EQUAL_RUN / 3) } else { "…".to_owned() };
    let tail = if goes_on { last(text, MAX_EQUAL_RUN / 3) } else { "" };
    match (follows, goes_on) {
        (false, false) => cut(text, MAX_EQUAL_RUN),
        _ => format!("{head}{tail}"),
    }
}

/// About the last `max` bytes of the text, from a space on.
fn last(text: &str, max: usize) -> &str {
    let from = (text.len().saturating_sub(max)..text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    let from = text[from..].find(char::is_whitespace).map_or(from, |space| from + space);
    &text[from..]
}
