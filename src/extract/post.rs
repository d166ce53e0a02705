//! The posts of a live blog: which elements they are, and when they were published.

use std::collections::BTreeSet;

use trafilatura::dom::{Document, NodeId};

use crate::model::{Role, Timestamp};

use super::content::{self, Chosen};
use super::metadata::moment;
use super::walk::Block;

/// Longest text of an element that may be a time, in bytes.
const MAX_TIME_BYTES: usize = 200;

/// Whether an element with these class names, or this `itemprop`, holds the posts of a live blog, or one of them.
pub fn is_in_live_blog(names: &str, property: &str) -> bool {
    const NAMES: [&str; 8] = [
        "liveblog",
        "live-blog",
        "live_blog",
        "live-post",
        "live-story-post",
        "live-update",
        "lx-stream",
        "liveticker",
    ];
    property.eq_ignore_ascii_case("liveBlogUpdate") || NAMES.iter().any(|name| names.contains(name))
}

/// Whether an element of a live blog is one of its posts.
pub fn is_post(element: &str, names: &str, property: &str) -> bool {
    const NAMES: [&str; 3] = ["post", "entry", "update"];
    let is_item = matches!(element, "article" | "li" | "section" | "div");
    let is_named = names.split_ascii_whitespace().any(|name| {
        let word = name.rsplit(['-', '_']).find(|part| !part.bytes().all(|byte| byte.is_ascii_digit()));
        word.is_some_and(|word| NAMES.contains(&word))
    });
    element == "article" || property.eq_ignore_ascii_case("liveBlogUpdate") || is_item && is_named
}

/// The time that a post carries as an attribute of its own.
pub fn own_time(document: &Document, node: NodeId) -> Option<Timestamp> {
    const ATTRIBUTES: [&str; 6] =
        ["data-timestamp", "data-time", "data-published", "data-datetime", "data-created", "data-publish-time"];
    moment::best(ATTRIBUTES.iter().filter_map(|name| document.get_attribute(node, name)))
}

/// The time that an element inside a post states for machines.
pub fn time(document: &Document, node: NodeId, tag: &str) -> Option<Timestamp> {
    let property = document.get_attribute(node, "itemprop").unwrap_or_default();
    let is_published = property.eq_ignore_ascii_case("datePublished");
    if tag != "time" && !is_published {
        return own_time(document, node).filter(|_| document.text_content(node).len() <= MAX_TIME_BYTES);
    }
    if property.eq_ignore_ascii_case("dateModified") {
        return None;
    }
    let stated = ["datetime", "content"].iter().filter_map(|name| document.get_attribute(node, name));
    moment::best(stated)
}

/// Whether class names say that an element tells a time.
pub fn is_named_as_time(names: &str) -> bool {
    const WORDS: [&str; 7] = ["time", "timestamp", "date", "datetime", "ago", "published", "clock"];
    names.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| WORDS.contains(&word))
}

/// The chosen blocks with those of all posts, where one of several posts was chosen: an extractor that looks for one
/// article takes the longest post for it.
pub fn complete(blocks: &[Block], chosen: Vec<Chosen>) -> Vec<Chosen> {
    let posts: BTreeSet<usize> = blocks.iter().filter_map(|block| block.post).collect();
    let post_of = |chosen: &Chosen| chosen.index.and_then(|index| blocks[index].post);
    if posts.len() < 2 || !chosen.iter().any(|chosen| post_of(chosen).is_some()) {
        return chosen;
    }
    let known: BTreeSet<usize> = chosen.iter().filter_map(|chosen| chosen.index).collect();
    let mut all: Vec<(usize, Chosen)> = Vec::with_capacity(blocks.len());
    for chosen in chosen {
        // What stands in no block stays behind what it stood behind.
        let behind = all.last().map_or(0, |(place, _)| *place);
        all.push((chosen.index.unwrap_or(behind), chosen));
    }
    let missing = blocks.iter().enumerate().filter(|(index, block)| !known.contains(index) && is_of_post(block));
    all.extend(
        missing
            .map(|(index, block)| (index, Chosen { index: Some(index), text: block.text.clone(), role: block.role })),
    );
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, chosen)| chosen).collect()
}

/// Whether a block in a post reads as a part of it, and not as a button or a link to another page.
fn is_of_post(block: &Block) -> bool {
    let is_linked = block.linked_letters * 2 > block.letters;
    block.post.is_some() && !is_linked && (block.role == Role::Heading || content::is_prose(block))
}
