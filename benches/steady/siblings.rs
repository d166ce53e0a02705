//! Other articles of a page's host: its template around other texts, watched before the page is.

use wirewatch::model::{ArticleId, HostMemory};

use crate::noise::Noise;
use crate::pages::{Page, folded};
use crate::random::Random;
use crate::tree::Node;
use crate::watch::Watch;

/// Looks at each sibling.
const LOOKS: usize = 3;

/// What the host has shown after so many other articles.
pub fn memory(page: &Page, noise: &Noise<'_>, count: usize) -> HostMemory {
    let mut memory = HostMemory::new();
    for number in 0..count {
        let name = format!("sibling {number}");
        let sibling = sibling(page, noise, &name);
        let article = ArticleId(1_000 + number as i64);
        let mut watch = Watch::new(article, &page.url, memory);
        for look in 0..LOOKS {
            watch.look(|attempt| noise.fetch(&sibling, &[&name, &look.to_string(), &attempt.to_string()]).html);
        }
        memory = watch.host;
    }
    memory
}

/// The page with another article in it.
fn sibling(page: &Page, noise: &Noise<'_>, name: &str) -> Page {
    let mut random = Random::of(&[&page.id, name]);
    let mut sibling = page.clone();
    for id in page.article_nodes() {
        let Node::Text(text) = page.tree.node(id) else { continue };
        let length = folded(text).len();
        let mut other = String::new();
        while length > 0 && other.len() < length {
            let Some(sentence) = noise.sentence(page, &mut random) else { return sibling };
            other.push_str(&sentence);
            other.push(' ');
        }
        sibling.tree.set_text(id, other);
    }
    if let Some(headline) = &page.headline {
        let title = noise.title(page, &mut random).unwrap_or_default();
        for id in page.tree.all() {
            if matches!(page.tree.node(id), Node::Text(text) if folded(text).contains(headline.as_str())) {
                sibling.tree.set_text(id, title.clone());
            }
        }
    }
    sibling
}
