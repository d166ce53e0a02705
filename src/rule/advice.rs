//! What is doubtful in a query but not wrong.

use std::ops::Range;

use super::lexer::{Lexeme, LexemeKind};
use super::node::{Asked, Leaf, Node, NodeKind, Scope};
use super::note::Note;
use super::term::{Style, Term};

/// The warning where alternatives are joined with terms side by side and no parentheses say what goes with what.
///
/// Each part comes with whether it is of several terms without parentheses.
pub(super) fn mixture(parts: &[(&Node, bool)], text: &str) -> Option<Note> {
    let ((first, _), (last, _)) = (parts.first()?, parts.last()?);
    if parts.len() < 2 || !parts.iter().any(|(_, is_bare)| *is_bare) {
        return None;
    }
    let written = |(node, is_bare): &(&Node, bool)| {
        let written = node.written.text(text);
        if *is_bare { format!("({written})") } else { written.to_owned() }
    };
    let read_as = parts.iter().map(written).collect::<Vec<_>>().join(" OR ");
    let note =
        Note::new(first.written.span().start..last.written.span().end, "AND and OR are mixed without parentheses");
    Some(note.with_hint(format!("it is read as `{read_as}`; write it so if that is meant")))
}

/// The warning where the next word is probably meant as an operator.
pub(super) fn lower_case(next: &[Lexeme], text: &str, has_term_before: bool) -> Option<Note> {
    let [Lexeme { kind: LexemeKind::Word, span }, after, ..] = next else { return None };
    let word = &text[span.clone()];
    let needs_before = match &*word.split('/').next()?.to_uppercase() {
        "AND" | "OR" if !word.contains('/') => true,
        "NEAR" | "ONEAR" if word.contains('/') => true,
        "NOT" if !word.contains('/') => false,
        "ATLEAST" => false,
        _ => return None,
    };
    if !after.starts_operand() || (needs_before && !has_term_before) {
        return None;
    }
    let note = Note::new(span.clone(), format!("`{word}` is read as a word, not as an operator"));
    let hint = format!("operators are in capitals: `{}`; in quotes it is a word for sure", word.to_uppercase());
    Some(note.with_hint(hint))
}

/// The warning for `NEAR 5` in place of `NEAR/5`.
pub(super) fn missing_slash(near: &Range<usize>, next: Option<&Lexeme>, text: &str) -> Option<Note> {
    let operator = &text[near.clone()];
    let Some(Lexeme { kind: LexemeKind::Word, span }) = next else { return None };
    let number = &text[span.clone()];
    if operator.contains('/') || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let note = Note::new(near.start..span.end, format!("`{number}` is read as a word to find"));
    Some(note.with_hint(format!("the distance follows a slash: `{operator}/{number}`")))
}

/// The warning for a term that is so short that it will be found everywhere.
pub(super) fn shortness(leaf: &Leaf, term: &Term) -> Option<Note> {
    let Asked::Words(scope, pattern) = &leaf.asked else { return None };
    let is_prose = !matches!(scope, Scope::Tag | Scope::Url | Scope::Author);
    if !is_prose || term.style == Style::Exact || pattern.letters() >= 3 || pattern.is_terse_script() {
        return None;
    }
    let note = Note::new(term.span.clone(), format!("`{}` has fewer than three letters", leaf.term));
    let capitals = term.text.to_uppercase();
    let is_plain_word = term.style == Style::Word && !term.text.contains(['*', '~']);
    let hint = if is_plain_word && capitals != term.text.to_lowercase() {
        format!("it will be found often; write `={capitals}` to find it only in these capitals")
    } else {
        "it will be found often; write more of it".to_owned()
    };
    Some(note.with_hint(hint))
}

/// Warnings for alternatives that hold wherever something is missing.
pub(super) fn negative_alternatives(node: &Node, text: &str, warnings: &mut Vec<Note>) {
    if let NodeKind::Any(children) = &node.kind {
        for child in children.iter().filter(|child| child.is_negative()) {
            let message = format!("`{}` as an alternative holds for nearly every article", child.written.text(text));
            warnings.push(Note::new(child.written.span().clone(), message).with_hint("did you mean AND?"));
        }
    }
    node.children().iter().for_each(|child| negative_alternatives(child, text, warnings));
}
