//! The text of one file of the configuration: where things stand in it, and what of it may be shown.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::keys::is_secret;

/// A stretch of one source. Small, and kept with every value that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub source: usize,
    pub start: usize,
    pub end: usize,
}

impl Place {
    pub fn new(source: usize, span: Range<usize>) -> Self {
        Self { source, start: span.start, end: span.end }
    }

    /// The file as such, no line of it.
    pub fn whole(source: usize) -> Self {
        Self { source, start: usize::MAX, end: usize::MAX }
    }

    pub fn is_whole(self) -> bool {
        self.start == usize::MAX
    }
}

/// One file that was read.
#[derive(Debug)]
pub(super) struct Source {
    pub path: PathBuf,
    pub text: String,
    lines: Vec<Line>,
}

/// A line: where it starts, and how many bytes of it hold no secret.
#[derive(Debug)]
struct Line {
    start: usize,
    visible: usize,
}

/// A place for people: line and column count from 1, the column in characters.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    pub line: usize,
    pub column: usize,
    /// The line without its secrets, or `None` when nothing of it may be shown.
    pub text: Option<String>,
    /// The bytes of `text` that are meant.
    pub span: Range<usize>,
}

impl Source {
    pub fn new(path: PathBuf, text: String) -> Self {
        let lines = visible_lines(&text);
        Self { path, text, lines }
    }

    /// The folder that relative paths in this file start from.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// Shows nothing of the lines that a secret value goes on over, nor of its own from where it begins.
    pub fn hide(&mut self, span: Range<usize>) {
        let first = self.line_index(span.start);
        let last = self.line_index(span.end.saturating_sub(1).max(span.start));
        for line in &mut self.lines[first..=last] {
            line.visible = line.visible.min(span.start.saturating_sub(line.start));
        }
    }

    /// For a text that is not TOML, where a slip may have torn a secret from its key: of a section that seems to hold
    /// one, only the keys are shown.
    pub fn distrust(&mut self) {
        let mut start = 0;
        while start < self.lines.len() {
            let next = (start + 1..self.lines.len()).find(|index| is_header(self.line_text(*index)));
            let end = next.unwrap_or(self.lines.len());
            let section =
                &self.text[self.lines[start].start..self.lines.get(end).map_or(self.text.len(), |line| line.start)];
            let has_secret = words(section).any(|(_, word)| is_secret(word));
            if has_secret || section.contains('@') && section.contains('/') {
                self.show_keys_only(start..end);
            }
            start = end;
        }
    }

    fn show_keys_only(&mut self, lines: Range<usize>) {
        for index in lines {
            let line = self.line_text(index);
            let secret = words(line).find(|(_, word)| is_secret(word)).map(|(at, word)| at + word.len());
            let key = line.split_once('=').map(|(key, _)| key).filter(|key| !key.contains(['"', '\'', '/']));
            let visible = match (key, secret) {
                _ if is_header(line) => usize::MAX,
                (Some(key), Some(secret)) => secret.min(key.len() + 1),
                (Some(key), None) => key.len() + 1,
                (None, _) => 0,
            };
            self.lines[index].visible = self.lines[index].visible.min(visible);
        }
    }

    /// A line that is counted from 1, without the space around it.
    pub fn line_span(&self, line: usize) -> Range<usize> {
        let index = line.saturating_sub(1).min(self.lines.len() - 1);
        let text = self.line_text(index);
        let start = self.lines[index].start + text.len() - text.trim_start().len();
        start..start + text.trim().len()
    }

    pub fn excerpt(&self, span: Range<usize>) -> Excerpt {
        let start = floor_boundary(&self.text, span.start);
        let index = self.line_index(start);
        let Line { start: line_start, visible } = self.lines[index];
        let line = self.line_text(index);
        let in_line = (start - line_start).min(line.len());
        let column = line[..in_line].chars().count() + 1;
        let end = floor_boundary(line, span.end.saturating_sub(line_start)).max(in_line);
        let (text, span) = match visible {
            visible if visible >= line.len() => (Some(line.to_owned()), in_line..end),
            0 => (None, 0..0),
            visible => {
                let shown = line[..floor_boundary(line, visible)].trim_end();
                // A place inside the secret becomes the key before it.
                let key_start = shown.len() - shown.trim_start().len();
                let key_end = shown.trim_end_matches(['=', '"', '\'', '[', '{', ' ']).len().max(key_start);
                let meant = if in_line < key_end { in_line..end.min(key_end) } else { key_start..key_end };
                (Some(format!("{shown} …")), meant)
            }
        };
        Excerpt { line: index + 1, column, text, span }
    }

