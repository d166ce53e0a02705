//! Writes a [`Draft`] out again as the plainest Atom there is, which any parser reads the same way.
//!
//! Every document takes this path, broken or not: one that is repaired only while it is broken would read differently
//! the next day, and that would look like a revision.

use super::capture::escape_into;
use super::date;
use super::draft::{Draft, DraftEntry, Field, Form, Term};
use super::link;
use super::person;
use crate::model::FeedKind;

/// Tags beyond this many in one entry are not kept.
const MAX_TAGS: usize = 64;

/// The document as Atom 1.0, with some of its entries.
pub(super) fn write(draft: &Draft, entries: &[DraftEntry]) -> String {
    let mut atom = Atom { out: String::from(r#"<feed xmlns="http://www.w3.org/2005/Atom">"#) };
    if let Some(title) = first(&draft.fields, &[Term::Title, Term::OtherTitle]) {
        atom.text("title", title);
    }
    for entry in entries {
        atom.out.push_str("<entry>");
        atom.entry(entry, draft);
        atom.out.push_str("</entry>");
    }
    atom.out.push_str("</feed>");
    atom.out
}

/// The language of an entry, which Atom has no place for.
pub(super) fn language(entry: &DraftEntry, feed: &[Field]) -> Option<String> {
    let own = first(&entry.fields, &[Term::Language]).map(|field| field.text.as_str()).or(entry.language.as_deref());
    let language = own.or_else(|| first(feed, &[Term::Language]).map(|field| field.text.as_str()))?.trim();
    (!language.is_empty() && language.len() <= 35).then(|| language.to_owned())
}

struct Atom {
    out: String,
}

impl Atom {
    fn entry(&mut self, entry: &DraftEntry, feed: &Draft) {
        let fields = entry.fields.as_slice();
        if let Some(id) = first(fields, &[Term::Guid, Term::Id]) {
            self.element("id", id.text.trim());
        }
        if let Some(title) = first(fields, &[Term::Title, Term::OtherTitle]) {
            self.text("title", title);
        }
        if let Some(link) = link::choose(fields) {
            self.out.push_str("<link href=\"");
            escape_into(&mut self.out, link.as_str());
            self.out.push_str("\"/>");
        }
        let published = [Term::Published, Term::Issued, Term::Dated, Term::Created];
        if let Some(date) = first_date(fields, &published) {
            self.element("published", date);
        }
        if let Some(date) = first_date(fields, &[Term::Updated]) {
            self.element("updated", date);
        }
        self.authors(fields, feed);
        if let Some(summary) = first(fields, &[Term::Summary, Term::OtherSummary]) {
            self.text("summary", summary);
        }
        if let Some(content) = longest(fields, Term::Content) {
            self.text("content", content);
        }
        self.tags(fields);
    }

    fn authors(&mut self, fields: &[Field], feed: &Draft) {
        let mut names = person::names(fields);
        if names.is_empty() && matches!(feed.kind, FeedKind::Atom | FeedKind::Json) {
            // The authors of these feeds are those of their entries (RFC 4287 §4.2.1).
            names = person::names(&feed.fields);
        }
        for name in names {
            self.out.push_str("<author>");
            self.element("name", &name);
            self.out.push_str("</author>");
        }
    }

    fn tags(&mut self, fields: &[Field]) {
        let tags = fields.iter().filter(|field| matches!(field.term, Term::Tag | Term::Tags));
        let texts = tags.flat_map(|field| {
            let named = field.attribute("label").or_else(|| field.attribute("term")).filter(|name| !name.is_empty());
            let separator = if field.term == Term::Tags { ',' } else { '\n' };
            named.unwrap_or(&field.text).split(separator)
        });
        for tag in texts.map(str::trim).filter(|tag| !tag.is_empty()).take(MAX_TAGS) {
            self.out.push_str("<category term=\"");
            escape_into(&mut self.out, tag);
            self.out.push_str("\"/>");
        }
    }

    fn element(&mut self, name: &str, text: &str) {
        self.out.push_str(&format!("<{name}>"));
        escape_into(&mut self.out, text);
        self.out.push_str(&format!("</{name}>"));
    }

    /// A text construct; what was inline markup goes out as encoded HTML.
    fn text(&mut self, name: &str, field: &Field) {
        let kind = if field.form == Form::Plain { "text" } else { "html" };
        self.out.push_str(&format!(r#"<{name} type="{kind}">"#));
        escape_into(&mut self.out, &field.text);
        self.out.push_str(&format!("</{name}>"));
    }
}

/// The first field with text, of the first of `terms` that has one.
fn first<'a>(fields: &'a [Field], terms: &[Term]) -> Option<&'a Field> {
    terms.iter().find_map(|term| fields.iter().find(|field| field.term == *term && !field.text.trim().is_empty()))
}

fn first_date<'a>(fields: &'a [Field], terms: &[Term]) -> Option<&'a str> {
    terms.iter().find_map(|term| {
        let dates = fields.iter().filter(|field| field.term == *term).map(|field| field.text.trim());
        dates.into_iter().find(|text| date::parse(text).is_some())
    })
}

/// Of several contents (a picture's type and the text, or the same in two forms), the one that says most.
fn longest(fields: &[Field], term: Term) -> Option<&Field> {
    let contents = fields.iter().filter(|field| field.term == term && !field.text.trim().is_empty());
    contents.rev().max_by_key(|field| field.text.len())
}
