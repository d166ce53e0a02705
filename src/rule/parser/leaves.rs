//! Reads single terms and sets.

use std::ops::Range;

use super::super::advice;
use super::super::field::Field;
use super::super::listed;
use super::super::node::{Node, NodeKind, Written};
use super::super::note::{Note, did_you_mean};
use super::super::term::{self, Style, Term};
use super::{MAX_TERMS, Parser, nothing};

impl Parser<'_> {
    pub(super) fn term(&mut self, field: Field, term: &Term) -> Node {
        self.count_terms(1, &term.span, None);
        match term::compile(field, term) {
            Ok(leaf) => {
                if let Field::Words(_) = field {
                    self.warnings.extend(advice::ignored_signs(&self.text[term.span.clone()], &term.span));
                }
                self.warnings.extend(advice::shortness(&leaf, term).or_else(|| advice::idle_tilde(&leaf, term)));
                Node::here(term.span.clone(), NodeKind::Leaf(Box::new(leaf)))
            }
            Err(note) => {
                self.errors.push(note);
                nothing(term.span.clone())
            }
        }
    }

    pub(super) fn regex(&mut self, field: Field, source: &str, span: Range<usize>) -> Node {
        self.count_terms(1, &span, None);
        match term::compile_regex(field, source, span.clone()) {
            Ok(leaf) => Node::here(span, NodeKind::Leaf(Box::new(leaf))),
            Err(note) => {
                self.errors.push(note);
                nothing(span)
            }
        }
    }

    pub(super) fn set(&mut self, field: Field, name: &str, span: Range<usize>) -> Node {
        let sets = self.sets;
        let Some(terms) = sets.terms(name) else {
            self.unknown_set(name, span.clone());
            return nothing(span);
        };
        self.used.push(name.to_owned());
        self.count_terms(terms.len(), &span, Some(name));
        if terms.is_empty() {
            self.warnings.push(Note::new(span.clone(), format!("the set `{name}` is empty and finds nothing")));
        }
        let mut nodes = Vec::new();
        for text in terms.iter().take(MAX_TERMS) {
            let term = Term { text, span: span.clone(), style: Style::Listed };
            let checked = listed::check(name, text, sets.names()).map_err(|note| Note { span: span.clone(), ..note });
            match checked.and_then(|()| term::compile(field, &term)) {
                Ok(leaf) => {
                    let written = Written::InSet(span.clone(), text.as_str().into());
                    nodes.push(Node { written, kind: NodeKind::Leaf(Box::new(leaf)) });
                }
                Err(mut note) => {
                    note.message = format!("in the set `{name}`, term `{text}`: {}", note.message);
                    self.errors.push(note);
                }
            }
        }
        let ignored = terms.iter().find_map(|text| advice::ignored_signs(text, &span));
        let in_set = |note: Note| Note { message: format!("in the set `{name}`: {}", note.message), ..note };
        self.warnings.extend(ignored.map(in_set));
        self.warnings.extend(advice::short_terms(name, &nodes, self.text, &span));
        Node::here(span, NodeKind::Any(nodes))
    }

    fn unknown_set(&mut self, name: &str, span: Range<usize>) {
        if name.is_empty() {
            return self.error(span, "`$` needs the name of a set after it", Some("write it directly behind: `$name`"));
        }
        let amount = name.starts_with(|c: char| c.is_numeric()).then(|| {
            let expression = advice::as_regex(&self.text[span.clone()]);
            format!("to find an amount write `{expression}`; `\"${name}\"` finds the figure after any sign or none")
        });
        let hint = amount.or_else(|| did_you_mean(name, "$", self.sets.names()));
        let hint = hint.unwrap_or_else(|| "sets stand under `[sets]` in the configuration".to_owned());
        self.errors.push(Note::new(span, format!("unknown set `${name}`")).with_hint(hint));
    }

    /// Counts terms, those of a set at once.
    fn count_terms(&mut self, more: usize, span: &Range<usize>, set: Option<&str>) {
        let before = self.terms;
        self.terms += more;
        if before <= MAX_TERMS && self.terms > MAX_TERMS {
            let message = match set {
                Some(set) => format!("with the {more} terms of the set `{set}` the query has more than 2,000"),
                None => "the query has more than 2,000 terms, those of its sets included".to_owned(),
            };
            self.give_up(span.clone(), &message);
        }
    }
}

/// The terms of a set one by one, so that ATLEAST counts each; any other node as it is.
pub(super) fn set_terms(node: Node) -> Vec<Node> {
    match node.kind {
        NodeKind::Any(terms) if terms.iter().all(|term| matches!(term.written, Written::InSet(..))) => terms,
        _ => vec![node],
    }
}
