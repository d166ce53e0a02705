//! Reads a query into a tree: NEAR binds closest, then NOT, AND, OR.

mod counted;
mod leaves;

use std::ops::Range;

use super::advice;
use super::check;
use super::field::Field;
use super::idle;
use super::lexer::{self, Lexeme, LexemeKind};
use super::node::{Node, NodeKind, Scope, Written};
use super::note::Note;
use super::sets::Sets;
use super::term::{Style, Term};

/// Characters of a query.
const MAX_CHARACTERS: usize = 10_000;

/// Parentheses and fields inside each other.
const MAX_DEPTH: usize = 64;

/// Terms of a query; a set counts with each of its terms, wherever it is used.
const MAX_TERMS: usize = 2_000;

/// Errors, and warnings, that are told of one query.
const MAX_NOTES: usize = 50;

/// The hint for AND and OR that stand at an end.
const ONE_SIDED: &str = "write a term on each side of it, or take it away";

/// What reading a query gives.
pub(super) struct Tree {
    pub root: Node,
    pub warnings: Vec<Note>,
    /// Names of the sets it uses, in order, without repeats.
    pub sets: Vec<String>,
}

/// Reads a query, or says everything that is wrong with it, in the order of the text.
pub(super) fn parse(text: &str, sets: &Sets) -> Result<Tree, Vec<Note>> {
    let characters = text.chars().count();
    if characters > MAX_CHARACTERS {
        let mut beyond = text.char_indices().map(|(at, _)| at).skip(MAX_CHARACTERS);
        let first = beyond.next().unwrap_or(text.len());
        let message = format!("the query has {characters} characters; at most 10,000 are read");
        return Err(vec![
            Note::new(first..beyond.next().unwrap_or(text.len()), message)
                .with_hint("put long lists of terms into a `$set`"),
        ]);
    }
    let mut errors = Vec::new();
    let lexemes = lexer::read(text, &mut errors);
    let mut parser = Parser {
        text,
        lexemes,
        at: 0,
        depth: 0,
        terms: 0,
        sets,
        used: Vec::new(),
        errors,
        warnings: Vec::new(),
        gave_up_after: None,
    };
    parser.warnings.extend(advice::single_quotes(&parser.lexemes, text));
    let root = parser.query();
    check::whole(&root, &mut parser.errors);
    advice::negative_alternatives(&root, text, &mut parser.warnings);
    if parser.errors.is_empty() {
        idle::contradictions(&root, text, &mut parser.warnings);
    }
    parser.finish(root)
}

struct Parser<'a> {
    text: &'a str,
    lexemes: Vec<Lexeme>,
    at: usize,
    depth: usize,
    terms: usize,
    sets: &'a Sets,
    used: Vec<String>,
    errors: Vec<Note>,
    warnings: Vec<Note>,
    /// How many errors there were when reading on was of no use.
    gave_up_after: Option<usize>,
}

/// Terms joined by AND, by standing side by side, or alone.
struct Conjunction {
    node: Node,
    /// Several terms without parentheses around them.
    is_bare: bool,
}

