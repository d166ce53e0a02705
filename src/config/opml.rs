//! OPML: the lists of feeds that feed readers exchange.

use std::collections::{BTreeMap, HashMap, HashSet};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use thiserror::Error;

use super::list;
use super::names::{self, Nameless};
use super::settings::FeedConfig;
use super::values;

const MOST_OUTLINES: usize = 100_000;
const DEEPEST: usize = 64;
const LONGEST_TEXT: usize = 1_000;

/// A feed as an OPML file, or another list, names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpmlFeed {
    /// The title, folded; empty when the file gives none.
    pub name: String,
    /// As the file gives it; `feed:` is replaced by `http:`. Not checked.
    pub url: String,
    /// The folders it lies in, outermost first, without repeats.
    pub tags: Vec<String>,
    pub html_url: Option<String>,
    /// The line of the file, from 1.
    pub line: usize,
}

/// Why a file cannot be read as a list of feeds.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct OpmlError {
    /// From 1.
    pub line: usize,
    message: String,
}

impl OpmlError {
    pub(super) fn new(line: usize, message: String) -> Self {
        Self { line, message }
    }
}

/// Reads the feeds of an OPML document in its order, each address once with the tags of all its folders.
///
/// At most 100,000 outlines, at most 64 deep. Only the five entities of XML and numbers are expanded; what else begins
/// with `&` stays as it stands, as it does in many lists.
pub fn read_opml(text: &str) -> Result<Vec<OpmlFeed>, OpmlError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader::from_str(text);
    reader.config_mut().allow_dangling_amp = true;
    let mut reading = Reading::default();
    loop {
        let start = position(reader.buffer_position());
        let event = reader.read_event().map_err(|error| OpmlError {
            line: line_of(text, position(reader.error_position())),
            message: format!("this is not XML: {error}"),
        })?;
        let result = match event {
            Event::Start(tag) => reading.open(&tag, true),
            Event::Empty(tag) => reading.open(&tag, false),
            Event::End(_) => {
                reading.close();
                Ok(None)
            }
            Event::Eof => break,
            _ => Ok(None),
        };
        match result {
            Ok(Some(feed)) => reading.feeds.push((feed, start)),
            Ok(None) => {}
            Err(message) => return Err(OpmlError { line: line_of(text, start), message }),
        }
    }
    let last_line = text.lines().count().max(1);
    if !reading.is_opml {
        return Err(OpmlError { line: 1, message: "this is no OPML document: it has no `<opml>`".to_owned() });
    }
    if !reading.open.is_empty() {
        return Err(OpmlError { line: last_line, message: "this OPML document ends too early".to_owned() });
    }
    Ok(number_lines(text, reading.feeds))
}

#[derive(Default)]
struct Reading {
    is_opml: bool,
    outlines: usize,
    /// The elements that are open, with the name of those that are folders.
    open: Vec<Option<String>>,
    feeds: Vec<(OpmlFeed, usize)>,
}

impl Reading {
    /// Takes a tag; the error is a message.
    fn open(&mut self, tag: &BytesStart<'_>, has_content: bool) -> Result<Option<OpmlFeed>, String> {
        let name = tag.local_name().into_inner().to_ascii_lowercase();
        if name == "opml" {
            self.is_opml = true;
        }
        let outline = if name == "outline" { Some(Outline::read(tag)?) } else { None };
        if outline.is_some() {
            self.outlines += 1;
            if self.outlines > MOST_OUTLINES {
                return Err(format!("the list has more than {MOST_OUTLINES} outlines"));
            }
        }
        let feed = outline.as_ref().and_then(|outline| outline.feed(self.open.iter().flatten()));
        if has_content {
            if self.open.len() >= DEEPEST {
                return Err(format!("the list is nested deeper than {DEEPEST} levels"));
            }
            let folder = outline.filter(|outline| outline.url.is_none()).and_then(|outline| outline.name());
            self.open.push(folder);
        }
        Ok(feed)
    }

    fn close(&mut self) {
        self.open.pop();
    }
}

/// The attributes of an `<outline>` that count.
#[derive(Default)]
struct Outline {
    title: Option<String>,
    text: Option<String>,
    url: Option<String>,
    html_url: Option<String>,
}

impl Outline {
    fn read(tag: &BytesStart<'_>) -> Result<Self, String> {
        let mut outline = Self::default();
        for attribute in tag.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| format!("this is not XML: {error}"))?;
            let slot = match attribute.key.local_name().into_inner().to_ascii_lowercase().as_str() {
                "title" => &mut outline.title,
                "text" => &mut outline.text,
                "xmlurl" => &mut outline.url,
                "htmlurl" => &mut outline.html_url,
                _ => continue,
            };
            let value = fold(&unescape(&attribute.value));
            *slot = Some(value).filter(|value| !value.is_empty());
        }
        Ok(outline)
    }

    fn name(&self) -> Option<String> {
        let name = self.title.as_ref().or(self.text.as_ref())?;
        Some(name.chars().take(LONGEST_TEXT).collect())
    }

    fn feed<'f>(&self, folders: impl Iterator<Item = &'f String>) -> Option<OpmlFeed> {
        let url = self.url.as_deref()?;
        let mut tags: Vec<String> = Vec::new();
        for folder in folders {
            if !tags.contains(folder) {
                tags.push(folder.clone());
            }
        }
        Some(OpmlFeed {
            name: self.name().unwrap_or_default(),
            url: without_feed_scheme(url),
            tags,
            html_url: self.html_url.clone(),
            line: 0,
        })
    }
}

