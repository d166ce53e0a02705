//! The changed places of a diff with a little context, as mails show them.

use super::fold::fold;
use super::token::is_spaceless;
use crate::model::{Diff, Op, ParagraphChange, ParagraphOp, WordChange};

/// A changed place with the words around it. `…` as equal text stands for what was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    pub words: Vec<WordChange>,
    /// The new paragraph it stands in, from 0; `None` for a paragraph that was deleted.
    pub after_paragraph: Option<usize>,
}

/// What came or went in one run is shown up to this many words.
const MAX_RUN_WORDS: usize = 60;

/// The changed places of the paragraphs, in reading order, each with about `context_words` words on either side.
///
/// Places closer to each other than their contexts share one excerpt. Differences that a reader does not see, and
/// paragraphs that only moved, are left out; how many excerpts to show is up to the caller.
pub fn changed_sentences(diff: &Diff, context_words: usize) -> Vec<Excerpt> {
    diff.paragraphs.iter().flat_map(|row| excerpts_of(row, context_words)).collect()
}

fn excerpts_of(row: &ParagraphChange, context_words: usize) -> Vec<Excerpt> {
    let excerpt = |words| Excerpt { words, after_paragraph: row.after };
    match row.op {
        ParagraphOp::Equal => Vec::new(),
        ParagraphOp::Insert | ParagraphOp::Delete => vec![excerpt(row.words.iter().flat_map(shortened).collect())],
        ParagraphOp::Change | ParagraphOp::Move => {
            places(&visible(&row.words), context_words).into_iter().map(excerpt).collect()
        }
    }
}

/// The runs with those differences made equal that a reader does not see.
fn visible(words: &[WordChange]) -> Vec<WordChange> {
    let mut visible: Vec<WordChange> = Vec::with_capacity(words.len());
    let mut push = |op: Op, text: &str| match visible.last_mut() {
        Some(last) if last.op == op => last.text.push_str(text),
        _ => visible.push(WordChange { op, text: text.to_owned() }),
    };
    let mut index = 0;
    while let Some(run) = words.get(index) {
        let next = words.get(index + 1).filter(|next| run.op == Op::Delete && next.op == Op::Insert);
        match next {
            Some(next) if fold(&run.text) == fold(&next.text) => {
                push(Op::Equal, &next.text);
                index += 2;
            }
            None if run.op != Op::Equal && fold(&run.text).is_empty() => {
                push(Op::Equal, if run.op == Op::Insert { &run.text } else { "" });
                index += 1;
            }
            _ => {
                push(run.op, &run.text);
                index += 1;
            }
        }
    }
    visible
}

/// Cuts equal runs to their context; a long one between two changes ends an excerpt and begins the next.
fn places(words: &[WordChange], context: usize) -> Vec<Vec<WordChange>> {
    let is_change = |run: &WordChange| run.op != Op::Equal;
    let (Some(first), Some(last)) = (words.iter().position(is_change), words.iter().rposition(is_change)) else {
        return Vec::new();
    };
    let mut places = Vec::new();
    let mut place = Vec::new();
    for (index, run) in words.iter().enumerate() {
        if is_change(run) {
            place.extend(shortened(run));
            continue;
        }
        let head = if index < first { "" } else { first_words(&run.text, context) };
        let tail = if index > last { "" } else { last_words(&run.text, context) };
        if head.len() + tail.len() >= run.text.len() {
            place.push(run.clone());
            continue;
        }
        if index > first {
            place.push(equal(format!("{head}…")));
        }
        if index > first && index < last {
            places.push(std::mem::take(&mut place));
        }
        if index < last {
            place.push(equal(format!("…{tail}")));
        }
    }
    places.push(place);
    places
}

fn equal(text: String) -> WordChange {
    WordChange { op: Op::Equal, text }
}

/// A long run without its end.
fn shortened(run: &WordChange) -> Vec<WordChange> {
    let head = first_words(&run.text, MAX_RUN_WORDS);
    if head.len() == run.text.len() {
        return vec![run.clone()];
    }
    vec![WordChange { op: run.op, text: head.to_owned() }, equal("…".to_owned())]
}

/// The text up to the end of its `count`th word.
fn first_words(text: &str, count: usize) -> &str {
    match word_starts(text).nth(count) {
        Some(start) => text[..start].trim_end(),
        None => text,
    }
}

/// The text from the beginning of its `count`th word from the end.
fn last_words(text: &str, count: usize) -> &str {
    let starts: Vec<usize> = word_starts(text).collect();
    match starts.len().checked_sub(count) {
        None => text,
        Some(skipped) => starts.get(skipped).map_or("", |start| &text[*start..]),
    }
}

/// Where words begin. Two characters of a script without spaces count as a word.
fn word_starts(text: &str) -> impl Iterator<Item = usize> {
    let mut spaceless = 0;
    let mut is_free = true;
    text.char_indices().filter_map(move |(at, c)| {
        let was_free = std::mem::replace(&mut is_free, c.is_whitespace());
        spaceless = if is_spaceless(c) { spaceless + 1 } else { 0 };
        let begins = if spaceless > 0 { spaceless % 2 == 1 } else { was_free && !c.is_whitespace() };
        begins.then_some(at)
    })
}
