//! What changed, as Atom feeds (RFC 4287): `/changes.atom`, and `/rules/{name}.atom` for what a rule alerted on.

use std::collections::HashMap;

use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use maud::{Markup, PreEscaped, html};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::model::{ArticleId, Change, Event, Timestamp};
use crate::store::{Archived, ArticleFilter, ArticleRow, Store, StoreError, VersionRow};

use super::guard::Authority;
use super::pages::diff_path;
use super::refusal::Refusal;
use super::site::Site;

/// Entries of a feed.
const MOST: u32 = 100;

/// A feed before it is written.
struct Feed {
    title: String,
    /// What stands behind the base in its own address.
    path: String,
    entries: Vec<Entry>,
}

/// One step of one article.
struct Entry {
    id: String,
    title: String,
    updated: Timestamp,
    author: String,
    /// What stands behind the base in the address of our own page of it: the comparison with the version before.
    page: String,
    /// Of the article.
    url: String,
    categories: Vec<String>,
    summary: String,
}

/// `/changes.atom`: every revision, newest first.
pub(super) async fn changes(State(site): State<Site>, request: Request) -> Result<Response, Refusal> {
    let filter = ArticleFilter { revised: true, limit: Some(MOST), ..ArticleFilter::default() };
    let store = &site.daemon.store;
    let mut entries = Vec::new();
    // The newest revisions are those of the articles that changed last.
    for (article, versions) in with_versions(store, store.select(filter, None).await?).await? {
        let revised = versions.iter().filter(|row| row.number > 1 && !row.is_technical());
        entries.extend(revised.map(|row| Entry::new(&article, &versions, row, Event::Revised, row.observed_at)));
    }
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.updated));
    entries.truncate(MOST as usize);
    let feed = Feed { title: "wirewatch: changes".to_owned(), path: "changes.atom".to_owned(), entries };
    Ok(written(&site, &request, &feed))
}

/// `/rules/{name}.atom`: what the rule alerted on, newest first.
pub(super) async fn rule(site: &Site, name: &str, request: Request) -> Result<Response, Refusal> {
    let store = &site.daemon.store;
    let alerts = store.alerts_of_rule(name, MOST).await?;
    let is_known = !alerts.is_empty() || site.setup().rules().iter().any(|rule| rule.name == name);
    if !is_known {
        return Err(Refusal::not_found(&format!("there is no rule `{name}`")).listed_at("rules"));
    }
    let mut ids: Vec<ArticleId> = alerts.iter().map(|alert| alert.article).collect();
    ids.sort_unstable();
    ids.dedup();
    let found = with_versions(store, ids).await?.into_iter();
    let found: HashMap<ArticleId, _> = found.map(|(article, versions)| (article.id, (article, versions))).collect();
    let mut entries = Vec::with_capacity(alerts.len());
    for alert in alerts {
        let Some((article, versions)) = found.get(&alert.article) else { continue };
        let Some(row) = versions.iter().find(|row| row.number == alert.version) else { continue };
        let mut entry = Entry::new(article, versions, row, alert.event, alert.created_at);
        entry.id = urn(&format!("alert {} {}", alert.id.0, entry.id));
        entry.categories.insert(0, name.to_owned());
        entries.push(entry);
    }
    let path = format!("rules/{}.atom", utf8_percent_encode(name, NON_ALPHANUMERIC));
    let feed = Feed { title: format!("wirewatch: {name}"), path, entries };
    Ok(written(site, &request, &feed))
}

/// The articles with their versions, without those that are damaged; in one read, because each would wait for its turn
/// among those of all other visitors.
async fn with_versions(store: &Store, ids: Vec<ArticleId>) -> Result<Vec<(ArticleRow, Vec<VersionRow>)>, StoreError> {
    let look = |archived: Archived<'_>| {
        let versions = archived.versions()?;
        Ok((archived.row, versions))
    };
    Ok(store.look_at(ids, look).await?.seen)
}

impl Entry {
    fn new(article: &ArticleRow, versions: &[VersionRow], row: &VersionRow, event: Event, updated: Timestamp) -> Self {
        let title = match &row.hidden {
            // Another version's headline would be taken for its own.
            Some(_) => format!("Version {} is shown no more", row.number),
            None => row.headline.clone().or_else(|| article.headline.clone()).unwrap_or("(no headline)".to_owned()),
        };
        let byline = row.byline.clone().filter(|byline| !byline.trim().is_empty());
        let kinds = row.change.as_ref().map(kinds).unwrap_or_default();
        Self {
            id: urn(&format!("version {} {} {}", article.id.0, row.number, row.sha256)),
            title,
            updated,
            author: byline.or_else(|| article.feeds.first().cloned()).unwrap_or_else(|| "unknown".to_owned()),
            page: page(article.id, versions, row, event),
            url: article.url.to_string(),
            categories: std::iter::once(event_word(event).to_owned()).chain(kinds).collect(),
            summary: summary(row, event),
        }
    }
}

