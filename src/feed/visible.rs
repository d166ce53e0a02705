//! What a reader sees of a piece of HTML: text without markup, as one line or as paragraphs.
//!
//! It walks over the tags without building a tree, so nesting costs nothing.

use super::draft::Form;
use super::entity;
use super::scanner::{Scanner, Tag, Token};
use super::scope::lower_case;
use crate::model::{Paragraph, Role};

/// Blocks are remembered only this deep; deeper ones say nothing of the role of a paragraph.
const MAX_OPEN_BLOCKS: usize = 64;

/// Paragraphs beyond this many are not looked at.
const MAX_PARAGRAPHS: usize = 10_000;

/// The visible text in one line, at most `max_chars` characters of it.
pub(super) fn line(text: &str, form: Form, max_chars: usize) -> String {
    let once = one_line(text, form);
    let line = if is_encoded_html(&once) { one_line(&once, Form::Html) } else { once };
    match line.char_indices().nth(max_chars) {
        Some((end, _)) => line[..end].trim_end().to_owned(),
        None => line,
    }
}

/// The visible text as paragraphs, none of them empty.
pub(super) fn paragraphs(text: &str, form: Form) -> Vec<Paragraph> {
    if form == Form::Plain && !is_encoded_html(text) {
        return plain_paragraphs(text);
    }
    let once = walk(text, UnknownTags::Dropped);
    // Where there is markup already, what was encoded inside it is meant to be seen.
    if !once.iter().any(|paragraph| is_encoded_html(&paragraph.text)) || holds_tags(text) {
        return once;
    }
    let decoded: Vec<String> = once.into_iter().map(|paragraph| paragraph.text).collect();
    walk(&decoded.join("<p>"), UnknownTags::Dropped)
}

fn holds_tags(text: &str) -> bool {
    Scanner::new(text).any(|token| matches!(token, Token::Start(_) | Token::End(_)))
}

fn one_line(text: &str, form: Form) -> String {
    if form == Form::Plain && !is_encoded_html(text) {
        return text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    let blocks: Vec<String> = walk(text, UnknownTags::Shown).into_iter().map(|paragraph| paragraph.text).collect();
    blocks.join(" ")
}

/// Paragraphs of plain text are separated by blank lines.
fn plain_paragraphs(text: &str) -> Vec<Paragraph> {
    let mut paragraphs = vec![String::new()];
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match paragraphs.last_mut() {
            Some(last) if !words.is_empty() => {
                let joint = if last.is_empty() { "" } else { " " };
                last.push_str(joint);
                last.push_str(&words.join(" "));
            }
            Some(last) if last.is_empty() => {}
            _ => paragraphs.push(String::new()),
        }
    }
    let texts = paragraphs.into_iter().filter(|text| !text.is_empty());
    texts.map(|text| Paragraph::new(Role::Paragraph, text)).collect()
}

/// Whether text that should be plain is HTML that was encoded once too often: it holds an entity, or the tag of an
/// element that nobody names in prose without quoting it (`</b>`, `<br>`, `<p>`, `<a href`).
fn is_encoded_html(text: &str) -> bool {
    if entity::occurs_in(text) {
        return true;
    }
    text.match_indices('<').any(|(position, _)| {
        let rest = &text[position + 1..];
        let (rest, is_end) = rest.strip_prefix('/').map_or((rest, false), |rest| (rest, true));
        let length = rest.bytes().take(16).take_while(u8::is_ascii_alphanumeric).count();
        let name = rest[..length].to_ascii_lowercase();
        let follows = rest[length..].trim_start();
        match follows.as_bytes() {
            [b'>', ..] if is_end => is_html(&name),
            [b'>', ..] | [b'/', b'>', ..] => matches!(name.as_str(), "br" | "p" | "div" | "hr"),
            [first, ..] if first.is_ascii_alphabetic() => matches!(name.as_str(), "a" | "img" | "p" | "div" | "span"),
            _ => false,
        }
    })
}

/// What to do with tags that HTML does not have: in a headline they are words (`Vec<String>`).
#[derive(Clone, Copy, PartialEq, Eq)]
enum UnknownTags {
    Shown,
    Dropped,
}

fn walk(html: &str, unknown: UnknownTags) -> Vec<Paragraph> {
    let mut scanner = Scanner::new(html);
    let mut writer = Writer::default();
    while let Some(token) = scanner.next().filter(|_| writer.blocks.len() < MAX_PARAGRAPHS) {
        match token {
            Token::Text(text) => writer.write(&text),
            Token::Verbatim(text) => writer.write(text),
            Token::End(name) => writer.end(&local_name(name)),
            Token::Start(tag) => {
                let name = local_name(tag.name);
                if is_raw(&name) && !tag.is_closed {
                    scanner.skip_raw_text(tag.name);
                } else if unknown == UnknownTags::Shown && is_word(&tag, &name) {
                    writer.write(&format!("<{}>", tag.name));
                } else {
                    writer.start(&tag, &name);
                }
            }
            Token::Doctype(_) => {}
        }
    }
    writer.end_block();
    writer.blocks
}

fn local_name(name: &str) -> std::borrow::Cow<'_, str> {
    lower_case(name.rsplit(':').next().unwrap_or(name))
}

/// Whether a tag is more likely a word in angle brackets.
fn is_word(tag: &Tag<'_>, name: &str) -> bool {
    !is_html(name) && !tag.is_closed && !tag.name.contains(['-', ':']) && tag.attributes().next().is_none()
}

