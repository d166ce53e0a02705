//! The first page: how the daemon fares, and what it read last.

use axum::extract::State;
use axum::response::Html;
use chrono_tz::Tz;
use maud::{Markup, html};

use crate::model::Timestamp;
use crate::store::{ArticleFilter, ArticleRow, StoreStatus};

use super::super::refusal::Refusal;
use super::super::site::Site;
use super::layout;

/// Articles on the first page.
const NEWEST: u32 = 50;

/// `/`
pub(in super::super) async fn overview(State(site): State<Site>) -> Result<Html<String>, Refusal> {
    let zone = site.setup().config.timezone;
    let status = site.daemon.store.status().await?;
    let filter = ArticleFilter { limit: Some(NEWEST), ..ArticleFilter::default() };
    let articles = site.daemon.store.articles(filter).await?;
    let content = html! {
        (figures(&status, zone))
        section aria-labelledby="newest" {
            h2 #newest { "Newest activity" }
            @if articles.is_empty() {
                p { "Nothing is stored yet. Articles stand here once a feed was polled." }
            } @else {
                ol.articles {
                    @for article in &articles { (listed(article, zone)) }
                }
            }
        }
    };
    Ok(layout::page("Overview", &content))
}

fn figures(status: &StoreStatus, zone: Tz) -> Markup {
    let StoreStatus { feeds, queue, .. } = status;
    let figures = [
        ("Feeds", format!("{} healthy, {} failing, {} paused", feeds.healthy, feeds.failing, feeds.paused)),
        ("Stored", format!("{} articles, {} versions", status.articles, status.versions)),
        ("Messages", format!("{} pending, {} failed, {} held", queue.pending, queue.failed, queue.held)),
        ("Last poll", moment(status.last_poll, zone)),
        ("Last alert", moment(status.last_alert, zone)),
    ];
    html! {
        dl.figures {
            @for (name, figure) in &figures {
                div { dt { (name) } dd { (figure) } }
            }
        }
    }
}

fn listed(article: &ArticleRow, zone: Tz) -> Markup {
    let headline = article.headline.as_deref().unwrap_or("(no headline)");
    let versions =
        if article.versions == 1 { "1 version".to_owned() } else { format!("{} versions", article.versions) };
    html! {
        li {
            // Texts come in every script: each line finds its own direction.
            p.headline dir="auto" {
                @if matches!(article.url.scheme(), "http" | "https") {
                    a href=(article.url) rel="noreferrer noopener" { (headline) }
                } @else { (headline) }
            }
            p.facts {
                (moment(Some(article.last_changed), zone)) " · " (versions)
                @if !article.feeds.is_empty() { " · " span dir="auto" { (article.feeds.join(", ")) } }
                @if article.gone { " · " strong { "taken down" } }
            }
        }
    }
}

/// `22 Nov 2026, 14:05 CET`, or a word for never.
pub(super) fn moment(at: Option<Timestamp>, zone: Tz) -> String {
    match at {
        Some(at) => at.to_utc().with_timezone(&zone).format("%-d %b %Y, %H:%M %Z").to_string(),
        None => "never".to_owned(),
    }
}
