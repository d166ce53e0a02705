//! `show`: one version of an article in full, with the words that rules found.

use std::ops::Range;

use super::history::{trouble, without_by};
use super::sheet::Sheet;
use crate::archive::hits;
use crate::cli::terminal::Terminal;
use crate::cli::text::{Mark, Text};
use crate::model::{ArticleText, Match, MatchField, Paragraph, Role};
use crate::store::{ArticleRow, VersionRow};
use crate::words;

/// A version with what surrounds it.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    pub article: &'a ArticleRow,
    pub version: &'a VersionRow,
    pub text: &'a ArticleText,
    /// The rules that this version matches.
    pub rules: &'a [String],
    /// Where they do.
    pub matches: &'a [Match],
}

pub fn shown(shown: &Shown<'_>, terminal: &Terminal) -> String {
    let Shown { article, version, text, rules, matches } = *shown;
    let mut sheet = Sheet::new(terminal);
    field(&mut sheet, Mark::Strong, text.headline.as_deref().unwrap_or("(no headline)"), MatchField::Title, matches);
    sheet.line(&Text::new().then(Mark::Link, article.url.as_str()));
    let observed = format!(
        "version {} of {}, {}, {} from {}",
        version.number,
        article.versions,
        terminal.moment_and_ago(version.observed_at),
        words::length(version.words),
        words::source(version.source),
    );
    sheet.prose(&Text::new().then(Mark::Faint, observed));
    trouble(&mut sheet, article, terminal);
    if !rules.is_empty() {
        sheet.prose(&Text::new().then(Mark::Faint, "matches ").then(Mark::Hit, rules.join(", ")));
    }
    article_text(&mut sheet, text, matches, terminal);
    sheet.finish()
}

/// Everything below the headline: who and when, standfirst, correction, paragraphs.
pub(super) fn article_text(sheet: &mut Sheet<'_>, text: &ArticleText, matches: &[Match], terminal: &Terminal) {
    if let Some(credits) = credits(text, terminal) {
        sheet.prose(&Text::plain(credits));
    }
    if let Some(summary) = &text.summary {
        sheet.blank();
        field(sheet, Mark::Plain, summary, MatchField::Summary, matches);
    }
    if let Some(correction) = &text.correction {
        sheet.blank();
        sheet.prose(&Text::new().then(Mark::Warning, correction));
    }
    let whole = text.text();
    let hits = hits(matches, &[MatchField::Body, MatchField::Added], &whole);
    let mut start = 0;
    let mut role_before = None;
    for paragraph in &text.paragraphs {
        let is_run_on =
            role_before == Some(paragraph.role) && matches!(paragraph.role, Role::ListItem | Role::TableRow);
        if !is_run_on {
            sheet.blank();
        }
        one_paragraph(sheet, paragraph, &within(&hits, start, paragraph.text.len()));
        start += paragraph.text.len() + 2;
        role_before = Some(paragraph.role);
    }
}

/// `By Jane Doe · published … · modified …`
fn credits(text: &ArticleText, terminal: &Terminal) -> Option<String> {
    let byline = text.byline.as_deref().map(|byline| format!("by {}", without_by(byline)));
    let published = text.published_at.map(|at| format!("published {}", terminal.moment(at)));
    let modified = text.modified_at.map(|at| format!("modified {}", terminal.moment(at)));
    let credits: Vec<String> = [byline, published, modified].into_iter().flatten().collect();
    (!credits.is_empty()).then(|| credits.join(" · "))
}

fn field(sheet: &mut Sheet<'_>, mark: Mark, text: &str, field: MatchField, matches: &[Match]) {
    let mut marked = Text::new();
    marked.push_with_hits(mark, text, &hits(matches, &[field], text));
    sheet.prose(&marked);
}

fn one_paragraph(sheet: &mut Sheet<'_>, paragraph: &Paragraph, hits: &[Range<usize>]) {
    let (prefix, mark) = match paragraph.role {
        Role::Paragraph => ("", Mark::Plain),
        Role::Heading => ("", Mark::Strong),
        Role::ListItem => ("• ", Mark::Plain),
        Role::Quotation => ("> ", Mark::Plain),
        Role::TableRow => ("| ", Mark::Plain),
        Role::Caption => ("", Mark::Faint),
        Role::Post => ("» ", Mark::Plain),
    };
    let mut text = Text::new();
    text.push_with_hits(mark, &paragraph.text, hits);
    sheet.indented(prefix, &text);
}

/// The spans that lie in `length` bytes from `start`, counted from there. One that runs across paragraphs is left out.
fn within(spans: &[Range<usize>], start: usize, length: usize) -> Vec<Range<usize>> {
    let inside = spans.iter().filter(|span| span.start >= start && span.end <= start + length);
    inside.map(|span| span.start - start..span.end - start).collect()
}
