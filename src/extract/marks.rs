//! What a page says of itself beside its text: titles, walls, whose challenge it is.

use std::collections::HashSet;

use url::Url;

use crate::model::{Quality, Wall};

use super::barrier;
use super::metadata::Metadata;
use super::page::{NodeId, Page};
use super::phrases;
use super::walk::Block;
use super::wording;

/// An element named a paywall that holds so many words holds the paid text itself.
const MAX_WALL_WORDS: usize = 60;
/// Most elements of a kind that are looked at, and most prompts that are kept.
const MAX_ELEMENTS: usize = 200;
const MAX_PROMPTS: usize = 8;

/// What is told by the page's markup rather than by its text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Marks {
    /// The title, and the main headings, as the page writes them.
    pub titles: Vec<String>,
    pub headings: Vec<String>,
    /// The name of the thing that stands between us and the page: `a challenge of …`.
    pub challenge: Option<String>,
    /// What the page prompts its readers to do, where they see it.
    pub prompts: Vec<(Quality, String)>,
    /// An element that is named a paywall, and that readers see.
    pub has_paywall: bool,
    /// The same, whether readers see it or not.
    pub names_paywall: bool,
    /// The publisher says that one must pay to read.
    pub is_paid: bool,
    pub wants_password: bool,
    /// The page states when it was published, or that it is an article, where machines read it.
    pub is_article: bool,
    /// Blocks that are links, of three words or more.
    pub links: usize,
    /// The links that the page has in `rel=canonical` and `og:url`.
    pub canonical: Option<Url>,
}

const PAYWALLS: &str = "[class*=\"paywall\" i], [id*=\"paywall\" i], [class*=\"regwall\" i], [id*=\"regwall\" i], \
    [class*=\"subscriber-only\" i], [class*=\"subscription-required\" i], [class*=\"snippet-login\" i], \
    [class*=\"piano-container\" i], [class*=\"premium-wall\" i], [class*=\"loginwall\" i]";
const LOCKED: &str = "meta[name=\"article:content_tier\"][content=\"locked\"], \
    meta[property=\"article:content_tier\"][content=\"locked\"]";
const DATED: &str = "meta[property=\"article:published_time\"], meta[name=\"article:published_time\"], \
    meta[itemprop=\"datePublished\"], meta[name=\"date\"], meta[name=\"pubdate\"], meta[name=\"parsely-pub-date\"], \
    meta[property=\"og:type\"][content=\"article\"], [itemtype*=\"NewsArticle\"], [itemprop=\"datePublished\"]";
const PASSWORDS: &str = "input[type=\"password\" i]";

impl Marks {
    pub fn read(page: &Page, html: &str, metadata: &Metadata, blocks: &[Block]) -> Self {
        let folded = |element: &NodeId| wording::fold(&page.source(*element));
        let titles = page.elements(&["title"]).iter().take(2).map(folded).filter(|title| !title.is_empty()).collect();
        let headings = page.elements(&["h1"]).into_iter().take(2).map(|heading| page.text(heading));
        let walls: Vec<NodeId> = page.all(PAYWALLS).into_iter().take(MAX_ELEMENTS).collect();
        let is_wall = |element: &NodeId| wording::size(&page.text(*element)) < MAX_WALL_WORDS;
        let hidden = page.hidden();
        Self {
            titles,
            headings: headings.filter(|heading| !heading.is_empty()).collect(),
            challenge: barrier::on_page(html),
            prompts: prompts(page, blocks, &hidden),
            has_paywall: walls.iter().any(|element| !page.is_among(*element, &hidden) && is_wall(element)),
            names_paywall: walls.iter().any(is_wall),
            is_paid: !metadata.is_free || page.first(LOCKED).is_some(),
            wants_password: page.first(PASSWORDS).is_some(),
            is_article: metadata.states_article || page.first(DATED).is_some(),
            links: blocks.iter().filter(|block| is_link(block)).count(),
            canonical: metadata.canonical_url.clone(),
        }
    }

    /// What may stand before the text of the page.
    pub fn wall(&self) -> Option<Wall> {
        let is_wall = |quality: Quality| matches!(quality, Quality::Paywall | Quality::Consent);
        if let Some((quality, words)) = self.prompts.iter().find(|(quality, _)| is_wall(*quality)) {
            return Some(Wall { quality: *quality, evidence: format!("says `{words}`") });
        }
        let evidence = match () {
            () if self.names_paywall => "has a paywall",
            () if self.is_paid => "says that one must pay to read it",
            () if self.wants_password => "asks for a password",
            () => return None,
        };
        Some(Wall { quality: Quality::Paywall, evidence: evidence.to_owned() })
    }
}

fn is_link(block: &Block) -> bool {
    block.linked_letters * 2 > block.letters && wording::size(&block.text) >= 3
}

/// The prompts among the blocks and buttons that readers see, with their words.
fn prompts(page: &Page, blocks: &[Block], hidden: &HashSet<NodeId>) -> Vec<(Quality, String)> {
    let buttons = page.elements(&["button"]).into_iter().take(MAX_ELEMENTS);
    let buttons = buttons.map(|button| (Some(button), wording::fold(&page.source(button))));
    let texts = blocks.iter().map(|block| (None, block.text.clone())).chain(buttons);
    let mut prompts = Vec::new();
    let mut unseen: Option<HashSet<String>> = None;
    for (button, text) in texts {
        let Some(quality) = phrases::prompt(&text) else { continue };
        let unseen = unseen.get_or_insert_with(|| page.hidden_blocks().into_iter().map(|block| block.text).collect());
        let is_seen = button.map_or_else(|| !unseen.contains(&text), |button| !page.is_among(button, hidden));
        if is_seen && prompts.len() < MAX_PROMPTS {
            prompts.push((quality, wording::first_chars(&text, 80)));
        }
    }
    prompts
}
