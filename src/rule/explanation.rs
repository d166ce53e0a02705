//! Why a query holds for a version or not, part by part.

use super::evaluate::Evaluation;
use super::near;
use super::node::{Asked, Node, NodeKind};
use super::program::OpId;
use crate::model::Match;

/// Why a query holds for a version or not: one part of it, and its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The part as the query writes it; below a set, one of its terms.
    pub text: String,
    pub operator: Operator,
    pub held: bool,
    /// What this part found, if it held; sorted, without repeats, at most 200.
    pub matches: Vec<Match>,
    /// For NEAR and ONEAR that do not hold though each of their words stands somewhere: what keeps them apart.
    pub apart: Option<Apart>,
    pub parts: Vec<Explanation>,
}

/// How a part of a query is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// By words or an expression in a text.
    Words,
    /// By site, feed, language or event.
    Fact,
    All,
    Any,
    Not,
    Near,
    /// By so many of its parts.
    AtLeast(usize),
}

/// Why words are not near each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Apart {
    /// Two neighbours never stand in one paragraph.
    InOtherBlocks,
    /// Two neighbours stand in one paragraph only where they share a word.
    Overlapping,
    TooFar(Closest),
    /// Each two neighbours stand near each other somewhere, but nowhere all in a row.
    NoChain,
}

/// Two neighbours in a NEAR that are too far apart, or in the wrong order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closest {
    /// How far apart they are; neighbours are one word apart.
    pub words: usize,
    /// How far they may be.
    pub allowed: usize,
    /// Only in the order that was not asked for.
    pub is_reversed: bool,
    /// Where both stand.
    pub matches: Vec<Match>,
}

/// Explains the node, which is the op `at` of the program of the query `text`.
pub(super) fn explain(text: &str, node: &Node, at: OpId, evaluation: Evaluation<'_>) -> Explanation {
    let matches = evaluation.matches(at);
    let operator = Operator::of(node);
    let is_apart = matches.is_none() && operator == Operator::Near;
    let children = node.children().iter().zip(evaluation.program.children(at));
    Explanation {
        text: node.written.text(text).to_owned(),
        operator,
        held: matches.is_some(),
        matches: matches.unwrap_or_default(),
        apart: if is_apart { near::apart(&evaluation, at) } else { None },
        parts: children.map(|(child, at)| explain(text, child, at, evaluation)).collect(),
    }
}

impl Explanation {
    /// For NEAR and ONEAR whose words are too far apart, or in the wrong order: where they come closest.
    pub fn closest(&self) -> Option<&Closest> {
        match &self.apart {
            Some(Apart::TooFar(closest)) => Some(closest),
            _ => None,
        }
    }
}

impl Apart {
    /// The word for it in documents.
    pub fn word(&self) -> &'static str {
        match self {
            Self::InOtherBlocks => "other_paragraphs",
            Self::Overlapping => "overlapping",
            Self::TooFar(_) => "too_far",
            Self::NoChain => "not_in_a_row",
        }
    }
}

impl Operator {
    fn of(node: &Node) -> Self {
        match &node.kind {
            NodeKind::Leaf(leaf) => match leaf.asked {
                Asked::Words(..) | Asked::Regex(..) => Self::Words,
                Asked::Site(_) | Asked::Feed(_) | Asked::Language(_) | Asked::Event(_) => Self::Fact,
            },
            NodeKind::All(_) => Self::All,
            NodeKind::Any(_) => Self::Any,
            NodeKind::Not(_) => Self::Not,
            NodeKind::Near(_) => Self::Near,
            NodeKind::AtLeast(count, _) => Self::AtLeast(*count),
        }
    }

    /// The word for it in documents.
    pub fn word(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Fact => "fact",
            Self::All => "all",
            Self::Any => "any",
            Self::Not => "not",
            Self::Near => "near",
            Self::AtLeast(_) => "at_least",
        }
    }
}