/// `feed://host/path` and `feed:https://host/path` are what browsers once handed to feed readers.
pub(super) fn without_feed_scheme(url: &str) -> String {
    match url.strip_prefix("feed://") {
        Some(rest) => format!("http://{rest}"),
        None => url.strip_prefix("feed:").unwrap_or(url).to_owned(),
    }
}

/// Gives each feed its line, and joins those with one address.
fn number_lines(text: &str, found: Vec<(OpmlFeed, usize)>) -> Vec<OpmlFeed> {
    let (mut line, mut counted) = (1, 0);
    let numbered = found.into_iter().map(|(feed, start)| {
        // Found in the order of the document, so that each stretch of it is counted once.
        line += text.as_bytes()[counted..start].iter().filter(|byte| **byte == b'\n').count();
        counted = start;
        OpmlFeed { line, ..feed }
    });
    joined(numbered.collect())
}

/// Feeds with one address are one, with the tags of all.
pub(super) fn joined(found: Vec<OpmlFeed>) -> Vec<OpmlFeed> {
    let mut feeds: Vec<OpmlFeed> = Vec::with_capacity(found.len());
    let mut known: HashMap<String, usize> = HashMap::new();
    for mut feed in found {
        match known.get(&feed.url) {
            Some(index) => {
                let first = &mut feeds[*index];
                first.tags.extend(std::mem::take(&mut feed.tags));
                let mut seen = HashSet::new();
                first.tags.retain(|tag| seen.insert(tag.clone()));
            }
            None => {
                known.insert(feed.url.clone(), feeds.len());
                feeds.push(feed);
            }
        }
    }
    feeds
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

fn line_of(text: &str, offset: usize) -> usize {
    let end = offset.min(text.len());
    text.as_bytes()[..end].iter().filter(|byte| **byte == b'\n').count() + 1
}

fn fold(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        match entity(rest) {
            Some((character, length)) => {
                plain.push(character);
                rest = &rest[length..];
            }
            None => {
                plain.push('&');
                rest = &rest[1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

/// The character that a reference at the start of the text stands for, and the length of the reference.
fn entity(text: &str) -> Option<(char, usize)> {
    const LONGEST: usize = 12;
    let end = text.bytes().take(LONGEST).position(|byte| byte == b';')?;
    let name = &text[1..end];
    let character = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            code.ok().and_then(char::from_u32)?
        }
    };
    Some((character, end + 1))
}

/// Writes feeds as an OPML document; the tags of a feed become folders in folders. User names and passwords are left out:
/// such a list is made to be handed on.
pub fn write_opml(feeds: &[FeedConfig]) -> String {
    let mut written = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n  <head>\n    \
         <title>Wirewatch feeds</title>\n  </head>\n  <body>\n",
    );
    let all: Vec<(&[String], &FeedConfig)> = feeds.iter().map(|feed| (feed.tags.as_slice(), feed)).collect();
    write_level(&all, 0, &mut written);
    written.push_str("  </body>\n</opml>\n");
    written
}

fn write_level(feeds: &[(&[String], &FeedConfig)], depth: usize, written: &mut String) {
    const DEEPEST_FOLDER: usize = 32;
    let indent = "  ".repeat(depth + 2);
    let mut folders: BTreeMap<&str, Vec<(&[String], &FeedConfig)>> = BTreeMap::new();
    for (tags, feed) in feeds {
        match tags.split_first().filter(|_| depth < DEEPEST_FOLDER) {
            Some((folder, rest)) => folders.entry(folder).or_default().push((rest, feed)),
            None => {
                let (name, url) = (escape(&feed.name), escape(values::without_user(&feed.url).as_str()));
                written.push_str(&format!(
                    "{indent}<outline type=\"rss\" text=\"{name}\" title=\"{name}\" xmlUrl=\"{url}\"/>\n"
                ));
            }
        }
    }
    for (folder, feeds) in folders {
        let name = escape(folder);
        written.push_str(&format!("{indent}<outline text=\"{name}\" title=\"{name}\">\n"));
        write_level(&feeds, depth + 1, written);
        written.push_str(&format!("{indent}</outline>\n"));
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            control if control.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Why a feed cannot be watched, where its address is none. The reason does not repeat the address.
pub fn refusal(feed: &OpmlFeed) -> Option<String> {
    let complaint = values::http_url(&feed.url).err()?;
    Some(list::made_by_newsboat(&feed.url).map_or(complaint.message, str::to_owned))
}

/// Writes feeds as `[[feed]]` tables, each with a name of its own that is not among `taken`, for `feeds import`.
pub fn feeds_toml(feeds: &[OpmlFeed], taken: &HashSet<String>) -> String {
    let title = |feed: &OpmlFeed| Some(feed.name.clone()).filter(|name| !name.is_empty());
    let titles: Vec<Option<String>> = feeds.iter().map(title).collect();
    let nameless = feeds.iter().zip(&titles).map(|(feed, title)| Nameless { url: &feed.url, title: title.as_deref() });
    let names = names::assign(&nameless.collect::<Vec<_>>(), taken);
    let mut written = String::new();
    for (feed, name) in feeds.iter().zip(names) {
        if !written.is_empty() {
            written.push('\n');
        }
        written.push_str(&format!("[[feed]]\nname = {}\nurl = {}\n", toml_string(&name), toml_string(&feed.url)));
        // `tag:` stands before a tag where a rule names it, and nowhere else.
        let tags = feed.tags.iter().map(|tag| tag.trim_start_matches("tag:").trim());
        let tags: Vec<String> = tags.filter(|tag| !tag.is_empty()).map(toml_string).collect();
        if !tags.is_empty() {
            written.push_str(&format!("tags = [{}]\n", tags.join(", ")));
        }
    }
    written
}

fn toml_string(text: &str) -> String {
    toml::Value::from(text).to_string()
}
