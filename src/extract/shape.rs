//! Drops by its shape what is no prose: link lists, lone times and bylines, labels of advertisements.

use crate::model::Role;

use super::content::Chosen;
use super::metadata::Metadata;
use super::outline::Placed;
use super::stamp;
use super::walk::Block;
use super::wording;

/// A block up to this long that is nearly all link points elsewhere; a longer one is a paragraph with a long link.
const MAX_LINK_LETTERS: usize = 160;
/// How many blocks from the start may repeat the headline or the byline.
const TOP_BLOCKS: usize = 6;

/// The article's paragraphs.
pub fn paragraphs(blocks: &[Block], chosen: Vec<Chosen>, metadata: &Metadata) -> Vec<Placed> {
    let labels = repeated_labels(blocks, &chosen);
    let headline = metadata.headline.as_deref().map(wording::key).unwrap_or_default();
    let byline = metadata.byline.as_deref().map(wording::key).unwrap_or_default();
    let count = chosen.len();
    let lists = linked_headings(blocks, &chosen);
    let mut paragraphs: Vec<Placed> = Vec::with_capacity(count);
    for (place, chosen) in chosen.into_iter().enumerate() {
        let key = wording::key(&chosen.text);
        let repeats_headline = place < TOP_BLOCKS && !headline.is_empty() && key == headline;
        let at_edge = place < TOP_BLOCKS || place + 3 > count;
        let repeats_byline = at_edge && is_byline(&key, &byline);
        let block = chosen.index.and_then(|index| blocks.get(index));
        let is_furniture = lists[place]
            || block.is_some_and(is_furniture)
            || stamp::is_relative(&chosen.text)
            || labels.contains(&key);
        let repeats_last = paragraphs.last().is_some_and(|last| last.text == chosen.text);
        if key.is_empty() || repeats_headline || repeats_byline || is_furniture || repeats_last {
            continue;
        }
        let at = block.and_then(|block| block.at);
        paragraphs.push(Placed { index: chosen.index, role: chosen.role, text: chosen.text, at });
    }
    drop_headings_of_lists(blocks, &mut paragraphs);
    while paragraphs.last().is_some_and(|last| last.role == Role::Heading) {
        paragraphs.pop();
    }
    paragraphs
}

/// A block that is nearly all link, a lone time, or stands in an advertisement's box.
fn is_furniture(block: &Block) -> bool {
    let is_links = block.linked_letters * 10 > block.letters * 9 && block.letters < MAX_LINK_LETTERS;
    let is_time = block.timed_letters == block.letters && block.letters < 60;
    let is_label = block.marks.is_advertisement() && block.letters < 40;
    // A heading is often a link to itself.
    (is_links && block.role != Role::Heading) || is_time || is_label
}

/// For each chosen block, whether it is one of several headings in a row that are all link: the titles of other articles.
fn linked_headings(blocks: &[Block], chosen: &[Chosen]) -> Vec<bool> {
    let is_linked = |chosen: &Chosen| {
        let block = chosen.index.and_then(|index| blocks.get(index));
        block.is_some_and(|block| block.role == Role::Heading && block.linked_letters * 10 > block.letters * 9)
    };
    let linked: Vec<bool> = chosen.iter().map(is_linked).collect();
    let beside = |place: usize| (place > 0 && linked[place - 1]) || linked.get(place + 1).is_some_and(|next| *next);
    (0..linked.len()).map(|place| linked[place] && beside(place)).collect()
}

/// Drops the headings behind which the page has only links: "Most read", "You may also like".
fn drop_headings_of_lists(blocks: &[Block], paragraphs: &mut Vec<Placed>) {
    let is_links = |block: &Block| block.linked_letters * 10 > block.letters * 9 && block.role != Role::Paragraph;
    paragraphs.retain(|paragraph| {
        let next = paragraph.index.and_then(|index| blocks.get(index + 1));
        paragraph.role != Role::Heading || !next.is_some_and(is_links)
    });
}

/// The byline alone, or with a little around it ("By … in London").
fn is_byline(key: &str, byline: &str) -> bool {
    byline.len() >= 5 && key.len() <= byline.len() + 12 && key.contains(byline)
}

/// Short texts that stand more than once outside of paragraphs: "Advertisement", "Read more". Names before the turns of
/// a conversation repeat too, but stand in paragraphs.
fn repeated_labels(blocks: &[Block], chosen: &[Chosen]) -> Vec<String> {
    let mut labels: Vec<String> = chosen
        .iter()
        .filter_map(|chosen| chosen.index.map(|index| (&blocks[index], chosen)))
        .filter(|(block, _)| matches!(block.element, "div" | "section" | "aside" | "figure"))
        .filter(|(block, _)| block.letters <= 30 && !block.text.ends_with(['.', '!', '?', ':', '…', '"', '”']))
        .map(|(_, chosen)| wording::key(&chosen.text))
        .collect();
    labels.sort_unstable();
    let mut repeated: Vec<String> =
        labels.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone()).collect();
    repeated.dedup();
    repeated
}
