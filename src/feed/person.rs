//! The names of authors, out of the ways in which feeds write them.

use super::draft::{Field, Form, Term};
use super::scanner::{Scanner, Token};
use super::visible;

/// Authors beyond this many of one entry, and longer names, are not kept.
const MAX_AUTHORS: usize = 32;
const MAX_NAME_CHARS: usize = 200;

/// The authors' names in document order, without repeats: of the first kind of field that names somebody, or else
/// gives a mail address.
pub(super) fn names(fields: &[Field]) -> Vec<String> {
    let all: Vec<Vec<String>> = [Term::Author, Term::Creator, Term::OtherAuthor].map(|term| named(fields, term)).into();
    let named = all.iter().find(|names| names.iter().any(|name| !name.contains('@')));
    named.or_else(|| all.iter().find(|names| !names.is_empty())).cloned().unwrap_or_default()
}

fn named(fields: &[Field], term: Term) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in fields.iter().filter(|field| field.term == term).filter_map(name).take(MAX_AUTHORS) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn name(field: &Field) -> Option<String> {
    let text = child(&field.text, Some("name"))
        .or_else(|| child(&field.text, None))
        .or_else(|| child(&field.text, Some("email")))?;
    let text = visible::line(&text, Form::Plain, MAX_NAME_CHARS);
    let name = without_address(&text);
    (!name.is_empty()).then(|| name.to_owned())
}

/// The first text in `markup` that stands in the element `name`, or in no element.
fn child(markup: &str, name: Option<&str>) -> Option<String> {
    let mut around: Option<&str> = None;
    for token in Scanner::new(markup) {
        match token {
            Token::Start(tag) => around = Some(tag.name),
            Token::End(_) => around = None,
            Token::Text(text) if around == name && !text.trim().is_empty() => return Some(text.into_owned()),
            _ => {}
        }
    }
    None
}

/// `Jane Doe` of `jane@example.org (Jane Doe)`, `Jane Doe <jane@example.org>` and `Jane Doe (jane@example.org)`.
fn without_address(text: &str) -> &str {
    let Some((before, rest)) = text.split_once(['(', '<']) else { return text.trim() };
    let (inside, _) = rest.split_once([')', '>']).unwrap_or((rest, ""));
    let (before, inside) = (before.trim(), inside.trim());
    if inside.contains('@') && !before.is_empty() {
        before
    } else if before.contains('@') && !before.contains(char::is_whitespace) && !inside.is_empty() {
        inside
    } else {
        text.trim()
    }
}
