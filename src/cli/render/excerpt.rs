//! The words a rule found, shown where they stand.

use crate::archive::{Excerpt, brief as brief_of, excerpt as excerpt_of};
use crate::cli::text::{Mark, Text};
use crate::model::{ArticleText, Match};

/// The first place in the article's text that matches, with the words around it; `None` when no match is in the text.
pub fn excerpt(matches: &[Match], article: &ArticleText) -> Option<Text> {
    excerpt_of(matches, article).as_ref().map(marked)
}

/// The same in about one line.
pub fn brief(matches: &[Match], article: &ArticleText) -> Option<Text> {
    brief_of(matches, article).as_ref().map(marked)
}

fn marked(excerpt: &Excerpt) -> Text {
    let mut text = Text::new();
    if excerpt.is_cut_before {
        text.push(Mark::Faint, "… ");
    }
    text.push_with_hits(Mark::Plain, &excerpt.text, &excerpt.hits);
    if excerpt.is_cut_behind {
        text.push(Mark::Faint, " …");
    }
    text
}
