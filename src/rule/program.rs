//! Queries compiled for evaluation: small steps over the numbers of terms, many queries in one piece of memory.

use std::collections::HashMap;

use regex::Regex;
use smol_str::{SmolStr, SmolStrBuilder, format_smolstr};

use super::lexicon::{Kind, Lexicon, TermId};
use super::node::{Asked, EventName, Leaf, Link, Node, NodeKind, Scope};
use super::pattern::{Form, Pattern, Wanted};
use super::subject::{Places, fact};
use super::texts::Texts;
use crate::model::MatchField;

/// Any number of queries with the terms that they ask for.
#[derive(Debug, Default)]
pub(super) struct Program {
    pub lexicon: Lexicon,
    /// Each query's tree, a node before its children.
    ops: Vec<Op>,
    /// The words of phrases; see [`Phrase`].
    cells: Vec<u32>,
    links: Vec<Link>,
    regexes: Vec<Regex>,
    /// Phrases as matches name them, and words to be found as they are written.
    texts: Texts,
    places: Places,
    looks_at_changes: bool,
}

/// The root of a query, or a part of it, in a program.
pub(super) type OpId = u32;

/// A node of a query.
#[derive(Debug, Clone, Copy)]
pub(super) struct Op {
    pub kind: OpKind,
    pub scope: Scope,
    /// How many ops the node is, with all below it.
    size: u16,
    argument: u32,
}

/// What a node asks. The numbers are an op's argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OpKind {
    All,
    Any,
    /// So many of the children.
    AtLeast,
    Not,
    /// The children in a row; where the links between them begin.
    Near,
    /// One word; its term.
    Word,
    /// Words in a row, or one that must be written so; where its cells begin.
    Phrase,
    Regex,
    /// Its term.
    Fact,
    /// As a phrase; it must be the whole name.
    Feed,
}

/// Words in a row, in cells: how many cells its words take, those, each a word as a term with its flags; and with
/// [`LABELLED`] a last one, the number of the text that names the phrase. Others are named as their words with blanks
/// between.
///
/// Behind a word with [`EXACT`] stands the text it must be written as. A word with [`JOINED`] may stand in place of
/// those in so many cells behind it as the next cell says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Phrase<'p> {
    label: Option<u32>,
    pub cells: &'p [u32],
}

/// Beside the number of a phrase's cells.
const LABELLED: u32 = 1 << 31;

/// It must follow the word before it with nothing between.
const GLUED: u32 = 1 << 31;
const EXACT: u32 = 1 << 30;
const JOINED: u32 = 1 << 29;

/// One word of a phrase.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step<'p> {
    pub term: TermId,
    pub glued: bool,
    /// The characters it must be written with.
    pub exact: Option<&'p str>,
    /// The cells of the words it stands in place of.
    pub split: Option<&'p [u32]>,
}

/// Adds queries to a program.
#[derive(Debug, Default)]
pub(super) struct Compiler {
    program: Program,
    known_texts: HashMap<Box<str>, u32>,
    known_regexes: HashMap<Box<str>, u32>,
}

impl Program {
    /// The program of one query; its root is op 0.
    pub fn of(root: &Node) -> Self {
        let mut compiler = Compiler::default();
        compiler.add(root);
        compiler.finish()
    }

    pub fn op(&self, at: OpId) -> Op {
        self.ops[at as usize]
    }

    pub fn children(&self, at: OpId) -> impl Iterator<Item = OpId> + Clone {
        let end = at + OpId::from(self.op(at).size);
        let next = move |child: &OpId| Some(child + OpId::from(self.op(*child).size)).filter(|next| *next < end);
        std::iter::successors(Some(at + 1).filter(|first| *first < end), next)
    }

    /// The node and all below it.
    pub fn below(&self, at: OpId) -> &[Op] {
        &self.ops[at as usize..at as usize + usize::from(self.op(at).size)]
    }

    /// How many must hold.
    pub fn count(&self, op: Op) -> usize {
        op.argument as usize
    }

    pub fn term(&self, op: Op) -> TermId {
        op.argument
    }

    pub fn regex(&self, op: Op) -> &Regex {
        &self.regexes[op.argument as usize]
    }

    pub fn link(&self, op: Op, nth: usize) -> Link {
        self.links[op.argument as usize + nth]
    }

