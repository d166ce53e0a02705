//! From what feed-rs read of an entry to the entry as everybody else sees it.

use chrono::{DateTime, Utc};
use feed_rs::model as parsed;
use url::Url;

use super::draft::Form;
use super::visible;
use crate::model::{Entry, Paragraph, Timestamp};

const MAX_HEADLINE_CHARS: usize = 1_000;
const MAX_SUMMARY_CHARS: usize = 100_000;
const MAX_TAG_CHARS: usize = 200;

/// A summary longer than this is the article's text too, where the feed has no other.
const LONG_SUMMARY_CHARS: usize = 600;

/// The entry, with its id as a provisional key.
pub(super) fn finish(parsed: parsed::Entry, language: Option<String>) -> Entry {
    let id = Some(parsed.id).filter(|id| !id.is_empty());
    let summary =
        parsed.summary.as_ref().map(|summary| (summary.content.as_str(), form(summary.content_type.as_str())));
    let content = parsed
        .content
        .as_ref()
        .and_then(|content| content.body.as_deref().map(|body| (body, form(content.content_type.as_str()))));
    let authors: Vec<String> = parsed.authors.into_iter().filter_map(|author| author.name).collect();
    Entry {
        key: id.clone().unwrap_or_default(),
        id,
        title: parsed
            .title
            .as_ref()
            .and_then(|title| line(&title.content, form(title.content_type.as_str()), MAX_HEADLINE_CHARS)),
        link: parsed.links.first().and_then(|link| Url::parse(&link.href).ok()),
        published_at: parsed.published.map(moment),
        updated_at: parsed.updated.map(moment),
        author: Some(authors.join(", ")).filter(|author| !author.is_empty()),
        text: text(content, summary),
        summary: summary.and_then(|(summary, form)| line(summary, form, MAX_SUMMARY_CHARS)),
        tags: tags(&parsed.categories),
        language,
    }
}

/// The title of the document.
pub(super) fn title(title: &parsed::Text) -> Option<String> {
    line(&title.content, form(title.content_type.as_str()), MAX_HEADLINE_CHARS)
}

fn form(media_type: &str) -> Form {
    if media_type == "text/plain" { Form::Plain } else { Form::Html }
}

fn moment(date: DateTime<Utc>) -> Timestamp {
    date.into()
}

fn line(text: &str, form: Form, max_chars: usize) -> Option<String> {
    Some(visible::line(text, form, max_chars)).filter(|line| !line.is_empty())
}

/// The article's text: what the feed gives as content, else a summary that is long enough to be more than one.
fn text(content: Option<(&str, Form)>, summary: Option<(&str, Form)>) -> Vec<Paragraph> {
    let full = content.map(|(content, form)| visible::paragraphs(content, form)).unwrap_or_default();
    if !full.is_empty() {
        return full;
    }
    let paragraphs = summary.map(|(summary, form)| visible::paragraphs(summary, form)).unwrap_or_default();
    let is_long = paragraphs.iter().any(|paragraph| paragraph.text.chars().count() > LONG_SUMMARY_CHARS);
    if paragraphs.len() > 1 || is_long { paragraphs } else { Vec::new() }
}

fn tags(categories: &[parsed::Category]) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for tag in categories.iter().filter_map(|category| line(&category.term, Form::Plain, MAX_TAG_CHARS)) {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}
