//! Hosts: what all articles of a site have in common.

use serde::{Deserialize, Serialize};

use super::article::ArticleId;

/// Articles whose edges are remembered.
const MAX_ARTICLES: usize = 12;
/// Blocks that are remembered as restless.
const MAX_RESTLESS: usize = 256;
/// Articles that are remembered for a restless block.
const MAX_WITNESSES: usize = 3;

/// What the pages of a host have shown of its template: digests of blocks, which only `detect` reads. Some kilobytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostMemory {
    /// The blocks at the edges of the articles that were read last, each article once; oldest first.
    pub edges: Vec<(ArticleId, Vec<u64>)>,
    /// Blocks that came and went, and on which articles; oldest first.
    pub restless: Vec<(u64, Vec<ArticleId>)>,
}

/// What one look at an article adds to the memory of its host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lesson {
    /// Of an article that was read for the first time.
    pub edges: Vec<u64>,
    pub restless: Vec<u64>,
}

impl Lesson {
    pub fn is_empty(&self) -> bool {
        self.edges.is_empty() && self.restless.is_empty()
    }
}

impl HostMemory {
    /// Of a host that was never read.
    pub const fn new() -> Self {
        Self { edges: Vec::new(), restless: Vec::new() }
    }

    pub fn learn(&mut self, article: ArticleId, lesson: &Lesson) {
        if !lesson.edges.is_empty() {
            self.edges.retain(|(known, _)| *known != article);
            self.edges.push((article, lesson.edges.clone()));
            self.edges.drain(..self.edges.len().saturating_sub(MAX_ARTICLES));
        }
        for block in &lesson.restless {
            let known = self.restless.iter().position(|(known, _)| known == block);
            let (_, mut witnesses) = known.map_or((*block, Vec::new()), |index| self.restless.remove(index));
            witnesses.retain(|witness| *witness != article);
            witnesses.push(article);
            witnesses.drain(..witnesses.len().saturating_sub(MAX_WITNESSES));
            self.restless.push((*block, witnesses));
        }
        self.restless.drain(..self.restless.len().saturating_sub(MAX_RESTLESS));
    }
}
