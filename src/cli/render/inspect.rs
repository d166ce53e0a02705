//! `inspect`: what wirewatch reads in a feed document, in a page, and in two pages of one article.

use super::diff;
use super::history::change_lines;
use super::sheet::Sheet;
use super::show::article_text;
use crate::cli::terminal::Terminal;
use crate::cli::text::{Mark, Text, count};
use crate::model::{ArticleText, Change, Diff, Entry, FeedDocument, Quality};
use crate::words;

/// An entry's summary is shown up to this many columns.
const SUMMARY_COLUMNS: usize = 200;

pub fn feed(document: &FeedDocument, terminal: &Terminal) -> String {
    let mut sheet = Sheet::new(terminal);
    sheet.heading(document.title.as_deref().unwrap_or("(no title)"));
    let kind = words::feed_kind(document.kind);
    sheet.prose(&format!("{kind}, {}", count(document.entries.len() as u64, "entry")).into());
    if document.partial {
        sheet.prose(
            &Text::new().then(Mark::Warning, "The document is damaged or ends early; these entries stand before that."),
        );
    }
    if document.is_too_long {
        sheet.prose(
            &Text::new().then(
                Mark::Warning,
                "The document lists more entries; these are the first, and no others are watched.",
            ),
        );
    }
    for entry in &document.entries {
        sheet.blank();
        one_entry(&mut sheet, entry, terminal);
    }
    sheet.finish()
}

fn one_entry(sheet: &mut Sheet<'_>, entry: &Entry, terminal: &Terminal) {
    sheet.heading(entry.title.as_deref().unwrap_or("(no title)"));
    if let Some(link) = &entry.link {
        sheet.indented("  ", &Text::new().then(Mark::Link, link.as_str()));
    }
    let words: usize = entry.text.iter().map(|paragraph| paragraph.text.split_whitespace().count()).sum();
    let facts: Vec<String> = [
        entry.published_at.map(|at| format!("published {}", terminal.moment(at))),
        entry.updated_at.map(|at| format!("updated {}", terminal.moment(at))),
        entry.author.as_deref().map(|author| format!("by {author}")),
        (words > 0).then(|| format!("full text, {}", count(words as u64, "word"))),
        (!entry.tags.is_empty()).then(|| entry.tags.join(", ")),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !facts.is_empty() {
        sheet.indented("  ", &Text::new().then(Mark::Faint, facts.join(" · ")));
    }
    if let Some(summary) = &entry.summary {
        sheet.indented("  ", &Text::plain(summary).truncated(SUMMARY_COLUMNS));
    }
    if entry.id.is_none() && !entry.key.is_empty() {
        sheet.indented("  ", &Text::new().then(Mark::Faint, format!("no id; known by {}", entry.key)));
    }
}

pub fn page(quality: Quality, reason: &str, text: &ArticleText, terminal: &Terminal) -> String {
    let mut sheet = Sheet::new(terminal);
    let (mark, quality) = words::quality(quality);
    let mut verdict = Text::plain("The page is ").then(mark, quality);
    if !reason.is_empty() {
        verdict.push(Mark::Plain, &format!(": {reason}"));
    }
    sheet.prose(&verdict);
    sheet.blank();
    sheet.heading(text.headline.as_deref().unwrap_or("(no headline)"));
    if let Some(url) = &text.canonical_url {
        sheet.line(&Text::new().then(Mark::Link, url.as_str()));
    }
    let facts: Vec<String> = [
        Some(count(text.words() as u64, "word")),
        text.language.as_deref().map(|language| format!("language {language}")),
        text.section.as_deref().map(|section| format!("section {section}")),
        (!text.tags.is_empty()).then(|| text.tags.join(", ")),
    ]
    .into_iter()
    .flatten()
    .collect();
    sheet.prose(&Text::new().then(Mark::Faint, facts.join(" · ")));
    article_text(&mut sheet, text, &[], terminal);
    sheet.finish()
}

pub fn change(change: Option<&Change>, words_changed: &Diff, terminal: &Terminal) -> String {
    let Some(change) = change else { return "No change that a reader would see.\n".to_owned() };
    let mut sheet = Sheet::new(terminal);
    let (mark, severity) = words::severity(change.severity);
    sheet.line(&Text::new().then(mark, severity));
    change_lines(&mut sheet, change);
    sheet.blank();
    sheet.append(&diff::words(words_changed, terminal));
    sheet.finish()
}
