//! Reads XML of any of the formats, however broken, into a [`Draft`].
//!
//! The rules that make broken documents readable: an end tag closes all that was opened since its start tag, and is
//! ignored when there is none; a new entry ends the one before; an element that can only be a field of the entry ends
//! the field before; an entry counts once it was closed, so that a document cut in the middle of an entry gives
//! those before it and never half a text.

use url::Url;

use super::capture;
use super::draft::{Draft, DraftEntry, Field, Term};
use super::scanner::{Scanner, Tag, Token};
use super::scope::{self, Scope};
use super::visible;
use super::vocabulary::{self, Space};
use crate::model::FeedKind;

/// Deeper elements are read as if they were not nested; no feed goes deeper, and some readers die of it.
const MAX_DEPTH: usize = 256;

/// More fields of one kind in one entry are not looked at, and more tags.
const MAX_ALIKE: usize = 16;
const MAX_TAGS: usize = 64;

/// Of a list of sitemaps no more is looked at.
const MAX_LISTED_TOKENS: usize = 10_000;

/// What an XML document turned out to be.
pub(super) enum Reading {
    Feed(Draft),
    /// A list of sitemaps.
    SitemapIndex(Vec<Url>),
    /// The name of the root element.
    OtherXml(String),
    WebPage,
    /// Not a single element.
    Text,
}

/// Reads `text`, at most `max_entries` entries of it; `url` is where it was found.
pub(super) fn read(text: &str, url: &Url, max_entries: usize) -> Reading {
    let mut scanner = Scanner::new(text);
    let (kind, tag, scope) = match find_root(&mut scanner, url) {
        Ok(root) => root,
        Err(other) => return other,
    };
    let mut reader = Reader::new(kind, scope);
    reader.open_root(&tag);
    for token in scanner {
        if reader.open.is_empty() || reader.draft.entries.len() >= max_entries {
            break;
        }
        match token {
            Token::Start(tag) => reader.start(&tag),
            Token::End(name) => reader.end(name),
            Token::Text(text) => reader.text(&text),
            Token::Verbatim(text) => reader.text(text),
            Token::Doctype(_) => {}
        }
    }
    reader.draft.is_partial = !reader.open.is_empty() && reader.draft.entries.len() < max_entries;
    Reading::Feed(reader.draft)
}

/// Passes over everything before the root element of a feed: declarations, and what broken software prints first.
///
/// Inside other elements, even a whole page, only names that nothing but a feed uses are believed.
fn find_root<'a>(scanner: &mut Scanner<'a>, url: &Url) -> Result<(FeedKind, Tag<'a>, Scope), Reading> {
    let mut first_root: Option<&str> = None;
    let mut is_page = false;
    while let Some(token) = scanner.next() {
        let tag = match token {
            Token::Start(tag) => tag,
            Token::Doctype(name) => {
                is_page |= name.eq_ignore_ascii_case("html");
                continue;
            }
            _ => continue,
        };
        let scope = Scope::new(url);
        let (space, name) = scope.resolve(1, &tag);
        let is_first = first_root.is_none();
        if let Some(kind) = vocabulary::root_kind(space, &name)
            && (is_first && !is_page || vocabulary::is_certain_root(space, &name))
        {
            return Ok((kind, tag, scope));
        }
        if visible::is_raw(&name) && !tag.is_closed {
            scanner.skip_raw_text(tag.name);
        }
        match &*name {
            "sitemapindex" if is_first => return Err(Reading::SitemapIndex(listed(scanner, url))),
            _ if visible::is_html(&name) => is_page |= is_first,
            _ if !is_page => first_root = first_root.or(Some(tag.name)),
            _ => {}
        }
    }
    Err(match (first_root, is_page) {
        (Some(root), _) => Reading::OtherXml(root.to_owned()),
        (None, true) => Reading::WebPage,
        (None, false) => Reading::Text,
    })
}

