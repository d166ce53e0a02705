//! Earlier texts as they would read today: a change of our reading is taken out of the way from one version to a later.

use std::collections::HashSet;

use crate::diff;
use crate::model::{ArticleText, Paragraph};

use super::blocks::key;
use super::overlap::{self, Words};
use super::step::Field;

/// A text as it would have read, had the technical step between two later versions (`from`, `to`) come before it.
///
/// What that step left out is left out, what it added stands at its place, and what differs besides is the publisher's.
/// Where a passage was edited and then read otherwise, both stay in one difference.
pub fn carry(text: &ArticleText, from: &ArticleText, to: &ArticleText) -> ArticleText {
    let (old, was, is) = (keys(text), keys(from), keys(to));
    let (known, before, after): (HashSet<u64>, HashSet<u64>, HashSet<u64>) =
        (old.iter().copied().collect(), was.iter().copied().collect(), is.iter().copied().collect());
    let stays = |key: &u64| after.contains(key) || !before.contains(key);
    let kept: Vec<(u64, &Paragraph)> =
        old.iter().copied().zip(&text.paragraphs).filter(|(key, _)| stays(key)).collect();
    let edited: Vec<Words> =
        kept.iter().filter(|(key, _)| !after.contains(key)).map(|(_, paragraph)| Words::of(&paragraph.text)).collect();
    let came =
        is.iter().zip(&to.paragraphs).enumerate().filter(|(_, (key, _))| !before.contains(key) && !known.contains(key));
    let came = came.filter(|(_, (_, paragraph))| overlap::alike(&edited, &[Words::of(&paragraph.text)]).is_empty());
    let came = came.map(|(at, (_, paragraph))| (at, paragraph.clone())).collect();
    let field = |field: Field| {
        let [own, from, to] = [text, from, to].map(|text| field.of(text));
        let folded = |field: &Option<String>| diff::fold(field.as_deref().unwrap_or_default()).into_owned();
        if folded(own) == folded(from) { to.clone() } else { own.clone() }
    };
    ArticleText {
        headline: field(Field::Headline),
        summary: field(Field::Summary),
        byline: field(Field::Byline),
        correction: field(Field::Correction),
        published_at: step(&text.published_at, &from.published_at, &to.published_at),
        modified_at: step(&text.modified_at, &from.modified_at, &to.modified_at),
        section: step(&text.section, &from.section, &to.section),
        canonical_url: step(&text.canonical_url, &from.canonical_url, &to.canonical_url),
        language: step(&text.language, &from.language, &to.language),
        tags: step(&text.tags, &from.tags, &to.tags),
        paragraphs: woven(&kept, &is, came),
    }
}

fn step<T: Clone + PartialEq>(own: &T, from: &T, to: &T) -> T {
    if own == from { to.clone() } else { own.clone() }
}

pub(super) fn keys(text: &ArticleText) -> Vec<u64> {
    text.paragraphs.iter().map(|paragraph| key(&paragraph.text)).collect()
}

/// Paragraphs that stay, in their order, with others between them: `page` is where both stand, and each of the others
/// comes with its place there.
pub(super) fn woven(stay: &[(u64, &Paragraph)], page: &[u64], others: Vec<(usize, Paragraph)>) -> Vec<Paragraph> {
    let mut placed: Vec<(usize, Paragraph)> = Vec::with_capacity(stay.len() + others.len());
    let mut behind = 0;
    for (key, paragraph) in stay {
        behind += page[behind..].iter().position(|other| other == key).unwrap_or(0);
        placed.push((behind, (*paragraph).clone()));
    }
    placed.extend(others);
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, paragraph)| paragraph).collect()
}
