//! A query: read once, asked of many versions.

use std::fmt;
use std::sync::Arc;

use super::evaluate::{holds, tidied};
use super::node::{Asked, EventName, Node};
use super::note::Note;
use super::parser;
use super::sets::Sets;
use super::subject::Subject;
use crate::model::Match;

/// A query, compiled. Cheap to clone.
#[derive(Clone)]
pub struct Query {
    text: Arc<str>,
    root: Arc<Node>,
    sets: Arc<[String]>,
}

/// A query that was read, with what its writer should hear.
#[derive(Debug, Clone)]
pub struct Parsed {
    pub query: Query,
    /// In the order of the text.
    pub warnings: Vec<Note>,
}

/// Why a query holds for a version or not: one part of it, and its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The part as the query writes it; below a set, one of its terms.
    pub text: String,
    pub held: bool,
    /// What this part found, if it held; sorted, without repeats, at most 200.
    pub matches: Vec<Match>,
    pub parts: Vec<Explanation>,
}

impl Query {
    /// Reads a query. The error holds everything that is wrong with it, in the order of the text.
    pub fn parse(text: &str, sets: &Sets) -> Result<Parsed, Vec<Note>> {
        let tree = parser::parse(text, sets)?;
        let query = Self { text: text.into(), root: Arc::new(tree.root), sets: tree.sets.into() };
        Ok(Parsed { query, warnings: tree.warnings })
    }

    /// The query as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The names of the sets it uses, sorted.
    pub fn sets(&self) -> &[String] {
        &self.sets
    }

    /// Whether it asks how the version differs from the one before: `added:`, `removed:` or `event:corrected`.
    pub fn uses_change(&self) -> bool {
        self.root.any_leaf(&|leaf| match leaf.asked {
            Asked::Words(scope, _) | Asked::Regex(scope, _) => scope.is_change(),
            Asked::Event(name) => name == EventName::Corrected,
            _ => false,
        })
    }

    /// Where the query's terms stand in the version; `None` when it does not match.
    ///
    /// Sorted, without repeats, at most 200. Empty where it matches by what is not there alone.
    pub fn matches(&self, subject: &Subject) -> Option<Vec<Match>> {
        let mut found = Vec::new();
        holds(&self.root, subject, &mut found).then(|| tidied(found))
    }

    /// Says part by part what holds for the version.
    pub fn explain(&self, subject: &Subject) -> Explanation {
        self.explain_node(&self.root, subject)
    }

    fn explain_node(&self, node: &Node, subject: &Subject) -> Explanation {
        let mut found = Vec::new();
        let held = holds(node, subject, &mut found);
        Explanation {
            text: node.written.text(&self.text).to_owned(),
            held,
            matches: tidied(found),
            parts: node.children().iter().map(|child| self.explain_node(child, subject)).collect(),
        }
    }

    pub(super) fn root(&self) -> &Node {
        &self.root
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Query").field(&self.text()).finish()
    }
}
