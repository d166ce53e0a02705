//! `history`: what became of an article, version by version, oldest first.

use super::sheet::Sheet;
use super::{hiding, mutes, notices};
use crate::cli::terminal::Terminal;
use crate::cli::text::{Mark, Text, count};
use crate::model::{self, Alias, Change, Figure, Mute, Quality};
use crate::store::{ArticleRow, History, VersionRow};
use crate::words;

/// What the store gives as the problem of an article that was told as gone.
const TAKEN_DOWN: &str = "taken down";

/// `mutes` are those in force that concern the article.
pub fn told(history: &History, rules: &[String], muted: &[Mute], terminal: &Terminal) -> String {
    let mut sheet = Sheet::new(terminal);
    article_head(&mut sheet, &history.article, rules, terminal);
    history.aliases.iter().for_each(|alias| alias_line(&mut sheet, alias, terminal));
    let mut before: Option<&VersionRow> = None;
    for version in &history.versions {
        sheet.blank();
        version_block(&mut sheet, version, before, terminal);
        before = Some(version);
    }
    if !muted.is_empty() {
        sheet.blank();
        sheet.heading("Muted");
    }
    for mute in muted {
        sheet.indented("  ", &mutes::told(mute, terminal));
    }
    if !history.notices.is_empty() {
        sheet.blank();
        sheet.heading("Notices");
    }
    for notice in &history.notices {
        sheet.indented("  ", &notices::told(notice, terminal));
    }
    if history.versions.is_empty() {
        sheet.blank();
        let reason = without_version(&history.article, terminal);
        sheet.prose(&Text::plain("No version: ").then(Mark::Warning, reason));
    }
    sheet.finish()
}

/// Why nothing is stored of an article.
pub fn without_version(article: &ArticleRow, terminal: &Terminal) -> String {
    match (&article.problem, article.pruned_at) {
        (Some(problem), _) => problem.clone(),
        (None, Some(at)) => format!("older than `retention` in [store], taken away {}", terminal.moment_and_ago(at)),
        (None, None) => "its page was not looked at yet".to_owned(),
    }
}

/// Headline, address, and the facts that hold for all versions.
pub(super) fn article_head(sheet: &mut Sheet<'_>, article: &ArticleRow, rules: &[String], terminal: &Terminal) {
    sheet.heading(article.headline.as_deref().unwrap_or("(no headline)"));
    sheet.line(&Text::new().then(Mark::Link, article.url.as_str()));
    let mut facts = vec![format!("article {}", article.id.0), count(u64::from(article.versions), "version")];
    if !article.feeds.is_empty() {
        facts.push(format!("in {}", article.feeds.join(", ")));
    }
    facts.push(format!("first seen {}", terminal.moment(article.first_seen)));
    sheet.prose(&Text::new().then(Mark::Faint, facts.join(" · ")));
    if let Some(older) = article.same_as {
        let text = format!("the same as article {}, where it goes on", older.0);
        sheet.prose(&Text::new().then(Mark::Warning, text));
    }
    if article.versions > 0 {
        trouble(sheet, article, terminal);
    }
    if !rules.is_empty() {
        sheet.prose(&Text::new().then(Mark::Faint, "matches ").then(Mark::Hit, rules.join(", ")));
    }
}

/// `also https://news.example/a/amp (AMP page)`
fn alias_line(sheet: &mut Sheet<'_>, alias: &Alias, terminal: &Terminal) {
    let seen = match (terminal.moment(alias.first_seen), terminal.moment(alias.last_seen)) {
        (first, last) if first == last => format!("seen {first}"),
        (first, last) => format!("seen {first} to {last}"),
    };
    let mut line = Text::new().then(Mark::Faint, "also ").then(Mark::Link, alias.url.as_str());
    line.push(Mark::Faint, &format!(" ({}, {seen})", words::alias(alias.kind)));
    sheet.prose(&line);
}

/// What stood in the way when the article was last looked at, above all that it was taken down.
pub(super) fn trouble(sheet: &mut Sheet<'_>, article: &ArticleRow, terminal: &Terminal) {
    let problem = article.problem.as_deref();
    let mut line = match (article.gone, problem) {
        (true, None | Some(TAKEN_DOWN)) => Text::new().then(Mark::Bad, TAKEN_DOWN),
        (true, Some(problem)) => Text::new().then(Mark::Bad, format!("{TAKEN_DOWN}: {problem}")),
        (false, Some(problem)) if article.quality == Some(Quality::Shortened) => {
            Text::new().then(Mark::Warning, format!("waits to be believed: {problem}"))
        }
        (false, Some(problem)) => Text::new().then(Mark::Warning, format!("not readable at the last look: {problem}")),
        (false, None) => return,
    };
    if let Some(looked) = article.last_check {
        line.push(Mark::Faint, &format!(" · last looked at {}", terminal.moment_and_ago(looked)));
    }
    sheet.prose(&line);
}

