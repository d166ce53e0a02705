//! A query: read once, asked of many versions.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::evaluate::Evaluation;
use super::explanation::{self, Explanation};
use super::node::{Asked, EventName, Node, NodeKind};
use super::note::Note;
use super::parser;
use super::program::Program;
use super::reading::Reading;
use super::sets::Sets;
use super::subject::Subject;
use crate::model::{Event, Match};

/// A query, compiled. Cheap to clone.
#[derive(Clone)]
pub struct Query {
    text: Arc<str>,
    root: Arc<Node>,
    sets: Arc<[String]>,
    /// Compiled when it is first asked of a version by itself.
    program: Arc<OnceLock<Program>>,
}

/// A query that was read, with what its writer should hear.
#[derive(Debug, Clone)]
pub struct Parsed {
    pub query: Query,
    /// In the order of the text.
    pub warnings: Vec<Note>,
}

impl Query {
    /// Reads a query. The error holds everything that is wrong with it, in the order of the text.
    pub fn parse(text: &str, sets: &Sets) -> Result<Parsed, Vec<Note>> {
        let tree = parser::parse(text, sets)?;
        let query =
            Self { text: text.into(), root: Arc::new(tree.root), sets: tree.sets.into(), program: Arc::default() };
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
        self.program().looks_at_changes()
    }

    /// Whether it asks what happened: `event:`.
    pub fn uses_event(&self) -> bool {
        asks_event(&self.root, |_| true)
    }

    /// Whether it asks for the event: `event:gone`.
    pub fn asks_for(&self, event: Event) -> bool {
        asks_event(&self.root, |name| name == EventName::of(event))
    }

    /// Whether it asks for `event:corrected`.
    pub fn asks_for_corrections(&self) -> bool {
        asks_event(&self.root, |name| name == EventName::Corrected)
    }

    /// Where the query's terms stand in the version; `None` when it does not match.
    ///
    /// Sorted, without repeats, at most 200. Empty where it matches by what is not there alone.
    pub fn matches(&self, subject: &Subject<'_>) -> Option<Vec<Match>> {
        let program = self.program();
        let reading = Reading::new(subject, &program.lexicon, program.places());
        Evaluation { program, reading: &reading }.matches(0)
    }

    /// Says part by part what holds for the version.
    pub fn explain(&self, subject: &Subject<'_>) -> Explanation {
        let program = self.program();
        let reading = Reading::new(subject, &program.lexicon, program.places());
        explanation::explain(&self.text, &self.root, 0, Evaluation { program, reading: &reading })
    }

    fn program(&self) -> &Program {
        self.program.get_or_init(|| Program::of(&self.root))
    }

    pub(super) fn root(&self) -> &Node {
        &self.root
    }
}

/// Whether a part of the query asks for one of these events.
fn asks_event(node: &Node, is_one: impl Fn(EventName) -> bool + Copy) -> bool {
    match &node.kind {
        NodeKind::Leaf(leaf) => matches!(leaf.asked, Asked::Event(name) if is_one(name)),
        _ => node.children().iter().any(|child| asks_event(child, is_one)),
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Query").field(&self.text()).finish()
    }
}
