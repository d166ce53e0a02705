//! The word-level difference of two texts, for people to read.

use super::lexicon::Lexicon;
use super::pair::Pair;
use super::paragraphs::{self, Row};
use super::script;
use super::token::{Text, Vocabulary};
use crate::model::{ArticleText, Diff, Op, ParagraphChange, ParagraphOp, Role, WordChange};

/// Aligns two texts of one article, paragraph by paragraph and word by word.
///
/// `ParagraphOp::Equal` is said of a paragraph that looks the same to a reader; where its bytes differ (straight and
/// typographic quotation marks), its words hold both spellings, so that the runs always join to the two texts exactly.
pub fn align(old: &ArticleText, new: &ArticleText) -> Diff {
    let mut vocabulary = Vocabulary::new(Lexicon::of(new));
    let mut field = |old: &Option<String>, new: &Option<String>| {
        words(old.as_deref().unwrap_or_default(), new.as_deref().unwrap_or_default(), &mut vocabulary)
    };
    let headline = field(&old.headline, &new.headline);
    let summary = field(&old.summary, &new.summary);
    let byline = field(&old.byline, &new.byline);
    let correction = field(&old.correction, &new.correction);
    let (old_texts, new_texts) = (sources(old), sources(new));
    let rows = paragraphs::rows(&old_texts, &new_texts, &mut vocabulary);
    let paragraphs = rows
        .into_iter()
        .map(|row| ParagraphChange {
            op: row.op,
            before: row.before,
            after: row.after,
            role: role(&row, old, new),
            words: row_words(&row, &old_texts, &new_texts, &mut vocabulary),
        })
        .collect();
    Diff { headline, summary, byline, correction, paragraphs }
}

fn sources(text: &ArticleText) -> Vec<&str> {
    text.paragraphs.iter().map(|paragraph| paragraph.text.as_str()).collect()
}

/// The role in the new text, or the one that a deleted paragraph had.
fn role(row: &Row, old: &ArticleText, new: &ArticleText) -> Role {
    let after = row.after.map(|index| new.paragraphs[index].role);
    let before = row.before.map(|index| old.paragraphs[index].role);
    after.or(before).unwrap_or(Role::Paragraph)
}

fn row_words(row: &Row, old: &[&str], new: &[&str], vocabulary: &mut Vocabulary) -> Vec<WordChange> {
    let before = row.before.map_or("", |index| old[index]);
    let after = row.after.map_or("", |index| new[index]);
    match row.op {
        ParagraphOp::Insert => run(Op::Insert, after),
        ParagraphOp::Delete => run(Op::Delete, before),
        ParagraphOp::Equal | ParagraphOp::Change | ParagraphOp::Move => words(before, after, vocabulary),
    }
}

fn words(old: &str, new: &str, vocabulary: &mut Vocabulary) -> Vec<WordChange> {
    if old == new {
        return run(Op::Equal, old);
    }
    let (old, new) = (Text::read(old, vocabulary), Text::read(new, vocabulary));
    let pair = Pair::compare(&old, &new, vocabulary);
    script::word_changes(&old, &new, &pair.hunks)
}

fn run(op: Op, text: &str) -> Vec<WordChange> {
    if text.is_empty() {
        return Vec::new();
    }
    vec![WordChange { op, text: text.to_owned() }]
}
