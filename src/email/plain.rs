//! A mail as plain text: complete by itself, wrapped at 78 columns, never inside an address.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

use super::direction;
use super::document::{Block, Document, Level, Line, Link, Span, Step, Target, Tone};
use crate::model::Op;

const WIDTH: usize = 78;
/// Stands for a space at which no line may break; a character of private use, taken out of strangers' text.
const HELD_SPACE: &str = "\u{F8FF}";
/// Labels of links stand in a column of their own.
const LABEL_WIDTH: usize = 10;

/// Renders the document; lines end with `\n`.
pub(super) fn render(document: &Document) -> String {
    let mut text = String::new();
    for block in &document.blocks {
        render_block(block, &mut text);
    }
    let mut text = text.trim_end().to_owned();
    text.push('\n');
    text
}

fn render_block(block: &Block, text: &mut String) {
    match block {
        Block::Happened(_, line) | Block::Note(line) => paragraph(&ours(line), "", "", text),
        Block::Paragraph(line) => paragraph(&marked(line), "", "", text),
        Block::Headline(level, line, link) => {
            let indent = if *level == Level::Listed { "* " } else { "  " };
            wrap(&marked(line), indent, "  ", text);
            if let (Some(url), Level::Listed) = (link, level) {
                text.push_str(&format!("  {url}\n"));
            }
            text.push('\n');
        }
        Block::Before(line) => {
            paragraph(&format!("Before: {}", direction::isolated(&marked(line))), "", "", text);
        }
        Block::Section(title) => text.push_str(&format!("{}\n\n", title.to_uppercase())),
        Block::Excerpt(line) => paragraph(&marked(line), "  ", "  ", text),
        Block::Items(lines) => {
            for line in lines {
                wrap(&ours(line), "  * ", "    ", text);
            }
            text.push('\n');
        }
        Block::Figures(steps) => {
            for step in steps {
                wrap(&figure(step), "  * ", "    ", text);
            }
            text.push('\n');
        }
        Block::Links(links) => {
            for link in links {
                text.push_str(&link_line(link));
            }
            text.push('\n');
        }
        Block::Divider => text.push_str(&format!("{}\n\n", "-".repeat(WIDTH - 6))),
        Block::Footer(lines) => {
            text.push_str("-- \n");
            for line in lines {
                wrap(&ours(line), "", "", text);
            }
        }
        Block::Unsubscribe(line, url) => {
            wrap(&format!("{}:", marked(line)), "", "", text);
            text.push_str(&format!("{url}\n"));
        }
    }
}

/// `dozens → 26`
fn figure(step: &Step) -> String {
    let side = |text: &Option<String>| text.as_deref().map(direction::isolated);
    let figure = match (side(&step.before), side(&step.after)) {
        (Some(before), Some(after)) => format!("{before} → {after}"),
        (None, Some(after)) => format!("{after} (added)"),
        (Some(before), None) => format!("{before} (removed)"),
        (None, None) => String::new(),
    };
    if step.context.is_empty() { figure } else { format!("{figure}: “{}”", direction::isolated(&step.context)) }
}

fn link_line(link: &Link) -> String {
    let target = match &link.target {
        Target::Article(url) | Target::Page(url) => url.as_str(),
        Target::Command(command) => command,
    };
    format!("  {:LABEL_WIDTH$} {target}\n", link.label)
}

fn paragraph(content: &str, first: &str, rest: &str, text: &mut String) {
    wrap(content, first, rest, text);
    text.push('\n');
}

/// A text that a template made: lines that end with `\n`, without other controls.
pub(super) fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let shown = text.chars().filter(|&c| matches!(c, '\n' | '\t') || !c.is_control());
    format!("{}\n", shown.collect::<String>().trim_end())
}

/// The line with `[-removed-]`, `{+added+}` and `*hit*`.
pub(super) fn marked(line: &Line) -> String {
    written(line, |span| unmarked(&toned(span)))
}

/// Words that look like our marks stand a blank apart: a page cannot make a reader believe in a change.
fn unmarked(text: &str) -> String {
    let mut text = Cow::Borrowed(text);
    for (mark, apart) in [("[-", "[ -"), ("-]", "- ]"), ("{+", "{ +"), ("+}", "+ }")] {
        if text.contains(mark) {
            text = text.replace(mark, apart).into();
        }
    }
    text.into_owned()
}

