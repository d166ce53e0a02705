//! Reads JSON Feed (<https://www.jsonfeed.org/version/1.1/>) into a [`Draft`], entry by entry.
//!
//! Numbers stand where strings should, authors are objects or names, and a cut document ends anywhere: what was
//! read before is kept, and what is not used is never held in memory.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use url::Url;

use super::draft::{Draft, DraftEntry, Field, Form, Term};
use crate::model::FeedKind;

/// Values of one list beyond this many are not kept.
const MAX_VALUES: usize = 64;

/// Reads `text`, at most `max_entries` items of it; `None` when it is no JSON Feed.
pub(super) fn read(text: &str, url: &Url, max_entries: usize) -> Option<Draft> {
    let found = RefCell::new(Found::default());
    let mut source = serde_json::Deserializer::from_str(text);
    let outcome = Document { found: &found, max_entries }.deserialize(&mut source);
    let found = found.into_inner();
    if !found.has_items && !found.version.unwrap_or_default().contains("jsonfeed") {
        return None;
    }
    let base = Arc::new(url.clone());
    let mut fields = Vec::new();
    push(&mut fields, &base, Term::Title, Form::Plain, found.title);
    push(&mut fields, &base, Term::Language, Form::Plain, found.language);
    push_all(&mut fields, &base, Term::Author, found.authors);
    for (relation, address) in found.links {
        let mut field = Field::new(Term::Link, String::new(), &base);
        field.attributes = vec![("rel", relation.to_owned()), ("href", address)];
        fields.push(field);
    }
    let entries = found.items.into_iter().map(|item| item.into_entry(&base)).collect();
    Some(Draft { kind: FeedKind::Json, fields, entries, is_partial: outcome.is_err() })
}

fn push(fields: &mut Vec<Field>, base: &Arc<Url>, term: Term, form: Form, text: Option<String>) {
    let Some(text) = text else { return };
    let mut field = Field::new(term, text, base);
    field.form = form;
    fields.push(field);
}

fn push_all(fields: &mut Vec<Field>, base: &Arc<Url>, term: Term, texts: Vec<String>) {
    texts.into_iter().for_each(|text| push(fields, base, term, Form::Plain, Some(text)));
}

const MAX_HUBS: usize = 4;

/// What was read of a document, which stays when the rest of it cannot be.
#[derive(Default)]
struct Found {
    version: Option<String>,
    title: Option<String>,
    language: Option<String>,
    authors: Vec<String>,
    /// To itself and to its hubs, with the relation.
    links: Vec<(&'static str, String)>,
    has_items: bool,
    items: Vec<Item>,
}

#[derive(Default)]
struct Item {
    id: Option<String>,
    url: Option<String>,
    external_url: Option<String>,
    title: Option<String>,
    content_html: Option<String>,
    content_text: Option<String>,
    summary: Option<String>,
    date_published: Option<String>,
    date_modified: Option<String>,
    authors: Vec<String>,
    tags: Vec<String>,
    language: Option<String>,
}

impl Item {
    /// Takes in the next value of `map`, that of `key`.
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let field = match key {
            "id" => &mut self.id,
            "url" => &mut self.url,
            "external_url" => &mut self.external_url,
            "title" => &mut self.title,
            "content_html" => &mut self.content_html,
            "content_text" => &mut self.content_text,
            "summary" => &mut self.summary,
            "date_published" => &mut self.date_published,
            "date_modified" => &mut self.date_modified,
            "language" => &mut self.language,
            "author" | "authors" => {
                self.authors.extend(map.next_value::<Loose>()?.0);
                return Ok(());
            }
            "tags" => {
                self.tags = map.next_value::<Loose>()?.0;
                return Ok(());
            }
            _ => return map.next_value::<IgnoredAny>().map(|_| ()),
        };
        *field = map.next_value::<Loose>()?.first();
        Ok(())
    }

    fn into_entry(self, base: &Arc<Url>) -> DraftEntry {
        let mut fields = Vec::new();
        let mut one = |term, form, text| push(&mut fields, base, term, form, text);
        one(Term::Id, Form::Plain, self.id);
        one(Term::Link, Form::Plain, self.url);
        one(Term::Link, Form::Plain, self.external_url);
        one(Term::Title, Form::Plain, self.title);
        one(Term::Summary, Form::Plain, self.summary);
        // Both say the same; the HTML knows its paragraphs.
        match self.content_html.filter(|html| !html.trim().is_empty()) {
            Some(html) => one(Term::Content, Form::Html, Some(html)),
            None => one(Term::Content, Form::Plain, self.content_text),
        }
        one(Term::Published, Form::Plain, self.date_published);
        one(Term::Updated, Form::Plain, self.date_modified);
        one(Term::Language, Form::Plain, self.language);
        push_all(&mut fields, base, Term::Author, self.authors);
        push_all(&mut fields, base, Term::Tag, self.tags);
        DraftEntry { fields, language: None }
    }
}

