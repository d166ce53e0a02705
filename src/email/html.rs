//! A mail as HTML: one column, inline styles only, no colour for running text, so that it reads on white and on black.
//!
//! Mail clients strip `<style>`, `<ins>` and `<del>`, and those that darken a mail invert colours they do not know.
//! So text and links have the client's own colours (none reads well on white and on black), and what stands out does so
//! by weight, lines, and translucent backgrounds, which a client that knows no `rgba` drops without harm. Only the bar
//! that says what happened has a colour of ours. `.ci/mail_screenshots.py` holds every mail to this.

use url::Url;

use super::direction;
use super::document::{Block, Document, Level, Line, Link, Span, Step, Target, Tone};
use super::plain::around;
use crate::model::{Event, Op};

const FONT: &str = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";
const INSERTED: &str = "background-color:rgba(46,160,67,0.28);text-decoration:underline;border-radius:2px";
const DELETED: &str = "background-color:rgba(229,72,77,0.26);text-decoration:line-through;border-radius:2px";
const HIT: &str = "background-color:rgba(250,190,0,0.38);font-weight:600;border-radius:2px";
const CODE: &str = "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:13px;\
    background-color:rgba(128,128,128,0.16);padding:1px 4px;border-radius:3px;overflow-wrap:anywhere";

/// Renders the document as a whole page.
pub(super) fn render(document: &Document) -> String {
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"supported-color-schemes\" content=\"light dark\">\n\
         <title>{}</title>\n</head>\n<body style=\"margin:0;padding:0\">\n\
         <div style=\"max-width:640px;margin:0 auto;padding:16px 16px 32px;{FONT};font-size:16px;line-height:1.5;\
         overflow-wrap:break-word\">\n",
        escape(&document.title)
    );
    for block in &document.blocks {
        render_block(block, &mut html);
    }
    html.push_str("</div>\n</body>\n</html>\n");
    html
}

fn render_block(block: &Block, html: &mut String) {
    match block {
        Block::Happened(event, line) => {
            let style = format!(
                "margin:0 0 14px;padding:2px 0 2px 10px;border-left:4px solid {};font-size:15px;line-height:1.4",
                colour(*event)
            );
            ours("p", &style, &spans(line), html);
        }
        Block::Headline(level, line, link) => headline(*level, line, link.as_ref(), html),
        Block::Section(title) => element("h2", SECTION, &escape(title), html),
        Block::Paragraph(line) => element("p", "margin:0 0 12px", &spans(line), html),
        Block::Excerpt(line) => {
            let side = if direction::reads_leftward(&line.whole()) { "right" } else { "left" };
            let style = format!("margin:0 0 12px;padding-{side}:12px;border-{side}:2px solid rgba(128,128,128,0.35)");
            element("p", &style, &spans(line), html);
        }
        Block::Before(line) => ours("p", NOTE, &format!("Before: <span dir=\"auto\">{}</span>", spans(line)), html),
        Block::Note(line) => element("p", NOTE, &spans(line), html),
        Block::Items(lines) => {
            html.push_str("<ul style=\"margin:0 0 12px;padding:0 0 0 20px\">\n");
            for line in lines {
                ours("li", "margin:0 0 6px", &spans(line), html);
            }
            html.push_str("</ul>\n");
        }
        Block::Figures(steps) => {
            for step in steps {
                element("p", "margin:0 0 10px;font-size:18px;line-height:1.4;font-weight:700", &figure(step), html);
            }
        }
        Block::Links(links) => {
            for link in links {
                render_link(link, html);
            }
        }
        Block::Divider => {
            html.push_str("<hr style=\"margin:24px 0;border:0;border-top:1px solid rgba(128,128,128,0.35)\">\n");
        }
        Block::Footer(lines) => {
            html.push_str(
                "<div style=\"margin:28px 0 0;padding:12px 0 0;border-top:1px solid rgba(128,128,128,0.35);\
                font-size:13px;line-height:1.5;opacity:0.75\">\n",
            );
            for line in lines {
                ours("p", "margin:0 0 6px", &spans(line), html);
            }
            html.push_str("</div>\n");
        }
        Block::Unsubscribe(line, url) => {
            let Some(href) = href(url) else { return };
            let link = format!("<a href=\"{href}\">{}</a>", spans(line));
            ours("p", "margin:6px 0 0;font-size:13px;line-height:1.5", &link, html);
        }
    }
}

const NOTE: &str = "margin:0 0 12px;font-size:14px;line-height:1.45;opacity:0.75";
const SECTION: &str = "margin:22px 0 8px;font-size:12px;line-height:1.4;font-weight:700;letter-spacing:0.06em;text-transform:uppercase;opacity:0.7";

