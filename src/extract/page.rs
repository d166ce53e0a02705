//! A page, parsed once, and the few questions that are asked of its tree.

use std::collections::HashSet;

use trafilatura::dom::Document;
pub use trafilatura::dom::NodeId;

use super::site::SiteRule;
use super::walk::{self, Block};

/// What browsers do not show, as far as the markup says.
const HIDDEN: &str = "[hidden], [aria-hidden=\"true\"], [style*=\"display:none\" i], [style*=\"display: none\" i], \
    [style*=\"visibility:hidden\" i], .hidden, .hide, .d-none, .is-hidden, .visually-hidden, .modal, [role=\"dialog\"]";

/// A parsed page.
pub struct Page {
    document: Document,
}

impl Page {
    /// Parses a page that `guard` let through, and drops what the site's rule removes.
    pub fn parse(html: &str, site: Option<&SiteRule>) -> Self {
        let mut document = Document::parse(html);
        for selector in site.map(SiteRule::remove).unwrap_or_default() {
            for element in document.query_selector_all(document.root(), selector) {
                document.remove(element, true);
            }
        }
        Self { document }
    }

    /// Every block of visible text of the page, in document order.
    pub fn blocks(&self) -> Vec<Block> {
        walk::blocks(&self.document, self.document.root())
    }

    /// The blocks inside the elements that match `selector`; those of an element inside another are not repeated.
    pub fn blocks_in(&self, selector: &str) -> Vec<Block> {
        let elements = self.document.query_selector_all(self.document.root(), selector);
        let all: HashSet<NodeId> = elements.iter().copied().collect();
        let outermost = elements.iter().filter(|element| !self.has_ancestor(**element, &all));
        outermost.flat_map(|element| walk::blocks(&self.document, *element)).collect()
    }

    /// The elements with one of these tags, in document order.
    pub fn elements(&self, tags: &[&str]) -> Vec<NodeId> {
        self.document.iter(self.document.root(), tags)
    }

    /// The first element that matches a CSS selector.
    pub fn first(&self, selector: &str) -> Option<NodeId> {
        self.document.query_selector(self.document.root(), selector)
    }

    /// The elements that match a CSS selector, in document order.
    pub fn all(&self, selector: &str) -> Vec<NodeId> {
        self.document.query_selector_all(self.document.root(), selector)
    }

    /// What the markup itself hides from readers; what style sheets and scripts do, it does not tell.
    pub fn hidden(&self) -> HashSet<NodeId> {
        self.all(HIDDEN).into_iter().collect()
    }

    /// The blocks inside the elements that the markup itself hides.
    pub fn hidden_blocks(&self) -> Vec<Block> {
        self.blocks_in(HIDDEN)
    }

    /// Whether an element is one of these or stands in one.
    pub fn is_among(&self, element: NodeId, elements: &HashSet<NodeId>) -> bool {
        elements.contains(&element) || self.has_ancestor(element, elements)
    }

    /// The first block of text in the first element that matches a CSS selector.
    pub fn first_block(&self, selector: &str) -> Option<String> {
        let element = self.first(selector)?;
        walk::blocks(&self.document, element).into_iter().next().map(|block| block.text)
    }

    pub fn tag(&self, element: NodeId) -> &str {
        self.document.tag_name(element)
    }

    pub fn attribute(&self, element: NodeId, name: &str) -> Option<String> {
        self.document.get_attribute(element, name)
    }

    /// The visible text of an element as one line.
    pub fn text(&self, element: NodeId) -> String {
        walk::text(&self.document, element)
    }

    /// The text of an element that a browser does not show (`script`, `title`), as it stands.
    pub fn source(&self, element: NodeId) -> String {
        self.document.text_content(element)
    }

    /// Whether an element stands in one with this tag.
    pub fn is_inside(&self, element: NodeId, tag: &str) -> bool {
        let mut above = self.document.parent(element);
        while let Some(parent) = above {
            if self.document.tag_name(parent) == tag {
                return true;
            }
            above = self.document.parent(parent);
        }
        false
    }

    /// Hands the tree to the extractor, which takes it apart.
    pub fn into_document(self) -> Document {
        self.document
    }

    fn has_ancestor(&self, element: NodeId, ancestors: &HashSet<NodeId>) -> bool {
        let mut above = self.document.parent(element);
        while let Some(parent) = above {
            if ancestors.contains(&parent) {
                return true;
            }
            above = self.document.parent(parent);
        }
        false
    }
}