    pub fn phrase(&self, op: Op) -> Phrase<'_> {
        let (start, head) = (op.argument as usize + 1, self.cells[op.argument as usize]);
        let end = start + (head & !LABELLED) as usize;
        Phrase { label: (head & LABELLED != 0).then(|| self.cells[end]), cells: &self.cells[start..end] }
    }

    /// The first word of a phrase's cells, and the cells behind it.
    pub fn step<'p>(&'p self, cells: &'p [u32]) -> Option<(Step<'p>, &'p [u32])> {
        let (cell, mut rest) = cells.split_first()?;
        let mut exact = None;
        if cell & EXACT != 0 {
            let (text, behind) = rest.split_first()?;
            (exact, rest) = (Some(self.texts.get(*text)), behind);
        }
        let mut split = None;
        if cell & JOINED != 0 {
            let (length, behind) = rest.split_first()?;
            let (words, behind) = behind.split_at(*length as usize);
            (split, rest) = (Some(words), behind);
        }
        let term = cell & !(GLUED | EXACT | JOINED);
        Some((Step { term, glued: cell & GLUED != 0, exact, split }, rest))
    }

    /// The places that its queries look at.
    pub fn places(&self) -> Places {
        self.places
    }

    /// Whether one of the queries asks what a version brought or took away.
    pub fn looks_at_changes(&self) -> bool {
        self.looks_at_changes
    }

    /// The term as a match names it: as the query writes it, folded and without its field.
    pub fn label(&self, op: Op) -> SmolStr {
        match op.kind {
            OpKind::Word => {
                let text = self.lexicon.text(op.argument);
                match self.lexicon.kind(op.argument) {
                    Kind::Beginning => format_smolstr!("{text}*"),
                    Kind::Like(_) => format_smolstr!("{text}~"),
                    Kind::Word | Kind::Fact => text.into(),
                }
            }
            OpKind::Fact => self.fact(op).into(),
            OpKind::Phrase | OpKind::Feed => self.label_of(self.phrase(op)),
            OpKind::Regex => format_smolstr!("/{}/", self.regex(op).as_str()),
            OpKind::All | OpKind::Any | OpKind::AtLeast | OpKind::Not | OpKind::Near => SmolStr::default(),
        }
    }

    /// A phrase as a match names it.
    pub fn label_of(&self, phrase: Phrase<'_>) -> SmolStr {
        if let Some(text) = phrase.label {
            return self.texts.get(text).into();
        }
        let mut label = SmolStrBuilder::new();
        for (nth, cell) in phrase.cells.iter().enumerate() {
            if nth > 0 {
                label.push(' ');
            }
            label.push_str(self.lexicon.text(*cell));
        }
        label.finish()
    }

    /// Whether it matters how words are written: for expressions, and where a word must be written so.
    pub fn is_exact(&self, op: Op) -> bool {
        let is_exact = |step: &Step<'_>| step.exact.is_some();
        match op.kind {
            OpKind::Regex => true,
            OpKind::Phrase => {
                let mut cells = self.phrase(op).cells;
                while let Some((step, rest)) = self.step(cells) {
                    if is_exact(&step) {
                        return true;
                    }
                    cells = rest;
                }
                false
            }
            _ => false,
        }
    }

    /// The field that a fact belongs to.
    pub fn fact_field(&self, op: Op) -> MatchField {
        match self.lexicon.text(op.argument).split(':').next() {
            Some("site") => MatchField::Site,
            Some("lang") => MatchField::Lang,
            _ => MatchField::Event,
        }
    }

    /// What a fact is about: the host, the language, the event.
    pub fn fact(&self, op: Op) -> &str {
        let text = self.lexicon.text(op.argument);
        text.split_once(':').map_or(text, |(_, about)| about)
    }

    fn is_about_change(&self, op: Op) -> bool {
        match op.kind {
            OpKind::Word | OpKind::Phrase | OpKind::Regex => op.scope.is_change(),
            OpKind::Fact => self.lexicon.text(op.argument) == fact::event(EventName::Corrected),
            _ => false,
        }
    }
}

impl Compiler {
    /// Adds a query: its root, and whether it asks how a version differs from the one before.
    pub fn add(&mut self, root: &Node) -> (OpId, bool) {
        let at = OpId::try_from(self.program.ops.len()).expect("the rules of a configuration are below 2³² terms");
        self.node(root);
        let uses_change = self.program.below(at).iter().any(|op| self.program.is_about_change(*op));
        self.program.looks_at_changes |= uses_change;
        (at, uses_change)
    }

