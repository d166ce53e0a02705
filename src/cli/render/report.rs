//! `export --format html`: one article as a report that stands alone: every version, its hash, and what changed.
//!
//! It holds no script and loads nothing, and a policy in its head keeps it so. Its parts are rendered one by one, so that
//! a long history need not be in memory.

use super::history::without_by;
use super::html::{changes, escaped, link, marked};
use crate::cli::terminal::Terminal;
use crate::cli::text::count;
use crate::model::{ArticleText, Change, Diff, Figure, Role, Severity, Timestamp};
use crate::store::{Flaw, Hiding, History, VersionRow};
use crate::words::{self, changed_fields, is_unchanged, short_span};

const STYLE: &str = include_str!("report.css");

/// What the report is about.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    pub history: &'a History,
    /// Those that the latest version matches.
    pub rules: &'a [String],
    /// What the check of its texts, pages and hashes found.
    pub flaws: &'a [Flaw],
    pub terminal: &'a Terminal,
}

impl Report<'_> {
    /// Up to the first version: what the article is, and its versions on a page.
    pub fn head(&self) -> String {
        let article = &self.history.article;
        let headline = escaped(article.headline.as_deref().unwrap_or("(no headline)"));
        let mut page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" \
             content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{headline}</title>\n\
             <style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n<p class=\"kicker\">{}: what it said, and when</p>\n\
             <h1 dir=\"auto\">{headline}</h1>\n",
            escaped(article.url.host_str().unwrap_or("an article"))
        );
        self.facts(&mut page);
        page.push_str("</header>\n<main>\n");
        self.overview(&mut page);
        page.push_str("<section>\n<h2>Version by version</h2>\n");
        page
    }

    fn facts(&self, page: &mut String) {
        let History { article, aliases, versions, .. } = self.history;
        page.push_str("<dl>\n");
        fact(page, "Address", &link(article.url.as_str()));
        let others: Vec<String> = aliases.iter().map(|alias| link(alias.url.as_str())).collect();
        if !others.is_empty() {
            fact(page, "Also at", &others.join("<br>"));
        }
        if !article.feeds.is_empty() {
            fact(page, "Announced by", &escaped(&article.feeds.join(", ")));
        }
        if let Some(published) = versions.iter().find_map(|version| version.published_at) {
            fact(page, "Published", &format!("{}, as the publisher says", self.time(published)));
        }
        fact(page, "First seen", &self.time(article.first_seen));
        if versions.len() > 1 {
            fact(page, "Last changed", &self.time(article.last_changed));
        }
        let mut kept = count(versions.len() as u64, "version");
        if article.revisions > 0 {
            kept += &format!("; the publisher revised it {}", times(article.revisions));
        }
        fact(page, "Kept", &kept);
        if article.gone {
            fact(page, "State", "<strong class=\"severity major\">taken down</strong>");
        }
        if !self.rules.is_empty() {
            fact(page, "Matches", &escaped(&self.rules.join(", ")));
        }
        let chain = match self.flaws.len() as u64 {
            0 => "every text and page is what was stored, and every hash follows from the one before".to_owned(),
            flaws => format!("<strong class=\"severity major\">{}</strong>, named below", count(flaws, "flaw")),
        };
        fact(page, "Checked", &format!("{}: {chain}", self.time(self.terminal.now)));
        page.push_str("</dl>\n");
        for flaw in self.flaws {
            let place = flaw.version.map(|version| format!("version {version}: ")).unwrap_or_default();
            page.push_str(&format!("<p class=\"warning\">{}</p>\n", escaped(&format!("{place}{}", flaw.what))));
        }
    }

    fn overview(&self, page: &mut String) {
        page.push_str(
            "<section>\n<h2>Its versions</h2>\n<table class=\"overview\">\n<thead><tr><th scope=\"col\">Version</th>\
             <th scope=\"col\">Observed</th><th scope=\"col\">Headline, and what changed</th></tr></thead>\n<tbody>\n",
        );
        let mut before: Option<&VersionRow> = None;
        for row in &self.history.versions {
            let headline = row.headline.as_deref().filter(|_| before.is_none_or(|b| b.headline != row.headline));
            let mut cell = headline.map(|headline| bdi("headline", headline)).unwrap_or_default();
            let what = self.what(row, before);
            if !cell.is_empty() && !what.is_empty() {
                cell.push_str("<br>");
            }
            cell.push_str(&what);
            page.push_str(&format!(
                "<tr><td class=\"number\"><a href=\"#v{0}\">{0}</a></td><td class=\"when\">{1}</td><td>{cell}</td></tr>\n",
                row.number,
                self.time(row.observed_at)
            ));
            before = Some(row);
        }
        page.push_str(
            "</tbody>\n</table>\n<p class=\"legend\">In what follows, words that came are <ins>underlined</ins>, and words \
             that went are <del>struck</del>.</p>\n</section>\n",
        );
    }

    /// What a version is, in a line of HTML.
    fn what(&self, row: &VersionRow, before: Option<&VersionRow>) -> String {
        if row.hidden.is_some() {
            return "hidden".to_owned();
        }
        let Some(change) = &row.change else {
            return format!("{}, read from {}", words::length(row.words), words::source(row.source));
        };
        let mut parts = vec![severity(change), escaped(&words::kinds(change))];
        parts.extend(words::word_balance(change));
        if change.silent {
            parts.push("silent: not marked by the publisher".to_owned());
        }
        if let Some(earlier) = change.restores {
            parts.push(format!("the same as version {earlier} again"));
        }
        let waited = before.map(|before| row.observed_at.since(before.observed_at));
        parts.extend(waited.map(|waited| format!("{} after the version before", short_span(waited))));
        parts.retain(|part| !part.is_empty());
        parts.join(" · ")
    }

    /// The first version that can be shown, in full.
    pub fn first(&self, row: &VersionRow, before: Option<&VersionRow>, text: &ArticleText) -> String {
        let mut page = self.begin(row, before);
        page.push_str(&self.full(text));
        page.push_str("</article>\n");
        page
    }

    /// What a version changed. `since` is the version that it is compared with, where that is not the one before.
    pub fn step(
        &self,
        row: &VersionRow,
        before: &VersionRow,
        since: Option<u32>,
        diff: &Diff,
        language: Option<&str>,
    ) -> String {
        let mut page = self.begin(row, Some(before));
        if let Some(since) = since {
            let why = format!("Compared with version {since}: what lies between cannot be shown.");
            page.push_str(&format!("<p class=\"note\">{why}</p>\n"));
        }
        figures(&mut page, row.change.as_ref());
        page.push_str(&format!("<div class=\"text\"{}>\n", lang(language)));
        for (name, words) in changed_fields(diff) {
            page.push_str(&format!("<h3 lang=\"en\">{}</h3>\n<p dir=\"auto\">{}</p>\n", capital(name), marked(words)));
        }
        if is_unchanged(diff) {
            page.push_str("<p class=\"note\" lang=\"en\">No words differ.</p>\n");
        } else if diff.paragraphs.iter().any(|row| row.op != crate::model::ParagraphOp::Equal) {
            page.push_str("<h3 lang=\"en\">Text</h3>\n");
            changes(&mut page, &diff.paragraphs);
        }
        page.push_str("</div>\n</article>\n");
        page
    }

    /// A version that cannot be shown, and why.
    pub fn unshown(&self, row: &VersionRow, before: Option<&VersionRow>, why: &str) -> String {
        format!("{}<p class=\"warning\">{}</p>\n</article>\n", self.begin(row, before), escaped(why))
    }

    /// Behind the last version: the latest text in full, and how the hashes are made.
    pub fn foot(&self, latest: Option<(&VersionRow, &ArticleText)>) -> String {
        let mut page = "</section>\n".to_owned();
        if let Some((row, text)) = latest.filter(|(row, _)| row.number > 1) {
            page.push_str(&format!(
                "<section>\n<h2>The latest text in full<span class=\"when\">version {}, {}</span></h2>\n{}</section>\n",
                row.number,
                self.time(row.observed_at),
                self.full(text)
            ));
        }
        self.hashes(&mut page);
        page.push_str(&format!(
            "</main>\n<footer>Made by wirewatch {} on {}. Times are in the zone {}.</footer>\n</body>\n</html>\n",
            env!("CARGO_PKG_VERSION"),
            self.time(self.terminal.now),
            escaped(self.terminal.zone.name())
        ));
        page
    }

    fn hashes(&self, page: &mut String) {
        page.push_str(
            "<section>\n<h2>Hashes</h2>\n<p>The hash of a version is the SHA-256 over its number, the article’s address, when \
             and where it was read, the SHA-256 of its text, that of its page, and the hash of the version before. So nothing \
             before a version can be altered, added or taken away without another hash for it. <code>wirewatch verify</code> \
             computes them anew, and <code>wirewatch export --format warc</code> writes the pages.</p>\n<dl>\n",
        );
        for row in &self.history.versions {
            let mut hashes = format!("<code>{}</code>", escaped(&row.sha256));
            if let Some(page) = &row.page_sha256 {
                hashes.push_str(&format!("<br><span class=\"hash\">its page <code>{}</code></span>", escaped(page)));
            }
            fact(page, &format!("Version {}", row.number), &hashes);
        }
        page.push_str("</dl>\n</section>\n");
    }

    fn begin(&self, row: &VersionRow, before: Option<&VersionRow>) -> String {
        let what = match row.hidden {
            Some(_) => String::new(),
            None => format!("<p>{}</p>\n", self.what(row, before)),
        };
        format!(
            "<article class=\"version\" id=\"v{0}\">\n<header>\n<h2>Version {0}<span class=\"when\">{1}</span></h2>\n\
             {2}<p class=\"hash\">SHA-256 <code>{3}</code></p>\n</header>\n",
            row.number,
            self.time(row.observed_at),
            what,
            escaped(&row.sha256)
        )
    }

    fn full(&self, text: &ArticleText) -> String {
        let mut page = format!("<div class=\"text\"{}>\n", lang(text.language.as_deref()));
        let mut line = |class: &str, text: Option<&str>| {
            if let Some(text) = text {
                page.push_str(&format!("<p dir=\"auto\" class=\"{class}\">{}</p>\n", escaped(text)));
            }
        };
        line("title", text.headline.as_deref());
        line("summary", text.summary.as_deref());
        line("credits", text.byline.as_deref().map(without_by));
        line("quotation", text.correction.as_deref());
        for paragraph in &text.paragraphs {
            page.push_str(&format!("<p dir=\"auto\"{}>{}</p>\n", class(paragraph.role), escaped(&paragraph.text)));
        }
        page.push_str("</div>\n");
        page
    }

    /// A moment in the reader's zone, to the second, with what a program reads.
    fn time(&self, at: Timestamp) -> String {
        let told = at.to_utc().with_timezone(&self.terminal.zone).format("%-d %b %Y, %H:%M:%S %Z").to_string();
        format!("<time datetime=\"{at}\">{}</time>", escaped(&told))
    }
}