fn headline(level: Level, line: &Line, link: Option<&Url>, html: &mut String) {
    let (tag, style) = match level {
        Level::Only => ("h1", "margin:0 0 12px;font-size:22px;line-height:1.3;font-weight:700"),
        Level::Story => ("h2", "margin:0 0 8px;font-size:18px;line-height:1.35;font-weight:700"),
        Level::Listed => ("p", "margin:0 0 10px;font-size:15px;line-height:1.4"),
    };
    let text = spans(line);
    match link.and_then(href) {
        Some(href) => {
            // A story has its link below, and a list is of links. None is underlined, which would make words look inserted.
            let colour = if level == Level::Listed { "" } else { "color:inherit;" };
            let anchor = format!("<a href=\"{href}\" style=\"{colour}text-decoration:none\">{text}</a>");
            element(tag, style, &anchor, html);
        }
        None => element(tag, style, &text, html),
    }
}

/// Struck and inserted as in the text, and where it stands below, smaller.
fn figure(step: &Step) -> String {
    let side = |text: &Option<String>, style| {
        text.as_ref().map(|text| format!("<span dir=\"auto\" style=\"{style};padding:0 4px\">{}</span>", escape(text)))
    };
    let sides: Vec<String> = [side(&step.before, DELETED), side(&step.after, INSERTED)].into_iter().flatten().collect();
    let mut figure = sides.join(" → ");
    if !step.context.is_empty() {
        let style = "font-size:14px;font-weight:400;opacity:0.75";
        figure += &format!("<br><span dir=\"auto\" style=\"{style}\">{}</span>", escape(&step.context));
    }
    figure
}

fn render_link(link: &Link, html: &mut String) {
    match &link.target {
        Target::Article(url) => {
            let Some(href) = href(url) else { return };
            let style = "display:inline-block;margin:0 0 4px;padding:9px 16px;border:1px solid;border-radius:6px;\
                font-weight:600;text-decoration:none";
            let label = escape(link.title);
            element("p", "margin:6px 0 12px", &format!("<a href=\"{href}\" style=\"{style}\">{label}</a>"), html);
        }
        Target::Page(url) => {
            let Some(href) = href(url) else { return };
            let label = escape(link.title);
            element("p", "margin:0 0 8px", &format!("<a href=\"{href}\">{label}</a>"), html);
        }
        Target::Command(command) => {
            let (label, command) = (escape(link.title), escape(command));
            let text = format!("{label}: <span style=\"{CODE}\">{command}</span>");
            element("p", "margin:0 0 8px;font-size:14px", &text, html);
        }
    }
}

/// One element on a line of its own, with the reading direction of its first letter.
fn element(tag: &str, style: &str, content: &str, html: &mut String) {
    html.push_str(&format!("<{tag} dir=\"auto\" style=\"{style}\">{content}</{tag}>\n"));
}

/// The same for a sentence of ours, which may begin with a stranger's word.
fn ours(tag: &str, style: &str, content: &str, html: &mut String) {
    html.push_str(&format!("<{tag} style=\"{style}\">{content}</{tag}>\n"));
}

/// The line with what was struck and inserted, as markup.
pub(super) fn spans(line: &Line) -> String {
    let mut html = String::new();
    let mut last = Op::Equal;
    for run in line.0.chunk_by(|a, b| a.op == b.op) {
        let op = run[0].op;
        if last != Op::Equal && op != Op::Equal {
            // What was struck and what replaces it would run into one word.
            html.push(' ');
        }
        last = op;
        let text: String = run.iter().map(|span| span.text.as_str()).collect();
        let inner: String = run.iter().map(toned).collect();
        match op {
            Op::Equal => html.push_str(&inner),
            Op::Insert => styled(&text, &inner, INSERTED, &mut html),
            Op::Delete => styled(&text, &inner, DELETED, &mut html),
        }
    }
    html
}

/// The run in a styled span, white space at its ends outside where it is one piece.
fn styled(text: &str, inner: &str, style: &str, html: &mut String) {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        html.push_str(text);
        return;
    }
    let (head, tail) = around(text, trimmed);
    let inner = inner.trim();
    html.push_str(&format!("{head}<span style=\"{style}\">{inner}</span>{tail}"));
}

fn toned(span: &Span) -> String {
    let text = escape(&span.text);
    match span.tone {
        Tone::Plain => text,
        Tone::Strong => format!("<b dir=\"auto\">{text}</b>"),
        Tone::Code => format!("<span dir=\"auto\" style=\"{CODE}\">{text}</span>"),
        Tone::Hit => format!("<span style=\"{HIT}\">{text}</span>"),
        Tone::Found => format!("<span dir=\"auto\" style=\"{HIT}\">{text}</span>"),
    }
}

/// Green for news, amber for revisions, red for what is gone, blue for what is back.
fn colour(event: Option<Event>) -> &'static str {
    match event {
        Some(Event::New) => "#2b8a3e",
        Some(Event::Revised) => "#b26a00",
        Some(Event::Gone) => "#d6336c",
        Some(Event::Back) => "#1f78d1",
        None => "#808080",
    }
}

/// The address for an attribute, if following it can only load a page.
fn href(url: &Url) -> Option<String> {
    matches!(url.scheme(), "http" | "https").then(|| escape(url.as_str()))
}

/// The text without what HTML could read as markup, in text and in attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}
