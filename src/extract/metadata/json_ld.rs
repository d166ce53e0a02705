//! JSON-LD: the objects of schema.org that publishers put into their pages, as broken as they come.

use serde_json::Value;
use trafilatura::dom::Document;
use url::Url;

use crate::model::Timestamp;

use super::super::nesting;
use super::super::page::Page;
use super::super::walk;
use super::super::wording;
use super::address;
use super::headline;
use super::moment;

/// Longest text of a field that is looked at.
const MAX_FIELD_CHARS: usize = 4_000;
/// How deep objects are looked for inside others.
const MAX_LEVELS: usize = 4;
/// Most objects of a page.
const MAX_NODES: usize = 500;

/// The JSON-LD documents of a page that can be read.
pub fn documents(page: &Page) -> Vec<Value> {
    let scripts = page.elements(&["script"]).into_iter().filter(|script| {
        page.attribute(*script, "type").is_some_and(|kind| kind.to_ascii_lowercase().contains("ld+json"))
    });
    scripts.filter_map(|script| parse(&page.source(script))).collect()
}

/// Reads JSON as it stands, else with the usual faults mended.
fn parse(source: &str) -> Option<Value> {
    let mut text = source.trim();
    for wrapper in ["<!--", "//<![CDATA[", "/*<![CDATA[*/", "<![CDATA[", "\u{feff}"] {
        text = text.strip_prefix(wrapper).unwrap_or(text).trim_start();
    }
    for wrapper in ["-->", "//]]>", "/*]]>*/", "]]>", "//", ";"] {
        text = text.strip_suffix(wrapper).unwrap_or(text).trim_end();
    }
    serde_json::from_str(text).ok().or_else(|| serde_json::from_str(&mended(text)).ok())
}

/// JSON without raw control characters and unknown escapes in strings, and without commas before a closing bracket.
fn mended(text: &str) -> String {
    let mut mended = String::with_capacity(text.len());
    let mut in_string = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                in_string = !in_string;
                mended.push('"');
            }
            '\\' if in_string => match characters.next() {
                Some(escaped @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' | 'u')) => {
                    mended.extend(['\\', escaped])
                }
                Some(other) => mended.push(other),
                None => {}
            },
            control if control.is_control() => mended.push(' '),
            ']' | '}' if !in_string => {
                while mended.ends_with([',', ' ']) {
                    mended.pop();
                }
                mended.push(character);
            }
            _ => mended.push(character),
        }
    }
    mended
}

/// The object that describes the article, or an empty one.
#[derive(Debug, Clone, Default)]
pub struct Node<'v> {
    object: Option<&'v Value>,
    all: Vec<&'v Value>,
}

/// Picks the article's object: the one that names this page or its title, else the first article.
pub fn article<'v>(documents: &'v [Value], url: &Url, titles: &[String]) -> Node<'v> {
    let mut all = Vec::new();
    for document in documents {
        collect(document, 0, &mut all);
    }
    let mut best: Option<(usize, &Value)> = None;
    for object in all.iter().copied().filter(|object| is_article(object)) {
        let score = score(object, url, titles);
        if best.is_none_or(|(highest, _)| score > highest) {
            best = Some((score, object));
        }
    }
    Node { object: best.map(|(_, object)| object), all }
}

fn collect<'v>(value: &'v Value, level: usize, all: &mut Vec<&'v Value>) {
    if level > MAX_LEVELS || all.len() >= MAX_NODES {
        return;
    }
    match value {
        Value::Array(values) => values.iter().for_each(|value| collect(value, level + 1, all)),
        Value::Object(object) => {
            all.push(value);
            for key in ["@graph", "mainEntity", "mainEntityOfPage", "author", "creator"] {
                object.get(key).into_iter().for_each(|inner| collect(inner, level + 1, all));
            }
        }
        _ => {}
    }
}

fn is_article(object: &Value) -> bool {
    let is_kind = |kind: &str| {
        let name = kind.rsplit(['/', ':', '#']).next().unwrap_or(kind);
        name.ends_with("Article") || matches!(name, "BlogPosting" | "LiveBlogPosting" | "Report" | "SocialMediaPosting")
    };
    match object.get("@type") {
        Some(Value::String(kind)) => is_kind(kind),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).any(is_kind),
        _ => false,
    }
}

fn score(object: &Value, url: &Url, titles: &[String]) -> usize {
    let addresses = ["url", "@id", "mainEntityOfPage"].iter().filter_map(|key| object.get(key));
    let same_page = addresses
        .filter_map(|value| value.as_str().or_else(|| value.get("@id").and_then(Value::as_str)))
        .filter_map(|address| url.join(address).ok())
        .any(|address| address::same_page(&address, url));
    let text =
        object.get("headline").or_else(|| object.get("name")).and_then(Value::as_str).map(plain).unwrap_or_default();
    let same_title = titles.iter().any(|title| headline::agree(title, &text));
    let is_complete = object.get("datePublished").is_some();
    usize::from(same_page) * 4 + usize::from(same_title) * 3 + usize::from(!text.is_empty()) + usize::from(is_complete)
}

