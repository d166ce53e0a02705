//! `diff --format words`: the words that changed, in their sentences.

use super::history::change_lines;
use super::sheet::Sheet;
use crate::cli::terminal::Terminal;
use crate::cli::text::{Mark, Text};
use crate::model::{Change, Diff, Op, ParagraphChange, ParagraphOp, Role, WordChange};
use crate::store::{ArticleRow, VersionRow};
use crate::words::{self, changed_fields, is_unchanged, move_note, unchanged_note};

/// What is said above the words: which article, which versions, what kind of change.
pub fn heading(
    article: &ArticleRow,
    from: &VersionRow,
    to: &VersionRow,
    change: Option<&Change>,
    terminal: &Terminal,
) -> String {
    let mut sheet = Sheet::new(terminal);
    sheet.line(&Text::new().then(Mark::Link, article.url.as_str()));
    for version in [from, to] {
        sheet.line(&Text::plain(format!(
            "version {}  {}",
            version.number,
            terminal.moment_and_ago(version.observed_at)
        )));
    }
    if let Some(change) = change {
        let (mark, severity) = words::severity(change.severity);
        sheet.blank();
        sheet.line(&Text::new().then(mark, severity));
        change_lines(&mut sheet, change);
    }
    sheet.blank();
    sheet.finish()
}

/// The same as lines of text, for a page.
pub fn facts(from: &VersionRow, to: &VersionRow, change: Option<&Change>, terminal: &Terminal) -> Vec<String> {
    let mut facts: Vec<String> =
        [from, to].map(|row| format!("version {}, {}", row.number, terminal.moment(row.observed_at))).into();
    if let Some(change) = change {
        let (_, severity) = words::severity(change.severity);
        facts.push(format!("{severity}: {}", words::kinds(change)));
        facts.extend(words::word_balance(change));
        if change.silent {
            facts.push("silent: not marked by the publisher".to_owned());
        }
    }
    facts
}

/// The changed fields and paragraphs; unchanged paragraphs are counted.
///
/// With colour, what went is red and struck, what came is green and underlined; without, `[-went-]` and `{+came+}`.
pub fn words(diff: &Diff, terminal: &Terminal) -> String {
    let mut sheet = Sheet::new(terminal);
    for (name, changes) in changed_fields(diff) {
        sheet.blank();
        sheet.prose(&Text::new().then(Mark::Faint, name));
        sheet.prose(&marked(changes, Mark::Plain, terminal));
    }
    let mut unchanged = 0;
    for paragraph in &diff.paragraphs {
        if paragraph.op == ParagraphOp::Equal {
            unchanged += 1;
            continue;
        }
        skipped(&mut sheet, std::mem::take(&mut unchanged));
        changed_paragraph(&mut sheet, paragraph, terminal);
    }
    if is_unchanged(diff) {
        return "No words differ.\n".to_owned();
    }
    skipped(&mut sheet, unchanged);
    sheet.finish()
}

fn skipped(sheet: &mut Sheet<'_>, unchanged: usize) {
    if unchanged > 0 {
        sheet.blank();
        sheet.line(&Text::new().then(Mark::Faint, format!("… {} …", unchanged_note(unchanged))));
    }
}

fn changed_paragraph(sheet: &mut Sheet<'_>, paragraph: &ParagraphChange, terminal: &Terminal) {
    sheet.blank();
    if let Some(note) = move_note(paragraph) {
        sheet.line(&Text::new().then(Mark::Warning, format!("({note})")));
    }
    let mark = if paragraph.role == Role::Heading { Mark::Strong } else { Mark::Plain };
    sheet.prose(&marked(&paragraph.words, mark, terminal));
}

fn marked(changes: &[WordChange], equal: Mark, terminal: &Terminal) -> Text {
    let mut text = Text::new();
    for change in changes {
        match (change.op, terminal.colour) {
            (Op::Equal, _) => text.push(equal, &change.text),
            (Op::Insert, true) => text.push(Mark::Added, &change.text),
            (Op::Delete, true) => text.push(Mark::Removed, &change.text),
            (Op::Insert, false) => bracketed(&mut text, "{+", &change.text, "+}"),
            (Op::Delete, false) => bracketed(&mut text, "[-", &change.text, "-]"),
        }
    }
    text
}

/// Brackets stand at the words, with white space outside.
fn bracketed(text: &mut Text, open: &str, words: &str, close: &str) {
    let bare = words.trim();
    if bare.is_empty() {
        return text.push(Mark::Plain, &format!("{open}{words}{close}"));
    }
    let start = words.len() - words.trim_start().len();
    text.push(Mark::Plain, &words[..start]);
    text.push(Mark::Plain, &format!("{open}{bare}{close}"));
    text.push(Mark::Plain, &words[start + bare.len()..]);
}
