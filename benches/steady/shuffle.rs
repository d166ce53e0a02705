//! Noise that changes what a page has already: order, names, addresses, wrappers.

use crate::pages::Page;
use crate::random::Random;
use crate::tree::{NodeId, Tree};

/// Shuffles the children of some elements that hold nothing of the article: lists, rails, footers.
pub fn reorder(tree: &mut Tree, page: &Page, random: &mut Random) {
    let can = |id: &NodeId| {
        let is_list = matches!(tree.name(*id), "ul" | "ol" | "aside" | "footer" | "section" | "div");
        let blocks = tree.children(*id).iter().filter(|child| tree.is_block(**child)).count();
        is_list && blocks >= 3 && blocks * 2 >= tree.children(*id).len()
    };
    let elements: Vec<NodeId> =
        tree.all().into_iter().filter(can).filter(|id| !page.holds_article(tree, *id)).collect();
    for _ in 0..4 {
        let Some(id) = random.pick(&elements) else { return };
        let mut children = tree.children(*id).to_vec();
        random.shuffle(&mut children);
        tree.set_children(*id, children);
    }
}

/// Gives every tenth element another id or one class more, as builds and slots do.
pub fn rename(tree: &mut Tree, random: &mut Random) {
    for id in tree.all() {
        if random.below(10) > 0 {
            continue;
        }
        let nonce = format!("css-{:05x}", random.below(0xf_ffff));
        let Some(attributes) = tree.attributes_mut(id) else { continue };
        match attributes.iter_mut().find(|(name, _)| name == "class") {
            Some((_, value)) => value.push_str(&format!(" {nonce}")),
            None => attributes.push(("data-key".to_owned(), nonce.clone())),
        }
        for (_, value) in
            attributes.iter_mut().filter(|(name, value)| name == "id" && value.ends_with(char::is_numeric))
        {
            value.push_str(&nonce[4..]);
        }
    }
}

/// Gives images, scripts and styles other addresses.
pub fn readdress(tree: &mut Tree, random: &mut Random) {
    let version = random.between(100, 9_999);
    for id in tree.elements(&["img", "script", "link", "source", "iframe"]) {
        let is_canonical = tree.attribute(id, "rel").is_some_and(|rel| rel.contains("canonical"));
        let attributes = tree.attributes_mut(id).filter(|_| !is_canonical).into_iter().flatten();
        for (_, value) in attributes.filter(|(name, _)| name == "src" || name == "href") {
            value.push_str(&format!("?v={version}"));
        }
    }
}

/// Puts a `div` more around the article's container, an element around that, or some of its paragraphs.
pub fn wrap(tree: &mut Tree, page: &Page, random: &mut Random) {
    let attributes = vec![("class".to_owned(), format!("variant-{}", random.below(100)))];
    let outer = page.tree.parent(page.container);
    let can = |id: NodeId| matches!(page.tree.name(id), "div" | "section" | "article" | "main");
    match random.below(3) {
        0 if can(page.container) => tree.wrap(page.container, "div", attributes),
        1 if can(outer) => tree.wrap(outer, "div", attributes),
        _ => {
            let divs: Vec<NodeId> = tree.elements(&["div"]);
            for _ in 0..3 {
                if let Some(id) = random.pick(&divs).filter(|id| **id != page.container) {
                    tree.wrap(*id, "div", attributes.clone());
                }
            }
        }
    }
}