/// Why a version is not shown.
pub fn hidden(hiding: &Hiding, terminal: &Terminal) -> String {
    let who = hiding.who.as_ref().map(|who| format!(" by {who}")).unwrap_or_default();
    format!(
        "This version was hidden{who} on {}: {}. Its hash remains, and so the chain of hashes can be checked.",
        terminal.moment(hiding.hidden_at),
        hiding.why.trim_end_matches('.')
    )
}

fn fact(page: &mut String, name: &str, value: &str) {
    page.push_str(&format!("<dt>{}</dt><dd>{value}</dd>\n", escaped(name)));
}

fn severity(change: &Change) -> String {
    let class = match change.severity {
        Some(Severity::Major) => " major",
        Some(Severity::Notable) => " notable",
        Some(Severity::Minor) => "",
        None => return String::new(),
    };
    format!("<span class=\"severity{class}\">{}</span>", words::severity(change.severity).1)
}

/// The figures that changed, each with its sentence.
fn figures(page: &mut String, change: Option<&Change>) {
    let figures = change.map(|change| change.figures.as_slice()).unwrap_or_default();
    if figures.is_empty() {
        return;
    }
    page.push_str("<h3>Figures</h3>\n<ul class=\"figures\">\n");
    for figure in figures {
        page.push_str(&format!("<li>{}</li>\n", one_figure(figure)));
    }
    page.push_str("</ul>\n");
}

