//! What changes around an article from load to load, put into its page anew for every fetch.
//!
//! What is put in changes; where a page has room for it does not.

use crate::pages::{Page, Part, folded, letters};
use crate::random::Random;
use crate::shuffle;
use crate::tree::{NodeId, Style, Tree};

/// A page as one fetch finds it.
pub struct Fetched {
    pub html: String,
    /// The kinds of noise in it that differ, with the letters of each block.
    planted: Vec<(&'static str, String)>,
}

/// All noise there is for one part of the pages.
pub struct Noise<'p> {
    pages: &'p [Page],
    shapes: Vec<Shape>,
    phrases: Vec<(&'static str, &'static str)>,
}

/// Markup with words in braces.
#[derive(Debug, Clone, Copy)]
struct Shape {
    kind: &'static str,
    place: &'static str,
    html: &'static str,
}

/// Noise that is no new block.
const CHANGES: [&str; 5] =
    ["reordered blocks", "ids and classes", "asset addresses", "wrappers", "spaces and attributes"];

/// Every kind of noise, in the order of the table.
pub fn kinds() -> Vec<&'static str> {
    let mut kinds: Vec<&str> = lines(include_str!("shapes.txt")).map(|fields| fields[0]).collect();
    kinds.dedup();
    kinds.into_iter().chain(CHANGES).collect()
}

impl<'p> Noise<'p> {
    pub fn new(pages: &'p [Page], part: Part) -> Self {
        let shapes = in_turn(lines(include_str!("shapes.txt")), part);
        let phrases = in_turn(lines(include_str!("phrases.txt")), part);
        Self {
            pages,
            shapes: shapes.iter().map(|fields| Shape { kind: fields[0], place: fields[1], html: fields[2] }).collect(),
            phrases: phrases.iter().map(|fields| (fields[0], fields[1])).collect(),
        }
    }

    /// The page with each kind of noise in it or not, as the coins fall. The seed says which fetch this is.
    pub fn fetch(&self, page: &Page, seed: &[&str]) -> Fetched {
        let mut fetch =
            Fetch { noise: self, page, tree: page.tree.clone(), planted: Vec::new(), style: Style::default() };
        for kind in kinds() {
            let words: Vec<&str> = seed.iter().copied().chain([page.id.as_str(), kind]).collect();
            let mut random = Random::of(&words);
            if random.coin() {
                fetch.disturb(kind, &mut random);
            }
        }
        Fetched { html: fetch.tree.write(fetch.style), planted: fetch.planted }
    }

    fn phrase(&self, kind: &str, random: &mut Random) -> String {
        let phrases: Vec<&str> =
            self.phrases.iter().filter(|(found, _)| *found == kind).map(|(_, text)| *text).collect();
        random.pick(&phrases).map(|text| (*text).to_owned()).unwrap_or_default()
    }

    /// A text with its words in braces filled in.
    fn fill(&self, shape: &str, page: &Page, random: &mut Random) -> String {
        let mut filled = String::new();
        let mut rest = shape;
        while let Some((before, (word, after))) = rest.split_once('{').and_then(|(b, a)| Some((b, a.split_once('}')?)))
        {
            filled.push_str(before);
            filled.push_str(&self.word(word, page, random));
            rest = after;
        }
        filled + rest
    }

    fn word(&self, word: &str, page: &Page, random: &mut Random) -> String {
        let other = self.other(page, random);
        match word {
            "nonce" => format!("x{:06x}", random.below(0xff_ffff)),
            "n" => random.between(1_000, 99_999).to_string(),
            "little" => random.between(2, 59).to_string(),
            "count" => format!("{},{:03}", random.between(1, 98), random.below(1_000)),
            "link" => format!("/stories/{}-{}", random.below(9_999), random.below(9_999)),
            "title" => other.headline.as_deref().map(escaped).unwrap_or_default(),
            "sentence" => random.pick(&other.sentences).map(|sentence| escaped(sentence)).unwrap_or_default(),
            "list" => {
                let item = |_| self.fill("<li><a href=\"{link}\">{title}</a></li>", page, random);
                (0..5).map(item).collect()
            }
            kind => self.phrase(kind, random),
        }
    }

    /// A sentence of another page.
    pub fn sentence(&self, page: &Page, random: &mut Random) -> Option<String> {
        let other = self.other(page, random);
        random.pick(&other.sentences).cloned()
    }

    /// The headline of another page.
    pub fn title(&self, page: &Page, random: &mut Random) -> Option<String> {
        self.other(page, random).headline.clone()
    }

    /// Another page, of the same language where there is one.
    fn other(&self, page: &Page, random: &mut Random) -> &'p Page {
        let draws: Vec<&Page> = (0..12).filter_map(|_| random.pick(self.pages)).collect();
        let suits = |other: &&&Page| other.id != page.id && !other.sentences.is_empty();
        let near = draws.iter().filter(suits).find(|other| other.language == page.language);
        near.or_else(|| draws.iter().find(suits)).or(draws.first()).copied().unwrap_or(&self.pages[0])
    }
}

impl Fetched {
    /// The kind of noise that put a text into the page, or `None` for a text of the page's own.
    pub fn origin(&self, text: &str) -> Option<&'static str> {
        let text = letters(text);
        let planted = self.planted.iter().filter(|(_, planted)| !text.is_empty() && !planted.is_empty());
        let mut found = planted.filter(|(_, planted)| planted.contains(&text) || text.contains(planted.as_str()));
        found.next().map(|(kind, _)| *kind)
    }
}