#[derive(Default)]
struct Writer {
    blocks: Vec<Paragraph>,
    text: String,
    /// White space stands before the next word.
    is_spaced: bool,
    /// Line breaks since the last word.
    breaks: usize,
    /// The blocks around, as far as they decide the role of a paragraph.
    open: Vec<String>,
    /// The element whose content is not shown, and how often it is open.
    hidden: Option<(String, usize)>,
}

impl Writer {
    fn write(&mut self, text: &str) {
        if self.hidden.is_some() {
            return;
        }
        for (index, word) in text.split(is_space).enumerate() {
            self.is_spaced |= index > 0;
            if word.is_empty() {
                continue;
            }
            if self.breaks > 1 {
                self.end_block();
            }
            if self.is_spaced && !self.text.is_empty() {
                self.text.push(' ');
            }
            self.text.push_str(word);
            self.is_spaced = false;
            self.breaks = 0;
        }
    }

    fn start(&mut self, tag: &Tag<'_>, name: &str) {
        if let Some((hidden, depth)) = &mut self.hidden {
            *depth += usize::from(hidden == name && !tag.is_closed);
            return;
        }
        if is_hidden(tag) && !tag.is_closed && !is_void(name) {
            self.hidden = Some((name.to_owned(), 1));
            return;
        }
        match name {
            "br" => {
                self.is_spaced = true;
                self.breaks += 1;
            }
            "td" | "th" => self.is_spaced = true,
            _ if is_block(name) => {
                self.end_block();
                self.open_block(name);
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        if let Some((hidden, depth)) = &mut self.hidden {
            *depth -= usize::from(hidden == name);
            if *depth == 0 {
                self.hidden = None;
            }
            return;
        }
        if name == "br" || name == "td" || name == "th" {
            self.is_spaced = true;
        } else if is_block(name) {
            self.end_block();
            if let Some(position) = self.open.iter().rposition(|open| open == name) {
                self.open.truncate(position);
            }
        }
    }

    fn open_block(&mut self, name: &str) {
        // An item ends the one before, whose end tag may be left out.
        let is_item = matches!(name, "li" | "dt" | "dd" | "tr");
        if is_item && self.open.last().is_some_and(|open| matches!(open.as_str(), "li" | "dt" | "dd" | "tr")) {
            self.open.pop();
        }
        if decides_role(name) && self.open.len() < MAX_OPEN_BLOCKS {
            self.open.push(name.to_owned());
        }
    }

    fn end_block(&mut self) {
        self.is_spaced = false;
        self.breaks = 0;
        if self.text.is_empty() {
            return;
        }
        let role = self.open.iter().rev().find_map(|name| role(name)).unwrap_or(Role::Paragraph);
        self.blocks.push(Paragraph::new(role, std::mem::take(&mut self.text)));
    }
}

/// White space in the sense of a reader: no-break spaces too.
fn is_space(character: char) -> bool {
    character.is_whitespace()
}

fn is_hidden(tag: &Tag<'_>) -> bool {
    let by_style = || {
        let style = tag.attribute("style").unwrap_or_default().to_ascii_lowercase();
        style
            .split(';')
            .filter_map(|rule| rule.split_once(':'))
            .any(|(name, value)| name.trim() == "display" && value.trim().starts_with("none"))
    };
    tag.mentions("none") && by_style() || tag.mentions("hidden") && tag.attributes().any(|(name, _)| name == "hidden")
}

fn decides_role(name: &str) -> bool {
    role(name).is_some() || matches!(name, "ul" | "ol" | "dl" | "table")
}

fn role(name: &str) -> Option<Role> {
    match name {
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Some(Role::Heading),
        "li" | "dt" | "dd" => Some(Role::ListItem),
        "blockquote" => Some(Role::Quotation),
        "tr" => Some(Role::TableRow),
        "figcaption" | "caption" => Some(Role::Caption),
        _ => None,
    }
}

/// Elements whose content is not markup and not text for a reader.
pub(super) fn is_raw(name: &str) -> bool {
    matches!(name, "script" | "style" | "iframe" | "template" | "noembed" | "noframes")
}

/// Elements that have no content and need no end tag.
pub(super) fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area" | "base" | "br" | "col" | "embed" | "hr" | "img" | "input" | "meta" | "param" | "track" | "wbr"
    )
}

#[rustfmt::skip]
fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address" | "article" | "aside" | "blockquote" | "body" | "caption" | "center" | "dd" | "details" | "dialog"
        | "dir" | "div" | "dl" | "dt" | "fieldset" | "figcaption" | "figure" | "footer" | "form" | "h1" | "h2" | "h3"
        | "h4" | "h5" | "h6" | "header" | "hgroup" | "hr" | "legend" | "li" | "main" | "menu" | "nav" | "ol"
        | "option" | "p" | "pre" | "section" | "summary" | "table" | "tbody" | "tfoot" | "thead" | "title" | "tr"
        | "ul"
    )
}

/// Whether HTML has an element of this name.
#[rustfmt::skip]
pub(super) fn is_html(name: &str) -> bool {
    is_block(name) || is_void(name) || is_raw(name) || matches!(
        name,
        "a" | "abbr" | "acronym" | "audio" | "b" | "bdi" | "bdo" | "big" | "blink" | "button" | "canvas" | "cite"
        | "code" | "data" | "datalist" | "del" | "dfn" | "em" | "font" | "head" | "html" | "i" | "ins" | "kbd"
        | "label" | "link" | "map" | "mark" | "marquee" | "math" | "nobr" | "noscript" | "object" | "output"
        | "picture" | "progress" | "q" | "rp" | "rt" | "ruby" | "s" | "samp" | "select" | "slot" | "small" | "source"
        | "span" | "strike" | "strong" | "sub" | "sup" | "svg" | "td" | "textarea" | "th" | "time" | "tt" | "u"
        | "var" | "video"
    )
}
