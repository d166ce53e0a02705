//! What can be said of a query only once it is read.

use std::collections::BTreeSet;
use std::ops::Range;

use super::node::{Asked, Leaf, Near, Node, NodeKind, Scope};
use super::note::Note;
use super::subject::Place;

/// Checks a whole query.
pub(super) fn whole(root: &Node, errors: &mut Vec<Note>) {
    if errors.is_empty() && root.is_negative() {
        let note = Note::new(root.written.span().clone(), "the query only says what must not be there");
        errors.push(note.with_hint("add a word to look for; alone, it would hold for nearly every article"));
    }
}

/// Words that one chain of NEARs may join; what it costs to look for it grows with them.
const MAX_OPERANDS: usize = 16;

/// Checks that the operands are words, not too many, and can stand in one text.
pub(super) fn near(near: &Near, text: &str, errors: &mut Vec<Note>) {
    if near.operands.len() > MAX_OPERANDS {
        let (first, last) = (&near.operands[0], &near.operands[near.operands.len() - 1]);
        let note = Note::new(
            first.written.span().start..last.written.span().end,
            format!("NEAR joins {} terms here; at most {MAX_OPERANDS} are looked for in a row", near.operands.len()),
        );
        errors.push(note.with_hint("join fewer with NEAR, and the rest with AND"));
        return;
    }
    for operand in &near.operands {
        if let Some(node) = not_words(operand) {
            let message = format!("`{}` is no word or phrase for NEAR", node.written.text(text));
            let note = Note::new(node.written.span().clone(), message);
            errors.push(
                note.with_hint("its sides are terms, or terms with OR in parentheses; combine two NEARs with AND"),
            );
            return;
        }
    }
    for pair in near.operands.windows(2) {
        let (left, right) = (places(&pair[0]), places(&pair[1]));
        if !left.is_empty() && !right.is_empty() && left.is_disjoint(&right) {
            let span = pair[0].written.span().start..pair[1].written.span().end;
            errors.push(
                Note::new(span, "these two stand in different fields and are never near each other")
                    .with_hint("write one field before both: `title:(a NEAR b)`; or AND"),
            );
        }
    }
}

/// The first part of an operand that has no place in a text.
fn not_words(node: &Node) -> Option<&Node> {
    match &node.kind {
        NodeKind::Leaf(leaf) => match leaf.asked {
            Asked::Words(..) | Asked::Regex(..) => None,
            Asked::Site(_) | Asked::Feed(_) | Asked::Language(_) | Asked::Event(_) => Some(node),
        },
        NodeKind::Any(children) => children.iter().find_map(not_words),
        // Checked when it was read.
        NodeKind::Near(_) => None,
        NodeKind::All(_) | NodeKind::Not(_) | NodeKind::AtLeast(..) => Some(node),
    }
}

fn places(node: &Node) -> BTreeSet<Place> {
    match &node.kind {
        NodeKind::Leaf(leaf) => match leaf.asked {
            Asked::Words(scope, _) | Asked::Regex(scope, _) => scope.places().iter().copied().collect(),
            _ => BTreeSet::new(),
        },
        _ => node.children().iter().flat_map(places).collect(),
    }
}

/// The items without the terms that stand among them before: a term that a set and the rule name counts once.
pub(super) fn distinct(items: Vec<Node>) -> Vec<Node> {
    let mut seen: BTreeSet<(String, Option<Scope>)> = BTreeSet::new();
    let is_first = |item: &Node| match &item.kind {
        NodeKind::Leaf(leaf) => seen.insert(asked(leaf)),
        _ => true,
    };
    items.into_iter().filter(is_first).collect()
}

/// What tells a leaf from others: its term, and where it looks or the fact it asks for.
pub(super) fn asked(leaf: &Leaf) -> (String, Option<Scope>) {
    let (field, scope) = match &leaf.asked {
        // Ways to write the same words are one term.
        Asked::Words(scope, pattern) => return (format!("{pattern:?}"), Some(*scope)),
        Asked::Regex(scope, _) => ("/", Some(*scope)),
        Asked::Site(_) => ("site:", None),
        Asked::Feed(_) => ("feed:", None),
        Asked::Language(_) => ("lang:", None),
        Asked::Event(_) => ("event:", None),
    };
    (format!("{field}{}", leaf.term), scope)
}

/// Checks that so many of the items can hold at once; `written` is how many there were with repeats.
pub(super) fn at_least(count: usize, items: &[Node], written: usize, span: Range<usize>, errors: &mut Vec<Note>) {
    if count > items.len() {
        let message = format!("ATLEAST/{count} has only {} to choose from", terms(items.len()));
        let hint = if written >= count { "each term counts once" } else { "write the terms with commas between them" };
        errors.push(Note::new(span, message).with_hint(hint));
        return;
    }
    if let Some(negative) = items.iter().find(|item| item.is_negative()) {
        let note = Note::new(negative.written.span().clone(), "ATLEAST cannot count what must not be there");
        errors.push(note.with_hint("write the NOT outside of its parentheses"));
    }
}

fn terms(count: usize) -> String {
    match count {
        1 => "one term".to_owned(),
        _ => format!("{count} terms"),
    }
}