fn version_block(sheet: &mut Sheet<'_>, version: &VersionRow, before: Option<&VersionRow>, terminal: &Terminal) {
    let mut head = Text::new().then(Mark::Strong, format!("version {}", version.number));
    head.push(Mark::Plain, &format!("  {}", terminal.moment_and_ago(version.observed_at)));
    if let Some(hiding) = &version.hidden {
        sheet.line(&head.then(Mark::Warning, "  hidden"));
        return sheet.indented("  ", &hiding::told(hiding, terminal));
    }
    // With what is hidden nothing is compared.
    let before = before.filter(|before| before.hidden.is_none());
    match (&version.change, before) {
        (Some(change), before) if change.is_technical() => {
            let word = if change.is_marked(model::Mark::ReadAnew) { "read anew" } else { "technical" };
            sheet.line(&head.then(Mark::Faint, format!("  {word}")));
            reading_lines(sheet, change, version, before);
        }
        (Some(change), before) => {
            let (mark, severity) = words::severity(change.severity);
            sheet.line(&head.then(Mark::Plain, "  ").then(mark, severity));
            change_lines(sheet, change);
            field_lines(sheet, version, before, terminal);
        }
        (None, None) => {
            sheet.line(&head);
            first_lines(sheet, version, terminal);
        }
        (None, before @ Some(_)) => {
            sheet.line(&head);
            field_lines(sheet, version, before, terminal);
        }
    }
}

/// What another reading is, said so that nobody takes it for an edit.
fn reading_lines(sheet: &mut Sheet<'_>, change: &Change, version: &VersionRow, before: Option<&VersionRow>) {
    let source = before.filter(|before| before.source != version.source).map(|_| words::source(version.source));
    let why = match (source, change.is_marked(model::Mark::ReadAnew)) {
        (Some(source), _) => format!("no edit: now read from {source}"),
        (None, true) => "no edit: read by another extractor or site rule".to_owned(),
        (None, false) => "no edit: read differently by wirewatch".to_owned(),
    };
    let balance = words::word_balance(change).map(|balance| format!("; {balance}")).unwrap_or_default();
    sheet.indented("  ", &Text::new().then(Mark::Faint, why + &balance));
    let Some(headline) = version.headline.as_deref() else { return };
    if before.is_some_and(|before| before.headline != version.headline) {
        sheet.indented("  ", &Text::new().then(Mark::Faint, format!("the headline now reads “{headline}”")));
    }
}

/// How an article was when it was first stored.
fn first_lines(sheet: &mut Sheet<'_>, version: &VersionRow, terminal: &Terminal) {
    let mut facts = format!("{}, read from {}", words::length(version.words), words::source(version.source));
    if let Some(byline) = &version.byline {
        facts.push_str(&format!(", by {}", without_by(byline)));
    }
    sheet.indented("  ", &Text::plain(facts));
    if let Some(published) = version.published_at {
        sheet.indented("  ", &Text::plain(format!("published {}", terminal.moment(published))));
    }
    if let Some(headline) = &version.headline {
        sheet.indented("  ", &Text::plain(format!("“{headline}”")));
    }
}

/// The byline without the word that we write before it.
pub(super) fn without_by(byline: &str) -> &str {
    let stripped = byline.get(..3).filter(|start| start.eq_ignore_ascii_case("by "));
    stripped.map_or(byline, |_| byline[3..].trim_start())
}

/// What a change is, without the words themselves.
pub(super) fn change_lines(sheet: &mut Sheet<'_>, change: &Change) {
    let mut summary = words::kinds(change);
    if let Some(balance) = words::word_balance(change) {
        summary.push_str(&format!("; {balance}"));
    }
    sheet.indented("  ", &Text::plain(summary));
    if let Some(earlier) = change.restores {
        sheet.indented("  ", &Text::plain(format!("the same as version {earlier} again")));
    }
    for figure in &change.figures {
        sheet.indented("  ", &figure_line(figure));
    }
    if change.silent {
        sheet.indented("  ", &Text::new().then(Mark::Bad, "silent: not marked by the publisher"));
    }
}

/// `dozens → 26 in “At least 26 people died.”`
fn figure_line(figure: &Figure) -> Text {
    let mut line = Text::new();
    match (&figure.before, &figure.after) {
        (Some(before), Some(after)) => {
            line.push(Mark::Removed, before);
            line.push(Mark::Plain, " → ");
            line.push(Mark::Added, after);
        }
        (None, Some(after)) => {
            line.push(Mark::Added, after);
            line.push(Mark::Plain, " added");
        }
        (Some(before), None) => {
            line.push(Mark::Removed, before);
            line.push(Mark::Plain, " removed");
        }
        (None, None) => {}
    }
    if !figure.context.is_empty() {
        line.push(Mark::Faint, &format!("  in “{}”", figure.context));
    }
    line
}

/// The fields that differ from the version before.
fn field_lines(sheet: &mut Sheet<'_>, version: &VersionRow, before: Option<&VersionRow>, terminal: &Terminal) {
    let Some(before) = before else { return };
    if version.headline != before.headline {
        before_and_after(sheet, before.headline.as_deref(), version.headline.as_deref(), "headline");
    }
    if version.byline != before.byline {
        let name = |byline: &Option<String>| byline.clone().unwrap_or_else(|| "(none)".to_owned());
        sheet.indented("  ", &Text::plain(format!("byline: {} → {}", name(&before.byline), name(&version.byline))));
    }
    if version.source != before.source {
        sheet.indented("  ", &Text::plain(format!("now read from {}", words::source(version.source))));
    }
    if let Some(modified) = version.modified_at.filter(|at| before.modified_at != Some(*at)) {
        let line = format!("the publisher says: modified {}", terminal.moment(modified));
        sheet.indented("  ", &Text::new().then(Mark::Faint, line));
    }
}

fn before_and_after(sheet: &mut Sheet<'_>, before: Option<&str>, after: Option<&str>, field: &str) {
    let none = format!("(no {field})");
    sheet.indented("  - ", &Text::new().then(Mark::Bad, before.unwrap_or(&none)));
    sheet.indented("  + ", &Text::new().then(Mark::Good, after.unwrap_or(&none)));
}
