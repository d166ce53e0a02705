//! What is doubtful in a query but not wrong.

use std::ops::Range;

use super::fold::straight_apostrophe;
use super::lexer::{Lexeme, LexemeKind, is_quote, is_star, is_tilde};
use super::node::{Asked, Leaf, Node, NodeKind, Scope};
use super::note::Note;
use super::pattern::{Form, Wanted};
use super::scan::scan;
use super::term::Term;

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
        "NEAR" | "ONEAR" => true,
        "NOT" if !word.contains('/') => false,
        "ATLEAST" => false,
        _ => return None,
    };
    if !after.starts_operand() || (needs_before && !has_term_before) {
        return None;
    }
    let note = Note::new(span.clone(), format!("`{word}` is read as a word, not as an operator"));
    Some(note.with_hint(format!("for the operator write `{}`, for the word `\"{word}\"`", word.to_uppercase())))
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

/// The warning for words between single quotes, which are apostrophes and make no phrase.
pub(super) fn single_quotes(lexemes: &[Lexeme], text: &str) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut rest = lexemes;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let opening = text[first.span.clone()].strip_prefix(is_single_quote);
        if first.kind != LexemeKind::Word || opening.is_none_or(|word| word.ends_with(is_single_quote)) {
            continue;
        }
        let words = after.iter().take_while(|lexeme| lexeme.kind == LexemeKind::Word).enumerate();
        let mut closing = words.filter(|(_, word)| text[word.span.clone()].ends_with(is_single_quote));
        let Some((length, last)) = closing.next() else { continue };
        let span = first.span.start..last.span.end;
        let content = text[span.clone()].trim_matches(is_single_quote);
        let note = Note::new(span, "single quotes make no phrase: each word is looked for by itself");
        notes.push(note.with_hint(format!("write `\"{content}\"`")));
        rest = &after[length + 1..];
    }
    notes
}

fn is_single_quote(c: char) -> bool {
    straight_apostrophe(c) == '\'' || matches!(c, '‚' | '‹' | '›')
}

/// The warning for terms of a set that are so short that they will be found everywhere.
pub(super) fn short_terms(name: &str, terms: &[Node], text: &str, span: &Range<usize>) -> Option<Note> {
    let is_short = |term: &&Node| matches!(&term.kind, NodeKind::Leaf(leaf) if is_short(leaf));
    let short: Vec<&str> = terms.iter().filter(is_short).map(|term| term.written.text(text)).collect();
    let first = short.first()?;
    let message = match &short[1..] {
        [] => format!("`{first}` in the set `{name}` has fewer than three letters"),
        [second] => format!("`{first}` and `{second}` in the set `{name}` have fewer than three letters"),
        others => format!("`{first}` and {} others in the set `{name}` have fewer than three letters", others.len()),
    };
    let hint = if let Some(hint) = by_its_signs(first) {
        hint
    } else if has_capitals(first) {
        format!("write `={}` in the set to find it only in these capitals", first.to_uppercase())
    } else {
        "write more of it".to_owned()
    };
    Some(Note::new(span.clone(), message).with_hint(hint))
}

fn is_short(leaf: &Leaf) -> bool {
    let Asked::Words(scope, pattern) = &leaf.asked else { return false };
    let is_prose = matches!(scope, Scope::Anywhere | Scope::Title | Scope::Summary | Scope::Text);
    is_prose && !leaf.term.starts_with('=') && pattern.letters() < 3 && !pattern.is_terse_script()
}

/// The warning for a term that is so short that it will be found everywhere.
pub(super) fn shortness(leaf: &Leaf, term: &Term) -> Option<Note> {
    if !is_short(leaf) {
        return None;
    }
    let typed = term.text.trim();
    let note = Note::new(term.span.clone(), format!("`{typed}` has fewer than three letters"));
    let hint = if let Some(hint) = by_its_signs(typed) {
        hint
    } else if has_capitals(typed) {
        format!("it will be found often; write `={}` to find it only in these capitals", typed.to_uppercase())
    } else if leaf.term.chars().all(char::is_numeric) {
        "it will be found often; write a phrase with it, such as `\"26 dead\"`".to_owned()
    } else {
        "it will be found often; write more of it".to_owned()
    };
    Some(note.with_hint(hint))
}

/// Whether a term is one word that capitals could tell from others.
fn has_capitals(term: &str) -> bool {
    let is_word = !term.contains(|c| is_star(c) || is_tilde(c) || char::is_whitespace(c));
    is_word && term.to_uppercase() != term.to_lowercase()
}

/// The hint for a term that is itself only with signs, which words are compared without.
fn by_its_signs(term: &str) -> Option<String> {
    let (word, signs) = around(term)?;
    let expression = as_regex(term);
    Some(format!("it finds every `{word}`, with `{signs}` or without; to find `{term}` alone write `{expression}`"))
}

/// The warning for a `=` before a term with signs, which words are compared without.
///
/// `typed` is the term with its `=` and quotes.
pub(super) fn ignored_signs(typed: &str, span: &Range<usize>) -> Option<Note> {
    let exact = typed.strip_prefix(['=', '＝'])?.trim_matches(|c: char| is_quote(c) || c.is_whitespace());
    let (word, signs) = around(exact)?;
    let note = Note::new(span.clone(), format!("`{signs}` is no part of a word: `{typed}` finds every `{word}`"));
    Some(note.with_hint(format!("to find it only with `{signs}` write `{}`", as_regex(exact))))
}

/// The word inside of signs, and the signs. `None` where there are none, or only such as stand around words anyway.
fn around(term: &str) -> Option<(&str, String)> {
    let is_usual = |c: char| matches!(c, '.' | ',' | ':' | ';') || is_single_quote(c) || is_star(c) || is_tilde(c);
    let (mut from, mut to) = (term.len(), 0);
    scan(term, &mut String::new(), |_, word| (from, to) = (from.min(word.start), to.max(word.end)));
    let word = term.get(from..to)?;
    let signs: String = [&term[..from], &term[to..]].concat().split_whitespace().collect();
    signs.contains(|c: char| !is_usual(c)).then_some((word, signs))
}

/// A regular expression for a text as it is written; in any capitals if it begins with none.
pub(super) fn as_regex(text: &str) -> String {
    let text = text.trim();
    let edge = |c: Option<char>| if c.is_some_and(char::is_alphanumeric) { "\\b" } else { "" };
    let mut expression = String::from(if text.starts_with(char::is_lowercase) { "/(?i)" } else { "/" });
    expression.push_str(edge(text.chars().next()));
    for c in text.chars() {
        if "\\.+*?()|[]{}^$/".contains(c) {
            expression.push('\\');
        }
        expression.push(c);
    }
    expression + edge(text.chars().next_back()) + "/"
}

/// The warning for a `~` behind what is never taken for another word.
pub(super) fn idle_tilde(leaf: &Leaf, term: &Term) -> Option<Note> {
    let Asked::Words(_, pattern) = &leaf.asked else { return None };
    let is_fuzzy = |word: &Wanted| matches!(word.form, Form::Fuzzy(_));
    let is_idle =
        term.text.ends_with(is_tilde) && !pattern.pieces().iter().flat_map(|piece| &piece.words).any(is_fuzzy);
    let note = Note::new(term.span.clone(), format!("the `~` of `{}` changes nothing", leaf.term));
    is_idle.then(|| {
        note.with_hint("it finds words of three letters and more that are one or two letters off; figures stay")
    })
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
