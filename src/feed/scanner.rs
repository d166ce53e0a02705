//! A tokeniser for markup as it is found: it never fails, and a mistake costs no more than the place it stands in.
//!
//! It reads XML and HTML alike. What XML forbids is taken as it was meant: a bare `&` or `<` is text, HTML's entities
//! need no declaration, attributes need no quotes. All other parts of the feed reader, and only they, see markup
//! through this.

use std::borrow::Cow;
use std::collections::HashMap;

use super::entity;

/// Bounds on what a document may declare itself: the count of entities, the length of each, the length of a text in
/// which they are replaced, and by how much all texts may grow.
const MAX_ENTITIES: usize = 256;
const MAX_ENTITY_BYTES: usize = 64;
const MAX_TEXT_WITH_ENTITIES: usize = 64 * 1024;
const MAX_GROWTH_BYTES: usize = 1024 * 1024;

/// A piece of a document. Comments and processing instructions are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Start(Tag<'a>),
    /// The name as written, with its prefix.
    End(&'a str),
    /// Text with its entities decoded.
    Text(Cow<'a, str>),
    /// What stood in a CDATA section.
    Verbatim(&'a str),
    /// The name after `<!DOCTYPE`.
    Doctype(&'a str),
}

/// A start tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// As written, with its prefix.
    pub(super) name: &'a str,
    attributes: &'a str,
    /// `<br/>`: no end tag follows.
    pub(super) is_closed: bool,
}

impl<'a> Tag<'a> {
    /// The attributes in document order, names as written, entities in values decoded.
    pub(super) fn attributes(&self) -> Attributes<'a> {
        Attributes { rest: self.attributes }
    }

    /// Whether `word` occurs anywhere in the attributes: a quick look before a thorough one.
    pub(super) fn mentions(&self, word: &str) -> bool {
        self.attributes.contains(word)
    }

    /// The value of the attribute `name`, compared without regard to case.
    pub(super) fn attribute(&self, name: &str) -> Option<Cow<'a, str>> {
        self.attributes().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// Walks through a document, token by token.
pub(super) struct Scanner<'a> {
    rest: &'a str,
    /// The entities that the document declares itself.
    entities: HashMap<&'a str, Cow<'a, str>>,
    /// By how much they have made texts longer.
    growth: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text, entities: HashMap::new(), growth: 0 }
    }

    /// Passes over the content of an element that holds no markup (`script`, `style`), up to its end tag.
    pub(super) fn skip_raw_text(&mut self, name: &str) {
        let mut from = 0;
        while let Some(position) = self.rest[from..].find("</") {
            from += position + 2;
            let ends = self.rest.as_bytes()[from..].get(..name.len());
            if ends.is_some_and(|end| end.eq_ignore_ascii_case(name.as_bytes())) {
                self.rest = &self.rest[from - 2..];
                return;
            }
        }
        self.end_early();
    }

    /// The document ends inside a tag, comment or section.
    fn end_early(&mut self) {
        self.rest = "";
    }

    fn text(&mut self) -> Token<'a> {
        let mut end = 0;
        while let Some(position) = self.rest[end..].find('<') {
            end += position;
            if opens_markup(&self.rest[end..]) {
                return self.text_until(end);
            }
            end += 1;
        }
        self.text_until(self.rest.len())
    }

    fn text_until(&mut self, end: usize) -> Token<'a> {
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        if self.entities.is_empty() || text.len() > MAX_TEXT_WITH_ENTITIES || self.growth > MAX_GROWTH_BYTES {
            return Token::Text(entity::decoded(text));
        }
        let decoded = entity::decoded_with(text, &self.entities);
        self.growth += decoded.len().saturating_sub(text.len());
        Token::Text(decoded)
    }

    /// Reads what starts with `<`; `None` when it was nothing to tell of.
    fn markup(&mut self) -> Option<Token<'a>> {
        match self.rest.as_bytes() {
            [_, b'/', ..] => Some(self.end_tag()),
            [_, b'?', ..] => self.skip_instruction(),
            [_, b'!', b'-', b'-', ..] => self.skip_past("-->"),
            [_, b'!', b'[', b'C', b'D', b'A', b'T', b'A', b'[', ..] => Some(self.verbatim()),
            [_, b'!', ..] => self.declaration(),
            _ => self.start_tag(),
        }
    }

    fn skip_past(&mut self, end: &str) -> Option<Token<'a>> {
        match self.rest.find(end) {
            Some(position) => self.rest = &self.rest[position + end.len()..],
            None => self.end_early(),
        }
        None
    }

    /// `<?xml …?>`; one that lacks its `?` ends with the tag.
    fn skip_instruction(&mut self) -> Option<Token<'a>> {
        let next_tag = self.rest[1..].find('<').map_or(self.rest.len(), |position| position + 1);
        let proper = self.rest[..next_tag].find("?>").map(|position| position + 2);
        match proper.or_else(|| self.rest.find('>').map(|position| position + 1)) {
            Some(end) => self.rest = &self.rest[end..],
            None => self.end_early(),
        }
        None
    }

    fn verbatim(&mut self) -> Token<'a> {
        let content = &self.rest["<![CDATA[".len()..];
        match content.find("]]>") {
            Some(end) => {
                self.rest = &content[end + 3..];
                Token::Verbatim(&content[..end])
            }
            None => {
                self.end_early();
                Token::Verbatim(content)
            }
        }
    }

    /// `<!DOCTYPE …>` with its internal subset, or anything else that starts with `<!`.
    fn declaration(&mut self) -> Option<Token<'a>> {
        let head = self.rest.find(['>', '[']);
        let Some(head) = head else {
            self.end_early();
            return None;
        };
        let declaration = &self.rest[2..head];
        if self.rest.as_bytes()[head] == b'>' {
            self.rest = &self.rest[head + 1..];
        } else {
            let subset = &self.rest[head + 1..];
            let end = subset.find("]>").map(|end| (end, 2)).or_else(|| subset.find(']').map(|end| (end, 1)));
            let Some((end, width)) = end else {
                self.end_early();
                return None;
            };
            self.declare_entities(&subset[..end]);
            self.rest = &subset[end + width..];
        }
        let mut words = declaration.split_ascii_whitespace();
        let is_doctype = words.next().is_some_and(|word| word.eq_ignore_ascii_case("doctype"));
        words.next().filter(|_| is_doctype).map(Token::Doctype)
    }

    /// Remembers the short entities of an internal subset. They may not use each other, so they cannot explode.
    fn declare_entities(&mut self, subset: &'a str) {
        for declaration in subset.split("<!ENTITY").skip(1).take(MAX_ENTITIES) {
            let declaration = declaration.trim_start();
            let Some((name, value)) = declaration.split_once(char::is_whitespace) else { continue };
            let value = value.trim_start();
            let Some(quote) = value.chars().next().filter(|quote| matches!(quote, '"' | '\'')) else { continue };
            let Some(value) = value[1..].split(quote).next().filter(|value| value.len() <= MAX_ENTITY_BYTES) else {
                continue;
            };
            self.entities.entry(name).or_insert_with(|| entity::decoded(value));
        }
    }

    fn end_tag(&mut self) -> Token<'a> {
        let inside = &self.rest[2..];
        let name = &inside[..name_length(inside)];
        // An end tag that lacks its `>` is as good as a whole one, also where the document ends.
        let end = inside.find(['>', '<']).unwrap_or(inside.len());
        self.rest = inside[end..].strip_prefix('>').unwrap_or(&inside[end..]);
        Token::End(name)
    }

    fn start_tag(&mut self) -> Option<Token<'a>> {
        let inside = &self.rest[1..];
        let (name, attributes) = inside.split_at(name_length(inside));
        let Some(end) = tag_end(attributes) else {
            self.end_early();
            return None;
        };
        self.rest = attributes[end..].strip_prefix('>').unwrap_or(&attributes[end..]);
        let attributes = &attributes[..end];
        let is_closed = attributes.ends_with('/');
        Some(Token::Start(Tag { name, attributes: attributes.strip_suffix('/').unwrap_or(attributes), is_closed }))
    }
}