    fn line_index(&self, offset: usize) -> usize {
        self.lines.partition_point(|line| line.start <= offset).saturating_sub(1)
    }

    fn line_text(&self, index: usize) -> &str {
        let start = self.lines[index].start;
        let end = self.lines.get(index + 1).map_or(self.text.len(), |next| next.start);
        self.text[start..end].trim_end_matches(['\n', '\r'])
    }
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// Splits a text into lines and finds what of each may be shown, by its looks alone: it may not even be TOML.
fn visible_lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut hidden_until: Option<&str> = None;
    let mut hide_next = false;
    let mut in_secret_table = false;
    for line in text.split_inclusive('\n').chain(text.is_empty().then_some("")) {
        let mut visible = line.len();
        if std::mem::take(&mut hide_next) {
            visible = 0;
        } else if let Some(closing) = hidden_until {
            visible = 0;
            if line.contains(closing) {
                hidden_until = None;
            }
        } else {
            in_secret_table = match table_header(line) {
                Some(name) => is_secret(name),
                None => in_secret_table,
            };
            if let Some(secret) = secret_start(line, in_secret_table) {
                visible = secret;
                // A value on the next line is a slip, and a secret all the same.
                hide_next = line[secret..].trim().is_empty();
                hidden_until = ["\"\"\"", "'''"].into_iter().find(|quotes| line[secret..].matches(quotes).count() == 1);
            }
        }
        lines.push(Line { start, visible });
        start += line.len();
    }
    lines
}

/// Whether a line is `[a]` or `[[a.b]]` and nothing else.
fn is_header(line: &str) -> bool {
    let line = line.split('#').next().unwrap_or_default().trim();
    line.strip_prefix('[').is_some_and(|rest| rest.ends_with(']') && !rest.contains(['=', ',', '"', '\'']))
}

/// The last name in `[a.b]` or `[[a.b]]`.
fn table_header(line: &str) -> Option<&str> {
    let header = line.trim().strip_prefix('[')?;
    let header = header.trim_start_matches('[').split(']').next()?;
    header.rsplit('.').next().map(|name| name.trim().trim_matches(['"', '\'']))
}

/// Where the first secret of a line begins.
fn secret_start(line: &str, in_secret_table: bool) -> Option<usize> {
    let values = || line.match_indices('=').map(|(at, _)| at + 1);
    if holds_user_info(line) {
        // `https://user:password@host` under whatever key, or as an item of a list.
        return Some(values().next().unwrap_or(0));
    }
    let names_secret = |value: usize| {
        let key = line[..value - 1].rsplit(['{', ',', '=']).next().unwrap_or_default();
        words(key).any(|(_, word)| is_secret(word))
    };
    values().find(|value| in_secret_table || names_secret(*value))
}

/// The words of a line with where they begin.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    text.split(move |c| !is_word(c))
        .filter(|word| !word.is_empty())
        .map(|word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
}

/// Whether a line seems to hold `https://user:password@host`, perhaps with a slip in it: an `@` somewhere behind the
/// slashes, or a port that is no number; or a server's address without slashes.
fn holds_user_info(line: &str) -> bool {
    let Some((_, rest)) = line.split_once("//") else {
        let is_server = words(line).next().is_some_and(|(_, key)| key == "smtp" || key == "url");
        return is_server && line.split_once(':').is_some_and(|(_, rest)| rest.contains('@'));
    };
    let has_odd_port = |authority: &str| {
        let port = authority.split_once(':').filter(|_| !authority.starts_with('['));
        port.is_some_and(|(_, port)| !port.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let is_end = |c: char| c.is_whitespace() || "/?#,\"'".contains(c);
    rest.contains('@') || rest.split("//").any(|rest| has_odd_port(rest.split(is_end).next().unwrap_or_default()))
}
