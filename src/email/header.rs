//! Subjects and headers: the words of strangers made fit for a header line.

use unicode_segmentation::UnicodeSegmentation;

use super::document::is_override;
use super::{Sender, digest, phrase};
use crate::model::{DeliveredArticle, Delivery, DeliveryKind, Mute, Muted};

/// A headline in a subject, in characters as a reader counts them. Phones show about 40, Gmail threads by all.
const MAX_HEADLINE: usize = 160;
const MAX_RULE_NAME: usize = 60;
const MAX_VALUE: usize = 300;
/// A character may carry any number of marks, so bytes are bounded too.
const MAX_BYTES: usize = 800;

/// The text as it may stand in a header: one line, no controls, nothing that turns the reading direction, nothing that
/// reads as an RFC 2047 encoded word, at most `max` characters.
pub(super) fn one_line(text: &str, max: usize) -> String {
    let clean: String = text.chars().map(|c| if is_break(c) { ' ' } else { c }).filter(|&c| !is_hidden(c)).collect();
    let folded = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    cut(&folded.replace("=?", "= ?"), max)
}

fn is_break(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

fn is_hidden(c: char) -> bool {
    is_override(c) || matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{2060}' | '\u{00AD}')
}

/// The first `max` characters, cut after a word where one ends in the last third, with an ellipsis.
pub(super) fn cut(text: &str, max: usize) -> String {
    let Some(end) = end_of(text, max) else { return text.to_owned() };
    let head = &text[..end];
    let word_end = head.rfind(char::is_whitespace).filter(|&at| at >= end / 3 * 2).unwrap_or(end);
    format!(
        "{}…",
        head[..word_end].trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '-' | '–'))
    )
}

/// Where the text must end to have `max` characters, or `None` when it is short enough.
fn end_of(text: &str, max: usize) -> Option<usize> {
    let by_count = text.grapheme_indices(true).nth(max).map(|(at, _)| at);
    let max_bytes = MAX_BYTES.max(max * 4);
    if text.len() <= max_bytes {
        return by_count;
    }
    let by_bytes = (0..=max_bytes).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    Some(by_count.map_or(by_bytes, |at| at.min(by_bytes)))
}

/// The subject: the same for every mail of a thread, after `Re: `.
pub(super) fn subject(delivery: &Delivery) -> String {
    match delivery.kind {
        DeliveryKind::Article => match (&delivery.thread, delivery.articles.first()) {
            (Some(thread), _) => format!("Re: {}", kept(&thread.subject)),
            (None, Some(article)) => format!("{} {}", rule_tag(article), headline(article, MAX_HEADLINE)),
            (None, None) => "[wirewatch] alert".to_owned(),
        },
        DeliveryKind::Digest | DeliveryKind::Overflow => {
            let stories = phrase::count(delivery.articles.len(), "story", "stories");
            format!("[wirewatch] {stories}: {}", top_headlines(delivery))
        }
        DeliveryKind::Muted => {
            let stories = phrase::count(delivery.articles.len(), "story", "stories");
            let is_burst = |mute: &Mute| matches!(mute.muted, Muted::Burst { .. });
            let of_burst = !delivery.mutes.is_empty() && delivery.mutes.iter().all(is_burst);
            let why = if of_burst { "that came at once" } else { "held while muted" };
            format!("[wirewatch] {stories} {why}: {}", top_headlines(delivery))
        }
        DeliveryKind::Backlog => {
            let stories = phrase::count(delivery.articles.len(), "story", "stories");
            format!("[wirewatch] {stories} that waited: {}", top_headlines(delivery))
        }
        DeliveryKind::Notice => {
            let subject = delivery.note.as_ref().map_or("notice", |note| note.subject.as_str());
            one_line(&format!("[wirewatch] {subject}"), 200)
        }
        DeliveryKind::Initial => {
            let stories = phrase::count(delivery.articles.len(), "story", "stories");
            format!("[wirewatch] First look at {}: {stories}", feeds_in_short(&delivery.articles))
        }
    }
}

/// A subject that was sent before, byte for byte unless it could break the header.
fn kept(subject: &str) -> String {
    if subject.chars().any(|c| is_break(c) || is_override(c)) {
        one_line(subject, MAX_VALUE)
    } else {
        subject.to_owned()
    }
}

/// `[rule]` or `[rule +2]`.
fn rule_tag(article: &DeliveredArticle) -> String {
    let name = article.rules.first().map_or("wirewatch", |rule| rule.name.as_str());
    match article.rules.len() {
        0 | 1 => format!("[{}]", one_line(name, MAX_RULE_NAME)),
        several => format!("[{} +{}]", one_line(name, MAX_RULE_NAME), several - 1),
    }
}

/// The headline in one line, or the address where there is none.
pub(super) fn headline(article: &DeliveredArticle, max: usize) -> String {
    let headline = article.after.text.headline.as_deref().map(|text| one_line(text, max)).unwrap_or_default();
    if !headline.is_empty() {
        return headline;
    }
    let address = format!("{}{}", phrase::publisher(article), article.url.path());
    one_line(address.trim_end_matches('/'), max)
}

