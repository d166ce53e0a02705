//! What a delivery is beside a mail: a JSON document for a webhook, or a push notification. Pure.

use serde::Serialize;
use url::Url;

use crate::email::Email;
use crate::model::{
    ArticleId, Change, DeliveredArticle, Delivery, DeliveryKind, Event, Figure, FiredRule, Kind, Mark, Match, Severity,
    Source, Timestamp,
};

/// A document is smaller than this, whatever it tells of.
pub const MAX_DOCUMENT: usize = 512 * 1024;
/// A headline, summary or byline, in characters.
const MAX_FIELD: usize = 2_000;
/// Of a notification: ntfy makes a file of a text over 4 KiB, and takes no document over twice that.
const MAX_TITLE: usize = 200;
const MAX_MESSAGE_BYTES: usize = 2_000;
const MAX_CLICK_BYTES: usize = 1_000;
const MAX_TAGS: usize = 5;

/// How much is told, the first that fits: articles, terms of each rule, figures of each change.
const BOUNDS: [(usize, usize, usize); 4] = [(500, 50, 100), (200, 10, 20), (100, 0, 0), (20, 0, 0)];

/// What a webhook gets of one delivery.
#[derive(Debug, Serialize)]
struct Document<'a> {
    message_id: String,
    kind: DeliveryKind,
    recipient: &'a str,
    created_at: Timestamp,
    subject: &'a str,
    /// The mail's text, for programs that only pass on what they get.
    text: String,
    articles: Vec<Article<'a>>,
    /// Articles that did not fit.
    more: usize,
}

#[derive(Debug, Serialize)]
struct Article<'a> {
    article: ArticleId,
    url: &'a Url,
    event: Event,
    version: u32,
    headline: Option<String>,
    summary: Option<String>,
    byline: Option<String>,
    published_at: Option<Timestamp>,
    modified_at: Option<Timestamp>,
    observed_at: Timestamp,
    /// Of what is gone: since when it is back.
    #[serde(skip_serializing_if = "Option::is_none")]
    back_at: Option<Timestamp>,
    source: Source,
    words: usize,
    language: Option<&'a str>,
    feeds: Vec<&'a str>,
    /// What the recipient was told last.
    before: Option<Before>,
    revisions: u32,
    change: Option<Change>,
    marks: &'a [Mark],
    rules: Vec<Rule<'a>>,
}

#[derive(Debug, Serialize)]
struct Before {
    version: u32,
    headline: Option<String>,
    observed_at: Timestamp,
}

#[derive(Debug, Serialize)]
struct Rule<'a> {
    name: &'a str,
    #[serde(rename = "match")]
    query: &'a str,
    terms: &'a [Match],
}

#[derive(Debug, Serialize)]
struct Notification<'a> {
    title: String,
    message: String,
    priority: u8,
    tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    click: Option<&'a str>,
}

/// The document of a delivery, with the keys of `alerts`, `articles` and `history`; `email` is the mail of the same
/// delivery. Under [`MAX_DOCUMENT`] bytes.
pub fn document(delivery: &Delivery, email: &Email) -> Result<Vec<u8>, serde_json::Error> {
    let mut document = Vec::new();
    for (articles, terms, figures) in BOUNDS {
        document = serde_json::to_vec(&Document {
            message_id: format!("<{}>", delivery.message_id),
            kind: delivery.kind,
            recipient: &delivery.recipient,
            created_at: delivery.created_at,
            subject: &email.subject,
            text: email.text.clone(),
            articles: delivery.articles.iter().take(articles).map(|told| article(told, terms, figures)).collect(),
            more: delivery.articles.len().saturating_sub(articles),
        })?;
        if document.len() <= MAX_DOCUMENT {
            break;
        }
    }
    Ok(document)
}

/// The notification of a delivery as ntfy takes it, without the topic. `is_urgent`: a rule in it is.
///
/// Priority 5 for what is urgent, 4 for what was taken down or is a major revision, 2 where all is minor, else 3.
pub fn notification(delivery: &Delivery, email: &Email, is_urgent: bool) -> Result<Vec<u8>, serde_json::Error> {
    let one = match delivery.articles.as_slice() {
        [article] if delivery.kind == DeliveryKind::Article => Some(article),
        _ => None,
    };
    let mut tags: Vec<String> = Vec::new();
    for rule in delivery.articles.iter().flat_map(|article| &article.rules) {
        let tag = clean(&rule.name, 60);
        if tags.len() < MAX_TAGS && !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    let click = one.map(|article| article.url.as_str()).filter(|url| url.len() <= MAX_CLICK_BYTES);
    let title = clean(&email.subject, MAX_TITLE);
    // Why it came stands behind the text, and needs no room on a phone.
    let text = email.text.split("\n-- \n").next().unwrap_or_default();
    serde_json::to_vec(&Notification {
        title,
        message: message(text),
        priority: priority(delivery, is_urgent),
        tags,
        click,
    })
}

fn priority(delivery: &Delivery, is_urgent: bool) -> u8 {
    let rank = |article: &DeliveredArticle| match (article.event, article.severity) {
        (Event::Gone, _) | (Event::Revised, Some(Severity::Major)) => 4,
        (Event::Revised, Some(Severity::Minor)) => 2,
        _ => 3,
    };
    if is_urgent { 5 } else { delivery.articles.iter().map(rank).max().unwrap_or(3) }
}

fn article(told: &DeliveredArticle, terms: usize, figures: usize) -> Article<'_> {
    let text = &told.after.text;
    let field = |text: &Option<String>| text.as_deref().map(|text| text.chars().take(MAX_FIELD).collect());
    let before = told.before.as_ref();
    Article {
        article: told.id,
        url: &told.url,
        event: told.event,
        version: told.after.number,
        headline: field(&text.headline),
        summary: field(&text.summary),
        byline: field(&text.byline),
        published_at: text.published_at,
        modified_at: text.modified_at,
        observed_at: told.after.observed_at,
        back_at: told.back_at,
        source: told.after.source,
        words: text.words(),
        language: text.language.as_deref(),
        feeds: told.feeds.iter().map(|feed| feed.name.as_str()).collect(),
        before: before.map(|before| Before {
            version: before.number,
            headline: field(&before.text.headline),
            observed_at: before.observed_at,
        }),
        revisions: told.revisions,
        change: told.change.as_ref().map(|change| shortened(change, figures)),
        marks: &told.marks,
        rules: told.rules.iter().map(|rule| fired(rule, terms)).collect(),
    }
}

fn shortened(change: &Change, figures: usize) -> Change {
    let figures: Vec<Figure> = change.figures.iter().take(figures).cloned().collect();
    Change {
        figures,
        kinds: change.kinds.iter().copied().filter(|kind| *kind != Kind::Technical).collect(),
        ..change.clone()
    }
}

fn fired(rule: &FiredRule, terms: usize) -> Rule<'_> {
    Rule { name: &rule.name, query: &rule.query, terms: &rule.matches[..rule.matches.len().min(terms)] }
}

/// One line without controls, at most so many characters.
fn clean(text: &str, most: usize) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect()
}

/// The text without its blank borders, cut after a line or a word.
fn message(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control() || *c == '\n').collect();
    let text = text.trim();
    if text.len() <= MAX_MESSAGE_BYTES {
        return text.to_owned();
    }
    let end = (0..=MAX_MESSAGE_BYTES).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let head = &text[..end];
    let end = head.rfind(char::is_whitespace).filter(|at| *at > end / 2).unwrap_or(end);
    format!("{}…", head[..end].trim_end())
}