/// A sentence of ours, in which what is foreign turns nothing around.
fn ours(line: &Line) -> String {
    written(line, |span| match span.tone {
        Tone::Plain | Tone::Strong => direction::isolated_names(&toned(span)),
        // Around the marks, since a command is copied from between them.
        Tone::Code => direction::isolated(&toned(span)),
        Tone::Hit | Tone::Found => toned(&Span { text: direction::isolated(&span.text), ..span.clone() }),
    })
}

fn written(line: &Line, text_of: impl Fn(&Span) -> String) -> String {
    let mut text = String::new();
    for run in line.0.chunk_by(|a, b| a.op == b.op) {
        let words: String = run.iter().map(&text_of).collect();
        match run[0].op {
            Op::Equal => text.push_str(&words),
            Op::Delete => bracket(&words, "[-", "-]", &mut text),
            Op::Insert => bracket(&words, "{+", "+}", &mut text),
        }
    }
    text
}

/// The words between brackets, white space at their ends outside.
fn bracket(words: &str, open: &str, close: &str, text: &mut String) {
    let inner = words.trim();
    if inner.is_empty() {
        text.push_str(words);
        return;
    }
    let (head, tail) = around(words, inner);
    text.push_str(&format!("{head}{open}{inner}{close}{tail}"));
}

/// The white space before and after the trimmed part of a text.
pub(super) fn around<'a>(text: &'a str, trimmed: &str) -> (&'a str, &'a str) {
    let head = text.len() - text.trim_start().len();
    (&text[..head], &text[head + trimmed.len()..])
}

fn toned(span: &Span) -> String {
    match span.tone {
        Tone::Hit => format!("*{}*", span.text),
        Tone::Found => format!("“{}”", span.text),
        Tone::Code => format!("`{}`", unbroken(&span.text)),
        Tone::Plain | Tone::Strong => span.text.clone(),
    }
}

/// A short command stays on one line, so that it can be copied whole: its spaces are held together until the end.
fn unbroken(command: &str) -> String {
    if columns(command) <= WIDTH - 10 { command.replace(' ', HELD_SPACE) } else { command.to_owned() }
}

/// Breaks the text at spaces, and between characters of scripts that are written without them.
fn wrap(content: &str, first: &str, rest: &str, text: &mut String) {
    let (opening, end) =
        direction::line_marks(content).map_or((None, None), |(opening, end)| (Some(opening), Some(end)));
    let mut line = first.to_owned();
    line.extend(opening);
    let mut width = columns(first);
    let mut begun = false;
    for word in content.split_whitespace() {
        for (index, piece) in pieces(word).into_iter().enumerate() {
            let space = usize::from(begun && index == 0);
            if begun && width + space + columns(piece) > WIDTH {
                text.push_str(&line);
                text.extend(end);
                text.push('\n');
                line = rest.to_owned();
                line.extend(opening);
                width = columns(rest);
            } else if space == 1 {
                line.push(' ');
                width += 1;
            }
            line.push_str(piece);
            width += columns(piece);
            begun = true;
        }
    }
    text.push_str(&line);
    text.extend(end);
    text.push('\n');
    if content.contains(HELD_SPACE) {
        *text = text.replace(HELD_SPACE, " ");
    }
}

/// The parts of a word between which a line may break: only where two wide characters meet, and never before a
/// closing mark.
fn pieces(word: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut last = "";
    for (at, grapheme) in word.grapheme_indices(true) {
        if is_wide(last) && is_wide(grapheme) && !closes(grapheme) {
            pieces.push(&word[start..at]);
            start = at;
        }
        last = grapheme;
    }
    pieces.push(&word[start..]);
    pieces
}

/// How many columns a terminal or a fixed-width mail view gives the text, roughly.
fn columns(text: &str) -> usize {
    let shown = text.graphemes(true).filter(|grapheme| !direction::is_isolate(grapheme));
    shown.map(|grapheme| 1 + usize::from(is_wide(grapheme))).sum()
}

/// East Asian wide characters and emoji (after Unicode Standard Annex 11).
fn is_wide(grapheme: &str) -> bool {
    let wide = |c: char| {
        matches!(c, '\u{1100}'..='\u{115F}' | '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}'
            | '\u{FE30}'..='\u{FE6F}' | '\u{FF00}'..='\u{FF60}' | '\u{FFE0}'..='\u{FFE6}' | '\u{1F300}'..='\u{1FAFF}'
            | '\u{20000}'..='\u{3FFFD}')
    };
    grapheme.chars().next().is_some_and(wide)
}

fn closes(grapheme: &str) -> bool {
    matches!(grapheme, "。" | "，" | "、" | "」" | "』" | "）" | "】" | "》" | "！" | "？" | "：" | "；" | "ー" | "々")
}
