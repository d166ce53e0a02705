//! `/articles/{id}/versions/{n}`: one version in full, and the page it was read from.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, html};

use super::super::lookup::{found, row, text};
use super::super::refusal::Refusal;
use super::super::site::Site;
use super::article::full;
use super::layout::{self, Place};
use super::parts::{self, Times};
use crate::extract;
use crate::store::{History, StoredPage, VersionRow};
use crate::words;

/// `/articles/{id}/versions/{n}`
pub(in super::super) async fn version(
    State(site): State<Site>,
    Path((id, number)): Path<(i64, u32)>,
) -> Result<Html<String>, Refusal> {
    let times = Times::of(&site);
    let history = found(&site, id).await?;
    let row = row(&history, number)?;
    let shown = match &row.hidden {
        Some(hiding) => parts::hidden(hiding, times),
        None => match text(&site, &history, row).await {
            Ok(version) => html! { section aria-label="Text" { (full(&version.text, &[])) } },
            Err(refusal) if refusal.is_of_damage() => html! { p.warning { (layout::sentence(&refusal.message)) } },
            Err(refusal) => return Err(refusal),
        },
    };
    let content = html! { (head(&history, row, times)) (shown) };
    let title = format!("Version {number}: {}", words::clean(row.headline.as_deref().unwrap_or("(no headline)")));
    Ok(layout::headed(Place::Articles, &title, &content))
}

fn head(history: &History, row: &VersionRow, times: Times) -> Markup {
    let (id, number) = (history.article.id.0, row.number);
    let at = history.versions.iter().position(|other| other.number == number).unwrap_or(0);
    let before = at.checked_sub(1).and_then(|at| history.versions.get(at));
    let after = history.versions.get(at + 1);
    let link = |row: &VersionRow| format!("/articles/{id}/versions/{}", row.number);
    html! {
        p.kicker { a href=(parts::article_path(id)) { "article " (id) } " · version " (number) " of " (history.article.versions) }
        h1 dir="auto" { (parts::headline(row.headline.as_deref())) }
        nav.versions aria-label="Versions" {
            @if let Some(before) = before { a rel="prev" href=(link(before)) { "← version " (before.number) } }
            @if let Some(after) = after { a rel="next" href=(link(after)) { "version " (after.number) " →" } }
        }
        dl.facts {
            dt { "Seen" } dd { (times.both(row.observed_at)) ", read from " (words::source(row.source)) }
            dt { "Original" } dd { (parts::original(&history.article.url)) }
            @if let Some(byline) = &row.byline { dt { "By" } dd { (parts::text(byline)) } }
            @if let Some(at) = row.published_at { dt { "Published" } dd { (times.moment(at)) " " span.faint { "as the publisher says" } } }
            @if let Some(at) = row.modified_at { dt { "Modified" } dd { (times.moment(at)) " " span.faint { "as the publisher says" } } }
            @if let (Some(change), None) = (&row.change, &row.hidden) {
                dt { "What changed" }
                dd {
                    (parts::figures(&change.figures)) (parts::change(change))
                    @if let Some(before) = before { " · " a href=(parts::diff_path(id, before.number, number)) { "the words" } }
                }
            }
            dt { "Length" } dd { (words::length(row.words)) }
            dt { "Hash" } dd { code { (row.sha256) } }
            @if let Some(page) = &row.page_sha256 {
                dt { "Hash of its page" }
                dd {
                    code { (page) }
                    @if row.hidden.is_none() { br; a href={ (link(row)) "/page" } { "The stored page as text" } }
                }
            }
        }
    }
}

/// `/articles/{id}/versions/{n}/page`: the page as it was stored, as text that no browser acts on.
pub(in super::super) async fn stored_page(
    State(site): State<Site>,
    Path((id, number)): Path<(i64, u32)>,
) -> Result<Response, Refusal> {
    let history = found(&site, id).await?;
    let row = row(&history, number)?;
    let page = site.daemon.store.page(history.article.id, number).await?;
    let Some(page) = page.filter(|_| row.hidden.is_none()) else {
        let why = "it was read from its feed, it is hidden, or `keep_pages` was off";
        let message = format!("no page is stored of version {number} of article {id}");
        return Err(Refusal::not_found(&message).hint(why));
    };
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    ];
    Ok((headers, readable(&page)).into_response())
}

/// Its characters as a browser would read them, whatever charset it was written in.
fn readable(page: &StoredPage) -> String {
    let named = page.headers.iter().find(|(name, _)| name == "content-type");
    let content_type = named.and_then(|(_, value)| std::str::from_utf8(value).ok());
    let decoded = extract::decode(&page.body, content_type, &page.url);
    decoded.unwrap_or_else(|_| String::from_utf8_lossy(&page.body).into_owned())
}