impl<'a> Iterator for Scanner<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        while !self.rest.is_empty() {
            let token = if opens_markup(self.rest) { self.markup() } else { Some(self.text()) };
            if token.is_some() {
                return token;
            }
        }
        None
    }
}

/// Whether the `<` at the start of `text` is markup and not a sign for "less than".
fn opens_markup(text: &str) -> bool {
    let mut characters = text.chars();
    if characters.next() != Some('<') {
        return false;
    }
    match characters.next() {
        Some('!' | '?') => true,
        Some('/') => characters.next().is_some_and(starts_name),
        // The document was cut after a `<`.
        None => false,
        Some(other) => starts_name(other),
    }
}

fn starts_name(character: char) -> bool {
    character.is_alphabetic() || character == '_'
}

fn name_length(text: &str) -> usize {
    let ends = |character: char| character.is_whitespace() || matches!(character, '/' | '>' | '<' | '=' | '"' | '\'');
    text.find(ends).unwrap_or(text.len())
}

/// Where a tag ends whose attributes stand at the start of `text`: at its `>`, or at the `<` of the next tag where
/// the `>` is missing. `None` when the document ends first.
fn tag_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'>' | b'<' => return Some(at),
            b'=' => {
                at += 1;
                at += bytes[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
                if let Some(quote @ (b'"' | b'\'')) = bytes.get(at) {
                    at = quoted_end(text, at, char::from(*quote))?;
                }
            }
            _ => at += 1,
        }
    }
    None
}

/// Where the quoted value that opens at `from` is over. A closing quote counts only if nothing that cannot follow
/// a value follows it: else it opens the value of a later tag, and this one was never closed.
fn quoted_end(text: &str, from: usize, quote: char) -> Option<usize> {
    let value = &text[from + 1..];
    let markup = || value.find(['>', '<']).map(|position| from + 1 + position);
    let Some(length) = value.find(quote) else { return markup() };
    let follows = value[length + 1..].chars().next();
    let is_plausible = follows.is_none_or(|next| next.is_whitespace() || matches!(next, '/' | '>' | '?' | '<'));
    if is_plausible || !value[..length].contains(['<', '>']) {
        return Some(from + 1 + length + 1);
    }
    markup()
}

/// Name and value of each attribute of a tag.
pub(super) struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, Cow<'a, str>);

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '/' | '=' | '"' | '\''));
        if text.is_empty() {
            return None;
        }
        let (name, rest) = text.split_at(name_length(text).max(1).min(text.len()));
        let Some(value) = rest.trim_start().strip_prefix('=') else {
            self.rest = rest;
            return Some((name, Cow::Borrowed("")));
        };
        let value = value.trim_start();
        let (value, rest) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
            _ => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
        };
        self.rest = rest;
        Some((name, entity::decoded(value)))
    }
}
