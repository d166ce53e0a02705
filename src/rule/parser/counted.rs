//! Reads the operators that count: NEAR and ONEAR words, ATLEAST terms.

use super::super::advice;
use super::super::check;
use super::super::field::Field;
use super::super::lexer::{Lexeme, LexemeKind};
use super::super::node::{Near, Node, NodeKind};
use super::{Parser, leaves, nothing};

impl Parser<'_> {
    pub(super) fn near(&mut self, field: Field) -> Node {
        let start = self.at;
        let mut operands = vec![self.atom(field)];
        let mut links = Vec::new();
        while let Some(Lexeme { kind: LexemeKind::Near(link), span }) = self.lexemes.get(self.at) {
            let (link, span) = (*link, span.clone());
            self.at += 1;
            let advice = advice::missing_slash(&span, self.lexemes.get(self.at), self.text);
            let is_slash_missing = advice.is_some();
            self.warnings.extend(advice);
            if !self.starts_operand() || self.is_next(&LexemeKind::Not) {
                let operator = self.text[span.clone()].to_owned();
                let is_not = self.is_next(&LexemeKind::Not);
                let hint = if is_not {
                    "a NOT goes before the whole: `-(a NEAR b)`"
                } else {
                    "for example `carbon NEAR/5 levy`"
                };
                self.error(span, &format!("`{operator}` needs a word or phrase after it"), Some(hint));
                continue;
            }
            let operand = self.next_span();
            operands.push(self.atom(field));
            links.push(link);
            if is_slash_missing {
                // That it is short as well is no news.
                self.warnings.retain(|warning| warning.span != operand);
            }
        }
        if links.is_empty() {
            return operands.swap_remove(0);
        }
        let near = Near { operands, links };
        check::near(&near, self.text, &mut self.errors);
        Node::here(self.span_from(start), NodeKind::Near(near))
    }

    pub(super) fn at_least(&mut self, count: usize, field: Field, start: usize) -> Node {
        let span = self.lexemes[start].span.clone();
        if !self.is_next(&LexemeKind::Open) {
            self.error(
                span.clone(),
                "`ATLEAST` needs its terms in parentheses",
                Some("for example `ATLEAST/2(flood, storm, fire)`"),
            );
            return nothing(span);
        }
        let open = self.next_span();
        self.at += 1;
        let mut items = Vec::new();
        loop {
            match self.alternatives(field) {
                Some(node) => items.push(node),
                None => {
                    let place = self.lexemes.get(self.at).map_or(span.clone(), |lexeme| lexeme.span.clone());
                    self.error(place, "a term is missing here", Some("write the terms with commas between them"));
                }
            }
            if !self.is_next(&LexemeKind::Comma) {
                break;
            }
            self.at += 1;
        }
        if !self.close(&open) {
            return nothing(span);
        }
        let items: Vec<Node> = items.into_iter().flat_map(leaves::set_terms).collect();
        let written = items.len();
        let items = check::distinct(items);
        let whole = self.span_from(start);
        check::at_least(count, &items, written, whole.clone(), &mut self.errors);
        Node::here(whole, NodeKind::AtLeast(count, items))
    }
}
