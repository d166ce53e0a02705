//! Styled text: runs of characters with what they mean, measured and broken by the columns they take on a terminal.

use std::fmt::Write as _;
use std::ops::Range;

use anstyle::{AnsiColor, Style};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::terminal::clean;
use crate::words::Tone;
pub use crate::words::{count, grouped};

/// What a run of text means, and so how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Plain,
    /// What the eye should find first.
    Strong,
    /// What may be skipped.
    Faint,
    Good,
    Warning,
    Bad,
    /// Words that a revision brought.
    Added,
    /// Words that a revision took.
    Removed,
    /// Words that a rule found.
    Hit,
    Link,
}

impl From<Tone> for Mark {
    fn from(tone: Tone) -> Self {
        match tone {
            Tone::Good => Self::Good,
            Tone::Warning => Self::Warning,
            Tone::Bad => Self::Bad,
            Tone::Faint => Self::Faint,
        }
    }
}

impl Mark {
    fn style(self) -> Style {
        let colour = |colour: AnsiColor| colour.on_default();
        match self {
            Mark::Plain => Style::new(),
            Mark::Strong => Style::new().bold(),
            Mark::Faint => Style::new().dimmed(),
            Mark::Good => colour(AnsiColor::Green),
            Mark::Warning => colour(AnsiColor::Yellow),
            Mark::Bad => colour(AnsiColor::Red),
            Mark::Added => colour(AnsiColor::Green).underline(),
            Mark::Removed => colour(AnsiColor::Red).strikethrough(),
            Mark::Hit => colour(AnsiColor::Yellow).bold(),
            Mark::Link => colour(AnsiColor::Cyan),
        }
    }
}

/// One line's worth of text. Whatever is pushed is cleaned first, so that no stranger's control character gets through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    runs: Vec<(Mark, String)>,
}

impl Text {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn plain(text: impl AsRef<str>) -> Self {
        Self::new().then(Mark::Plain, text)
    }

    /// With one more run at the end.
    pub fn then(mut self, mark: impl Into<Mark>, text: impl AsRef<str>) -> Self {
        self.push(mark, text.as_ref());
        self
    }

    pub fn push(&mut self, mark: impl Into<Mark>, text: &str) {
        if text.is_empty() {
            return;
        }
        let (mark, cleaned) = (mark.into(), clean(text));
        match self.runs.last_mut() {
            Some((last, run)) if *last == mark => run.push_str(&cleaned),
            _ => self.runs.push((mark, cleaned)),
        }
    }

    /// Pushes `text` with the bytes of `hits` marked. Spans that overlap, run backwards, leave the text or cut a character are
    /// left out: a wrong mark would mislead.
    pub fn push_with_hits(&mut self, mark: Mark, text: &str, hits: &[Range<usize>]) {
        let mut hits: Vec<&Range<usize>> = hits.iter().collect();
        hits.sort_by_key(|hit| (hit.start, std::cmp::Reverse(hit.end)));
        let mut done = 0;
        for hit in hits {
            let (Some(before), Some(found)) = (text.get(done..hit.start), text.get((*hit).clone())) else { continue };
            self.push(mark, before);
            self.push(Mark::Hit, found);
            done = hit.end;
        }
        self.push(mark, &text[done..]);
    }

    pub fn append(&mut self, other: Text) {
        self.runs.extend(other.runs);
    }

    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Columns on a terminal.
    pub fn width(&self) -> usize {
        self.runs.iter().map(|(_, run)| run.width()).sum()
    }

