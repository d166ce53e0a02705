//! The template of a host, as far as its other articles have shown it: blocks that are no text of any article.
//!
//! One article's page cannot tell a promotion from a paragraph that an editor put in and took out again; the same
//! promotion on another article can. A block that merely stands on several articles may be their common background
//! ("The two countries have been at war since …"), so standing there counts only at the edges and on most articles.

use std::collections::{HashMap, HashSet};

use crate::model::{ArticleId, Capture, HostMemory, Lesson, Paragraph, Sightings, Source};

use super::blocks::key;
use super::{Finding, Known};

/// On so many other articles a block must have come and gone; on one, if it tells no facts.
const RESTLESS_ON: usize = 2;
/// How many paragraphs at the start and at the end of an article are its edges.
const EDGES: (usize, usize) = (4, 8);
/// With fewer other articles read, a share of them says nothing.
const MIN_ARTICLES: usize = 6;
/// The share of the other articles, in hundredths, whose edges have a block that is the template's.
const TEMPLATE_SHARE: usize = 60;
/// When more blocks come and go at once, the whole page did.
const MAX_LESSON: usize = 12;

/// Digests of the blocks that belong to the template.
#[derive(Debug, Clone, Default)]
pub(super) struct Template {
    certain: HashSet<u64>,
    /// Only where they hold nothing that an editor would have to change.
    likely: HashSet<u64>,
}

impl Template {
    /// What the host's other articles say.
    pub fn of(memory: &HostMemory, article: ArticleId) -> Self {
        let is_other = |witness: &&ArticleId| **witness != article;
        let mut template = Self::default();
        for (block, witnesses) in &memory.restless {
            match witnesses.iter().filter(is_other).count() {
                0 => false,
                RESTLESS_ON.. => template.certain.insert(*block),
                _ => template.likely.insert(*block),
            };
        }
        let mut counts: HashMap<u64, usize> = HashMap::new();
        let others: Vec<_> = memory.edges.iter().filter(|(other, _)| is_other(&other)).collect();
        for block in others.iter().flat_map(|(_, edges)| edges) {
            *counts.entry(*block).or_default() += 1;
        }
        if others.len() >= MIN_ARTICLES {
            let on_most = counts.into_iter().filter(|(_, count)| count * 100 >= others.len() * TEMPLATE_SHARE);
            template.likely.extend(on_most.map(|(block, _)| block));
        }
        template
    }

    pub fn has(&self, block: u64, text: &str) -> bool {
        self.certain.contains(&block) || (self.likely.contains(&block) && !tells_facts(text))
    }

    /// Drops the paragraphs that are not the article's own.
    pub fn leave(&self, paragraphs: &mut Vec<Paragraph>) {
        if !self.certain.is_empty() || !self.likely.is_empty() {
            paragraphs.retain(|paragraph| !self.has(key(&paragraph.text), &paragraph.text));
        }
    }
}

/// Whether a text has a figure or a quotation: what articles on one event share, and editors change.
pub(super) fn tells_facts(text: &str) -> bool {
    text.chars().any(|c| c.is_numeric() || matches!(c, '"' | '“' | '”' | '„' | '«' | '»' | '「' | '」' | '『' | '』'))
}

/// The blocks at the edges of a captured article, for [`Lesson::edges`].
pub fn edges(capture: &Capture) -> Vec<u64> {
    let paragraphs = &capture.text.paragraphs;
    let tail = paragraphs.len().saturating_sub(EDGES.1).max(EDGES.0.min(paragraphs.len()));
    let edges = paragraphs.iter().take(EDGES.0).chain(paragraphs.iter().skip(tail));
    let mut blocks: Vec<u64> = edges.map(|paragraph| key(&paragraph.text)).collect();
    blocks.sort_unstable();
    blocks.dedup();
    blocks
}

/// What a look taught of the host: the edges of an article that has its first version now, and the blocks that turned
/// out to come and go.
pub fn lesson(known: &Known<'_>, finding: &Finding, edges: Vec<u64>, before: &Sightings, after: &Sightings) -> Lesson {
    let is_first = matches!(finding, Finding::Version(found) if found.version.source == Source::Page)
        && known.latest.is_none_or(|latest| latest.source == Source::Feed);
    let earlier: HashSet<u64> = before.restless.iter().copied().collect();
    let mut restless: Vec<u64> = after.restless.iter().copied().filter(|block| !earlier.contains(block)).collect();
    if restless.len() > MAX_LESSON {
        restless.clear();
    }
    Lesson { edges: if is_first { edges } else { Vec::new() }, restless }
}