/// The comparison with the version before, where both can be shown; else the version.
fn page(article: ArticleId, versions: &[VersionRow], row: &VersionRow, event: Event) -> String {
    let is_shown = |row: &&VersionRow| row.hidden.is_none();
    let before = versions.iter().find(|before| before.number + 1 == row.number).filter(is_shown);
    let path = match before.filter(|_| event == Event::Revised && row.hidden.is_none()) {
        Some(before) => diff_path(article.0, before.number, row.number),
        None => format!("/articles/{}/versions/{}", article.0, row.number),
    };
    path.trim_start_matches('/').to_owned()
}

fn event_word(event: Event) -> &'static str {
    match event {
        Event::New => "new",
        Event::Revised => "revised",
        Event::Gone => "gone",
        Event::Back => "back",
    }
}

/// As the documents name them.
fn kinds(change: &Change) -> Vec<String> {
    let word = |kind| serde_json::to_value(kind).ok()?.as_str().map(str::to_owned);
    change.kinds.iter().filter_map(word).collect()
}

/// What happened, in one line, and each figure in one of its own.
fn summary(row: &VersionRow, event: Event) -> String {
    let Some(change) = row.change.as_ref().filter(|_| event == Event::Revised) else {
        return match event {
            Event::Gone => "Taken down.".to_owned(),
            Event::Back => "Back.".to_owned(),
            Event::New | Event::Revised => format!("{} words.", row.words),
        };
    };
    let kinds = kinds(change).join(", ").replace('_', " ");
    let (added, removed) = (change.added_words, change.removed_words);
    let silent = if change.silent { "; not announced by the publisher" } else { "" };
    let mut summary = format!("Version {}: {kinds}; {added} words added, {removed} removed{silent}.", row.number);
    for figure in &change.figures {
        let word = |figure: &Option<String>| figure.clone().unwrap_or_else(|| "nothing".to_owned());
        summary += &format!("\n{} → {}", word(&figure.before), word(&figure.after));
    }
    summary
}

/// A name that is the same at every look and nowhere else: a UUID (RFC 9562, version 8) over what it stands for.
fn urn(what: &str) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&blake3::hash(what.as_bytes()).as_bytes()[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// Where the page is for whoever asks.
fn base(site: &Site, request: &Request) -> String {
    match (site.web().public_url, request.extensions().get::<Authority>()) {
        (Some(url), _) => url.to_string(),
        (None, Some(Authority { host, port: Some(port) })) => format!("http://{host}:{port}/"),
        (None, Some(Authority { host, port: None })) => format!("http://{host}/"),
        (None, None) => "http://localhost/".to_owned(),
    }
}

fn written(site: &Site, request: &Request, feed: &Feed) -> Response {
    let base = base(site, request);
    let address = format!("{base}{}", feed.path);
    let id = urn(&format!("feed {} {}", site.daemon.store.path().display(), feed.path));
    // A feed without entries was never updated.
    let updated = feed.entries.iter().map(|entry| entry.updated).max().unwrap_or_default();
    let markup = html! {
        (PreEscaped("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"))
        feed xmlns="http://www.w3.org/2005/Atom" {
            id { (id) }
            title { (clean(&feed.title)) }
            updated { (updated) }
            author { name { "wirewatch" } }
            generator { "wirewatch" }
            (link("self", "application/atom+xml", &address))
            @for entry in &feed.entries { (entry_of(entry, &base)) }
        }
    };
    ([(header::CONTENT_TYPE, "application/atom+xml; charset=utf-8")], markup.into_string()).into_response()
}

/// A reader opens what we show of the change; the article itself is one step away.
fn entry_of(entry: &Entry, base: &str) -> Markup {
    html! {
        entry {
            id { (entry.id) }
            title { (clean(&entry.title)) }
            updated { (entry.updated) }
            author { name { (clean(&entry.author)) } }
            (link("alternate", "text/html", &format!("{base}{}", entry.page)))
            (link("related", "text/html", &entry.url))
            @for category in &entry.categories { (category_of(&clean(category))) }
            summary { (clean(&entry.summary)) }
        }
    }
}

/// In HTML these two have no end tag, and XML needs one: they are written by hand.
fn link(relation: &str, media_type: &str, address: &str) -> PreEscaped<String> {
    let address = html! { (clean(address)) }.into_string();
    PreEscaped(format!("<link rel=\"{relation}\" type=\"{media_type}\" href=\"{address}\"/>"))
}

fn category_of(term: &str) -> PreEscaped<String> {
    PreEscaped(format!("<category term=\"{}\"/>", html! { (term) }.into_string()))
}

/// Without the characters that XML 1.0 has no place for.
fn clean(text: &str) -> String {
    let is_xml = |c: &char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    text.chars().filter(is_xml).collect()
}
