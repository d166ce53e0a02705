//! `/feeds`: the feeds with their health and how much they bring.

use std::collections::HashMap;
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::response::Html;
use maud::{Markup, html};
use url::form_urlencoded;

use super::super::parameters::Parameters;
use super::super::refusal::Refusal;
use super::super::site::Site;
use super::chart;
use super::layout::{self, Place};
use super::parts::{self, Times};
use crate::model::Timestamp;
use crate::store::{Activity, FeedFilter, FeedRow, FeedState, Spans};
use crate::words::{self, count, grouped};

/// Feeds on one page.
const PAGE: u32 = 100;
/// The spans of a sparkline: two days, by two hours.
const SPAN: Duration = Duration::from_secs(2 * 60 * 60);
const SPANS: u32 = 24;

/// `/feeds?find=&failing=&cursor=`
pub(in super::super) async fn feeds(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Refusal> {
    let parameters = Parameters::read(query.as_deref(), &["find", "failing", "cursor"])?;
    let (part, failing) = (parameters.text("find").map(str::to_owned), parameters.flag("failing")?);
    let after = parameters.text("cursor").map(str::to_owned);
    let is_asked = part.is_some() || failing;
    let (store, times) = (&site.daemon.store, Times::of(&site));
    let filter = FeedFilter { part: part.clone(), failing, after, limit: Some(PAGE + 1) };
    let mut rows = store.feeds_like(filter).await?;
    let is_cut = rows.len() > PAGE as usize;
    rows.truncate(PAGE as usize);
    let since = times.now - SPAN * SPANS;
    let activity: HashMap<String, Vec<Activity>> =
        store.activity_of_feeds(Spans::equal(since, SPAN, SPANS)).await?.into_iter().collect();
    let next = rows.last().filter(|_| is_cut).map(|last| address(part.as_deref(), failing, &last.name));
    let content = html! {
        form.search role="search" action="/feeds" method="get" {
            p.grows {
                label for="find" { "Name, address or tag" }
                input #find type="search" name="find" value=(part.as_deref().unwrap_or_default()) maxlength="500" autocomplete="off" dir="auto";
            }
            p.check {
                input #failing type="checkbox" name="failing" value="true" checked[failing];
                label for="failing" { "Only failing ones" }
            }
            p { button type="submit" { "Show" } }
        }
        @if rows.is_empty() {
            (parts::empty(if is_asked { "No feed is like that." } else { "No feed is configured yet: `wirewatch feeds discover URL` finds those of a site." }))
        } @else {
            ul.plain.rows { @for row in &rows { (one_feed(row, activity.get(&row.name), times)) } }
        }
        (parts::more(next.as_deref()))
    };
    Ok(layout::page(Place::Feeds, "Feeds", &content))
}

fn address(part: Option<&str>, failing: bool, cursor: &str) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    if let Some(part) = part {
        pairs.append_pair("find", part);
    }
    if failing {
        pairs.append_pair("failing", "true");
    }
    format!("/feeds?{}", pairs.append_pair("cursor", cursor).finish())
}

fn one_feed(feed: &FeedRow, activity: Option<&Vec<Activity>>, times: Times) -> Markup {
    html! {
        li.feed {
            div {
                p { strong { (parts::feed_link(&feed.name)) } " " (parts::state(words::feed_state(feed.state))) }
                p.facts {
                    "polled " (times.ago_or_never(feed.last_poll))
                    @if let Some(next) = feed.next_poll { ", next " (next_poll(next, times)) }
                    " · " (count(feed.articles, "article"))
                    @if !feed.tags.is_empty() { " · " (parts::listed(feed.tags.iter().map(|tag| parts::text(tag)))) }
                }
                (trouble(feed, times))
            }
            @if let Some(activity) = activity { (chart::sparkline("versions in 2 days", activity)) }
        }
    }
}

pub(super) fn next_poll(at: Timestamp, times: Times) -> Markup {
    html! { @if at <= times.now { "due" } @else { (times.ago(at)) } }
}

/// What is wrong with a feed, its sites, or its pages.
pub(super) fn trouble(feed: &FeedRow, times: Times) -> Markup {
    let has_failed = !matches!(feed.state, FeedState::Healthy | FeedState::Paused) || feed.failures > 0;
    html! {
        @if has_failed {
            p.trouble {
                (parts::text(feed.last_error.as_deref().unwrap_or("no answer that could be read")))
                " · " (count(feed.failures.into(), "failure")) " in a row, "
                @if let Some(success) = feed.last_success { "last worked " (times.ago(success)) } @else { "never worked" }
            }
        }
        @if let Some(until) = feed.distrusted_until.filter(|until| *until > times.now) {
            p.trouble { (layout::sentence(words::DISTRUSTED)) " Until " (times.ago(until)) "." }
        }
        @for notice in &feed.notices { p.trouble { (layout::sentence(&words::clean(&notice.text))) } }
        @if let Some(reason) = &feed.unreadable.reason {
            p.trouble {
                (grouped(feed.unreadable.articles)) " articles could not be read at the last look ("
                (words::unreadable(&feed.unreadable)) "), mostly: " (parts::text(reason))
            }
        }
    }
}