fn one_figure(figure: &Figure) -> String {
    let Figure { before, after, context } = figure;
    let side = |tag: &str, figure: &String| format!("<bdi><{tag}>{}</{tag}></bdi>", escaped(figure));
    let mut line = match (before, after) {
        (Some(before), Some(after)) => format!("{} → {}", side("del", before), side("ins", after)),
        (None, Some(after)) => format!("{} added", side("ins", after)),
        (Some(before), None) => format!("{} removed", side("del", before)),
        (None, None) => String::new(),
    };
    if !context.is_empty() {
        line.push_str(&format!(" in <q><bdi>“{}”</bdi></q>", escaped(context)));
    }
    line
}

pub(super) fn class(role: Role) -> &'static str {
    match role {
        Role::Heading => " class=\"heading\"",
        Role::Quotation => " class=\"quotation\"",
        Role::ListItem => " class=\"item\"",
        Role::Caption => " class=\"caption\"",
        Role::Paragraph | Role::TableRow | Role::Post => "",
    }
}

fn bdi(class: &str, text: &str) -> String {
    format!("<bdi class=\"{class}\">{}</bdi>", escaped(text))
}

fn lang(language: Option<&str>) -> String {
    language.map(|language| format!(" lang=\"{}\"", escaped(language))).unwrap_or_default()
}

fn capital(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

fn times(number: u32) -> String {
    match number {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        more => format!("{more} times"),
    }
}
