//! What is wrong with a configuration, in words for people.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

/// One thing that is wrong, or strange, at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub file: PathBuf,
    /// From 1; 0 when the file as such is meant.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The line, unless it holds a secret: then at most the part before it.
    pub source_line: Option<String>,
    /// The bytes of `source_line` that are meant.
    pub span: Range<usize>,
    pub message: String,
    pub hint: Option<String>,
    /// Another place that belongs to it: where a name was first used.
    pub related: Option<Box<Related>>,
    /// `false` for a warning.
    pub is_error: bool,
}

/// Another place that belongs to a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    pub message: String,
    pub file: PathBuf,
    pub line: usize,
    pub column: usize,
    pub source_line: Option<String>,
    pub span: Range<usize>,
}

/// Everything that is wrong with a configuration, in the order of its files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems {
    problems: Vec<Problem>,
}

impl Problems {
    pub(super) fn new(problems: Vec<Problem>) -> Self {
        Self { problems }
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.problems.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// How many are errors.
    pub fn errors(&self) -> usize {
        self.problems.iter().filter(|problem| problem.is_error).count()
    }

    /// How many are warnings.
    pub fn warnings(&self) -> usize {
        self.problems.len() - self.errors()
    }

    /// The same text as `Display`, in colour if wanted.
    pub fn render(&self, colour: bool) -> impl fmt::Display + '_ {
        Rendered { problems: &self.problems, palette: if colour { Palette::colours() } else { Palette::default() } }
    }
}

impl<'p> IntoIterator for &'p Problems {
    type Item = &'p Problem;
    type IntoIter = std::slice::Iter<'p, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_all(f, &self.problems, &Palette::default())
    }
}

impl std::error::Error for Problems {}

struct Rendered<'p> {
    problems: &'p [Problem],
    palette: Palette,
}

impl fmt::Display for Rendered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_all(f, self.problems, &self.palette)
    }
}

fn write_all(f: &mut fmt::Formatter<'_>, problems: &[Problem], palette: &Palette) -> fmt::Result {
    for (index, problem) in problems.iter().enumerate() {
        if index > 0 {
            writeln!(f)?;
        }
        problem.write(f, palette)?;
    }
    Ok(())
}

impl Problem {
    fn write(&self, f: &mut fmt::Formatter<'_>, palette: &Palette) -> fmt::Result {
        let (word, style) = if self.is_error { ("error", palette.error) } else { ("warning", palette.warning) };
        let bold = palette.bold;
        writeln!(f, "{style}{word}{style:#}{bold}: {}{bold:#}", clean(&self.message))?;
        let related_line = self.related.as_ref().map_or(0, |related| related.line);
        let frame = Frame { palette, gutter: self.line.max(related_line).to_string().len() };
        let quote = Quote {
            file: &self.file,
            line: self.line,
            column: self.column,
            source_line: self.source_line.as_deref(),
            span: &self.span,
        };
        frame.write(f, &quote, ('^', style), self.hint.as_deref())?;
        if let Some(related) = &self.related {
            let quote = Quote {
                file: &related.file,
                line: related.line,
                column: related.column,
                source_line: related.source_line.as_deref(),
                span: &related.span,
            };
            writeln!(f, "{bold}note{bold:#}: {}", clean(&related.message))?;
            frame.write(f, &quote, ('-', palette.frame), None)?;
        }
        Ok(())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, &Palette::default())
    }
}

/// The colours; all plain by default.
#[derive(Default)]
struct Palette {
    error: Style,
    warning: Style,
    frame: Style,
    bold: Style,
}

impl Palette {
    fn colours() -> Self {
        Self {
            error: AnsiColor::Red.on_default().bold(),
            warning: AnsiColor::Yellow.on_default().bold(),
            frame: AnsiColor::Blue.on_default().bold(),
            bold: Style::new().bold(),
        }
    }
}

/// A place with its line.
struct Quote<'p> {
    file: &'p std::path::Path,
    line: usize,
    column: usize,
    source_line: Option<&'p str>,
    span: &'p Range<usize>,
}

/// The bars and numbers at the left.
struct Frame<'p> {
    palette: &'p Palette,
    gutter: usize,
}

/// A hint that would reach past this column goes on a line of its own.
const WIDTH: usize = 100;
/// Longer source lines are shown in part.
const LONGEST_LINE: usize = 140;

impl Frame<'_> {
    fn write(
        &self,
        f: &mut fmt::Formatter<'_>,
        quote: &Quote<'_>,
        (mark, style): (char, Style),
        hint: Option<&str>,
    ) -> fmt::Result {
        let (frame, gutter) = (self.palette.frame, self.gutter);
        let file = clean(&quote.file.display().to_string());
        if quote.line == 0 {
            writeln!(f, "{:gutter$}{frame}-->{frame:#} {file}", "")?;
            return self.write_help(f, hint);
        }
        writeln!(f, "{:gutter$}{frame}-->{frame:#} {file}:{}:{}", "", quote.line, quote.column)?;
        let Some(line) = quote.source_line else { return self.write_help(f, hint) };
        let shown = Shown::new(line, quote.span);
        writeln!(f, "{:gutter$} {frame}|{frame:#}", "")?;
        writeln!(f, "{frame}{:>gutter$} |{frame:#} {}", quote.line, shown.text)?;
        write!(f, "{:gutter$} {frame}|{frame:#} {:before$}", "", "", before = shown.before)?;
        let marks = mark.to_string().repeat(shown.marked);
        match hint.filter(|hint| gutter + shown.before + shown.marked + hint.chars().count() < WIDTH) {
            Some(hint) => writeln!(f, "{style}{marks} {}{style:#}", clean(hint)),
            None => {
                writeln!(f, "{style}{marks}{style:#}")?;
                self.write_help(f, hint)
            }
        }
    }

    fn write_help(&self, f: &mut fmt::Formatter<'_>, hint: Option<&str>) -> fmt::Result {
        let (frame, bold, gutter) = (self.palette.frame, self.palette.bold, self.gutter);
        match hint {
            Some(hint) => writeln!(f, "{:gutter$} {frame}={frame:#} {bold}help{bold:#}: {}", "", clean(hint)),
            None => Ok(()),
        }
    }
}

/// A source line as a terminal shows it, with where the marks go.
struct Shown {
    text: String,
    before: usize,
    marked: usize,
}

impl Shown {
    fn new(line: &str, span: &Range<usize>) -> Self {
        let (before, marked, after) = (
            line.get(..span.start).unwrap_or_default(),
            line.get(span.clone()).unwrap_or_default(),
            line.get(span.end..).unwrap_or_default(),
        );
        let (mut before, mut marked, mut after) = (clean(before), clean(marked), clean(after));
        if before.width() + marked.width() + after.width() > LONGEST_LINE {
            before = keep_end(&before, LONGEST_LINE / 3);
            marked = keep_start(&marked, LONGEST_LINE / 3);
            after = keep_start(&after, LONGEST_LINE / 3);
        }
        Self {
            before: before.width(),
            marked: marked.width().max(1),
            text: format!("{before}{marked}{after}").trim_end().to_owned(),
        }
    }
}

fn keep_start(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn keep_end(text: &str, most: usize) -> String {
    match text.char_indices().nth_back(most) {
        Some((start, _)) => format!("…{}", &text[start..]),
        None => text.to_owned(),
    }
}

/// Text without anything that a terminal would act on; a tab becomes four spaces.
fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => cleaned.push_str("    "),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => cleaned.push('\u{fffd}'),
            control if control.is_control() => cleaned.push('\u{fffd}'),
            other => cleaned.push(other),
        }
    }
    cleaned
}
