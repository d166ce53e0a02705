//! `diff --format html`: a page that stands alone, in light and dark.

use crate::cli::terminal::clean;
use crate::model::{Diff, Op, ParagraphChange, ParagraphOp, Role, WordChange};
use crate::words::{changed_fields, is_unchanged, move_note, unchanged_note};

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1b1b;--paper:#fdfdfb;--faint:#6b6b6b;--came:#dff3e0;--came-ink:#0b5d1e;--went:#fbe3e1;--went-ink:#8f1d14}
@media(prefers-color-scheme:dark){:root{--ink:#e6e4df;--paper:#16181a;--faint:#9a9a95;--came:#12351b;--came-ink:#9fe0ad;--went:#401815;--went-ink:#f2b0a8}}
body{max-width:44rem;margin:2rem auto;padding:0 1rem;font:1.05rem/1.55 Georgia,serif;color:var(--ink);background:var(--paper)}
header,summary,.note,h2{font-family:system-ui,sans-serif;font-size:.85rem;color:var(--faint)}
h1{font-size:1.5rem;line-height:1.25;margin:.2rem 0 .6rem}h2{margin:1.2rem 0 0;font-weight:normal}
ins{background:var(--came);color:var(--came-ink);text-decoration:underline}
del{background:var(--went);color:var(--went-ink);text-decoration:line-through}
.heading{font-weight:bold}.quotation{border-inline-start:3px solid var(--faint);padding-inline-start:.8rem}
.moved{border-inline-start:3px dotted var(--faint);padding-inline-start:.8rem}
a{color:inherit;overflow-wrap:anywhere}details{margin:.8rem 0}
";

/// What the page says above the words.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    pub title: &'a str,
    pub url: Option<&'a str>,
    /// One line each: which versions, what kind of change.
    pub facts: &'a [String],
    /// BCP 47.
    pub language: Option<&'a str>,
}

pub fn page(head: &Head<'_>, diff: &Diff) -> String {
    let language = head.language.map(|language| format!(" lang=\"{}\"", escaped(language))).unwrap_or_default();
    let title = escaped(head.title);
    let mut page = format!(
        "<!DOCTYPE html>\n<html{language}>\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
    );
    page.push_str("<header>\n");
    if let Some(url) = head.url {
        page.push_str(&format!("<div>{}</div>\n", link(url)));
    }
    for fact in head.facts {
        page.push_str(&format!("<div>{}</div>\n", escaped(fact)));
    }
    page.push_str("</header>\n<main>\n");
    headline(&mut page, head.title, &diff.headline);
    for (name, words) in changed_fields(diff).into_iter().filter(|(name, _)| *name != "headline") {
        page.push_str(&format!("<h2>{name}</h2>\n<p dir=\"auto\">{}</p>\n", marked(words)));
    }
    if is_unchanged(diff) {
        page.push_str("<p class=\"note\">No words differ.</p>\n");
    }
    changes(&mut page, &diff.paragraphs);
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

/// The paragraphs that changed, with their words marked; runs of unchanged ones are folded away.
pub(super) fn changes(page: &mut String, paragraphs: &[ParagraphChange]) {
    let mut rest = paragraphs;
    while let Some(first) = rest.first() {
        let equal = rest.iter().take_while(|row| row.op == ParagraphOp::Equal).count();
        if equal > 0 {
            unchanged(page, &rest[..equal]);
            rest = &rest[equal..];
        } else {
            paragraph(page, first);
            rest = &rest[1..];
        }
    }
}

fn headline(page: &mut String, title: &str, words: &[WordChange]) {
    let headline = if words.is_empty() { escaped(title) } else { marked(words) };
    page.push_str(&format!("<h1 dir=\"auto\">{headline}</h1>\n"));
}

/// Only web addresses become links: a `javascript:` one must not.
pub(super) fn link(url: &str) -> String {
    let escaped_url = escaped(url);
    if url.starts_with("https://") || url.starts_with("http://") {
        format!("<a href=\"{escaped_url}\" rel=\"noreferrer\">{escaped_url}</a>")
    } else {
        escaped_url
    }
}

fn unchanged(page: &mut String, rows: &[ParagraphChange]) {
    page.push_str(&format!("<details><summary lang=\"en\">… {} …</summary>\n", unchanged_note(rows.len())));
    for row in rows {
        paragraph(page, row);
    }
    page.push_str("</details>\n");
}

fn paragraph(page: &mut String, row: &ParagraphChange) {
    let class = match row.role {
        Role::Heading => " class=\"heading\"",
        Role::Quotation => " class=\"quotation\"",
        Role::Caption => " class=\"note\"",
        Role::Paragraph | Role::ListItem | Role::TableRow | Role::Post => "",
    };
    let words = format!("<p dir=\"auto\"{class}>{}</p>\n", marked(&row.words));
    match move_note(row) {
        Some(note) => {
            page.push_str(&format!("<div class=\"moved\">\n<p class=\"note\" lang=\"en\">{note}</p>\n{words}</div>\n"))
        }
        None => page.push_str(&words),
    }
}

pub(super) fn marked(words: &[WordChange]) -> String {
    let each = words.iter().map(|word| match word.op {
        Op::Equal => escaped(&word.text),
        Op::Insert => format!("<ins>{}</ins>", escaped(&word.text)),
        Op::Delete => format!("<del>{}</del>", escaped(&word.text)),
    });
    each.collect()
}

/// Fit for text and for quoted attributes; control characters are no part of HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in clean(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}