    pub fn finish(mut self) -> Program {
        let program = &mut self.program;
        program.lexicon.settle();
        program.ops.shrink_to_fit();
        program.cells.shrink_to_fit();
        program.texts.shrink();
        self.program
    }

    fn node(&mut self, node: &Node) {
        let at = self.program.ops.len();
        let (kind, scope, argument) = match &node.kind {
            NodeKind::Leaf(leaf) => self.leaf(leaf),
            NodeKind::All(_) => (OpKind::All, Scope::Anywhere, 0),
            NodeKind::Any(_) => (OpKind::Any, Scope::Anywhere, 0),
            NodeKind::AtLeast(count, _) => (OpKind::AtLeast, Scope::Anywhere, number(*count)),
            NodeKind::Not(_) => (OpKind::Not, Scope::Anywhere, 0),
            NodeKind::Near(near) => {
                let first = number(self.program.links.len());
                self.program.links.extend(&near.links);
                (OpKind::Near, Scope::Anywhere, first)
            }
        };
        self.program.ops.push(Op { kind, scope, size: 0, argument });
        node.children().iter().for_each(|child| self.node(child));
        let size = self.program.ops.len() - at;
        self.program.ops[at].size = u16::try_from(size).expect("a query has at most 2,000 terms");
    }

    fn leaf(&mut self, leaf: &Leaf) -> (OpKind, Scope, u32) {
        match &leaf.asked {
            Asked::Words(scope, pattern) => {
                let (first, last) = scope.span();
                self.program.places.add(first, last);
                match pattern.single() {
                    Some(word) => (OpKind::Word, *scope, self.term(word)),
                    None => (OpKind::Phrase, *scope, self.phrase(pattern, &leaf.term)),
                }
            }
            Asked::Regex(scope, regex) => {
                let (first, last) = scope.span();
                self.program.places.add(first, last);
                (OpKind::Regex, *scope, self.regex(regex))
            }
            Asked::Feed(pattern) => {
                let (first, last) = Scope::FEED;
                self.program.places.add(first, last);
                (OpKind::Feed, Scope::Anywhere, self.phrase(pattern, &leaf.term))
            }
            Asked::Site(host) => self.fact(&fact::site(host)),
            Asked::Language(tag) => self.fact(&fact::language(tag)),
            Asked::Event(name) => self.fact(&fact::event(*name)),
        }
    }

    fn fact(&mut self, text: &str) -> (OpKind, Scope, u32) {
        (OpKind::Fact, Scope::Anywhere, self.program.lexicon.learn(Kind::Fact, text))
    }

    fn regex(&mut self, regex: &Regex) -> u32 {
        let regexes = &mut self.program.regexes;
        *self.known_regexes.entry(regex.as_str().into()).or_insert_with(|| {
            regexes.push(regex.clone());
            number(regexes.len() - 1)
        })
    }

    fn phrase(&mut self, pattern: &Pattern, label: &str) -> u32 {
        let mut cells = Vec::new();
        for piece in pattern.pieces() {
            let mut split = Vec::new();
            piece.words.iter().for_each(|word| self.word(word, 0, &mut split));
            if let Some(joined) = &piece.joined {
                self.word(joined, JOINED, &mut cells);
                cells.push(number(split.len()));
            }
            cells.extend(split);
        }
        let label = (!pattern.is_plainly(label)).then(|| self.text(label));
        let at = self.program.cells.len();
        self.program.cells.push(number(cells.len()) | if label.is_some() { LABELLED } else { 0 });
        self.program.cells.extend(cells.into_iter().chain(label));
        number(at)
    }

    fn word(&mut self, word: &Wanted, flags: u32, cells: &mut Vec<u32>) {
        let glued = if word.glued { GLUED } else { 0 };
        let term = self.term(word) | flags | glued;
        match &word.form {
            Form::Exact(exact) => cells.extend([term | EXACT, self.text(exact)]),
            _ => cells.push(term),
        }
    }

    fn term(&mut self, word: &Wanted) -> TermId {
        self.program.lexicon.learn(Kind::of(&word.form), &word.folded)
    }

    fn text(&mut self, text: &str) -> u32 {
        let texts = &mut self.program.texts;
        if let Some(known) = self.known_texts.get(text) {
            return *known;
        }
        let new = texts.push(text);
        self.known_texts.insert(text.into(), new);
        new
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("the rules of a configuration are below 2³² terms")
}
