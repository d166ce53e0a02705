//! The text that JSON-LD states beside the page's own: an article's body, or the posts of a live blog.

use crate::model::{Role, Timestamp};

use super::super::outline::Placed;
use super::super::wording;
use super::json_ld::Node;

/// Fewest letters by which a paragraph of the page is known to be of a post.
const MIN_TELLING_LETTERS: usize = 20;
/// Most paragraphs that are looked up, and most letters in which: each costs time in proportion to them.
const MAX_SEARCHES: usize = 500;
const MAX_LETTERS: usize = 200_000;

/// The body in paragraphs; of a live blog, its posts with their times.
pub fn read(node: &Node) -> Vec<Placed> {
    let paragraph = |role: Role, text: String, at: Option<Timestamp>| Placed { index: None, role, text, at };
    let posts = node.posts();
    if posts.iter().all(|post| post.body.is_empty()) {
        return node.body().into_iter().map(|text| paragraph(Role::Paragraph, text, None)).collect();
    }
    posts
        .into_iter()
        .flat_map(|post| {
            let heading = post.headline.map(|text| paragraph(Role::Heading, text, post.at));
            heading.into_iter().chain(post.body.into_iter().map(move |text| paragraph(Role::Post, text, post.at)))
        })
        .collect()
}

/// Gives the paragraphs of a page whose markup has no times those of the posts that JSON-LD states with their words.
pub fn date_posts(stated: &[Placed], paragraphs: &mut [Placed]) {
    if stated.iter().all(|post| post.at.is_none()) || paragraphs.iter().any(|paragraph| paragraph.at.is_some()) {
        return;
    }
    let mut left = MAX_LETTERS;
    let dated = stated.iter().filter_map(|post| Some((wording::letters(&post.text), post.at?)));
    let dated: Vec<(String, Timestamp)> = dated
        .take_while(|(letters, _)| {
            left = left.saturating_sub(letters.len());
            left > 0
        })
        .collect();
    for paragraph in paragraphs.iter_mut().take(MAX_SEARCHES) {
        let letters = wording::letters(&paragraph.text);
        let holds = |post: &String| *post == letters || letters.len() >= MIN_TELLING_LETTERS && post.contains(&letters);
        paragraph.at = dated.iter().find(|(post, _)| holds(post)).map(|(_, at)| *at);
        if paragraph.at.is_some() && paragraph.role == Role::Paragraph {
            paragraph.role = Role::Post;
        }
    }
}