/// The outermost object.
struct Document<'a> {
    found: &'a RefCell<Found>,
    max_entries: usize,
}

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON Feed")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "version" => self.found.borrow_mut().version = map.next_value::<Loose>()?.first(),
                "title" => self.found.borrow_mut().title = map.next_value::<Loose>()?.first(),
                "language" => self.found.borrow_mut().language = map.next_value::<Loose>()?.first(),
                "author" | "authors" => self.found.borrow_mut().authors = map.next_value::<Loose>()?.0,
                "feed_url" => {
                    let address = map.next_value::<Loose>()?.first();
                    self.found.borrow_mut().links.extend(address.map(|address| ("self", address)));
                }
                "hubs" => {
                    let hubs = map.next_value::<serde_json::Value>()?;
                    let address = |hub: &serde_json::Value| hub.get("url")?.as_str().map(str::to_owned);
                    let hubs = hubs.as_array().into_iter().flatten().filter_map(address).take(MAX_HUBS);
                    self.found.borrow_mut().links.extend(hubs.map(|address| ("hub", address)));
                }
                "items" => map.next_value_seed(Items { found: self.found, max_entries: self.max_entries })?,
                _ => map.next_value::<IgnoredAny>().map(|_| ())?,
            }
        }
        Ok(())
    }
}

/// The list of items, each kept as soon as it was read.
struct Items<'a> {
    found: &'a RefCell<Found>,
    max_entries: usize,
}

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.found.borrow_mut().has_items = true;
        while self.found.borrow().items.len() < self.max_entries {
            let Some(AnyItem(item)) = items.next_element()? else { return Ok(()) };
            self.found.borrow_mut().items.extend(item);
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// An item of the list, or nothing where another value stands in its place.
struct AnyItem(Option<Item>);

impl<'de> Deserialize<'de> for AnyItem {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(AnyItemVisitor)
    }
}

struct AnyItemVisitor;

impl<'de> Visitor<'de> for AnyItemVisitor {
    type Value = AnyItem;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AnyItem, A::Error> {
        let mut item = Item::default();
        while let Some(key) = map.next_key::<String>()? {
            item.read(&key, &mut map)?;
        }
        Ok(AnyItem(Some(item)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<AnyItem, A::Error> {
        while values.next_element::<IgnoredAny>()?.is_some() {}
        Ok(AnyItem(None))
    }

    fn visit_unit<E>(self) -> Result<AnyItem, E> {
        Ok(AnyItem(None))
    }

    fn visit_bool<E>(self, _: bool) -> Result<AnyItem, E> {
        Ok(AnyItem(None))
    }

    fn visit_i64<E>(self, _: i64) -> Result<AnyItem, E> {
        Ok(AnyItem(None))
    }

    fn visit_u64<E>(self, _: u64) -> Result<AnyItem, E> {
        Ok(AnyItem(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<AnyItem, E> {
        Ok(AnyItem(None))
    }

    fn visit_str<E>(self, _: &str) -> Result<AnyItem, E> {
        Ok(AnyItem(None))
    }
}

/// The texts in any value: a string, a number, the `name` of an object, or a list of those.
#[derive(Default)]
struct Loose(Vec<String>);

impl Loose {
    fn first(self) -> Option<String> {
        self.0.into_iter().next()
    }
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(LooseVisitor)
    }
}

struct LooseVisitor;

impl<'de> Visitor<'de> for LooseVisitor {
    type Value = Loose;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Loose, E> {
        Ok(Loose::default())
    }

    fn visit_bool<E>(self, value: bool) -> Result<Loose, E> {
        Ok(Loose(vec![value.to_string()]))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Loose, E> {
        Ok(Loose(vec![value.to_string()]))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Loose, E> {
        Ok(Loose(vec![value.to_string()]))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Loose, E> {
        Ok(Loose(vec![value.to_string()]))
    }

    fn visit_str<E>(self, value: &str) -> Result<Loose, E> {
        Ok(Loose(vec![value.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Loose, A::Error> {
        let mut texts = Vec::new();
        while let Some(value) = values.next_element::<Loose>()? {
            texts.extend(value.0.into_iter().take(MAX_VALUES.saturating_sub(texts.len())));
        }
        Ok(Loose(texts))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Loose, A::Error> {
        let mut name = Loose::default();
        while let Some(key) = map.next_key::<String>()? {
            if key == "name" {
                name = map.next_value()?;
            } else {
                map.next_value::<IgnoredAny>().map(|_| ())?;
            }
        }
        Ok(name)
    }
}