impl Parser<'_> {
    fn finish(mut self, root: Node) -> Result<Tree, Vec<Note>> {
        // Where reading was given up, all that stood open looks unclosed.
        self.errors.truncate(self.gave_up_after.unwrap_or(MAX_NOTES).min(MAX_NOTES));
        self.warnings.truncate(MAX_NOTES);
        let in_order = |notes: &mut Vec<Note>| {
            notes.sort_by_key(|note| (note.span.start, note.span.end));
            notes.dedup();
        };
        in_order(&mut self.errors);
        in_order(&mut self.warnings);
        // Of two warnings about one word the first says more.
        self.warnings.dedup_by(|later, first| later.span == first.span);
        if !self.errors.is_empty() {
            return Err(self.errors);
        }
        self.used.sort();
        self.used.dedup();
        Ok(Tree { root, warnings: self.warnings, sets: self.used })
    }

    fn query(&mut self) -> Node {
        let root = self.group(Field::Words(Scope::Anywhere), None);
        match root {
            Some(node) => node,
            None if self.errors.is_empty() => {
                self.errors.push(Note::new(0..self.text.len(), "the query is empty"));
                nothing(0..0)
            }
            None => nothing(0..0),
        }
    }

    /// Reads alternatives until the parenthesis `open` is closed, or to the end where there is none.
    fn group(&mut self, field: Field, open: Option<Range<usize>>) -> Option<Node> {
        let mut nodes: Vec<Node> = Vec::new();
        loop {
            nodes.extend(self.alternatives(field));
            let Some(next) = self.lexemes.get(self.at) else { break };
            let span = next.span.clone();
            match (&next.kind, &open) {
                (LexemeKind::Close, Some(_)) => break,
                (LexemeKind::Close, None) => {
                    self.error(span, "this parenthesis closes nothing", Some("open it with `(`, or take it away"));
                }
                // `alternatives` ends only at the end, a closing parenthesis or a comma.
                _ => self.error(
                    span,
                    "a comma separates terms only inside `ATLEAST/n(…)`",
                    Some("write OR between alternatives"),
                ),
            }
            self.at += 1;
            if self.is_next(&LexemeKind::Or) {
                self.at += 1;
            }
        }
        match nodes.len() {
            0 | 1 => nodes.pop(),
            _ => Some(Node::here(0..self.text.len(), NodeKind::All(nodes))),
        }
    }

    fn alternatives(&mut self, field: Field) -> Option<Node> {
        let start = self.at;
        let mut found: Vec<Conjunction> = Vec::new();
        let first = self.conjunction(field);
        if first.is_none() && self.is_next(&LexemeKind::Or) {
            self.error(self.next_span(), "`OR` has nothing before it", Some(ONE_SIDED));
        }
        found.extend(first);
        while self.is_next(&LexemeKind::Or) {
            let or = self.next_span();
            self.at += 1;
            match self.conjunction(field) {
                Some(next) => found.push(next),
                None => self.error(or, "`OR` has nothing after it", Some(ONE_SIDED)),
            }
        }
        let parts: Vec<(&Node, bool)> = found.iter().map(|part| (&part.node, part.is_bare)).collect();
        self.warnings.extend(advice::mixture(&parts, self.text));
        let is_single = found.len() == 1;
        let nodes: Vec<Node> = found.into_iter().map(|conjunction| conjunction.node).collect();
        if is_single { nodes.into_iter().next() } else { self.join(start, nodes, NodeKind::Any) }
    }

    fn conjunction(&mut self, field: Field) -> Option<Conjunction> {
        let start = self.at;
        let mut nodes: Vec<Node> = Vec::new();
        while let Some(lexeme) = self.lexemes.get(self.at) {
            match lexeme.kind {
                LexemeKind::Or | LexemeKind::Close | LexemeKind::Comma => break,
                LexemeKind::And => self.and(start),
                _ => {
                    let advice = advice::lower_case(&self.lexemes[self.at..], self.text, !nodes.is_empty());
                    self.warnings.extend(advice);
                    nodes.push(self.negation(field));
                }
            }
        }
        let is_bare = nodes.len() > 1;
        if nodes.is_empty() {
            // A stray AND has been told; the place is not empty besides.
            return (self.at > start).then(|| Conjunction { node: nothing(0..0), is_bare });
        }
        let node = if is_bare { self.join(start, nodes, NodeKind::All)? } else { nodes.pop()? };
        Some(Conjunction { node, is_bare })
    }

    fn and(&mut self, start: usize) {
        let span = self.next_span();
        if self.at == start || self.lexemes[self.at - 1].kind == LexemeKind::And {
            self.error(span, "`AND` has nothing before it", Some(ONE_SIDED));
            self.at += 1;
            return;
        }
        self.at += 1;
        if !self.starts_operand() && !self.is_next(&LexemeKind::And) {
            self.error(span, "`AND` has nothing after it", Some(ONE_SIDED));
        }
    }

    fn negation(&mut self, field: Field) -> Node {
        if !self.is_next(&LexemeKind::Not) {
            return self.near(field);
        }
        let start = self.at;
        let first = self.next_span();
        self.at += 1;
        self.further_nots();
        if !self.starts_operand() {
            let operator = self.text[first.clone()].to_owned();
            self.error(
                first.clone(),
                &format!("`{operator}` has nothing after it"),
                Some("write the term that must not be there"),
            );
            return nothing(first);
        }
        let child = self.near(field);
        Node::here(self.span_from(start), NodeKind::Not(Box::new(child)))
    }

    /// Refuses NOTs behind a NOT, all at once.
    fn further_nots(&mut self) {
        let (start, first) = (self.at, self.next_span());
        while self.is_next(&LexemeKind::Not) {
            self.at += 1;
        }
        let (span, message, hint) = match self.at - start {
            0 => return,
            1 => (first, "a second NOT directly after the first", "take both away"),
            _ => (self.span_from(start), "further NOTs directly after the first", "write one, or none"),
        };
        self.error(span, message, Some(hint));
    }

    fn atom(&mut self, field: Field) -> Node {
        let Some(Lexeme { kind, span }) = self.lexemes.get(self.at).cloned() else {
            return nothing(self.text.len()..self.text.len());
        };
        let start = self.at;
        self.at += 1;
        let text = self.text;
        let term = |range: Range<usize>, style: Style| Term { text: &text[range], span: span.clone(), style };
        match kind {
            LexemeKind::Word => self.term(field, &term(span.clone(), Style::Word)),
            LexemeKind::Phrase(content) => self.term(field, &term(content, Style::Phrase)),
            LexemeKind::Exact(content) => self.term(field, &term(content, Style::Exact)),
            LexemeKind::Regex(content) => self.regex(field, &text[content], span),
            LexemeKind::Set(name) => self.set(field, &text[name], span),
            LexemeKind::Open => self.nested(span.clone(), |parser| parser.parenthesis(field, start)),
            LexemeKind::Field(named) => self.nested(span.clone(), |parser| parser.field(named.unwrap_or(field), start)),
            LexemeKind::AtLeast(count) => self.nested(span.clone(), |parser| parser.at_least(count, field, start)),
            LexemeKind::Near(_) => {
                self.error(
                    span.clone(),
                    &format!("`{}` needs a word or phrase before it", &text[span.clone()]),
                    Some("for example `carbon NEAR/5 levy`"),
                );
                nothing(span)
            }
            // Never asked for: callers look first.
            LexemeKind::Close | LexemeKind::Comma | LexemeKind::And | LexemeKind::Or | LexemeKind::Not => nothing(span),
        }
    }

    fn nested(&mut self, span: Range<usize>, read: impl FnOnce(&mut Self) -> Node) -> Node {
        if self.depth == MAX_DEPTH {
            self.give_up(span.clone(), "parentheses and fields are nested deeper than 64");
            return nothing(span);
        }
        self.depth += 1;
        let node = read(self);
        self.depth -= 1;
        node
    }

    fn parenthesis(&mut self, field: Field, start: usize) -> Node {
        let open = self.lexemes[start].span.clone();
        let inner = self.group(field, Some(open.clone()));
        if !self.close(&open) {
            return nothing(open);
        }
        match inner {
            Some(mut node) => {
                node.written = Written::Here(self.span_from(start));
                node
            }
            None => {
                self.error(
                    self.span_from(start),
                    "these parentheses are empty",
                    Some("write terms between them, or take them away"),
                );
                nothing(open)
            }
        }
    }

    fn close(&mut self, open: &Range<usize>) -> bool {
        if self.is_next(&LexemeKind::Close) {
            self.at += 1;
            return true;
        }
        self.error(open.clone(), "this parenthesis is not closed", Some("close it with `)`"));
        false
    }

    fn field(&mut self, field: Field, start: usize) -> Node {
        let span = self.lexemes[start].span.clone();
        let name = self.text[span.clone()].to_owned();
        if self.is_next(&LexemeKind::Not) {
            self.error(
                span.clone(),
                &format!("NOT stands before `{name}`, not after it"),
                Some(&format!("write `-{name}word`")),
            );
            self.at += 1;
        }
        if !self.starts_operand() || matches!(self.lexemes[self.at].kind, LexemeKind::Near(_)) {
            self.error(span.clone(), &format!("`{name}` has nothing after it"), Some(&format!("write `{name}word`")));
            return nothing(span);
        }
        let mut node = self.atom(field);
        node.written = Written::Here(self.span_from(start));
        node
    }

    /// Notes an error after which reading on would be of no use.
    fn give_up(&mut self, span: Range<usize>, message: &str) {
        self.error(span, message, Some("split the rule in two"));
        self.gave_up_after = self.gave_up_after.or(Some(self.errors.len()));
        self.at = self.lexemes.len();
    }

    fn join(&self, start: usize, nodes: Vec<Node>, kind: fn(Vec<Node>) -> NodeKind) -> Option<Node> {
        (!nodes.is_empty()).then(|| Node::here(self.span_from(start), kind(nodes)))
    }

    /// From the lexeme `start` to the last one read.
    fn span_from(&self, start: usize) -> Range<usize> {
        let last = self.at.clamp(start + 1, self.lexemes.len().max(start + 1)) - 1;
        match (self.lexemes.get(start), self.lexemes.get(last)) {
            (Some(first), Some(last)) => first.span.start..last.span.end,
            _ => 0..0,
        }
    }

    fn is_next(&self, kind: &LexemeKind) -> bool {
        self.lexemes.get(self.at).is_some_and(|lexeme| lexeme.kind == *kind)
    }

    fn next_span(&self) -> Range<usize> {
        self.lexemes.get(self.at).map_or(self.text.len()..self.text.len(), |lexeme| lexeme.span.clone())
    }

    fn starts_operand(&self) -> bool {
        self.lexemes.get(self.at).is_some_and(Lexeme::starts_operand)
    }

    fn error(&mut self, span: Range<usize>, message: &str, hint: Option<&str>) {
        self.errors.push(Note::new(span, message).with_some_hint(hint.map(str::to_owned)));
    }
}

/// Stands where an error has been noted; never evaluated.
fn nothing(span: Range<usize>) -> Node {
    Node::here(span, NodeKind::Any(Vec::new()))
}
