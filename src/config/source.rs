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

/// The last name in `[a.b]` or `[[a.b]]`.
fn table_header(line: &str) -> Option<&str> {
    let header = line.trim().strip_prefix('[')?;
    let header = header.trim_start_matches('[').split(']').next()?;
    header.rsplit('.').next().map(|name| name.trim().trim_matches(['"', '\'']))
}

/// Where the first secret of a line begins.
fn secret_start(line: &str, in_secret_table: bool) -> Option<usize> {
    let after_equals = |from: usize| line[from..].find('=').map(|at| from + at + 1);
    let mut from = 0;
    while let Some(value) = after_equals(from) {
        let key = line[from..value - 1].trim_end().trim_end_matches(['"', '\'']);
        let key = key.rsplit(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').next().unwrap_or_default();
        let rest = &line[value..];
        let may_hold_password = rest.contains("://") || key == "smtp" || key == "url";
        if in_secret_table || is_secret(key) || may_hold_password && looks_like_user_info(rest) {
            return Some(value);
        }
        from = value;
    }
    // `"https://user:password@host"` as an item of a list, or in a file that is not TOML.
    line[from..].find("://").filter(|at| looks_like_user_info(&line[from + at + 3..])).map(|at| from + at)
}

/// Whether there is a colon and an `@` behind it, other than the colon of `https://`.
fn looks_like_user_info(text: &str) -> bool {
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    text.split_once(':').is_some_and(|(_, password)| password.contains('@'))
}
