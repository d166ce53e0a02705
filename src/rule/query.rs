//! A query: read once, asked of many versions.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::evaluate::Evaluation;
use super::node::Node;
use super::note::Note;
use super::parser;
use super::program::{OpId, Program};
use super::reading::Reading;
use super::sets::Sets;
use super::subject::Subject;
use crate::model::Match;

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
        self.explain_node(&self.root, 0, Evaluation { program, reading: &reading })
    }

    /// The node, which is the op `at` of the program.
    fn explain_node(&self, node: &Node, at: OpId, evaluation: Evaluation<'_>) -> Explanation {
        let matches = evaluation.matches(at);
        let children = node.children().iter().zip(evaluation.program.children(at));
        Explanation {
            text: node.written.text(&self.text).to_owned(),
            held: matches.is_some(),
            matches: matches.unwrap_or_default(),
            parts: children.map(|(child, at)| self.explain_node(child, at, evaluation)).collect(),
        }
    }

    fn program(&self) -> &Program {
        self.program.get_or_init(|| Program::of(&self.root))
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
