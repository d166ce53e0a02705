//! A compiled query: a tree whose leaves are patterns, expressions and facts.

use std::ops::Range;

use regex::Regex;

use super::pattern::Pattern;
use super::subject::Place;
use crate::model::Event;

/// A part of a query, with where it is written.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub written: Written,
    pub kind: NodeKind,
}

/// The source of a node.
#[derive(Debug, Clone)]
pub(super) enum Written {
    /// Bytes of the query's text.
    Here(Range<usize>),
    /// A term of a set, at a place where the query names the set.
    InSet(Range<usize>, Box<str>),
}

#[derive(Debug, Clone)]
pub(super) enum NodeKind {
    Leaf(Box<Leaf>),
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Near(Near),
    AtLeast(usize, Vec<Node>),
}

/// Operands in a row, each within some words of the one before.
#[derive(Debug, Clone)]
pub(super) struct Near {
    /// At least two; only leaves with words, alternatives of such, and further `Near`s.
    pub operands: Vec<Node>,
    /// One fewer than the operands.
    pub links: Vec<Link>,
}

/// How two operands of a `Near` must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Link {
    /// Neighbours are one word apart.
    pub words: usize,
    /// The left one comes first.
    pub in_order: bool,
}

/// What a query asks in one place.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    /// The term as matches name it: folded, without its field.
    pub term: String,
    pub asked: Asked,
}

#[derive(Debug, Clone)]
pub(super) enum Asked {
    Words(Scope, Pattern),
    Regex(Scope, Regex),
    /// A host or its parent domain, in ASCII lower case.
    Site(String),
    Feed(Pattern),
    /// The first subtags of a language tag, in lower case.
    Language(String),
    Event(EventName),
}

/// The texts in which a leaf looks for words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// Without a field: title, summary or text.
    Anywhere,
    Title,
    Summary,
    Text,
    Author,
    Tag,
    Url,
    Added,
    Removed,
}

/// What `event:` can ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EventName {
    New,
    Revised,
    Gone,
    Back,
    Corrected,
}

impl Scope {
    /// Where the names of feeds are, which no scope looks at.
    pub const FEED: (Place, Place) = (Place::Feed, Place::Feed);

    pub fn places(self) -> &'static [Place] {
        match self {
            Self::Anywhere => &[Place::Title, Place::Summary, Place::Body],
            Self::Title => &[Place::Title],
            Self::Summary => &[Place::Summary],
            Self::Text => &[Place::Body],
            Self::Author => &[Place::Author],
            Self::Tag => &[Place::Tag],
            Self::Url => &[Place::Url],
            Self::Added => &[Place::Title, Place::Summary, Place::Body, Place::Correction],
            Self::Removed => &[Place::OldTitle, Place::OldSummary, Place::OldBody, Place::OldCorrection],
        }
    }

    /// The first and the last of the places, which are all between.
    pub fn span(self) -> (Place, Place) {
        let places = self.places();
        (places[0], places[places.len() - 1])
    }

    /// Whether only words count that this version brought or took away.
    pub fn is_change(self) -> bool {
        matches!(self, Self::Added | Self::Removed)
    }
}

impl EventName {
    pub const ALL: [Self; 5] = [Self::New, Self::Revised, Self::Gone, Self::Back, Self::Corrected];

    pub fn of(event: Event) -> Self {
        match event {
            Event::New => Self::New,
            Event::Revised => Self::Revised,
            Event::Gone => Self::Gone,
            Event::Back => Self::Back,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Revised => "revised",
            Self::Gone => "gone",
            Self::Back => "back",
            Self::Corrected => "corrected",
        }
    }
}

impl Written {
    pub fn span(&self) -> &Range<usize> {
        match self {
            Self::Here(span) | Self::InSet(span, _) => span,
        }
    }

    pub fn text<'a>(&'a self, query: &'a str) -> &'a str {
        match self {
            Self::Here(span) => &query[span.clone()],
            Self::InSet(_, term) => term,
        }
    }
}

impl Node {
    pub fn here(span: Range<usize>, kind: NodeKind) -> Self {
        Self { written: Written::Here(span), kind }
    }

    pub fn children(&self) -> &[Node] {
        match &self.kind {
            NodeKind::Leaf(_) => &[],
            NodeKind::All(children) | NodeKind::Any(children) | NodeKind::AtLeast(_, children) => children,
            NodeKind::Not(child) => std::slice::from_ref(child),
            NodeKind::Near(near) => &near.operands,
        }
    }

    /// Whether an article can only fail it by having something: every way to hold it is a NOT.
    pub fn is_negative(&self) -> bool {
        match &self.kind {
            NodeKind::Leaf(_) | NodeKind::Near(_) => false,
            NodeKind::Not(child) => !child.is_negative(),
            NodeKind::All(children) | NodeKind::Any(children) | NodeKind::AtLeast(_, children) => {
                !children.is_empty() && children.iter().all(Self::is_negative)
            }
        }
    }
}