impl<'v> Node<'v> {
    fn get(&self, key: &str) -> Option<&'v Value> {
        self.object?.get(key).filter(|value| !value.is_null())
    }

    /// A field as plain text.
    pub fn text(&self, key: &str) -> Option<String> {
        self.texts(key).into_iter().next()
    }

    /// A field that may have several values, as plain texts.
    pub fn texts(&self, key: &str) -> Vec<String> {
        let mut texts = Vec::new();
        if let Some(value) = self.get(key) {
            push_texts(value, 0, &mut texts);
        }
        texts
    }

    /// The names of persons or organisations under a key, with references into the graph followed.
    pub fn names(&self, key: &str) -> Vec<String> {
        let mut names = Vec::new();
        let values: Vec<&Value> = match self.get(key) {
            Some(Value::Array(values)) => values.iter().take(50).collect(),
            value => value.into_iter().collect(),
        };
        for value in values {
            let named = value.get("name").or_else(|| self.referred(value)?.get("name")).unwrap_or(value);
            push_texts(named, 0, &mut names);
        }
        names
    }

    /// The object that a bare `{"@id": …}` points at.
    fn referred(&self, reference: &Value) -> Option<&'v Value> {
        let id = reference.get("@id")?.as_str()?;
        let named = self.all.iter().filter(|object| object.get("name").is_some());
        named.copied().find(|object| object.get("@id").and_then(Value::as_str) == Some(id))
    }

    /// `false` where the publisher says that one must pay to read on.
    pub fn is_free(&self) -> bool {
        match self.get("isAccessibleForFree") {
            Some(Value::Bool(is_free)) => *is_free,
            Some(Value::String(text)) => !text.eq_ignore_ascii_case("false"),
            _ => true,
        }
    }

    /// `articleBody` in paragraphs.
    pub fn body(&self) -> Vec<String> {
        self.get("articleBody").and_then(Value::as_str).map(paragraphs).unwrap_or_default()
    }

    /// The posts of a live blog.
    pub fn posts(&self) -> Vec<Post> {
        let updates = self.get("liveBlogUpdate");
        let updates = updates.into_iter().flat_map(|updates| match updates {
            Value::Array(updates) => updates.iter().take(MAX_NODES).collect(),
            single => vec![single],
        });
        let text = |post: &'v Value, key: &str| post.get(key).and_then(Value::as_str);
        updates
            .map(|post| Post {
                at: text(post, "datePublished").and_then(|time| moment::best([time.to_owned()])),
                headline: text(post, "headline").map(plain).filter(|text| !text.is_empty()),
                body: text(post, "articleBody").map(paragraphs).unwrap_or_default(),
            })
            .collect()
    }
}

/// A post of a live blog, as JSON-LD states it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Post {
    pub at: Option<Timestamp>,
    pub headline: Option<String>,
    pub body: Vec<String>,
}

fn push_texts(value: &Value, level: usize, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let text = plain(text);
            if !text.is_empty() {
                texts.push(text);
            }
        }
        Value::Number(number) => texts.push(number.to_string()),
        Value::Array(values) if level < MAX_LEVELS => {
            values.iter().take(MAX_NODES).for_each(|value| push_texts(value, level + 1, texts));
        }
        Value::Object(object) if level < MAX_LEVELS => {
            let text = ["@value", "text", "name", "articleBody"].iter().find_map(|key| object.get(*key));
            text.into_iter().for_each(|value| push_texts(value, level + 1, texts));
        }
        _ => {}
    }
}

/// A field's text without markup and entities, which publishers leave in.
pub fn plain(text: &str) -> String {
    let text = wording::first_chars(text, MAX_FIELD_CHARS);
    if !text.contains(['&', '<']) {
        return wording::fold(&text);
    }
    let is_markup = text.contains("</") || text.contains("/>") || text.contains("<br");
    let html = if is_markup { text } else { text.replace('<', "&lt;") };
    let fragment = Document::parse(&html);
    walk::text(&fragment, fragment.root()).to_owned()
}

/// A body as paragraphs: at the ends of lines, or of its elements where it is HTML.
fn paragraphs(body: &str) -> Vec<String> {
    let is_markup = ["<p>", "<p ", "<br", "</"].iter().any(|tag| body.contains(tag));
    if is_markup && nesting::measure(body).is_ok() {
        let fragment = Document::parse(body);
        return walk::blocks(&fragment, fragment.root()).into_iter().map(|block| block.text).collect();
    }
    let lines = body
        .lines()
        .map(|line| if line.contains('&') && line.len() < MAX_FIELD_CHARS { plain(line) } else { wording::fold(line) });
    lines.filter(|line| !line.is_empty()).collect()
}
