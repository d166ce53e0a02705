//! `rules explain`: the query as a tree whose every part says whether it holds, by what, and where.

use super::excerpt;
use super::rules::{found_fields, found_words};
use super::sheet::Sheet;
use crate::cli::terminal::Terminal;
use crate::cli::text::{Mark, Text};
use crate::model::{ArticleText, Match};
use crate::rule::{Explanation, Operator};
use crate::words;

/// The narrowest that a part of a query is cut to.
const NARROWEST: usize = 12;

/// A version and what a query makes of it.
#[derive(Debug, Clone, Copy)]
pub struct Explained<'a> {
    /// Names the version: `12@2`.
    pub of: &'a str,
    pub headline: Option<&'a str>,
    pub text: &'a ArticleText,
    pub explanation: &'a Explanation,
}

/// The verdict, and below it the parts of the query, each with its own.
pub fn explained(explained: &Explained<'_>, terminal: &Terminal) -> String {
    let Explained { of, headline, text, explanation } = *explained;
    let mut sheet = Sheet::new(terminal);
    let verdict = if explanation.held { (Mark::Good, "matches") } else { (Mark::Bad, "does not match") };
    sheet.line(&Text::new().then(Mark::Strong, of).then(Mark::Plain, " ").then(verdict.0, verdict.1));
    if let Some(headline) = headline {
        sheet.prose(&Text::plain(format!("“{headline}”")));
    }
    sheet.blank();
    let mut tree = Tree { sheet, columns: terminal.prose_width(), text };
    tree.branch(explanation, "", "");
    tree.sheet.finish()
}

struct Tree<'a> {
    sheet: Sheet<'a>,
    columns: Option<usize>,
    text: &'a ArticleText,
}

impl Tree<'_> {
    /// One part of the tree: `first` stands before its own line, `rest` before the lines under it.
    fn branch(&mut self, part: &Explanation, first: &str, rest: &str) {
        let stem = if part.parts.is_empty() { "  " } else { "│ " };
        let under = format!("{rest}{stem}");
        let columns = self.columns.map(|columns| columns.saturating_sub(Text::plain(&under).width()));
        self.lines(&line(part, first.is_empty(), columns), first, &under, columns);
        if let Some(context) = self.context(part, columns) {
            self.lines(&context, &under, &under, columns);
        }
        for (index, child) in part.parts.iter().enumerate() {
            let is_last = index + 1 == part.parts.len();
            let (fork, stem) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            self.branch(child, &format!("{rest}{fork}"), &format!("{rest}{stem}"));
        }
    }

    fn lines(&mut self, text: &Text, first: &str, under: &str, columns: Option<usize>) {
        for (index, line) in text.wrapped(columns.map(|columns| columns.max(NARROWEST))).into_iter().enumerate() {
            let mut whole = Text::new().then(Mark::Faint, if index == 0 { first } else { under });
            whole.append(line);
            self.sheet.line(&whole);
        }
    }

    /// The words around what a term found, or around the two words of a NEAR that come closest.
    fn context(&self, part: &Explanation, columns: Option<usize>) -> Option<Text> {
        let matches: &[Match] = match part.closest() {
            Some(closest) => &closest.matches,
            None if part.parts.is_empty() => &part.matches,
            None => return None,
        };
        let context = excerpt::brief(matches, self.text)?;
        Some(match columns {
            Some(columns) => context.truncated(columns.max(NARROWEST)),
            None => context,
        })
    }
}

/// Sign, part and what became of it. The whole query is shown in full; of its parts only as much as two lines have room
/// for, since their own parts follow.
fn line(part: &Explanation, is_whole: bool, columns: Option<usize>) -> Text {
    let (mark, sign) = if part.held { (Mark::Good, "✓ ") } else { (Mark::Bad, "✗ ") };
    let verdict = verdict(part);
    let mut text = Text::plain(&part.text);
    if let (Some(columns), false, false) = (columns, is_whole, part.parts.is_empty()) {
        text = text.truncated((2 * columns).saturating_sub(verdict.width() + 4).max(NARROWEST));
    }
    let mut line = Text::new().then(mark, sign);
    line.append(text);
    line.push(Mark::Plain, "  ");
    line.append(verdict);
    line
}

/// What became of a part, in words: colour and sign say no more than they do.
fn verdict(part: &Explanation) -> Text {
    if part.held && matches!(part.operator, Operator::Words | Operator::Fact) {
        return found(&part.matches);
    }
    let mark = if part.held { Mark::Good } else { Mark::Bad };
    let (word, because) = words::verdict(part);
    let verdict = Text::new().then(mark, word);
    if because.is_empty() { verdict } else { verdict.then(Mark::Plain, format!(": {because}")) }
}

/// `CSTO ×2 (summary, text)`
fn found(matches: &[Match]) -> Text {
    found_words(matches).then(Mark::Faint, format!(" ({})", found_fields(matches)))
}
