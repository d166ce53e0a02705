//! What a version must hold at the least for a query to match, in words that an index can look up.

use super::index::{kept, pair};
use super::node::{Asked, Leaf, Near, Node, NodeKind, Scope};
use super::pattern::{Form, Piece, Wanted};
use super::query::Query;

/// A condition on the words of an article, true wherever the query matches one of its versions and often elsewhere too.
///
/// The words are those of [`index_words`](super::index_words), of this version or the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Narrowing {
    Word(String),
    /// A word that begins so.
    Beginning(String),
    /// At least two.
    All(Vec<Narrowing>),
    /// At least two.
    Any(Vec<Narrowing>),
}

/// Beginnings of fewer characters find too much to be worth the look.
const SHORTEST_BEGINNING: usize = 2;

impl Query {
    /// What narrows a search for the query; `None` where nothing does, because it can hold by what is not words (an
    /// expression, a host, a feed), by words that are only alike, or by what is missing.
    pub fn narrowing(&self) -> Option<Narrowing> {
        of_node(self.root())
    }
}

impl Narrowing {
    fn all(parts: impl IntoIterator<Item = Option<Self>>) -> Option<Self> {
        let mut parts: Vec<Self> = parts.into_iter().flatten().collect();
        if parts.len() < 2 { parts.pop() } else { Some(Self::All(parts)) }
    }

    fn any(parts: impl IntoIterator<Item = Option<Self>>) -> Option<Self> {
        let mut parts: Vec<Self> = parts.into_iter().collect::<Option<_>>()?;
        if parts.len() < 2 { parts.pop() } else { Some(Self::Any(parts)) }
    }
}

fn of_node(node: &Node) -> Option<Narrowing> {
    match &node.kind {
        NodeKind::Leaf(leaf) => of_leaf(leaf),
        NodeKind::All(children) | NodeKind::Near(Near { operands: children, .. }) => {
            Narrowing::all(children.iter().map(of_node))
        }
        NodeKind::Any(children) => Narrowing::any(children.iter().map(of_node)),
        NodeKind::AtLeast(count, children) => {
            // Those that nothing narrows may all hold; of the others only what is missing then must.
            let known: Vec<Narrowing> = children.iter().filter_map(of_node).collect();
            let needed = count.saturating_sub(children.len() - known.len());
            match needed {
                0 => None,
                _ if needed == known.len() => Narrowing::all(known.into_iter().map(Some)),
                _ => Narrowing::any(known.into_iter().map(Some)),
            }
        }
        NodeKind::Not(_) => None,
    }
}

fn of_leaf(leaf: &Leaf) -> Option<Narrowing> {
    match &leaf.asked {
        // The tags of its feeds are an article's too.
        Asked::Words(Scope::Tag, _) => None,
        // The index has no pairs of an address.
        Asked::Words(Scope::Url, pattern) => Narrowing::all(pattern.pieces().iter().map(of_piece)),
        Asked::Words(_, pattern) => {
            let pairs = pattern.pieces().windows(2).filter_map(|pieces| run(&pieces[0], &pieces[1]));
            let pairs = pairs.map(|pair| Some(Narrowing::Word(pair)));
            Narrowing::all(pairs.chain(pattern.pieces().iter().map(of_piece)))
        }
        Asked::Regex(..) | Asked::Site(_) | Asked::Feed(_) | Asked::Language(_) | Asked::Event(_) => None,
    }
}

fn of_piece(piece: &Piece) -> Option<Narrowing> {
    let words = Narrowing::all(piece.words.iter().map(of_word));
    match &piece.joined {
        Some(joined) => Narrowing::any([words, of_word(joined)]),
        None => words,
    }
}

fn of_word(wanted: &Wanted) -> Option<Narrowing> {
    match wanted.form {
        Form::Whole | Form::Exact(_) => Some(Narrowing::Word(kept(&wanted.folded).into_owned())),
        Form::Prefix => {
            let is_worth_it = wanted.folded.chars().nth(SHORTEST_BEGINNING - 1).is_some();
            is_worth_it.then(|| Narrowing::Beginning(kept(&wanted.folded).into_owned()))
        }
        Form::Fuzzy(_) => None,
    }
}

/// The pair of characters that two pieces are, if the second must follow the first with nothing between.
fn run(first: &Piece, second: &Piece) -> Option<String> {
    match (&first.words[..], &second.words[..], &first.joined, &second.joined) {
        ([first], [second], None, None) if second.glued => pair(&first.folded, &second.folded),
        _ => None,
    }
}