/// The sitemaps that the rest of a list names.
fn listed(scanner: &mut Scanner<'_>, url: &Url) -> Vec<Url> {
    let mut is_address = false;
    let mut sitemaps = Vec::new();
    for token in scanner.take(MAX_LISTED_TOKENS) {
        match token {
            Token::Start(tag) => is_address = tag.name.rsplit(':').next() == Some("loc"),
            Token::Text(text) if is_address && !text.trim().is_empty() => sitemaps.extend(url.join(text.trim()).ok()),
            Token::Verbatim(text) if is_address => sitemaps.extend(url.join(text.trim()).ok()),
            Token::End(_) => is_address = false,
            _ => {}
        }
    }
    sitemaps
}

/// An element whose end has not come yet.
struct Open<'a> {
    name: &'a str,
    role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Root,
    /// RSS's `channel`, whose children speak of the feed.
    Channel,
    Entry,
    /// Holds fields of the entry around it.
    Group,
    Field,
    /// Markup inside a field.
    Markup,
    Ignored,
}

struct Reader<'a> {
    draft: Draft,
    open: Vec<Open<'a>>,
    scope: Scope,
    entry: Option<DraftEntry>,
    /// The field that is being read.
    field: Option<Field>,
}

impl<'a> Reader<'a> {
    fn new(kind: FeedKind, scope: Scope) -> Self {
        let draft = Draft { kind, fields: Vec::new(), entries: Vec::new(), is_partial: false };
        Self { draft, open: Vec::new(), scope, entry: None, field: None }
    }

    fn open_root(&mut self, tag: &Tag<'a>) {
        let (space, name) = self.scope.resolve(1, tag);
        let role = if name == "entry" { Role::Entry } else { Role::Root };
        self.push(tag, role, space, &name);
        if tag.is_closed {
            self.close_from(0);
        }
    }

    fn start(&mut self, tag: &Tag<'a>) {
        let (space, name) = self.scope.resolve(self.open.len() + 1, tag);
        if self.field.is_some() && self.interrupts(space, &name) {
            self.close_down_to(Role::Field);
        }
        if self.field.is_none() && vocabulary::is_entry(self.draft.kind, space, &name) {
            self.close_down_to(Role::Entry);
        }
        let depth = self.open.len();
        if depth >= MAX_DEPTH {
            return;
        }
        let role = self.role(space, &name);
        self.push(tag, role, space, &name);
        if tag.is_closed || (role == Role::Markup || role == Role::Ignored) && visible::is_void(&name) {
            self.close_from(depth);
        }
    }

    /// What the element is, by the one it stands in.
    fn role(&self, space: Space, name: &str) -> Role {
        let parent = self.open.last().map_or(Role::Ignored, |open| open.role);
        let is_term = || vocabulary::term(self.draft.kind, space, name).is_some();
        match parent {
            Role::Field | Role::Markup => Role::Markup,
            _ if self.entry.is_none() && vocabulary::is_entry(self.draft.kind, space, name) => Role::Entry,
            Role::Root | Role::Channel if space == Space::Own && name == "channel" => Role::Channel,
            Role::Entry | Role::Group if vocabulary::is_group(space, name) => Role::Group,
            Role::Root | Role::Channel | Role::Entry | Role::Group if is_term() => Role::Field,
            _ => Role::Ignored,
        }
    }

    /// Whether the element cannot be part of the field that is being read, so that the end of that must be missing.
    fn interrupts(&self, space: Space, name: &str) -> bool {
        let Some(field) = &self.field else { return false };
        if vocabulary::is_entry(self.draft.kind, space, name) {
            return true;
        }
        let is_direct = self.open.last().is_some_and(|open| open.role == Role::Field);
        let may_interrupt = match field.term {
            // Has elements of its own in Atom.
            Term::Author | Term::Creator | Term::OtherAuthor => false,
            // Hold text in which HTML is at home, perhaps with elements that were never closed.
            Term::Summary | Term::OtherSummary | Term::Content => !vocabulary::is_also_html(name),
            _ => is_direct,
        };
        may_interrupt && vocabulary::term(self.draft.kind, space, name).is_some()
    }