    /// The text in at most `columns`, cut with an ellipsis where it is longer.
    pub fn truncated(self, columns: usize) -> Text {
        if self.width() <= columns {
            return self;
        }
        let room = columns.saturating_sub(1);
        let mut shortened = Text::new();
        let mut used = 0;
        'runs: for (mark, run) in &self.runs {
            for grapheme in run.graphemes(true) {
                if used + grapheme.width() > room {
                    break 'runs;
                }
                used += grapheme.width();
                shortened.push(*mark, grapheme);
            }
        }
        shortened.trim_end();
        shortened.then(Mark::Plain, "…")
    }

    /// The text with control sequences where `colour` is wanted.
    pub fn rendered(&self, colour: bool) -> String {
        let mut rendered = String::new();
        for (mark, run) in &self.runs {
            let style = mark.style();
            if colour && *mark != Mark::Plain {
                // Writing to a string cannot fail.
                let _ = write!(rendered, "{style}{run}{style:#}");
            } else {
                rendered.push_str(run);
            }
        }
        rendered
    }

    /// Lines of at most `columns`, broken at white space, beside wide characters (Han, Kana), and within a word only where the
    /// word alone is too long. One line where `columns` is `None`.
    pub fn wrapped(&self, columns: Option<usize>) -> Vec<Text> {
        let Some(columns) = columns else { return vec![self.clone()] };
        let mut lines = Lines { columns: columns.max(1), done: Vec::new(), line: Text::new(), used: 0 };
        let mut piece: Vec<(Mark, &str)> = Vec::new();
        let graphemes: Vec<(Mark, &str)> =
            self.runs.iter().flat_map(|(mark, run)| run.graphemes(true).map(|grapheme| (*mark, grapheme))).collect();
        for (index, (mark, grapheme)) in graphemes.iter().enumerate() {
            piece.push((*mark, *grapheme));
            let next = graphemes.get(index + 1).map(|(_, grapheme)| *grapheme);
            if next.is_none_or(|next| may_break_between(grapheme, next)) {
                lines.place(&piece);
                piece.clear();
            }
        }
        lines.finish()
    }

    fn trim_end(&mut self) {
        while let Some((_, run)) = self.runs.last_mut() {
            run.truncate(run.trim_end().len());
            if !run.is_empty() {
                return;
            }
            self.runs.pop();
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Text::plain(text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Text::plain(text)
    }
}

struct Lines {
    columns: usize,
    done: Vec<Text>,
    line: Text,
    used: usize,
}

impl Lines {
    /// Puts a piece that should stay together on this line, or on the next.
    fn place(&mut self, piece: &[(Mark, &str)]) {
        let width: usize = piece.iter().map(|(_, grapheme)| grapheme.width()).sum();
        let hanging: usize =
            piece.iter().rev().take_while(|(_, g)| is_space(g)).map(|(_, grapheme)| grapheme.width()).sum();
        let inked = width - hanging;
        if self.used > 0 && self.used + inked > self.columns {
            self.end_line();
        }
        for (mark, grapheme) in piece {
            if self.used + grapheme.width() > self.columns && !is_space(grapheme) {
                self.end_line();
            }
            self.line.push(*mark, grapheme);
            self.used += grapheme.width();
        }
    }

    fn end_line(&mut self) {
        self.line.trim_end();
        self.done.push(std::mem::take(&mut self.line));
        self.used = 0;
    }

    fn finish(mut self) -> Vec<Text> {
        self.end_line();
        self.done
    }
}

/// White space at which a line may end; a no-break space is none.
fn is_space(grapheme: &str) -> bool {
    grapheme
        .chars()
        .all(|character| character.is_whitespace() && !matches!(character, '\u{a0}' | '\u{202f}' | '\u{2007}'))
}

fn may_break_between(grapheme: &str, next: &str) -> bool {
    if is_space(grapheme) {
        return !is_space(next);
    }
    let beside_wide = grapheme.width() > 1 || next.width() > 1;
    beside_wide && !is_space(next) && !closes(next) && !opens(grapheme)
}

/// Punctuation that does not begin a line in Chinese and Japanese.
fn closes(grapheme: &str) -> bool {
    grapheme.starts_with(|c: char| "、。，．：；？！）］｝〉》」』】〕’”％ー・…,.:;?!)]}%+-".contains(c))
}

/// Punctuation that does not end a line in Chinese and Japanese.
fn opens(grapheme: &str) -> bool {
    grapheme.starts_with(|c: char| "（［｛〈《「『【〔‘“([{+-".contains(c))
}

/// A size for people: `512 bytes`, `1.2 MB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000)];
    match UNITS.iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
        None => count(bytes, "byte"),
    }
}