/// As many headlines as a subject holds, the first of the mail, each cut so that two fit.
fn top_headlines(delivery: &Delivery) -> String {
    let mut subject = String::new();
    for article in digest::ordered(delivery) {
        let next = headline(article, MAX_HEADLINE / 2);
        if !subject.is_empty() && subject.chars().count() + next.chars().count() > MAX_HEADLINE {
            break;
        }
        subject += if subject.is_empty() { "" } else { " · " };
        subject += &next;
    }
    subject
}

/// `aljazeera`, `aljazeera and dw`, `aljazeera and 3 more feeds`.
pub(super) fn feeds_in_short(articles: &[DeliveredArticle]) -> String {
    let names = feeds(articles);
    match names.as_slice() {
        [] => "a feed".to_owned(),
        [first, rest @ ..] if rest.len() > 1 => format!("{first} and {} more feeds", rest.len()),
        few => phrase::list(few),
    }
}

/// The names of all feeds, each once, in order of appearance.
pub(super) fn feeds(articles: &[DeliveredArticle]) -> Vec<String> {
    let names = articles.iter().flat_map(|article| &article.feeds).map(|feed| feed.name.as_str());
    distinct(names)
}

/// The names of all rules, each once, in order of appearance.
pub(super) fn rules(articles: &[DeliveredArticle]) -> Vec<String> {
    let names = articles.iter().flat_map(|article| &article.rules).map(|rule| rule.name.as_str());
    distinct(names)
}

/// The name of the rule that fired, if it is the only one.
pub(super) fn sole_rule(articles: &[DeliveredArticle]) -> Option<&str> {
    let mut names = articles.iter().flat_map(|article| &article.rules).map(|rule| rule.name.as_str());
    let first = names.next()?;
    names.all(|name| name == first).then_some(first)
}

fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::new();
    for name in names {
        let name = one_line(name, MAX_RULE_NAME);
        if !distinct.contains(&name) {
            distinct.push(name);
        }
    }
    distinct
}

/// The headers that mail programs sort, file and keep quiet by.
pub(super) fn headers(delivery: &Delivery, sender: &Sender) -> Vec<(String, String)> {
    let rules = rules(&delivery.articles);
    let list = match delivery.kind {
        DeliveryKind::Article => rules.first().map_or("wirewatch", String::as_str),
        DeliveryKind::Digest | DeliveryKind::Overflow | DeliveryKind::Muted | DeliveryKind::Backlog => "digest",
        DeliveryKind::Notice => "notice",
        DeliveryKind::Initial => "first-look",
    };
    let mut headers = automatic();
    headers.push(("List-Id".to_owned(), format!("<{}.{}>", label(list), host(delivery, sender))));
    let mut add = |name: &str, value: String| headers.push((name.to_owned(), one_line(&value, MAX_VALUE)));
    add("X-Wirewatch-Rule", rules.join(", "));
    add("X-Wirewatch-Feed", feeds(&delivery.articles).join(", "));
    if let (DeliveryKind::Article, Some(article)) = (delivery.kind, delivery.articles.first()) {
        add("X-Wirewatch-Article", article.id.0.to_string());
        add("X-Wirewatch-Version", article.after.number.to_string());
        add("X-Wirewatch-Event", phrase::event_word(article.event).to_owned());
    } else {
        add("X-Wirewatch-Event", if delivery.kind == DeliveryKind::Initial { "initial" } else { "digest" }.to_owned());
    }
    headers.retain(|(_, value)| !value.is_empty());
    headers.extend(unsubscribe(delivery, sender));
    headers
}

/// RFC 2369; and RFC 8058, which knows HTTPS alone.
fn unsubscribe(delivery: &Delivery, sender: &Sender) -> Vec<(String, String)> {
    let Some(url) = sender.unsubscribe(delivery) else { return Vec::new() };
    let mut headers = vec![("List-Unsubscribe".to_owned(), format!("<{url}>"))];
    if url.scheme() == "https" {
        headers.push(("List-Unsubscribe-Post".to_owned(), "List-Unsubscribe=One-Click".to_owned()));
    }
    headers
}

/// What every mail of ours says so that no out-of-office notice answers it (RFC 3834).
pub(super) fn automatic() -> Vec<(String, String)> {
    vec![
        ("Auto-Submitted".to_owned(), "auto-generated".to_owned()),
        ("X-Auto-Response-Suppress".to_owned(), "All".to_owned()),
    ]
}

/// The name as one label of a List-Id (RFC 2919).
fn label(name: &str) -> String {
    let dashed: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let label = dashed.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    if label.is_empty() { "rule".to_owned() } else { label }
}

/// The domain that our identifiers live in.
fn host(delivery: &Delivery, sender: &Sender) -> String {
    let of = |address: &str| address.rsplit_once('@').map(|(_, host)| host.trim_end_matches('>').trim().to_owned());
    let host = of(&delivery.message_id).or_else(|| of(&sender.from)).unwrap_or_default();
    let safe: String = host.chars().filter(|&c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')).collect();
    if safe.is_empty() { "localhost".to_owned() } else { safe }
}
