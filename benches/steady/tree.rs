//! A page as a tree that can be changed and written out again.

use std::collections::HashMap;

use scraper::{Html, Node as Parsed};

/// A place in a [`Tree`].
pub type NodeId = usize;

#[derive(Debug, Clone)]
pub enum Node {
    Text(String),
    Element(Element),
    /// A document type or comment, as written.
    Other(String),
}

#[derive(Debug, Clone)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<NodeId>,
}

/// Nodes keep their place when others come and go.
#[derive(Debug, Clone)]
pub struct Tree {
    nodes: Vec<Node>,
    parents: Vec<NodeId>,
}

/// How a tree is written out: a browser shows the same either way.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    pub reverses_attributes: bool,
    pub doubles_spaces: bool,
}

const ROOT: NodeId = 0;
const VOID: [&str; 14] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];
/// Their text is written as it is.
const RAW: [&str; 8] = ["script", "style", "noscript", "iframe", "noembed", "noframes", "xmp", "plaintext"];
const BLOCKS: [&str; 26] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "dd",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "li",
    "nav",
    "ol",
    "p",
    "section",
    "table",
    "td",
    "tr",
    "ul",
];

impl Tree {
    pub fn parse(html: &str) -> Self {
        let mut tree = Self { nodes: Vec::new(), parents: Vec::new() };
        tree.copy(&Html::parse_document(html));
        tree
    }

    /// Reads markup as it stands inside a body; the new nodes stand nowhere yet.
    pub fn fragment(&mut self, html: &str) -> Vec<NodeId> {
        let holder = self.copy(&Html::parse_fragment(html));
        // The parser puts an `html` element around a fragment.
        let inner = self.children(holder).first().copied().filter(|child| self.name(*child) == "html");
        self.children(inner.unwrap_or(holder)).to_vec()
    }

