//! A TOML document as a tree of values, each with its place.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::source::Place;

/// A value of the document.
#[derive(Debug)]
pub(super) struct Node {
    pub place: Place,
    pub kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    Text(String),
    /// `None` for negative, huge and fractional numbers: no key takes one.
    Number(Option<u64>),
    Boolean(bool),
    Date,
    List(Vec<Node>),
    Table(Vec<Entry>),
}

/// A key with its value; those of a table are in the order of the file.
#[derive(Debug)]
pub(super) struct Entry {
    pub key: String,
    pub key_place: Place,
    pub value: Node,
}

impl Kind {
    /// What it is, with an article.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Text(_) => "a string",
            Kind::Number(_) => "a number",
            Kind::Boolean(_) => "`true` or `false`",
            Kind::Date => "a date",
            Kind::List(_) => "a list",
            Kind::Table(_) => "a table",
        }
    }
}

/// Copies the parser's table. The parser bounds how deep it is nested.
pub(super) fn entries(table: &DeTable<'_>, source: usize) -> Vec<Entry> {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().clone().into_owned(),
            key_place: Place::new(source, key.span()),
            value: node(value, source),
        })
        .collect();
    entries.sort_by_key(|entry| entry.key_place.start);
    entries
}

fn node(value: &Spanned<DeValue<'_>>, source: usize) -> Node {
    let kind = match value.get_ref() {
        DeValue::String(text) => Kind::Text(text.clone().into_owned()),
        DeValue::Integer(number) => Kind::Number(u64::from_str_radix(number.as_str(), number.radix()).ok()),
        DeValue::Float(_) => Kind::Number(None),
        DeValue::Boolean(value) => Kind::Boolean(*value),
        DeValue::Datetime(_) => Kind::Date,
        DeValue::Array(items) => Kind::List(items.iter().map(|item| node(item, source)).collect()),
        DeValue::Table(table) => Kind::Table(entries(table, source)),
    };
    Node { place: Place::new(source, value.span()), kind }
}
