//! What the front-end found in a document, before anything is decided: entries as lists of fields.

use std::sync::Arc;

use url::Url;

use crate::model::FeedKind;

/// A document as lists of fields.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) kind: FeedKind,
    pub(super) fields: Vec<Field>,
    pub(super) entries: Vec<DraftEntry>,
    /// The document ended before its root element did.
    pub(super) is_partial: bool,
}

/// An entry as a list of fields, in document order.
#[derive(Debug, Default)]
pub(super) struct DraftEntry {
    pub(super) fields: Vec<Field>,
    /// `xml:lang` of the entry or around it.
    pub(super) language: Option<String>,
}

/// One element, or attribute, that says something we use.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) term: Term,
    pub(super) form: Form,
    pub(super) text: String,
    /// What relative links in it are relative to.
    pub(super) base: Arc<Url>,
    /// The attributes that say something, names in lower case.
    pub(super) attributes: Vec<(&'static str, String)>,
}

impl Field {
    pub(super) fn new(term: Term, text: String, base: &Arc<Url>) -> Self {
        Self { term, form: Form::Plain, text, base: Arc::clone(base), attributes: Vec::new() }
    }

    /// The value of the attribute `name`, without white space around it.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(other, _)| *other == name).map(|(_, value)| value.trim())
    }
}

/// What a field says, whatever the format calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Term {
    /// `atom:id`, `rdf:about`, the `id` of JSON Feed.
    Id,
    /// RSS's `guid`, which may be a link too.
    Guid,
    Title,
    /// The title of an enclosed picture or film, or of Dublin Core: used when there is no other.
    OtherTitle,
    /// An element `link` (its text or its `href`), `loc` of a sitemap, `url` of JSON Feed.
    Link,
    /// The publisher's own address where `link` leads through a counting service.
    OriginalLink,
    Published,
    /// Atom 0.3's word for it, and Dublin Core's, which stand beside the other for readers of their time.
    Issued,
    Created,
    /// `dc:date`, which says neither published nor updated.
    Dated,
    Updated,
    Author,
    /// `dc:creator`: used when `author` names nobody, as RSS's, a mail address, rarely does.
    Creator,
    /// An author named by another extension: used when there is no other.
    OtherAuthor,
    Summary,
    /// A description by an extension: used when there is no other.
    OtherSummary,
    Content,
    Tag,
    /// Several tags in one text, with commas.
    Tags,
    Language,
}

/// How the text of a field is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Plain,
    /// Text that is HTML when decoded; inline markup has been written out into it.
    Html,
    /// Markup that was inline; its text has been escaped.
    Xhtml,
    Base64,
}