    /// Appends a parsed tree below a node of its own, which is returned.
    fn copy(&mut self, html: &Html) -> NodeId {
        let mut places = HashMap::new();
        let first = self.nodes.len();
        for node in html.tree.root().descendants() {
            let parent = node.parent().and_then(|parent| places.get(&parent.id()).copied()).unwrap_or(first);
            let copied = match node.value() {
                Parsed::Text(text) => Node::Text(text.to_string()),
                Parsed::Element(parsed) => {
                    let attributes = parsed.attrs().map(|(name, value)| (name.to_owned(), value.to_owned()));
                    element(parsed.name(), attributes.collect())
                }
                Parsed::Doctype(doctype) => Node::Other(format!("<!DOCTYPE {}>", doctype.name())),
                Parsed::Comment(comment) => Node::Other(format!("<!--{}-->", &**comment)),
                Parsed::Document | Parsed::Fragment => element("", Vec::new()),
                Parsed::ProcessingInstruction(_) => Node::Other(String::new()),
            };
            let id = self.nodes.len();
            self.nodes.push(copied);
            self.parents.push(parent);
            places.insert(node.id(), id);
            if id != first {
                self.children_mut(parent).push(id);
            }
        }
        first
    }

    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }

    /// Every node that stands in the tree, in the order of the page.
    pub fn all(&self) -> Vec<NodeId> {
        self.below(ROOT)
    }

    /// A node and what stands in it, in the order of the page.
    pub fn below(&self, start: NodeId) -> Vec<NodeId> {
        let mut found = Vec::new();
        let mut waiting = vec![start];
        while let Some(id) = waiting.pop() {
            found.push(id);
            waiting.extend(self.children(id).iter().rev());
        }
        found
    }

    pub fn elements(&self, names: &[&str]) -> Vec<NodeId> {
        self.all().into_iter().filter(|id| names.contains(&self.name(*id))).collect()
    }

    /// The empty name for what is no element.
    pub fn name(&self, id: NodeId) -> &str {
        match &self.nodes[id] {
            Node::Element(element) => &element.name,
            _ => "",
        }
    }

    pub fn attribute(&self, id: NodeId, name: &str) -> Option<&str> {
        let Node::Element(element) = &self.nodes[id] else { return None };
        element.attributes.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub fn attributes_mut(&mut self, id: NodeId) -> Option<&mut Vec<(String, String)>> {
        match &mut self.nodes[id] {
            Node::Element(element) => Some(&mut element.attributes),
            _ => None,
        }
    }

    pub fn children(&self, id: NodeId) -> &[NodeId] {
        match &self.nodes[id] {
            Node::Element(element) => &element.children,
            _ => &[],
        }
    }

    fn children_mut(&mut self, id: NodeId) -> &mut Vec<NodeId> {
        if !matches!(self.nodes[id], Node::Element(_)) {
            self.nodes[id] = element("", Vec::new());
        }
        match &mut self.nodes[id] {
            Node::Element(element) => &mut element.children,
            _ => unreachable!("made an element above"),
        }
    }

    pub fn set_children(&mut self, id: NodeId, children: Vec<NodeId>) {
        children.iter().for_each(|child| self.parents[*child] = id);
        *self.children_mut(id) = children;
    }

    pub fn parent(&self, id: NodeId) -> NodeId {
        self.parents[id]
    }

    /// The elements around a node, the innermost first.
    pub fn around(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        std::iter::successors(Some(id), |inner| Some(self.parents[*inner]).filter(|outer| outer != inner)).skip(1)
    }

    /// Puts nodes behind `after` in its parent.
    pub fn insert_after(&mut self, after: NodeId, new: &[NodeId]) {
        self.insert(after, 1, new);
    }

    pub fn insert_before(&mut self, before: NodeId, new: &[NodeId]) {
        self.insert(before, 0, new);
    }

    fn insert(&mut self, beside: NodeId, offset: usize, new: &[NodeId]) {
        let parent = self.parents[beside];
        let place = self.children(parent).iter().position(|child| *child == beside).unwrap_or(0);
        self.children_mut(parent).splice(place + offset..place + offset, new.iter().copied());
        new.iter().for_each(|id| self.parents[*id] = parent);
    }

    pub fn append(&mut self, parent: NodeId, new: &[NodeId]) {
        self.children_mut(parent).extend(new);
        new.iter().for_each(|id| self.parents[*id] = parent);
    }

    pub fn prepend(&mut self, parent: NodeId, new: &[NodeId]) {
        self.children_mut(parent).splice(0..0, new.iter().copied());
        new.iter().for_each(|id| self.parents[*id] = parent);
    }

    pub fn remove(&mut self, id: NodeId) {
        let parent = self.parents[id];
        self.children_mut(parent).retain(|child| *child != id);
    }

    /// Puts an element around a node.
    pub fn wrap(&mut self, id: NodeId, name: &str, attributes: Vec<(String, String)>) {
        let parent = self.parents[id];
        let wrapper = self.nodes.len();
        self.nodes.push(element(name, attributes));
        self.parents.push(parent);
        let place = self.children(parent).iter().position(|child| *child == id).unwrap_or(0);
        self.children_mut(parent)[place] = wrapper;
        self.set_children(wrapper, vec![id]);
    }

    /// The text in a node, as it stands.
    pub fn text(&self, id: NodeId) -> String {
        let texts = self.below(id).into_iter().filter_map(|id| match &self.nodes[id] {
            Node::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }

    pub fn set_text(&mut self, id: NodeId, text: String) {
        self.nodes[id] = Node::Text(text);
    }

    pub fn is_block(&self, id: NodeId) -> bool {
        BLOCKS.contains(&self.name(id))
    }

    pub fn write(&self, style: Style) -> String {
        let mut out = String::new();
        let mut steps = vec![(ROOT, false)];
        while let Some((id, is_end)) = steps.pop() {
            match &self.nodes[id] {
                Node::Other(written) => out.push_str(written),
                Node::Text(text) => self.write_text(id, text, style, &mut out),
                Node::Element(element) if is_end => write_end(element, &mut out),
                Node::Element(element) => {
                    write_start(element, style, &mut out);
                    steps.push((id, true));
                    steps.extend(element.children.iter().rev().map(|child| (*child, false)));
                }
            }
        }
        out
    }

    fn write_text(&self, id: NodeId, text: &str, style: Style, out: &mut String) {
        if RAW.contains(&self.name(self.parents[id])) {
            out.push_str(text);
            return;
        }
        if style.doubles_spaces
            && text.starts_with(char::is_whitespace)
            && !self.around(id).any(|id| self.name(id) == "pre")
        {
            out.push_str("\n   ");
        }
        escape(text, out);
    }
}

fn element(name: &str, attributes: Vec<(String, String)>) -> Node {
    Node::Element(Element { name: name.to_owned(), attributes, children: Vec::new() })
}

fn write_start(element: &Element, style: Style, out: &mut String) {
    if element.name.is_empty() {
        return;
    }
    out.push('<');
    out.push_str(&element.name);
    let mut attributes: Vec<_> = element.attributes.iter().collect();
    if style.reverses_attributes {
        attributes.reverse();
    }
    for (name, value) in attributes {
        out.push(' ');
        out.push_str(name);
        out.push_str("=\"");
        escape(value, out);
        out.push('"');
    }
    out.push('>');
}

fn write_end(element: &Element, out: &mut String) {
    if !element.name.is_empty() && !VOID.contains(&element.name.as_str()) {
        out.push_str("</");
        out.push_str(&element.name);
        out.push('>');
    }
}

fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{a0}' => out.push_str("&nbsp;"),
            other => out.push(other),
        }
    }
}