    fn push(&mut self, tag: &Tag<'a>, role: Role, space: Space, name: &str) {
        self.scope.enter(self.open.len() + 1, tag);
        match role {
            Role::Entry => self.begin_entry(tag),
            Role::Field => self.begin_field(tag, space, name),
            Role::Markup => self.write_markup("<", name),
            Role::Root | Role::Channel => self.note_language(),
            Role::Group | Role::Ignored => {}
        }
        self.open.push(Open { name: tag.name, role });
    }

    fn begin_field(&mut self, tag: &Tag<'a>, space: Space, name: &str) {
        let Some(term) = vocabulary::term(self.draft.kind, space, name) else { return };
        let is_atom = space == Space::Atom || self.draft.kind == FeedKind::Atom;
        self.field = Some(capture::begin(tag, term, space, is_atom, self.scope.base()));
    }

    /// Takes `xml:lang` of the root element, or of the channel in it, as the language of the feed.
    fn note_language(&mut self) {
        let is_known = self.draft.fields.iter().any(|field| field.term == Term::Language);
        if let Some(language) = self.scope.language().filter(|_| !is_known) {
            self.draft.fields.push(Field::new(Term::Language, language.to_owned(), self.scope.base()));
        }
    }

    fn begin_entry(&mut self, tag: &Tag<'a>) {
        let mut entry = DraftEntry { fields: Vec::new(), language: self.scope.language().map(str::to_owned) };
        for (name, value) in tag.attributes() {
            let local = name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase();
            let term = match local.as_str() {
                "about" => Term::Id,
                "href" => Term::Link,
                "lastmod" => Term::Updated,
                _ => continue,
            };
            if term == Term::Link && self.draft.kind == FeedKind::Rss {
                self.draft.kind = FeedKind::Cdf;
            }
            entry.fields.push(Field::new(term, value.into_owned(), self.scope.base()));
        }
        self.entry = Some(entry);
    }

    fn end(&mut self, name: &str) {
        let found = self.open.iter().rposition(|open| open.name.eq_ignore_ascii_case(name));
        if let Some(position) = found {
            self.close_from(position);
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(field) = &mut self.field {
            capture::append_text(field, text);
        }
    }

    fn write_markup(&mut self, opening: &str, name: &str) {
        if let Some(field) = &mut self.field {
            capture::append_markup(field, opening, name);
        }
    }

    /// Closes all that is open down to the innermost element with `role`, and that too.
    fn close_down_to(&mut self, role: Role) {
        if let Some(position) = self.open.iter().rposition(|open| open.role == role) {
            self.close_from(position);
        }
    }

    fn close_from(&mut self, position: usize) {
        while self.open.len() > position {
            let Some(closed) = self.open.pop() else { return };
            match closed.role {
                Role::Markup => {
                    let local = closed.name.rsplit(':').next().unwrap_or(closed.name);
                    self.write_markup("</", &scope::lower_case(local));
                }
                Role::Field => self.finish_field(),
                Role::Entry => self.draft.entries.extend(self.entry.take()),
                Role::Root | Role::Channel | Role::Group | Role::Ignored => {}
            }
            self.scope.leave(self.open.len());
        }
    }

    fn finish_field(&mut self) {
        let Some(field) = self.field.take().and_then(capture::finish) else { return };
        let fields = self.entry.as_mut().map_or(&mut self.draft.fields, |entry| &mut entry.fields);
        let most = if matches!(field.term, Term::Tag | Term::Tags) { MAX_TAGS } else { MAX_ALIKE };
        let alike = fields.iter().filter(|other| other.term == field.term).count();
        if alike < most && !(field.text.is_empty() && field.attributes.is_empty()) {
            fields.push(field);
        }
    }
}