/// A page while noise is put into it.
struct Fetch<'p> {
    noise: &'p Noise<'p>,
    page: &'p Page,
    tree: Tree,
    style: Style,
    planted: Vec<(&'static str, String)>,
}

impl Fetch<'_> {
    fn disturb(&mut self, kind: &'static str, random: &mut Random) {
        match kind {
            "reordered blocks" => shuffle::reorder(&mut self.tree, self.page, random),
            "ids and classes" => shuffle::rename(&mut self.tree, random),
            "asset addresses" => shuffle::readdress(&mut self.tree, random),
            "wrappers" => shuffle::wrap(&mut self.tree, self.page, random),
            "spaces and attributes" => {
                self.style = Style { reverses_attributes: random.coin(), doubles_spaces: random.coin() };
            }
            _ => self.plant(kind, random),
        }
    }

    /// Puts one or two blocks of this kind into the page.
    fn plant(&mut self, kind: &'static str, random: &mut Random) {
        let shapes: Vec<Shape> = self.noise.shapes.iter().filter(|shape| shape.kind == kind).copied().collect();
        for _ in 0..random.between(1, 2) {
            let Some(shape) = random.pick(&shapes) else { return };
            let html = self.noise.fill(shape.html, self.page, random);
            let new = self.tree.fragment(&html);
            for id in &new {
                self.remember(kind, *id);
            }
            self.put(kind, shape.place, &new, random);
        }
    }

    fn remember(&mut self, kind: &'static str, id: NodeId) {
        for inner in self.tree.below(id) {
            let is_innermost = !self.tree.below(inner)[1..].iter().any(|id| self.tree.is_block(*id));
            if (self.tree.is_block(inner) && is_innermost) || inner == id {
                self.planted.push((kind, letters(&folded(&self.tree.text(inner)))));
            }
        }
    }

    fn put(&mut self, kind: &str, place: &str, new: &[NodeId], random: &mut Random) {
        let page = self.page;
        let inner: Vec<NodeId> =
            page.paragraphs.iter().copied().filter(|id| page.tree.parent(*id) == page.container).collect();
        let last = inner.last().or(page.paragraphs.last()).copied();
        match place {
            "between" if inner.len() > 1 => {
                let slots = self.slots(kind, &inner[..inner.len() - 1]);
                random.pick(&slots).into_iter().for_each(|slot| self.tree.insert_after(*slot, new));
            }
            "between" | "after" => match last {
                Some(last) => self.tree.insert_after(last, new),
                None => self.tree.append(page.body(), new),
            },
            "behind" if page.container != page.body() && page.container != 0 => {
                self.tree.insert_after(page.container, new);
            }
            "top" => match self.tree.elements(&["h1"]).first() {
                Some(heading) => self.tree.insert_after(*heading, new),
                None => self.tree.prepend(page.container, new),
            },
            "aside" => match random.pick(&self.sides()) {
                Some(side) => self.tree.append(*side, new),
                None => self.tree.append(page.body(), new),
            },
            "footer" => {
                match self.tree.elements(&["footer"]).into_iter().find(|id| !page.holds_article(&self.tree, *id)) {
                    Some(footer) => self.tree.insert_before(footer, new),
                    None => self.tree.append(page.body(), new),
                }
            }
            "page" if random.coin() => self.tree.prepend(page.body(), new),
            _ => self.tree.append(page.body(), new),
        }
    }

    /// The few paragraphs of a page behind which its template puts this kind; an edit of the article moves none.
    fn slots(&self, kind: &str, paragraphs: &[NodeId]) -> Vec<NodeId> {
        const SLOTS: usize = 3;
        let mut drawn: Vec<(usize, NodeId)> = paragraphs
            .iter()
            .map(|id| (Random::of(&[&self.page.id, kind, &id.to_string()]).below(usize::MAX), *id))
            .collect();
        drawn.sort_unstable();
        drawn.into_iter().take(SLOTS).map(|(_, id)| id).collect()
    }

    /// The elements beside the article.
    fn sides(&self) -> Vec<NodeId> {
        let is_side = |id: &NodeId| {
            let names = self.page.tree.attribute(*id, "class").unwrap_or_default().to_lowercase();
            let is_named = names.contains("sidebar") || names.contains("rail");
            self.page.tree.name(*id) == "aside" || (self.page.tree.name(*id) == "div" && is_named)
        };
        let found = self.page.tree.all().into_iter().filter(is_side);
        found.filter(|id| !self.page.holds_article(&self.page.tree, *id)).collect()
    }
}

/// The lines of a table, split at tabs.
fn lines(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split('\t').collect())
}

/// Of the lines of each kind every other one, for this part or the other.
fn in_turn(lines: impl Iterator<Item = Vec<&'static str>>, part: Part) -> Vec<Vec<&'static str>> {
    let mut kind = "";
    let mut turn = Part::Aside;
    let mut kept = Vec::new();
    for fields in lines {
        turn = match turn {
            Part::Aside => Part::Tuning,
            Part::Tuning if fields[0] != kind => Part::Tuning,
            Part::Tuning => Part::Aside,
        };
        kind = fields[0];
        if turn == part {
            kept.push(fields);
        }
    }
    kept
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
