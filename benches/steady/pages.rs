//! The pages of the folder, and where in each the article stands.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;
use flate2::read::GzDecoder;
use serde::Deserialize;
use url::Url;

use crate::tree::{Node, NodeId, Tree};

/// Which pages are measured: nobody looks at the failures of those kept aside while the decision is being improved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Tuning,
    Aside,
}

/// A page with the article in it.
#[derive(Debug, Clone)]
pub struct Page {
    pub id: String,
    pub url: Url,
    pub part: Part,
    pub tree: Tree,
    /// The innermost blocks that people marked as the article's text, in the order of the page; where the text stands in
    /// no blocks of its own, the one element around it.
    pub paragraphs: Vec<NodeId>,
    /// The text nodes that people marked.
    article_texts: Vec<NodeId>,
    /// The element that holds most of the paragraphs.
    pub container: NodeId,
    /// As its main heading has it, else its title.
    pub headline: Option<String>,
    /// Two letters, as the page says.
    pub language: String,
    /// Prose of the article, for other pages to borrow.
    pub sentences: Vec<String>,
}

/// What people marked as the article.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Marked {
    url: Url,
    article_body: String,
}

/// Shortest text, in letters, that says by itself that it is the article's.
const TELLING_LETTERS: usize = 25;
const HIDDEN: [&str; 4] = ["script", "style", "noscript", "title"];

/// Every page of the folder.
pub fn load(folder: &Path) -> anyhow::Result<Vec<Page>> {
    let folder = folder.join("articles");
    let list = folder.join("ground-truth.json");
    let marked = fs::read_to_string(&list).with_context(|| format!("cannot read {}", list.display()))?;
    let marked: BTreeMap<String, Marked> = serde_json::from_str(&marked)?;
    marked.into_iter().map(|(id, marked)| read(&folder, id, &marked)).collect()
}

fn read(folder: &Path, id: String, marked: &Marked) -> anyhow::Result<Page> {
    let path = folder.join("html").join(format!("{id}.html.gz"));
    let file = File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut html = Vec::new();
    GzDecoder::new(file).read_to_end(&mut html).with_context(|| format!("cannot unpack {}", path.display()))?;
    let tree = Tree::parse(&String::from_utf8_lossy(&html));
    let texts = article_texts(&tree, &marked.article_body);
    let mut paragraphs = paragraphs(&tree, &marked.article_body);
    if paragraphs.iter().flat_map(|id| tree.below(*id)).filter(|id| texts.contains(id)).count() * 2 < texts.len() {
        paragraphs = around_all(&tree, &texts).into_iter().collect();
    }
    let container = container(&tree, &paragraphs);
    let part = match id.bytes().map(u32::from).sum::<u32>() % 3 {
        0 => Part::Aside,
        _ => Part::Tuning,
    };
    let sentences = marked.article_body.split(['\n', '.']).map(folded).filter(|s| (8..40).contains(&words(s)));
    Ok(Page {
        url: marked.url.clone(),
        part,
        headline: headline(&tree),
        language: language(&tree),
        sentences: sentences.map(|sentence| sentence + ".").collect(),
        id,
        tree,
        article_texts: texts,
        paragraphs,
        container,
    })
}

/// The innermost blocks whose text is part of the marked text.
fn paragraphs(tree: &Tree, marked: &str) -> Vec<NodeId> {
    let marked = letters(marked);
    let is_article = |id: &NodeId| {
        let text = letters(&tree.text(*id));
        text.len() >= TELLING_LETTERS && marked.contains(&text)
    };
    let is_innermost = |id: &NodeId| tree.is_block(*id) && !tree.below(*id)[1..].iter().any(|id| tree.is_block(*id));
    let is_hidden = |id: &NodeId| tree.around(*id).any(|outer| HIDDEN.contains(&tree.name(outer)));
    let innermost = tree.all().into_iter().filter(is_innermost);
    let found: Vec<NodeId> = innermost.filter(|id| !is_hidden(id) && is_article(id)).collect();
    // The same words may stand in a teaser, too: those beside more of the article are the article's.
    let home = container(tree, &found);
    let is_home = |id: NodeId| tree.parent(id) == home;
    let mut places: HashMap<String, NodeId> = HashMap::new();
    for id in &found {
        let place = places.entry(letters(&tree.text(*id))).or_insert(*id);
        if !is_home(*place) && is_home(*id) {
            *place = *id;
        }
    }
    found.into_iter().filter(|id| places.values().any(|place| place == id)).collect()
}

