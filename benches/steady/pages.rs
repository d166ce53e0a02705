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
    /// The innermost blocks that people marked as the article's text, in the order of the page.
    pub paragraphs: Vec<NodeId>,
    /// The element that holds most of them.
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
const OUTSIDE: [&str; 8] = ["nav", "aside", "footer", "form", "script", "style", "noscript", "button"];

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
    let paragraphs = paragraphs(&tree, &marked.article_body);
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
    let is_inside = |id: &NodeId| !tree.around(*id).any(|outer| OUTSIDE.contains(&tree.name(outer)));
    let found: Vec<NodeId> =
        tree.all().into_iter().filter(|id| is_innermost(id) && is_inside(id) && is_article(id)).collect();
    // The same words may stand in a teaser, too: those beside more of the article are the article's.
    let home = container(tree, &found);
    let mut places: HashMap<String, NodeId> = HashMap::new();
    for id in &found {
        let place = places.entry(letters(&tree.text(*id))).or_insert(*id);
        if tree.parent(*place) != home && tree.parent(*id) == home {
            *place = *id;
        }
    }
    found.into_iter().filter(|id| places.values().any(|place| place == id)).collect()
}

fn container(tree: &Tree, paragraphs: &[NodeId]) -> NodeId {
    let mut held: BTreeMap<NodeId, usize> = BTreeMap::new();
    for id in paragraphs {
        *held.entry(tree.parent(*id)).or_default() += tree.text(*id).len();
    }
    held.into_iter().max_by_key(|(_, letters)| *letters).map_or(0, |(id, _)| id)
}

fn headline(tree: &Tree) -> Option<String> {
    let title = tree.elements(&["title"]).first().map(|id| folded(&tree.text(*id))).unwrap_or_default();
    let headings = tree.elements(&["h1"]).into_iter().map(|id| folded(&tree.text(id)));
    let shown = headings.into_iter().find(|text| !text.is_empty() && letters(&title).contains(&letters(text)));
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
        tree.below(id).iter().any(|inner| self.paragraphs.contains(inner))
    }

    pub fn body(&self) -> NodeId {
        self.tree.elements(&["body"]).first().copied().unwrap_or_default()
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