fn article_texts(tree: &Tree, marked: &str) -> Vec<NodeId> {
    let marked = letters(marked);
    let is_article = |id: &NodeId| {
        matches!(tree.node(*id), Node::Text(text) if text.len() >= TELLING_LETTERS && {
            let text = letters(text);
            text.len() >= TELLING_LETTERS && marked.contains(&text)
        })
    };
    let is_hidden = |id: &NodeId| tree.around(*id).any(|outer| HIDDEN.contains(&tree.name(outer)));
    tree.all().into_iter().filter(|id| is_article(id) && !is_hidden(id)).collect()
}

/// The innermost element that holds most of these nodes.
fn around_all(tree: &Tree, nodes: &[NodeId]) -> Option<NodeId> {
    let mut held: HashMap<NodeId, usize> = HashMap::new();
    for id in nodes {
        tree.around(*id).for_each(|outer| *held.entry(outer).or_default() += 1);
    }
    let most = held.into_iter().filter(|(_, count)| count * 10 >= nodes.len() * 7).map(|(id, _)| id);
    most.max_by_key(|id| tree.around(*id).count())
}

fn container(tree: &Tree, paragraphs: &[NodeId]) -> NodeId {
    let mut held: BTreeMap<NodeId, usize> = BTreeMap::new();
    for id in paragraphs {
        *held.entry(tree.parent(*id)).or_default() += tree.text(*id).len();
    }
    held.into_iter().max_by_key(|(_, letters)| *letters).map_or(0, |(id, _)| id)
}

/// The main heading that says most of what the title says, else the title.
fn headline(tree: &Tree) -> Option<String> {
    let title = tree.elements(&["title"]).first().map(|id| folded(&tree.text(*id))).unwrap_or_default();
    let headings = tree.elements(&["h1"]).into_iter().map(|id| folded(&tree.text(id)));
    let likeness = |heading: &String| heading.split(' ').filter(|word| title.contains(word)).count();
    let shown = headings.filter(|text| likeness(text) * 2 > words(text)).max_by_key(likeness);
    shown.or(Some(title)).filter(|text| !text.is_empty())
}

fn language(tree: &Tree) -> String {
    let html = tree.elements(&["html"]);
    let stated = html.first().and_then(|id| tree.attribute(*id, "lang")).unwrap_or("en");
    stated.to_lowercase().chars().take(2).collect()
}

impl Page {
    /// Whether an element of the page, or of a tree made from it, holds some of the article.
    pub fn holds_article(&self, tree: &Tree, id: NodeId) -> bool {
        tree.below(id).iter().any(|inner| self.article_texts.contains(inner) || self.paragraphs.contains(inner))
    }

    /// All text that the page shows.
    pub fn shown(&self) -> String {
        let is_hidden = |id: NodeId| self.tree.around(id).any(|outer| HIDDEN.contains(&self.tree.name(outer)));
        let texts = self.tree.all().into_iter().filter_map(|id| match self.tree.node(id) {
            Node::Text(text) if !is_hidden(id) => Some(text.as_str()),
            _ => None,
        });
        folded(&texts.collect::<Vec<_>>().join(" "))
    }

    pub fn body(&self) -> NodeId {
        self.tree.elements(&["body"]).first().copied().unwrap_or_default()
    }

    /// The text nodes that hold the article.
    pub fn article_nodes(&self) -> Vec<NodeId> {
        let below = self.paragraphs.iter().flat_map(|id| self.tree.below(*id));
        let texts = below.filter(|id| matches!(self.tree.node(*id), Node::Text(_)));
        let mut nodes: Vec<NodeId> = texts.chain(self.article_texts.iter().copied()).collect();
        nodes.sort_unstable();
        nodes.dedup();
        nodes
    }

    /// The text nodes of the article's paragraphs that hold some words.
    pub fn texts(&self) -> Vec<NodeId> {
        let below = self.paragraphs.iter().flat_map(|id| self.tree.below(*id));
        below.filter(|id| matches!(self.tree.node(*id), Node::Text(text) if words(text) >= 8)).collect()
    }
}

pub fn letters(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).collect()
}

pub fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub fn words(text: &str) -> usize {
    text.split_whitespace().count()
}
